// HPKE base mode (RFC 9180) with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM, of WebCrypto's operations. Keys are CryptoKeys
// that can't be extracted, except two values that WebCrypto takes as bytes: they are wiped.
//
// HKDF in WebCrypto extracts and expands in one step. That is enough here: the salt of the key schedule's extraction is the shared secret,
// and its input is public.

import { concat, u16 } from "./argument.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const AES = { name: "AES-GCM", length: 256 };
const HMAC = { name: "HMAC", hash: "SHA-256", length: 256 };
const DH_BITS = 256;
const SECRET_LENGTH = 32;
const NONCE_LENGTH = 12;

const encoder = new TextEncoder();
const NONE = new Uint8Array();
const VERSION = encoder.encode("HPKE-v1");
const KEM = concat(encoder.encode("KEM"), u16(0x0010));
const HPKE = concat(encoder.encode("HPKE"), u16(0x0010), u16(0x0001), u16(0x0002));
/** `LabeledExtract("", "psk_id_hash", "")`: a constant, since base mode has no PSK. */
const PSK_ID_HASH = Uint8Array.of(
  0x8f, 0xc3, 0xae, 0xb8, 0x32, 0x49, 0x0a, 0x4b, 0x5a, 0xb3, 0xe4, 0x20, 0x23, 0x28, 0x7d, 0xb2,
  0x9a, 0x1f, 0x4b, 0xc7, 0xc2, 0x22, 0xc0, 0xdf, 0x22, 0x87, 0x27, 0xb7, 0x0a, 0x40, 0x21, 0x12,
);
const EAE_PRK = labelled(KEM, "eae_prk");
const SHARED_SECRET = expansion(KEM, "shared_secret", SECRET_LENGTH);
const INFO_HASH = labelled(HPKE, "info_hash");
const KEY = expansion(HPKE, "key", 32);
const BASE_NONCE = expansion(HPKE, "base_nonce", NONCE_LENGTH);
const EXPORTER = expansion(HPKE, "exp", 32);
/** `Expand` of one block: the information, and the block's number. */
const COMMIT = concat(expansion(HPKE, "sec", 32), encoder.encode("AIR-SEAL commit"), Uint8Array.of(1));

/** @typedef {{ key: CryptoKey, baseNonce: Uint8Array, commit: Uint8Array }} Schedule */
/** @typedef {{ key: CryptoKey, bytes: Uint8Array }} Point a public key, and its uncompressed form */

/** `SetupBaseS`. @param {Point} recipient @param {Uint8Array} info */
export async function setupSender(recipient, info) {
  const ephemeral = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const [exported, dh, infoHash] = await Promise.all([
    crypto.subtle.exportKey("raw", ephemeral.publicKey),
    diffieHellman(ephemeral.privateKey, recipient.key),
    hashOfInfo(info),
  ]);
  const enc = new Uint8Array(exported);
  return { enc, schedule: await schedule(dh, enc, recipient.bytes, infoHash, "encrypt") };
}

/** `SetupBaseR`. @param {CryptoKey} privateKey @param {Uint8Array} publicKey the recipient's @param {Point} enc @param {Uint8Array} info */
export async function setupReceiver(privateKey, publicKey, enc, info) {
  const [dh, infoHash] = await Promise.all([diffieHellman(privateKey, enc.key), hashOfInfo(info)]);
  return schedule(dh, enc.bytes, publicKey, infoHash, "decrypt");
}

/** A point of P-256 as a key; null for other bytes. @param {Uint8Array} bytes @returns {Promise<Point | null>} */
export async function importPoint(bytes) {
  // Some implementations take the hybrid form (0x06, 0x07), too.
  if (bytes[0] !== 4) return null;
  try {
    return { key: await crypto.subtle.importKey("raw", bytes, CURVE, true, []), bytes };
  } catch (error) {
    if (error instanceof Error && error.name === "DataError") return null;
    throw error;
  }
}

/**
 * A private key that can't be extracted. Both arguments stay as they are; the copies are wiped.
 * @param {Uint8Array} scalar @param {Uint8Array} point its public half
 */
