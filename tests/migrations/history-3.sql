BEGIN TRANSACTION;
CREATE TABLE batch (producer TEXT, epoch TEXT, seq INTEGER, fingerprint TEXT NOT NULL DEFAULT '', applied INTEGER NOT NULL DEFAULT 0,
           PRIMARY KEY (producer, epoch, seq)) WITHOUT ROWID;
INSERT INTO "batch" VALUES('4ecd78a84286c16b','08120c535c15f6c2',1,'55d63a3866425625',1795387226);
INSERT INTO "batch" VALUES('4ecd78a84286c16b','08120c535c15f6c2',2,'c9bf4dbfeadce410',1795387226);
CREATE TABLE rollup (hour INTEGER, site TEXT, section TEXT, browser TEXT, device TEXT,
    kind TEXT, value TEXT, detail TEXT, variant TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (hour, site, section, browser, device, kind, value, detail, variant)) WITHOUT ROWID;
INSERT INTO "rollup" VALUES(1699999200,'gazette','','firefox','desktop','pair','bait','','',3);
INSERT INTO "rollup" VALUES(1699999200,'gazette','','firefox','desktop','pair','control','','',5);
INSERT INTO "rollup" VALUES(1699999200,'gazette','news','firefox','desktop','verdict','blocked','','',2);
INSERT INTO "rollup" VALUES(1700002800,'gazette','','firefox','desktop','pair','bait','','',4);
INSERT INTO "rollup" VALUES(1700002800,'gazette','news','firefox','desktop','verdict','blocked','','',1);
CREATE TABLE rollup_day (hour INTEGER, site TEXT, section TEXT, browser TEXT, device TEXT,
    kind TEXT, value TEXT, detail TEXT, variant TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (hour, site, section, browser, device, kind, value, detail, variant)) WITHOUT ROWID;
CREATE TABLE rollup_month (hour INTEGER, site TEXT, section TEXT, browser TEXT, device TEXT,
    kind TEXT, value TEXT, detail TEXT, variant TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (hour, site, section, browser, device, kind, value, detail, variant)) WITHOUT ROWID;
CREATE TABLE rollup_sum (hour INTEGER, site TEXT, section TEXT, browser TEXT, device TEXT,
    kind TEXT, value TEXT, detail TEXT, variant TEXT, n INTEGER NOT NULL, PRIMARY KEY (kind, site, hour, section, browser, device, value, detail, variant)) WITHOUT ROWID;
INSERT INTO "rollup_sum" VALUES(1699920000,'gazette','','firefox','desktop','pair','bait','','',7);
INSERT INTO "rollup_sum" VALUES(1699920000,'gazette','','firefox','desktop','pair','control','','',5);
INSERT INTO "rollup_sum" VALUES(1699920000,'gazette','news','','','verdict','blocked','','',3);
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
INSERT INTO "schema_version" VALUES(1);
INSERT INTO "schema_version" VALUES(2);
INSERT INTO "schema_version" VALUES(3);
CREATE TABLE site (name TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO "site" VALUES('gazette');
CREATE TABLE upkeep (name TEXT PRIMARY KEY, done INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "upkeep" VALUES('retention',1700258400);
INSERT INTO "upkeep" VALUES('sums',1700092800);
COMMIT;
