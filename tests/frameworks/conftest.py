"""The servers as a fixture."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from .fleet import Fleet


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    with ExitStack() as stack:
        yield Fleet(stack)
