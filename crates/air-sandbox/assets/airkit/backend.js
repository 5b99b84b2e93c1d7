// Calls to the platform, from a page of its own origin.
import { Refused } from "./channel.js";

/**
 * @typedef {object} Caller who calls; only what the platform answered to `open` stands here
 * @property {string} partnerId the partner that the platform found
 * @property {string | null} user who is believed to be logged in
 * @property {string} [ticket] the platform's word for whose page this is: each later call carries it
 * @property {() => Promise<any>} [renew] asks for another ticket
 */

/** The platform's name for a ticket that it does not take (any more). */
const TICKET_OVER = "TOKEN_EXPIRED";

/**
 * Asks whether this partner's page may have this one in it. What the partner's page says counts only after the platform has agreed.
 * @param {Caller} caller
 * @param {{ partnerId: string, origin: string }} opening
 * @returns {Promise<any>}
 */
export async function open(caller, { partnerId, origin }) {
  const renew = async () => {
    const answer = await post("open", {}, { partnerId: String(partnerId), origin });
    caller.partnerId = answer.partnerId;
    caller.ticket = answer.ticket;
    return answer;
  };
  const answer = await renew();
  caller.renew = renew;
  return answer;
}

/**
 * @param {Caller} caller
 * @param {string} path below /airkit/v1
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function call(caller, path, body = {}) {
  try {
    return await post(path, headersOf(caller), body);
  } catch (error) {
    if (!(error instanceof Refused) || error.errorName !== TICKET_OVER || !caller.renew) throw error;
    await caller.renew();
    return post(path, headersOf(caller), body);
  }
}

/** @param {Caller} caller @returns {Record<string, string>} */
function headersOf({ ticket, user }) {
  return { "x-air-page": ticket ?? "", ...(user && { "x-air-user": user }) };
}

/** @param {string} path @param {Record<string, string>} headers @param {object} body */
async function post(path, headers, body) {
  const answered = await send(path, { "content-type": "application/json", ...headers }, body);
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
