//! `gnutls-serv`, as a server of another make.

use std::net::{Ipv4Addr, SocketAddr};

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::Pki;
use trustpack_e2e::watched::Watched;

use crate::ports;

/// Starts one that shows the certificate `name`, trusts the root and sends back what it gets. It ends with what is given.
#[track_caller]
pub(crate) fn serve(pki: &Pki, name: &str, options: &[&str]) -> (Watched, SocketAddr) {
    let port = ports::free();
    let call = Call::foreign("stdbuf", ["-oL", "gnutls-serv", "--echo", "--port"])
        .arg(port.to_string())
        .arg("--x509cafile")
        .arg(pki.certificate("root"))
        .arg("--x509certfile")
        .arg(pki.certificate(name))
        .arg("--x509keyfile")
        .arg(pki.key(name))
        .args(options);
    let mut server = Watched::start(call);
    server.line(|line| (line.contains("IPv4") && line.ends_with("done")).then_some(()));
    (server, (Ipv4Addr::LOCALHOST, port).into())
}
