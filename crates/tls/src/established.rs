//! What is known of a connection once its handshake is done.
//!
//! Invariant: facts of the handshake that really happened, not of what the settings would allow.

use rustls::{CommonState, HandshakeKind};
use trustpack_settings::value::ProtocolVersion;
use trustpack_x509::certificate::Certificate;

use crate::hello::client_hello::ProtocolName;

/// An established connection, for logs and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Established {
    /// The version spoken.
    pub version: Option<ProtocolVersion>,
    /// The cipher suite, by its IANA name.
    pub suite: Option<&'static str>,
    /// The group of the key exchange, by its IANA name.
    pub group: Option<&'static str>,
    /// Whether an earlier session was resumed.
    pub resumed: Resumed,
    /// The certificate of the peer, if it presented one that can be read.
    pub peer: Option<Certificate>,
    /// The protocol above TLS, if one was agreed (ALPN).
    pub protocol: Option<ProtocolName>,
}

/// Whether a session was resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resumed {
    /// A full handshake: the peer was judged.
    No,
    /// The session of an earlier handshake.
    Yes,
}

impl Established {
    /// The facts of a connection of the engine.
    #[must_use]
    pub fn of(connection: &CommonState) -> Self {
        let version = match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_2) => Some(ProtocolVersion::Tls12),
            Some(rustls::ProtocolVersion::TLSv1_3) => Some(ProtocolVersion::Tls13),
            _other => None,
        };
        let suite = connection.negotiated_cipher_suite();
        let group = connection.negotiated_key_exchange_group();
        let peer = connection
            .peer_certificates()
            .and_then(<[_]>::first)
            .and_then(|der| Certificate::from_der(der).ok());
        Self {
            version,
            suite: suite.and_then(|suite| Some(iana(suite.suite().as_str()?))),
            group: group.and_then(|group| group.name().as_str()),
            resumed: Resumed::of(connection),
            peer,
            protocol: connection.alpn_protocol().map(ProtocolName::new),
        }
    }
}

impl Resumed {
    /// Whether a connection of the engine resumed a session.
    #[must_use]
    pub fn of(connection: &CommonState) -> Self {
        match connection.handshake_kind() {
            Some(HandshakeKind::Resumed) => Self::Yes,
            Some(HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest) | None => Self::No,
        }
    }
}

/// The engine marks suites of TLS 1.3 in a way of its own.
///
/// Source: IANA's registry of TLS cipher suites.
fn iana(name: &'static str) -> &'static str {
    match name {
        "TLS13_AES_256_GCM_SHA384" => "TLS_AES_256_GCM_SHA384",
        "TLS13_AES_128_GCM_SHA256" => "TLS_AES_128_GCM_SHA256",
        "TLS13_CHACHA20_POLY1305_SHA256" => "TLS_CHACHA20_POLY1305_SHA256",
        other => other,
    }
}
