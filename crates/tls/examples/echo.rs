//! An echo service under the settings of a fleet file, with plain tokio.
//!
//! `cargo run -p trustpack-tls --features tokio --example echo -- fleet.toml app1.example.com Orders:default 127.0.0.1:5000`
//!
//! Certificates, CAs, lists and settings may change while it runs; see `docs/guides/rust-service.md`.

#![expect(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program has a terminal and a clock"
)]

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use trustpack_settings::place::Place;
use trustpack_tls::keeper::Keeper;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::limits::HANDSHAKE;
use trustpack_tls::server::ServerContext;
use trustpack_x509::time::Timestamp;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [fleet, host, place, listen] = &arguments[..] else {
        return Err("arguments: FLEET HOST PLACE ADDRESS".into());
    };
    let source = Source::Fleet {
        path: fleet.into(),
        host: host.parse()?,
    };
    let mut keeper = Keeper::new(source, Arc::new(password_of_environment));
    let place: Place = place.parse()?;
    let context = keeper.server(&place, now())?;

    // Whoever wants a look at once keeps `ask` and sends on it.
    let (_ask, asked) = mpsc::unbounded_channel();
    let tell = |refreshed: &_| eprintln!("{refreshed:?}");
    tokio::spawn(keeper.watch(now, asked, tell));

    let listener = TcpListener::bind(listen).await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        let context = context.clone();
        tokio::spawn(async move {
            if let Err(error) = echo(&context, stream).await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

async fn echo(context: &ServerContext, stream: TcpStream) -> Result<(), Box<dyn Error>> {
    // A refusal says which step failed, and why.
    let stream = context.accept(stream, HANDSHAKE).await?;
    let (mut from, mut to) = tokio::io::split(stream);
    tokio::io::copy(&mut from, &mut to).await?;
    Ok(())
}

fn password_of_environment(name: &str) -> Option<trustpack_keystore::password::Password> {
    let value = std::env::var(name).ok()?;
    Some(trustpack_keystore::password::Password::new(value))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_unix(since.unwrap_or_default().as_secs())
}
