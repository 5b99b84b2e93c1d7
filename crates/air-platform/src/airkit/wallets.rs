//! Storage of users' wallets. A wallet is a ciphertext that the user's browser created and that the
//! wallet's own key signed.

use air_crypto::{ChainId, RecoverableSignature, WalletAddress, WalletEnvelope};

use super::{App, PageSession, Refusal, SignedInUser, present};
use air_store::{
    caks,
    wallets::{self, Wallet},
};

const SALT: usize = 16;
/// The length of the AES-GCM nonce.
const IV: usize = 12;
/// The length of the ciphertext: a secp256k1 key of 32 bytes and the tag.
const CIPHERTEXT: usize = 48;
/// The allowed iterations of PBKDF2-HMAC-SHA-256, from OWASP's recommendation to the most that a
/// browser should execute.
const ITERATIONS: std::ops::RangeInclusive<u32> = 600_000..=10_000_000;

/// A wallet to store.
#[derive(Clone, Debug)]
pub struct NewWallet {
    /// The wallet's address.
    pub address: String,
    /// The salt of PBKDF2.
    pub salt: Vec<u8>,
    /// The iterations of PBKDF2.
    pub iterations: u64,
    /// The nonce of AES-GCM.
    pub iv: Vec<u8>,
    /// The encrypted key.
    pub ciphertext: Vec<u8>,
    /// Whether the wallet belongs to an automated test.
    pub is_automated: bool,
    /// The salt of the envelope that this one replaces: the same key under another PIN.
    pub replaces: Option<Vec<u8>>,
    /// The signature by the wallet's own key over all of this ([`WalletEnvelope`]).
    pub signature: String,
}

/// The origin of a page: whether it is a production host, and whether its user is at this machine,
/// since the platform is on loopback only and no proxy relayed the call.
#[derive(Clone, Copy, Debug)]
pub struct PageOrigin {
    /// Whether the page is on a production host.
    pub is_production: bool,
    /// Whether the user is at this machine.
    pub is_on_loopback: bool,
}

/// Finds a user's wallet. On production hosts, it ignores wallets of automated tests.
pub async fn find_wallet(app: &App, user_uuid: &str, is_production: bool) -> Result<Option<Wallet>, Refusal> {
    let held = wallets::find(&mut *app.store.read().await?, user_uuid).await?;
    Ok(held.filter(|held| !(is_production && held.is_automated)))
}

/// Stores a user's first wallet, or the same one under another PIN. Only the wallet's own key can
/// replace it, because credentials depend on it. A wallet of automated tests, whose PIN is public,
/// can be replaced by the user's own.
pub async fn keep_wallet(
    app: &App,
    page_session: &PageSession,
    new: NewWallet,
    place: PageOrigin,
) -> Result<(), Refusal> {
    let signed_in = present(app, page_session).await?;
    let user = signed_in.user.user_uuid.as_str();
    if new.is_automated && place.is_production {
        return Err(Refusal::forbidden(
            "production hosts accept no wallets of automated tests; choose a PIN",
        ));
    }
    let wallet = checked(&new, user, ChainId::new(app.chain_id))?;
    let mut tx = app.store.write().await?;
    let held = wallets::find(&mut tx, user).await?;
    match wallet_change(held.as_ref(), &wallet, new.replaces.as_deref())? {
        WalletChange::First => {
            require_person(&signed_in, place)?;
            let now = app.platform_clock.now();
            wallets::insert(&mut tx, user, &wallet, now).await?;
        }
        WalletChange::InPlaceOfAutomated => {
            require_person(&signed_in, place)?;
            wallets::replace(&mut tx, user, &wallet).await?;
            caks::forget(&mut tx, &signed_in.user.user_uuid).await?;
        }
        WalletChange::SameKey => wallets::replace(&mut tx, user, &wallet).await?,
    }
    app.commit(tx).await.map_err(Refusal::from)
}

/// The relation of a new wallet to the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WalletChange {
    First,
    SameKey,
    InPlaceOfAutomated,
}

fn wallet_change(
    held: Option<&Wallet>,
    new: &Wallet,
    replaces: Option<&[u8]>,
) -> Result<WalletChange, Refusal> {
    let Some(held) = held else {
        return match replaces {
            None => Ok(WalletChange::First),
            Some(_) => Err(another()),
        };
    };
    let names_held = replaces.is_some_and(|salt| salt == held.salt);
    let is_same_key = held.address.eq_ignore_ascii_case(&new.address);
    match (held.is_automated, new.is_automated) {
        // The old key was encrypted under a public PIN, so it never becomes a user's key.
        (true, false) if !is_same_key && (replaces.is_none() || names_held) => {
            Ok(WalletChange::InPlaceOfAutomated)
        }
        (held, new) if held == new && is_same_key && names_held => Ok(WalletChange::SameKey),
        _ => Err(another()),
    }
}

fn another() -> Refusal {
    Refusal::conflict("the user's wallet has changed since this page was loaded; reload the page")
}

/// Requires the user's presence in a page, because the first wallet determines the keys to which
/// all later documents are sealed. Beyond loopback, it also requires that a code proved the user's
/// address.
fn require_person(signed_in: &SignedInUser, place: PageOrigin) -> Result<(), Refusal> {
    if !signed_in.is_page() {
        return Err(Refusal::forbidden(
            "a partner's server opened this session; the user's first wallet is created in a page, after a login there",
        ));
    }
    if !place.is_on_loopback && !signed_in.is_proved() {
        return Err(Refusal::forbidden(
            "beyond loopback, the first wallet needs a code that proves the user's address; enter the code that the platform sends, \
             which needs a mail server (--smtp-url), or run the platform on loopback",
        ));
    }
    Ok(())
}

/// Checks the sizes of the wallet, and its signature by its own key for this user and network.
fn checked(new: &NewWallet, user: &str, chain: ChainId) -> Result<Wallet, Refusal> {
    let malformed = || {
        Refusal::bad_request(
            "invalid wallet: it needs an address, a salt of 16 bytes, 600,000 to 10,000,000 iterations, an IV of 12 bytes, a \
             ciphertext of 48 bytes and a signature",
        )
    };
    let address: WalletAddress = new.address.parse().map_err(|_| malformed())?;
    let iterations = u32::try_from(new.iterations).ok();
    let iterations = iterations.filter(|iterations| ITERATIONS.contains(iterations));
    let replaces = new.replaces.as_deref().map(<&[u8; SALT]>::try_from).transpose();
    let signature: RecoverableSignature = new.signature.parse().map_err(|_| malformed())?;
    if new.ciphertext.len() != CIPHERTEXT {
        return Err(malformed());
    }
    let envelope = WalletEnvelope {
        user,
        address,
        salt: <&[u8; SALT]>::try_from(new.salt.as_slice()).map_err(|_| malformed())?,
        iterations: iterations.ok_or_else(malformed)?,
        iv: <&[u8; IV]>::try_from(new.iv.as_slice()).map_err(|_| malformed())?,
        ciphertext: &new.ciphertext,
        is_automated: new.is_automated,
        replaces: replaces.map_err(|_| malformed())?,
    };
    envelope
        .verify(chain, &signature)
        .map_err(|error| Refusal::forbidden(error.to_string()))?;
    Ok(Wallet {
        address: address.to_string(),
        salt: new.salt.clone(),
        iterations: new.iterations,
        iv: new.iv.clone(),
        ciphertext: new.ciphertext.clone(),
        is_automated: new.is_automated,
    })
}
