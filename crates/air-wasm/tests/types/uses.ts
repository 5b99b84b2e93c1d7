// Uses every function of the package from TypeScript: `tsc --noEmit` compiles it, and must reject
// the lines marked as errors.

import init, { Cak, Opener, Root, Sealer, TypedData, derive, open, readPublicKey, seal } from "air-wasm/core";
import type { CakContext, Curve } from "air-wasm/core";
import initValidate, { validate } from "air-wasm/validate";
import type { ValidateOptions, Violation } from "air-wasm/validate";
import initVerify, { verify } from "air-wasm/verify";
import type { AirError, AirErrorCode, VerifiedCredential, VerifyOptions } from "air-wasm/verify";
import * as webcrypto from "air-wasm/webcrypto";
import type { Progress, SealStreamOptions, StreamOptions } from "air-wasm/webcrypto";
import initAnchor, { verifyAnchor, verifyInclusion } from "air-wasm/anchor";
import type { AnchorOptions, AnchorStatement, VerifiedAnchor } from "air-wasm/anchor";

await Promise.all([init(), initValidate(), initVerify(), initAnchor()]);

const seed = new Uint8Array(32);
const curve: Curve = "secp256k1";
const context: CakContext = { user: "u-1", issuer: "did:example:issuer", schema: "s-1", curve };

const roots: Root[] = [Root.fromSeed(seed), Root.fromWallet(seed), Root.fromWallet(seed, 222888), Root.generateWallet()];
const [root] = roots as [Root];
const address: string | undefined = root.walletAddress;
const walletKey: Uint8Array | undefined = root.exposeWalletKey();
const key: Cak = root.derive(context);
const again: Cak = derive(root, context);
const given: Cak = Cak.fromPrivateKey(key.exposePrivateKey(), context);
const whole: Required<CakContext> = key.context;
const ofKey: Curve = key.curve;

const sealed: Uint8Array = seal(key.publicKey, context, seed, "scan.png");
const documents: Uint8Array[] = [
  open(key.exposePrivateKey(), context, sealed, "scan.png"),
  key.open(key.seal(seed)),
  given.open(key.seal(seed, seed), seed),
];
const inPieces: Sealer = new Sealer(readPublicKey(key.publicKey, context), context, "scan.png", 16);
const pieces: Uint8Array[] = [inPieces.seal(seed), inPieces.finish(), key.exposePrivateKeyBytes()];
const opener: Opener = new Opener(key, sealed, "scan.png");
pieces.push(opener.open(sealed, true));

const publicHalf: webcrypto.CakPublicKey = await webcrypto.CakPublicKey.import(key.publicKey, context);
const privateHalves: webcrypto.CakPrivateKey[] = [
  await webcrypto.CakPrivateKey.import(key.exposePrivateKey(), context),
  await webcrypto.CakPrivateKey.fromCak(key),
];
const [privateHalf] = privateHalves as [webcrypto.CakPrivateKey];
const kept: CryptoKey | undefined = privateHalf.cryptoKey;
if (kept) privateHalves.push(await webcrypto.CakPrivateKey.fromCryptoKey(kept, privateHalf.publicKey, privateHalf.context));
const streamOptions: StreamOptions = { label: "scan.png", signal: AbortSignal.timeout(1_000), onProgress: (progress: Progress) => progress.loaded };
const sealOptions: SealStreamOptions = { ...streamOptions, chunkLog2: 20 };
const sealedStream: ReadableStream<Uint8Array> = publicHalf.sealStream(new File([seed], "scan.png"), sealOptions);
const openedStream: ReadableStream<Uint8Array> = privateHalf.openStream(sealedStream, streamOptions);
const reader: ReadableStreamBYOBReader = openedStream.getReader({ mode: "byob" });
pieces.push(await publicHalf.seal(seed), await privateHalf.open(sealed, seed), await webcrypto.open("", context, await webcrypto.seal("", context, seed)));
console.log(pieces, reader);
privateHalf.free();
const typed: TypedData = TypedData.parse("{}");
const signatures: string[] = [root.signMessage(seed), root.signTypedData(typed)];
const rows: [string, string][] = [...typed.domain, ...typed.message];
root.free();
again.free();

const options: ValidateOptions = { draft: "2020-12" };
const violations: Violation[] = [...validate({ title: "t" }, {}), ...validate("{}", null, options)];
const told: string[] = violations.map(({ pointer, rule, message }) => `${pointer} ${rule} ${message}`);

const trusted: VerifyOptions = {
  issuer: "https://issuer.example", jwks: { keys: [] }, now: 1, types: ["t"], claims: ["a.b"], skew: 30, nonce: "n", audience: "a",
  statusLists: ["token"], withoutStatus: false,
};
const verified: VerifiedCredential = verify("credential", trusted);
const until: number | undefined = verified.expiresAt;
const outcomes: string[] = verified.checks.map(({ check, outcome, reason }) => `${check} ${outcome} ${reason ?? ""}`);

const pinned: AnchorOptions = { chainId: 5151, contract: "0x", codeHash: "0x", blockHash: "0x" };
const anchored: VerifiedAnchor = verifyAnchor("{}", pinned);
const included: AnchorStatement = verifyInclusion({});
const facts: (number | undefined)[] = [anchored.block.timestamp, anchored.leafIndex, included.treeSize, included.evidenceBlock];
const named: string[] = [anchored.root, anchored.coreClaimHash, anchored.block.hash, ...anchored.checks];
console.log(facts, named, included.hasEvidence);

try {
  verify("credential", { issuer: "https://issuer.example", jwks: "{}" });
} catch (thrown) {
  const error = thrown as AirError;
  const code: AirErrorCode = error.code;
  if (code === "CREDENTIAL_REJECTED") console.log(error.check);
}
console.log(signatures, rows, address, walletKey, whole, ofKey, documents, told, until, outcomes, verified.subject, verified.isHolderBound);

// @ts-expect-error a context needs its schema
root.derive({ user: "u-1", issuer: "did:example:issuer" });
// @ts-expect-error no such curve
root.derive({ ...context, curve: "P-256" });
// @ts-expect-error documents are bytes
key.seal("a text");
// @ts-expect-error documents of any length are streams
publicHalf.sealStream(seed);
// @ts-expect-error a misspelt option
publicHalf.sealStream(new Blob(), { labels: "l" });
// @ts-expect-error a container has its chunk size
privateHalf.openStream(new Blob(), { chunkLog2: 16 });
// @ts-expect-error keys are imported
new webcrypto.CakPublicKey();
// @ts-expect-error seeds are bytes
Root.fromSeed("a text");
// @ts-expect-error no such draft
validate({}, {}, { draft: "draft4" });
// @ts-expect-error the subject is left out
validate({});
// @ts-expect-error the issuer is left out
verify("credential", { jwks: { keys: [] } });
// @ts-expect-error a misspelt option
verify("credential", { issuer: "i", jwks: { keys: [] }, type: ["t"] });
// @ts-expect-error a contract must be pinned
verifyAnchor("{}", { blockHash: "0x" });
// @ts-expect-error a violation has no value
violations[0]?.value;
// @ts-expect-error no such code
const unheardOf: AirErrorCode = "OOPS";
