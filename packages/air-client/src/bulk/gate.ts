import type { Clock } from "../retry.js";

/** The initial window. */
const FIRST_WINDOW = 4;

/**
 * Limits concurrent calls: the window doubles with each round until the platform is overloaded, then
 * halves once for all concurrent calls, and grows by one with each round (AIMD).
 */
export class Gate {
  readonly #most: number;
  readonly #clock: Clock;
  #window: number;
  #isStarting = true;
  #halvedAt = -Infinity;
  #pausedUntil = 0;

  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
    this.#window = Math.min(FIRST_WINDOW, most);
  }

  /** The current maximum number of concurrent calls. */
  get window(): number {
    return Math.floor(this.#window);
  }

  /** Waits while the platform requires it. Returns the time at which the call starts. */
  async enter(signal: AbortSignal): Promise<number> {
    for (;;) {
      const wait = this.#pausedUntil - this.#clock.now();
      if (wait <= 0) return this.#clock.now();
      await this.#clock.sleep(wait, signal);
    }
  }

  /** Records that the platform kept up. */
  succeeded(): void {
    const more = this.#isStarting ? 1 : 1 / this.#window;
    this.#window = Math.min(this.#window + more, this.#most);
  }

  /** Records that a call that started at `since` was too much, and pauses new calls. */
  slowedDown(since: number, wait: number): void {
    this.#isStarting = false;
    if (since > this.#halvedAt) {
      this.#window = Math.max(this.#window / 2, 1);
      this.#halvedAt = this.#clock.now();
    }
    this.pause(wait);
  }

  /** Pauses new calls. */
  pause(wait: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + wait);
  }
}
