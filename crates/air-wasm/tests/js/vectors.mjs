// The public vectors, from the crates that contain them.

import { readFileSync } from "node:fs";

const read = (path) => JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8"));

export const vectors = {
  eip712: read("air-crypto/tests/vectors/ethereum/eip712-mail-example.json"),
  cak: read("air-crypto/tests/vectors/cak-v1.json"),
  hpke: read("air-crypto/tests/vectors/hpke-base.json"),
  anchor: {
    proof: read("air-ledger/tests/vectors/anvil/proof.json"),
    trusted: read("air-ledger/tests/vectors/anvil/trusted.json"),
  },
  rfc9901: read("air-vc/tests/vectors/rfc9901.json"),
};
