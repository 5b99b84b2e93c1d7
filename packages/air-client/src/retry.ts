/** The upper bound of the first wait; it doubles with each attempt. */
const FIRST_BACKOFF = 200;
/** The upper bound of all waits, except those that the platform requires. */
const LONGEST_BACKOFF = 10_000;
/** The upper bound of waits that the platform requires. */
const LONGEST_ASKED = 3_600_000;

/** Time and randomness of a client. Tests replace them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits. Rejects with the signal's reason when it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/**
 * Returns the wait before the next attempt: random up to 200 ms, doubled with each attempt up to
 * 10 s, added to the wait that the platform requires, so that clients do not retry together.
 */
export function backoff(attempt: number, asked: number | undefined, clock: Clock): number {
  const longest = Math.min(FIRST_BACKOFF * 2 ** Math.max(attempt - 1, 0), LONGEST_BACKOFF);
  return (asked ?? 0) + longest * clock.random();
}

/**
 * Parses `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. Returns milliseconds, at most an
 * hour, and zero for a date in the past.
 */
export function retryAfter(text: string | null, now: number): number | undefined {
  const value = text?.trim() ?? "";
  if (/^[0-9]+$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_ASKED);
  if (!/^[A-Z][a-z]{2,8},? /.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), LONGEST_ASKED);
}

/**
 * Runs work with a signal that aborts after a time, or with the caller's signal. `onTimeout` creates
 * the error after the time.
 */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  onTimeout: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const forward = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", forward, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, milliseconds);
  try {
    return await work(controller.signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (isLate) throw onTimeout();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", forward);
  }
}
