//! An echo service under the settings of a fleet file, with plain tokio.
//!
//! `cargo run -p trustpack-tls --features tokio --example echo -- fleet.toml app1.example.com Orders:default 127.0.0.1:5000`
//!
//! Certificates, CAs, lists and settings may change while it runs; see `docs/guides/rust-service.md`.

#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program has a terminal and a clock"
)]

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;
use trustpack_settings::place::Place;
use trustpack_tls::handshake::Failure;
use trustpack_tls::keeper::Keeper;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::keeper::watch::LookNow;
use trustpack_tls::keeper::words;
use trustpack_tls::limits::HANDSHAKE;
use trustpack_tls::server::ServerContext;
use trustpack_x509::time::Timestamp;

/// Handshakes at once: strangers must not take all memory before anybody knows who they are.
const HANDSHAKES: usize = 256;

/// How long to wait where no connection can be accepted, mostly for descriptors.
const PAUSE: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
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
    let taken = keeper.take(now(), |newcomers| {
        Ok((newcomers.server(&place)?, newcomers.findings()))
    });
    let (context, findings) = taken.map_err(|error| words::of_error(&error).join("\n"))?;
    // What is doubtful, and does not keep it from serving.
    for finding in &findings {
        eprintln!("{}", words::of_finding(finding));
    }

    // It looks at the files every few seconds, and at once when it gets SIGHUP.
    let (ask, asked) = mpsc::unbounded_channel();
    tokio::spawn(look_at_hangups(signal(SignalKind::hangup())?, ask));
    let tell = |refreshed: &_| {
        for line in words::of_refreshed(refreshed) {
            eprintln!("{line}");
        }
    };
    tokio::spawn(keeper.watch(now, asked, tell));
    let listener = TcpListener::bind(listen).await?;
    eprintln!("ready: {place} listens on {}", listener.local_addr()?);
    serve(listener, context).await
}

async fn look_at_hangups(mut hangups: Signal, ask: mpsc::UnboundedSender<LookNow>) {
    while hangups.recv().await.is_some() && ask.send(LookNow::default()).is_ok() {}
}

/// Serves whoever is let in, for ever.
pub(crate) async fn serve(
    listener: TcpListener,
    context: ServerContext,
) -> Result<(), Box<dyn Error>> {
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        let permit = Arc::clone(&room).acquire_owned().await?;
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                eprintln!("no connection can be accepted for now: {error}");
                sleep(PAUSE).await;
                continue;
            }
        };
        let context = context.clone();
        tokio::spawn(async move {
            // A refusal says which step failed, and why.
            let accepted = context.accept(stream, HANDSHAKE).await;
            drop(permit);
            let ended = match accepted {
                Ok(stream) => echo(stream).await,
                Err(failure) => Err(failure),
            };
            if let Err(failure) = ended {
                eprintln!("{peer}: {failure}");
            }
        });
    }
}

type Stream = trustpack_tls::stream::SecureStream<TcpStream>;

async fn echo(stream: Stream) -> Result<(), Failure> {
    if let Some(client) = stream.established().peer {
        eprintln!("{} is here", client.subject());
    }
    let (mut from, mut to) = tokio::io::split(stream);
    let copied = tokio::io::copy(&mut from, &mut to).await;
    let mut stream = from.unsplit(to);
    let ended = match copied {
        // The client has ended; without our own end it would take the rest for cut off.
        Ok(_) => tokio::io::AsyncWriteExt::shutdown(&mut stream).await,
        Err(error) => Err(error),
    };
    ended.map_err(|error| stream.failure(error))
}

fn password_of_environment(name: &str) -> Option<trustpack_keystore::password::Password> {
    let value = std::env::var(name).ok()?;
    Some(trustpack_keystore::password::Password::new(value))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_unix(since.unwrap_or_default().as_secs())
}
