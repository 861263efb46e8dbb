//! Which live connections are cut when trust changes, and which are not.
//!
//! Long because each way in which trust ends stands beside what does not end it.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use trustpack_judge::reason::Step;
use trustpack_settings::finding::Code;
use trustpack_settings::fleet::Acceptance;
use trustpack_tls::connections::Cut;
use trustpack_tls::generation::Change;
use trustpack_tls::handshake::Failure;

use crate::support::{Authority, Host, Issued, List, Site, between, time};
use crate::world::{
    Clock, Stream, change_client, change_server, changed_meanwhile, client, connect, server, shake,
    speak,
};

struct World {
    root: Authority,
    other: Authority,
    host: Issued,
    /// Two clients of the root, and one of the other.
    one: Issued,
    two: Issued,
    strange: Issued,
    clock: Arc<Clock>,
}

fn world() -> World {
    let (root, other) = (Authority::root("Root"), Authority::root("Other"));
    World {
        host: root.issue(&Host::named("a.example.com")),
        one: root.issue(&Host::named("one.example.com")),
        two: root.issue(&Host::named("two.example.com")),
        strange: other.issue(&Host::named("strange.example.com")),
        root,
        other,
        clock: Clock::at("2030-01-01"),
    }
}

impl World {
    fn server(&self) -> Site {
        Site::new()
            .issued(&self.host)
            .trusts(&[&self.root.certificate, &self.other.certificate])
            .set("tls-mutual", "1")
    }

    fn client(&self, issued: &Issued) -> Site {
        Site::new()
            .issued(issued)
            .trusts(&[&self.root.certificate, &self.other.certificate])
            .peer("a.example.com")
    }

    /// A list that revokes these.
    fn list(&self, number: u64, revoked: &[&Issued]) -> String {
        let serial = |issued: &&Issued| issued.certificate.serial().clone();
        self.root.list(&List {
            number,
            revoked: revoked.iter().map(serial).collect(),
            ..List::default()
        })
    }

    async fn connected(
        &self,
        server: &trustpack_tls::server::ServerContext,
        as_: &Issued,
    ) -> (Stream, Stream) {
        connect(server, &client(&self.client(as_), &self.clock)).await
    }
}

/// The stream of whoever judged ends, with this reason.
async fn assert_cut(near: &mut Stream, step: Step, words: &str) {
    let mut octets = [0; 1];
    let error = near.read(&mut octets).await.expect_err("to be cut");
    let failure = near.failure(error);
    assert!(matches!(failure, Failure::TrustEnded(_)), "{failure}");
    assert_eq!(failure.step(), Some(step), "{failure}");
    assert!(failure.to_string().contains(words), "{failure}");
    near.write_all(b"x").await.expect_err("to be cut");
}

#[tokio::test]
async fn a_revoked_client_is_cut_and_its_neighbour_is_not() {
    let world = world();
    let server = server(&world.server(), &world.clock);
    let (mut near, _far) = world.connected(&server, &world.one).await;
    let (mut again, _far) = world.connected(&server, &world.one).await;
    let (mut neighbour, mut neighbours_far) = world.connected(&server, &world.two).await;
    let freshness = world.server().set("crl-check", "leaf");
    let lists = world.list(2, &[&world.one]);
    // A client of the other CA has no list, which is no reason to cut it.
    let (mut strange, mut strange_far) = world.connected(&server, &world.strange).await;
    let change = change_server(&server, &freshness.lists(&lists));
    let (generation, cut) = (2, 2);
    assert_eq!(change, Change::Trust { generation, cut });
    assert_cut(&mut near, Step::Revocation, "was revoked").await;
    assert_cut(&mut again, Step::Revocation, "was revoked").await;
    speak(&mut neighbour, &mut neighbours_far).await;
    speak(&mut strange, &mut strange_far).await;
}

#[tokio::test]
async fn whoever_waits_is_woken() {
    let world = world();
    let server = server(&world.server(), &world.clock);
    let (mut near, _far) = world.connected(&server, &world.one).await;
    let waiting = tokio::spawn(async move {
        let mut octets = [0; 1];
        let error = near.read(&mut octets).await.expect_err("to be cut");
        near.failure(error).to_string()
    });
    // The task waits for bytes now.
    tokio::task::yield_now().await;
    let lists = world.list(1, &[&world.one]);
    change_server(&server, &world.server().lists(&lists));
    let words = waiting.await.unwrap();
    assert!(words.contains("no longer trusted"), "{words}");
}

