// A wallet of `@openid4vc` (OpenWallet Foundation) and jose, and the browser of its user: receives a credential by the authorization code
// with a pushed request, PKCE, DPoP and `iss`. Reads one question from stdin and writes one answer to stdout. See
// crates/air-sandbox/tests/openid4vc/node.rs.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Oauth2Client, clientAuthenticationNone } from "@openid4vc/oauth2";
import { Openid4vciClient } from "@openid4vc/openid4vci";
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";

const question = JSON.parse(readFileSync(0, "utf8"));
const keys = new Map();
const newKey = async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  keys.set(await calculateJwkThumbprint(jwk), privateKey);
  return { method: "jwk", alg: "ES256", publicJwk: jwk };
};
const signJwt = async (signer, { header, payload }) => {
  const key = keys.get(await calculateJwkThumbprint(signer.publicJwk));
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  const jwt = await new CompactSign(bytes).setProtectedHeader(header).sign(key);
  return { jwt, signerJwk: signer.publicJwk };
};

/** The requests that the library made, to see how the client asked. */
const asked = [];
const callbacks = {
  fetch: (url, options) => {
    asked.push({ path: new URL(url).pathname, body: String(options?.body ?? "") });
    return fetch(url, options);
  },
  hash: (data, name) => createHash(name.replace("-", "")).update(data).digest(),
  generateRandom: (length) => randomBytes(length),
  signJwt,
  clientAuthentication: clientAuthenticationNone({ clientId: question.clientId }),
};

/** Signs the user in and agrees, as a browser does. Returns the URL that the browser is sent to. */
const authorize = async (url) => {
  const arrived = await fetch(url, { redirect: "manual" });
  const refresh = arrived.headers.get("refresh");
  if (!refresh) throw new Error(`${arrived.status}: ${await arrived.text()}`);
  const page = new URL(refresh.split("url=")[1], url);
  const shown = await fetch(page, { redirect: "manual" });
  const cookie = shown.headers.get("set-cookie").split(";")[0];
  const [, token] = /name="token" value="([^"]+)"/.exec(await shown.text());
  const send = async (path, fields) => {
    const body = new URLSearchParams(page.searchParams);
    for (const [name, value] of Object.entries({ ...fields, token })) body.set(name, value);
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    const answer = await fetch(new URL(path, page), { method: "POST", redirect: "manual", headers, body });
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status}: ${await answer.text()}`);
    return answer.headers.get("location");
  };
  await send("/wallet/authorize/sign-in", { email: question.email });
  return send("/wallet/authorize", { decision: question.decision });
};

const client = new Openid4vciClient({ callbacks });
const credentialOffer = await client.resolveCredentialOffer(question.offer);
const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
const { scope } = issuerMetadata.credentialIssuer.credential_configurations_supported[credentialConfigurationId];
const dpopSigner = await newKey();
const redirectUri = "https://wallet.example/cb";
const state = randomBytes(16).toString("base64url");
const authorizationServerMetadata = issuerMetadata.authorizationServers[0];
// The methods for offers drop `state` in 0.4.6.
const { authorizationRequestUrl, pkce } = await new Oauth2Client({ callbacks }).createAuthorizationRequestUrl({
  authorizationServerMetadata,
  clientId: question.clientId,
  redirectUri,
  resource: issuerMetadata.credentialIssuer.credential_issuer,
  scope,
  state,
  additionalRequestPayload: { issuer_state: credentialOffer.grants.authorization_code.issuer_state },
  dpop: { signer: dpopSigner },
});
const returned = await authorize(authorizationRequestUrl);
const answer = client.parseAndVerifyAuthorizationResponseRedirectUrl({ url: returned, authorizationServerMetadata });
const result = {
  pushed: asked.some(({ path, body }) => path.endsWith("/par") && body.includes("issuer_state=")),
  url: authorizationRequestUrl,
  sameState: answer.state === state,
  error: answer.error,
};
if (answer.code) {
  const token = await client.retrieveAuthorizationCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    authorizationCode: answer.code,
    pkceCodeVerifier: pkce.codeVerifier,
    redirectUri,
    dpop: { signer: dpopSigner },
  });
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
  const { jwt } = await client.createCredentialRequestJwtProof({
    issuerMetadata,
    signer: await newKey(),
    nonce,
    clientId: question.clientId,
    credentialConfigurationId,
  });
  const issued = await client.retrieveCredentials({
    issuerMetadata,
    proofs: { jwt: [jwt] },
    credentialConfigurationId,
    accessToken: token.accessTokenResponse.access_token,
    dpop: token.dpop,
  });
  result.tokenType = token.accessTokenResponse.token_type;
  result.credentials = issued.credentialResponse.credentials.map(({ credential }) => credential);
}
process.stdout.write(JSON.stringify(result));
