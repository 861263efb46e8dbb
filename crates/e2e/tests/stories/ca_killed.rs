//! The program is killed while it changes a CA directory: the folder stays usable, and no serial is
//! used twice.
//!
//! Everything runs in the folder that holds the CA directory, which is called `ca`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use trustpack_e2e::ca::{QUICK_KEY, assert_in_order, check_call, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::kill::{self, at_each, kill_at, was_killed};
use trustpack_e2e::openssl;
use trustpack_e2e::random::SeededRandom;

const CREATE: [&str; 7] = [
    "ca",
    "create",
    "Example CA",
    "--ca",
    "ca",
    QUICK_KEY[0],
    QUICK_KEY[1],
];
const ISSUE: [&str; 7] = [
    "cert",
    "issue",
    "a.example.com",
    "--ca",
    "ca",
    QUICK_KEY[0],
    QUICK_KEY[1],
];
const ISSUE_THREE: [&str; 9] = [
    "cert",
    "issue",
    "a.example.com",
    "b.example.com",
    "c.example.com",
    "--ca",
    "ca",
    QUICK_KEY[0],
    QUICK_KEY[1],
];
const CHECK: [&str; 4] = ["ca", "check", "--ca", "ca"];

#[track_caller]
fn run(arguments: &[&str], folder: &Path) {
    Call::trustpack(arguments).within(folder).succeeds();
}

