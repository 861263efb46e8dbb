//! Every finding about the files of one end: a case that fires, and one beside it that does not.
//!
//! 2.6 "material (with files)" of the specification; what needs both ends is tested with the survey.
//!
//! Long because every kind of finding stands beside the others.

use std::path::Path;

use crate::look;
use crate::support::{Authority, Host, Issued, List, Site, between, time};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::pkcs12::{self, Encryption};
use trustpack_keystore::store::write::{StoreFormat, write};
use trustpack_keystore::store::{Entry, Holds, Store};
use trustpack_material::files::permissions::{Account, Permissions};
use trustpack_material::files::{MemoryFiles, Readers};
use trustpack_settings::endpoint::Role;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::general_name::GeneralName;

/// What a check says of these files at this end: the codes, with every message.
pub(crate) fn codes(site: &Site, role: Role) -> (Vec<String>, String) {
    let examined = site.examine(role, None);
    let mut codes: Vec<_> = examined
        .findings()
        .map(|finding| finding.code().to_string())
        .collect();
    codes.sort();
    codes.dedup();
    look(&codes);
    let messages: Vec<_> = examined.findings().map(|f| f.message.as_str()).collect();
    (codes, messages.join("\n"))
}

/// The first one fires the code with these words, the second does not fire it.
#[track_caller]
pub(crate) fn fires(code: &str, says: &str, bad: &Site, good: &Site) {
    let (found, messages) = codes(bad, Role::Server);
    assert!(found.iter().any(|one| one == code), "{found:?} {messages}");
    assert!(messages.contains(says), "{messages}");
    let (found, messages) = codes(good, Role::Server);
    assert!(!found.iter().any(|one| one == code), "{found:?} {messages}");
}

/// A certificate for a year around the time of the tests, from an authority that is trusted.
pub(crate) struct Ground {
    pub(crate) root: Authority,
    pub(crate) own: Issued,
}

pub(crate) fn year(name: &str) -> Host<'_> {
    Host {
        validity: between("2020-05-01", "2021-05-01"),
        ..Host::named(name)
    }
}

pub(crate) fn ground() -> Ground {
    let root = Authority::root("Root");
    let own = root.issue(&year("a.example.com"));
    Ground { root, own }
}

impl Ground {
    pub(crate) fn site(&self) -> Site {
        Site::new()
            .issued(&self.own)
            .trusts(&[&self.root.certificate])
    }

    fn with(&self, host: &Host<'_>) -> Site {
        let issued = self.root.issue(host);
        Site::new()
            .issued(&issued)
            .trusts(&[&self.root.certificate])
    }

    pub(crate) fn trusting(&self, trusted: &[&Certificate]) -> Site {
        Site::new().issued(&self.own).trusts(trusted)
    }

    pub(crate) fn listing(&self, list: &List<'_>) -> Site {
        self.site()
            .set("tls-mutual", "1")
            .lists(&self.root.list(list))
    }
}

#[test]
fn good_files_have_no_findings() {
    let ground = ground();
    assert_eq!(codes(&ground.site(), Role::Server).0, [""; 0]);
    assert_eq!(
        codes(&ground.listing(&List::default()), Role::Server).0,
        [""; 0]
    );
}

#[test]
fn item_2_6_soon_over() {
    let ground = ground();
    let until = |end| Host {
        validity: between("2020-01-01", end),
        ..Host::named("a.example.com")
    };
    // The time is the first of June 2020, 152 days later.
    fires(
        "TP4022",
        "less than a third",
        &ground.with(&until("2020-08-15")),
        &ground.with(&until("2020-08-17")),
    );
}

#[test]
fn item_2_6_names_of_the_own_certificate() {
    let ground = ground();
    let named = |names: &[&str]| {
        let alt_names = names
            .iter()
            .map(|name| GeneralName::Dns((*name).to_owned()));
        ground.with(&Host {
            alt_names: alt_names.collect(),
            ..year("a.example.com")
        })
    };
    let good = named(&["a.example.com"]);
    fires("TP4023", "no subject alternative names", &named(&[]), &good);
    fires(
        "TP4024",
        "*.example.com",
        &named(&["a.example.com", "*.example.com"]),
        &good,
    );
    // A client that nobody asks for its certificate bears no name that matters.
    assert_eq!(
        codes(&named(&[]).peer("b.example.com"), Role::Client).0,
        ["TP4023"]
    );
}

#[test]
fn chains_that_are_too_large_for_a_message() {
    let ground = ground();
    let with_names = |count: usize| {
        let name = |index| GeneralName::Dns(format!("{index:04}.a.example.com"));
        let own = std::iter::once(GeneralName::Dns("a.example.com".to_owned()));
        ground.with(&Host {
            alt_names: own.chain((0..count).map(name)).collect(),
            ..year("a.example.com")
        })
    };
    // Each name has 20 octets in the certificate.
    let [most, large, usual] = [3500, 2000, 1000].map(with_names);
    let says = "at most 65535 are taken";
    fires("TP4039", says, &most, &large);
    assert!(most.load(Role::Server).is_err());
    let says = "at most 32768 by some peers, and 65535 by others, are taken";
    fires("TP4040", says, &large, &usual);
    assert!(large.load(Role::Server).is_ok());
}

