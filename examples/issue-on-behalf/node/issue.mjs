// Issues a credential on behalf of a user who is not there, and waits until it is on-chain.
//
//   AIR_API=http://127.0.0.1:8300/v1 AIR_PARTNER_ID=… AIR_ISSUER=… AIR_PROGRAM=… AIR_KEY=partner-key.pem AIR_KID=… \
//       node issue.mjs ada@example.com '{"isOver18": true}'
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { SignJWT, importPKCS8 } from "jose";

const { AIR_API, AIR_PARTNER_ID, AIR_ISSUER_DID, AIR_PROGRAM, AIR_KEY, AIR_KID } = process.env;
// `AIR_ISSUER_DID` is its earlier name.
const { AIR_ISSUER = AIR_ISSUER_DID } = process.env;
const [email, subject] = process.argv.slice(2);

// 1. A Partner JWT: who issues (`partnerId`), and to whom (`email`, the recipient's own address). Five minutes are enough.
const key = await importPKCS8(await readFile(AIR_KEY, "utf8"), "ES256");
const token = await new SignJWT({ partnerId: AIR_PARTNER_ID, scope: "issue on-behalf", email })
  .setProtectedHeader({ alg: "ES256", kid: AIR_KID, typ: "JWT" })
  .setIssuedAt()
  .setExpirationTime("5m")
  .sign(key);

// 2. Issue. The program's id is called `credentialId`; the subject has exactly what its schema has. With `ignore`, a user who has one
//    already keeps it, so that this may be sent again after a lost answer.
const { coreClaimHash } = await call("/credentials/issue-on-behalf", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    issuerDid: AIR_ISSUER,
    credentialId: AIR_PROGRAM,
    credentialSubject: JSON.parse(subject),
    onDuplicate: "ignore",
  }),
});

// 3. Poll: after 1 s, then twice as long each time, at most every 30 s. It is issued; do not issue again.
const deadline = Date.now() + 4 * 60_000;
for (let wait = 1000; ; wait = Math.min(2 * wait, 30_000)) {
  const status = await call(`/credentials/status?coreClaimHash=${coreClaimHash}`);
  if (status.vcStatus === "ONCHAIN") {
    console.log(JSON.stringify(status));
    break;
  }
  if (Date.now() + wait > deadline) throw new Error(`${coreClaimHash} is still ${status.vcStatus}; ask again later`);
  await sleep(wait);
}

// Errors are {"error": <HTTP status>, "message": "<sentence>"}. What asks to slow down, or fails, is asked again, with a back-off.
async function call(path, init = {}) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(AIR_API + path, {
      ...init,
      headers: { ...init.headers, "x-partner-auth": token },
      signal: AbortSignal.timeout(30_000),
    });
    if (response.ok) return response.json();
    if (attempt === 4 || (response.status !== 429 && response.status < 500)) {
      const { error, message } = await response.json();
      throw new Error(`${error}: ${message}`);
    }
    await sleep(500 * 2 ** attempt * Math.random());
  }
}
