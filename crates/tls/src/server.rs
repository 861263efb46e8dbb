//! The server side: who we are, and whether clients must say who they are.
//!
//! Invariant: a context whose endpoint says mutual TLS lets no client in that the judge refuses.

use std::sync::Arc;

use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ServerConfig, ServerConnection};
use trustpack_material::material::Material;
use trustpack_settings::endpoint::{Role, Startable};
use trustpack_settings::finding::Finding;

use crate::context::{self, Basis, ContextError};
use crate::identity;
use crate::verifier::{ClientVerifier, Signatures};

/// A TLS server, good for any number of connections. Cloning shares it.
#[derive(Clone, Debug)]
pub struct ServerContext {
    pub(crate) config: Arc<ServerConfig>,
    findings: Arc<[Finding]>,
}

impl ServerContext {
    /// A server as the settings of `endpoint` say, with its material.
    ///
    /// # Errors
    ///
    /// [`ContextError`] when the endpoint is no TLS server, has no certificate, demands client
    /// certificates and trusts nobody, or allows no version or suite that the engine has.
    pub fn new(endpoint: Startable<'_>, material: &Material) -> Result<Self, ContextError> {
        let Basis {
            provider,
            versions,
            findings,
        } = Basis::new(endpoint, Role::Server)?;
        let place = || endpoint.endpoint().place().clone();
        let engine = |error| ContextError::Engine {
            place: place(),
            error,
        };
        let identity = material
            .identity
            .as_ref()
            .ok_or_else(|| ContextError::NoCertificate { place: place() })?;
        let verifier = match context::peer_rules(endpoint.endpoint(), material)? {
            None => WebPkiClientVerifier::no_client_auth(),
            Some(rules) => {
                let signatures = Signatures::new(provider.signature_verification_algorithms);
                Arc::new(ClientVerifier::new(rules, signatures))
            }
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(engine)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(identity::resolver(identity).map_err(engine)?);
        // Nothing is resumed: a resumed session is not judged again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self {
            config: Arc::new(config),
            findings: findings.into(),
        })
    }

    /// One connection without I/O: whoever holds it moves the bytes.
    ///
    /// # Errors
    ///
    /// What the engine says, as [`crate::handshake::Failure::of_engine`] understands it.
    pub fn connection(&self) -> Result<ServerConnection, rustls::Error> {
        ServerConnection::new(Arc::clone(&self.config))
    }

    /// What is doubtful in the settings of the engine.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}
