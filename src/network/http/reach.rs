//! The reach of an IP address: the whole internet, this machine and the networks of its owner, or a place that nobody
//! is ever asked at.
//!
//! An address inside another one (`::ffff:10.0.0.1`, `64:ff9b::a00:1`, `2002:a00:1::`) has the reach of the inner.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The reach of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everyone's.
    Public,
    /// This machine's, or that of a network of one's own, or of nobody.
    Private,
    /// The link's own, or that of a cloud's metadata, which hands out credentials to whoever asks.
    Never,
}

impl Reach {
    pub(super) fn of(address: IpAddr) -> Self {
        let address = unwrapped(address);
        let is_in = |ranges: &[Range]| ranges.iter().any(|range| range.contains(address));
        if is_in(&NEVER) {
            Self::Never
        } else if is_in(&PRIVATE) {
            Self::Private
        } else {
            Self::Public
        }
    }
}

/// Whether an address is one that nothing lets be asked.
pub(crate) fn is_never_asked(address: IpAddr) -> bool {
    Reach::of(address) == Reach::Never
}

/// A range of addresses: those whose first bits are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    first: IpAddr,
    prefix: u8,
}

/// What is never asked.
const NEVER: [Range; 8] = [
    v4([169, 254, 0, 0], 16),
    // The metadata of Alibaba's cloud, of Azure's and of Oracle's.
    v4([100, 100, 100, 200], 32),
    v4([168, 63, 129, 16], 32),
    v4([192, 0, 0, 192], 32),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    // What Amazon's cloud tells a machine and its programs, Scaleway's, and Google's.
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32),
    v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42], 128),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),
];

/// What is not globally reachable, by IANA's registries of addresses for special purposes.
const PRIVATE: [Range; 19] = [
    // This host.
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    // Shared by the customers of a provider.
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    // For documentation.
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    // For benchmarks.
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    // For groups, and what is reserved.
    v4([224, 0, 0, 0], 3),
    // Of IPv6, all that is not `2000::/3`: loopback, unique local addresses, groups and so on.
    v6([0, 0, 0, 0, 0, 0, 0, 0], 3),
    v6([0x4000, 0, 0, 0, 0, 0, 0, 0], 2),
    v6([0x8000, 0, 0, 0, 0, 0, 0, 0], 1),
    // For protocols, tunnels among them.
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    // For documentation.
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

const fn v4(first: [u8; 4], prefix: u8) -> Range {
    let [a, b, c, d] = first;
    Range {
        first: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        prefix,
    }
}

const fn v6(first: [u16; 8], prefix: u8) -> Range {
    let [a, b, c, d, e, f, g, h] = first;
    Range {
        first: IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)),
        prefix,
    }
}

impl Range {
    /// The range of one address, that inside of another one where it is.
    pub(super) fn of_one(address: IpAddr) -> Self {
        let first = unwrapped(address);
        let prefix = if first.is_ipv4() { 32 } else { 128 };
        Self { first, prefix }
    }

    /// The range of addresses whose first so many bits are those of `address`; `None` where it has not as many.
    pub(super) fn of_prefix(address: IpAddr, prefix: u8) -> Option<Self> {
        let (first, prefix) = match address {
            IpAddr::V6(long) if prefix >= 96 && long.to_ipv4_mapped().is_some() => {
                (long.to_canonical(), prefix - 96)
            }
            address => (address, prefix),
        };
        let first = match first {
            IpAddr::V4(short) => {
                let rest = 32_u8.checked_sub(prefix)?;
                let kept = u32::MAX.checked_shl(rest.into()).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(short) & kept))
            }
            IpAddr::V6(long) => {
                let rest = 128_u8.checked_sub(prefix)?;
                let kept = u128::MAX.checked_shl(rest.into()).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from(u128::from(long) & kept))
            }
        };
        Some(Self { first, prefix })
    }

    /// Whether an address that is in no other lies in the range.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4()
            && Self::of_prefix(address, self.prefix) == Some(*self)
    }

    /// Whether it is its first address.
    pub(super) fn begins_at(&self, address: IpAddr) -> bool {
        self.first == address || self.first == address.to_canonical()
    }

    /// Whether any of its addresses may be private.
    pub(super) fn has_private(&self) -> bool {
        let overlaps = |other: &Self| self.is_within(other) || other.is_within(self);
        !self.is_never() && PRIVATE.iter().any(overlaps)
    }

    /// Whether none of its addresses is ever asked.
    pub(super) fn is_never(&self) -> bool {
        NEVER.iter().any(|outer| self.is_within(outer))
    }

    fn is_within(&self, outer: &Self) -> bool {
        outer.prefix <= self.prefix && outer.contains(self.first)
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.first, self.prefix)
    }
}

