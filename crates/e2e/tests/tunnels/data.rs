//! What both ends of a connection see through two tunnels: all data, one side's end, an abort.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;

use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::PATIENCE;

use crate::certificates::Certificates;

const OCTETS: usize = 5_000_000;

/// A plain program, `tunnel client`, `tunnel server`, a plain service.
struct Line {
    _certificates: Certificates,
    _service: Service,
    server: Tunnel,
    client: Tunnel,
}

impl Line {
    #[track_caller]
    fn to(service: Service) -> Self {
        let certificates = Certificates::new();
        let server = certificates.server(service.address(), "p256", &["--tls-mutual", "1"]);
        let client = certificates.client(server.address(), Some("rsa"), &[]);
        Self {
            _certificates: certificates,
            _service: service,
            server,
            client,
        }
    }
}

#[test]
fn after_its_own_end_a_client_still_gets_the_whole_answer() {
    let mut line = Line::to(Service::returning_at_end());
    let data = plain::noise(OCTETS);
    let received = plain::exchange(line.client.address(), &data).unwrap();
    assert!(
        received == data,
        "{} octets came back, or others",
        received.len()
    );
    let octets = u64::try_from(OCTETS).ok();
    for tunnel in [&mut line.client, &mut line.server] {
        let report = tunnel.carried();
        assert_eq!(report.number("bytes_in"), octets, "{report}");
        assert_eq!(report.number("bytes_out"), octets, "{report}");
    }
}

#[test]
fn a_service_that_ends_first_still_gets_all_data() {
    let (sender, receiver) = mpsc::channel();
    let line = Line::to(Service::start(move |mut stream| {
        stream.write_all(b"speak").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut received = Vec::new();
        let read = stream.read_to_end(&mut received);
        sender.send(read.map(|_| received)).unwrap();
    }));
    let data = plain::noise(OCTETS);
    let mut stream = plain::connect(line.client.address());
    let mut greeting = String::new();
    stream.read_to_string(&mut greeting).unwrap();
    assert_eq!(greeting, "speak");
    stream.write_all(&data).unwrap();
    drop(stream);
    let received = receiver.recv_timeout(PATIENCE).unwrap().unwrap();
    assert!(
        received == data,
        "{} octets came, or others",
        received.len()
    );
}

/// Closes a connection so that the other end sees a reset: what had come was not read.
fn abort(stream: TcpStream) {
    stream.peek(&mut [0]).unwrap();
    drop(stream);
}

#[test]
fn a_client_that_aborts_is_seen_as_that_by_the_service() {
    let (sender, receiver) = mpsc::channel();
    let mut line = Line::to(Service::start(move |mut stream| {
        stream.write_all(b"never read").unwrap();
        let seen = stream.read(&mut [0]).map_err(|error| error.kind());
        sender.send(seen).unwrap();
    }));
    abort(plain::connect(line.client.address()));
    let seen = receiver.recv_timeout(PATIENCE).unwrap();
    assert_eq!(seen, Err(ErrorKind::ConnectionReset));
    for tunnel in [&mut line.client, &mut line.server] {
        let report = tunnel.report();
        let reason = report.text("reason").unwrap();
        assert!(reason.contains("broke"), "{report}");
    }
}

#[test]
fn a_service_that_aborts_is_seen_as_that_by_the_client() {
    let mut line = Line::to(Service::start(abort));
    let mut stream = plain::connect(line.client.address());
    stream.write_all(b"never read").unwrap();
    let seen = stream.read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(seen, Err(ErrorKind::ConnectionReset));
    for tunnel in [&mut line.client, &mut line.server] {
        let report = tunnel.report();
        let reason = report.text("reason").unwrap();
        assert!(reason.contains("broke"), "{report}");
    }
}

/// A server that cannot be reached, a service that is not there: a reset, and the reason in the log.
#[test]
fn nobody_there_is_a_reset_and_a_line_in_the_log() {
    let mut line = Line::to(Service::returning(1));
    let Line { client, server, .. } = &mut line;
    let gone = server.address();
    server.tell_to_stop();
    server.says("stopped; every connection had ended");
    let seen = plain::connect(client.address()).read(&mut [0]);
    assert_eq!(
        seen.map_err(|error| error.kind()),
        Err(ErrorKind::ConnectionReset)
    );
    let report = client.report();
    let reason = report.text("reason").unwrap();
    assert!(reason.contains(&gone.to_string()), "{report}");
}
