// Tests the package in Node. AIR_WASM_PACKAGE is its folder.

import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { cases } from "./suite.mjs";
import { vectors } from "./vectors.mjs";
import { cases as webcryptoCases } from "./webcrypto-suite.mjs";

const folder = pathToFileURL(`${process.env.AIR_WASM_PACKAGE}/`);
const { exports } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));

const air = {};
for (const module of ["core", "validate", "verify", "anchor"]) {
  const file = new URL(exports[`./${module}`].node, folder);
  // The embedded copy has `core` alone.
  if (module !== "core" && !existsSync(file)) continue;
  const { default: init, ...functions } = await import(file);
  await init();
  Object.assign(air, functions);
}
for (const [name, run] of cases(air, vectors)) test(name, run);

const at = (name) => import(new URL(name, folder));
const modules = {
  core: await at(exports["./core"].node),
  webcrypto: await at(exports["./webcrypto"].node),
  hpke: await at("webcrypto/hpke.js"),
  native: await at("webcrypto/native.js"),
};
for (const [name, run] of webcryptoCases(modules, vectors)) test(name, run);
