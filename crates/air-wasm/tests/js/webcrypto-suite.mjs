// The tests of `air-wasm/webcrypto` beside the module `core`: the same bytes, the same vectors, the same errors. They run in Node and in a
// page.

import { begin, encode, generate, open as openByHand, seal as sealByHand } from "./by-hand.mjs";
import { bytes, contextOf, equal, hex, refuses, rejects, same } from "./checks.mjs";
import { streaming } from "./stream-suite.mjs";
import { tampering } from "./tamper-suite.mjs";

const CONTEXT = { user: "u-1", issuer: "did:example:issuer", schema: "s-1" };
const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
const CURVES = ["secp256r1", "secp256k1"];

/**
 * @param {{ core: object, webcrypto: object, hpke: object, native: object }} air the modules
 * @returns {[string, () => unknown][]} names and tests
 */
export function cases(air, vectors) {
  return [...published(air, vectors), ...exchanged(air), ...keys(air, vectors), ...failures(air), ...tampering(air), ...streaming(air)];
}

function published({ core, webcrypto, hpke, native }, { cak, hpke: { vectors } }) {
  const suites = vectors.filter(({ kem_id: kem, aead_id: aead }) => kem === 0x0010 && aead === 0x0002);
  return [
    ["the published vectors are there", () => {
      equal(cak.seal.length, 8);
      equal(suites.length, 2);
    }],
    ...cak.seal.flatMap((vector, index) => [
      [`webcrypto: open ${index}: the published container on ${vector.curve}`, async () => {
        const key = await webcrypto.CakPrivateKey.import(vector.privateKey, contextOf(vector));
        equal(key.publicKey, vector.publicKey);
        equal(key.cryptoKey === undefined, vector.curve === "secp256k1");
        same(await key.open(bytes(vector.sealed), bytes(vector.aad)), bytes(vector.plaintext));
        const stream = key.openStream(new Blob([bytes(vector.sealed)]), { label: bytes(vector.aad) });
        same(await read(stream), bytes(vector.plaintext));
        key.free();
      }],
      // The generator in WebAssembly can't be replaced.
      ...(vector.curve === "secp256k1" ? [] : [[`webcrypto: seal ${index}: the bytes of the published container`, async () => {
        const key = await webcrypto.CakPublicKey.import(vector.publicKey, contextOf(vector));
        const options = { label: bytes(vector.aad), chunkLog2: vector.chunkLog2 };
        const ephemeral = await pairOf(core, vector.ephemeralPrivateKey);
        const sealed = await withEphemeral(ephemeral, () => read(key.sealStream(new Blob([bytes(vector.plaintext)]), options)));
        equal(hex(sealed), vector.sealed);
      }]]),
    ]),
    ...suites.map((vector) => [`webcrypto: ${vector.name}: the key schedule of RFC 9180 and its messages`, async () => {
      const recipient = await pairOf(core, vector.skRm);
      const ephemeral = await pairOf(core, vector.skEm);
      const info = bytes(vector.info);
      const point = { key: recipient.publicKey, bytes: bytes(vector.pkRm) };
      const sender = await withEphemeral(ephemeral, () => hpke.setupSender(point, info));
      equal(hex(sender.enc), vector.enc);
      const receiver = await hpke.setupReceiver(recipient.privateKey, bytes(vector.pkRm), await hpke.importPoint(bytes(vector.enc)), info);
      for (const { baseNonce } of [sender.schedule, receiver]) equal(hex(baseNonce), vector.base_nonce);
      equal(hex(sender.schedule.commit), hex(receiver.commit));
      equal(vector.encryptions.length, 6);
      for (const { seq, aad, pt, ct } of vector.encryptions) {
        const algorithm = { name: "AES-GCM", iv: native.nonceOf(receiver.baseNonce, seq), additionalData: bytes(aad) };
        equal(hex(new Uint8Array(await crypto.subtle.encrypt(algorithm, sender.schedule.key, bytes(pt)))), ct);
        equal(hex(new Uint8Array(await crypto.subtle.decrypt(algorithm, receiver.key, bytes(ct)))), pt);
      }
      const spoiled = vector.invalid.filter(({ enc }) => enc !== undefined);
      for (const { why, enc } of spoiled.filter(({ why }) => /off the curve|compressed|zero byte|trailing/.test(why))) {
        equal(await hpke.importPoint(bytes(enc)), null, why);
      }
    }]),
    ["webcrypto: a point in the hybrid form is not imported", async () => {
      const { publicKey } = cak.seal[0];
      for (const first of ["06", "07"]) equal(await hpke.importPoint(bytes(first + publicKey.slice(4))), null);
      equal((await hpke.importPoint(bytes(publicKey))) === null, false);
    }],
    ["webcrypto: nonces count across 32 bits", () => {
      const base = Uint8Array.from({ length: 12 }, (_, index) => 37 * index + 1);
      for (const sequence of [0, 1, 255, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52 + 12_345]) {
        const expected = BigInt(`0x${hex(base)}`) ^ BigInt(sequence);
        equal(hex(native.nonceOf(base, sequence)), expected.toString(16).padStart(24, "0"));
      }
    }],
  ];
}

