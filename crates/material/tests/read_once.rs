//! Files that many endpoints of a host name are read once, also those that cannot be read or opened.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use support::{Authority, Host, between, time};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::pkcs12::{self, Encryption};
use trustpack_material::files::{FileContents, Files, MemoryFiles, ReadFileError, Readers};
use trustpack_material::survey::{HostFiles, Sources, Survey, survey};
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::resolve;

/// How often each path was read.
type Readings = Rc<RefCell<BTreeMap<PathBuf, usize>>>;

struct Counted {
    files: MemoryFiles,
    readings: Readings,
}

impl Files for Counted {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        let mut readings = self.readings.borrow_mut();
        *readings.entry(path.to_owned()).or_default() += 1;
        self.files.read(path, limit)
    }
}

/// Applications on one host with these options, each with a port and a connection to the next one.
fn fleet(applications: usize, security: &str) -> String {
    let host = "[[host]]\nname = \"a.example.com\"\nplatform = \"unix\"\n[host.security]\n";
    let application = |index: usize| {
        let (next, number) = ((index + 1) % applications, 1000 + index);
        format!(
            "[[application]]\nname = \"A{index}\"\nhost = \"a.example.com\"\naccount = \"voice\"\n\
             [[application.port]]\nnumber = {number}\ntransport = \"tls=1;tls-mutual=1\"\n\
             [[application.connection]]\nto = \"A{next}\"\n"
        )
    };
    let applications: String = (0..applications).map(application).collect();
    format!("{host}{security}\n{applications}")
}

fn surveyed(text: &str, files: impl Fn() -> MemoryFiles) -> (Survey, BTreeMap<PathBuf, usize>) {
    let source = Source {
        path: "fleet.toml",
        text,
    };
    let (fleet, now) = (fleet_file::read(&[source]), time("2020-06-01"));
    let readings = Readings::default();
    let host = |_: &_| {
        HostFiles::There(Box::new(Counted {
            files: files(),
            readings: Rc::clone(&readings),
        }))
    };
    let sources = Sources {
        host: &host,
        variable: &|name| (name == "PASSWORD").then(|| Password::new("secret")),
        now,
    };
    let survey = survey(&fleet, &resolve(&fleet, now), sources);
    let readings = readings.borrow().clone();
    (survey, readings)
}

/// What five applications with these options find, and how often they read each path.
#[track_caller]
fn check(security: &str, files: impl Fn() -> MemoryFiles, codes: &[&str], want: &[(&str, usize)]) {
    let (survey, readings) = surveyed(&fleet(5, security), files);
    let mut found: Vec<_> = survey.findings().map(|f| f.code().to_string()).collect();
    found.dedup();
    assert_eq!(found, codes);
    let accounts = readings
        .iter()
        .map(|(path, times)| (path.as_path(), *times));
    let want = want.iter().map(|(path, times)| (Path::new(path), *times));
    assert_eq!(accounts.collect::<Vec<_>>(), want.collect::<Vec<_>>());
}

/// A certificate with its encrypted key, as PEM and as PKCS#12, and the root that issued it.
fn hosts_files() -> MemoryFiles {
    let root = Authority::root("Root");
    let issued = root.issue(&Host {
        validity: between("2020-05-01", "2021-05-01"),
        ..Host::named("a.example.com")
    });
    let password = Password::new("secret");
    let key = pem::private_key_to_encrypted_pem(&issued.key, &password).unwrap();
    let chain = [issued.certificate];
    let store = pkcs12::write_key_store(&issued.key, &chain, &password, Encryption::Modern);
    let mut files = MemoryFiles::new();
    for (path, contents) in [
        ("/own.pem", pem::certificates_to_pem(&chain).into_bytes()),
        ("/key.pem", key.into_bytes()),
        (
            "/ca.pem",
            pem::certificates_to_pem(&[root.certificate]).into_bytes(),
        ),
        ("/own.p12", store.unwrap().to_vec()),
    ] {
        files.insert(path, contents, Readers::Restricted);
    }
    files
}

const PEM: &str =
    "certificate = \"/own.pem\"\ncertificate-key = \"/key.pem\"\ntrusted-ca = \"/ca.pem\"";

#[test]
fn each_file_is_read_once() {
    let security = format!("{PEM}\nkeystore-password = \"env:PASSWORD\"");
    let want = [
        ("/ca.pem", 1),
        ("/etc/passwd", 1),
        // Without the password, and with it.
        ("/key.pem", 2),
        ("/own.pem", 1),
    ];
    check(&security, hosts_files, &[], &want);
}

#[test]
fn what_failed_is_not_tried_again() {
    let want = [
        ("/ca.pem", 1),
        ("/etc/passwd", 1),
        ("/key.pem", 1),
        ("/own.pem", 1),
    ];
    check(PEM, MemoryFiles::new, &["TP4001"], &want);
    let store = "provider = \"PKCS12\"\ncertificate = \"/own.p12\"\ntrusted-ca = \"/own.p12\"\n\
                 keystore-password = \"wrong\"\ntruststore-password = \"wrong\"";
    let want = [("/etc/passwd", 1), ("/own.p12", 1)];
    check(store, hosts_files, &["TP4005", "TP4037"], &want);
    // Another password is another attempt.
    let store = store.replacen("wrong", "secret", 1);
    let want = [("/etc/passwd", 1), ("/own.p12", 2)];
    check(&store, hosts_files, &["TP4009", "TP4037"], &want);
}

#[test]
fn those_who_trust_one_file_share_what_is_in_it() {
    let (survey, _) = surveyed(&fleet(3, PEM), hosts_files);
    let anchors = |place: &str| &survey.examined(&place.parse().unwrap()).unwrap().anchors;
    assert!(!anchors("A0").is_empty());
    for place in ["A1", "A2", "A0/A1", "A2/A0"] {
        assert!(anchors("A0").is_shared_with(anchors(place)), "{place}");
    }
}

/// They share what is found in it only as far as they are equally strict.
#[test]
fn a_small_ca_is_weak_for_whoever_does_not_accept_it() {
    let small = include_bytes!("../../judge/tests/fixtures/small-root.pem");
    let files = || {
        let mut files = hosts_files();
        files.insert("/ca.pem", small.to_vec(), Readers::Restricted);
        files
    };
    let security = format!("{PEM}\nkeystore-password = \"env:PASSWORD\"");
    for accepting in 0..3 {
        let number = format!("number = {}\ntransport = \"", 1000 + accepting);
        let option = format!("{number}danger-accept-weak=2030-01-01;");
        let text = fleet(3, &security).replace(&number, &option);
        // Other engines have no such option.
        let text = text.replace("number = ", "engine = \"trustpack\"\nnumber = ");
        let (survey, _) = surveyed(&text, files);
        for index in 0..3 {
            let place = format!("A{index}:default").parse().unwrap();
            let mut findings = survey.examined(&place).unwrap().findings();
            let is_weak = findings.any(|found| found.code().to_string() == "TP4021");
            assert_eq!(
                is_weak,
                index != accepting,
                "A{index}, A{accepting} accepts"
            );
        }
    }
}
