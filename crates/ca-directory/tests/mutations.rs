//! A CA directory one of whose files is damaged: opening, checking, reading and mending it end with a value or a
//! sentence, and take little memory; no key and no line of the ledger that is left is lost by mending.
//!
//! What is damaged: every file that a directory has, and the plan of a change that never was.

#![cfg(test)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_ca::lifetime::Lifetime;
use trustpack_ca::request::{CaRequest, HostRequest};
use trustpack_ca_directory::create::NewCa;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::entropy::Entropy;
use trustpack_ca_directory::issue::IssueOrder;
use trustpack_ca_directory::ledger::LedgerError;
use trustpack_ca_directory::repair::RepairMode;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_mutations::numbers::Numbers;
use trustpack_mutations::trial::{Memory, Refusal, Taken, Trial, check_error, check_message};
use trustpack_mutations::{octets, seeds, text};
use trustpack_x509::time::Timestamp;

const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 100,
        octets: 4 << 20,
    },
    rounds: 8,
    seed: 0x5eed_0008,
};

/// Paths inside the folder, with what is in them.
type Files = BTreeMap<PathBuf, Vec<u8>>;

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

/// A folder that goes away, in memory where the system has that: every command waits for its disk.
fn in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    folder.unwrap()
}

/// The files of an authority that has issued two certificates.
fn files() -> Files {
    let folder = in_memory();
    let mut drawn = 0;
    let mut entropy = Entropy::new(|| {
        drawn += 1;
        [drawn; 16]
    });
    let new = NewCa {
        request: CaRequest::new("Example CA")
            .unwrap()
            .with_key(KeySpec::EcP256),
        key_password: None,
    };
    let created = CaDirectory::create(folder.path(), &new, now(), &mut entropy).unwrap();
    for host in ["a.example.com", "b.example.com"] {
        let request = HostRequest::new(host.parse().unwrap());
        let request = request.with_lifetime(Lifetime::from_days(30).unwrap());
        let order = IssueOrder::new(request, KeySpec::EcP256);
        created.unlocked.issue(&order, now(), &mut entropy).unwrap();
    }
    let mut files = Files::new();
    collect(folder.path(), Path::new(""), &mut files);
    files
}

fn collect(root: &Path, inside: &Path, files: &mut Files) {
    for entry in fs::read_dir(root.join(inside)).unwrap() {
        let path = inside.join(entry.unwrap().file_name());
        if root.join(&path).is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(path.clone(), fs::read(root.join(&path)).unwrap());
        }
    }
}

/// Everything that reads the folder, one after the other; the last one mends it.
fn all_readers(files: &Files, damaged: &Path, contents: &[u8]) -> Result<(), Refusal> {
    let folder = in_memory();
    let others = files
        .iter()
        .map(|(path, contents)| (path.as_path(), contents.as_slice()));
    for (path, contents) in others.chain([(damaged, contents)]) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, contents)?;
    }
    let directory = CaDirectory::open(folder.path())?;
    let checked = directory.check(now(), None);
    checked
        .findings
        .iter()
        .for_each(|finding| check_message(&finding.message));
    let outcomes: [Option<Refusal>; 3] = [
        directory.unlock(None).err().map(Into::into),
        directory.crl_urls().err().map(Into::into),
        directory
            .for_each_record(|_| Ok::<_, LedgerError>(()))
            .err()
            .map(Into::into),
    ];
    outcomes
        .iter()
        .flatten()
        .for_each(|refusal| check_error(refusal.as_ref()));
    let mut entropy = Entropy::new(|| [0xee; 16]);
    directory.repair(RepairMode::Mend, now(), None, &mut entropy)?;
    let key = folder.path().join("ca_conf/ca_priv_key.pem");
    assert!(
        damaged.ends_with("ca_priv_key.pem")
            || fs::read(key)? == files[Path::new("ca_conf/ca_priv_key.pem")]
    );
    CaDirectory::open(folder.path())?;
    Ok(())
}

#[test]
fn every_file_of_a_directory_damaged() {
    let files = files();
    let mut numbers = Numbers::new(TRIAL.seed);
    assert!(files.len() > 8, "{files:?}");
    let mut taken = Taken::default();
    for (path, contents) in &files {
        let read = |octets: &[u8]| all_readers(&files, path, octets);
        let name = path.display().to_string();
        taken.seeds += usize::from(TRIAL.one(&name, contents, read));
        for round in 0..TRIAL.rounds {
            let damaged = match std::str::from_utf8(contents) {
                Ok(good) if round % 2 == 0 => text::mutated(good, good, &mut numbers).into_bytes(),
                Ok(_) | Err(_) => octets::mutated(contents, contents, &mut numbers),
            };
            let name = format!("{}, damaged {round}", path.display());
            taken.damaged += usize::from(TRIAL.one(&name, &damaged, read));
        }
    }
    taken.is_at_least(12, 60);
}

#[test]
fn plans_of_changes_that_never_were() {
    let files = files();
    let plan = Path::new("ca_conf/.pending/plan");
    let mut numbers = Numbers::new(TRIAL.seed);
    let mut taken = Taken::default();
    for (name, seed) in seeds::of_target("change_plan") {
        let read = |octets: &[u8]| all_readers(&files, plan, octets);
        taken.seeds += usize::from(TRIAL.one(&name, &seed, read));
        let seed = String::from_utf8(seed).unwrap();
        for round in 0..TRIAL.rounds {
            let damaged = text::mutated(&seed, &seed, &mut numbers);
            let name = format!("{name}, damaged {round}");
            taken.damaged += usize::from(TRIAL.one(&name, damaged.as_bytes(), read));
        }
    }
    taken.is_at_least(5, 1);
}

#[test]
fn sizes_that_cannot_be() {
    let files = files();
    for (path, what) in [
        ("ca_conf/ca.db", "V\t".repeat(1 << 15)),
        ("ca_conf/ca.db", "\n".repeat(1 << 13)),
        ("ca_conf/serial.num", "F".repeat(1 << 21)),
        ("ca_conf/crl_number", "0".repeat(1 << 21)),
        ("ca_conf/ca.conf", "[".repeat(1 << 20)),
        ("ca_conf/ca.conf", "a=$a$a\n".repeat(1 << 17)),
        (
            "ca_conf/ca_cert.pem",
            "-----BEGIN CERTIFICATE-----\n".repeat(1 << 15),
        ),
        ("ca_conf/ca_priv_key.pem", "-".repeat(1 << 20)),
        (
            "ca_conf/.pending/plan",
            "trustpack plan 2\n".repeat(1 << 16),
        ),
    ] {
        let trial = Trial {
            memory: Memory {
                per_octet: 100,
                octets: 16 << 20,
            },
            ..TRIAL
        };
        trial.one(path, what.as_bytes(), |damaged| {
            all_readers(&files, Path::new(path), damaged)
        });
    }
}
