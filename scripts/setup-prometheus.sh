#!/bin/sh
# Installs the Prometheus and the promtool that the tests run, where there are none. Prints one
# line when it can't, which is an error only where every test must run (CI=true).
set -u
if command -v prometheus >/dev/null && command -v promtool >/dev/null; then exit; fi

if [ "$(id -u)" != 0 ]; then
    why='installing needs root'
elif ! command -v apt-get >/dev/null; then
    why='there is no apt-get here'
else
    echo 'Installing prometheus'
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus >/dev/null && exit
    why='apt-get failed'
fi
echo "Tests that need Prometheus will be skipped: $why"
[ "${CI:-}" != true ]
