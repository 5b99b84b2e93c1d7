//! The state of the service, and the checks of its start.

use crate::{
    Clock, Config, Error,
    group::GroupCommit,
    in_flight::InFlight,
    keys::{self, Readiness, SigningKeys},
    metrics::Metrics,
    platform::Platform,
    rate::Rates,
    reference_key::ReferenceKey,
    status::{self, Publisher, SpareEntries},
    store::{Store, WriteTx, issuances, settings},
};

const PARTITION_SIZE: &str = "partition size";
pub(crate) const REFERENCE_KEY: &str = "reference key";
/// Serialises the starts of several instances.
const START: &str = "start";

/// The state that the routes and the worker share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) keys: SigningKeys,
    pub(crate) readiness: Readiness,
    pub(crate) store: Store,
    pub(crate) platform: Platform,
    /// `None` without status lists.
    pub(crate) lists: Option<Publisher>,
    /// `iss`.
    pub(crate) issuer: String,
    pub(crate) reference_key: ReferenceKey,
    /// The name of this process in the audit log.
    pub(crate) instance: String,
    pub(crate) in_flight: InFlight,
    pub(crate) group: GroupCommit,
    pub(crate) spare_entries: SpareEntries,
    pub(crate) metrics: Metrics,
    pub(crate) rates: Rates,
}

impl State {
    /// Opens the keys and the database, and compares the configuration with the settings and keys of issued credentials.
    pub(crate) async fn open(config: Config, clock: Clock) -> Result<Self, Error> {
        let keys = SigningKeys::open(&config, clock.now()).await?;
        let store = Store::open(&config.database).await?;
        let reference_key = initialise(&store, &config).await?;
        keys::record(&store, &config, &keys, clock.now()).await?;
        let lists = config.status_list.map(|lists| {
            let schedule = keys.status_lists.clone();
            Publisher::new(&config, lists, schedule, store.clone(), clock.clone())
        });
        let platform = Platform::new(&config, keys.tokens.clone(), clock.clone())?;
        let instance = uuid::Builder::from_random_bytes(rand::random())
            .into_uuid()
            .to_string();
        Ok(Self {
            issuer: config.issuer(),
            group: GroupCommit::start(store.clone(), instance.clone()),
            instance,
            in_flight: InFlight::default(),
            spare_entries: SpareEntries::default(),
            metrics: Metrics::new(config.schemas.iter().map(|schema| schema.id.as_str())),
            rates: Rates::new(&config),
            readiness: Readiness::default(),
            config,
            clock,
            keys,
            store,
            platform,
            lists,
            reference_key,
        })
    }
}

/// Checks the frozen settings. The first start creates the key of the hashes and the first status list.
pub(crate) async fn initialise(store: &Store, config: &Config) -> Result<ReferenceKey, Error> {
    let mut tx = store.write().await?;
    tx.lock(START).await?;
    let is_frozen = issuances::exist(&mut tx).await?;
    for (name, configured) in frozen_settings(config) {
        freeze(&mut tx, name, configured, is_frozen).await?;
    }
    if let Some(lists) = config.status_list {
        status::open_first(&mut tx, lists.size, is_frozen).await?;
    }
    let key = if let Some(text) = settings::find(&mut tx, REFERENCE_KEY).await? {
        ReferenceKey::from_hex(&text).ok_or(Error::Damaged {
            what: "the key of the hashes",
        })?
    } else {
        let key = ReferenceKey::generate();
        settings::set(&mut tx, REFERENCE_KEY, &key.expose_hex()).await?;
        key
    };
    tx.commit().await?;
    Ok(key)
}

/// The settings that can't change after the first credential, with their configured values.
fn frozen_settings(config: &Config) -> [(&'static str, String); 3] {
    let size = config.status_list.map(|lists| lists.size);
    [
        ("origin", config.origin.as_str().to_owned()),
        ("iss", config.iss.name().to_owned()),
        (
            PARTITION_SIZE,
            size.map_or("off".to_owned(), |size| size.to_string()),
        ),
    ]
}

/// The name of a frozen setting in `issuer.toml`.
fn shown(name: &'static str) -> &'static str {
    match name {
        PARTITION_SIZE => "partition-size",
        name => name,
    }
}

/// Compares the configuration with the settings of issued credentials, and changes nothing. The tables exist.
pub(crate) async fn compare_frozen(store: &Store, config: &Config) -> Result<(), Error> {
    let mut tx = store.write().await?;
    if !issuances::exist(&mut tx).await? {
        return Ok(());
    }
    for (name, configured) in frozen_settings(config) {
        match settings::find(&mut tx, name).await? {
            Some(stored) if stored != configured => {
                return Err(Error::Frozen {
                    name: shown(name),
                    stored,
                    configured,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Stores a setting. After the first credential it can't change.
async fn freeze(
    tx: &mut WriteTx,
    name: &'static str,
    configured: String,
    is_frozen: bool,
) -> Result<(), Error> {
    match settings::find(tx, name).await? {
        Some(stored) if stored == configured => Ok(()),
        Some(stored) if is_frozen => Err(Error::Frozen {
            name: shown(name),
            stored,
            configured,
        }),
        _ => Ok(settings::set(tx, name, &configured).await?),
    }
}
