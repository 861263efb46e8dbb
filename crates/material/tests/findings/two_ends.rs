//! The files of a fleet: what both ends show together, and what becomes of each connection.
//!
//! 2.6 "both ends" and "material (with files)" of the specification. A fleet of two hosts, made good, is changed in
//! one thing at a time.
//!
//! Long because everything that two ends can come to stands here once.

use std::collections::BTreeMap;

use crate::look;
use crate::support::{Authority, Host, Issued, List, between, time};
use trustpack_judge::reason::Step;
use trustpack_keystore::pem;
use trustpack_material::files::{MemoryFiles, Readers};
use trustpack_material::prediction::{Fault, Prediction, Stage};
use trustpack_material::survey::{HostFiles, Sources, Survey, of_settings, survey};
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::resolve;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::Purpose;
use trustpack_x509::general_name::GeneralName;

const FLEET: &str = r#"
[[host]]
name = "a.example.com"
platform = "unix"
[host.security]
certificate = "/own.pem"
certificate-key = "/key.pem"
trusted-ca = "/ca.pem"

[[host]]
name = "b.example.com"
platform = "unix"
[host.security]
certificate = "/own.pem"
certificate-key = "/key.pem"
trusted-ca = "/ca.pem"

[[application]]
name = "Client"
host = "a.example.com"
certificate-source = "host"
[application.security]
tls-target-name-check = "host"
[[application.connection]]
to = "Server"
tunnel = "127.0.0.1:14060"

[[application]]
name = "Server"
host = "b.example.com"
certificate-source = "host"
[[application.port]]
number = 4060
mode = "secured"
transport = "tls=1;tls-mutual=1"
tunnel = "127.0.0.1:12060"
"#;

/// A fleet and the files of its hosts.
pub(crate) struct Fleet {
    pub(crate) text: String,
    pub(crate) hosts: BTreeMap<String, Vec<(String, Vec<u8>)>>,
}

impl Fleet {
    /// Both ends trust the root, and each has a certificate of it.
    pub(crate) fn good(root: &Authority) -> Self {
        let mut fleet = Self {
            text: FLEET.to_owned(),
            hosts: BTreeMap::new(),
        };
        for host in ["a.example.com", "b.example.com"] {
            fleet.identity(host, &root.issue(&year(host)), &[]);
            fleet.trusts(host, &[&root.certificate]);
        }
        fleet
    }

    pub(crate) fn change(mut self, old: &str, new: &str) -> Self {
        assert!(self.text.contains(old), "{old}");
        self.text = self.text.replacen(old, new, 1);
        self
    }

    pub(crate) fn file(&mut self, host: &str, path: &str, text: impl Into<Vec<u8>>) {
        let files = self.hosts.entry(host.to_owned()).or_default();
        files.retain(|(other, _)| other != path);
        files.push((path.to_owned(), text.into()));
    }

    pub(crate) fn identity(&mut self, host: &str, issued: &Issued, above: &[&Certificate]) {
        let chain = [&[&issued.certificate][..], above].concat();
        let chain: Vec<_> = chain.into_iter().cloned().collect();
        self.file(host, "/own.pem", pem::certificates_to_pem(&chain));
        self.file(
            host,
            "/key.pem",
            pem::private_key_to_pem(&issued.key).as_str(),
        );
    }

    pub(crate) fn trusts(&mut self, host: &str, trusted: &[&Certificate]) {
        let trusted: Vec<_> = trusted.iter().map(|one| (*one).clone()).collect();
        self.file(host, "/ca.pem", pem::certificates_to_pem(&trusted));
    }

    pub(crate) fn surveyed_at(&self, now: &str) -> Survey {
        let source = Source {
            path: "fleet.toml",
            text: &self.text,
        };
        let (fleet, now) = (fleet_file::read(&[source]), time(now));
        let resolution = resolve(&fleet, now);
        let host = |name: &trustpack_x509::dns::DnsName| match self.hosts.get(name.as_str()) {
            None => HostFiles::Missing,
            Some(files) => {
                let mut memory = MemoryFiles::new();
                for (path, text) in files {
                    memory.insert(path, text.clone(), Readers::Restricted);
                }
                HostFiles::There(Box::new(memory))
            }
        };
        let variable = |_: &str| None;
        let sources = Sources {
            host: &host,
            variable: &variable,
            now,
        };
        survey(&fleet, &resolution, sources)
    }

    pub(crate) fn surveyed(&self) -> Survey {
        self.surveyed_at(NOW)
    }
}