/// Serials that files in the repository are named after, recorded or not.
fn serials_of_files(dir: &Path) -> BTreeSet<String> {
    folder::listing(&dir.join("repository"))
        .keys()
        .map(|path| {
            path.to_string_lossy()
                .split(['_', '.'])
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// `openssl ca` reads the ledger, and finds the last certificate in it valid.
#[track_caller]
fn assert_openssl_reads(dir: &Path) {
    let last = ledger_serials(dir).pop().unwrap();
    Call::foreign("openssl", openssl::CA)
        .args(["-status", &last])
        .within(dir)
        .run()
        // It ends with 1 whatever the status is.
        .says(&format!("{last}=Valid (V)"));
}

/// A folder in which a CA counts from 01 and has issued one certificate.
fn counting_ca() -> tempfile::TempDir {
    let folder = folder::temporary();
    run(&CREATE, folder.path());
    fs::write(folder.path().join("ca/ca_conf/serial.num"), "01\n").unwrap();
    run(&ISSUE, folder.path());
    folder
}

#[test]
fn issuing_killed_at_each_system_call() {
    let folder = counting_ca();
    let dir = folder.path().join("ca");
    let points = kill::points(&ISSUE, folder.path());
    let kills = at_each(&points, |name, count| {
        let before = ledger_serials(&dir);
        if !kill_at(name, count, &ISSUE, folder.path()) {
            return false;
        }
        let left = serials_of_files(&dir);
        // Who comes first does not matter.
        assert_openssl_reads(&dir);
        assert_in_order(&dir);
        assert_openssl_reads(&dir);
        let after = ledger_serials(&dir);
        let what = format!("killed at {name} {count}");
        assert!(after.starts_with(&before), "{what}: {before:?} {after:?}");
        assert!(after.len() <= before.len() + 1, "{what}: {after:?}");
        run(&ISSUE, folder.path());
        let newest = ledger_serials(&dir).pop().unwrap();
        assert!(!left.contains(&newest), "{what}: {newest} was given before");
        true
    });
    // Eight files are written and brought to disk: fewer kills would show that nothing was tried.
    assert!(kills > 30, "killed only {kills} times, at {points:?}");
    assert_in_order(&dir);
}

/// What a killed command left in `base`, the first time that `wanted` is true of it.
fn left_behind(base: &Path, call: &str, wanted: impl Fn(&Path) -> bool) -> tempfile::TempDir {
    for count in 1.. {
        let folder = folder::temporary();
        folder::copy(&base.join("ca"), &folder.path().join("ca"));
        let killed = kill_at(call, count, &ISSUE, folder.path());
        assert!(killed, "no kill at {call} left what is wanted");
        if wanted(&folder.path().join("ca")) {
            return folder;
        }
    }
    unreachable!("a command that makes no more calls survives");
}

#[test]
fn recovery_killed_at_each_system_call() {
    let base = counting_ca();
    let recorded = ledger_serials(&base.path().join("ca"));
    let lines = |dir: &Path| ledger_serials(dir).len();
    let files = |dir: &Path| folder::listing(&dir.join("repository")).len();
    let planned = |dir: &Path| dir.join("ca_conf/.pending/plan").exists();

    let unrecorded = left_behind(base.path(), "fsync", |dir| {
        planned(dir) && files(dir) == 8 && lines(dir) == 1
    });
    let recorded_now = left_behind(base.path(), "fsync", |dir| planned(dir) && lines(dir) == 2);
    let torn = folder::temporary();
    folder::copy(&recorded_now.path().join("ca"), &torn.path().join("ca"));
    let ledger = torn.path().join("ca/ca_conf/ca.db");
    let text = fs::read_to_string(&ledger).unwrap();
    fs::write(&ledger, &text[..text.len() - 5]).unwrap();

    for (what, state, want) in [
        ("unrecorded", &unrecorded, recorded.len()),
        ("torn", &torn, recorded.len()),
        ("recorded", &recorded_now, recorded.len() + 1),
    ] {
        let fresh = || {
            let folder = folder::temporary();
            folder::copy(&state.path().join("ca"), &folder.path().join("ca"));
            folder
        };
        let points = kill::points(&CHECK, fresh().path());
        let kills = at_each(&points, |name, count| {
            let folder = fresh();
            let dir = folder.path().join("ca");
            if !kill_at(name, count, &CHECK, folder.path()) {
                return false;
            }
            assert_in_order(&dir);
            let after = ledger_serials(&dir);
            assert_eq!(
                after.len(),
                want,
                "{what}: killed at {name} {count}: {after:?}"
            );
            true
        });
        assert!(
            kills > 8,
            "{what}: killed only {kills} times, at {points:?}"
        );
    }
}

#[test]
fn creating_killed_at_each_system_call() {
    let points = kill::points(&CREATE, folder::temporary().path());
    let (mut none, mut whole) = (0, 0);
    let kills = at_each(&points, |name, count| {
        let folder = folder::temporary();
        let dir = folder.path().join("ca");
        if !kill_at(name, count, &CREATE, folder.path()) {
            return false;
        }
        let what = format!("killed at {name} {count}");
        let created = Call::trustpack(CREATE).within(folder.path()).run();
        match created.status.code() {
            Some(0) => none += 1,
            Some(1) => {
                created.says("has a CA already");
                whole += 1;
            }
            other => panic!("{what}: {other:?}"),
        }
        check_call(&dir).succeeds().prints("nothing is out of step");
        run(&ISSUE, folder.path());
        assert_in_order(&dir);
        true
    });
    assert_eq!(none + whole, kills);
    assert!(
        none > 20 && whole > 0,
        "{none} without a CA, {whole} with one"
    );
}

#[test]
fn issuing_killed_at_any_moment() {
    const KILLS: usize = 50;
    let mut random = SeededRandom::from_environment_or(2026);
    let folder = folder::temporary();
    let dir = folder.path().join("ca");
    run(&CREATE, folder.path());
    let start = Instant::now();
    run(&ISSUE_THREE, folder.path());
    let typical = u64::try_from(start.elapsed().as_micros()).unwrap();
    let mut killed = 0;
    for round in 0..KILLS {
        let before = ledger_serials(&dir);
        let delay = Duration::from_micros(random.below(typical));
        let issuing = Call::trustpack(ISSUE_THREE)
            .within(folder.path())
            .discard_output()
            .start();
        // The moment is what this story is about; whatever it is, what follows must hold.
        std::thread::sleep(delay);
        killed += usize::from(was_killed(&issuing.kill()));
        assert_in_order(&dir);
        assert_openssl_reads(&dir);
        let after = ledger_serials(&dir);
        assert!(
            after.starts_with(&before) && after.len() <= before.len() + 3,
            "kill {round} after {delay:?}: {before:?} {after:?}"
        );
    }
    assert!(killed > 0, "it was never killed");
    run(&ISSUE, folder.path());
    assert_in_order(&dir);
    Call::foreign("openssl", openssl::CA)
        .args(["-gencrl", "-out", "ca_conf/crl.pem"])
        .within(&dir)
        .succeeds();
}
