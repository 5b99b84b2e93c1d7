//! The tokens of an issuance, which a refresh replaces.

use air_oid4vc::vci::{AuthorizedCredential, RequestedCredential, TokenResponse};

use super::dpop::AccessToken;
use crate::exit::Failure;

/// The access token, and what applies until another token response replaces it.
pub(super) struct Tokens {
    pub(super) access: AccessToken,
    pub(super) refresh_token: Option<String>,
    authorization_details: Vec<AuthorizedCredential>,
}

impl Tokens {
    /// Reads the first token response, or one that replaces the tokens `earlier`. `is_proved`:
    /// whether the request had a DPoP proof.
    pub(super) fn of(
        response: TokenResponse,
        earlier: Option<Self>,
        is_proved: bool,
    ) -> Result<Self, Failure> {
        let is_bound = response.token_type.eq_ignore_ascii_case("DPoP");
        if !is_bound && !response.token_type.eq_ignore_ascii_case("Bearer") {
            return Err(Failure::rejected(
                "the type of the access token is neither Bearer nor DPoP",
            ));
        }
        // RFC 9449, section 5: a token of the type Bearer is not bound to the key of the proof.
        if is_proved && !is_bound {
            return Err(Failure::rejected(
                "the access token is of the type Bearer, although the authorization server supports DPoP: anyone who has it could use it",
            ));
        }
        let access = AccessToken {
            value: response.access_token,
            is_bound,
        };
        let (refresh_token, authorization_details) = earlier
            .map(|earlier| (earlier.refresh_token, earlier.authorization_details))
            .unwrap_or_default();
        Ok(Self {
            access,
            // RFC 6749, section 6: without another one, the refresh token stays valid.
            refresh_token: response.refresh_token.or(refresh_token),
            // Without others, the same credentials are authorized.
            authorization_details: if response.authorization_details.is_empty() {
                authorization_details
            } else {
                response.authorization_details
            },
        })
    }

    /// The credentials that requests can name for a configuration: those of the token response, or
    /// the configuration itself.
    pub(super) fn requestable(&self, configuration_id: &str) -> Vec<RequestedCredential> {
        if self.authorization_details.is_empty() {
            return vec![RequestedCredential::Configuration(configuration_id.to_owned())];
        }
        let details = self.authorization_details.iter();
        details
            .filter(|detail| detail.configuration_id == configuration_id)
            .flat_map(|detail| detail.credential_identifiers.iter().cloned())
            .map(RequestedCredential::Identifier)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(token_type: &str) -> TokenResponse {
        TokenResponse {
            access_token: "access-2".into(),
            token_type: token_type.into(),
            expires_in: None,
            refresh_token: None,
            authorization_details: Vec::new(),
        }
    }

    fn detail(identifier: &str) -> AuthorizedCredential {
        AuthorizedCredential {
            configuration_id: "pid".into(),
            credential_identifiers: vec![identifier.into()],
        }
    }

    fn identifiers(tokens: &Tokens) -> Vec<RequestedCredential> {
        tokens.requestable("pid")
    }

    #[test]
    fn a_refresh_keeps_what_its_response_lacks() {
        let first = TokenResponse {
            refresh_token: Some("refresh-1".into()),
            authorization_details: vec![detail("pid-1")],
            ..response("DPoP")
        };
        let Ok(first) = Tokens::of(first, None, true) else {
            panic!("the first response");
        };
        let Ok(second) = Tokens::of(response("dpop"), Some(first), true) else {
            panic!("the second response");
        };
        assert_eq!(second.access.value, "access-2");
        assert_eq!(second.refresh_token.as_deref(), Some("refresh-1"));
        let expected = RequestedCredential::Identifier("pid-1".into());
        assert_eq!(identifiers(&second), [expected]);
        assert!(second.requestable("other").is_empty());

        let third = TokenResponse {
            refresh_token: Some("refresh-2".into()),
            authorization_details: vec![detail("pid-2")],
            ..response("DPoP")
        };
        let Ok(third) = Tokens::of(third, Some(second), true) else {
            panic!("the third response");
        };
        assert_eq!(third.refresh_token.as_deref(), Some("refresh-2"));
        let expected = RequestedCredential::Identifier("pid-2".into());
        assert_eq!(identifiers(&third), [expected]);
    }

    #[test]
    fn a_request_with_a_proof_accepts_no_bearer_token() {
        for (token_type, is_proved, is_accepted) in [
            ("DPoP", true, true),
            ("Bearer", true, false),
            ("bearer", true, false),
            ("Bearer", false, true),
            ("MAC", false, false),
            ("MAC", true, false),
        ] {
            let tokens = Tokens::of(response(token_type), None, is_proved);
            assert_eq!(tokens.is_ok(), is_accepted, "{token_type} {is_proved}");
        }
    }
}