function exchanged({ core, webcrypto }) {
  return [
    ...CURVES.map((curve) => [`webcrypto: both modules seal and open each other's containers on ${curve}`, async () => {
      const context = { ...CONTEXT, curve };
      const cak = core.Root.fromSeed(SEED).derive(context);
      const [publicKey, privateKey] = [await webcrypto.CakPublicKey.import(cak.publicKey, context), await webcrypto.CakPrivateKey.fromCak(cak)];
      for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000, 2 ** 20 + 1]) {
        const document = Uint8Array.from({ length }, (_, index) => index % 251);
        const sealed = await publicKey.seal(document, "scan.png");
        equal(sealed.length, 115 + length + 16 * Math.max(1, Math.ceil(length / 65_536)));
        same(cak.open(sealed, "scan.png"), document);
        same(await privateKey.open(cak.seal(document, "scan.png"), "scan.png"), document);
        same(await privateKey.open(sealed, new TextEncoder().encode("scan.png")), document);
      }
      privateKey.free();
      cak.free();
    }]),
    ["webcrypto: a large document is sealed in several batches", async () => {
      const cak = core.Root.fromSeed(SEED).derive(CONTEXT);
      const document = new Uint8Array(2 ** 24 + 3).map((_, index) => index % 253);
      const sealed = await webcrypto.seal(cak.publicKey, CONTEXT, document);
      same(cak.open(sealed), document);
      same(await webcrypto.open(cak.exposePrivateKey(), CONTEXT, sealed), document);
    }],
    ["webcrypto: the container by hand is the same container", async () => {
      const pair = await generate();
      const publicKey = `0x${hex(pair.bytes)}`;
      const key = await webcrypto.CakPrivateKey.fromCryptoKey(pair.privateKey, publicKey, CONTEXT);
      const document = new Uint8Array(100_000).fill(7);
      same(await key.open(await sealByHand(pair, encode(CONTEXT), "l", document), "l"), document);
      same(await openByHand(pair, encode(CONTEXT), "l", await webcrypto.seal(publicKey, CONTEXT, document, "l")), document);
      equal((await begin(pair, encode(CONTEXT), "l")).header.length, 115);
    }],
    ["webcrypto: no two containers of a document are alike", async () => {
      const cak = core.Root.fromSeed(SEED).derive(CONTEXT);
      const [one, other] = [await webcrypto.seal(cak.publicKey, CONTEXT, SEED), await webcrypto.seal(cak.publicKey, CONTEXT, SEED)];
      equal(hex(one.slice(18, 83)) === hex(other.slice(18, 83)), false);
    }],
    ["webcrypto: without WebCrypto, WebAssembly does the same", async () => {
      const cak = core.Root.fromSeed(SEED).derive(CONTEXT);
      const document = new Uint8Array(70_000).fill(3);
      const native = await webcrypto.seal(cak.publicKey, CONTEXT, document, "l");
      await without(async () => {
        const publicKey = await webcrypto.CakPublicKey.import(cak.publicKey, CONTEXT);
        const privateKey = await webcrypto.CakPrivateKey.fromCak(cak);
        equal(privateKey.cryptoKey, undefined);
        same(await privateKey.open(native, "l"), document);
        same(await privateKey.open(await publicKey.seal(document, "l"), "l"), document);
        const sealed = publicKey.sealStream(new Blob([document]), { label: "l", chunkLog2: 12 });
        same(await read(privateKey.openStream(sealed, { label: "l" })), document);
        privateKey.free();
      });
    }],
  ];
}

