// What a user is asked before anything is issued or shown, in plain words.
import { element, logo } from "./panel.js";

/** @param {{ issuer: string, title: string, fields: { title: string, value: unknown }[], cak: object | null }} offer @param {string | null} picture of the issuer */
export function offerOf({ issuer, title, fields, cak }, picture) {
  return {
    title: "Take this credential?",
    body: [
      ...logo(picture),
      element("p", {}, element("strong", {}, issuer), " offers you the credential ", element("strong", {}, title), ". It says:"),
      element("dl", {}, ...fields.flatMap(({ title, value }) => [element("dt", {}, title), element("dd", {}, text(value))])),
      ...(cak
        ? [
            element(
              "p",
              {},
              `Documents that go with it will be sealed with a key of your wallet. ${issuer} gets the public half: it can seal with it, and can't open.`,
            ),
          ]
        : []),
    ],
    agree: "Take it",
    deny: "No, thanks",
  };
}

/** @param {{ verifier: string, statement: string, attributes: string[], asksForCak: boolean }} consent @param {string} app @param {string | null} picture of the verifier */
export function requestOf({ verifier, statement, asksForCak }, app, picture) {
  const [first, ...rest] = statement.split(/(?<=\.) /);
  return {
    title: `Show this to ${verifier}?`,
    body: [
      ...logo(picture),
      element("p", {}, first),
      ...(rest.length > 0 ? [element("p", { className: asksForCak ? "warning" : "" }, rest.join(" "))] : []),
      element("p", { className: "hint" }, `You came here from ${app}. If you refuse, it hears that you did, and nothing else.`),
    ],
    agree: asksForCak ? "Agree, and give the key" : "Agree",
    deny: "Refuse",
  };
}

/** @param {unknown} value */
function text(value) {
  if (value === true) return "yes";
  if (value === false) return "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
