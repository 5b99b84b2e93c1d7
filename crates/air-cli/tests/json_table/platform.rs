//! Commands of a seeded platform, with a profile.

use air_client::AirClient;
use serde_json::{Value, json};

use super::walk::Walk;
use crate::support::{
    TestEnv, example,
    node::text,
    receiver::receive,
    server::{Server, seeded},
};

const ADA: [&str; 4] = ["--email", "ada@example.com", "--wallet-key-file", "ada"];
const BOB: [&str; 4] = ["--email", "bob@example.com", "--wallet-key-file", "bob"];

/// A folder with a profile of the platform, and the platform.
struct PlatformCommands<'w> {
    walk: &'w mut Walk,
    cli: TestEnv,
    platform: Server,
    jwks: Server,
    /// The document of `air init`.
    profile: Value,
}

pub(super) fn walk(walk: &mut Walk) {
    let mut commands = PlatformCommands::start(walk);
    commands.set_up();
    commands.records();
    let ada = commands.credentials();
    commands.bulk();
    commands.wallets();
    commands.events();
    commands.operate(&ada);
}

/// A platform with a user, after it has stopped.
pub(super) fn stopped_users(walk: &mut Walk) {
    let mut commands = PlatformCommands::start(walk);
    let issue = ["issue", "--program", "kyc", "--on-behalf", "ada@example.com"];
    commands.run(&[&issue[..], &["subject.json"]].concat());
    let PlatformCommands {
        walk, cli, platform, ..
    } = commands;
    platform.terminate();
    let user = ["--data", "data", "--email", "ada@example.com"];
    walk.run(&cli, &[&["sandbox", "export-user"], &user[..]].concat());
    let out = ["--out", "ada.json"];
    walk.run(&cli, &[&["sandbox", "export-user"], &user[..], &out].concat());
    walk.run(
        &cli,
        &[&["sandbox", "erase-user"], &user[..], &["--yes"]].concat(),
    );
}

impl<'w> PlatformCommands<'w> {
    fn start(walk: &'w mut Walk) -> Self {
        let cli = TestEnv::new();
        let seed = std::fs::read(example("seed.json")).unwrap();
        let (platform, jwks) = seeded(&cli, serde_json::from_slice(&seed).unwrap());
        let mut subject: Value =
            serde_json::from_slice(&std::fs::read(example("subject.json")).unwrap()).unwrap();
        cli.write("subject.json", subject.to_string());
        subject["isOver18"] = false.into();
        cli.write("minor.json", subject.to_string());
        cli.write("ada", "11".repeat(32));
        cli.write("bob", "22".repeat(32));
        let profile = walk.run(&cli, &["init", "--from-sandbox", "--url", platform.url()]);
        Self {
            walk,
            cli,
            platform,
            jwks,
            profile,
        }
    }

    fn run(&mut self, arguments: &[&str]) -> Value {
        self.walk.run(&self.cli, arguments)
    }

    fn ends_with(&mut self, code: i32, arguments: &[&str]) -> Value {
        self.walk.ends_with(code, &self.cli, arguments)
    }

    /// An id of the seeded partner.
    fn id(&self, pointer: &str) -> String {
        text(&self.platform.ready["seeded"], pointer).to_owned()
    }

    fn set_up(&mut self) {
        self.run(&["use", "local"]);
        let (url, set) = (self.platform.url().to_owned(), self.jwks.url().to_owned());
        self.run(&["sandbox", "env", "--url", &url]);
        self.run(&["sandbox", "seed", "seed.json"]);
        let (partner, program) = (self.id("/partnerId"), self.id("/programs/kyc"));
        let doctor = [
            "doctor",
            "--url",
            &url,
            "--key",
            "key.pem",
            "--partner-id",
            &partner,
            "--jwks-url",
            &set,
            "--program",
        ];
        self.run(&[&doctor[..], &[&program]].concat());
        self.ends_with(1, &[&doctor[..], &["c00000000000000000000v"]].concat());
        self.run(&["doctor", "--service", &url]);
        self.ends_with(1, &["doctor", "--service", "http://127.0.0.1:1"]);
    }

