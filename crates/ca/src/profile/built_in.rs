//! The profiles that every authority has, as a table.

use trustpack_x509::extension::{KeyUse, Purpose};

use super::{HostProfile, ProfileName, Wildcards};
use crate::lifetime::Lifetime;

/// A row of the table.
struct Row {
    name: &'static str,
    purposes: &'static [Purpose],
}

/// The profile of authorities: no request for a host can name it, no file can take its name.
pub(super) const CA: &str = "ca";

/// TLS 1.2 without forward secrecy sends the secret encrypted to an RSA key.
pub(super) const KEY_USES: [KeyUse; 2] = [KeyUse::DigitalSignature, KeyUse::KeyEncipherment];

/// Servers are clients too: they connect to each other.
const SERVER: Row = Row {
    name: "server",
    purposes: &[Purpose::ServerAuth, Purpose::ClientAuth],
};

const ROWS: [Row; 4] = [
    SERVER,
    Row {
        name: "gui",
        purposes: &[Purpose::ClientAuth],
    },
    Row {
        name: "client",
        purposes: &[Purpose::ClientAuth],
    },
    Row {
        name: "server-only",
        purposes: &[Purpose::ServerAuth],
    },
];

/// All of them.
pub(super) fn all() -> impl Iterator<Item = HostProfile> {
    ROWS.into_iter().map(HostProfile::from)
}

/// TLS server and client.
pub(super) fn server() -> HostProfile {
    HostProfile::from(SERVER)
}

/// Whether this is the name of a built-in profile for hosts.
pub(super) fn is(name: &ProfileName) -> bool {
    ROWS.iter().any(|row| row.name == &*name.0)
}

impl From<Row> for HostProfile {
    fn from(row: Row) -> Self {
        Self {
            name: ProfileName(row.name.into()),
            purposes: row.purposes.to_vec(),
            key_uses: KEY_USES.to_vec(),
            lifetime: Lifetime::HOST,
            max_lifetime: None,
            names: None,
            wildcards: Wildcards::Allowed,
        }
    }
}
