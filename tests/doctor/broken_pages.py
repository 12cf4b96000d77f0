"""Set-ups that break the page, or what caches and filters make of it."""

from __future__ import annotations

from .recipe import (
    APP,
    END,
    KEEPS,
    KEPT_PAGES,
    PAGE,
    PASS,
    REWRITES,
    TAG,
    P,
    Setup,
    everywhere,
    place,
)

BROKEN_PAGES = [
    Setup(
        "cache-holds-the-page-from-before",
        "page_cached_without_tag",
        KEPT_PAGES,
        before="bare",
        fix="Purge the cache",
    ),
    Setup(
        "cache-ignores-vary",
        "page_cached_by_reader",
        KEPT_PAGES,
        "varying",
        mend=APP,
        fix="html_cached=True",
    ),
    Setup(
        "cache-is-not-declared",
        "page_cached_undeclared",
        place("= /article", f"{KEEPS} add_header X-Cache $upstream_cache_status;"),
        "varying",
        mend=APP,
        fix="html_cached=True",
    ),
    Setup(
        "always-304",
        "page_not_modified",
        place("= /article", f"if ($http_if_none_match) {{ return 304; }} {PASS}"),
        fix="return 304",
    ),
    Setup(
        "tag-removed",
        "tag_missing",
        everywhere(f"{REWRITES} sub_filter '{TAG}' '<b title=\"';"),
        fix="ReaderSupportMiddleware",
    ),
    Setup("page-excluded", "tag_missing", page="/excluded/", mend=PAGE, fix="exclude"),
    Setup(
        "tag-twice",
        "tag_twice",
        everywhere(f"{REWRITES} sub_filter '{END}' '{END}{TAG}/0/probe.js\" {END}';"),
        fix="sub_filter",
    ),
    Setup(
        "script-delayed-by-an-optimiser",
        "tag_altered",
        everywhere(f"{REWRITES} sub_filter '<script defer' '<script type=\"1f-text/javascript\"';"),
        fix="Rocket Loader",
    ),
    Setup(
        "script-moved-to-a-cdn",
        "script_elsewhere",
        everywhere(f"{REWRITES} sub_filter '{TAG}' '<script defer src=\"https://cdn.example{P}';"),
        fix="URL rewriting",
    ),
    Setup("no-transform", "page_no_transform", page="/no-transform/", mend=PAGE, fix="manual"),
    Setup(
        "compressed-before-us",
        "compressed_before_us",
        page="/gzipped/",
        mend=PAGE,
        fix="last added is outermost",
    ),
    Setup(
        "policy-of-the-proxy-without-us",
        "csp_blocks_script",
        everywhere('add_header Content-Security-Policy "script-src https://cdn.example";'),
        fix="script-src",
    ),
    Setup(
        "policy-of-the-app-without-us",
        "csp_blocks_script",
        page="/strict/",
        mend=PAGE,
        fix="script-src",
    ),
    Setup(
        "policy-refuses-images-and-reports",
        "csp_blocks_pairs",
        everywhere("add_header Content-Security-Policy \"img-src data:; connect-src 'none'\";"),
        fix="connect-src",
    ),
    Setup("cached-nonce", "nonce_reused", place("= /nonce", KEEPS), page="/nonce", fix="nonce"),
    Setup("no-https", "plain_http", scheme="http", mend=(("scheme", "https"),), fix="https"),
    Setup(
        "unknown-agents-refused",
        "agent_refused",
        everywhere("if ($http_user_agent !~ Chrome) { return 403; }"),
        fix="EvenhandBot",
    ),
    Setup(
        "bots-refused",
        "agent_refused",
        everywhere("if ($http_user_agent ~* (bot|headless)) { return 403; }"),
        fix="EvenhandBot",
    ),
]
