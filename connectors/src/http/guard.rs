//! Keeps a service's calls out of the inside of the network: a host may lead to public addresses only, unless the operator
//! has named it. Which hosts are named is left to `service`.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A host leads to an internal address, and nobody has said that it may.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to an internal address")]
struct Internal(String);

/// Looks hosts up, and gives no internal address of a host that is not named. It is asked at each connection, so a name that
/// leads elsewhere later (DNS rebinding) gains nothing.
pub(super) struct Guard {
    pub(super) named: BTreeSet<String>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_lowercase();
        let named = self.named.contains(&host);
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let (fine, internal): (Vec<SocketAddr>, Vec<SocketAddr>) =
                found.partition(|address| named || is_public(address.ip()));
            if fine.is_empty() && !internal.is_empty() {
                return Err(Internal(host).into());
            }
            Ok(Box::new(fine.into_iter()) as Addrs)
        })
    }
}

/// Whether a request was not made because of the guard.
pub(super) fn refused(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<Internal>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether an address is one of the open internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The special-purpose blocks of IANA's registry (RFC 6890) are not.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || matches!((a, b, c), (0 | 240..=255, _, _) | (192, 0, 0))
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        // Addresses that carry one of the older kind lead where that one leads: NAT64, 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(inner(high, low)),
        [0x2002, high, low, ..] => is_public_v4(inner(high, low)),
        [0x2001, 0xdb8, ..] => false,
        // What is handed out to the open internet stands in 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_open_internet_are_public() {
        for (address, public) in [
            ("93.184.215.14", true),
            ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", true),
            ("127.0.0.1", false),
            ("127.8.9.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.0.10", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("198.18.0.1", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00:ec2::254", false),
            ("ff02::1", false),
            ("::ffff:169.254.169.254", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("2002:a9fe:a9fe::1", false),
            ("2002:5db8:d70e::1", true),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[tokio::test]
    async fn a_host_that_leads_inside_is_refused_unless_it_is_named() {
        let look = async |named: &[&str]| {
            let named = named.iter().map(|name| (*name).to_owned()).collect();
            Guard { named }.resolve("localhost".parse().unwrap()).await
        };
        assert!(look(&[]).await.is_err_and(|error| error.is::<Internal>()));
        assert!(
            look(&["localhost"])
                .await
                .is_ok_and(|found| found.count() > 0)
        );
    }
}
