//! Certificates are issued: files, ledger, serials, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use trustpack_ca::lifetime::Lifetime;
use trustpack_ca::request::HostRequest;
use trustpack_ca::warning::Warning;
use trustpack_ca_directory::crl::{CrlError, ListOrder, When};
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::entropy::Entropy;
use trustpack_ca_directory::issue::{HostKey, IssueError, IssueOrder, KeyAccess};
use trustpack_ca_directory::ledger::cause::Cause;
use trustpack_ca_directory::renewable::NotRenewable;
use trustpack_ca_directory::revoke::Action;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::read_certificates;
use trustpack_keystore::pkcs12;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::crl::reason::RevocationReason;

use crate::support::{TestCa, now, order, run_ok};

const FIRST: &str = "41010101010101010101010101010101";

#[test]
fn writes_four_files_and_one_line() {
    let ca = TestCa::new();
    let issued = ca.issue(&order("Stat1.example.com")).unwrap();
    let repository = ca.dir().join("repository");
    let file = |suffix: &str| repository.join(format!("{FIRST}{suffix}"));
    assert_eq!(issued.paths.certificate, file("_Stat1_cert.pem"));
    assert_eq!(issued.paths.private_key, Some(file("_Stat1_priv_key.pem")));
    assert_eq!(issued.paths.pfx, Some(file("_Stat1_cert.pfx")));
    assert_eq!(issued.paths.ledger_copy, file(".pem"));
    assert_eq!(fs::read_dir(&repository).unwrap().count(), 4);
    let line = format!("V\t261221080000Z\t\t{FIRST}\t{FIRST}.pem\t/CN=stat1.example.com\n");
    assert_eq!(ca.ledger(), line);
    let pem = fs::read(&issued.paths.certificate).unwrap();
    assert!(
        pem.starts_with(b"-----BEGIN CERTIFICATE-----\n"),
        "no text before the block"
    );
    assert_eq!(
        read_certificates(&pem).unwrap(),
        std::slice::from_ref(&issued.certificate)
    );
    assert_eq!(
        issued.certificate.validity().not_before.to_string(),
        "2026-11-21T07:55:00Z"
    );
    for path in [file("_Stat1_priv_key.pem"), file("_Stat1_cert.pfx")] {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o7777,
            0o600
        );
    }
    assert!(!ca.conf(".pending").exists());
    ca.assert_in_order();
}

#[test]
fn the_bundle_holds_key_and_chain() {
    let ca = TestCa::new();
    let order = IssueOrder {
        bundle_password: Password::new("open"),
        ..order("stat1.example.com")
    };
    let issued = ca.issue(&order).unwrap();
    let pfx = fs::read(issued.paths.pfx.unwrap()).unwrap();
    assert!(pkcs12::read(&pfx, &Password::empty()).is_err());
    let store = pkcs12::read(&pfx, &Password::new("open")).unwrap();
    assert!(store.key.unwrap().matches(&issued.certificate));
    assert_eq!(
        store.certificates,
        [
            issued.certificate,
            ca.unlocked.authority().certificate().clone()
        ]
    );
}

#[test]
fn a_second_certificate_for_the_same_host_overwrites_nothing() {
    let ca = TestCa::new();
    let first = ca.issue(&order("stat1.example.com")).unwrap();
    let before = ca.snapshot();
    let second = ca.issue(&order("stat1.example.com")).unwrap();
    assert_ne!(first.certificate.serial(), second.certificate.serial());
    let after = ca.snapshot();
    for (path, contents) in before
        .iter()
        .filter(|(path, _)| path.parent().unwrap().ends_with("repository"))
    {
        assert_eq!(after.get(path), Some(contents));
    }
    assert_eq!(ca.ledger().lines().count(), 2);
}

#[test]
fn a_host_may_have_the_subject_of_its_ca() {
    let ca = TestCa::new();
    let mut order = order("a.example.com");
    order.request = order.request.with_common_name("Example CA").unwrap();
    let issued = ca.issue(&order).unwrap();
    let file = fs::read(&issued.paths.certificate).unwrap();
    assert_eq!(read_certificates(&file).unwrap(), [issued.certificate]);
    ca.assert_in_order();
}

#[test]
fn the_key_may_be_elsewhere() {
    let ca = TestCa::new();
    let key = PrivateKey::generate(KeySpec::EcP256).unwrap();
    let order = IssueOrder {
        key: HostKey::Elsewhere(key.public_key().clone()),
        ..order("stat1.example.com")
    };
    let issued = ca.issue(&order).unwrap();
    assert!(key.matches(&issued.certificate));
    assert_eq!((issued.paths.private_key, issued.paths.pfx), (None, None));
    assert_eq!(
        fs::read_dir(ca.dir().join("repository")).unwrap().count(),
        2
    );
}

