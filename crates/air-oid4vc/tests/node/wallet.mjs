// The parts of a wallet of `@openid4vc` (OpenWallet Foundation) and jose that do not depend on the format of credentials.
import { X509Certificate, createHash, randomBytes } from "node:crypto";
import { Openid4vciClient } from "@openid4vc/openid4vci";
import { Openid4vpClient } from "@openid4vc/openid4vp";
import {
  CompactEncrypt,
  CompactSign,
  calculateJwkThumbprint,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
} from "jose";

export const hash = (data, name) => createHash(name.replace("-", "")).update(data).digest();

/** The wallet's keys, by thumbprint. */
export const keys = new Map();
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

/** Redeems an offer for `count` credentials, and tells the issuer that they arrived. */
export const receive = async ({ offer, txCode, count }) => {
  const client = new Openid4vciClient({ callbacks });
  const credentialOffer = await client.resolveCredentialOffer(offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const dpopKey = await newKey();
  const token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    txCode: txCode,
    dpop: { signer: dpopKey },
  });
  const accessToken = token.accessTokenResponse.access_token;
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const holders = await Promise.all(Array.from({ length: count }, newKey));
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
  return { token, credentials, holders };
};

const wallet = new Openid4vpClient({ callbacks });

/** Reads a presentation request from its link. */
export const readRequest = async (link) => {
  const parsed = wallet.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
  return wallet.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: parsed.params });
};

/** Answers a request, encrypted if it says so. */
export const respond = async (request, vpToken) => {
  const response = await wallet.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: { vp_token: vpToken },
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
  return wallet.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: response.authorizationResponsePayload,
    jarm: response.jarm,
  });
};
