// The user's identity wallet. Its key is made, kept and used here: WebAssembly holds it while the page is there, and what leaves this page
// is a CAK's public half, or the private half or a signature that the user agreed to give.
import { call, open } from "./backend.js";
import { Channel, Refused, sessionConfig } from "./channel.js";
import { askForCode } from "./code.js";
import { heldList } from "./held.js";
import * as keystore from "./keystore.js";
import { askAboutIssued } from "./onbehalf.js";
import { Correction, Panel, element, field, logo, name } from "./panel.js";
import { Prover, answer, signHeld } from "./proofs.js";
import { Provider } from "./provider.js";
import { Talk } from "./talk.js";
import init, { Root } from "./wasm/air_wasm.js";

/** Of wallets that automated tests make: everyone knows it. */
const AUTOMATION_PIN = "automation";
const PIN_LENGTH = 6;

/** @type {import("./backend.js").Caller} */
const caller = { partnerId: "", user: null };
let partnerName = "";
/** Of the partner's page. */
let origin = "";
/** @type {string | null} */
let picture = null;
let chainId = 0;
/** The user's own page, outside the partner's. @type {string | null} */
let ownPage = null;
let isAutomated = false;
/** Whether a code must prove the user's address before the first wallet. */
let needsProof = false;
/** Makes predicate proofs. */
let prover = new Prover(null);
/** @type {Talk} */
let talk;
/** SDKs up to 1.6 wait for the wallet's login before they ask for a credential. Without it they would wait forever. */
let waitsForLogin = false;
/** @type {Set<{ resolve: (nothing: any) => void, reject: (refused: Refused) => void }>} */
const waiting = new Set();
/** The open wallet, and whose it is. @type {{ user: string, root: Root } | null} */
let wallet = null;
/** The wallet that is being opened; concurrent requests share it. @type {{ user: string, root: Promise<Root> } | null} */
let opening = null;

/** Settles when the user has been asked about credentials that were issued on the user's behalf. @type {Promise<void>} */
let decided = Promise.resolve();

/** @type {import("./channel.js").Requests} */
const requests = {
  /** There may be no wallet yet: one is made when a key is needed first. */
  async air_wallet_login() {
    if (waitsForLogin) await somebody();
    const { activeMfaMethods, isMFASetup } = await userInfo();
    return { addresses: { aa: await address() }, activeMfaMethods, isMFASetup };
  },
  /** `setupOrUpdateMfa`: a wallet under a PIN, or the same wallet under another. */
  async air_setup_mfa() {
    const user = await who();
    const held = await ownWallet();
    if (held && !held.isAutomated) await changePin(user, held);
    else await unlock(user);
    return { activeMfaMethods: ["pin"], isMFASetup: true };
  },
  async air_logout() {
    panel.close();
    settleWaiting(new Refused("USER_CANCELLED", "the app logged out before a login"));
    lock();
    if (caller.user) provider.disconnected();
    caller.user = null;
    return {};
  },
};
/** Whether a user was logged in when this page was opened. */
let hasLogin = false;
/** @type {object} */
let initialized = { isWalletLoggedIn: false };

const channel = new Channel({
  started: "air_service_started",
  initialization: "air_initialization",
  logout: "air_logout",
  async open(opened) {
    const opening = await open(caller, opened);
    ({ partner: partnerName, logo: picture, chainId, walletPage: ownPage } = opening);
    prover = new Prover(opening.proofModule);
    isAutomated = opened.enableAutomation === true && !opening.isProduction;
    origin = opened.origin;
    requests.air_wallet_update_session_config = sessionConfig(opened.sessionConfig);
    const address = opening.login?.abstractAccountAddress;
    if (address) {
      const { activeMfaMethods, isMFASetup } = opening.login;
      initialized = { isWalletLoggedIn: true, addresses: { aa: address }, activeMfaMethods, isMFASetup };
    }
    waitsForLogin = !/^1\.[0-6]\./.test(String(opened.sdkVersion));
    talk = new Talk(opened.sessionId, "wallet", questions, { loggedIn });
    hasLogin = Boolean(opening.login);
    return {};
  },
  requests,
  /** Unasked: issuance waits for it. */
  opened(answer) {
    channel.tell("air_wallet_initialized", answer.success ? { success: true, ...initialized } : answer);
    if (answer.success && hasLogin) askAboutOnBehalf();
  },
  others: { JRPC_REQUEST: (message) => provider.answer(message) },
});
const panel = new Panel((visible) => channel.tell("air_wallet_iframe_visibility_request", { visible }), footer);
const provider = new Provider({
  page: () => ({ chainId, host: new URL(origin).host, picture, isAutomated }),
  ready: async () => void (await init()),
  who,
  async address() {
    await who();
    return address();
  },
  unlock,
  ask: (question) => panel.ask(question),
  tell: (type, payload) => channel.tell(type, payload),
});
channel.start();

