//! Whose PROXY headers are taken.
//!
//! Not what a header says, which is taken whole or not at all. Invariant: unless somebody said the dangerous thing, a caller of
//! another machine is named by its address before a word of it is believed.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use crate::report::Remote;

/// Who may say for whom it speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Senders {
    /// Programs of this machine: callers from loopback addresses, and through UNIX sockets.
    #[default]
    ThisMachine,
    /// Callers from these addresses alone, and through UNIX sockets.
    Networks(Arc<[Network]>),
    /// Whoever reaches the listener. It can then pass for anybody.
    DangerAnyone,
}

/// An address, or all that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    address: IpAddr,
    /// How many bits of the address must be the same.
    bits: u8,
}

/// A text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNetwork {
    /// It does not begin with an IP address.
    #[error(
        "{found:?} is no network; it must be an IP address, or one with the number of bits that count, such as 10.1.0.0/16"
    )]
    Address {
        /// The text.
        found: String,
    },
    /// The number of bits is none, or too large.
    #[error("{found:?} has {bits:?} bits; of such an address 0 to {most} can count")]
    Bits {
        /// The text.
        found: String,
        /// What stands behind the slash.
        bits: String,
        /// As many as the address has.
        most: u8,
    },
    /// Bits are set that do not count: perhaps another number was meant.
    #[error("{found:?} has bits set that do not count; the network is {network}")]
    BeyondBits {
        /// The text.
        found: String,
        /// Without them.
        network: Network,
    },
}

/// Characters of a refused text that an error repeats: more than any network has.
const SHOWN: usize = 60;

impl Senders {
    /// Whether what this caller says is believed.
    #[must_use]
    pub fn include(&self, caller: Remote) -> bool {
        let address = match caller {
            Remote::Unix => return true,
            Remote::Tcp(address) => address.ip().to_canonical(),
        };
        match self {
            Self::ThisMachine => address.is_loopback(),
            Self::Networks(networks) => networks.iter().any(|network| network.has(address)),
            Self::DangerAnyone => true,
        }
    }
}

impl Network {
    /// Whether an address is one of it.
    #[must_use]
    pub fn has(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = mask(self.bits, 32);
                (u128::from(own.to_bits() ^ other.to_bits()) << 96) & mask == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()) & mask(self.bits, 128) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    fn first(self) -> IpAddr {
        let mask = mask(self.bits, 128);
        match self.address {
            IpAddr::V4(address) => {
                let bits = (u128::from(address.to_bits()) << 96) & mask;
                IpAddr::V4(u32::try_from(bits >> 96).unwrap_or_default().into())
            }
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & mask).into()),
        }
    }
}

/// The first `bits` bits of 128, and at most those of the address.
fn mask(bits: u8, most: u8) -> u128 {
    u128::MAX
        .checked_shl(128_u32.saturating_sub(u32::from(bits.min(most))))
        .unwrap_or_default()
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What is given may be of any length, and an error is to be read.
        let found = || text.chars().take(SHOWN).collect();
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| InvalidNetwork::Address { found: found() })?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits
                .parse()
                .ok()
                .filter(|bits| *bits <= most)
                .ok_or_else(|| InvalidNetwork::Bits {
                    found: found(),
                    bits: bits.chars().take(SHOWN).collect(),
                    most,
                })?,
        };
        let network = Self { address, bits };
        if network.first() == address {
            Ok(network)
        } else {
            let network = Self {
                address: network.first(),
                bits,
            };
            Err(InvalidNetwork::BeyondBits {
                found: found(),
                network,
            })
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl fmt::Display for Senders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ThisMachine => f.write_str("programs of this machine"),
            Self::Networks(networks) => {
                for (index, network) in networks.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{network}")?;
                }
                Ok(())
            }
            Self::DangerAnyone => f.write_str("anybody"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(network: &str, address: &str, want: bool) {
        let network: Network = network.parse().unwrap();
        assert_eq!(network.has(address.parse().unwrap()), want);
    }

    #[test]
    fn a_network_has_the_addresses_that_begin_alike() {
        check("10.1.0.0/16", "10.1.255.255", true);
        check("10.1.0.0/16", "10.2.0.0", false);
        check("10.1.0.0/16", "::ffff:10.1.2.3", true);
        check("10.0.0.5", "10.0.0.5", true);
        check("10.0.0.5", "10.0.0.4", false);
        check("0.0.0.0/0", "192.0.2.1", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("2001:db8::/33", "2001:db8:7fff::1", true);
        check("2001:db8::/33", "2001:db8:8000::1", false);
        check("::/0", "2001:db8::1", true);
        check("::/0", "192.0.2.1", false);
        check("2001:db8::1", "2001:db8::1", true);
    }

    #[track_caller]
    fn refused(text: &str, words: &str) {
        let error = text.parse::<Network>().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn what_is_no_network_is_named() {
        refused("lb.example.com", "is no network");
        refused("10.0.0.0/33", "0 to 32");
        refused("::/129", "0 to 128");
        refused("10.0.0.0/", "\"\" bits");
        refused("10.0.0.5/24", "the network is 10.0.0.0/24");
        refused("", "is no network");
        let long = format!("10.0.0.0/{}", "1".repeat(100_000));
        let error = long.parse::<Network>().unwrap_err().to_string();
        assert!(error.len() < 300, "{} characters", error.len());
    }

    #[track_caller]
    fn believed(senders: &Senders, caller: &str, want: bool) {
        let caller = Remote::Tcp(caller.parse().unwrap());
        assert_eq!(senders.include(caller), want, "{senders}: {caller}");
    }

    #[test]
    fn who_is_believed_is_of_this_machine_or_named() {
        let networks = Senders::Networks(Arc::new(["10.0.0.0/8".parse().unwrap()]));
        for (senders, local) in [
            (&Senders::ThisMachine, true),
            (&networks, false),
            (&Senders::DangerAnyone, true),
        ] {
            believed(senders, "127.0.0.1:1", local);
            believed(senders, "[::ffff:127.0.0.1]:1", local);
            believed(senders, "[::1]:1", local);
            assert!(senders.include(Remote::Unix));
        }
        believed(&Senders::ThisMachine, "10.0.0.1:1", false);
        believed(&networks, "10.0.0.1:1", true);
        believed(&networks, "[::ffff:10.0.0.1]:1", true);
        believed(&networks, "192.0.2.1:1", false);
        believed(&Senders::DangerAnyone, "192.0.2.1:1", true);
    }
}
