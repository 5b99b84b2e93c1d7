// `@sd-jwt/sd-jwt-vc` (the platform's library), its status lists, and `jose`: reads one question
// from stdin and writes one answer to stdout. See ../node_peers.rs.
import { readFileSync } from "node:fs";
import { ES256, digest, generateSalt } from "@sd-jwt/crypto-nodejs";
import { StatusList, createHeaderAndPayload, getListFromStatusListJWT } from "@sd-jwt/jwt-status-list";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { SignJWT, importJWK, jwtVerify } from "jose";

const question = JSON.parse(readFileSync(0, "utf8"));
const { issuer, holder, now } = question;

const instance = new SDJwtVcInstance({
  signer: await ES256.getSigner(issuer.private),
  verifier: await ES256.getVerifier(issuer.public),
  signAlg: "ES256",
  hasher: digest,
  hashAlg: "sha-256",
  saltGenerator: generateSalt,
  kbSigner: await ES256.getSigner(holder.private),
  kbSignAlg: "ES256",
  kbVerifier: async (data, signature, payload) => (await ES256.getVerifier(payload.cnf.jwk))(data, signature),
  statusListFetcher: async (uri) => question.lists[uri],
});

/** What was verified, or that it was refused. */
const outcome = async (work) => {
  try {
    return await work();
  } catch (error) {
    return { refused: String(error.message ?? error) };
  }
};
const verify = (token, options) =>
  outcome(async () => (await instance.verify(token, { currentDate: now, ...options })).payload);

const verified = [];
for (const { token, options } of question.verify) verified.push(await verify(token, options));

// A holder with this library presents our credential.
const presented = await instance.present(question.present.token, question.present.frame, {
  kb: { payload: { iat: now, aud: question.challenge.audience, nonce: question.challenge.nonce } },
});

// An issuer with this library issues a credential.
const issued = await instance.issue(question.issue.claims, question.issue.frame, { header: { kid: issuer.public.kid } });

// Status lists: reads ours, and creates one.
const publicKey = await importJWK(issuer.public, "ES256");
const statuses = {};
for (const [uri, token] of Object.entries(question.lists)) {
  const { payload } = await jwtVerify(token, publicKey, { typ: "statuslist+jwt", currentDate: new Date(now * 1000), subject: uri });
  const list = getListFromStatusListJWT(token);
  statuses[uri] = { bits: payload.status_list.bits, values: question.indices.map((index) => list.getStatus(index)) };
}
const { header, payload } = createHeaderAndPayload(
  new StatusList(question.theirList.values, question.theirList.bits),
  { iss: "https://issuer.example", sub: question.theirList.uri, iat: now, exp: now + 600 },
  { alg: "ES256", typ: "statuslist+jwt", kid: issuer.public.kid },
);
const theirList = await new SignJWT(payload).setProtectedHeader(header).sign(await importJWK(issuer.private, "ES256"));

// W3C credentials as JWTs.
const w3c = (await jwtVerify(question.w3c, publicKey, { typ: "vc+jwt" })).payload;
const theirW3c = await new SignJWT(question.theirW3c)
  .setProtectedHeader({ alg: "ES256", typ: "vc+jwt", kid: issuer.public.kid })
  .sign(await importJWK(issuer.private, "ES256"));

console.log(JSON.stringify({ verified, presented, issued, statuses, theirList, w3c, theirW3c }));
