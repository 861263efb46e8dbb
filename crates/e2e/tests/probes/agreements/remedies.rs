//! What a remedy of the probe makes of a configuration, by its words.
//!
//! Invariant: nothing is done here that the remedy does not say.

use super::clients::Client;
use super::configured::{Config, Key, OF_TODAY, Version};

/// The configuration with this remedy applied. Where it leaves a choice, `turn` makes it.
pub(super) fn applied(config: &Config, remedy: &str, turn: usize) -> Config {
    let mut config = config.clone();
    let says = |words: &str| remedy.contains(words);
    let first = turn.is_multiple_of(2);
    another_key(&mut config, remedy, first);
    let none = "give it a certificate with a P-256 or RSA key, if it has none";
    assert!(!says(none), "every row has one: {remedy}");
    if says("let it take TLS 1.2 or TLS 1.3") {
        let version = if turn % 4 < 2 {
            Version::Tls12
        } else {
            Version::Tls13
        };
        config.versions = vec![version];
        assert!(
            says("TLS 1.2 wants suites with ECDHE and AES-GCM"),
            "{remedy}"
        );
        let suite = format!("{}AES128-GCM-SHA256", config.key.of_suites());
        config.suites.push(suite);
        assert!(says("both want the group X25519 or P-256"), "{remedy}");
        group(&mut config, first);
    }
    if says("let it take suites with ECDHE and AES-GCM") {
        config.suites.push(suite(remedy, config.key));
    }
    for suite in [OF_TODAY, "TLS_AES_256_GCM_SHA384"] {
        if says(&format!("let it take {suite} too")) {
            config.of_tls13.push(suite);
        }
    }
    if says("let it sign with SHA-256 too") {
        signatures(&mut config);
    }
    if says("and SHA-256, if it is limited in them") {
        signatures(&mut config);
    }
    if says("let it take X25519 or P-256 too")
        || says("if it takes neither X25519 nor P-256 for the key exchange yet, let it")
        || says("these want a group and a signature as well: X25519 or P-256")
    {
        group(&mut config, first);
    }
    if says("that its suites and signature algorithms fit the key in its certificate") {
        all_seen_to(&mut config, remedy, first);
    }
    config
}

/// What a server must have to take anything.
#[track_caller]
fn all_seen_to(config: &mut Config, remedy: &str, first: bool) {
    let says = |words: &str| remedy.contains(words);
    assert!(says("that this is a key of P-256 or RSA"), "{remedy}");
    if ![Key::P256, Key::Rsa].contains(&config.key) {
        config.key = if first { Key::P256 } else { Key::Rsa };
    }
    let suite = format!("{}AES128-GCM-SHA256", config.key.of_suites());
    config.suites.push(suite);
    if !config.versions.iter().any(|one| *one > Version::Tls11) {
        assert!(says("that it takes TLS 1.2, or TLS 1.3"), "{remedy}");
        config.versions = vec![Version::Tls12];
    }
    if config.versions == [Version::Tls13] && !config.of_tls13.contains(&OF_TODAY) {
        assert!(says("TLS 1.3 with TLS_AES_128_GCM_SHA256"), "{remedy}");
        config.of_tls13.push(OF_TODAY);
    }
    let words = "that it takes X25519 or P-256, and signs with SHA-256";
    assert!(says(words), "{remedy}");
    group(config, first);
    signatures(config);
}

#[track_caller]
fn another_key(config: &mut Config, remedy: &str, first: bool) {
    let Some((_, told)) = remedy.split_once("a certificate with another kind of key, ") else {
        return;
    };
    let told = told.split("; and ").next().unwrap();
    let (named, other) = match told.split_once("; or ") {
        Some((named, other)) => (named, Some(other)),
        None => (told, None),
    };
    let key_of = |text: &str| match text {
        text if text.starts_with("P-256, ") => Key::P256,
        text if text.starts_with("RSA (") => Key::Rsa,
        _ => panic!("{remedy}"),
    };
    // It names both, or one alone, or one and the other with suites.
    if named.starts_with("P-256 or RSA (") {
        config.key = if first { Key::P256 } else { Key::Rsa };
    } else if let Some(other) = other.filter(|_| !first) {
        config.key = key_of(other);
        let (_, suite) = other
            .split_once(", with suites for that, such as ")
            .unwrap();
        assert!(suite.starts_with(config.key.of_suites()), "{remedy}");
        config.suites.push(suite.to_owned());
    } else {
        config.key = key_of(named);
        let suite = named.split_once(", with suites for that, such as ");
        config
            .suites
            .extend(suite.map(|(_, suite)| suite.to_owned()));
    }
}

