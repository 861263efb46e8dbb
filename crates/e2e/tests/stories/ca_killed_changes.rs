//! Commands that change what a CA has are killed at each system call: revoking, making a list, a new key, a
//! batch, mending. With the next command each is done, or nothing of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use trustpack_e2e::base_ca::{BaseCa, assert_recovered, state_of};
use trustpack_e2e::ca::{QUICK_KEY, assert_whole, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::kill::{self, Calls, at_each, at_each_of, kill_at};
use trustpack_e2e::lists;
use trustpack_e2e::openssl;

const LIST: [&str; 4] = ["crl", "create", "--ca", "ca"];
const REKEY: [&str; 6] = ["ca", "rekey", "--ca", "ca", QUICK_KEY[0], QUICK_KEY[1]];
const BATCH: [&str; 8] = [
    "cert",
    "issue",
    "--from",
    "hosts.csv",
    "--ca",
    "ca",
    QUICK_KEY[0],
    QUICK_KEY[1],
];
const REPAIR: [&str; 5] = ["ca", "check", "--repair", "--ca", "ca"];

/// How often it was killed, how often that undid it, how often it was done.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    undone: usize,
    done: usize,
}

impl Tally {
    fn count(&mut self, done: bool) {
        match done {
            true => self.done += 1,
            false => self.undone += 1,
        }
    }

    #[track_caller]
    fn assert_at_least(&self, kills: usize) {
        assert!(self.kills >= kills, "{self:?}");
        assert!(self.undone > 0 && self.done > 0, "{self:?}");
    }
}

/// Kills `command` on a copy of `base` at each call; `was_done` looks at the folder that the next command has
/// cleaned up.
#[track_caller]
fn each_kill(
    base: &BaseCa,
    command: &[&str],
    calls: Calls,
    was_done: impl Fn(&Path, &str) -> bool,
) -> Tally {
    let points = kill::points(command, base.copy().path());
    let mut tally = Tally::default();
    tally.kills = at_each_of(calls, &points, |name, count| {
        let folder = base.copy();
        if !kill_at(name, count, command, folder.path()) {
            return false;
        }
        let dir = folder.path().join("ca");
        assert_recovered(&dir);
        tally.count(was_done(&dir, &format!("killed at {name} {count}")));
        true
    });
    tally
}

fn crl_number(dir: &Path) -> u64 {
    lists::number(
        &dir.join("ca_conf/crl.pem"),
        &dir.join("ca_conf/ca_cert.pem"),
    )
}

fn next_crl_number(dir: &Path) -> u64 {
    let text = fs::read_to_string(dir.join("ca_conf/crl_number")).unwrap();
    u64::from_str_radix(text.trim(), 16).unwrap()
}

#[test]
fn revoking() {
    let base = BaseCa::with_hosts(&["a.example.com", "b.example.com"]);
    let serial = ledger_serials(&base.dir()).remove(0);
    let revoke = ["cert", "revoke", &serial, "--crl", "--ca", "ca"];
    let before = crl_number(&base.dir());
    let tally = each_kill(&base, &revoke, Calls::Same, |dir, what| {
        let revoked = state_of(dir, &serial) == 'R';
        let list = dir.join("ca_conf/crl.pem");
        let number = crl_number(dir);
        let listed = lists::serials(&list).contains(&serial);
        assert_eq!(listed, revoked, "{what}: ledger and list differ");
        assert_eq!(number > before, revoked, "{what}");
        assert!(next_crl_number(dir) > number, "{what}");
        assert_whole(dir);
        revoked
    });
    tally.assert_at_least(20);
}

#[test]
fn making_a_list() {
    let base = BaseCa::with_hosts(&["a.example.com"]);
    let before = crl_number(&base.dir());
    let tally = each_kill(&base, &LIST, Calls::Same, |dir, what| {
        let number = crl_number(dir);
        assert!((before..=before + 1).contains(&number), "{what}: {number}");
        assert!(next_crl_number(dir) > number, "{what}");
        number > before
    });
    tally.assert_at_least(15);
}

