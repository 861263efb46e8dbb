//! Why an end gets what it gets, as somebody reads it who has never seen the program: one small change of a good fleet at
//! a time, and the sentences that tell it.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;

/// Mutual TLS, all of it from the hosts.
const GOOD: &str = r#"[[host]]
name = "msg1.example.com"
[host.security]
certificate = "/etc/sec/msg1.pem"
certificate-key = "/etc/sec/msg1.key"
trusted-ca = "/etc/sec/ca.pem"
[[host]]
name = "stat1.example.com"
[host.security]
certificate = "/etc/sec/stat1.pem"
certificate-key = "/etc/sec/stat1.key"
trusted-ca = "/etc/sec/ca.pem"
tls-crl = "/etc/sec/crl.pem"
[[application]]
name = "MessageServer"
host = "msg1.example.com"
certificate-source = "host"
[[application.port]]
number = 7120
transport = "tls=1;tls-mutual=1"
[[application]]
name = "StatServer"
host = "stat1.example.com"
certificate-source = "host"
[[application.connection]]
to = "MessageServer"
"#;

pub(crate) const PORT: &str = "transport = \"tls=1;tls-mutual=1\"\n";
pub(crate) const TO: &str = "to = \"MessageServer\"\n";
pub(crate) const SERVER: &str = "host = \"msg1.example.com\"\ncertificate-source = \"host\"\n";
pub(crate) const CLIENT: &str = "host = \"stat1.example.com\"\ncertificate-source = \"host\"\n";
const CRL: &str = "tls-crl = \"/etc/sec/crl.pem\"\n";
const SERVER_CA: &str = "trusted-ca = \"/etc/sec/ca.pem\"\n[[host]]";

pub(crate) const M: &str = "MessageServer";
pub(crate) const S: &str = "StatServer/MessageServer";

/// The good fleet with these pieces replaced, in a folder.
#[track_caller]
pub(crate) fn changed(changes: &[(&str, &str)]) -> TempDir {
    let mut text = GOOD.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old:?} is not in the fleet");
        text = text.replacen(old, new, 1);
    }
    let folder = folder::temporary();
    fs::write(folder.path().join("fleet.toml"), text).unwrap();
    folder
}

pub(crate) fn call(folder: &TempDir, command: &str, words: &[&str]) -> Call {
    let call = Call::trustpack(["fleet", command]).args(words);
    call.within(folder.path())
}

#[track_caller]
fn explain(folder: &TempDir, words: &[&str]) -> Outcome {
    call(folder, "explain", words).succeeds()
}

