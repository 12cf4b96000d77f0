"""The tables of the history in PostgreSQL, one step of them for each schema that ever landed."""

_COLUMNS = """hour BIGINT NOT NULL, site TEXT NOT NULL, section TEXT NOT NULL,
    browser TEXT NOT NULL, device TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
    detail TEXT NOT NULL, variant TEXT NOT NULL, n BIGINT NOT NULL"""
_REST = "section, browser, device"
_ROLLUP = f"{_COLUMNS}, PRIMARY KEY (hour, site, {_REST}, kind, value, detail, variant)"
# In the order in which reports ask.
_SUM = f"{_COLUMNS}, PRIMARY KEY (kind, site, hour, {_REST}, value, detail, variant)"

# The prefix keeps our tables apart from those of the publisher's own that stand beside them.
PREFIX = "evenhand_"
MIGRATIONS = (
    (
        f"CREATE TABLE evenhand_rollup ({_ROLLUP})",
        f"CREATE TABLE evenhand_rollup_day ({_ROLLUP})",
        f"CREATE TABLE evenhand_rollup_month ({_ROLLUP})",
        """CREATE TABLE evenhand_batch (producer TEXT NOT NULL, epoch TEXT NOT NULL,
           seq BIGINT NOT NULL, fingerprint TEXT NOT NULL, applied BIGINT NOT NULL,
           PRIMARY KEY (producer, epoch, seq))""",
        "CREATE TABLE evenhand_site (name TEXT NOT NULL PRIMARY KEY)",
        """CREATE TABLE evenhand_upkeep (name TEXT NOT NULL PRIMARY KEY,
           done BIGINT NOT NULL)""",
        "INSERT INTO evenhand_upkeep VALUES ('retention', 0)",
    ),
    (
        f"CREATE TABLE evenhand_rollup_sum ({_SUM})",
        "INSERT INTO evenhand_upkeep VALUES ('sums', 0)",
    ),
    (
        # Sums were of whole days. Where there are hours, they are made anew by quarter of a day.
        """UPDATE evenhand_upkeep SET done = least(done,
           coalesce((SELECT min(hour) FROM evenhand_rollup) / 86400 * 86400, done))
           WHERE name = 'sums'""",
        """DELETE FROM evenhand_rollup_sum
           WHERE hour >= (SELECT done FROM evenhand_upkeep WHERE name = 'sums')""",
        """CREATE TABLE evenhand_annotation (at BIGINT NOT NULL, site TEXT NOT NULL,
           kind TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (at, site, kind, text))""",
    ),
)
