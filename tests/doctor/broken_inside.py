"""Set-ups in which something behind the routes is wrong."""

from __future__ import annotations

from .recipe import APP, PAGE, PASS, PLAIN, Setup

BROKEN_INSIDE = [
    Setup("service-worker", "service_worker", page="/offline/", mend=PAGE, fix="respondWith"),
    Setup(
        "host-not-passed-on",
        "host_lost",
        PLAIN.replace(PASS, f"proxy_set_header Host 127.0.0.1; {PASS}"),
        fix="proxy_set_header Host",
    ),
    Setup("dashboard-open", "dashboard_open", app="open", mend=APP, fix="token"),
    Setup("metrics-open", "metrics_open", f"location / {{ {PASS} }}", fix="port of its own"),
    Setup(
        "two-workers-without-state-dir",
        "no_state_dir",
        PLAIN.replace("//apps", "//alone"),
        fix="EVENHAND_STATE_DIR",
    ),
    Setup(
        "state-dir-missing", "state_dir_unusable", app="missing", mend=APP, fix="Create the folder"
    ),
    Setup("state-dir-on-tmpfs", "state_dir_volatile", app="shm", mend=APP, fix="volume"),
    Setup(
        "two-folders", "counts_disagree", PLAIN.replace("//apps", "//both"), fix="one `state_dir`"
    ),
    Setup(
        "faults",
        "faults",
        app="faulty",
        report=b'{"v":1,"kind":"verdict","verdict":"loaded","site":"Another"}',
        mend=(("app", "app"), ("report", b"")),
        fix="evenhand record",
    ),
    Setup(
        "clock-late",
        "clock_off",
        PLAIN.replace("//apps", "//late") + " proxy_pass_header Date;",
        fix="NTP",
    ),
    Setup(
        "clock-late-behind-the-proxys", "clock_off", PLAIN.replace("//apps", "//late"), fix="NTP"
    ),
    Setup(
        "prefix-on-a-list",
        "name_listed",
        app="listed",
        options=("--list", "{easylist}"),
        mend=APP,
        fix="prefix",
    ),
    Setup(
        "bait-on-no-list",
        "bait_unlisted",
        options=("--list", "{trackers}"),
        mend=(("options", ("--list", "{easylist}")),),
        fix="Update",
    ),
]
