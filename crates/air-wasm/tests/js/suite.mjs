// The tests of the module. The same tests run in Node and in a page, which pass the module and the
// vectors.

import { bytes, contextOf, differs, equal, hex, refuses, same, throwsAny } from "./checks.mjs";
import { newIssuer, selfIssued } from "./issuer.mjs";

const CONTEXT = { user: "u-1", issuer: "did:example:issuer", schema: "s-1" };
const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
const NOW = 1_800_000_000;

/** @returns {[string, () => unknown][]} names and tests */
export function cases(air, vectors) {
  return [...derivation(air, vectors), ...signing(air, vectors), ...sealing(air, vectors), ...failures(air), ...validation(air), ...verification(air, vectors), ...anchoring(air, vectors)];
}

function derivation(air, { cak }) {
  const roots = {
    seed: (vector) => air.Root.fromSeed(bytes(vector.seed)),
    wallet: (vector) => air.Root.fromWallet(bytes(vector.walletKey), vector.chainId),
  };
  return [
    ["the published vectors have both curves and both roots", () => {
      const kinds = new Set(cak.derive.map((vector) => `${vector.curve} ${vector.root}`));
      equal(kinds.size, 4);
      equal(cak.derive.length, 16);
    }],
    ...cak.derive.map((vector, index) => [`derive ${index}: ${vector.curve} from a ${vector.root}`, () => {
      const root = roots[vector.root](vector);
      const key = air.derive(root, contextOf(vector));
      equal(key.curve, vector.curve);
      equal(key.publicKey, vector.publicKey);
      equal(key.exposePrivateKey(), vector.privateKey);
      equal(root.derive(contextOf(vector)).publicKey, vector.publicKey);
      equal(JSON.stringify(key.context), JSON.stringify(contextOf(vector)));
      key.free();
      root.free();
    }]),
    ["the curve defaults to secp256r1 and the network to the testnet", () => {
      equal(air.Root.fromSeed(SEED).derive(CONTEXT).curve, "secp256r1");
      const key = SEED.map((byte) => byte + 1);
      equal(air.Root.fromWallet(key).derive(CONTEXT).publicKey, air.Root.fromWallet(key, 222888).derive(CONTEXT).publicKey);
      differs(air.Root.fromWallet(key).derive(CONTEXT).publicKey, air.Root.fromWallet(key, 2288).derive(CONTEXT).publicKey);
    }],
    ["a wallet tells its address with the capitals of EIP-55", () => {
      // The first accounts of Hardhat's and Anvil's well-known mnemonic, "test test … junk".
      const known = {
        ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
      };
      for (const [key, address] of Object.entries(known)) equal(air.Root.fromWallet(bytes(key)).walletAddress, address);
      equal(air.Root.fromSeed(SEED).walletAddress, undefined);
    }],
    ["a new wallet's key can be kept and brought back", () => {
      const wallet = air.Root.generateWallet();
      const again = air.Root.fromWallet(wallet.exposeWalletKey());
      equal(again.walletAddress, wallet.walletAddress);
      equal(again.derive(CONTEXT).publicKey, wallet.derive(CONTEXT).publicKey);
      differs(air.Root.generateWallet().walletAddress, wallet.walletAddress);
      equal(air.Root.fromSeed(SEED).exposeWalletKey(), undefined);
    }],
    ["what was freed answers no more", () => {
      const root = air.Root.fromSeed(SEED);
      root.free();
      throwsAny(() => root.derive(CONTEXT));
      if (Symbol.dispose) equal(typeof air.Root.prototype[Symbol.dispose], "function");
    }],
  ];
}

