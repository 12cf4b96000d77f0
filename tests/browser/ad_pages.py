# Long: one page for each arrangement of ads, side by side.
"""A publisher whose pages carry their own ad tags: one page for each arrangement.

Every host name is a site of its own with counts and a guard of its own; names that end in `-bare`
declare no slots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from tests.hosts import Hosts, creative, icon

from evenhand import Notice, ReaderSupport, ReaderSupportMiddleware

GPT = "https://securepubads.g.doubleclick.net/tag/js/gpt.js"
ADSENSE = (
    "https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js?client=ca-pub-1234567890123456"
)
APSTAG = "https://c.amazon-adsystem.com/aax2/apstag.js"
PREBID = "https://cdn.jsdelivr.net/npm/prebid.js@11/dist/prebid.js"
REAL_PREBID = "https://cdn.jsdelivr.net/npm/prebid.js@11.36.0/dist/prebid.js"
CARBON = "https://cdn.carbonads.com/carbon.js?serve=CWYDL53M&placement=gazette"
TABOOLA = "https://cdn.taboola.com/libtrc/gazette/loader.js"
OUTBRAIN = "https://widgets.outbrain.com/outbrain.js"
FOREIGN = "https://media.example.org"
BARE = "data-reader-support-ad"  # the publisher's word that it is an ad tag, and no more
CONSENT = "https://consent.example.net/tool.js?answer="


@dataclass(frozen=True)
class Page:
    """A page's variable parts; the tag of ours is put in by the middleware."""

    body: str = ""
    head: str = ""
    policy: str = ""
    html: str = ""  # attributes of the root element


def script(url: str, attributes: str = "") -> str:
    return f'<script async src="{url}" {attributes}></script>'


def inline(source: str) -> str:
    return f"<script>{source}</script>"


def room(name: str, attributes: str = "", inside: str = "") -> str:
    """A declared slot; its names are on no list."""
    size = "width:300px;min-height:250px"
    return f'<div class="room" id="room-{name}" style="{size}" {attributes}>{inside}</div>'


def gpt_slot(name: str = "gpt", *, lazily: bool = False) -> str:
    lazy = "googletag.pubads().enableLazyLoad();" if lazily else ""
    return inline(
        "window.googletag = window.googletag || { cmd: [] }; googletag.cmd.push(() => {"
        f"googletag.defineSlot('/1/gazette/{name}', [300, 250], 'room-{name}')"
        f".addService(googletag.pubads());{lazy}"
        f"googletag.enableServices(); googletag.display('room-{name}'); }})"
    )


GPT_TAG = script(GPT)
ADSENSE_TAG = script(ADSENSE, 'crossorigin="anonymous"')
ADSENSE_ROOM = (
    '<ins class="adsbygoogle room" style="display:inline-block;width:300px;height:250px" '
    'data-ad-client="ca-pub-1234567890123456" data-ad-slot="1234567890"></ins>'
)
ADSENSE_PUSH = inline("(window.adsbygoogle = window.adsbygoogle || []).push({})")
ADSENSE_SLOT = ADSENSE_ROOM + ADSENSE_PUSH
AMAZON = inline(
    "window.apstag = window.apstag || { _Q: [], init() { this._Q.push(['i', arguments]) },"
    "fetchBids() { this._Q.push(['f', arguments]) } };"
    "apstag.init({ pubID: '1', adServer: 'googletag' });"
    "apstag.fetchBids({ slots: [{ slotID: 'room-gpt', sizes: [[300, 250]] }] }, () => {})"
) + script(APSTAG)
PREBID_TAG = inline("window.pbjs = window.pbjs || { que: [] }; pbjs.que.push(() => {})") + script(
    PREBID
)
CARBON_SLOT = room("carbon", inside=script(CARBON, 'id="_carbonads_js"'))
TABOOLA_SLOT = (
    room("taboola")
    + inline(
        "(window._taboola = window._taboola || []).push({ article: 'auto' },"
        "{ mode: 'thumbnails-a', container: 'room-taboola', placement: 'Below' })"
    )
    + script(TABOOLA)
)
OUTBRAIN_SLOT = '<div class="OUTBRAIN room" data-widget-id="AR_1"></div>' + script(OUTBRAIN)
FOREIGN_PARTS = f'<img src="{FOREIGN}/masthead.svg" width="120" height="40" alt="">' + script(
    f"{FOREIGN}/reader.js"
)
HEAD_TAGS = GPT_TAG + ADSENSE_TAG + AMAZON + PREBID_TAG
SLOTS = room("gpt") + gpt_slot() + ADSENSE_SLOT + CARBON_SLOT + TABOOLA_SLOT + OUTBRAIN_SLOT

# Puts the two best-known tags and their slots into the page.
PUT = f"""
const put = (src, more) => document.head.append(
  Object.assign(document.createElement("script"), {{ async: true, src }}, more));
const putTags = () => {{
  put("{GPT}");
  put("{ADSENSE}", {{ crossOrigin: "anonymous" }});
  (window.adsbygoogle = window.adsbygoogle || []).push({{}});
}};"""
TWO_SLOTS = room("gpt") + gpt_slot() + ADSENSE_ROOM