    fn records(&mut self) {
        self.run(&["partner", "create", "--name", "Nadir"]);
        self.run(&["partner", "list"]);
        self.run(&["partner", "show", "Nadir"]);
        self.cli.write("api-key", "a-secret-of-the-backend");
        let set = [
            "partner",
            "issuer",
            "set",
            "--did",
            "did:web:localhost%3A3000",
            "--available-vc-url",
            "http://localhost:3000/available-vc",
            "--issue-vc-url",
            "http://localhost:3000/issue-vc",
            "--api-key-file",
            "api-key",
            "Nadir",
        ];
        self.run(&set);
        self.run(&["partner", "issuer", "show", "Nadir"]);
        self.run(&["partner", "issuer", "remove", "Nadir"]);
        self.cli.write(
            "age.json",
            json!({ "title": "Age", "attributes": [{ "name": "isOver18", "type": "boolean" }] }).to_string(),
        );
        let published = self.run(&["schema", "publish", "age.json"]);
        let schema = text(&published, "/schemaId");
        self.run(&["schema", "search", "age"]);
        let created = self.run(&["program", "create", "--schema", schema]);
        let program = text(&created, "/credentialId");
        self.run(&["program", "list"]);
        self.run(&["program", "publish", program]);
        self.run(&["program", "show", program]);
        let created = self.run(&["verification", "create", "--schema", schema]);
        self.run(&["verification", "list"]);
        let program = text(&created, "/programId");
        self.run(&["verification", "show", program]);
        let party = json!({ "name": "University", "did": "did:web:university.example", "types": "*" });
        self.cli
            .write("trust.json", json!({ "issuers": [party] }).to_string());
        self.run(&["verification", "trust-list", program, "--set", "trust.json"]);
        self.run(&["verification", "trust-list", program, "--remove"]);
        self.set_callback_url();
        self.run(&["partner", "rotate-callback-secret"]);
    }

    /// Nothing is called at this URL.
    fn set_callback_url(&self) {
        let sign = ["token", "sign", "--scope", "issue"];
        let token = self.cli.air(&sign).succeeded();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let url = "http://127.0.0.1:1/air".parse().unwrap();
        let set = runtime.block_on(async {
            let client = AirClient::at(self.platform.url()).unwrap();
            client.modify_issuer(token.text(), &url).await
        });
        set.unwrap();
    }

    /// Issues to Ada and Bob, and revokes Bob's credential. Returns the hash of Ada's.
    fn credentials(&mut self) -> String {
        let issue = ["issue", "--program", "kyc"];
        let on_behalf = ["--on-behalf", "ada@example.com", "subject.json"];
        let issued = self.run(&[&issue[..], &on_behalf].concat());
        let user = text(&issued, "/userUuid");
        let issued = self.run(&[&issue[..], &ADA, &["subject.json"]].concat());
        let ada = text(&issued, "/coreClaimHash");
        self.run(&["status", "--wait", ada]);
        let verify = ["verify", "--program", "adult", "--agree", "--wait"];
        self.run(&[&verify[..], &ADA].concat());
        let (issuer, schema) = (self.id("/issuerDid"), self.id("/schemas/kyc"));
        self.run(&[
            "cak", "show", "--user", user, "--issuer", &issuer, "--schema", &schema,
        ]);

        let issued = self.run(&[&issue[..], &BOB, &["minor.json"]].concat());
        self.ends_with(1, &[&verify[..], &BOB].concat());
        let bob = text(&issued, "/coreClaimHash");
        self.run(&["revoke", bob]);
        self.ends_with(1, &["status", bob]);
        ada.to_owned()
    }

    fn bulk(&mut self) {
        let subject: Value = serde_json::from_slice(&self.cli.read("subject.json")).unwrap();
        for (name, subject) in [("good", subject), ("wrong", json!({}))] {
            let row = json!({ "email": "eve@example.com", "credentialSubject": subject });
            self.cli.write(&format!("{name}.ndjson"), format!("{row}\n"));
        }
        let schema = example("schema.json");
        let bulk = ["bulk", "--program", "kyc", "--schema", &schema];
        for more in [&["--dry-run"][..], &[]] {
            self.run(&[&bulk[..], more, &["good.ndjson"]].concat());
            self.ends_with(3, &[&bulk[..], more, &["wrong.ndjson"]].concat());
        }
    }

    fn wallets(&mut self) {
        let format = ["--format", "mso_mdoc"];
        let offer = ["offer", "--program", "kyc", "subject.json"];
        let offered = self.run(&[&offer[..], &format].concat());
        self.run(&["wallet", "receive", text(&offered, "/url")]);
        let requested = self.run(&[&["request", "--verification-program", "adult"], &format[..]].concat());
        self.run(&["wallet", "present", "--yes", text(&requested, "/url")]);
    }

    fn events(&mut self) {
        self.run(&["events"]);
        let listed = self.run(&["events", "list"]);
        let (url, _posted) = receive(&[]);
        let event = text(&listed, "/events/0/id");
        self.run(&["events", "replay", "--to", &url, event]);
        self.run(&["logs"]);
    }

    /// Moves the clock, so that Ada's credential expires, and ends with an empty platform.
    fn operate(&mut self, ada: &str) {
        self.run(&["sandbox", "faults"]);
        self.run(&["sandbox", "snapshot", "save", "first"]);
        self.run(&["sandbox", "snapshot", "list"]);
        self.run(&["sandbox", "clock", "--advance", "366d"]);
        self.ends_with(1, &["status", ada]);
        let kid = text(&self.profile, "/kid").to_owned();
        self.run(&["partner", "remove-key", "Zenith Identity", &kid]);
        self.run(&["sandbox", "snapshot", "restore", "first"]);
        self.run(&["sandbox", "snapshot", "delete", "first"]);
        self.run(&["sandbox", "reset", "--yes"]);
    }
}
