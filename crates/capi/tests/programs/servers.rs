//! Servers in C, with `openssl s_client` at the other end.

use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::talk::talk;

use crate::support::Build;
use crate::world::{Served, identity, option, pki};

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
