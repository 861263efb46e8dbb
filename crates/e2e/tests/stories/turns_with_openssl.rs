//! We and `openssl ca` take turns in one folder: issuing, revoking, lists, expired lines. Each reads what
//! the other wrote.

use std::fs;
use std::path::Path;

use trustpack_e2e::ca::{TestCa, check_call, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, lists, openssl};

#[track_caller]
fn openssl_ca(dir: &Path, arguments: &[&str]) {
    Call::foreign("openssl", openssl::CA)
        .arg("-batch")
        .args(arguments)
        .within(dir)
        .succeeds();
}

#[track_caller]
fn trustpack(dir: &Path, arguments: &[&str]) {
    Call::trustpack(arguments).arg("--ca").arg(dir).succeeds();
}

/// The copy of the newest certificate of the ledger.
#[track_caller]
fn newest(dir: &Path) -> (String, String) {
    let serial = ledger_serials(dir).pop().unwrap();
    let copy = format!("repository/{serial}.pem");
    (serial, copy)
}

#[track_caller]
fn issue(dir: &Path, host: &str, by_us: bool) -> (String, String) {
    if by_us {
        trustpack(dir, &["cert", "issue", host, "--key", "ecdsa-p256"]);
    } else {
        openssl::request(dir, "request", host);
        openssl_ca(dir, &["-in", "request.csr", "-out", "issued.pem"]);
    }
    newest(dir)
}

/// Our judge on the certificate and the list, whoever made them.
#[track_caller]
fn we_judge(dir: &Path, certificate: &str, is_revoked: bool) {
    let words = "--trusted-ca ca_conf/ca_cert.pem --crl ca_conf/crl.pem";
    let outcome = Call::trustpack(["cert", "verify", certificate])
        .args(words.split(' '))
        .within(dir)
        .exits_with(i32::from(is_revoked));
    if is_revoked {
        outcome.prints("that failed: revocation");
    }
}

/// Ten turns. Each turn one issues three; of these the other revokes one, and the one who issued them
/// another; then one of them makes the list, alternately.
#[track_caller]
fn take_turns(dir: &Path) {
    let [ca, list] = ["ca_conf/ca_cert.pem", "ca_conf/crl.pem"].map(|name| dir.join(name));
    let mut revoked = Vec::new();
    let mut last_number = 0;
    let reasons = [
        "keyCompromise",
        "superseded",
        "unspecified",
        "cessationOfOperation",
    ];
    for (turn, reason) in (0..10).zip(reasons.iter().cycle()) {
        let we_issue = turn % 2 == 0;
        let [first, second, good] =
            ["a", "b", "c"].map(|name| issue(dir, &format!("{name}{turn}.example.com"), we_issue));
        trustpack(dir, &["cert", "revoke", &first.0, "--reason", reason]);
        openssl_ca(dir, &["-revoke", &second.1, "-crl_reason", reason]);
        if turn % 3 == 0 {
            openssl_ca(dir, &["-gencrl", "-out", "ca_conf/crl.pem"]);
        } else {
            trustpack(dir, &["crl", "create"]);
        }
        let number = lists::number(&list, &ca);
        assert!(number > last_number, "{number} after {last_number}");
        last_number = number;
        revoked.extend([first.0.clone(), second.0.clone()]);
        let mut on_list = lists::serials(&list);
        on_list.sort();
        let mut expected = revoked.clone();
        expected.sort();
        assert_eq!(on_list, expected, "turn {turn}");
        for ((_, copy), is_revoked) in [(&first, true), (&second, true), (&good, false)] {
            lists::assert_judged(&ca, &list, &dir.join(copy), is_revoked);
            we_judge(dir, copy, is_revoked);
        }
        // In a folder that is not ours the trust store is missing, which is a warning.
        check_call(dir).succeeds();
    }
    let counted = Call::trustpack(["cert", "list", "--state", "revoked", "--ca"]).arg(dir);
    let listed = counted.succeeds().stdout.lines().count() - 1;
    assert_eq!(listed, revoked.len());
}

#[test]
fn ten_turns_in_our_folder() {
    let ca = TestCa::new();
    take_turns(ca.dir());
    check_call(ca.dir())
        .succeeds()
        .prints("nothing is out of step");
}

/// A folder that OpenSSL made, with names in the places where it has them and a counter.
const CONF: &str = "\
[ca]
default_ca = mine
[mine]
dir              = ca_conf
certificate      = $dir/ca_cert.pem
private_key      = $dir/ca_priv_key.pem
database         = $dir/ca.db
serial           = $dir/serial.num
crlnumber        = $dir/crl_number
crl              = $dir/crl.pem
new_certs_dir    = repository
default_md       = sha256
default_days     = 100
default_crl_days = 7
unique_subject   = no
copy_extensions  = copy
policy           = any
x509_extensions  = host
crl_extensions   = list
[any]
commonName = supplied
[host]
basicConstraints       = critical, CA:FALSE
keyUsage               = critical, digitalSignature
extendedKeyUsage       = serverAuth, clientAuth
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid:always
[list]
authorityKeyIdentifier = keyid:always
";

