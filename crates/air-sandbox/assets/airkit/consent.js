// The questions to a user before anything is issued or shown, in plain words.
import { Refused } from "./channel.js";
import { element, logo, name } from "./panel.js";

const URL_LIMIT = 2048;
const LOOPBACK = /^(localhost|([a-z0-9-]+\.)+localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** @param {{ issuer: string, title: string, fields: Field[], cak: object | null, isHosted: boolean }} offer @param {string | null} picture of the issuer */
export function offerOf({ issuer, title, fields, cak, isHosted }, picture) {
  return {
    title: "Take this credential?",
    body: [
      ...logo(picture),
      element("p", {}, element("strong", {}, name(issuer)), " offers you the credential ", element("strong", {}, name(title)), ". It says:"),
      claims(fields),
      ...(cak ? [keyOf(issuer, "it")] : []),
      ...(isHosted ? [element("p", { className: "hint" }, name(issuer), " issues it with its own service. It is stored so that only you can open it.")] : []),
    ],
    agree: "Take it",
    deny: "No, thanks",
  };
}

/**
 * What a user is told who has taken a credential of an issuer's own service.
 * @param {{ issuer: string, title: string, fields: Field[] }} received @param {string | null} picture of the issuer
 */
export function receivedOf({ issuer, title, fields }, picture) {
  return {
    title: "You have the credential",
    body: [
      ...logo(picture),
      element("p", {}, element("strong", {}, name(issuer)), " issued the credential ", element("strong", {}, name(title)), " to you. It says:"),
      claims(fields),
    ],
    agree: "Done",
  };
}

/**
 * What a user is asked about credentials that an issuer issued without the user.
 * @param {{ issuer: string, logo: string | null, credentials: { title: string, fields: Field[] }[] }} offer
 */
export function acceptanceOf({ issuer, logo: picture, credentials }) {
  const isOne = credentials.length === 1;
  return {
    title: ["Accept what ", name(issuer), " issued to you?"],
    body: [
      ...logo(picture),
      element("p", {}, element("strong", {}, name(issuer)), isOne ? " issued this credential while you were away:" : " issued these credentials while you were away:"),
      ...credentials.flatMap(({ title, fields }) => [element("h2", {}, name(title)), claims(fields)]),
      keyOf(issuer, isOne ? "it" : "them"),
      element(
        "p",
        { className: "hint" },
        "If you refuse, ",
        name(issuer),
        " gets no key, and can't issue to you again while you are away. It is not told now. If you close this, you are asked at your next login.",
      ),
    ],
    agree: "Accept",
    deny: "Refuse",
    cancel: "Later",
  };
}

/** @typedef {{ title: string, value?: unknown }} Field */

/** The claims with their titles. @param {Field[]} fields @returns {Node} */
export function claims(fields) {
  return element("dl", {}, ...fields.flatMap(({ title, value }) => [element("dt", {}, name(title)), element("dd", {}, name(text(value)))]));
}

/** What the key of a credential is for. @param {string} issuer @param {string} credential a pronoun */
function keyOf(issuer, credential) {
  return element(
    "p",
    {},
    `Documents that go with ${credential} will be sealed with a key of your wallet. `,
    name(issuer),
    " gets the public half: it can seal with it, and can't open.",
  );
}

/**
 * @typedef {object} Consent what a verifier asks for, in parts: no name can look like a sentence of ours
 * @property {string} verifier
 * @property {string} schemaTitle
 * @property {{ title: string }[]} tested claims that the conditions test
 * @property {{ title: string, value?: unknown }[]} shown claims that the verifier sees
 * @property {boolean} asksForCak
 */

/** @param {Consent} consent @param {string} app @param {string | null} picture of the verifier */
export function requestOf({ verifier, schemaTitle, tested, shown, asksForCak }, app, picture) {
  return {
    title: ["Show this to ", name(verifier), "?"],
    body: [
      ...logo(picture),
      element("p", {}, name(verifier), " asks to check ", ...checked(tested), "your credential “", name(schemaTitle), "”."),
      ...(shown.length > 0 ? [element("p", {}, "It sees:"), claims(shown)] : [element("p", {}, "It learns whether its conditions hold, and sees no value.")]),
      ...(asksForCak
        ? [
            element(
              "p",
              { className: "warning" },
              "It also asks for the key that opens the documents sealed with this credential. Once given, the key can't be taken back for these documents.",
            ),
          ]
        : []),
      element("p", { className: "hint" }, "You came here from ", name(app), ". If you refuse, it hears that you did, and nothing else."),
    ],
    agree: asksForCak ? "Agree, and give the key" : "Agree",
    deny: "Refuse",
  };
}

/** What a user is told who has no such credential, where the app says where there is one. @param {string} schemaTitle @param {URL} from */
export function absenceOf(schemaTitle, from) {
  const link = element("a", { href: from.href, target: "_top", rel: "noreferrer" }, "Get it at ", element("strong", {}, name(from.host)));
  return {
    title: ["You have no credential “", name(schemaTitle), "”"],
    body: [
      element("p", {}, link),
      element("p", { className: "hint" }, "The link leaves this app. If you go on without the credential, you are asked next what the app may hear."),
    ],
    agree: "Go on without it",
    deny: "Refuse",
  };
}

/**
 * Where an app sends users who lack a credential: https, or this machine.
 * @param {unknown} redirectUrl @returns {URL | null}
 */
export function placeOf(redirectUrl) {
  if (redirectUrl === undefined || redirectUrl === null || redirectUrl === "") return null;
  const refused = new Refused("INVALID_PARAMETER", "redirectUrl must be an https URL, or http on this machine, without a user name");
  if (typeof redirectUrl !== "string" || redirectUrl.length > URL_LIMIT || !URL.canParse(redirectUrl)) throw refused;
  const url = new URL(redirectUrl);
  const isHere = url.protocol === "http:" && LOOPBACK.test(url.hostname);
  if (!(url.protocol === "https:" || isHere) || url.username || url.password) throw refused;
  return url;
}

/** @param {{ title: string }[]} tested @returns {(Node | string)[]} */
function checked(tested) {
  const titles = tested.map(({ title }) => title);
  return titles.length > 0 ? [...list(titles), " of "] : [];
}

/** @param {string[]} names @returns {(Node | string)[]} */
function list(names) {
  return names.flatMap((each, place) => (place > 0 ? [", ", name(each)] : [name(each)]));
}

/** @param {unknown} value */
function text(value) {
  if (value === undefined) return "not in your credential";
  if (value === true) return "yes";
  if (value === false) return "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
