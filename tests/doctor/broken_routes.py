"""Set-ups that break our routes."""

from __future__ import annotations

from .recipe import APP, COUNTED, KEEPS, PASS, REWRITES, P, Setup, everywhere, place

BROKEN_ROUTES = [
    Setup("switched-off", "tag_missing routes_missing", app="bare", mend=APP, fix="EVENHAND_OFF"),
    Setup(
        "wrong-prefix-told",
        "prefix_wrong",
        options=("--prefix", "/support"),
        mend=(("options", ("--prefix", P)),),
        fix="Use the prefix on the page",
    ),
    Setup(
        "path-stripped",
        "routes_missing",
        "location /news/ { proxy_pass http://apps/; } location / { return 404; }",
        page="/news/article",
        mend=(
            (
                "nginx",
                "location /news/ { proxy_pass http://apps; proxy_set_header Host $http_host;"
                " proxy_set_header X-Root /news; } location / { return 404; }",
            ),
        ),
        fix="--root-path",
    ),
    Setup(
        "prefix-behind-a-login",
        "routes_redirected",
        place(f"{P}/", "return 302 /login;"),
        fix="login",
    ),
    Setup(
        "prefix-refused", "routes_refused", place(f"{P}/", "return 403;"), fix="Allow GET and POST"
    ),
    Setup(
        "scripts-from-a-folder",
        "script_missing pair_missing",
        place(r"~ \.js$", "root /nonexistent;"),
        fix="static files",
    ),
    Setup(
        "script-rewritten",
        "script_altered",
        place(
            r"~ \.js$",
            f"{REWRITES} sub_filter_types text/javascript; sub_filter 'DEADLINE' 'D'; {PASS}",
        ),
        fix="sub_filter",
    ),
    Setup(
        "script-minified",
        "script_altered",
        place(
            r"~ /ads\.js$",
            f"{REWRITES} sub_filter_types text/javascript; sub_filter_once off; "
            f"sub_filter '\n' ' '; {PASS}",
        ),
        fix="minifying",
    ),
    Setup(
        "cache-mixes-encodings",
        "script_encoded",
        place(f"~ ^{P}/[0-9a-f]+/", f"{KEEPS} proxy_ignore_headers Vary;"),
        fix="Accept-Encoding",
    ),
    Setup(
        "headers-stripped",
        "script_not_kept pair_kept answers_kept",
        everywhere("proxy_hide_header Cache-Control;"),
        fix="proxy_hide_header",
    ),
    Setup(
        "old-builds-404", "old_script_missing", place(f"~ ^{P}/0+/", "return 404;"), fix="any hash"
    ),
    Setup(
        "two-builds",
        "builds_differ",
        place(f"~ ^{P}/[0-9a-f]+/", f"proxy_set_header X-App other; {PASS}"),
        fix="same options",
    ),
    Setup(
        "pairs-not-passed-on",
        "pair_missing",
        place(f"{P}/pair/", "return 404;"),
        fix="static files",
    ),
    Setup(
        "ads-blocked-by-the-firewall",
        "bait_refused script_missing",
        place("~ /ads", "return 403;"),
        fix="Take `ads` and similar names",
    ),
    Setup(
        "controls-blocked",
        "control_refused",
        place("~ /zx728", "return 403;"),
        fix="Pass all of",
    ),
    Setup(
        "pairs-rewritten",
        "pair_altered",
        place(
            r"~ /css/", f"{REWRITES} sub_filter_types text/css; sub_filter 'about' 'About'; {PASS}"
        ),
        fix="minifying",
    ),
    Setup(
        "images-expire-late", "pair_kept", place(r"~ \.gif$", f"expires 30d; {PASS}"), fix="expires"
    ),
    Setup(
        "baits-revalidated",
        "pair_kept",
        place(r"~ \.gif$", f"add_header ETag '\"1\"'; {PASS}"),
        fix="ETag",
    ),
    Setup(
        "baits-cached",
        "pair_cached",
        place(
            COUNTED,
            f"{KEEPS} proxy_ignore_headers Cache-Control; "
            "add_header X-Cache-Status $upstream_cache_status;",
        ),
        fix="proxy_cache off",
    ),
    Setup(
        "baits-cached-in-silence",
        "pair_cached",
        place(COUNTED, f"{KEEPS} proxy_ignore_headers Cache-Control;"),
        fix="proxy_cache off",
    ),
    Setup(
        "posts-blocked",
        "report_refused",
        place(f"= {P}/outcome", f"limit_except GET {{ deny all; }} {PASS}"),
        fix="POST",
    ),
    Setup(
        "reports-redirected",
        "report_refused",
        place(f"= {P}/outcome", "return 301 /outcome/;"),
        fix="CSRF",
    ),
    Setup(
        "reports-need-a-cookie",
        "report_refused",
        place(f"= {P}/outcome", f"if ($http_cookie = '') {{ return 401; }} {PASS}"),
        fix="cookies",
    ),
    Setup(
        "bodies-bounded-too-low",
        "report_too_large",
        everywhere("client_max_body_size 1k;"),
        fix="client_max_body_size",
    ),
    Setup(
        "reports-answered-by-the-proxy",
        "report_lost",
        place(f"= {P}/outcome", "add_header Cache-Control 'private, no-store'; return 204;"),
        fix="POSTs",
    ),
    Setup("notice-refused", "notice_refused", place(f"= {P}/notice", "return 403;"), fix="login"),
    Setup(
        "notice-cached",
        "answers_kept",
        place(
            f"= {P}/notice",
            f"{KEEPS} proxy_ignore_headers Cache-Control; "
            "add_header X-Cache $upstream_cache_status;",
        ),
        fix="don't cache",
    ),
    Setup(
        "reports-cached",
        "answers_kept report_lost",
        place(
            f"= {P}/outcome",
            f"{KEEPS} proxy_cache_methods POST; proxy_ignore_headers "
            "Cache-Control; add_header Age 7;",
        ),
        fix="don't cache",
    ),
    Setup(
        "cookies-added",
        "cookies_set",
        everywhere("add_header Set-Cookie 'lb=1; Path=/';"),
        fix="load-balancer",
    ),
]
