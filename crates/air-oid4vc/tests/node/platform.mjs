// A wallet of `@openid4vc` (OpenWallet Foundation), jose and `@sd-jwt`: receives credentials from a running issuer and
// presents one to a running verifier. Reads one question from stdin and writes one answer to stdout. See
// crates/air-sandbox/tests/openid4vc/node.rs.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { DcqlPresentation, DcqlQuery } from "dcql";
import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import { hash, keys, readRequest, receive, respond } from "./wallet.mjs";

/** The key identifier in the Authority Key Identifier (RFC 5280, 4.2.1.1) of a certificate that has no other member there. */
const authorityKeyId = (certificate) => {
  const der = Buffer.from(certificate, "base64");
  // The extension's object identifier, an octet string, a sequence, and the identifier with the tag 0.
  const start = der.indexOf(Buffer.from("0603551d23", "hex")) + 11;
  return der.subarray(start, start + der[start - 1]).toString("base64url");
};

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
const [{ id, claims: asked, trusted_authorities: authorities }] = query.credentials;
const header = JSON.parse(Buffer.from(held.split(".")[0], "base64url"));
const authority = { type: "aki", values: [authorityKeyId(header.x5c[0])] };
const matchesOf = (authority) =>
  DcqlQuery.query(query, [
    { credential_format: "dc+sd-jwt", vct: claims.vct, claims, cryptographic_holder_binding: true, authority },
  ]);
const frame = Object.fromEntries(asked.map(({ path }) => [path[0], true]));
const transactions = resolved.transactionData ?? [];
const hashes = transactions.map(({ encoded }) => hash(encoded, "sha-256").toString("base64url"));
const presentation = await instance.present(held, frame, {
  kb: {
    payload: {
      iat: Math.floor(Date.now() / 1000),
      aud: request.client_id,
      nonce: request.nonce,
      ...(hashes.length > 0 && { transaction_data_hashes: hashes }),
    },
  },
});
const submitted = await respond(request, { [id]: [presentation] });

process.stdout.write(
  JSON.stringify({
    tokenType: token.accessTokenResponse.token_type,
    credentials: credentials.map(({ credential }) => credential),
    verified: verified.payload,
    canBeSatisfied: matchesOf(authority).can_be_satisfied,
    // Whether a credential of another authority satisfies the query too.
    takesOthers: matchesOf({ type: "aki", values: ["b3RoZXI"] }).can_be_satisfied,
    authorities: (authorities ?? []).map(({ type }) => type),
    transactions: transactions.map(({ transactionData }) => transactionData.type),
    version: resolved.version,
    clientIdPrefix: resolved.client.prefix,
    responseMode: request.response_mode,
    status: submitted.response.status,
    presented: DcqlPresentation.parse({ [id]: [presentation] }) !== undefined,
  }),
);
