import { AirError, shown } from "./errors.js";
import { retryAfter } from "./retry.js";

/** A response with any status. */
export interface Answer {
  status: number;
  retryAfter: string | null;
  requestId: string | undefined;
  body: string;
}

/** The circumstances of a call. */
export interface Circumstances {
  host: string;
  isSafeToRepeat: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

/** The reasons that no usable response arrived. */
export type Loss = "UNREACHABLE" | "UNTRUSTED_CERTIFICATE" | "TIMED_OUT" | "ANSWER_LOST";

/** Returns the JSON of a success, or throws the error for the status. */
export function read(answer: Answer, call: Circumstances): unknown {
  const { status, requestId, body } = answer;
  if (status >= 200 && status < 300) {
    const json = parsed(body);
    if (json === undefined) throw unexpected("its body is not JSON", requestId);
    return json;
  }
  const message = messageOf(body) ?? `status ${status} without a reason`;
  const retryAfterMs = retryAfter(answer.retryAfter, call.now);
  const facts = { status, requestId, retryAfterMs };
  if (status === 401 || status === 403) {
    throw new AirError("NOT_AUTHORISED", `not authorised: ${message}`, facts);
  }
  // Usually a proxy's status: the platform behind it may have executed the call.
  if (status === 408) throw lost("TIMED_OUT", call.host, call.isSafeToRepeat, requestId);
  if (status === 404) throw new AirError("NOT_FOUND", `not found: ${message}`, facts);
  if (status === 409 && retryAfterMs !== undefined) {
    throw new AirError("IN_PROGRESS", "the same call is in progress; try again later", facts);
  }
  if (status === 409) throw new AirError("CONFLICT", `conflict: ${message}`, facts);
  if (status === 429) {
    throw new AirError("RATE_LIMITED", "the platform asks to slow down; try again later", facts);
  }
  if (status >= 500) {
    // With `Retry-After`, the platform did not start the call.
    const isSafeToRepeat = call.isSafeToRepeat || (status === 503 && retryAfterMs !== undefined);
    const text = `the platform failed with status ${status}: ${message}`;
    throw new AirError("PLATFORM_FAILED", text, { ...facts, isSafeToRepeat });
  }
  if (status >= 400) {
    throw new AirError("REJECTED", `the platform rejected the call: ${message}`, facts);
  }
  throw unexpected("its status is neither success nor failure", requestId);
}

/** Returns the error for a request without a response. */
export function lost(
  code: Loss,
  host: string,
  isSafeToRepeat: boolean,
  requestId?: string,
): AirError {
  const messages: Record<Loss, string> = {
    UNREACHABLE:
      `failed to connect to the platform at ${host}; check that it is running, and its URL`,
    UNTRUSTED_CERTIFICATE:
      `the certificate of the platform at ${host} is not trusted: name its issuer's certificate in `
      + "NODE_EXTRA_CA_CERTS",
    TIMED_OUT: `the platform at ${host} did not answer in time`,
    ANSWER_LOST: `the response of the platform at ${host} was lost`,
  };
  return new AirError(code, messages[code], { isSafeToRepeat, requestId });
}

/** Returns the error for a response that does not match the documentation. */
export function unexpected(reason: string, requestId?: string): AirError {
  const message = `unexpected response of the platform: ${reason}`;
  return new AirError("UNEXPECTED_ANSWER", message, { isSafeToRepeat: false, requestId });
}

/** Returns the error for a response whose body exceeds the limit. */
export function tooLong(requestId: string | undefined): AirError {
  return unexpected("it is too long", requestId);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** Returns the message of the platform's error body `{"error", "message"}`. */
function messageOf(body: string): string | undefined {
  const { message } = Object(parsed(body)) as { message?: unknown };
  return typeof message === "string" ? shown(message) : undefined;
}