#[test]
fn the_key_may_be_read_by_a_group() {
    use std::os::unix::fs::MetadataExt as _;
    let ca = TestCa::new();
    let group = fs::metadata(ca.dir()).unwrap().gid();
    let order = IssueOrder {
        key_access: KeyAccess::Group(group),
        ..order("stat1.example.com")
    };
    let issued = ca.issue(&order).unwrap();
    let metadata = fs::metadata(issued.paths.private_key.unwrap()).unwrap();
    assert_eq!((metadata.mode() & 0o7777, metadata.gid()), (0o640, group));
    ca.assert_in_order();
}

#[test]
fn a_serial_file_is_counted_on_or_drawn_anew() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "0FFF\n").unwrap();
    let serial = || {
        ca.issue(&order("a.example.com"))
            .unwrap()
            .certificate
            .serial()
            .to_hex()
    };
    assert_eq!([serial(), serial()], ["0FFF", "1000"]);
    assert_eq!(fs::read_to_string(ca.conf("serial.num")).unwrap(), "1001\n");
    fs::remove_file(ca.conf("serial.num")).unwrap();
    assert_eq!(serial(), FIRST);
    let left = fs::read_to_string(ca.conf("serial.num")).unwrap();
    assert_eq!(
        left,
        format!("{}\n", FIRST.replace("01", "02").replacen("41", "42", 1))
    );
}

#[test]
fn a_serial_file_that_went_back_is_refused() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "05\n").unwrap();
    ca.issue(&order("a.example.com")).unwrap();
    ca.issue(&order("b.example.com")).unwrap();
    fs::write(ca.conf("serial.num"), "05\n").unwrap();
    let before = ca.snapshot();
    let error = ca.issue(&order("c.example.com")).unwrap_err();
    assert!(matches!(error, IssueError::SerialUsed { .. }), "{error}");
    fs::remove_file(ca.dir().join("repository/05.pem")).unwrap();
    let error = ca.issue(&order("c.example.com")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the ledger, whose last line has 06"),
        "{error}"
    );
    fs::write(
        ca.dir().join("repository/05.pem"),
        &before[&ca.dir().join("repository/05.pem")],
    )
    .unwrap();
    assert_eq!(ca.snapshot(), before);
}

#[test]
fn the_lifetime_is_cut_to_that_of_the_ca() {
    let ca = TestCa::new();
    let request = HostRequest::new("a.example.com".parse().unwrap());
    let request = request.with_lifetime(Lifetime::from_days(5000).unwrap());
    let issued = ca
        .issue(&IssueOrder::new(request, KeySpec::EcP256))
        .unwrap();
    let end = ca.unlocked.authority().certificate().validity().not_after;
    assert_eq!(issued.certificate.validity().not_after, end);
    let asked = "2040-07-30T08:00:00Z".parse().unwrap();
    assert_eq!(
        issued.warnings,
        [Warning::LifetimeCut { asked, cut_to: end }]
    );
}

#[test]
fn an_expired_ca_issues_nothing() {
    let ca = TestCa::new();
    let before = ca.snapshot();
    let later = "2037-01-01".parse().unwrap();
    let mut entropy = Entropy::new(|| [1; 16]);
    let error = ca
        .unlocked
        .issue(&order("a.example.com"), later, &mut entropy);
    let message = error.unwrap_err().to_string();
    assert_eq!(
        message,
        "the CA CN=Example CA ended on 2036-11-20T08:00:00Z; it cannot issue any more"
    );
    assert_eq!(ca.snapshot(), before);
}

#[test]
fn what_the_gate_refuses_changes_nothing() {
    let ca = TestCa::new();
    let before = ca.snapshot();
    let many = (0..600).map(|n| format!("h{n}.example.com").parse().unwrap());
    let request = HostRequest::new("a.example.com".parse().unwrap()).with_domains(many);
    let error = ca
        .issue(&IssueOrder::new(request, KeySpec::EcP256))
        .unwrap_err();
    assert!(
        error.to_string().contains("601 names; at most 500"),
        "{error}"
    );
    assert_eq!(ca.snapshot(), before);
}

