//! `FAPI2SPFinal…`: the modules that HAIP adds for authorization servers.

use air_jwt::{
    SigningKey, UnixTime,
    dpop::{Proof, ProofVerifier, error_code},
};
use air_oid4vc::{
    Error,
    oauth::{
        AuthorizationAnswer, AuthorizationRequest, Binding, Client, CodeRequest, CodeVerifier, Grant,
        IssuedCode, PushedRequest, RefreshRequest, Requested, Rule,
    },
    vci::{ErrorCode, ErrorResponse, IssuerId},
};

use crate::times::{NOW, after, before};

const REDIRECT: &str = "https://wallet.example/cb";
const TOKEN_URL: &str = "https://issuer.example/token";

fn issuer() -> IssuerId {
    "https://issuer.example".parse().unwrap()
}

fn verifier() -> CodeVerifier {
    CodeVerifier::from_random(&[7; 32])
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest::new("wallet", REDIRECT, Requested::scope("pid"), &verifier()).with_state("s1")
}

fn client(dpop_key: Option<&str>) -> Client<'_> {
    Client {
        id: "wallet",
        dpop_key,
    }
}

fn pushed(form: &str) -> Result<PushedRequest, Error> {
    PushedRequest::accept(form.as_bytes(), &client(None), after(60))
}

/// The rule and the code of the error response.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (Rule, ErrorCode) {
    match result {
        Err(error @ Error::Authorization { rule, .. }) => (rule, ErrorResponse::from(&error).code().clone()),
        other => panic!("{other:?}"),
    }
}

fn code_for(request: &AuthorizationRequest, dpop_key: Option<&str>) -> IssuedCode {
    let pushed = PushedRequest::accept(request.to_form().as_bytes(), &client(dpop_key), after(60)).unwrap();
    pushed.begin("wallet", NOW).unwrap().authorize(after(60))
}

fn redeem(code: IssuedCode, dpop_key: Option<&str>, now: UnixTime) -> Result<Grant, Error> {
    let form = CodeRequest::new("c1", REDIRECT, "wallet", verifier()).to_form();
    code.redeem(&CodeRequest::parse(form.as_bytes())?, &client(dpop_key), now)
}

#[test]
fn fapi2_happy_flow() {
    let pushed = pushed(&request().to_form()).unwrap();
    let session = pushed.begin("wallet", NOW).unwrap();
    let answer = AuthorizationAnswer::code("c1", &session, &issuer()).to_redirect();
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    assert_eq!(answer.check(Some("s1"), &issuer()), Ok("c1"));
    let grant = redeem(session.authorize(after(60)), Some("key"), NOW).unwrap();
    assert_eq!((grant.client_id(), grant.dpop_key()), ("wallet", Some("key")));
    assert_eq!(grant.requested().scopes(), ["pid"]);
}

#[test]
fn fapi2_user_rejects_authentication() {
    let session = pushed(&request().to_form())
        .unwrap()
        .begin("wallet", NOW)
        .unwrap();
    let answer = AuthorizationAnswer::error(ErrorCode::AccessDenied, &session, &issuer());
    assert_eq!(
        answer.to_redirect(),
        "https://wallet.example/cb?error=access_denied&state=s1&iss=https%3A%2F%2Fissuer.example"
    );
    let answer = AuthorizationAnswer::parse(&answer.to_redirect()).unwrap();
    assert_eq!(answer.refusal(), Some(&ErrorCode::AccessDenied));
    assert_eq!(refused(answer.check(Some("s1"), &issuer())).0, Rule::Refused);
}

#[test]
fn fapi2_ensure_authorization_request_with_long_state() {
    let state = "s".repeat(384);
    let session = pushed(&request().with_state(&state).to_form())
        .unwrap()
        .begin("wallet", NOW)
        .unwrap();
    let answer = AuthorizationAnswer::code("c1", &session, &issuer()).to_redirect();
    assert!(
        AuthorizationAnswer::parse(&answer)
            .unwrap()
            .check(Some(&state), &issuer())
            .is_ok()
    );
}

#[test]
fn fapi2_ensure_authorization_request_without_state_success() {
    let request = AuthorizationRequest::new("wallet", REDIRECT, Requested::scope("pid"), &verifier());
    let session = pushed(&request.to_form()).unwrap().begin("wallet", NOW).unwrap();
    let answer = AuthorizationAnswer::code("c1", &session, &issuer()).to_redirect();
    assert!(!answer.contains("state"));
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    assert!(answer.check(None, &issuer()).is_ok());
    assert_eq!(refused(answer.check(Some("s1"), &issuer())).0, Rule::State);
}

