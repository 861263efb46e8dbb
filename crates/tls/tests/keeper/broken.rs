//! Every kind of damage to every file of an endpoint that serves: it stays as it was and says why, its neighbour
//! changes meanwhile, and what is mended is taken over.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use trustpack_material::limits::MAX_LISTS_BYTES;
use trustpack_tls::generation::Change;

use crate::support::{List, time};
use crate::world::{START, World, assert_stays, assert_trust, of, refresh};

/// Damages a file, and says how the errors are called that come of it.
type Damage = (&'static str, fn(&Path), &'static str);

/// What can be wrong with any file.
const ANY: [Damage; 6] = [
    ("gone", |path| fs::remove_file(path).unwrap(), "TP4001"),
    (
        "a folder",
        |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        },
        "TP4002",
    ),
    (
        "a pipe",
        |path| {
            fs::remove_file(path).unwrap();
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.expect("mkfifo of coreutils").success());
        },
        "TP4002",
    ),
    (
        "a link to itself",
        |path| {
            fs::remove_file(path).unwrap();
            symlink(path, path).unwrap();
        },
        "TP4002",
    ),
    (
        "too large",
        |path| fs::File::create(path).unwrap().set_len(1 << 30).unwrap(),
        "TP4002",
    ),
    (
        "an endless device",
        |path| {
            fs::remove_file(path).unwrap();
            symlink("/dev/zero", path).unwrap();
        },
        "TP4002",
    ),
];

/// What can be in it instead, and what that is called for each file.
const CONTENTS: [(&str, &[u8]); 4] = [
    ("empty", b""),
    ("garbage", b"what is this\n"),
    ("cut off", b"-----BEGIN CERTIFICATE-----\nMIIB\n"),
    ("zeros", &[0; 4096]),
];

const FILES: [(&str, &str); 4] = [
    ("A/own.pem", "TP4003"),
    ("A/key.pem", "TP4004"),
    ("A/ca.pem", "TP4003"),
    ("A/ca.crl", "TP4029"),
];

/// Puts a file back that something else stands in for.
fn mend(world: &World, file: &str, good: &[u8]) {
    let path = world.at(file);
    let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
    if is_folder {
        fs::remove_dir(&path).unwrap();
    }
    world.put(file, good);
}

/// One damaged file, while the neighbour gets a new list.
fn damaged(world: &World, keeper: &mut trustpack_tls::keeper::Keeper, what: &str, codes: &[&str]) {
    let refreshed = refresh(keeper, time(START));
    let stays = of(&refreshed, "A").as_ref();
    let stays = stays
        .err()
        .unwrap_or_else(|| panic!("{what}: it was taken over"));
    let found: Vec<_> = stays
        .findings()
        .iter()
        .map(|one| one.code().to_string())
        .collect();
    assert!(
        found.iter().any(|code| codes.contains(&&**code)),
        "{what}: {found:?}"
    );
    assert_trust(&refreshed, "B", 0);
    assert!(world.at("A").is_dir());
}

#[test]
fn a_damaged_file_is_named_and_its_neighbour_goes_on() {
    let world = World::new();
    let (mut keeper, a, _b) = world.start();
    let mut both = true;
    let mut neighbour = |world: &World| {
        both = !both;
        let trusted = [&world.root.certificate, &world.other.certificate];
        world.trust("B", if both { &trusted } else { &trusted[..1] });
    };
    for (file, code) in FILES {
        let good = fs::read(world.at(file)).unwrap();
        for (what, damage, general) in ANY {
            neighbour(&world);
            damage(&world.at(file));
            damaged(&world, &mut keeper, &format!("{file} {what}"), &[general]);
            mend(&world, file, &good);
        }
        for (what, contents) in CONTENTS {
            neighbour(&world);
            world.put(file, contents);
            damaged(&world, &mut keeper, &format!("{file} {what}"), &[code]);
            mend(&world, file, &good);
        }
        let refreshed = refresh(&mut keeper, time(START));
        assert!(
            matches!(of(&refreshed, "A"), Ok(Change::Nothing)),
            "{file}: {refreshed:?}"
        );
        assert_eq!(refreshed.mended.len(), 1);
    }
    assert_eq!(a.generation(), 1);
}

#[test]
fn a_file_that_nobody_may_read_is_named() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let path = world.at("A/key.pem");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The root of the machine may read it all the same.
    if fs::read(&path).is_err() {
        assert_stays(&refresh(&mut keeper, time(START)), "A", &["TP4002"]);
    }
}

#[test]
fn lists_of_no_use_are_not_taken_over() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let strange = crate::support::Authority::root("Root");
    let older = world.root.list(&List {
        made: "2020-02-01",
        number: 0,
        ..List::default()
    });
    let weak = world.root.list(&List {
        digest: trustpack_x509::algorithm::Digest::Sha1,
        number: 2,
        ..List::default()
    });
    for (list, code) in [
        (strange.list(&List::default()), "TP4031"),
        (older, "TP4033"),
        (weak, "TP4032"),
    ] {
        world.list("A", &[list, world.empty_list_of_other(1)]);
        assert_stays(&refresh(&mut keeper, time(START)), "A", &[code]);
    }
}

/// It is not even read: the system says how long it is.
#[test]
fn a_list_that_is_too_large_is_not_read() {
    let world = World::new();
    let (mut keeper, a, _b) = world.start();
    let aside = world.at("aside");
    let length = u64::try_from(MAX_LISTS_BYTES).unwrap() + 1;
    fs::File::create(&aside).unwrap().set_len(length).unwrap();
    fs::rename(&aside, world.at("A/ca.crl")).unwrap();
    let refreshed = refresh(&mut keeper, time(START));
    assert_stays(&refreshed, "A", &["TP4002"]);
    assert!(matches!(of(&refreshed, "B"), Ok(Change::Nothing)));
    assert_eq!(a.generation(), 1);
}
