//! Stories of the whole program: what its users do with it, and what they get when it goes wrong.
//!
//! One test program for all, since linking takes longer than running.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

mod ca_issued;