BUSY = """
const idle = (f) => setTimeout(f, 1000);
window.requestIdleCallback = (f) => idle(() => f({ timeRemaining: () => 5 }));"""

# The stub that a consent tool's makers ask to be put ahead of it.
TCF_STUB = inline(
    "window.__tcfapi = Object.assign((command, version, done, more) => { const a = __tcfapi.a;"
    "if (command === 'ping') done({ gdprApplies: undefined, cmpLoaded: false, cmpStatus: 'stub' });"
    "else a.push([command, version, done, more]); }, { a: [] })"
)
GPP_STUB = inline(
    "window.__gpp = Object.assign((command, done, more) => {"
    "const ping = { gppVersion: '1.1', cmpStatus: 'stub', cmpDisplayStatus: 'hidden', signalStatus:"
    "'not ready', supportedAPIs: ['2:tcfeuv2'], sectionList: [], parsedSections: {} };"
    "if (command === 'ping') done(ping, true); else __gpp.queue.push([command, done, more]); },"
    "{ queue: [] })"
)
AFTER_TCF = inline(
    "let isPut = false; __tcfapi('addEventListener', 2, (told) => {"
    "if (isPut || told.eventStatus === 'cmpuishown' || !told.purpose.consents[1]) return;"
    "isPut = true; putTags() })"
)
AFTER_GPP = inline(
    "addEventListener('consent-tool', () => __gpp('ping', (told) => {"
    "if (told.parsedSections.tcfeuv2?.[0].PurposeConsent[0]) putTags() }))"
)


def consented(stub: str, after: str, answer: str) -> Page:
    """Tags that wait for a consent tool, whose reader has answered this."""
    tool = script(CONSENT + answer)
    return Page(FOREIGN_PARTS + TWO_SLOTS + inline(PUT) + after, stub + tool)


WORKER = """
navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready)
  .then(() => { document.documentElement.dataset.worker = "ready"; });"""
PASSES = (
    'self.addEventListener("install", () => self.skipWaiting());'
    'self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));'
    'self.addEventListener("fetch", (e) => e.respondWith(fetch(e.request)));'
)
SPA = """
const story = (name) => {
  googletag.cmd.push(() => googletag.destroySlots());
  document.querySelector("main").innerHTML = `<h1>${name}</h1><div class="room" id="room-${name}"
    style="width:300px;min-height:250px"></div>`;
  googletag.cmd.push(() => {
    googletag.defineSlot(`/1/gazette/${name}`, [300, 250], `room-${name}`)
      .addService(googletag.pubads());
    googletag.display(`room-${name}`);
  });
};
const plain = () => { document.querySelector("main").innerHTML = "<p>No slots here.</p>"; };
const go = (name, draw) => { history.pushState({}, "", `/page/${name}`); draw(name); };"""

AUCTION = """
window.pbjs = window.pbjs || { que: [] };
pbjs.que.push(() => {
  pbjs.setConfig({ bidderTimeout: 3000, enableTIDs: false });
  pbjs.addAdUnits([{ code: "room-prebid", mediaTypes: { banner: { sizes: [[300, 250]] } },
    bids: [{ bidder: "appnexus", params: { placementId: 13144370 } }] }]);
  pbjs.requestBids({ bidsBackHandler: () => {
    const [won] = pbjs.getHighestCpmBids("room-prebid");
    if (!won) return;
    const frame = Object.assign(document.createElement("iframe"), { width: 300, height: 250 });
    frame.style.border = "0";
    document.getElementById("room-prebid").append(frame);
    pbjs.renderAd(frame.contentWindow.document, won.adId);
  } });
});"""

ELSEWHERE = "script-src 'self' 'unsafe-inline' https://media.example.org"  # no tag comes from there

