// A wallet of `@openid4vc` (OpenWallet Foundation), jose and `@sd-jwt`: receives credentials from a running issuer and
// presents one to a running verifier. Reads one question from stdin and writes one answer to stdout. See
// crates/air-sandbox/tests/openid4vc/node.rs.
import { X509Certificate, createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setGlobalConfig } from "@openid4vc/oauth2";
import { Openid4vciClient } from "@openid4vc/openid4vci";
import { Openid4vpClient } from "@openid4vc/openid4vp";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { DcqlPresentation, DcqlQuery } from "dcql";
import {
  CompactEncrypt,
  CompactSign,
  calculateJwkThumbprint,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
} from "jose";

// The platform of the test is on this machine, without a certificate.
setGlobalConfig({ allowInsecureUrls: true });
const question = JSON.parse(readFileSync(0, "utf8"));
const hash = (data, name) => createHash(name.replace("-", "")).update(data).digest();

/** The wallet's keys, by thumbprint. */
const keys = new Map();
const newKey = async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint(jwk);
  keys.set(id, privateKey);
  return { method: "jwk", alg: "ES256", publicJwk: jwk };
};

const signJwt = async (signer, { header, payload }) => {
  const key = keys.get(await calculateJwkThumbprint(signer.publicJwk));
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  const jwt = await new CompactSign(bytes).setProtectedHeader(header).sign(key);
  return { jwt, signerJwk: signer.publicJwk };
};

const verifyJwt = async (signer, { compact }) => {
  const certificate = signer.method === "x5c" ? new X509Certificate(Buffer.from(signer.x5c[0], "base64")) : undefined;
  const key = certificate ? certificate.publicKey : await importJWK(signer.publicJwk, signer.alg);
  try {
    await compactVerify(compact, key);
    return { verified: true, signerJwk: signer.publicJwk ?? key.export({ format: "jwk" }) };
  } catch {
    return { verified: false };
  }
};

const encryptJwe = async (encryptor, data) => {
  const key = await importJWK(encryptor.publicJwk, encryptor.alg);
  const header = { alg: encryptor.alg, enc: encryptor.enc, kid: encryptor.publicJwk.kid };
  const jwe = await new CompactEncrypt(new TextEncoder().encode(data)).setProtectedHeader(header).encrypt(key);
  return { jwe, encryptionJwk: encryptor.publicJwk };
};

const callbacks = {
  fetch,
  hash,
  generateRandom: (length) => randomBytes(length),
  signJwt,
  verifyJwt,
  encryptJwe,
  clientAuthentication: () => undefined,
  getX509CertificateMetadata: () => ({ sanDnsNames: [], sanUriNames: [] }),
};

// Receives.
const client = new Openid4vciClient({ callbacks });
const credentialOffer = await client.resolveCredentialOffer(question.offer);
const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
const dpopKey = await newKey();
const token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
  credentialOffer,
  issuerMetadata,
  txCode: question.txCode,
  dpop: { signer: dpopKey },
});
const accessToken = token.accessTokenResponse.access_token;
const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
const holders = await Promise.all(Array.from({ length: question.count }, newKey));
const proofs = [];
for (const signer of holders) {
  const { jwt } = await client.createCredentialRequestJwtProof({
    issuerMetadata,
    signer,
    nonce,
    credentialConfigurationId,
  });
  proofs.push(jwt);
}
const issued = await client.retrieveCredentials({
  issuerMetadata,
  proofs: { jwt: proofs },
  credentialConfigurationId,
  accessToken,
  dpop: token.dpop,
});
const { credentials, notification_id: notificationId } = issued.credentialResponse;
await client.sendNotification({
  issuerMetadata,
  notification: { notificationId, event: "credential_accepted" },
  accessToken,
  dpop: { signer: dpopKey, nonce: issued.dpop?.nonce ?? token.dpop?.nonce },
});

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
const wallet = new Openid4vpClient({ callbacks });
const parsed = wallet.parseOpenid4vpAuthorizationRequest({ authorizationRequest: question.request });
const resolved = await wallet.resolveOpenId4vpAuthorizationRequest({
  authorizationRequestPayload: parsed.params,
});
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
const response = await wallet.createOpenid4vpAuthorizationResponse({
  authorizationRequestPayload: request,
  authorizationResponsePayload: { vp_token: { [id]: [presentation] } },
  jarm: request.response_mode === "direct_post.jwt"
    ? {
        encryption: { nonce: randomBytes(16).toString("base64url") },
        serverMetadata: {
          authorization_signing_alg_values_supported: [],
          authorization_encryption_alg_values_supported: ["ECDH-ES"],
          authorization_encryption_enc_values_supported: ["A128GCM", "A256GCM"],
        },
      }
    : undefined,
});
const submitted = await wallet.submitOpenid4vpAuthorizationResponse({
  authorizationRequestPayload: request,
  authorizationResponsePayload: response.authorizationResponsePayload,
  jarm: response.jarm,
});

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