/// Whatever is asked of the stream: a peer that reads nothing keeps it from being flushed and from being closed.
#[tokio::test]
async fn whoever_waits_for_room_is_woken() {
    let world = world();
    for closes in [false, true] {
        let server = server(&world.server(), &world.clock);
        let (mut near, _far) = world.connected(&server, &world.one).await;
        loop {
            tokio::select! {
                biased;
                written = near.write(&[0; 16 * 1024]) => drop(written.unwrap()),
                () = std::future::ready(()) => break,
            }
        }
        let waiting = tokio::spawn(async move {
            let ended = if closes {
                near.shutdown().await
            } else {
                near.flush().await
            };
            near.failure(ended.expect_err("to be cut")).to_string()
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        let lists = world.list(1, &[&world.one]);
        change_server(&server, &world.server().lists(&lists));
        let words = waiting.await.unwrap();
        assert!(words.contains("no longer trusted"), "{closes}: {words}");
    }
}

/// Who holds a stream and asks nothing of it.
#[tokio::test]
async fn whoever_waits_for_the_cut_alone_is_woken() {
    let world = world();
    let server = server(&world.server(), &world.clock);
    let (near, _far) = world.connected(&server, &world.one).await;
    let (other, _far) = world.connected(&server, &world.two).await;
    let (cut, uncut) = (near.cut(), other.cut());
    let waiting = tokio::spawn(cut);
    // Several may, each by itself.
    let waiting_too = tokio::spawn(near.cut());
    drop(near.cut());
    tokio::task::yield_now().await;
    let lists = world.list(1, &[&world.one]);
    change_server(&server, &world.server().lists(&lists));
    let ended = waiting.await.unwrap();
    assert!(ended.to_string().contains("was revoked"), "{ended}");
    assert_eq!(waiting_too.await.unwrap(), ended);
    // Asked afterwards, it knows at once.
    near.cut().await;
    tokio::select! {
        biased;
        ended = uncut => panic!("{ended}"),
        () = tokio::task::yield_now() => {}
    }
}

/// Does nothing but hold something for as long as somebody may wake it.
struct Holds<T>(Mutex<T>);

impl<T: Send> Wake for Holds<T> {
    fn wake(self: Arc<Self>) {}
}

fn holding<T: Send + 'static>(held: T) -> Waker {
    Waker::from(Arc::new(Holds(Mutex::new(held))))
}

fn asked(cut: &mut Cut, waker: &Waker) {
    let polled = Pin::new(cut).poll(&mut Context::from_waker(waker));
    assert!(polled.is_pending());
}

/// What a waker holds goes with it: another hold on the same connection, or on another of the same endpoint. None of that
/// waits for a lock that whoever lets go of the waker has.
#[tokio::test]
async fn a_waker_takes_along_what_it_holds() {
    let world = world();
    let server = server(&world.server(), &world.clock);
    let (near, _far) = world.connected(&server, &world.one).await;
    let (again, _far) = world.connected(&server, &world.one).await;
    let revoking = world.server().lists(&world.list(1, &[&world.one]));
    let (done, over) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut cut = near.cut();
        // One that is replaced, one that goes with the future, and one that is woken.
        asked(&mut cut, &holding(near.cut()));
        asked(&mut cut, &holding(near.cut()));
        drop(cut);
        let mut cut = near.cut();
        asked(&mut cut, &holding(again));
        change_server(&server, &revoking);
        done.send(()).unwrap();
    });
    let waited = over.recv_timeout(Duration::from_secs(20));
    waited.expect("no lock that is waited for by whoever has it");
}

