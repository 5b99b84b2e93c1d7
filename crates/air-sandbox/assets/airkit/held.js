// The user's credentials with their states, below the wallet's questions. They are read when the list is opened, and again while it is open.
import { call } from "./backend.js";
import { element, name } from "./panel.js";

/** How often an open list is read, in milliseconds. */
const INTERVAL = 5_000;

/**
 * @typedef {object} Held
 * @property {{ title: string, issuer: string, status: "valid" | "expired" | "revoked", isCopy: boolean }[]} credentials newest first
 * @property {boolean} hasMore
 * @property {boolean} isOfPartner whether only the credentials of the page's own partner are listed
 */

/**
 * A closed list of what the user holds.
 * @param {import("./backend.js").Caller} caller @returns {Node}
 */
export function heldList(caller) {
  const list = element("div", { className: "held-list", tabIndex: 0, role: "group", "aria-label": "Your credentials" });
  const details = element("details", { className: "held" }, element("summary", {}, "Your credentials"), list);
  let isReading = false;
  const read = async () => {
    if (isReading) return;
    isReading = true;
    while (details.open && details.isConnected) {
      await show(list, caller);
      await new Promise((done) => setTimeout(done, INTERVAL));
    }
    isReading = false;
  };
  details.addEventListener("toggle", read);
  return details;
}

/** @param {HTMLElement} list @param {import("./backend.js").Caller} caller */
async function show(list, caller) {
  try {
    const held = await call(caller, "credentials");
    list.replaceChildren(...shown(held));
  } catch (error) {
    console.error(error);
    list.replaceChildren(element("p", { className: "hint" }, "The list can't be loaded now."));
  }
}

/** @param {Held} held @returns {Node[]} */
function shown({ credentials, hasMore, isOfPartner }) {
  if (credentials.length === 0) {
    const nothing = isOfPartner ? "You have no credential of this app's partner yet." : "You have no credential yet.";
    return [element("p", { className: "hint" }, nothing)];
  }
  const items = credentials.map(({ title, issuer, status, isCopy }) => {
    const state = element("span", { className: "status" }, status);
    state.dataset.status = status;
    const copy = isCopy ? [", for another wallet"] : [];
    return element("li", {}, element("strong", {}, name(title)), " from ", name(issuer), ...copy, " ", state);
  });
  const rest = [];
  if (isOfPartner) rest.push(element("p", { className: "hint" }, "This list has only the credentials of this app's partner, because no code has proved your address here."));
  if (hasMore) rest.push(element("p", { className: "hint" }, "You have more credentials."));
  return [element("ul", {}, ...items), ...rest];
}
