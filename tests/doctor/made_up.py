"""Pages made up for the checks."""

from __future__ import annotations

from evenhand.doctor.facts import Facts, Fetched

URL = "https://gazette.example/article"
TAG = '<script defer src="/rs/0123456789ab/probe.js" data-cfasync="false" data-evenhand></script>'


def facts(html: str, *headers: tuple[str, str]) -> Facts:
    """A page that is the same however it is asked for."""
    page = Fetched("GET", URL, 200, (("content-type", "text/html"), *headers), html.encode())
    names = ("first", "second", "fresh", "plain", "by_script", "after_script", "unchanged")
    return Facts(URL, "/rs", None, "doctor", dict.fromkeys(names, page))
