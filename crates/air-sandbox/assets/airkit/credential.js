// Issuing and verifying, with the user's consent.
import { call, open } from "./backend.js";
import { Channel, Refused, sessionConfig } from "./channel.js";
import { absenceOf, offerOf, placeOf, receivedOf, requestOf } from "./consent.js";
import { Panel } from "./panel.js";
import { NO_MODULE, noProofOf, proofRequestOf, provenOf, unsatisfiedOf } from "./proving.js";
import { Talk } from "./talk.js";

/** How long a block is waited for. */
const ONCHAIN_MS = 120_000;
/** A second request of one program within this time has a warning. */
const REPEATED_MS = 60_000;

/** @type {import("./backend.js").Caller} */
const caller = { partnerId: "", user: null };
let origin = "";
/** @type {string | null} */
let picture = null;
let isAutomated = false;
/** Whether the platform has the module for predicate proofs. */
let provesInPages = false;
/** When the verifier's programs asked for a proof in this page view. @type {Map<string, number>} */
const askedAt = new Map();
/** @type {Talk} */
let talk;

/** @type {import("./channel.js").Requests} */
const requests = {
  /** @param {any} payload */
  async air_credential_issue(payload) {
    const user = await who();
    await talk.ask("wallet", "decided");
    const { partnerToken, issuerDid, credentialId, credentialSubject, curve, waitForOnchainCompletion } = payload;
    const request = { issuerDid, credentialId, credentialSubject, curve: curve ?? "secp256r1" };
    const offer = await ask("issue/preview", { partnerToken, request });
    if (!isAutomated) {
      await agreed(offerOf(offer, picture));
    }
    const cakPublicKey = offer.cak ? await talk.ask("wallet", "publicKey", { context: offer.cak }) : undefined;
    const { received, ...result } = await ask("issue", { partnerToken, request: { ...request, cakPublicKey } });
    if (offer.isProvable && provesInPages) await signed(user, credentialId);
    if (received && !isAutomated) await panel.ask(receivedOf({ issuer: offer.issuer, ...received }, picture));
    // An issuer's own backend anchors nothing.
    if (waitForOnchainCompletion && result.coreClaimHash) await anchored(result.coreClaimHash);
    return { result, cakPublicKey };
  },
  /** @param {any} payload */
  async air_credential_verify({ partnerToken, programId, fieldsToDisclose, redirectUrl }) {
    const user = await who();
    await talk.ask("wallet", "decided");
    const place = placeOf(redirectUrl);
    const started = await ask("verify/start", { partnerToken, programId, fieldsToDisclose });
    if (started.lacksProofModule) throw await withoutProof(new Refused("CONFIG_ERROR", NO_MODULE));
    const { verificationId, consent, tested, shown, holdsCredential, needsProof } = started;
    if (needsProof) return proven(user, { verificationId, programId, verifier: consent.verifier });
    try {
      if (place && !holdsCredential && !isAutomated) await agreed(absenceOf(consent.schemaTitle, place));
      if (!isAutomated) await agreed(requestOf({ ...consent, tested, shown }, new URL(origin).host, picture));
      // Before the decision counts: a key that was promised can be given.
      if (consent.asksForCak && (await talk.ask("wallet", "exists", { user }))) {
        await talk.ask("wallet", "unlock", { user });
      }
    } catch (error) {
      await denied(verificationId);
      throw error;
    }
    const { verificationResult, cak } = await ask("verify/decide", { verificationId, decision: { decision: "agree" } });
    if (!cak) return { verificationResult };
    const cakPrivateKey = await talk.ask("wallet", "privateKey", cak);
    return { verificationResult: { ...verificationResult, cakPrivateKey } };
  },
  async air_credential_close_modal() {
    panel.close();
    return {};
  },
  async air_credential_logout() {
    panel.close();
    talk.stop();
    caller.user = null;
    return {};
  },
};

