//! The page where a user lets a wallet receive a credential (OpenID4VCI 1.0, section 5): sign-in,
//! what the credential says, and the decision. The issuer's authorization endpoint leads here, with
//! the wallet's `client_id` and `request_uri`.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use url::{Host, Url, form_urlencoded};

use super::{
    claims::claims as claim_list,
    session::{self, Account, SignedIn},
};
use crate::{
    form::Fields,
    gate::Session,
    layout::{Input, Page, Section, Visit, WalletFailed},
};
use air_platform::{
    App, Refusal,
    openid4vc::authorization::{self, Arrival, Consent, Content},
};

pub(super) const PATH: &str = "/wallet/authorize";
pub(super) const SIGN_IN: &str = "/wallet/authorize/sign-in";
const TITLE: &str = "A wallet asks for your credential";

/// The parameters of the wallet's request, which every form of the page repeats.
struct Asked<'a> {
    issuer: &'a str,
    client_id: &'a str,
    request_uri: &'a str,
}

impl<'a> Asked<'a> {
    fn of(fields: &'a Fields) -> Self {
        Self {
            issuer: fields.text("issuer"),
            client_id: fields.text("client_id"),
            request_uri: fields.text("request_uri"),
        }
    }

    fn arrival(&self) -> Arrival<'a> {
        Arrival {
            partner_id: self.issuer,
            client_id: self.client_id,
            request_uri: self.request_uri,
        }
    }

    fn pairs(&self) -> [(&'static str, &'a str); 3] {
        [
            ("issuer", self.issuer),
            ("client_id", self.client_id),
            ("request_uri", self.request_uri),
        ]
    }

    /// The hidden fields of a form.
    fn hidden(&self, visit: &Visit) -> Markup {
        html! {
            (visit.proof())
            @for (name, value) in self.pairs() { input type="hidden" name=(name) value=(value); }
        }
    }

    /// The address of the page. It is made of the parameters alone, so that a form can't lead elsewhere.
    fn page(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.pairs())
            .finish();
        format!("{PATH}?{query}")
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(session): Extension<Session>,
    visit: Visit,
    fields: Fields,
) -> Result<Page, WalletFailed> {
    let (asked, holder) = (Asked::of(&fields), signed_in.account(&session));
    let consent = find(&app, &asked, holder.as_ref()).await?;
    let form = sign_in_form(&signed_in, &visit, &fields, &asked);
    let content = content(&visit, &form, &asked, &consent, holder.as_ref());
    let page = visit.page(Section::WalletSignIn, TITLE, &content);
    Ok(page.leading_forms_to(&source(&consent.redirect_uri)))
}

async fn find(app: &App, asked: &Asked<'_>, holder: Option<&Account>) -> Result<Consent, Refusal> {
    let (user_uuid, email) = holder
        .map(|holder| (holder.user_uuid.as_str(), &*holder.email))
        .unzip();
    authorization::find_consent(app, &asked.arrival(), user_uuid, email).await
}

pub(super) async fn sign_in(
    State(app): State<App>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(session): Extension<Session>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, WalletFailed> {
    let asked = Asked::of(&fields);
    let email = fields.filled("email");
    let email = email.ok_or_else(|| Refusal::bad_request("your e-mail address is missing"));
    let email = email.and_then(|email| believed(&signed_in, email));
    let found = match email {
        Ok(email) => authorization::sign_in(&app, &asked.arrival(), email).await,
        Err(refusal) => Err(refusal),
    };
    match found {
        Ok(user) => {
            signed_in.open(&session, user);
            Ok(Redirect::to(&asked.page()).into_response())
        }
        Err(refusal) => {
            // The request may have ended meanwhile, which is then the reason.
            let consent = find(&app, &asked, None).await?;
            let form = sign_in_form(&signed_in, &visit, &fields, &asked);
            let content = content(&visit, &form, &asked, &consent, None);
            let page = visit.refused(&refusal, Section::WalletSignIn, TITLE, &content);
            Ok(page
                .leading_forms_to(&source(&consent.redirect_uri))
                .into_response())
        }
    }
}

/// Returns a typed address, unless a code must prove it.
fn believed<'a>(signed_in: &SignedIn, email: &'a str) -> Result<&'a str, Refusal> {
    if signed_in.believes_addresses() {
        return Ok(email);
    }
    Err(Refusal::forbidden(
        "this platform does not believe a typed address; sign in at /wallet/sign-in by a code, and open the wallet's link again",
    ))
}

