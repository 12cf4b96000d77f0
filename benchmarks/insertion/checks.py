"""Whether an answer is what it should be, before anything about it is measured."""

import gzip
from typing import Literal

from benchmarks.insertion.load import Fetched
from benchmarks.insertion.scenarios import HTML, Scenario
from benchmarks.insertion.variants import INSERTING

Verdict = Literal["ok", "not inserted", "broken"]


def judge(variant: str, scenario: Scenario, answer: Fetched) -> Verdict:
    """Is the page whole, and does it have a script more if it should?"""
    body = answer.body
    if answer.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    if answer.status != 200:
        return "broken"
    if body == scenario.body:
        inserts = variant in INSERTING and scenario.media_type == HTML
        return "not inserted" if inserts else "ok"
    return "ok" if _is_with_script(body, scenario.body) else "broken"


def _is_with_script(body: bytes, page: bytes) -> bool:
    size = len(body) - len(page)
    at = body.find(b"<script")
    if size <= 0 or at < 0:
        return False
    # White space may come with it.
    at -= len(body[:at]) - len(body[:at].rstrip())
    while body[:at] != page[:at]:
        at -= 1
    for start in range(at, min(at + 4, len(page)) + 1):
        if body[:start] + body[start + size :] == page:
            return body[start : start + size].strip().endswith(b"</script>")
    return False