#[test]
fn item_2_6_long_validity() {
    let ground = ground();
    let days = |end| Host {
        validity: between("2020-05-01", end),
        ..Host::named("a.example.com")
    };
    fires(
        "TP4027",
        "826 days",
        &ground.with(&days("2022-08-05")),
        &ground.with(&days("2022-08-04")),
    );
}

#[test]
fn item_2_6_anchors() {
    let ground = ground();
    let root = &ground.root.certificate;
    let sub = ground.root.intermediate("Sub").certificate;
    let host = ground.root.issue(&Host::named("b.example.com")).certificate;
    let good = ground.trusting(&[root]);
    fires(
        "TP4013",
        "is no CA",
        &ground.trusting(&[root, &host]),
        &good,
    );
    fires(
        "TP4025",
        "issued by",
        &ground.trusting(&[root, &sub]),
        &good,
    );
    let expired = ground.root.valid(between("2010-01-01", "2020-05-31"));
    fires(
        "TP4026",
        "was valid until 2020-05-31",
        &ground.trusting(&[&expired]),
        &good,
    );
    let to_come = ground.root.valid(between("2020-06-02", "2030-05-31"));
    fires(
        "TP4026",
        "only from 2020-06-02",
        &ground.trusting(&[&to_come]),
        &good,
    );
}

#[test]
fn item_2_6_weak_key_or_digest() {
    let ground = ground();
    let fixture = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../judge/tests/fixtures");
        let file = std::fs::read(path.join(name)).unwrap();
        pem::read_certificates(&file).unwrap().remove(0)
    };
    let (small, sha1) = (fixture("small-root.pem"), fixture("sha1-root.pem"));
    let root = &ground.root.certificate;
    // The signature of what is trusted is not judged.
    fires(
        "TP4021",
        "1024 bits",
        &ground.trusting(&[root, &small]),
        &ground.trusting(&[root, &sha1]),
    );
    let own = |digest| {
        ground.with(&Host {
            digest,
            ..year("a.example.com")
        })
    };
    fires("TP4021", "SHA-1", &own(Digest::Sha1), &own(Digest::Sha384));
    // The option takes a root until its day, and a smaller one on no day.
    let accepting = |anchor, day| ground.trusting(&[root, anchor]).set(ACCEPT_WEAK, day);
    let [taken, over] = ["2020-06-01", "2020-05-31"].map(|day| accepting(&small, day));
    fires("TP4021", "1024 bits", &over, &taken);
    let tiny = fixture("tiny-root.pem");
    for day in ["2020-06-01", "2020-05-31"] {
        fires("TP4021", "768 bits", &accepting(&tiny, day), &taken);
    }
    for (site, advice) in [
        (
            ground.trusting(&[root, &small]),
            "until then danger-accept-weak",
        ),
        (over, "is over"),
        (
            accepting(&tiny, "2020-06-01"),
            "danger-accept-weak takes none like it",
        ),
        (own(Digest::Sha1), "until then danger-accept-weak"),
    ] {
        let examined = site.examine(Role::Server, None);
        let mut weak = examined
            .findings()
            .filter(|one| one.code().to_string() == "TP4021");
        let remedy = &weak.next().unwrap().remedy;
        assert!(remedy.contains(advice), "{remedy}");
    }
}

const ACCEPT_WEAK: &str = "danger-accept-weak";

/// A PKCS#12 or JKS file of keys with their certificates.
fn store(entries: &[(&str, &Issued)], format: StoreFormat) -> Vec<u8> {
    let mut store = Store::new();
    for (alias, issued) in entries {
        let key = pem::read_private_key(pem::private_key_to_pem(&issued.key).as_bytes(), None);
        let holds = Holds::Key {
            key: key.unwrap(),
            chain: vec![issued.certificate.clone()],
        };
        store
            .add(Entry {
                alias: alias.parse().unwrap(),
                holds,
            })
            .unwrap();
    }
    let password = Password::new("secret");
    write(&store, format, Some(&password), time("2020-01-01"))
        .unwrap()
        .to_vec()
}

fn jks_of(ground: &Ground, certificate: &str) -> Site {
    let other = ground.root.issue(&year("b.example.com"));
    let entries = [("one", &ground.own), ("two", &other)];
    let trusted = {
        let mut store = Store::new();
        let holds = Holds::Trusted(ground.root.certificate.clone());
        store
            .add(Entry {
                alias: "ca".parse().unwrap(),
                holds,
            })
            .unwrap();
        let password = Password::new("public");
        write(
            &store,
            StoreFormat::Jks,
            Some(&password),
            time("2020-01-01"),
        )
        .unwrap()
        .to_vec()
    };
    Site::new()
        .set("provider", "JKS")
        .file("/two.jks", store(&entries, StoreFormat::Jks))
        .file("/one.jks", store(&entries[..1], StoreFormat::Jks))
        .file(
            "/one.p12",
            store(&entries[..1], StoreFormat::Pkcs12(Encryption::Modern)),
        )
        .file(
            "/one.pem",
            pem::certificates_to_pem(std::slice::from_ref(&ground.own.certificate)),
        )
        .file("/ca.jks", trusted)
        .set("certificate", certificate)
        .set("trusted-ca", "/ca.jks")
        .set("truststore-password", "public")
}

