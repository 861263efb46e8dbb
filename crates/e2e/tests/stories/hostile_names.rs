//! Names from hostile people: in flags, in `hosts.csv` and in requests of others.
//!
//! Each gets the certificate that it asks for, which programs that are not ours read as it was meant, or
//! a refusal by name that leaves nothing behind. Invariant: whatever was asked for, folder and ledger stay
//! such that others work with them, and nothing that is printed acts on a terminal.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use trustpack_e2e::ca::{TestCa, check_call, ledger_serials};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;

use crate::ca_scripts::Scripts;

mod raw_request;
mod texts;

use raw_request::RawRequest;
use texts::{Fate, attributes, hosts};

/// Fails if what a program printed acts on a terminal, turns the direction of writing, or is long.
#[track_caller]
fn assert_harmless(outcome: &Outcome) {
    let acts = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}' | '\u{2028}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    for output in [&outcome.stdout, &outcome.stderr] {
        assert!(!output.contains(acts), "{output:?}");
    }
    let longest = outcome.stderr.lines().map(str::len).max();
    assert!(longest.unwrap_or_default() < 1000, "{}", outcome.stderr);
}

/// Fails unless the newest certificate has this organization, by OpenSSL and GnuTLS; without one, unless
/// it has none.
#[track_caller]
fn assert_organization(ca: &Path, serial: &str, text: &str) {
    let file = ca.join("repository").join(format!("{serial}.pem"));
    let options = [
        "-noout",
        "-subject",
        "-nameopt",
        "utf8,sep_multiline",
        "-in",
    ];
    let subject = Call::foreign("openssl", ["x509"]).args(options).arg(&file);
    let subject = subject.succeeds().stdout;
    let read = subject.lines().find_map(|line| line.strip_prefix("    O="));
    assert_eq!(read.unwrap_or_default(), text, "{subject}");
    let shown = Call::foreign("certtool", ["--certificate-info", "--infile"]).arg(&file);
    let shown = shown.succeeds().stdout;
    let wanted = format!("Subject: CN=h.example.com,O={}\n", in_rfc_4514(text));
    assert!(
        text.is_empty() || shown.contains(&wanted),
        "{wanted}{shown}"
    );
    let ours = Call::trustpack(["cert", "show"]).arg(&file).succeeds();
    assert_harmless(&ours);
}

/// A value as RFC 4514 section 2.4 writes it.
fn in_rfc_4514(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut result = String::new();
    for (index, character) in text.chars().enumerate() {
        let at_an_end = character == ' ' && (index == 0 || index == last);
        if ",+\"\\<>;".contains(character) || at_an_end || (index == 0 && character == '#') {
            result.push('\\');
        }
        result.push(character);
    }
    result
}

/// Fails unless the folder is one that others can work with: plain names of files, one plain line for
/// each of `certificates`, and an index that OpenSSL reads.
#[track_caller]
fn assert_sound(dir: &Path, certificates: usize) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    for path in folder::listing(&dir.join("repository")).keys() {
        let name = path.to_str().unwrap();
        assert!(name.chars().all(plain), "{name:?}");
        assert!(!name.starts_with(['-', '.']), "{name:?}");
    }
    let ledger = fs::read(dir.join("ca_conf/ca.db")).unwrap();
    let printable = |octet: &u8| octet.is_ascii_graphic() || b" \t\n".contains(octet);
    assert!(ledger.iter().all(printable));
    let serials = ledger_serials(dir);
    assert_eq!(serials.len(), certificates, "{serials:?}");
    check_call(dir).succeeds().prints("nothing is out of step");
    let arguments = [
        "ca",
        "-config",
        "ca_conf/ca.conf",
        "-gencrl",
        "-out",
        "list.pem",
    ];
    Call::foreign("openssl", arguments).within(dir).succeeds();
    for arguments in [&["cert", "list"][..], &["cert", "list", "--json"]] {
        let listed = Call::trustpack(arguments).arg("--ca").arg(dir).succeeds();
        assert_harmless(&listed);
        for serial in &serials {
            assert!(listed.stdout.contains(serial.as_str()), "{serial}");
        }
    }
}

/// Runs a call that must be refused with these words, and leave the CA directory as it was.
#[track_caller]
fn refused(ca: &Path, call: Call, code: i32, words: &str) {
    let before = folder::listing(ca);
    let outcome = call.exits_with(code).says(words);
    assert_harmless(&outcome);
    folder::assert_unchanged(ca, &before);
}

/// Runs a call that must come to this; gives how many certificates it made.
#[track_caller]
fn assert_fate(ca: &Path, call: Call, fate: &Fate, code: i32) -> usize {
    match fate {
        Fate::Certified(value) => {
            assert_harmless(&call.succeeds());
            let serial = ledger_serials(ca).pop().unwrap();
            assert_organization(ca, &serial, value);
            1
        }
        Fate::Refused(words) => {
            refused(ca, call, code, words);
            0
        }
    }
}

