//! From a resolved endpoint and its material to a TLS client or server.
//!
//! The way through: [`server::ServerContext::new`] and [`client::ClientContext::new`] take an
//! endpoint that may start and its loaded material and make a context, which is good for any number
//! of connections. Peers are judged by `trustpack_judge` alone: the engine (rustls with AWS-LC)
//! asks it and decides nothing about certificates itself. What goes wrong in a handshake comes out
//! as [`handshake::Failure`].
//!
//! Sessions are not resumed, in either role. A resumed session is not judged again, so a ticket
//! would outlive the expiry of the peer's certificate and every change of trust; it comes when
//! tickets can be bound to both. Secrets are never logged.
//!
//! Not here: files, levels of settings, the wall clock (the engine reads the time of a handshake).
//! Invariant: a context judges its peers as the settings of its endpoint say, or does not exist.

mod cipher_list;
mod engine;
mod identity;
#[cfg(feature = "tokio")]
mod opening;
mod verifier;

pub mod alert;
pub mod client;
pub mod context;
pub mod danger;
pub mod established;
pub mod findings;
pub mod handshake;
pub mod hello;
pub mod limits;
pub mod peer;
#[cfg(feature = "tokio")]
pub mod port;
pub mod server;
#[cfg(feature = "tokio")]
pub mod stream;
