//! Programs in C and other languages that use the library, with OpenSSL at the other end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod changes;
mod clients;
mod languages;
mod many;
mod own;
mod servers;
mod world;
