import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { FOREVER, dayIn, drawn, reasonsAgainst } from "../../static/js/asking.js";

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

const ARMS = [
  ["words.plain", 0.3, "bar"],
  ["words.short", 0.6, "corner"],
  ["words.hold-out", 0.1, "bar"],
];

test("arms are drawn by their shares", () => {
  const of = (at) => drawn(ARMS, at)[0];
  assert.deepEqual([0, 0.2999, 0.3001, 0.8999, 0.9001, 0.9999].map(of), [
    ...["words.plain", "words.plain", "words.short", "words.short"],
    ...["words.hold-out", "words.hold-out"],
  ]);
  const times = new Map();
  for (let n = 0; n < 10_000; n++) times.set(of(n / 10_000), (times.get(of(n / 10_000)) ?? 0) + 1);
  for (const [name, share] of ARMS) assert.ok(Math.abs(times.get(name) - share * 10_000) <= 1);
});

test("shares that were rounded draw an arm all the same", () => {
  const thirds = ["a", "b", "c"].map((name) => [name, 0.333333333, "bar"]);
  assert.equal(drawn(thirds, 0.9999999999)[0], "a");
});

test("one arm alone is always drawn", () => {
  for (const at of [0, 0.5, 0.999999]) assert.equal(drawn([["default", 1, "bar"]], at)[0], "default");
});
