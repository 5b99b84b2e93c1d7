// A page in Chromium that loads the package as a web app would, under a strict content security
// policy.
//
// AIR_WASM_PACKAGE is the package's folder, AIR_BROWSER_PROJECT the folder of a Node project with
// playwright-core.

import { readFile } from "node:fs/promises";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const { AIR_WASM_PACKAGE, AIR_BROWSER_PROJECT, AIR_CHROMIUM = "/usr/bin/chromium" } = process.env;
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const FOLDERS = { package: AIR_WASM_PACKAGE, tests: path.dirname(fileURLToPath(import.meta.url)) };

/** Calls `work` with a page of Playwright's, and what the browser complained of. */
export async function withPage(work) {
  const { chromium } = createRequire(path.join(AIR_BROWSER_PROJECT, "package.json"))("playwright-core");
  const server = http.createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath: AIR_CHROMIUM, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await work(page, complaints);
  } finally {
    await browser.close();
    server.close();
  }
}

async function answer(request, response) {
  const [, folder, ...names] = request.url.split("/");
  const head = { "Content-Security-Policy": POLICY };
  if (request.url === "/") {
    response.writeHead(200, { ...head, "Content-Type": "text/html" }).end('<!doctype html><title>air-wasm</title>');
    return;
  }
  try {
    const file = await readFile(path.join(FOLDERS[folder], ...names.map((name) => path.basename(name))));
    response.writeHead(200, { ...head, "Content-Type": TYPES[path.extname(request.url)] }).end(file);
  } catch {
    response.writeHead(404, head).end();
  }
}
