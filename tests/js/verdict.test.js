import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { judge } from "../../static/js/verdict.js";

const FAILED = ["image_bait_failed", "script_bait_failed", "style_bait_failed"];
const LOADED = ["image_bait_loaded", "script_bait_loaded", "style_bait_loaded"];

/** name, signals, verdict */
const CASES = [
  ["nothing declared, all baits came through", [...LOADED, "no_ad_evidence"], "loaded"],
  ["a real ad rendered", [...LOADED, "ad_rendered"], "loaded"],
  ["a real ad wins over failed baits", [...FAILED, "ad_rendered"], "loaded"],
  ["a real ad wins over doubt", ["control_failed", "ad_rendered"], "loaded"],
  ["three baits failed", [...FAILED, "no_ad_evidence"], "blocked"],
  ["two baits of different families failed", [...FAILED.slice(1), LOADED[0], "no_ad_evidence"], "blocked"],
  ["two failed, the third forbidden by the page", [...FAILED.slice(1), "csp"], "blocked"],
  ["blocked with empty slots", [...FAILED, "slots_empty"], "blocked"],
  ["one sign alone", [FAILED[0], ...LOADED.slice(1), "no_ad_evidence"], "blocked_probable"],
  ["a failed control", [...FAILED.slice(1), "control_failed"], "unknown"],
  ["a server answered the bait", [...FAILED.slice(1), "bait_answered"], "unknown"],
  ["offline", [...FAILED, "offline"], "unknown"],
  ["not settled in time", [...FAILED.slice(1), "timeout"], "unknown"],
  ["every pair forbidden by the page", ["csp", "no_ad_evidence"], "unknown"],
  ["no signal at all", [], "unknown"],
  ["slots declared, none here", [...LOADED, "no_slots"], "not_applicable"],
  ["none here, though blocked", [...FAILED, "no_slots"], "not_applicable"],
  ["doubt comes before not_applicable", ["control_failed", "no_slots"], "unknown"],
  ["slots stayed empty without a blocker", [...LOADED, "slots_empty"], "unknown"],
  ["a stand-in ran, and the baits came through", [...LOADED, "ad_tag_standin", "slots_empty"], "blocked_probable"],
  ["a stand-in ran, and a bait failed", [FAILED[0], "ad_tag_standin", "slots_empty"], "blocked"],
  ["ad tags failed, other foreign hosts came through", [...LOADED, "ad_tags_failed", "slots_empty"], "blocked_probable"],
  ["all that tags tell is one sign", [...LOADED, "ad_tag_standin", "ad_tags_failed"], "blocked_probable"],
  ["one tag failed: a block or an outage", [...LOADED, "ad_tag_failed", "slots_empty"], "unknown"],
  ["the policy refused the tags", [...LOADED, "ad_tag_refused", "slots_empty"], "unknown"],
  ["no ad for this reader", [...LOADED, "ad_tag_loaded", "ad_unfilled", "slots_empty"], "unfilled"],
  ["a stand-in says that there is no ad", [...LOADED, "ad_tag_standin", "ad_unfilled"], "blocked_probable"],
  ["ads still on their way", [...LOADED, "ad_pending", "slots_empty"], "slow"],
  ["consent refused", [...LOADED, "consent_refused", "slots_empty"], "no_consent"],
  ["consent not given yet, and a blocker", [...FAILED, "consent_pending"], "blocked"],
  ["a slot that was never reached", [...LOADED, "ad_tag_loaded", "slots_unseen", "slots_empty"], "not_applicable"],
  ["a slot never reached, and a blocker", [...FAILED, "slots_unseen", "slots_empty"], "blocked"],
  ["an ad tag came through, no slot is known", [...LOADED, "ad_tag_loaded"], "loaded"],
  ["shown after a prerender", [...LOADED, "no_ad_evidence", "prerendered"], "loaded"],
];

for (const [name, signals, verdict] of CASES) {
  test(name, () => assert.equal(judge(signals).verdict, verdict));
}

test("the order of the signals changes nothing", () => {
  for (const [, signals, verdict] of CASES) {
    assert.equal(judge([...signals].reverse()).verdict, verdict);
  }
});

test("reasons are signals that were given", () => {
  for (const [, signals] of CASES) {
    for (const reason of judge(signals).reasons) assert.ok(signals.includes(reason));
  }
});

test("judging changes nothing it was given", () => {
  const signals = Object.freeze([...FAILED]);
  judge(signals);
  assert.deepEqual(signals, FAILED);
});

test("with a doubt nothing is ever called blocked", () => {
  const doubts = ["control_failed", "bait_answered", "timeout", "offline"];
  for (const doubt of doubts) {
    for (let mask = 0; mask < 8; mask++) {
      const signals = [doubt, ...FAILED.map((name, i) => (mask & (1 << i) ? name : LOADED[i]))];
      assert.equal(judge(signals).verdict, "unknown", signals.join());
    }
  }
});

test("the shared table of cases", () => {
  const table = JSON.parse(readFileSync(new URL("verdict_cases.json", import.meta.url), "utf8"));
  assert.ok(table.length >= 150);
  for (const { signals, verdict } of table) {
    assert.equal(judge(signals).verdict, verdict, signals.join());
  }
});
