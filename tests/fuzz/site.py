"""The newspaper of the tests, whose dashboard may be asked for as often as a fuzzer asks."""

from evenhand.dashboard import routes

routes.VIEWS_A_SECOND = 10**9  # beyond it a worker answers 503, as it should

from tests.gazette import app as app  # noqa: E402 - it takes the bound when it is built
