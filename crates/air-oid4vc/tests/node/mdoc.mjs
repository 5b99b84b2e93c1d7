// The functions that `@owf/mdoc` needs of its host: random numbers, digests, signatures and certificates.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, X509Certificate } from "node:crypto";
import { CoseKey } from "@owf/mdoc";

const signature = (key) => ({ key, dsaEncoding: "ieee-p1363" });
const certificateOf = (der) => new X509Certificate(der);
const field = (name, key) =>
  name.split("\n").flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

export const context = {
  crypto: {
    random: (length) => new Uint8Array(randomBytes(length)),
    digest: ({ digestAlgorithm, bytes }) =>
      new Uint8Array(createHash(digestAlgorithm.replace("-", "").toLowerCase()).update(bytes).digest()),
    calculateEphemeralMacKey: () => {
      throw new Error("no MAC is used");
    },
  },
  cose: {
    sign1: {
      sign: ({ toBeSigned, key }) =>
        new Uint8Array(sign("sha256", toBeSigned, signature(createPrivateKey({ key: key.jwk, format: "jwk" })))),
      verify: ({ key, sign1 }) => {
        const { d, ...jwk } = key.jwk;
        return verify("sha256", sign1.toBeSigned, signature(createPublicKey({ key: jwk, format: "jwk" })), sign1.signature);
      },
    },
    mac0: {},
  },
  x509: {
    getIssuerNameField: ({ certificate, field: key }) => field(certificateOf(certificate).issuer, key),
    getPublicKey: ({ certificate }) => CoseKey.fromJwk(certificateOf(certificate).publicKey.export({ format: "jwk" })),
    verifyCertificateChain: ({ trustedCertificates, x5chain }) => {
      const [leaf, root] = [certificateOf(x5chain[0]), certificateOf(trustedCertificates[0])];
      if (!leaf.checkIssued(root) || !leaf.verify(root.publicKey)) throw new Error("the root did not issue the leaf");
    },
    getCertificateData: ({ certificate }) => {
      const read = certificateOf(certificate);
      return {
        issuerName: read.issuer,
        subjectName: read.subject,
        serialNumber: read.serialNumber,
        thumbprint: read.fingerprint256,
        notBefore: new Date(read.validFrom),
        notAfter: new Date(read.validTo),
        pem: read.toString(),
      };
    },
  },
};

export const coseKey = (jwk) =>
  CoseKey.fromJwk({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, d: jwk.d, alg: "ES256" });
