//! Servers with which nobody may come to an agreement: the product of what decides it, for each make.
//!
//! A row says by how its server is made what that lacks ([`configured`]). Of each that lacks something it is demanded that
//! the probe names the right end, names something that is missing and nothing that is not, and that its remedy, applied
//! to the configuration as it is worded ([`remedies`]), makes the connection work. One probe of a fleet asks all rows of a make;
//! of each sentence one row is asked alone too, with everything and with `--quick`, and has to be told the same.

mod clients;
mod configured;
mod limited;
mod makes;
mod remedies;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use serde_json::Value;
use trustpack_e2e::call::Call;

use self::configured::{Config, Key, OF_TODAY, PREFERENCES, Suites, Thing, Version};
use self::makes::{Keys, Make};
use crate::asked::probe;

/// What was said of a row: nothing of one that is as expected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    at: String,
    what: String,
    remedy: String,
}

/// Everything that is combined.
fn rows(keys: &[Key]) -> Vec<Config> {
    let mut rows = Vec::new();
    for &key in keys {
        for versions in [
            &[Version::Tls12][..],
            &[Version::Tls13],
            &[Version::Tls12, Version::Tls13],
            &[Version::Tls11],
        ] {
            for groups in [&["X25519", "P-256"][..], &["P-521"], &["P-521", "X25519"]] {
                for suites in [
                    Suites::Fitting,
                    Suites::Old,
                    Suites::OldOf12,
                    Suites::OldOf13,
                    Suites::NotFitting,
                    Suites::WithoutExchange,
                ] {
                    for prefers in PREFERENCES {
                        rows.push(Config::new(key, versions, groups, suites, prefers));
                    }
                }
            }
        }
    }
    rows.retain(Config::shows_all);
    rows
}

/// Every so many of the rows, so that each value of each kind is among them with most of the others.
fn some(rows: Vec<Config>, of: usize) -> Vec<Config> {
    rows.into_iter().step_by(of).collect()
}

/// What a fleet of these servers is told.
#[track_caller]
fn asked(keys: &Keys, servers: &[SocketAddr]) -> Vec<Option<Told>> {
    let mut fleet = "[[host]]\nname = \"host.example.com\"\naddresses = [\"127.0.0.1\"]\nplatform = \"unix\"\n\
        [host.security]\ncertificate = \"/own.pem\"\ncertificate-key = \"/own.key\"\n\n[[application]]\nname = \"Server\"\nhost = \"host.example.com\"\ncertificate-source = \"host\"\n"
        .to_owned();
    for (row, server) in servers.iter().enumerate() {
        let number = server.port();
        writeln!(
            fleet,
            "[[application.port]]\nid = \"r{row}\"\nnumber = {number}\nmode = \"secured\"\ntransport = \"tls=1\"\nengine = \"openssl\""
        )
        .unwrap();
    }
    let file = keys.write("fleet.toml", &fleet);
    let outcome = Call::trustpack(["probe", "--json", "--at-once", "32", "--fleet"])
        .arg(file)
        .run();
    let document: Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"));
    let mut told = BTreeMap::new();
    for one in document["endpoints"].as_array().unwrap() {
        let place = one["place"].as_str().unwrap().to_owned();
        told.insert(place, of_endpoint(one));
    }
    let all = (0..servers.len()).map(|row| told.remove(&format!("Server:r{row}")).unwrap());
    all.collect()
}

fn of_endpoint(one: &Value) -> Option<Told> {
    let told = told_of(&one["explanation"]);
    let is_as_expected = one["state"] == "as-expected";
    assert_eq!(is_as_expected, told.is_none(), "{one:#}");
    told
}

/// In a fleet the file of the certificate is named with its place; else it is told in the words of one that is asked alone.
fn told_of(explanation: &Value) -> Option<Told> {
    let text = |key: &str| explanation[key].as_str().unwrap().to_owned();
    explanation.is_object().then(|| {
        let remedy = text("remedy");
        let in_fleet = "put a certificate with another kind of key into certificate = ";
        let alone = "give it a certificate with another kind of key, ";
        assert!(!remedy.contains(alone), "{remedy}");
        let remedy = match remedy.split_once(in_fleet) {
            Some((before, rest)) => {
                let (_spot, after) = rest.split_once("): ").unwrap();
                format!("{before}{alone}{after}")
            }
            None => remedy,
        };
        Told {
            at: text("at"),
            what: text("what"),
            remedy,
        }
    })
}

/// What is wrong with what was told of a server; nothing if it is right.
fn judged(config: &Config, told: Option<&Told>) -> Result<(), String> {
    let Some(told) = told else {
        return match config.works() {
            true => Ok(()),
            false => Err("nothing is told of it".to_owned()),
        };
    };
    if config.works() {
        return Err("it works".to_owned());
    }
    if told.at != "the server" {
        return Err("it is the server".to_owned());
    }
    let what = &told.what;
    if what.ends_with("the server takes nothing of all that was offered, in no version") {
        return match config.spoken().is_empty() {
            true => Ok(()),
            false => Err(format!("it takes {:?}", config.spoken())),
        };
    }
    let spoken = config.spoken();
    let scope: Vec<Version> = match spoken
        .iter()
        .find(|version| what.contains(&format!(": in {version} ")))
    {
        Some(version) => vec![*version],
        None => spoken,
    };
    let claims = claims(config, what)?;
    for claim in claims {
        for version in &scope {
            if !config.lacks(*version).contains(&claim) {
                return Err(format!("{claim:?} is there in {version}"));
            }
        }
    }
    Ok(())
}

