// The package in Node: AIR_WASM_PACKAGE is its folder.

import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { cases } from "./suite.mjs";
import { vectors } from "./vectors.mjs";

const folder = pathToFileURL(`${process.env.AIR_WASM_PACKAGE}/`);
const { exports } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));

/** What an entry of the package exports; nothing where it was not built. */
async function entry(name) {
  const file = new URL(exports[name].default, folder);
  if (!existsSync(file)) return {};
  const module = await import(new URL(exports[name].node, folder));
  await module.default();
  return module;
}

const air = { ...await entry("."), ...await entry("./validate") };
for (const [name, run] of cases(air, vectors)) test(name, run);