/** What the credential page asks. */
const questions = {
  /** Whether there is a wallet at all. @param {{ user: string }} about */
  async exists({ user }) {
    caller.user = user;
    return Boolean(await ownWallet());
  },
  /** The other pages' questions wait for this page's own. */
  async decided() {
    await decided;
    return true;
  },
  /** @param {{ user: string }} about */
  async unlock({ user }) {
    await unlock(user);
    return true;
  },
  /** @param {{ context: { user: string, issuer: string, schema: string, curve: string } }} about */
  async publicKey({ context }) {
    const cak = (await unlock(context.user)).derive(context);
    try {
      return cak.publicKey;
    } finally {
      cak.free();
    }
  },
  /** After an issuance: the signature of the new credential for predicate proofs. @param {{ user: string, program: string }} about */
  async sign({ user, program }) {
    const root = await unlock(user);
    try {
      await signHeld({ caller, prover, user, root }, program);
    } finally {
      prover.stop();
    }
    return true;
  },
  /** After the user's consent to this request: the credential page showed it. @param {any} about */
  async prove({ user, ...about }) {
    const root = await unlock(user);
    return answer({ caller, prover, user, root }, about);
  },
  /** After the user's consent: the credential page asked for it. Only a key that belongs to the one recorded at issuance is given. */
  async privateKey(/** @type {{ context: any, publicKey: string }} */ { context, publicKey }) {
    const cak = (await unlock(context.user)).derive(context);
    try {
      if (cak.publicKey !== publicKey.toLowerCase()) {
        throw new Refused("AUTH_WALLET_ADDRESS_MISMATCH", "this credential's key belongs to another wallet of the user");
      }
      return cak.exposePrivateKey();
    } finally {
      cak.free();
    }
  },
};

/** What stands below each question: what the user holds, and where there is more. @returns {Node[]} */
function footer() {
  return [...(caller.user ? [heldList(caller)] : []), ...ownPageLink()];
}

/** The link to the user's own page. It opens outside the partner's page, which could cover this frame. @returns {Node[]} */
function ownPageLink() {
  if (!ownPage) return [];
  const link = element("a", { href: ownPage, target: "_blank", rel: "noopener noreferrer" }, "Your wallet's own page");
  return [element("p", { className: "hint" }, link, " shows your credentials, and who saw what.")];
}

function loggedIn() {
  settleWaiting();
  askAboutOnBehalf();
}

/** Asks about credentials that were issued on the user's behalf. A failure stops nothing else: the user is asked at the next sign-in. */
function askAboutOnBehalf() {
  const ask = async () => {
    await who();
    await askAboutIssued({ caller, isAutomated, unlock, ask: (question) => panel.ask(question) });
  };
  decided = decided.then(ask).catch((error) => {
    if (!(error instanceof Refused)) console.error(error);
  });
}

/**
 * The open wallet of this user; opens it, or makes the first.
 * @param {string} user @param {Asker} [asker] @returns {Promise<Root>}
 */
async function unlock(user, asker = { name: partnerName, logo: picture }) {
  if (wallet?.user === user) return wallet.root;
  lock();
  caller.user = user;
  if (opening?.user !== user) {
    const root = openOrMake(user, asker).finally(() => (opening = null));
    opening = { user, root };
  }
  return opening.root;
}