/// RFC 9207: a wallet refuses the answer of another server.
#[test]
fn an_answer_of_another_server_is_refused() {
    let session = pushed(&request().to_form())
        .unwrap()
        .begin("wallet", NOW)
        .unwrap();
    let other: IssuerId = "https://other.example".parse().unwrap();
    let answer = AuthorizationAnswer::code("c1", &session, &other).to_redirect();
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    assert_eq!(refused(answer.check(Some("s1"), &issuer())).0, Rule::Issuer);
    let without = AuthorizationAnswer::parse("https://wallet.example/cb?code=c1&state=s1").unwrap();
    assert_eq!(refused(without.check(Some("s1"), &issuer())).0, Rule::Issuer);
}

#[test]
fn fapi2_ensure_response_type_token_fails() {
    let form = request()
        .to_form()
        .replace("response_type=code", "response_type=token");
    let expected = (Rule::ResponseType, ErrorCode::UnsupportedResponseType);
    assert_eq!(refused(pushed(&form)), expected);
}

#[test]
fn fapi2_ensure_response_type_code_id_token_fails() {
    let form = request()
        .to_form()
        .replace("response_type=code", "response_type=code+id_token");
    let expected = (Rule::ResponseType, ErrorCode::UnsupportedResponseType);
    assert_eq!(refused(pushed(&form)), expected);
}

#[test]
fn fapi2_par_ensure_pkce_required() {
    let form = request().to_form();
    let form: Vec<&str> = form
        .split('&')
        .filter(|one| !one.starts_with("code_challenge"))
        .collect();
    let expected = (Rule::ChallengeMissing, ErrorCode::InvalidRequest);
    assert_eq!(refused(pushed(&form.join("&"))), expected);
}

#[test]
fn fapi2_par_ensure_plain_pkce_rejected() {
    for plain in ["code_challenge_method=plain", ""] {
        let form = request().to_form().replace("code_challenge_method=S256", plain);
        let expected = (Rule::ChallengeMethod, ErrorCode::InvalidRequest);
        assert_eq!(refused(pushed(&form)), expected, "{plain}");
    }
}

#[test]
fn fapi2_par_ensure_pkce_code_verifier_required() {
    let form = CodeRequest::new("c1", REDIRECT, "wallet", verifier()).to_form();
    let (form, _) = form.split_once("&code_verifier").unwrap();
    let expected = (Rule::Missing, ErrorCode::InvalidRequest);
    assert_eq!(refused(CodeRequest::parse(form.as_bytes())), expected);
}

#[test]
fn fapi2_par_incorrect_pkce_code_verifier_rejected() {
    let other = CodeRequest::new("c1", REDIRECT, "wallet", CodeVerifier::from_random(&[8; 32]));
    let result = code_for(&request(), None).redeem(&other, &client(None), NOW);
    assert_eq!(refused(result), (Rule::Verifier, ErrorCode::InvalidGrant));
}

#[test]
fn fapi2_ensure_redirect_uri_in_authorization_request() {
    let form = request().to_form();
    let form: Vec<&str> = form
        .split('&')
        .filter(|one| !one.starts_with("redirect_uri"))
        .collect();
    let expected = (Rule::Missing, ErrorCode::InvalidRequest);
    assert_eq!(refused(pushed(&form.join("&"))), expected);
}

#[test]
fn fapi2_par_without_duplicate_parameters() {
    let form = request().to_form() + "&state=s2";
    assert_eq!(
        refused(pushed(&form)),
        (Rule::Repeated, ErrorCode::InvalidRequest)
    );
}

#[test]
fn fapi2_par_reject_request_uri_in_par_authorization_form_params() {
    let form = request().to_form() + "&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A1";
    let expected = (Rule::NestedRequestUri, ErrorCode::InvalidRequest);
    assert_eq!(refused(pushed(&form)), expected);
}

#[test]
fn fapi2_par_ensure_request_uri_is_bound_to_client() {
    let pushed = pushed(&request().to_form()).unwrap();
    let expected = (Rule::RequestUriClient, ErrorCode::InvalidRequestUri);
    assert_eq!(refused(pushed.begin("other", NOW)), expected);
}

#[test]
fn fapi2_par_attempt_to_use_expired_request_uri() {
    let pushed = pushed(&request().to_form()).unwrap();
    assert!(pushed.begin("wallet", after(59)).is_ok());
    let expected = (Rule::RequestUriExpired, ErrorCode::InvalidRequestUri);
    assert_eq!(refused(pushed.begin("wallet", after(60))), expected);
}

#[test]
fn fapi2_par_ensure_server_accepts_reused_request_uri_before_authentication_completion() {
    let pushed = pushed(&request().to_form()).unwrap();
    assert_eq!(pushed.begin("wallet", NOW), pushed.begin("wallet", after(1)));
}

#[test]
fn fapi2_ensure_client_id_in_token_endpoint() {
    let form = CodeRequest::new("c1", REDIRECT, "other", verifier()).to_form();
    let other = CodeRequest::parse(form.as_bytes()).unwrap();
    let result = code_for(&request(), None).redeem(&other, &client(None), NOW);
    assert_eq!(refused(result), (Rule::CodeClient, ErrorCode::InvalidGrant));
}