#[test]
fn ten_turns_in_a_folder_that_openssl_made() {
    let folder = folder::temporary();
    let dir = folder.path();
    for name in ["ca_conf", "repository"] {
        fs::create_dir(dir.join(name)).unwrap();
    }
    let write = |name: &str, text: &str| fs::write(dir.join("ca_conf").join(name), text).unwrap();
    write("ca.conf", CONF);
    write("ca.db", "");
    write("serial.num", "1000\n");
    write("crl_number", "0F\n");
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=Theirs \
                 -keyout ca_conf/ca_priv_key.pem -out ca_conf/ca_cert.pem \
                 -addext keyUsage=critical,keyCertSign,cRLSign";
    Call::foreign("openssl", words.split_whitespace())
        .within(dir)
        .succeeds();
    Call::foreign("chmod", ["0700", "ca_conf"])
        .within(dir)
        .succeeds();
    Call::foreign("chmod", ["0400", "ca_conf/ca_priv_key.pem"])
        .within(dir)
        .succeeds();
    trustpack(dir, &["crl", "create"]);
    let next = lists::text(&dir.join("ca_conf/crl.pem"));
    assert!(
        next.contains("X509v3 CRL Number: \n                15"),
        "{next}"
    );
    take_turns(dir);
}

/// The only line of the ledger without the moment of revocation, which must be there.
#[track_caller]
fn without_moment(ledger: &str) -> String {
    let fields: Vec<&str> = ledger.split('\t').collect();
    let [state, end, revocation, rest @ ..] = &fields[..] else {
        panic!("{ledger}");
    };
    let (moment, reason) = revocation.split_at("261121085241Z".len());
    assert!(moment.ends_with('Z'), "{ledger}");
    format!("{state} {end} {reason} {rest:?}")
}

/// For each way of revoking: what OpenSSL writes is what we write, but for the second of the day.
#[test]
fn we_write_the_lines_that_openssl_writes() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let before = fs::read_to_string(ca.conf("ca.db")).unwrap();
    let copy = format!("repository/{}.pem", host.serial);
    for (theirs, ours) in [
        ("", ""),
        ("-crl_reason keyCompromise", "--reason keyCompromise"),
        ("-crl_reason CACompromise", "--reason cacompromise"),
        (
            "-crl_reason affiliationChanged",
            "--reason affiliationChanged",
        ),
        ("-crl_reason superseded", "--reason superseded"),
        (
            "-crl_reason cessationOfOperation",
            "--reason cessationOfOperation",
        ),
        ("-crl_reason certificateHold", "--reason certificateHold"),
        (
            "-crl_compromise 20260102030405Z",
            "--reason keyCompromise --invalid-since 2026-01-02T03:04:05Z",
        ),
        (
            "-crl_CA_compromise 20260102030405Z",
            "--reason CACompromise --invalid-since 2026-01-02T03:04:05Z",
        ),
    ] {
        let [theirs, ours] = [theirs, ours].map(|words| words.split(' ').filter(|w| !w.is_empty()));
        let written = || without_moment(&fs::read_to_string(ca.conf("ca.db")).unwrap());
        openssl_ca(
            ca.dir(),
            &["-revoke", &copy]
                .into_iter()
                .chain(theirs)
                .collect::<Vec<_>>(),
        );
        let their_line = written();
        fs::write(ca.conf("ca.db"), &before).unwrap();
        trustpack(
            ca.dir(),
            &["cert", "revoke", &host.serial]
                .into_iter()
                .chain(ours)
                .collect::<Vec<_>>(),
        );
        assert_eq!(written(), their_line);
        fs::write(ca.conf("ca.db"), &before).unwrap();
    }
}

/// Reasons and moments that OpenSSL's index has no place for: it loads them all the same, keeps them,
/// and makes a list; we read them from what it wrote.
#[test]
fn openssl_keeps_what_it_does_not_know() {
    let ca = TestCa::new();
    let hosts = ["a", "b", "c"].map(|name| ca.issue(&format!("{name}.example.com"), &[]));
    let since = ["--invalid-since", "2026-01-02"];
    for (host, reason) in hosts
        .iter()
        .zip(["privilegeWithdrawn", "AACompromise", "superseded"])
    {
        let words = ["cert", "revoke", &host.serial, "--reason", reason];
        trustpack(ca.dir(), &[&words[..], &since].concat());
    }
    issue(ca.dir(), "d.example.com", false);
    openssl_ca(ca.dir(), &["-gencrl", "-out", "ca_conf/crl.pem"]);
    assert_eq!(lists::serials(&ca.conf("crl.pem")).len(), 3);
    trustpack(ca.dir(), &["crl", "create"]);
    let ours = lists::text(&ca.conf("crl.pem"));
    for shown in [
        "Privilege Withdrawn",
        "AA Compromise",
        "Superseded",
        "Jan  2 00:00:00 2026",
    ] {
        assert!(ours.contains(shown), "{shown}: {ours}");
    }
}

/// `openssl ca -updatedb` marks what has ended; a hold by an instruction is one that we lift.
#[test]
fn we_read_what_openssl_marks() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let copy = format!("repository/{}.pem", host.serial);
    openssl_ca(
        ca.dir(),
        &["-revoke", &copy, "-crl_hold", "holdInstructionReject"],
    );
    let list = |state: &str| {
        Call::trustpack(["cert", "list", "--state", state, "--ca"])
            .arg(ca.dir())
            .succeeds()
            .stdout
    };
    assert!(list("on-hold").contains(&host.serial));
    trustpack(ca.dir(), &["cert", "revoke", "--lift", &host.serial]);
    assert!(list("valid").contains(&host.serial));
    let ledger = ca.conf("ca.db");
    let ended = "V\t200101000000Z\t\t0A\tunknown\t/CN=old.example.com\n";
    let text = fs::read_to_string(&ledger).unwrap();
    fs::write(&ledger, format!("{ended}{text}")).unwrap();
    assert!(list("expired").contains("old.example.com"));
    openssl_ca(ca.dir(), &["-updatedb"]);
    assert!(fs::read_to_string(&ledger).unwrap().starts_with("E\t"));
    assert!(list("expired").contains("old.example.com"));
    assert!(!list("valid").contains("old.example.com"));
}