/// Records the decision, and sends the browser back to the wallet.
pub(super) async fn decide(
    State(app): State<App>,
    Extension(signed_in): Extension<SignedIn>,
    Extension(session): Extension<Session>,
    fields: Fields,
) -> Result<Redirect, WalletFailed> {
    let (asked, holder) = (Asked::of(&fields), signed_in.account(&session));
    let agrees = match fields.text("decision") {
        "agree" => true,
        "refuse" => false,
        _ => return Err(Refusal::bad_request("the decision is missing; send the form of the page").into()),
    };
    let user = holder
        .as_ref()
        .map(|holder| (holder.user_uuid.as_str(), &*holder.email));
    let answer = authorization::decide(&app, &asked.arrival(), user, agrees).await?;
    Ok(Redirect::to(&answer))
}

fn content(
    visit: &Visit,
    sign_in: &Markup,
    asked: &Asked<'_>,
    consent: &Consent,
    holder: Option<&Account>,
) -> Markup {
    html! {
        p { "The wallet " strong { bdi { (consent.client_id) } } " asks for your credential " strong { bdi { (consent.title) } }
            " from " strong { bdi { (consent.issuer) } } "." }
        @if let Some(holder) = holder { p.hint { "Signed in as " bdi { (holder.email) } } }
        @match &consent.content {
            None => { (sign_in) }
            Some(Content::Claims(claims)) => {
                section.panel { h2 { "It says" } (claim_list(claims)) }
                p.hint { "If you agree, the wallet receives these claims, signed by the issuer. The answer goes to "
                         bdi { (destination(&consent.redirect_uri)) } "." }
            }
            Some(Content::OtherUser) => {
                p { "The offer is for another user. Sign in with the address that the issuer knows." }
                (sign_in)
            }
            Some(Content::Ended) => p { "The offer was redeemed already, or has expired. Ask the issuer for a new one." },
            Some(Content::Nothing) => {
                p { "You have no valid credential of this kind on this platform, so there is nothing that the wallet could receive." }
                (sign_in)
            }
        }
        form.actions method="post" action=(PATH) {
            (asked.hidden(visit))
            @if matches!(consent.content, Some(Content::Claims(_))) {
                button.primary name="decision" value="agree" { "Agree" }
            }
            button name="decision" value="refuse" { "Refuse" }
        }
    }
}

fn sign_in_form(signed_in: &SignedIn, visit: &Visit, fields: &Fields, asked: &Asked<'_>) -> Markup {
    if !signed_in.believes_addresses() {
        return html! {
            p { a href=(session::SIGN_IN) target="_blank" rel="noopener" { "Sign in by a code" } ", and reload this page." }
        };
    }
    html! {
        form.plain-form method="post" action=(SIGN_IN) {
            (asked.hidden(visit))
            (Input::text("email", "Your e-mail address", fields).kind("email").required()
                .hint("This platform is on this machine only: it sends no code, and accepts any address."))
            p.actions { button.primary { "Sign in" } }
        }
    }
}

/// The host or the app that a redirect URI leads to, for people.
fn destination(redirect_uri: &str) -> String {
    let url = Url::parse(redirect_uri).ok();
    match url {
        Some(url) => url
            .host_str()
            .filter(|_| matches!(url.scheme(), "https" | "http"))
            .map_or_else(|| format!("the app of {}:", url.scheme()), ToOwned::to_owned),
        None => redirect_uri.to_owned(),
    }
}

/// The source expression (CSP3, 2.3.1) of a redirect URI: browsers apply `form-action` to the
/// redirect that follows a form. A host that source expressions can't have is replaced by its
/// scheme.
fn source(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else {
        return "'none'".to_owned();
    };
    let host = match url.host() {
        Some(Host::Domain(domain))
            if matches!(url.scheme(), "https" | "http")
                && domain
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.')) =>
        {
            domain.to_owned()
        }
        Some(Host::Ipv4(address)) => address.to_string(),
        _ => return format!("{}:", url.scheme()),
    };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}://{host}{port}", url.scheme())
}

#[cfg(test)]
mod tests {
    use super::source;

    #[test]
    fn a_redirect_uri_adds_one_source_to_the_policy() {
        for (redirect_uri, expected) in [
            ("https://wallet.example/cb?a=b", "https://wallet.example"),
            ("https://wallet.example:8443/cb", "https://wallet.example:8443"),
            ("http://127.0.0.1:4711/cb", "http://127.0.0.1:4711"),
            ("http://localhost:4711/cb", "http://localhost:4711"),
            // Source expressions have no IPv6 addresses.
            ("http://[::1]:4711/cb", "http:"),
            ("com.example.wallet:/cb", "com.example.wallet:"),
            ("eudi-wallet://authorize", "eudi-wallet:"),
            // These could add a directive or a source.
            ("https://a;sandbox/cb", "https:"),
            ("https://a,b/cb", "https:"),
            ("https://a'b/cb", "https:"),
        ] {
            assert_eq!(source(redirect_uri), expected, "{redirect_uri}");
        }
    }
}
