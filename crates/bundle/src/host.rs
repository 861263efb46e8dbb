//! Bundles on the host that needs them: received, put in place, and looked at.
//!
//! [`received`] reads a folder that came from elsewhere, and trusts nothing in it; [`generations`] puts its files
//! in place, all at once; [`check`] says whether the account of the services can read them, and nobody else. Only
//! for UNIX: on Windows `install.ps1` of a bundle does this.

pub mod accounts;
pub mod check;
pub mod findings;
pub mod generations;
pub mod lists;
pub mod received;
pub mod refusal;
pub mod rights;
