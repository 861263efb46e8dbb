//! Stories of the probe: what it says of servers of many makes, and why connections fail.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking"
)]

#[path = "../peers/ports.rs"]
mod ports;
mod ports_of_others;

mod agreements;
mod alerts;
mod asked;
mod callers;
mod client_lines;
mod clients;
mod failures;
mod findings;
mod fleets;
mod gnutls;
mod imitated;
mod judged;
mod limits;
mod lists;
mod log_lines;
mod makes;
mod named_options;
mod not_started;
mod nothing_in_common;
mod offers;
mod one_service;
mod pairs;
mod proxies;
mod resolver;
mod scene;
mod served;
mod several_errors;
mod sslyze;
mod staged;
mod taken_here;
mod testssl;
mod watching;
