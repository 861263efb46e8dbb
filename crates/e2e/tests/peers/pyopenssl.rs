//! pyOpenSSL, for the OpenSSL that comes with it: the one here that knows the group X25519MLKEM768.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;

use crate::cells::{Apart, Cell, Fault, Ours};
use crate::driven::{self, Driven};
use crate::peer::{Came, Meet, Peer, Task, Words};
use crate::run;

struct PyOpenSsl(Driven);

const NOTES: &str = "\
The newest OpenSSL that Debian 12 does not have, by way of pyOpenSSL 26. It prefers X25519MLKEM768 as we do; the other \
programs of this page do not know that group.\n\n";

#[test]
fn pyopenssl() {
    let program = Call::python("python", [driven::program("peer_pyopenssl.py")]);
    let mut python = PyOpenSsl(Driven::start(program));
    run::all(&mut python, &[Ours::Server, Ours::Client], 0);
}

impl Peer for PyOpenSsl {
    fn title(&self) -> String {
        "OpenSSL 4.0".to_owned()
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

    fn cannot(&self, cell: &Cell) -> Option<&'static str> {
        (cell.fault == Fault::WrongName).then_some("pyOpenSSL leaves names to its users")
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
        Fault::WrongName => "hostname mismatch",
        Fault::NoCertificate => "peer did not return a certificate",
    }
}

fn of_version(apart: &Apart) -> &'static str {
    match apart.ours {
        Ours::Server => "alert protocol version",
        Ours::Client => "unsupported protocol",
    }
}
