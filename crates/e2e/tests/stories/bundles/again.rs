//! Bundles over the life of a certificate and of its CA: they follow a renewal, and are made anew after a new key.

use std::fs;
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::chains::{Meeting, assert_trusted};
use trustpack_e2e::folder;

use super::{Bundle, names};

#[track_caller]
fn on(ca: &TestCa, words: &[&str]) -> Call {
    Call::trustpack(words).arg("--ca").arg(ca.dir())
}

fn no_bundle(told: &Outcome) -> bool {
    !told
        .stdout
        .lines()
        .any(|line| line.starts_with("for nginx  "))
}

#[test]
fn a_renewed_certificate_has_the_bundles_of_the_one_before() {
    let ca = TestCa::new();
    let place = folder::temporary();
    let out = place.path().to_str().unwrap();
    let first = Bundle::issued(&ca, "Web.example.com", "stunnel", &["--out", out]);
    let before = ca.newest("Web.example.com").serial;
    let told = on(&ca, &["cert", "bundle", &before, "--for", "nginx"]).succeeds();
    let first_nginx = Bundle::told(&told, "nginx");
    let told = on(&ca, &["cert", "renew", &before]).succeeds();
    let [stunnel, nginx] = ["stunnel", "nginx"].map(|target| Bundle::told(&told, target));
    assert_eq!(
        stunnel.folder.parent(),
        first.folder.parent(),
        "it goes where the one before is"
    );
    assert_ne!(stunnel.folder, first.folder);
    assert!(first.folder.is_dir(), "the one before stays");
    assert!(nginx.folder.starts_with(ca.dir()));
    // On the host the new files go where the old ones are, and its configuration stays.
    assert_eq!(names(&nginx.folder), names(&first_nginx.folder));
    assert_eq!(nginx.text("nginx.conf"), first_nginx.text("nginx.conf"));
    // The new one is on record too, and nobody gets one who does not want it.
    let second = ca.newest("Web.example.com").serial;
    let told = on(&ca, &["cert", "renew", &second, "--no-bundles"]).succeeds();
    assert!(no_bundle(&told), "{told}");
    let third = ca.newest("Web.example.com").serial;
    let told = on(&ca, &["cert", "renew", &third]).succeeds();
    assert!(no_bundle(&told), "{told}");
    on(&ca, &["ca", "check"])
        .succeeds()
        .prints("nothing is out of step");
}

#[test]
fn a_password_is_asked_for_again() {
    let ca = TestCa::new();
    let place = folder::temporary();
    let secret = place.path().join("secret");
    fs::write(&secret, "changeme\n").unwrap();
    let secret = secret.to_str().unwrap();
    drop(Bundle::issued(
        &ca,
        "web.example.com",
        "java",
        &["--password-file", secret],
    ));
    let serial = ca.newest("web.example.com").serial;
    on(&ca, &["cert", "renew", &serial])
        .exits_with(1)
        .says("have a password, and none is given")
        .says("--password-file");
    let told = on(&ca, &["cert", "renew", &serial, "--password-file", secret]).succeeds();
    drop(Bundle::told(&told, "java"));
}