export async function importPrivateKey(scalar, point) {
  const der = concat(PKCS8_SCALAR, scalar, PKCS8_POINT, point);
  try {
    return await crypto.subtle.importKey("pkcs8", der, CURVE, false, ["deriveBits"]);
  } finally {
    der.fill(0);
  }
}

/** PKCS#8 (RFC 5958) of a key on P-256 up to its scalar, and from there to its point (RFC 5915). */
const PKCS8_SCALAR = Uint8Array.of(
  0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
  0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
);
const PKCS8_POINT = Uint8Array.of(0xa1, 0x44, 0x03, 0x42, 0x00);

/** @param {CryptoKey} privateKey @param {CryptoKey} publicKey */
async function diffieHellman(privateKey, publicKey) {
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, DH_BITS));
}

/**
 * `ExtractAndExpand` and `KeySchedule`. Wipes `dh`.
 * @param {Uint8Array} dh @param {Uint8Array} enc @param {Uint8Array} recipient @param {Uint8Array} infoHash @param {"encrypt" | "decrypt"} use
 * @returns {Promise<Schedule>}
 */
async function schedule(dh, enc, recipient, infoHash, use) {
  const shared = await sharedSecret(dh, concat(SHARED_SECRET, enc, recipient));
  try {
    const secret = await publicInput();
    const context = concat(Uint8Array.of(0), PSK_ID_HASH, infoHash);
    const hkdf = (/** @type {Uint8Array} */ label) => ({ name: "HKDF", hash: "SHA-256", salt: shared, info: concat(label, context) });
    const [key, nonce, commit] = await Promise.all([
      crypto.subtle.deriveKey(hkdf(KEY), secret, AES, false, [use]),
      crypto.subtle.deriveBits(hkdf(BASE_NONCE), secret, 8 * NONCE_LENGTH),
      crypto.subtle.deriveKey(hkdf(EXPORTER), secret, HMAC, false, ["sign"]).then((exporter) => crypto.subtle.sign("HMAC", exporter, COMMIT)),
    ]);
    return { key, baseNonce: new Uint8Array(nonce), commit: new Uint8Array(commit) };
  } finally {
    shared.fill(0);
  }
}

/** @param {Uint8Array} dh @param {Uint8Array} info */
async function sharedSecret(dh, info) {
  const input = concat(EAE_PRK, dh);
  dh.fill(0);
  try {
    const key = await crypto.subtle.importKey("raw", input, "HKDF", false, ["deriveBits"]);
    const hkdf = { name: "HKDF", hash: "SHA-256", salt: NONE, info };
    return new Uint8Array(await crypto.subtle.deriveBits(hkdf, key, 8 * SECRET_LENGTH));
  } finally {
    input.fill(0);
  }
}

/** `LabeledExtract("", "info_hash", info)`. @param {Uint8Array} info */
async function hashOfInfo(info) {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await emptySalt(), concat(INFO_HASH, info)));
}

/** HMAC pads an empty key with zeros, and WebCrypto imports no empty key. */
const emptySalt = once(() => crypto.subtle.importKey("raw", new Uint8Array(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]));
/** The input of the key schedule's extraction, which has no secret: there is no PSK. */
const publicInput = once(() => crypto.subtle.importKey("raw", labelled(HPKE, "secret"), "HKDF", false, ["deriveBits", "deriveKey"]));

/** @template T @param {() => Promise<T>} make @returns {() => Promise<T>} */
function once(make) {
  /** @type {Promise<T> | undefined} */
  let made;
  return () => (made ??= make());
}

/** The beginning of a `labeled_ikm`. @param {Uint8Array} suite @param {string} label */
function labelled(suite, label) {
  return concat(VERSION, suite, encoder.encode(label));
}

/** The beginning of a `labeled_info`. @param {Uint8Array} suite @param {string} label @param {number} length */
function expansion(suite, label, length) {
  return concat(u16(length), labelled(suite, label));
}
