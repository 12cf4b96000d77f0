#!/bin/sh
# Installs the servers that the tests start themselves, where there are none: of nginx, postgresql
# and prometheus, those that are named. Prints one line for each that it can't install, which is an
# error only where every test must run (CI=true).
set -u

is_there() { # a server
    case $1 in
    nginx) set -- "$(command -v nginx)" /usr/sbin/nginx ;;
    postgresql) set -- "$(command -v postgres)" /usr/lib/postgresql/*/bin/postgres ;;
    prometheus) command -v promtool >/dev/null || return 1; set -- "$(command -v prometheus)" ;;
    esac
    for program; do [ -x "$program" ] && return; done
    return 1
}

install() { # a server, its package; says why where it can't
    if [ "$(id -u)" != 0 ]; then
        echo 'installing needs root'
    elif ! command -v apt-get >/dev/null; then
        echo 'there is no apt-get here'
    else
        export DEBIAN_FRONTEND=noninteractive
        # Debian starts services as it installs them; the tests start their own.
        policy=/usr/sbin/policy-rc.d
        [ -e "$policy" ] || { made=1 && printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; }
        apt-get update -qq && apt-get install -y -qq --no-install-recommends "$1" >/dev/null || echo 'apt-get failed'
        [ "${made:-}" ] && rm -f "$policy"
    fi
}

missing=0
for server; do
    is_there "$server" && continue
    echo "Installing $server"
    package=$server
    [ "$server" = nginx ] && package=nginx-light
    why=$(install "$package")
    is_there "$server" && continue
    echo "Tests that need $server will be skipped: ${why:-the package has no such program}"
    missing=1
done
[ "$missing" = 0 ] || [ "${CI:-}" != true ]
