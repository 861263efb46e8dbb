//! Fleet objects, TLS options, levels, resolution and findings.
//!
//! The way through: texts become a [`fleet::Fleet`] ([`fleet_file::read`]: what was written, every
//! value with its file, line and column), and [`resolve::resolve`] makes of it one
//! [`endpoint::Endpoint`] per port and connection (what is true, every value with its origin).
//! Nothing else in the program looks at levels. [`resolve::by_hand`] takes the options of a command line
//! through the same resolution.
//!
//! To add an option: a row in [`options`], a field in [`endpoint::EffectiveSettings`].
//! To add a finding: a file in [`findings`], a line in its register.
//!
//! Not here: files, network, clock, the command line. Invariant: the same texts and the same time
//! give the same endpoints and findings, and no input makes this crate panic.

pub mod acceptances;
pub mod accepting;
mod belonging;
pub mod catalogue;
pub mod cipher_suites;
pub mod component_file;
pub mod endpoint;
pub mod finding;
pub mod findings;
pub mod fleet;
pub mod fleet_file;
pub mod import;
mod level;
mod lines;
pub mod map;
pub mod matrix;
mod option_name;
pub mod options;
mod parse;
pub mod place;
pub mod resolve;
pub mod secret;
pub mod span;
mod spelling;
pub mod transport;
pub mod value;
pub mod weakening;
