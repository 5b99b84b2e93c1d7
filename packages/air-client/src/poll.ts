/** When {@link AirClient.waitUntilAnchored} asks for the status, in milliseconds. */
export interface PollSchedule {
  /** The first wait. Each further wait is twice as long. */
  firstMs: number;
  /** The longest wait. */
  longestMs: number;
  /** When polling stops. A last request is sent then. */
  deadlineMs: number;
}

/** The documented schedule: at once, after 1 s, then doubled up to 30 s, for 10 minutes. */
export const HOSTED_SCHEDULE: PollSchedule = {
  firstMs: 1_000,
  longestMs: 30_000,
  deadlineMs: 600_000,
};

/** A schedule for a platform on this machine, which anchors quickly. */
export const LOCAL_SCHEDULE: PollSchedule = {
  firstMs: 50,
  longestMs: 1_000,
  deadlineMs: 30_000,
};

/** The minimum wait of any schedule. */
const SHORTEST = 10;

/** Returns the waits between requests, without end. */
export function* waits(schedule: PollSchedule): Generator<number, never> {
  const longest = Math.max(schedule.longestMs, SHORTEST);
  let wait = Math.min(Math.max(schedule.firstMs, SHORTEST), longest);
  for (;;) {
    yield wait;
    wait = Math.min(2 * wait, longest);
  }
}