#[test]
fn a_new_key() {
    let base = BaseCa::with_hosts(&["a.example.com", "b.example.com"]);
    let before = ledger_serials(&base.dir());
    let old = fs::read(base.dir().join("ca_conf/ca_cert.pem")).unwrap();
    let tally = each_kill(&base, &REKEY, Calls::Same, |dir, what| {
        let now = fs::read(dir.join("ca_conf/ca_cert.pem")).unwrap();
        let retired = dir.join("ca_conf/retired").exists();
        assert_eq!(now != old, retired, "{what}");
        let after = ledger_serials(dir);
        assert!(after.starts_with(&before), "{what}: {after:?}");
        assert_eq!(
            after.len() - before.len(),
            if retired { 2 } else { 0 },
            "{what}"
        );
        let distinct: BTreeSet<&String> = after.iter().collect();
        assert_eq!(distinct.len(), after.len(), "{what}: {after:?}");
        retired
    });
    tally.assert_at_least(30);
}

#[test]
fn a_batch() {
    const HOSTS: usize = 9;
    let base = BaseCa::with_hosts(&["a.example.com"]);
    let hosts: String = (0..HOSTS).map(|n| format!("h{n}.example.com\n")).collect();
    fs::write(base.path().join("hosts.csv"), format!("host\n{hosts}")).unwrap();
    let before = ledger_serials(&base.dir());
    let tally = each_kill(&base, &BATCH, Calls::Vary, |dir, what| {
        assert_whole(dir);
        let after = ledger_serials(dir);
        assert!(after.starts_with(&before), "{what}: {after:?}");
        let made = after.len() - before.len();
        assert!(made == 0 || made == HOSTS, "{what}: {made}");
        made > 0
    });
    tally.assert_at_least(40);
}

/// Damages a CA with two certificates in every way that is mended, and gives the ledger as it should be.
fn spoil(dir: &Path) -> BTreeSet<String> {
    let conf = |name: &str| dir.join("ca_conf").join(name);
    let ledger = fs::read_to_string(conf("ca.db")).unwrap();
    let lines: Vec<&str> = ledger.lines().collect();
    let [first, second] = lines[..] else {
        panic!("{ledger}");
    };
    // The first line is damaged, and the second has no end.
    let damaged = first.replacen("V\t2", "V\tx", 1);
    fs::write(conf("ca.db"), format!("{damaged}\n{second}")).unwrap();
    fs::write(conf("serial.num"), "").unwrap();
    fs::write(conf("crl_number"), "01\n").unwrap();
    fs::remove_file(conf("ca_cert.pfx")).unwrap();
    let serial = first.split('\t').nth(3).unwrap();
    fs::remove_file(dir.join(format!("repository/{serial}.pem"))).unwrap();
    lines.into_iter().map(str::to_owned).collect()
}

#[test]
fn mending() {
    let base = BaseCa::with_hosts(&["a.example.com", "b.example.com"]);
    let whole = spoil(&base.dir());
    let points = kill::points(&REPAIR, base.copy().path());
    let kills = at_each(&points, |name, count| {
        let folder = base.copy();
        if !kill_at(name, count, &REPAIR, folder.path()) {
            return false;
        }
        let dir = folder.path().join("ca");
        Call::trustpack(REPAIR)
            .within(folder.path())
            .succeeds()
            .prints("nothing is out of step");
        assert_whole(&dir);
        let ledger = fs::read_to_string(dir.join("ca_conf/ca.db")).unwrap();
        let lines: BTreeSet<String> = ledger.lines().map(str::to_owned).collect();
        assert_eq!(lines, whole, "killed at {name} {count}");
        true
    });
    assert!(kills > 40, "killed only {kills} times");
    let folder = base.copy();
    Call::trustpack(REPAIR).within(folder.path()).succeeds();
    let dir = folder.path().join("ca");
    let serial = ledger_serials(&dir).pop().unwrap();
    Call::foreign("openssl", openssl::CA)
        .args(["-status", &serial])
        .within(&dir)
        .run()
        // It ends with 1 whatever the status is.
        .says(&format!("{serial}=Valid (V)"));
}
