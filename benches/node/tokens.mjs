// Partner JWTs with `jose`: medians in nanoseconds a token, as JSON. Its packages are those of air-jwt's tests.
import { median } from "./median.mjs";

const folder = new URL("../../crates/air-jwt/tests/node/node_modules/jose/dist/webapi/index.js", import.meta.url);
const { SignJWT, generateKeyPair, jwtVerify } = await import(folder);

const claims = { partnerId: "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11", scope: "issue on-behalf", email: "ada@example.com" };
const results = {};
for (const alg of ["ES256", "RS256"]) {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const sign = () =>
    new SignJWT(claims).setProtectedHeader({ alg, kid: "k", typ: "JWT" }).setIssuedAt().setExpirationTime("5m").sign(privateKey);
  const token = await sign();
  results[`token-sign-${alg.toLowerCase()}`] = await median(sign);
  results[`token-verify-${alg.toLowerCase()}`] = await median(() => jwtVerify(token, publicKey, { typ: "JWT", algorithms: [alg] }));
}
console.log(JSON.stringify(results));
