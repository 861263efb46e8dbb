//! From a resolved endpoint and its material to a TLS client or server.
//!
//! The way through: [`server::ServerContext::new`] and [`client::ClientContext::new`] take an
//! endpoint that may start and its loaded material and make a context, which is good for any number
//! of connections. Peers are judged by `trustpack_judge` alone: the engine (rustls with AWS-LC)
//! asks it and decides nothing about certificates itself. What goes wrong in a handshake comes out
//! as [`handshake::Failure`]. Connections are [`connection::Connection`]s, for programs that move the bytes themselves,
//! or streams of tokio (`stream`, a feature). A listening port takes its clients in by its mode (`port`): in plain text, in TLS, or
//! as their first bytes say, which [`hello`] looks at.
//!
//! A port of a fleet, for one client (the adapter for tokio is a feature):
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use tokio::io::AsyncWriteExt as _;
//! use tokio::net::TcpListener;
//! use trustpack_tls::keeper::Keeper;
//! use trustpack_tls::keeper::source::Source;
//! use trustpack_tls::limits::HANDSHAKE;
//! use trustpack_x509::time::Timestamp;
//!
//! async fn greet_one(now: Timestamp) -> Result<(), Box<dyn std::error::Error>> {
//!     let source = Source::Fleet {
//!         path: "fleet.toml".into(),
//!         host: "app1.example.com".parse()?,
//!     };
//!     let mut keeper = Keeper::new(source, Arc::new(|_variable: &str| None));
//!     let server = keeper.server(&"Orders:default".parse()?, now)?;
//!     let listener = TcpListener::bind("127.0.0.1:5000").await?;
//!     let (stream, _address) = listener.accept().await?;
//!     // A refusal says which step failed, and why.
//!     let mut stream = server.accept(stream, HANDSHAKE).await?;
//!     let client = stream.established().peer;
//!     let name = client.map(|certificate| certificate.subject().to_string());
//!     let greeting = format!("hello, {}\n", name.as_deref().unwrap_or("stranger"));
//!     stream.write_all(greeting.as_bytes()).await?;
//!     Ok(stream.shutdown().await?)
//! }
//! ```
//!
//! `examples/echo.rs` and `examples/web.rs` (axum) serve many at once and follow changes; the guide `docs/guides/rust-service.md`
//! tells the rest.
//!
//! Settings and files may change while a context serves ([`server::ServerContext::change`],
//! [`client::ClientContext::change`]): new connections have the new ones at once, and live ones whose peers are
//! no longer trusted are cut. Sessions are resumed, but never past a change of trust or the end of anything
//! that the judgement of the peer rested on. Secrets are never logged.
//!
//! Not here: levels of settings.
//! Invariant: a context judges its peers as the settings of its endpoint say, or does not exist.

#![cfg_attr(
    not(feature = "tokio"),
    expect(
        dead_code,
        reason = "only the adapter for streams waits in two directions"
    )
)]

mod cipher_list;
mod engine;
mod identity;
mod named;
#[cfg(feature = "tokio")]
mod opening;
#[cfg(feature = "tokio")]
mod records;
mod sessions;
mod verifier;

pub mod alert;
pub mod cause;
pub mod client;
pub mod connection;
pub mod connections;
pub mod context;
pub mod danger;
pub mod established;
pub mod findings;
pub mod generation;
pub mod handshake;
pub mod hello;
pub mod keeper;
pub mod limits;
#[cfg(feature = "tokio")]
pub mod observed;
pub mod peer;
#[cfg(feature = "tokio")]
pub mod port;
pub mod server;
#[cfg(feature = "tokio")]
pub mod stream;
