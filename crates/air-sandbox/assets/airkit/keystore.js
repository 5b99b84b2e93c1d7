// A wallet's key at rest: encrypted here, in the browser, under what its user types. The platform keeps ciphertext, salt and address.
// docs: decisions/wallet-home.md says why, and what this does not protect from.

const ITERATIONS = 600_000;
const VERSION = "air-wallet-v1";

/**
 * @typedef {object} Sealed as the platform keeps it; bytes are base64
 * @property {string} address
 * @property {string} salt
 * @property {number} iterations
 * @property {string} iv
 * @property {string} ciphertext
 * @property {boolean} isAutomated
 */

/**
 * @param {Uint8Array<ArrayBuffer>} key the wallet's private key @param {string} address @param {string} user whose wallet it is @param {string} pin
 * @returns {Promise<Omit<Sealed, "isAutomated">>}
 */
export async function seal(key, address, user, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const encryptionKey = await derive(pin, salt, ITERATIONS);
  const algorithm = { name: "AES-GCM", iv, additionalData: bound(user, address) };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, encryptionKey, key));
  return { address, salt: base64(salt), iterations: ITERATIONS, iv: base64(iv), ciphertext: base64(ciphertext) };
}

/** The bytes of an envelope, which the wallet's key signs. @param {Omit<Sealed, "isAutomated">} sealed */
export function decode({ salt, iterations, iv, ciphertext }) {
  return { salt: bytes(salt), iterations, iv: bytes(iv), ciphertext: bytes(ciphertext) };
}

/** The private key, or null where the PIN is another. @param {Sealed} sealed @param {string} user @param {string} pin */
export async function open(sealed, user, pin) {
  const encryptionKey = await derive(pin, bytes(sealed.salt), sealed.iterations);
  const algorithm = { name: "AES-GCM", iv: bytes(sealed.iv), additionalData: bound(user, sealed.address) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, encryptionKey, bytes(sealed.ciphertext)));
  } catch {
    return null;
  }
}

/** @param {string} pin @param {Uint8Array<ArrayBuffer>} salt @param {number} iterations */
async function derive(pin, salt, iterations) {
  // One person's keyboards may write an accent in two ways.
  const typed = new TextEncoder().encode(pin.normalize("NFC"));
  const base = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  typed.fill(0);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(algorithm, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Whose it is: the platform can't give one user another's. @param {string} user @param {string} address */
function bound(user, address) {
  return new TextEncoder().encode([VERSION, user, address.toLowerCase()].join("\n"));
}

/** @param {Uint8Array} from */
function base64(from) {
  return btoa(String.fromCharCode(...from));
}

/** Reads base64. @param {string} from */
export function bytes(from) {
  return Uint8Array.from(atob(from), (letter) => letter.charCodeAt(0));
}
