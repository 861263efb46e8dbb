//! When files are read again, and what of it is told.

use std::fs;
use std::path::PathBuf;

use trustpack_keystore::pem;
use trustpack_settings::endpoint::Role;
use trustpack_x509::certificate::Certificate;

use super::*;
use crate::keeper::Context;
use crate::keeper::source::Source;
use crate::server::ServerContext;

#[path = "../../../../material/tests/support/mod.rs"]
mod support;
use support::{Authority, Host, List, Site, now, time};

/// A server whose files are on disk, and the moment of the next look.
struct World {
    folder: tempfile::TempDir,
    root: Authority,
    watching: Watching,
    moment: Instant,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        let folder = tempfile::tempdir().expect("a folder");
        let own = root.issue(&Host::named("a.example.com"));
        let path = |name: &str| folder.path().join(name).display().to_string();
        let endpoint = Site::new()
            .set("certificate", &path("own.pem"))
            .set("certificate-key", &path("key.pem"))
            .set("trusted-ca", &path("ca.pem"))
            .set("crl", &path("ca.crl"))
            .set("tls-mutual", "1")
            .endpoint(Role::Server);
        let certificates = |one: &Certificate| pem::certificates_to_pem(std::slice::from_ref(one));
        let key = pem::private_key_to_pem(&own.key);
        for (name, contents) in [
            ("own.pem", certificates(&own.certificate)),
            ("key.pem", key.to_string()),
            ("ca.pem", certificates(&root.certificate)),
            ("ca.crl", root.list(&List::default())),
        ] {
            fs::write(folder.path().join(name), contents).expect("a file");
        }
        let source = Source::Fixed(Box::new(endpoint.clone()));
        let reading = source.read(now()).expect("settings");
        let startable = endpoint.startable().expect("settings");
        let material =
            trustpack_material::load::load(startable, &reading.surroundings(&|_| None, now()));
        let context = ServerContext::new(startable, &material.expect("files")).expect("a server");
        let mut keeper = Keeper::new(source, Arc::new(|_: &str| None));
        let place = endpoint.place().clone();
        keeper.keep(reading, [(place, Context::Server(context))]);
        Self {
            folder,
            root,
            watching: Watching::new(keeper),
            moment: Instant::now(),
            now: now(),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn list(&self, list: &List<'_>) {
        let aside = self.at("aside");
        fs::write(&aside, self.root.list(list)).expect("a file");
        fs::rename(&aside, self.at("ca.crl")).expect("a file");
    }

    /// The look after so many seconds.
    fn look(&mut self, seconds: u64) -> Look {
        self.moment += Duration::from_secs(seconds);
        self.watching.look(Why::InTurn, self.now, self.moment)
    }

    #[track_caller]
    fn is_quiet(&mut self, seconds: u64) {
        let look = self.look(seconds);
        assert!(matches!(look, Look::Quiet), "{look:?}");
    }

    #[track_caller]
    fn changes(&mut self, seconds: u64) {
        match self.look(seconds) {
            Look::Done(Ok(Refreshed { endpoints, .. })) => {
                let [(_, Ok(Change::Trust { .. }))] = &endpoints[..] else {
                    panic!("{endpoints:?}");
                };
            }
            look @ (Look::Quiet | Look::Done(_)) => panic!("{look:?}"),
        }
    }

    #[track_caller]
    fn stays(&mut self, seconds: u64) {
        match self.look(seconds) {
            Look::Done(Ok(Refreshed { endpoints, .. })) => {
                assert!(matches!(&endpoints[..], [(_, Err(_))]), "{endpoints:?}");
            }
            look @ (Look::Quiet | Look::Done(_)) => panic!("{look:?}"),
        }
    }
}

#[test]
fn what_has_changed_is_read_when_it_is_left_alone() {
    let mut world = World::new();
    world.is_quiet(1);
    world.list(&List {
        number: 2,
        ..List::default()
    });
    world.is_quiet(1);
    world.changes(1);
    world.is_quiet(1);
}

#[test]
fn what_stays_is_tried_again_without_a_change_and_told_when_it_differs() {
    let mut world = World::new();
    // The clock of the CA is a minute ahead.
    let made = "2020-06-02";
    world.now = Timestamp::from_unix(time(made).unix() - 60);
    world.list(&List {
        made,
        number: 2,
        ..List::default()
    });
    world.is_quiet(1);
    world.stays(1);
    // It still does: nothing new.
    world.is_quiet(1);
    world.is_quiet(10);
    world.is_quiet(9);
    world.now = time(made);
    world.changes(1);
    world.is_quiet(60 * 60);
}

#[test]
fn what_goes_on_to_stay_is_told_again_after_long() {
    let mut world = World::new();
    fs::write(world.at("key.pem"), "no key").expect("a file");
    world.is_quiet(1);
    world.stays(1);
    world.is_quiet(60 * 60 - 1);
    world.stays(10);
    world.is_quiet(10);
    // Another reason is told at once.
    fs::remove_file(world.at("key.pem")).expect("a file");
    world.is_quiet(1);
    world.stays(1);
}

#[test]
fn what_never_comes_to_rest_is_read_all_the_same() {
    let mut world = World::new();
    world.list(&List {
        number: 2,
        ..List::default()
    });
    for second in 0..MAX_UNREST.as_secs() {
        fs::write(world.at("key.pem.more"), [0]).expect("a file");
        // The trusted file is written again and again, with what it had.
        let same = fs::read(world.at("ca.pem")).expect("a file");
        fs::write(world.at("aside"), same).expect("a file");
        fs::rename(world.at("aside"), world.at("ca.pem")).expect("a file");
        let _ = second;
        world.is_quiet(1);
    }
    let same = fs::read(world.at("ca.pem")).expect("a file");
    fs::write(world.at("aside"), same).expect("a file");
    fs::rename(world.at("aside"), world.at("ca.pem")).expect("a file");
    world.changes(1);
}

/// Nobody stops looking because of a fault of ours.
#[test]
fn a_panic_is_told_and_looking_goes_on() {
    let mut world = World::new();
    let words = "index out of bounds".to_owned();
    let look = world.watching.after_panic(words, Why::InTurn, world.moment);
    let Look::Done(Err(error)) = look else {
        panic!("{look:?}");
    };
    assert_eq!(
        error.to_string(),
        "reading them failed: index out of bounds"
    );
    world.list(&List {
        number: 2,
        ..List::default()
    });
    world.is_quiet(1);
    world.changes(1);
}

#[tokio::test]
async fn a_panic_of_a_look_ends_neither_the_watch_nor_the_answers() {
    let World {
        folder,
        root,
        watching,
        ..
    } = World::new();
    let mut keeper = watching.keeper;
    let key = pem::private_key_to_encrypted_pem(
        &root.issue(&Host::named("a.example.com")).key,
        &trustpack_keystore::password::Password::new("secret"),
    );
    fs::write(folder.path().join("key.pem"), key.expect("a key")).expect("a file");
    let endpoint = Site::new()
        .set(
            "certificate",
            &folder.path().join("own.pem").display().to_string(),
        )
        .set(
            "certificate-key",
            &folder.path().join("key.pem").display().to_string(),
        )
        .set("keystore-password", "env:X")
        .endpoint(Role::Server);
    keeper.source = Source::Fixed(Box::new(endpoint));
    keeper.variables = Arc::new(|_: &str| panic!("no such luck"));
    let (ask, asked) = tokio::sync::mpsc::unbounded_channel();
    let watch = tokio::spawn(keeper.watch(now, asked, |_| {}));
    for _ in 0..2 {
        let (answer, heard) = oneshot::channel();
        let look = LookNow {
            answer: Some(answer),
        };
        assert!(ask.send(look).is_ok());
        let error = heard.await.expect("an answer").expect_err("a panic");
        assert_eq!(error.to_string(), "reading them failed: no such luck");
    }
    watch.abort();
}
