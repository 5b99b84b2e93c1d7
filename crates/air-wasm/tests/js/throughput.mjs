// Compares the package with WebCrypto, alternating in the same page: `node throughput.mjs` prints rows as JSON.
//
// The module `core` is compared with what a page without the package would write with the fewest calls: HKDF for a derivation; an
// ephemeral key, ECDH, HKDF and one message of AES-GCM for a seal. `air-wasm/webcrypto` is compared with the same container by hand.
// WebCrypto has no secp256k1, so everything uses secp256r1.

import { withFile } from "./files.mjs";
import { withPage } from "./page.mjs";

const MIB = 2 ** 20;
const FILE = 256 * MIB;
const ROUNDS = 5;

const rows = await withPage((page) => page.evaluate(async () => {
  const air = await import("/package/core/air_wasm.js");
  const webcrypto = await import("/package/webcrypto/index.js");
  const hand = await import("/tests/by-hand.mjs");
  await air.default();

  const CURVE = { name: "ECDH", namedCurve: "P-256" };
  const context = { user: "u-1", issuer: "did:example:issuer", schema: "s-1" };
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const root = air.Root.fromSeed(seed);
  const cak = root.derive(context);
  const info = new TextEncoder().encode("context");
  const { subtle } = crypto;
  const recipient = await subtle.generateKey(CURVE, false, ["deriveBits"]);
  const hkdf = (length) => ({ name: "HKDF", hash: "SHA-256", salt: info, info, length });

  async function deriveByHand() {
    const material = await subtle.importKey("raw", seed, "HKDF", false, ["deriveBits"]);
    await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: info, info }, material, 384);
    const { publicKey } = await subtle.generateKey(CURVE, true, ["deriveBits"]);
    return subtle.exportKey("raw", publicKey);
  }

  async function contentKey(privateKey, publicKey, use) {
    const shared = await subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256);
    const material = await subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
    return subtle.deriveKey(hkdf(undefined), material, { name: "AES-GCM", length: 256 }, false, [use]);
  }

  async function sealByHand(document) {
    const ephemeral = await subtle.generateKey(CURVE, true, ["deriveBits"]);
    const key = await contentKey(ephemeral.privateKey, recipient.publicKey, "encrypt");
    const [enc, text] = await Promise.all([
      subtle.exportKey("raw", ephemeral.publicKey),
      subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, document),
    ]);
    return { enc, text };
  }

  async function openByHand({ enc, text }) {
    const publicKey = await subtle.importKey("raw", enc, CURVE, false, []);
    const key = await contentKey(recipient.privateKey, publicKey, "decrypt");
    return subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, text);
  }

  /** Milliseconds of one call: the median of rounds that take turns. */
  async function compare(job, against, ours, byHand) {
    const [mine, theirs] = [[], []];
    await once(ours, 1);
    await once(byHand, 1);
    const calls = async (work) => Math.max(1, Math.round(60 / Math.max(0.05, await once(work, 3))));
    const [often, oftenByHand] = [await calls(ours), await calls(byHand)];
    for (let round = 0; round < 9; round += 1) {
      mine.push(await once(ours, often));
      theirs.push(await once(byHand, oftenByHand));
    }
    return { job, against, milliseconds: median(mine), byHand: median(theirs) };
  }

  async function once(work, calls) {
    const begin = performance.now();
    for (let call = 0; call < calls; call += 1) await work();
    return (performance.now() - begin) / calls;
  }

  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

  const ONE_MESSAGE = "WebCrypto by hand, one message";
  const SAME = "WebCrypto by hand, the same container";
  const recipientBytes = new Uint8Array(await subtle.exportKey("raw", recipient.publicKey));
  const publicKey = `0x${Array.from(recipientBytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const seals = await webcrypto.CakPublicKey.import(publicKey, context);
  const opens = await webcrypto.CakPrivateKey.fromCryptoKey(recipient.privateKey, publicKey, context);
  const pair = { ...recipient, bytes: recipientBytes };
  const encoded = hand.encode(context);

  const rows = [await compare("`core`: derive, seed root", "WebCrypto by hand", () => root.derive(context).free(), deriveByHand)];
  const native = [];
  for (const [name, length] of [["1 KiB", 1 << 10], ["1 MiB", 1 << 20]]) {
    const document = new Uint8Array(length).fill(7);
    const [sealed, sealedByHand] = [cak.seal(document), await sealByHand(document)];
    rows.push(await compare(`\`core\`: seal ${name}`, ONE_MESSAGE, () => air.seal(cak.publicKey, context, document), () => sealByHand(document)));
    rows.push(await compare(`\`core\`: open ${name}`, ONE_MESSAGE, () => cak.open(sealed), () => openByHand(sealedByHand)));
    const container = await seals.seal(document);
    native.push(await compare(`\`webcrypto\`: seal ${name}`, SAME, () => seals.seal(document), () => hand.seal(pair, encoded, "", document)));
    native.push(await compare(`\`webcrypto\`: open ${name}`, SAME, () => opens.open(container), () => hand.open(pair, encoded, "", container)));
  }
  return [...rows, ...native];
}));

await withFile(FILE, async ({ choose, run }) => {
  for (const [job, name] of [["seal", "document"], ["open", "sealed"]]) {
    await choose(name);
    const [mine, theirs] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      mine.push(await run(job));
      theirs.push(await run(`${job}ByHand`));
    }
    const time = (results) => results.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)[ROUNDS >> 1];
    const memory = (results) => Math.max(...results.map(({ mebibytes }) => mebibytes));
    rows.push({
      job: `\`webcrypto\`: ${job} a file of 256 MiB`,
      against: "WebCrypto by hand, the same container",
      milliseconds: time(mine),
      byHand: time(theirs),
      mebibytes: memory(mine),
      mebibytesByHand: memory(theirs),
    });
  }
});

console.log(JSON.stringify(rows));
