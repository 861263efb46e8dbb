//! What is true: endpoints with their effective settings, each value with its origin.
//!
//! Made by resolution alone. Enforcement (material, TLS, tunnels) sees this and no levels, and takes
//! [`Startable`], which only an endpoint without an error gives.
//! Invariant: an endpoint that has an error of its own gives no [`Startable`].
//!
//! Long because an endpoint and the types of its parts are read together; half of it is their documentation.

mod display;
mod listing;

use std::sync::Arc;

use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use crate::finding::{Finding, Severity};
use crate::options::OptionId;
use crate::place::Place;
use crate::span::Spot;
use crate::value::allowed_names::AllowedNames;
use crate::value::own_certificate::OwnCertificate;
use crate::value::revocation::{CrlCheck, CrlFreshness};
use crate::value::{
    AbsolutePath, CipherList, ClientCertificate, Fips, LowestVersion, NameCheck, NetworkAddress,
    PasswordSource, PeerName, PlainAddress, ProtocolVersion, Provider, SendRoot,
    ServerAuthentication, StoreLocation,
};

/// Where an option is set, the lowest first: the first one that has it wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Transport parameters of the port or connection, or options of the command line.
    Endpoint,
    /// The own file of the application. With one, the levels below this line do not apply.
    OwnFile,
    /// `[security]` of the application.
    Application,
    /// `[security]` of the host.
    Host,
}

/// Where an effective value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Set nowhere: the default.
    Default,
    /// Set at a level.
    Set {
        /// The level.
        level: Level,
        /// Where exactly.
        spot: Spot,
    },
}

impl Origin {
    /// Where exactly it is set, if it is.
    #[must_use]
    pub fn spot(&self) -> Option<&Spot> {
        match self {
            Self::Default => None,
            Self::Set { spot, .. } => Some(spot),
        }
    }
}

/// Why a value that is set does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HiddenBy {
    /// A lower level has the option, or the credentials.
    LowerLevel,
    /// The certificate source of the application keeps its level from giving credentials.
    CertificateSource,
}

/// A value that is set and does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The level it was set at.
    pub level: Level,
    /// Where exactly.
    pub spot: Spot,
    /// The value as listings show it.
    pub shown: String,
    /// Why it does not count.
    pub by: HiddenBy,
}

/// An effective value, where it came from and what it hid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
    /// What it hid, the nearest level first.
    pub hidden: Vec<Hidden>,
}

/// The effective settings of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveSettings {
    /// `tls-mutual` at this end; for a connection see [`Endpoint::client_certificate`].
    pub tls_mutual: Setting<ClientCertificate>,
    /// `certificate`: where the own certificate and chain are.
    pub certificate: Setting<OwnCertificate>,
    /// `certificate-key`: the file with the private key.
    pub certificate_key: Setting<Option<AbsolutePath>>,
    /// `trusted-ca`: the file with the trusted authorities, PEM or a trust store.
    pub trusted_ca: Setting<Option<AbsolutePath>>,
    /// `provider`; `None` for a Java application that names none.
    pub provider: Setting<Option<Provider>>,
    /// `truststore-password`: opens the trust store.
    pub truststore_password: Setting<Option<PasswordSource>>,
    /// `keystore-password`: opens the key store or an encrypted private key.
    pub keystore_password: Setting<Option<PasswordSource>>,
    /// `store-location`: which Windows store; by the role of the application where it is not set.
    pub store_location: Setting<StoreLocation>,
    /// `fips140-enabled`.
    pub fips140_enabled: Setting<Fips>,
    /// `crl`: the file with revocation lists.
    pub crl: Setting<Option<AbsolutePath>>,
    /// `tls-target-name-check`; what a client does with it is [`Endpoint::server_check`].
    pub name_check: Setting<NameCheck>,
    /// `client-auth`; what a client does with it is [`Endpoint::server_check`].
    pub client_auth: Setting<ServerAuthentication>,
    /// `sec-protocol`; what is spoken is [`EffectiveSettings::versions`].
    pub sec_protocol: Setting<LowestVersion>,
    /// `sec-protocol-max`.
    pub sec_protocol_max: Setting<Option<ProtocolVersion>>,
    /// `cipher-list`.
    pub cipher_list: Setting<Option<CipherList>>,
    /// `send-root`.
    pub send_root: Setting<SendRoot>,
    /// `crl-check`.
    pub crl_check: Setting<CrlCheck>,
    /// `crl-freshness`.
    pub crl_freshness: Setting<CrlFreshness>,
    /// `allowed-names`: which client certificates a server lets in; `None` lets in all that it trusts.
    pub allowed_names: Setting<Option<AllowedNames>>,
    /// `danger-accept-weak`: the last day on which weak certificates are accepted, as its midnight.
    pub danger_accept_weak: Setting<Option<Timestamp>>,
}

