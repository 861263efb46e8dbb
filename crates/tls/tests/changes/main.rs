//! Settings and files that change while connections live: sessions, cuts, and what stays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../memory/mod.rs"]
mod memory;
#[path = "../../../material/tests/support/mod.rs"]
mod support;

mod cuts;
mod gnutls_and_java;
mod races;
mod reloads;
mod resumption;
mod s_client;
mod served;
mod small_root;
mod watched;
mod without_tokio;
mod world;
