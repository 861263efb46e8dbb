//! Callers who begin and do not go on, more of them than there is room for. A test program of its own: it looks at the
//! memory of the whole process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;
#[path = "../../material/tests/support/mod.rs"]
mod support;

use std::time::Duration;

use harness::{Log, Running, Service, World, patiently, spec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use trustpack_settings::endpoint::Role;
use trustpack_tunnel::bind::bind;
use trustpack_tunnel::limits::{CONNECTIONS_PER_HANDSHAKE, Limits};
use trustpack_tunnel::run::Stopped;
use trustpack_tunnel::status::{Overview, RoomsStatus};

/// A hello as OpenSSL sends it.
const HELLO: &[u8] = include_bytes!("../../../fuzz/seeds/hello/openssl_13");

/// More than the process has room for in any way.
const FLOOD: usize = 200;

/// A tunnel that is flooded, one beside it in the same process, and a client of each.
struct Scene {
    flooded: Running,
    beside: Running,
    overview: Overview,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<Stopped>,
}

impl Scene {
    async fn new(world: &World, limits: Limits) -> Self {
        let service = Service::new().await;
        let site = world.server(service.address);
        service.echo();
        let specs = vec![spec(&site, Role::Server), spec(&site, Role::Server)];
        let bound = bind(specs, limits).await.unwrap().bound;
        let addresses: Vec<_> = bound.listening().map(|one| one.address.clone()).collect();
        let overview = Overview::new(&bound);
        let stop = CancellationToken::new();
        let running = tokio::spawn(bound.run(stop.clone()));
        let to = |index: usize| match &addresses[index] {
            trustpack_tunnel::bind::ListenAddress::Tcp(address) => *address,
            trustpack_tunnel::bind::ListenAddress::Unix(_) => panic!("TCP was asked for"),
        };
        let client = async |index| {
            Running::start(&world.client(to(index)), Role::Client, Limits::default()).await
        };
        Self {
            flooded: client(0).await,
            beside: client(1).await,
            overview,
            stop,
            running,
        }
    }

    fn rooms(&self) -> RoomsStatus {
        let status = self.overview.status(&self.stop);
        status.rooms.expect("this process tells it")
    }

    /// Where the flood goes.
    fn flooded_address(&self) -> String {
        let status = self.overview.status(&self.stop);
        status.endpoints[0].listen[0].clone()
    }

    async fn flood(&self, callers: usize, words: &[u8]) -> Vec<TcpStream> {
        let address = self.flooded_address();
        let mut held = Vec::new();
        for _ in 0..callers {
            let mut caller = TcpStream::connect(&address).await.unwrap();
            caller.write_all(words).await.unwrap();
            held.push(caller);
        }
        held
    }

    async fn until(&self, what: impl Fn(RoomsStatus) -> bool) {
        patiently(async {
            while !what(self.rooms()) {
                // The tunnels run on this thread: give them a turn.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }
}

async fn says(program: &mut TcpStream, words: &[u8]) {
    patiently(async {
        program.write_all(words).await.unwrap();
        let mut got = vec![0; words.len()];
        program.read_exact(&mut got).await.unwrap();
        assert_eq!(got, words);
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_half_open_callers_leaves_room_for_the_tunnels_beside() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let limits = Limits {
        handshake: Duration::from_secs(3600),
        connections: 8,
        ..Limits::default()
    };
    assert_eq!(
        (limits.handshakes(), limits.handshakes_of_one_tunnel()),
        (64, 32)
    );
    let scene = Scene::new(&world, limits).await;
    let mut untouched = scene.flooded.connect().await;
    says(&mut untouched, b"before").await;
    let held = scene.flood(FLOOD, &HELLO[..HELLO.len() - 1]).await;
    scene.until(|rooms| rooms.handshakes.used == 32).await;
    log.line_with(&["WARN the room of one tunnel for handshakes is used up"])
        .await;
    says(&mut untouched, b"meanwhile").await;
    // As many new ones as there is room for, and nobody had to wait for the flood.
    let mut others = Vec::new();
    for _ in 0..7 {
        let mut one = scene.beside.connect().await;
        says(&mut one, b"beside").await;
        others.push(one);
    }
    let rooms = scene.rooms();
    assert_eq!((rooms.connections.used, rooms.connections.limit), (8, 8));
    assert_eq!((rooms.handshakes.used, rooms.handshakes.limit), (32, 64));
    // One more waits until another is done, and then gets through.
    let mut late = scene.beside.connect().await;
    late.write_all(b"late").await.unwrap();
    log.line_with(&["WARN the room for connections is used up"])
        .await;
    assert_eq!(scene.rooms().connections.times_used_up, 1);
    drop(others.pop());
    let mut got = [0; 4];
    patiently(late.read_exact(&mut got)).await.unwrap();
    // When the flood is over, who has waited behind it is served.
    drop((held, others));
    says(&mut scene.flooded.connect().await, b"after").await;
    log.line_with(&["INFO there is room for handshakes of this tunnel again"])
        .await;
    scene.stop.cancel();
    drop((untouched, late, scene.flooded, scene.beside));
    patiently(scene.running).await.unwrap();
}

/// What this process has in memory, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kib: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kib * 1024
}

/// Most that a caller may cost whose handshake is not made. Measured: 26 KiB, of the whole process.
const MOST_EACH: usize = 64 * 1024;

#[tokio::test]
async fn half_open_callers_cost_little_memory_each() {
    const CALLERS: usize = 400;
    let world = World::new();
    let limits = Limits {
        handshake: Duration::from_secs(3600),
        // Half of the room for handshakes is one tunnel's.
        connections: 2 * CONNECTIONS_PER_HANDSHAKE * CALLERS,
        ..Limits::default()
    };
    let scene = Scene::new(&world, limits).await;
    // What is made once is not counted.
    let first = scene.flood(10, HELLO).await;
    scene.until(|rooms| rooms.handshakes.used == 10).await;
    let before = resident();
    let held = scene.flood(CALLERS - 10, HELLO).await;
    scene.until(|rooms| rooms.handshakes.used == CALLERS).await;
    let each = resident().saturating_sub(before) / (CALLERS - 10);
    assert!(each <= MOST_EACH, "{each} bytes each");
    drop((first, held));
    scene.stop.cancel();
    patiently(scene.running).await.unwrap();
}
