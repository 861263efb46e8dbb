//! Handshakes with TLS libraries that are not ours, with `tunnel server` and `tunnel client` as users run them.
//!
//! Every cell of [`cells`] carries 1 MiB each way, whose hashes are compared, and has a twin that differs in one
//! thing and must be refused for it: by us, for the reason of `trustpack_tls::handshake::Failure` in the log, or by
//! the foreign program, in its own words. One module for each program ([`peer::Peer`]); [`page`] makes the tables of
//! `docs/reference/peers.md` of what happened, and compares.
//!
//! Invariant: what stands on the page happened in this run; nothing is skipped, a program that is missing fails it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

mod cells;
mod curl;
mod driven;
mod gnutls;
mod java;
mod node;
mod nss;
mod openssl;
mod ours;
mod page;
mod payload;
mod peer;
mod ports;
mod pyopenssl;
mod python;
mod run;
mod site;
