//! The options table: one row per TLS option. Parser, spelling and level findings, command-line
//! flags and the reference page all come from it.
//!
//! Not here: the meaning of values as types ([`crate::value`]). Invariant: names and aliases are
//! lower case and unique, and the rows stand in the order of [`OptionId`].

use crate::endpoint::Role;

/// A TLS option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is explained by its row of the table")]
pub enum OptionId {
    Tls,
    TlsMutual,
    Upgrade,
    Certificate,
    CertificateKey,
    TrustedCa,
    Provider,
    TruststorePassword,
    KeystorePassword,
    StoreLocation,
    Fips140Enabled,
    Crl,
    TlsTargetNameCheck,
    ClientAuth,
    SecProtocol,
    SecProtocolMax,
    CipherList,
    SendRoot,
    CrlCheck,
    CrlFreshness,
    AllowedNames,
    DangerAcceptWeak,
}

/// One option: everything that is known of it without a value.
#[derive(Debug)]
pub struct OptionRow {
    /// Which option it is.
    pub id: OptionId,
    /// Its name, as it is written.
    pub name: &'static str,
    /// A second name of the same option.
    pub alias: Option<&'static str>,
    /// At which endpoints it has an effect.
    pub endpoints: Endpoints,
    /// Whether `[security]` of an application and of a host take it.
    pub above: Above,
    /// What values it takes.
    pub values: ValueKind,
    /// What holds if it is set nowhere, in words or as a value.
    pub default: &'static str,
    /// Whether it is resolved with the credentials block.
    pub grouping: Grouping,
    /// Whether the systems taken over know it.
    pub origin: OptionOrigin,
    /// What it does, for help texts and the reference page.
    pub meaning: &'static str,
    /// Whether this version can do what it asks for.
    pub behaviour: Behaviour,
}

/// At which endpoints an option has an effect when set there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// At ports and connections.
    Both,
    /// At ports.
    Ports,
    /// At connections.
    Connections,
}

/// Whether the levels above the endpoint take an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Above {
    /// Application and host take it.
    ApplicationAndHost,
    /// Only the endpoint takes it.
    Neither,
}

/// What values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `0` or `1`.
    Switch,
    /// `true` or `false`.
    Truth,
    /// One of these words.
    Words(&'static [&'static str]),
    /// An absolute path.
    Path,
    /// Absolute paths, separated by commas.
    Paths,
    /// A password, `file:PATH` or `env:NAME`.
    Password,
    /// Names of cipher suites and list words, separated by `:` or blanks.
    Ciphers,
    /// `required`, `warn`, or whole hours.
    Freshness,
    /// Entries with a prefix, separated by commas.
    AllowedNames,
    /// A date.
    Date,
}

/// How an option is resolved over the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// With the credentials block: all of it comes from the first level that has any of it.
    Block,
    /// By itself, but it should stand at the level of the block.
    WithBlock,
    /// By itself.
    Alone,
}

/// Whether the systems taken over know an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionOrigin {
    /// They know it.
    TakenOver,
    /// It is Trustpack's own; a fleet that does not use it stays readable by them.
    Ours,
}

/// Whether this version can do what an option asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Every value works.
    There,
    /// Setting it at all is an error that says so.
    Later,
    /// These values are an error that says so.
    LaterFor(&'static [&'static str]),
}

impl OptionId {
    /// The row of this option.
    #[must_use]
    pub fn row(self) -> &'static OptionRow {
        // The table is in the order of the enum; a test holds it to that.
        OPTIONS
            .iter()
            .find(|row| row.id == self)
            .unwrap_or(&OPTIONS[0])
    }

    /// The name of this option.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }
}

impl OptionRow {
    /// Whether the option has an effect at endpoints of this role.
    #[must_use]
    pub fn works_for(&self, role: Role) -> bool {
        match (self.endpoints, role) {
            (Endpoints::Both, _)
            | (Endpoints::Ports, Role::Server)
            | (Endpoints::Connections, Role::Client) => true,
            (Endpoints::Ports, Role::Client) | (Endpoints::Connections, Role::Server) => false,
        }
    }

    /// Whether the value stands in no output but the file it came from.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.values == ValueKind::Password
    }
}

