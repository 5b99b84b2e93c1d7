// The wallet's functions of `@digitalbazaar/oid4-client` with a running issuer and verifier. Reads one question from stdin and writes
// one answer to stdout. See crates/air-sandbox/tests/openid4vc/node.rs.
//
// Version 5.10 is not yet a wallet of the final specifications, and the answer shows each reason:
// * Discovery requires `issuer` in the issuer's metadata, which is a draft's. Its proofs have no `typ` and no `iat`.
// * `x509_hash` fails: it calls a method that pkijs does not have, and expects base64 in place of base64url.
// * Its responses have no `state`, which is required if the request has one (OpenID4VP 1.0, section 8.1).
// So `@openid4vc` receives the credential and reads the request here, and `oid4-client` makes the responses. The script adds `state` to
// the plain one; the encrypted one is refused after its decryption.
import { readFileSync } from "node:fs";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { generateDIDProofJWT, getCredentialOffer, oid4vp, robustDiscoverIssuer } from "@digitalbazaar/oid4-client";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { CompactSign, calculateJwkThumbprint } from "jose";
import { hash, keys, readRequest, receive } from "./wallet.mjs";

const question = JSON.parse(readFileSync(0, "utf8"));

/** The message of an error and of its causes. */
const reason = (error) => (error ? `${error.message} ${reason(error.cause)}` : "");
const attempt = async (run) => {
  try {
    return { ok: await run() };
  } catch (error) {
    return { error: reason(error).trim() };
  }
};

const offer = await getCredentialOffer({ url: question.offer });
const discovery = await attempt(() => robustDiscoverIssuer({ issuer: offer.credential_issuer }));
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const proof = await generateDIDProofJWT({
  signer: {
    id: "did:example:1#1",
    algorithm: "P-256",
    sign: ({ data }) => sign("sha256", data, { key: privateKey, dsaEncoding: "ieee-p1363" }),
  },
  nonce: "nonce",
  iss: "did:example:1",
  aud: offer.credential_issuer,
});
const [header, payload] = proof.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));

// The credential is received with `@openid4vc`.
const { credentials } = await receive({ ...question, count: 1 });
const held = credentials[0].credential;
const { cnf } = JSON.parse(Buffer.from(held.split(".")[1], "base64url"));
const holderKey = keys.get(await calculateJwkThumbprint(cnf.jwk));
const instance = new SDJwtVcInstance({
  hasher: hash,
  hashAlg: "sha-256",
  saltGenerator: (length) => randomBytes(length).toString("base64url"),
  kbSignAlg: "ES256",
  kbSigner: async (data) => {
    const [header, body] = data.split(".");
    const signed = await new CompactSign(Buffer.from(body, "base64url"))
      .setProtectedHeader(JSON.parse(Buffer.from(header, "base64url")))
      .sign(holderKey);
    return signed.split(".")[2];
  },
});

const theirs = await attempt(() =>
  oid4vp.authzRequest.get({
    url: question.request,
    overrideMethod: "get",
    getTrustedCertificates: () => [question.authority],
  }),
);
const { authorizationRequestPayload: request } = await readRequest(question.request);

const [{ id, claims }] = request.dcql_query.credentials;
const presentation = await instance.present(held, Object.fromEntries(claims.map(({ path }) => [path[0], true])), {
  kb: { payload: { iat: Math.floor(Date.now() / 1000), aud: request.client_id, nonce: request.nonce } },
});
const vpToken = { [id]: [presentation] };
const isEncrypted = request.response_mode === "direct_post.jwt";
const { authorizationResponse } = await oid4vp.authzResponse.create({
  authorizationRequest: request,
  vpToken: isEncrypted ? vpToken : JSON.stringify(vpToken),
  vpTokenMediaType: "application/json",
});
const post = async (body) => {
  const options = { method: "POST", body: new URLSearchParams(body) };
  const answer = await fetch(request.response_uri, options);
  return { status: answer.status, body: await answer.json() };
};
const withoutState = await post(authorizationResponse);
const withState = isEncrypted ? null : await post({ ...authorizationResponse, state: request.state });

process.stdout.write(
  JSON.stringify({
    discovery: discovery.error,
    proof: { typ: header.typ ?? null, iat: payload.iat ?? null },
    request: theirs.error,
    clientIdScheme: oid4vp.authzRequest.getClientIdScheme({ authorizationRequest: request }),
    requestsSdJwt: oid4vp.authzRequest.requestsFormat({ authorizationRequest: request, format: "dc+sd-jwt" }),
    responseMode: request.response_mode,
    withoutState,
    withState,
  }),
);
