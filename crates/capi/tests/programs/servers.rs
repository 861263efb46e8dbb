//! Servers in C, with `openssl s_client` at the other end.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::talk::talk;

use crate::support::{self, Build};
use crate::world::{Served, client, client_fleet, identity, option, pki};

#[track_caller]
fn echoes(build: Build) {
    let pki = pki();
    let mut options = identity(&pki, "host").to_vec();
    options.push("tls-mutual=1".to_owned());
    options.push(option("trusted-ca", &pki.certificate("root")));
    let server = Served::echo(build, 2, &options);
    // It ends with its input, and not only with the connection.
    let calls = || s_client(server.address, &pki.certificate("root")).arg("-no_ign_eof");
    let call = calls()
        .arg("-cert")
        .arg(pki.certificate("host"))
        .arg("-key")
        .arg(pki.key("host"));
    assert_eq!(talk(call, b"hello\n", 6).output, b"hello\n");
    // Without a certificate nobody is let in.
    let refused = talk(calls(), b"hello\n", 6);
    assert_eq!(refused.output, b"");
    let ended = server.watched.end();
    assert_eq!(ended.status.code(), Some(0), "{ended}");
    assert!(ended.stderr.contains("client CN=host\n"), "{ended}");
    let words = "the TLS client presented no certificate; one is demanded";
    assert!(ended.stderr.contains(words), "{ended}");
}

#[test]
fn the_examples_do_nothing_wrong_under_valgrind() {
    let pki = pki();
    let server = support::under_valgrind("echo_server")
        .args(["127.0.0.1", "0", "connections=1"])
        .args(identity(&pki, "host"));
    let server = Served::start(server);
    let (address, port) = (server.address.ip(), server.address.port());
    // What is refused, the address sanitizer looks at: each run of valgrind takes seconds.
    support::under_valgrind("client")
        .args([address.to_string(), port.to_string()])
        .arg("host.example.com")
        .arg(option("trusted-ca", &pki.certificate("root")))
        .arg("tls-target-name-check=host")
        .stdin(b"hello\n")
        .succeeds();
    let ended = server.watched.end();
    assert_eq!(ended.status.code(), Some(0), "{ended}");
}

#[test]
fn an_event_loop_does_nothing_wrong_under_valgrind() {
    let pki = pki();
    let fleet = pki.path("fleet.toml");
    fs::write(&fleet, client_fleet(&pki, "root")).unwrap();
    let server = support::under_valgrind("poll_server")
        .args(["127.0.0.1", "0"])
        .arg(fleet)
        .args(["Stock:default", "2"]);
    let server = Served::start(server);
    // One that is refused, since it speaks no TLS.
    let mut plain = TcpStream::connect(server.address).unwrap();
    plain.write_all(b"plain").unwrap();
    assert_eq!(plain.read(&mut [0; 5]).unwrap_or(0), 0);
    let options = [option("trusted-ca", &pki.certificate("root"))];
    client(Build::Shared, server.address, "host.example.com", &options)
        .succeeds()
        .prints("hello\n");
    let ended = server.watched.end();
    assert_eq!(ended.status.code(), Some(0), "{ended}");
}

#[test]
fn a_server_with_the_shared_library_serves_openssl() {
    echoes(Build::Shared);
}

#[test]
fn a_server_with_the_static_library_serves_openssl() {
    echoes(Build::Static);
}

#[test]
fn a_server_under_the_address_sanitizer_serves_openssl() {
    echoes(Build::Sanitized);
}
