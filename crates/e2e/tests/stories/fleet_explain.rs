//! What an endpoint gets and why, asked for by its place in whatever way it is named.

use std::fs;

use serde_json::Value;

use super::fleet_files::Site;

#[test]
fn the_fleet_may_stand_before_the_place() {
    let site = Site::new();
    let with_option = site.fleet(&["explain", "--fleet", "fleet.toml", "StatServer"]);
    let with_option = with_option.succeeds().stdout;
    for words in [
        &["explain", "fleet.toml", "StatServer"][..],
        &["explain", "fleet.toml", "StatServer:default"],
        &["explain", "StatServer"],
    ] {
        assert_eq!(site.fleet(words).succeeds().stdout, with_option);
    }
    site.fleet(&["explain", "fleet.toml"])
        .exits_with(1)
        .says("the fleet has no endpoint");
    site.fleet(&[
        "explain",
        "--fleet",
        "fleet.toml",
        "fleet.toml",
        "StatServer",
    ])
    .exits_with(2)
    .says("cannot be used with");
}

#[test]
fn a_client_with_one_connection_is_named_by_its_name() {
    let site = Site::new();
    let explained = site.fleet(&["explain", "Desk"]).succeeds();
    explained.prints("Desk/StatServer:default: client, mutual");
    site.fleet(&["explain", "Desk:other"])
        .exits_with(1)
        .says("that application has: Desk/StatServer:default");
    for (written, meant) in [
        ("statserver", "StatServer:default"),
        ("Dsk/StatServer", "Desk/Stat"),
    ] {
        site.fleet(&["explain", written])
            .exits_with(1)
            .says(&format!("perhaps \"{meant}"));
    }
}

#[test]
fn hosts_and_applications_say_what_was_found_at_them() {
    let site = Site::new();
    fs::remove_file(site.of("b.example.com", "etc/ca.pem")).unwrap();
    let words = [
        "explain",
        "--files",
        "hosts",
        "fleet.toml",
        "host b.example.com",
    ];
    let host = site.fleet(&words).succeeds();
    let host = host.prints("  StatServer:default: failing");
    host.prints(
        "there is no file /etc/ca.pem, which was looked for as hosts/b.example.com/etc/ca.pem",
    );
    let words = ["explain", "--json", "application Desk"];
    let report: Value = serde_json::from_str(&site.fleet(&words).succeeds().stdout).unwrap();
    assert_eq!(report["endpoints"][0]["place"], "Desk/StatServer:default");
    assert_eq!(report["findings"][0]["code"], "TP2002");
}

#[test]
fn with_files_it_says_what_the_certificate_is() {
    let site = Site::new();
    let words = ["explain", "--files", "hosts", "StatServer"];
    let text = site.fleet(&words).succeeds();
    let text = text.prints("in its files:");
    let text = text.prints("names: DNS:b.example.com");
    text.prints("trusts: ");
    let words = ["explain", "--files", "hosts", "--json", "StatServer"];
    let report: Value = serde_json::from_str(&site.fleet(&words).succeeds().stdout).unwrap();
    let own = &report["files"]["certificate"];
    assert_eq!(own["names"][0], "DNS:b.example.com", "{report:#}");
    assert_eq!(own["issuer"], report["files"]["trusts"][0]);
    assert!(own["not_after"].as_str().unwrap().ends_with('Z'));
    // Without files nobody speaks of them.
    let text = site.fleet(&["explain", "StatServer"]).succeeds().stdout;
    assert!(!text.contains("in its files"), "{text}");
}

#[test]
fn a_file_that_cannot_be_had_is_told_with_its_path_and_the_reason() {
    let site = Site::new();
    let explain = || {
        site.fleet(&["explain", "--files", "hosts", "StatServer"])
            .succeeds()
    };
    let key = site.of("b.example.com", "etc/key.pem");
    fs::write(&key, "no key").unwrap();
    let text = explain();
    let text = text.prints("StatServer:default: server, failing");
    let text = text.prints("what happens: the server does not start: its files cannot be used");
    let text = text.prints("  cannot be used: certificate-key: the file /etc/key.pem: ");
    assert!(
        !text.stdout.contains("no certificate of its own"),
        "{}",
        text.stdout
    );
    fs::remove_file(&key).unwrap();
    explain().prints("  cannot be used: certificate-key: there is no file /etc/key.pem");
    let client = site
        .fleet(&["explain", "--files", "hosts", "Desk"])
        .succeeds();
    let client = client.prints("Desk/StatServer:default: client, failing");
    client.prints("what happens: fails at the start, at fault: server");
    let words = ["explain", "--files", "hosts", "--json", "StatServer"];
    let report: Value = serde_json::from_str(&site.fleet(&words).succeeds().stdout).unwrap();
    let not_read = report["files"]["not_read"][0].as_str().unwrap();
    assert!(not_read.ends_with("(TP4001)"), "{report:#}");
    assert_eq!(report["files"]["certificate"], Value::Null);
}

#[test]
fn it_says_which_line_secures_a_port_and_which_value_is_not_readable() {
    let site = Site::new();
    let says = |old: &str, new: &str, place: &str, want: &str| {
        let file = site.fleet_file();
        let text = fs::read_to_string(&file).unwrap();
        let changed = text.replacen(old, new, 1);
        assert_ne!(text, changed, "{old}");
        fs::write(&file, changed).unwrap();
        site.fleet(&["explain", place]).succeeds().prints(want);
        fs::write(&file, text).unwrap();
    };
    let same = ("mode = \"secured\"", "mode  = \"secured\"");
    let by_parameter = "it is secured: its transport parameters say tls=1, fleet.toml:";
    says(same.0, same.1, "StatServer", by_parameter);
    let of_port =
        "the port StatServer:default is (its transport parameters say tls=1,\n    fleet.toml:";
    says(same.0, same.1, "Desk", of_port);
    let by_mode = "its mode is \"secured\", which means tls=1, fleet.toml:";
    says("tls=1;tls-mutual=1", "tls-mutual=1", "StatServer", by_mode);
    let auto = (
        "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"",
        "mode = \"auto-detect\"\nengine = \"openssl\"",
    );
    says(
        auto.0,
        auto.1,
        "StatServer",
        "clients decide: its mode is \"auto-detect\"",
    );
    says(
        auto.0,
        auto.1,
        "Desk",
        "the port StatServer:default takes both",
    );
    let relative = (
        "trusted-ca = \"/etc/ca.pem\"",
        "trusted-ca = \"etc/ca.pem\"",
    );
    says(relative.0, relative.1, "Desk", "not readable, see TP1017");
    let clear = ("mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"", "");
    says(
        clear.0,
        clear.1,
        "StatServer",
        "note[TP5007]: the port is in plain text",
    );
}
