// Digital Bazaar's libraries for Data Integrity and Bitstring Status Lists: reads one question from
// stdin and writes one answer to stdout. See ../w3c_peers.rs.
import { readFileSync } from "node:fs";
import * as EcdsaMultikey from "@digitalbazaar/ecdsa-multikey";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { createSignCryptosuite, createVerifyCryptosuite } from "@digitalbazaar/ecdsa-jcs-2019-cryptosuite";
import { createCredential, createList, decodeList } from "@digitalbazaar/vc-bitstring-status-list";
import jsigs from "jsonld-signatures";

const question = JSON.parse(readFileSync(0, "utf8"));
const { AssertionProofPurpose } = jsigs.purposes;

const key = await EcdsaMultikey.fromJwk({ jwk: question.jwk, secretKey: true, id: question.verificationMethod, controller: question.controller });
const publicKey = await key.export({ publicKey: true, includeContext: true });
const controller = {
  "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
  id: question.controller,
  assertionMethod: [publicKey],
};
const documents = { [publicKey.id]: publicKey, [controller.id]: controller };
const documentLoader = async (url) => {
  if (!documents[url]) throw new Error(`not here: ${url}`);
  return { contextUrl: null, documentUrl: url, document: documents[url] };
};
const purpose = () => new AssertionProofPurpose({ controller });

const verify = async (document) => {
  const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() });
  const result = await jsigs.verify(document, { suite, purpose: purpose(), documentLoader });
  return result.verified ? "verified" : String(result.error?.errors?.[0] ?? result.error);
};
const verified = [];
for (const document of question.verify) verified.push(await verify(document));

const signed = await jsigs.sign(question.sign, {
  suite: new DataIntegrityProof({ signer: key.signer(), cryptosuite: createSignCryptosuite(), date: question.date }),
  purpose: purpose(),
  documentLoader,
});

// Status lists: decodes ours, and creates one.
const ours = await decodeList({ encodedList: question.list.encodedList });
const statuses = question.list.indices.map((index) => ours.getStatus(index));
const list = await createList({ length: question.theirList.length });
for (const index of question.theirList.set) list.setStatus(index, true);
const theirList = await createCredential({
  id: question.theirList.id, list, statusPurpose: "revocation", context: ["https://www.w3.org/ns/credentials/v2"],
});

console.log(JSON.stringify({ verified, signed, statuses, theirList }));
