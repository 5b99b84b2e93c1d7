// Digital Bazaar's Data Integrity suites: reads one question from stdin and writes one answer to stdout.
// See ../node_peers.rs.
import { readFileSync } from "node:fs";
import * as bbs2023 from "@digitalbazaar/bbs-2023-cryptosuite";
import * as Bls12381Multikey from "@digitalbazaar/bls12-381-multikey";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import * as EcdsaMultikey from "@digitalbazaar/ecdsa-multikey";
import { cryptosuite as ecdsaRdfc2019 } from "@digitalbazaar/ecdsa-rdfc-2019-cryptosuite";
import * as ecdsaSd2023 from "@digitalbazaar/ecdsa-sd-2023-cryptosuite";
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import { cryptosuite as eddsaRdfc2022 } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import jsigs from "jsonld-signatures";

const question = JSON.parse(readFileSync(0, "utf8"));
const { AssertionProofPurpose } = jsigs.purposes;

const whole = (cryptosuite) => ({ sign: () => cryptosuite, verify: () => cryptosuite });
const selective = (suite) => ({
  sign: () => suite.createSignCryptosuite({ mandatoryPointers: question.mandatoryPointers }),
  disclose: () => suite.createDiscloseCryptosuite({ selectivePointers: question.selectivePointers }),
  verify: () => suite.createVerifyCryptosuite(),
});
const suites = {
  "ecdsa-rdfc-2019": { ...whole(ecdsaRdfc2019), generate: (options) => EcdsaMultikey.generate({ curve: "P-256", ...options }) },
  "eddsa-rdfc-2022": { ...whole(eddsaRdfc2022), generate: (options) => Ed25519Multikey.generate(options) },
  "ecdsa-sd-2023": { ...selective(ecdsaSd2023), generate: (options) => EcdsaMultikey.generate({ curve: "P-256", ...options }) },
  "bbs-2023": {
    ...selective(bbs2023),
    generate: (options) => Bls12381Multikey.generateBbsKeyPair({ algorithm: "BBS-BLS12-381-SHA-256", ...options }),
  },
};
const suite = suites[question.suite];

const theirs = await suite.generate({ id: `${question.controller}#theirs`, controller: question.controller });
const ours = {
  "@context": "https://w3id.org/security/multikey/v1",
  id: question.verificationMethod,
  type: "Multikey",
  controller: question.controller,
  publicKeyMultibase: question.publicKeyMultibase,
};
const theirPublicKey = await theirs.export({ publicKey: true, includeContext: true });
const controller = {
  "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
  id: question.controller,
  assertionMethod: [ours.id, theirPublicKey.id],
};
const documents = {
  ...question.contexts, [ours.id]: ours, [theirPublicKey.id]: theirPublicKey, [controller.id]: controller,
};
const documentLoader = async (url) => {
  if (!documents[url]) throw new Error(`not here: ${url}`);
  return { contextUrl: null, documentUrl: url, document: documents[url] };
};
const purpose = () => new AssertionProofPurpose({ controller });
const verify = async (document) => {
  const proof = new DataIntegrityProof({ cryptosuite: suite.verify() });
  const result = await jsigs.verify(document, { suite: proof, purpose: purpose(), documentLoader });
  return result.verified ? "verified" : String(result.error?.errors?.[0] ?? result.error);
};

const verified = [];
for (const document of question.verify) verified.push(await verify(document));
const signed = await jsigs.sign(question.sign, {
  suite: new DataIntegrityProof({ signer: theirs.signer(), cryptosuite: suite.sign(), date: question.date }),
  purpose: purpose(),
  documentLoader,
});
const derive = (document) => jsigs.derive(document, {
  suite: new DataIntegrityProof({ cryptosuite: suite.disclose() }), purpose: purpose(), documentLoader,
});
const derived = suite.disclose ? await derive(signed) : signed;
const derivedFromOurs = question.base ? await derive(question.base) : null;

console.log(JSON.stringify({
  verified, signed, derived, derivedFromOurs, publicKeyMultibase: theirPublicKey.publicKeyMultibase, verificationMethod: theirPublicKey.id,
}));
