// Other implementations of the same bytes: a JSON line in, a JSON line out.
//
// seal, open   a container of the CAK specification, section 4: on secp256r1 with @hpke/core, on secp256k1 with @noble/curves and
//              node:crypto after RFC 9180
// derive       a key of section 3, with node:crypto and @noble/curves
// holder-*     the holder's envelope, with node:crypto

import crypto from "node:crypto";
import readline from "node:readline";

import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

const utf8 = (text) => Buffer.from(text, "utf8");
const unhex = (digits) => Buffer.from(digits, "hex");
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const u16 = (number) => Buffer.from([number >> 8, number & 255]);
const exactBuffer = (bytes) => new Uint8Array(bytes).buffer;

const hmac = (key, message) => crypto.createHmac("sha256", key).update(message).digest();
const extract = (salt, ikm) => hmac(salt.length ? salt : Buffer.alloc(32), ikm);
const expand = (prk, info, length) => {
  const blocks = [];
  for (let i = 1, block = Buffer.alloc(0), left = length; left > 0; i++, left -= 32) {
    block = hmac(prk, Buffer.concat([block, info, Buffer.from([i])]));
    blocks.push(block);
  }
  return Buffer.concat(blocks).subarray(0, length);
};

// RFC 9180 in base mode over DHKEM(secp256k1, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
const KEM = Buffer.concat([utf8("KEM"), u16(0x0016)]);
const HPKE = Buffer.concat([utf8("HPKE"), u16(0x0016), u16(1), u16(2)]);
const labeledExtract = (suite, salt, label, ikm) =>
  extract(salt, Buffer.concat([utf8("HPKE-v1"), suite, utf8(label), ikm]));
const labeledExpand = (suite, prk, label, info, length) =>
  expand(prk, Buffer.concat([u16(length), utf8("HPKE-v1"), suite, utf8(label), info]), length);

class K256Context {
  constructor(dh, enc, recipient, info) {
    const none = Buffer.alloc(0);
    const prk = labeledExtract(KEM, none, "eae_prk", dh);
    const shared = labeledExpand(KEM, prk, "shared_secret", Buffer.concat([enc, recipient]), 32);
    const context = Buffer.concat([
      Buffer.from([0]),
      labeledExtract(HPKE, none, "psk_id_hash", none),
      labeledExtract(HPKE, none, "info_hash", info),
    ]);
    const secret = labeledExtract(HPKE, shared, "secret", none);
    this.key = labeledExpand(HPKE, secret, "key", context, 32);
    this.baseNonce = labeledExpand(HPKE, secret, "base_nonce", context, 12);
    this.exporter = labeledExpand(HPKE, secret, "exp", context, 32);
    this.sequence = 0;
  }

  nonce() {
    const nonce = Buffer.from(this.baseNonce);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.sequence++) >>> 0, 8);
    return nonce;
  }

  seal(text, aad) {
    const cipher = crypto.createCipheriv("aes-256-gcm", this.key, this.nonce()).setAAD(aad);
    return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }

  open(sealed, aad) {
    const decipher = crypto.createDecipheriv("aes-256-gcm", this.key, this.nonce()).setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - 16)), decipher.final()]);
  }

  export(context, length) {
    return labeledExpand(HPKE, this.exporter, "sec", context, length);
  }
}

const x = (point) => Buffer.from(point).subarray(1, 33);

const k256 = {
  sender(recipient, info) {
    const ephemeral = secp256k1.utils.randomSecretKey();
    const enc = Buffer.from(secp256k1.getPublicKey(ephemeral, false));
    const dh = x(secp256k1.getSharedSecret(ephemeral, recipient, false));
    return { enc, context: new K256Context(dh, enc, recipient, info) };
  },
  receiver(secret, enc, info) {
    const recipient = Buffer.from(secp256k1.getPublicKey(secret, false));
    return new K256Context(x(secp256k1.getSharedSecret(secret, enc, false)), enc, recipient, info);
  },
};

const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** @hpke/core behind the same three methods. */
const wrap = (context) => ({
  seal: async (text, aad) => Buffer.from(await context.seal(exactBuffer(text), exactBuffer(aad))),
  open: async (sealed, aad) => Buffer.from(await context.open(exactBuffer(sealed), exactBuffer(aad))),
  export: async (label, length) => Buffer.from(await context.export(exactBuffer(label), length)),
});

