// Calls to the platform, from a page of its own origin.
import { Refused } from "./channel.js";

/** @typedef {{ partnerId: string, user: string | null }} Caller for which partner, and who is believed to be logged in */

/**
 * @param {Caller} caller
 * @param {string} path below /airkit/v1
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function call(caller, path, body = {}) {
  /** @type {Record<string, string>} */
  const headers = { "content-type": "application/json", "x-air-partner": caller.partnerId };
  if (caller.user) headers["x-air-user"] = caller.user;
  const answered = await send(path, headers, body);
  const answer = await answered.json().catch(() => null);
  if (answered.ok && answer) return answer;
  throw new Refused(
    answer?.errorName ?? "INTERNAL_SERVER_ERROR",
    answer?.errorMessage ?? answer?.message ?? `the platform answered ${answered.status}`,
  );
}

/** @param {string} path @param {Record<string, string>} headers @param {object} body */
async function send(path, headers, body) {
  try {
    return await fetch(`/airkit/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    throw new Refused("INTERNAL_SERVER_ERROR", "the platform can't be reached; is it still running?");
  }
}
