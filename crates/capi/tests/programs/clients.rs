//! Clients in C, with `openssl s_server` at the other end.

use std::path::Path;

use trustpack_e2e::openssl_peer::ReversingServer;

use crate::support::Build;
use crate::world::{client, option, pki, pki_with_strangers};

#[track_caller]
fn trusts(root: &Path) -> Vec<String> {
    vec![
        option("trusted-ca", root),
        "tls-target-name-check=host".to_owned(),
    ]
}

#[test]
fn a_client_calls_openssl_and_says_why_it_does_not() {
    let pki = pki_with_strangers();
    let start =
        |name: &str| ReversingServer::start(&pki.certificate(name), &pki.key(name), [""; 0]);
    let server = start("host");
    let trust = trusts(&pki.certificate("root"));
    for build in [Build::Shared, Build::Sanitized] {
        client(build, server.address(), "host.example.com", &trust)
            .succeeds()
            .prints("olleh\n")
            .says("server DNS:host.example.com, verified 1");
    }
    let refused =
        |server: &ReversingServer, name: &str, trust: &[String], words: &str, numbers: &str| {
            client(Build::Sanitized, server.address(), name, trust)
                .refused(words)
                .says(numbers);
        };
    refused(
        &server,
        "other.example.com",
        &trust,
        "is for DNS:host.example.com; the host is other.example.com",
        "reason 1, step 3, alert sent 42",
    );
    let strange = trusts(&pki.certificate("other-root"));
    refused(
        &server,
        "host.example.com",
        &strange,
        "failed (-3)",
        "reason 1, step 2, alert sent 48",
    );
    let over = start("over");
    refused(
        &over,
        "host.example.com",
        &trust,
        "failed (-3)",
        "reason 1, step 4, alert sent 45",
    );
    let wrong = start("wrong-usage");
    refused(
        &wrong,
        "host.example.com",
        &trust,
        "failed (-3)",
        "reason 1, step 2, alert sent 43",
    );
    // Whoever does not ask who it is says so.
    let unasked = vec!["client-auth=0".to_owned()];
    client(Build::Shared, over.address(), "host.example.com", &unasked)
        .succeeds()
        .says("verified 0");
}

#[test]
fn who_is_refused_while_he_writes_hears_why() {
    let pki = pki();
    let trust = trusts(&pki.certificate("root"));
    let root = pki.certificate("root").display().to_string();
    let demanding = ["-Verify", "1", "-verify_return_error", "-CAfile", &root];
    let server = ReversingServer::start(&pki.certificate("host"), &pki.key("host"), demanding);
    // Not only that the other end has gone.
    client(
        Build::Sanitized,
        server.address(),
        "host.example.com",
        &trust,
    )
    .stdin(&[b'a'; 4_000_000])
    .refused("certificate_required")
    .says("reason 6, step 0, alert sent -1, alert received 116");
}

/// Also a read that blocks comes to an end.
#[test]
fn a_server_that_sends_tickets_without_end_is_given_up() {
    let pki = pki();
    let trust = trusts(&pki.certificate("root"));
    let flooding = ["-tls1_3", "-num_tickets", "20000"];
    let server = ReversingServer::start(&pki.certificate("host"), &pki.key("host"), flooding);
    client(Build::Shared, server.address(), "host.example.com", &trust)
        .refused("more than 1048576 bytes in records without data")
        .says("reason 12, step 1, alert sent -1");
}
