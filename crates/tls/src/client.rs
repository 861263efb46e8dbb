//! The client side: whom we call, what we demand of them, and who we are if they ask.
//!
//! Invariant: without `client-auth=0` no server gets past that the judge refuses.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ClientSessionStore as _, Resumption};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use rustls::{ClientConfig, ClientConnection, CommonState};
use trustpack_judge::question::Purpose;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_material::material::{Identity, Material};
use trustpack_settings::endpoint::{Role, Startable};
use trustpack_settings::finding::Finding;
use trustpack_settings::value::PeerName;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::time::Timestamp;

use crate::connection::Connection;
use crate::connections::{Tether, TrustEnded};
use crate::context::{Basis, ContextError, Judging, refused};
use crate::generation::parts::TrustPart;
use crate::generation::{Change, Facts, Generation, Live, Plan};
use crate::handshake::Failure;
use crate::identity;
use crate::peer::Refusal;
use crate::sessions::End;
use crate::sessions::client::{Sessions, Visit};
use crate::verifier::danger::AnyServer;
use crate::verifier::driven::Handshake;
use crate::verifier::{ServerVerifier, Signatures};

/// A TLS client for one target, good for any number of connections. Cloning shares it, and what it becomes.
#[derive(Clone, Debug)]
pub struct ClientContext {
    live: Arc<Live<Made>>,
}

/// A client as one generation has it.
#[derive(Debug)]
struct Made {
    /// Of a connection, but for its way to the sessions.
    config: ClientConfig,
    verifier: Verifier,
    sessions: Arc<Sessions>,
    target: ServerName<'static>,
}

/// Whom the engine asks about the server.
#[derive(Debug)]
enum Verifier {
    Judges(Arc<ServerVerifier>),
    TakesAny(Arc<AnyServer>),
}

/// A clock that stands still.
#[derive(Debug)]
struct Standing(Timestamp);

impl TimeProvider for Standing {
    fn current_time(&self) -> Option<UnixTime> {
        let since_epoch = Duration::from_secs(self.0.unix());
        Some(UnixTime::since_unix_epoch(since_epoch))
    }
}

/// One connection on its way through the handshake.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) target: ServerName<'static>,
    pub(crate) handshake: Handshake,
    generation: Arc<Generation<Made>>,
}

impl ClientContext {
    /// A client as the settings of `endpoint` say, with its material. It presents its certificate,
    /// if it has one, to a server that asks.
    ///
    /// # Errors
    ///
    /// [`ContextError`] when the endpoint is no TLS client, is to judge its server and trusts
    /// nobody or has no name to check, or allows no version or suite that the engine has.
    pub fn new(endpoint: Startable<'_>, material: &Material) -> Result<Self, ContextError> {
        Self::with_clock(endpoint, material, Arc::new(DefaultTimeProvider))
    }

    /// The same by another clock than the system's.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_clock(
        endpoint: Startable<'_>,
        material: &Material,
        clock: Arc<dyn TimeProvider>,
    ) -> Result<Self, ContextError> {
        Self::planned(&Planned::new(endpoint, material, Judging::Ours)?, clock)
    }

    /// One that only asks what becomes of the endpoint's connection: it judges for this moment, whatever the system's clock says,
    /// and as far as that is known by the rules of the engine that does TLS there.
    ///
    /// The danger: other engines are less strict. It is to be observed, and no data is to go over such a connection.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn danger_imitating(
        endpoint: Startable<'_>,
        material: &Material,
        moment: Timestamp,
    ) -> Result<Self, ContextError> {
        let planned = Planned::new(endpoint, material, Judging::OfItsEngine)?;
        Self::planned(&planned, Arc::new(Standing(moment)))
    }

    fn planned(planned: &Planned<'_>, clock: Arc<dyn TimeProvider>) -> Result<Self, ContextError> {
        let live = Arc::new(Live::begin(planned, clock)?);
        Ok(Self { live })
    }

    /// Takes over new settings and material: new connections have them at once, and none fails for it.
    ///
    /// If whom it trusts or how it speaks has changed, no earlier session is resumed, and live connections are
    /// cut whose peers are revoked or have no path to a trusted CA any more.
    ///
    /// # Errors
    ///
    /// As [`Self::new`]; everything stays as it was then.
    pub fn change(
        &self,
        endpoint: Startable<'_>,
        material: &Material,
    ) -> Result<Change, ContextError> {
        let planned = Planned::new(endpoint, material, Judging::Ours)?;
        self.live.change(&planned)
    }

    /// Serves again, by these settings and material, after its endpoint was open for a while: as a change of trust,
    /// even if nothing has changed.
    ///
    /// # Errors
    ///
    /// As [`Self::new`]; everything stays as it was then.
    pub(crate) fn resume(
        &self,
        endpoint: Startable<'_>,
        material: &Material,
    ) -> Result<Change, ContextError> {
        let planned = Planned::new(endpoint, material, Judging::Ours)?;
        self.live.resume(&planned)
    }

    /// The number of the present generation of trust; it rises with each change.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.live.current().number
    }

    /// The certificate that it presents now to a server that asks, if it has one.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        self.live.facts().certificate().cloned()
    }

    /// What kind of key it has now, if it has one: some take long to sign.
    #[must_use]
    pub fn own_key(&self) -> Option<PublicKeyAlgorithm> {
        self.live.facts().own_key()
    }

    /// The highest numbers of the revocation lists that were seen.
    pub(crate) fn numbers(&self) -> SeenNumbers {
        self.live.numbers()
    }

    /// One connection without I/O: whoever holds it moves the bytes.
    ///
    /// # Errors
    ///
    /// [`Failure`] when the engine cannot begin one.
    pub fn connection(&self) -> Result<Connection, Failure> {
        let begun = self.begin();
        let engine = ClientConnection::new(Arc::clone(&begun.config), begun.target.clone());
        let engine = engine.map_err(|error| Failure::after(&begun.handshake.refusal, error))?;
        Ok(Connection::of_client(engine, self.clone(), begun))
    }

    /// What is doubtful in the settings of the engine.
    #[must_use]
    pub fn findings(&self) -> Arc<[Finding]> {
        Arc::clone(&self.live.facts().findings)
    }

    /// What it is by its settings and files.
    pub(crate) fn facts(&self) -> Arc<Facts> {
        self.live.facts()
    }

    /// What of its trust the last change of trust has changed.
    pub(crate) fn changed_parts(&self) -> Vec<TrustPart> {
        self.live.current().parts.clone()
    }

    /// What one connection is made with.
    pub(crate) fn begin(&self) -> Begun {
        self.begin_adjusted(|_config, _verifier| {})
    }

    /// The same, changed for this one connection; who is asked about the server comes along.
    pub(crate) fn begin_adjusted(
        &self,
        adjust: impl FnOnce(&mut ClientConfig, Arc<dyn ServerCertVerifier>),
    ) -> Begun {
        let generation = self.live.current();
        let made = &generation.context;
        let visit = Arc::new(Visit::new(Arc::clone(&made.sessions)));
        match made.verifier {
            Verifier::Judges(_) => {}
            Verifier::TakesAny(_) => visit.judged(End::NEVER),
        }
        let mut config = made.config.clone();
        config.resumption = Resumption::store(Arc::<Visit>::clone(&visit));
        adjust(&mut config, made.verifier.of_engine());
        Begun {
            config: Arc::new(config),
            target: made.target.clone(),
            handshake: Handshake {
                visit,
                refusal: Refusal::of(Purpose::Server),
            },
            generation,
        }
    }

    /// Takes in a connection whose handshake is done.
    ///
    /// # Errors
    ///
    /// If trust changed during the handshake, and the server is not trusted any more.
    pub(crate) fn admit(
        &self,
        begun: &Begun,
        connection: &CommonState,
    ) -> Result<Option<Tether>, TrustEnded> {
        self.live.admit(&begun.generation, connection)
    }
}

