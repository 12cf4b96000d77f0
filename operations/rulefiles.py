"""Rules and alerts as the YAML that Prometheus reads."""

import json

from operations.alerts import Alert, alerts
from operations.rules import Rule, recording_rules
from operations.thresholds import THRESHOLDS, TIMES, Thresholds, Times

_HEADER = """\
# As `evenhand export prometheus` writes it: change nothing here, the next release writes it anew.
# In a checkout `make deploy-files` makes it from operations/.
"""


def rules_file(times: Times = TIMES, limits: Thresholds = THRESHOLDS) -> str:
    """The recording rules."""
    lines = [_rule(rule) for rule in recording_rules(times, limits)]
    return f"{_group('evenhand-recording', times)}{''.join(lines)}"


def alerts_file(times: Times = TIMES, limits: Thresholds = THRESHOLDS) -> str:
    """The alerts."""
    lines = [_alert(alert) for alert in alerts(times, limits)]
    return f"{_group('evenhand-alerts', times)}{''.join(lines)}"


def _group(name: str, times: Times) -> str:
    interval = times.duration(60)
    return f"{_HEADER}groups:\n  - name: {name}\n    interval: {interval}\n    rules:\n"


def _rule(rule: Rule) -> str:
    return f"      - record: {rule.record}\n{_expr(rule.expr)}"


def _alert(alert: Alert) -> str:
    annotations = "".join(
        # A string in JSON is one in YAML too, whatever is in it.
        f"          {name}: {json.dumps(text, ensure_ascii=False)}\n"
        for name, text in alert.annotations.items()
    )
    return (
        f"      - alert: {alert.name}\n{_expr(alert.expr)}        for: {alert.hold}\n"
        f"        labels:\n          severity: {alert.severity}\n"
        f"        annotations:\n{annotations}"
    )


def _expr(expr: str) -> str:
    lines = "".join(f"          {line}\n" for line in expr.splitlines())
    return f"        expr: |-\n{lines}"
