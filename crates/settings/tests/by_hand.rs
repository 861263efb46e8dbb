//! Stories of endpoints that a command line describes.

#![cfg(test)]

mod common;

use std::path::Path;

use common::{NO_LISTS, lines};
use trustpack_settings::endpoint::{Endpoint, Role, ServerCheck, State};
use trustpack_settings::fleet::{Entry, Platform};
use trustpack_settings::resolve::by_hand::{self, ByHand, Describer};
use trustpack_settings::value::{NetworkAddress, Shown};

fn by_hand(role: Role, peer: Option<&str>, options: &[(&str, &str)]) -> Endpoint {
    let options: Vec<Entry> = options.iter().map(|(n, v)| Entry::flag(n, v)).collect();
    let peer = peer.map(|name| trustpack_settings::value::PeerName::Dns(name.parse().unwrap()));
    let (options, folder) = (&options[..], Path::new("/srv"));
    let request = ByHand {
        by: Describer::CommandLine,
        role,
        network: None,
        plain: None,
        peer,
        options,
        folder,
    };
    by_hand::resolve(&request, Platform::Unix)
}

#[track_caller]
fn check(endpoint: &Endpoint, state: State, codes: &[&str]) {
    let found = endpoint.findings().map(|f| f.code().to_string());
    let found: Vec<String> = found.filter(|code| code != NO_LISTS).collect();
    assert_eq!(found, codes, "{:#?}", lines(endpoint.findings()));
    assert_eq!(endpoint.state(), state);
}

const OWN: [(&str, &str); 3] = [
    ("certificate", "a.pem,/b.pem"),
    ("certificate-key", "a.key"),
    ("trusted-ca", "ca.pem"),
];

#[test]
fn a_server_by_hand_speaks_tls_without_being_told() {
    let endpoint = by_hand(Role::Server, None, &OWN);
    check(&endpoint, State::Simple, &[]);
    assert_eq!(
        endpoint.settings().certificate.value.shown(),
        "/srv/a.pem,/b.pem"
    );
    assert_eq!(
        endpoint.settings().certificate.origin.to_string(),
        "endpoint, --certificate"
    );
    let mutual: Vec<_> = OWN.into_iter().chain([("tls-mutual", "1")]).collect();
    check(&by_hand(Role::Server, None, &mutual), State::Mutual, &[]);
}

#[test]
fn a_limit_on_clients_that_nobody_asks_is_told_with_the_option_that_is_missing() {
    for limit in [("allowed-names", "dns:a.example.com"), ("crl", "/crl.pem")] {
        let with: Vec<_> = OWN.into_iter().chain([limit]).collect();
        let endpoint = by_hand(Role::Server, None, &with);
        check(&endpoint, State::Simple, &["TP2014"]);
        let finding = endpoint
            .findings()
            .find(|f| f.code().to_string() == "TP2014");
        let remedy = &finding.unwrap().remedy;
        assert!(remedy.starts_with("add --tls-mutual 1"), "{remedy}");
        let mutual: Vec<_> = with.into_iter().chain([("tls-mutual", "1")]).collect();
        check(&by_hand(Role::Server, None, &mutual), State::Mutual, &[]);
    }
}

#[test]
fn a_server_by_hand_lets_clients_decide_if_it_is_told_so() {
    let with = |more: &[(&'static str, &'static str)]| {
        let options: Vec<_> = OWN.into_iter().chain(more.iter().copied()).collect();
        by_hand(Role::Server, None, &options)
    };
    check(&with(&[("upgrade", "1")]), State::AutoDetect, &[]);
    check(&with(&[("upgrade", "0")]), State::Simple, &[]);
    let both = with(&[("tls", "1"), ("upgrade", "1")]);
    check(&both, State::Refused, &["TP2010"]);
}

#[test]
fn a_server_by_hand_needs_its_certificate_and_cannot_be_told_to_speak_clear() {
    check(
        &by_hand(Role::Server, None, &[]),
        State::Refused,
        &["TP2020", "TP2021"],
    );
    check(
        &by_hand(Role::Server, None, &[("tls", "0")]),
        State::Refused,
        &["TP2009"],
    );
    check(
        &by_hand(Role::Server, None, &[("tls", "maybe")]),
        State::Refused,
        &["TP1013"],
    );
}

#[test]
fn a_client_by_hand_presents_a_certificate_if_it_has_one() {
    let checked = ("tls-target-name-check", "host");
    let ca = ("trusted-ca", "/ca.pem");
    check(
        &by_hand(Role::Client, Some("b.example.com"), &[ca, checked]),
        State::Simple,
        &[],
    );
    let own: Vec<_> = OWN.into_iter().chain([checked]).collect();
    check(
        &by_hand(Role::Client, Some("b.example.com"), &own),
        State::Mutual,
        &[],
    );
    let half = [ca, checked, ("certificate", "/a.pem")];
    check(
        &by_hand(Role::Client, Some("b.example.com"), &half),
        State::Refused,
        &["TP2020"],
    );
}

#[test]
fn a_client_by_hand_must_know_whom_it_trusts_and_whom_it_means() {
    check(
        &by_hand(Role::Client, None, &[]),
        State::Refused,
        &["TP2020", "TP5001"],
    );
    let unchecked = [("client-auth", "0")];
    check(
        &by_hand(Role::Client, None, &unchecked),
        State::EncryptedOnly,
        &["TP3011"],
    );
    let nameless = [("trusted-ca", "/ca.pem"), ("tls-target-name-check", "host")];
    check(
        &by_hand(Role::Client, None, &nameless),
        State::Refused,
        &["TP3013"],
    );
    // Whoever asks this endpoint in spite of the error does not hear that names do not matter.
    assert_eq!(
        by_hand(Role::Client, None, &nameless).server_check(),
        Some(ServerCheck::NameMissing)
    );
    check(
        &by_hand(Role::Client, None, &[("tls", "0")]),
        State::Refused,
        &["TP3001"],
    );
}

/// A tunnel by hand is checked as one of a fleet is.
#[track_caller]
fn plain_side(network: &str, plain: &str, state: State, codes: &[&str]) {
    let options: Vec<Entry> = OWN.iter().map(|(n, v)| Entry::flag(n, v)).collect();
    let network = NetworkAddress::Given(vec![network.parse().unwrap()]);
    let request = ByHand {
        by: Describer::CommandLine,
        role: Role::Server,
        network: Some(network),
        plain: Some(plain.parse().unwrap()),
        peer: None,
        options: &options,
        folder: Path::new("/srv"),
    };
    check(&by_hand::resolve(&request, Platform::Unix), state, codes);
}

#[test]
fn the_plain_side_by_hand_is_checked_as_that_of_a_fleet() {
    plain_side("10.0.0.1:1", "127.0.0.1:1", State::Simple, &[]);
    plain_side("127.0.0.1:1", "127.0.0.1:1", State::Refused, &["TP3015"]);
    plain_side("10.0.0.1:1", "10.0.0.2:1", State::Simple, &["TP3016"]);
}
