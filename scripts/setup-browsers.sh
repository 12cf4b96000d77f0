#!/bin/sh
# Sets up the browsers and the blockers that the tests drive, where any is missing: by apt here, by
# npm in fetch-blockers.sh. Prints one line when it can't, which is an error only where every test
# must run (CI=true).
set -u
sh "$(dirname "$0")/fetch-blockers.sh" || exit

missing=''
need() { # package, then the paths of which one is enough
    package=$1
    shift
    for path in "$@"; do
        [ -e "$path" ] && return
    done
    missing="$missing $package"
}
ubo='/usr/share/mozilla/extensions/{ec8030f7-c20a-464f-9b0e-13a3a9e97384}/uBlock0@raymondhill.net'
need chromium "${EVENHAND_CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome
need firefox-esr "${EVENHAND_FIREFOX:-}" /usr/bin/firefox-esr /usr/bin/firefox
need webext-ublock-origin-firefox "${EVENHAND_UBO:-}" "$ubo" /usr/share/webext/ublock-origin-firefox
need webext-privacy-badger "${EVENHAND_PRIVACY_BADGER:-}" /usr/share/webext/privacy-badger
# Letters that few machines have: Chinese, Japanese and Korean; Hindi.
need fonts-wqy-microhei /usr/share/fonts/truetype/wqy /usr/share/fonts/opentype/noto
need fonts-lohit-deva /usr/share/fonts/truetype/lohit-devanagari /usr/share/fonts/truetype/noto
[ -z "$missing" ] && exit

if [ "$(id -u)" != 0 ]; then
    why='installing needs root'
elif ! command -v apt-get >/dev/null; then
    why='there is no apt-get here'
else
    echo "Installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # the packages are words
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit
    why='apt-get failed'
fi
echo "Browser tests that need$missing will be skipped: $why"
[ "${CI:-}" != true ]
