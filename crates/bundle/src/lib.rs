//! What a kind of program needs of a certificate: which files in which form, and the lines that put
//! them to use.
//!
//! [`target`] is the closed list of kinds; [`bundle::Bundle`] the files for one of them, in memory;
//! [`write`](mod@write) puts them into a folder and opens them again. On the host, [`host`] puts a bundle in place and checks it,
//! and [`program`] the program itself. Nothing here issues or judges.

mod aside;
pub mod bundle;
pub mod host;
mod java;
pub mod place;
pub mod program;
pub mod safe_place;
mod services;
pub mod target;
mod text;
pub mod windows;
pub mod write;
