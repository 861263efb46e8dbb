//! The client side: whom we call, what we demand of them, and who we are if they ask.
//!
//! Invariant: without `client-auth=0` no server gets past that the judge refuses.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use trustpack_material::material::Material;
use trustpack_settings::endpoint::{Role, Startable};
use trustpack_settings::finding::Finding;
use trustpack_settings::value::PeerName;

use crate::context::{self, Basis, ContextError};
use crate::identity;
use crate::verifier::danger::AnyServer;
use crate::verifier::{ServerVerifier, Signatures};

/// A TLS client for one target, good for any number of connections. Cloning shares it.
#[derive(Clone, Debug)]
pub struct ClientContext {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) target: ServerName<'static>,
    findings: Arc<[Finding]>,
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
        let Basis {
            provider,
            versions,
            findings,
        } = Basis::new(endpoint, Role::Client)?;
        let place = || endpoint.endpoint().place().clone();
        let engine = |error| ContextError::Engine {
            place: place(),
            error,
        };
        let signatures = Signatures::new(provider.signature_verification_algorithms);
        let verifier = verifier(endpoint, material, signatures)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(engine)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match &material.identity {
            Some(identity) => {
                builder.with_client_cert_resolver(identity::resolver(identity).map_err(engine)?)
            }
            None => builder.with_no_client_auth(),
        };
        // Nothing is resumed: a resumed session is not judged again.
        config.resumption = Resumption::disabled();
        Ok(Self {
            config: Arc::new(config),
            target: target(endpoint.endpoint().peer()),
            findings: findings.into(),
        })
    }

    /// One connection without I/O: whoever holds it moves the bytes.
    ///
    /// # Errors
    ///
    /// What the engine says, as [`crate::handshake::Failure::of_engine`] understands it.
    pub fn connection(&self) -> Result<ClientConnection, rustls::Error> {
        ClientConnection::new(Arc::clone(&self.config), self.target.clone())
    }

    /// What is doubtful in the settings of the engine.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Who decides about the server.
fn verifier(
    endpoint: Startable<'_>,
    material: &Material,
    signatures: Signatures,
) -> Result<Arc<dyn ServerCertVerifier>, ContextError> {
    let rules = context::peer_rules(endpoint.endpoint(), material)?;
    Ok(match rules {
        None => Arc::new(AnyServer { signatures }),
        Some(rules) => Arc::new(ServerVerifier { rules, signatures }),
    })
}

/// The name for the server's eyes (SNI). It is sent only if it is a host name (RFC 6066 section 3);
/// an address is never sent, so that one stands in where there is no name.
fn target(peer: Option<&PeerName>) -> ServerName<'static> {
    const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    match peer {
        Some(PeerName::Dns(name)) => ServerName::try_from(name.as_str().to_owned())
            .unwrap_or_else(|_| ServerName::IpAddress(NOBODY.into())),
        Some(PeerName::Ip(address)) => ServerName::IpAddress((*address).into()),
        None => ServerName::IpAddress(NOBODY.into()),
    }
}
