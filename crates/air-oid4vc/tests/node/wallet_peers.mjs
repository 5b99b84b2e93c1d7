// An issuer and a verifier made of `@openid4vc` and `@owf/mdoc` (OpenWallet Foundation), and a verifier whose responses
// `@digitalbazaar/oid4-client` decrypts, for `air wallet`. Writes one line of
// JSON to stdout when it is ready, and serves until stdin ends. See air-cli's tests/wallet/node.rs.
import { createHash, createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { oid4vp } from "@digitalbazaar/oid4-client";
import { Oauth2AuthorizationServer, Oauth2ResourceServer, setGlobalConfig } from "@openid4vc/oauth2";
import { Openid4vciIssuer } from "@openid4vc/openid4vci";
import {
  createOpenid4vpAuthorizationRequest,
  parseOpenid4VpAuthorizationResponsePayload,
  parseDcqlVpToken,
} from "@openid4vc/openid4vp";
import { exportJWK, generateKeyPair } from "jose";
import { DeviceKey, DeviceResponse, Issuer, SessionTranscript, SignatureAlgorithm, Verifier } from "@owf/mdoc";
import { context, coseKey } from "./mdoc.mjs";

setGlobalConfig({ allowInsecureUrls: true });
const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const signing = { name: "ECDSA", hash: "SHA-256" };
const base64url = (data) => Buffer.from(data).toString("base64url");
const decoded = (part) => JSON.parse(Buffer.from(part, "base64url").toString());
const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
const { kty, crv, x, y } = await webcrypto.subtle.exportKey("jwk", keys.publicKey);
const publicJwk = { kty, crv, x, y };

const sign = async (header, payload) => {
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`;
  return `${input}.${base64url(await webcrypto.subtle.sign(signing, keys.privateKey, Buffer.from(input)))}`;
};
const isSignedBy = async (jwk, compact) => {
  const [header, payload, signature] = compact.split(".");
  const { x, y } = jwk;
  const key = await webcrypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y }, algorithm, true, ["verify"]);
  return webcrypto.subtle.verify(
    signing,
    key,
    Buffer.from(signature, "base64url"),
    Buffer.from(`${header}.${payload}`),
  );
};
const callbacks = {
  hash: (data, name) => createHash(name.replace("-", "")).update(data).digest(),
  generateRandom: (length) => randomBytes(length),
  signJwt: async (_signer, { header, payload }) => ({ jwt: await sign(header, payload), signerJwk: publicJwk }),
  verifyJwt: async (signer, { compact }) => {
    const jwk = signer.publicJwk ?? publicJwk;
    return { verified: await isSignedBy(jwk, compact), signerJwk: jwk };
  },
  clientAuthentication: () => undefined,
  fetch,
};

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const origin = `http://127.0.0.1:${server.address().port}`;
const issuer = new Openid4vciIssuer({ callbacks });
const authorization = new Oauth2AuthorizationServer({ callbacks });
const resource = new Oauth2ResourceServer({ callbacks });
const signer = { method: "jwk", alg: "ES256", publicJwk };
const CODE = "pre-authorized-1";
const TX_CODE = "493536";
const NONCE = "peer-nonce";
const DOC_TYPE = "org.iso.18013.5.1.mDL";
const NAMESPACE = "org.iso.18013.5.1";

const serverMetadata = authorization.createAuthorizationServerMetadata({
  issuer: origin,
  token_endpoint: `${origin}/token`,
  jwks_uri: `${origin}/jwks`,
  dpop_signing_alg_values_supported: ["ES256"],
  "pre-authorized_grant_anonymous_access_supported": true,
});
const credentialIssuer = issuer.createCredentialIssuerMetadata({
  credential_issuer: origin,
  credential_endpoint: `${origin}/credential`,
  nonce_endpoint: `${origin}/nonce`,
  notification_endpoint: `${origin}/notification`,
  batch_credential_issuance: { batch_size: 3 },
  credential_configurations_supported: {
    pid: {
      format: "dc+sd-jwt",
      vct: "https://peer.example/pid",
      scope: "pid",
      cryptographic_binding_methods_supported: ["jwk"],
      proof_types_supported: { jwt: { proof_signing_alg_values_supported: ["ES256"] } },
    },
    mdl: {
      format: "mso_mdoc",
      doctype: DOC_TYPE,
      scope: "mdl",
      cryptographic_binding_methods_supported: ["cose_key"],
      proof_types_supported: { jwt: { proof_signing_alg_values_supported: ["ES256"] } },
    },
  },
});
const issuerMetadata = {
  credentialIssuer,
  authorizationServers: [serverMetadata],
  knownCredentialConfigurations: credentialIssuer.credential_configurations_supported,
  originalDraftVersion: "V1",
};
const offerOf = async (configuration) => {
  const { credentialOffer } = await issuer.createCredentialOffer({
    issuerMetadata,
    credentialConfigurationIds: [configuration],
    grants: {
      "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
        "pre-authorized_code": CODE,
        tx_code: { length: 6, input_mode: "numeric" },
      },
    },
  });
  return credentialOffer;
};

/** A request whose response goes to this path. */
const requestFor = (path, query, formats) => ({
  response_type: "vp_token",
  response_mode: "direct_post",
  client_id: `redirect_uri:${origin}${path}`,
  response_uri: `${origin}${path}`,
  nonce: base64url(randomBytes(16)),
  state: "state-1",
  dcql_query: { credentials: [query] },
  client_metadata: { vp_formats_supported: formats },
});
const requestPayload = requestFor(
  "/response",
  { id: "pid", format: "dc+sd-jwt", meta: { vct_values: ["https://peer.example/pid"] }, claims: [{ path: ["name"] }] },
  { "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"] } },
);
const mdocRequestPayload = requestFor(
  "/mdoc-response",
  {
    id: "mdl",
    format: "mso_mdoc",
    meta: { doctype_value: DOC_TYPE },
    claims: [{ path: [NAMESPACE, "age_over_18"] }],
  },
  { mso_mdoc: { issuerauth_alg_values: [-7], deviceauth_alg_values: [-7] } },
);
const encryption = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
const ENCRYPTION_KEY = { kid: "1", alg: "ECDH-ES", use: "enc" };
const encryptedRequestPayload = {
  ...requestFor("/encrypted-response", requestPayload.dcql_query.credentials[0], {
    "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"] },
  }),
  response_mode: "direct_post.jwt",
};
encryptedRequestPayload.client_metadata.jwks = {
  keys: [{ ...(await exportJWK(encryption.publicKey)), ...ENCRYPTION_KEY }],
};
const linkOf = async (authorizationRequestPayload) => {
  const created = await createOpenid4vpAuthorizationRequest({ authorizationRequestPayload, callbacks });
  return created.authorizationRequest;
};

