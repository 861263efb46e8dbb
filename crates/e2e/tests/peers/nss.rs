//! NSS: `tstclnt` and `selfserv`, each with a database of one certificate.
//!
//! `selfserv` reads at most [`SELFSERV_BUFFER`] octets of a connection and sends them back in a frame, or sends a file
//! that a request names: what goes up is cut into as many connections as that takes.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::watched::{Watched, until};

use crate::cells::{Allowed, Apart, Cell, Fault, Key, Mode, Ours, Version};
use crate::driven::text;
use crate::payload::{DOWN, OCTETS, SHORT, UP, hash};
use crate::peer::{Came, Hashes, Meet, Peer, Task, Words};
use crate::site::{Identity, SERVER, Site, Who, identities, shared};
use crate::{ours, ports, run};

struct Nss;

/// What `selfserv` reads of one connection: its buffer has 10,240 octets, and a zero at the end.
const SELFSERV_BUFFER: usize = 10_239;
/// What it sends before and after what it was sent. It has one date.
const BEFORE: &str = "HTTP/1.0 200 OK\r\nServer: Generic Web Server\r\nDate: Tue, 26 Aug 1997 22:10:05 GMT\r\n\
    Content-type: text/plain\r\n\r\n";
const AFTER: &str = "EOF\r\n\r\n\r\n";
/// It answers when an empty line has come; the dot is there for what ends with a line.
const END: &[u8] = b".\r\n\r\n";

const NOTES: &str = "\
Both are in Debian's package `libnss3-tools`. `selfserv` 3.87 reads no more than 10,239 octets of a connection; with more it \
answers `Get or Post incomplete after 10239 bytes`, which the test makes sure of. So what goes up goes through 103 \
connections, and what comes down through one. A database holds one certificate for each subject name.\n\n";

#[test]
fn nss() {
    let site = shared();
    make_databases(&site);
    run::all(&mut Nss, &[Ours::Server, Ours::Client], 3);
    assert_selfserv_reads_no_more(&site);
}

/// A database with the CA and its list, and a copy of it for each certificate.
#[track_caller]
fn make_databases(site: &Arc<Site>) {
    let [empty, list, pfx] = ["nss-empty", "list.der", "nss.p12"].map(|name| site.path(name));
    std::fs::create_dir(&empty).unwrap();
    let database = format!("sql:{}", empty.display());
    let certutil =
        |words: &str| Call::foreign("certutil", ["-d", &database]).args(words.split(' '));
    certutil("-N --empty-password").succeeds();
    certutil("-A -n ca -t CT,C, -i")
        .arg(site.trusted())
        .succeeds();
    Call::trustpack(["cert", "convert"])
        .args([site.list(), list.clone()])
        .succeeds();
    Call::foreign("crlutil", ["-I", "-d", &database, "-i"])
        .arg(&list)
        .succeeds();
    for identity in identities() {
        let own = site.path(&format!("nss-{}", identity.name()));
        folder::copy(&empty, &own);
        Call::trustpack(["store", "create", "--alias", &identity.name()])
            .arg(&pfx)
            .args([site.certificate(identity), site.key(identity)])
            .args(["--password-file", "/dev/null"])
            .succeeds();
        Call::foreign("pk12util", ["-K", "", "-W", "", "-d"])
            .arg(format!("sql:{}", own.display()))
            .arg("-i")
            .arg(&pfx)
            .succeeds();
        std::fs::remove_file(&pfx).unwrap();
    }
}

fn database(site: &Site, identity: Option<Identity>) -> String {
    let name = identity.map_or_else(|| "empty".to_owned(), Identity::name);
    format!("sql:{}", text(&site.path(&format!("nss-{name}"))))
}

impl Peer for Nss {
    fn title(&self) -> String {
        "NSS 3.87".to_owned()
    }

