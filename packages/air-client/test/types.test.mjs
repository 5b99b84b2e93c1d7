// The generated types are those of the platform's OpenAPI document.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { VERSION } from "../dist/version.js";
import { FILE, generate } from "../scripts/types.mjs";
import { startPlatform } from "./support/platform.mjs";

let platform;
before(async () => { platform = await startPlatform(); });
after(() => platform.stop());

test("src/openapi.ts is current", async () => {
  const document = await (await fetch(`${platform.url}/openapi.json`)).json();
  const hint = "run the platform, and `npm run types`";
  assert.equal(await readFile(FILE, "utf8"), await generate(document), hint);
});

test("the version is that of the package", async () => {
  const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
  assert.equal(JSON.parse(manifest).version, VERSION);
  const cargo = await readFile(new URL("../../../Cargo.toml", import.meta.url), "utf8");
  assert.match(cargo, new RegExp(`^version = "${VERSION}"$`, "m"));
});
