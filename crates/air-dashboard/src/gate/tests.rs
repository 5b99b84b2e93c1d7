use super::*;

fn gate(login_token: Option<&str>) -> Gate {
    Gate::new(access(login_token))
}

fn access(login_token: Option<&str>) -> Access {
    let clock = Clock::new(|| UnixTime::from_secs(1_000));
    Access {
        token: login_token.map(Into::into),
        login_code: "code".into(),
        port: 8300,
        is_local: true,
        sends_codes: false,
        counted_peer: Arc::new(Some),
        is_secure: false,
        public_url: "https://air.example".into(),
        platform_clock: VirtualClock::new(clock.clone(), 0),
        clock,
    }
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let name = header::HeaderName::from_static(name);
        (name, HeaderValue::from_str(value).unwrap())
    });
    pairs.collect()
}

#[test]
fn names_that_can_be_bent_are_not_ours() {
    for (host, on_loopback, beyond) in [
        ("localhost:8300", true, true),
        ("127.0.0.1:8300", true, true),
        ("[::1]:8300", true, true),
        ("192.0.2.1:8300", false, true),
        ("air.example", false, true),
        ("air.example:81", false, false),
        ("rebound.example:8300", false, false),
        ("localhost.rebound.example", false, false),
    ] {
        let headers = headers(&[("host", host)]);
        assert_eq!(
            gate(None).0.is_own_host(Version::HTTP_11, &headers),
            on_loopback,
            "{host}"
        );
        assert_eq!(
            gate(Some("token")).0.is_own_host(Version::HTTP_11, &headers),
            beyond,
            "{host}"
        );
    }
}

#[test]
fn a_proxy_is_no_way_around_the_login() {
    let direct = headers(&[("host", "127.0.0.1:8300")]);
    assert!(!gate(None).0.is_own_host(Version::HTTP_10, &direct));
    assert!(gate(Some("token")).0.is_own_host(Version::HTTP_10, &direct));
    for name in [
        "forwarded",
        "via",
        "x-real-ip",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    ] {
        let headers = headers(&[("host", "127.0.0.1:8300"), (name, "192.0.2.1")]);
        assert!(!gate(None).0.is_own_host(Version::HTTP_11, &headers), "{name}");
        assert!(
            gate(Some("token")).0.is_own_host(Version::HTTP_11, &headers),
            "{name}"
        );
    }
}

#[test]
fn a_form_is_from_a_page_of_ours() {
    let host = ("host", "localhost:8300");
    for (sent, is_ours) in [
        (&[host, ("sec-fetch-site", "same-origin")][..], true),
        (&[host, ("sec-fetch-site", "same-site")], false),
        (&[host, ("sec-fetch-site", "cross-site")], false),
        (&[host, ("sec-fetch-site", "none")], false),
        (&[host, ("origin", "http://localhost:8300")], true),
        (&[host, ("origin", "http://localhost:3000")], false),
        (&[host, ("origin", "null")], false),
        (&[host], false),
    ] {
        assert_eq!(comes_from_own_page(&headers(sent)), is_ours, "{sent:?}");
    }
}

#[test]
fn a_cookie_is_one_starts_and_ends() {
    let (another, gate) = (gate(Some("token")), gate(Some("token")));
    assert!(gate.log_in("Token").is_none() && gate.log_in("").is_none());
    let cookie = gate.log_in("token").unwrap();
    let cookie = cookie.to_str().unwrap();
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap();
    let sent = headers(&[("cookie", &format!("other=1; {pair}"))]);
    let session = gate.0.session(&sent).unwrap();
    assert!(gate.0.is_form_token(&session, &gate.0.form_token(&session)));
    assert!(!gate.0.is_form_token(&session, &gate.0.form_token("other")));
    assert!(another.0.session(&sent).is_none(), "another start's");
    gate.log_out(&Session(session));
    assert!(gate.0.session(&sent).is_none(), "it is logged out");
    let longer = pair.replacen(".4", ".5", 1);
    assert!(gate.0.session(&headers(&[("cookie", &longer)])).is_none());
}

#[test]
fn the_link_of_a_start_logs_in_one_browser() {
    let (gate, open) = (gate(Some("token")), gate(None));
    assert!(gate.log_in_once("").is_none() && gate.log_in_once("token").is_none());
    assert!(gate.log_in_once("code").is_some());
    assert!(gate.log_in_once("code").is_none(), "it was used");
    assert!(gate.log_in("code").is_none(), "it is no token");
    assert!(open.log_in_once("code").is_none(), "nobody logs in");
}

#[test]
fn a_wallet_with_codes_is_at_the_public_address_and_its_cookie_is_secure() {
    let direct = headers(&[("host", "air.example"), ("x-forwarded-for", "192.0.2.1")]);
    for is_exposed in [false, true] {
        let Gate(state) = Gate::of_wallet(access(Some("token")), is_exposed);
        assert_eq!(state.is_own_host(Version::HTTP_11, &direct), is_exposed);
        let cookie = state.set_cookie("session");
        assert_eq!(cookie.to_str().unwrap().contains("; Secure"), is_exposed);
        assert!(state.login_token.is_none(), "the operator is nobody here");
    }
}
