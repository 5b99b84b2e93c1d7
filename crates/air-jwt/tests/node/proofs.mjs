// `jose`: encrypted tokens and proofs of possession. Reads one question on stdin, answers once on stdout. See ../peers.rs.
import { readFileSync } from "node:fs";
import { CompactEncrypt, EmbeddedJWK, SignJWT, calculateJwkThumbprint, compactDecrypt, importJWK, jwtVerify } from "jose";

const question = JSON.parse(readFileSync(0, "utf8"));
const currentDate = new Date(question.now * 1000);
const key = await importJWK(question.decryptionKey, "ECDH-ES");
const published = await importJWK(question.encryptionKey, "ECDH-ES");
const text = (bytes) => new TextDecoder().decode(bytes);

const decrypted = [];
for (const token of question.encrypted) {
  const { plaintext, protectedHeader } = await compactDecrypt(token, key);
  decrypted.push({ plaintext: text(plaintext), kid: protectedHeader.kid, enc: protectedHeader.enc });
}

const encrypted = [];
for (const enc of ["A128GCM", "A256GCM"]) {
  for (const parameters of [{}, { apu: new TextEncoder().encode("Alice"), apv: new TextEncoder().encode("Bob") }]) {
    encrypted.push(
      await new CompactEncrypt(new TextEncoder().encode(question.plaintext))
        .setProtectedHeader({ alg: "ECDH-ES", enc, kid: question.encryptionKey.kid })
        .setKeyManagementParameters(parameters)
        .encrypt(published),
    );
  }
}

const proofs = [];
for (const proof of question.proofs) {
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { currentDate, typ: "dpop+jwt" });
  proofs.push({ ...payload, jkt: await calculateJwkThumbprint(protectedHeader.jwk) });
}

const { publicJwk, privateJwk } = question.client;
const signed = await new SignJWT(question.claims)
  .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: publicJwk })
  .sign(await importJWK(privateJwk, "ES256"));

const pop = await jwtVerify(question.pop, await importJWK(publicJwk, "ES256"), {
  currentDate,
  typ: "oauth-client-attestation-pop+jwt",
  audience: question.audience,
});

console.log(JSON.stringify({ decrypted, encrypted, proofs, signed, pop: pop.payload }));