#[test]
fn fapi2_ensure_authorization_code_is_bound_to_client() {
    let other = Client {
        id: "other",
        dpop_key: None,
    };
    let form = CodeRequest::new("c1", REDIRECT, "other", verifier());
    let result = code_for(&request(), None).redeem(&form, &other, NOW);
    assert_eq!(refused(result), (Rule::CodeClient, ErrorCode::InvalidGrant));
}

#[test]
fn fapi2_attempt_to_use_expired_auth_code() {
    let expected = (Rule::CodeExpired, ErrorCode::InvalidGrant);
    assert_eq!(
        refused(redeem(code_for(&request(), None), None, after(60))),
        expected
    );
    assert!(redeem(code_for(&request(), None), None, after(59)).is_ok());
}

#[test]
fn fapi2_ensure_dpop_auth_code_binding_success() {
    let request = request().with_dpop_key("key");
    assert!(redeem(code_for(&request, None), Some("key"), NOW).is_ok());
}

#[test]
fn fapi2_ensure_dpop_proof_at_par_endpoint_binding_success() {
    assert!(redeem(code_for(&request(), Some("key")), Some("key"), NOW).is_ok());
}

#[test]
fn fapi2_ensure_mismatched_dpop_jkt_fails() {
    let form = request().with_dpop_key("key").to_form();
    let result = PushedRequest::accept(form.as_bytes(), &client(Some("other")), after(60));
    assert_eq!(refused(result), (Rule::PushedKey, ErrorCode::InvalidDpopProof));
}

#[test]
fn fapi2_ensure_token_endpoint_fails_with_mismatched_dpop_jkt() {
    for key in [None, Some("other")] {
        let code = code_for(&request().with_dpop_key("key"), None);
        let expected = (Rule::BoundKey, ErrorCode::InvalidGrant);
        assert_eq!(refused(redeem(code, key, NOW)), expected);
    }
}

#[test]
fn fapi2_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt() {
    let code = code_for(&request(), Some("key"));
    let expected = (Rule::BoundKey, ErrorCode::InvalidGrant);
    assert_eq!(refused(redeem(code, Some("other"), NOW)), expected);
}

#[test]
fn fapi2_refresh_token() {
    let grant = redeem(code_for(&request(), Some("key")), Some("key"), NOW).unwrap();
    let form = RefreshRequest::new("r1", "wallet").to_form();
    let refresh = RefreshRequest::parse(form.as_bytes()).unwrap();
    assert_eq!(refresh.expose_secret(), "r1");
    assert_eq!(grant.refresh(&refresh, &client(Some("key"))), Ok(()));
    let expected = (Rule::BoundKey, ErrorCode::InvalidGrant);
    assert_eq!(refused(grant.refresh(&refresh, &client(Some("other")))), expected);
    let other = Client {
        id: "other",
        dpop_key: Some("key"),
    };
    let expected = (Rule::CodeClient, ErrorCode::InvalidGrant);
    assert_eq!(refused(grant.refresh(&refresh, &other)), expected);
}

/// A token for a pre-authorized code has no client, and stays bound to its key.
#[test]
fn a_refresh_token_is_bound_to_its_client_and_key() {
    let binding = |client_id, dpop_key| Binding { client_id, dpop_key };
    let anonymous = RefreshRequest::anonymous("r1");
    assert!(RefreshRequest::is_of_form(anonymous.to_form().as_bytes()));
    let bound = binding(None, Some("key"));
    assert_eq!(anonymous.check(bound, bound), Ok(()));
    let named = RefreshRequest::new("r1", "wallet");
    let client = binding(Some("wallet"), Some("key"));
    // Without a bound client, a wallet may name or authenticate itself.
    for (request, presented) in [(&named, bound), (&named, client), (&anonymous, client)] {
        assert_eq!(request.check(presented, bound), Ok(()));
    }
    assert_eq!(named.check(client, client), Ok(()));
    assert_eq!(anonymous.check(client, client), Ok(()));
    let other = binding(Some("other"), Some("key"));
    for (request, presented, bound, rule) in [
        (&anonymous, binding(None, Some("other")), bound, Rule::BoundKey),
        (&anonymous, binding(None, None), bound, Rule::BoundKey),
        (
            &named,
            binding(Some("wallet"), Some("other")),
            bound,
            Rule::BoundKey,
        ),
        (&anonymous, bound, client, Rule::CodeClient),
        (&named, bound, client, Rule::CodeClient),
        (&named, other, client, Rule::CodeClient),
        (&named, other, other, Rule::CodeClient),
        (
            &named,
            binding(Some("wallet"), Some("other")),
            client,
            Rule::BoundKey,
        ),
    ] {
        let expected = (rule, ErrorCode::InvalidGrant);
        assert_eq!(refused(request.check(presented, bound)), expected);
    }
}

