// The questions to a user about predicate proofs. The sentences come from the request that the wallet answers, and from the issuer's scheme.
import { claims } from "./consent.js";
import { element, logo, name } from "./panel.js";

/** @typedef {{ attribute: string, operator: string, value: any }} Condition */
/** @typedef {{ conditions?: Condition[], disclose?: string[] }} Request */
/** @typedef {{ name: string, title?: string, type: string }} Attribute */

/**
 * @param {object} asked
 * @param {string} asked.verifier
 * @param {Request} asked.request
 * @param {Attribute[]} asked.attributes of the issuer's scheme
 * @param {Record<string, unknown> | null} asked.subject of the credential that answers, or null if the user has none
 * @param {boolean} asked.isRepeated whether the same program asked a short time ago
 * @param {string} app @param {string | null} picture of the verifier
 */
export function proofRequestOf({ verifier, request, attributes, subject, isRepeated }, app, picture) {
  const { proved, shown, hidden } = partsOf(request, attributes, subject);
  return {
    title: [name(verifier), " asks you to prove something"],
    body: [
      ...logo(picture),
      ...(proved.length > 0
        ? [element("h2", {}, subject === null ? "Asked to prove" : "Proved, without showing the value"), element("ul", {}, ...proved.map((sentence) => element("li", {}, ...sentence)))]
        : []),
      ...(shown.length > 0 ? [element("h2", {}, "Shown"), claims(shown)] : []),
      ...(hidden.length > 0 ? [element("h2", {}, "Not shown"), element("p", {}, ...hiddenOf(hidden))] : []),
      ...(shown.length === 0 && subject !== null ? [element("p", {}, name(verifier), " can't recognise you by this proof.")] : []),
      ...(subject === null
        ? [element("p", { className: "warning" }, "You have no valid credential for this. If you agree, ", name(verifier), " hears that, and gets no proof.")]
        : []),
      ...(isRepeated
        ? [element("p", { className: "warning" }, name(verifier), " asked you less than a minute ago. Many narrow conditions together find a value.")]
        : []),
      element("p", { className: "hint" }, "Experimental: this method was not audited."),
      element("p", { className: "hint" }, "You came here from ", name(app), ". If you refuse, it hears that you did, and nothing else."),
    ],
    agree: subject === null ? "Agree" : "Prove it",
    deny: "Refuse",
  };
}

/** What a user is told whose credential does not satisfy a condition. @param {string} verifier */
export function unsatisfiedOf(verifier) {
  return {
    title: "A condition does not hold",
    body: [
      element("p", {}, "Your credential does not satisfy what ", name(verifier), " asks for, so there is no proof. No value leaves your wallet."),
      element("p", {}, "If you agree, ", name(verifier), " hears that you don't satisfy its conditions. If you refuse, it hears only that you refused."),
    ],
    agree: "Tell it",
    deny: "Refuse",
  };
}

/** What a user is told at the end. @param {string} verifier @param {string} status */
export function provenOf(verifier, status) {
  const isProven = status === "Compliant";
  return {
    title: isProven ? "Proved" : "No proof",
    body: [
      isProven
        ? element("p", {}, "The platform checked your proof, and ", name(verifier), " gets it with the result: its conditions hold.")
        : element("p", {}, name(verifier), " got no proof. It hears the status ", element("strong", {}, name(status)), "."),
    ],
    agree: "Done",
  };
}

/** What a user is told when no proof can be made, and why. @param {string} reason a sentence without its full stop */
export function noProofOf(reason) {
  return {
    title: "No proof was made",
    body: [element("p", {}, "The app gets no proof and no value. The reason: ", name(reason), ".")],
    agree: "Close",
  };
}

/** Why the pages of a platform without the module prove nothing. */
export const NO_MODULE =
  "this platform has no module for proofs in pages; its operator can install the folder air-zk-browser beside the program air-zk, and start the platform again";

/**
 * Sorts what is asked. A condition that one value satisfies says the value.
 * @param {Request} request @param {Attribute[]} attributes @param {Record<string, unknown> | null} subject
 */
function partsOf({ conditions = [], disclose = [] }, attributes, subject) {
  /** @type {Map<string, unknown>} */
  const shown = new Map();
  const known = (/** @type {string} */ attribute) => attributes.find((each) => each.name === attribute);
  const title = (/** @type {string} */ attribute) => known(attribute)?.title ?? attribute;
  for (const attribute of disclose) shown.set(attribute, subject?.[attribute]);
  for (const condition of conditions) {
    const only = onlyValue(condition);
    if (only !== undefined && !shown.has(condition.attribute)) shown.set(condition.attribute, only);
  }
  const open = conditions.filter(({ attribute }) => !shown.has(attribute));
  const proved = open.map((condition) => [name(title(condition.attribute)), ...sentence(condition, known(condition.attribute)?.type ?? "")]);
  const tested = new Set(open.map(({ attribute }) => attribute));
  const hidden = attributes.filter((each) => !shown.has(each.name) && !tested.has(each.name)).map((each) => title(each.name));
  return { proved, hidden, shown: [...shown].map(([attribute, value]) => ({ title: title(attribute), value })) };
}

/** The only value that satisfies a condition, if there is one. @param {Condition} condition */
function onlyValue({ operator, value }) {
  if (operator === "equals") return value;
  if (operator === "in" && value.length === 1) return value[0];
  if (operator === "between" && value[0] === value[1]) return value[0];
  return undefined;
}

/** @param {Condition} condition @param {string} type of the attribute @returns {(Node | string)[]} */
function sentence({ operator, value }, type) {
  const isTime = type === "date" || type === "dateTime" || type === "date-time";
  const text = (/** @type {any} */ each) => name(written(each, type));
  switch (operator) {
    case "less":
      return [isTime ? " is before " : " is less than ", text(value), "."];
    case "greater":
      return [isTime ? " is after " : " is more than ", text(value), "."];
    case "between":
      return [" is between ", text(value[0]), " and ", text(value[1]), ", both included."];
    case "in":
      return [" is ", ...list(value.map(text), " or "), "."];
    case "not equals":
      return [" is not ", text(value), "."];
    case "not in":
      return [" is neither ", ...list(value.map(text), " nor "), "."];
    default:
      return [" satisfies a condition that this page does not know. Refuse it."];
  }
}

/** @param {Node[]} parts @param {string} last @returns {(Node | string)[]} */
function list(parts, last) {
  return parts.flatMap((part, place) => (place === 0 ? [part] : [place === parts.length - 1 ? last : ", ", part]));
}

/** @param {any} value @param {string} type */
function written(value, type) {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (type === "date" && /^\d{4}-\d\d-\d\d$/.test(String(value))) {
    return new Date(`${value}T00:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  }
  return String(value);
}

/** @param {string[]} titles @returns {(Node | string)[]} */
function hiddenOf([first, ...others]) {
  if (others.length === 0) return [name(first), "."];
  const rest = others.length === 1 ? " and 1 other value." : ` and ${others.length} other values.`;
  return [name(first), rest];
}
