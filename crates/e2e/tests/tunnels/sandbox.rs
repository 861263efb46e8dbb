//! The sandbox of the running program: every thread is in it, names are looked up in it, and a change that needs more is
//! refused by name. What it forbids is tried from inside in `inside.rs`, and more of it in `crates/tunnel/tests/confined.rs`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, HeldNumber, Service};
use trustpack_e2e::tunnel::Tunnel;

use crate::certificates::Certificates;

#[test]
fn every_thread_is_confined_and_serves() {
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let server = certificates.server(service.address(), "p256", &[]);
    // By name: the resolver reads its files in the sandbox.
    let to = format!("localhost:{}", server.address().port());
    let by_name = Call::trustpack(["tunnel", "client", "--listen", "127.0.0.1:0", "--to", &to])
        .arg("--trusted-ca")
        .arg(certificates.file("root"));
    let client = Tunnel::start(by_name);
    for _ in 0..3 {
        let answer = plain::exchange(client.address(), b"data").unwrap();
        assert_eq!(answer, b"data");
    }
    for tunnel in [&server, &client] {
        assert!(tunnel.written().contains(r#""message":"confined""#));
        assert!(
            !tunnel.written().contains("not confined"),
            "{}",
            tunnel.written()
        );
        let modes = tunnel.threads_say("Seccomp");
        assert!(
            modes.len() > 1 && modes.iter().all(|mode| mode == "2"),
            "{modes:?}"
        );
        let privileges = tunnel.threads_say("NoNewPrivs");
        assert!(
            privileges.iter().all(|given| given == "1"),
            "{privileges:?}"
        );
    }
}

#[test]
fn without_a_sandbox_only_when_told() {
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let options = ["--danger-no-sandbox"];
    let server = certificates.server(service.address(), "p256", &options);
    assert!(server.written().contains("not confined: whoever"));
    assert!(server.threads_say("Seccomp").iter().all(|mode| mode == "0"));
}

/// A server under a fleet file whose certificate stands in a folder.
struct Site {
    certificates: Certificates,
    folder: tempfile::TempDir,
    port: HeldNumber,
    service: Service,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            certificates: Certificates::new(),
            folder: folder::temporary(),
            port: HeldNumber::take(),
            service: Service::returning_at_end(),
        };
        for name in ["one", "two", "three"] {
            site.make(name);
        }
        site
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder with a certificate and its key.
    fn make(&self, name: &str) {
        let folder = self.at("sec").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::copy(self.certificates.file("p256"), folder.join("cert.pem")).unwrap();
        fs::copy(self.certificates.pki.key("p256"), folder.join("key.pem")).unwrap();
    }

    fn settings(&self, folder: &Path) {
        let file = |name: &str| folder.join(name).display().to_string();
        let fleet = format!(
            r#"[[host]]
name = "localhost"
addresses = ["127.0.0.2"]
[host.security]
certificate = "{}"
certificate-key = "{}"
[[application]]
name = "S"
host = "localhost"
certificate-source = "host"
[[application.port]]
number = {}
mode = "secured"
tunnel = "{}"
transport = "tls-mutual=0"
"#,
            file("cert.pem"),
            file("key.pem"),
            self.port.number(),
            self.service.address(),
        );
        fs::create_dir_all(self.at("fleet")).unwrap();
        fs::write(self.at("fleet").join("fleet.toml"), fleet).unwrap();
    }

    fn start(&self, options: &[&str]) -> Tunnel {
        let call = Call::trustpack(["tunnel", "run", "--host", "localhost", "--fleet"]);
        let call = call.arg(self.at("fleet").join("fleet.toml")).args(options);
        Tunnel::start(call.arg("--control").arg(self.at("control")))
    }

    fn reload(&self) -> Call {
        Call::trustpack(["tunnel", "reload", "--control"]).arg(self.at("control"))
    }
}

#[test]
fn a_change_that_needs_a_file_outside_is_refused_by_name() {
    let site = Site::new();
    site.settings(&site.at("sec/one"));
    let mut tunnel = site.start(&["--allow-read", site.at("sec/three").to_str().unwrap()]);
    site.settings(&site.at("sec/two"));
    site.reload()
        .exits_with(1)
        .prints("outside of the folders that this process may read since its start")
        .prints("sec/two/cert.pem");
    let stays = tunnel.says("it stays as it was");
    assert!(
        stays
            .text("findings")
            .unwrap_or_default()
            .contains("sec/two/cert.pem"),
        "{stays}"
    );
    site.settings(&site.at("sec/three"));
    site.reload().succeeds();
    site.settings(&site.at("sec/one"));
    site.reload().succeeds();
}

#[test]
fn a_folder_that_is_to_be_read_must_be_there_and_not_be_everything() {
    let site = Site::new();
    site.settings(&site.at("sec/one"));
    for (folder, words) in [
        (
            site.at("sec/future"),
            "sec/future is to be readable in the sandbox and is not there",
        ),
        (PathBuf::from("/"), "/ is the root of all folders"),
    ] {
        Call::trustpack(["tunnel", "run", "--host", "localhost", "--fleet"])
            .arg(site.at("fleet").join("fleet.toml"))
            .arg("--allow-read")
            .arg(folder)
            .refused(words);
    }
    // Neither does it open what stands beside it.
    fs::create_dir(site.at("sec/future")).unwrap();
    let mut tunnel = site.start(&["--allow-read", site.at("sec/future").to_str().unwrap()]);
    site.settings(&site.at("sec/two"));
    site.reload().exits_with(1);
    tunnel.says("it stays as it was");
}

/// As a new release is put into place: a link beside the folders that it may lead to.
#[test]
fn a_folder_that_is_swapped_under_its_link_is_read() {
    let site = Site::new();
    let link = site.at("sec/current");
    symlink("one", &link).unwrap();
    site.settings(&link);
    let mut tunnel = site.start(&[]);
    fs::write(site.at("sec/two/cert.pem"), "broken").unwrap();
    let swap = |to: &str| {
        symlink(to, site.at("sec/new")).unwrap();
        fs::rename(site.at("sec/new"), &link).unwrap();
    };
    swap("two");
    let stays = tunnel.says("it stays as it was");
    assert!(
        !stays.to_string().contains("outside of the folders"),
        "{stays}"
    );
    swap("three");
    site.reload().succeeds().prints("unchanged");
}

/// As a deployment does it that knows no links.
#[test]
fn a_folder_that_was_replaced_is_told_as_that() {
    let site = Site::new();
    site.settings(&site.at("sec/one"));
    let mut tunnel = site.start(&[]);
    fs::rename(site.at("sec/one"), site.at("sec/before")).unwrap();
    site.make("one");
    site.reload()
        .exits_with(1)
        .prints("sec/one was replaced since the start of this process")
        .prints("restart, with --take-over");
    let stays = tunnel.says("it stays as it was");
    assert!(!stays.to_string().contains("this account"), "{stays}");
}
