// The server of the page: the IDs, a token for each call, and static files. Run it in the folder of `air.toml`.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { promisify } from "node:util";

const PORT = process.env.PORT ?? 3000;
const SCOPES = ["issue", "verify"];
const FILES = { "/": ["index.html", "text/html"], "/page.js": ["page.js", "text/javascript"] };
const SDK = "node_modules/@mocanetwork/airkit/dist/airkit.umd.js";

const air = async (...words) => (await promisify(execFile)("air", words)).stdout;
const file = (name) => readFile(new URL(name, import.meta.url));

async function answer({ pathname, searchParams }) {
  if (pathname === "/settings.json") return ["application/json", await air("sandbox", "env", "--json")];
  if (pathname === "/token" && SCOPES.includes(searchParams.get("scope"))) {
    return ["application/jwt", (await air("token", "sign", "--scope", searchParams.get("scope"))).trim()];
  }
  if (pathname === "/subject.json") return ["application/json", await file("../kyc/subject.json")];
  if (pathname === "/sdk.js") return ["text/javascript", await file(SDK)];
  const [name, type] = FILES[pathname] ?? [];
  return name && [type, await file(name)];
}

const server = http.createServer(async (request, response) => {
  try {
    const found = await answer(new URL(request.url, "http://page"));
    response.writeHead(found ? 200 : 404, { "content-type": found?.[0] ?? "text/plain" }).end(found?.[1]);
  } catch (error) {
    console.error(error.stderr ?? error.message);
    response.writeHead(500).end("see the server's terminal\n");
  }
});
server.listen(PORT, "127.0.0.1", () => console.log(`http://localhost:${PORT}`));
