//! Programs of these tests: what callers do wrong, several threads, and a peer that is revoked.

use std::fs;
use std::path::PathBuf;

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::{Pki, Wish};

use crate::support::{self, Build};
use crate::world::{client_fleet, pki};

fn sanitized(program: &str) -> Call {
    support::run(&support::program(program, Build::Sanitized))
}

#[test]
fn sockets_wait_no_longer_than_they_may_and_every_end_has_its_reason() {
    let pki = pki();
    sanitized("sockets")
        .arg(pki.certificate("host"))
        .arg(pki.key("host"))
        .arg(pki.certificate("root"))
        .succeeds();
}

#[test]
fn buffers_give_last_words_and_a_child_process_takes_no_connection_over() {
    let pki = pki();
    sanitized("buffers")
        .arg(pki.certificate("host"))
        .arg(pki.key("host"))
        .arg(pki.certificate("root"))
        .succeeds();
}

fn misuse(call: Call) {
    let pki = pki();
    call.arg(pki.certificate("host"))
        .arg(pki.key("host"))
        .succeeds();
}

#[test]
fn what_callers_do_wrong_is_refused() {
    misuse(sanitized("misuse"));
}

#[test]
fn what_callers_do_wrong_is_refused_under_valgrind() {
    misuse(support::under_valgrind("misuse"));
}

#[test]
fn an_endpoint_that_is_left_open_becomes_tls_and_goes_back_where_the_program_allows_it() {
    let pki = pki();
    pki.issue(Wish::root("other-root"));
    pki.issue(Wish::host("other-host", "other-root"));
    // The host of the server comes first.
    let mutual = "tls-mutual = \"1\"\ntrusted-ca";
    let secured = client_fleet(&pki, "root").replacen("trusted-ca", mutual, 1);
    let other = ["root.pem", "host.pem", "host.key"]
        .iter()
        .fold(secured.clone(), |text, file| {
            text.replacen(file, &format!("other-{file}"), 1)
        });
    let open = secured.replace("mode = \"secured\"\n", "mode = \"unsecured\"\n");
    let broken = secured.replace("host.key", "nowhere.key");
    assert!(open != secured && broken != secured);
    let files = [
        ("fleet", &open),
        ("open", &open),
        ("broken", &broken),
        ("secured", &secured),
        ("other", &other),
    ];
    let [fleet, open, broken, secured, other] = files.map(|(name, text)| {
        let path = pki.path(&format!("{name}.toml"));
        fs::write(&path, text).unwrap();
        path
    });
    sanitized("plain")
        .arg(fleet)
        .args(["Stock:default", "host.example.com"])
        .args([open, broken, secured, other])
        .args([
            pki.certificate("root"),
            pki.certificate("host"),
            pki.key("host"),
        ])
        .succeeds();
}

/// A list of the root, after `revoked` was revoked.
fn list(pki: &Pki, file: &str, revoked: Option<&str>) -> PathBuf {
    let openssl = |words: &[&str]| {
        let config = [
            "ca", "-config", "config", "-cert", "root.pem", "-keyfile", "root.key",
        ];
        Call::foreign("openssl", config)
            .args(words)
            .within(pki.dir())
            .succeeds();
    };
    if let Some(name) = revoked {
        openssl(&["-revoke", &format!("{name}.pem")]);
    }
    openssl(&["-gencrl", "-crldays", "3650", "-out", file]);
    pki.path(file)
}

fn threads(call: Call, more: &[&str]) {
    let pki = pki();
    let (list, new) = (
        list(&pki, "list.pem", None),
        list(&pki, "new.pem", Some("host")),
    );
    call.arg(pki.certificate("host"))
        .arg(pki.key("host"))
        .arg(pki.certificate("root"))
        .args([list, new])
        .args(more)
        .succeeds();
}

#[test]
fn threads_share_a_context_that_changes_and_a_revoked_peer_is_cut() {
    threads(sanitized("threads"), &[]);
}

#[test]
fn a_watching_thread_cuts_a_revoked_peer() {
    threads(sanitized("threads"), &["watched"]);
}

#[test]
fn what_cannot_be_read_for_want_of_descriptors_is_told_and_taken_over_later() {
    let pki = pki();
    pki.issue(Wish::host("next", "root"));
    let program = support::program("descriptors", Build::Shared);
    // Ten seconds between two tries are a moment here.
    let call = Call::foreign("faketime", ["-f", "+0 x100"]).arg(program);
    support::with_library(call)
        .args([pki.certificate("host"), pki.key("host")])
        .args([pki.certificate("next"), pki.key("next")])
        .succeeds();
}
