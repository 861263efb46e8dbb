//! The suites of a `cipher-list` as the engine has them.
//!
//! How a list is read stands with the settings. Invariant: every suite that a list can allow is in the table here;
//! a test holds it to that.

use rustls::SupportedCipherSuite;
use rustls::crypto::aws_lc_rs::cipher_suite as engine;
use trustpack_settings::cipher_suites::{self, Suite};

/// The suites by their names in IANA's registry.
const SUITES: &[(&str, &SupportedCipherSuite)] = &[
    ("TLS_AES_256_GCM_SHA384", &engine::TLS13_AES_256_GCM_SHA384),
    ("TLS_AES_128_GCM_SHA256", &engine::TLS13_AES_128_GCM_SHA256),
    (
        "TLS_CHACHA20_POLY1305_SHA256",
        &engine::TLS13_CHACHA20_POLY1305_SHA256,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        &engine::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        &engine::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        &engine::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        &engine::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        &engine::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        &engine::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
];

/// Every suite of the engine, the preferred first: what an endpoint without a list gets.
pub(crate) fn everything() -> Vec<SupportedCipherSuite> {
    of_engine(&cipher_suites::everything())
}

/// The engine's own form of these suites.
pub(crate) fn of_engine(suites: &[&Suite]) -> Vec<SupportedCipherSuite> {
    let find = |suite: &&Suite| SUITES.iter().find(|(name, _)| *name == suite.iana);
    suites
        .iter()
        .filter_map(find)
        .map(|(_, suite)| **suite)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_has_every_suite_under_its_name() {
        assert_eq!(everything().len(), cipher_suites::everything().len());
        for (name, suite) in SUITES {
            let of_engine = suite.suite().as_str().unwrap_or_default();
            assert_eq!(of_engine.replace("TLS13_", "TLS_"), *name);
        }
    }
}
