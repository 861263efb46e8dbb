//! Stories that run the whole program beside OpenSSL, Java and others; never shipped.
//!
//! This library is the harness; the stories of certificates and of bad input are in `tests/stories`,
//! those of tunnels and the demo in `tests/tunnels`, one module for each; `tests/peers` has handshakes with
//! foreign TLS libraries and writes a page of them; `tests/documents.rs` runs the
//! README. It knows the program as its users do: by arguments, exit code, output, files and
//! connections. Invariant: no run of ours passes that panicked, whatever else the story looks at.
//!
//! A story in short:
//!
//! ```no_run
//! use trustpack_e2e::call::Call;
//! use trustpack_e2e::ca::TestCa;
//!
//! let ca = TestCa::new();
//! let host = ca.issue("a.example.com", &[]);
//! Call::foreign("openssl", ["verify", "-CAfile", "ca_conf/ca_cert.pem"])
//!     .arg(&host.certificate)
//!     .within(ca.dir())
//!     .succeeds();
//! Call::trustpack(["cert", "show", "missing.pem"]).refused("missing.pem");
//! ```

#![expect(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a harness reports by panicking, at the line of the story"
)]

pub mod base_ca;
pub mod ca;
pub mod call;
pub mod chains;
pub mod clock;
pub mod folder;
pub mod formats;
pub mod java;
pub mod kill;
pub mod lists;
pub mod openssl;
pub mod openssl_peer;
pub mod pki;
pub mod plain;
pub mod processes;
pub mod program;
pub mod random;
pub mod talk;
pub mod tunnel;
pub mod watched;
