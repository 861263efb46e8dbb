//! The fleet of the demo: three hosts, a server each on two of them, their client on the third.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

use super::ports;

/// Host of the server with simple TLS, which also has an open port.
pub(super) const STATS: &str = "stats.demo.example";
/// Host of the server with mutual TLS.
pub(super) const ORDERS: &str = "orders.demo.example";
/// Host of the client.
pub(super) const DESK: &str = "desk.demo.example";

/// The addresses at which everything meets. All on this machine, all kept for it.
pub(super) struct Scene {
    /// The echo service, plain.
    pub(super) echo: SocketAddr,
    /// The secured port of the server with simple TLS.
    pub(super) stats: SocketAddr,
    /// The secured port of the server with mutual TLS.
    pub(super) orders: SocketAddr,
    /// Where the client's tunnel to the first listens, plain.
    pub(super) to_stats: SocketAddr,
    /// Where the client's tunnel to the second listens, plain.
    pub(super) to_orders: SocketAddr,
    /// The port that is left open, for comparison.
    pub(super) open: SocketAddr,
    /// Where the client's tunnel to it listens, plain.
    pub(super) to_open: SocketAddr,
}

/// The files of a host as `cert issue` has named them.
pub(super) struct HostFiles {
    /// The host.
    pub(super) host: &'static str,
    /// The serial number of its certificate.
    pub(super) serial: String,
    /// Its certificate.
    pub(super) certificate: PathBuf,
    /// Its private key.
    pub(super) key: PathBuf,
}

impl Scene {
    pub(super) fn new() -> Result<Self, Failure> {
        let [echo, stats, orders, to_stats, to_orders, open, to_open] = ports::keep()?;
        Ok(Self {
            echo,
            stats,
            orders,
            to_stats,
            to_orders,
            open,
            to_open,
        })
    }

    /// The fleet file.
    pub(super) fn fleet(&self, hosts: &[HostFiles], trusted_ca: &Path, crl: &Path) -> String {
        let mut text = String::from(
            "# The fleet of `trustpack demo`: every host is this machine.\n\
             # `trustpack fleet check` says what is wrong with it, `fleet explain` why an end gets what it gets.\n",
        );
        for files in hosts {
            text.push_str(&host(files, trusted_ca, crl));
        }
        text.push_str(&self.applications());
        text
    }

    fn applications(&self) -> String {
        let Self {
            echo,
            stats,
            orders,
            to_stats,
            to_orders,
            open,
            to_open,
        } = self;
        format!(
            r#"
# Simple TLS: the client checks the server. The tunnel of this host carries the port.
[[application]]
name = "StatServer"
host = "{STATS}"
certificate-source = "host"

[[application.port]]
number = {stats_port}
mode = "secured"
tunnel = "{echo}"

# The same service without TLS, on purpose: its tunnels carry plain text.
[[application.port]]
id = "open"
number = {open_port}
mode = "unsecured"
tunnel = "{echo}"

# Mutual TLS: the server also checks the client.
[[application]]
name = "OrderServer"
host = "{ORDERS}"
certificate-source = "host"

[[application.port]]
number = {orders_port}
mode = "secured"
transport = "tls=1;tls-mutual=1"
tunnel = "{echo}"

# The client of both: its tunnels listen on plain ports of this machine.
[[application]]
name = "Desk"
host = "{DESK}"
certificate-source = "host"

[[application.connection]]
to = "StatServer"
tunnel = "{to_stats}"

[[application.connection]]
to = "OrderServer"
tunnel = "{to_orders}"

[[application.connection]]
to = "StatServer"
port = "open"
tunnel = "{to_open}"
"#,
            stats_port = stats.port(),
            open_port = open.port(),
            orders_port = orders.port(),
        )
    }
}

fn host(files: &HostFiles, trusted_ca: &Path, crl: &Path) -> String {
    format!(
        r#"
[[host]]
name = {name}
addresses = ["127.0.0.1"]
platform = "unix"
[host.security]
certificate     = {certificate}
certificate-key = {key}
trusted-ca      = {trusted_ca}
# Whoever is on this list is refused, and cut if connected.
crl             = {crl}
# As clients, the applications of this host check the names of their servers.
tls-target-name-check = "host"
"#,
        name = quoted(files.host),
        certificate = quoted(&files.certificate.display().to_string()),
        key = quoted(&files.key.display().to_string()),
        trusted_ca = quoted(&trusted_ca.display().to_string()),
        crl = quoted(&crl.display().to_string()),
    )
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut result = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => result.extend(['\\', character]),
            c if c.is_control() => result.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => result.push(c),
        }
    }
    result.push('"');
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_as_toml_has_it() {
        assert_eq!(quoted(r#"/a "b"\c"#), r#""/a \"b\"\\c""#);
        assert_eq!(quoted("a\tb"), "\"a\\u0009b\"");
    }
}
