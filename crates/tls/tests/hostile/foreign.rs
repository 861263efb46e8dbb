//! Peers of another make that present whatever they are given, and take whoever they meet.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    ClientConfig, ClientConnection, ServerConfig, ServerConnection, SupportedProtocolVersion,
};
use trustpack_tls::danger::TakesAnything;

use crate::support::Issued;

/// The key and these certificates, whatever they are.
pub(crate) fn presents(chain: &[Vec<u8>], issued: &Issued) -> Arc<SingleCertAndKey> {
    let key = PrivateKeyDer::try_from(issued.key.expose_pkcs8_der().to_vec()).unwrap();
    let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
    let chain = chain.iter().cloned().map(CertificateDer::from).collect();
    Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key)))
}

pub(crate) fn foreign_server(
    chain: &[Vec<u8>],
    issued: &Issued,
    version: &'static SupportedProtocolVersion,
) -> ServerConnection {
    ServerConnection::new(server_config(chain, issued, version)).unwrap()
}

/// Of several servers that know each other's sessions.
pub(crate) fn server_config(
    chain: &[Vec<u8>],
    issued: &Issued,
    version: &'static SupportedProtocolVersion,
) -> Arc<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(presents(chain, issued));
    Arc::new(config)
}

/// So many tickets are more than may come without any data between them.
pub(crate) const TICKETS: usize = 20_000;

/// The same server, which sends so many tickets to each client.
pub(crate) fn flooding(config: &Arc<ServerConfig>, tickets: usize) -> Arc<ServerConfig> {
    /// What the foreign engine makes of one, and what it counts of a record beside that. No ticket may be cut up: those
    /// would be one message that is too large.
    const TICKET_BYTES: usize = 81;
    const HEADER_BYTES: usize = 5;
    let mut config = ServerConfig::clone(config);
    config.send_tls13_tickets = tickets;
    config.max_fragment_size = Some(10 * TICKET_BYTES + HEADER_BYTES);
    Arc::new(config)
}

pub(crate) fn foreign_client(
    chain: &[Vec<u8>],
    issued: &Issued,
    version: &'static SupportedProtocolVersion,
) -> ClientConnection {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TakesAnything::default()))
        .with_client_cert_resolver(presents(chain, issued));
    let name = ServerName::try_from("a.example.com").unwrap();
    ClientConnection::new(Arc::new(config), name).unwrap()
}
