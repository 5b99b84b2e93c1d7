// In Node the module is read from the file beside this one. `init` exists so that the same code
// runs in Node and in browsers.

import { readFileSync } from "node:fs";

import { initSync } from "./air_wasm.js";

const exports = initSync({ module: readFileSync(new URL("air_wasm_bg.wasm", import.meta.url)) });

export * from "./air_wasm.js";

export default async function init() {
  return exports;
}