/// The versions an endpoint accepts, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The lowest.
    pub lowest: ProtocolVersion,
    /// The highest; below `lowest` nothing is left, which is an error of the endpoint.
    pub highest: ProtocolVersion,
}

/// One effective setting as listings show it.
#[derive(Clone, Debug)]
pub struct ShownSetting<'a> {
    /// Which option.
    pub option: OptionId,
    /// The value as it would be written, secrets hidden; empty if nothing is set.
    pub value: String,
    /// Where it came from.
    pub origin: &'a Origin,
    /// What it hid.
    pub hidden: &'a [Hidden],
}

/// Which side of a connection an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It listens.
    Server,
    /// It dials.
    Client,
}

/// What the settings make of the traffic of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Security {
    /// Plain text.
    Open,
    /// TLS from the first byte.
    Tls,
    /// The client's first bytes decide.
    AutoDetect,
    /// Nothing may flow: what the settings say is contradictory or unknown.
    Refused,
    /// TLS is set up outside (`configured-by`); nothing is known of it.
    Product,
}

/// Who does TLS at an endpoint (`engine`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Trustpack's library or tunnel.
    Trustpack,
    /// The program itself, with OpenSSL.
    Openssl,
    /// The program itself, with Windows' own TLS.
    Schannel,
    /// The program itself, with Java's own TLS.
    Jsse,
}

/// How an endpoint is shown in the tree of a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Plain text.
    Open,
    /// A client that does not check its server.
    EncryptedOnly,
    /// Only the server presents a certificate.
    Simple,
    /// Both sides present one.
    Mutual,
    /// Plain or TLS, as the client begins.
    AutoDetect,
    /// Not started: it has an error.
    Refused,
    /// TLS is set up outside.
    Product,
    /// A connection whose two ends will not agree, or a port that does not start or that nobody takes who checks it. No
    /// endpoint says so by itself.
    Failing,
}

/// What a client checks of its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerCheck<'a> {
    /// Nothing (`client-auth=0`).
    DangerNone,
    /// That its certificate leads to a trusted authority.
    Chain,
    /// The same, and that the certificate is for this name.
    ChainAndName(&'a PeerName),
    /// The same, but no name is known: an error of the endpoint, and nobody may be let through.
    NameMissing,
}

/// A port, a connection, or a connection to a backup, with its effective settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) place: Place,
    pub(crate) host: Option<Arc<DnsName>>,
    pub(crate) role: Role,
    pub(crate) security: Security,
    pub(crate) engine: Engine,
    pub(crate) client_certificate: ClientCertificate,
    /// Endpoints of one application that set nothing themselves have the same ones. What many endpoints have alike is
    /// shared: a fleet has hundreds of thousands of them.
    pub(crate) settings: Arc<EffectiveSettings>,
    /// Where it listens or leads to, as far as that is known.
    pub(crate) way: Option<Arc<Way>>,
    pub(crate) plain: Option<Box<PlainAddress>>,
    /// What our engine could not do if it were to carry it; empty where that is an error anyway.
    pub(crate) beyond: Arc<[String]>,
    pub(crate) findings: Vec<Arc<Finding>>,
}