/// What the text says of a place, blanks and line breaks as one blank, and what it does not say.
#[track_caller]
pub(crate) fn check(changes: &[(&str, &str)], place: &str, says: &[&str], never: &[&str]) {
    let text = explain(&changed(changes), &[place]).stdout;
    for line in text.lines().filter(|line| line.starts_with("  - ")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let one_line = words.join(" ");
    for sentence in says {
        assert!(one_line.contains(sentence), "no {sentence:?} in\n{text}");
    }
    for sentence in never {
        assert!(!one_line.contains(sentence), "{sentence:?} in\n{text}");
    }
}

#[test]
fn what_makes_it_mutual_or_simple_is_named_at_both_ends() {
    let says = "it is mutual TLS: the port says tls-mutual=1 (fleet.toml:20:20)";
    check(&[], M, &[says], &[]);
    let says =
        "it is mutual TLS: the port MessageServer:default says tls-mutual=1 (fleet.toml:20:20)";
    check(&[], S, &[says], &[]);
    let zero = (PORT, "transport = \"tls=1;tls-mutual=0\"\n");
    let says = "it is simple TLS: the port MessageServer:default says tls-mutual=0";
    check(&[zero], S, &[says], &[]);
    let unsaid = (PORT, "transport = \"tls=1\"\n");
    let says = "it is simple TLS: tls-mutual is set nowhere for the port";
    check(&[unsaid], M, &[says], &[]);
    let host = (
        SERVER_CA,
        "trusted-ca = \"/etc/sec/ca.pem\"\ntls-mutual = 1\n[[host]]",
    );
    let says = "it is mutual TLS: on the server's side the host msg1.example.com says tls-mutual=1 (fleet.toml:7:1)";
    check(&[unsaid, host], S, &[says], &[]);
}

#[test]
fn why_a_level_without_a_certificate_is_that_of_the_credentials_is_told() {
    let provider = (PORT, "transport = \"tls=1;tls-mutual=1;provider=PEM\"\n");
    let says = "provider (fleet.toml:20:33) is one of the options that are taken together, and alone makes the port the \
                level of them all";
    check(&[provider], M, &[says], &["an empty value"]);
    check(&[], M, &[], &["one of the options", "an empty value"]);
    let own = SERVER.replace("\"host\"\n", "\"application\"\n");
    let empty =
        format!("{own}[application.security]\ncertificate = \"\"\ncertificate-key = \"/k\"\n");
    let says = "certificate (fleet.toml:19:1) is empty, and an empty value counts as set: the application is the level \
                of the credentials, and has none there";
    check(
        &[(SERVER, &*empty)],
        M,
        &[says],
        &["are taken together, and alone"],
    );
}

#[test]
fn a_certificate_source_that_cannot_be_read_is_told() {
    let misspelt = SERVER.replace("\"host\"\n", "\"hots\"\n");
    let says = "what certificate-source says cannot be read (fleet.toml:17:22): see TP1003";
    check(&[(SERVER, &*misspelt)], M, &[says], &[]);
    check(&[], M, &[], &["cannot be read"]);
}

#[test]
fn what_decides_on_the_name_is_named() {
    let nowhere = "names are not compared: tls-target-name-check is set nowhere on this side";
    check(
        &[],
        S,
        &[
            nowhere,
            "crl /etc/sec/crl.pem host, fleet.toml:13:1, as tls-crl",
        ],
        &[],
    );
    let at_host = (CRL, "tls-target-name-check = \"host\"\n");
    let says = "the name is compared: the host stat1.example.com says tls-target-name-check=host (fleet.toml:13:1)";
    check(&[at_host], S, &[says], &["not compared"]);
    let off = (
        TO,
        "to = \"MessageServer\"\ntransport = \"tls-target-name-check=no\"\n",
    );
    let says = "names are not compared: the connection says tls-target-name-check=no (fleet.toml:27:14), \
                which hides \"host\" of the host stat1.example.com (fleet.toml:13:1)";
    check(&[at_host, off], S, &[says], &["nowhere"]);
    // That of the server's side is nothing to the client, and does nothing at the server.
    let other = (
        SERVER_CA,
        "trusted-ca = \"/etc/sec/ca.pem\"\ntls-target-name-check = \"host\"\n[[host]]",
    );
    check(&[other], S, &[nowhere], &[]);
    let says = "set, but without effect here: - tls-target-name-check=host of the host, fleet.toml:7:1: \
                only a client looks at it, and this is the server's end";
    check(&[other], M, &[says], &[]);
    let above = (
        CLIENT,
        "host = \"stat1.example.com\"\ncertificate-source = \"host\"\n[application.security]\ntls-target-name-check = \"host\"\n",
    );
    let says = "tls-target-name-check counts, but is set at the level of the application";
    check(&[above], S, &[says], &[]);
    let nobody = (
        TO,
        "to = \"MessageServer\"\ntransport = \"client-auth=0\"\n",
    );
    let says = "nothing is checked: the connection says client-auth=0 (fleet.toml:27:14), so trusted-ca and crl have no effect";
    check(&[nobody], S, &[says], &["not compared"]);
}

#[test]
fn a_level_has_none_or_has_some_that_do_not_count() {
    let says = "its credentials come from the host msg1.example.com: neither the port nor the application has any";
    check(&[], M, &[says], &["do not count", "passes over"]);
    let own = "[application.security]\ncertificate = \"/app.pem\"\n";
    let beside = (SERVER, &*format!("{SERVER}{own}"));
    let says = [
        "its credentials come from the host msg1.example.com: the port has none",
        "those of the application MessageServer do not count: certificate-source is \"host\" (fleet.toml:17:22)",
        "passes over /app.pem of the application, fleet.toml:19:1",
        "warning[TP2003]",
    ];
    check(&[beside], M, &says, &["has any"]);
    let source = "host = \"msg1.example.com\"\ncertificate-source = \"application\"\n";
    let says = [
        "it has no credentials: neither the port nor the application has any",
        "those of the host msg1.example.com do not count: certificate-source is \"application\"",
        "passes over /etc/sec/msg1.key of the host, fleet.toml:5:1",
        "not set at any level that counts: certificate, certificate-key, trusted-ca; certificate-source is \"application\", so",
        "at the level of the application, or certificate-source to \"host\"",
    ];
    check(&[(SERVER, source)], M, &says, &[]);
    let moved = &*format!("{source}{own}");
    let says = [
        "its credentials come from the application MessageServer: the port has none",
        "passes over /etc/sec/msg1.pem of the host, fleet.toml:4:1",
        "not set: certificate-key, trusted-ca; the rest of the credentials stands at the level of the application",
    ];
    check(&[(SERVER, moved)], M, &says, &["hides"]);
    let split = &*format!("host = \"msg1.example.com\"\n{own}");
    let says = "credentials are taken from one level: those of the host are hidden, also certificate-key, trusted-ca, which the application lacks";
    check(
        &[(SERVER, split)],
        M,
        &[says],
        &["do not count: certificate-source"],
    );
}

#[test]
fn what_is_misspelt_at_the_host_or_the_application_is_told_at_the_endpoint() {
    let misspelt = "tls-target-name-chek = \"host\"\n";
    let at_host = (CRL, misspelt);
    let says = [
        "\"tls-target-name-chek=host\" at the host stat1.example.com (fleet.toml:13:1) is no option, so it sets nothing; \
         perhaps tls-target-name-check was meant: see TP1011",
        "warning[TP1011]",
    ];
    check(&[at_host], S, &says, &[]);
    // The other end does not draw on that host.
    check(&[at_host], M, &[], &["TP1011"]);
    let security = &*format!("{CLIENT}[application.security]\n{misspelt}");
    let says = "\"tls-target-name-chek=host\" at the application StatServer";
    check(&[(CLIENT, security)], S, &[says, "TP1011"], &[]);
    let port = (PORT, "transport = \"tls=1;tls-mutal=1\"\n");
    check(
        &[port],
        M,
        &["\"tls-mutal=1\" at the port (fleet.toml:20:20) is no option"],
        &[],
    );
}

#[test]
fn a_port_that_the_product_sets_up_has_its_text_and_nothing_more() {
    let product = (
        "number = 7120\n",
        "number = 7120\nconfigured-by = \"product: HTTPS, in the container\"\n",
    );
    let says =
        "the product does its TLS, \"HTTPS, in the container\" (configured-by, fleet.toml:20:17)";
    let tables = ["credentials, taken", "default ", "certificate-key"];
    check(&[product, (PORT, "")], M, &[says], &tables);
    let client =
        "the product does the TLS of its port MessageServer:default, \"HTTPS, in the container\"";
    check(&[product, (PORT, "")], S, &[client], &tables);
    let folder = changed(&[product, (PORT, "")]);
    let report = explain(&folder, &["--json", M]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["settings"], Value::Array(Vec::new()), "{report:#}");
}

#[test]
fn connections_that_nobody_wrote_say_what_makes_them() {
    let spare = format!(
        "backup = \"Spare\"\n{PORT_OF_PAIR}[[application]]\nname = \"Spare\"\n{SERVER}{PORT_OF_PAIR}"
    );
    let pair = ("[[application.port]]\nnumber = 7120\n", &*spare);
    let backup = "it stands in no file: MessageServer has the backup Spare (fleet.toml:18:10), \
                  so the connection to MessageServer";
    check(
        &[pair, (PORT, "")],
        &format!("{S}@backup"),
        &[backup, "goes there too"],
        &[],
    );
    let link = "it stands in no file: MessageServer has the backup Spare (fleet.toml:18:10), \
                and the two are linked by the port default of Spare, since no port of it has ha-sync";
    check(&[pair, (PORT, "")], "MessageServer/Spare", &[link], &[]);
    check(&[pair, (PORT, "")], S, &[], &["it stands in no file"]);
}

const PORT_OF_PAIR: &str = "[[application.port]]\nnumber = 7120\nmode = \"secured\"\n";

#[test]
fn defaults_are_shown_when_asked_for() {
    check(&[], M, &[], &["sec-protocol", "cipher-list"]);
    let folder = changed(&[]);
    let all = explain(&folder, &["--all", M]);
    all.prints("not set:").prints("crl-freshness");
    call(&folder, "explain", &["--all", "--json", M]).exits_with(2);
}

#[test]
fn a_host_shows_which_certificate_each_end_has() {
    let folder = changed(&[]);
    let shown = "MessageServer:default: mutual, /etc/sec/msg1.pem of the host";
    explain(&folder, &["host msg1.example.com"]).prints(shown);
    let report = explain(&folder, &["--json", "host msg1.example.com"]).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["endpoints"][0]["certificate"], "/etc/sec/msg1.pem");
    assert_eq!(report["endpoints"][0]["from"], "host");
}

#[test]
fn who_names_the_wrong_thing_is_told_what_was_taken_for_what() {
    let folder = changed(&[]);
    let refused = |words: &[&str], says: &str| {
        call(&folder, "explain", words).refused(says);
    };
    refused(&["fleet.toml"], "fleet.toml was taken for the place");
    refused(
        &["msg1.example.com"],
        "that is a host: write 'host msg1.example.com'",
    );
    refused(&["host nosuch"], "the fleet has no host nosuch");
    fs::create_dir(folder.path().join("sub")).unwrap();
    let moved = folder.path().join("sub/other.toml");
    fs::rename(folder.path().join("fleet.toml"), moved).unwrap();
    refused(
        &["sub/other.toml"],
        "sub/other.toml was taken for the place",
    );
}
