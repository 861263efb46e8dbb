//! A command that waits for its turn while the CA gets another key begins again with that.

use std::fs::File;

use rustix::fs::{FlockOperation, flock};
use trustpack_e2e::ca::{QUICK_KEY, TestCa, check_call, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl;
use trustpack_e2e::watched::Watched;

use super::life;

/// Starts a command on a CA directory, and lets the CA have another key before it is its turn.
#[track_caller]
fn overtaken(ca: &TestCa, arguments: &[&str]) {
    let beside = folder::temporary();
    let rekeyed = beside.path().join("ca");
    folder::copy(ca.dir(), &rekeyed);
    life("rekey", &rekeyed, &[]);

    let lock = File::open(ca.conf("")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let call = Call::trustpack(arguments).arg("--ca").arg(ca.dir());
    let mut waiting = Watched::start(call);
    waiting.line(|line| line.contains("waiting for another command").then_some(()));
    Call::foreign("cp", ["-a", "--remove-destination"])
        .arg(rekeyed.join("."))
        .arg(ca.dir())
        .succeeds();
    drop(lock);
    waiting.line(|line| line.contains("beginning again").then_some(()));
    assert!(waiting.end().status.success());
    check_call(ca.dir()).succeeds();
}

#[test]
fn what_is_issued_meanwhile_is_of_the_new_key() {
    let ca = TestCa::with(&QUICK_KEY);
    overtaken(&ca, &["cert", "issue", "a.example.com"]);
    let issued = ca.newest("a.example.com").certificate;
    openssl::verify(&ca.conf("ca_cert.pem"), &[], &issued).succeeds();
}

#[test]
fn many_are_of_the_new_key_each_once() {
    let ca = TestCa::with(&QUICK_KEY);
    let before = ["a", "b"].map(|host| ca.issue(&format!("{host}.example.com"), &[]));
    let hosts = ca.dir().with_file_name("hosts.csv");
    std::fs::write(
        &hosts,
        "host,key\nc.example.com,ecdsa-p256\nd.example.com,ecdsa-p256\n",
    )
    .unwrap();
    overtaken(&ca, &["cert", "issue", "--from", hosts.to_str().unwrap()]);
    of_the_new_key(&ca, ["c", "d"]);
    overtaken(
        &ca,
        &["cert", "renew", &before[0].serial, &before[1].serial],
    );
    of_the_new_key(&ca, ["a", "b"]);
    // Two hosts that were renewed, two that are new, and the two crosses of each new key.
    assert_eq!(ledger_serials(ca.dir()).len(), 2 + 2 + 2 + 2 * 2);
}

/// The last two of the ledger are those of these hosts.
#[track_caller]
fn of_the_new_key(ca: &TestCa, hosts: [&str; 2]) {
    let serials = ledger_serials(ca.dir());
    for (serial, host) in serials.iter().rev().zip(hosts.iter().rev()) {
        let issued = ca
            .dir()
            .join(format!("repository/{serial}_{host}_cert.pem"));
        openssl::verify(&ca.conf("ca_cert.pem"), &[], &issued).succeeds();
    }
}
