//! A database with the tables of the vendor's service, made by hand as its documentation describes them.

use air_jwt::{JwkSet, SigningKey, jws};
use air_vc::status::{Status, StatusBits, StatusList};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, postgres::PgConnectOptions};

use super::{NOW, database};

/// The tables of the version without status lists.
const TABLES: &str = "\
    CREATE TABLE credential_issuance (id serial PRIMARY KEY, holder_did varchar(255) NOT NULL, \
        schema_id varchar(255) NOT NULL, revocation_nonce bigint NOT NULL, created_at timestamptz NOT NULL, \
        expires_at timestamptz NOT NULL, revoked_at timestamptz, dstorage_info jsonb); \
    CREATE INDEX ON credential_issuance (revocation_nonce); \
    CREATE TABLE sd_jwt_vc (id serial PRIMARY KEY, holder varchar(255) NOT NULL, jwt text NOT NULL, \
        nonce bigint NOT NULL UNIQUE, revoked boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL);";
/// The tables and columns that only that version has.
const ONLY_WITHOUT_LISTS: &str = "CREATE TABLE revocation (nonce bigint PRIMARY KEY);";
/// The tables and columns of the version with status lists.
const ONLY_WITH_LISTS: &str = "\
    ALTER TABLE sd_jwt_vc ADD COLUMN updated_at timestamptz; \
    ALTER TABLE credential_issuance ADD COLUMN type text; \
    CREATE TABLE tsl_partition (id integer PRIMARY KEY, bits smallint NOT NULL, list bytea NOT NULL, \
        updated_at timestamptz NOT NULL);";

/// The origin that is `iss` of the credentials.
const ORIGIN: &str = "https://issuer.example";

pub(crate) struct VendorTables {
    pub(crate) url: String,
    connection: PgConnection,
    key: SigningKey,
    /// Entries of each list; `None` without lists.
    size: Option<u64>,
}

impl VendorTables {
    /// The tables of the version with lists of this size, or of the version without lists.
    pub(crate) async fn create(size: Option<u64>) -> Self {
        let url = database().await.expect("AIR_TEST_DATABASE names a server");
        let options: PgConnectOptions = url.parse().unwrap();
        let mut vendor = Self {
            connection: options.connect().await.unwrap(),
            url,
            key: SigningKey::generate(&mut rand::rng()).with_kid("vendor-1".parse().unwrap()),
            size,
        };
        vendor.run(TABLES).await;
        vendor
            .run(if size.is_some() {
                ONLY_WITH_LISTS
            } else {
                ONLY_WITHOUT_LISTS
            })
            .await;
        vendor
    }

    /// The set with the key of the credentials.
    pub(crate) fn jwks(&self) -> String {
        JwkSet::from(self.key.public_jwk()).to_json()
    }

    pub(crate) async fn run(&mut self, statements: &str) {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
            .execute(&mut self.connection)
            .await
            .unwrap();
    }

    /// Issues a credential, whose nonce is 1,000 and its id.
    pub(crate) async fn issue(&mut self) -> u64 {
        self.issue_with(|_| ()).await
    }

    /// Issues a credential with a changed payload.
    pub(crate) async fn issue_with(&mut self, change: impl FnOnce(&mut Value)) -> u64 {
        let next: i64 = sqlx::query_scalar("SELECT nextval('sd_jwt_vc_id_seq')")
            .fetch_one(&mut self.connection)
            .await
            .unwrap();
        let id = u64::try_from(next).unwrap();
        let mut payload = json!({
            "iss": ORIGIN, "id": format!("urn:uuid:{id}"), "nonce": (1_000 + id).to_string(), "vct": "member",
            "sub": "did:air:id:test:holder", "iat": NOW, "exp": NOW.as_secs() + 86_400, "level": "a claim",
        });
        if let Some(size) = self.size {
            let (list, index) = ((id - 1) / size, (id - 1) % size);
            payload["status"] =
                json!({"status_list": {"idx": index, "uri": format!("{ORIGIN}/statuslist/{list}")}});
        }
        change(&mut payload);
        let jwt = format!("{}~a-disclosure~", jws::sign(&self.key, "dc+sd-jwt", &payload));
        self.run(&format!(
            "INSERT INTO sd_jwt_vc (id, holder, jwt, nonce, created_at) \
             VALUES ({id}, 'did:air:id:test:holder', '{jwt}', {nonce}, now()); \
             INSERT INTO credential_issuance (holder_did, schema_id, revocation_nonce, created_at, expires_at) \
             VALUES ('did:air:id:test:holder', 'member', {nonce}, now(), now() + interval '1 day')",
            nonce = 1_000 + id,
        ))
        .await;
        id
    }

    /// Publishes a list with these revoked indices.
    pub(crate) async fn publish(&mut self, list: u64, revoked: &[u64]) {
        let mut statuses = StatusList::new(StatusBits::One, self.size.unwrap()).unwrap();
        for index in revoked {
            statuses.set(*index, Status::Invalid).unwrap();
        }
        sqlx::query("INSERT INTO tsl_partition (id, bits, list, updated_at) VALUES ($1, 1, $2, now())")
            .bind(i32::try_from(list).unwrap())
            .bind(statuses.to_zlib())
            .execute(&mut self.connection)
            .await
            .unwrap();
    }
}
