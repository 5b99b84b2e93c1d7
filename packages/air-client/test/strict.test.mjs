// JSON that JavaScript would change is refused: the rules of the crate air-json.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isExact, lossOf } from "../dist/bulk/strict.js";

test("both sides of each limit of a number", () => {
  const exact = [
    "0", "-0", "9007199254740991", "-9007199254740991", "0.1", "-0.0", "1e2", "6.02214076e23",
    "0.12345678901234567", "123456789012345e10", "2.2250738585072014e-308", "0e999",
  ];
  for (const text of exact) assert.equal(isExact(text), true, text);
  const inexact = [
    "9007199254740992", "-9007199254740992", "12345678901234567890123", "0.123456789012345678",
    "1234567890123456e10", "1e400", "1e-320", "1e-400",
  ];
  for (const text of inexact) assert.equal(isExact(text), false, text);
});

test("names the place of a loss, and shows no value", () => {
  for (const [json, reason, pointer] of [
    ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}'],
    ['{"a":":","b":"{","c":"1e400","d":"\\\\"}'],
    ["12"],
    ['{"a":1,"a":2}', "duplicate_member", "/a"],
    ['{"a":1,"\\u0061":2}', "duplicate_member", "/a"],
    ['{"a":{"b":[0,{"c":1,"c":1}]}}', "duplicate_member", "/a/b/1/c"],
    ['{"ada@a.bc":1,"ada@a.bc":2}', "duplicate_member", "/…"],
    ['{"a":[1,2,1e400]}', "inexact_number", "/a/2"],
    ['{"a":[[0],9007199254740992]}', "inexact_number", "/a/1"],
    ["9007199254740992", "inexact_number", ""],
  ]) {
    JSON.parse(json);
    assert.deepEqual(lossOf(json), reason && { reason, pointer }, json);
  }
});

test("reads a long row, and one with many escapes", () => {
  for (const value of ["x".repeat(1_000_000), "\n".repeat(500_000)]) {
    assert.equal(lossOf(JSON.stringify({ value })), undefined);
  }
});