/// Those of today, beside the others that it has.
fn signatures(config: &mut Config) {
    if !config.signatures.is_empty() {
        let more = ["RSA+SHA256", "ECDSA+SHA256", "RSA-PSS+SHA256"];
        config.signatures.extend(more);
    }
}

/// What the part of a remedy for the client makes of it.
#[track_caller]
pub(super) fn at_client(client: &Client, remedy: &str, turn: usize) -> Client {
    let mut client = client.clone();
    let mut is_applied = false;
    for (option, version) in [
        ("sec-protocol = TLSv13 (", Version::Tls12),
        ("sec-protocol-max = TLSv12 (", Version::Tls13),
    ] {
        if remedy.contains(&format!("let {option}")) {
            assert!(
                remedy.contains(&format!(" of the client allow {version}")),
                "{remedy}"
            );
            assert!(!client.allows(version), "{remedy}");
            client.versions = vec![Version::Tls12, Version::Tls13];
            is_applied = true;
        }
    }
    if let Some((before, _)) = remedy.split_once(" to cipher-list = ") {
        let name = before.rsplit("add ").next().unwrap();
        let list = client.list.as_mut().unwrap();
        if turn.is_multiple_of(2) || name.contains(' ') {
            assert!(remedy.contains(", or take that out"), "{remedy}");
            client.list = None;
        } else {
            list.push(name.to_owned());
        }
        is_applied = true;
    }
    assert!(is_applied, "{remedy}");
    client
}

/// What the part of a remedy for the server makes of it; where it says that the server has to take what the client allows, or the
/// client to allow more, `turn` chooses.
pub(super) fn at_server(
    client: &Client,
    server: &Config,
    remedy: &str,
    turn: usize,
) -> (Client, Config) {
    let mut client = client.clone();
    // The client may have to have what the server is to take.
    let remedy = match remedy.split_once("; and add ") {
        Some((of_server, of_client)) => {
            client = at_client(&client, &format!("add {of_client}"), turn);
            of_server
        }
        None => remedy,
    };
    let mut server = applied(server, remedy, turn);
    if remedy.contains("let it read its settings again, or restart it") {
        server = Config::of_the_fleet();
    }
    if remedy.contains("of all that it has to take what the client allows by ") {
        if turn.is_multiple_of(3) {
            assert!(
                remedy.contains(", unless that is taken out there"),
                "{remedy}"
            );
            client.versions = vec![Version::Tls12, Version::Tls13];
            client.list = None;
        } else {
            as_allowed(&client, &mut server);
        }
    }
    (client, server)
}

/// Lets a server take what a client allows.
fn as_allowed(client: &Client, server: &mut Config) {
    if !server.versions.iter().any(|one| client.allows(*one)) {
        server.versions.clone_from(&client.versions);
    }
    for name in client.list.iter().flatten() {
        let key = match name {
            name if name.starts_with("TLS_AES") => {
                server.of_tls13.push("TLS_AES_256_GCM_SHA384");
                continue;
            }
            name if name.starts_with("ECDHE-RSA-") => Key::Rsa,
            _ => Key::P256,
        };
        if server.key.of_suites() != key.of_suites() {
            server.key = key;
        }
        server.suites.push(name.clone());
    }
}

fn group(config: &mut Config, first: bool) {
    let group = if first { "X25519" } else { "P-256" };
    if !config.groups.contains(&group) {
        config.groups.push(group);
    }
}

/// The suite that it names; of two that for the key.
#[track_caller]
fn suite(remedy: &str, key: Key) -> String {
    let (_, such) = remedy.split_once("such as ").unwrap();
    let names = such.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let names: Vec<&str> = names.filter(|word| word.starts_with("ECDHE-")).collect();
    match names[..] {
        [one] => one.to_owned(),
        [of_curves, of_rsa] => {
            assert!(such.starts_with(&format!(
                "{of_curves} for a key on P-256, {of_rsa} for one of RSA"
            )));
            let name = if key == Key::Rsa { of_rsa } else { of_curves };
            name.to_owned()
        }
        _ => panic!("{remedy}"),
    }
}
