// An issuer made of the alpha of `@openid4vc` (OpenWallet Foundation) and jose, which requires encrypted requests and responses, for
// `air wallet receive`. Writes one line of JSON to stdout when it is ready, and serves until stdin ends. See air-cli's
// tests/wallet/node.rs.
//
// The alpha encrypts responses, and reads requests in plain JSON only: jose decrypts them here.
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { createServer } from "node:http";
import { Oauth2AuthorizationServer, setGlobalConfig } from "@openid4vc/oauth2";
import { Openid4vciIssuer } from "@openid4vc/openid4vci";
import { CompactEncrypt, CompactSign, compactDecrypt, exportJWK, generateKeyPair, importJWK } from "jose";

setGlobalConfig({ allowInsecureUrls: true });
const bytes = (value) => new TextEncoder().encode(JSON.stringify(value));
const signing = await generateKeyPair("ES256");
const encryption = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
const encryptionJwk = { ...(await exportJWK(encryption.publicKey)), alg: "ECDH-ES", use: "enc", kid: "1" };

const callbacks = {
  hash: (data, name) => createHash(name.replace("-", "")).update(data).digest(),
  generateRandom: (length) => randomBytes(length),
  clientAuthentication: () => undefined,
  fetch,
  verifyJwt: async (signer, { compact }) => {
    const [header, payload, signature] = compact.split(".");
    const key = createPublicKey({ key: signer.publicJwk, format: "jwk" });
    const options = { key, dsaEncoding: "ieee-p1363" };
    const verified = verify("sha256", Buffer.from(`${header}.${payload}`), options, Buffer.from(signature, "base64url"));
    return { verified, signerJwk: signer.publicJwk };
  },
  encryptJwe: async (encryptor, data) => {
    const key = await importJWK(encryptor.publicJwk, encryptor.alg);
    const jwe = await new CompactEncrypt(new TextEncoder().encode(data))
      .setProtectedHeader({ alg: encryptor.alg, enc: encryptor.enc, kid: encryptor.publicJwk.kid })
      .encrypt(key);
    return { jwe, encryptionJwk: encryptor.publicJwk };
  },
};

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const origin = `http://127.0.0.1:${server.address().port}`;
const issuer = new Openid4vciIssuer({ callbacks });
const authorization = new Oauth2AuthorizationServer({ callbacks });
const NONCE = "peer-nonce";
const VCT = "https://peer.example/pid";

const serverMetadata = authorization.createAuthorizationServerMetadata({
  issuer: origin,
  token_endpoint: `${origin}/token`,
  "pre-authorized_grant_anonymous_access_supported": true,
});
const credentialIssuer = {
  ...issuer.createCredentialIssuerMetadata({
    credential_issuer: origin,
    credential_endpoint: `${origin}/credential`,
    nonce_endpoint: `${origin}/nonce`,
    credential_response_encryption: {
      alg_values_supported: ["ECDH-ES"],
      enc_values_supported: ["A256GCM"],
      encryption_required: true,
    },
    credential_configurations_supported: {
      pid: {
        format: "dc+sd-jwt",
        vct: VCT,
        scope: "pid",
        cryptographic_binding_methods_supported: ["jwk"],
        proof_types_supported: { jwt: { proof_signing_alg_values_supported: ["ES256"] } },
      },
    },
  }),
  credential_request_encryption: {
    jwks: { keys: [encryptionJwk] },
    enc_values_supported: ["A128GCM"],
    encryption_required: true,
  },
};
const issuerMetadata = {
  credentialIssuer,
  authorizationServers: [serverMetadata],
  knownCredentialConfigurations: credentialIssuer.credential_configurations_supported,
  originalDraftVersion: "V1",
};

const issue = async (holder) => {
  const payload = { iss: origin, vct: VCT, iat: Math.floor(Date.now() / 1000), name: "Ada", cnf: { jwk: holder } };
  const header = { alg: "ES256", typ: "dc+sd-jwt" };
  return `${await new CompactSign(bytes(payload)).setProtectedHeader(header).sign(signing.privateKey)}~`;
};

/** The requests that this issuer has seen. */
const seen = { encryptedRequests: 0, hasTopLevelAlg: null };

const credential = async (asked, body) => {
  if (asked.headers["content-type"] !== "application/jwt") throw new Error("the request is not encrypted");
  const { plaintext, protectedHeader } = await compactDecrypt(body, encryption.privateKey, {
    keyManagementAlgorithms: ["ECDH-ES"],
    contentEncryptionAlgorithms: ["A128GCM"],
  });
  if (protectedHeader.kid !== encryptionJwk.kid) throw new Error("another key");
  seen.encryptedRequests += 1;
  const credentialRequest = JSON.parse(new TextDecoder().decode(plaintext));
  const wanted = credentialRequest.credential_response_encryption;
  seen.hasTopLevelAlg = "alg" in wanted;
  // The alpha requires the `alg` of drafts; in 1.0, it is a member of the key (section 8.2).
  wanted.alg ??= wanted.jwk.alg;
  const parsed = issuer.parseCredentialRequest({ issuerMetadata, credentialRequest });
  const [jwt] = parsed.proofs.jwt;
  const { signer } = await issuer.verifyCredentialRequestJwtProof({ issuerMetadata, jwt, expectedNonce: NONCE });
  const { credentialResponseJwt } = await issuer.createCredentialResponse({
    credentialRequest: parsed,
    credentials: [{ credential: await issue(signer.publicJwk) }],
    credentialResponseEncryption: parsed.credentialResponseEncryption,
  });
  return { jwt: credentialResponseJwt };
};

const routes = {
  "/.well-known/openid-credential-issuer": () => credentialIssuer,
  "/.well-known/oauth-authorization-server": () => serverMetadata,
  "/token": () => ({ access_token: "access-1", token_type: "Bearer", expires_in: 60 }),
  "/nonce": () => issuer.createNonceResponse({ cNonce: NONCE }),
  "/credential": credential,
  "/seen": () => seen,
};

server.on("request", async (asked, answer) => {
  let body = "";
  for await (const chunk of asked) body += chunk;
  try {
    const value = await routes[asked.url](asked, body);
    const [type, text] = value.jwt ? ["application/jwt", value.jwt] : ["application/json", JSON.stringify(value)];
    answer.writeHead(200, { "content-type": type }).end(text);
  } catch (error) {
    process.stderr.write(`${asked.url}: ${error?.stack ?? error}\n`);
    const value = JSON.stringify({ error: "invalid_credential_request" });
    answer.writeHead(400, { "content-type": "application/json" }).end(value);
  }
});
const { credentialOffer } = await issuer.createCredentialOffer({
  issuerMetadata,
  credentialConfigurationIds: ["pid"],
  grants: { "urn:ietf:params:oauth:grant-type:pre-authorized_code": { "pre-authorized_code": "code-1" } },
});
process.stdout.write(`${JSON.stringify({ origin, offer: credentialOffer })}\n`);
process.stdin.on("end", () => process.exit()).resume();
