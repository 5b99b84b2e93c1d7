// Issuing and verifying, with the user's consent.
import { call, open } from "./backend.js";
import { Channel, Refused, sessionConfig } from "./channel.js";
import { absenceOf, offerOf, placeOf, receivedOf, requestOf } from "./consent.js";
import { Panel } from "./panel.js";
import { Talk } from "./talk.js";

/** How long a block is waited for. */
const ONCHAIN_MS = 120_000;

/** @type {import("./backend.js").Caller} */
const caller = { partnerId: "", user: null };
let origin = "";
/** @type {string | null} */
let picture = null;
let isAutomated = false;
/** @type {Talk} */
let talk;

/** @type {import("./channel.js").Requests} */
const requests = {
  /** @param {any} payload */
  async air_credential_issue(payload) {
    await who();
    await talk.ask("wallet", "decided");
    const { partnerToken, issuerDid, credentialId, credentialSubject, curve, waitForOnchainCompletion } = payload;
    const request = { issuerDid, credentialId, credentialSubject, curve: curve ?? "secp256r1" };
    const offer = await ask("issue/preview", { partnerToken, request });
    if (!isAutomated) {
      await agreed(offerOf(offer, picture));
    }
    const cakPublicKey = offer.cak ? await talk.ask("wallet", "publicKey", { context: offer.cak }) : undefined;
    const { received, ...result } = await ask("issue", { partnerToken, request: { ...request, cakPublicKey } });
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
    const { verificationId, consent, tested, shown, holdsCredential } = await ask("verify/start", { partnerToken, programId, fieldsToDisclose });
    try {
      if (place && !holdsCredential && !isAutomated) await agreed(absenceOf(consent.schemaTitle, place));
      if (!isAutomated) await agreed(requestOf({ ...consent, tested, shown }, new URL(origin).host, picture));
      // Before the decision counts: a key that was promised can be given.
      if (consent.asksForCak && (await talk.ask("wallet", "exists", { user }))) {
        await talk.ask("wallet", "unlock", { user });
      }
    } catch (error) {
      await call(caller, "verify/decide", { verificationId, decision: { decision: "deny" } }).catch(() => {});
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
    const { logo, isProduction } = await open(caller, opening);
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
