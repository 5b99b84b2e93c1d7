// Credentials that were issued on behalf of the user, for programs with compliance encryption: the user accepts or refuses them, for each
// issuer. Only an acceptance gives the issuer a public key, signed by the wallet.
import { call } from "./backend.js";
import { acceptanceOf } from "./consent.js";

/**
 * @typedef {object} IssuerOffer
 * @property {string} partnerId
 * @property {string} issuer the issuer's name
 * @property {string} issuerDid
 * @property {string | null} logo
 * @property {{ title: string, fields: { title: string, value: unknown }[] }[]} credentials
 * @property {{ user: string, issuer: string, schema: string, curve: "secp256r1" | "secp256k1" }[]} keys the contexts of the keys that the issuer would get
 */

/**
 * @typedef {object} Wallet what the questions need of the wallet page
 * @property {import("./backend.js").Caller} caller
 * @property {boolean} isAutomated
 * @property {(user: string, asker: { name: string, logo: string | null }) => Promise<import("./wasm/air_wasm.js").Root>} unlock
 * @property {import("./panel.js").Panel["ask"]} ask
 */

/**
 * Asks about each issuer. A user who closes a question is asked again at the next sign-in. Automation accepts for the page's own partner,
 * and decides about no other.
 * @param {Wallet} wallet
 */
export async function askAboutIssued(wallet) {
  /** @type {{ issuers: IssuerOffer[] }} */
  const { issuers } = await call(wallet.caller, "consents");
  for (const issuer of issuers) {
    if (wallet.isAutomated) {
      if (issuer.partnerId === wallet.caller.partnerId) await accept(wallet, issuer);
      continue;
    }
    const { answer } = await wallet.ask(acceptanceOf(issuer));
    if (answer === "cancelled") continue;
    if (answer === "agreed") await accept(wallet, issuer);
    else await call(wallet.caller, "consents/refuse", { issuerDid: issuer.issuerDid });
  }
}

/** @param {Wallet} wallet @param {IssuerOffer} issuer */
async function accept({ caller, unlock }, { issuer, issuerDid, logo, keys }) {
  const signed = [];
  for (const context of keys) {
    const root = await unlock(context.user, { name: issuer, logo });
    const cak = root.derive(context);
    try {
      const { schema, curve } = context;
      signed.push({ schema, curve, publicKey: cak.publicKey, signature: root.signAcceptance(context) });
    } finally {
      cak.free();
    }
  }
  await call(caller, "consents/accept", { issuerDid, keys: signed });
}
