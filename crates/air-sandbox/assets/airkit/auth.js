// The user who is logged in with this partner.
import { call, open } from "./backend.js";
import { Channel, Refused, sessionConfig } from "./channel.js";
import { askForCode } from "./code.js";
import { Correction, Panel, element, field, logo, name } from "./panel.js";
import { Talk } from "./talk.js";

/** @type {import("./backend.js").Caller} */
const caller = { partnerId: "", user: null };
let partnerName = "";
/** @type {string | null} */
let picture = null;
/** Whether a code must prove an address. */
let provesAddresses = false;
/** @type {Talk} */
let talk;

/** @type {import("./channel.js").Requests} */
const requests = {
  /** @param {{ partnerLoginToken?: string }} payload */
  async air_auth_login({ partnerLoginToken }) {
    const login = partnerLoginToken ? await loginBy(partnerLoginToken) : await askWho();
    caller.user = login.id;
    talk.tell("loggedIn");
    void showOnBehalf();
    return login;
  },
  async air_auth_partner_user_info() {
    const { id, email, partnerUserId, abstractAccountAddress, activeMfaMethods, isMFASetup } = await loggedIn();
    const user = {
      id,
      email,
      wallet: abstractAccountAddress,
      abstractAccountAddress,
      activeMfaMethods,
      isMFASetup,
      credentialSignerAvailable: isMFASetup,
      airIds: [],
      credentialConfig: { globalVersion: 1, userVersion: 1, signingMethod: "eth_signTypedData_v4" },
    };
    return { partnerId: caller.partnerId, partnerUserId, user };
  },
  async air_auth_partner_access_token() {
    const { partnerAccessToken } = await loggedIn();
    return { partnerAccessToken };
  },
  async air_start_recovery() {
    throw new Refused("RECOVERY_NOT_CONFIGURED", "the local platform can't recover a wallet; see its docs for what to do");
  },
  async air_auth_logout() {
    panel.close();
    const leaving = { ...caller };
    caller.user = null;
    await call(leaving, "logout");
    return {};
  },
};

const channel = new Channel({
  started: "air_auth_setup_completed",
  initialization: "air_auth_initialization",
  logout: "air_auth_logout",
  async open(opening) {
    const { partner, logo: path, login, provesAddresses: proves } = await open(caller, opening);
    picture = path;
    provesAddresses = proves;
    partnerName = partner;
    requests.air_auth_update_session_config = sessionConfig(opening.sessionConfig);
    talk = new Talk(opening.sessionId, "auth", { who: async () => ({ user: caller.user }) }, { expired });
    if (!login || opening.skipRehydration) return { rehydrated: false };
    caller.user = login.id;
    return { rehydrated: true, ...login };
  },
  requests,
});
const panel = new Panel((visible) => channel.tell("air_auth_iframe_visibility_request", { visible }));
channel.start();

async function loggedIn() {
  if (!caller.user) throw new Refused("UNAUTHORIZED", "no user is logged in; call login first");
  return call(caller, "user");
}

/** Has the SDK load the wallet page, which asks about credentials that were issued on behalf of the user. */
async function showOnBehalf() {
  try {
    const { issuers } = await call(caller, "consents");
    if (issuers.length > 0) channel.tell("air_auth_setup_wallet_request", {});
  } catch (error) {
    // The wallet page asks when it is loaded.
    if (!(error instanceof Refused)) console.error(error);
  }
}

/** The session is over: the SDK logs out all of its pages. */
function expired() {
  if (!caller.user) return;
  caller.user = null;
  channel.tell("air_auth_expired_logout_request", {});
}

/** By a Partner JWT. One that names no address says only that the partner asks: the user says who is there. @param {string} partnerToken */
async function loginBy(partnerToken) {
  const login = await call(caller, "login", { partnerToken });
  return login.asksForAddress ? askWho({ partnerToken }) : login;
}

/**
 * Where the platform does not believe an address, it sends a code there.
 * @param {{ partnerToken?: string }} [by]
 */
async function askWho(by = {}) {
  const { email, login } = await askAddress(by);
  if (!login.asksForCode) return login;
  const { attempt } = login;
  const { answer, value } = await askForCode((question) => panel.ask(question), {
    title: "Enter your code",
    agree: "Log in",
    email,
    take: (code) => call(caller, "login", { ...by, email, proof: { attempt, code } }),
  });
  if (answer !== "agreed") throw new Refused("USER_CANCELLED", "the user closed the login");
  return value;
}

/** @param {{ partnerToken?: string }} by */
async function askAddress(by) {
  const { row, input } = field("Your e-mail address", { type: "email", name: "email", autocomplete: "username" });
  const { answer, value } = await panel.ask({
    title: "Log in",
    body: [
      ...logo(picture),
      element("p", {}, element("strong", {}, name(partnerName)), " asks who you are."),
      row,
      element("p", { className: "hint" }, provesAddresses ? "You get a message with a code." : "This is a local platform: it sends no mail, and accepts any address."),
    ],
    agree: "Log in",
    cancel: "Cancel",
    async take() {
      const email = input.value.trim();
      try {
        return { email, login: await call(caller, "login", { ...by, email }) };
      } catch (error) {
        if (error instanceof Refused && error.errorName === "INVALID_PARAMETER") {
          if (error.message.startsWith("too many")) throw new Correction("Too many codes were requested. Try again in an hour.");
          throw new Correction("That is no e-mail address. Write one like ada@example.com.");
        }
        throw error;
      }
    },
  });
  if (answer !== "agreed") throw new Refused("USER_CANCELLED", "the user closed the login");
  return value;
}
