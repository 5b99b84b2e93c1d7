// Answers the question of `interop.rs` with `@owf/token-status-list`: verifies our status list token as CWT, and signs one.
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { text } from "node:stream/consumers";
import { CoseKey, Cwt, Sign1, SignatureAlgorithm } from "@owf/cose";
import { MediaTypes, StatusList, StatusListCwt } from "@owf/token-status-list";
import { Decoder } from "cbor-x";

const question = JSON.parse(await text(process.stdin));
const signature = (key) => ({ key, dsaEncoding: "ieee-p1363" });
const coseKey = ({ kty, crv, x, y, d }) => CoseKey.fromJwk({ kty, crv, x, y, d, alg: "ES256" });
const context = {
  sign: ({ toBeSigned, key }) => new Uint8Array(sign("sha256", toBeSigned, signature(createPrivateKey({ key: key.jwk, format: "jwk" })))),
  verify: ({ key, sign1 }) => {
    const { d, ...jwk } = key.jwk;
    return verify("sha256", sign1.toBeSigned, signature(createPublicKey({ key: jwk, format: "jwk" })), sign1.signature);
  },
};

const token = new Uint8Array(Buffer.from(question.token, "base64"));
// `Cwt.asSign1` of this version makes one without the signature.
const sign1 = Sign1.decode(token);
// `StatusListCwt.fromToken` of this version refuses a list without `aggregation_uri`, even that of the draft.
const claims = new Decoder({ mapsAsObjects: false }).decode(Cwt.fromToken(token).payload);
const list = claims.get(65533);

const theirs = new StatusListCwt({
  payload: {
    subject: question.uri,
    statusList: new StatusList(question.statuses, 2),
    issuedAt: new Date(question.now * 1000),
    expirationTime: new Date((question.now + 3600) * 1000),
    timeToLive: 300,
  },
  protectedHeaders: new Map([[1, SignatureAlgorithm.ES256]]),
});
const signed = await theirs.signAndEncode({ signingKey: coseKey(question.key), algorithm: SignatureAlgorithm.ES256 }, context);

const answer = {
  verifies: await sign1.verifySignature({ key: coseKey(question.key) }, context),
  hasType: Cwt.fromToken(token).protectedHeaders.headers.get(16) === MediaTypes.STATUS_LIST_CWT,
  subject: claims.get(2),
  issuedAt: claims.get(6),
  timeToLive: claims.get(65534),
  statuses: StatusList.decompressStatusListFromBytes(list.get("lst"), list.get("bits")).statusList,
  token: Buffer.from(signed).toString("base64"),
};
process.stdout.write(JSON.stringify(answer));
