"""Options: every wrong one says what was seen, what is allowed, and the fix."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest

from evenhand import Notice, Way
from evenhand.addresses import Proxies
from evenhand.errors import OptionError
from evenhand.settings import MAX_HOST, Settings, _hostname, hostname, resolve


def test_the_defaults_are_the_documented_ones() -> None:
    settings = resolve({}, {})
    assert settings == Settings()
    assert (settings.mode, settings.consent, settings.notice) == ("full", "given", None)
    assert (settings.state_dir, settings.store, settings.prefix) == (None, None, "/reader-support")
    assert (settings.site, settings.html_cached, settings.sample_rate) == ("default", True, 1.0)
    assert (settings.insert, settings.off, settings.dashboard) == ("auto", False, None)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("mode", "ful"),
        ("consent", "yes"),
        ("notice", "please"),
        ("state_dir", "var/evenhand"),
        ("store", "history.db"),
        ("prefix", "reader-support"),
        ("prefix", "/reader-support/"),
        ("prefix", '/"><script>'),
        ("prefix", "/.."),
        ("prefix", "/help/./us"),
        ("site", ""),
        ("site", "other"),
        ("site", "x" * 41),
        ("site", "a\nb"),
        ("sites", {"https://gazette.example": "Gazette"}),
        ("sites", {}),
        ("sections", "news"),
        ("sections", [str(n) for n in range(21)]),
        ("ad_slots", ".ad-slot"),
        ("ad_slots", [".a{}"]),
        ("public_url", "gazette.example"),
        ("public_url", "ftp://gazette.example"),
        ("public_url", "https://[::1"),
        ("public_url", "https://editor@gazette.example"),
        ("public_url", "https://gazette.example:99999"),
        ("public_url", "https://gazette.example\n"),
        ("public_url", "https://gazette.example\0"),
        ("state_dir", "/tmp/\0x"),
        ("html_cached", "perhaps"),
        ("sample_rate", 0),
        ("sample_rate", 1.5),
        ("sample_rate", "half"),
        ("exclude", ["admin"]),
        ("insert", "by hand"),
        ("exempt", 7),
        ("exempt", "no_such_module:rule"),
        ("dashboard", 7),
        ("templates", "/no/such/folder"),
        ("trusted_proxies", ["10.0.0.1/8"]),
        ("trusted_proxies", "10.0.0.0/8"),
        ("address_budget", 0),
        ("address_budget", "many"),
        ("address_budget", float("inf")),
        ("off", 2),
        ("debug_header", "x"),
    ],
)
def test_a_wrong_option_is_refused_with_a_way_out(option: str, value: Any) -> None:
    with pytest.raises(OptionError) as caught:
        resolve({option: value}, {})
    error = caught.value
    assert error.option == option
    assert error.allowed in str(error)
    assert error.fix in str(error)
    assert error.allowed
    assert error.fix
    assert option in str(error)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("dashboard", "hunter2"),
        ("dashboard", "hunter2-hunter2-hunter2\n"),  # no header can bring it
        ("dashboard", "hunter2-hunter2-\udcff"),
        ("public_url", "https://editor:hunter2@gazette.example"),
        ("public_url", "https://editor:hunter2@gazette.example:99999"),
    ],
)
def test_a_wrong_secret_is_refused_and_not_shown(option: str, value: str) -> None:
    with pytest.raises(OptionError) as caught:
        resolve({option: value}, {})
    assert "hunter2" not in str(caught.value)


def test_of_a_host_no_more_is_looked_at_than_a_name_can_have() -> None:
    assert hostname("7" * MAX_HOST) == hostname("7" * 1_000_000) == "7" * MAX_HOST
    known = _hostname.cache_info().misses
    hostname("7" * 2_000_000)
    assert _hostname.cache_info().misses == known, "no more is remembered, either"


def test_site_and_sites_exclude_each_other() -> None:
    with pytest.raises(OptionError, match="either site or sites"):
        resolve({"site": "Gazette", "sites": {"gazette.example": "Gazette"}}, {})


def test_every_option_is_read_from_the_environment(tmp_path: Path) -> None:
    settings = resolve(
        {},
        {
            "EVENHAND_MODE": "local",
            "EVENHAND_CONSENT": "wait",
            "EVENHAND_NOTICE": "1",
            "EVENHAND_STATE_DIR": str(tmp_path),
            "EVENHAND_STORE": "sqlite:///tmp/history.db",
            "EVENHAND_PREFIX": "/help",
            "EVENHAND_SITES": "gazette.example=Gazette, times.example=Times",
            "EVENHAND_SECTIONS": "news, sport",
            "EVENHAND_AD_SLOTS": ":is(.ad-slot, .billboard)",
            "EVENHAND_PUBLIC_URL": "https://gazette.example/",
            "EVENHAND_HTML_CACHED": "no",
            "EVENHAND_SAMPLE_RATE": "0.5",
            "EVENHAND_EXCLUDE": "/admin,/api",
            "EVENHAND_INSERT": "manual",
            "EVENHAND_EXEMPT": "builtins:bool",
            "EVENHAND_DASHBOARD": "a-token-of-length",
            "EVENHAND_TEMPLATES": str(tmp_path),
            "EVENHAND_TRUSTED_PROXIES": "10.0.0.0/8, ::1, unix",
            "EVENHAND_ADDRESS_BUDGET": "500",
            "EVENHAND_OFF": "true",
            "EVENHAND_DEBUG_HEADER": "1",
        },
    )
    assert settings == Settings(
        mode="local",
        consent="wait",
        notice=Notice(),
        state_dir=tmp_path,
        store="sqlite:///tmp/history.db",
        prefix="/help",
        sites={"gazette.example": "Gazette", "times.example": "Times"},
        sections=("news", "sport"),
        ad_slots=(":is(.ad-slot, .billboard)",),
        public_url="https://gazette.example",
        html_cached=False,
        sample_rate=0.5,
        exclude=("/admin", "/api"),
        insert="manual",
        exempt=bool,
        dashboard="a-token-of-length",
        templates=tmp_path,
        trusted_proxies=Proxies(
            (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1")), unix=True
        ),
        address_budget=500,
        off=True,
        debug_header=True,
    )


def test_a_keyword_wins_over_the_environment() -> None:
    assert resolve({"mode": "count"}, {"EVENHAND_MODE": "local"}).mode == "count"


def test_an_error_from_the_environment_names_the_variable() -> None:
    with pytest.raises(OptionError, match="EVENHAND_MODE='ful'"):
        resolve({}, {"EVENHAND_MODE": "ful"})


def test_systemd_names_the_state_directory(tmp_path: Path) -> None:
    assert resolve({}, {"STATE_DIRECTORY": f"{tmp_path}:/other"}).state_dir == tmp_path


def test_a_site_is_chosen_by_the_host() -> None:
    one = resolve({"site": "Gazette"}, {})
    assert one.site_of("anything.example:8000") == "Gazette"
    several = resolve({"sites": {"gazette.example": "Gazette", "[::1]": "Here"}}, {})
    assert several.site_of("GAZETTE.example:443") == "Gazette"
    assert several.site_of("[::1]:8000") == "Here"
    assert several.site_of("evil.example") == "other"
    assert several.site_names == ("Gazette", "Here", "other")


@pytest.mark.parametrize(
    "options",
    [
        {"title": ""},
        {"text": "x" * 401},
        {"after_pages": 0},
        {"every_days": 6},
        {"every_days": True},
        {"theme": {"colour": "#000000"}},
        {"theme": {"text": "black"}},
        {"variant": "Friendly Words"},
        {"not_on": ("checkout",)},
        {"not_on": (5,)},
        {"ways": ("subscribe",)},
        {"theme": ["#000000"]},
        {"theme": {"text": 5}},
        {"variant": None},
        {"ask_probable": "no"},
    ],
)
def test_a_wrong_notice_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        Notice(**options)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "subscribe", "data:,x", "http://[x", None]
)
def test_a_way_to_help_leads_to_a_page(url: Any) -> None:
    with pytest.raises(OptionError):
        Way(label="Subscribe", url=url)


def test_a_misspelt_variable_is_named(caplog: pytest.LogCaptureFixture) -> None:
    resolve({}, {"EVENHAND_STATEDIR": "/tmp", "EVENHAND_CHROMIUM": "/usr/bin/chromium"})
    assert [record.getMessage() for record in caplog.records] == [
        "EVENHAND_STATEDIR is no option of ours; did you mean EVENHAND_STATE_DIR?"
    ]
