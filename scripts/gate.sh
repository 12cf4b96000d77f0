#!/bin/sh
# The gate behind `make test`: sets up, runs every check, and ends with what passed, what failed
# and what was skipped. With CI=true nothing may be skipped.
set -u
cd "$(dirname "$0")/.." || exit

results=$(mktemp)
EVENHAND_SKIPPED=$(mktemp)
export EVENHAND_SKIPPED
trap 'rm -f "$results" "$EVENHAND_SKIPPED"' EXIT

target() { ${MAKE:-make} --no-print-directory "$1"; }

check() { # what it checks, its target
    printf '\n=== %s (make %s)\n' "$1" "$2"
    before=$(wc -l <"$EVENHAND_SKIPPED")
    if target "$2"; then result=passed; else result=FAILED; fi
    skips=$(($(wc -l <"$EVENHAND_SKIPPED") - before))
    [ "$skips" = 0 ] && more='' || more=", but $skips skipped (below)"
    echo "$result   $1$more" >>"$results"
}

check_with_node() {
    if command -v node >/dev/null && command -v npm >/dev/null; then
        check "$@"
    elif [ "${CI:-}" = true ]; then
        echo "FAILED   $1: Node is not installed, though CI=true" >>"$results"
    else
        echo "skipped  $1: Node is not installed" >>"$results"
    fi
}

target .venv/.dev || exit
if command -v npm >/dev/null; then target node_modules/.ready || exit; fi

check 'Python style' lint
check 'Python types, mypy strict' mypy
check_with_node 'Python types, pyright strict' pyright
check_with_node 'Browser scripts: types, syntax, tests' js
check 'Python tests' test-python
check 'Browser tests' test-browser
check 'sdist, wheel, and the tests against the wheel' test-wheel

printf '\n=== Summary\n'
cat "$results"
sort -u "$EVENHAND_SKIPPED" | sed 's/^/skipped  /'
! grep -q '^FAILED' "$results"