function lock() {
  prover.stop();
  wallet?.root.free();
  wallet = null;
}

/**
 * The wallet that the platform keeps of the user. One that an automated test made has a PIN that everyone knows, so it is nobody's in a
 * page that is not automated: there the user makes one of their own.
 * @returns {Promise<import("./keystore.js").Sealed | null>}
 */
async function ownWallet() {
  const { wallet: held, needsProof: needed } = await call(caller, "wallet");
  needsProof = needed;
  return held && (isAutomated || !held.isAutomated) ? held : null;
}

/** @returns {Promise<string | null>} */
async function address() {
  return (await ownWallet())?.address ?? null;
}

/** @param {string} user @param {Asker} asker @returns {Promise<Root>} */
async function openOrMake(user, asker) {
  await init();
  const held = await ownWallet();
  const root = held ? await openHeld(user, held, asker) : await makeFirst(user, asker);
  wallet = { user, root };
  tellAccount(root);
  return root;
}

/** @typedef {{ name: string, logo: string | null }} Asker who needs a key of the wallet */

/** @param {string} user @param {import("./keystore.js").Sealed} held @param {Asker} asker @returns {Promise<Root>} */
async function openHeld(user, held, asker) {
  if (held.isAutomated) {
    const root = await openWith(user, held, AUTOMATION_PIN);
    if (root) return root;
  }
  const { row, input } = pinField("Your PIN or passphrase", "current-password");
  const asked = await panel.ask({
    title: "Open your wallet",
    body: [
      ...logo(asker.logo),
      element("p", {}, name(asker.name), " needs a key of your wallet."),
      row,
    ],
    agree: "Open",
    cancel: "Cancel",
    async take() {
      const root = await openWith(user, held, input.value);
      if (!root) throw new Correction("This PIN does not open the wallet. Try again.");
      return root;
    },
  });
  return agreed(asked);
}

/** @param {string} user @param {import("./keystore.js").Sealed} held @param {string} pin */
async function openWith(user, held, pin) {
  const key = await keystore.open(held, user, pin);
  if (!key) return null;
  try {
    return Root.fromWallet(key, chainId);
  } finally {
    key.fill(0);
  }
}

/** @param {string} user @param {Asker} asker @returns {Promise<Root>} */
async function makeFirst(user, asker) {
  if (isAutomated) return make(user, AUTOMATION_PIN, true);
  if (needsProof) await proveAddress(asker);
  const pins = newPin();
  const asked = await panel.ask({
    title: "Choose a PIN for your wallet",
    body: [
      ...logo(asker.logo),
      element("p", {}, name(asker.name), " needs a key of yours, so you create a wallet now. Its keys are generated in this browser."),
      ...pins.rows,
      element(
        "p",
        { className: "hint" },
        "At least six characters; a longer phrase is safer. Nobody can tell you a PIN that you forget, and what was sealed for you then stays sealed.",
      ),
    ],
    agree: "Make the wallet",
    cancel: "Cancel",
    // Where no wallet can be made, another try is of no use: the app hears why.
    take: async () => make(user, pins.read(), false).catch(permitted),
  });
  const made = agreed(asked);
  if (made instanceof Refused) throw made;
  return made;
}

/** The first wallet decides about all keys of the user, so that its user reads the address. @param {Asker} asker */
async function proveAddress(asker) {
  const { attempt, email } = await call(caller, "prove/ask");
  const asked = await askForCode((question) => panel.ask(question), {
    title: "Prove your address",
    agree: "Go on",
    email,
    why: [...logo(asker.logo), element("p", {}, name(asker.name), " needs a key of yours, so you create a wallet now.")],
    take: (code) => call(caller, "prove", { attempt, code }),
  });
  agreed(asked);
  needsProof = false;
}

/** @param {unknown} error */
function permitted(error) {
  if (error instanceof Refused && error.errorName === "PERMISSION_NOT_ENABLED") return error;
  throw error;
}

