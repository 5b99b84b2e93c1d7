// W3C credentials with proofs over RDF by Digital Bazaar's suites: medians in nanoseconds, as JSON. Its packages are those of air-ssi's tests,
// and its document is that of air-ssi's bench.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { median } from "./median.mjs";

const ssi = new URL("../../crates/air-ssi/", import.meta.url);
const require = createRequire(new URL("tests/node/package.json", ssi));
const read = (path) => JSON.parse(readFileSync(new URL(path, ssi)));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const bbs2023 = await load("@digitalbazaar/bbs-2023-cryptosuite");
const Bls12381Multikey = await load("@digitalbazaar/bls12-381-multikey");
const { DataIntegrityProof } = await load("@digitalbazaar/data-integrity");
const EcdsaMultikey = await load("@digitalbazaar/ecdsa-multikey");
const { cryptosuite: ecdsaRdfc2019 } = await load("@digitalbazaar/ecdsa-rdfc-2019-cryptosuite");
const ecdsaSd2023 = await load("@digitalbazaar/ecdsa-sd-2023-cryptosuite");
const Ed25519Multikey = await load("@digitalbazaar/ed25519-multikey");
const { cryptosuite: eddsaRdfc2022 } = await load("@digitalbazaar/eddsa-rdfc-2022-cryptosuite");
const { default: jsigs } = await load("jsonld-signatures");

const { context, credential } = read("benches/document.json");
const mandatoryPointers = ["/issuer", "/validFrom"];
const selectivePointers = ["/credentialSubject/isOver18", "/credentialSubject/riskScore"];
const whole = (cryptosuite) => ({ sign: () => cryptosuite, verify: () => cryptosuite });
const selective = (suite) => ({
  sign: () => suite.createSignCryptosuite({ mandatoryPointers }),
  disclose: () => suite.createDiscloseCryptosuite({ selectivePointers }),
  verify: () => suite.createVerifyCryptosuite(),
});
const p256 = (options) => EcdsaMultikey.generate({ curve: "P-256", ...options });
const suites = {
  "ecdsa-rdfc-2019": { ...whole(ecdsaRdfc2019), generate: p256 },
  "eddsa-rdfc-2022": { ...whole(eddsaRdfc2022), generate: (options) => Ed25519Multikey.generate(options) },
  "ecdsa-sd-2023": { ...selective(ecdsaSd2023), generate: p256 },
  "bbs-2023": {
    ...selective(bbs2023),
    generate: (options) => Bls12381Multikey.generateBbsKeyPair({ algorithm: "BBS-BLS12-381-SHA-256", ...options }),
  },
};

// The library adds proofs to the document that it gets, so each call gets a copy.
const figures = {};
const rounds = { rounds: 11, warmup: 20 };
for (const [name, suite] of Object.entries(suites)) {
  const issuer = credential.issuer;
  const key = await suite.generate({ id: `${issuer}#key-1`, controller: issuer });
  const publicKey = await key.export({ publicKey: true, includeContext: true });
  const controller = {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
    id: issuer,
    assertionMethod: [publicKey.id],
  };
  const documents = {
    "https://www.w3.org/ns/credentials/v2": read("tests/vectors/vc-contexts/credentials-v2.jsonld"),
    "https://issuer.example/kyc.jsonld": context,
    [publicKey.id]: publicKey,
    [controller.id]: controller,
  };
  const documentLoader = async (url) => {
    if (!documents[url]) throw new Error(`unknown document: ${url}`);
    return { contextUrl: null, documentUrl: url, document: documents[url] };
  };
  const options = (proof) => ({
    suite: new DataIntegrityProof(proof), purpose: new jsigs.purposes.AssertionProofPurpose({ controller }), documentLoader,
  });
  const issue = () => jsigs.sign(structuredClone(credential), options({ signer: key.signer(), cryptosuite: suite.sign(), date: credential.validFrom }));
  const derive = (signed) => jsigs.derive(structuredClone(signed), options({ cryptosuite: suite.disclose() }));
  const signed = await issue();
  const shown = suite.disclose ? await derive(signed) : signed;
  const verify = async () => {
    const result = await jsigs.verify(structuredClone(shown), options({ cryptosuite: suite.verify() }));
    if (!result.verified) throw result.error;
  };
  figures[`${name}/issue`] = await median(issue, rounds);
  if (suite.disclose) figures[`${name}/derive`] = await median(() => derive(signed), rounds);
  figures[`${name}/verify`] = await median(verify, rounds);
}
console.log(JSON.stringify(figures));
