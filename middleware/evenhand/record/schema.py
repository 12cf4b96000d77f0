"""The tables of a host's own database, and how they became what they are."""

MIGRATIONS = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
        # A new file gets a new epoch: numbers of a lost one are never used again.
        """INSERT INTO meta VALUES ('producer', lower(hex(randomblob(8)))),
           ('epoch', lower(hex(randomblob(8)))), ('next_seq', 1), ('stored', 0), ('folds', 0)""",
        """CREATE TABLE sealed (tally TEXT, key BLOB, n INTEGER NOT NULL,
           PRIMARY KEY (tally, key)) WITHOUT ROWID""",
        """CREATE TABLE outbox (seq INTEGER, hour INTEGER, key BLOB, n INTEGER NOT NULL,
           PRIMARY KEY (seq, hour, key)) WITHOUT ROWID""",
        "CREATE TABLE totals (key BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE folded (tally TEXT PRIMARY KEY) WITHOUT ROWID",
    ),
    (
        "ALTER TABLE outbox RENAME TO outbox_by_hour",
        """CREATE TABLE outbox (seq INTEGER, span TEXT, hour INTEGER, key BLOB,
           n INTEGER NOT NULL, PRIMARY KEY (seq, span, hour, key)) WITHOUT ROWID""",
        "INSERT INTO outbox SELECT seq, 'hour', hour, key, n FROM outbox_by_hour",
        "DROP TABLE outbox_by_hour",
        "INSERT INTO meta SELECT 'tried', coalesce(min(seq), 0) FROM outbox",
        "CREATE TABLE nonce (seq INTEGER PRIMARY KEY, nonce TEXT NOT NULL)",
    ),
)
