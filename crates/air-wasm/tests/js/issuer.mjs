// An issuer of SD-JWT VCs with WebCrypto, so that the tests verify credentials of another
// implementation.

const encoder = new TextEncoder();
const VISIBLE = new Set(["iss", "vct", "iat", "exp", "status"]);

/** An issuer with a key of its own. */
export async function newIssuer() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const jwks = { keys: [{ kty, crv, x, y, kid: "key-1", alg: "ES256", use: "sig" }] };

  async function sign(typ, claims) {
    const head = { alg: "ES256", typ, kid: "key-1" };
    const signed = [head, claims].map((part) => base64url(encoder.encode(JSON.stringify(part)))).join(".");
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, encoder.encode(signed));
    return `${signed}.${base64url(signature)}`;
  }

  /** Each claim that is not one of every credential's can be withheld. */
  async function credential(claims) {
    const entries = Object.entries(claims);
    const disclosures = entries.filter(([name]) => !VISIBLE.has(name)).map(([name, value]) => {
      const salt = base64url(crypto.getRandomValues(new Uint8Array(16)));
      return base64url(encoder.encode(JSON.stringify([salt, name, value])));
    });
    const digests = await Promise.all(disclosures.map(async (text) => base64url(await crypto.subtle.digest("SHA-256", encoder.encode(text)))));
    const payload = { ...Object.fromEntries(entries.filter(([name]) => VISIBLE.has(name))), _sd_alg: "sha-256" };
    if (digests.length) payload._sd = digests.sort();
    return [await sign("dc+sd-jwt", payload), ...disclosures, ""].join("~");
  }

  /** A status list token (Token Status List, 5.1) of one status for each index, with two bits each. */
  async function statusList(statuses, claims) {
    const bytes = new Uint8Array(Math.ceil(statuses.length / 4));
    statuses.forEach((status, index) => { bytes[index >> 2] |= status << (2 * (index & 3)); });
    const zlib = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
    const lst = base64url(await new Response(zlib).arrayBuffer());
    return sign("statuslist+jwt", { status_list: { bits: 2, lst }, ...claims });
  }

  return { jwks, credential, statusList };
}

/** A credential of an issuer that issues no other. */
export async function selfIssued(claims) {
  const { jwks, credential } = await newIssuer();
  return { credential: await credential(claims), jwks };
}

function base64url(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
