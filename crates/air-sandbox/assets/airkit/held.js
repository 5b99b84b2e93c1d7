// The user's credentials with their states and claims, below the wallet's questions. They are read when the list is opened, and again while it
// is open.
import { call } from "./backend.js";
import { claims } from "./consent.js";
import { element, name } from "./panel.js";

/** How often an open list is read, in milliseconds. */
const INTERVAL = 5_000;

/**
 * @typedef {object} HeldCredential times are in Unix seconds
 * @property {string} coreClaimHash
 * @property {string} title
 * @property {string} issuer
 * @property {"valid" | "expired" | "revoked"} status
 * @property {number} issuedAt
 * @property {number | null} expiresAt
 * @property {number | null} revokedAt
 * @property {boolean} isCopy
 *
 * @typedef {object} Held
 * @property {HeldCredential[]} credentials newest first
 * @property {boolean} hasMore
 * @property {boolean} isOfPartner whether only the credentials of the page's own partner are listed
 *
 * @typedef {object} Item a credential in the list
 * @property {HTMLElement} row
 * @property {(held: HeldCredential) => void} update
 */

/**
 * A closed list of what the user holds.
 * @param {import("./backend.js").Caller} caller @returns {Node}
 */
export function heldList(caller) {
  const list = element("div", { className: "held-list", tabIndex: 0, role: "group", "aria-label": "Your credentials" });
  const details = element("details", { className: "held" }, element("summary", {}, "Your credentials"), list);
  /** @type {Map<string, Item>} */
  const items = new Map();
  let isReading = false;
  const read = async () => {
    if (isReading) return;
    isReading = true;
    while (details.open && details.isConnected) {
      await show(list, items, caller);
      await new Promise((done) => setTimeout(done, INTERVAL));
    }
    isReading = false;
  };
  details.addEventListener("toggle", read);
  return details;
}

/** @param {HTMLElement} list @param {Map<string, Item>} items @param {import("./backend.js").Caller} caller */
async function show(list, items, caller) {
  try {
    const held = await call(caller, "credentials");
    const rows = held.credentials.map((/** @type {HeldCredential} */ credential) => row(items, credential, caller));
    const shown = list.querySelectorAll("li");
    const isSame = rows.length > 0 && rows.length === shown.length && rows.every((/** @type {Node} */ each, /** @type {number} */ place) => each === shown[place]);
    // Rows that stay where they are keep the focus, and stay open.
    if (!isSame) list.replaceChildren(...listed(rows, held));
  } catch (error) {
    console.error(error);
    list.replaceChildren(element("p", { className: "hint" }, "The list can't be loaded now."));
  }
}

/** @param {HTMLElement[]} rows @param {Held} held @returns {Node[]} */
function listed(rows, { hasMore, isOfPartner }) {
  if (rows.length === 0) {
    const nothing = isOfPartner ? "You have no credential of this app's partner yet." : "You have no credential yet.";
    return [element("p", { className: "hint" }, nothing)];
  }
  const rest = [];
  if (isOfPartner) rest.push(element("p", { className: "hint" }, "This list has only the credentials of this app's partner, because no code has proved your address here."));
  if (hasMore) rest.push(element("p", { className: "hint" }, "You have more credentials."));
  return [element("ul", {}, ...rows), ...rest];
}

/**
 * The row of a credential, with its current state.
 * @param {Map<string, Item>} items @param {HeldCredential} held @param {import("./backend.js").Caller} caller @returns {HTMLElement}
 */
function row(items, held, caller) {
  const item = items.get(held.coreClaimHash) ?? made(held, caller);
  items.set(held.coreClaimHash, item);
  item.update(held);
  return item.row;
}

/**
 * A row that shows dates and claims when it is opened. The claims never change, so they are read once.
 * @param {HeldCredential} held @param {import("./backend.js").Caller} caller @returns {Item}
 */
function made({ coreClaimHash, title, issuer, isCopy }, caller) {
  const state = element("span", { className: "status" });
  const dates = element("p", { className: "hint" });
  const said = element("div", {});
  const copy = isCopy ? [", for another wallet"] : [];
  const summary = element("summary", {}, element("strong", {}, name(title)), " from ", name(issuer), ...copy, " ", state);
  const details = element("details", {}, summary, dates, said);
  let isRead = false;
  details.addEventListener("toggle", async () => {
    if (!details.open || isRead) return;
    isRead = true;
    try {
      const { fields } = await call(caller, "credentials/claims", { coreClaimHash });
      said.replaceChildren(claims(fields));
    } catch (error) {
      console.error(error);
      isRead = false;
      said.replaceChildren(element("p", { className: "hint" }, "The claims can't be loaded now. Close this and open it again."));
    }
  });
  return {
    row: element("li", {}, details),
    update(held) {
      // Text that stays the same is not written again: a screen reader would read it again.
      if (state.dataset.status === held.status) return;
      state.dataset.status = held.status;
      state.textContent = held.status;
      dates.replaceChildren(...datesOf(held));
    },
  };
}

/** @param {HeldCredential} held @returns {(Node | string)[]} */
function datesOf({ status, issuedAt, expiresAt, revokedAt }) {
  const issued = ["Issued ", day(issuedAt)];
  if (revokedAt !== null) return [...issued, ", revoked ", day(revokedAt), "."];
  if (expiresAt === null) return [...issued, ", never expires."];
  return [...issued, status === "expired" ? ", expired " : ", expires ", day(expiresAt), "."];
}

/** A day in UTC. @param {number} seconds @returns {Node} */
function day(seconds) {
  const text = new Date(seconds * 1000).toISOString();
  return element("time", { dateTime: text }, text.slice(0, 10));
}
