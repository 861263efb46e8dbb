//! curl, which is a client alone.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;

use crate::cells::{Apart, Cell, Fault, Ours, Version};
use crate::payload::{OCTETS, UP, hash};
use crate::peer::{Came, Hashes, Meet, Peer, Task, Words};
use crate::run;

struct Curl;

#[test]
fn curl() {
    run::all(&mut Curl, &[Ours::Server], 2);
}

impl Peer for Curl {
    fn title(&self) -> String {
        "curl 7.88".to_owned()
    }

    fn words(&self) -> Words {
        Words {
            of_judge,
            of_version,
        }
    }

    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came {
        let up = task.site.path(&format!("curl-{}", server.port()));
        std::fs::write(&up, task.up).unwrap();
        let (name, port) = (task.name, server.port());
        // What it says of itself leaves alerts out, or calls them a failure of its own.
        let call = Call::foreign("curl", ["--silent", "--verbose", "--max-time", "60"])
            .args(["--resolve", &format!("{name}:{port}:{}", server.ip())])
            .args(["--noproxy", "*", "--header", "Expect:", "--data-binary"])
            .arg(format!("@{}", up.display()))
            .arg(format!("https://{name}:{port}/"))
            .args(version(task.version))
            .arg("--cacert")
            .arg(task.site.trusted())
            .arg("--crlfile")
            .arg(task.site.lists());
        let call = match task.identity {
            None => call,
            Some(identity) => call
                .arg("--cert")
                .arg(task.site.certificate(identity))
                .arg("--key")
                .arg(task.site.key(identity)),
        };
        let outcome = call.run();
        match outcome.stdout.len() {
            OCTETS => Came::Carried(Hashes {
                received: hash(outcome.stdout.as_bytes()),
                sent: hash(&UP),
                arrived: None,
            }),
            _ => Came::Refused(outcome.stderr),
        }
    }

    fn server(&mut self, _task: &Task<'_>, _meet: Meet<'_>) -> Came {
        panic!("curl is no server");
    }
}

fn version(version: Version) -> Vec<&'static str> {
    let old = ["--ciphers", "DEFAULT@SECLEVEL=0"];
    match version {
        Version::Tls10 => [&["--tlsv1.0", "--tls-max", "1.0"][..], &old].concat(),
        Version::Tls11 => [&["--tlsv1.1", "--tls-max", "1.1"][..], &old].concat(),
        Version::Tls12 => vec!["--tlsv1.2", "--tls-max", "1.2"],
        Version::Tls13 => vec!["--tlsv1.3", "--tls-max", "1.3"],
    }
}

fn of_judge(cell: &Cell) -> &'static str {
    match cell.fault {
        Fault::UnknownCa => "self-signed certificate in certificate chain",
        Fault::Expired => "certificate has expired",
        Fault::Revoked => "certificate revoked",
        Fault::WrongName => "no alternative certificate subject name matches target host name",
        Fault::NoCertificate => panic!("curl is no server"),
    }
}

fn of_version(_apart: &Apart) -> &'static str {
    "tlsv1 alert protocol version"
}
