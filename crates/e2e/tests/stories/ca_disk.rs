//! The disk of a CA directory is full, or nobody may write to it: what was asked for is refused by name, and
//! nothing is lost.
//!
//! The folder lies on a small file system in memory that only the story sees (`unshare`).

use std::path::Path;

use trustpack_e2e::base_ca::BaseCa;
use trustpack_e2e::ca::{QUICK_KEY, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::program;

/// Puts the CA directory `ca` on a full disk, and makes place, four KiB at a time, until the command succeeds.
/// After each failure the folder must be in order. Arguments: the program, then the command.
const ON_A_FULL_DISK: &str = r#"
set -eu
program=$1; shift
mkdir disk
mount -t tmpfs -o size=1M,mode=0700 story disk
cp -a ca disk/ca
failures=0
for free in $(seq 0 4 400); do
  cat /dev/zero > disk/filling 2> /dev/null || true
  size=$(stat -c %s disk/filling)
  truncate -s $((size - free * 1024)) disk/filling
  code=0
  "$program" "$@" > out 2> err || code=$?
  rm disk/filling
  "$program" ca check --ca disk/ca > check 2>&1 || { cat check; exit 90; }
  grep -q 'nothing is out of step' check || { cat check; exit 91; }
  if [ "$code" = 0 ]; then
    echo "done after $failures failures"
    exit 0
  fi
  [ "$code" = 1 ] || { cat err; exit 92; }
  grep -q 'No space left on device' err || { cat err; exit 93; }
  failures=$((failures + 1))
done
exit 94
"#;

/// Runs a command where the disk with `disk/ca` may not be written.
const ON_A_DISK_THAT_IS_READ_ONLY: &str = r#"
set -eu
program=$1; shift
mkdir disk
mount -t tmpfs -o size=8M,mode=0700 story disk
cp -a ca disk/ca
mount -o remount,ro disk
exec "$program" "$@"
"#;

#[track_caller]
fn in_namespace(script: &str, folder: &Path, command: &[&str]) -> Call {
    Call::foreign(
        "unshare",
        ["--map-root-user", "--mount", "sh", "-c", script, "story"],
    )
    .arg(program::trustpack())
    .args(command)
    .within(folder)
}

/// How often the command failed for want of space before there was enough.
#[track_caller]
fn failures_on_a_full_disk(base: &BaseCa, command: &[&str]) -> usize {
    let folder = base.copy();
    let outcome = in_namespace(ON_A_FULL_DISK, folder.path(), command).succeeds();
    let words: Vec<&str> = outcome.stdout.split_whitespace().collect();
    match words[..] {
        ["done", "after", count, "failures"] => count.parse().unwrap(),
        _ => panic!("{outcome}"),
    }
}

const CA: [&str; 2] = ["--ca", "disk/ca"];

#[test]
fn a_full_disk_loses_nothing() {
    let base = BaseCa::with_hosts(&["a.example.com", "b.example.com"]);
    let hosts = "host\nc.example.com\nd.example.com\ne.example.com\n";
    std::fs::write(base.path().join("hosts.csv"), hosts).unwrap();
    let serial = ledger_serials(&base.dir()).remove(0);
    let with_key = [&CA[..], &QUICK_KEY].concat();
    for (command, rest) in [
        (&["cert", "issue", "c.example.com"][..], &with_key[..]),
        (&["cert", "issue", "--from", "hosts.csv"], &with_key),
        (&["cert", "renew", "a.example.com"], &CA),
        (&["cert", "revoke", &serial, "--crl"], &CA),
        (&["crl", "create"], &CA),
        (&["ca", "renew"], &CA),
        (&["ca", "rekey"], &with_key),
    ] {
        let failures = failures_on_a_full_disk(&base, &[command, rest].concat());
        assert!(failures > 1, "{command:?} failed {failures} times");
    }
}

#[test]
fn where_nobody_may_write_that_is_said() {
    let base = BaseCa::with_hosts(&["a.example.com"]);
    let serial = ledger_serials(&base.dir()).remove(0);
    let with_key = [&CA[..], &QUICK_KEY].concat();
    for (command, rest) in [
        (&["cert", "issue", "c.example.com"][..], &with_key[..]),
        (&["cert", "revoke", &serial], &CA),
        (&["crl", "create"], &CA),
        (&["ca", "rekey"], &with_key),
    ] {
        let folder = base.copy();
        let command = [command, rest].concat();
        in_namespace(ON_A_DISK_THAT_IS_READ_ONLY, folder.path(), &command)
            .refused("disk/ca")
            .says("Read-only file system");
    }
    // Looking needs no writing.
    let folder = base.copy();
    let check = [&["ca", "check"], &CA[..]].concat();
    in_namespace(ON_A_DISK_THAT_IS_READ_ONLY, folder.path(), &check)
        .succeeds()
        .prints("nothing is out of step");
    let folder = base.copy();
    std::fs::write(folder.path().join("ca/ca_conf/serial.num"), "").unwrap();
    let repair = [&["ca", "check", "--repair"], &CA[..]].concat();
    in_namespace(ON_A_DISK_THAT_IS_READ_ONLY, folder.path(), &repair)
        .refused("Read-only file system");
}
