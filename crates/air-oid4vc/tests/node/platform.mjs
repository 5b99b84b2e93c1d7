// A wallet of `@openid4vc` (OpenWallet Foundation), jose and `@sd-jwt`: receives credentials from a running issuer and
// presents one to a running verifier. Reads one question from stdin and writes one answer to stdout. See
// crates/air-sandbox/tests/openid4vc/node.rs.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { DcqlPresentation, DcqlQuery } from "dcql";
import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import { hash, keys, readRequest, receive, respond } from "./wallet.mjs";

const question = JSON.parse(readFileSync(0, "utf8"));
const { token, credentials } = await receive(question);

// Verifies, with the keys and the type metadata that the credential names.
const held = credentials[0].credential;
const payload = JSON.parse(Buffer.from(held.split(".")[1], "base64url"));
const at = new URL(payload.iss);
const keySet = await (await fetch(`${at.origin}/.well-known/jwt-vc-issuer${at.pathname}`)).json();
const issuerKey = await importJWK(keySet.jwks.keys[0], "ES256");
const verifier = async (data, signature) => {
  try {
    await compactVerify(`${data}.${signature}`, issuerKey);
    return true;
  } catch {
    return false;
  }
};
const holderKey = keys.get(await calculateJwkThumbprint(payload.cnf.jwk));
const instance = new SDJwtVcInstance({
  verifier,
  hasher: (data, name) => hash(data, name),
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
const verified = await instance.verify(held);

// Presents.
const resolved = await readRequest(question.request);
const request = resolved.authorizationRequestPayload;
const query = DcqlQuery.parse(request.dcql_query);
DcqlQuery.validate(query);
const claims = await instance.getClaims(held);
const matches = DcqlQuery.query(query, [
  { credential_format: "dc+sd-jwt", vct: claims.vct, claims, cryptographic_holder_binding: true },
]);
const [{ id, claims: asked }] = query.credentials;
const frame = Object.fromEntries(asked.map(({ path }) => [path[0], true]));
const presentation = await instance.present(held, frame, {
  kb: { payload: { iat: Math.floor(Date.now() / 1000), aud: request.client_id, nonce: request.nonce } },
});
const submitted = await respond(request, { [id]: [presentation] });

process.stdout.write(
  JSON.stringify({
    tokenType: token.accessTokenResponse.token_type,
    credentials: credentials.map(({ credential }) => credential),
    verified: verified.payload,
    canBeSatisfied: matches.can_be_satisfied,
    version: resolved.version,
    clientIdPrefix: resolved.client.prefix,
    responseMode: request.response_mode,
    status: submitted.response.status,
    presented: DcqlPresentation.parse({ [id]: [presentation] }) !== undefined,
  }),
);
