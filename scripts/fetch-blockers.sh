#!/bin/sh
# Fetches the blockers that the tests generate extensions from, and Prebid.js, where any is missing.
# `npm install` can't: AdGuard's ask for a package that was never published, and eyeo's and Prebid's
# for many that are bundled in them already.
# Prints one line when it can't, which is an error only where every test must run (CI=true).
set -u
cd "$(dirname "$0")/.." || exit

cache=node_modules/.cache/blockers
failed=''
fetch() { # package@version, the SHA-256 of its tarball, the folder to unpack it into, which part
    [ -d "$cache/$3" ] && return
    mkdir -p "$cache" && work=$(mktemp -d "$cache/.$3.XXXXXX") || exit
    if tarball=$(npm pack --silent --pack-destination "$work" "$1" 2>/dev/null) &&
        echo "$2  $work/$tarball" | sha256sum -c --status - &&
        tar -xzf "$work/$tarball" -C "$work" "package${4:-}"; then
        # Whoever fetches at the same time may have been faster.
        [ -d "$cache/$3" ] || { rm -rf "$cache/${3%-*}"-* && mv "$work/package" "$cache/$3"; }
    else
        failed="$failed $1"
    fi
    rm -rf "$work"
}
if command -v npm >/dev/null && [ -d node_modules ]; then
    fetch @adguard/dnr-rulesets@3.3.20260320140136 \
        e33d0ca941cf87ad801d837b9ede97cfe79a00812919fbc8b64882590d9f0927 adguard-rules-3.3.20260320140136
    fetch @adguard/scriptlets@2.5.1 \
        347c98bb6557e982ab2a4427a620446727b850dd286e1f98b7b27d7afd0ba12f adguard-scriptlets-2.5.1
    fetch @eyeo/webext-ad-filtering-solution@4.1.0 \
        e272d1c9667b60089ed8db9eb4abd176b275f54145333f67ca9695ef760c73c5 eyeo-4.1.0
    fetch prebid.js@11.36.0 \
        fba1d5d10970bf7d0853444a4dfaa1a7cb193a961bc7e9cdcbc7d305c97501d8 prebid-11.36.0 /dist/not-for-prod
else
    failed=' @adguard/…, @eyeo/… and prebid.js'
fi
[ -z "$failed" ] && exit
echo "Browser tests that need$failed will be skipped: npm can't fetch them"
[ "${CI:-}" != true ]
