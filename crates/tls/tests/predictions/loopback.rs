//! A real handshake over the loopback, and a word each way after it.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::DerefMut;
use std::thread;
use std::time::Duration;

use rustls::{ConnectionCommon, SideData};
use trustpack_judge::question::Purpose;
use trustpack_judge::reason::Step;
use trustpack_tls::client::ClientContext;
use trustpack_tls::handshake::{Begun, Failure};
use trustpack_tls::server::ServerContext;

/// What came of two ends.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// One end refused to start; the sentence begins with which.
    NotStarted { why: String },
    /// Both ends start, and the client speaks plain text.
    Open,
    /// Words went both ways.
    Works,
    /// One end refused the other at this step.
    Fails { step: Step, why: String },
}

/// Longest wait for a peer, so that a mistake ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shakes hands.
pub(crate) fn shake(server: &ServerContext, client: &ClientContext) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (of_server, of_client) = thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let (stream, _) = listener.accept().unwrap();
            talk(server.connection().unwrap(), &stream, Purpose::Client)
        });
        let stream = TcpStream::connect(address).unwrap();
        let of_client = talk(client.connection().unwrap(), &stream, Purpose::Server);
        // So that the server does not wait for a client that has refused it.
        drop(stream);
        (serving.join().unwrap(), of_client)
    });
    match (of_server, of_client) {
        (Ok(()), Ok(())) => Outcome::Works,
        (of_server, of_client) => {
            let failures = [of_client.err(), of_server.err()];
            let told = failures
                .iter()
                .flatten()
                .map(ToString::to_string)
                .collect::<Vec<_>>();
            let refused = failures.into_iter().flatten().find(is_judgement);
            let refused = refused.unwrap_or_else(|| panic!("nobody refused: {told:?}"));
            Outcome::Fails {
                step: refused.step().unwrap(),
                why: refused.to_string(),
            }
        }
    }
}

/// Whether an end says what it found, rather than what it heard of the other.
fn is_judgement(failure: &Failure) -> bool {
    match failure {
        Failure::PeerRefused(_)
        | Failure::NoCertificate { .. }
        | Failure::NotItsKey
        | Failure::NoCommonVersion
        | Failure::OldClient(_)
        | Failure::OldHello
        | Failure::TrustEnded(_)
        | Failure::NothingInCommon { .. } => true,
        Failure::PeerAlert(_)
        | Failure::PlainText { .. }
        | Failure::BrokenHello(_)
        | Failure::TooLarge
        | Failure::Silent { .. }
        | Failure::PeerClosed { .. }
        | Failure::TimedOut { .. }
        | Failure::Protocol(_)
        | Failure::Io(_) => false,
    }
}

fn talk<C, S>(mut connection: C, stream: &TcpStream, peer: Purpose) -> Result<(), Failure>
where
    C: DerefMut<Target = ConnectionCommon<S>>,
    S: SideData,
{
    let mut word = || -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut socket = stream;
        let mut tls = rustls::Stream::new(&mut connection, &mut socket);
        tls.write_all(b"word")?;
        tls.flush()?;
        let mut heard = [0; 4];
        tls.read_exact(&mut heard)?;
        assert_eq!(&heard, b"word");
        Ok(())
    };
    word().map_err(|error| Failure::of_io(error, peer, Begun::Speaking))
}
