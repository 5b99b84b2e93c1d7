import { base64url, utf8 } from "./base64.js";
import { AirError, invalid } from "./errors.js";
import type { Signer } from "./key.js";
import type { Clock } from "./retry.js";

/** The maximum number of cached tokens. The least recently used one makes room. */
const CACHE_LIMIT = 256;
/** A token is renewed this long before it expires, or after half of its lifetime if later. */
const MARGIN = 60;
/** The lifetimes of tokens in seconds. */
export const LIFETIME = { shortest: 10, usual: 300, longest: 900 };

/** The purpose of a token, and its user. */
export type TokenPurpose =
  | { scope: "issue" | "verify" }
  | { scope: "issue on-behalf"; email: string };

/** A token for one attempt of a call. */
export interface CallToken {
  jwt: string;
  /** Whether an earlier call used the token too. */
  isReused: boolean;
}

interface CachedToken {
  jwt: Promise<string>;
  signedAt: number;
  renewAt: number;
}

/** The partner's signer with a cache of tokens. */
export class Tokens {
  readonly #partnerId: string;
  readonly #signer: Signer;
  readonly #lifetime: number;
  readonly #clock: Clock;
  readonly #cache = new Map<string, CachedToken>();

  constructor(partnerId: string, signer: Signer, lifetime: number, clock: Clock) {
    this.#partnerId = partnerId;
    this.#signer = signer;
    this.#lifetime = lifetime;
    this.#clock = clock;
  }

  /** Returns a cached token, or signs one. Concurrent calls wait for one signature. */
  async token(purpose: TokenPurpose): Promise<CallToken> {
    const key = cacheKey(purpose);
    const now = this.#now();
    const cached = this.#cache.get(key);
    this.#cache.delete(key);
    // A token from the future was signed before the machine's clock was set back.
    if (cached !== undefined && now >= cached.signedAt && now < cached.renewAt) {
      this.#cache.set(key, cached);
      return { jwt: await cached.jwt, isReused: true };
    }
    const entry = { jwt: this.sign(purpose), signedAt: now, renewAt: now + this.#renewal() };
    this.#cache.set(key, entry);
    this.#evict();
    try {
      return { jwt: await entry.jwt, isReused: false };
    } catch (error) {
      if (this.#cache.get(key) === entry) this.#cache.delete(key);
      throw error;
    }
  }

  /** Removes a token that the platform refused. */
  forget(purpose: TokenPurpose): void {
    this.#cache.delete(cacheKey(purpose));
  }

  /** Signs a token that is not cached. */
  async sign(purpose: TokenPurpose): Promise<string> {
    const iat = this.#now();
    const header = { alg: this.#signer.algorithm, kid: this.#signer.kid, typ: "JWT" };
    const claims = { partnerId: this.#partnerId, ...purpose, iat, exp: iat + this.#lifetime };
    const input = `${encoded(header)}.${encoded(claims)}`;
    let signature: Uint8Array;
    try {
      signature = await this.#signer.sign(utf8(input));
    } catch (cause) {
      throw new AirError("NOT_SIGNED", "the key did not sign a Partner JWT", { cause });
    }
    return `${input}.${base64url(signature)}`;
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  /** The age in seconds at which a token is renewed. */
  #renewal(): number {
    return Math.max(this.#lifetime - MARGIN, Math.floor(this.#lifetime / 2));
  }

  #evict(): void {
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > CACHE_LIMIT && oldest !== undefined) this.#cache.delete(oldest);
  }
}

/** Returns the address if it looks like one: `name@domain`, at most 254 characters. */
export function checkedEmail(email: string): string {
  if (isEmail(email)) return email;
  throw invalid("invalid e-mail address: must be the recipient's own, such as ada@example.com");
}

/** Whether a text looks like an e-mail address. It does not prove that the mailbox exists. */
export function isEmail(text: unknown): text is string {
  return typeof text === "string"
    && text.length <= 254
    && /^[^\s@\p{Cc},;:<>()[\]"\\]{1,64}@[^\s@\p{Cc}.,;:<>()[\]"\\]+(\.[^\s@\p{Cc}.,;:<>()[\]"\\]+)+$/u
      .test(text);
}

function cacheKey(purpose: TokenPurpose): string {
  return "email" in purpose ? `${purpose.scope} ${purpose.email}` : purpose.scope;
}

function encoded(value: object): string {
  return base64url(utf8(JSON.stringify(value)));
}
