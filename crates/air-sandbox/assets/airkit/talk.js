// The pages of one page view, among themselves: one asks another over a BroadcastChannel, which works where a frame has no storage. Its name
// is the page view's own, so that two tabs hear nothing of each other.
import { Refused } from "./channel.js";

/** Who does not say within this time that it heard is not there. */
const HEARD_MS = 5_000;
/** How often a pending request checks that the other page is still open. */
const ALIVE_MS = 5_000;

/** @typedef {Record<string, (what: any) => Promise<any>>} Answers */

export class Talk {
  #channel;
  #me;
  /** @type {Answers} */
  #answers;
  /** @type {Map<string, { heard: () => void, settle: (message: any) => void }>} */
  #waiting = new Map();
  /** @type {Record<string, () => void>} */
  #news;

  /**
   * @param {string} sessionId
   * @param {string} me the page's name
   * @param {Answers} answers what this page answers
   * @param {Record<string, () => void>} [news] what it wants to hear
   */
  constructor(sessionId, me, answers, news = {}) {
    this.#me = me;
    this.#answers = answers;
    this.#news = news;
    this.#channel = new BroadcastChannel(`air-${sessionId}`);
    this.#channel.onmessage = ({ data }) => void this.#receive(data);
    window.addEventListener("pagehide", () => this.#channel.postMessage({ gone: me }));
  }

  /** Rejects every pending request. */
  stop() {
    const refused = { errorName: "USER_CANCELLED", errorMessage: "the user is logged out" };
    for (const waiting of [...this.#waiting.values()]) waiting.settle({ refused });
  }

  /** Tells all. @param {string} news */
  tell(news) {
    this.#channel.postMessage({ news });
  }

  /**
   * Asks another page. It may take as long as its person does; but if it goes away, this ends.
   * @param {string} whom @param {string} what @param {object} [about] @returns {Promise<any>}
   */
  ask(whom, what, about = {}) {
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      let heard = false;
      const end = () => {
        clearInterval(timer);
        this.#waiting.delete(id);
      };
      const gone = () => {
        end();
        reject(new Refused("WINDOW_CLOSED", `the ${whom} page is gone; reload the app`));
      };
      const timer = setInterval(() => {
        if (!heard) return gone();
        heard = false;
        this.#channel.postMessage({ alive: id, to: whom });
      }, Math.max(HEARD_MS, ALIVE_MS));
      this.#waiting.set(id, {
        heard: () => (heard = true),
        settle: (message) => {
          if (message.gone === whom) return gone();
          if (message.gone) return;
          end();
          if (message.refused) reject(new Refused(message.refused.errorName, message.refused.errorMessage));
          else resolve(message.answer);
        },
      });
      this.#channel.postMessage({ id, to: whom, what, about });
    });
  }

  /** @param {any} message */
  async #receive(message) {
    if (message.news) this.#news[message.news]?.();
    if (message.gone) for (const waiting of [...this.#waiting.values()]) waiting.settle(message);
    if (message.heard) this.#waiting.get(message.heard)?.heard();
    if (message.re) this.#waiting.get(message.re)?.settle(message);
    if (message.to !== this.#me) return;
    if (message.alive) this.#channel.postMessage({ heard: message.alive });
    if (message.id) await this.#answer(message);
  }

  /** @param {{ id: string, what: string, about: object }} question */
  async #answer({ id, what, about }) {
    this.#channel.postMessage({ heard: id });
    try {
      const handler = this.#answers[what];
      if (!handler) throw new Refused("UNKNOWN_ERROR", `the ${this.#me} page has no answer to this`);
      this.#channel.postMessage({ re: id, answer: await handler(about) });
    } catch (error) {
      if (!(error instanceof Refused)) console.error(error);
      const { errorName, message } =
        error instanceof Refused ? error : new Refused("UNKNOWN_ERROR", `the ${this.#me} page failed`);
      this.#channel.postMessage({ re: id, refused: { errorName, errorMessage: message } });
    }
  }
}