function keys({ core, webcrypto }, { cak }) {
  const { CakPublicKey, CakPrivateKey } = webcrypto;
  const derived = () => core.Root.fromSeed(SEED).derive(CONTEXT);
  return [
    ["webcrypto: public keys in every form", async () => {
      for (const vector of cak.derive) {
        const context = contextOf(vector);
        const digits = vector.publicKey.slice(2);
        const base64url = (text) => btoa(String.fromCharCode(...bytes(text))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
        const crv = vector.curve === "secp256r1" ? "P-256" : "secp256k1";
        const jwk = JSON.stringify({ kty: "EC", crv, x: base64url(digits.slice(2, 66)), y: base64url(digits.slice(66)) });
        for (const form of [vector.publicKey, digits, digits.toUpperCase(), vector.publicKeyCompressed, base64url(digits), jwk]) {
          equal((await CakPublicKey.import(form, context)).publicKey, vector.publicKey);
        }
        const key = await CakPublicKey.import(vector.publicKeyCompressed, context);
        equal(JSON.stringify(key.context), JSON.stringify(context));
        same(core.open(vector.privateKey, context, await key.seal(SEED)), SEED);
      }
    }],
    ["webcrypto: a private key on P-256 can't be extracted, and can be kept", async () => {
      const cak = derived();
      const key = await CakPrivateKey.fromCak(cak);
      equal(key.cryptoKey.extractable, false);
      for (const format of ["jwk", "pkcs8"]) {
        equal(await crypto.subtle.exportKey(format, key.cryptoKey).then(() => "exported", () => "refused"), "refused");
      }
      const kept = structuredClone(key.cryptoKey);
      const again = await CakPrivateKey.fromCryptoKey(kept, key.publicKey, CONTEXT);
      same(await again.open(cak.seal(SEED)), SEED);
      equal(JSON.stringify(again.context), JSON.stringify({ ...CONTEXT, curve: "secp256r1" }));
    }],
    ["webcrypto: another public half opens nothing", async () => {
      const cak = derived();
      const { cryptoKey } = await CakPrivateKey.fromCak(cak);
      const other = core.Root.fromSeed(SEED).derive({ ...CONTEXT, user: "u-2" }).publicKey;
      const wrong = await CakPrivateKey.fromCryptoKey(cryptoKey, other, CONTEXT);
      await rejects("WRONG_KEY", wrong.open(cak.seal(SEED)));
    }],
    ["webcrypto: CryptoKeys of another kind are refused", async () => {
      const { subtle } = crypto;
      const { publicKey } = derived();
      const wrong = [
        (await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])).privateKey,
        (await subtle.generateKey({ name: "ECDH", namedCurve: "P-384" }, false, ["deriveBits"])).privateKey,
        (await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveKey"])).privateKey,
        (await subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"])).publicKey,
        await subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]),
        "key", undefined, {},
      ];
      for (const key of wrong) await rejects("INVALID_ARGUMENT", CakPrivateKey.fromCryptoKey(key, publicKey, CONTEXT));
      const { cryptoKey } = await CakPrivateKey.fromCak(derived());
      await rejects("CURVE_MISMATCH", CakPrivateKey.fromCryptoKey(cryptoKey, publicKey, { ...CONTEXT, curve: "secp256k1" }));
      await rejects("INVALID_POINT", CakPrivateKey.fromCryptoKey(cryptoKey, `0x04${"11".repeat(64)}`, CONTEXT));
    }],
    ["webcrypto: what was freed opens no more", async () => {
      for (const curve of CURVES) {
        const cak = core.Root.fromSeed(SEED).derive({ ...CONTEXT, curve });
        const key = await CakPrivateKey.fromCak(cak);
        key.free();
        key.free();
        await rejects("INVALID_ARGUMENT", key.open(cak.seal(SEED)));
        refuses("INVALID_ARGUMENT", () => key.openStream(new Blob([])));
      }
      if (Symbol.dispose) equal(typeof CakPrivateKey.prototype[Symbol.dispose], "function");
    }],
    ["webcrypto: keys are not constructed", () => {
      for (const Key of [CakPublicKey, CakPrivateKey]) {
        equal((() => { try { return new Key(); } catch (error) { return error.name; } })(), "TypeError");
      }
    }],
  ];
}

