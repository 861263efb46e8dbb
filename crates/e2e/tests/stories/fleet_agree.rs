//! The commands about a fleet never contradict one another: what becomes of an endpoint is the same in each of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

use crate::fleet_files::Site;

/// The state of each endpoint.
type States = BTreeMap<String, String>;

fn word(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{value:#}"))
        .to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value:#}"))
        .iter()
}

/// What a command says of a fleet, whatever it thinks of it.
#[track_caller]
fn said(words: &[&str], files: Option<&Path>, rest: &[&Path]) -> Value {
    let call = Call::trustpack(["fleet"]).args(words).arg("--json");
    let call = match files {
        Some(files) => call.arg("--files").arg(files),
        None => call,
    };
    let outcome = rest.iter().fold(call, |call, path| call.arg(path)).run();
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
}

fn shown(fleet: &Path, files: Option<&Path>) -> States {
    let report = said(&["show"], files, &[fleet]);
    let applications = list(&report["hosts"]).flat_map(|host| list(&host["applications"]));
    let endpoints = applications.flat_map(|application| list(&application["endpoints"]));
    endpoints
        .map(|one| (word(one, "place"), word(one, "state")))
        .collect()
}

/// Each command says of each endpoint what `fleet show` says.
#[track_caller]
fn agree(fleet: &Path, files: Option<&Path>) -> States {
    let states = shown(fleet, files);
    let check = |place: &str, state: &str, by: &str| {
        assert_eq!(
            states.get(place).map(String::as_str),
            Some(state),
            "{by}: {place}"
        );
    };
    let matrix = said(&["matrix"], files, &[fleet]);
    for pair in list(&matrix["pairs"]) {
        for one in list(&pair["connections"]) {
            check(&word(one, "place"), &word(one, "state"), "matrix");
        }
    }
    let folder = folder::temporary();
    let empty = folder.path().join("empty.toml");
    fs::write(&empty, "[[host]]\nname = \"nobody.example.org\"\n").unwrap();
    let diff = said(&["diff"], files, &[&empty, fleet]);
    let added: Vec<_> = list(&diff["added"]).collect();
    assert_eq!(added.len(), states.len());
    for one in added {
        check(&word(one, "place"), &word(one, "state"), "diff");
    }
    for one in list(&diff["not_starting"]).chain(list(&diff["unwanted"])) {
        let state = &states[&word(one, "place")];
        assert!(
            ["failing", "auto-detect", "mutual", "simple"].contains(&state.as_str()),
            "{one}"
        );
    }
    explained(fleet, files, &states);
    if let Some(files) = files {
        checked(fleet, files, &states);
    }
    states
}

/// So does `fleet explain`, and tells the same of it.
#[track_caller]
fn explained(fleet: &Path, files: Option<&Path>, states: &States) {
    for (place, state) in states {
        let one = said(&["explain"], files, &[fleet, Path::new(place)]);
        assert_eq!(&word(&one, "state"), state, "explain: {place}");
        let outcome = word(&one, "outcome");
        let says_product = outcome.contains("the product");
        assert!(
            !says_product || state == "set up by the product",
            "{place} is {state}: {outcome}"
        );
        let is_coded = outcome.contains("(TP") || outcome.contains(": TP");
        let is_unread = outcome.contains("own file");
        assert!(
            state != "refused" || is_coded || is_unread,
            "{place} is {state}: {outcome}"
        );
        let is_down = outcome.contains("does not start") || outcome.contains("is refused");
        let says_so = ["failing", "refused"].contains(&state.as_str());
        assert!(!is_down || says_so, "{place} is {state}: {outcome}");
        for link in one["connections"].as_array().into_iter().flatten() {
            let fails = link["works"] == Value::Bool(false);
            let own = states[&word(link, "place")].as_str();
            assert!(
                !fails || ["failing", "refused"].contains(&own),
                "{link}: {own}"
            );
            assert!(fails || own != "failing", "{link}: {own}");
        }
    }
}

/// What `fleet check` foretells is what the states say, and what is bad is an error, or foretold to fail.
#[track_caller]
fn checked(fleet: &Path, files: &Path, states: &States) {
    let checked = said(&["check"], Some(files), &[fleet]);
    for one in list(&checked["connections"]) {
        let fails = one["works"] == Value::Bool(false);
        let state = &states[&word(one, "place")];
        let is_failing = state == "failing";
        assert!(!is_failing || fails, "{one}: {state}");
        assert!(!fails || is_failing || state == "refused", "{one}: {state}");
    }
    let bad = states
        .values()
        .any(|state| state == "failing" || state == "refused");
    let errors = list(&checked["findings"]).any(|one| one["severity"] == "error");
    let foretold = list(&checked["connections"]).any(|one| one["works"] == Value::Bool(false));
    assert!(!bad || errors || foretold, "{states:#?}");
}

#[test]
fn of_every_example_they_say_the_same() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for name in [
        "simple-unix",
        "simple-windows",
        "simple-mixed",
        "mutual-unix",
        "own-certificates",
    ] {
        agree(&examples.join(name).join("fleet.toml"), None);
        // Of files that are not there.
        let empty = folder::temporary();
        agree(&examples.join(name).join("fleet.toml"), Some(empty.path()));
    }
    agree(&examples.join("contact-centre"), None);
}