#[tokio::test]
async fn a_client_whose_anchor_is_removed_is_cut() {
    let world = world();
    let server = server(&world.server(), &world.clock);
    let (mut near, mut far) = world.connected(&server, &world.one).await;
    let (mut strange, _far) = world.connected(&server, &world.strange).await;
    let change = change_server(&server, &world.server().trusts(&[&world.root.certificate]));
    let (generation, cut) = (2, 1);
    assert_eq!(change, Change::Trust { generation, cut });
    assert_cut(&mut strange, Step::Path, "neither trusted").await;
    speak(&mut near, &mut far).await;
}

#[tokio::test]
async fn a_client_whose_name_is_no_longer_allowed_is_cut() {
    let world = world();
    let server = server(&world.server(), &world.clock);
    let (mut near, mut far) = world.connected(&server, &world.one).await;
    let (mut neighbour, _far) = world.connected(&server, &world.two).await;
    change_server(
        &server,
        &world.server().set("allowed-names", "dns:one.example.com"),
    );
    assert_cut(&mut neighbour, Step::AllowedNames, "none of the names").await;
    speak(&mut near, &mut far).await;
}

#[tokio::test]
async fn a_server_whose_anchor_is_removed_is_cut_by_its_client() {
    let world = world();
    let server = server(&world.server().set("tls-mutual", "0"), &world.clock);
    let trusts = |authority: &Authority| {
        let site = Site::new().peer("a.example.com");
        site.trusts(&[&authority.certificate])
    };
    let client = client(&trusts(&world.root), &world.clock);
    let (_near, mut far) = connect(&server, &client).await;
    let trusts_other = trusts(&world.other);
    let (generation, cut) = (2, 1);
    assert_eq!(
        change_client(&client, &trusts_other),
        Change::Trust { generation, cut }
    );
    assert_cut(&mut far, Step::Path, "neither trusted").await;
}

/// A path that its dates spoil does not stand in for the CA that let the client in.
#[tokio::test]
async fn a_client_with_an_expired_cross_certificate_is_cut_when_its_anchor_is_removed() {
    let world = world();
    let server = server(&world.server(), &world.clock);
    let cross = world
        .root
        .crosses_for(&world.other, between("2020-01-01", "2029-01-01"));
    let chain = [&world.strange.certificate, &cross];
    let site = world.client(&world.strange);
    let crossed = client(&site.identity(&chain, &world.strange.key), &world.clock);
    let (mut near, mut far) = connect(&server, &crossed).await;
    // Stricter settings are for new connections, and do not hide which CA it was.
    let missing = world.list(1, &[]);
    let all = world.server().set("crl-check", "chain").lists(&missing);
    let (generation, cut) = (2, 0);
    assert_eq!(
        change_server(&server, &all),
        Change::Trust { generation, cut }
    );
    speak(&mut near, &mut far).await;
    let rest = all.trusts(&[&world.root.certificate]);
    let (generation, cut) = (3, 1);
    assert_eq!(
        change_server(&server, &rest),
        Change::Trust { generation, cut }
    );
    assert_cut(&mut near, Step::Path, "neither trusted").await;
}

/// The same client lives on if the CA that let it in was only renewed, whatever the time has done to it.
#[tokio::test]
async fn a_client_whose_anchor_is_renewed_is_not_cut() {
    let world = world();
    let short = Host {
        validity: between("2020-01-01", "2030-06-01"),
        ..Host::named("short.example.com")
    };
    let short = world.root.issue(&short);
    let server = server(&world.server(), &world.clock);
    let (mut near, mut far) = world.connected(&server, &short).await;
    world.clock.set("2031-01-01");
    let renewed = world.root.valid(between("2030-12-01", "2040-01-01"));
    let mut site = world.server().trusts(&[&renewed, &world.other.certificate]);
    site.now = time("2031-01-01");
    let (generation, cut) = (2, 0);
    assert_eq!(
        change_server(&server, &site),
        Change::Trust { generation, cut }
    );
    speak(&mut near, &mut far).await;
}