fn proof_at(issued_at: UnixTime) -> Result<air_jwt::dpop::VerifiedProof, air_jwt::Error> {
    let key = SigningKey::generate(&mut rand::rng());
    let proof = Proof::new("POST", TOKEN_URL)
        .unwrap()
        .sign(&key, issued_at, &mut rand::rng());
    ProofVerifier::new("POST", TOKEN_URL)
        .unwrap()
        .verify([proof.as_str()], NOW)
}

#[test]
fn fapi2_ensure_dpop_proof_with_iat_10_seconds_before_succeeds() {
    assert!(proof_at(before(10)).is_ok());
}

#[test]
fn fapi2_ensure_dpop_proof_with_iat_10_seconds_after_succeeds() {
    assert!(proof_at(after(10)).is_ok());
}

#[test]
fn fapi2_ensure_holder_of_key_required() {
    let error = ProofVerifier::new("POST", TOKEN_URL)
        .unwrap()
        .verify([], NOW)
        .unwrap_err();
    assert_eq!(error_code(&error), "invalid_dpop_proof");
}

#[test]
fn fapi2_dpop_negative_tests() {
    let key = SigningKey::generate(&mut rand::rng());
    let sign = |method, url| Proof::new(method, url).unwrap().sign(&key, NOW, &mut rand::rng());
    let good = sign("POST", TOKEN_URL);
    let (input, _) = good.rsplit_once('.').unwrap();
    let cases = [
        sign("GET", TOKEN_URL),
        sign("POST", "https://other.example/token"),
        format!("{input}.{}", "A".repeat(86)),
        air_jwt::jws::sign(&key, "dpop+jwt", &serde_json::json!({})),
    ];
    for proof in &cases {
        let error = ProofVerifier::new("POST", TOKEN_URL)
            .unwrap()
            .verify([proof.as_str()], NOW)
            .unwrap_err();
        assert_eq!(error_code(&error), "invalid_dpop_proof", "{error}");
    }
    let twice = ProofVerifier::new("POST", TOKEN_URL)
        .unwrap()
        .verify([good.as_str(), good.as_str()], NOW);
    assert_eq!(error_code(&twice.unwrap_err()), "invalid_dpop_proof");
    let stale = ProofVerifier::new("POST", TOKEN_URL)
        .unwrap()
        .requiring_nonce(&|_| false)
        .verify([good.as_str()], NOW);
    assert_eq!(error_code(&stale.unwrap_err()), "use_dpop_nonce");
}

/// A member that another kind of request needs, or credentials that are not the issuer's.
#[test]
fn a_request_names_credentials_by_scope_or_details() {
    let metadata = super::issuer::metadata();
    let by = |requested: &Requested| requested.resolve(&metadata).map(|ids| ids.join(" "));
    assert_eq!(by(&Requested::scope("openid pid")).unwrap(), "pid");
    assert_eq!(by(&Requested::configurations(["pid"])).unwrap(), "pid");
    let expected = (Rule::UnknownCredential, ErrorCode::InvalidScope);
    assert_eq!(refused(by(&Requested::scope("other"))), expected);
    let expected = (Rule::AuthorizationDetails, ErrorCode::InvalidAuthorizationDetails);
    assert_eq!(refused(by(&Requested::configurations(["other"]))), expected);

    let request = AuthorizationRequest::new(
        "wallet",
        REDIRECT,
        Requested::configurations(["pid"]),
        &verifier(),
    );
    let read = AuthorizationRequest::parse(request.to_form().as_bytes()).unwrap();
    assert_eq!(read, request);
    let nothing = AuthorizationRequest::new("wallet", REDIRECT, Requested::default(), &verifier());
    let expected = (Rule::NothingRequested, ErrorCode::InvalidScope);
    assert_eq!(
        refused(AuthorizationRequest::parse(nothing.to_form().as_bytes())),
        expected
    );
}

#[test]
fn debug_shows_no_secret() {
    let form = request().with_issuer_state("issuer-secret").to_form();
    let pushed = pushed(&form).unwrap();
    let session = pushed.begin("wallet", NOW).unwrap();
    let answer = AuthorizationAnswer::code("code-secret", &session, &issuer());
    let redeem = CodeRequest::new("code-secret", REDIRECT, "wallet", verifier());
    let refresh = RefreshRequest::new("refresh-secret", "wallet");
    let shown = format!(
        "{pushed:?}{session:?}{answer:?}{redeem:?}{refresh:?}{:?}",
        verifier()
    );
    assert!(!shown.contains("secret"), "{shown}");
    assert!(!shown.contains(verifier().expose_secret()), "{shown}");
}
