//! The certificate authority as a pure function of request, authority, serial and time.
//!
//! A request of checked types becomes a to-be-signed certificate by a [`profile::HostProfile`]; the
//! [`gate`] looks at the whole of it; only what passed can be signed. No files and no clock: who
//! calls keeps the ledger and gives the time.
//!
//! Invariant: a certificate that leaves this crate has passed the gate, and its signature was
//! verified by the judge.

pub mod authority;
pub mod crl_url;
pub mod cross;
pub mod csr;
pub mod gate;
pub mod host;
pub mod hosts_csv;
pub mod issue;
pub mod lifetime;
pub mod own_request;
pub mod profile;
pub mod renewal;
pub mod repeat_host;
pub mod request;
pub mod revocation_list;
pub mod sign;
pub mod subordinate;
pub mod subtree;
pub mod warning;
