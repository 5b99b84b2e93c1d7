// Measures how long a proof file takes to verify in Chromium: `node anchor-time.mjs FOLDER` reads proof.json and trusted.json, and prints
// the milliseconds of a call. AIR_WASM_PACKAGE is the package's folder.

import { readFileSync } from "node:fs";
import { withPage } from "./page.mjs";

const [folder] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}.json`, "utf8");
const { chainId, contract, codeHash, blockHash } = JSON.parse(read("trusted"));
const given = [read("proof"), { chainId, contract, codeHash, blockHash }];

const milliseconds = await withPage((page) => page.evaluate(async ([proof, options]) => {
  const air = await import("/package/anchor/air_wasm.js");
  await air.default();
  const calls = 100;
  const rounds = [];
  for (let round = 0; round < 15; round += 1) {
    const begin = performance.now();
    for (let call = 0; call < calls; call += 1) air.verifyAnchor(proof, options);
    rounds.push((performance.now() - begin) / calls);
  }
  return rounds.sort((a, b) => a - b)[7];
}, given));

console.log(JSON.stringify({ milliseconds }));
