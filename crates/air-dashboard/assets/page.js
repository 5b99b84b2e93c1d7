// Comfort on every page: how long ago a time is, buttons that copy an id, a hash or a listing, and the preview of a form as one types. Pages
// work without it.
const now = Date.parse(document.body.dataset.now);
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
const FAR = 30 * 86_400;

// By the platform's clock, which may be set apart from this machine's.
for (const time of document.querySelectorAll("time[datetime]")) {
  const seconds = Math.round((Date.parse(time.dateTime) - now) / 1000);
  if (!(Math.abs(seconds) < FAR)) continue;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  time.title = `${time.textContent} UTC`;
  time.textContent = words.format(Math.trunc(seconds / size), unit);
}

function copyButton(name, text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${name}`);
  button.addEventListener("click", async (event) => {
    // In a summary, a click would fold the listing.
    event.preventDefault();
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}

// Only pages of loopback or https may write to the clipboard.
if (navigator.clipboard) {
  for (const id of document.querySelectorAll(".facts dd > code.id")) {
    const name = id.parentElement.previousElementSibling?.textContent ?? "id";
    id.after(copyButton(name, id.textContent));
  }
  for (const cell of document.querySelectorAll("tbody > tr > *")) addCopyButton(cell);
  addCopyButtons(document);
}

/** Adds a button for the id in a cell, or for the whole of a shortened hash, which is the code's tooltip. */
function addCopyButton(cell) {
  const code = cell.querySelector("code.id, code[title]");
  if (!code) return;
  const text = code.title || code.textContent;
  const head = cell.closest("table").querySelectorAll("thead th")[cell.cellIndex];
  const name = `${head?.textContent.trim() ?? "id"} ${text.slice(0, 10)}`;
  // A button must not be in a link.
  (code.closest("a") ?? code).after(copyButton(name, text));
}

function addCopyButtons(part) {
  for (const listing of part.querySelectorAll("details.listing")) {
    const title = listing.querySelector("summary");
    title.after(copyButton(title.textContent, listing.querySelector("code").textContent));
  }
}

/** Shows the preview of a form at each change, 250 ms after the last one. */
function preview(form) {
  const shown = document.getElementById("preview");
  let waiting;
  let asked = 0;
  const show = async () => {
    asked += 1;
    const mine = asked;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    // A later question may have been answered first.
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    shown.replaceChildren(...page.body.childNodes);
    if (navigator.clipboard) addCopyButtons(shown);
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 250);
  });
}

for (const form of document.querySelectorAll("form[data-preview]")) preview(form);
// A state that waits for a wallet: the page is loaded again when it has changed.
async function watch(watched) {
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const current = page.querySelector("[data-watched]");
    if (current?.dataset.watched !== watched.dataset.watched) {
      location.reload();
      return;
    }
  }
  setTimeout(watch, 2000, watched);
}

const watched = document.querySelector("[data-watched]");
if (watched) setTimeout(watch, 2000, watched);