    fn notes(&self) -> &'static str {
        NOTES
    }

    fn words(&self) -> Words {
        Words {
            of_judge,
            of_version,
        }
    }

    fn heard(&self, said: &str, alert: &str) -> Option<String> {
        let words = match alert {
            "bad_certificate (42)" => "SSL peer cannot verify your certificate",
            "certificate_revoked (44)" => "SSL peer rejected your certificate as revoked",
            "certificate_expired (45)" => "SSL peer rejected your certificate as expired",
            "unknown_ca (48)" => "Peer does not recognize and trust the CA",
            "certificate_required (116)" => "SSL received a certificate_required alert",
            _ => return None,
        };
        said.contains(words).then(|| words.to_owned())
    }

    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came {
        let call = Call::foreign("tstclnt", ["-4", "-h", "127.0.0.1", "-a", task.name])
            .args(["-p", &server.port().to_string()])
            .args(["-V", version(task.version)])
            .args(["-d", &database(task.site, task.identity)]);
        let call = match task.identity {
            Some(identity) => call.args(["-n", &identity.name()]),
            None => call,
        };
        // Of a pipe it does not see the end.
        let up = task.site.path("nss-up");
        std::fs::write(&up, task.up).unwrap();
        let outcome = call.arg("-A").arg(up).run();
        match outcome.stdout.len() {
            OCTETS => Came::Carried(Hashes {
                received: hash(outcome.stdout.as_bytes()),
                sent: hash(&UP),
                arrived: None,
            }),
            _ => Came::Refused(outcome.stderr),
        }
    }

    fn server(&mut self, task: &Task<'_>, meet: Meet<'_>) -> Came {
        let (server, address) = selfserv(task);
        let file = task.site.path("nss-down");
        std::fs::write(&file, DOWN.as_slice()).unwrap();
        let get = format!("GET {} HTTP/1.0\r\n\r\n", file.display()).into_bytes();
        let pieces = UP.chunks(SELFSERV_BUFFER - END.len());
        let mut requests = pieces.map(|piece| [piece, END].concat()).chain([get]);
        let mut answers = meet(address, &mut requests);
        let down = answers.pop().unwrap_or_default();
        match down.strip_prefix(BEFORE.as_bytes()) {
            Some(down) => {
                let up: Vec<&[u8]> = answers.iter().map(|answer| unframed(answer)).collect();
                Came::Carried(Hashes {
                    received: hash(&up.concat()),
                    sent: hash(&DOWN),
                    arrived: Some(hash(down)),
                })
            }
            None => Came::Refused(said(server)),
        }
    }
}

/// All that it said, once it has said why it refused.
#[track_caller]
fn said(mut server: Watched) -> String {
    server.line(|line| (line.contains("PR_Read returned error")).then_some(()));
    // The reason stands on the next line.
    server.line(|_| Some(()));
    server.written()
}

/// What `selfserv` was sent, of its answer.
fn unframed(answer: &[u8]) -> &[u8] {
    let sent = answer.strip_prefix(BEFORE.as_bytes());
    let sent = sent.and_then(|rest| rest.strip_suffix(AFTER.as_bytes()));
    sent.and_then(|rest| rest.strip_suffix(END))
        .unwrap_or_default()
}

/// A server that is ready, and where it listens.
#[track_caller]
fn selfserv(task: &Task<'_>) -> (Watched, SocketAddr) {
    let identity = task.identity.unwrap();
    let port = ports::free();
    let demand: &[&str] = match task.mode {
        Mode::Simple => &[],
        // Once to ask for a certificate, twice to demand it.
        Mode::Mutual => &["-r", "-r"],
    };
    let call = Call::foreign("selfserv", ["-p", &port.to_string()])
        .args(["-V", version(task.version)])
        .args(["-d", &database(task.site, task.identity)])
        .args(["-n", &identity.name()])
        .args(demand);
    let server = Watched::start(call);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // It does not say when it listens.
    until("selfserv listens", || TcpStream::connect(address).is_ok());
    (server, address)
}

/// If a later one reads more, the notes and the way things go up are to change.
#[track_caller]
fn assert_selfserv_reads_no_more(site: &Site) {
    let task = Task {
        site,
        mode: Mode::Simple,
        version: Version::Tls13,
        identity: Some(Identity {
            who: Who::Server,
            key: Key::P256,
        }),
        name: SERVER,
        up: SHORT,
    };
    let (_server, address) = selfserv(&task);
    let tunnel = ours::client(site, None, SERVER, Allowed::Both, address);
    let request = vec![b'a'; SELFSERV_BUFFER];
    let answer = ours::exchange(&tunnel, &request);
    let want = format!("{BEFORE}Get or Post incomplete after {SELFSERV_BUFFER} bytes.\r\n{AFTER}");
    assert_eq!(String::from_utf8_lossy(&answer), want);
}

fn version(version: Version) -> &'static str {
    match version {
        Version::Tls10 => "tls1.0:tls1.0",
        Version::Tls11 => "tls1.1:tls1.1",
        Version::Tls12 => "tls1.2:tls1.2",
        Version::Tls13 => "tls1.3:tls1.3",
    }
}

fn of_judge(cell: &Cell) -> &'static str {
    match cell.fault {
        Fault::UnknownCa => "Peer's certificate issuer has been marked as not trusted by the user",
        Fault::Expired => "Peer's Certificate has expired",
        Fault::Revoked => "Peer's Certificate has been revoked",
        Fault::WrongName => "SSL_ERROR_BAD_CERT_DOMAIN",
        Fault::NoCertificate => {
            "Unable to find the certificate or key necessary for authentication"
        }
    }
}

fn of_version(apart: &Apart) -> &'static str {
    match apart.ours {
        Ours::Server => "SSL_ERROR_PROTOCOL_VERSION_ALERT",
        Ours::Client => "Peer using unsupported version of security protocol",
    }
}
