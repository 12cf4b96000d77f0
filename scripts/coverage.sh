#!/bin/sh
# What the tests run of the package (lines and branches, in servers and forked workers too) and of
# the scripts (in real browsers): `coverage.sh` for all of it, `coverage.sh PYTEST-ARGUMENTS` to add the
# tests that they choose to what was measured before, `coverage.sh report` for the figures alone.
# Without the 400 conditions, too many for this, and the half in Firefox of tests that have one.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/coverage/js
export COVERAGE_FILE="$PWD/build/coverage/python" EVENHAND_JS_COVERAGE="$PWD/build/coverage/js"

# Measuring makes each test slower, so some fail for how long they take: what counts here is what
# they ran. Twelve files a process, since one that ends badly loses what it has measured.
measure() { # how many processes at a time, pytest's options; the tests come from standard input
    at_once=$1
    shift
    xargs -P "$at_once" -n 12 .venv/bin/coverage run -m pytest -q -p no:cacheprovider "$@" || true
    .venv/bin/coverage combine --quiet --append || true
}

if [ $# = 0 ]; then
    rm -rf build/coverage/python* build/coverage/js/*
    find tests -name 'test_*.py' ! -path 'tests/browser/*' | sort | measure 2 -m 'not browser'
    find tests/browser tests/doctor -name 'test_*.py' ! -name test_conditions.py | sort |
        measure 1 -m browser -k 'not firefox'
elif [ "$1" != report ]; then
    for test in "$@"; do echo "$test"; done | measure 1
fi
failed=
.venv/bin/coverage report || failed=yes
.venv/bin/python scripts/js_coverage.py build/coverage/js 98 || failed=yes
[ -z "$failed" ]
