#!/bin/sh
# What the tests run of the package (lines and branches, in servers and forked workers too) and of
# the scripts (in Chromium): `coverage.sh` for all of it, `coverage.sh PYTEST-ARGUMENTS` to add the
# tests that they choose to what was measured before, `coverage.sh report` for the figures alone.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/coverage/js
export COVERAGE_FILE="$PWD/build/coverage/python" EVENHAND_JS_COVERAGE="$PWD/build/coverage/js"

measure() { # `coverage` makes every test slower, so none may stand for how long anything takes
    .venv/bin/coverage run -m pytest -q -p no:cacheprovider "$@" || failed=yes
    .venv/bin/coverage combine --quiet --append || true
}

failed=
if [ $# = 0 ]; then
    rm -rf build/coverage/python* build/coverage/js/*
    measure -m 'not browser' -n auto --maxprocesses 4 --dist loadfile
    measure -m browser
elif [ "$1" != report ]; then
    measure "$@"
fi
.venv/bin/coverage report || failed=yes
.venv/bin/python scripts/js_coverage.py build/coverage/js 98 || failed=yes
[ -z "$failed" ]
