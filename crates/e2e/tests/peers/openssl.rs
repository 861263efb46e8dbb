//! OpenSSL: `s_client` and `s_server`.
//!
//! `s_server` is asked to send every line back the other way round, since it has one input for all connections.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::talk::talk;

use crate::cells::{Apart, Cell, Fault, Mode, Ours, Version};
use crate::payload::{OCTETS, UP, hash, reversed};
use crate::peer::{Came, Hashes, Meet, Peer, Task, Words, meet_once};
use crate::{run, site};

struct OpenSsl;

#[test]
fn openssl() {
    run::all(&mut OpenSsl, &[Ours::Server, Ours::Client], 0);
}

impl Peer for OpenSsl {
    fn title(&self) -> String {
        "OpenSSL 3.0".to_owned()
    }

    fn words(&self) -> Words {
        Words {
            of_judge,
            of_version,
        }
    }

    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came {
        let mut call = Call::foreign("openssl", ["s_client", "-quiet", "-connect"])
            .arg(server.to_string())
            .args(["-verify_return_error", "-crl_check", "-verify_hostname"])
            .arg(task.name);
        call = judging(call.args(version(task.version)), task);
        if let Some(identity) = task.identity {
            call = presenting(call, task, identity);
        }
        let talked = talk(call, task.up, OCTETS);
        match talked.output.len() {
            OCTETS => Came::Carried(Hashes {
                received: hash(&talked.output),
                sent: hash(&UP),
                arrived: None,
            }),
            _ => Came::Refused(talked.said),
        }
    }

    fn server(&mut self, task: &Task<'_>, meet: Meet<'_>) -> Came {
        let Some(identity) = task.identity else {
            panic!("a server has a certificate");
        };
        let mut options: Vec<String> = version(task.version).map(str::to_owned).to_vec();
        if task.mode == Mode::Mutual {
            let demand = ["-Verify", "3", "-verify_return_error", "-crl_check"];
            options.extend(demand.map(str::to_owned));
            for (option, file) in [("-CAfile", task.site.trusted()), ("-CRL", task.site.list())] {
                options.extend([option.to_owned(), file.to_string_lossy().into_owned()]);
            }
        }
        let [certificate, key] = [task.site.certificate(identity), task.site.key(identity)];
        let server = ReversingServer::start(&certificate, &key, options);
        let back = meet_once(meet, server.address());
        match back.len() {
            OCTETS => Came::Carried(Hashes {
                received: hash(&reversed(&back)),
                sent: hash(&back),
                arrived: Some(hash(&back)),
            }),
            _ => Came::Refused(server.ended()),
        }
    }
}

fn judging(call: Call, task: &Task<'_>) -> Call {
    call.arg("-CAfile")
        .arg(task.site.trusted())
        .arg("-CRL")
        .arg(task.site.list())
}

fn presenting(call: Call, task: &Task<'_>, identity: site::Identity) -> Call {
    call.arg("-cert")
        .arg(task.site.certificate(identity))
        .arg("-key")
        .arg(task.site.key(identity))
}

/// Debian's OpenSSL speaks old versions at security level 0 only.
fn version(version: Version) -> [&'static str; 3] {
    let option = match version {
        Version::Tls10 => "-tls1",
        Version::Tls11 => "-tls1_1",
        Version::Tls12 => "-tls1_2",
        Version::Tls13 => "-tls1_3",
    };
    let level = match version {
        Version::Tls10 | Version::Tls11 => "DEFAULT@SECLEVEL=0",
        Version::Tls12 | Version::Tls13 => "DEFAULT",
    };
    [option, "-cipher", level]
}

fn of_judge(cell: &Cell) -> &'static str {
    match cell.fault {
        Fault::UnknownCa => "self-signed certificate in certificate chain",
        Fault::Expired => "certificate has expired",
        Fault::Revoked => "certificate revoked",
        Fault::WrongName => "hostname mismatch",
        Fault::NoCertificate => "peer did not return a certificate",
    }
}

fn of_version(apart: &Apart) -> &'static str {
    match apart.ours {
        Ours::Server => "tlsv1 alert protocol version",
        Ours::Client => "unsupported protocol",
    }
}
