// A sealed container of the CAK specification, section 4, as a page would write it with WebCrypto alone: one curve, no checks of
// arguments, no errors to tell apart, no progress. Its times are what `air-wasm/webcrypto` is compared with.

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const CHUNK = 65_536;
const TAG = 16;
const HEADER = 115;
const encoder = new TextEncoder();
const { subtle } = crypto;

const KEM = Uint8Array.of(0x4b, 0x45, 0x4d, 0, 0x10);
const HPKE = Uint8Array.of(0x48, 0x50, 0x4b, 0x45, 0, 0x10, 0, 1, 0, 2);
/** What every container has in common is computed once. */
const NO_SALT = await hmacKey(new Uint8Array(32));
const NO_ID = await extract("psk_id_hash", new Uint8Array());
const SECRET = await subtle.importKey("raw", join("HPKE-v1", HPKE, "secret"), "HKDF", false, ["deriveBits"]);
const PREFIX = join("AIR-SEAL", Uint8Array.of(1, 0, 0x10, 0, 1, 0, 2, 16));

/** The encoding of a context on P-256. */
export function encode({ user, issuer, schema }) {
  return join("AIR-CAK-v1", ...["secp256r1", user, issuer, schema].map((part) => prefixed(encoder.encode(part))));
}

/** A key pair, with its public half as bytes. */
export async function generate() {
  const { privateKey, publicKey } = await subtle.generateKey(CURVE, true, ["deriveBits"]);
  return { privateKey, publicKey, bytes: new Uint8Array(await subtle.exportKey("raw", publicKey)) };
}

/** Begins a container: its header, and the function that seals a chunk. */
export async function begin(recipient, context, label) {
  const ephemeral = await subtle.generateKey(CURVE, false, ["deriveBits"]);
  const enc = new Uint8Array(await subtle.exportKey("raw", ephemeral.publicKey));
  const { key, nonce, commit } = await schedule(ephemeral.privateKey, recipient.publicKey, enc, recipient.bytes, context, label);
  return {
    header: join(PREFIX, prefixed(enc), commit),
    chunk: (text, index, isLast) => subtle.encrypt(message(nonce, index, isLast), key, text),
  };
}

/** Reads a header: the function that opens a chunk. */
export async function receive(recipient, context, label, header) {
  const enc = header.slice(18, 83);
  const point = await subtle.importKey("raw", enc, CURVE, false, []);
  const { key, nonce, commit } = await schedule(recipient.privateKey, point, enc, recipient.bytes, context, label);
  if (commit.some((byte, index) => byte !== header[83 + index])) throw new Error("another key");
  return (text, index, isLast) => subtle.decrypt(message(nonce, index, isLast), key, text);
}

export async function seal(recipient, context, label, document) {
  const { header, chunk } = await begin(recipient, context, label);
  const chunks = Math.max(1, Math.ceil(document.length / CHUNK));
  const parts = await Promise.all(
    Array.from({ length: chunks }, (_, index) => chunk(document.subarray(index * CHUNK, (index + 1) * CHUNK), index, index === chunks - 1)),
  );
  return join(header, ...parts.map((part) => new Uint8Array(part)));
}

export async function open(recipient, context, label, sealed) {
  const chunk = await receive(recipient, context, label, sealed);
  const body = sealed.subarray(HEADER);
  const chunks = Math.max(1, Math.ceil(body.length / (CHUNK + TAG)));
  const parts = await Promise.all(
    Array.from({ length: chunks }, (_, index) =>
      chunk(body.subarray(index * (CHUNK + TAG), (index + 1) * (CHUNK + TAG)), index, index === chunks - 1),
    ),
  );
  return join(...parts.map((part) => new Uint8Array(part)));
}

/** Seals a file by slices of 1 MiB, and gives each sealed chunk to `take`. */
export async function sealFile(recipient, context, label, file, take) {
  const { header, chunk } = await begin(recipient, context, label);
  take(header);
  await slices(file, 0, CHUNK, chunk, take);
}

/** Opens a file by slices of 16 chunks. */
export async function openFile(recipient, context, label, file, take) {
  const chunk = await receive(recipient, context, label, new Uint8Array(await file.slice(0, HEADER).arrayBuffer()));
  await slices(file, HEADER, CHUNK + TAG, chunk, take);
}

async function slices(file, begin, length, chunk, take) {
  let index = 0;
  for (let at = begin; at < file.size; at += 16 * length) {
    const block = new Uint8Array(await file.slice(at, at + 16 * length).arrayBuffer());
    const isEnd = at + block.length === file.size;
    const count = Math.ceil(block.length / length);
    const parts = await Promise.all(
      Array.from({ length: count }, (_, place) =>
        chunk(block.subarray(place * length, (place + 1) * length), index + place, isEnd && place === count - 1),
      ),
    );
    index += count;
    for (const part of parts) take(new Uint8Array(part));
  }
}

async function schedule(privateKey, publicKey, enc, recipient, context, label) {
  const dh = new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256));
  const shared = await hkdf(new Uint8Array(), join("HPKE-v1", KEM, "eae_prk", dh), join(size(32), "HPKE-v1", KEM, "shared_secret", enc, recipient), 32);
  const info = join("seal", prefixed(PREFIX), prefixed(context), prefixed(encoder.encode(label)));
  const of = join(Uint8Array.of(0), NO_ID, await extract("info_hash", info));
  const [raw, nonce, exporter] = await Promise.all([
    derive(SECRET, shared, join(size(32), "HPKE-v1", HPKE, "key", of), 32),
    derive(SECRET, shared, join(size(12), "HPKE-v1", HPKE, "base_nonce", of), 12),
    derive(SECRET, shared, join(size(32), "HPKE-v1", HPKE, "exp", of), 32),
  ]);
  const [key, commit] = await Promise.all([
    subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]),
    hmac(exporter, join(size(32), "HPKE-v1", HPKE, "sec", "AIR-SEAL commit", Uint8Array.of(1))),
  ]);
  return { key, nonce, commit };
}

async function hkdf(salt, input, info, length) {
  return derive(await subtle.importKey("raw", input, "HKDF", false, ["deriveBits"]), salt, info, length);
}

async function derive(key, salt, info, length) {
  return new Uint8Array(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, 8 * length));
}

async function extract(label, input) {
  return new Uint8Array(await subtle.sign("HMAC", NO_SALT, join("HPKE-v1", HPKE, label, input)));
}

async function hmac(bytes, input) {
  return new Uint8Array(await subtle.sign("HMAC", await hmacKey(bytes), input));
}

function hmacKey(bytes) {
  return subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

function message(nonce, index, isLast) {
  const iv = nonce.slice();
  new DataView(iv.buffer).setUint32(8, new DataView(iv.buffer).getUint32(8) ^ index);
  return { name: "AES-GCM", iv, additionalData: Uint8Array.of(isLast ? 1 : 0) };
}

function size(length) {
  return Uint8Array.of(length >> 8, length & 255);
}

function prefixed(bytes) {
  return join(size(bytes.length), bytes);
}

function join(...parts) {
  const bytes = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const whole = new Uint8Array(bytes.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of bytes) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
