// The same steps in Node's crypto: medians in nanoseconds an operation, as JSON.

import crypto from "node:crypto";

const context = Buffer.from(
  "AIR-CAK-v1 secp256r1 7f01c42c-02cf-4325-96ed-ba034700f724 did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB c21s70g0i54sn0023172Cv",
);
const orders = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
};

function derive(curve, seed) {
  const okm = Buffer.from(crypto.hkdfSync("sha256", seed, "AIR-CAK-v1", context, 48));
  const d = (BigInt(`0x${okm.toString("hex")}`) % (orders[curve] - 1n)) + 1n;
  const ecdh = crypto.createECDH(curve);
  ecdh.setPrivateKey(d.toString(16).padStart(64, "0"), "hex");
  return ecdh.getPublicKey();
}

// HPKE's key schedule on top of ECDH: eight HMACs for the extracts, and as many for the expands.
const hmac = (key, message) => crypto.createHmac("sha256", key).update(message).digest();
const recipient = crypto.createECDH("prime256v1");
recipient.generateKeys();
const publicKey = recipient.getPublicKey();
const document = Buffer.alloc(1024, 7);

function seal() {
  const once = crypto.createECDH("prime256v1");
  const enc = once.generateKeys();
  const dh = once.computeSecret(publicKey);
  const prk = hmac(Buffer.alloc(32), Buffer.concat([Buffer.from("HPKE-v1KEM..eae_prk"), dh]));
  const shared = hmac(prk, Buffer.concat([Buffer.from("..HPKE-v1KEM..shared_secret"), enc, publicKey, Buffer.from([1])]));
  const none = hmac(Buffer.alloc(32), "HPKE-v1HPKE......psk_id_hash");
  const info = hmac(Buffer.alloc(32), Buffer.concat([Buffer.from("HPKE-v1HPKE......info_hash"), context]));
  const schedule = Buffer.concat([Buffer.from([0]), none, info, Buffer.from([1])]);
  const secret = hmac(shared, "HPKE-v1HPKE......secret");
  const [key, nonce, exporter] = ["key", "base_nonce", "exp"].map((label) =>
    hmac(secret, Buffer.concat([Buffer.from(`..HPKE-v1HPKE......${label}`), schedule])),
  );
  const commit = hmac(exporter, "..HPKE-v1HPKE......secAIR-SEAL commit");
  const cipher = crypto.createCipheriv("aes-256-gcm", key, nonce.subarray(0, 12));
  cipher.setAAD(Buffer.from([1]));
  return Buffer.concat([enc, commit, cipher.update(document), cipher.final(), cipher.getAuthTag()]);
}

/** The median of 41 rounds, each as many operations as take some 20 ms. */
function median(operation) {
  for (let i = 0; i < 300; i++) operation();
  let count = 1;
  for (;;) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) operation();
    if (process.hrtime.bigint() - start > 20_000_000n) break;
    count *= 2;
  }
  const rounds = Array.from({ length: 41 }, () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) operation();
    return Number(process.hrtime.bigint() - start) / count;
  });
  return rounds.sort((a, b) => a - b)[20];
}

const seed = Buffer.alloc(32, 7);
console.log(
  JSON.stringify({
    "derive-seed-secp256r1": median(() => derive("prime256v1", seed)),
    "derive-seed-secp256k1": median(() => derive("secp256k1", seed)),
    "seal-1KiB": median(seal),
  }),
);