pub(crate) const NOW: &str = "2020-06-01";

pub(crate) fn year(name: &str) -> Host<'_> {
    Host {
        validity: between("2020-05-01", "2021-05-01"),
        ..Host::named(name)
    }
}

pub(crate) fn codes(survey: &Survey) -> Vec<String> {
    let mut codes: Vec<_> = survey.findings().map(|f| f.code().to_string()).collect();
    codes.dedup();
    look(&codes);
    codes
}

pub(crate) fn prediction(survey: &Survey) -> &Prediction {
    of(survey, "Client/Server")
}

fn of<'s>(survey: &'s Survey, place: &str) -> &'s Prediction {
    let place: Place = place.parse().unwrap();
    survey
        .predictions()
        .get(&place)
        .unwrap_or_else(|| panic!("{place}"))
}

/// It fails there, by that end's fault, for a reason with this word; and the finding of this code says so.
#[track_caller]
pub(crate) fn fails(fleet: &Fleet, code: &str, stage: Stage, fault: Fault, says: &str) {
    let survey = fleet.surveyed();
    let found = prediction(&survey);
    let failing = found.failing().unwrap_or_else(|| panic!("{found}"));
    assert_eq!((failing.stage, failing.fault), (stage, fault), "{found}");
    assert!(failing.why.contains(says), "{found}");
    assert!(
        codes(&survey).iter().any(|one| one == code),
        "{:?}",
        codes(&survey)
    );
}

#[track_caller]
fn works_until(survey: &Survey, date: &str, says: &str) {
    let found = prediction(survey);
    let Prediction::Works { until: Some(stop) } = found else {
        panic!("{found}");
    };
    assert!(stop.at.to_string().starts_with(date), "{found}");
    assert!(found.to_string().contains(says), "{found}");
}

pub(crate) fn path() -> Stage {
    Stage::Judgement(Step::Path)
}

#[test]
fn a_good_pair_works_until_the_first_certificate_ends() {
    let root = Authority::root("Root");
    let mut fleet = Fleet::good(&root);
    let survey = fleet.surveyed();
    assert_eq!(codes(&survey), [""; 0]);
    works_until(&survey, "2021-05-01T00:00:01", "fails at the step dates");
    let sooner = Host {
        validity: between("2020-05-01", "2020-12-31"),
        ..Host::named("a.example.com")
    };
    fleet.identity("a.example.com", &root.issue(&sooner), &[]);
    works_until(&fleet.surveyed(), "2020-12-31T00:00:01", "CN=a.example.com");
    // Simple TLS: nobody looks at the certificate of the client.
    let fleet = fleet.change("tls=1;tls-mutual=1", "tls=1");
    works_until(&fleet.surveyed(), "2021-05-01T00:00:01", "CN=b.example.com");
}

#[test]
fn a_revocation_list_ends_sooner_and_its_grace_counts() {
    let root = Authority::root("Root");
    let list = root.list(&List {
        made: "2020-05-30",
        next: "2020-07-01",
        ..List::default()
    });
    let mut fleet = Fleet::good(&root).change(
        "tls-target-name-check = \"host\"",
        "tls-target-name-check = \"host\"\ncrl = \"/ca.crl\"",
    );
    fleet.file("a.example.com", "/ca.crl", list);
    works_until(
        &fleet.surveyed(),
        "2020-07-01T00:00:01",
        "fails at the step revocation",
    );
    let fleet = fleet.change("crl = \"/ca.crl\"", "crl = \"/ca.crl\"\ncrl-freshness = 24");
    works_until(
        &fleet.surveyed(),
        "2020-07-02T00:00:01",
        "fails at the step revocation",
    );
    let fleet = fleet.change("crl-freshness = 24", "crl-freshness = \"warn\"");
    works_until(
        &fleet.surveyed(),
        "2021-05-01T00:00:01",
        "fails at the step dates",
    );
}

#[test]
fn an_end_without_end_never_stops() {
    let root = Authority::root("Root");
    let fleet = Fleet::good(&root).change("tls=1;tls-mutual=1", "tls=1");
    let fleet = fleet.change("tls-target-name-check = \"host\"", "client-auth = 0");
    assert_eq!(
        *prediction(&fleet.surveyed()),
        Prediction::Works { until: None }
    );
}

