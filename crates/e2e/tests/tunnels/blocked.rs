//! Programs that take nothing: what a tunnel holds for them is little, and goes when whoever waits for them gives up.

use std::io::{ErrorKind, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use rustix::net::sockopt::set_socket_recv_buffer_size;
use trustpack_e2e::plain;
use trustpack_e2e::watched::until;

use crate::certificates::Certificates;
use crate::endurance::Taken;

/// Connections that are blocked both ways.
const BLOCKED: usize = 10;

/// What a tunnel may hold for one: a piece in each direction, and a record of TLS or two.
///
/// Source: measured: some 500 KiB.
const MOST_BYTES_EACH: u64 = 1024 * 1024;

/// Bytes that all buffers between two programs hold, those of the system too.
const MOST_HELD: usize = 64 << 20;

/// Writes until nothing is taken for a while.
fn fill(stream: &mut TcpStream) {
    let piece = vec![0; 64 << 10];
    stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut held = 0;
    loop {
        match stream.write(&piece) {
            Ok(count) => held += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => panic!("after {held} bytes: {error}"),
        }
        assert!(held < MOST_HELD, "more is taken than buffers hold");
    }
}

#[test]
fn programs_that_never_read_cost_little_and_leave_nothing() {
    let certificates = Certificates::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    set_socket_recv_buffer_size(&listener, 16 << 10).unwrap();
    let address = listener.local_addr().unwrap();
    let server = certificates.server(address, "p256", &[]);
    let client = certificates.client(server.address(), None, &[]);
    let open = || {
        let mut program = plain::connect(client.address());
        program.write_all(b"hello").unwrap();
        (program, listener.accept().unwrap().0)
    };
    let first = open();
    let tunnels = [&server, &client];
    let before = tunnels.map(Taken::by);
    let mut blocked: Vec<_> = (0..BLOCKED).map(|_| open()).collect();
    std::thread::scope(|scope| {
        for (program, at_service) in &mut blocked {
            scope.spawn(|| fill(program));
            scope.spawn(|| fill(at_service));
        }
    });
    for (tunnel, before) in tunnels.into_iter().zip(before) {
        let now = Taken::by(tunnel);
        assert!(now.descriptors >= before.descriptors + BLOCKED);
        let each = now.bytes.saturating_sub(before.bytes) / u64::try_from(BLOCKED).unwrap();
        assert!(each < MOST_BYTES_EACH, "{each} bytes for each connection");
    }
    // The programs give up, with data that they have not read: the other end sees a reset. The service hangs on.
    let hanging: Vec<_> = blocked
        .into_iter()
        .map(|(_, at_service)| at_service)
        .collect();
    for (tunnel, before) in tunnels.into_iter().zip(before) {
        until("descriptors are given back", || {
            Taken::by(tunnel).descriptors <= before.descriptors
        });
    }
    drop((first, hanging));
}
