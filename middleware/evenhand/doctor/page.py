"""Checks on the page: is the tag there, once and as written, and may it run?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from evenhand.doctor.facts import Facts, Fetched
from evenhand.doctor.findings import Finding, Remark, Unchecked
from evenhand.doctor.markup import Attributes, Page
from evenhand.insertion import csp

_OURS = frozenset(["defer", "src", "data-cfasync", "data-evenhand", "nonce", "data-without"])
_NEEDED = ("image", "style", "fetch")


def page_checks(facts: Facts) -> Iterator[Remark]:
    """Everything about the page itself."""
    yield from _transport(facts)
    fresh, page = facts.pages["fresh"], facts.page("fresh")
    if page is None or not page.tags:
        yield _missing(facts)
        return
    yield from _cached(facts)
    if len(page.tags) > 1:
        yield Finding("tag_twice", f"{len(page.tags)} script elements of ours on the page")
    yield from _altered(page.tags[0])
    yield from _elsewhere(facts, page)
    yield from _policy(facts, fresh, page)
    yield from _nonce(facts)


def _transport(facts: Facts) -> Iterator[Remark]:
    if urlsplit(facts.url).scheme == "http" and not facts.is_loopback:
        yield Finding("plain_http", f"{facts.url} is not https")
    if facts.agent != "doctor":
        refused = facts.pages["refused"]
        yield Finding(
            "agent_refused",
            f"to doctor's user agent the page {refused.trouble or 'is not served'};"
            f" to a browser's it answers {facts.pages['first'].status}",
        )


def _missing(facts: Facts) -> Finding:
    """Why there is no tag, as far as the answers tell."""
    fresh, plain = facts.pages["fresh"], facts.page("plain")
    if (plain and plain.tags) or fresh.problem or (fresh.encoding and not plain):
        seen = f"the page with Content-Encoding {fresh.encoding or 'identity'} is without the tag"
        return Finding("compressed_before_us", fresh.problem or seen)
    if "no-transform" in fresh.cache_control:
        return Finding("page_no_transform", f"Cache-Control: {fresh.header('cache-control')}")
    policies = _policies(fresh)
    if policies and csp.nonce_for(policies, host=facts.host) is None:
        return Finding("csp_blocks_script", f"Content-Security-Policy: {policies[0].strip()}")
    why = fresh.header("x-reader-support")
    told = f"; the app says: {why}" if why else ""
    return Finding("tag_missing", f"{facts.url} answers {fresh.status}, {_kind(fresh)}{told}")


def _kind(fetched: Fetched) -> str:
    return f"{fetched.media_type or 'without a type'}, {len(fetched.body):,} bytes"


def _cached(facts: Facts) -> Iterator[Remark]:
    """Whether a cache keeps readers from the page that the app makes."""
    for name in ("first", "second"):
        page, fetched = facts.page(name), facts.pages[name]
        if page and not page.tags:
            cached = f" ({fetched.cached})" if fetched.cached else ""
            yield Finding(
                "page_cached_without_tag", f"{facts.url} has no tag{cached}; with a query it has"
            )
            break
    after = facts.page("after_script")
    if after and not after.tags:
        yield Finding(
            "page_cached_by_reader",
            "asked for by a script (Sec-Fetch-Dest: empty) and then by a reader, the same address"
            " answers without the tag",
        )
    hit = facts.pages["second"].cached
    if hit and facts.inside and not facts.inside[0].html_cached:
        yield Finding("page_cached_undeclared", f"{hit}, and html_cached is False")
    revalidated = facts.pages.get("unchanged")
    if revalidated and revalidated.status == 304:
        yield Finding(
            "page_not_modified",
            f"304 to If-None-Match: {_MADE_UP}, which names no version of the page",
        )


_MADE_UP = '"evenhand-doctor"'


def _altered(tag: Attributes) -> Iterator[Remark]:
    changes = [f"{name}={tag[name]!r} was added" for name in tag if name not in _OURS]
    changes += [f"{name} is gone" for name in ("defer", "src", "data-evenhand") if name not in tag]
    if tag.get("data-cfasync") != "false":
        changes.append('data-cfasync="false" is gone')
    if changes:
        yield Finding("tag_altered", "; ".join(changes))


def _elsewhere(facts: Facts, page: Page) -> Iterator[Remark]:
    source = page.source(facts.url)
    own = urlsplit(facts.url)
    if source and not source.startswith(f"{own.scheme}://{own.netloc}/"):
        yield Finding("script_elsewhere", f"the script's address is {source}")


def _policies(fetched: Fetched) -> list[str]:
    value = fetched.header("content-security-policy")
    return csp.split_header(value) if value else []


def _policy(facts: Facts, fresh: Fetched, page: Page) -> Iterator[Remark]:
    policies, tag = _policies(fresh), page.tags[0]
    binding = page.policies[: page.policies_before]
    nonce = csp.nonce_for(policies, in_meta=binding, host=facts.host)
    given = tag.get("nonce") or ""
    if nonce is None or (nonce and nonce != given):
        seen = " | ".join(part.strip() for part in (*policies, *binding))
        yield Finding("csp_blocks_script", f"Content-Security-Policy: {seen}")
        return
    refused = csp.forbidden([*policies, *page.policies], given, facts.host).split()
    if any(kind in refused for kind in _NEEDED):
        seen = " | ".join(part.strip() for part in (*policies, *page.policies))
        yield Finding("csp_blocks_pairs", f"{', '.join(refused)} refused by: {seen}")


def _nonce(facts: Facts) -> Iterator[Remark]:
    first, second = facts.page("first"), facts.page("second")
    if not (first and second and first.tags and second.tags):
        return
    nonce = first.tags[0].get("nonce")
    if nonce and nonce == second.tags[0].get("nonce"):
        yield Finding("nonce_reused", f"nonce {nonce} came twice")


def worker_checks(facts: Facts) -> Iterator[Remark]:
    """Service workers, as far as they can be found without a browser."""
    for fetched in facts.answers.get("worker", ()):
        is_script = fetched.status == 200 and "javascript" in fetched.media_type
        if is_script and "respondWith" in fetched.text and facts.prefix not in fetched.text:
            yield Finding("service_worker", f"{fetched.url} answers requests (respondWith)")
            return
    yield Unchecked(
        "service workers that a script of the page registers under another name",
        "that takes a browser: open the site, and look under Application, Service workers",
    )
