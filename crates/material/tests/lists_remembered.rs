//! Files of revocation lists that are read again and again: only when they have changed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use support::{Authority, Host, Issued, List, Site, time};
use tempfile::TempDir;
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_keystore::pem;
use trustpack_material::files::watched::{Stamp, WatchedFiles};
use trustpack_material::files::{FileContents, Files, ReadFileError};
use trustpack_material::load::list_memory::ListMemory;
use trustpack_material::load::{Surroundings, load};
use trustpack_settings::acceptances::Acceptances;
use trustpack_settings::endpoint::Role;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

/// The files of this machine, and how often the list was read.
#[derive(Default)]
struct Counted {
    files: WatchedFiles,
    lists: Cell<usize>,
}

impl Files for Counted {
    fn read(&self, path: &Path, limit: usize) -> Result<FileContents, ReadFileError> {
        if path.extension().is_some_and(|extension| extension == "crl") {
            self.lists.set(self.lists.get() + 1);
        }
        self.files.read(path, limit)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        self.files.stamp(path)
    }
}

/// A server that demands certificates, with its files on disk.
struct World {
    root: Authority,
    host: Issued,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        let world = Self {
            host: root.issue(&Host::named("a.example.com")),
            root,
            folder: tempfile::tempdir().unwrap(),
        };
        let pem = |one: &Certificate| pem::certificates_to_pem(std::slice::from_ref(one));
        fs::write(world.path("own.pem"), pem(&world.host.certificate)).unwrap();
        fs::write(world.path("ca.pem"), pem(&world.root.certificate)).unwrap();
        let key = pem::private_key_to_pem(&world.host.key);
        fs::write(world.path("own.key"), key.as_bytes()).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, list: &str, number: u64) {
        let revoked = self.host.certificate.serial().clone();
        let text = self.root.list(&List {
            number,
            revoked: vec![revoked],
            ..List::default()
        });
        fs::write(self.path(list), text).unwrap();
    }

    /// The lists, and how often their file was read for them.
    #[track_caller]
    fn read(&self, list: &str, memory: &ListMemory) -> (RevocationLists, usize) {
        let (lists, read) = self.tried(list, memory);
        (lists.unwrap(), read)
    }

    /// The same, or what is wrong with them.
    fn tried(&self, list: &str, memory: &ListMemory) -> (Result<RevocationLists, String>, usize) {
        let at = |name: &str| self.path(name).display().to_string();
        let site = Site::new()
            .set("certificate", &at("own.pem"))
            .set("certificate-key", &at("own.key"))
            .set("trusted-ca", &at("ca.pem"))
            .set("crl", &at(list))
            .set("tls-mutual", "1");
        let files = Counted::default();
        let endpoint = site.endpoint(Role::Server);
        let surroundings = Surroundings {
            files: &files,
            variable: &|_| None,
            now: time("2020-06-01"),
            acceptances: &Acceptances::default(),
            lists: Some(memory),
        };
        let lists = match load(endpoint.startable().unwrap(), &surroundings) {
            Ok(material) => Ok(material.lists.unwrap()),
            Err(error) => Err(error.errors().map(|error| error.message.clone()).collect()),
        };
        (lists, files.lists.get())
    }
}

/// Long after the files of the tests were written.
fn later() -> Timestamp {
    time("2120-01-01")
}

fn nothing() -> ListMemory {
    ListMemory::new(SeenNumbers::default(), later())
}

fn first(lists: &RevocationLists) -> &Arc<KnownList> {
    lists.lists().next().unwrap()
}

#[test]
fn a_file_is_read_again_when_it_has_changed_and_only_then() {
    let world = World::new();
    world.write("a.crl", 1);
    let memory = nothing();
    let (one, read) = world.read("a.crl", &memory);
    assert_eq!(read, 1);
    let memory = memory.next(one.numbers(), later());
    let (same, read) = world.read("a.crl", &memory);
    assert_eq!(read, 0);
    assert!(Arc::ptr_eq(first(&one), first(&same)));

    world.write("a.crl", 2);
    let memory = memory.next(same.numbers(), later());
    let (two, read) = world.read("a.crl", &memory);
    assert_eq!(read, 1);
    assert_ne!(one, two);
    let (same, read) = world.read("a.crl", &memory.next(two.numbers(), later()));
    assert_eq!(read, 0);
    assert!(Arc::ptr_eq(first(&two), first(&same)));

    // Another file at the same path, with the same content.
    world.write("b.crl", 2);
    fs::rename(world.path("b.crl"), world.path("a.crl")).unwrap();
    let (_, read) = world.read("a.crl", &memory.next(two.numbers(), later()));
    assert_eq!(read, 1);
}

#[test]
fn a_list_behind_a_newer_one_is_refused_whether_it_is_remembered_or_not() {
    let world = World::new();
    world.write("a.crl", 1);
    world.write("b.crl", 2);
    let memory = nothing();
    let (one, _) = world.read("a.crl", &memory);
    assert_eq!(one.lists().count(), 1);
    let (two, _) = world.read("b.crl", &memory);

    let memory = memory.next(two.numbers(), later());
    let text = "it has the number 01, but a list with the number 02 was seen before";
    let (behind, read) = world.tried("a.crl", &memory);
    assert_eq!(read, 1);
    assert!(behind.unwrap_err().contains(text));
    // That it is refused is remembered too.
    let (behind, read) = world.tried("a.crl", &memory.next(two.numbers(), later()));
    assert_eq!(read, 0);
    assert!(behind.unwrap_err().contains(text));
}

#[test]
fn a_file_that_was_just_changed_is_not_remembered() {
    let world = World::new();
    world.write("a.crl", 1);
    let modified = fs::metadata(world.path("a.crl")).unwrap().modified();
    let since = modified.unwrap().duration_since(UNIX_EPOCH).unwrap();
    let just_now = Timestamp::from_unix(since.as_secs() + 1);
    let memory = ListMemory::new(SeenNumbers::default(), just_now);
    let (_, read) = world.read("a.crl", &memory);
    assert_eq!(read, 1);
    let (_, read) = world.read("a.crl", &memory.next(SeenNumbers::default(), later()));
    assert_eq!(read, 1);
}