#[test]
fn stores_of_java_are_read_by_alias_and_password() {
    let ground = ground();
    let site = |certificate: &str| jks_of(&ground, certificate).set("keystore-password", "secret");
    for good in ["/one.jks", "/two.jks#one", "/two.jks#ONE"] {
        let (_, material) = site(good).load(Role::Server).unwrap();
        let own = material.identity.unwrap();
        assert_eq!(
            own.chain(),
            std::slice::from_ref(&ground.own.certificate),
            "{good}"
        );
        assert!(material.anchors.contains(&ground.root.certificate));
    }
    let good = site("/one.jks");
    fires(
        "TP4019",
        "2 private keys, \"one\", \"two\"",
        &site("/two.jks"),
        &good,
    );
    fires(
        "TP4019",
        "no private key of the name \"three\"",
        &site("/two.jks#three"),
        &good,
    );
    fires(
        "TP4019",
        "is PKCS#12, and the provider JKS",
        &site("/one.p12"),
        &good,
    );
    fires(
        "TP4019",
        "is PEM, and the provider JKS",
        &site("/one.pem"),
        &good,
    );
    fires(
        "TP4019",
        "no private key",
        &site("/ca.jks").set("keystore-password", "public"),
        &good,
    );
    fires("TP4005", "/one.jks", &jks_of(&ground, "/one.jks"), &good);
    let wrong = jks_of(&ground, "/one.jks").set("keystore-password", "wrong");
    fires("TP4005", "/one.jks", &wrong, &good);
    fires(
        "TP4037",
        "trusted-ca: the file /ca.jks",
        &site("/one.jks").set("truststore-password", "wrong"),
        &good,
    );
    fires(
        "TP4037",
        "truststore-password: the environment variable UNSET",
        &site("/one.jks").set("truststore-password", "env:UNSET"),
        &wrong,
    );
}

#[test]
fn stores_of_pkcs12_are_read() {
    let ground = ground();
    let trusted =
        pkcs12::write_trust_store(std::slice::from_ref(&ground.root.certificate)).unwrap();
    let own = store(
        &[("one", &ground.own)],
        StoreFormat::Pkcs12(Encryption::Modern),
    );
    let site = |trusted_ca: &str| {
        Site::new()
            .set("provider", "PKCS12")
            .file("/own.p12", own.clone())
            .file("/ca.p12", trusted.clone())
            .set("certificate", "/own.p12")
            .set("trusted-ca", trusted_ca)
            .set("keystore-password", "file:/password")
            .set("truststore-password", "secret")
            .file("/password", "secret\n")
    };
    let (_, material) = site("/ca.p12").load(Role::Server).unwrap();
    assert!(material.identity.is_some());
    assert!(material.anchors.contains(&ground.root.certificate));
    fires(
        "TP4019",
        "no trusted certificate",
        &site("/own.p12"),
        &site("/ca.p12"),
    );
    fires(
        "TP4014",
        "also holds a private key",
        &site("/own.p12"),
        &site("/ca.p12"),
    );
}

#[test]
fn item_2_6_not_readable_by_the_account() {
    let ground = ground();
    let mut site = ground.site();
    let account = {
        let mut files = MemoryFiles::new();
        files.insert(
            "/etc/passwd",
            "voice:x:1001:100::/:/bin/sh\n",
            Readers::Everyone,
        );
        Account::find("voice", &files).unwrap()
    };
    for (mode, want) in [(0o600, true), (0o640, false), (0o604, true)] {
        let permissions = Permissions {
            owner: 0,
            group: 100,
            mode,
        };
        site.files
            .set_permissions(Path::new("/key.pem"), permissions);
        let found = site.examine(Role::Server, Some(&account));
        look(
            &found
                .findings()
                .map(|f| f.code().to_string())
                .collect::<Vec<_>>(),
        );
        let found = found.findings().any(|f| f.code().to_string() == "TP4020");
        assert_eq!(found, want, "{mode:o}");
        let found = site.examine(Role::Server, None);
        assert!(found.findings().all(|f| f.code().to_string() != "TP4020"));
    }
}

#[test]
fn what_cannot_be_read_from_here_is_said() {
    let site = Site::new()
        .set("provider", "PKCS11")
        .set("certificate", "pkcs11:object=host");
    fires(
        "TP4016",
        "PEM, JKS and PKCS12 are read",
        &site,
        &ground().site(),
    );
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    good_files_have_no_findings,
    item_2_6_soon_over,
    item_2_6_names_of_the_own_certificate,
    chains_that_are_too_large_for_a_message,
    item_2_6_long_validity,
    item_2_6_anchors,
    item_2_6_weak_key_or_digest,
    stores_of_java_are_read_by_alias_and_password,
    stores_of_pkcs12_are_read,
    item_2_6_not_readable_by_the_account,
    what_cannot_be_read_from_here_is_said,
];
