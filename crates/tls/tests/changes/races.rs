//! Handshakes that go on while trust changes.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, duplex};
use tokio::task::{spawn, spawn_blocking, yield_now};
use tokio::time::timeout;
use trustpack_judge::reason::Step;
use trustpack_tls::client::ClientContext;
use trustpack_tls::established::Resumed;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;

use crate::support::{Authority, Host, Issued, List, Site};
use crate::world::{
    Clock, Stream, change_server, changed_meanwhile, client, connect, resumed, server,
};

/// Handshakes at once.
const AT_ONCE: usize = 8;

/// Longer than any cut takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server's end of a handshake that goes on by itself.
type Handshake = tokio::task::JoinHandle<Result<Stream, Failure>>;

fn begin(server: &ServerContext, client: &ClientContext) -> Handshake {
    let (server, client) = (server.clone(), client.clone());
    let (near, far) = duplex(64 * 1024);
    spawn(async move {
        // It stays until it is refused or cut.
        if let Ok(mut far) = client.connect(far, PATIENCE).await {
            drop(far.read(&mut [0]).await);
        }
    });
    spawn(async move { server.accept(near, PATIENCE).await })
}

/// A server, and a client that is to be revoked.
struct World {
    root: Authority,
    host: Issued,
    caller: Issued,
    clock: Arc<Clock>,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        Self {
            host: root.issue(&Host::named("a.example.com")),
            caller: root.issue(&Host::named("b.example.com")),
            root,
            clock: Clock::at("2030-01-01"),
        }
    }

    fn site(&self) -> Site {
        let site = Site::new().issued(&self.host).set("tls-mutual", "1");
        site.trusts(&[&self.root.certificate])
    }

    fn revoking(&self) -> Site {
        self.site().lists(&self.root.list(&List {
            revoked: vec![self.caller.certificate.serial().clone()],
            ..List::default()
        }))
    }

    fn calling(&self) -> Site {
        let site = Site::new().issued(&self.caller).peer("a.example.com");
        site.trusts(&[&self.root.certificate])
    }
}

/// What became of handshakes that a change met.
#[derive(Debug, Default)]
struct Met {
    /// Let in after a full handshake, and cut.
    full: usize,
    /// Let in with a session of before, and cut.
    resumed: usize,
    /// Refused by the judge, who went by the new list.
    judged: usize,
    /// Refused at the end of a handshake that had begun before the change.
    late: usize,
}

impl Met {
    /// It is refused, or let in and cut: anything else fails.
    async fn count(&mut self, handshake: Handshake, round: usize) {
        let words = |why: String| assert!(why.contains("was revoked"), "{round}: {why}");
        match handshake.await.unwrap() {
            Err(refused) => {
                if matches!(refused, Failure::TrustEnded(_)) {
                    self.late += 1;
                } else {
                    self.judged += 1;
                }
                words(refused.to_string());
            }
            Ok(near) => {
                match near.resumed() {
                    Resumed::No => self.full += 1,
                    Resumed::Yes => self.resumed += 1,
                }
                let ended = timeout(PATIENCE, near.cut()).await;
                words(ended.expect("to be cut").to_string());
            }
        }
    }
}

fn calling_client(world: &World) -> ClientContext {
    client(&world.calling(), &world.clock)
}

/// A client is revoked while it shakes hands many times, in full and with its tickets: each time it is refused, or let in and
/// cut, at whatever moment the change came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_slips_through_between_a_handshake_and_a_change() {
    let world = World::new();
    let client = calling_client(&world);
    let revoking = Arc::new(world.revoking());
    let mut met = Met::default();
    for round in 0..60 {
        let server = server(&world.site(), &world.clock);
        // It has tickets from here on.
        let first = connect(&server, &client).await;
        // One that has none, and does all of it.
        let newcomer = calling_client(&world);
        let handshakes: Vec<_> = (0..AT_ONCE)
            .map(|one| begin(&server, [&client, &newcomer][one % 2]))
            .collect();
        for _ in 0..round {
            yield_now().await;
        }
        let (serving, revoking) = (server.clone(), Arc::clone(&revoking));
        let change = spawn_blocking(move || change_server(&serving, &revoking));
        change.await.unwrap();
        let ended = first.0.cut().await.to_string();
        assert!(ended.contains("was revoked"), "{round}: {ended}");
        for handshake in handshakes {
            met.count(handshake, round).await;
        }
    }
    assert!(met.full > 0 && met.resumed > 0, "{met:?}");
    assert!(met.judged + met.late > 0, "{met:?}");
}

/// The moment that chance seldom hits: the client is revoked when the server has answered its hello, in full or with the
/// session that it offered.
#[tokio::test]
async fn who_is_revoked_within_a_handshake_is_refused_at_its_end() {
    let world = World::new();
    for version in ["TLSv12", "TLSv13"] {
        for kind in [Resumed::No, Resumed::Yes] {
            let server = server(&world.site(), &world.clock);
            let site = world.calling().set("sec-protocol-max", version);
            let client = client(&site, &world.clock);
            if kind == Resumed::Yes {
                assert_eq!(resumed(&server, &client).await, Resumed::No);
                assert_eq!(resumed(&server, &client).await, Resumed::Yes);
            }
            let (failure, was) = changed_meanwhile(&server, &client, &world.revoking()).await;
            assert_eq!(was, kind, "{version}: {failure}");
            assert_eq!(
                failure.step(),
                Some(Step::Revocation),
                "{version}: {failure}"
            );
            let anew = begin(&server, &client).await.unwrap();
            let anew = anew.expect_err("to be refused");
            assert!(matches!(anew, Failure::PeerRefused(_)), "{version}: {anew}");
        }
    }
}
