#!/bin/sh
# Installs the nginx that the tests of `evenhand doctor` start themselves, where there is none.
# Prints one line when it can't, which is an error only where every test must run (CI=true).
set -u
for program in "$(command -v nginx)" /usr/sbin/nginx; do
    [ -x "$program" ] && exit
done

if [ "$(id -u)" != 0 ]; then
    why='installing needs root'
elif ! command -v apt-get >/dev/null; then
    why='there is no apt-get here'
else
    echo 'Installing nginx'
    export DEBIAN_FRONTEND=noninteractive
    # Debian starts services as it installs them; the tests start their own.
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] || { made=1 && printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; }
    apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light >/dev/null
    done=$?
    [ "${made:-}" ] && rm -f "$policy"
    [ "$done" = 0 ] && exit
    why='apt-get failed'
fi
echo "Tests that need nginx will be skipped: $why"
[ "${CI:-}" != true ]
