//! The TLS engine: rustls with AWS-LC, with what an endpoint allows of it.
//!
//! Invariant: the provider is always made here and never the process's default, so that no other
//! code of the process can change what is spoken.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::version::{TLS12, TLS13};
use rustls::{SupportedCipherSuite, SupportedProtocolVersion};
use trustpack_settings::endpoint::Versions;
use trustpack_settings::value::ProtocolVersion;

/// Groups for the key exchange, the preferred first: the hybrid protects against recordings that
/// are deciphered later, the others are for peers that do not have it.
///
/// Source: draft-ietf-tls-ecdhe-mlkem; RFC 8446 section 9.1 demands P-256 and X25519.
const GROUPS: [&dyn SupportedKxGroup; 4] = [
    kx_group::X25519MLKEM768,
    kx_group::X25519,
    kx_group::SECP256R1,
    kx_group::SECP384R1,
];

/// The engine with these suites.
pub(crate) fn provider(suites: Vec<SupportedCipherSuite>) -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: suites,
        kx_groups: GROUPS.to_vec(),
        ..aws_lc_rs::default_provider()
    })
}

/// The versions between the lowest and the highest; none if they are the wrong way round.
pub(crate) fn versions(allowed: Versions) -> Vec<&'static SupportedProtocolVersion> {
    [
        (ProtocolVersion::Tls13, &TLS13),
        (ProtocolVersion::Tls12, &TLS12),
    ]
    .into_iter()
    .filter(|(version, _)| (allowed.lowest..=allowed.highest).contains(version))
    .map(|(_, version)| version)
    .collect()
}
