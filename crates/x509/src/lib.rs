//! X.509 certificates and their parts: build, read, lint.
//!
//! Pure values and functions: no files, no clock, no private keys. What was read is kept byte for
//! byte, because a certificate that is encoded again may no longer match its signature.
//!
//! Source: RFC 5280 unless an item says otherwise.

pub mod algorithm;
pub mod certificate;
pub mod crl;
pub mod dns;
pub mod email;
pub mod extension;
pub mod general_name;
pub mod lint;
pub mod name;
pub mod public_key;
pub mod request;
pub mod serial;
pub mod shown;
pub mod tbs;
pub mod time;
pub mod validity;
