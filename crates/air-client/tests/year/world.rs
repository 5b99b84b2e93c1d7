//! The simulated world: a running platform with its storage, its acknowledged state, and its figures.

use std::{path::PathBuf, sync::Arc, time::Duration};

use air_api::{CoreClaimHash, IssueOnBehalf, OnDuplicate, VcStatus};
use air_client::{AirClient, PollSchedule, Signed, bulk::BulkOrder};
use air_sandbox::{Platform, UnixTime};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::{
    accounts::{Accounts, Credential, PROGRAMS},
    figures::Figures,
    platform::{Mailbox, PATIENCE, Partner, advance, now, start},
    random::Random,
    storage::Storage,
};

pub(crate) struct World {
    root: TempDir,
    /// The number of paths so far.
    paths: u32,
    pub(crate) storage: Storage,
    /// None while a process of its own uses the storage.
    platform: Option<Platform>,
    pub(crate) client: AirClient,
    pub(crate) partner: Partner,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) accounts: Accounts,
    pub(crate) random: Random,
    pub(crate) figures: Figures,
}

impl World {
    pub(crate) async fn new(seed: u64) -> Self {
        let root = tempfile::tempdir().unwrap();
        let storage = Storage::create(root.path().join("data-0")).await;
        let mailbox = Arc::new(Mailbox::default());
        let platform = start(storage.data(), mailbox.clone()).await;
        let partner = Partner::set_up(&platform).await;
        Self {
            root,
            paths: 0,
            client: partner.client(&platform.url()),
            platform: Some(platform),
            partner,
            mailbox,
            accounts: Accounts::new(),
            random: Random::new(seed),
            figures: Figures::new(seed, storage.empty_size()),
            storage,
        }
    }

    pub(crate) fn platform(&self) -> &Platform {
        self.platform.as_ref().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        self.platform().url()
    }

    /// A name in the simulation's folder that does not exist.
    pub(crate) fn new_path(&mut self, name: &str) -> PathBuf {
        self.paths += 1;
        self.root.path().join(format!("{name}-{}", self.paths))
    }

    pub(crate) async fn now(&self) -> UnixTime {
        now(&self.client).await
    }

    pub(crate) async fn advance(&self, by: Duration) -> UnixTime {
        advance(&self.client, by).await
    }

    pub(crate) async fn stop(&mut self) {
        let platform = self.platform.take().unwrap();
        platform.stop().await.unwrap();
    }

    /// Starts the platform on its storage.
    pub(crate) async fn start(&mut self) {
        assert!(self.platform.is_none());
        let platform = start(self.storage.data(), self.mailbox.clone()).await;
        self.client = self.partner.client(&platform.url());
        self.platform = Some(platform);
    }

    /// A program, with the lifetime of its credentials in days.
    pub(crate) fn draw_program(&mut self) -> (&'static str, Option<u32>) {
        *self.random.choose(&PROGRAMS).unwrap()
    }

    pub(crate) fn order(&self, program: &str) -> IssueOnBehalf {
        IssueOnBehalf {
            issuer_did: self.partner.ids.issuer_did.clone(),
            program: self.partner.ids.programs[program].clone(),
            credential_subject: subject(),
            on_duplicate: OnDuplicate::Revoke,
        }
    }

    pub(crate) fn bulk_order(&self, program: &str) -> BulkOrder {
        let order = self.order(program);
        BulkOrder::new(order.issuer_did, order.program).on_duplicate(OnDuplicate::Revoke)
    }

    /// Records an acknowledged credential with the times that the platform reports.
    pub(crate) async fn acknowledge(
        &mut self,
        user: usize,
        hash: CoreClaimHash,
        days: Option<u32>,
        text: Option<String>,
    ) {
        let status = self.client.status(Signed, hash).await.unwrap();
        let issued_at = status.issuance_date.to_unix();
        let expires_at = days.map(|days| issued_at.saturating_add(Duration::from_hours(24) * days));
        assert_eq!(
            status.expiration_date.map(air_api::PlatformTime::to_unix),
            expires_at
        );
        self.accounts.add(Credential {
            user,
            hash,
            issued_at,
            expires_at,
            revoked_at: None,
            text,
        });
    }

    pub(crate) async fn wait_until_anchored(&self, hash: CoreClaimHash) {
        let schedule = PollSchedule {
            first: Duration::from_millis(10),
            deadline: PATIENCE,
            ..PollSchedule::local()
        };
        let status = self
            .client
            .wait_until_anchored(Signed, hash, schedule)
            .await
            .unwrap();
        assert_eq!(status.vc_status, VcStatus::Onchain);
    }
}

pub(crate) fn subject() -> Map<String, Value> {
    Map::from_iter([("age".into(), 21.into())])
}
