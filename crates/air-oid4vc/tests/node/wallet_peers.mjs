// An issuer and a verifier made of `@openid4vc` (OpenWallet Foundation), for `air wallet`. Writes one line of
// JSON to stdout when it is ready, and serves until stdin ends. See air-cli's tests/wallet/node.rs.
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { createServer } from "node:http";
import { Oauth2AuthorizationServer, Oauth2ResourceServer, setGlobalConfig } from "@openid4vc/oauth2";
import { Openid4vciIssuer } from "@openid4vc/openid4vci";
import {
  createOpenid4vpAuthorizationRequest,
  parseOpenid4VpAuthorizationResponsePayload,
  parseDcqlVpToken,
} from "@openid4vc/openid4vp";

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
  },
});
const issuerMetadata = {
  credentialIssuer,
  authorizationServers: [serverMetadata],
  knownCredentialConfigurations: credentialIssuer.credential_configurations_supported,
  originalDraftVersion: "V1",
};
const { credentialOffer: offer } = await issuer.createCredentialOffer({
  issuerMetadata,
  credentialConfigurationIds: ["pid"],
  grants: {
    "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
      "pre-authorized_code": CODE,
      tx_code: { length: 6, input_mode: "numeric" },
    },
  },
});

const requestPayload = {
  response_type: "vp_token",
  response_mode: "direct_post",
  client_id: `redirect_uri:${origin}/response`,
  response_uri: `${origin}/response`,
  nonce: base64url(randomBytes(16)),
  state: "state-1",
  dcql_query: {
    credentials: [
      { id: "pid", format: "dc+sd-jwt", meta: { vct_values: ["https://peer.example/pid"] }, claims: [{ path: ["name"] }] },
    ],
  },
  client_metadata: { vp_formats_supported: { "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"] } } },
};
const { authorizationRequest } = await createOpenid4vpAuthorizationRequest({
  authorizationRequestPayload: requestPayload,
  callbacks,
});

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
    credentials.push({ credential: await issue(holder.publicJwk) });
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
  "/seen": () => ({ notified, presented }),
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
process.stdout.write(`${JSON.stringify({ origin, offer, request: authorizationRequest, txCode: TX_CODE })}\n`);
process.stdin.on("end", () => process.exit()).resume();
