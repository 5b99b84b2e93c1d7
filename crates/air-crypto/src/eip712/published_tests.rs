//! Tests typed data against published vectors, and refuses a CAK's typed data in disguise.

use serde_json::{Value, json};

use super::TypedData;
use crate::{
    CakContext, ChainId, Curve, Error, IdentityWallet, LocalWallet,
    testing::{bytes, text, vectors},
};

/// The type `EIP712Domain`, which ethers derives from the domain's members.
fn domain_type(domain: &Value) -> Value {
    let known = [
        ("name", "string"),
        ("version", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
        ("salt", "bytes32"),
    ];
    let members = known
        .iter()
        .filter(|(name, _)| domain.get(name).is_some())
        .map(|(name, kind)| json!({ "name": name, "type": kind }));
    members.collect()
}

#[test]
fn hashes_the_structs_of_ethers_as_ethers_does() {
    let file = vectors("ethereum/eip712.json");
    let cases = file.as_array().unwrap();
    assert_eq!(cases.len(), 67);
    for vector in cases {
        let name = text(&vector["name"]);
        let mut types = vector["types"].clone();
        types["EIP712Domain"] = domain_type(&vector["domain"]);
        let data = json!({
            "types": types,
            "primaryType": vector["primaryType"],
            "domain": vector["domain"],
            "message": vector["data"],
        });
        let data = TypedData::parse(&data.to_string()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(data.digest().as_slice(), bytes(&vector["digest"]), "{name}");
        if let Some(key) = vector.get("privateKey") {
            let wallet = LocalWallet::from_hex(text(key)).unwrap();
            let signature = wallet.sign_typed_data(&data).unwrap();
            assert_eq!(signature.to_string(), text(&vector["signature"]), "{name}");
        }
    }
}

#[test]
fn signs_the_example_of_the_eip_as_the_eip_does() {
    let vector = vectors("ethereum/eip712-mail-example.json");
    let data = TypedData::parse(&vector["typedData"].to_string()).unwrap();
    assert_eq!(data.digest().as_slice(), bytes(&vector["signHash"]));
    let wallet = LocalWallet::from_hex(text(&vector["privateKey"])).unwrap();
    let signature = wallet.sign_typed_data(&data).unwrap();
    let expected = [bytes(&vector["r"]), bytes(&vector["s"]), vec![28]].concat();
    assert_eq!(signature.as_bytes().as_slice(), expected);
    assert_eq!(
        wallet.address().to_string().to_lowercase(),
        text(&vector["address"])
    );
    let rows: Vec<String> = data
        .message()
        .iter()
        .map(|row| format!("{}={}", row.path, row.value))
        .collect();
    assert_eq!(
        rows,
        [
            "from.name=Cow",
            "from.wallet=0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826",
            "to.name=Bob",
            "to.wallet=0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB",
            "contents=Hello, Bob!",
        ]
    );
    assert_eq!(data.domain().len(), 4);
}

#[test]
fn signs_a_message_by_eip_191() {
    let key = "c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4";
    let wallet = LocalWallet::from_hex(key).unwrap();
    let digest = super::message_digest(b"hello world");
    assert_eq!(
        hex::encode(digest),
        "d9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68"
    );
    let signature = wallet.sign_message(b"hello world").unwrap();
    assert_eq!(signature.signer(&digest), Some(wallet.address()));
}

/// The typed data that a wallet signs for a CAK, as a page would request it.
fn cak() -> Value {
    json!({
        "types": {
            "EIP712Domain": [
                { "name": "name", "type": "string" },
                { "name": "version", "type": "string" },
                { "name": "chainId", "type": "uint256" },
            ],
            "ComplianceAccessKey": [
                { "name": "user", "type": "string" },
                { "name": "issuer", "type": "string" },
                { "name": "schema", "type": "string" },
                { "name": "curve", "type": "string" },
            ],
        },
        "primaryType": "ComplianceAccessKey",
        "domain": { "name": "AIR Compliance Access Key", "version": "1", "chainId": 222_888 },
        "message": { "user": "u", "issuer": "did:x:i", "schema": "s", "curve": "secp256r1" },
    })
}

/// Ensures that nothing that `parse` accepts has a CAK's digest. A wallet signs typed data with a
/// recoverable signature, whose `r || s` would be the root of that CAK.
#[test]
fn the_typed_data_of_a_cak_is_what_the_general_encoder_hashes() {
    let context = CakContext::new(
        "u".parse().unwrap(),
        "did:x:i".parse().unwrap(),
        "s".parse().unwrap(),
        Curve::Secp256r1,
    );
    let wallet = LocalWallet::from_bytes(&[7; 32]).unwrap();
    let root = wallet.sign_context(&context, ChainId::TESTNET).unwrap();
    let data = TypedData::parse_any(&cak().to_string()).unwrap();
    let signature = wallet.sign_typed_data(&data).unwrap();
    assert_eq!(signature.as_bytes()[..64], root.expose_secret()[..]);
}

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut data = cak();
    change(&mut data);
    data.to_string()
}

fn harmless() -> Value {
    json!([{ "name": "nonce", "type": "uint256" }])
}

/// A CAK's typed data with its JSON written differently.
fn respelt() -> Vec<(&'static str, String)> {
    let plain = cak().to_string();
    let harmless = harmless();
    let member = r#""primaryType":"ComplianceAccessKey""#;
    vec![
        ("plain", plain.clone()),
        (
            "escaped type",
            plain.replace("ComplianceAccessKey", "Complianc\\u0065AccessKey"),
        ),
        (
            "escaped domain",
            plain
                .replace("AIR ", "\\u0041\\u0049R\\u0020")
                .replace("ComplianceAccessKey", "Key"),
        ),
        (
            "harmless member first",
            plain.replace(member, &format!(r#""primaryType":"Mail",{member}"#)),
        ),
        (
            "harmless member last",
            plain.replace(member, &format!(r#"{member},"primaryType":"Mail""#)),
        ),
        (
            "type stands twice",
            plain.replace(
                r#""types":{"#,
                &format!(r#""types":{{"ComplianceAccessKey":{harmless},"#),
            ),
        ),
    ]
}

/// A CAK's typed data with further types or another domain.
fn restructured() -> Vec<(&'static str, String)> {
    vec![
        (
            "another domain",
            changed(|data| data["domain"]["name"] = json!("Shop")),
        ),
        (
            "domain without a name",
            changed(|data| {
                data["domain"].as_object_mut().unwrap().remove("name");
                data["types"]["EIP712Domain"].as_array_mut().unwrap().remove(0);
            }),
        ),
        (
            "domain without a type",
            changed(|data| {
                data["types"].as_object_mut().unwrap().remove("EIP712Domain");
            }),
        ),
        (
            "nested",
            changed(|data| {
                data["types"]["Mail"] = json!([{ "name": "key", "type": "ComplianceAccessKey" }]);
                data["primaryType"] = json!("Mail");
                let key = data["message"].take();
                data["message"] = json!({ "key": key });
            }),
        ),
        (
            "in a list",
            changed(|data| {
                data["types"]["Mail"] = json!([{ "name": "keys", "type": "ComplianceAccessKey[]" }]);
                data["primaryType"] = json!("Mail");
                data["message"] = json!({ "keys": [] });
            }),
        ),
        (
            "unused type",
            changed(|data| {
                data["types"]["Mail"] = harmless();
                data["primaryType"] = json!("Mail");
                data["message"] = json!({ "nonce": 1 });
                data["domain"]["name"] = json!("Shop");
            }),
        ),
    ]
}

/// A CAK's typed data with other names.
fn renamed() -> Vec<(&'static str, String)> {
    vec![
        (
            "list as primary type",
            changed(|data| data["primaryType"] = json!("ComplianceAccessKey[]")),
        ),
        (
            "list as a type's name",
            changed(|data| {
                let members = data["types"]["ComplianceAccessKey"].take();
                data["types"] = json!({ "EIP712Domain": data["types"]["EIP712Domain"], "ComplianceAccessKey[]": members });
                data["primaryType"] = json!("ComplianceAccessKey[]");
            }),
        ),
        (
            "members within a name",
            changed(|data| {
                data["types"]["ComplianceAccessKey"] =
                    json!([{ "name": "user,string issuer,string schema,string curve", "type": "string" }]);
                data["message"] = json!({ "user,string issuer,string schema,string curve": "u" });
            }),
        ),
        (
            "members within a type",
            changed(|data| {
                data["types"] = json!({
                    "EIP712Domain": data["types"]["EIP712Domain"],
                    "ComplianceAccessKey(string user,string issuer,string schema,string curve)": [],
                });
                data["primaryType"] =
                    json!("ComplianceAccessKey(string user,string issuer,string schema,string curve)");
                data["message"] = json!({});
            }),
        ),
        (
            "the wallet's own envelope",
            changed(|data| {
                data["types"]["WalletEnvelope"] = harmless();
                data["types"]
                    .as_object_mut()
                    .unwrap()
                    .remove("ComplianceAccessKey");
                data["primaryType"] = json!("WalletEnvelope");
                data["domain"]["name"] = json!("AIR Wallet");
                data["message"] = json!({ "nonce": 1 });
            }),
        ),
        (
            "the domain as the message",
            changed(|data| data["primaryType"] = json!("EIP712Domain")),
        ),
    ]
}

#[test]
fn refuses_a_cak_in_every_disguise() {
    let disguises = [respelt(), restructured(), renamed()].concat();
    for (name, disguise) in &disguises {
        let outcome = TypedData::parse(disguise);
        assert!(outcome.is_err(), "{name}: {disguise}");
    }
    let reserved = |name: &str| {
        let (_, disguise) = disguises.iter().find(|(known, _)| *known == name).unwrap();
        matches!(TypedData::parse(disguise), Err(Error::TypedDataReserved { .. }))
    };
    for name in [
        "plain",
        "escaped type",
        "escaped domain",
        "another domain",
        "nested",
        "in a list",
        "unused type",
    ] {
        assert!(reserved(name), "{name}");
    }
}

#[test]
fn refuses_what_breaks_a_rule_of_the_eip() {
    let good = json!({
        "types": {
            "EIP712Domain": [{ "name": "name", "type": "string" }],
            "Mail": [{ "name": "to", "type": "Person" }, { "name": "tags", "type": "string[2]" }],
            "Person": [{ "name": "wallet", "type": "address" }],
        },
        "primaryType": "Mail",
        "domain": { "name": "Shop" },
        "message": { "to": { "wallet": "0xcccccccccccccccccccccccccccccccccccccccc" }, "tags": ["a", "b"] },
    });
    TypedData::parse(&good.to_string()).unwrap();
    let cases: [(&str, Value); 20] = [
        ("/types/Person", json!(null)),
        ("/types/Person/0/type", json!("Animal")),
        ("/types/Person/0/type", json!("Mail")),
        ("/types/Person/0/type", json!("Person")),
        ("/types/Person/0/type", json!("Person[]")),
        ("/types/Person/0/type", json!("uint")),
        ("/types/Person/0/type", json!("uint7")),
        ("/types/Person/0/type", json!("bytes33")),
        ("/types/Person/0/name", json!("wal let")),
        ("/types/Person/0/name", json!("")),
        ("/types/Mail/1/type", json!("string[3]")),
        ("/types/Mail/1/type", json!("string[02]")),
        ("/types/Mail/1/type", json!("string[2")),
        ("/types/Mail/1/type", json!("string[2]x")),
        ("/types/EIP712Domain/0/type", json!("bytes")),
        ("/primaryType", json!("Letter")),
        ("/primaryType", json!(null)),
        ("/domain", json!({})),
        ("/message/to", json!(null)),
        (
            "/message/to",
            json!({ "wallet": "0xcccccccccccccccccccccccccccccccccccccccc", "more": 1 }),
        ),
    ];
    for (place, value) in cases {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap() = value.clone();
        let outcome = TypedData::parse(&bad.to_string());
        assert!(
            matches!(outcome, Err(Error::TypedDataRejected { .. })),
            "{place} {value}"
        );
    }
    let mut more = good.clone();
    more["extra"] = json!(1);
    assert!(TypedData::parse(&more.to_string()).is_err());
    let mut elementary = good;
    elementary["types"]["address"] = json!([]);
    assert!(TypedData::parse(&elementary.to_string()).is_err());
}

#[test]
fn a_person_has_a_thousand_values_to_read_at_most() {
    let list = |length: usize| {
        json!({
            "types": { "EIP712Domain": [], "List": [{ "name": "n", "type": "uint8[]" }] },
            "primaryType": "List",
            "domain": {},
            "message": { "n": vec![1; length] },
        })
        .to_string()
    };
    assert!(TypedData::parse(&list(1_024)).is_ok());
    assert!(TypedData::parse(&list(1_025)).is_err());
}
