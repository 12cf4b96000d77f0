import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { FOREVER, dayIn, reasonsAgainst } from "../../static/js/asking.js";

const CASES = JSON.parse(readFileSync(new URL("asking_cases.json", import.meta.url), "utf8"));
// Where the day begins long before it does in Greenwich, and long after.
const ZONES = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns"];

test("there are cases", () => assert.ok(CASES.length >= 25));

for (const zone of ZONES) {
  for (const { name, rules, memory, now, reasons } of CASES) {
    test(`${name} (${zone})`, () => {
      process.env.TZ = zone; // the reader's own clock decides
      assert.deepEqual(reasonsAgainst(rules, memory, new Date(now)), reasons);
    });
  }
}

test("a day is the reader's own", () => {
  process.env.TZ = "Pacific/Kiritimati";
  assert.equal(dayIn(new Date("2026-11-22T01:00"), 0), "2026-11-22");
  assert.equal(dayIn(new Date("2026-11-22T01:00"), 30), "2026-12-22");
  process.env.TZ = "Pacific/Pago_Pago";
  assert.equal(dayIn(new Date("2026-11-22T23:00"), 0), "2026-11-22");
});

test("what is kept says a day and no time", () => {
  assert.match(dayIn(new Date(), 30), /^\d{4}-\d\d-\d\d$/);
  assert.match(FOREVER, /^\d{4}-\d\d-\d\d$/);
});

test("judging changes nothing it was given", () => {
  const rules = Object.freeze({ after: 1, most: 1, quiet: Object.freeze([]) });
  const memory = Object.freeze({ views: 1 });
  assert.deepEqual(reasonsAgainst(rules, memory, new Date()), []);
});
