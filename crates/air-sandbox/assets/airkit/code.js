// The one-time code that the platform sends to an address, which proves that the user reads it.
import { Refused } from "./channel.js";
import { Correction, element, field, name } from "./panel.js";

/**
 * Asks for the code that was sent to an address.
 * @param {import("./panel.js").Panel["ask"]} ask
 * @param {{ title: string, agree: string, email: string, why?: (Node | string)[], take: (code: string) => Promise<any> }} about
 *   `take` sends the code to the platform
 */
export function askForCode(ask, { title, agree, email, why = [], take }) {
  const { row, input } = field("Your code", { inputMode: "numeric", autocomplete: "one-time-code", maxLength: 12 });
  return ask({
    title,
    body: [
      ...why,
      element("p", {}, "The platform sent a message with a code to ", name(email), "."),
      row,
      element("p", { className: "hint" }, "Six digits, valid for ten minutes. Without a message, close this and try again: at most five times in an hour."),
    ],
    agree,
    cancel: "Cancel",
    take: () => take(input.value.trim()).catch(corrected),
  });
}

/** @param {unknown} error @returns {never} */
function corrected(error) {
  if (error instanceof Refused && error.errorName === "PERMISSION_NOT_ENABLED") {
    throw new Correction("The code is wrong, or no longer valid. After five wrong codes, close this and try again.");
  }
  throw error;
}
