//! An authority, a host, and programs that serve or call it.

use std::net::SocketAddr;
use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::{HOST, Pki, Validity, Wish};
use trustpack_e2e::watched::Watched;

use crate::support;

/// A root, a host `host.example.com`, and others that are refused.
pub(crate) fn pki() -> Pki {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    pki
}

/// The same with a host whose certificate is over, and a root that nobody knows.
pub(crate) fn pki_with_strangers() -> Pki {
    let pki = pki();
    let over = Wish {
        validity: Validity::Over,
        ..Wish::host("over", "root")
    };
    pki.issue(over);
    pki.issue(Wish::root("other-root"));
    let wrong = HOST.replace("serverAuth,clientAuth", "codeSigning");
    pki.issue(Wish {
        extensions: &wrong,
        ..Wish::host("wrong-usage", "root")
    });
    pki
}

/// `NAME=FILE`, as the examples take options.
pub(crate) fn option(name: &str, file: &Path) -> String {
    format!("{name}={}", file.display())
}

/// Certificate and key of a host, as options.
pub(crate) fn identity(pki: &Pki, name: &str) -> [String; 2] {
    [
        option("certificate", &pki.certificate(name)),
        option("certificate-key", &pki.key(name)),
    ]
}

/// A server that says where it listens.
pub(crate) struct Served {
    pub(crate) watched: Watched,
    pub(crate) address: SocketAddr,
}

impl Served {
    /// Waits until it says so.
    pub(crate) fn start(call: Call) -> Self {
        let mut watched = Watched::start(call);
        let address = watched.line(|line| line.strip_prefix("listening on ")?.parse().ok());
        Self { watched, address }
    }

    /// The echo server with these options, for this many connections.
    pub(crate) fn echo(build: support::Build, connections: usize, options: &[String]) -> Self {
        let program = support::program("echo_server", build);
        let call = support::run(&program)
            .args(["127.0.0.1", "0"])
            .arg(format!("connections={connections}"))
            .args(options);
        Self::start(call)
    }
}

/// The client example, which calls this address by this name.
pub(crate) fn client(
    build: support::Build,
    to: SocketAddr,
    name: &str,
    options: &[String],
) -> Call {
    let program = support::program("client", build);
    support::run(&program)
        .args([to.ip().to_string(), to.port().to_string(), name.to_owned()])
        .args(options)
        .stdin(b"hello\n")
}

/// A fleet of two hosts: a server `Stock`, and a client `Orders` that trusts this root.
pub(crate) fn client_fleet(pki: &Pki, root: &str) -> String {
    let (certificate, key) = (pki.certificate("host"), pki.key("host"));
    let (own, root) = (pki.certificate("root"), pki.certificate(root));
    format!(
        "[[host]]\nname = \"host.example.com\"\n[host.security]\ncertificate = \"{}\"\ncertificate-key = \"{}\"\n\
         trusted-ca = \"{}\"\n[[host]]\nname = \"client.example.com\"\n[host.security]\ntrusted-ca = \"{}\"\n\
         tls-target-name-check = \"host\"\n\
         [[application]]\nname = \"Stock\"\nhost = \"host.example.com\"\n[[application.port]]\nnumber = 5000\n\
         mode = \"secured\"\nengine = \"trustpack\"\n[[application]]\nname = \"Orders\"\nhost = \"client.example.com\"\n\
         [[application.connection]]\nto = \"Stock\"\nengine = \"trustpack\"\n",
        certificate.display(),
        key.display(),
        own.display(),
        root.display()
    )
}
