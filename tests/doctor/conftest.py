"""The apps and the nginx in front of them, started once; and two filter lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from evenhand.baits import baits

from ..frameworks.fleet import Fleet
from .fronted import fronted
from .nginx import Nginx, program


@pytest.fixture(scope="session")
def nginx() -> Iterator[Nginx]:
    if program() is None:
        pytest.skip("nginx is not installed (scripts/setup-server.sh)")
    with fronted() as running:
        yield running


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    with ExitStack() as stack:
        yield Fleet(stack)


@pytest.fixture(scope="session")
def lists(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two filter lists in miniature, of EasyList's own rules."""
    folder = tmp_path_factory.mktemp("lists")
    contents = {
        "easylist": [
            *(pair.rule for pair in baits().pairs),
            "/admanager/*$~object,~xmlhttprequest,domain=~admanager.line.biz|~blog.google|~sevio.com",
        ],
        "trackers": ["||tracker.example^"],
    }
    for name, rules in contents.items():
        (folder / name).write_text("[Adblock Plus 2.0]\n" + "\n".join(rules) + "\n")
    return {name: folder / name for name in contents}
