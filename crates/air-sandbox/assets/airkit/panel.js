// The visible panel: one at a time, with one heading, in a frame that the partner's page shows and hides on request.

/**
 * Makes an element. Text is text: nothing that comes from elsewhere is markup.
 * @param {string} tag @param {Record<string, any>} [properties] @param {(Node | string)[]} children @returns {any}
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) /** @type {any} */ (made)[name] = value;
    else made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/**
 * @typedef {object} Question
 * @property {string | (Node | string)[]} title
 * @property {(Node | string)[]} body
 * @property {string} agree what the button says that goes on
 * @property {string} [deny] what the button says that refuses; without, there is none
 * @property {string} [cancel] what the button says that closes
 * @property {() => Promise<any>} [take] what going on does; if it throws a `Correction`, the panel says so and stays
 */

/**
 * A partner's logo, for a panel that names the partner; nothing where there is none. The name says what the picture would.
 * @param {string | null | undefined} path @returns {Node[]}
 */
export function logo(path) {
  return path ? [element("img", { className: "logo", src: path, alt: "" })] : [];
}

/** Text of somebody else's: its direction moves nothing around it. @param {string} text @returns {Node} */
export function name(text) {
  return element("bdi", {}, text);
}

/** Why what was typed can't be taken. */
export class Correction extends Error {}

/** Shows panels, through the partner's page. */
export class Panel {
  #show;
  #footer;
  /** @type {(() => void) | null} */
  #close = null;
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #hiding;

  /**
   * @param {(visible: boolean) => void} show asks the partner's page to show or hide this frame
   * @param {() => Node[]} [footer] what stands below each question
   */
  constructor(show, footer = () => []) {
    this.#show = show;
    this.#footer = footer;
    window.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  /** Rejects the pending answer, if there is one. */
  close() {
    this.#close?.();
  }

  /**
   * Asks: `{ answer: "agreed", value }`, `{ answer: "denied" }` or `{ answer: "cancelled" }`.
   * @param {Question} question @returns {Promise<{ answer: "agreed" | "denied" | "cancelled", value?: any }>}
   */
  ask(question) {
    const turn = this.#turn.then(() => this.#ask(question));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** @param {Question} question @returns {Promise<any>} */
  #ask(question) {
    return new Promise((resolve) => {
      clearTimeout(this.#hiding);
      let isOpen = true;
      const end = (/** @type {object} */ answer) => {
        // An action that began before the panel was closed may end later.
        if (!isOpen) return;
        isOpen = false;
        this.#close = null;
        // A next question replaces this one in the same frame, which must not be hidden in between: it would lose the focus.
        this.#hiding = setTimeout(() => this.#show(false));
        main().replaceChildren();
        resolve(answer);
      };
      this.#close = () => end({ answer: "cancelled" });
      const problem = element("p", { className: "problem", role: "alert" });
      const agree = element("button", { type: "submit", className: "primary" }, question.agree);
      const buttons = element("div", { className: "buttons" }, agree);
      if (question.deny) {
        buttons.append(button(question.deny, () => end({ answer: "denied" })));
      }
      if (question.cancel) {
        buttons.append(button(question.cancel, () => this.close()));
      }
      const heading = element("h1", { tabIndex: -1, id: "heading" }, ...[question.title].flat());
      // The buttons stay visible below what is read, which scrolls, by the keyboard too.
      const body = element("div", { className: "body", tabIndex: 0, role: "group", "aria-labelledby": "heading" }, ...question.body);
      const form = element("form", { noValidate: true }, body, problem, buttons);
      form.addEventListener("submit", async (/** @type {Event} */ event) => {
        event.preventDefault();
        agree.disabled = true;
        problem.textContent = "";
        try {
          end({ answer: "agreed", value: await question.take?.() });
        } catch (error) {
          problem.textContent =
            error instanceof Correction ? error.message : "That did not work. Try again, or close this.";
          if (!(error instanceof Correction)) console.error(error);
          agree.disabled = false;
          form.querySelector("input")?.focus();
        }
      });
      main().replaceChildren(element("div", { className: "card" }, heading, form, ...this.#footer()));
      this.#show(true);
      // A frame that is hidden takes no focus, and draws nothing: at the first drawing it is shown.
      requestAnimationFrame(() => (form.querySelector("input") ?? heading).focus());
    });
  }
}

/** A labelled input. @param {string} label @param {Record<string, any>} properties */
export function field(label, properties) {
  const input = element("input", { required: true, ...properties });
  return { input, row: element("label", {}, element("span", {}, label), input) };
}

/** @param {string} text @param {() => void} press */
function button(text, press) {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", press);
  return made;
}

function main() {
  return /** @type {HTMLElement} */ (document.getElementById("panel"));
}
