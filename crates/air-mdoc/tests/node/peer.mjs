// Answers the questions of `interop.rs` with `@owf/mdoc`: verifies our credential and responses, presents our credential, and issues and
// presents its own.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, X509Certificate } from "node:crypto";
import { text } from "node:stream/consumers";
import {
  CoseKey,
  DateOnly,
  DeviceKey,
  DeviceRequest,
  DeviceResponse,
  DocRequest,
  Holder,
  hex,
  Issuer,
  IssuerSigned,
  ItemsRequest,
  SessionTranscript,
  SignatureAlgorithm,
  Verifier,
} from "@owf/mdoc";

const question = JSON.parse(await text(process.stdin));
const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64"));
const now = new Date(question.now * 1000);
const signature = (key) => ({ key, dsaEncoding: "ieee-p1363" });
const certificateOf = (der) => new X509Certificate(der);
const field = (name, key) => name.split("\n").flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

const context = {
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

const key = (jwk) => CoseKey.fromJwk({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, d: jwk.d, alg: "ES256" });
const publicKey = (jwk) => DeviceKey.fromJwk({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y });
const jwkThumbprint = bytes(question.thumbprint);
const transcripts = {
  redirect: await SessionTranscript.forOid4Vp({ ...question.redirect, jwkThumbprint }, context),
  dcApi: await SessionTranscript.forOid4VpDcApi({ ...question.dcApi, jwkThumbprint }, context),
};

const verified = async (response, sessionTranscript) => {
  const deviceResponse = DeviceResponse.fromEncodedForOid4Vp(response);
  const trustedCertificates = [bytes(question.root)];
  try {
    await Verifier.verifyDeviceResponse({ deviceResponse, sessionTranscript, trustedCertificates, now }, context);
  } catch (error) {
    return { error: error.message };
  }
  const claims = deviceResponse.documents[0].issuerSigned.getPrettyClaims(question.namespace);
  return { claims: JSON.parse(JSON.stringify(claims)) };
};

const presented = async (issuerSigned, identifiers, sessionTranscript) => {
  const wanted = Object.fromEntries(identifiers.map((identifier) => [identifier, false]));
  const itemsRequest = ItemsRequest.create({ docType: question.docType, namespaces: { [question.namespace]: wanted } });
  const response = await Holder.createDeviceResponseForDeviceRequest(
    {
      deviceRequest: DeviceRequest.create({ docRequests: [DocRequest.create({ itemsRequest })] }),
      sessionTranscript,
      issuerSigned: [issuerSigned],
      signature: { signingKey: key(question.deviceKey) },
    },
    context,
  );
  return response.encodedForOid4Vp;
};

const ours = IssuerSigned.fromEncodedForOid4Vci(question.credential);
await Holder.verifyIssuerSigned({ issuerSigned: ours, trustedCertificates: [bytes(question.root)], now }, context);

const theirs = await new Issuer(question.docType, context)
  .addIssuerNamespace(question.namespace, {
    family_name: "Hopper",
    birth_date: new DateOnly("1906-12-09"),
    portrait: new Uint8Array(randomBytes(200)),
    driving_privileges: [{ vehicle_category_code: "B", issue_date: new DateOnly("2020-01-01") }],
    age_over_18: true,
  })
  .sign({
    signingKey: key(question.signerKey),
    algorithm: SignatureAlgorithm.ES256,
    digestAlgorithm: "SHA-256",
    validityInfo: { signed: now, validFrom: now, validUntil: new Date(now.getTime() + 86_400_000) },
    deviceKeyInfo: { deviceKey: publicKey(question.deviceKey) },
    certificates: [bytes(question.certificate)],
  });

const answer = {
  transcripts: Object.fromEntries(Object.entries(transcripts).map(([name, transcript]) => [name, hex.encode(transcript.encode())])),
  verified: {
    redirect: await verified(question.responses.redirect, transcripts.redirect),
    dcApi: await verified(question.responses.dcApi, transcripts.dcApi),
    mixedUp: await verified(question.responses.redirect, transcripts.dcApi),
  },
  theirCredential: theirs.encodedForOid4Vci,
  theirResponses: {
    redirect: await presented(theirs, ["family_name", "birth_date"], transcripts.redirect),
    dcApi: await presented(theirs, ["driving_privileges"], transcripts.dcApi),
  },
  oursPresented: await presented(ours, ["age_over_18"], transcripts.redirect),
};
process.stdout.write(JSON.stringify(answer));