const channel = new Channel({
  started: "air_credential_service_started",
  initialization: "air_credential_initialization",
  logout: "air_credential_logout",
  async open(opening) {
    const { logo, isProduction, proofModule } = await open(caller, opening);
    provesInPages = Boolean(proofModule);
    origin = opening.origin;
    picture = logo;
    isAutomated = opening.enableAutomation === true && !isProduction;
    requests.air_credential_update_session_config = sessionConfig(opening.sessionConfig);
    talk = new Talk(opening.sessionId, "credential", {});
    return {};
  },
  requests,
});
const panel = new Panel((visible) => channel.tell("air_credential_iframe_visibility_request", { visible }));
channel.start();

/** Who is logged in: the auth page knows. */
async function who() {
  const { user } = await talk.ask("auth", "who");
  if (!user) throw new Refused("UNAUTHORIZED", "no user is logged in; call login first");
  caller.user = user;
  return user;
}

/** Tells the auth page when the session is over, after the refusal is answered. @param {string} path @param {object} body */
async function ask(path, body) {
  try {
    return await call(caller, path, body);
  } catch (error) {
    if (error instanceof Refused && error.errorName === "UNAUTHORIZED") setTimeout(() => talk.tell("expired"));
    throw error;
  }
}

/**
 * Has the wallet get the signature for predicate proofs. Without it, the credential is issued all the same, and the wallet gets the signature
 * when a verifier first asks.
 * @param {string} user @param {string} program
 */
async function signed(user, program) {
  try {
    await talk.ask("wallet", "sign", { user, program });
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
  }
}

/**
 * A run of a program that accepts predicate proofs: the user agrees with the request, and the wallet answers it.
 * @param {string} user @param {{ verificationId: string, programId: string, verifier: string }} run
 */
async function proven(user, { verificationId, programId, verifier }) {
  try {
    const { program, request } = await ask("verify/request", { verificationId });
    const { scheme, credential } = await ask("provable", { program });
    const isRepeated = Date.now() - (askedAt.get(programId) ?? -REPEATED_MS) < REPEATED_MS;
    askedAt.set(programId, Date.now());
    const asked = { verifier, request, attributes: scheme.schema.attributes, subject: credential?.subject ?? null, isRepeated };
    if (!isAutomated) await agreed(proofRequestOf(asked, new URL(origin).host, picture));
    const answer = credential
      ? await talk.ask("wallet", "prove", { user, program, scheme, credential, request })
      : { unproven: "noCredential" };
    if (answer.unproven === "nonCompliant" && !isAutomated) await agreed(unsatisfiedOf(verifier));
    const { verificationResult } = await ask("verify/prove", { verificationId, ...answer });
    if (!isAutomated) await panel.ask(provenOf(verifier, verificationResult.status));
    return { verificationResult };
  } catch (error) {
    await denied(verificationId);
    throw isDecision(error) ? error : await withoutProof(error);
  }
}

/** Records that the user did not agree. @param {string} verificationId */
async function denied(verificationId) {
  await call(caller, "verify/decide", { verificationId, decision: { decision: "deny" } }).catch(() => {});
}

/** Whether the user refused or closed the question, and so knows why there is no proof. @param {unknown} error */
function isDecision(error) {
  return error instanceof Refused && ["USER_REJECTED", "USER_CANCELLED"].includes(error.errorName);
}

/** Shows why there is no proof. @template T @param {T} error @returns {Promise<T>} */
async function withoutProof(error) {
  if (error instanceof Refused && !isAutomated) await panel.ask(noProofOf(error.message));
  return error;
}

/** @param {import("./panel.js").Question} question */
async function agreed(question) {
  const { answer } = await panel.ask(question);
  if (answer === "denied") throw new Refused("USER_REJECTED", "the user refused");
  if (answer === "cancelled") throw new Refused("USER_CANCELLED", "the user closed the question");
}

/** @param {string} coreClaimHash */
async function anchored(coreClaimHash) {
  const until = Date.now() + ONCHAIN_MS;
  for (let pause = 200; caller.user && Date.now() < until; pause = Math.min(pause * 2, 2_000)) {
    if ((await ask("issue/anchored", { coreClaimHash })).isAnchored) return;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  if (!caller.user) throw new Refused("USER_CANCELLED", "the credential is issued; the user left before a block took it");
  throw new Refused("INTERNAL_SERVER_ERROR", "the credential is issued, but no block took it in two minutes");
}
