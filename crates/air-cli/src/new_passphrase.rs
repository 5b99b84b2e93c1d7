//! The passphrase to encrypt a new secret with: from a file, from the terminal, or none with a warning.

use zeroize::Zeroizing;

use crate::{ask, exit::Failure, output::Output};

/// A secret that is written to a file.
#[derive(Clone, Copy)]
pub(crate) enum Secret {
    /// A custodian's share of a key.
    Share,
    /// A custodian's own key.
    CustodianKey,
    /// The key of an account on a chain.
    AccountKey,
}

impl Secret {
    fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::CustodianKey | Self::AccountKey => "key",
        }
    }

    /// Returns the action that the plain file permits to a reader.
    fn danger(self) -> &'static str {
        match self {
            Self::Share | Self::CustodianKey => "act as its custodian",
            Self::AccountKey => "spend the account's funds, and send checkpoints as it",
        }
    }
}

/// The passphrase to encrypt a secret with: the given one, or one that is asked for on the
/// terminal. `None` leaves the secret unencrypted, with a warning.
pub(crate) fn for_new(
    secret: Secret,
    given: Option<Zeroizing<String>>,
    output: Output,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let passphrase = match given {
        None if ask::is_possible(output) => asked_twice(secret, output)?,
        passphrase => passphrase,
    };
    if passphrase.is_none() {
        output.note(&format!(
            "warning: the {} is not encrypted: anyone who reads its file can {}; pass --passphrase-file to encrypt it",
            secret.name(),
            secret.danger()
        ));
    }
    Ok(passphrase)
}

fn asked_twice(secret: Secret, output: Output) -> Result<Option<Zeroizing<String>>, Failure> {
    let question = format!("Passphrase for the {} (empty: not encrypted): ", secret.name());
    let passphrase = ask::secret(&question, output)?;
    if passphrase.is_empty() {
        return Ok(None);
    }
    if *ask::secret("The same passphrase again: ", output)? != *passphrase {
        return Err(Failure::failed(format!(
            "the two passphrases differ; no {} was written",
            secret.name()
        ))
        .with_hint("run the command again"));
    }
    Ok(Some(passphrase))
}
