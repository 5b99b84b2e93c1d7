//! Status lists in commands.

use air_vc::{UnixTime, status::VerifiedBitstringStatusList};

use crate::{Error, Verifier};

/// The status lists that a credential names.
#[derive(Default)]
pub(super) struct Lists {
    /// The lists that are verified.
    pub(super) verified: Vec<VerifiedBitstringStatusList>,
    /// The URLs of the other lists. They are from a credential whose proof was verified.
    pub(super) missing: Vec<String>,
    /// The reason why none of the texts is the first of the missing lists.
    refusal: Option<air_vc::Error>,
}

impl Lists {
    /// Finds each named list among the texts. A credential whose proof is not accepted names none.
    pub(super) fn read(verifier: &Verifier<'_>, json: &str, texts: &[String], now: UnixTime) -> Self {
        let mut lists = Self::default();
        let named = verifier.named_lists(json).unwrap_or_default();
        for list in named.bitstring {
            let (mut found, mut refusal) = (None, None);
            for text in texts {
                match list.verify(text.trim(), now) {
                    Ok(verified) => {
                        found = Some(verified);
                        break;
                    }
                    Err(error) => refusal = refusal.or(Some(error)),
                }
            }
            if let Some(verified) = found {
                lists.verified.push(verified);
            } else {
                lists.missing.push(list.url().to_owned());
                lists.refusal = lists.refusal.take().or(refusal);
            }
        }
        lists
    }

    /// The reason why a credential is not accepted: that of its list, if the list was refused.
    pub(super) fn reason(&self, error: &Error) -> String {
        match (error, &self.refusal) {
            (Error::Credential(air_vc::Error::StatusNotKnown { .. }), Some(refusal)) => {
                format!("its status list was refused: {refusal}")
            }
            _ => error.to_string(),
        }
    }
}
