//! What becomes of every entry that is written for an endpoint, and which connections miss their target.

#![cfg(test)]

mod common;

use common::{GOOD, endpoint, now, read};
use trustpack_settings::component_file::ComponentFile;
use trustpack_settings::endpoint::{HiddenBy, Level};
use trustpack_settings::fleet::{Fleet, OwnFile};
use trustpack_settings::resolve::entries::{self, Fate};
use trustpack_settings::resolve::{missed, resolve};

/// The good fleet with these pieces replaced.
#[track_caller]
fn changed(changes: &[(&str, &str)]) -> String {
    let mut text = GOOD.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old:?} is not in the text");
        text = text.replacen(old, new, 1);
    }
    text
}

fn word(fate: &Fate) -> String {
    match fate {
        Fate::Counts => "counts".to_owned(),
        Fate::Idle(why) => format!("idle: {why}"),
        Fate::Hidden(HiddenBy::LowerLevel) => "hidden".to_owned(),
        Fate::Hidden(HiddenBy::CertificateSource) => "passed over".to_owned(),
        Fate::Broken(how) => format!("broken: {how}"),
        Fate::OtherPurpose => "other purpose".to_owned(),
    }
}

/// What becomes of the entries called `name` at a place.
#[track_caller]
fn check_fleet(fleet: &Fleet, place: &str, name: &str, want: &[&str]) {
    let resolution = resolve(fleet, now());
    let all = entries::of(endpoint(&resolution, place), fleet);
    let named = all.iter().filter(|entry| entry.name == name);
    let got: Vec<String> = named
        .map(|entry| format!("{}: {}", entry.level, word(&entry.fate)))
        .collect();
    assert_eq!(got, want, "{name} at {place}");
}

#[track_caller]
fn check(changes: &[(&str, &str)], place: &str, name: &str, want: &[&str]) {
    check_fleet(&read(&changed(changes)), place, name, want);
}

const C: &str = "Client/Server";
const S: &str = "Server";
const TRANSPORT: &str = "transport = \"tls=1;tls-mutual=1\"";
const SIMPLE: (&str, &str) = (TRANSPORT, "transport = \"tls=1\"");
const TO: &str = "to = \"Server\"";
const CA_OF_SERVER: &str = "trusted-ca = \"/etc/sec/ca.pem\"\n\n[[application]]";
const CHECK: &str = "tls-target-name-check = \"host\"";

#[test]
fn what_decides_counts_and_what_is_above_is_hidden() {
    check(&[], S, "tls", &["endpoint: counts"]);
    check(&[], S, "certificate", &["host: counts"]);
    check(&[], C, "tls-target-name-check", &["host: counts"]);
    let off = (
        TO,
        "to = \"Server\"\ntransport = \"tls-target-name-check=no\"",
    );
    let want = ["endpoint: counts", "host: hidden"];
    check(&[off], C, "tls-target-name-check", &want);
    let source = "host = \"a.example.com\"\ncertificate-source = \"host\"";
    let own = format!("{source}\n[application.security]\ncertificate = \"/own.pem\"");
    let want = ["application: passed over", "host: counts"];
    check(&[(source, &own)], C, "certificate", &want);
}

#[test]
fn what_does_nothing_says_why() {
    let to = |entry: &str| format!("to = \"Server\"\ntransport = \"{entry}\"");
    let not_shown = "host: idle: the server asks for no certificate, so none is shown";
    check(&[SIMPLE], C, "certificate-key", &[not_shown]);
    let nobody = "host: idle: tls-mutual is not 1, so no client is judged by it; it may complete the chain that is shown";
    check(&[SIMPLE], S, "trusted-ca", &[nobody]);
    let list = (
        CA_OF_SERVER,
        "trusted-ca = \"/etc/sec/ca.pem\"\ncrl = \"/list.pem\"\n\n[[application]]",
    );
    let nobody = "host: idle: tls-mutual is not 1, so no client is asked for a certificate";
    check(&[SIMPLE, list], S, "crl", &[nobody]);
    check(&[], S, "trusted-ca", &["host: counts"]);
    let unchecked = "host: idle: client-auth=0, so nothing of the server is checked";
    check(
        &[(TO, &to("client-auth=0"))],
        C,
        "tls-target-name-check",
        &[unchecked],
    );
    check(
        &[(TO, &to("client-auth=0")), SIMPLE],
        C,
        "trusted-ca",
        &[unchecked],
    );
    let unjudged = "host: idle: client-auth=0, so the server is not judged by it; it may complete the chain that is shown";
    check(&[(TO, &to("client-auth=0"))], C, "trusted-ca", &[unjudged]);
    check(
        &[(TO, &to("tls=1"))],
        C,
        "tls",
        &["endpoint: idle: whether there is TLS is for the port to say"],
    );
    check(
        &[(TO, &to("tls-mutual=1"))],
        C,
        "tls-mutual",
        &["endpoint: idle: it has no effect at a connection, only at a port"],
    );
}

