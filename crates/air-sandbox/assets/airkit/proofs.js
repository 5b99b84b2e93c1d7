// Predicate proofs of the wallet. It commits to a secret of the credential, gets the signature and the token of the epoch, and answers a
// verifier's request. The secret is derived from the wallet's key, so that it exists wherever the wallet is opened. Experimental: not audited.
import { call } from "./backend.js";
import { Refused } from "./channel.js";

const VERSION = "air-predicate-proofs-v1";
/** A proof of sixteen conditions takes a few seconds. */
const JOB_MS = 120_000;

/**
 * @typedef {object} Provable a credential of a program with predicate proofs
 * @property {string} coreClaimHash
 * @property {string} id
 * @property {Record<string, unknown>} subject
 * @property {string | null} signature
 */

/** @typedef {{ script: string, binary: string }} ProofModule the URLs of the module */

/** An error of the module: its code and message show no secret and no value. */
class ModuleError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Runs the module's functions in a worker, which starts with the first. */
export class Prover {
  #files;
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Map<string, (answer: any) => void>} */
  #waiting = new Map();

  /** @param {ProofModule | null} files */
  constructor(files) {
    this.#files = files;
  }

  get isInstalled() {
    return this.#files !== null;
  }

  /** @param {"commit" | "prove"} job @param {object} about @returns {Promise<any>} */
  run(job, about) {
    if (!this.#files) return Promise.reject(new ModuleError("INTERNAL", "the module is not installed"));
    const worker = (this.#worker ??= this.#start());
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.stop(), JOB_MS);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (error) reject(new ModuleError(error.code, error.message));
        else resolve(result);
      });
      worker.postMessage({ id, files: this.#files, job, about });
    });
  }

  #start() {
    const worker = new Worker("/airkit/assets/prover.js", { type: "module" });
    worker.addEventListener("message", ({ data }) => this.#waiting.get(data.id)?.(data));
    worker.addEventListener("error", () => this.stop());
    return worker;
  }

  /** Ends the worker, with the secrets in its memory, and rejects what is under way. */
  stop() {
    this.#worker?.terminate();
    this.#worker = null;
    const error = { code: "INTERNAL", message: "the worker ended" };
    for (const settle of [...this.#waiting.values()]) settle({ error });
  }
}

/**
 * @typedef {object} Wallet what proofs need of the wallet page
 * @property {import("./backend.js").Caller} caller
 * @property {Prover} prover
 * @property {string} user
 * @property {import("./wasm/air_wasm.js").Root} root
 */

/** Gets the signature of the user's newest credential of a program, unless it has one. @param {Wallet} wallet @param {string} program */
export async function signHeld(wallet, program) {
  const { scheme, credential } = await call(wallet.caller, "provable", { program });
  if (credential && !credential.signature) await sign(wallet, { program, scheme, credential });
}

/**
 * Answers a request from a credential: with a presentation, or with the reason why there is none.
 * @param {Wallet} wallet @param {{ program: string, scheme: object, credential: Provable, request: object }} about
 * @returns {Promise<{ presentation: string } | { unproven: "nonCompliant" | "noCredential" }>}
 */
export async function answer(wallet, about) {
  const { program, scheme, request } = about;
  const { coreClaimHash } = about.credential;
  const signature = about.credential.signature ?? (await sign(wallet, about));
  const { token } = await call(wallet.caller, "provable/token", { program, coreClaimHash });
  if (!token) return { unproven: "noCredential" };
  const { id, subject } = about.credential;
  const secret = await secretOf(wallet, program, coreClaimHash);
  try {
    const credential = { id, subject, signature };
    return { presentation: await wallet.prover.run("prove", { scheme, credential, token, secret, request }) };
  } catch (error) {
    if (isUnsatisfied(error)) return { unproven: "nonCompliant" };
    throw refused(error);
  } finally {
    wallet.prover.stop();
  }
}

/**
 * Commits to the credential's secret, and gets the signature.
 * @param {Wallet} wallet @param {{ program: string, scheme: object, credential: Provable }} about @returns {Promise<string>}
 */
async function sign(wallet, { program, scheme, credential: { coreClaimHash } }) {
  const { challenge } = await call(wallet.caller, "provable/challenge", { program, coreClaimHash });
  const secret = await secretOf(wallet, program, coreClaimHash);
  const { commitment } = await wallet.prover.run("commit", { scheme, challenge, secret }).catch((error) => {
    throw refused(error);
  });
  const { credential } = await call(wallet.caller, "provable/sign", { program, coreClaimHash, challenge, commitment });
  return credential.signature;
}

/**
 * The secret of one credential: 32 bytes, little-endian, in hex digits. Each credential has another one, because issuers recognise a holder
 * who commits to one secret twice.
 * @param {Wallet} wallet @param {string} program @param {string} coreClaimHash
 */
async function secretOf({ root, user }, program, coreClaimHash) {
  const key = root.exposeWalletKey();
  if (!key) throw new Refused("UNKNOWN_ERROR", "the wallet has no key");
  try {
    const base = await crypto.subtle.importKey("raw", /** @type {Uint8Array<ArrayBuffer>} */ (key), "HKDF", false, ["deriveBits"]);
    const info = new TextEncoder().encode([VERSION, user, program, coreClaimHash].join("\n"));
    const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }, base, 256);
    const secret = new Uint8Array(bits);
    // 254 bits: each such number is below the order of the group.
    secret[31] &= 0x3f;
    return Array.from(secret, (byte) => byte.toString(16).padStart(2, "0")).join("");
  } finally {
    key.fill(0);
  }
}

/** @param {unknown} error */
function isUnsatisfied(error) {
  return error instanceof ModuleError && error.code === "REJECTED" && error.message.includes("does not satisfy the condition");
}

/** The module's refusals, and what to do. */
const REMEDIES = [
  ["the issuer's signature does not verify", "this credential is signed for another wallet of yours; ask the issuer to issue it again"],
  ["the epoch token is not valid", "this device's clock is wrong by a day or more; set it, and try again"],
  ["the epoch token does not verify", "the issuer's confirmation does not belong to this credential; ask the issuer to issue it again"],
  ["the request expired", "the request has expired; go back to the app, and start again"],
];

/** @param {unknown} error */
function refused(error) {
  if (!(error instanceof ModuleError)) return error;
  if (error.code === "INTERNAL") {
    return new Refused("UNKNOWN_ERROR", "the module for proofs did not load or did not answer; reload the app, and try again");
  }
  if (error.code === "NO_RANDOMNESS") {
    return new Refused("UNKNOWN_ERROR", "this browser gives no randomness to the module for proofs; use another browser");
  }
  const [, remedy] = REMEDIES.find(([reason]) => error.message.includes(reason)) ?? [];
  return new Refused("UNKNOWN_ERROR", remedy ?? `the module refused to prove: ${error.message}; tell the app's developers`);
}