/// What a sentence says is missing.
fn claims(config: &Config, what: &str) -> Result<Vec<Thing>, String> {
    let said = claimed(what);
    let parts = what.matches("the server takes ").count() + what.matches("the key in the").count();
    if said.is_empty() || said.len() != parts {
        return Err("it says something else".to_owned());
    }
    // How a key is named that is to blame.
    let names = config.key.names();
    let is_named = names.iter().any(|name| what.contains(name));
    if said.contains(&Thing::Key) && !is_named {
        return Err(format!("the key is {names:?}"));
    }
    if what.contains("its key exchange is on it too") && config.groups.first() != Some(&"P-521") {
        return Err("its key exchange is not on the curve of its key".to_owned());
    }
    Ok(said)
}

/// The things that a sentence says a server lacks.
fn claimed(what: &str) -> Vec<Thing> {
    let words = [
        ("the server takes TLS 1.1 at most", Thing::Version),
        ("no suite of today, but such as ", Thing::Suite),
        (
            "no group that is spoken here, but such as secp521r1",
            Thing::Group,
        ),
        (
            "no signature that is spoken here, but such as rsa_pkcs1_sha1",
            Thing::Signature,
        ),
        (
            "no signature that is spoken here, but such as ecdsa_sha1",
            Thing::Signature,
        ),
        ("no signature that is spoken here", Thing::Key),
        ("the key in the server's certificate is ", Thing::Key),
    ];
    let mut left = what.to_owned();
    let mut said = Vec::new();
    for (words, thing) in words {
        if left.contains(words) {
            said.push(thing);
            left = left.replace(words, "");
        }
    }
    said
}

/// Asks all rows of a make, and again with what the remedies make of them.
#[track_caller]
fn check(make: &dyn Make, rows: &[Config]) {
    let keys = Keys::made();
    let running = make.start(&keys, rows);
    let told = asked(&keys, &running.addresses);
    let mut faults = Vec::new();
    let mut mended = Vec::new();
    let mut sentences: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (index, (config, told)) in rows.iter().zip(&told).enumerate() {
        if let Err(fault) = judged(config, told.as_ref()) {
            faults.push(format!("{fault}: {config}: {told:?}"));
        }
        if let Some(told) = told {
            let sentence = (told.what.clone(), told.remedy.clone());
            sentences.entry(sentence).or_insert(index);
            // What has to be chosen is chosen in turn.
            mended.push((remedies::applied(config, &told.remedy, index), config, told));
        }
    }
    // Asked alone each sentence is the same.
    for (turn, (sentence, index)) in sentences.iter().enumerate() {
        let options: &[&str] = if turn.is_multiple_of(16) {
            &[]
        } else {
            &["--quick"]
        };
        let alone = probe(running.addresses[*index], options);
        let told: Value = serde_json::from_str(&alone.text("/explanation")).unwrap();
        let is_same = told["what"] == *sentence.0 && told["remedy"] == *sentence.1;
        if !is_same {
            faults.push(format!(
                "alone it is told {told}, and in a fleet {sentence:?}: {}",
                rows[*index]
            ));
        }
    }
    drop(running);
    let configs: Vec<Config> = mended.iter().map(|(config, ..)| config.clone()).collect();
    let running = make.start(&keys, &configs);
    let again = asked(&keys, &running.addresses);
    for ((config, before, told), again) in mended.iter().zip(&again) {
        if let Some(again) = again {
            faults.push(format!(
                "it does not help: {before}: {told:?}\n    applied: {config}: {again:?}"
            ));
        }
    }
    let count = faults.len();
    faults.truncate(40);
    assert!(
        faults.is_empty(),
        "{count} faults in {} rows of {}, with {} sentences:\n{}",
        rows.len(),
        make.name(),
        sentences.len(),
        faults.join("\n")
    );
    // A table that has nothing to tell would be none.
    assert!(sentences.len() > 6, "{sentences:#?}");
}

#[test]
fn of_openssl() {
    check(&makes::Openssl, &some(rows(&Key::ALL), 13));
}

#[test]
fn of_haproxy() {
    check(&makes::Haproxy, &some(rows(&Key::OF_PROXIES), 5));
}

#[test]
fn of_nginx() {
    check(&makes::Nginx, &some(rows(&Key::OF_PROXIES), 11));
}

#[test]
fn of_gnutls() {
    // It has one list of ciphers for all versions, and what is left of the rows without ECDHE is in the others.
    let is_one_list = |config: &Config| {
        if config
            .suites
            .iter()
            .any(|suite| suite.starts_with("AES128"))
        {
            return false;
        }
        let of_today = config.suites.iter().any(|suite| suite.contains("GCM"));
        config.versions == [Version::Tls11] || of_today == config.of_tls13.contains(&OF_TODAY)
    };
    let rows = rows(&Key::OF_GNUTLS).into_iter().filter(is_one_list);
    check(&makes::Gnutls, &some(rows.collect(), 7));
}
