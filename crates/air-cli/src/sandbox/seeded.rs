//! The partners that seed files created on a local platform.

use air_api::sandbox::SeededPartner;
use air_client::{AirClient, Environment};

use crate::{exit::Failure, partner::OperatorArgs};

/// Returns the seeded partner with this name; without a name, the only one.
pub(crate) async fn find(
    url: &str,
    operator: &OperatorArgs,
    name: Option<&str>,
) -> Result<(AirClient, SeededPartner), Failure> {
    let environment: Environment = url.parse()?;
    if environment.is_hosted() {
        return Err(Failure::usage(
            "the hosted platforms are not seeded: this works on a local platform only",
        )
        .with_hint("copy the ids from the hosted platform's dashboard, and pass them to `air init`"));
    }
    operator.find(url)?;
    let client = AirClient::builder(environment).build()?;
    let mut partners = operator.local(&client).seeded().await?.partners;
    let names = |partners: &[SeededPartner]| {
        let names: Vec<&str> = partners.iter().map(|partner| partner.name.as_str()).collect();
        names.join(", ")
    };
    if partners.is_empty() {
        return Err(
            Failure::failed("no partner was seeded on this platform").with_hint(
                "run `air sandbox seed FILE.json`, or start it with `air sandbox up --seed FILE.json`",
            ),
        );
    }
    let found = match name {
        Some(name) => partners.iter().position(|partner| partner.name == name),
        None if partners.len() == 1 => Some(0),
        None => {
            return Err(Failure::usage(format!(
                "{} partners were seeded on this platform",
                partners.len()
            ))
            .with_hint(format!("select one of them with --partner: {}", names(&partners))));
        }
    };
    match found {
        Some(index) => Ok((client, partners.swap_remove(index))),
        None => Err(Failure::failed("no partner with this name was seeded")
            .with_hint(format!("the names are: {}", names(&partners)))),
    }
}