#[test]
fn item_2_6_ca_of_one_side_not_trusted_by_the_other() {
    let (root, other) = (Authority::root("Root"), Authority::root("Other"));
    let mut fleet = Fleet::good(&root);
    fleet.trusts("a.example.com", &[&other.certificate, &root.certificate]);
    assert!(!codes(&fleet.surveyed()).iter().any(|code| code == "TP4101"));
    // Its own chain does not end there either, which is an error of its own; a client of simple TLS shows none.
    let mut fleet = fleet.change("tls=1;tls-mutual=1", "tls=1");
    fleet.trusts("a.example.com", &[&other.certificate]);
    let mut fleet = fleet.change(
        "certificate-source = \"host\"\n[application.security]",
        "[application.security]\ntrusted-ca = \"/ca.pem\"",
    );
    fails(
        &fleet,
        "TP4101",
        path(),
        Fault::Client,
        "neither trusted nor",
    );
    fleet.trusts("a.example.com", &[&root.certificate]);
    assert!(prediction(&fleet.surveyed()).failing().is_none());
}

/// Which of the two keys is that of the CA by now is not known.
#[test]
fn a_trusted_ca_of_another_key_is_the_fault_of_both() {
    let [old, new] = ["Root", "Root"].map(Authority::root);
    let mut fleet = Fleet::good(&old).change("tls=1;tls-mutual=1", "tls=1");
    fleet.trusts("a.example.com", &[&new.certificate]);
    let fleet = fleet.change("tunnel = \"127.0.0.1:14060\"", "engine = \"openssl\"");
    fails(
        &fleet,
        "TP4103",
        path(),
        Fault::Both,
        "does not match the key",
    );
}

#[test]
fn item_2_6_the_name_that_the_client_will_use_primary_and_backup_each() {
    let root = Authority::root("Root");
    let second = "\n[[host]]\nname = \"c.example.com\"\nplatform = \"unix\"\n[host.security]\ncertificate = \"/own.pem\"\ncertificate-key = \"/key.pem\"\ntrusted-ca = \"/ca.pem\"\n[[application]]\nname = \"Second\"\nhost = \"c.example.com\"\ncertificate-source = \"host\"\n[[application.port]]\nnumber = 4060\ntransport = \"tls=1;tls-mutual=1\"\ntunnel = \"127.0.0.1:12061\"\n";
    let mut fleet = Fleet::good(&root).change(
        "name = \"Server\"",
        "name = \"Server\"\nbackup = \"Second\"",
    );
    fleet.text.push_str(second);
    fleet.trusts("c.example.com", &[&root.certificate]);
    fleet.identity("c.example.com", &root.issue(&year("b.example.com")), &[]);
    let survey = fleet.surveyed();
    assert!(prediction(&survey).failing().is_none());
    let backup = of(&survey, "Client/Server@backup");
    assert!(
        backup.to_string().starts_with("fails at the step name: "),
        "{backup}"
    );
    let found: Vec<_> = survey
        .findings()
        .filter(|f| f.code().to_string() == "TP4102")
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place.to_string(), "Client/Server:default@backup");
    assert!(codes(&survey).iter().any(|code| code == "TP4102"));
    fleet.identity("c.example.com", &root.issue(&year("c.example.com")), &[]);
    assert_eq!(codes(&fleet.surveyed()), [""; 0]);

    let other = Authority::root("Other");
    fleet.trusts("c.example.com", &[&root.certificate, &other.certificate]);
    let survey = fleet.surveyed();
    assert_eq!(codes(&survey), ["TP4105"], "the pair trusts different CAs");
    let found = survey.findings().next().unwrap();
    assert!(
        found.message.contains("only here: \"O=Tests, CN=Other\""),
        "{}",
        found.message
    );
}

