#!/bin/sh
# The gate behind `make test`: sets up, runs every check, and ends with what passed, what failed
# and what was skipped. With CI=true nothing may be skipped.
set -u
cd "$(dirname "$0")/.." || exit

results=$(mktemp)
EVENHAND_SKIPPED=$(mktemp)
export EVENHAND_SKIPPED
aside=$(mktemp -d)
trap 'rm -rf "$results" "$EVENHAND_SKIPPED" "$aside"' EXIT

target() { ${MAKE:-make} --no-print-directory "$1"; }

note() { # what was checked, its result, how many tests it skipped
    [ "$3" = 0 ] && more='' || more=", but $3 skipped (below)"
    echo "$2   $1$more" >>"$results"
}

check() { # what it checks, its target
    printf '\n=== %s (make %s)\n' "$1" "$2"
    before=$(wc -l <"$EVENHAND_SKIPPED")
    if target "$2"; then result=passed; else result=FAILED; fi
    note "$1" "$result" $(($(wc -l <"$EVENHAND_SKIPPED") - before))
}

# Browsers leave half of two cores idle: other checks run beside theirs, and give way to them.
begin_aside() { # its targets, one after the other
    for each; do
        EVENHAND_SKIPPED=$aside/$each.skipped
        : >"$EVENHAND_SKIPPED"
        nice "${MAKE:-make}" --no-print-directory "$each" >"$aside/$each.output" 2>&1 &&
            : >"$aside/$each.passed"
    done &
    running=$!
}

end_aside() { # what it checked, its target
    wait "$running"
    printf '\n=== %s (make %s)\n' "$1" "$2"
    cat "$aside/$2.output"
    if [ -e "$aside/$2.passed" ]; then result=passed; else result=FAILED; fi
    note "$1" "$result" "$(wc -l <"$aside/$2.skipped")"
    cat "$aside/$2.skipped" >>"$EVENHAND_SKIPPED"
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
target test-servers # here, since only one may install at a time
begin_aside test-python test-wheel
check 'Browser tests' test-browser
end_aside 'Python tests' test-python
end_aside 'sdist, wheel, and the tests against the wheel' test-wheel

printf '\n=== Summary\n'
cat "$results"
sort -u "$EVENHAND_SKIPPED" | sed 's/^/skipped  /'
! grep -q '^FAILED' "$results"