/** Of the local platform's copy alone. */
function signing(air, { eip712 }) {
  if (!air.TypedData) return [];
  const wallet = () => air.Root.fromWallet(bytes(eip712.privateKey));
  const envelope = () => ({
    user: "7f01c42c-02cf-4325-96ed-ba034700f724", salt: new Uint8Array(16), iterations: 600_000, iv: new Uint8Array(12),
    ciphertext: new Uint8Array(48), isAutomated: false,
  });
  return [
    ["the published example of EIP-712 is signed as published, and shown whole", () => {
      const data = air.TypedData.parse(JSON.stringify(eip712.typedData));
      equal(wallet().signTypedData(data), `${eip712.r}${eip712.s.slice(2)}1c`);
      equal(data.primaryType, "Mail");
      equal(JSON.stringify(data.domain[0]), '["name","Ether Mail"]');
      equal(JSON.stringify(data.message[0]), '["from.name","Cow"]');
      equal(data.message.length, 5);
    }],
    ["typed data that gives a key away is refused", () => {
      const { types, domain } = eip712.typedData;
      const cak = JSON.stringify({ ...eip712.typedData, types: { ...types, ComplianceAccessKey: types.Person } });
      refuses("TYPED_DATA_RESERVED", () => air.TypedData.parse(cak));
      refuses("TYPED_DATA_RESERVED", () => air.TypedData.parse(cak.replaceAll("ComplianceAccessKey", "\\u0043omplianceAccessKey")));
      refuses("TYPED_DATA_RESERVED", () => air.TypedData.parse(JSON.stringify({ ...eip712.typedData, domain: { ...domain, name: "AIR Wallet" } })));
      refuses("TYPED_DATA_REJECTED", () => air.TypedData.parse("{}"));
      refuses("INVALID_ARGUMENT", () => air.TypedData.parse({}));
    }],
    ["a message is signed by EIP-191", () => {
      const signature = wallet().signMessage(new TextEncoder().encode("hello"));
      equal(/^0x[0-9a-f]{128}(1b|1c)$/.test(signature), true);
      differs(signature, wallet().signMessage(new Uint8Array()));
      refuses("INVALID_ARGUMENT", () => wallet().signMessage("hello"));
      refuses("TOO_LARGE", () => wallet().signMessage(new Uint8Array(65_537)));
    }],
    ["an envelope is signed whole, with what it replaces", () => {
      const first = wallet().signEnvelope(envelope());
      equal(/^0x[0-9a-f]{128}(1b|1c)$/.test(first), true);
      equal(wallet().signEnvelope({ ...envelope(), replaces: undefined }), first);
      differs(wallet().signEnvelope({ ...envelope(), replaces: new Uint8Array(16) }), first);
      differs(wallet().signEnvelope({ ...envelope(), isAutomated: true }), first);
      for (const change of [{ salt: new Uint8Array(15) }, { iv: undefined }, { iterations: -1 }, { iterations: 2 ** 32 }, { isAutomated: 1 }, { digest: "0x00" }]) {
        refuses("INVALID_ARGUMENT", () => wallet().signEnvelope({ ...envelope(), ...change }), JSON.stringify(change));
      }
    }],
    ["an acceptance is signed for one context", () => {
      const first = wallet().signAcceptance(CONTEXT);
      equal(/^0x[0-9a-f]{128}(1b|1c)$/.test(first), true);
      equal(wallet().signAcceptance({ ...CONTEXT, curve: "secp256r1" }), first);
      differs(wallet().signAcceptance({ ...CONTEXT, curve: "secp256k1" }), first);
      for (const member of ["user", "issuer", "schema"]) {
        differs(wallet().signAcceptance({ ...CONTEXT, [member]: "did:example:other" }), first);
      }
      refuses("INVALID_ARGUMENT", () => wallet().signAcceptance({ ...CONTEXT, publicKey: "0x04" }));
      refuses("NOT_A_WALLET", () => air.Root.fromSeed(SEED).signAcceptance(CONTEXT));
    }],
    ["a seed signs nothing, and nothing signs a digest", () => {
      const seed = air.Root.fromSeed(SEED);
      refuses("NOT_A_WALLET", () => seed.signEnvelope(envelope()));
      refuses("NOT_A_WALLET", () => seed.signMessage(SEED));
      const signers = Object.getOwnPropertyNames(air.Root.prototype).filter((name) => /sign/i.test(name));
      equal(signers.sort().join(), "signAcceptance,signEnvelope,signMessage,signTypedData");
    }],
  ];
}

