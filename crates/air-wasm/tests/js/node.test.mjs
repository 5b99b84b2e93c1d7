// Tests the package in Node. AIR_WASM_PACKAGE is its folder.

import { readFileSync } from "node:fs";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { cases } from "./suite.mjs";
import { vectors } from "./vectors.mjs";

const folder = pathToFileURL(`${process.env.AIR_WASM_PACKAGE}/`);
const { exports } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));

const air = await import(new URL(exports["."].node, folder));
await air.default();
for (const [name, run] of cases(air, vectors)) test(name, run);
