//! Python's module `ssl`.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;

use crate::cells::{Apart, Cell, Fault, Ours};
use crate::driven::{self, Driven};
use crate::peer::{Came, Meet, Peer, Task, Words};
use crate::run;

struct Python(Driven);

#[test]
fn python() {
    let program = Call::foreign("python3", [driven::program("peer.py")]);
    let mut python = Python(Driven::start(program));
    run::all(&mut python, &[Ours::Server, Ours::Client], 1);
}

impl Peer for Python {
    fn title(&self) -> String {
        "Python 3.11".to_owned()
    }

    fn words(&self) -> Words {
        Words {
            of_judge,
            of_version,
        }
    }

    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came {
        self.0
            .client(task, server, &driven::pem(task, &task.site.list()))
    }

    fn server(&mut self, task: &Task<'_>, meet: Meet<'_>) -> Came {
        self.0
            .server(task, meet, &driven::pem(task, &task.site.list()))
    }
}

fn of_judge(cell: &Cell) -> &'static str {
    match cell.fault {
        Fault::UnknownCa => "self-signed certificate in certificate chain",
        Fault::Expired => "certificate has expired",
        Fault::Revoked => "certificate revoked",
        Fault::WrongName => "Hostname mismatch",
        Fault::NoCertificate => "PEER_DID_NOT_RETURN_A_CERTIFICATE",
    }
}

fn of_version(apart: &Apart) -> &'static str {
    match apart.ours {
        Ours::Server => "TLSV1_ALERT_PROTOCOL_VERSION",
        Ours::Client => "UNSUPPORTED_PROTOCOL",
    }
}
