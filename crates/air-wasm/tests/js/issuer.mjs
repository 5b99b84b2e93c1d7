// An issuer of SD-JWT VCs on WebCrypto, so that what is verified was made by other code.

const encoder = new TextEncoder();
const VISIBLE = new Set(["iss", "vct", "iat", "exp", "status"]);

/** Each claim that is not one of every credential's can be withheld. */
export async function selfIssued(claims) {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const entries = Object.entries(claims);
  const disclosures = entries.filter(([name]) => !VISIBLE.has(name)).map(([name, value]) => {
    const salt = base64url(crypto.getRandomValues(new Uint8Array(16)));
    return base64url(encoder.encode(JSON.stringify([salt, name, value])));
  });
  const digests = await Promise.all(disclosures.map(async (text) => base64url(await crypto.subtle.digest("SHA-256", encoder.encode(text)))));
  const payload = { ...Object.fromEntries(entries.filter(([name]) => VISIBLE.has(name))), _sd_alg: "sha-256" };
  if (digests.length) payload._sd = digests.sort();
  const head = { alg: "ES256", typ: "dc+sd-jwt", kid: "key-1" };
  const signed = [head, payload].map((part) => base64url(encoder.encode(JSON.stringify(part)))).join(".");
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, encoder.encode(signed));
  const credential = [`${signed}.${base64url(signature)}`, ...disclosures, ""].join("~");
  return { credential, jwks: { keys: [{ kty, crv, x, y, kid: "key-1", alg: "ES256", use: "sig" }] } };
}

function base64url(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
