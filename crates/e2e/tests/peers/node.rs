//! Node's module `tls`.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;

use crate::cells::{Apart, Cell, Fault, Ours};
use crate::driven::{self, Driven};
use crate::peer::{Came, Meet, Peer, Task, Words};
use crate::run;

struct Node(Driven);

#[test]
fn node() {
    let program = Call::foreign("node", [driven::program("peer.js")]);
    let mut node = Node(Driven::start(program));
    run::all(&mut node, &[Ours::Server, Ours::Client], 2);
}

impl Peer for Node {
    fn title(&self) -> String {
        "Node 18 and 20".to_owned()
    }

    fn words(&self) -> Words {
        Words {
            of_judge,
            of_version,
        }
    }

    fn client(&mut self, task: &Task<'_>, server: SocketAddr) -> Came {
        self.0
            .client(task, server, &driven::pem(task, &task.site.lists()))
    }

    fn server(&mut self, task: &Task<'_>, meet: Meet<'_>) -> Came {
        self.0
            .server(task, meet, &driven::pem(task, &task.site.lists()))
    }
}

fn of_judge(cell: &Cell) -> &'static str {
    match cell.fault {
        Fault::UnknownCa => "SELF_SIGNED_CERT_IN_CHAIN",
        Fault::Expired => "CERT_HAS_EXPIRED",
        Fault::Revoked => "CERT_REVOKED",
        Fault::WrongName => "ERR_TLS_CERT_ALTNAME_INVALID",
        Fault::NoCertificate => "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
    }
}

fn of_version(apart: &Apart) -> &'static str {
    match apart.ours {
        Ours::Server => "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
        Ours::Client => "ERR_SSL_UNSUPPORTED_PROTOCOL",
    }
}