function sealing(air, { cak }) {
  const round = ["secp256r1", "secp256k1"].map((curve) => [`seal and open on ${curve}, across chunks`, () => {
    const context = { ...CONTEXT, curve };
    const key = air.Root.fromSeed(SEED).derive(context);
    for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      const document = Uint8Array.from({ length }, (_, index) => index % 251);
      const sealed = air.seal(key.publicKey, context, document, "scan.png");
      equal(sealed.length, 115 + length + 16 * Math.max(1, Math.ceil(length / 65_536)));
      same(key.open(sealed, "scan.png"), document);
      same(air.open(key.exposePrivateKey(), context, sealed, "scan.png"), document);
      same(key.open(key.seal(document)), document);
    }
  }]);
  return [
    ...cak.seal.map((vector, index) => [`open ${index}: the published container on ${vector.curve}`, () => {
      const document = air.open(vector.privateKey, contextOf(vector), bytes(vector.sealed), bytes(vector.aad));
      same(document, bytes(vector.plaintext));
    }]),
    ...round,
    ["a label is a text or its bytes", () => {
      const key = air.Root.fromSeed(SEED).derive(CONTEXT);
      const sealed = key.seal(SEED, "Ausweis für José");
      same(key.open(sealed, new TextEncoder().encode("Ausweis für José")), SEED);
      refuses("WRONG_KEY", () => key.open(sealed, "Ausweis fuer Jose"));
    }],
    ["a verifier opens with the private key alone", () => {
      const key = air.Root.fromSeed(SEED).derive(CONTEXT);
      const given = air.Cak.fromPrivateKey(`0x${key.exposePrivateKey()}`, CONTEXT);
      equal(given.publicKey, key.publicKey);
      same(given.open(key.seal(SEED)), SEED);
    }],
    ["no two containers of a document are alike", () => {
      const key = air.Root.fromSeed(SEED).derive(CONTEXT);
      differs(hex(key.seal(SEED)), hex(key.seal(SEED)));
    }],
    ["a compressed public key seals too", () => {
      const vector = cak.derive[0];
      const sealed = air.seal(vector.publicKeyCompressed, contextOf(vector), SEED);
      same(air.open(vector.privateKey, contextOf(vector), sealed), SEED);
    }],
    ["any byte of a container that changes is found", () => {
      const key = air.Root.fromSeed(SEED).derive(CONTEXT);
      const sealed = key.seal(SEED);
      for (let place = 0; place < sealed.length; place += 1) {
        const changed = sealed.slice();
        changed[place] ^= 1;
        refuses(/^(NOT_A_CONTAINER|WRONG_KEY|CHUNK_REJECTED)$/, () => key.open(changed));
      }
      refuses(/NOT_A_CONTAINER|CHUNK_REJECTED/, () => key.open(sealed.slice(0, -1)));
      refuses("CHUNK_REJECTED", () => key.open(Uint8Array.of(...sealed, 0)));
    }],
  ];
}

