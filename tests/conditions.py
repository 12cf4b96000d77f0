"""A site that is awkward in many innocent ways: one page for each, for browsers without a blocker.

Every host name is a site of its own with counts and a guard of its own, so that conditions can't
disturb one another; names that end in `-ads` declare ad slots.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from tests.hosts import Hosts, creative, icon

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware

# Nobody listens there, and browsers don't refuse the port by themselves.
NOWHERE = "http://ads.nowhere.localhost:18019"
NONCE = "c29tZXRoaW5n"
CLASSIC = ".ad-banner,.adsbox,.textads,.text-ad,.ad-slot,.ad-unit,.banner-ads,#ad-banner,#ads"


@dataclass(frozen=True)
class Page:
    """A page's variable parts; the tag is put in by the middleware."""

    head: str = ""
    body: str = "<p>A story.</p>"
    policy: str = ""
    html: str = ""  # attributes of the root element


def style(rules: str) -> Page:
    return Page(f"<style>{rules}</style>")


def script(source: str, body: str = "<p>A story.</p>") -> Page:
    return Page(f"<script>{source}</script>", body)


# Delays our start by a second, as a busy page does.
BUSY = (
    "const idle = (f) => setTimeout(f, 1000);"
    "window.requestIdleCallback = (f) => idle(() => f({ timeRemaining: () => 5 }));"
)
REMOVES_NODES = """
const known = new Set(document.querySelectorAll("*"));
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes)
    if (document.readyState !== "loading" && !known.has(node)) node.remove();
}).observe(document, { childList: true, subtree: true });"""
CROWD = """
performance.setResourceTimingBufferSize(250);
for (let n = 0; n < 300; n++) new Image().src = `/favicon.ico?${n}`;"""
WORKER = """
navigator.serviceWorker.register("/worker-%s.js").then(() => navigator.serviceWorker.ready)
  .then((ready) => { document.documentElement.dataset.worker = "ready"; });"""
WORKERS = {
    "pass": 'self.addEventListener("fetch", (e) => e.respondWith(fetch(e.request)));',
    "cache": """self.addEventListener("fetch", (e) => e.respondWith((async () => {
      if (e.request.method !== "GET") return fetch(e.request);
      const kept = await caches.open("all"), found = await kept.match(e.request);
      if (found) return found;
      const fresh = await fetch(e.request);
      await kept.put(e.request, fresh.clone());
      return fresh;
    })()));""",
}
CLAIM = (
    'self.addEventListener("install", () => self.skipWaiting());'
    'self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));'
)
SLOT = '<div class="slot" style="width:300px;height:250px">%s</div>'