/** An SD-JWT VC with one claim that can be withheld. */
const issue = async (holder) => {
  const disclosure = base64url(JSON.stringify([base64url(randomBytes(16)), "name", "Ada"]));
  const other = base64url(JSON.stringify([base64url(randomBytes(16)), "city", "London"]));
  const digest = (text) => createHash("sha256").update(text).digest("base64url");
  const payload = {
    iss: origin,
    vct: "https://peer.example/pid",
    iat: Math.floor(Date.now() / 1000),
    cnf: { jwk: holder },
    _sd_alg: "sha-256",
    _sd: [digest(disclosure), digest(other)].sort(),
  };
  return `${await sign({ alg: "ES256", typ: "dc+sd-jwt" }, payload)}~${disclosure}~${other}~`;
};

// The test issuer of air-mdoc.
const testIssuer = (name) => readFileSync(new URL(`../../../air-mdoc/tests/vectors/test-issuer/${name}`, import.meta.url));
const signerKey = coseKey(createPrivateKey(testIssuer("signer-key.pem")).export({ format: "jwk" }));

/** An mdoc of two elements. */
const issueMdoc = async ({ kty, crv, x, y }) => {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const issued = await new Issuer(DOC_TYPE, context)
    .addIssuerNamespace(NAMESPACE, { family_name: "Lovelace", age_over_18: true })
    .sign({
      signingKey: signerKey,
      algorithm: SignatureAlgorithm.ES256,
      digestAlgorithm: "SHA-256",
      validityInfo: { signed: now, validFrom: now, validUntil: new Date(now.getTime() + 86_400_000) },
      deviceKeyInfo: { deviceKey: DeviceKey.fromJwk({ kty, crv, x, y }) },
      certificates: [new Uint8Array(testIssuer("signer.der"))],
    });
  return issued.encodedForOid4Vci;
};

const requestLike = (asked) => ({
  headers: new Headers(asked.headers),
  method: asked.method,
  url: `${origin}${asked.url}`,
});

const token = async (asked, body) => {
  const accessTokenRequest = Object.fromEntries(new URLSearchParams(body));
  const request = requestLike(asked);
  const parsed = authorization.parseAccessTokenRequest({ accessTokenRequest, request });
  const { dpop } = await authorization.verifyPreAuthorizedCodeAccessTokenRequest({
    ...parsed,
    request,
    authorizationServerMetadata: serverMetadata,
    expectedPreAuthorizedCode: CODE,
    expectedTxCode: TX_CODE,
    dpop: { ...parsed.dpop, required: true },
  });
  return authorization.createAccessTokenResponse({
    audience: origin,
    authorizationServer: origin,
    expiresInSeconds: 300,
    signer,
    subject: CODE,
    dpop,
  });
};

const credential = async (asked, body) => {
  await resource.verifyResourceRequest({
    authorizationServers: [serverMetadata],
    request: requestLike(asked),
    resourceServer: origin,
  });
  const parsed = issuer.parseCredentialRequest({ issuerMetadata, credentialRequest: JSON.parse(body) });
  const credentials = [];
  for (const jwt of parsed.proofs.jwt) {
    const { signer: holder } = await issuer.verifyCredentialRequestJwtProof({ issuerMetadata, jwt, expectedNonce: NONCE });
    const isMdoc = parsed.credentialConfigurationId === "mdl";
    credentials.push({ credential: await (isMdoc ? issueMdoc : issue)(holder.publicJwk) });
  }
  return { credentials, notification_id: "n1" };
};

