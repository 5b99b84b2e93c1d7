//! The home of users' wallets: ciphertext, which their browsers made.

use super::{App, Refusal, Ticket, present};
use crate::store::{
    to_db,
    wallets::{self, Wallet},
};

const SALT: usize = 16;
/// AES-GCM's nonce.
const IV: usize = 12;
/// A secp256k1 key of 32 bytes and the tag: nothing else fits.
const CIPHERTEXT: usize = 48;
/// Of PBKDF2-HMAC-SHA-256: what OWASP asks for, and the most that a browser should be made to do.
const ITERATIONS: std::ops::RangeInclusive<u64> = 600_000..=10_000_000;

/// A wallet to keep.
#[derive(Clone, Debug)]
pub(crate) struct NewWallet {
    pub(crate) address: String,
    pub(crate) salt: Vec<u8>,
    pub(crate) iterations: u64,
    pub(crate) iv: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) is_automated: bool,
    /// The salt of the wallet that this one takes the place of: the same key, under another PIN.
    pub(crate) replaces: Option<Vec<u8>>,
}

pub(crate) async fn find_wallet(app: &App, user_uuid: &str) -> Result<Option<Wallet>, Refusal> {
    Ok(wallets::find(&mut app.store.read().await?, user_uuid).await?)
}

/// Keeps a user's first wallet, or the same one under another PIN. A key is never put in another's place: credentials hang on it.
pub(crate) async fn keep_wallet(app: &App, ticket: &Ticket, new: NewWallet) -> Result<(), Refusal> {
    let visitor = present(app, ticket).await?;
    let user = &visitor.user.user_uuid;
    check(&new)?;
    let wallet = Wallet {
        address: new.address,
        salt: new.salt,
        iterations: to_db(new.iterations),
        iv: new.iv,
        ciphertext: new.ciphertext,
        is_automated: new.is_automated,
    };
    let mut change = app.store.change().await?;
    let held = wallets::find(&mut change, user).await?;
    match (held, new.replaces) {
        (None, None) => {
            let now = app.platform_clock.now();
            wallets::insert(&mut change, user, &wallet, now).await?;
        }
        (Some(held), Some(salt)) if held.salt == salt && held.address == wallet.address => {
            wallets::replace(&mut change, user, &wallet).await?;
        }
        _ => {
            return Err(Refusal::conflict(
                "the user has another wallet by now; load the page anew and open that one",
            ));
        }
    }
    app.commit(change).await.map_err(Refusal::from)
}

fn check(new: &NewWallet) -> Result<(), Refusal> {
    let digits = new.address.strip_prefix("0x").unwrap_or_default();
    let is_address = digits.len() == 40 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let fits = new.salt.len() == SALT && new.iv.len() == IV && new.ciphertext.len() == CIPHERTEXT;
    if is_address && fits && ITERATIONS.contains(&new.iterations) {
        Ok(())
    } else {
        Err(Refusal::bad_request(
            "a wallet has an address, a salt of 16 bytes, 600,000 to 10,000,000 iterations, an IV of 12 bytes and a ciphertext of 48",
        ))
    }
}
