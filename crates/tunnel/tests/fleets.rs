//! Stories of a fleet: which of a host's tunnels run, and what becomes of open endpoints.

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

use harness::{Log, Running, Service, World, patiently};
use support::Site;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use trustpack_material::files::MemoryFiles;
use trustpack_material::load::Surroundings;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::resolve::{Resolution, resolve};
use trustpack_tunnel::bind::bind;
use trustpack_tunnel::fleet::{HostTunnels, NothingToRun, SkipReason, Skipped, tunnels_of};
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::spec::PlainSides;

fn resolution(text: &str) -> Resolution {
    let source = Source {
        path: "fleet.toml",
        text,
    };
    resolve(&fleet_file::read(&[source]), support::now())
}

fn tunnels(text: &str, files: &MemoryFiles, host: &str) -> Result<HostTunnels, NothingToRun> {
    let resolution = resolution(text);
    let surroundings = Surroundings {
        files,
        variable: &|_| None,
        now: support::now(),
        acceptances: resolution.acceptances(),
        lists: None,
    };
    tunnels_of(
        &resolution,
        &host.parse().unwrap(),
        &surroundings,
        PlainSides::OnThisMachine,
    )
}

const FLEET: &str = r#"
[[host]]
name = "a.example.com"
addresses = ["127.0.0.1"]
platform = "unix"
[host.security]
certificate = "/own.pem"
certificate-key = "/key.pem"
trusted-ca = "/ca.pem"

[[host]]
name = "b.example.com"
addresses = ["127.0.0.1"]
platform = "unix"
[host.security]
trusted-ca = "/ca.pem"

[[application]]
name = "Server"
host = "a.example.com"
certificate-source = "host"

[[application.port]]
id = "good"
number = 2060
mode = "secured"
tunnel = "127.0.0.1:12060"

[[application.port]]
id = "wrong"
number = 2061
mode = "secured"
transport = "tls=1; tls-mutual=1"
tunnel = "127.0.0.1:12061"

[[application.port]]
id = "fileless"
number = 2062
mode = "secured"
transport = "certificate=/gone.pem;certificate-key=/key.pem;trusted-ca=/ca.pem"
tunnel = "127.0.0.1:12062"

[[application.port]]
id = "detecting"
number = 2063
mode = "auto-detect"
tunnel = "127.0.0.1:12063"

[[application.port]]
id = "uncarried"
number = 2064
mode = "secured"
engine = "openssl"

[[application]]
name = "Client"
host = "b.example.com"
certificate-source = "host"
[application.security]
tls-target-name-check = "host"
[[application.connection]]
to = "Server"
port = "good"
tunnel = "127.0.0.1:12070"
"#;

#[test]
fn what_has_an_error_is_left_out_and_named_and_the_rest_runs() {
    let site = site();
    let found = tunnels(FLEET, &site.files, "a.example.com").unwrap();
    let specs: Vec<_> = found
        .specs
        .iter()
        .map(|spec| spec.place().to_string())
        .collect();
    assert_eq!(specs, ["Server:detecting", "Server:good"]);
    let skipped: Vec<_> = found.skipped.iter().map(|s| s.place.to_string()).collect();
    assert_eq!(skipped, ["Server:fileless", "Server:wrong"]);
    for skipped in &found.skipped {
        let text = skipped.to_string();
        assert!(text.contains(&skipped.place.to_string()), "{text}");
        let speaks_for_itself = matches!(skipped.reason, SkipReason::Spec(_));
        assert_eq!(skipped.findings().is_empty(), speaks_for_itself, "{text}");
    }
    assert!(matches!(found.skipped[0].reason, SkipReason::Material(_)));
    assert!(matches!(found.skipped[1].reason, SkipReason::Settings(_)));
    let other = tunnels(FLEET, &site.files, "b.example.com").unwrap();
    assert_eq!(other.specs[0].place().to_string(), "Client/Server:good");
}

#[test]
fn a_host_without_a_tunnel_that_can_run_is_an_error() {
    let nothing = tunnels(FLEET, &MemoryFiles::new(), "c.example.com");
    assert!(matches!(nothing, Err(NothingToRun::NoTunnel { .. })));
    match tunnels(FLEET, &MemoryFiles::new(), "b.example.com") {
        Err(NothingToRun::AllSkipped { skipped, .. }) => {
            let findings: Vec<_> = skipped.iter().flat_map(Skipped::findings).collect();
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].message.contains("/ca.pem"), "{findings:?}");
            assert_eq!(
                skipped[0].to_string(),
                "the files of Client/Server:good cannot be used: 1 error"
            );
        }
        other => panic!("{other:?}"),
    }
}

fn site() -> Site {
    let world = World::new();
    Site::new()
        .issued(&world.host)
        .trusts(&[&world.root.certificate])
}

const OPEN: &str = r#"
[[host]]
name = "a.example.com"
platform = "unix"

[[application]]
name = "Server"
host = "a.example.com"
[[application.port]]
number = 2060
mode = "unsecured"

[[application]]
name = "Client"
host = "a.example.com"
[[application.connection]]
to = "Server"
tunnel = "127.0.0.1:0"
"#;

/// The fleet with the address and port of the server's plain port put in.
fn open_fleet(to: std::net::SocketAddr) -> String {
    OPEN.replace("number = 2060", &format!("number = {}", to.port()))
        .replace(
            "platform = \"unix\"",
            "platform = \"unix\"\naddresses = [\"127.0.0.1\"]",
        )
}

#[tokio::test]
async fn an_open_endpoint_is_carried_in_plain_and_tells_of_tls() {
    let (log, _guard) = Log::keep();
    let service = Service::new().await;
    let fleet = open_fleet(service.address);
    service.echo();
    let found = tunnels(&fleet, &MemoryFiles::new(), "a.example.com").unwrap();
    let client = Running::run(bind(found.specs, Limits::default()).await.unwrap().bound);
    for (word, note) in [
        (b"hello", "connection ended"),
        (
            b"\x16\x03\x01\x00\x05",
            "spoke TLS, but the settings leave this port open",
        ),
    ] {
        let mut program = client.connect().await;
        program.write_all(word).await.unwrap();
        program.shutdown().await.unwrap();
        let mut got = Vec::new();
        patiently(program.read_to_end(&mut got)).await.unwrap();
        assert_eq!(got, word);
        log.line_with(&["both sides were done", "bytes_in=5 bytes_out=5", note])
            .await;
    }
}