/// The row whose name or alias is `name`, in this case.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static OptionRow> {
    OPTIONS
        .iter()
        .find(|row| row.name == name || row.alias == Some(name))
}

/// A row of a taken-over option for every endpoint and level, by itself; the table changes what differs.
const ROW: OptionRow = OptionRow {
    id: OptionId::Tls,
    name: "",
    alias: None,
    endpoints: Endpoints::Both,
    above: Above::ApplicationAndHost,
    values: ValueKind::Switch,
    default: "none",
    grouping: Grouping::Alone,
    origin: OptionOrigin::TakenOver,
    meaning: "",
    behaviour: Behaviour::There,
};

/// Every option, in the order of [`OptionId`].
pub static OPTIONS: [OptionRow; 22] = [
    OptionRow {
        id: OptionId::Tls,
        name: "tls",
        above: Above::Neither,
        default: "0",
        meaning: "1: the endpoint speaks TLS from the first byte",
        ..ROW
    },
    OptionRow {
        id: OptionId::TlsMutual,
        name: "tls-mutual",
        endpoints: Endpoints::Ports,
        default: "0",
        meaning: "1: the server demands a certificate of the client and checks it",
        ..ROW
    },
    OptionRow {
        id: OptionId::Upgrade,
        name: "upgrade",
        endpoints: Endpoints::Ports,
        above: Above::Neither,
        default: "0",
        meaning: "1: the first bytes of a client decide whether it speaks TLS (auto-detect)",
        behaviour: Behaviour::LaterFor(&["1"]),
        ..ROW
    },
    OptionRow {
        id: OptionId::Certificate,
        name: "certificate",
        values: ValueKind::Paths,
        grouping: Grouping::Block,
        meaning: "own certificate and chain: one PEM file, or several separated by commas",
        ..ROW
    },
    OptionRow {
        id: OptionId::CertificateKey,
        name: "certificate-key",
        values: ValueKind::Path,
        grouping: Grouping::Block,
        meaning: "PEM file with the private key of the own certificate",
        ..ROW
    },
    OptionRow {
        id: OptionId::TrustedCa,
        name: "trusted-ca",
        values: ValueKind::Path,
        grouping: Grouping::Block,
        meaning: "PEM file with the certificates of the authorities that are trusted",
        ..ROW
    },
    OptionRow {
        id: OptionId::Provider,
        name: "provider",
        values: ValueKind::Words(&["PEM", "JKS", "PKCS12", "MSCAPI", "PKCS11"]),
        default: "PEM on UNIX, MSCAPI on Windows; none for a Java application",
        grouping: Grouping::Block,
        meaning: "where certificates and keys are kept",
        behaviour: Behaviour::LaterFor(&["JKS", "PKCS12", "MSCAPI", "PKCS11"]),
        ..ROW
    },
    OptionRow {
        id: OptionId::TruststorePassword,
        name: "truststore-password",
        values: ValueKind::Password,
        grouping: Grouping::Block,
        meaning: "opens the trust store: the password itself, file:PATH or env:NAME",
        behaviour: Behaviour::Later,
        ..ROW
    },
    OptionRow {
        id: OptionId::KeystorePassword,
        name: "keystore-password",
        values: ValueKind::Password,
        grouping: Grouping::Block,
        meaning: "opens the key store or an encrypted private key: the password itself, file:PATH or env:NAME",
        ..ROW
    },
    OptionRow {
        id: OptionId::StoreLocation,
        name: "store-location",
        values: ValueKind::Words(&["machine", "user"]),
        default: "by the role of the application",
        grouping: Grouping::Block,
        origin: OptionOrigin::Ours,
        meaning: "which Windows store is used: of the Local Computer or of the Current User",
        behaviour: Behaviour::Later,
        ..ROW
    },
    OptionRow {
        id: OptionId::Fips140Enabled,
        name: "fips140-enabled",
        values: ValueKind::Truth,
        default: "false",
        meaning: "true: only validated cryptography is used; true at any level wins",
        behaviour: Behaviour::LaterFor(&["true"]),
        ..ROW
    },
    OptionRow {
        id: OptionId::Crl,
        name: "crl",
        alias: Some("tls-crl"),
        values: ValueKind::Path,
        grouping: Grouping::WithBlock,
        meaning: "file with one or more certificate revocation lists",
        behaviour: Behaviour::Later,
        ..ROW
    },
    OptionRow {
        id: OptionId::TlsTargetNameCheck,
        name: "tls-target-name-check",
        endpoints: Endpoints::Connections,
        values: ValueKind::Words(&["host", "no"]),
        default: "no",
        grouping: Grouping::WithBlock,
        meaning: "host: the client compares the name in the server's certificate with the name of the host it means",
        ..ROW
    },
    OptionRow {
        id: OptionId::ClientAuth,
        name: "client-auth",
        default: "1",
        meaning: "0: as a client, take any server without checking it: the connection is encrypted and nothing more",
        ..ROW
    },
    OptionRow {
        id: OptionId::SecProtocol,
        name: "sec-protocol",
        values: ValueKind::Words(&["", "SSLv23", "SSLv3", "TLSv1", "TLSv11", "TLSv12", "TLSv13"]),
        default: "empty: TLS 1.2 and later",
        grouping: Grouping::WithBlock,
        meaning: "the lowest protocol version that is accepted; below 1.2 nothing is spoken",
        ..ROW
    },
    OptionRow {
        id: OptionId::SecProtocolMax,
        name: "sec-protocol-max",
        values: ValueKind::Words(&["", "TLSv12", "TLSv13"]),
        default: "empty: no cap",
        origin: OptionOrigin::Ours,
        meaning: "the highest protocol version that is spoken",
        ..ROW
    },
    OptionRow {
        id: OptionId::CipherList,
        name: "cipher-list",
        values: ValueKind::Ciphers,
        default: "what the engine has",
        meaning: "the cipher suites that are allowed, by their OpenSSL or IANA names, separated by : or blanks",
        ..ROW
    },
    OptionRow {
        id: OptionId::SendRoot,
        name: "send-root",
        default: "1",
        origin: OptionOrigin::Ours,
        meaning: "0: a root certificate that stands in the own chain is not sent",
        ..ROW
    },
    OptionRow {
        id: OptionId::CrlCheck,
        name: "crl-check",
        values: ValueKind::Words(&["leaf", "chain"]),
        default: "chain",
        origin: OptionOrigin::Ours,
        meaning: "which certificates of a peer's chain are looked up in revocation lists",
        behaviour: Behaviour::Later,
        ..ROW
    },
    OptionRow {
        id: OptionId::CrlFreshness,
        name: "crl-freshness",
        values: ValueKind::Freshness,
        default: "required",
        origin: OptionOrigin::Ours,
        meaning: "what an expired revocation list means: required, warn, or hours of grace",
        behaviour: Behaviour::Later,
        ..ROW
    },
    OptionRow {
        id: OptionId::AllowedNames,
        name: "allowed-names",
        endpoints: Endpoints::Ports,
        values: ValueKind::AllowedNames,
        origin: OptionOrigin::Ours,
        meaning: "which client certificates may connect: dns:, uri:, cn:, ou:, email: or spki: entries separated by commas, any one suffices",
        behaviour: Behaviour::Later,
        ..ROW
    },
    OptionRow {
        id: OptionId::DangerAcceptWeak,
        name: "danger-accept-weak",
        values: ValueKind::Date,
        origin: OptionOrigin::Ours,
        meaning: "until this date SHA-1 signatures and RSA keys from 1024 bits are accepted in a peer's chain",
        behaviour: Behaviour::Later,
        ..ROW
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_ids_and_names_are_unique() {
        let mut names = Vec::new();
        for pair in OPTIONS.windows(2) {
            assert!(pair[0].id < pair[1].id, "{}", pair[1].name);
        }
        for row in &OPTIONS {
            assert_eq!(row.id.row().name, row.name);
            names.push(row.name);
            names.extend(row.alias);
            assert!(
                !row.meaning.is_empty() && row.meaning.is_ascii(),
                "{}",
                row.name
            );
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.iter().all(|name| name.to_ascii_lowercase() == **name));
    }

    #[test]
    fn an_alias_finds_its_option() {
        assert_eq!(by_name("tls-crl").map(|row| row.id), Some(OptionId::Crl));
        assert!(by_name("TLS").is_none());
    }
}