#[test]
fn after_a_new_key_the_folders_that_lack_it_are_named_and_made_anew() {
    let ca = TestCa::new();
    let bundle = Bundle::issued(&ca, "web.example.com", "nginx", &[]);
    ca.issue("without.example.com", &[]);
    let old_root = ca.dir().with_file_name("old_root.pem");
    fs::copy(ca.conf("ca_cert.pem"), &old_root).unwrap();
    behind(&ca, 0).says("no bundle is behind");
    on(&ca, &["ca", "rekey"])
        .succeeds()
        .prints("1 bundle that --for made lacks the new CA certificate")
        .prints("cert bundle --behind");
    // What somebody keeps beside the files is not thrown away.
    let own = bundle.folder.join("own.txt");
    fs::write(&own, "mine").unwrap();
    behind(&ca, 1).says("own.txt is not of the bundle");
    fs::remove_file(&own).unwrap();
    behind(&ca, 0).prints("for nginx  ");
    behind(&ca, 0).says("no bundle is behind");
    let roots = fs::read_to_string(bundle.file("ca_cert.pem")).unwrap();
    assert_eq!(roots.matches("BEGIN CERTIFICATE").count(), 2);
    let sent = bundle.file("_cert.pem");
    let [old, new] = [old_root, ca.conf("ca_cert.pem")];
    let meeting = |trusted: &Path| (trusted.to_owned(), sent.clone());
    for (trusted, sent) in [meeting(&old), meeting(&new)] {
        let (trusted, sent) = (&*trusted, &*sent);
        assert_trusted(&[(Meeting { trusted, sent }, true)]);
    }
    // With the same key and new dates, the other way round.
    let renewed = on(&ca, &["ca", "renew", "--json"]).succeeds();
    let renewed: Value = serde_json::from_str(&renewed.stdout).unwrap();
    assert_eq!(renewed["bundles_behind"][0]["target"], "nginx");
    behind(&ca, 0).prints("for nginx  ");
}

#[track_caller]
fn behind(ca: &TestCa, code: i32) -> Outcome {
    on(ca, &["cert", "bundle", "--behind"]).exits_with(code)
}

#[test]
fn what_cannot_be_looked_at_is_no_answer() {
    let ca = TestCa::new();
    drop(Bundle::issued(&ca, "web.example.com", "nginx", &[]));
    let serial = ca.newest("web.example.com").serial;
    let record = ca.dir().join(format!("repository/{serial}_bundles.json"));
    fs::write(&record, "{").unwrap();
    let told = behind(&ca, 1)
        .says(&format!(
            "error: {serial}: nobody knows whether its bundles are behind"
        ))
        .says("no bundle was made");
    assert!(!told.stderr.contains("no bundle is behind"), "{told}");
    on(&ca, &["ca", "renew"]).succeeds().says("nobody knows");
}

#[test]
fn commands_at_once_all_make_their_bundles() {
    let ca = TestCa::new();
    let serial = ca.issue("web.example.com", &[]).serial;
    let targets = ["nginx", "java", "nginx", "haproxy", "nginx", "stunnel"];
    std::thread::scope(|scope| {
        for target in targets {
            let (ca, serial) = (&ca, &serial);
            scope.spawn(move || on(ca, &["cert", "bundle", serial, "--for", target]).succeeds());
        }
    });
    let told = on(&ca, &["cert", "renew", &serial]).succeeds();
    for target in ["nginx", "java", "haproxy", "stunnel"] {
        drop(Bundle::told(&told, target));
    }
}

#[test]
fn what_does_not_count_any_more_gets_none() {
    let ca = TestCa::new();
    let host = ca.issue("web.example.com", &[]);
    on(&ca, &["cert", "bundle", &host.serial])
        .exits_with(1)
        .says("no bundle was made of the certificate")
        .says("--for");
    on(&ca, &["cert", "revoke", &host.serial]).succeeds();
    on(&ca, &["cert", "bundle", &host.serial, "--for", "nginx"])
        .exits_with(1)
        .says("is revoked, so no bundle is made of it");
}

#[test]
fn each_line_of_a_table_names_its_programs() {
    let ca = TestCa::new();
    let hosts = ca.dir().with_file_name("hosts.csv");
    let table = "host,for,key\n\
                 a.example.com,nginx;stunnel,ecdsa-p256\n\
                 b.example.com,,ecdsa-p256\n\
                 c.example.com,tomcat,ecdsa-p256\n\
                 10.0.0.7,,\n";
    fs::write(&hosts, table).unwrap();
    let told = on(&ca, &["cert", "issue", "--json"])
        .arg("--from")
        .arg(&hosts)
        .exits_with(1);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let targets = |index: usize| told["issued"][index]["bundles"].as_array().map(Vec::len);
    assert_eq!([targets(0), targets(1)], [Some(2), Some(0)]);
    assert_eq!(told["failed"][0]["column"], "for");
    let error = told["failed"][1]["error"].as_str().unwrap();
    assert!(
        error.contains("an address goes into the column ip"),
        "{error}"
    );
}
