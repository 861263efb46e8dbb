//! The fleets of `examples/`: free of errors and warnings but those that are their point, and every command reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn examples() -> PathBuf {
    root().join("examples")
}

fn json(words: &[&str], fleet: &Path) -> Value {
    let call = Call::trustpack(words).arg("--json").arg(fleet);
    serde_json::from_str(&call.succeeds().stdout).unwrap()
}

/// Code, place and whether it is accepted, of every finding.
fn findings(fleet: &Path) -> Vec<String> {
    let report = json(&["fleet", "check", "--strict"], fleet);
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            let word = |key: &str| finding[key].as_str().unwrap().to_owned();
            let accepted = if finding["accepted"].is_null() {
                ""
            } else {
                ", accepted"
            };
            format!(
                "{} {} {}{accepted}",
                word("severity"),
                word("code"),
                word("place")
            )
        })
        .collect()
}

#[track_caller]
fn check(name: &str, want: &[&str]) {
    let fleet = examples().join(name).join("fleet.toml");
    assert_eq!(findings(&fleet), want, "{name}");
}

#[test]
fn the_four_small_ones_have_notes_alone() {
    let unchecked_name = "note TP5001 StatServer/MessageServer:default";
    let revocation = "note TP5004 StatServer/MessageServer:default";
    check("simple-unix", &[unchecked_name, revocation]);
    check("simple-windows", &[unchecked_name]);
    check("simple-mixed", &[unchecked_name]);
    check(
        "mutual-unix",
        &["note TP5004 MessageServer:default", unchecked_name],
    );
}

/// The place of an end, the level that its certificate is at, and the file.
#[test]
fn each_level_gives_a_certificate_in_one_example() {
    let fleet = examples().join("own-certificates");
    // What is set beside the credentials of the two ends of the partners hides what stands above: that is meant.
    let hides = "note TP2005";
    for found in findings(&fleet) {
        assert!(
            found.starts_with(hides) && found.ends_with("Gateway:partners"),
            "{found}"
        );
    }
    for (place, level, certificate, private_key) in [
        ("Statistics", "host", "certs/hostcert", "certs/privkey"),
        ("Gateway", "application", "gateway/cert", "gateway/key"),
        ("Gateway:partners", "port", "partners/cert", "partners/key"),
        ("Desk/Gateway", "host", "certs/hostcert", "certs/privkey"),
        (
            "Desk/Gateway:partners",
            "connection",
            "partners/desk_cert",
            "partners/desk_key",
        ),
    ] {
        let call = Call::trustpack(["fleet", "explain", "--json", "--fleet"]);
        let report = call.arg(&fleet).arg(place).succeeds().stdout;
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["state"], "mutual", "{report:#}");
        let shows = format!(
            "/etc/sec/{certificate}.pem, with its private key in /etc/sec/{private_key}.pem"
        );
        assert_eq!(report["shows"], *shows, "{report:#}");
        let settings = report["settings"].as_array().unwrap();
        let own = settings.iter().find(|one| one["option"] == "certificate");
        let from = own.unwrap()["from"].as_str().unwrap();
        assert!(from.starts_with(&format!("{level}, ")), "{place}: {from}");
    }
}

#[test]
fn the_contact_centre_has_notes_of_the_catalogue_and_what_is_accepted() {
    let fleet = examples().join("contact-centre");
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for line in findings(&fleet) {
        let code = line.split(' ').nth(1).unwrap();
        let what = match code {
            "TP3022" => "a note of the catalogue".to_owned(),
            _ => line,
        };
        *found.entry(what).or_default() += 1;
    }
    let notes = found.remove("a note of the catalogue");
    assert!(notes.unwrap() > 10, "it uses most of the catalogue");
    let rest: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        rest,
        [
            "warning TP3011 IVRDriver/ConfigServer:default, accepted",
            "warning TP3011 IVRDriver/IVRServer:default, accepted",
        ]
    );
    let matrix = json(&["fleet", "matrix"], &fleet);
    assert_eq!(matrix["applications"].as_array().unwrap().len(), 40);
    for state in [
        "mutual",
        "simple",
        "encrypted only",
        "set up by the product",
    ] {
        assert!(matrix["states"][state].as_u64().unwrap() > 0, "{matrix:#}");
    }
    assert_eq!(matrix["states"]["refused"], Value::Null);
    assert_eq!(matrix["states"]["open"], Value::Null);
}

#[test]
fn every_command_reads_every_example() {
    let folder = folder::temporary();
    let names = [
        "simple-unix",
        "simple-windows",
        "simple-mixed",
        "mutual-unix",
        "own-certificates",
        "contact-centre",
    ];
    for name in names {
        let fleet = examples().join(name);
        Call::trustpack(["fleet", "show"]).arg(&fleet).succeeds();
        let map = folder.path().join(format!("{name}.svg"));
        let draw = Call::trustpack(["fleet", "matrix", "--svg"]).arg(&map);
        draw.arg(&fleet).succeeds();
        Call::foreign("xmllint", ["--noout"]).arg(&map).succeeds();
        let shown = json(&["fleet", "show"], &fleet);
        for host in shown["hosts"].as_array().unwrap() {
            for application in host["applications"].as_array().unwrap() {
                let first = &application["endpoints"][0]["place"];
                let Some(place) = first.as_str() else {
                    continue;
                };
                let explain = Call::trustpack(["fleet", "explain", place, "--fleet"]);
                explain.arg(&fleet).succeeds().prints(place);
            }
        }
    }
}
