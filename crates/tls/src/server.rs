//! The server side: who we are, and whether clients must say who they are.
//!
//! Invariant: a context whose endpoint says mutual TLS lets no client in that the judge refuses.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use rustls::{CommonState, ServerConfig, ServerConnection, SupportedProtocolVersion};
use trustpack_judge::question::Purpose;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_material::material::Material;
use trustpack_settings::endpoint::{Role, Security, Startable};
use trustpack_settings::finding::Finding;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use crate::connection::Connection;
use crate::connections::{Tether, TrustEnded};
use crate::context::{Basis, ContextError, Judging, refused};
use crate::generation::parts::TrustPart;
use crate::generation::{Change, Facts, Generation, Live, Plan};
use crate::handshake::Failure;
use crate::identity;
use crate::named::Noting;
use crate::peer::Refusal;
use crate::sessions::server::{Sessions, Visit};
use crate::verifier::{ClientJudge, ClientVerifier, Signatures};

/// A TLS server, good for any number of connections. Cloning shares it, and what it becomes.
#[derive(Clone, Debug)]
pub struct ServerContext {
    live: Arc<Live<Made>>,
}

/// A server as one generation has it.
#[derive(Debug)]
struct Made {
    resolver: Arc<SingleCertAndKey>,
    provider: Arc<CryptoProvider>,
    versions: Vec<&'static SupportedProtocolVersion>,
    /// Who judges clients, if they are asked who they are.
    judge: Option<Arc<ClientJudge>>,
    sessions: Arc<Sessions>,
    /// Of a server that asks no client: the same for all connections.
    shared: Option<Arc<ServerConfig>>,
}

/// One connection on its way through the handshake.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) refusal: Refusal,
    generation: Arc<Generation<Made>>,
}

impl ServerContext {
    /// A server as the settings of `endpoint` say, with its material.
    ///
    /// # Errors
    ///
    /// [`ContextError`] when the endpoint is no TLS server, has no certificate, demands client
    /// certificates and trusts nobody, or allows no version or suite that the engine has.
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
        let live = Live::begin(&Planned::new(endpoint, material)?, clock)?;
        Ok(Self {
            live: Arc::new(live),
        })
    }

    /// Takes over new settings and material: new connections have them at once, and none fails for it.
    ///
    /// If whom it trusts or how it speaks has changed, no earlier session is resumed, and live connections are
    /// cut whose peers are revoked, have no path to a trusted CA any more, or bear a name that is no longer
    /// allowed.
    ///
    /// # Errors
    ///
    /// As [`Self::new`]; everything stays as it was then.
    pub fn change(
        &self,
        endpoint: Startable<'_>,
        material: &Material,
    ) -> Result<Change, ContextError> {
        self.live.change(&Planned::new(endpoint, material)?)
    }

    /// Whether clients may also come in plain text, as their first bytes say (auto-detect).
    #[must_use]
    pub fn detects(&self) -> bool {
        match self.live.facts().trust.security {
            Security::AutoDetect => true,
            Security::Tls | Security::Open | Security::Refused | Security::Product => false,
        }
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
        self.live.resume(&Planned::new(endpoint, material)?)
    }

    /// The number of the present generation of trust; it rises with each change.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.live.current().number
    }

    /// The certificate that it presents now.
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
        let begun = self.begin()?;
        let engine = ServerConnection::new(Arc::clone(&begun.config));
        let engine = engine.map_err(|error| Failure::after(&begun.refusal, error))?;
        Ok(Connection::of_server(engine, self.clone(), begun))
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
    pub(crate) fn begin(&self) -> Result<Begun, Failure> {
        let generation = self.live.current();
        let refusal = Refusal::of(Purpose::Client);
        let config = generation.context.config(&self.live.clock, &refusal);
        Ok(Begun {
            config: config.map_err(|error| Failure::after(&refusal, error))?,
            refusal,
            generation,
        })
    }

    /// Takes in a connection whose handshake is done.
    ///
    /// # Errors
    ///
    /// If trust changed during the handshake, and the client is not trusted any more.
    pub(crate) fn admit(
        &self,
        begun: &Begun,
        connection: &CommonState,
    ) -> Result<Option<Tether>, TrustEnded> {
        self.live.admit(&begun.generation, connection)
    }
}