#[test]
fn item_2_6_what_a_peer_refuses_at_the_later_steps() {
    let root = Authority::root("Root");
    let accept = |code: &str, host: &str| {
        format!(
            "\n[[accept]]\ncode = \"{code}\"\nplace = \"host {host}\"\nreason = \"a test\"\nuntil = 2120-01-01\n"
        )
    };
    let mut fleet = Fleet::good(&root);
    fleet.identity(
        "b.example.com",
        &root.issue(&Host::named("b.example.com").expired()),
        &[],
    );
    let mut late = fleet.surveyed_at("2030-01-01");
    let failing = prediction(&late).failing().unwrap();
    assert_eq!(
        (failing.stage, failing.fault),
        (Stage::Start, Fault::Server)
    );
    fleet.text.push_str(&accept("TP4012", "b.example.com"));
    late = fleet.surveyed_at("2030-01-01");
    let failing = prediction(&late).failing().unwrap();
    assert_eq!(
        failing.stage,
        Stage::Start,
        "the other end ended meanwhile: {failing}"
    );

    let mut fleet = Fleet::good(&root);
    fleet.text.push_str(&accept("TP4018", "b.example.com"));
    let client_alone = Host {
        purposes: vec![Purpose::ClientAuth],
        ..year("b.example.com")
    };
    fleet.identity("b.example.com", &root.issue(&client_alone), &[]);
    fails(&fleet, "TP4103", path(), Fault::Server, "serverAuth");

    let fleet = Fleet::good(&root).change(
        "tls=1;tls-mutual=1",
        "tls=1;tls-mutual=1;allowed-names=cn:nobody",
    );
    fails(
        &fleet,
        "TP4103",
        Stage::Judgement(Step::AllowedNames),
        Fault::Both,
        "cn:nobody",
    );
    let fleet = fleet.change("cn:nobody", "cn:nobody, dns:a.example.com");
    assert!(prediction(&fleet.surveyed()).failing().is_none());
}

#[test]
fn item_2_6_a_list_that_is_missing_for_the_issuer_of_the_peer() {
    let root = Authority::root("Root");
    let sub = root.intermediate("Sub");
    let crl = "tls-target-name-check = \"host\"\ncrl = \"/ca.crl\"";
    let mut fleet = Fleet::good(&root).change("tls-target-name-check = \"host\"", crl);
    let own = sub.issue(&year("b.example.com"));
    fleet.identity("b.example.com", &own, &[&sub.certificate]);
    let of_root = root.list(&List::default());
    fleet.file("a.example.com", "/ca.crl", of_root.as_str());
    let revocation = Stage::Judgement(Step::Revocation);
    fails(
        &fleet,
        "TP4104",
        revocation,
        Fault::Client,
        "no list of its issuer",
    );
    let both = of_root + &sub.list(&List::default());
    fleet.file("a.example.com", "/ca.crl", both.as_str());
    assert!(prediction(&fleet.surveyed()).failing().is_none());
    let revoked = List {
        revoked: vec![own.certificate.serial().clone()],
        ..List::default()
    };
    fleet.file(
        "a.example.com",
        "/ca.crl",
        root.list(&List::default()) + &sub.list(&revoked),
    );
    fails(
        &fleet,
        "TP4103",
        revocation,
        Fault::Server,
        "was revoked on",
    );
}

#[test]
fn item_2_6_more_than_one_ca() {
    let (root, other) = (Authority::root("Root"), Authority::root("Other"));
    let mut fleet = Fleet::good(&root);
    for host in ["a.example.com", "b.example.com"] {
        fleet.trusts(host, &[&root.certificate, &other.certificate]);
    }
    assert_eq!(codes(&fleet.surveyed()), [""; 0]);
    fleet.identity("b.example.com", &other.issue(&year("b.example.com")), &[]);
    assert_eq!(codes(&fleet.surveyed()), ["TP4107"]);
}

#[test]
fn a_ca_below_another_is_no_second_one() {
    let root = Authority::root("Root");
    let sub = root.intermediate("Sub");
    let mut fleet = Fleet::good(&root);
    fleet.identity(
        "a.example.com",
        &sub.issue(&year("a.example.com")),
        &[&sub.certificate],
    );
    // The file of this one lacks the CA above it.
    fleet.identity("b.example.com", &sub.issue(&year("b.example.com")), &[]);
    let found = codes(&fleet.surveyed());
    assert!(!found.iter().any(|code| code == "TP4107"), "{found:?}");
    assert!(found.iter().any(|code| code == "TP4008"), "{found:?}");
}

#[test]
fn what_is_set_once_is_found_once_and_where_it_is_set() {
    let root = Authority::root("Root");
    let mut fleet = Fleet::good(&root).change("to = \"Server\"\n", "to = \"Server\"\ntunnel = \"127.0.0.1:14061\"\n[[application.connection]]\nto = \"Server\"\nport = \"default\"\n");
    fleet.text = fleet.text.replacen("[[application.connection]]\nto = \"Server\"\nport = \"default\"\ntunnel = \"127.0.0.1:14060\"\n", "", 1);
    let nameless = Host {
        alt_names: Vec::new(),
        ..year("a.example.com")
    };
    fleet.identity("a.example.com", &root.issue(&nameless), &[]);
    let survey = fleet.surveyed();
    let found: Vec<_> = survey.findings().collect();
    assert_eq!(codes(&survey), ["TP4023"]);
    assert_eq!(found[0].place.to_string(), "host a.example.com");
}

