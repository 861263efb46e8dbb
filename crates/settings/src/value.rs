//! The values of options as types, one per meaning.
//!
//! Not here: where a value came from ([`crate::endpoint::Setting`]) and how the levels decide.
//! Invariant: a value that exists is one the option allows.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use trustpack_x509::dns::DnsName;

use crate::secret::Secret;

pub mod allowed_names;
pub mod own_certificate;
pub mod revocation;
pub(crate) mod shown;

/// A path that means the same file whatever the current folder is: from `/`, a drive or a share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AbsolutePath(PathBuf);

/// A text is no absolute path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// It starts at no root.
    #[error("the path {path:?} is relative; it must start with / (or a drive, on Windows)")]
    Relative {
        /// The path as written.
        path: String,
    },
    /// A control character, which no file of a fleet has in its name.
    #[error("the path {path:?} contains the control character {found:?}")]
    Character {
        /// The path as written.
        path: String,
        /// The character.
        found: char,
    },
    /// Nothing there.
    #[error("a path is empty")]
    Empty,
}

/// Whether a server asks for a certificate of the client (`tls-mutual`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientCertificate {
    /// Simple TLS: it is not asked for.
    NotAsked,
    /// Mutual TLS: it is demanded and checked.
    Required,
}

/// Where certificates live (`provider`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// PEM files.
    Pem,
    /// Java key stores.
    Jks,
    /// PKCS#12 files.
    Pkcs12,
    /// The Windows certificate store.
    Mscapi,
    /// A PKCS#11 token.
    Pkcs11,
}

/// Which Windows store is used (`store-location`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreLocation {
    /// Local Computer.
    Machine,
    /// Current User.
    User,
}

/// Where a password is (`keystore-password`, `truststore-password`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// Here.
    Text(Secret),
    /// In a file (`file:PATH`).
    File(AbsolutePath),
    /// In an environment variable (`env:NAME`).
    Environment(String),
}

/// Whether validated cryptography is demanded (`fips140-enabled`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fips {
    /// Not demanded.
    Off,
    /// Demanded.
    Required,
}

/// Whether a client compares names (`tls-target-name-check`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameCheck {
    /// It does not.
    Off,
    /// With the name of the target's host.
    Host,
}

/// Whether a client authenticates the server (`client-auth`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerAuthentication {
    /// It does.
    Required,
    /// It takes any server: no chain and no name is checked.
    DangerNone,
}

/// A version of TLS that the normal engine speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProtocolVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// The value of `sec-protocol`: the lowest version that an endpoint accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LowestVersion {
    /// Empty: TLS 1.2.
    Unsaid,
    /// `SSLv23`: whatever there is.
    Any,
    /// `SSLv3`.
    Ssl3,
    /// `TLSv1`.
    Tls10,
    /// `TLSv11`.
    Tls11,
    /// `TLSv12`.
    Tls12,
    /// `TLSv13`.
    Tls13,
}

/// The cipher suites that are allowed (`cipher-list`): names and list words as written, at least one.
/// The TLS engine knows what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherList(Vec<String>);

/// Whether a root that was given is also sent (`send-root`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SendRoot {
    /// It is sent.
    Sent,
    /// It is left out.
    LeftOut,
}

/// The name or address by which a client knows its server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeerName {
    /// A host name.
    Dns(DnsName),
    /// An address; only on the command line, hosts of a fleet have names.
    Ip(IpAddr),
}

/// Where the plain side of a tunnel is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlainAddress {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A UNIX socket, written `unix:/path`.
    Unix(AbsolutePath),
}

/// A text is no address of a plain side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no address; allowed are IP:port, such as 127.0.0.1:12060, and unix:/path")]
pub struct InvalidPlainAddress {
    found: String,
}

/// What a server binds or a client dials.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetworkAddress {
    /// These addresses, in this order.
    Given(Vec<SocketAddr>),
    /// The addresses of this name, looked up when needed.
    Lookup {
        /// The name.
        name: DnsName,
        /// The port number.
        port: u16,
    },
}