/// The IPv4 address inside an IPv6 one, which is where what is sent there ends; else the address itself.
pub(super) fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(long) = address else {
        return address;
    };
    let at = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high, low].map(u16::to_be_bytes);
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match long.segments() {
        // Unspecified, and loopback.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => address,
        // Compatible, mapped, translated, and translated by the network.
        [0, 0, 0, 0, 0, 0, high, low]
        | [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, _, _, _, high, low] => at(high, low),
        // 6to4.
        [0x2002, high, low, ..] => at(high, low),
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_its_reach_in_every_form() {
        use Reach::{Never, Private, Public};
        for (addresses, reach) in [
            (
                &[
                    "8.8.8.8",
                    "1.1.1.1",
                    "100.63.0.1",
                    "172.32.0.1",
                    "192.0.1.1",
                ][..],
                Public,
            ),
            (&["2606:4700::1111", "2a00::1", "2002:808:808::1"], Public),
            (&["::ffff:8.8.8.8", "64:ff9b::808:808"], Public),
            (
                &["127.0.0.1", "127.255.255.255", "0.0.0.0", "10.1.2.3"],
                Private,
            ),
            (&["172.16.0.1", "172.31.255.255", "192.168.0.1"], Private),
            (
                &["100.64.0.1", "100.127.255.255", "198.19.0.1", "192.0.2.1"],
                Private,
            ),
            (&["255.255.255.255", "224.0.0.1", "240.0.0.1"], Private),
            (
                &["::", "::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1"],
                Private,
            ),
            (
                &["::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:10.0.0.1"],
                Private,
            ),
            (
                &["64:ff9b::10.0.0.1", "2002:a00:1::", "2002:7f00:1::1"],
                Private,
            ),
            (
                &["64:ff9b:1::1", "2001:db8::1", "3fff::1", "100::1"],
                Private,
            ),
            (
                &["169.254.169.254", "169.254.0.1", "100.100.100.200"],
                Never,
            ),
            (
                &["fe80::1", "febf::1", "fd00:ec2::254", "fd20:ce::254"],
                Never,
            ),
            (&["::ffff:169.254.169.254", "::169.254.169.254"], Never),
            (&["64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"], Never),
            (&["168.63.129.16", "192.0.0.192"], Never),
            (
                &["fd00:ec2::23", "fd00:42::42", "64:ff9b:1::a9fe:a9fe"],
                Never,
            ),
        ] {
            for address in addresses {
                assert_eq!(Reach::of(address.parse().unwrap()), reach, "{address}");
            }
        }
    }

    #[test]
    fn a_range_knows_what_is_in_it() {
        let range = |address: &str, prefix| Range::of_prefix(address.parse().unwrap(), prefix);
        let ten = range("10.9.8.7", 8).unwrap();
        assert_eq!(ten.to_string(), "10.0.0.0/8");
        assert_eq!(range("::ffff:10.0.0.0", 104), Some(ten));
        assert_eq!(range("10.0.0.0", 33), None);
        for (address, is_in) in [("10.255.0.1", true), ("11.0.0.0", false), ("a00::", false)] {
            assert_eq!(ten.contains(address.parse().unwrap()), is_in, "{address}");
        }
        for (address, prefix, has_private, is_never) in [
            ("0.0.0.0", 0, true, false),
            ("::", 0, true, false),
            ("8.0.0.0", 8, false, false),
            ("8.0.0.0", 6, true, false),
            ("169.254.0.0", 16, false, true),
            ("169.254.169.254", 32, false, true),
            ("169.0.0.0", 8, false, false),
            ("fe80::", 10, false, true),
            ("fc00::", 7, true, false),
            ("2a00::", 12, false, false),
            ("100.100.100.200", 32, false, true),
        ] {
            let range = range(address, prefix).unwrap();
            let found = (range.has_private(), range.is_never());
            assert_eq!(found, (has_private, is_never), "{range}");
        }
    }
}
