//! GnuTLS: `gnutls-cli` and `gnutls-serv`.
//!
//! `gnutls-serv` sends back what it is sent. It says why it refuses on an output that it keeps to itself until it
//! ends, and loses then: `stdbuf` has it write every line.

use std::net::{Ipv4Addr, SocketAddr};

use rustix::process::Signal;
use trustpack_e2e::call::Call;
use trustpack_e2e::talk::talk;
use trustpack_e2e::watched::Watched;

use crate::cells::{Apart, Cell, Fault, Mode, Ours, Version};
use crate::payload::{OCTETS, UP, hash};
use crate::peer::{Came, Hashes, Meet, Peer, Task, Words, meet_once};
use crate::{ports, run};

struct GnuTls;

const NOTES: &str = "\
`gnutls-cli` ends the connection without ending TLS (no close_notify), and our log says so. `gnutls-serv \
--require-client-cert` demands a certificate and takes any; what is below is with `--verify-client-cert` as well.\n\n";

#[test]
fn gnutls() {
    run::all(&mut GnuTls, &[Ours::Server, Ours::Client], 1);
}

impl Peer for GnuTls {
    fn title(&self) -> String {
        "GnuTLS 3.7".to_owned()
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

    fn ends(&self, ours: Ours) -> &'static str {
        match ours {
            Ours::Server => {
                "the peer closed the connection without ending TLS, after the last data had gone to it"
            }
            Ours::Client => "both sides were done",
        }
    }

    /// It names some alerts in words of its own, and all by their numbers.
    fn heard(&self, said: &str, alert: &str) -> Option<String> {
        let number: String = alert.chars().filter(char::is_ascii_digit).collect();
        let forms = [format!("alert [{number}]"), format!("alert '{number}'")];
        let mut lines = said.lines();
        lines.find_map(|line| {
            forms
                .iter()
                .find_map(|form| Some(line.get(line.find(form)?..)?.to_owned()))
        })
    }

    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came {
        let log = task.site.path(&format!("gnutls-{}.log", server.port()));
        let call = Call::foreign("gnutls-cli", ["--verify-hostname", task.name])
            .args(["--sni-hostname", task.name, "--port"])
            .arg(server.port().to_string())
            .arg("--logfile")
            .arg(&log)
            .arg(server.ip().to_string());
        let talked = talk(with_files(call, task), task.up, OCTETS);
        match talked.output.len() {
            OCTETS => Came::Carried(Hashes {
                received: hash(&talked.output),
                sent: hash(&UP),
                arrived: None,
            }),
            _ => Came::Refused(std::fs::read_to_string(log).unwrap() + &talked.said),
        }
    }

    fn server(&mut self, task: &Task<'_>, meet: Meet<'_>) -> Came {
        let port = ports::free();
        let demand: &[&str] = match task.mode {
            Mode::Simple => &["--disable-client-cert"],
            Mode::Mutual => &["--require-client-cert", "--verify-client-cert"],
        };
        let call = Call::foreign("stdbuf", ["-oL", "gnutls-serv", "--echo", "--port"])
            .arg(port.to_string())
            .args(demand);
        let mut server = Watched::start(with_files(call, task));
        server.line(|line| (line.contains("IPv4") && line.ends_with("done")).then_some(()));
        let back = meet_once(meet, (Ipv4Addr::LOCALHOST, port).into());
        match back.len() {
            OCTETS => Came::Carried(Hashes {
                received: hash(&back),
                sent: hash(&back),
                arrived: Some(hash(&back)),
            }),
            _ => {
                server.line(|line| line.contains("Error in handshake").then_some(()));
                // It gives the reason on its other output, of which all has come when it has ended.
                server.signal(Signal::TERM);
                Came::Refused(server.end().stderr)
            }
        }
    }
}

fn with_files(call: Call, task: &Task<'_>) -> Call {
    let version = match task.version {
        Version::Tls10 => "TLS1.0",
        Version::Tls11 => "TLS1.1",
        Version::Tls12 => "TLS1.2",
        Version::Tls13 => "TLS1.3",
    };
    let call = call
        .arg(format!("--priority=NORMAL:-VERS-ALL:+VERS-{version}"))
        .arg("--x509cafile")
        .arg(task.site.trusted())
        .arg("--x509crlfile")
        .arg(task.site.list());
    match task.identity {
        None => call,
        Some(identity) => call
            .arg("--x509certfile")
            .arg(task.site.certificate(identity))
            .arg("--x509keyfile")
            .arg(task.site.key(identity)),
    }
}

fn of_judge(cell: &Cell) -> &'static str {
    match cell.fault {
        Fault::UnknownCa => "The certificate issuer is unknown",
        Fault::Expired => "The certificate chain uses expired certificate",
        Fault::Revoked => "The certificate chain is revoked",
        Fault::WrongName => "The name in the certificate does not match the expected",
        Fault::NoCertificate => match cell.version {
            Version::Tls13 => "Certificate is required",
            Version::Tls10 | Version::Tls11 | Version::Tls12 => "No certificate was found",
        },
    }
}

fn of_version(apart: &Apart) -> &'static str {
    match (apart.ours, apart.version) {
        (Ours::Server, _) => "Error in protocol version",
        // It answers a client of 1.3 alone with 1.2, and is refused.
        (Ours::Client, Version::Tls12) => "Error in protocol version",
        (Ours::Client, Version::Tls13) => {
            "A packet with illegal or unsupported version was received"
        }
        (Ours::Client, _) => "No supported cipher suites have been found",
    }
}