/// A site with the fleet file changed in these things.
fn site_with(changes: &[(&str, &str)]) -> (Site, PathBuf) {
    let site = Site::new();
    let mut text = fs::read_to_string(site.fleet_file()).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    fs::write(site.fleet_file(), text).unwrap();
    let files = site.fleet_file().parent().unwrap().join("hosts");
    (site, files)
}

const SERVER: &str = "tunnel = \"127.0.0.1:12060\"\n";
const CLIENT: &str = "tunnel = \"127.0.0.1:14060\"\n";
const SECURED: &str = "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"\n";

fn port(states: &States) -> &str {
    &states["StatServer:default"]
}

fn link(states: &States) -> &str {
    &states["Desk/StatServer:default"]
}

#[test]
fn of_ends_that_fail_they_say_the_same() {
    for engine in [None, Some((SERVER, "engine = \"openssl\"\n"))] {
        let changes: Vec<_> = engine.into_iter().collect();
        let (site, files) = site_with(&changes);
        let states = agree(&site.fleet_file(), Some(&files));
        assert_eq!((port(&states), link(&states)), ("mutual", "mutual"));
        // The key of somebody else.
        let (own, other) = ("b.example.com", "a.example.com");
        let key = fs::read(site.of(own, "etc/key.pem")).unwrap();
        fs::copy(site.of(other, "etc/key.pem"), site.of(own, "etc/key.pem")).unwrap();
        let states = agree(&site.fleet_file(), Some(&files));
        assert_eq!((port(&states), link(&states)), ("failing", "failing"));
        fs::write(site.of(own, "etc/key.pem"), key).unwrap();
        // The CA before the own certificate: only ours finds that.
        let certificate = fs::read(site.of(own, "etc/own.pem")).unwrap();
        let root = fs::read(site.of(own, "etc/ca.pem")).unwrap();
        fs::write(site.of(own, "etc/own.pem"), [root, certificate].concat()).unwrap();
        let states = agree(&site.fleet_file(), Some(&files));
        let want = if engine.is_none() {
            "mutual"
        } else {
            "failing"
        };
        assert_eq!(port(&states), want);
    }
}

