#!/bin/sh
# Installs the PostgreSQL server that the tests start themselves, where there is none. Prints one
# line when it can't, which is an error only where every test must run (CI=true).
set -u
for program in "$(command -v postgres)" /usr/lib/postgresql/*/bin/postgres; do
    [ -x "$program" ] && exit
done

if [ "$(id -u)" != 0 ]; then
    why='installing needs root'
elif ! command -v apt-get >/dev/null; then
    why='there is no apt-get here'
else
    echo 'Installing postgresql'
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null && exit
    why='apt-get failed'
fi
echo "Tests that need PostgreSQL will be skipped: $why"
[ "${CI:-}" != true ]
