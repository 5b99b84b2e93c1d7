// The question to a user before the wallet signs for a page: it names the page's owner and every signed value.
import { element, logo } from "./panel.js";

/** @param {string} host of the page that asks @param {string | null} picture @param {Uint8Array<ArrayBuffer>} message */
export function messageOf(host, picture, message) {
  const text = decoded(message);
  const shown = text === null ? `0x${hex(message)}` : visible(text);
  return {
    title: "Sign this message?",
    body: [
      ...asked(host, picture),
      ...(text === null ? [element("p", { className: "hint" }, "The message is not text. These are its bytes.")] : []),
      element("pre", { className: "message" }, shown),
    ],
    agree: "Sign",
    deny: "Refuse",
  };
}

/** @param {string} host of the page that asks @param {string | null} picture @param {{ primaryType: string, domain: [string, string][], message: [string, string][] }} data */
export function typedDataOf(host, picture, { primaryType, domain, message }) {
  return {
    title: "Sign this data?",
    body: [
      ...asked(host, picture),
      element("p", {}, "It names this as the place that the signature is for:"),
      rows(domain),
      element("p", {}, "You would sign, as ", element("strong", {}, visible(primaryType)), ":"),
      rows(message),
    ],
    agree: "Sign",
    deny: "Refuse",
  };
}

/** @param {string} host @param {string | null} picture */
function asked(host, picture) {
  const warning = "Anyone who has the signature can use it in your name. Sign only what you understand.";
  return [
    ...logo(picture),
    element("p", {}, element("strong", {}, visible(host)), " asks for a signature of your wallet."),
    element("p", { className: "warning" }, warning),
  ];
}

/** @param {[string, string][]} values */
function rows(values) {
  const children = values.flatMap(([path, value]) => [element("dt", {}, visible(path)), element("dd", {}, visible(value))]);
  return children.length > 0 ? element("dl", {}, ...children) : element("p", { className: "hint" }, "(nothing)");
}

/** Text without characters that hide or reorder others: they are shown by their numbers. @param {string} text */
function visible(text) {
  return text.replace(/[^\n\P{C}]|[\u2028\u2029]/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