function failures(air) {
  const root = () => air.Root.fromSeed(SEED);
  return [
    ["what is refused is an Error with a code, and shows no value", () => {
      const error = refuses("NOT_HEX", () => air.open("my private key", CONTEXT, SEED));
      equal(error instanceof Error, true);
      equal(error.name, "AirError");
      equal(error.message.includes("my private"), false);
    }],
    ["seeds have 32 to 1,024 bytes", () => {
      refuses("FIELD_TOO_SHORT", () => air.Root.fromSeed(new Uint8Array(31)));
      refuses("FIELD_TOO_LONG", () => air.Root.fromSeed(new Uint8Array(1_025)));
      refuses("TOO_LARGE", () => air.Root.fromSeed(new Uint8Array(1 << 20)));
      air.Root.fromSeed(new Uint8Array(1_024)).free();
    }],
    ["wallet keys are scalars of 32 bytes", () => {
      refuses("INVALID_ARGUMENT", () => air.Root.fromWallet(new Uint8Array(31)));
      refuses("INVALID_SCALAR", () => air.Root.fromWallet(new Uint8Array(32)));
      refuses("INVALID_SCALAR", () => air.Root.fromWallet(new Uint8Array(32).fill(255)));
    }],
    ["a context has its three fields, within their bounds", () => {
      refuses("INVALID_ARGUMENT", () => root().derive());
      refuses("INVALID_ARGUMENT", () => root().derive({ user: "u", issuer: "i" }));
      refuses("INVALID_ARGUMENT", () => root().derive({ ...CONTEXT, user: 7 }));
      refuses("INVALID_ARGUMENT", () => root().derive({ ...CONTEXT, curv: "secp256k1" }));
      refuses("FIELD_EMPTY", () => root().derive({ ...CONTEXT, schema: "" }));
      refuses("FIELD_TOO_LONG", () => root().derive({ ...CONTEXT, user: "u".repeat(65_536) }));
      refuses("TOO_LARGE", () => root().derive({ ...CONTEXT, user: "u".repeat(5 << 20) }));
      refuses("UNKNOWN_CURVE", () => root().derive({ ...CONTEXT, curve: "ed25519" }));
      root().derive({ ...CONTEXT, user: "u".repeat(65_535) }).free();
    }],
    ["arguments of another type are refused by name", () => {
      for (const wrong of [undefined, null, 7, "text", [1, 2], new ArrayBuffer(40), {}]) {
        refuses("INVALID_ARGUMENT", () => air.Root.fromSeed(wrong));
        refuses("INVALID_ARGUMENT", () => root().derive(CONTEXT).open(wrong));
      }
      refuses("INVALID_ARGUMENT", () => air.seal(undefined, CONTEXT, SEED));
      for (const wrong of [-1, 1.5, NaN, "5", 2 ** 54]) refuses("INVALID_ARGUMENT", () => air.Root.generateWallet(wrong));
    }],
    ["a key on the other curve, or none, is refused", () => {
      refuses("INVALID_POINT", () => air.seal(`0x04${"11".repeat(64)}`, CONTEXT, SEED));
      refuses("INVALID_SCALAR", () => air.Cak.fromPrivateKey("00".repeat(32), CONTEXT));
      refuses("MALFORMED_KEY", () => air.seal("{}", CONTEXT, SEED));
      const other = root().derive({ ...CONTEXT, curve: "secp256k1" });
      refuses(/WRONG_KEY|NOT_A_CONTAINER|CURVE_MISMATCH/, () => root().derive(CONTEXT).open(other.seal(SEED)));
    }],
    ["documents have at most 64 MiB, labels 65,535 bytes", () => {
      const key = root().derive(CONTEXT);
      refuses("TOO_LARGE", () => key.seal(new Uint8Array((64 << 20) + 1)));
      refuses("FIELD_TOO_LONG", () => key.seal(SEED, "l".repeat(65_536)));
      same(key.open(key.seal(SEED, "l".repeat(65_535)), "l".repeat(65_535)), SEED);
    }],
  ];
}

