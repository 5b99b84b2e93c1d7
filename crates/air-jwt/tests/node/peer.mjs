// `jose`: reads one question on stdin, answers once on stdout. See ../peers.rs.
import { readFileSync } from "node:fs";
import { SignJWT, calculateJwkThumbprint, createLocalJWKSet, importJWK, importPKCS8, jwtVerify } from "jose";

const question = JSON.parse(readFileSync(0, "utf8"));
const keys = createLocalJWKSet(question.jwks);
const currentDate = new Date(question.now * 1000);

const claims = [];
for (const token of question.tokens) {
  const { payload } = await jwtVerify(token, keys, { currentDate, typ: "JWT", algorithms: ["ES256", "RS256"] });
  claims.push(payload);
}

const tokens = [];
for (const { alg, kid, jwk, pem } of question.privateKeys) {
  for (const key of [await importJWK(jwk, alg), await importPKCS8(pem, alg)]) {
    tokens.push(await new SignJWT(question.claims).setProtectedHeader({ alg, kid, typ: "JWT" }).sign(key));
  }
}

const thumbprints = await Promise.all(question.jwks.keys.map((key) => calculateJwkThumbprint(key)));
console.log(JSON.stringify({ claims, tokens, thumbprints }));
