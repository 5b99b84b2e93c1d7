// The Ethereum provider (EIP-1193): who the user is and on which chain, and signatures that the user agreed to. It knows no chain to ask.
// Typed data that would give a CAK away is refused in WebAssembly, where it is parsed and hashed, before the user is asked.
import { Refused } from "./channel.js";
import { messageOf, typedDataOf } from "./signing.js";
import { TypedData } from "./wasm/air_wasm.js";

/** Codes of EIP-1193, EIP-3085, EIP-1474 and JSON-RPC. */
const USER_REJECTED = 4001;
const UNAUTHORIZED = 4100;
const UNSUPPORTED_METHOD = 4200;
const DISCONNECTED = 4900;
const UNKNOWN_CHAIN = 4902;
const BUSY = -32002;
const INVALID_PARAMS = -32602;
const INTERNAL = -32603;
/** The longest message that is signed, in bytes: a person is to read it. */
const MESSAGE_LIMIT = 65_536;

/**
 * @typedef {object} Wallet what the provider needs of the wallet page
 * @property {() => { chainId: number, host: string, picture: string | null, isAutomated: boolean }} page
 * @property {() => Promise<void>} ready WebAssembly is loaded
 * @property {() => Promise<string>} who the user's id; refuses where nobody is logged in
 * @property {() => Promise<string | null>} address of the user's wallet
 * @property {(user: string) => Promise<import("./wasm/air_wasm.js").Root>} unlock opens the wallet, or makes the first
 * @property {import("./panel.js").Panel["ask"]} ask
 * @property {(type: string, payload: object) => void} tell
 */

/** Why a request is refused, by a code of the provider's. */
class RpcError extends Error {
  /** @param {number} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Provider {
  #wallet;
  #isSigning = false;
  /** The account that the page was told. @type {string | null} */
  #told = null;

  /** @param {Wallet} wallet */
  constructor(wallet) {
    this.#wallet = wallet;
  }

  /** Answers a message of the SDK's. @param {{ payload: { requestId: string, method: string, params?: unknown } }} message */
  async answer({ payload: { requestId, method, params } }) {
    const type = "JRPC_RESPONSE";
    try {
      const response = await this.#handle(method, Array.isArray(params) ? params : []);
      return { type, success: true, payload: { requestId, method, response } };
    } catch (error) {
      const { code: errorCode, message: errorMessage } = rpcError(error);
      return { type, success: false, payload: { requestId, method, errorCode, errorMessage } };
    }
  }

  /** Tells the page that the user has an account, once. @param {string} address */
  connected(address) {
    if (this.#told === address) return;
    this.#told = address;
    this.#emit("connect", { chainId: this.#chain() });
    this.#emit("accountsChanged", [address]);
  }

  /** Tells the page that the user is gone. */
  disconnected() {
    this.#told = null;
    this.#emit("accountsChanged", []);
    this.#emit("disconnect", { code: DISCONNECTED, name: "ProviderDisconnectedError", message: "the user is logged out" });
  }

  /** @param {string} method @param {any[]} params @returns {Promise<unknown>} */
  async #handle(method, params) {
    switch (method) {
      case "eth_chainId":
        return this.#chain();
      case "net_version":
        return String(this.#wallet.page().chainId);
      case "eth_accounts": {
        const address = await this.#wallet.address().catch(() => null);
        return address ? [address] : [];
      }
      case "eth_requestAccounts":
        return [await this.#account()];
      case "personal_sign":
        return this.#alone(() => this.#signMessage(params));
      case "eth_signTypedData_v4":
        return this.#alone(() => this.#signTypedData(params));
      case "wallet_switchEthereumChain":
        return this.#switch(params);
      default:
        throw new RpcError(UNSUPPORTED_METHOD, `the local platform's wallet does not do ${String(method).slice(0, 64)}`);
    }
  }

  /** The user's account; makes the wallet where there is none. */
  async #account() {
    const user = await this.#wallet.who();
    const address = await this.#wallet.address();
    if (address) return address;
    const root = await this.#wallet.unlock(user);
    if (!root.walletAddress) throw new RpcError(UNAUTHORIZED, "the user has no wallet yet");
    return root.walletAddress;
  }

  /** @param {any[]} params */
  async #signMessage([message, account]) {
    if (typeof message !== "string") throw new RpcError(INVALID_PARAMS, "the first parameter is the message");
    const bytes = messageBytes(message);
    if (bytes.length > MESSAGE_LIMIT) throw new RpcError(INVALID_PARAMS, "the message is longer than 64 KiB");
    const { host, picture } = this.#wallet.page();
    return this.#sign(account, messageOf(host, picture, bytes), (root) => root.signMessage(bytes));
  }