PAGES: dict[str, Page] = {
    # The seven tags.
    "seven": Page(FOREIGN_PARTS + SLOTS, HEAD_TAGS),
    "seven-alone": Page(SLOTS, HEAD_TAGS),
    "seven-inserted": Page(
        FOREIGN_PARTS
        + TWO_SLOTS
        + inline(PUT + "addEventListener('load', () => setTimeout(putTags, 100))")
    ),
    "seven-csp": Page(FOREIGN_PARTS + SLOTS, HEAD_TAGS, policy=ELSEWHERE),
    # Delays our start by a second, in which the reader goes offline.
    "offline": Page(
        FOREIGN_PARTS + TWO_SLOTS + inline(PUT + BUSY + "addEventListener('offline', putTags)")
    ),
    # Fewer.
    "adsense": Page(FOREIGN_PARTS + ADSENSE_SLOT, ADSENSE_TAG),
    "adsense-alone": Page(ADSENSE_SLOT, ADSENSE_TAG),
    "gpt": Page(FOREIGN_PARTS + room("gpt") + gpt_slot(), GPT_TAG),
    "ad-free": Page(FOREIGN_PARTS + "<p>A story without ads.</p>"),
    "empty-slot": Page(FOREIGN_PARTS + room("house")),
    "lazy": Page(
        FOREIGN_PARTS + '<div style="height:12000px"></div>' + room("gpt") + gpt_slot(lazily=True),
        GPT_TAG,
    ),
    "tab": Page(
        FOREIGN_PARTS
        + f'<div role="tabpanel" style="display:none">{room("gpt")}</div>'
        + gpt_slot(lazily=True),
        GPT_TAG,
    ),
    "late": Page(
        FOREIGN_PARTS
        + "<div id=place></div>"
        + inline(
            "addEventListener('load', () => setTimeout(() => {"
            "document.getElementById('place').innerHTML = '<div class=room id=room-late "
            'style="width:300px;min-height:250px"></div>\';'
            "googletag.cmd.push(() => { googletag.defineSlot('/1/late', [300, 250], 'room-late')"
            ".addService(googletag.pubads()); googletag.enableServices();"
            "googletag.display('room-late') }) }, 1500))"
        ),
        GPT_TAG + inline("window.googletag = window.googletag || { cmd: [] }"),
    ),
    # Consent.
    **{
        f"{name}-{answer}": consented(stub, after, answer)
        for name, stub, after in (("tcf", TCF_STUB, AFTER_TCF), ("gpp", GPP_STUB, AFTER_GPP))
        for answer in ("accepted", "refused", "undecided")
    },
    **{
        f"hook-{state}": Page(
            FOREIGN_PARTS + TWO_SLOTS, html=f'data-reader-support-consent="{state}"'
        )
        for state in ("pending", "refused")
    },
    "hook-given": Page(
        FOREIGN_PARTS + SLOTS, HEAD_TAGS, html='data-reader-support-consent="given"'
    ),
    # The publisher's own word.
    "told-tag": Page(
        FOREIGN_PARTS
        + room("house")
        + script(
            f"{FOREIGN}/house.js",
            "data-reader-support-ad onerror=\"this.dataset.readerSupportAd='failed'\"",
        )
    ),
    "told-filled": Page(FOREIGN_PARTS + room("house", 'data-reader-support-ad="filled"', "Ours")),
    "told-unfilled": Page(FOREIGN_PARTS + room("house", 'data-reader-support-ad="unfilled"')),
    "told-loaded": Page(
        FOREIGN_PARTS + script(f"{FOREIGN}/reader.js?house", 'data-reader-support-ad="loaded"')
    ),
    "told-bare": Page(FOREIGN_PARTS + script(f"{FOREIGN}/reader.js?house", BARE)),
    "late-house": Page(
        room("house")
        + inline(
            "addEventListener('load', () => setTimeout(() => {"
            "document.querySelector('.room').innerHTML ="
            "'<img src=/creative.svg width=300 height=250>' }, 10000))"
        )
    ),
    # Real Prebid.
    "prebid": Page(FOREIGN_PARTS + room("prebid") + inline(AUCTION), script(REAL_PREBID)),
    # The browser's ways.
    "worker": Page(FOREIGN_PARTS + SLOTS, inline(WORKER) + HEAD_TAGS),
    "timing-cleared": Page(
        FOREIGN_PARTS
        + SLOTS
        + inline("addEventListener('load', () => performance.clearResourceTimings())"),
        HEAD_TAGS,
    ),
    "timing-four": Page(
        FOREIGN_PARTS + SLOTS, inline("performance.setResourceTimingBufferSize(4)") + HEAD_TAGS
    ),
    "spa": Page(
        FOREIGN_PARTS + f"<main>{room('front')}</main>" + gpt_slot("front") + inline(SPA),
        GPT_TAG,
    ),
}
PAGES["inserted-csp"] = replace(PAGES["seven-inserted"], policy=ELSEWHERE)
PAGES["kept"] = replace(
    PAGES["gpt"],
    head=PAGES["gpt"].head
    + inline(
        "addEventListener('pageshow', ({ persisted }) => {"
        "document.documentElement.dataset.kept = persisted })"
    ),
)
# An app that is drawn in the page answers for all of its addresses.
PAGES["second"] = PAGES["third"] = PAGES["spa"]


async def page(request: Request) -> Response:
    chosen = PAGES.get(request.path_params["name"])
    if chosen is None:
        return Response(status_code=404)
    html = (
        f"<!doctype html><html lang=en {chosen.html}><head><meta charset=utf-8><title>A</title>"
        f"{chosen.head}</head><body><p>A story.</p>{chosen.body}</body></html>"
    )
    policy = {"content-security-policy": chosen.policy} if chosen.policy else {}
    return HTMLResponse(html, headers=policy)


async def worker(_: Request) -> Response:
    return Response(PASSES, media_type="text/javascript")


def site(host: str) -> Starlette:
    """One host's own site."""
    support = ReaderSupport(
        site="ads",
        ad_slots=[] if host.endswith("-bare") else [".room"],
        notice=Notice(after_pages=1),
    )
    routes = [
        Route("/page/{name}", page),
        Route("/worker.js", worker),
        Route("/creative.svg", creative),
        Route("/favicon.ico", icon),
        Route("/metrics", support.metrics_app()),
    ]
    made = Starlette(routes=routes)
    made.add_middleware(ReaderSupportMiddleware, support=support)
    return made


app = Hosts(site)