function validation(air) {
  if (!air.validate) return [];
  const schema = {
    title: "KYC basic",
    attributes: [
      { name: "givenName", type: "string", required: true, maxLength: 80, pattern: "^\\p{Lu}" },
      { name: "birthDate", type: "date", required: true },
      { name: "email", type: "string", format: "email" },
      { name: "level", type: "integer", minimum: 1, maximum: 3 },
    ],
  };
  const rules = (violations) => violations.map(({ pointer, rule }) => `${pointer} ${rule}`).join(", ");
  return [
    ["a subject that fits has no violations", () => {
      const subject = { givenName: "Ärla", birthDate: "1990-05-01", email: "arla@example.org", level: 2 };
      equal(JSON.stringify(air.validate(schema, subject)), "[]");
      equal(JSON.stringify(air.validate(JSON.stringify(schema), subject)), "[]");
    }],
    ["every rule that is broken is told, and no value", () => {
      const found = air.validate(schema, { givenName: "ada", email: "secret-value", level: 9, nickname: "secret-value" });
      equal(rules(found), "/birthDate required, /email format, /givenName pattern, /level range, /nickname unknownAttribute");
      equal(JSON.stringify(found).includes("secret-value"), false);
    }],
    ["every format, in texts that fit and that don't", () => {
      const texts = {
        email: ["ada@example.org", "nobody"], uri: ["https://example.org/a?b#c", "no uri"], uuid: ["7f01c42c-02cf-4325-96ed-ba034700f724", "7f01"],
        hostname: ["xn--mnchen-3ya.example", "xn--a"], ipv4: ["192.0.2.1", "192.0.2.256"], ipv6: ["2001:db8::1", "2001:db8"],
        date: ["2000-02-29", "1900-02-29"], "date-time": ["1998-12-31T15:59:60.123-08:00", "1998-12-31T22:59:60Z"],
      };
      for (const [format, [fits, doesNot]] of Object.entries(texts)) {
        const type = format.startsWith("date") ? { type: format } : { type: "string", format };
        const form = { title: "t", attributes: [{ name: "a", ...type }] };
        equal(rules(air.validate(form, { a: fits })), "");
        equal(rules(air.validate(form, { a: doesNot })), "/a format");
      }
    }],
    ["patterns, and what they may not ask for here", () => {
      const form = (pattern) => ({ title: "t", attributes: [{ name: "a", type: "string", pattern }] });
      const texts = { "^[\\p{L}' -]{1,80}$": "Zoë O'Neill", "^\\+?[0-9][0-9 ()-]{6,14}$": "+49 30 1234567", "\\bAda\\b": "by Ada, 1843" };
      for (const [pattern, text] of Object.entries(texts)) {
        equal(rules(air.validate(form(pattern), { a: text })), "");
        equal(rules(air.validate(form(pattern), { a: "_" })), "/a pattern");
      }
      equal(refuses("SCHEMA_REJECTED", () => air.validate(form("\\p{Script=Latin}"), {})).message.includes("/properties/a/pattern"), true);
      for (const pattern of ["(", "(?=a)", "(a)\\1", "(a{1000}){1000}"]) refuses("SCHEMA_REJECTED", () => air.validate(form(pattern), {}), pattern);
      const start = Date.now();
      equal(rules(air.validate(form("^(a+)+$"), { a: `${"a".repeat(100_000)}!` })), "/a pattern");
      equal(Date.now() - start < 20_000, true);
    }],
    ["a JSON Schema of either draft that a form can hold", () => {
      const small = { type: "integer", maximum: 3 };
      const jsonSchema = { type: "object", properties: { a: { $ref: "#/$defs/small" } }, $defs: { small }, additionalProperties: false };
      equal(rules(air.validate(jsonSchema, { a: 4 }, { draft: "2020-12" })), "/a range");
      equal(rules(air.validate(JSON.stringify(jsonSchema), { b: 1 }, { draft: "2020-12" })), "/b unknownAttribute");
      equal(air.validate(jsonSchema, { a: 3 }, { draft: "draft7" }).length, 0);
      refuses("INVALID_ARGUMENT", () => air.validate(jsonSchema, {}, { draft: "draft4" }));
    }],
    ["a JSON Schema that says more is refused by place and reason", () => {
      const open = { type: "object", properties: { a: { type: "string" } } };
      const closed = { ...open, additionalProperties: false };
      const a = (schema) => ({ ...closed, properties: { a: schema } });
      const refused = [
        [open, "additionalProperties"], [{ ...closed, type: undefined }, "type"], [a({ type: "array" }), "#/properties/a/type"],
        [a({ type: "number", multipleOf: 2 }), "#/properties/a/multipleOf"], [a({ type: "string", format: "duration" }), "#/properties/a/format"],
        [{ ...closed, minProperties: 1 }, "minProperties"], [{ $ref: "https://example.org/schema" }, ""], [true, ""],
        [{ ...closed, properties: { credentialSubject: closed } }, "credentialSubject"],
        [{ type: "object", additionalProperties: false, allOf: [{ properties: { a: { type: "string" } } }] }, "allOf"],
        [a({ type: "integer", format: "int32" }), "/properties/a"], [{ ...closed, $schema: "http://json-schema.org/draft-07/schema#" }, "$schema"],
      ];
      for (const [schema, place] of refused) {
        const { message } = refuses("SCHEMA_REJECTED", () => air.validate(schema, {}, { draft: "2020-12" }), JSON.stringify(schema));
        equal(message.includes(place), true);
      }
      const later = { ...open, unevaluatedProperties: false };
      equal(rules(air.validate(later, { b: 1 }, { draft: "2020-12" })), "/b unknownAttribute");
      refuses("SCHEMA_REJECTED", () => air.validate(later, {}, { draft: "draft7" }));
    }],
    ["what is no schema or no JSON is refused", () => {
      refuses("SCHEMA_REJECTED", () => air.validate({ title: "No attributes" }, {}));
      refuses("SCHEMA_REJECTED", () => air.validate(schema.title, {}));
      refuses("INVALID_ARGUMENT", () => air.validate(schema, undefined));
      const circle = {};
      circle.circle = circle;
      refuses("INVALID_ARGUMENT", () => air.validate(schema, circle));
    }],
    ["what is too large is told in time", () => {
      refuses("SCHEMA_REJECTED", () => air.validate({ ...schema, description: "d".repeat(300_000) }, {}));
      equal(rules(air.validate(schema, { givenName: "A".repeat(300_000) })), " size");
      refuses("TOO_LARGE", () => air.validate(schema, { givenName: "A".repeat(5 << 20) }));
    }],
  ];
}

