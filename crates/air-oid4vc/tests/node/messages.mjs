// `@openid4vc/openid4vci` and `@openid4vc/openid4vp` (OpenWallet Foundation): reads one question from
// stdin and writes one answer to stdout. See ../node_messages.rs.
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { Openid4vciClient, Openid4vciIssuer } from "@openid4vc/openid4vci";
import {
  Openid4vpClient,
  calculateX509HashClientIdPrefixValue,
  createOpenid4vpAuthorizationRequest,
  parseOpenid4VpAuthorizationResponsePayload,
  parseTransactionData,
} from "@openid4vc/openid4vp";

const question = JSON.parse(readFileSync(0, "utf8"));
const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const base64url = (data) => Buffer.from(data).toString("base64url");

/** Signs with the question's key, which is an ES256 JWK. */
const signJwt = async (_signer, { header, payload }) => {
  const { d, x, y } = question.key;
  const key = await webcrypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", d, x, y }, algorithm, false, ["sign"]);
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`;
  const signature = await webcrypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(input));
  return { jwt: `${input}.${base64url(signature)}`, signerJwk: { kty: "EC", crv: "P-256", x, y } };
};

/** Verifies with the key of the header. */
const verifyJwt = async (signer, { compact }) => {
  const { x, y } = signer.publicJwk;
  const [header, payload, signature] = compact.split(".");
  const key = await webcrypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y }, algorithm, true, ["verify"]);
  const verified = await webcrypto.subtle.verify(
    { name: "ECDSA", hash: "SHA-256" },
    key,
    Buffer.from(signature, "base64url"),
    Buffer.from(`${header}.${payload}`),
  );
  return { verified, signerJwk: signer.publicJwk };
};

/** Answers a request for one of the question's documents. */
const fetch = async (url) => {
  const document = question.documents[String(url)];
  return document
    ? new Response(JSON.stringify(document), { headers: { "content-type": "application/json" } })
    : new Response("", { status: 404 });
};

const hash = (data, name) => createHash(name.replace("-", "")).update(data).digest();
const generateRandom = (length) => randomBytes(length);
const clientAuthentication = () => undefined;
const callbacks = { fetch, hash, generateRandom, signJwt, verifyJwt, clientAuthentication };
const client = new Openid4vciClient({ callbacks });
const issuer = new Openid4vciIssuer({ callbacks });
const wallet = new Openid4vpClient({ callbacks });

const metadata = await client.resolveIssuerMetadata(question.issuer);
const signer = { method: "jwk", alg: "ES256", publicJwk: question.publicKey };

const offers = [];
for (const link of question.offers) offers.push(await client.resolveCredentialOffer(link));
const theirOffer = await issuer.createCredentialOffer({
  issuerMetadata: metadata,
  credentialConfigurationIds: question.configurations,
  grants: question.grants,
});

const verifiedProof = await issuer.verifyCredentialRequestJwtProof({
  issuerMetadata: metadata,
  jwt: question.proof,
  expectedNonce: question.nonce,
  now: new Date(question.now * 1000),
});
const theirProof = await client.createCredentialRequestJwtProof({
  issuerMetadata: metadata,
  signer,
  nonce: question.nonce,
  issuedAt: new Date(question.now * 1000),
  credentialConfigurationId: question.configurations[0],
});
const credentialRequest = issuer.parseCredentialRequest({
  issuerMetadata: metadata,
  credentialRequest: question.credentialRequest,
});

const requests = question.requests.map((authorizationRequest) => {
  const { type, params } = wallet.parseOpenid4vpAuthorizationRequest({ authorizationRequest });
  return { type, params };
});
const theirRequest = await createOpenid4vpAuthorizationRequest({
  authorizationRequestPayload: question.theirRequest,
  callbacks,
});

process.stdout.write(
  JSON.stringify({
    metadata: metadata.credentialIssuer,
    offers,
    theirOffer: theirOffer.credentialOffer,
    verifiedProof: { nonce: verifiedProof.payload.nonce, key: verifiedProof.signer.publicJwk },
    theirProof: theirProof.jwt,
    credentialRequest: {
      configuration: credentialRequest.credentialConfigurationId,
      proofs: credentialRequest.proofs,
    },
    requests,
    theirRequest: theirRequest.authorizationRequest,
    x509Hash: await calculateX509HashClientIdPrefixValue({
      x509Certificate: Buffer.from(question.certificate, "base64"),
      hash,
    }),
    transactionData: parseTransactionData({ transactionData: question.transactionData }).map(
      ({ transactionData }) => transactionData,
    ),
    response: parseOpenid4VpAuthorizationResponsePayload(question.response),
  }),
);
