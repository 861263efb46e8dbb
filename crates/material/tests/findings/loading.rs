//! Loading the files of an endpoint: what is mended, and what is refused and why.
//!
//! Long because everything that one load can come to stands here once.

use crate::look;
use crate::support::{Authority, Host, Issued, Site, between, new_key, now, time};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_material::files::Readers;
use trustpack_material::material::Material;
use trustpack_settings::endpoint::Role;
use trustpack_settings::finding::{Code, Finding};
use trustpack_settings::fleet::Acceptance;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::resolve;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::Purpose;

fn codes<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<String> {
    let mut codes: Vec<_> = findings.into_iter().map(|f| f.code().to_string()).collect();
    codes.sort();
    look(&codes);
    codes
}

#[track_caller]
fn loaded(site: &Site, role: Role, want: &[&str]) -> Material {
    let (_, material) = site.load(role).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(codes(&material.findings), want);
    material
}

/// The findings of a refusal by code, and the messages for a look at their words.
#[track_caller]
fn refused(site: &Site, want: &[&str]) -> String {
    let error = site.load(Role::Server).expect_err("to be refused");
    assert_eq!(codes(&error.findings), want, "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with("the files of command line cannot be used: "),
        "{text}"
    );
    let messages = error.errors().map(|finding| finding.message.as_str());
    messages.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn sends(material: &Material, want: &[&Certificate]) {
    let identity = material.identity.as_ref().expect("an identity");
    let chain: Vec<_> = identity.chain().iter().collect();
    assert_eq!(chain, want);
    assert!(identity.key().matches(&identity.chain()[0]));
}

struct Tree {
    root: Authority,
    sub: Authority,
    leaf: Issued,
}

fn tree() -> Tree {
    let root = Authority::root("Root");
    let sub = root.intermediate("Sub");
    let leaf = sub.issue(&Host::named("a.example.com"));
    Tree { root, sub, leaf }
}

#[test]
fn a_chain_in_order_is_sent_as_it_stands() {
    let Tree { root, sub, leaf } = tree();
    let (root, sub, own) = (&root.certificate, &sub.certificate, &leaf.certificate);
    let site = Site::new()
        .identity(&[own, sub, root], &leaf.key)
        .trusts(&[root]);
    sends(&loaded(&site, Role::Server, &[]), &[own, sub, root]);
}

#[test]
fn item_3_2_1_a_chain_is_put_in_order_and_said_so() {
    let Tree { root, sub, leaf } = tree();
    let stray = Authority::root("Stray").certificate;
    let (root, sub, own) = (&root.certificate, &sub.certificate, &leaf.certificate);
    let site = Site::new()
        .identity(&[root, &stray, sub, own, sub], &leaf.key)
        .trusts(&[root]);
    let material = loaded(&site, Role::Server, &["TP4010"]);
    sends(&material, &[own, sub, root]);
    let message = &material.findings[0].message;
    for part in ["another order", "1 stand there more than once", "CN=Stray"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn item_3_2_1_several_files_make_one_chain() {
    let Tree { root, sub, leaf } = tree();
    let site = Site::new()
        .file(
            "/sub.pem",
            pem::certificates_to_pem(std::slice::from_ref(&sub.certificate)),
        )
        .file(
            "/leaf.pem",
            pem::certificates_to_pem(std::slice::from_ref(&leaf.certificate)),
        )
        .file("/key.pem", pem::private_key_to_pem(&leaf.key).as_bytes())
        .set("certificate", "/leaf.pem,/sub.pem")
        .set("certificate-key", "/key.pem")
        .trusts(&[&root.certificate]);
    let material = loaded(&site, Role::Server, &[]);
    sends(&material, &[&leaf.certificate, &sub.certificate]);
}

#[test]
fn item_3_2_2_a_given_root_is_left_out_on_request() {
    let Tree { root, sub, leaf } = tree();
    let (root, sub, own) = (&root.certificate, &sub.certificate, &leaf.certificate);
    let site = Site::new()
        .identity(&[own, sub, root], &leaf.key)
        .trusts(&[root])
        .set("send-root", "0");
    sends(&loaded(&site, Role::Server, &[]), &[own, sub]);
}

#[test]
fn item_3_2_2_an_intermediate_is_taken_from_the_trusted_file() {
    let Tree { root, sub, leaf } = tree();
    let (root, sub, own) = (&root.certificate, &sub.certificate, &leaf.certificate);
    let site = Site::new().identity(&[own], &leaf.key).trusts(&[root, sub]);
    sends(&loaded(&site, Role::Server, &["TP4011"]), &[own, sub]);
}

/// A CA that got a new key twice, and the certificates with which each key signed that after it.
#[test]
fn cross_certificates_of_a_trusted_root_are_sent() {
    let [first, second, third] = ["CA", "CA", "CA"].map(Authority::root);
    let [cross, lower] = [second.crosses(&third), first.crosses(&second)];
    let leaf = third.issue(&Host::named("a.example.com"));
    let own = &leaf.certificate;
    for send_root in ["1", "0"] {
        let site = Site::new()
            .identity(&[own, &cross, &lower], &leaf.key)
            .trusts(&[&third.certificate])
            .set("send-root", send_root);
        sends(&loaded(&site, Role::Server, &[]), &[own, &cross, &lower]);
    }
    // Who trusts the oldest key is led to it all the same.
    let site = Site::new()
        .identity(&[&lower, own, &cross], &leaf.key)
        .trusts(&[&first.certificate]);
    let sent = loaded(&site, Role::Server, &["TP4010"]);
    sends(&sent, &[own, &cross, &lower]);
}

#[test]
fn item_3_2_3_a_root_only_in_the_trusted_file_is_fine() {
    let root = Authority::root("Root");
    let leaf = root.issue(&Host::named("a.example.com"));
    let site = Site::new().issued(&leaf).trusts(&[&root.certificate]);
    sends(&loaded(&site, Role::Server, &[]), &[&leaf.certificate]);
}

#[test]
fn item_3_2_2_a_missing_intermediate_is_an_error_that_names_it() {
    let Tree { root, leaf, .. } = tree();
    let site = Site::new().issued(&leaf).trusts(&[&root.certificate]);
    let message = refused(&site, &["TP4008"]);
    assert!(message.contains("CN=Sub"), "{message}");
    let nowhere = "neither in the certificate files nor in trusted-ca";
    assert!(message.contains(nowhere), "{message}");
}

/// As where it was made anew under its name.
#[test]
fn item_3_2_2_an_issuer_that_is_there_with_another_key() {
    let [old, new] = ["Root", "Root"].map(Authority::root);
    let other = Authority::root("Other").certificate;
    let leaf = old.issue(&Host::named("a.example.com"));
    let own = &leaf.certificate;
    let (of_old, of_new) = (&old.certificate, &new.certificate);
    let key =
        "with another key than the CA of that name has in the certificate files or in trusted-ca";
    let nowhere = "neither in the certificate files nor in trusted-ca";
    for (given, trusted, words, codes) in [
        (&[own][..], &[of_new][..], key, &["TP4008"][..]),
        (&[own], &[&other, of_new], key, &["TP4008"]),
        (&[own, of_new], &[&other], key, &["TP4008", "TP4010"]),
        (&[own], &[&other], nowhere, &["TP4008"]),
    ] {
        let site = Site::new().identity(given, &leaf.key).trusts(trusted);
        let message = refused(&site, codes);
        assert!(message.contains(words), "{words:?}: {message}");
    }
    let site = Site::new().identity(&[own], &leaf.key).trusts(&[of_new]);
    let error = site.load(Role::Server).expect_err("to be refused");
    let remedy = error.errors().map(|one| one.remedy.clone());
    let remedy = remedy.collect::<String>();
    for words in [
        "a new certificate of that CA",
        "to the files of certificate, or to trusted-ca",
    ] {
        assert!(remedy.contains(words), "{words:?}: {remedy}");
    }
    // With either of these it starts.
    let renewed = new.issue(&Host::named("a.example.com"));
    let site = Site::new().identity(&[&renewed.certificate], &renewed.key);
    loaded(&site.trusts(&[of_new]), Role::Server, &[]);
    let site = Site::new().identity(&[own, of_old], &leaf.key);
    loaded(&site.trusts(&[of_new]), Role::Server, &[]);
    let site = Site::new().identity(&[own], &leaf.key);
    loaded(&site.trusts(&[of_new, of_old]), Role::Server, &[]);
}

#[test]
fn without_trusted_cas_the_end_of_the_chain_is_not_known() {
    let Tree { sub, leaf, .. } = tree();
    let (sub, own) = (&sub.certificate, &leaf.certificate);
    let site = Site::new().identity(&[own, sub], &leaf.key);
    sends(&loaded(&site, Role::Server, &["TP4009"]), &[own, sub]);
}

#[test]
fn item_3_2_1_an_issuer_of_the_right_name_and_the_wrong_key_is_no_issuer() {
    let Tree { root, sub, leaf } = tree();
    let impostor = root.intermediate("Sub");
    let (root, sub, own) = (&root.certificate, &sub.certificate, &leaf.certificate);
    let site = Site::new()
        .identity(&[own, &impostor.certificate, sub], &leaf.key)
        .trusts(&[root]);
    sends(&loaded(&site, Role::Server, &["TP4010"]), &[own, sub]);
}

#[test]
fn item_3_2_1_of_two_certificates_of_one_key_the_newer_is_taken() {
    let root = Authority::root("Root");
    let key = new_key();
    let old = root.issue_for(&Host::named("a.example.com"), &key);
    let newer = Host {
        validity: between("2025-01-01", "2120-01-01"),
        ..Host::named("a.example.com")
    };
    let newer = root.issue_for(&newer, &key);
    let mut site = Site::new()
        .identity(&[&old, &newer], &key)
        .trusts(&[&root.certificate]);
    site.now = time("2030-01-01");
    sends(&loaded(&site, Role::Server, &["TP4010"]), &[&newer]);
}

#[test]
fn item_3_2_4_a_key_of_another_certificate_is_named_with_both_fingerprints() {
    let root = Authority::root("Root");
    let leaf = root.issue(&Host::named("a.example.com"));
    let other = new_key();
    let site = Site::new()
        .identity(&[&leaf.certificate], &other)
        .trusts(&[&root.certificate]);
    let message = refused(&site, &["TP4007"]);
    for key in [other.public_key(), leaf.certificate.public_key()] {
        assert!(message.contains(&key.fingerprint()), "{message}");
    }
}

#[test]
fn every_file_is_looked_at() {
    let site = Site::new()
        .file("/own.pem", "no certificate here")
        .set("certificate", "/own.pem")
        .set("certificate-key", "/gone.pem")
        .set("trusted-ca", "/gone-too.pem");
    let message = refused(&site, &["TP4001", "TP4001", "TP4003"]);
    for file in ["/own.pem", "/gone.pem", "/gone-too.pem"] {
        assert!(message.contains(file), "{message}");
    }
}

#[test]
fn a_certificate_without_its_key_is_told() {
    let root = Authority::root("Root");
    let site = Site::new().trusts(&[&root.certificate]);
    let fleet = Source {
        path: "fleet.toml",
        text: FLEET_WITH_HALF_AN_IDENTITY,
    };
    let resolution = resolve(&fleet_file::read(&[fleet]), now());
    let client = resolution
        .endpoint(&"Client/Server:default".parse().unwrap())
        .unwrap();
    // Where a certificate is needed, half of one is an error of the settings already.
    let material = site
        .material_of(client)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(codes(&material.findings), ["TP4006"]);
    assert!(material.identity.is_none());
}

const FLEET_WITH_HALF_AN_IDENTITY: &str = r#"
[[host]]
name = "a.example.com"
platform = "unix"
[host.security]
certificate = "/own.pem"
trusted-ca = "/ca.pem"

[[application]]
name = "Client"
host = "a.example.com"
certificate-source = "host"
[[application.connection]]
to = "Server"

[[application]]
name = "Server"
host = "a.example.com"
[[application.port]]
number = 2060
mode = "secured"
transport = "certificate=/s.pem;certificate-key=/s.key;trusted-ca=/ca.pem"
"#;

#[test]
fn an_expired_certificate_is_refused() {
    let root = Authority::root("Root");
    let leaf = root.issue(&Host::named("a.example.com").expired());
    let mut site = Site::new().issued(&leaf).trusts(&[&root.certificate]);
    loaded(&site, Role::Server, &[]);
    site.now = time("2030-01-01");
    let message = refused(&site, &["TP4012"]);
    assert!(
        message.contains("2021-01-01") && message.contains("2030-01-01"),
        "{message}"
    );
}

#[test]
fn a_ca_is_no_host() {
    let root = Authority::root("Root");
    let (certificate, key) = root.as_host();
    let site = Site::new()
        .identity(&[certificate], key)
        .trusts(&[certificate]);
    let message = refused(&site, &["TP4017"]);
    assert!(message.contains("is the certificate of a CA"), "{message}");
    let leaf = root.issue(&Host::named("a.example.com"));
    loaded(
        &Site::new().issued(&leaf).trusts(&[certificate]),
        Role::Server,
        &[],
    );
}

#[track_caller]
fn usage(purposes: &[Purpose], role: Role, want: &[&str]) {
    let root = Authority::root("Root");
    let leaf = root.issue(&Host {
        purposes: purposes.to_vec(),
        ..Host::named("a.example.com")
    });
    let mut site = Site::new()
        .issued(&leaf)
        .trusts(&[&root.certificate])
        .peer("b.example.com");
    site.acceptances.clear();
    match site.load(role) {
        Ok((_, material)) => assert_eq!(codes(&material.findings), want, "{role:?}"),
        Err(error) => {
            assert_eq!(codes(&error.findings), want, "{role:?}");
            assert!(error.findings[0].message.contains(", without "), "{error}");
        }
    }
}

#[test]
fn a_certificate_is_for_the_side_that_presents_it() {
    usage(&[Purpose::ClientAuth], Role::Server, &["TP4018"]);
    usage(&[Purpose::ServerAuth], Role::Server, &[]);
    usage(&[Purpose::ServerAuth], Role::Client, &["TP4018"]);
    usage(&[Purpose::ClientAuth], Role::Client, &[]);
    usage(&[Purpose::EmailProtection, Purpose::Any], Role::Server, &[]);
    usage(&[], Role::Server, &[]);
}

#[test]
fn what_is_doubtful_in_trusted_files_and_keys_is_told() {
    let root = Authority::root("Root");
    let leaf = root.issue(&Host::named("a.example.com"));
    let mut site = Site::new().issued(&leaf);
    site.acceptances.push(Acceptance {
        code: Code::new(4013),
        ..site.acceptances[0].clone()
    });
    let mut trusted = pem::certificates_to_pem(&[root.certificate, leaf.certificate.clone()]);
    trusted.push_str(&pem::private_key_to_pem(&new_key()));
    site = site.file("/ca.pem", trusted).set("trusted-ca", "/ca.pem");
    let key = pem::private_key_to_pem(&leaf.key).as_bytes().to_vec();
    site.files.insert("/key.pem", key, Readers::Everyone);
    loaded(&site, Role::Server, &["TP4013", "TP4014", "TP4015"]);
}

#[track_caller]
fn locked(password: Option<&str>, want: &[&str]) {
    let root = Authority::root("Root");
    let leaf = root.issue(&Host::named("a.example.com"));
    let key = pem::private_key_to_encrypted_pem(&leaf.key, &Password::new("secret")).unwrap();
    let site = Site::new()
        .issued(&leaf)
        .file("/key.pem", key)
        .file("/password", "secret\n")
        .file("/lines", "a\nb\n")
        .trusts(&[&root.certificate]);
    let site = match password {
        Some(password) => site.set("keystore-password", password),
        None => site,
    };
    match site.load(Role::Server) {
        Ok((_, material)) => assert_eq!(codes(&material.findings), want, "{password:?}"),
        Err(error) => {
            assert_eq!(codes(&error.findings), want, "{error}");
            assert!(!error.to_string().contains("wrong horse"), "{error}");
        }
    }
}

#[test]
fn encrypted_keys_open_with_their_password_alone() {
    locked(Some("secret"), &[]);
    locked(Some("file:/password"), &[]);
    locked(Some("env:KEY_PASSWORD"), &[]);
    locked(None, &["TP4005"]);
    locked(Some("wrong horse"), &["TP4005"]);
    locked(Some("file:/gone"), &["TP4001"]);
    locked(Some("file:/lines"), &["TP4005"]);
    locked(Some("env:UNSET"), &["TP4005"]);
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    a_chain_in_order_is_sent_as_it_stands,
    item_3_2_1_a_chain_is_put_in_order_and_said_so,
    item_3_2_1_several_files_make_one_chain,
    item_3_2_2_a_given_root_is_left_out_on_request,
    item_3_2_2_an_intermediate_is_taken_from_the_trusted_file,
    cross_certificates_of_a_trusted_root_are_sent,
    item_3_2_3_a_root_only_in_the_trusted_file_is_fine,
    item_3_2_2_a_missing_intermediate_is_an_error_that_names_it,
    item_3_2_2_an_issuer_that_is_there_with_another_key,
    without_trusted_cas_the_end_of_the_chain_is_not_known,
    item_3_2_1_an_issuer_of_the_right_name_and_the_wrong_key_is_no_issuer,
    item_3_2_1_of_two_certificates_of_one_key_the_newer_is_taken,
    item_3_2_4_a_key_of_another_certificate_is_named_with_both_fingerprints,
    every_file_is_looked_at,
    a_certificate_without_its_key_is_told,
    an_expired_certificate_is_refused,
    a_ca_is_no_host,
    a_certificate_is_for_the_side_that_presents_it,
    what_is_doubtful_in_trusted_files_and_keys_is_told,
    encrypted_keys_open_with_their_password_alone,
];