let notified = null;
/** What the wallet presented, after its signature was verified: the claims and the audience. */
let presented = null;

const response = async (_asked, body) => {
  const payload = Object.fromEntries(new URLSearchParams(body));
  const parsed = parseOpenid4VpAuthorizationResponsePayload({ ...payload, vp_token: JSON.parse(payload.vp_token) });
  const [[text]] = Object.values(parseDcqlVpToken(parsed.vp_token));
  const parts = text.split("~");
  const binding = parts.pop();
  const [, credentialPayload] = parts[0].split(".");
  const { cnf } = decoded(credentialPayload);
  const proof = decoded(binding.split(".")[1]);
  const hash = createHash("sha256").update(`${parts.join("~")}~`).digest("base64url");
  presented = {
    credential: await isSignedBy(publicJwk, parts[0]),
    binding: await isSignedBy(cnf.jwk, binding),
    audience: proof.aud === requestPayload.client_id,
    nonce: proof.nonce === requestPayload.nonce,
    hash: proof.sd_hash === hash,
    state: parsed.state === "state-1",
    disclosed: parts.slice(1).map((disclosure) => decoded(disclosure).slice(1)),
  };
  return {};
};

/** What `oid4-client` read of the encrypted response. */
let decrypted = null;

const encryptedResponse = async (_asked, body) => {
  const key = { ...(await exportJWK(encryption.privateKey)), ...ENCRYPTION_KEY };
  const { payload, parsed, protectedHeader, responseMode } = await oid4vp.verifier.parseAuthorizationResponse({
    body: Object.fromEntries(new URLSearchParams(body)),
    getDecryptParameters: () => ({ keys: [key] }),
    authorizationRequest: encryptedRequestPayload,
  });
  const [text] = parsed.vpToken.pid;
  const proof = decoded(text.split("~").pop().split(".")[1]);
  decrypted = {
    responseMode,
    alg: protectedHeader.alg,
    state: payload.state === encryptedRequestPayload.state,
    audience: proof.aud === encryptedRequestPayload.client_id,
    nonce: proof.nonce === encryptedRequestPayload.nonce,
  };
  return {};
};

/** What the wallet presented of an mdoc, after its signatures were verified. */
let mdoc = null;

const mdocResponse = async (_asked, body) => {
  const payload = Object.fromEntries(new URLSearchParams(body));
  const parsed = parseOpenid4VpAuthorizationResponsePayload({ ...payload, vp_token: JSON.parse(payload.vp_token) });
  const [[text]] = Object.values(parseDcqlVpToken(parsed.vp_token));
  const deviceResponse = DeviceResponse.fromEncodedForOid4Vp(text);
  const { client_id: clientId, nonce, response_uri: responseUri } = mdocRequestPayload;
  const sessionTranscript = await SessionTranscript.forOid4Vp({ clientId, nonce, responseUri }, context);
  const trustedCertificates = [new Uint8Array(testIssuer("ca.der"))];
  await Verifier.verifyDeviceResponse(
    { deviceResponse, sessionTranscript, trustedCertificates, now: new Date() },
    context,
  );
  mdoc = deviceResponse.documents[0].issuerSigned.getPrettyClaims(NAMESPACE);
  return {};
};

const routes = {
  "/.well-known/openid-credential-issuer": () => credentialIssuer,
  "/.well-known/oauth-authorization-server": () => serverMetadata,
  "/jwks": () => ({ keys: [publicJwk] }),
  "/token": token,
  "/nonce": () => issuer.createNonceResponse({ cNonce: NONCE }),
  "/credential": credential,
  "/notification": (_asked, body) => {
    notified = JSON.parse(body).event;
    return {};
  },
  "/response": response,
  "/mdoc-response": mdocResponse,
  "/encrypted-response": encryptedResponse,
  "/seen": () => ({ notified, presented, mdoc, decrypted }),
};

server.on("request", async (asked, answer) => {
  let body = "";
  for await (const chunk of asked) body += chunk;
  const route = routes[asked.url];
  try {
    if (!route) throw new Error("unknown path");
    const value = await route(asked, body);
    answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
  } catch (error) {
    process.stderr.write(`${asked.url}: ${error?.stack ?? error}\n`);
    const value = error?.errorResponse ?? { error: "invalid_request" };
    answer.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(value));
  }
});
const ready = {
  origin,
  offer: await offerOf("pid"),
  request: await linkOf(requestPayload),
  mdocOffer: await offerOf("mdl"),
  mdocRequest: await linkOf(mdocRequestPayload),
  encryptedRequest: await linkOf(encryptedRequestPayload),
  txCode: TX_CODE,
};
process.stdout.write(`${JSON.stringify(ready)}\n`);
process.stdin.on("end", () => process.exit()).resume();
