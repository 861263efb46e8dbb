//! PyPI `pkilint` on what is made less often: large RSA keys, mail addresses beside RSA, what the documented scripts
//! make, and the lists of a key that was replaced. Intermediate CAs, crosses and renewed CAs are linted where they are
//! made (`ca_sub`, `ca_rekey`).

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::{TestCa, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::lists::{crl, revoke};

use crate::ca_scripts::Scripts;
use crate::linted::findings;

/// A CA and its hosts, for the linter.
fn files_of(dir: &Path) -> Vec<String> {
    let mut files = vec![format!("ca={}", dir.join("ca_conf/ca_cert.pem").display())];
    for serial in ledger_serials(dir) {
        let copy = dir.join(format!("repository/{serial}.pem"));
        files.push(format!("host={}", copy.display()));
    }
    files
}

#[track_caller]
fn assert_nothing_found(dir: &Path, files: &[String]) {
    for (file, found) in findings(dir, files) {
        assert!(found.is_empty(), "{file}: {found:#?}");
    }
}

#[test]
fn large_rsa_keys_and_mail_addresses_beside_rsa() {
    let mut authorities = Vec::new();
    for (key, mail) in [
        ("rsa-3072", ""),
        ("rsa-4096", ""),
        ("rsa-2048", "ops@example.com"),
    ] {
        let mut words = vec!["--key", key];
        if !mail.is_empty() {
            words.extend(["--email", mail]);
        }
        let ca = TestCa::with(&words);
        Call::trustpack(["cert", "issue", "a.example.com", "--ca"])
            .arg(ca.dir())
            .args(words)
            .succeeds();
        authorities.push(ca);
    }
    let files: Vec<_> = authorities
        .iter()
        .flat_map(|ca| files_of(ca.dir()))
        .collect();
    assert_nothing_found(authorities[0].dir(), &files);
}

#[test]
fn what_the_scripts_make() {
    let scripts = Scripts::new();
    let names = "-E ops@example.com -OU Voice&Chat -O Example -L Berlin -S Berlin -C DE";
    let names: Vec<&str> = names.split(' ').collect();
    scripts
        .create_ca(&["-CN", "Example CA"])
        .args(&names)
        .succeeds();
    let issue = |flags: &[&str]| {
        let call = scripts.create_cert(&["-host", "a.example.com", "-CN", "a"]);
        call.args(flags).args(&names).succeeds();
    };
    issue(&[]);
    issue(&[
        "-SANdomain",
        "b.example.com,c.example.com",
        "-SANip",
        "10.0.0.1",
        "-keySz",
        "3072",
    ]);
    let files = files_of(scripts.dir());
    assert_eq!(files.len(), 3);
    assert_nothing_found(scripts.dir(), &files);
}

/// Names that are to be issued and that no strict linter takes: what the documentation of the scripts says of them.
#[test]
fn wildcards_and_underscores_are_the_exception() {
    let scripts = Scripts::with_ca();
    let flags = [
        "-host",
        "a.example.com",
        "-CN",
        "a",
        "-SANdomain",
        "*.b.example.com,_x.example.com",
    ];
    scripts.create_cert(&flags).succeeds();
    let found = findings(scripts.dir(), &files_of(scripts.dir()));
    let [(_, of_ca), (_, of_host)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(of_ca.len(), 0, "{of_ca:?}");
    let errors: Vec<_> = of_host
        .iter()
        .filter(|line| line.contains("(ERROR)"))
        .collect();
    assert!(!errors.is_empty(), "{of_host:?}");
    for error in errors {
        assert!(
            error.contains("pkix.invalid_domain_name_syntax"),
            "{of_host:?}"
        );
    }
    let page = include_str!("../../../../docs/guides/scripts.md");
    assert!(
        page.contains("pkix.invalid_domain_name_syntax"),
        "the page names the exception"
    );
}

#[test]
fn lists_of_a_key_that_was_replaced() {
    let ca = TestCa::new();
    let revoked = ca.issue("revoked.example.com", &[]);
    revoke(&ca, &[&revoked.serial, "--crl"]).succeeds();
    Call::trustpack(["ca", "rekey", "--ca"])
        .arg(ca.dir())
        .succeeds();
    crl(&ca, &["create"]).succeeds();
    let retired = fs::read_dir(ca.conf("retired")).unwrap();
    let mut lists: Vec<PathBuf> = retired
        .map(|one| one.unwrap().path().join("crl.pem"))
        .collect();
    lists.push(ca.conf("crl.pem"));
    assert_eq!(lists.len(), 2);
    let files = lists.iter().map(|list| format!("list={}", list.display()));
    assert_nothing_found(ca.dir(), &files.collect::<Vec<_>>());
}