/// A server that can be made.
struct Planned<'a> {
    endpoint: Startable<'a>,
    basis: Basis,
    facts: Arc<Facts>,
    resolver: Arc<SingleCertAndKey>,
}

impl<'a> Planned<'a> {
    fn new(endpoint: Startable<'a>, material: &Material) -> Result<Self, ContextError> {
        let basis = Basis::new(endpoint, Role::Server)?;
        let identity = material
            .identity
            .as_ref()
            .ok_or_else(|| ContextError::NoCertificate {
                place: endpoint.endpoint().place().clone(),
            })?;
        let resolver = identity::resolver(identity).map_err(|error| refused(endpoint, error))?;
        Ok(Self {
            endpoint,
            facts: basis.facts(
                endpoint.endpoint(),
                material,
                identity.chain(),
                Judging::Ours,
            )?,
            basis,
            resolver,
        })
    }

    fn sessions(&self, clock: &Arc<dyn TimeProvider>) -> Result<Arc<Sessions>, ContextError> {
        let sessions = Sessions::new(Arc::clone(clock));
        let sessions = sessions.map_err(|_no_random| ContextError::NoTicketKeys {
            place: self.endpoint.endpoint().place().clone(),
        })?;
        Ok(Arc::new(sessions))
    }
}

impl Plan for Planned<'_> {
    type Context = Made;

    fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// One that is trusted as the one before goes on with its sessions.
    fn context(
        &self,
        before: Option<&Made>,
        clock: &Arc<dyn TimeProvider>,
    ) -> Result<Made, ContextError> {
        let sessions = match before {
            Some(before) => Arc::clone(&before.sessions),
            None => self.sessions(clock)?,
        };
        let provider = Arc::clone(&self.basis.provider);
        let signatures = Signatures::new(provider.signature_verification_algorithms);
        let rules = self.facts.trust.rules.clone();
        let judge = rules.map(|rules| Arc::new(ClientJudge::new(rules, signatures)));
        let mut made = Made {
            resolver: Arc::clone(&self.resolver),
            provider,
            versions: self.basis.versions.clone(),
            judge,
            sessions,
            shared: None,
        };
        // Also for a server that judges: what the engine refuses is found now, not by the first client.
        let refusal = Refusal::of(Purpose::Client);
        let config = made
            .config(clock, &refusal)
            .map_err(|error| refused(self.endpoint, error))?;
        made.shared = made.judge.is_none().then_some(config);
        Ok(made)
    }
}

impl Made {
    /// The configuration of one connection. One that judges its client has its own, as the judge's word is sealed
    /// into the session's ticket, and the engine has no other way between the two.
    fn config(
        &self,
        clock: &Arc<dyn TimeProvider>,
        refusal: &Refusal,
    ) -> Result<Arc<ServerConfig>, rustls::Error> {
        if let Some(shared) = &self.shared {
            return Ok(Arc::clone(shared));
        }
        let sessions = Arc::clone(&self.sessions);
        let (visit, verifier): (_, Arc<dyn ClientCertVerifier>) = match &self.judge {
            None => (
                Arc::new(Visit::unjudged(sessions)),
                WebPkiClientVerifier::no_client_auth(),
            ),
            Some(judge) => {
                let visit = Arc::new(Visit::judged(sessions));
                let (judge, noting) = (Arc::clone(judge), Arc::clone(&visit));
                let verifier = ClientVerifier::new(judge, noting, refusal.clone());
                (visit, Arc::new(verifier))
            }
        };
        let (provider, clock) = (Arc::clone(&self.provider), Arc::clone(clock));
        let mut config = ServerConfig::builder_with_details(provider, clock)
            .with_protocol_versions(&self.versions)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(Noting(Arc::clone(&self.resolver))));
        // The order of `cipher-list`, or ours, decides; what a client puts first is what its makers thought of.
        config.ignore_client_order = true;
        // Each connection that resumes gets another one, so that a client has as many as it had connections at once.
        config.send_tls13_tickets = 1;
        config.session_storage = Arc::<Visit>::clone(&visit);
        config.ticketer = visit;
        Ok(Arc::new(config))
    }
}
