//! Resolves names to permitted addresses. The HTTP client connects only to these addresses, so a name cannot
//! change its address between the check and the connection.

use std::{net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::{NetworkPolicy, own::is_this_machine};

/// A resolver that returns only permitted addresses.
pub(crate) struct Guarded {
    policy: NetworkPolicy,
    resolver: Arc<dyn Resolve>,
    leaves_this_machine: bool,
}

/// The name has addresses, but none is permitted.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no permitted address")]
pub(crate) struct NonePermitted;

/// All permitted addresses of the name belong to this machine, which this resolver excludes.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("only addresses of this machine")]
pub(crate) struct LeadsBack;

impl Guarded {
    pub(crate) fn new(policy: NetworkPolicy, resolver: Arc<dyn Resolve>) -> Self {
        Self {
            policy,
            resolver,
            leaves_this_machine: false,
        }
    }

    /// Excludes this machine's addresses, too.
    pub(crate) fn leaving_this_machine(mut self) -> Self {
        self.leaves_this_machine = true;
        self
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, host) = (self.policy, name.as_str().to_owned());
        let leaves_this_machine = self.leaves_this_machine;
        let resolving = self.resolver.resolve(name);
        Box::pin(async move {
            let (mut permitted, refused): (Vec<SocketAddr>, Vec<SocketAddr>) = resolving
                .await?
                .partition(|address| policy.permits_behind(&host, address.ip()));
            if permitted.is_empty() && !refused.is_empty() {
                return Err(NonePermitted.into());
            }
            if leaves_this_machine && !permitted.is_empty() {
                permitted.retain(|address| !is_this_machine(address.ip()));
                if permitted.is_empty() {
                    return Err(LeadsBack.into());
                }
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// The system's resolver.
pub(crate) struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The URL determines the port.
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::{collections::VecDeque, net::IpAddr, sync::Mutex};

    use super::*;

    /// Returns the next list for each lookup of any name, and repeats the last one.
    pub(crate) struct Scripted(Mutex<VecDeque<Vec<IpAddr>>>);

    impl Scripted {
        pub(crate) fn new<const N: usize>(answers: [&[&str]; N]) -> Arc<Self> {
            let parse = |answer: &[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
            Arc::new(Self(Mutex::new(answers.into_iter().map(parse).collect())))
        }
    }

    impl Resolve for Scripted {
        fn resolve(&self, _: Name) -> Resolving {
            let mut answers = self.0.lock().unwrap();
            let next = answers.pop_front().unwrap_or_default();
            if answers.is_empty() {
                answers.push_back(next.clone());
            }
            let addresses = next.into_iter().map(|address| SocketAddr::new(address, 0));
            Box::pin(std::future::ready(Ok(Box::new(addresses) as Addrs)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::Scripted, *};

    async fn answer(policy: NetworkPolicy, addresses: &[&str]) -> Option<Vec<String>> {
        let guarded = Guarded::new(policy, Scripted::new([addresses]));
        match guarded.resolve("example.com".parse().unwrap()).await {
            Ok(addresses) => Some(addresses.map(|address| address.ip().to_string()).collect()),
            Err(error) => {
                assert!(error.is::<NonePermitted>());
                None
            }
        }
    }

    #[tokio::test]
    async fn only_permitted_addresses_are_answered() {
        let mixed = ["10.0.0.1", "1.1.1.1", "::1", "2606:4700::1111", "fd00::1"];
        assert_eq!(
            answer(NetworkPolicy::Public, &mixed).await.unwrap(),
            ["1.1.1.1", "2606:4700::1111"]
        );
        assert_eq!(
            answer(NetworkPolicy::PublicAndLoopback, &mixed).await.unwrap(),
            ["1.1.1.1", "::1", "2606:4700::1111"]
        );
        assert_eq!(answer(NetworkPolicy::Any, &mixed).await.unwrap(), mixed);
    }

    #[tokio::test]
    async fn a_name_with_private_addresses_alone_is_told_from_one_without_any() {
        assert_eq!(
            answer(NetworkPolicy::Public, &["10.0.0.1", "127.0.0.1"]).await,
            None
        );
        assert_eq!(
            answer(NetworkPolicy::PublicAndLoopback, &["169.254.169.254"]).await,
            None
        );
        assert_eq!(answer(NetworkPolicy::Public, &[]).await.unwrap(), [""; 0]);
    }

    #[tokio::test]
    async fn a_resolver_that_leaves_this_machine_answers_other_addresses_only() {
        let guarded =
            |addresses| Guarded::new(NetworkPolicy::Any, Scripted::new([addresses])).leaving_this_machine();
        let name = || "example.com".parse().unwrap();
        let mixed = guarded(&["127.0.0.9", "0.0.0.0", "::1", "1.1.1.1"]);
        let left: Vec<_> = mixed.resolve(name()).await.unwrap().collect();
        assert_eq!(left, ["1.1.1.1:0".parse().unwrap()]);
        let none = guarded(&["127.0.0.1", "::ffff:127.0.0.1", "::"]);
        let error = none.resolve(name()).await.err().unwrap();
        assert!(error.is::<LeadsBack>());
    }

    #[tokio::test]
    async fn the_system_knows_this_machine() {
        let addresses = System.resolve("localhost".parse().unwrap()).await.unwrap();
        assert!(addresses.into_iter().all(|address| address.ip().is_loopback()));
    }
}