#[test]
fn a_host_without_files_is_named_and_nothing_is_said_of_it() {
    let root = Authority::root("Root");
    let mut fleet = Fleet::good(&root);
    assert_eq!(codes(&fleet.surveyed()), [""; 0]);
    fleet.hosts.remove("a.example.com");
    let survey = fleet.surveyed();
    assert_eq!(codes(&survey), ["TP4108"]);
    let found = prediction(&survey).to_string();
    assert!(
        found.starts_with(
            "not known: the settings fit, but the files of the client, on a.example.com, were not"
        ),
        "{found}"
    );
}

#[test]
fn what_is_in_a_windows_store_is_not_looked_at() {
    let root = Authority::root("Root");
    assert_eq!(codes(&Fleet::good(&root).surveyed()), [""; 0]);
    let fleet = Fleet::good(&root).change("tunnel = \"127.0.0.1:14060\"", "transport = \"provider=MSCAPI;certificate=D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA\"\nengine = \"schannel\"");
    let survey = fleet.surveyed();
    assert!(
        codes(&survey).iter().any(|code| code == "TP4036"),
        "{:?}",
        codes(&survey)
    );
    let found = prediction(&survey).to_string();
    assert!(
        found.starts_with("not known: the certificates of the client are in MSCAPI"),
        "{found}"
    );
    assert!(survey.findings().all(|f| f.code().to_string() != "TP4016"));
}

#[test]
fn settings_alone_tell_what_they_can() {
    let check = |old: &str, new: &str, want: &str| {
        let text = FLEET.replacen(old, new, 1);
        assert!(old.is_empty() || FLEET.contains(old), "{old}");
        let source = Source {
            path: "fleet.toml",
            text: &text,
        };
        let resolution = resolve(&fleet_file::read(&[source]), time(NOW));
        let survey = of_settings(&resolution, time(NOW));
        let found = survey.predictions().values().next().unwrap().to_string();
        assert!(found.starts_with(want), "{found}");
    };
    check("", "", "works");
    check(
        "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"",
        "mode = \"unsecured\"",
        "plain text",
    );
    check(
        "number = 4060",
        "number = 4060\nconfigured-by = \"product\"",
        "not known: the TLS of the",
    );
    check(
        "certificate-key = \"/key.pem\"\n",
        "",
        "fails at the start: the client does not start",
    );
    check(
        "tls=1;tls-mutual=1",
        "tls=1;tls-mutual=1;sec-protocol=TLSv13;cipher-list=RC4:!TLS_AES_256_GCM_SHA384:!TLS_AES_128_GCM_SHA256:!TLS_CHACHA20_POLY1305_SHA256",
        "fails at the start: the server does not start: its cipher-list leaves",
    );
}

#[test]
fn names_of_several_kinds_count() {
    let root = Authority::root("Root");
    let mut fleet = Fleet::good(&root).change(
        "tls=1;tls-mutual=1",
        "tls=1;tls-mutual=1;allowed-names=uri:spiffe://site/a",
    );
    fails(
        &fleet,
        "TP4103",
        Stage::Judgement(Step::AllowedNames),
        Fault::Both,
        "spiffe",
    );
    let named = Host {
        alt_names: vec![GeneralName::Uri("spiffe://site/a".to_owned())],
        ..year("a.example.com")
    };
    fleet.identity("a.example.com", &root.issue(&named), &[]);
    assert!(prediction(&fleet.surveyed()).failing().is_none());
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    a_good_pair_works_until_the_first_certificate_ends,
    a_revocation_list_ends_sooner_and_its_grace_counts,
    an_end_without_end_never_stops,
    item_2_6_ca_of_one_side_not_trusted_by_the_other,
    a_trusted_ca_of_another_key_is_the_fault_of_both,
    item_2_6_the_name_that_the_client_will_use_primary_and_backup_each,
    item_2_6_what_a_peer_refuses_at_the_later_steps,
    item_2_6_a_list_that_is_missing_for_the_issuer_of_the_peer,
    item_2_6_more_than_one_ca,
    a_ca_below_another_is_no_second_one,
    what_is_set_once_is_found_once_and_where_it_is_set,
    a_host_without_files_is_named_and_nothing_is_said_of_it,
    what_is_in_a_windows_store_is_not_looked_at,
    settings_alone_tell_what_they_can,
    names_of_several_kinds_count,
];
