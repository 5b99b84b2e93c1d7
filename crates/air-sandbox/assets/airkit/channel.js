// Talking with the partner's page: the SDK's messages (window.postMessage), without ids and without time-outs. So each request is answered,
// exactly once, whatever happens; and nothing is said to a page whose origin is not known.

/** How long a logout waits for what it broke off. */
const LEAVE_MS = 2_000;
/** EIP-1193's code for a provider that the caller may not use. */
const NOT_AUTHORIZED = 4100;

/** An answer other than success: one of the SDK's names for errors, and a sentence. */
export class Refused extends Error {
  /** @param {string} errorName @param {string} message */
  constructor(errorName, message) {
    super(message);
    this.errorName = errorName;
  }
}

/**
 * @typedef {object} Opening What the SDK says of a page view: `payload` of an initialisation request, and whose page it is.
 * @property {string} origin of the partner's page, as the browser says
 * @property {string} sessionId
 * @property {string} partnerId
 * @property {string} [sdkVersion]
 * @property {boolean} enableAutomation
 * @property {boolean} [skipRehydration]
 * @property {{ locale?: string, currency?: string }} [sessionConfig]
 */

/** @typedef {Record<string, (payload: any) => Promise<object>>} Requests */

/**
 * @typedef {object} Page
 * @property {string} started the bare text that opens the channel
 * @property {string} initialization name of the first request, without `_request`
 * @property {string} logout name of the logout request: it is answered with success even by a page that refused
 * @property {(opening: Opening) => Promise<object>} open answers the first request, or refuses
 * @property {Requests} requests by name, without `_request`
 * @property {(answer: any) => void} [opened] hears how the first request was answered
 * @property {Record<string, (message: any) => Promise<object | null>>} [others] calls of the Ethereum provider, by type: they give the whole answer
 */

/** The channel to the page that has this one in it. */
export class Channel {
  /** @type {string | null} */
  #origin = null;
  #isInitialized = false;
  /** @type {Promise<unknown>} */
  #opened = Promise.reject(new Refused("CLIENT_ERROR", "the page was not initialised"));
  /** @type {Map<string, Promise<unknown>>} */
  #lanes = new Map();
  #page;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    this.#opened.catch(() => {});
  }

  /** Begins, unless this page is not in a frame: a browser may have preloaded it. */
  start() {
    if (window.parent === window) return;
    document.documentElement.classList.add("embedded");
    window.addEventListener("message", (event) => this.#receive(event));
    // It carries nothing, and whose page this is in is not known yet.
    window.parent.postMessage(this.#page.started, "*");
  }

  /** Says something that was not asked. @param {string} type @param {object} payload */
  tell(type, payload) {
    this.#post({ type, payload });
  }

  /** @param {MessageEvent} event */
  #receive(event) {
    const { data } = event;
    if (event.source !== window.parent || typeof data?.type !== "string") return;
    if (this.#origin === null) {
      if (data.type !== `${this.#page.initialization}_request`) return;
      this.#origin = event.origin;
    }
    if (event.origin !== this.#origin) return;
    const other = own(this.#page.others ?? {}, data.type);
    if (other) {
      void this.#answerOther(other, data);
    } else if (data.type.endsWith("_request")) {
      void this.#answer(data.type.slice(0, -"_request".length), data.payload ?? {});
    }
  }

  /** @param {string} name @param {any} payload */
  async #answer(name, payload) {
    const isFirst = !this.#isInitialized;
    let answer;
    try {
      answer = { success: true, ...(await this.#handle(name, payload)) };
    } catch (error) {
      answer = refusal(error);
    }
    this.#post({ type: `${name}_response`, payload: answer });
    if (isFirst && name === this.#page.initialization) this.#page.opened?.(answer);
  }

  /** @param {string} name @param {any} payload @returns {Promise<object>} */
  async #handle(name, payload) {
    const { initialization, logout, open, requests } = this.#page;
    if (name === initialization) {
      // Once, even if it was refused: a page serves one partner, and a panel that is open names that one.
      if (this.#isInitialized) {
        throw new Refused("CLIENT_ERROR", "this page was initialised before; load it again to initialise it");
      }
      this.#isInitialized = true;
      const opening = { ...payload, origin: /** @type {string} */ (this.#origin) };
      this.#opened = open(opening);
      return /** @type {Promise<object>} */ (this.#opened);
    }
    const handler = own(requests, name);
    if (name === logout) {
      // The SDK asks for this after a refusal too, and waits.
      const answer = await this.#opened.then(() => handler?.(payload)).catch(() => ({}));
      await this.#settled();
      return answer ?? {};
    }
    await this.#opened;
    if (!handler) {
      throw new Refused("PERMISSION_NOT_ENABLED", `the local platform does not do this (${name})`);
    }
    // Answers have no ids: two of one kind under way would be mixed up, and two panels can't be read.
    const before = this.#lanes.get(name) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => handler(payload));
    this.#lanes.set(name, turn);
    return turn;
  }

  /** The SDK hears nothing after a logout: what is under way is answered before, if it does not take too long. */
  async #settled() {
    const late = new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
    await Promise.race([Promise.allSettled(this.#lanes.values()), late]);
    await new Promise((resolve) => setTimeout(resolve));
  }

  /** @param {(message: any) => Promise<object | null>} handler @param {any} message */
  async #answerOther(handler, message) {
    const refused = await this.#opened.then(() => null, refusal);
    const answer = refused ? refusedCall(message, refused) : await handler(message).catch(() => null);
    if (answer) this.#post(answer);
  }

  /** @param {object} message */
  #post(message) {
    if (this.#origin !== null) window.parent.postMessage(message, this.#origin);
  }
}

/** The provider's answer (EIP-1193) of a page that was not opened. @param {any} message @param {{ errorMessage: string }} refused */
function refusedCall({ payload }, { errorMessage }) {
  const { requestId, method } = payload ?? {};
  return { type: "JRPC_RESPONSE", success: false, payload: { requestId, method, errorCode: NOT_AUTHORIZED, errorMessage } };
}

/** What an object has itself: names come from elsewhere. @template T @param {Record<string, T>} of @param {string} name */
function own(of, name) {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

/** @param {unknown} error */
export function refusal(error) {
  if (error instanceof Refused) {
    return { success: false, errorName: error.errorName, errorMessage: error.message };
  }
  console.error(error);
  return { success: false, errorName: "UNKNOWN_ERROR", errorMessage: "the page failed; the browser's console says why" };
}

/** Keeps what `updateSessionConfig` says: nothing here depends on it. @param {Opening["sessionConfig"]} first */
export function sessionConfig(first) {
  let config = { locale: "en", currency: "USD", ...first };
  return async (/** @type {object} */ change) => {
    config = { ...config, ...change };
    return config;
  };
}
