// The schema builder's comfort: rows without a round trip. The form works without.
const form = document.querySelector("form.builder");
const rows = document.getElementById("rows");

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
  form.dispatchEvent(new Event("input"));
}

document.getElementById("add").addEventListener("click", (event) => {
  // At the form's limit the platform says so.
  if (rows.children.length < 256) add(event);
});