/// What a port has in common with all connections that lead to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// Where it is bound.
    pub(crate) network: Option<NetworkAddress>,
    /// The port, if the fleet has it.
    pub(crate) port: Option<Place>,
    /// The name that the port goes by.
    pub(crate) peer: Option<Arc<PeerName>>,
}

/// An endpoint without an error: what TLS, material and tunnels take.
///
/// Made only by [`Endpoint::startable`].
#[derive(Clone, Copy, Debug)]
pub struct Startable<'a>(&'a Endpoint);

/// An endpoint may not be started. The text says how many errors there are; what they say is for
/// whoever shows the findings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has errors.
    #[error("the settings of {place} have {}", count(.errors))]
    Errors {
        /// The endpoint.
        place: Place,
        /// The errors that keep it down; at least one.
        errors: Vec<Arc<Finding>>,
    },
    /// Another engine does its TLS, and ours could not do it instead.
    #[error("{place} asks for {}, which trustpack itself cannot do in this version", .what.join(", "))]
    Beyond {
        /// The endpoint.
        place: Place,
        /// The settings that ours cannot do; at least one.
        what: Vec<String>,
    },
    /// Its TLS is not ours.
    #[error("the TLS of {place} is set up by the product itself")]
    Product {
        /// The endpoint.
        place: Place,
    },
}

impl Endpoint {
    /// Where it is in the fleet.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The host it runs on; `None` on the command line or if the application's host is unknown.
    #[must_use]
    pub fn host(&self) -> Option<&DnsName> {
        self.host.as_deref()
    }

    /// Which side it is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether its traffic is secured.
    #[must_use]
    pub fn security(&self) -> Security {
        self.security
    }

    /// Who does TLS there.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether the server of this link demands a certificate of the client: for a port its own
    /// `tls-mutual`, for a connection that of its port. On the command line a client does not know,
    /// and presents a certificate if it has one.
    #[must_use]
    pub fn client_certificate(&self) -> ClientCertificate {
        self.client_certificate
    }

    /// Its effective settings.
    #[must_use]
    pub fn settings(&self) -> &EffectiveSettings {
        &self.settings
    }

    /// A port: what to bind. A connection: what to dial. `None` if an error left it unknown.
    #[must_use]
    pub fn network(&self) -> Option<&NetworkAddress> {
        self.way.as_ref()?.network.as_ref()
    }

    /// The plain side, if a tunnel carries it. A port: where to forward to. A connection: where to listen.
    #[must_use]
    pub fn plain(&self) -> Option<&PlainAddress> {
        self.plain.as_deref()
    }

    /// A connection: the name its server goes by.
    #[must_use]
    pub fn peer(&self) -> Option<&PeerName> {
        self.way_of_client()?.peer.as_deref()
    }

    /// A connection: the port that it leads to, of the backup for the endpoint of a backup; `None` if the
    /// fleet has no such port.
    #[must_use]
    pub fn port(&self) -> Option<&Place> {
        self.way_of_client()?.port.as_ref()
    }

    fn way_of_client(&self) -> Option<&Way> {
        match self.role {
            Role::Server => None,
            Role::Client => self.way.as_deref(),
        }
    }