const r1 = {
  async sender(recipient, info) {
    const recipientPublicKey = await suite.kem.deserializePublicKey(exactBuffer(recipient));
    const sender = await suite.createSenderContext({ recipientPublicKey, info: exactBuffer(info) });
    return { enc: Buffer.from(sender.enc), context: wrap(sender) };
  },
  async receiver(secret, enc, info) {
    const recipientKey = await suite.kem.importKey("raw", exactBuffer(secret), false);
    return wrap(
      await suite.createRecipientContext({ recipientKey, enc: exactBuffer(enc), info: exactBuffer(info) }),
    );
  },
};

const sides = { secp256r1: r1, secp256k1: k256 };
const LABEL = utf8("AIR-SEAL commit");

async function seal({ curve, publicKey, prefix, info, document, chunk }) {
  const { enc, context } = await sides[curve].sender(unhex(publicKey), unhex(info));
  const parts = [unhex(prefix), u16(enc.length), enc, await context.export(LABEL, 32)];
  const bytes = unhex(document);
  const chunks = Math.max(1, Math.ceil(bytes.length / chunk));
  for (let i = 0; i < chunks; i++) {
    const last = Buffer.from([i === chunks - 1 ? 1 : 0]);
    parts.push(await context.seal(bytes.subarray(i * chunk, (i + 1) * chunk), last));
  }
  return hex(Buffer.concat(parts));
}

async function open({ curve, privateKey, info, container, chunk }) {
  const bytes = unhex(container);
  const context = await sides[curve].receiver(unhex(privateKey), bytes.subarray(18, 83), unhex(info));
  const commit = await context.export(LABEL, 32);
  if (!commit.equals(bytes.subarray(83, 115))) throw new Error("another commitment");
  const sealed = bytes.subarray(115);
  const chunks = Math.max(1, Math.ceil(sealed.length / (chunk + 16)));
  const parts = [];
  for (let i = 0; i < chunks; i++) {
    const last = Buffer.from([i === chunks - 1 ? 1 : 0]);
    parts.push(await context.open(sealed.subarray(i * (chunk + 16), (i + 1) * (chunk + 16)), last));
  }
  return hex(Buffer.concat(parts));
}

function derive({ curve, ikm, context }) {
  const group = { secp256r1: p256, secp256k1 }[curve];
  const info = Buffer.concat([utf8("key"), unhex(context)]);
  const okm = Buffer.from(crypto.hkdfSync("sha256", unhex(ikm), utf8("AIR-CAK-v1"), info, 48));
  const n = group.Point.Fn.ORDER;
  const d = (BigInt(`0x${hex(okm)}`) % (n - 1n)) + 1n;
  const secret = unhex(d.toString(16).padStart(64, "0"));
  return { privateKey: hex(secret), publicKey: hex(group.getPublicKey(secret, false)) };
}

const INFO = utf8("data-enc-aes-256-gcm");
const envelopeKey = (shared) => Buffer.from(crypto.hkdfSync("sha256", shared, Buffer.alloc(0), INFO, 32));

function holderSeal({ publicKey, document }) {
  const recipient = crypto.createPublicKey({ key: unhex(publicKey), format: "der", type: "spki" });
  const once = crypto.generateKeyPairSync("x25519");
  const shared = crypto.diffieHellman({ privateKey: once.privateKey, publicKey: recipient });
  const iv = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv("aes-256-gcm", envelopeKey(shared), iv);
  const data = Buffer.concat([cipher.update(unhex(document)), cipher.final()]);
  return {
    data: hex(data),
    iv: hex(iv),
    authTag: hex(cipher.getAuthTag()),
    key: hex(once.publicKey.export({ format: "der", type: "spki" })),
  };
}

function holderOpen({ privateKey, data, iv, authTag, key }) {
  const own = crypto.createPrivateKey({ key: unhex(privateKey), format: "der", type: "pkcs8" });
  const once = crypto.createPublicKey({ key: unhex(key), format: "der", type: "spki" });
  const shared = crypto.diffieHellman({ privateKey: own, publicKey: once });
  const decipher = crypto.createDecipheriv("aes-256-gcm", envelopeKey(shared), unhex(iv));
  decipher.setAuthTag(unhex(authTag));
  return hex(Buffer.concat([decipher.update(unhex(data)), decipher.final()]));
}

const operations = { seal, open, derive, "holder-seal": holderSeal, "holder-open": holderOpen };

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { op, ...input } = JSON.parse(line);
  console.log(JSON.stringify({ result: await operations[op](input) }));
}
