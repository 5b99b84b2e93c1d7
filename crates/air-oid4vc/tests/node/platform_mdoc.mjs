// A wallet of `@openid4vc` and `@owf/mdoc` (OpenWallet Foundation): receives mdocs from a running issuer, verifies them, and
// presents one to a running verifier. Reads one question from stdin and writes one answer to stdout. See
// crates/air-sandbox/tests/openid4vc/node.rs.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  DeviceRequest,
  DocRequest,
  Holder,
  IssuerSigned,
  ItemsRequest,
  SessionTranscript,
} from "@owf/mdoc";
import { DcqlQuery } from "dcql";
import { calculateJwkThumbprint, exportJWK } from "jose";
import { context, coseKey } from "./mdoc.mjs";
import { keys, readRequest, receive, respond } from "./wallet.mjs";

const question = JSON.parse(readFileSync(0, "utf8"));
const { token, credentials, holders } = await receive(question);
const root = new Uint8Array(new X509Certificate(question.authority).raw);
const held = credentials.map(({ credential }) => IssuerSigned.fromEncodedForOid4Vci(credential));
for (const issuerSigned of held) {
  await Holder.verifyIssuerSigned({ issuerSigned, trustedCertificates: [root], now: new Date() }, context);
}

// Presents.
const resolved = await readRequest(question.request);
const request = resolved.authorizationRequestPayload;
const query = DcqlQuery.parse(request.dcql_query);
DcqlQuery.validate(query);
const [{ id, meta, claims: asked }] = query.credentials;
const namespace = meta.doctype_value;
const claims = held[0].getPrettyClaims(namespace);
const matches = DcqlQuery.query(query, [
  {
    credential_format: "mso_mdoc",
    doctype: namespace,
    namespaces: { [namespace]: claims },
    cryptographic_holder_binding: true,
  },
]);
const [encryptionKey] = request.client_metadata.jwks?.keys ?? [];
const thumbprint = encryptionKey && Buffer.from(await calculateJwkThumbprint(encryptionKey), "base64url");
const sessionTranscript = await SessionTranscript.forOid4Vp(
  {
    clientId: request.client_id,
    nonce: request.nonce,
    responseUri: request.response_uri,
    jwkThumbprint: thumbprint ? new Uint8Array(thumbprint) : undefined,
  },
  context,
);
const holderKey = keys.get(await calculateJwkThumbprint(holders[0].publicJwk));
const wanted = Object.fromEntries(asked.map(({ path }) => [path[1], true]));
const itemsRequest = ItemsRequest.create({ docType: namespace, namespaces: { [namespace]: wanted } });
const response = await Holder.createDeviceResponseForDeviceRequest(
  {
    deviceRequest: DeviceRequest.create({ docRequests: [DocRequest.create({ itemsRequest })] }),
    sessionTranscript,
    issuerSigned: [held[0]],
    signature: { signingKey: coseKey(await exportJWK(holderKey)) },
  },
  context,
);
const submitted = await respond(request, { [id]: [response.encodedForOid4Vp] });

process.stdout.write(
  JSON.stringify({
    tokenType: token.accessTokenResponse.token_type,
    credentials: credentials.map(({ credential }) => credential),
    claims,
    canBeSatisfied: matches.can_be_satisfied,
    responseMode: request.response_mode,
    presented: response.encodedForOid4Vp,
    status: submitted.response.status,
  }),
);