    /// Every finding that concerns it, also those of its application, its host and the whole fleet.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().map(AsRef::as_ref)
    }

    /// What a client checks of its server; `None` for a server.
    ///
    /// Without a peer name to compare, a name check that is on is an error of the endpoint.
    #[must_use]
    pub fn server_check(&self) -> Option<ServerCheck<'_>> {
        match self.role {
            Role::Server => None,
            Role::Client => Some(
                match (
                    self.settings.client_auth.value,
                    self.settings.name_check.value,
                ) {
                    (ServerAuthentication::DangerNone, _) => ServerCheck::DangerNone,
                    (ServerAuthentication::Required, NameCheck::Off) => ServerCheck::Chain,
                    (ServerAuthentication::Required, NameCheck::Host) => self
                        .peer()
                        .map_or(ServerCheck::NameMissing, ServerCheck::ChainAndName),
                },
            ),
        }
    }

    /// The endpoint for enforcement.
    ///
    /// # Errors
    ///
    /// - [`Refused::Errors`]: an error concerns it that is not accepted, or that accepting does not cure.
    /// - [`Refused::Beyond`]: another engine does its TLS, and ours could not: it has no error.
    /// - [`Refused::Product`]: its TLS is set up outside.
    pub fn startable(&self) -> Result<Startable<'_>, Refused> {
        let errors: Vec<_> = self.findings.iter().filter(|f| f.bars()).cloned().collect();
        match self.security {
            // A refused endpoint always has an error that bars it; the list may not be empty all the same.
            Security::Refused => Err(Refused::Errors {
                place: self.place.clone(),
                errors,
            }),
            Security::Open | Security::Tls | Security::AutoDetect | Security::Product
                if !errors.is_empty() =>
            {
                Err(Refused::Errors {
                    place: self.place.clone(),
                    errors,
                })
            }
            Security::Product => Err(Refused::Product {
                place: self.place.clone(),
            }),
            Security::Open | Security::Tls | Security::AutoDetect if !self.beyond.is_empty() => {
                Err(Refused::Beyond {
                    place: self.place.clone(),
                    what: self.beyond.to_vec(),
                })
            }
            Security::Open | Security::Tls | Security::AutoDetect => Ok(Startable(self)),
        }
    }

    /// The endpoint as ours has to be set to speak in the place of its own engine: the versions are those that its own makes of
    /// `sec-protocol`.
    #[must_use]
    pub fn imitated(&self) -> Self {
        let Versions { lowest, highest } = self.settings.versions_spoken_by(self.engine);
        let mut settings = EffectiveSettings::clone(&self.settings);
        settings.sec_protocol.value = match lowest {
            ProtocolVersion::Tls12 => LowestVersion::Tls12,
            ProtocolVersion::Tls13 => LowestVersion::Tls13,
        };
        settings.sec_protocol_max.value = Some(highest);
        Self {
            settings: Arc::new(settings),
            ..self.clone()
        }
    }

    /// The same without its list of suites, of which ours has none.
    #[must_use]
    pub fn with_every_suite(&self) -> Self {
        let mut settings = EffectiveSettings::clone(&self.settings);
        settings.cipher_list.value = None;
        Self {
            settings: Arc::new(settings),
            ..self.clone()
        }
    }

    /// How it is shown in the tree of a fleet.
    #[must_use]
    pub fn state(&self) -> State {
        if self.findings.iter().any(|f| f.bars()) {
            return State::Refused;
        }
        match self.security {
            Security::Open => State::Open,
            Security::AutoDetect => State::AutoDetect,
            Security::Refused => State::Refused,
            Security::Product => State::Product,
            Security::Tls => match (self.server_check(), self.client_certificate) {
                (Some(ServerCheck::DangerNone), _) => State::EncryptedOnly,
                (_, ClientCertificate::Required) => State::Mutual,
                (_, ClientCertificate::NotAsked) => State::Simple,
            },
        }
    }

    /// The worst severity among its findings that nobody accepted.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings
            .iter()
            .filter(|f| f.accepted.is_none())
            .map(|f| f.severity())
            .min()
    }
}

impl<'a> Startable<'a> {
    /// The endpoint.
    #[must_use]
    pub fn endpoint(self) -> &'a Endpoint {
        self.0
    }

    /// Its effective settings.
    #[must_use]
    pub fn settings(self) -> &'a EffectiveSettings {
        &self.0.settings
    }
}

impl Versions {
    /// Whether a version lies in both ranges.
    #[must_use]
    pub fn meet(self, other: Self) -> bool {
        self.lowest.max(other.lowest) <= self.highest.min(other.highest)
    }
}

fn count(errors: &[Arc<Finding>]) -> String {
    match errors.len() {
        0 => "a contradiction".to_owned(),
        1 => "1 error".to_owned(),
        many => format!("{many} errors"),
    }
}