impl AbsolutePath {
    /// A path that was joined to a folder of this machine.
    pub(crate) fn from_folder(path: PathBuf) -> Result<Self, InvalidPath> {
        if path.is_absolute() {
            Ok(Self(path))
        } else {
            Err(InvalidPath::Relative {
                path: path.display().to_string(),
            })
        }
    }

    /// The path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl FromStr for AbsolutePath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = || shown::start_of(text);
        if text.is_empty() {
            return Err(InvalidPath::Empty);
        }
        if let Some(found) = text.chars().find(|c| c.is_control()) {
            return Err(InvalidPath::Character {
                path: path(),
                found,
            });
        }
        // A fleet names files of hosts of both platforms, so the form decides, not this machine.
        let absolute = match text.as_bytes() {
            [b'/', ..] | [b'\\', b'\\', ..] => true,
            [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
            [..] => false,
        };
        if absolute {
            Ok(Self(text.into()))
        } else {
            Err(InvalidPath::Relative { path: path() })
        }
    }
}

impl fmt::Display for AbsolutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl LowestVersion {
    /// The lowest version that the normal engine speaks under this value.
    #[must_use]
    pub fn floor(self) -> ProtocolVersion {
        match self {
            Self::Unsaid | Self::Any | Self::Ssl3 | Self::Tls10 | Self::Tls11 | Self::Tls12 => {
                ProtocolVersion::Tls12
            }
            Self::Tls13 => ProtocolVersion::Tls13,
        }
    }
}

impl CipherList {
    /// The names and words of `text`; `None` if there is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<String> = text
            .split(|c: char| c == ':' || c.is_whitespace())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// The names and words, in order.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for PlainAddress {
    type Err = InvalidPlainAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidPlainAddress {
            found: shown::start_of(text),
        };
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => {
                path.parse().map(Self::Unix).map_err(|_| invalid())
            }
            Some(_) => Err(invalid()),
            None => text.parse().map(Self::Tcp).map_err(|_| invalid()),
        }
    }
}

impl fmt::Display for PlainAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{path}"),
        }
    }
}

impl fmt::Display for NetworkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(addresses) => {
                for (index, address) in addresses.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{address}")?;
                }
                Ok(())
            }
            Self::Lookup { name, port } => write!(f, "{}:{port}", name.as_str()),
        }
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name.as_str()),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

/// How a value is shown in listings: as it would be written, secrets hidden.
pub trait Shown {
    /// The text for listings; empty if nothing is set.
    fn shown(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn path(text: &str, absolute: bool) {
        assert_eq!(text.parse::<AbsolutePath>().is_ok(), absolute, "{text:?}");
    }

    #[test]
    fn absolute_paths_of_both_platforms_are_known_by_their_form() {
        path("/etc/sec/host.pem", true);
        path("C:\\sec\\host.pem", true);
        path("c:/sec/host.pem", true);
        path("\\\\server\\share\\host.pem", true);
        path("host.pem", false);
        path("./host.pem", false);
        path("C:host.pem", false);
        path("\\host.pem", false);
        path("", false);
        path("/etc/\0", false);
    }

    #[track_caller]
    fn plain(text: &str, good: bool) {
        let address = text.parse::<PlainAddress>();
        assert_eq!(address.is_ok(), good, "{text:?}");
        if let Ok(address) = address {
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn plain_sides_are_addresses_or_sockets() {
        plain("127.0.0.1:12060", true);
        plain("[::1]:80", true);
        plain("unix:/run/app.sock", true);
        plain("unix:app.sock", false);
        plain("localhost:80", false);
        plain("127.0.0.1", false);
    }

    #[test]
    fn a_cipher_list_has_at_least_one_word() {
        assert_eq!(
            CipherList::parse(" A:B  C ").map(|c| c.words().join(",")),
            Some("A,B,C".into())
        );
        assert_eq!(CipherList::parse(" : "), None);
    }
}