#[test]
fn files_may_lie_beside_ca_conf() {
    let ca = TestCa::new();
    for name in ["ca_priv_key.pem", "ca.db", "serial.num", "ca.conf"] {
        fs::rename(ca.conf(name), ca.dir().join(name)).unwrap();
    }
    let directory = CaDirectory::open(ca.dir()).unwrap();
    let unlocked = directory.unlock(None).unwrap();
    let mut drawn = 9;
    let mut entropy = Entropy::new(|| {
        drawn += 1;
        [drawn; 16]
    });
    unlocked
        .issue(&order("a.example.com"), now(), &mut entropy)
        .unwrap();
    assert_eq!(
        fs::read_to_string(ca.dir().join("ca.db"))
            .unwrap()
            .lines()
            .count(),
        1
    );
    assert!(!ca.conf("ca.db").exists());
    ca.assert_in_order();
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for() {
    for name in ["ca_priv_key.pem", "serial.num"] {
        let ca = TestCa::new();
        fs::remove_file(ca.conf(name)).unwrap();
        run_ok(ca.dir(), "mkfifo", &[ca.conf(name).to_str().unwrap()]);
        assert_ne!(ca.findings(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_key_of_another_ca_is_refused() {
    let [ca, other] = [TestCa::new(), TestCa::new()];
    fs::remove_file(ca.conf("ca_priv_key.pem")).unwrap();
    assert!(ca.reopened().unlock(None).is_err());
    fs::copy(other.conf("ca_priv_key.pem"), ca.conf("ca_priv_key.pem")).unwrap();
    let error = ca.reopened().unlock(None).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.starts_with("the private key does not belong to"),
        "{source}"
    );
    let key = ca.conf("ca_priv_key.pem").display().to_string();
    assert!(error.to_string().contains(&key), "{error}");
}

#[test]
fn issuing_costs_the_same_in_a_large_ledger() {
    let ca = TestCa::new();
    let line = |serial: u64| format!("V\t270301085240Z\t\t{serial:04X}\tunknown\t/CN=h\n");
    let lines: String = (0x1000..0x3000).map(line).collect();
    fs::write(ca.conf("ca.db"), &lines).unwrap();
    ca.issue(&order("a.example.com")).unwrap();
    let ledger = ca.ledger();
    assert!(ledger.starts_with(&lines) && ledger.lines().count() == 0x2001);
}

#[test]
fn commands_at_the_same_time_wait_for_each_other() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "01\n").unwrap();
    let dir = ca.dir();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            scope.spawn(move || {
                let directory = CaDirectory::open(dir).unwrap();
                let unlocked = directory.unlock(None).unwrap();
                for turn in 0..5 {
                    let order = order(&format!("h{worker}-{turn}.example.com"));
                    let mut entropy = Entropy::new(|| [worker; 16]);
                    unlocked.issue(&order, now(), &mut entropy).unwrap();
                }
            });
        }
    });
    let ledger = ca.ledger();
    let serials: Vec<&str> = ledger
        .lines()
        .map(|line| line.split('\t').nth(3).unwrap())
        .collect();
    let want: Vec<String> = (1..=20).map(|serial| format!("{serial:02X}")).collect();
    assert_eq!(serials, want);
    ca.assert_in_order();
}

#[test]
fn a_key_that_was_replaced_meanwhile_signs_no_list() {
    let ca = TestCa::new();
    let issued = ca.issue(&order("a.example.com")).unwrap();
    // What `ca rekey` does, as far as it matters here.
    let other = TestCa::new();
    fs::copy(other.conf("ca_cert.pem"), ca.conf("ca_cert.pem")).unwrap();
    let before = ca.snapshot();
    let lists = ListOrder {
        authority: ca.unlocked.authority(),
        retired: &[],
        lifetime: std::time::Duration::from_secs(86_400),
        digest: None,
        when: When::Always,
    };
    let directory = ca.unlocked.directory();
    let made = directory.make_lists(&lists, now()).unwrap_err();
    assert!(matches!(made, CrlError::AuthorityChanged { .. }), "{made}");
    let action = Action::Revoke {
        cause: Cause::new(RevocationReason::KeyCompromise),
        at: None,
    };
    let serials = [issued.certificate.serial().clone()].into();
    let changed = directory.revoke(&serials, action, Some(&lists), now());
    assert!(changed.is_err());
    assert_eq!(ca.snapshot(), before, "nothing is revoked without its list");
}

/// It was looked at before, without the lock, and was valid then.
#[test]
fn what_was_revoked_meanwhile_gets_no_successor() {
    let ca = TestCa::new();
    let before = ca.issue(&order("a.example.com")).unwrap().certificate;
    let renewing = IssueOrder {
        renews: Some(before.serial().clone()),
        ..order("a.example.com")
    };
    ca.issue(&renewing).unwrap();
    let action = Action::Revoke {
        cause: Cause::new(RevocationReason::KeyCompromise),
        at: None,
    };
    let directory = ca.unlocked.directory();
    let serials = [before.serial().clone()].into();
    directory.revoke(&serials, action, None, now()).unwrap();
    let ledger = ca.ledger();
    let refused = ca.issue(&renewing).unwrap_err();
    assert!(
        matches!(&refused, IssueError::NotRenewable(NotRenewable::Revoked(serial)) if serial == before.serial()),
        "{refused:?}"
    );
    assert_eq!(ca.ledger(), ledger);
    ca.assert_in_order();
}
