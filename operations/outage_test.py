"""A test for promtool that operators run: an outage fires, a wave of blockers doesn't."""

import json

from operations.alerts import alerts
from operations.thresholds import THRESHOLDS, TIMES

_ALERT = "EvenhandAdServerOutage"
_SITE = {"job": "evenhand", "site": "Gazette"}
_HOUR = 60  # minutes of ordinary traffic come first
_VIEWS = {"chrome": 60, "firefox": 40}  # a minute
_HEADER = """\
# See the alert for an ad server that is down fire, and not for a wave of blockers, in a second:
#     promtool test rules evenhand-outage-test.yml
"""


def outage_test() -> str:
    """The file; it stands beside the rules."""
    document = {
        "rule_files": ["evenhand-rules.yml", "evenhand-alerts.yml"],
        "evaluation_interval": "1m",
        "tests": [
            _test(
                "the ad server is down from the sixtieth minute on: 20 % block, as ever",
                before=(0.8, 0.0, 0.2),
                after=(0.0, 0.8, 0.2),
                fires={60: False, 65: False, 75: True},
            ),
            _test(
                "three times as many block from the sixtieth minute on, in all browsers",
                before=(0.8, 0.0, 0.2),
                after=(0.4, 0.0, 0.6),
                fires={70: False, 110: False},
            ),
        ],
    }
    return _HEADER + json.dumps(document, indent=2) + "\n"  # JSON is YAML


Shares = tuple[float, float, float]
"""Of page views: those whose ads load, whose ads fail though the bait came, and who block."""


def _test(name: str, before: Shares, after: Shares, fires: dict[int, bool]) -> dict[str, object]:
    views = sum(_VIEWS.values())
    loaded, failed, blocked = zip(before, after, strict=True)
    kinds = {("ok", "loaded"): loaded, ("ok", "failed"): failed, ("blocked", "failed"): blocked}
    series = [
        _series("evenhand_bait_ad_total", {"bait": bait, "ad": ad}, *(n * views for n in shares))
        for (bait, ad), shares in kinds.items()
    ]
    verdicts = {"loaded": loaded, "unknown": failed, "blocked": blocked}
    series += [
        _series(
            "evenhand_verdicts_total",
            {"browser": browser, "device": "desktop", "verdict": verdict},
            *(n * of_browser for n in shares),
        )
        for browser, of_browser in _VIEWS.items()
        for verdict, shares in verdicts.items()
    ]
    return {
        "name": name,
        "interval": "1m",
        "input_series": series,
        "alert_rule_test": [
            {
                "alertname": _ALERT,
                "eval_time": f"{minute}m",
                "exp_alerts": [_fired()] if fired else [],
            }
            for minute, fired in fires.items()
        ],
    }


def _series(name: str, labels: dict[str, str], before: float, after: float) -> dict[str, str]:
    """A counter that grows by so much a minute for an hour, and then by so much."""
    told = ",".join(f'{key}="{value}"' for key, value in ({**_SITE, **labels}).items())
    values = f"0+{before:g}x{_HOUR} {before * _HOUR + after:g}+{after:g}x{_HOUR}"
    return {"series": f"{name}{{{told}}}", "values": values}


def _fired() -> dict[str, object]:
    (alert,) = (each for each in alerts(TIMES, THRESHOLDS) if each.name == _ALERT)
    shown = {"{{ $value | humanizePercentage }}": "100%"}
    for name, value in _SITE.items():
        shown |= {f"{{{{ $labels.{name}{way} }}}}": value for way in ("", " | urlquery")}
    annotations = {}
    for name, text in alert.annotations.items():
        for template, value in shown.items():
            text = text.replace(template, value)
        annotations[name] = text
    return {"exp_labels": {"severity": alert.severity, **_SITE}, "exp_annotations": annotations}