PAGES: dict[str, Page] = {
    "plain": Page(),
    "outer": Page(body='<iframe src="/page/plain" width="600" height="400"></iframe>'),
    "outer-hidden": Page(body='<iframe src="/page/plain" style="display:none"></iframe>'),
    "outer-sandboxed": Page(body='<iframe src="/page/plain" sandbox="allow-scripts"></iframe>'),
    "outer-sandboxed-same": Page(
        body='<iframe src="/page/plain" sandbox="allow-scripts allow-same-origin"></iframe>'
    ),
    "hides-classic": style(f"{CLASSIC} {{display:none!important}}"),
    "hides-attribute": style("[data-revive-zoneid] {display:none!important}"),
    "body-hidden-first": Page(
        "<style>.wait body {display:none}</style><script>"
        "setTimeout(() => document.documentElement.classList.remove('wait'), 2500)</script>",
        html='class="wait"',
    ),
    "body-hidden": style("body {display:none}"),
    "root-hidden": style("html {display:none}"),
    "root-invisible": style("html {visibility:hidden;opacity:0}"),
    "root-contained": style("html {content-visibility:hidden;contain:strict;overflow:hidden}"),
    "div-squashed": style("div {position:static!important;height:0!important;display:none}"),
    "csp-self": Page(policy="default-src 'self'; style-src 'self'"),
    "csp-no-image": Page(policy="default-src 'self'; img-src 'none'"),
    "csp-no-connect": Page(policy="default-src 'self'; connect-src 'none'"),
    "csp-script-only": Page(policy="default-src 'none'; script-src 'self'; connect-src 'self'"),
    "csp-img-host": Page(policy="default-src 'self'; img-src https://images.example"),
    "csp-meta": Page(
        '<meta http-equiv="content-security-policy" '
        "content=\"default-src 'self'; style-src 'self'\">"
    ),
    "csp-meta-no-image": Page(
        '<meta http-equiv="content-security-policy" '
        "content=\"default-src 'self'; img-src 'none'; style-src 'none'\">"
    ),
    "csp-meta-late": Page(
        body="<script>const meta = document.createElement('meta');"
        "meta.httpEquiv = 'content-security-policy';"
        "meta.content = \"default-src 'none'; script-src 'self'; connect-src 'self'\";"
        "document.head.append(meta)</script>"
    ),
    "csp-nonce": Page(
        policy=f"script-src 'nonce-{NONCE}' 'strict-dynamic'; object-src 'none'; base-uri 'none'"
    ),
    "csp-trusted-types": Page(policy="require-trusted-types-for 'script'; trusted-types 'none'"),
    "csp-both": Page(
        policy=f"default-src 'self'; script-src 'nonce-{NONCE}' 'strict-dynamic'; "
        "require-trusted-types-for 'script'; trusted-types 'none'; style-src 'self'"
    ),
    "third-party-gone": Page(
        f'<script async src="{NOWHERE}/tag.js"></script>',
        f'<img src="{NOWHERE}/pixel.gif">',
    ),
    "ads": Page(body=SLOT % '<img src="/creative.svg" width="300" height="250">'),
    "ads-down": Page(body=SLOT % "" + f'<script async src="{NOWHERE}/tag.js"></script>'),
    "ads-503": Page(body=SLOT % "" + '<script async src="/adtag-503.js"></script>'),
    "ads-slow": Page(body=SLOT % "" + '<script async src="/adtag-slow.js"></script>'),
    "ads-late": Page(
        body=SLOT % "" + "<script>setTimeout(() => { document.querySelector('.slot').innerHTML ="
        "'<img src=\"/creative.svg\" width=300 height=250>' }, 4500)</script>"
    ),
    "busy": script(BUSY),
    "worker-pass": script(WORKER % "pass"),
    "worker-cache": script(WORKER % "cache"),
    "base": Page('<base href="https://elsewhere.example/x/">'),
    "base-own": Page('<base href="/deep/er/">'),
    "zoom-in": style("html {zoom:3}"),
    "zoom-out": style("html {zoom:.1}"),
    "transformed": style("html {transform:scale(.01);filter:blur(2px)}"),
    "rtl": Page(html='dir="rtl" lang="ar"', body="<p>قصة</p>"),
    "vertical": style("html {writing-mode:vertical-rl}"),
    "removes-nodes": script(REMOVES_NODES),
    "crowd": script(CROWD),
    "crowd-cleared": script("setInterval(() => performance.clearResourceTimings(), 1)"),
    "timing-full": script("performance.setResourceTimingBufferSize(0)"),
    "timing-full-no-connect": Page(
        "<script>performance.setResourceTimingBufferSize(0)</script>",
        policy="connect-src 'none'",
    ),
    "errors": script("onerror = () => true; setInterval(() => { throw new Error('mine') }, 100)"),
    "prerenders": Page(
        '<script type="speculationrules">'
        '{"prerender": [{"urls": ["/page/plain"], "eagerness": "immediate"}]}</script>',
        '<a href="/page/plain">On</a>',
    ),
    "leaves": Page(body='<a href="/page/plain">On</a>'),
}


async def page(request: Request) -> Response:
    chosen = PAGES.get(request.path_params["name"])
    if chosen is None:
        return Response(status_code=404)
    html = (
        f"<!doctype html><html {chosen.html}><head><meta charset=utf-8><title>A</title>"
        f"{chosen.head}</head><body>{chosen.body}</body></html>"
    )
    policy = {"content-security-policy": chosen.policy} if chosen.policy else {}
    return HTMLResponse(html, headers=policy)


async def worker(request: Request) -> Response:
    source = CLAIM + WORKERS[request.path_params["name"]]
    return Response(source, media_type="text/javascript")


def site(host: str) -> Starlette:
    """One host's own site."""
    support = ReaderSupport(
        site="conditions",
        ad_slots=[".slot"] if host.endswith("-ads") else [],
        notice=Notice(after_pages=1),
        exclude=[f"/page/{name}" for name in PAGES if name.startswith("outer")],
    )
    routes = [
        Route("/page/{name}", page),
        Route("/worker-{name}.js", worker),
        Route("/creative.svg", creative),
        Route("/favicon.ico", icon),
        Route("/metrics", support.metrics_app()),
    ]
    made = Starlette(routes=routes)
    made.add_middleware(ReaderSupportMiddleware, support=support)
    return made


app = Hosts(site)