#[test]
fn what_role_provider_and_engine_pass_over_says_why() {
    let at_server = (
        "certificate = \"/etc/sec/b.pem\"",
        "certificate = \"/etc/sec/b.pem\"\ntls-target-name-check = \"host\"\nclient-auth = 0\nstore-location = \"user\"\ncrl-check = \"leaf\"",
    );
    let client = "host: idle: only a client looks at it, and this is the server's end";
    check(&[at_server], S, "tls-target-name-check", &[client]);
    check(&[at_server], S, "client-auth", &[client]);
    let provider = "host: idle: the provider PEM does not look at it";
    check(&[at_server], S, "store-location", &[provider]);
    let lists = "host: idle: no revocation list is set (crl)";
    check(&[at_server], S, "crl-check", &[lists]);
    let plain = (
        "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"\ntunnel = \"127.0.0.1:12060\"",
        "",
    );
    check(
        &[plain],
        S,
        "certificate",
        &["host: idle: there is no TLS here"],
    );
    let tunnel = ("tunnel = \"127.0.0.1:12060\"", "engine = \"openssl\"");
    let names = (
        TRANSPORT,
        "transport = \"tls=1;tls-mutual=1;allowed-names=cn:x\"",
    );
    let engine = "endpoint: idle: openssl, which does TLS here, does not know it";
    check(&[tunnel, names], S, "allowed-names", &[engine]);
}

#[test]
fn what_is_written_wrongly_says_how() {
    let with = |entries: &str| format!("transport = \"{entries}\"");
    let blank = "endpoint: broken: does not count, since a blank stands beside its ; or =";
    check(
        &[(TRANSPORT, &with("tls=1; tls-mutual=1"))],
        S,
        " tls-mutual",
        &[blank],
    );
    check(
        &[(
            TRANSPORT,
            &with("tls=1;tls-mutal=1;TLS=1;colour=red;address=x"),
        )],
        S,
        "tls-mutal",
        &["endpoint: broken: is no option, so it sets nothing; perhaps tls-mutual was meant"],
    );
    check(
        &[(TRANSPORT, &with("tls=1;TLS-mutual=1"))],
        S,
        "TLS-mutual",
        &["endpoint: broken: is in the wrong case, so it sets nothing; right is tls-mutual"],
    );
    check(
        &[(TRANSPORT, &with("tls=1;colour=red"))],
        S,
        "colour",
        &["endpoint: broken: is no option, so it sets nothing"],
    );
    check(
        &[(TRANSPORT, &with("tls=1;address=x"))],
        S,
        "address",
        &["endpoint: other purpose"],
    );
    check(
        &[(TRANSPORT, &with("tls=1;tls-mutual"))],
        S,
        "tls-mutual",
        &["endpoint: broken: has no =, so it sets nothing"],
    );
    check(
        &[(CHECK, "crl = \"/list.pem\"\ntls-crl = \"/list.pem\"")],
        C,
        "tls-crl",
        &["host: broken: adds nothing, since the same option stands before it (fleet.toml:10:1)"],
    );
}

#[test]
fn an_own_file_stands_instead_of_application_and_host() {
    let file = "[security]\ncertificate = /own.pem\ntls-mutual = 0\ntls = 1\n";
    let mut fleet = read(&changed(&[(
        "host = \"b.example.com\"",
        "host = \"b.example.com\"\nown-file = \"/opt/server.cfg\"",
    )]));
    let known = OwnFile::Read(ComponentFile::read("server.cfg", file.as_bytes()).unwrap());
    fleet.own_files.insert("Server".parse().unwrap(), known);
    let host = "host: idle: the application has an own file, which counts instead";
    check_fleet(&fleet, S, "certificate", &["own file: counts", host]);
    let mutual = ["endpoint: counts", "own file: hidden"];
    check_fleet(&fleet, S, "tls-mutual", &mutual);
    check_fleet(&fleet, S, "tls", &mutual);
}

#[test]
fn a_value_that_may_be_a_secret_is_not_shown() {
    let text = changed(&[(
        TRANSPORT,
        "transport = \"tls=1;keystore-password=a;keystore-pasword=b;colour=c;certificate=pkcs11:object=x?pin-value=d\"",
    )]);
    let fleet = read(&text);
    let resolution = resolve(&fleet, now());
    let all = entries::of(endpoint(&resolution, S), &fleet);
    let shown: Vec<&str> = all.iter().filter_map(|one| one.value.as_deref()).collect();
    let own = all.iter().filter(|one| one.level == Level::Endpoint);
    assert_eq!(own.count(), 5);
    assert!(shown.contains(&"1"), "{shown:?}");
    for secret in ["a", "b", "c", "d"] {
        let holds = |text: &&&str| **text == secret || text.contains("pin-value");
        assert_eq!(shown.iter().find(holds), None, "{shown:?}");
    }
}

#[test]
fn connections_that_lead_nowhere_are_told_at_the_end_that_was_meant() {
    let of_server = |changes: &[(&str, &str)]| {
        let fleet = read(&changed(changes));
        let missed = missed::by(&"Server".parse().unwrap(), &fleet);
        let told = missed.into_iter();
        told.map(|one| format!("{} {} {:?}", one.place, one.written, one.what))
            .collect::<Vec<_>>()
    };
    assert_eq!(of_server(&[]), [""; 0]);
    assert_eq!(
        of_server(&[(TO, "to = \"Servr\"")]),
        ["Client/Servr:default Servr Application"]
    );
    assert_eq!(of_server(&[(TO, "to = \"Elsewhere\"")]), [""; 0]);
    assert_eq!(
        of_server(&[(TO, "to = \"Server\"\nport = \"ESP\"")]),
        ["Client/Server:ESP ESP Port"]
    );
}