/** @param {string} user @param {string} pin @param {boolean} automated @returns {Promise<Root>} */
async function make(user, pin, automated) {
  const root = Root.generateWallet(chainId);
  try {
    await keep(root, user, pin, { isAutomated: automated });
    return root;
  } catch (error) {
    root.free();
    const held = await ownWallet();
    // Another tab was first: its wallet is the user's.
    if (!held) throw error;
    const other = await openWith(user, held, pin);
    if (other) return other;
    throw new Correction("You have made a wallet in another tab. Close this, and open that one by its PIN.");
  }
}

/**
 * Has the platform keep the wallet, with the signature of its key: nobody else can put another in its place.
 * @param {Root} root @param {string} user @param {string} pin @param {{ isAutomated: boolean, replaces?: string }} more
 */
async function keep(root, user, pin, { isAutomated, replaces }) {
  const key = root.exposeWalletKey();
  const address = root.walletAddress;
  if (!key || !address) throw new Refused("UNKNOWN_ERROR", "the wallet has no key");
  try {
    const sealed = await keystore.seal(key, address, user, pin);
    const signature = root.signEnvelope({
      ...keystore.decode(sealed),
      user,
      isAutomated,
      replaces: replaces === undefined ? undefined : keystore.bytes(replaces),
    });
    await call(caller, "wallet/keep", { ...sealed, isAutomated, replaces, signature });
  } finally {
    key.fill(0);
  }
}

/** @param {string} user @param {import("./keystore.js").Sealed} held */
async function changePin(user, held) {
  await init();
  const old = pinField("Your PIN or passphrase now", "current-password");
  const pins = newPin();
  const asked = await panel.ask({
    title: "Change your wallet's PIN",
    body: [old.row, ...pins.rows],
    agree: "Change it",
    cancel: "Cancel",
    async take() {
      const pin = pins.read();
      const root = await openWith(user, held, old.input.value);
      if (!root) throw new Correction("The PIN of now does not open the wallet. Try again.");
      await keep(root, user, pin, { isAutomated: false, replaces: held.salt });
      return root;
    },
  });
  const root = agreed(asked);
  lock();
  wallet = { user, root };
  tellAccount(root);
}

/** Tells the app whose account it is, through the provider. @param {Root} root */
function tellAccount(root) {
  if (root.walletAddress) provider.connected(root.walletAddress);
}

/** @param {{ answer: string, value?: any }} asked */
function agreed({ answer, value }) {
  if (answer !== "agreed") throw new Refused("USER_CANCELLED", "the user closed the wallet");
  return value;
}

/** @param {string} label @param {string} autocomplete */
function pinField(label, autocomplete) {
  return field(label, { type: "password", autocomplete });
}

function newPin() {
  const first = pinField("New PIN or passphrase", "new-password");
  const again = pinField("The same again", "new-password");
  const read = () => {
    const pin = first.input.value;
    if ([...pin].length < PIN_LENGTH) throw new Correction(`Choose at least ${PIN_LENGTH} characters.`);
    if (pin !== again.input.value) throw new Correction("The two are not the same. Write it twice.");
    return pin;
  };
  return { rows: [first.row, again.row], read };
}

/** Waits until somebody is logged in: SDKs that load the pages beforehand ask for the wallet's login before the user's. */
async function somebody() {
  const news = new Promise((resolve, reject) => waiting.add({ resolve, reject }));
  news.catch(() => {});
  const { user } = await talk.ask("auth", "who");
  if (!user) await news;
}

/** Ends the waiting for a login. @param {Refused} [refused] why there is none */
function settleWaiting(refused) {
  for (const { resolve, reject } of waiting) refused ? reject(refused) : resolve(undefined);
  waiting.clear();
}

/** Who is logged in: the auth page knows. */
async function who() {
  const { user } = await talk.ask("auth", "who");
  if (!user) throw new Refused("UNAUTHORIZED", "no user is logged in; call login first");
  caller.user = user;
  return user;
}

async function userInfo() {
  await who();
  return call(caller, "user");
}
