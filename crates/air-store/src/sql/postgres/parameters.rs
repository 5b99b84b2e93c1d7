//! Parses the URL of a database like `psql` does. It may contain a password, so neither the URL nor
//! a part of it is ever shown.

use std::net::IpAddr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::form_urlencoded::Serializer;

use super::Options;
use crate::Error;

/// The parameters that the driver supports.
const PARAMETERS: [&str; 12] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
];

/// Parameters of `psql` that do not affect access and that the driver does not support.
const IGNORED: [&str; 8] = [
    "connect_timeout",
    "client_encoding",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
];

const SLASH: &str =
    "has an `@` after a `/` or a `?`: in a user or a password write `/` as %2F and `?` as %3F";
const PERCENT: &str = "has a `%` that two hexadecimal digits don't follow: write `%` in a password as %25";
const PORT: &str = "has a port that is not a number from 1 to 65535";

/// The parts of a URL as decoded parameters.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Parses a URL without its scheme.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let parsed = Self(parts(url).map_err(refused)?);
        parsed.driver()?;
        Ok(parsed)
    }

    /// Returns the connection options. Parts that the URL omits come from the environment
    /// (`PGHOST`, `PGPASSWORD`, …) and `~/.pgpass`.
    pub(crate) fn options(&self) -> Result<Options, Error> {
        self.driver().map(Options::new)
    }

    fn driver(&self) -> Result<PgConnectOptions, Error> {
        let query = Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("postgres:///?{query}")
            .parse()
            .map_err(|_| refused("has a part that the driver can't use"))
    }
}

fn refused(rule: &'static str) -> Error {
    Error::DatabaseUrl { rule }
}

/// Parses `[user[:password]@][host[:port]][/database][?parameters]` (libpq, 32.1.1.2).
fn parts(url: &str) -> Result<Vec<(String, String)>, &'static str> {
    let (before_query, query) = url.split_once('?').unwrap_or((url, ""));
    let (authority, database) = before_query.split_once('/').unwrap_or((before_query, ""));
    let (user_info, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    // The apparent host and path may be parts of a password with an unescaped separator.
    if database.contains('@') || (user_info.is_empty() && query.contains('@')) {
        return Err(SLASH);
    }
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let (host, port) = host_and_port(address)?;
    let mut parts = Vec::new();
    for (name, text) in [
        ("user", user),
        ("password", password),
        ("host", host),
        ("port", port),
        ("dbname", database),
    ] {
        if !text.is_empty() {
            parts.push((name.to_owned(), decoded(text)?));
        }
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or("has a parameter without a value")?;
        let (name, value) = (decoded(name)?, decoded(value)?);
        if IGNORED.contains(&name.as_str()) {
            continue;
        }
        if !PARAMETERS.contains(&name.as_str()) {
            return Err(
                "has a parameter that is not supported; host, hostaddr, port, dbname, user, password, sslmode, sslrootcert, sslcert, \
                 sslkey, application_name and options are",
            );
        }
        parts.push((name, value));
    }
    parts.iter().try_for_each(|(name, value)| check(name, value))?;
    Ok(parts)
}

/// Splits the host from the port. An IPv6 address is in brackets because it contains colons.
fn host_and_port(address: &str) -> Result<(&str, &str), &'static str> {
    if let Some(rest) = address.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or("has a `[` without `]`")?;
        if host.parse::<IpAddr>().is_err() {
            return Err("has something else than an IPv6 address in `[…]`");
        }
        return match port.strip_prefix(':') {
            Some(port) => Ok((host, port)),
            None if port.is_empty() => Ok((host, "")),
            None => Err(PORT),
        };
    }
    Ok(address.split_once(':').unwrap_or((address, "")))
}

fn check(name: &str, value: &str) -> Result<(), &'static str> {
    let is_valid = match name {
        "port" => value.parse::<u16>().is_ok_and(|port| port > 0),
        "hostaddr" => value.parse::<IpAddr>().is_ok(),
        "sslmode" => value.parse::<PgSslMode>().is_ok(),
        "host" => !value.contains(','),
        _ => !value.contains('\0'),
    };
    match (is_valid, name) {
        (true, _) => Ok(()),
        (false, "port") => Err(PORT),
        (false, "hostaddr") => Err("has a hostaddr that is not an IP address"),
        (false, "sslmode") => {
            Err("has an sslmode other than disable, allow, prefer, require, verify-ca and verify-full")
        }
        (false, "host") => Err("names several hosts; name one"),
        (false, _) => Err("has a NUL character"),
    }
}

/// Decodes percent-encoding (RFC 3986, 2.1). A `+` stays a `+`: `psql` does not use form encoding.
fn decoded(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (high, low) = (digit(), digit());
        let value = high
            .zip(low)
            .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(value.ok_or(PERCENT)?);
    }
    String::from_utf8(bytes).map_err(|_| "has a part that is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatabaseUrl;

    fn options(url: &str) -> PgConnectOptions {
        let (_, rest) = url.split_once("://").unwrap();
        Parameters::parse(rest).unwrap().driver().unwrap()
    }

    #[test]
    fn reads_what_psql_reads() {
        let plain = options("postgres://air:p%2Fw@db.example:6432/air");
        assert_eq!(
            (
                plain.get_host(),
                plain.get_port(),
                plain.get_username(),
                plain.get_database()
            ),
            ("db.example", 6432, "air", Some("air"))
        );
        for socket in [
            "postgres://air:S3cr3t@/air?host=/cloudsql/p:r:i",
            "postgresql://air@%2Fcloudsql%2Fp%3Ar%3Ai/air",
            "postgres:///air?user=air&host=%2Fcloudsql%2Fp%3Ar%3Ai",
        ] {
            let options = options(socket);
            assert_eq!(
                options.get_socket().map(|path| path.to_str().unwrap()),
                Some("/cloudsql/p:r:i"),
                "{socket}"
            );
            assert_eq!(
                (options.get_username(), options.get_database()),
                ("air", Some("air"))
            );
        }
        let v6 = options("postgres://air@[::1]:5432/air?connect_timeout=3&sslmode=require");
        assert_eq!((v6.get_host(), v6.get_port()), ("::1", 5432));
        assert_eq!(options("postgres://[fe80::1]/air").get_host(), "fe80::1");
    }

    #[test]
    fn refuses_by_rule_and_shows_nothing() {
        for (url, rule) in [
            ("mysql://root:S3cr3t@localhost/x", "does not begin with"),
            ("S3cr3t", "does not begin with"),
            ("postgres://air:S3/cr3t@host/air", "%2F"),
            ("postgres://air:S3?cr3t@host/air", "%3F"),
            ("postgres://air:S3%cr3t@host/air", "%25"),
            ("postgres://air:S3cr3t@host:notaport/air", "port"),
            ("postgres://air:S3cr3t@host:0/air", "port"),
            ("postgres://air:S3cr3t@host:65536/air", "port"),
            ("postgres://air:S3cr3t@[::1:5432/air", "without `]`"),
            ("postgres://air:S3cr3t@[S3cr3t]:5432/air", "IPv6"),
            ("postgres://air:S3cr3t@::1/air", "port"),
            ("postgres://air:S3cr3t@a,b/air", "one"),
            ("postgres://air:S3cr3t@a/air?S3cr3t=1", "parameter"),
            ("postgres://air:S3cr3t@a/air?sslmode=S3cr3t", "sslmode"),
        ] {
            let error = url.parse::<DatabaseUrl>().unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(said.contains(rule), "{url}: {said}");
            assert!(!said.contains("S3") && !said.contains("cr3t"), "{said}");
        }
    }
}
