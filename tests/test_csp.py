"""Which policies let our script run, and with which nonce."""

import pytest

from evenhand.insertion import csp
from evenhand.insertion.csp import nonce_for, split_header, wants_integrity

ALONE = [
    ("no_policy", "", ""),
    ("other_directives_only", "img-src 'none'; upgrade-insecure-requests", ""),
    ("self", "script-src 'self'", ""),
    ("self_in_capitals", "SCRIPT-SRC 'SELF'", ""),
    ("star", "script-src *", ""),
    ("scheme", "default-src https:", ""),
    ("none", "script-src 'none'", None),
    ("empty_list", "script-src", None),
    ("none_counts_only_alone", "script-src 'none' 'self'", ""),
    ("default_src_stands_in", "default-src 'none'", None),
    ("script_src_before_default_src", "default-src 'none'; script-src 'self'", ""),
    ("script_src_elem_before_script_src", "script-src 'self'; script-src-elem 'none'", None),
    ("the_first_of_two_counts", "script-src 'self'; script-src 'none'", ""),
    ("unsafe_inline_is_for_inline", "script-src 'unsafe-inline' 'unsafe-eval'", None),
    ("hash_is_for_others", "script-src 'sha256-abc='", None),
    ("nonce", "script-src 'nonce-aB+/=_-9'", "aB+/=_-9"),
    ("nonce_keyword_in_capitals", "script-src 'NONCE-aB'", "aB"),
    ("self_needs_no_nonce", "script-src 'self' 'nonce-a'", ""),
    ("first_of_two_nonces", "script-src 'nonce-a' 'nonce-b'", "a"),
    ("no_nonce_of_foreign_letters", "script-src 'nonce-\"><b>'", None),
    ("strict_dynamic_switches_self_off", "script-src 'self' https: 'strict-dynamic'", None),
    ("strict_dynamic_with_nonce", "script-src 'strict-dynamic' 'nonce-a' https:", "a"),
    ("sandbox", "sandbox", None),
    ("sandbox_with_scripts", "sandbox allow-forms Allow-Scripts", ""),
    ("trusted_types", "require-trusted-types-for 'script'; trusted-types x", ""),
    ("own_host", "script-src gazette.example", ""),
    ("own_host_with_scheme", "script-src https://gazette.example/", ""),
    ("own_host_with_any_port", "script-src gazette.example:*", ""),
    ("own_host_with_other_port", "script-src gazette.example:8000", None),
    ("path_of_own_host", "script-src gazette.example/js/", None),
    ("wildcard_below", "script-src *.example", ""),
    ("wildcard_does_not_mean_itself", "script-src *.gazette.example", None),
    ("own_host_without_tls", "script-src http://gazette.example", ""),
    ("any_host_without_tls", "script-src http:", ""),
    ("own_host_with_the_usual_port", "script-src gazette.example:443", ""),
    ("other_host", "script-src cdn.example", None),
    ("other_scheme", "script-src ftp://gazette.example", None),
]


@pytest.mark.parametrize(("policy", "nonce"), [pytest.param(*r, id=name) for name, *r in ALONE])
def test_one_policy(policy: str, nonce: str | None) -> None:
    assert nonce_for([policy], host="Gazette.example") == nonce


TOGETHER = [
    ("all_have_to_agree", "script-src 'self', script-src 'none'", None),
    ("one_nonce_for_two", "script-src 'nonce-a' 'nonce-b', script-src 'nonce-b'", "b"),
    ("no_common_nonce", "script-src 'nonce-a', script-src 'nonce-b'", None),
    ("a_nonce_hurts_no_other_policy", "script-src 'self', script-src 'nonce-a'", "a"),
]


@pytest.mark.parametrize(("header", "nonce"), [pytest.param(*r, id=name) for name, *r in TOGETHER])
def test_several_policies(header: str, nonce: str | None) -> None:
    assert nonce_for(split_header(header)) == nonce


def test_a_meta_policy_binds_like_a_header() -> None:
    assert nonce_for([], in_meta=["script-src 'none'"]) is None
    assert nonce_for(["script-src 'nonce-a'"], in_meta=["default-src 'nonce-a'"]) == "a"


def test_a_meta_policy_has_no_sandbox() -> None:
    assert nonce_for([], in_meta=["sandbox"]) == ""


def test_a_report_only_policy_stops_nothing_and_gets_its_nonce() -> None:
    assert nonce_for([], report_only=["script-src 'none'"]) == ""
    assert nonce_for(["script-src 'self'"], report_only=["script-src 'nonce-a'"]) == "a"
    assert nonce_for(["script-src 'nonce-b'"], report_only=["script-src 'nonce-a'"]) == "b"
    by_name = ["script-src gazette.example 'nonce-a'"]
    assert nonce_for([], report_only=by_name, host="gazette.example") == ""
    assert nonce_for([], report_only=by_name, host="times.example") == "a"


@pytest.mark.parametrize(
    ("host", "nonce"),
    [("gazette.example:8000", ""), ("gazette.example", None), ("[::1]:8000", None), ("", None)],
)
def test_a_port_in_a_policy_is_the_hosts_own(host: str, nonce: str | None) -> None:
    assert nonce_for(["script-src gazette.example:8000"], host=host) == nonce


def test_an_address_is_a_host_too() -> None:
    assert nonce_for(["script-src [::1]"], host="[::1]") == ""
    assert nonce_for(["script-src [::2]"], host="[::1]") is None


def test_a_host_on_a_port_of_its_own_has_to_be_named_with_it() -> None:
    assert nonce_for(["script-src gazette.example"], host="gazette.example:8000") is None


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("blocked-destinations=(script), endpoints=(a)", True),
        ("endpoints=(script), Blocked-Destinations = ( style  script )", True),
        ("blocked-destinations=(style)", False),
        ("", False),
    ],
)
def test_integrity_is_wanted_where_scripts_without_it_are_refused(
    header: str, wanted: bool
) -> None:
    assert wants_integrity(header) is wanted


@pytest.mark.parametrize(
    ("policies", "nonce", "expected"),
    [
        pytest.param([], "", "", id="no policy"),
        pytest.param(["default-src 'self'"], "", "", id="self"),
        pytest.param(["default-src 'none'; script-src 'self'"], "", "image style fetch", id="none"),
        pytest.param(["img-src https://cdn.example"], "", "image", id="images from elsewhere"),
        pytest.param(["style-src 'nonce-abc'"], "abc", "", id="styles by our nonce"),
        pytest.param(["style-src 'nonce-abc'"], "", "style", id="styles by a nonce not ours"),
        pytest.param(["style-src 'nonce-x'"], "abc", "style", id="styles by another nonce"),
        pytest.param(["img-src 'nonce-abc'"], "abc", "image", id="no nonce is for images"),
        pytest.param(["connect-src api.example"], "", "fetch", id="requests elsewhere"),
        pytest.param(["img-src *", "img-src 'none'"], "", "image", id="the strictest counts"),
        pytest.param(["img-src gazette.example"], "", "", id="our host by name"),
        pytest.param(["require-trusted-types-for 'script'"], "", "script", id="trusted types"),
    ],
)
def test_baits_that_a_policy_refuses(policies: list[str], nonce: str, expected: str) -> None:
    assert csp.forbidden(policies, nonce, "gazette.example") == expected


def test_without_a_host_only_self_is_our_own() -> None:
    assert csp.forbidden(["img-src gazette.example"], "") == "image"
    assert csp.forbidden(["img-src 'self'"], "") == ""