/// What is weak was accepted until a day that has passed, which cuts nobody; that it is revoked does.
#[tokio::test]
async fn a_client_with_a_weak_certificate_is_cut_when_it_is_revoked() {
    let world = world();
    let weak = Host {
        digest: trustpack_x509::algorithm::Digest::Sha1,
        ..Host::named("weak.example.com")
    };
    let weak = world.root.issue(&weak);
    let accepts = || world.server().set("danger-accept-weak", "2030-06-01");
    let server = server(&accepts(), &world.clock);
    let mut caller = world.client(&weak);
    caller.acceptances.push(Acceptance {
        code: Code::new(4021),
        ..caller.acceptances[0].clone()
    });
    let (mut near, mut far) = connect(&server, &client(&caller, &world.clock)).await;
    world.clock.set("2031-01-01");
    let lists = |revoked: &[&Issued], number| accepts().lists(&world.list(number, revoked));
    let (generation, cut) = (2, 0);
    let nobody = lists(&[], 1);
    assert_eq!(
        change_server(&server, &nobody),
        Change::Trust { generation, cut }
    );
    speak(&mut near, &mut far).await;
    let (generation, cut) = (3, 1);
    let it = lists(&[&weak], 2);
    assert_eq!(
        change_server(&server, &it),
        Change::Trust { generation, cut }
    );
    assert_cut(&mut near, Step::Revocation, "was revoked").await;
}

/// Whoever began while nobody was asked is let in, as those are who were connected already.
#[tokio::test]
async fn a_handshake_that_began_without_a_question_ends_without_one() {
    let world = world();
    let simple = world.server().set("tls-mutual", "0");
    let server = server(&simple, &world.clock);
    let client = client(&world.client(&world.strange), &world.clock);
    let (near, far) = duplex(64 * 1024);
    let limit = Duration::from_secs(60);
    let accepting = tokio::spawn({
        let server = server.clone();
        async move { server.accept(near, limit).await }
    });
    tokio::task::yield_now().await;
    let only = world.server().trusts(&[&world.root.certificate]);
    change_server(&server, &only);
    let mut far = client.connect(far, limit).await.unwrap();
    let mut near = accepting.await.unwrap().unwrap();
    speak(&mut near, &mut far).await;
    let (refused, _) = shake(&server, &client).await;
    assert!(refused.is_err());
}

/// Time that has passed, missing and old lists, and stricter settings are for new connections.
#[tokio::test]
async fn nothing_else_cuts() {
    let world = world();
    let short = Host {
        validity: between("2020-01-01", "2030-06-01"),
        ..Host::named("short.example.com")
    };
    let short = world.root.issue(&short);
    let server = server(&world.server(), &world.clock);
    let (mut near, mut far) = world.connected(&server, &short).await;
    world.clock.set("2031-01-01");
    let old = world.root.list(&List {
        next: "2030-07-01",
        ..List::default()
    });
    let other = world.other.list(&List::default());
    let changes = [
        world.server().lists(&old),
        world.server().lists(&other),
        world.server().set("sec-protocol", "TLSv13"),
        world.server().set("tls-mutual", "0"),
    ];
    for (generation, site) in (2..).zip(changes) {
        let cut = 0;
        let want = Change::Trust { generation, cut };
        assert_eq!(change_server(&server, &site), want);
        speak(&mut near, &mut far).await;
    }
}

/// A handshake that began before the change is judged by what is trusted after it.
#[tokio::test]
async fn a_change_during_the_handshake_is_seen() {
    let world = world();
    let client = client(&world.client(&world.one), &world.clock);
    let lists = world.list(1, &[&world.one]);
    let server = server(&world.server(), &world.clock);
    let (failure, _) = changed_meanwhile(&server, &client, &world.server().lists(&lists)).await;
    assert_eq!(failure.step(), Some(Step::Revocation), "{failure}");
}

/// So is one whose other path only its dates spoil: it does not stand in for the CA that let the client in.
#[tokio::test]
async fn an_anchor_that_is_removed_during_the_handshake_is_missed() {
    let world = world();
    let cross = world
        .root
        .crosses_for(&world.other, between("2020-01-01", "2029-01-01"));
    let chain = [&world.strange.certificate, &cross];
    let site = world.client(&world.strange);
    let crossed = client(&site.identity(&chain, &world.strange.key), &world.clock);
    let rest = world.server().trusts(&[&world.root.certificate]);
    let server = server(&world.server(), &world.clock);
    let (failure, _) = changed_meanwhile(&server, &crossed, &rest).await;
    assert_eq!(failure.step(), Some(Step::Path), "{failure}");
}