/// Issues for a table that has wrong lines; gives what was said of each of them.
#[track_caller]
fn issue_from(ca: &Path, csv: &str) -> (Outcome, Vec<String>) {
    let folder = folder::temporary();
    let file = folder.path().join("hosts.csv");
    fs::write(&file, csv).unwrap();
    let call = Call::trustpack(["cert", "issue", "--key", "ecdsa-p256", "--ca"]);
    let outcome = call.arg(ca).arg("--from").arg(&file).exits_with(1);
    assert_harmless(&outcome);
    let lines = outcome.stderr.lines();
    let refusals = lines.filter(|line| line.starts_with("error: "));
    let refusals = refusals.map(str::to_owned).collect();
    (outcome, refusals)
}

#[test]
fn attributes_in_flags() {
    let ca = TestCa::new();
    let mut certificates = 0;
    for text in attributes()
        .iter()
        .filter(|text| !text.value.contains('\0'))
    {
        let flag = format!("--organization={}", text.value);
        let call = ca.issue_call("h.example.com", &[&flag]);
        certificates += assert_fate(ca.dir(), call, &text.in_flags, 2);
    }
    assert_sound(ca.dir(), certificates);
}

#[test]
fn attributes_in_a_file_of_hosts() {
    let ca = TestCa::new();
    let texts = attributes();
    let mut csv = "host,organization,cn\n".to_owned();
    for (text, number) in texts.iter().zip(1..) {
        let quoted = text.value.replace('"', "\"\"");
        csv.push_str(&format!(
            "h{number}.example.com,\"{quoted}\",h.example.com\n"
        ));
    }
    let (_, refusals) = issue_from(ca.dir(), &csv);
    let mut refusals = refusals.into_iter();
    let mut serials = ledger_serials(ca.dir()).into_iter();
    for text in &texts {
        match &text.in_csv {
            Fate::Certified(value) => {
                assert_organization(ca.dir(), &serials.next().unwrap(), value);
            }
            Fate::Refused(words) => {
                let said = refusals.next().unwrap();
                assert!(said.contains(words), "{words}: {said}");
                assert!(said.contains("column 2 (organization)"), "{said}");
            }
        }
    }
    assert_eq!((serials.next(), refusals.next()), (None, None));
    assert_sound(ca.dir(), ledger_serials(ca.dir()).len());
}

#[test]
fn attributes_in_requests() {
    let ca = TestCa::new();
    let maker = RawRequest::new();
    let mut certificates = 0;
    for text in &attributes() {
        maker.write(&text.value, b"h.example.com");
        let call = Call::trustpack(["cert", "issue", "--ca"]).arg(ca.dir());
        let call = call.arg("--csr").arg(maker.file());
        certificates += assert_fate(ca.dir(), call, &text.in_requests, 1);
    }
    assert_sound(ca.dir(), certificates);
}

#[test]
fn hosts_in_flags() {
    let ca = TestCa::new();
    let mut certificates = 0;
    for text in hosts().iter().filter(|text| !text.value.contains('\0')) {
        let call =
            || Call::trustpack(["cert", "issue", "--key", "ecdsa-p256", "--ca"]).arg(ca.dir());
        let as_host = call().args(["--", &text.value]);
        let as_name = call().args(["h.example.com", &format!("--san={}", text.value)]);
        for (call, fate) in [(as_host, &text.as_host), (as_name, &text.as_name)] {
            match fate {
                Fate::Certified(name) => {
                    assert_harmless(&call.succeeds());
                    certificates += 1;
                    assert_newest_bears(ca.dir(), name);
                }
                // The command line has an option for addresses.
                Fate::Refused(_) if text.value.parse::<IpAddr>().is_ok() => {
                    refused(ca.dir(), call, 2, "it is an IP address");
                }
                // The command line makes no sense: nothing was looked at.
                Fate::Refused(words) => refused(ca.dir(), call, 2, words),
            }
        }
    }
    assert_sound(ca.dir(), certificates);
}

#[test]
fn hosts_in_requests() {
    let ca = TestCa::new();
    let maker = RawRequest::new();
    let mut certificates = 0;
    for text in &hosts() {
        maker.write("Example", text.value.as_bytes());
        let call = Call::trustpack(["cert", "issue", "h.example.com", "--ca"]).arg(ca.dir());
        let call = call.arg("--csr").arg(maker.file());
        // Names in certificates are ASCII: what is not, has no meaning there (RFC 5280 section 4.2.1.6).
        match &text.as_name {
            Fate::Certified(name) if text.value.is_ascii() => {
                // Nobody here has asked for it, so it is told and left out.
                let outcome = call.succeeds().says("not taken");
                assert_harmless(&outcome.says(&format!("DNS:{name}")));
                certificates += 1;
            }
            Fate::Certified(_) | Fate::Refused(_) => refused(ca.dir(), call, 1, "request"),
        }
    }
    assert_sound(ca.dir(), certificates);
}

