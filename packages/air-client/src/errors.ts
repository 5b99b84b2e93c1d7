/** The reason that a call failed. */
export type AirErrorCode =
  /** An option or argument is invalid. Nothing was sent. */
  | "INVALID_ARGUMENT"
  /** The signing key is invalid or of an unsupported type. */
  | "KEY_REJECTED"
  /** The client has no signing key. Nothing was sent. */
  | "NO_SIGNING_KEY"
  /** The key did not sign a Partner JWT. Nothing was sent. */
  | "NOT_SIGNED"
  /** The connection failed: the platform did not receive the call. */
  | "UNREACHABLE"
  /** The certificate of the platform is not trusted: the platform did not receive the call. */
  | "UNTRUSTED_CERTIFICATE"
  /** No response in time: the platform may have executed the call. */
  | "TIMED_OUT"
  /** The connection broke before the response was read: the platform may have executed the call. */
  | "ANSWER_LOST"
  /** 400, 413, 422: the platform rejected the input. */
  | "REJECTED"
  /** 401, 403: the platform rejected the token or the call. */
  | "NOT_AUTHORISED"
  /** 404: no such issuer, program or hash. */
  | "NOT_FOUND"
  /** 409: a duplicate, or the user denied consent. */
  | "CONFLICT"
  /** 409 with `Retry-After`: a call with the same idempotency key is in progress. */
  | "IN_PROGRESS"
  /** 429: too many requests. */
  | "RATE_LIMITED"
  /** 5xx: the platform failed. */
  | "PLATFORM_FAILED"
  /** A response that does not match the documentation. */
  | "UNEXPECTED_ANSWER"
  /** Not anchored before the deadline. Check the status later, and do not issue again. */
  | "NOT_ANCHORED"
  /** A callback that its sender did not sign, or that is too old. */
  | "CALLBACK_REJECTED"
  /** The journal of a new bulk run exists already. */
  | "JOURNAL_EXISTS"
  /** Another run is writing the journal. */
  | "JOURNAL_IN_USE"
  /** The journal was changed, or has an unsupported version. */
  | "JOURNAL_DAMAGED"
  /** The journal belongs to another run. */
  | "JOURNAL_OF_ANOTHER"
  /** A resumed run could issue its last rows twice. */
  | "WOULD_REPEAT"
  /** Some rows of a bulk run have no outcome. Resume the run. */
  | "ROWS_LEFT";

/** The facts of an {@link AirError}. */
export interface AirErrorFacts {
  /** The HTTP status, if the platform responded. */
  status?: number | undefined;
  /** The platform's request ID. */
  requestId?: string | undefined;
  /** The wait that the platform requires, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** Whether the call can be repeated without being executed twice. Defaults to true. */
  isSafeToRepeat?: boolean | undefined;
  /** The error of the caller's own code, such as a signer. */
  cause?: unknown;
}

/** The maximum length of a platform's message. */
const MESSAGE_LIMIT = 500;
/** The codes after which the same call may succeed later without a change. */
const RETRYABLE: readonly AirErrorCode[] = [
  "UNREACHABLE",
  "TIMED_OUT",
  "ANSWER_LOST",
  "IN_PROGRESS",
  "RATE_LIMITED",
  "PLATFORM_FAILED",
  "NOT_ANCHORED",
  "ROWS_LEFT",
];

/**
 * An error of this package. It contains no token, key or claim. Messages of the platform are cut,
 * and text in them that looks like a token or secret is replaced.
 */
export class AirError extends Error {
  /** The reason. */
  readonly code: AirErrorCode;
  /** The HTTP status, if the platform responded. */
  readonly status: number | undefined;
  /** The platform's request ID. */
  readonly requestId: string | undefined;
  /** The wait that the platform requires, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /**
   * Whether the call can be repeated without being executed twice: it was not executed, it changes
   * nothing, or the platform detects the repetition by its idempotency key. False if unknown.
   */
  readonly isSafeToRepeat: boolean;

  constructor(code: AirErrorCode, message: string, facts: AirErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "AirError";
    this.code = code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
    this.isSafeToRepeat = facts.isSafeToRepeat ?? true;
  }

  /** Whether the same call may succeed later without a change. */
  get isRetryable(): boolean {
    return RETRYABLE.includes(this.code);
  }
}

/** Returns a platform's message without control characters, tokens and secrets. */
export function shown(message: string): string {
  return message
    .slice(0, MESSAGE_LIMIT)
    .replace(/\p{Cc}+/gu, " ")
    .replace(/eyJ[\w-]+(?:\.[\w-]*)*/g, "[token]")
    .replace(/whsec_[\w+/=-]+/g, "[secret]");
}

/** Returns the error of an invalid argument. */
export function invalid(message: string): AirError {
  return new AirError("INVALID_ARGUMENT", message);
}
