// A credential's page: checks the proof of its anchor in the browser, with the module `anchor` of air-wasm. The page has no node to ask:
// the reader brings the hash of a block.
import init, { verifyAnchor, verifyInclusion } from "/dashboard/anchor/air_wasm.js";

const place = document.getElementById("anchor-check");

function element(name, members = {}, ...children) {
  const made = Object.assign(document.createElement(name), members);
  made.append(...children);
  return made;
}

/** A message below the controls: a `notice`, or a `problem`. */
function message(className, text) {
  const made = element("p", { className }, text);
  made.setAttribute("role", className === "problem" ? "alert" : "status");
  return made;
}

/** Runs a check, and returns its message. The module's errors say what is wrong. */
async function outcome(check) {
  try {
    return message("notice", await check());
  } catch (error) {
    return message("problem", `Not verified: ${error.message}.`);
  }
}

async function readProof(hash) {
  const [answer] = await Promise.all([fetch(`/sandbox/v1/ledger/anchor-proofs/${hash}`), init()]);
  if (!answer.ok) throw new Error(`the platform answered ${answer.status}`);
  return answer.text();
}

/** From the credential to the ledger's root. */
function checkPath(hash, file) {
  const shown = verifyInclusion(file);
  if (shown.coreClaimHash !== hash) throw new Error("the proof is of another credential");
  const { chainId, contract } = JSON.parse(file).anchor;
  const next = shown.hasEvidence
    ? `Block ${shown.evidenceBlock} shows whether the contract has this root.`
    : `A node of chain ${chainId} says whether the contract ${contract} has this root: the chain has no storage proofs.`;
  return [shown, `Leaf ${shown.leafIndex + 1} of ${shown.treeSize} leads to the root ${shown.root}. ${next}`];
}

/** From the root to a block that the reader knows. */
function checkBlock(file, form) {
  const { chainId } = JSON.parse(file).anchor;
  const value = (name) => form.elements[name].value.trim();
  const options = { chainId, contract: value("contract"), codeHash: value("codeHash"), blockHash: value("blockHash") };
  const { block } = verifyAnchor(file, options);
  const at = new Date(block.timestamp * 1000).toISOString().replace("T", " ").slice(0, 19);
  return `Verified in this page: in block ${block.number}, of ${at} UTC, the contract had the root. `
    + "The credential was in the ledger by then, and the ledger was not rewritten since.";
}

function field(name, label, value, hint) {
  const id = `anchor-${name}`;
  const input = element("input", { id, name, value, type: "text", required: true, autocomplete: "off", spellcheck: false });
  input.setAttribute("aria-describedby", `${id}-hint`);
  return element("div", { className: "field" },
    element("label", { htmlFor: id }, label), input, element("p", { className: "hint", id: `${id}-hint` }, hint));
}

/** The form for the block's hash, which a page can't know. */
function blockForm(file, { evidenceBlock }) {
  const { contract, codeHash } = JSON.parse(file).anchor;
  const known = "As the platform states it: compare it with the one that you know.";
  const found = element("div");
  const form = element("form", {},
    field("contract", "Contract", contract, known),
    field("codeHash", "Hash of its code", codeHash, known),
    field("blockHash", `Hash of block ${evidenceBlock}`, "", "From a node of your own: 0x and 64 hex digits."),
    element("button", { type: "submit" }, "Check against the block"), found);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    found.replaceChildren(await outcome(() => checkBlock(file, form)));
  });
  return form;
}

async function check(hash) {
  try {
    const file = await readProof(hash);
    const [shown, text] = checkPath(hash, file);
    return [message("notice", text), ...(shown.hasEvidence ? [blockForm(file, shown)] : [])];
  } catch (error) {
    return [message("problem", `Not verified: ${error.message}.`)];
  }
}

if (place) {
  const button = element("button", { type: "button" }, "Check the proof in this page");
  const found = element("div");
  button.addEventListener("click", async () => {
    button.disabled = true;
    found.replaceChildren(...(await check(place.dataset.hash)));
    button.disabled = false;
  });
  place.append(button, found);
}
