//! What a remedy of the probe makes of a configuration, by its words.
//!
//! Invariant: nothing is done here that the remedy does not say.

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
    if says("let it take TLS_AES_128_GCM_SHA256 too") {
        config.of_tls13.push(OF_TODAY);
    }
    if says("let it take X25519 or P-256 too")
        || says("if it takes neither X25519 nor P-256 for the key exchange yet, let it")
        || says("these want a group and a signature as well: X25519 or P-256")
    {
        group(&mut config, first);
    }
    if says("see that its suites and signature algorithms fit the key in its certificate") {
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
        assert!(says("that it takes X25519 or P-256"), "{remedy}");
        group(&mut config, first);
    }
    config
}

#[track_caller]
fn another_key(config: &mut Config, remedy: &str, first: bool) {
    if let Some((_, key)) = remedy.split_once("a certificate with another kind of key, ") {
        config.key = if first { Key::P256 } else { Key::Rsa };
        let (of_first, of_second) = if first {
            ("P-256", "RSA (")
        } else {
            ("RSA (", "P-256")
        };
        // It names both, or one alone and the other with suites.
        let is_free = key.starts_with("P-256 or RSA (") || key.starts_with(of_first);
        if !is_free {
            assert!(key.starts_with(of_second), "{remedy}");
            let (_, with) = key.split_once(", with suites for that, such as ").unwrap();
            let suite = with.split(';').next().unwrap();
            assert!(suite.starts_with(config.key.of_suites()), "{remedy}");
            config.suites.push(suite.to_owned());
        }
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
