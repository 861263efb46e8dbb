//! Servers on OpenSSL with the files and the lines of their bundles: only who has a certificate of the CA gets in.
//!
//! They listen on sockets in the folder of the story, or on port 0: nothing is taken from anybody else.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;
use trustpack_e2e::plain::Service;
use trustpack_e2e::watched::{Watched, until};

use super::{Bundle, Peers};

/// Where the lines of the bundles expect the files.
const PLACE: &str = "/etc/trustpack";
const ANSWER: &str = "reached";
const REQUEST: &str = "GET / HTTP/1.0\r\n\r\n";

/// The lines of a bundle, with its own folder in place of the one where they expect it.
#[track_caller]
fn lines(bundle: &Bundle, name: &str) -> String {
    let text = bundle.text(name);
    assert!(text.contains(PLACE), "{text}");
    text.replace(PLACE, bundle.folder.to_str().unwrap())
}

/// Where a server listens.
enum Place {
    Socket(PathBuf),
    Port(SocketAddr),
}

impl Place {
    /// As `openssl s_client` takes it.
    fn as_arguments(&self) -> [String; 2] {
        match self {
            Self::Socket(path) => ["-unix".into(), path.display().to_string()],
            Self::Port(address) => ["-connect".into(), address.to_string()],
        }
    }
}

/// `openssl s_client` to a server; checks the server's chain and name, and sends `words`.
#[track_caller]
fn client(server: &Place, peers: &Peers, words: &str) -> Call {
    let options = [
        "s_client",
        "-quiet",
        "-verify_return_error",
        "-verify_hostname",
    ];
    Call::foreign("openssl", options)
        .args(["db1.example.com", "-CAfile"])
        .arg(peers.client.file("ca_cert.pem"))
        .args(server.as_arguments())
        .stdin(words.as_bytes())
}

/// The same with a certificate.
#[track_caller]
fn known_client(server: &Place, peers: &Peers, words: &str) -> Call {
    client(server, peers, words)
        .arg("-cert")
        .arg(peers.client.file("_cert.pem"))
        .arg("-key")
        .arg(peers.client.file("_priv_key.pem"))
}

/// Who has a certificate of another CA.
#[track_caller]
fn stranger(server: &Place, peers: &Peers, words: &str) -> Outcome {
    let other = Peers::new("unix");
    client(server, peers, words)
        .arg("-cert")
        .arg(other.server.file("_cert.pem"))
        .arg("-key")
        .arg(other.server.file("_priv_key.pem"))
        .run()
}

/// Who has a certificate of the CA gets `answer`, nobody else does: neither who has none nor who has that of another,
/// who are told so in these words.
#[track_caller]
fn assert_only_known(
    server: &Place,
    peers: &Peers,
    (request, answer): (&str, &str),
    [without, strange]: [&str; 2],
) {
    known_client(server, peers, request)
        .succeeds()
        .prints(answer);
    let refused = client(server, peers, request).run();
    for (refused, why) in [
        (refused, without),
        (stranger(server, peers, request), strange),
    ] {
        assert!(!refused.stdout.contains(answer), "{refused}");
        let said = [refused.stdout.as_str(), &refused.stderr].concat();
        assert!(said.contains(why), "{why}: {refused}");
    }
}

/// Waits for a server, and stops it when the story is over.
#[track_caller]
fn listening(call: Call, socket: &Path) -> Watched {
    let server = Watched::start(call);
    until("the server listens", || socket.exists());
    server
}

fn socket(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("socket")
}

#[test]
fn openssl_serves_with_the_files_for_openssl() {
    let peers = Peers::new("openssl");
    let trusted = peers.server.file("ca_cert.pem");
    let [certificate, key] = ["_cert.pem", "_priv_key.pem"].map(|end| peers.server.file(end));
    let trusted = trusted.to_str().unwrap();
    let call = Call::foreign("openssl", ["s_server", "-www", "-accept", "127.0.0.1:0"])
        .args(["-CAfile", trusted, "-Verify", "1", "-verify_return_error"])
        .arg("-cert")
        .arg(certificate)
        .arg("-key")
        .arg(key);
    let mut server = Watched::start(call);
    let address = server.line(|line| line.strip_prefix("ACCEPT ")?.parse().ok());
    let place = Place::Port(address);
    let why = ["certificate required", "unknown ca"];
    assert_only_known(&place, &peers, (REQUEST, "SSL-Session:"), why);
}