#[test]
fn of_ends_that_are_refused_they_say_the_same() {
    let broken = (
        SECURED,
        "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=yes\"\n",
    );
    for engine in ["", "engine = \"openssl\"\n"] {
        let ends: &[(&str, &str)] = match engine {
            "" => &[],
            _ => &[
                (SERVER, "engine = \"openssl\"\n"),
                (CLIENT, "engine = \"openssl\"\n"),
            ],
        };
        let (site, files) = site_with(&[ends, &[broken]].concat());
        for files in [None, Some(files.as_path())] {
            let states = agree(&site.fleet_file(), files);
            assert_eq!((port(&states), link(&states)), ("refused", "refused"));
        }
    }
    for nowhere in [
        "to = \"Nobody\"\n",
        "to = \"StatServer\"\nport = \"nope\"\n",
    ] {
        let to = ("to = \"StatServer\"\n", nowhere);
        for end in [None, Some((CLIENT, "engine = \"openssl\"\n"))] {
            let changes: Vec<_> = end.into_iter().chain([to]).collect();
            let (site, files) = site_with(&changes);
            for files in [None, Some(files.as_path())] {
                let states = agree(&site.fleet_file(), files);
                assert!(states.values().any(|state| state == "refused"));
            }
        }
    }
    let suites = (
        SECURED,
        "mode = \"secured\"\ntransport = \"tls=1;cipher-list=TLS_AES_128_GCM_SHA256\"\n",
    );
    let (site, _) = site_with(&[suites]);
    let states = agree(&site.fleet_file(), None);
    assert_eq!((port(&states), link(&states)), ("failing", "failing"));
}

#[test]
fn a_port_without_clients_whose_certificate_ends_is_told_by_the_comparison() {
    let alone = "[[application.connection]]\nto = \"StatServer\"\ntunnel = \"127.0.0.1:14060\"\n";
    let (site, files) = site_with(&[(alone, ""), (SERVER, "engine = \"openssl\"\n")]);
    let folder = folder::temporary();
    let new = folder.path().join("new.toml");
    let server = "certificate = \"/etc/own.pem\"\ncertificate-key = \"/etc/key.pem\"\ntrusted-ca = \"/etc/ca.pem\"\n\n[[application]]";
    let text = fs::read_to_string(site.fleet_file()).unwrap();
    assert!(text.contains(server));
    let other = server.replacen("own.pem", "over.pem", 1);
    fs::write(&new, text.replacen(server, &other, 1)).unwrap();
    let usual = site.ca.issue("b.example.com", &["--days", "30"]);
    fs::copy(&usual.certificate, site.of("b.example.com", "etc/over.pem")).unwrap();
    fs::copy(&usual.key, site.of("b.example.com", "etc/key.pem")).unwrap();
    fs::copy(&usual.certificate, site.of("b.example.com", "etc/own.pem")).unwrap();
    let diff = || {
        Call::trustpack(["fleet", "diff", "--files"])
            .arg(&files)
            .arg(site.fleet_file())
            .arg(&new)
    };
    diff().succeeds().prints("0 connections fail, 1 changed");
    // A chain that is not complete is refused by everybody.
    let lone = site.of("b.example.com", "etc/over.pem");
    let foreign = Site::new();
    let other = foreign.ca.issue("b.example.com", &[]);
    fs::copy(&other.certificate, &lone).unwrap();
    fs::copy(&other.key, site.of("b.example.com", "etc/other.pem")).unwrap();
    let other = other_key(&fs::read_to_string(&new).unwrap());
    fs::write(&new, other).unwrap();
    diff()
        .exits_with(1)
        .prints("StatServer:default: it starts, and clients that check its certificate refuse it, unless they have what is missing: ")
        .prints("1 port refused by clients, 1 changed");
    agree(&new, Some(&files));
}

/// The new certificate has its key beside it.
fn other_key(text: &str) -> String {
    let old = "certificate = \"/etc/over.pem\"\ncertificate-key = \"/etc/key.pem\"";
    assert!(text.contains(old));
    text.replacen(
        old,
        "certificate = \"/etc/over.pem\"\ncertificate-key = \"/etc/other.pem\"",
        1,
    )
}