/** Both modules refuse the same arguments with the same code and message. */
function failures({ core, webcrypto }) {
  const cak = core.Root.fromSeed(SEED).derive(CONTEXT);
  const [publicKey, privateKey] = [cak.publicKey, cak.exposePrivateKey()];
  const sealed = cak.seal(SEED, "l");
  const contexts = [
    undefined, null, 7, "context", {}, { ...CONTEXT, user: 7 }, { ...CONTEXT, curv: "secp256k1" }, { ...CONTEXT, user: undefined },
    { ...CONTEXT, schema: "" }, { ...CONTEXT, issuer: "" }, { ...CONTEXT, user: "" }, { ...CONTEXT, user: "u".repeat(65_536) },
    { ...CONTEXT, issuer: "ü".repeat(32_768) }, { ...CONTEXT, schema: "s".repeat(5 << 20) }, { ...CONTEXT, curve: "ed25519" },
    { ...CONTEXT, curve: 7 }, { ...CONTEXT, user: "u".repeat(40_000), issuer: "i".repeat(40_000) },
  ];
  const publicKeys = [
    undefined, 7, "", "0x", "zz", "{}", `0x04${"11".repeat(64)}`, `0x04${"00".repeat(64)}`, `0x02${"ff".repeat(32)}`, publicKey.slice(0, -2),
    `${publicKey}00`, "did:key:z6Mk", "k".repeat(5 << 20),
  ];
  const privateKeys = [undefined, 7, "", "zz", "00".repeat(32), "ff".repeat(32), privateKey.slice(2), "{}", "my private key"];
  const documents = [undefined, null, "text", [1], new ArrayBuffer(4), new Uint8Array((64 << 20) + 1)];
  const labels = [7, {}, "l".repeat(65_536), new Uint8Array(65_536), new Uint8Array((1 << 20) + 1), "l".repeat(5 << 20)];
  const containers = [undefined, "text", new Uint8Array(), sealed.slice(0, 15), sealed.slice(0, 114), sealed.slice(0, 115), sealed.slice(0, 130)];
  const calls = [
    ...contexts.flatMap((context) => [["seal", publicKey, context, SEED], ["open", privateKey, context, sealed]]),
    ...publicKeys.map((key) => ["seal", key, CONTEXT, SEED]),
    ...privateKeys.map((key) => ["open", key, CONTEXT, sealed]),
    ...documents.map((document) => ["seal", publicKey, CONTEXT, document]),
    ...labels.flatMap((label) => [["seal", publicKey, CONTEXT, SEED, label], ["open", privateKey, CONTEXT, sealed, label]]),
    ...containers.map((container) => ["open", privateKey, CONTEXT, container, "l"]),
    ["open", privateKey, CONTEXT, sealed, "another"],
    ["open", privateKey, { ...CONTEXT, user: "u-2" }, sealed, "l"],
    ["open", core.Root.fromSeed(SEED).derive({ ...CONTEXT, user: "u-2" }).exposePrivateKey(), CONTEXT, sealed, "l"],
    ["open", privateKey, { ...CONTEXT, curve: "secp256k1" }, sealed, "l"],
  ];
  return [
    ["webcrypto: what the module refuses is refused with the same code and message", async () => {
      for (const [index, [name, ...given]] of calls.entries()) {
        const theirs = refuses(/^[A-Z_]+$/, () => core[name](...given), `${name} ${index}`);
        const ours = await rejects(theirs.code, webcrypto[name](...given), `${name} ${index}`);
        equal(ours.message, theirs.message);
        equal(ours.name, "AirError");
        equal(ours instanceof Error, true);
      }
    }],
    ["webcrypto: the longest fields and labels are taken", async () => {
      const context = { ...CONTEXT, user: "u".repeat(65_000) };
      const key = await webcrypto.CakPublicKey.import(core.Root.fromSeed(SEED).derive(context).publicKey, context);
      same(core.Root.fromSeed(SEED).derive(context).open(await key.seal(SEED, "l".repeat(65_535)), "l".repeat(65_535)), SEED);
    }],
    ["webcrypto: a document that is transferred in the meantime is not sealed in part", async () => {
      const key = await webcrypto.CakPublicKey.import(publicKey, CONTEXT);
      const document = new Uint8Array(100);
      const sealing = key.seal(document);
      structuredClone(document.buffer, { transfer: [document.buffer] });
      await rejects("INVALID_ARGUMENT", sealing);
    }],
    ["webcrypto: documents in shared memory are sealed and opened", async () => {
      // Pages have it only if they are isolated.
      if (typeof SharedArrayBuffer === "undefined") return;
      const shared = (from) => {
        const bytes = new Uint8Array(new SharedArrayBuffer(from.length));
        bytes.set(from);
        return bytes;
      };
      const container = await webcrypto.seal(publicKey, CONTEXT, shared(SEED), shared(SEED));
      same(await webcrypto.open(privateKey, CONTEXT, shared(container), SEED), SEED);
    }],
    ["webcrypto: a lone surrogate is encoded as the module does", async () => {
      const context = { ...CONTEXT, user: "u\ud800" };
      const cak = core.Root.fromSeed(SEED).derive(context);
      same(cak.open(await webcrypto.seal(cak.publicKey, context, SEED, "l\udfff"), "l\udfff"), SEED);
    }],
  ];
}

/** A key pair of P-256 from a private key in hex. */
async function pairOf(core, privateKey) {
  const { publicKey } = core.Cak.fromPrivateKey(privateKey, CONTEXT);
  const base64url = (digits) => btoa(String.fromCharCode(...bytes(digits))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const jwk = { kty: "EC", crv: "P-256", x: base64url(publicKey.slice(4, 68)), y: base64url(publicKey.slice(68)) };
  const curve = { name: "ECDH", namedCurve: "P-256" };
  return {
    privateKey: await crypto.subtle.importKey("jwk", { ...jwk, d: base64url(privateKey) }, curve, false, ["deriveBits"]),
    publicKey: await crypto.subtle.importKey("jwk", jwk, curve, true, []),
  };
}

/** Runs `work` with a known pair in place of the next generated one. */
async function withEphemeral(pair, work) {
  Object.defineProperty(crypto.subtle, "generateKey", { value: async () => pair, configurable: true });
  try {
    return await work();
  } finally {
    delete crypto.subtle.generateKey;
  }
}

/** Runs `work` as in a page without WebCrypto. */
async function without(work) {
  Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
  try {
    return await work();
  } finally {
    delete crypto.subtle;
  }
}

async function read(stream) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
