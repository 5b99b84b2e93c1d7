// A browser that finds the SDK's hosts at the local platform, and a page of a partner's in it.
import { createHash, X509Certificate } from "node:crypto";
import tls from "node:tls";
import { chromium } from "playwright-core";

const { AIRKIT_URL, AIR_CHROMIUM = "/usr/bin/chromium", AIR_ASSETS } = process.env;
const { port } = new URL(AIRKIT_URL);
const HOSTS = ["account.sandbox-testnet.air3.com:443", "account.sandbox.air3.com:443", "account.staging.air3.com:443", "account.air3.com:443", "localhost:8200"];
/** What the SDK calls the place. */
export const ENVIRONMENTS = {
  development: "https://localhost:8200",
  sandbox: "https://account.sandbox-testnet.air3.com",
  production: "https://account.air3.com",
};

/** The server's certificate, and the authority's, as they are sent. */
export async function certificates() {
  const socket = tls.connect({ port: Number(port), host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const leaf = new X509Certificate(socket.getPeerCertificate(true).raw);
  socket.destroy();
  return leaf;
}

/** What a person does who trusts the authority: the browser takes certificates of this key, and of no other. */
async function trust() {
  const leaf = await certificates();
  const key = createHash("sha256").update(leaf.publicKey.export({ type: "spki", format: "der" })).digest("base64");
  return `--ignore-certificate-errors-spki-list=${key}`;
}

/** `storage`: as Playwright starts Chromium (a frame of another site has none), or as Chromium is by itself (partitioned). */
export async function launch({ storage = "none" } = {}) {
  const rules = HOSTS.map((host) => `MAP ${host} 127.0.0.1:${port}`).join(",");
  const args = ["--no-sandbox", `--host-resolver-rules=${rules}`, await trust()];
  // The last list counts: Playwright's own turns partitioning off.
  if (storage === "partitioned") args.push("--disable-features=Translate");
  return chromium.launch({ executablePath: AIR_CHROMIUM, args });
}

/** A page view of a partner's app. */
export class Visit {
  static async open(context, partner, { buildEnv = "development", automation = true, url = partner.url } = {}) {
    const visit = new Visit();
    visit.context = context;
    visit.partner = partner;
    visit.buildEnv = buildEnv;
    visit.page = await context.newPage();
    visit.complaints = [];
    visit.page.on("console", (message) => message.type() === "error" && visit.complaints.push(message.text()));
    visit.page.on("pageerror", (error) => visit.complaints.push(String(error)));
    if (AIR_ASSETS) await visit.page.route("**/airkit/assets/**", (route) => route.fulfill({ path: AIR_ASSETS + new URL(route.request().url()).pathname.slice("/airkit/assets".length) }));
    await visit.page.addInitScript((on) => window.parent === window && (on ? localStorage.setItem("automation", "true") : localStorage.removeItem("automation")), automation);
    await visit.page.goto(url);
    return visit;
  }

  close() {
    return this.page.close();
  }

  async reload() {
    await this.page.reload();
  }

  /** `init`: `{ value }` or `{ error: { name, message } }`. */
  init(more = {}, partnerId = this.partner.ids.partnerId) {
    return this.page.evaluate(
      async ([partnerId, options]) => {
        window.air = new window.Airkit.AirService({ partnerId });
        return air.init(options).then((value) => ({ value: value ?? null }), ({ name, message }) => ({ error: { name, message } }));
      },
      [partnerId, { buildEnv: this.buildEnv, ...more }],
    );
  }

  /** A call of the SDK: `{ value }` or `{ error: { name, message } }`. */
  call(method, argument) {
    return this.page.evaluate(
      async ([method, argument]) =>
        air[method](argument).then((value) => ({ value: value ?? null }), ({ name, message }) => ({ error: { name, message } })),
      [method, argument],
    );
  }

  /** `init` and `login` as this address. */
  async enter(email) {
    const begun = await this.init();
    if (begun.error) return begun;
    return this.call("login", { authToken: this.partner.token("issue", { email }) });
  }

  /** What is in the frame of a page: auth, wallet, credential. */
  frame(name) {
    return this.page.frameLocator(`iframe[id^="air-${name}"]`);
  }

  /** The frame itself. */
  async inner(name) {
    const handle = await this.page.locator(`iframe[id^="air-${name}"]`).elementHandle();
    return handle.contentFrame();
  }
}