function verification(air, { rfc9901 }) {
  if (!air.verify) return [];
  const options = { issuer: "https://issuer.example", now: NOW };
  const issue = async (terms) => selfIssued({ iss: options.issuer, vct: "urn:air:Kyc", iat: NOW - 60, exp: NOW + 60, ...terms });
  return [
    ["the published SD-JWT VC of RFC 9901", () => {
      const published = rfc9901.cases.filter(({ sdJwt }) => sdJwt && header(sdJwt).typ === "dc+sd-jwt");
      equal(published.length > 0, true);
      for (const { sdJwt, claims } of published) {
        const { iss } = payload(sdJwt);
        const jwks = { keys: [{ kid: "issuer", ...rfc9901.issuerJwk }] };
        const { nonce, audience, madeAt } = rfc9901.keyBinding;
        const holder = sdJwt.endsWith("~") ? {} : { nonce, audience };
        const verified = air.verify(sdJwt, { issuer: iss, jwks, now: madeAt + 60, withoutStatus: true, ...holder });
        equal(verified.isHolderBound, !sdJwt.endsWith("~"));
        equal(verified.issuer, iss);
        if (claims) equal(canonical(verified.claims), canonical(claims));
      }
    }],
    ["a good credential, with what it discloses", async () => {
      const { credential, jwks } = await issue({ givenName: "Ada", isOver18: true });
      const verified = air.verify(credential, { ...options, jwks, types: ["urn:air:Kyc"], claims: ["isOver18"] });
      equal(canonical(verified.subject), canonical({ givenName: "Ada", isOver18: true }));
      equal(verified.claims.vct, "urn:air:Kyc");
      equal(verified.expiresAt, NOW + 60);
      equal(verified.isHolderBound, false);
      equal(verified.checks.find(({ check }) => check === "signature").outcome, "passed");
      const withheld = credential.split("~").slice(0, -2).join("~").concat("~");
      equal(Object.keys(air.verify(withheld, { ...options, jwks: JSON.stringify(jwks) }).subject).length, 1);
    }],
    ["each check that fails is named", async () => {
      const { credential, jwks } = await issue({ givenName: "Ada" });
      const good = { ...options, jwks };
      const other = (await issue({})).jwks;
      const [jwt] = credential.split(".");
      const refused = [
        ["format", "not a credential", good],
        ["issuer", credential, { ...good, issuer: "https://other.example" }],
        ["signature", credential, { ...good, jwks: other }],
        ["signature", tampered(credential), good],
        ["type", credential, { ...good, types: ["urn:air:Other"] }],
        ["disclosures", `${credential}${btoa('["salt","admin",true]').replaceAll("=", "")}~`, good],
        ["claims", credential, { ...good, claims: ["isOver18"] }],
        ["validity", credential, { ...good, now: NOW + 3_600 }],
        ["validity", credential, { ...good, now: NOW - 3_600 }],
        ["keyBinding", credential, { ...good, nonce: "n", audience: "a" }],
      ];
      equal(jwt.length > 0, true);
      for (const [check, text, given] of refused) {
        const error = refuses("CREDENTIAL_REJECTED", () => air.verify(text, given), check);
        equal(error.check, check);
        equal(error.message.includes("Ada"), false);
      }
    }],
    ["a credential with a status is refused unless the verifier goes without", async () => {
      const { credential, jwks } = await issue({ status: { status_list: { idx: 1, uri: "https://issuer.example/list" } } });
      equal(refuses("CREDENTIAL_REJECTED", () => air.verify(credential, { ...options, jwks })).check, "status");
      const verified = air.verify(credential, { ...options, jwks, withoutStatus: true });
      equal(verified.checks.find(({ check }) => check === "status").outcome, "leftOut");
    }],
    ["a status list of the issuer decides", async () => {
      const { jwks, credential, statusList } = await newIssuer();
      const uri = "https://issuer.example/statuslists/1";
      const terms = { sub: uri, iat: NOW - 60, exp: NOW + 60, ttl: 300 };
      const VALID = 0, REVOKED = 1, SUSPENDED = 2, OWN = 3;
      const token = await statusList([VALID, REVOKED, SUSPENDED, OWN, VALID], terms);
      const at = async (idx) => credential({
        iss: options.issuer, vct: "urn:air:Kyc", iat: NOW - 60, exp: NOW + 60, status: { status_list: { idx, uri } },
      });
      const given = (statusLists, more) => ({ ...options, jwks, statusLists, ...more });
      const outcome = (verified) => verified.checks.find(({ check }) => check === "status").outcome;
      for (const index of [0, 4]) equal(outcome(air.verify(await at(index), given([token]))), "passed");

      const unused = await statusList([VALID], { ...terms, sub: "https://issuer.example/statuslists/2" });
      equal(outcome(air.verify(await at(0), given([unused, token]))), "passed");
      const expired = await statusList([VALID], { ...terms, iat: NOW - 7_200, exp: NOW - 3_600 });
      const others = await (await newIssuer()).statusList([VALID], terms);
      const named = await statusList([VALID], { ...terms, iss: "https://other.example" });
      const refused = [
        ["a list in another issuer's name", 0, [named]], ["revoked", 1, [token], "revoked"], ["suspended", 2, [token], "suspended"], ["a status of the issuer's own", 3, [token]],
        ["beyond the list", 8, [token]], ["an expired list", 0, [expired]], ["another issuer's list", 0, [others]], ["another list", 0, [unused]],
        ["no list", 0, []], ["a tampered list", 0, [`${token.slice(0, -40)}${token.at(-40) === "A" ? "B" : "A"}${token.slice(-39)}`]],
        ["a credential for a list", 0, [(await at(0)).split("~")[0]]],
      ];
      for (const [name, index, lists, word] of refused) {
        const presented = await at(index);
        const error = refuses("CREDENTIAL_REJECTED", () => air.verify(presented, given(lists)), name);
        equal(error.check, "status");
        if (word) equal(error.message.includes(word), true);
      }
      equal(outcome(air.verify(await at(1), given([], { withoutStatus: true }))), "leftOut");
      refuses("INVALID_ARGUMENT", () => air.verify("", given(token)));
    }],
    ["options that are misspelt or of another type are refused", async () => {
      const { credential, jwks } = await issue({});
      const wrong = [
        undefined, {}, { issuer: "i" }, { ...options, jwks, type: ["urn:air:Kyc"] }, { ...options, jwks, types: "urn:air:Kyc" },
        { ...options, jwks, now: "today" }, { ...options, jwks, nonce: "n" }, { ...options, jwks, withoutStatus: 1 },
        { ...options, jwks, skew: 301 }, { ...options, jwks, claims: [""] },
      ];
      for (const given of wrong) refuses("INVALID_ARGUMENT", () => air.verify(credential, given), JSON.stringify(given));
      refuses("MALFORMED_KEY", () => air.verify(credential, { ...options, jwks: "[]" }));
      refuses("INVALID_ARGUMENT", () => air.verify(7, { ...options, jwks }));
      refuses("CREDENTIAL_REJECTED", () => air.verify("x".repeat(300_000), { ...options, jwks }));
    }],
  ];
}

