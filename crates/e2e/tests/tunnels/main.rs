//! Stories of tunnels and of the demo: what goes through, who is turned away, and what the log says.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

mod accepting;
mod behaviours;
mod blocked;
mod certificates;
mod chains;
mod changes;
mod control;
mod data;
mod demo;
mod endurance;
mod faults;
mod figures;
mod files;
mod fleet;
mod inside;
mod privileges;
mod proxy_headers;
mod restart;
mod revoked;
mod s_client;
mod s_server;
mod sandbox;
mod scanners;
mod stopping;
mod structure;
mod swapped;
mod systemd;
