// The protocols of wallets with `@openid4vc`, `@sd-jwt`, `@owf/mdoc` and `dcql` of the OpenWallet Foundation, and jose: medians in
// nanoseconds, as JSON. The packages are those of the tests of air-oid4vc and air-vc.
import { createHash, createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { context, coseKey } from "../../crates/air-oid4vc/tests/node/mdoc.mjs";
import { median } from "./median.mjs";

const packages = (crate) => {
  const require = createRequire(new URL(`../../crates/${crate}/tests/node/package.json`, import.meta.url));
  return (name) => import(pathToFileURL(require.resolve(name)));
};
const [wallet, vc] = [packages("air-oid4vc"), packages("air-vc")];
// Packages that have modules only are not resolved by `require`.
const modules = new URL("../../crates/air-oid4vc/tests/node/node_modules/", import.meta.url);
const module = (name, entry = "dist/index.mjs") => import(new URL(`${name}/${entry}`, modules));
const { DcqlPresentationResult, DcqlQuery } = await module("dcql");
const { Oauth2AuthorizationServer, Oauth2ResourceServer, setGlobalConfig } = await module("@openid4vc/oauth2");
const { Openid4vciIssuer } = await module("@openid4vc/openid4vci");
const { parseDcqlVpToken, parseOpenid4vpAuthorizationResponse } = await module("@openid4vc/openid4vp");
const mdoc = await module("@owf/mdoc");
const { CompactEncrypt, CompactSign, calculateJwkThumbprint, compactDecrypt, compactVerify, exportJWK, generateKeyPair, importJWK } =
  await wallet("jose");
const { ES256, digest, generateSalt } = await vc("@sd-jwt/crypto-nodejs");
const { SDJwtVcInstance } = await vc("@sd-jwt/sd-jwt-vc");

const { subject } = JSON.parse(readFileSync(new URL("../subject.json", import.meta.url)));
const now = Math.floor(Date.now() / 1000);

// DCQL on ten credentials: the same query and credentials as benches/wallets.rs.
const typeOf = (number) => `https://example.com/types/${number}`;
const query = {
  credentials: [
    {
      id: "identity",
      format: "dc+sd-jwt",
      meta: { vct_values: [typeOf(1)] },
      claims: [
        { id: "given", path: ["givenName"] },
        { id: "family", path: ["familyName"] },
        { id: "adult", path: ["isOver18"], values: [true] },
      ],
      claim_sets: [["adult"], ["given", "family"]],
    },
    {
      id: "document",
      format: "dc+sd-jwt",
      meta: { vct_values: [typeOf(3)] },
      claims: [{ path: ["documentNumber"] }, { path: ["nationality"], values: ["UTO", "XYZ"] }],
    },
  ],
  credential_sets: [{ options: [["identity", "document"], ["identity"]] }],
};
const parsedQuery = DcqlQuery.parse(query);
DcqlQuery.validate(parsedQuery);
const held = Array.from({ length: 10 }, (_, index) => ({
  credential_format: "dc+sd-jwt",
  vct: typeOf(index % 5),
  claims: { vct: typeOf(index % 5), ...subject },
  cryptographic_holder_binding: true,
}));
if (!DcqlQuery.query(parsedQuery, held).can_be_satisfied) throw new Error("no match");

// mdocs of twelve elements.
const DOC_TYPE = "urn:air:KycIdentity";
const testIssuer = (name) => readFileSync(new URL(`../../crates/air-mdoc/tests/vectors/test-issuer/${name}`, import.meta.url));
const signingKey = coseKey(createPrivateKey(testIssuer("signer-key.pem")).export({ format: "jwk" }));
const certificates = [new Uint8Array(testIssuer("signer.der"))];
const trustedCertificates = [new Uint8Array(testIssuer("ca.der"))];
const jwkOf = async (key) => {
  const { kty, crv, x, y, d } = await exportJWK(key);
  return { kty, crv, x, y, d };
};
const device = await jwkOf((await generateKeyPair("ES256", { extractable: true })).privateKey);
const { d: _, ...devicePublic } = device;
const date = new Date(now * 1000);
const elements = {
  ...subject,
  birthDate: new mdoc.DateOnly(subject.birthDate),
  verifiedAt: new Date(subject.verifiedAt),
};
const issueMdoc = async () => {
  const issued = await new mdoc.Issuer(DOC_TYPE, context).addIssuerNamespace(DOC_TYPE, elements).sign({
    signingKey,
    algorithm: mdoc.SignatureAlgorithm.ES256,
    digestAlgorithm: "SHA-256",
    validityInfo: { signed: date, validFrom: date, validUntil: new Date(date.getTime() + 86_400_000) },
    deviceKeyInfo: { deviceKey: mdoc.DeviceKey.fromJwk(devicePublic) },
    certificates,
  });
  return issued.encodedForOid4Vci;
};
const session = {
  clientId: "x509_hash:abc",
  nonce: "fresh-and-random",
  responseUri: "https://verifier.example/response",
  jwkThumbprint: new Uint8Array(32).fill(7),
};
const wanted = { givenName: false, birthDate: false, isOver18: false };
const itemsRequest = mdoc.ItemsRequest.create({ docType: DOC_TYPE, namespaces: { [DOC_TYPE]: wanted } });
const presentedMdoc = (
  await mdoc.Holder.createDeviceResponseForDeviceRequest(
    {
      deviceRequest: mdoc.DeviceRequest.create({ docRequests: [mdoc.DocRequest.create({ itemsRequest })] }),
      sessionTranscript: await mdoc.SessionTranscript.forOid4Vp(session, context),
      issuerSigned: [mdoc.IssuerSigned.fromEncodedForOid4Vci(await issueMdoc())],
      signature: { signingKey: coseKey(device) },
    },
    context,
  )
).encodedForOid4Vp;
const verifyMdoc = async () => {
  const deviceResponse = mdoc.DeviceResponse.fromEncodedForOid4Vp(presentedMdoc);
  const sessionTranscript = await mdoc.SessionTranscript.forOid4Vp(session, context);
  await mdoc.Verifier.verifyDeviceResponse({ deviceResponse, sessionTranscript, trustedCertificates, now: date }, context);
};

// The credential endpoint: the access token, the DPoP proof and the key proof are verified, and an SD-JWT VC is issued.
setGlobalConfig({ allowInsecureUrls: true });
const ISSUER = "https://issuer.example";
const keys = new Map();
const newSigner = async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  keys.set(await calculateJwkThumbprint(publicJwk), privateKey);
  return { method: "jwk", alg: "ES256", publicJwk, privateKey };
};
const server = await newSigner();
const callbacks = {
  hash: (data, name) => createHash(name.replace("-", "")).update(data).digest(),
  generateRandom: (length) => randomBytes(length),
  clientAuthentication: () => undefined,
  signJwt: async (signer, { header, payload }) => {
    const key = keys.get(await calculateJwkThumbprint(signer.publicJwk));
    const bytes = new TextEncoder().encode(JSON.stringify(payload));
    return { jwt: await new CompactSign(bytes).setProtectedHeader(header).sign(key), signerJwk: signer.publicJwk };
  },
  verifyJwt: async (signer, { compact }) => {
    const jwk = signer.publicJwk ?? server.publicJwk;
    try {
      await compactVerify(compact, await importJWK(jwk, "ES256"));
      return { verified: true, signerJwk: jwk };
    } catch {
      return { verified: false };
    }
  },
  // The server's key set is in memory.
  fetch: async () =>
    new Response(JSON.stringify({ keys: [{ ...server.publicJwk, kid: "server", alg: "ES256", use: "sig" }] }), {
      headers: { "content-type": "application/jwk-set+json" },
    }),
};
const authorization = new Oauth2AuthorizationServer({ callbacks });
const resource = new Oauth2ResourceServer({ callbacks });
const issuer = new Openid4vciIssuer({ callbacks });
const serverMetadata = authorization.createAuthorizationServerMetadata({
  issuer: ISSUER,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
  dpop_signing_alg_values_supported: ["ES256"],
});
const credentialIssuer = issuer.createCredentialIssuerMetadata({
  credential_issuer: ISSUER,
  credential_endpoint: `${ISSUER}/credential`,
  nonce_endpoint: `${ISSUER}/nonce`,
  credential_configurations_supported: {
    kyc: {
      format: "dc+sd-jwt",
      vct: typeOf(1),
      scope: "kyc",
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
const [dpop, holder] = [await newSigner(), await newSigner()];
const signed = async (signer, header, payload) => (await callbacks.signJwt(signer, { header, payload })).jwt;
const { access_token: accessToken } = await authorization.createAccessTokenResponse({
  audience: ISSUER,
  authorizationServer: ISSUER,
  expiresInSeconds: 3600,
  signer: { method: "jwk", alg: "ES256", publicJwk: server.publicJwk, kid: "server" },
  subject: "ada",
  dpop: { jwk: dpop.publicJwk },
});
const proof = await signed(
  dpop,
  { typ: "dpop+jwt", alg: "ES256", jwk: dpop.publicJwk },
  {
    htm: "POST",
    htu: `${ISSUER}/credential`,
    iat: now,
    jti: "a-random-identifier",
    ath: createHash("sha256").update(accessToken).digest("base64url"),
  },
);
const keyProof = await signed(
  holder,
  { typ: "openid4vci-proof+jwt", alg: "ES256", jwk: holder.publicJwk },
  { aud: ISSUER, iat: now, nonce: "c-nonce" },
);
const credentialRequest = JSON.stringify({ credential_configuration_id: "kyc", proofs: { jwt: [keyProof] } });
const { privateKey, publicKey } = await ES256.generateKeyPair();
const sdJwt = new SDJwtVcInstance({
  signer: await ES256.getSigner(privateKey),
  verifier: await ES256.getVerifier(publicKey),
  signAlg: "ES256",
  hasher: digest,
  hashAlg: "sha-256",
  saltGenerator: generateSalt,
  kbSignAlg: "ES256",
  kbSigner: await ES256.getSigner(await exportJWK(holder.privateKey)),
  kbVerifier: async (data, signature, payload) => (await ES256.getVerifier(payload.cnf.jwk))(data, signature),
});
const issue = async () => {
  await resource.verifyResourceRequest({
    authorizationServers: [serverMetadata],
    request: {
      headers: new Headers({ authorization: `DPoP ${accessToken}`, dpop: proof }),
      method: "POST",
      url: `${ISSUER}/credential`,
    },
    resourceServer: ISSUER,
  });
  const parsed = issuer.parseCredentialRequest({ issuerMetadata, credentialRequest: JSON.parse(credentialRequest) });
  const { signer } = await issuer.verifyCredentialRequestJwtProof({
    issuerMetadata,
    jwt: parsed.proofs.jwt[0],
    expectedNonce: "c-nonce",
  });
  const claims = { iss: ISSUER, vct: typeOf(1), iat: now, exp: now + 86_400, cnf: { jwk: signer.publicJwk }, ...subject };
  return sdJwt.issue(claims, { _sd: Object.keys(subject) }, { header: { kid: "k" } });
};

// The response URI: the response is decrypted, the SD-JWT VC with its key binding is verified, and the query is checked.
const encryption = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
const encryptionJwk = { ...(await exportJWK(encryption.publicKey)), kid: "1", alg: "ECDH-ES", use: "enc" };
const requestPayload = {
  response_type: "vp_token",
  response_mode: "direct_post.jwt",
  client_id: "x509_hash:abc",
  response_uri: "https://verifier.example/response",
  nonce: "fresh-and-random",
  state: "state-1",
  dcql_query: { credentials: query.credentials.slice(0, 1) },
  client_metadata: {
    jwks: { keys: [encryptionJwk] },
    encrypted_response_enc_values_supported: ["A256GCM"],
    vp_formats_supported: { "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] } },
  },
};
const presented = await sdJwt.present(
  await issue(),
  { givenName: true, familyName: true, isOver18: true },
  { kb: { payload: { iat: now, aud: requestPayload.client_id, nonce: requestPayload.nonce } } },
);
const plaintext = JSON.stringify({ vp_token: { identity: [presented] }, state: requestPayload.state });
const form = new URLSearchParams({
  response: await new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid: "1" })
    .encrypt(encryption.publicKey),
}).toString();
const responseQuery = DcqlQuery.parse(requestPayload.dcql_query);
const verifyResponse = async () => {
  const { authorizationResponsePayload } = await parseOpenid4vpAuthorizationResponse({
    authorizationResponse: Object.fromEntries(new URLSearchParams(form)),
    authorizationRequestPayload: requestPayload,
    callbacks: {
      ...callbacks,
      decryptJwe: async (jwe) => {
        const { plaintext: payload } = await compactDecrypt(jwe, encryption.privateKey);
        return { decrypted: true, payload: new TextDecoder().decode(payload), decryptionJwk: encryptionJwk };
      },
    },
  });
  const [[text]] = Object.values(parseDcqlVpToken(authorizationResponsePayload.vp_token));
  const { payload: claims } = await sdJwt.verify(text, { keyBindingNonce: requestPayload.nonce });
  const credential = { credential_format: "dc+sd-jwt", vct: claims.vct, claims, cryptographic_holder_binding: true };
  const result = DcqlPresentationResult.fromDcqlPresentation({ identity: [credential] }, { dcqlQuery: responseQuery });
  if (!result.can_be_satisfied) throw new Error("the query is not satisfied");
};

// An encrypted message of 3 kB.
const message = await new CompactEncrypt(new Uint8Array(3000).fill(97))
  .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid: "1" })
  .encrypt(encryption.publicKey);

console.log(JSON.stringify({
  "dcql-ten": await median(() => DcqlQuery.query(parsedQuery, held)),
  "mdoc-issue": await median(issueMdoc),
  "mdoc-verify": await median(verifyMdoc),
  "vci-issue": await median(issue),
  "vp-verify": await median(verifyResponse),
  "jwe-decrypt": await median(() => compactDecrypt(message, encryption.privateKey)),
}));
