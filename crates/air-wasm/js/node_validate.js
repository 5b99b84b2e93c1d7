// In Node the module is read from beside this file; `init` is there so that the same code runs in both.

import { readFileSync } from "node:fs";

import { initSync } from "./air_validate.js";

const exports = initSync({ module: readFileSync(new URL("air_validate_bg.wasm", import.meta.url)) });

export * from "./air_validate.js";

export default async function init() {
  return exports;
}
