// A credential's page: follows the proof of its anchor from the leaf to the root in the browser (RFC 9162, 2.1.3.2). Whether the contract
// has this root is for a node of the reader's to say.
const place = document.getElementById("anchor-check");

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
const hex = (hash) => Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function sha256(...parts) {
  const whole = new Uint8Array(parts.flatMap((part) => [...part]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

// The root that the path leads to; null if the path has the wrong length.
async function rootOf(hash, { leafIndex, treeSize, path }) {
  let node = await sha256([0], bytes(hash));
  let index = leafIndex;
  let last = treeSize - 1;
  if (index > last) return null;
  const half = (number) => Math.floor(number / 2);
  for (const sibling of path) {
    if (last === 0) return null;
    if (index % 2 === 1 || index === last) {
      node = await sha256([1], bytes(sibling), node);
      while (index % 2 === 0 && index !== 0) [index, last] = [half(index), half(last)];
    } else {
      node = await sha256([1], node, bytes(sibling));
    }
    [index, last] = [half(index), half(last)];
  }
  return last === 0 ? hex(node) : null;
}

async function check(hash) {
  const answer = await fetch(`/sandbox/v1/ledger/anchor-proofs/${hash}`);
  if (!answer.ok) throw new Error(`the platform answered ${answer.status}`);
  const { coreClaimHash, inclusion, anchor } = await answer.json();
  const isIncluded = coreClaimHash === hash && (await rootOf(hash, inclusion)) === inclusion.root;
  if (!isIncluded) return ["problem", "Not verified: the proof does not lead from this credential to its root."];
  return [
    "notice",
    `Verified in this page: leaf ${inclusion.leafIndex + 1} of ${inclusion.treeSize} leads to the root ${inclusion.root}. `
      + `A node of chain ${anchor.chainId} says whether the contract has it.`,
  ];
}

// Only pages of loopback or https have the hash function.
if (place && globalThis.crypto?.subtle) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Check the proof in this page";
  button.addEventListener("click", async () => {
    button.disabled = true;
    const found = document.createElement("p");
    found.setAttribute("role", "status");
    try {
      [found.className, found.textContent] = await check(place.dataset.hash);
    } catch (error) {
      [found.className, found.textContent] = ["problem", `Not checked: ${error.message}.`];
    }
    place.replaceChildren(button, found);
    button.disabled = false;
  });
  place.append(button);
}