  /** @param {any[]} params */
  async #signTypedData([account, data]) {
    const json = typeof data === "string" ? data : JSON.stringify(data);
    if (json === undefined) throw new RpcError(INVALID_PARAMS, "the second parameter is the typed data");
    await this.#wallet.ready();
    const typedData = TypedData.parse(json);
    try {
      const { host, picture } = this.#wallet.page();
      return await this.#sign(account, typedDataOf(host, picture, typedData), (root) => root.signTypedData(typedData));
    } finally {
      typedData.free();
    }
  }

  /** @param {unknown} account @param {import("./panel.js").Question} question @param {(root: import("./wasm/air_wasm.js").Root) => string} sign */
  async #sign(account, question, sign) {
    const user = await this.#wallet.who();
    const address = await this.#wallet.address();
    if (!address) throw new RpcError(UNAUTHORIZED, "the user has no wallet yet; eth_requestAccounts makes one");
    if (String(account).toLowerCase() !== address.toLowerCase()) {
      throw new RpcError(UNAUTHORIZED, "the account is not the user's; eth_accounts says which is");
    }
    if (!this.#wallet.page().isAutomated) {
      const { answer } = await this.#wallet.ask(question);
      if (answer !== "agreed") throw new RpcError(USER_REJECTED, "the user refused to sign");
    }
    return sign(await this.#wallet.unlock(user));
  }

  /** One question at a time: a page can't pile them up. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async #alone(work) {
    if (this.#isSigning) throw new RpcError(BUSY, "another request to sign is open; wait for its answer");
    this.#isSigning = true;
    try {
      return await work();
    } finally {
      this.#isSigning = false;
    }
  }

  /** @param {any[]} params */
  #switch([parameter]) {
    const asked = parameter?.chainId;
    if (typeof asked !== "string" || !/^0x[0-9a-f]{1,64}$/i.test(asked)) {
      throw new RpcError(INVALID_PARAMS, "the first parameter is { chainId: \"0x…\" }");
    }
    if (BigInt(asked) === BigInt(this.#wallet.page().chainId)) return null;
    throw new RpcError(UNKNOWN_CHAIN, `the local platform has one chain, ${this.#chain()}`);
  }

  #chain() {
    return `0x${this.#wallet.page().chainId.toString(16)}`;
  }

  /** @param {string} event @param {unknown} data */
  #emit(event, data) {
    this.#wallet.tell("JRPC_EVENT", { event, data });
  }
}

/** Hex is bytes, as other wallets read it; everything else is text. @param {string} message @returns {Uint8Array<ArrayBuffer>} */
function messageBytes(message) {
  if (!/^0x(?:[0-9a-f]{2})*$/i.test(message)) return new TextEncoder().encode(message);
  return Uint8Array.from(message.slice(2).match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

/** @param {unknown} error @returns {{ code: number, message: string }} */
function rpcError(error) {
  if (error instanceof RpcError) return error;
  if (error instanceof Refused) {
    const codes = { USER_CANCELLED: USER_REJECTED, USER_REJECTED, UNAUTHORIZED, PERMISSION_NOT_ENABLED: UNAUTHORIZED };
    const code = /** @type {Record<string, number>} */ (codes)[error.errorName] ?? INTERNAL;
    return { code, message: error.message };
  }
  const { name, code, message } = /** @type {any} */ (error) ?? {};
  if (name === "AirError") {
    return { code: String(code).startsWith("TYPED_DATA_") ? UNSUPPORTED_METHOD : INVALID_PARAMS, message };
  }
  console.error(error);
  return { code: INTERNAL, message: "the wallet page failed; the browser's console says why" };
}