#[test]
fn hosts_in_a_file_of_hosts() {
    let ca = TestCa::new();
    let texts = hosts();
    let mut csv = "san,host\n".to_owned();
    for (text, number) in texts.iter().zip(1..) {
        csv.push_str(&format!("\"{}\",h{number}.example.com\n", text.value));
        csv.push_str(&format!(",\"{}\"\n", text.value));
    }
    let (outcome, refusals) = issue_from(ca.dir(), &csv);
    let serials = ledger_serials(ca.dir());
    // A line without anything is passed over.
    let blank = 1;
    assert_eq!(
        serials.len() + refusals.len(),
        2 * texts.len() - blank,
        "{outcome}"
    );
    for serial in &serials {
        let file = ca.dir().join("repository").join(format!("{serial}.pem"));
        assert_harmless(&Call::trustpack(["cert", "show"]).arg(file).succeeds());
    }
    assert_sound(ca.dir(), serials.len());
}

#[test]
fn a_path_with_a_line_break_stays_in_its_line() {
    let ca = TestCa::new();
    ca.issue("h.example.com", &[]);
    let place = folder::temporary();
    let to = place.path().join("a\nerror: b");
    let export = Call::trustpack(["cert", "export", "h.example.com", "--ca"])
        .arg(ca.dir())
        .arg("--to")
        .arg(&to);
    let told = export.succeeds();
    assert_eq!(told.stdout.lines().count(), 4, "{told}");
    let told = Call::trustpack(["cert", "verify"])
        .arg(to.join("missing.pem"))
        .args(["--trusted-ca", "missing.pem"])
        .exits_with(1);
    let begins = |line: &str| line.starts_with("error: ");
    assert_eq!(
        told.stderr.lines().filter(|line| begins(line)).count(),
        1,
        "{told}"
    );
    // What programs read is the name itself.
    let shown = Call::trustpack(["cert", "show", "--json"])
        .arg(to.join("h_cert.pem"))
        .succeeds();
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(
        shown["shown"][0]["what"],
        to.join("h_cert.pem").to_str().unwrap()
    );
}

#[test]
fn the_documented_script_refuses_them_too() {
    let scripts = Scripts::with_ca();
    let refuses = |flags: &[&str], words: &str| {
        let before = folder::listing(scripts.dir());
        let outcome = scripts.create_cert(flags).run().says(words);
        assert!(matches!(outcome.status.code(), Some(1 | 2)), "{outcome}");
        assert_harmless(&outcome);
        folder::assert_unchanged(scripts.dir(), &before);
    };
    for text in hosts().iter().filter(|text| !text.value.contains('\0')) {
        if let Fate::Refused(words) = &text.as_host {
            let words = match &text.value {
                // What looks like a flag is taken for one.
                value if value.starts_with('-') => "error: ",
                value if value.parse::<IpAddr>().is_ok() => "an address goes with -IP",
                _ => words,
            };
            refuses(&["-host", &text.value, "-CN", "x"], words);
        }
    }
    for text in attributes()
        .iter()
        .filter(|text| !text.value.contains('\0'))
    {
        if let Fate::Refused(words) = &text.in_flags {
            refuses(
                &["-host", "h.example.com", "-CN", "x", "-O", &text.value],
                words,
            );
        }
    }
    // What looks like a flag is one, unless it is tied to one.
    refuses(&["-host", "h.example.com", "-CN", "-rf"], "error: ");
    let flags = ["-host", "h.example.com", "-CN=-rf", "-OU=--help"];
    scripts.create_cert(&flags).succeeds();
    let serial = ledger_serials(scripts.dir()).pop().unwrap();
    let file = scripts
        .dir()
        .join("repository")
        .join(format!("{serial}.pem"));
    let subject = Call::foreign("openssl", ["x509", "-noout", "-subject", "-in"]).arg(file);
    subject.succeeds().prints("OU = --help, CN = -rf\n");
    assert_sound(scripts.dir(), 1);
}

/// Fails unless the newest certificate bears this name, by OpenSSL and GnuTLS.
#[track_caller]
fn assert_newest_bears(ca: &Path, name: &str) {
    let serial = ledger_serials(ca).pop().unwrap();
    let file = ca.join("repository").join(format!("{serial}.pem"));
    let options = ["x509", "-noout", "-ext", "subjectAltName", "-in"];
    let names = Call::foreign("openssl", options)
        .arg(&file)
        .succeeds()
        .stdout;
    let bears = names
        .split([',', '\n'])
        .any(|one| one.trim() == format!("DNS:{name}"));
    assert!(bears, "{name}: {names}");
    let shown = Call::foreign("certtool", ["--certificate-info", "--infile"]).arg(&file);
    shown.succeeds().prints(&format!("DNSname: {name}"));
}
