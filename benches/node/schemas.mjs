// The same subject with `ajv`, compiled once: medians in nanoseconds, as JSON. Its packages are those of air-schema's tests. The JSON Schema
// comes from `air-schema` itself, which `cargo run -p benches --bin json-schema` prints.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const packages = new URL("../../crates/air-schema/tests/node/node_modules/", import.meta.url);
const { default: Ajv2020 } = (await import(new URL("ajv/dist/2020.js", packages))).default;
const { default: addFormats } = (await import(new URL("ajv-formats/dist/index.js", packages))).default;

const { subject } = JSON.parse(readFileSync(new URL("../subject.json", import.meta.url)));
const schema = JSON.parse(execFileSync("cargo", ["run", "--quiet", "--release", "--package", "benches", "--bin", "json-schema"]));
const ajv = new Ajv2020();
addFormats(ajv);
const validate = ajv.compile(schema);
if (!validate(subject)) throw new Error("the subject should fit");

/** The median of 41 rounds, each as many operations as take some 20 ms. */
function median(operation) {
  for (let i = 0; i < 100_000; i++) operation();
  const round = (count) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) operation();
    return Number(process.hrtime.bigint() - start);
  };
  let count = 1;
  while (round(count) < 20_000_000) count *= 2;
  const rounds = Array.from({ length: 41 }, () => round(count) / count);
  return rounds.sort((a, b) => a - b)[20];
}

console.log(JSON.stringify({ "schema-validate": median(() => validate(subject)) }));
