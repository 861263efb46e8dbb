//! The options table: one row per TLS option. Parser, spelling and level findings, command-line
//! flags and the reference page all come from it.
//!
//! Not here: the meaning of values as types ([`crate::value`]). Invariant: names and aliases are
//! lower case and unique, and the rows stand in the order of [`OptionId`].

mod table;

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
    /// Whether our engine can do what it asks for in this version.
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
    /// The own certificate, in the form of the provider: PEM files separated by commas, a thumbprint, a key
    /// store with `#alias`, or a PKCS#11 URI.
    Certificate,
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

/// Whether our own engine can do what an option asks for in this version.
///
/// Where another engine does TLS, that one's abilities count ([`crate::resolve`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Every value works.
    There,
    /// These values are an error that says so, at endpoints of our engine.
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

/// Every option, in the order of [`OptionId`].
pub static OPTIONS: [OptionRow; 22] = table::ROWS;

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
