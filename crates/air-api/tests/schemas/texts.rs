//! Types that are parsed from text.

use air_api::{
    CoreClaimHash, IsoTime, IssuerDid, PackageId, PartnerId, PlatformTime, ProgramId, SchemaId, StorageId,
    StoragePath, UserUuid, VcId, VerificationId, VerificationProgramId, WebOrigin, WebUrl,
    sandbox::{EventId, Expiration, Login},
};
use air_ids::EmailAddress;

use super::Contract;

/// An identifier whose own limits are wider than the API's.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(transparent, bound = "T: std::str::FromStr")]
struct OnTheWire<T>(#[serde(deserialize_with = "air_api::wire::id")] T);

/// The address in the body of a call, as `air_ids` parses it.
fn email() -> Contract {
    let schema = schemars::schema_for!(Login);
    let schema = schema.get("properties").unwrap()["email"].clone();
    Contract::new("email", &schema, |value| {
        value
            .as_str()
            .is_some_and(|text| text.parse::<EmailAddress>().is_ok())
    })
}

fn check<T: schemars::JsonSchema + serde::de::DeserializeOwned>(examples: &[&str]) {
    let contract = Contract::of::<T>();
    contract.check_other_types();
    contract.check_near(examples);
}

#[test]
fn ids() {
    let long = "x".repeat(256);
    let too_long = "x".repeat(257);
    let examples = ["c21s70g0i54sn0023172Cv", "a", &long, &too_long];
    check::<PartnerId>(&examples);
    check::<OnTheWire<IssuerDid>>(&examples);
    check::<OnTheWire<SchemaId>>(&examples);
    check::<ProgramId>(&examples);
    check::<VerificationProgramId>(&examples);
    check::<VerificationId>(&examples);
    check::<UserUuid>(&examples);
    check::<VcId>(&examples);
    check::<PackageId>(&examples);
    check::<StorageId>(&examples);
    check::<EventId>(&["evt_0000000000070f3a9c51d2b8", "evt_ffffffffffffffffffffffff"]);
    check::<CoreClaimHash>(&[&"00ff".repeat(16), &"AB".repeat(32)]);
}

#[test]
fn storage_paths() {
    let long = format!("a/{}", "b".repeat(254));
    check::<StoragePath>(&[
        "vcs/c28t30c048pe502a3713w0",
        "dstorage://vc/7f01/c42c",
        "a b",
        "a",
        "..a/b-_",
        "a/../b",
        "./a",
        &long,
    ]);
}

#[test]
fn times_on_every_day_of_the_calendar() {
    for year in [0, 1, 1900, 1970, 2000, 2023, 2024, 2100, 9999] {
        for month in 0..=13 {
            for day in [0, 1, 28, 29, 30, 31, 32] {
                let (iso, platform) = (Contract::of::<IsoTime>(), Contract::of::<PlatformTime>());
                iso.check(&format!("{year:04}-{month:02}-{day:02}T23:59:59Z").into());
                platform.check(&format!("{year:04}-{month:02}-{day:02} 23:59:59").into());
            }
        }
    }
}

#[test]
fn times() {
    check::<IsoTime>(&[
        "2027-01-19T07:18:45Z",
        "2027-01-31T07:18:45.123456789+14:00",
        "2024-02-29t00:00:00.5z",
        "1990-12-31T15:59:60-08:00",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00+23:59",
    ]);
    check::<PlatformTime>(&[
        "2026-01-19 07:18:45",
        "2024-02-29 23:59:59",
        "9999-12-31 23:59:59",
    ]);
}

#[test]
fn expirations() {
    check::<Expiration>(&["permanent", "90d", "1y", "36500d", "36500y", "36501d"]);
}

#[test]
fn urls() {
    let long = format!("https://example.com/{}", "a".repeat(2028));
    check::<WebUrl>(&[
        "https://example.com/jwks.json",
        "https://example.com:65535/a?b=c&d=%20#e",
        "https://_a-b.example",
        "https://10.255.0.199:1/",
        "https://[2001:db8::1]:8443/",
        "https://[1:2:3:4:5:6:7::]/",
        "https://[::ffff:1.2.3.4]",
        "http://127.0.0.1:33577/jwks.json",
        "http://localhost:8300/",
        "http://issuer.localhost",
        "http://[::1]:5173/",
        "http://[0:0::0:0:1]/",
        "http://[::0.0.0.1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        &long,
    ]);
}

#[test]
fn origins() {
    check::<WebOrigin>(&[
        "https://app.example",
        "http://localhost:12345",
        "http://127.0.0.1:5173",
        "http://[::1]:5173",
        "https://[2001:DB8:0:0:1::1]",
        "https://[::]",
        "https://App.example:443",
    ]);
}

#[test]
fn email_addresses() {
    let (local, label) = ("ü".repeat(64), "中".repeat(63));
    let longest = format!("{}@{label}.{label}.{}", "a".repeat(64), "b".repeat(61));
    let email = email();
    email.check_other_types();
    email.check_near(&[
        "ada@example.com",
        "a.b+c@sub.example.co",
        "!#$%&'*+-/=?^_`{|}~@a-b.example",
        "jürgen@bücher.example",
        "उपयोगकर्ता@उदाहरण.भारत",
        "用户@例子.中国",
        "a@xn--bcher-kva.example",
        "Ada <ada@example.com>",
        "ada@localhost",
        &format!("{local}@{label}.example"),
        &longest,
    ]);
}

#[test]
fn every_character_of_an_email_address() {
    let email = email();
    // All of the Basic Multilingual Plane, and a sample of the others.
    let codes = (0..=0xFFFF).chain((0x1_0000..=0x10_FFFF).step_by(0x3FF));
    for character in codes.filter_map(char::from_u32) {
        email.check(&format!("ada{character}@example.com").into());
        email.check(&format!("ada@exam{character}ple.com").into());
    }
}
