// The files with vectors that packages for other languages share.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "./support/platform.mjs";

const TESTS = fileURLToPath(new URL(".", import.meta.url));
const { files } = JSON.parse(await readFile(join(ROOT, "packages/vectors.json"), "utf8"));

test("the tests read each file of vectors that is listed for this package", async () => {
  const listed = Object.entries(files).filter(([, { typescript }]) => typescript === "run");
  assert.notEqual(listed.length, 0);
  const names = (await readdir(TESTS)).filter((name) => name.endsWith(".test.mjs"));
  const sources = await Promise.all(
    names.filter((name) => name !== "vectors.test.mjs").map((name) => readFile(join(TESTS, name), "utf8")),
  );
  for (const [path] of listed) {
    // A test joins the folder of a crate's vectors with the rest of the path.
    const [folder, rest] = path.split(/(?<=\/vectors)\//);
    const reads = (source) =>
      source.includes(path) || (source.includes(`"${folder}"`) && source.includes(`"${rest}`));
    assert.ok(sources.some(reads), `no test reads ${path}`);
  }
});

test("the list says of each file whether each language runs it", () => {
  for (const [path, languages] of Object.entries(files)) {
    assert.deepEqual(Object.keys(languages), ["typescript", "python", "kotlin"], path);
    assert.ok(Object.values(languages).includes("run"), path);
  }
});
