import { base64url, fromBase64, utf8 } from "./base64.js";
import { AirError } from "./errors.js";
import type { WebCryptoKey } from "./webcrypto.js";

/** A signature algorithm of Partner JWTs. */
export type SigningAlgorithm = "ES256" | "RS256";

/** Signs Partner JWTs: a {@link SigningKey}, or a key in a KMS, an HSM or another process. */
export interface Signer {
  /** The algorithm of the key. */
  readonly algorithm: SigningAlgorithm;
  /** The ID of the key in the partner's published set. */
  readonly kid: string;
  /** Signs bytes. An ES256 signature has 64 bytes: r and s (RFC 7518, 3.4). */
  sign(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

/** The public half of a key as a JWK, for the partner's published set. */
export type PublicJwk =
  | { kty: "EC"; crv: "P-256"; x: string; y: string; kid: string; use: "sig"; alg: "ES256" }
  | { kty: "RSA"; n: string; e: string; kid: string; use: "sig"; alg: "RS256" };

/** A private JWK (RFC 7517) of a P-256 or RSA key. */
export interface PrivateJwk {
  kty?: string;
  crv?: string;
  kid?: string;
  [member: string]: unknown;
}

/** The options of a key. */
export interface SigningKeyOptions {
  /** The key's ID in the published set. Defaults to a JWK's `kid`, or the RFC 7638 thumbprint. */
  kid?: string;
}

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
/** The permitted lengths of an RSA modulus in bits. */
const RSA_BITS = { min: 2048, max: 4096 };
/** The maximum length of a key's text. */
const TEXT_LIMIT = 16 * 1024;
const HINT = "use a P-256 or RSA key of 2,048 to 4,096 bits, as PKCS#8 PEM or a JWK";

/**
 * The partner's private key, which signs tokens by WebCrypto: ES256 or RS256. Its private half can't
 * be exported.
 */
export class SigningKey implements Signer {
  readonly algorithm: SigningAlgorithm;
  readonly kid: string;
  readonly #key: WebCryptoKey;
  readonly #public: PublicJwk | undefined;

  private constructor(key: WebCryptoKey, kid: string, publicJwk?: PublicJwk) {
    this.algorithm = algorithmOf(key);
    this.kid = kid;
    this.#key = key;
    this.#public = publicJwk;
  }

  /**
   * Reads a key from text: PKCS#8 PEM (`-----BEGIN PRIVATE KEY-----`), or a JWK.
   *
   * @throws AirError `KEY_REJECTED`
   */
  static async from(text: string, options: SigningKeyOptions = {}): Promise<SigningKey> {
    if (text.length > TEXT_LIMIT) throw rejected("the key's text is too long");
    return text.trimStart().startsWith("{")
      ? SigningKey.fromJwk(parseJwk(text), options)
      : SigningKey.fromPem(text, options);
  }

  /**
   * Reads a key from PKCS#8 PEM.
   *
   * @throws AirError `KEY_REJECTED`
   */
  static async fromPem(pem: string, options: SigningKeyOptions = {}): Promise<SigningKey> {
    const der = derOf(pem);
    for (const algorithm of [ECDSA, RSA]) {
      let key: WebCryptoKey;
      try {
        key = await crypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
      } catch {
        continue;
      }
      return SigningKey.fromJwk(await crypto.subtle.exportKey("jwk", key) as PrivateJwk, options);
    }
    throw rejected("the PEM file has no supported private key");
  }

  /**
   * Reads a key from a private JWK.
   *
   * @throws AirError `KEY_REJECTED`
   */
  static async fromJwk(jwk: PrivateJwk, options: SigningKeyOptions = {}): Promise<SigningKey> {
    const algorithm = jwk.kty === "EC" ? ECDSA : RSA;
    // Members that state a use, or keep the private half from being exported, do not matter here.
    const { key_ops: _operations, ext: _extractable, use, alg, ...material } = jwk;
    if (typeof jwk["d"] !== "string") throw rejected("the JWK has no private half");
    if (use !== undefined && use !== "sig") throw rejected("the JWK is not for signatures");
    if (alg !== undefined && alg !== (jwk.kty === "EC" ? "ES256" : "RS256")) {
      throw rejected("the JWK is for another algorithm");
    }
    let key: WebCryptoKey;
    try {
      key = await crypto.subtle.importKey("jwk", material, algorithm, false, ["sign"]);
    } catch {
      throw rejected("the JWK is not a supported private key");
    }
    const kid = options.kid ?? (typeof jwk.kid === "string" ? jwk.kid : await thumbprint(jwk));
    return new SigningKey(key, checkedKid(kid), publicOf(jwk, kid));
  }

  /**
   * Takes a private key of WebCrypto, which may be non-extractable. Its `kid` is required.
   *
   * @throws AirError `KEY_REJECTED`
   */
  static fromCryptoKey(key: WebCryptoKey, kid: string): SigningKey {
    if (key.type !== "private" || !key.usages.includes("sign")) {
      throw rejected("the CryptoKey is not a private key for signatures");
    }
    return new SigningKey(key, checkedKid(kid));
  }

  /** Returns the public half for the published set. Undefined for a key from a `CryptoKey`. */
  get publicJwk(): PublicJwk | undefined {
    return this.#public === undefined ? undefined : { ...this.#public };
  }

  async sign(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const algorithm = this.algorithm === "ES256" ? { name: "ECDSA", hash: "SHA-256" } : RSA;
    return new Uint8Array(await crypto.subtle.sign(algorithm, this.#key, input));
  }
}

/** Returns the RFC 7638 thumbprint of a key. */
export async function thumbprint(jwk: PrivateJwk): Promise<string> {
  const members = jwk.kty === "EC" ? ["crv", "kty", "x", "y"] : ["e", "kty", "n"];
  const required = Object.fromEntries(members.map((name) => [name, jwk[name]]));
  const hash = await crypto.subtle.digest("SHA-256", utf8(JSON.stringify(required)));
  return base64url(new Uint8Array(hash));
}

function publicOf(jwk: PrivateJwk, kid: string): PublicJwk {
  const text = (name: string) => String(jwk[name]);
  return jwk.kty === "EC"
    ? { kty: "EC", crv: "P-256", x: text("x"), y: text("y"), kid, use: "sig", alg: "ES256" }
    : { kty: "RSA", n: text("n"), e: text("e"), kid, use: "sig", alg: "RS256" };
}

function algorithmOf(key: WebCryptoKey): SigningAlgorithm {
  const algorithm = key.algorithm as {
    name: string;
    namedCurve?: string;
    hash?: { name: string };
    modulusLength?: number;
  };
  if (algorithm.name === ECDSA.name && algorithm.namedCurve === ECDSA.namedCurve) return "ES256";
  const bits = algorithm.modulusLength ?? 0;
  const isRsa = algorithm.name === RSA.name && algorithm.hash?.name === RSA.hash;
  if (isRsa && bits >= RSA_BITS.min && bits <= RSA_BITS.max) return "RS256";
  throw rejected("the key has an unsupported type or size");
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const text = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/.exec(pem);
  if (text?.[1] !== "PRIVATE KEY") {
    throw rejected(
      "the text has no PKCS#8 private key (`openssl pkcs8 -topk8 -nocrypt` converts other forms)",
    );
  }
  const der = fromBase64((text[2] ?? "").replace(/\s+/g, ""));
  if (der === undefined) throw rejected("the PEM file is damaged");
  return der;
}

function parseJwk(text: string): PrivateJwk {
  try {
    return JSON.parse(text) as PrivateJwk;
  } catch {
    throw rejected("the JWK is not JSON");
  }
}

function checkedKid(kid: string): string {
  if (/^[!-~]{1,256}$/.test(kid)) return kid;
  throw rejected("the `kid` is not 1 to 256 visible ASCII characters");
}

function rejected(reason: string): AirError {
  return new AirError("KEY_REJECTED", `invalid signing key: ${reason}; ${HINT}`);
}
