// `@sd-jwt/sd-jwt-vc` (the vendor's library), `@owf/token-status-list`, `jose` and `node:crypto`: reads one question
// from stdin and writes one answer to stdout. See ../node_peers.rs.
import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { getListFromStatusListJWT, getStatusListFromJWT } from "@owf/token-status-list";
import { ES256, digest, generateSalt } from "@sd-jwt/crypto-nodejs";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { decodeProtectedHeader, importJWK, jwtVerify } from "jose";

const question = JSON.parse(readFileSync(0, "utf8"));
const { did, document, lists, now } = question;
const currentDate = new Date(now * 1000);

/** The plaintext of an envelope, as JSON. */
const open = ([data, iv, authTag, ephemeralKey]) => {
  const parts = [data, iv, authTag, ephemeralKey].map((part) => Buffer.from(part, "base64"));
  const privateKey = crypto.createPrivateKey({ key: Buffer.from(question.privateKey, "hex"), format: "der", type: "pkcs8" });
  const publicKey = crypto.createPublicKey({ key: parts[3], format: "der", type: "spki" });
  const shared = crypto.diffieHellman({ privateKey, publicKey });
  const key = Buffer.from(crypto.hkdfSync("sha256", shared, Buffer.alloc(0), "data-enc-aes-256-gcm", 32));
  const decipher = crypto.createDecipheriv("aes-256-gcm", key, parts[1]).setAuthTag(parts[2]);
  return JSON.parse(Buffer.concat([decipher.update(parts[0]), decipher.final()]).toString("utf8"));
};

/** The key that a token names, if the DID document lets it sign credentials. */
const keyOf = (token) => {
  const { kid } = decodeProtectedHeader(token);
  if (!document.assertionMethod.includes(kid)) throw new Error(`${kid} is not an assertion method`);
  return document.verificationMethod.find(({ id }) => id === kid).publicKeyJwk;
};

/** The claims of a token by jose. */
const claims = async (token, typ, options) => {
  const key = await importJWK(keyOf(token), "ES256");
  return (await jwtVerify(token, key, { typ, issuer: did, currentDate, ...options })).payload;
};

/** The claims of a credential with its status by sd-jwt-vc, or that it was refused. */
const verify = async (credential) => {
  const instance = new SDJwtVcInstance({
    verifier: await ES256.getVerifier(keyOf(credential.split("~")[0])),
    signAlg: "ES256",
    hasher: digest,
    hashAlg: "sha-256",
    saltGenerator: generateSalt,
    statusListFetcher: async (uri) => lists[uri],
  });
  try {
    return (await instance.verify(credential, { currentDate: now })).payload;
  } catch (error) {
    return { refused: String(error.message ?? error) };
  }
};

for (const [uri, token] of Object.entries(lists)) await claims(token, "statuslist+jwt", { subject: uri });

const credentials = [];
for (const { data, iv, authTag, encryptedKey } of question.uploads) {
  const credential = open([data, iv, authTag, encryptedKey]);
  const token = credential.split("~")[0];
  const { idx, uri } = getStatusListFromJWT(token);
  credentials.push({
    signed: await claims(token, "dc+sd-jwt", {}),
    verified: await verify(credential),
    status: getListFromStatusListJWT(lists[uri]).getStatus(idx),
  });
}
const previews = question.previews.map(({ encryptedData, iv, authTag, dataEncPublicKey }) =>
  open([encryptedData, iv, authTag, dataEncPublicKey]),
);

console.log(JSON.stringify({ credentials, previews }));
