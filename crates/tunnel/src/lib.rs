//! Carries connections of plain programs over TLS.
//!
//! The way through, in steps of which each can only follow the one before: [`spec::TunnelSpec`]
//! (from an endpoint that may start and its material), [`bind::bind`] (addresses are taken, and
//! known, before anything runs), [`bind::Bound::run`] (until told to stop, then stop accepting,
//! drain, cut). [`fleet::tunnels_of`] makes the specs of a host of a fleet.
//!
//! Each connection is one task, on a thread that it stays on ([`lanes`]), and leaves one line in the log ([`report`]). A running process is asked and
//! steered through its [`control`] socket.
//!
//! Not here: levels of settings, the command line, the wall clock. Invariant: nothing that came in
//! on a plain side leaves on the network before the handshake of its own connection has succeeded,
//! except at endpoints that the settings leave open, or open to clients that speak plain text (auto-detect).

mod accepting;
mod connection;
mod dial;
mod proxying;
mod rare;
mod relay;
mod rooms;
mod running;
mod socket;
mod socket_file;

pub mod bind;
pub mod control;
pub mod course;
pub mod figures;
pub mod fleet;
pub mod handover;
pub mod lanes;
pub mod limits;
pub mod metrics;
pub mod proxy_header;
pub mod report;
pub mod roll;
pub mod roster;
pub mod run;
pub mod sandbox;
pub mod senders;
pub mod spec;
pub mod status;
pub mod systemd;
