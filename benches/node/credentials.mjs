// SD-JWT VCs and status lists with `@sd-jwt`, the platform's own: medians in nanoseconds, as JSON. Its packages are those of air-vc's tests.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { median } from "./median.mjs";

const require = createRequire(new URL("../../crates/air-vc/tests/node/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { ES256, digest, generateSalt } = await load("@sd-jwt/crypto-nodejs");
const { StatusList, createHeaderAndPayload, getListFromStatusListJWT } = await load("@sd-jwt/jwt-status-list");
const { SDJwtVcInstance } = await load("@sd-jwt/sd-jwt-vc");

const { subject } = JSON.parse(readFileSync(new URL("../subject.json", import.meta.url)));
const { privateKey, publicKey } = await ES256.generateKeyPair();
const holder = await ES256.generateKeyPair();
const signer = await ES256.getSigner(privateKey);
const verifier = await ES256.getVerifier(publicKey);
const instance = new SDJwtVcInstance({
  signer, verifier, signAlg: "ES256", hasher: digest, hashAlg: "sha-256", saltGenerator: generateSalt,
  kbSigner: await ES256.getSigner(holder.privateKey), kbSignAlg: "ES256",
  kbVerifier: async (data, signature, payload) => (await ES256.getVerifier(payload.cnf.jwk))(data, signature),
});
const iat = Math.floor(Date.now() / 1000);
const claims = { iss: "https://issuer.example", vct: "urn:air:KycIdentity", iat, exp: iat + 86_400, cnf: { jwk: holder.publicKey }, ...subject };
const issue = () => instance.issue(claims, { _sd: Object.keys(subject) }, { header: { kid: "k" } });
const credential = await issue();
const frame = Object.fromEntries(Object.keys(subject).map((name) => [name, true]));
const bound = await instance.present(credential, frame, { kb: { payload: { iat, aud: "a", nonce: "n" } } });

const values = new Array(1_000_000).fill(0);
for (let n = 0n; n < 10_000n; n++) values[Number(((n * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn) % 1_000_000n)] = 1;
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const signList = async () => {
  const parts = createHeaderAndPayload(
    new StatusList(values, 1), { iss: claims.iss, sub: "https://issuer.example/statuslist/1", iat }, { alg: "ES256", typ: "statuslist+jwt" });
  const input = `${encoded(parts.header)}.${encoded(parts.payload)}`;
  return `${input}.${await signer(input)}`;
};
const list = await signList();
const verifyList = async () => {
  const at = list.lastIndexOf(".");
  if (!(await verifier(list.slice(0, at), list.slice(at + 1)))) throw new Error("refused");
  return getListFromStatusListJWT(list);
};

console.log(JSON.stringify({
  "credential-issue": await median(issue),
  "credential-verify": await median(() => instance.verify(credential)),
  "credential-verify-bound": await median(() => instance.verify(bound, { keyBindingNonce: "n" })),
  "status-list-sign": await median(signList, { rounds: 7, warmup: 1 }),
  "status-list-verify": await median(verifyList, { rounds: 7, warmup: 1 }),
}));
