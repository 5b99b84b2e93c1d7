//! The status lists that a credential names: from files, or fetched from their URIs.

use air_fetch::Accept;
use air_ids::UnixTime;
use air_vc::{
    Error,
    status::{NamedLists, VerifiedBitstringStatusList, VerifiedStatusList},
};

use crate::{exit::Failure, status_list::StatusListSource};

/// Verified lists of both kinds.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) token: Vec<VerifiedStatusList>,
    pub(crate) bitstring: Vec<VerifiedBitstringStatusList>,
}

impl Lists {
    /// Loads each named list: from the files if there are any, else from its URI. Returns the lists
    /// that could be loaded, and the first failure.
    pub(crate) async fn load(
        named: NamedLists<'_>,
        files: &[StatusListSource],
        now: UnixTime,
    ) -> (Self, Option<Failure>) {
        let (mut lists, mut failure) = (Self::default(), None);
        if let Some(list) = named.token {
            let texts = texts(files, list.uri(), Accept::StatusList).await;
            match texts.and_then(|texts| first_good(&texts, |text| list.verify(text, now))) {
                Ok(list) => lists.token.push(list),
                Err(reason) => failure = Some(reason),
            }
        }
        for list in named.bitstring {
            let texts = texts(files, list.url(), Accept::Credential).await;
            match texts.and_then(|texts| first_good(&texts, |text| list.verify(text, now))) {
                Ok(list) => lists.bitstring.push(list),
                Err(reason) => failure = failure.or(Some(reason)),
            }
        }
        (lists, failure)
    }
}

async fn texts(files: &[StatusListSource], uri: &str, accept: Accept) -> Result<Vec<String>, Failure> {
    if files.is_empty() {
        return Ok(vec![StatusListSource::Web(uri.to_owned()).load(accept).await?]);
    }
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        texts.push(file.load(accept).await?);
    }
    Ok(texts)
}

fn first_good<T>(texts: &[String], verify: impl Fn(&str) -> Result<T, Error>) -> Result<T, Failure> {
    let mut refusal = None;
    for text in texts {
        match verify(text.trim()) {
            Ok(list) => return Ok(list),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    let reason = refusal.map_or_else(String::new, |error| format!(": {error}"));
    Err(Failure::not_authorised(format!(
        "its status list was refused{reason}"
    )))
}