impl Begun {
    /// What the server sent under the keys of an earlier session could not be deciphered: it is not offered again. The
    /// engine does so itself where it has buffers of its own.
    pub(crate) fn forget_session(&self) {
        self.handshake.visit.remove_tls12_session(&self.target);
    }
}

impl Verifier {
    fn of_engine(&self) -> Arc<dyn ServerCertVerifier> {
        match self {
            Self::Judges(verifier) => Arc::<ServerVerifier>::clone(verifier),
            Self::TakesAny(verifier) => Arc::<AnyServer>::clone(verifier),
        }
    }
}

/// A client that can be made.
struct Planned<'a> {
    endpoint: Startable<'a>,
    basis: Basis,
    facts: Arc<Facts>,
    /// What it presents to a server that asks.
    resolver: Option<Arc<SingleCertAndKey>>,
}

impl<'a> Planned<'a> {
    fn new(
        endpoint: Startable<'a>,
        material: &Material,
        judging: Judging,
    ) -> Result<Self, ContextError> {
        let basis = Basis::new(endpoint, Role::Client)?;
        let identity = material.identity.as_ref();
        let chain = identity.map_or(&[][..], Identity::chain);
        let resolver = identity.map(identity::resolver).transpose();
        Ok(Self {
            endpoint,
            facts: basis.facts(endpoint.endpoint(), material, chain, judging)?,
            basis,
            resolver: resolver.map_err(|error| refused(endpoint, error))?,
        })
    }
}

impl Plan for Planned<'_> {
    type Context = Made;

    fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// Nothing of the one before is taken over: a server may know whose sessions they were.
    fn context(
        &self,
        _before: Option<&Made>,
        clock: &Arc<dyn TimeProvider>,
    ) -> Result<Made, ContextError> {
        let provider = Arc::clone(&self.basis.provider);
        let signatures = Signatures::new(provider.signature_verification_algorithms);
        let verifier = match self.facts.trust.rules.clone() {
            Some(rules) => Verifier::Judges(Arc::new(ServerVerifier::new(rules, signatures))),
            None => Verifier::TakesAny(Arc::new(AnyServer { signatures })),
        };
        let builder = ClientConfig::builder_with_details(provider, Arc::clone(clock))
            .with_protocol_versions(&self.basis.versions)
            .map_err(|error| refused(self.endpoint, error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier.of_engine());
        let mut config = match &self.resolver {
            Some(resolver) => {
                builder.with_client_cert_resolver(Arc::<SingleCertAndKey>::clone(resolver))
            }
            None => builder.with_no_client_auth(),
        };
        // Each connection gets its own way to the sessions.
        config.resumption = Resumption::disabled();
        Ok(Made {
            config,
            verifier,
            sessions: Arc::new(Sessions::new(Arc::clone(clock))),
            target: target(self.endpoint.endpoint().peer()),
        })
    }
}

/// The name for the server's eyes (SNI). It is sent only if it is a host name (RFC 6066 section 3);
/// an address is never sent, so that one stands in where there is no name.
pub(crate) fn target(peer: Option<&PeerName>) -> ServerName<'static> {
    const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    match peer {
        Some(PeerName::Dns(name)) => ServerName::try_from(name.as_str().to_owned())
            .unwrap_or_else(|_| ServerName::IpAddress(NOBODY.into())),
        Some(PeerName::Ip(address)) => ServerName::IpAddress((*address).into()),
        None => ServerName::IpAddress(NOBODY.into()),
    }
}