#[test]
fn nginx_serves_with_its_bundle() {
    let peers = Peers::new("nginx");
    let folder = folder::temporary();
    let socket = socket(&folder);
    let own = lines(&peers.server, "nginx.conf")
        .replace(
            "listen 443 ssl",
            &format!("listen unix:{} ssl", socket.display()),
        )
        .replace('#', "")
        .replace(" Into the server block.", "# Into the server block.")
        .replace(" Mutual TLS:", "# Mutual TLS:");
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.path().display()))
        .concat();
    let conf = folder.path().join("conf");
    let text = format!(
        "daemon off;\nmaster_process off;\npid {dir}/pid;\nerror_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}server {{\n{own}\
         location / {{ return 200 {ANSWER}; }}\n}}\n}}\n",
        dir = folder.path().display()
    );
    fs::write(&conf, text).unwrap();
    let nginx = || Call::foreign("nginx", ["-e", "stderr", "-c"]).arg(&conf);
    nginx().arg("-t").succeeds().says("test is successful");
    let server = listening(nginx(), &socket);
    let place = Place::Socket(socket);
    // It ends the handshake and tells by HTTP.
    let why = [
        "No required SSL certificate was sent",
        "The SSL certificate error",
    ];
    assert_only_known(&place, &peers, (REQUEST, ANSWER), why);
    server.signal(Signal::TERM);
    server.end();
}

#[test]
fn haproxy_serves_with_its_bundle() {
    let peers = Peers::new("haproxy");
    let folder = folder::temporary();
    let socket = socket(&folder);
    // The line for mutual TLS in place of the one without.
    let lines = lines(&peers.server, "haproxy.cfg");
    let bind = lines
        .lines()
        .find_map(|line| line.strip_prefix('#')?.strip_prefix("bind "));
    let bind = bind
        .unwrap()
        .replace(":443", &format!("unix@{}", socket.display()));
    let conf = folder.path().join("conf");
    let text = format!(
        "global\n    maxconn 10\n\
         defaults\n    mode http\n    timeout client 60s\n    timeout connect 60s\n    timeout server 60s\n\
         frontend story\n    bind {bind}\n\
         \x20   http-request return status 200 content-type text/plain string {ANSWER}\n"
    );
    fs::write(&conf, text).unwrap();
    let haproxy = || Call::foreign("haproxy", ["-db", "-f"]).arg(&conf);
    haproxy().arg("-c").succeeds();
    let server = listening(haproxy(), &socket);
    let place = Place::Socket(socket);
    let why = ["certificate required", "unknown ca"];
    assert_only_known(&place, &peers, (REQUEST, ANSWER), why);
    drop(server);
}

#[test]
fn stunnel_serves_with_its_bundle() {
    let peers = Peers::new("stunnel");
    let folder = folder::temporary();
    let behind = Service::returning(ANSWER.len());
    let own = lines(&peers.server, "stunnel.conf")
        .replace("accept = 443", "accept = 127.0.0.1:0")
        .replace("127.0.0.1:8080", &behind.address().to_string())
        .replace("\n;CAfile", "\nCAfile")
        .replace("\n;verifyChain", "\nverifyChain");
    let conf = folder.path().join("conf");
    fs::write(
        &conf,
        format!("foreground = yes\ndebug = info\npid =\n{own}"),
    )
    .unwrap();
    let mut server = Watched::start(Call::foreign("stunnel4", [&conf]));
    let address = server.line(|line| line.split_once("bound to ")?.1.parse().ok());
    let place = Place::Port(address);
    // It gives no reason that every version of OpenSSL shows.
    assert_only_known(&place, &peers, (ANSWER, ANSWER), ["", ""]);
    drop(server);
}
