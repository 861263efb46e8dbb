//! Loads and checks the certificates and keys of a resolved endpoint.
//!
//! The way through: [`load::load`] reads the files that an endpoint's settings name, through the
//! trait [`files::Files`], puts the own chain in order and gives a [`material::Material`], or all
//! that is wrong as findings.
//!
//! To add a finding: a file in [`findings`], a line in its register.
//!
//! Not here: sockets, TLS, clock, environment. Invariant: a [`material::Identity`] exists only if
//! its key is the key of the first certificate of its chain.

mod chain;
pub mod files;
pub mod findings;
pub mod fleet_source;
pub mod limits;
pub mod load;
pub mod material;
pub mod outlook;
pub mod peer_rules;
pub mod prediction;
pub mod survey;