/** With another letter in the middle of the signature. */
function tampered(credential) {
  const place = credential.indexOf("~") - 40;
  const other = credential[place] === "A" ? "B" : "A";
  return credential.slice(0, place) + other + credential.slice(place + 1);
}

function anchoring(air, { anchor: { proof, trusted } }) {
  if (!air.verifyAnchor) return [];
  const { chainId, contract, codeHash, ledgerId, owner, blockHash } = trusted;
  const options = { chainId, contract, codeHash, blockHash };
  const changed = (change) => {
    const copy = structuredClone(proof);
    change(copy);
    return copy;
  };
  const rejects = (check, proof, options) => {
    const error = refuses("ANCHOR_REJECTED", () => air.verifyAnchor(proof, options), check);
    equal(error.check, check);
  };
  const flip = (digits) => digits.slice(0, -1) + (digits.endsWith("0") ? "1" : "0");
  return [
    ["a proof that anvil made is verified against the hash of its block", () => {
      for (const of of [proof, JSON.stringify(proof)]) {
        const shown = air.verifyAnchor(of, options);
        equal(shown.coreClaimHash, proof.coreClaimHash);
        equal(shown.root, proof.inclusion.root);
        equal(shown.leafIndex, proof.inclusion.leafIndex);
        equal(shown.treeSize, proof.inclusion.treeSize);
        equal(shown.block.number, proof.evidence.block);
        equal(shown.block.hash, blockHash);
        equal(shown.checks.join(), "inclusion,chainId,contract,codeHash,blockHash,blockNumber,account,root");
      }
    }],
    ["the contract's name and owner stand for its code", () => {
      const byName = { chainId, contract, ledgerId, owner, blockHash };
      equal(air.verifyAnchor(proof, byName).root, proof.inclusion.root);
      rejects("codeHash", proof, { ...byName, owner: flip(owner) });
      refuses("INVALID_ARGUMENT", () => air.verifyAnchor(proof, { ...options, owner, ledgerId }));
      refuses("INVALID_ARGUMENT", () => air.verifyAnchor(proof, { ...options, codeHash: undefined }));
      refuses("INVALID_ARGUMENT", () => air.verifyAnchor(proof, { ...byName, owner: undefined }));
    }],
    ["a proof for another chain, contract, code or block is rejected", () => {
      rejects("chainId", proof, { ...options, chainId: chainId + 1 });
      rejects("contract", proof, { ...options, contract: flip(contract) });
      rejects("codeHash", proof, { ...options, codeHash: flip(codeHash) });
      rejects("blockHash", proof, { ...options, blockHash: flip(blockHash) });
    }],
    ["a changed proof is rejected, by the check that it fails", () => {
      rejects("inclusion", changed((copy) => { copy.coreClaimHash = flip(copy.coreClaimHash); }), options);
      rejects("inclusion", changed((copy) => { copy.inclusion.path.pop(); }), options);
      rejects("inclusion", changed((copy) => { copy.inclusion.root = flip(copy.inclusion.root); }), options);
      rejects("blockHash", changed((copy) => { copy.evidence.headerRlp = flip(copy.evidence.headerRlp); }), options);
      rejects("blockHash", changed((copy) => { delete copy.evidence; }), options);
      rejects("blockNumber", changed((copy) => { copy.evidence.block += 1; }), options);
      rejects("account", changed((copy) => { copy.evidence.accountProof.pop(); }), options);
      rejects("root", changed((copy) => { copy.evidence.storageProof.pop(); }), options);
    }],
    ["without evidence, the inclusion is verified, and the caller gets the root to ask for", () => {
      const stated = air.verifyInclusion(changed((copy) => { delete copy.evidence; }));
      equal(stated.hasEvidence, false);
      equal(stated.evidenceBlock, undefined);
      equal(stated.root, proof.inclusion.root);
      equal(air.verifyInclusion(proof).evidenceBlock, proof.evidence.block);
      const other = changed((copy) => { copy.inclusion.leafIndex += 1; });
      equal(refuses("ANCHOR_REJECTED", () => air.verifyInclusion(other)).check, "inclusion");
    }],
    ["what is no proof, and options that are misspelt, are refused", () => {
      for (const wrong of [undefined, null, 7, "", "{}", { ...proof, more: 1 }, { ...proof, format: "air-anchor-proof/2" }]) {
        refuses("INVALID_ARGUMENT", () => air.verifyAnchor(wrong, options), JSON.stringify(wrong));
        refuses("INVALID_ARGUMENT", () => air.verifyInclusion(wrong), JSON.stringify(wrong));
      }
      refuses("TOO_LARGE", () => air.verifyInclusion(" ".repeat(300_000)));
      for (const change of [{ blockhash: blockHash }, { blockHash: undefined }, { blockHash: "0x12" }, { contract: contract.slice(2) }, { chainId: "5151" }, { chainId: undefined }]) {
        refuses("INVALID_ARGUMENT", () => air.verifyAnchor(proof, { ...options, ...change }), JSON.stringify(change));
      }
    }],
  ];
}

function part(jwt, index) {
  const text = jwt.split("~")[0].split(".")[index].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0))));
}
const header = (jwt) => part(jwt, 0);
const payload = (jwt) => part(jwt, 1);

function canonical(value) {
  const sorted = (_, inner) => inner && typeof inner === "object" && !Array.isArray(inner)
    ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
    : inner;
  return JSON.stringify(value, sorted);
}
