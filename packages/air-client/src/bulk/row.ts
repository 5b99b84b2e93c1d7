import { createHash } from "node:crypto";
import { isEmail } from "../tokens.js";

/** One credential to issue. */
export interface Row {
  /** The recipient's own e-mail address. */
  email: string;
  /** The claims. They must match the program's schema exactly. */
  credentialSubject: Record<string, unknown>;
}

/** A rule that a row breaks. */
export type Reason =
  /** A row that is not JSON in UTF-8. */
  | "not_json"
  /** A row or its `credentialSubject` that is not an object. */
  | "not_an_object"
  /** A number that a JSON reader may round. */
  | "inexact_number"
  /** A member that occurs twice in its object. */
  | "duplicate_member"
  /** A row of more than 1 MiB. */
  | "too_long"
  /** A missing member. */
  | "missing"
  /** An unknown member. */
  | "unknown_member"
  /** The e-mail address is invalid. */
  | "not_an_email"
  /** A repeated row. */
  | "duplicate"
  /** The platform rejected the row. */
  | "rejected"
  /** The platform has a credential that it does not replace, or the user denied consent. */
  | "conflict";

/** The reason that a row was not issued. It contains no value of the row. */
export interface Refusal {
  reason: Reason;
  /** The place as a JSON Pointer; empty for the whole row. */
  pointer: string;
}

/** A row of an input, or the reason that it is invalid. */
export interface NumberedRow {
  /** The row's number, from 1. Blank lines are not counted. */
  number: number;
  /** The line where it starts, from 1. */
  line: number;
  content: Row | Refusal;
}

/** The maximum nesting of claims. */
const DEPTH_LIMIT = 128;
/** The names that a pointer shows. Others may be values in the wrong place. */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/**
 * Returns a row, or the rule that a value breaks.
 *
 * @throws RangeError for claims that are nested too deeply
 */
export function checkedRow(value: unknown): Row | Refusal {
  if (!isObject(value)) return { reason: "not_an_object", pointer: "" };
  const { email, credentialSubject, ...others } = value;
  if (email === undefined) return { reason: "missing", pointer: "/email" };
  if (!isEmail(email)) return { reason: "not_an_email", pointer: "/email" };
  if (credentialSubject === undefined) return { reason: "missing", pointer: "/credentialSubject" };
  if (!isObject(credentialSubject)) return { reason: "not_an_object", pointer: "/credentialSubject" };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return { reason: "unknown_member", pointer: pointer("", unknown) };
  const inexact = Object.entries(credentialSubject).find(([, claim]) => !isExact(claim));
  if (inexact !== undefined) {
    return { reason: "inexact_number", pointer: pointer("/credentialSubject", inexact[0]) };
  }
  return { email, credentialSubject };
}

/** Returns the SHA-256 of a row. It does not depend on the order of members. */
export function digestOf(row: Row): Buffer {
  return createHash("sha256").update(canonical(row)).digest();
}

/** Appends a member's name to a pointer. A name that cannot be an attribute's is shown as `…`. */
export function pointer(parent: string, name: string): string {
  return `${parent}/${NAME.test(name) ? name : "…"}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isExact(value: unknown, depth = 0): boolean {
  if (depth > DEPTH_LIMIT) throw new RangeError("nested too deeply");
  if (typeof value === "number") {
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  }
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((inner) => isExact(inner, depth + 1));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const members = Object.keys(value).sort().map((name) =>
    `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}
