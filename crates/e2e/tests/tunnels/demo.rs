//! The demo: what it proves, the folder it takes, and that nothing of it outlives it.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use rustix::process::Signal;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::processes;
use trustpack_e2e::watched::{Watched, until};

/// `demo` in this folder, with little data and a mark on all its processes.
fn demo(dir: &Path) -> Call {
    Call::trustpack(["demo", "--mebibytes", "2", "--dir"])
        .arg(dir)
        .env(processes::MARK, &mark(dir))
}

fn mark(dir: &Path) -> String {
    dir.display().to_string()
}

#[test]
fn it_proves_what_it_says_and_does_so_again() {
    let folder = folder::temporary();
    let dir = folder.path().join("demo");
    let first = demo(&dir).succeeds().prints("All 11 hold");
    for line in [
        "the fleet file has no error",
        "simple TLS carries data both ways",
        "mutual TLS carries data both ways",
        "the unsecured connection is plain",
        "a client without a certificate is refused",
        "a client of another CA is refused",
        "a server of another name is refused",
        "a certificate is replaced under traffic without a break",
        "a client is revoked and cut",
        "the probe finds what the settings say",
    ] {
        let told = first.stdout.lines().find(|told| told.starts_with(line));
        let result = told.and_then(|told| told[line.len()..].split_whitespace().next());
        assert_eq!(result, Some("yes"), "{line}: {first}");
    }
    // The probe comes last: every endpoint, and the client whose certificate is a new one by then.
    let proven: Vec<&str> = first
        .stdout
        .lines()
        .take_while(|line| !line.is_empty())
        .collect();
    let last = proven.last().unwrap_or(&"");
    assert!(last.starts_with("the probe finds"), "{first}");
    for seen in [
        "6 endpoints as expected, 0 not, 0 not probed; ",
        "as their client 3 endpoints as expected, 0 not, 0 not probed",
    ] {
        assert!(last.contains(seen), "{seen:?}: {first}");
    }
    assert_eq!(processes::marked(&mark(&dir)), [""; 0]);
    // What it left can be used.
    let fleet = dir.join("fleet.toml");
    Call::trustpack(["fleet", "check"]).arg(&fleet).succeeds();
    Call::trustpack(["ca", "check", "--ca"])
        .arg(dir.join("ca"))
        .succeeds();

    fs::write(dir.join("left by the reader"), "").unwrap();
    let before = fs::read(&fleet).unwrap();
    demo(&dir).succeeds().prints("All 11 hold");
    assert!(!dir.join("left by the reader").exists());
    assert_ne!(
        fs::read(&fleet).unwrap(),
        before,
        "the folder is not replaced"
    );
}

#[test]
fn a_folder_of_others_is_left_alone() {
    let folder = folder::temporary();
    let dir = folder.path().join("important");
    fs::create_dir_all(dir.join("ca")).unwrap();
    fs::write(dir.join("ca/letter"), "dear").unwrap();
    let before = folder::listing(&dir);
    demo(&dir).refused("is not empty, and no demo made it");
    folder::assert_unchanged(&dir, &before);

    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    demo(&file).refused("file");
    assert_eq!(fs::read(&file).unwrap(), b"text");
}

/// Sends a signal once the demo says that it begins `step`; then nothing of it may run any more.
#[track_caller]
fn check_killed(step: &str, signal: Signal) {
    let folder = folder::temporary();
    let dir = folder.path().join("demo");
    let mut running = Watched::start(demo(&dir));
    running.line(|line| line.contains(step).then_some(()));
    running.signal(signal);
    let outcome = running.end();
    if signal == Signal::KILL {
        assert_eq!(outcome.status.signal(), Some(9), "{outcome}");
    } else {
        assert_eq!(outcome.status.code(), Some(1), "{outcome}");
        outcome.says("every process of the demo is gone");
        // It says so only when it is so.
        assert_eq!(processes::marked(&mark(&dir)), [""; 0]);
    }
    until(
        &format!("nothing of a demo runs after {signal:?} in {step:?}"),
        || processes::marked(&mark(&dir)).is_empty(),
    );
    // Its folder is still known as a demo's.
    assert!(dir.join(".trustpack-demo").is_file());
}

#[test]
fn interrupted_it_leaves_no_process() {
    check_killed("a CA and certificates for 3 hosts", Signal::INT);
    check_killed("mutual TLS carries data both ways", Signal::INT);
    check_killed("a server of another name is refused", Signal::TERM);
}

#[test]
fn killed_it_leaves_no_process() {
    check_killed("simple TLS carries data both ways", Signal::KILL);
    check_killed("a server of another name is refused", Signal::KILL);
}
