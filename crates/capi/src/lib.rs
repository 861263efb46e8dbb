//! The C interface: what `include/trustpack.h` declares, over `trustpack_settings`, `trustpack_material` and `trustpack_tls`.
//!
//! The header is written by hand, and is the documentation of every function; `tests/interface.rs` compares it with the
//! functions here, and `symbols.txt` with what the shared library exports.
//!
//! The way through: [`boundary`] is the only place that follows pointers of C, each kind of argument by one type, so
//! that the functions themselves are safe code; [`entry`] runs each of them, and turns errors and panics into codes and
//! text. What is behind them is a module for each concept: [`context`], [`connection`], [`facts`], [`failure`], [`log`].
//!
//! Not here: TLS, levels of settings, and async. Invariant: no panic and no reference of Rust crosses the interface.

mod alarm;
mod boundary;
mod clock;
mod connection;
mod context;
mod entry;
mod facts;
mod failure;
mod log;
mod numbers;
mod opening;
mod origin;
mod plain;
mod retry;
mod shared;
mod stream;
mod version;
mod watch;
mod wire;
