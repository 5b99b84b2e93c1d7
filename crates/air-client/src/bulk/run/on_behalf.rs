//! The platform, which issues rows on behalf of the issuer.

use air_api::{IdempotencyKey, IssueOnBehalf, IssuedOnBehalf};
use air_jwt::{EmailAddress, PartnerId, PartnerToken, Signer};

use super::{
    super::{Bulk, Reason, Refusal, Row, journal::JournalOutcome, row::pointer},
    target::{CallError, Target},
};
use crate::{Error, auth::Proof, tokens};

/// The platform with the partner whose tokens the calls have.
pub(super) struct OnBehalf<'r, S> {
    pub(super) bulk: &'r Bulk,
    pub(super) partner: &'r PartnerId,
    pub(super) signer: &'r S,
}

/// The call of a row, and its recipient.
pub(super) struct Call {
    email: EmailAddress,
    request: IssueOnBehalf,
}

impl<S: Signer> Target for OnBehalf<'_, S> {
    type Call = Call;

    fn call(&self, row: Row) -> Call {
        let order = &self.bulk.order;
        Call {
            email: row.email,
            request: IssueOnBehalf {
                issuer_did: order.issuer_did.clone(),
                program: order.program.clone(),
                credential_subject: row.credential_subject,
                on_duplicate: order.on_duplicate,
            },
        }
    }

    async fn send(&self, call: &Call, key: &IdempotencyKey) -> Result<JournalOutcome, CallError> {
        let token = PartnerToken::issue_on_behalf(self.partner.clone(), call.email.clone())
            .sign_with(self.signer, tokens::now())
            .await
            .map_err(CallError::NotSigned)?;
        let proof = Proof::Given(token.expose_secret());
        let issuing = self.bulk.client.issuing(proof, &call.request, key).attempts(1);
        match issuing.receive::<IssuedOnBehalf>().await {
            Ok(issued) => Ok(JournalOutcome::Issued {
                issued: issued.core_claim_hash,
            }),
            Err(error) => Err(CallError::Failed(error)),
        }
    }

    /// Keeps only the name of a claim that the row also has.
    fn refusal(&self, reason: Reason, error: &Error, call: &Call) -> Refusal {
        const SUBJECT: &str = "/credentialSubject";
        let Error::Rejected { message, .. } = error else {
            return Refusal::new(reason, "");
        };
        let is_named = |name: &&String| {
            let (place, quoted) = (pointer("", name), format!("`{name}`"));
            message
                .split([' ', ':', ';', ','])
                .any(|word| word == place || word == quoted)
        };
        match call.request.credential_subject.keys().find(is_named) {
            Some(name) => Refusal::new(reason, pointer(SUBJECT, name)),
            None => Refusal::new(reason, SUBJECT),
        }
    }
}
