//! Every kind of damage to every file of an endpoint that serves: it stays as it was and says why, its neighbour
//! changes meanwhile, and what is mended is taken over. Handshakes with both say so after each damage.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use trustpack_judge::reason::Step;
use trustpack_material::limits::MAX_LISTS_BYTES;
use trustpack_tls::client::ClientContext;
use trustpack_tls::established::Resumed;
use trustpack_tls::generation::Change;
use trustpack_tls::keeper::Keeper;
use trustpack_tls::server::ServerContext;
use trustpack_x509::certificate::Certificate;

use crate::support::{List, time};
use crate::world::{START, Stream, World, assert_stays, assert_trust, connect, of, refresh, speak};

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

/// One of the servers, and those who are connected to it all the time.
struct Served {
    server: ServerContext,
    /// Has sessions of it.
    client: ClientContext,
    live: (Stream, Stream),
    presents: Certificate,
}

impl Served {
    async fn new(world: &World, server: ServerContext) -> Self {
        let client = world.client(&world.caller);
        let mut live = connect(&server, &client).await.unwrap();
        speak(&mut live.0, &mut live.1).await;
        Self {
            presents: server.certificate().unwrap(),
            server,
            client,
            live,
        }
    }

    /// The connection of before lives on, and new ones come about: one that resumes the session of before, or not, and one
    /// of a client that knows nothing.
    async fn assert_serves(&mut self, world: &World, resumed: Resumed, what: &str) {
        let (near, far) = &mut self.live;
        speak(near, far).await;
        let newcomer = world.client(&world.caller);
        let full = (&newcomer, Resumed::No);
        for (client, resumed) in [(&self.client, resumed), full] {
            let connected = connect(&self.server, client).await;
            let (mut near, mut far) = connected.unwrap_or_else(|why| panic!("{what}: {why}"));
            speak(&mut near, &mut far).await;
            assert_eq!(near.established().resumed, resumed, "{what}");
            let presented = far.established().peer;
            assert_eq!(presented.as_ref(), Some(&self.presents), "{what}");
        }
    }

    /// Whether a client of the other authority gets in.
    async fn assert_other(&self, world: &World, is_trusted: bool, what: &str) {
        match (world.knock(&self.server, &world.stranger).await, is_trusted) {
            (Ok(()), true) => {}
            (Err(why), false) => assert_eq!(why.step(), Some(Step::Path), "{what}: {why}"),
            (Ok(()), false) => panic!("{what}: a stranger got in"),
            (Err(why), true) => panic!("{what}: {why}"),
        }
    }
}

/// Both servers, while the files of `A` are damaged.
struct Story {
    world: World,
    keeper: Keeper,
    a: Served,
    b: Served,
    /// Whether `B` trusts the other authority too.
    b_trusts_other: bool,
}

impl Story {
    async fn begin() -> Self {
        let world = World::new();
        let (keeper, a, b) = world.start();
        Self {
            a: Served::new(&world, a).await,
            b: Served::new(&world, b).await,
            b_trusts_other: true,
            keeper,
            world,
        }
    }

    /// A file is damaged while the neighbour comes to trust others; what is found wrong is called so. Then it is mended.
    async fn damaged(&mut self, file: &str, what: &str, damage: impl FnOnce(&World), code: &str) {
        let what = &format!("{file} {what}");
        let good = fs::read(self.world.at(file)).unwrap();
        self.change_b();
        damage(&self.world);
        self.assert_stays(what, code);
        self.assert_serve(what).await;
        mend(&self.world, file, &good);
    }

    /// `B` trusts others from now on than before.
    fn change_b(&mut self) {
        self.b_trusts_other = !self.b_trusts_other;
        let trusted = [&self.world.root.certificate, &self.world.other.certificate];
        let count = 1 + usize::from(self.b_trusts_other);
        self.world.trust("B", &trusted[..count]);
    }

    fn assert_stays(&mut self, what: &str, code: &str) {
        let refreshed = refresh(&mut self.keeper, time(START));
        let stays = of(&refreshed, "A").as_ref();
        let stays = stays
            .err()
            .unwrap_or_else(|| panic!("{what}: it was taken over"));
        let findings = stays.findings();
        let found: Vec<_> = findings.iter().map(|one| one.code().to_string()).collect();
        assert!(found.iter().any(|found| found == code), "{what}: {found:?}");
        assert_trust(&refreshed, "B", 0);
        assert!(self.world.at("A").is_dir());
    }

    /// `A` serves as if nothing had happened, its sessions included; `B` goes by what it trusts now.
    async fn assert_serve(&mut self, what: &str) {
        let world = &self.world;
        assert_eq!(self.a.server.generation(), 1, "{what}");
        self.a.assert_serves(world, Resumed::Yes, what).await;
        self.a.assert_other(world, true, what).await;
        self.b.assert_serves(world, Resumed::No, what).await;
        self.b.assert_other(world, self.b_trusts_other, what).await;
    }
}

#[tokio::test]
async fn a_damaged_file_is_named_and_its_neighbour_goes_on() {
    let mut story = Story::begin().await;
    for (file, code) in FILES {
        for (what, damage, general) in ANY {
            let damage = |world: &World| damage(&world.at(file));
            story.damaged(file, what, damage, general).await;
        }
        for (what, contents) in CONTENTS {
            let damage = |world: &World| world.put(file, contents);
            story.damaged(file, what, damage, code).await;
        }
        let refreshed = refresh(&mut story.keeper, time(START));
        assert!(
            matches!(of(&refreshed, "A"), Ok(Change::Nothing)),
            "{file}: {refreshed:?}"
        );
        assert_eq!(refreshed.mended.len(), 1);
    }
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
