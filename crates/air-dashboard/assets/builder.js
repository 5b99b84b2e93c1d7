// The schema builder's comfort: rows without a round trip, and a preview as one types. The form works without.
const form = document.querySelector("form.builder");
const rows = document.getElementById("rows");
const preview = document.getElementById("preview");
let waiting;
let asked = 0;

async function show() {
  asked += 1;
  const mine = asked;
  const answer = await fetch("/dashboard/schemas/preview", { method: "POST", body: new URLSearchParams(new FormData(form)) });
  // A later question may have been answered first.
  if (!answer.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  preview.replaceChildren(...page.body.childNodes);
}

function showSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(show, 250);
}

function add(event) {
  event.preventDefault();
  const last = rows.lastElementChild;
  const number = rows.children.length;
  const row = last.cloneNode(true);
  for (const element of row.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
    for (const attribute of ["id", "name", "for", "aria-describedby"]) {
      const value = element.getAttribute(attribute);
      if (value) element.setAttribute(attribute, value.replace(/-\d+(?=$|-hint$)/, `-${number}`));
    }
  }
  for (const input of row.querySelectorAll("input")) {
    if (input.type === "checkbox") input.checked = false;
    else input.value = "";
  }
  for (const select of row.querySelectorAll("select")) select.selectedIndex = 0;
  row.querySelector("legend").textContent = `Attribute ${number + 1}`;
  rows.append(row);
  form.elements.rows.value = number + 1;
  row.querySelector("input").focus();
  showSoon();
}

document.getElementById("add").addEventListener("click", (event) => {
  // At the form's limit the platform says so.
  if (rows.children.length < 256) add(event);
});
form.addEventListener("input", showSoon);
