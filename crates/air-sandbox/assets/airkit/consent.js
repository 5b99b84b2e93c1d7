// What a user is asked before anything is issued or shown, in plain words.
import { element } from "./panel.js";

/** @param {{ issuer: string, title: string, fields: { title: string, value: unknown }[], cak: object | null }} offer */
export function offerOf({ issuer, title, fields, cak }) {
  return {
    title: "Take this credential?",
    body: [
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

/** @param {{ verifier: string, statement: string, attributes: string[], asksForCak: boolean }} consent @param {string} app */
export function requestOf({ verifier, statement, asksForCak }, app) {
  const [first, ...rest] = statement.split(/(?<=\.) /);
  return {
    title: `Show this to ${verifier}?`,
    body: [
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
