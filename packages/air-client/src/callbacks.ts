import { fromBase64, utf8 } from "./base64.js";
import { AirError, invalid } from "./errors.js";
import type { WebCryptoKey } from "./webcrypto.js";

/** A user released a key to a verifier. */
export interface CakReleased {
  type: "cak.released";
  /** The user who agreed. */
  userId: string;
  /** The verifier that got the key. */
  verifierDid: string;
  schemaId: string;
}

/** A user accepted a key. Only the local platform sends it. */
export interface CakAvailable {
  type: "cak.available";
  userId: string;
  issuerDid: string;
  schemaId: string;
  curve: string;
}

/** A credential that the partner accepted was revoked or has expired. Only the local platform sends it. */
export interface CredentialStatusChanged {
  type: "credential.status_changed";
  verificationId: string;
  programId: string;
  userId: string;
  status: string;
}

/** The content of a callback. It has no key and no claim. */
export type CallbackEvent = CakReleased | CakAvailable | CredentialStatusChanged;

/** A callback whose signature is valid. */
export interface Callback {
  /** The `webhook-id`. A callback may arrive more than once, always with the same ID. */
  id: string;
  /** When it was signed. */
  signedAt: Date;
  event: CallbackEvent;
}

/** The headers of a request: of the web, or of Node. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The settings of a receiver. */
export interface CallbackReceiverOptions {
  /** The secrets that sign callbacks (`whsec_…`): during a rotation, the new one and the old one. */
  secrets: readonly string[];
  /** The maximum difference between the signature's time and now, in seconds [default: 300]. */
  toleranceSeconds?: number;
  /** Returns the time in milliseconds since 1970 [default: the machine's]. */
  now?: () => number;
}

/** The maximum size of a callback in bytes. */
const BODY_LIMIT = 64 * 1024;
/** The maximum number of signatures of a callback. */
const SIGNATURE_LIMIT = 16;
/** The maximum number of secrets of a receiver. */
const SECRET_LIMIT = 8;
/** The members of each event. */
const MEMBERS: Record<CallbackEvent["type"], readonly string[]> = {
  "cak.released": ["userId", "verifierDid", "schemaId"],
  "cak.available": ["userId", "issuerDid", "schemaId", "curve"],
  "credential.status_changed": ["verificationId", "programId", "userId", "status"],
};

/** Verifies callbacks of the platform (Standard Webhooks, HMAC-SHA256). */
export class CallbackReceiver {
  readonly #keys: Promise<WebCryptoKey>[];
  readonly #tolerance: number;
  readonly #now: () => number;

  /** @throws AirError `INVALID_ARGUMENT` for a secret that is not one */
  constructor(options: CallbackReceiverOptions) {
    const { secrets, toleranceSeconds = 300, now = () => Date.now() } = options;
    if (secrets.length === 0 || secrets.length > SECRET_LIMIT) {
      throw invalid(`invalid \`secrets\`: must be 1 to ${SECRET_LIMIT} secrets`);
    }
    if (!(toleranceSeconds >= 0 && toleranceSeconds <= 3600)) {
      throw invalid("invalid `toleranceSeconds`: must be 0 to 3600");
    }
    this.#keys = secrets.map(decoded).map((secret) =>
      crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]));
    this.#tolerance = toleranceSeconds;
    this.#now = now;
  }

  /**
   * Verifies a callback and returns its event. `body` is the raw body of the request: a framework
   * that parses it first loses the bytes that were signed.
   *
   * @throws AirError `CALLBACK_REJECTED`: respond with 400 or 401
   */
  async verify(body: string | Uint8Array, headers: RequestHeaders): Promise<Callback> {
    const bytes = bytesOf(body);
    const id = header(headers, "webhook-id");
    const timestamp = header(headers, "webhook-timestamp");
    const signatures = signaturesOf(header(headers, "webhook-signature"));
    const signedAt = this.#checkTime(timestamp);
    const prefix = utf8(`${id}.${timestamp}.`);
    const input = new Uint8Array(prefix.length + bytes.length);
    input.set(prefix);
    input.set(bytes, prefix.length);
    if (!(await this.#isSigned(input, signatures))) throw rejected("no signature matches a secret");
    return { id, signedAt, event: eventOf(bytes) };
  }

  #checkTime(timestamp: string): Date {
    if (!/^[0-9]{1,12}$/.test(timestamp)) throw rejected("webhook-timestamp is not a time");
    const seconds = Number(timestamp);
    if (Math.abs(Math.floor(this.#now() / 1000) - seconds) > this.#tolerance) {
      throw rejected("webhook-timestamp is too old or in the future; check the machine's clock");
    }
    return new Date(seconds * 1000);
  }

  /** WebCrypto compares in constant time. */
  async #isSigned(
    input: Uint8Array<ArrayBuffer>,
    signatures: Uint8Array<ArrayBuffer>[],
  ): Promise<boolean> {
    let isSigned = false;
    for (const key of await Promise.all(this.#keys)) {
      for (const signature of signatures) {
        const matches = await crypto.subtle.verify("HMAC", key, signature, input);
        isSigned ||= matches;
      }
    }
    return isSigned;
  }
}

function decoded(secret: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(secret.replace(/^whsec_/, ""));
  if (bytes !== undefined && bytes.length > 0) return bytes;
  throw invalid("invalid callback secret: must be `whsec_` and base64, as the platform showed it");
}

/** Returns the signatures of version 1. Others are ignored. */
function signaturesOf(text: string): Uint8Array<ArrayBuffer>[] {
  const entries = text.split(" ");
  if (entries.length > SIGNATURE_LIMIT) throw rejected("webhook-signature has too many entries");
  return entries
    .filter((entry) => entry.startsWith("v1,"))
    .map((entry) => fromBase64(entry.slice("v1,".length)))
    .filter((signature) => signature !== undefined);
}

function header(headers: RequestHeaders, name: string): string {
  const value = typeof headers["get"] === "function"
    ? (headers as { get(name: string): string | null }).get(name)
    : (headers as Record<string, unknown>)[name];
  if (typeof value === "string" && value !== "" && value.length <= 4096) return value;
  throw rejected(`the header ${name} is missing or repeated`);
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  const bytes = typeof body === "string" ? utf8(body) : body;
  if (!(bytes instanceof Uint8Array)) {
    throw invalid("the body must be the raw body of the request: a string or Uint8Array");
  }
  if (bytes.length > BODY_LIMIT) throw rejected("the body is too long");
  return bytes;
}

function eventOf(body: Uint8Array): CallbackEvent {
  let members: Record<string, unknown>;
  try {
    members = Object(JSON.parse(new TextDecoder().decode(body))) as Record<string, unknown>;
  } catch {
    throw rejected("the body is not JSON");
  }
  // The body of a released key has no `type`.
  const type = String(members["type"] ?? "cak.released");
  const names = Object.hasOwn(MEMBERS, type) ? MEMBERS[type as CallbackEvent["type"]] : undefined;
  if (names === undefined || !names.every((name) => typeof members[name] === "string")) {
    throw rejected("the body is not an event that this version knows");
  }
  const event = Object.fromEntries(names.map((name) => [name, members[name]]));
  return { type, ...event } as unknown as CallbackEvent;
}

function rejected(reason: string): AirError {
  return new AirError("CALLBACK_REJECTED", `the callback was rejected: ${reason}`);
}
