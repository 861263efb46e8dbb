//! The applications of a fleet that is made up, with their ports and connections.
//!
//! Each kind connects to kinds that it talks to in real fleets; all connect to the servers of configuration and
//! messages, of which there are few, so that some ports have thousands of clients.
//! Invariant: no application connects twice to the same port of another.

use std::collections::BTreeSet;
use std::io::{self, Write};

use trustpack_mutations::numbers::Numbers;

use super::{Host, fault};

/// A kind of application.
struct Kind {
    component: &'static str,
    /// Of a hundred applications so many are of this kind.
    share: usize,
    server: bool,
    runtime: &'static str,
}

const fn kind(component: &'static str, share: usize, server: bool, runtime: &'static str) -> Kind {
    Kind {
        component,
        share,
        server,
        runtime,
    }
}

/// Servers come first; what connects to them is any of the kinds.
const KINDS: [Kind; 11] = [
    kind("Configuration Server", 4, true, "native"),
    kind("Message Server", 4, true, "native"),
    kind("Stat Server", 12, true, "native"),
    kind("T-Server", 10, true, "native"),
    kind("Interaction Server", 8, true, "native"),
    kind("Universal Contact Server", 6, true, "java"),
    kind("Universal Routing Server", 10, true, "native"),
    kind("Orchestration Server", 8, true, "native"),
    kind("Chat Server", 8, true, "native"),
    kind("WFM Server", 5, true, "dotnet"),
    kind("Workspace Desktop Edition", 25, false, "dotnet"),
];

/// The smallest fleet in which every kind has one.
pub(super) const SERVERS_BEFORE_CLIENTS: usize = KINDS.len();

/// An application, as far as its clients need to know it.
struct Application {
    name: String,
    kind: &'static Kind,
    host: usize,
    backup: Backup,
    /// A port beside the default one.
    secure_port: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Backup {
    /// The next application is its backup.
    Has,
    Is,
    No,
}

/// Writes `count` applications with `connections` together.
pub(super) fn write(
    count: usize,
    connections: usize,
    hosts: &[Host],
    numbers: &mut Numbers,
    out: &mut dyn Write,
) -> io::Result<()> {
    let applications = applications(count, hosts.len(), numbers);
    let servers: Vec<&Application> = applications.iter().filter(|a| a.kind.server).collect();
    let mut left = connections;
    for (index, application) in applications.iter().enumerate() {
        let Some(host) = hosts.get(application.host) else {
            continue;
        };
        application.write(applications.get(index + 1), host, numbers, out)?;
        // The rest evenly over those that are still to come.
        let share = left / (count - index);
        left -= write_connections(application, &servers, share, host, numbers, out)?;
    }
    Ok(())
}

fn applications(count: usize, hosts: usize, numbers: &mut Numbers) -> Vec<Application> {
    let mut all: Vec<Application> = Vec::with_capacity(count);
    for index in 0..count {
        let of_pair = all.last().filter(|last| last.backup == Backup::Has);
        let kind = match of_pair {
            Some(primary) => primary.kind,
            None => kind_of(index, numbers),
        };
        let paired = kind.server && index + 1 < count && numbers.below(100) < 20;
        let backup = match (of_pair.is_some(), paired) {
            (true, _) => Backup::Is,
            (false, true) => Backup::Has,
            (false, false) => Backup::No,
        };
        let secure_port = match of_pair {
            Some(primary) => primary.secure_port,
            None => kind.server && numbers.below(100) < 30,
        };
        all.push(Application {
            name: format!("{} {:05}", kind.component, index + 1),
            kind,
            host: numbers.below(hosts),
            backup,
            secure_port,
        });
    }
    all
}

/// The first applications are one of each kind, so that there are servers of every kind.
fn kind_of(index: usize, numbers: &mut Numbers) -> &'static Kind {
    let mut at = numbers.below(100);
    let drawn = KINDS.iter().find(|kind| {
        let here = at < kind.share;
        at = at.saturating_sub(kind.share);
        here
    });
    let [first, ..] = &KINDS;
    KINDS.get(index).or(drawn).unwrap_or(first)
}

impl Application {
    fn write(
        &self,
        next: Option<&Self>,
        host: &Host,
        numbers: &mut Numbers,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Self { name, kind, .. } = self;
        let component = kind.component;
        writeln!(out, "\n[[application]]\nname = \"{name}\"")?;
        writeln!(out, "component = \"{component}\"\nhost = \"{}\"", host.name)?;
        if kind.runtime != "native" {
            writeln!(out, "runtime = \"{}\"", kind.runtime)?;
        }
        if !kind.server {
            writeln!(out, "role = \"gui\"")?;
        }
        if let (Backup::Has, Some(next)) = (self.backup, next) {
            writeln!(out, "backup = \"{}\"", next.name)?;
        }
        let of_host = numbers.below(100) < 90;
        let source = if of_host { "host" } else { "application" };
        writeln!(out, "certificate-source = \"{source}\"")?;
        if !of_host {
            writeln!(out, "[application.security]")?;
        }
        match (of_host, host.windows) {
            (true, _) => {}
            (false, true) => {
                writeln!(out, "provider = \"MSCAPI\"")?;
                writeln!(out, "certificate = \"{:040x}\"", numbers.below(1 << 30))?;
            }
            (false, false) => {
                writeln!(out, "provider = \"PEM\"")?;
                writeln!(out, "certificate = \"/opt/{component}/own.pem\"")?;
                writeln!(out, "certificate-key = \"/opt/{component}/own.key\"")?;
                writeln!(out, "trusted-ca = \"/opt/{component}/ca.pem\"")?;
            }
        }
        if self.kind.server {
            self.write_ports(numbers, out)?;
        }
        Ok(())
    }

    fn write_ports(&self, numbers: &mut Numbers, out: &mut dyn Write) -> io::Result<()> {
        let number = 2000 + numbers.below(30_000) * 2;
        writeln!(out, "[[application.port]]\nnumber = {number}")?;
        // Both of a pair have the same settings more often than not.
        match numbers.below(20) {
            0..11 => writeln!(out, "mode = \"secured\"")?,
            11..14 => writeln!(out, "mode = \"secured\"\ntransport = \"tls=1\"")?,
            14..15 => writeln!(out, "mode = \"auto-detect\"")?,
            15..16 if fault(numbers) => writeln!(out, "transport = \"tls=1; tls-mutual=1\"")?,
            15..16 => writeln!(out, "transport = \"tls=1;tls-mutual=1\"")?,
            _ => writeln!(out, "mode = \"unsecured\"")?,
        }
        if self.secure_port {
            let number = number + 1;
            writeln!(
                out,
                "[[application.port]]\nid = \"secure\"\nnumber = {number}"
            )?;
            writeln!(out, "mode = \"secured\"")?;
            if self.backup != Backup::No {
                writeln!(out, "ha-sync = true")?;
            }
        }
        Ok(())
    }
}

/// Writes about `share` connections of an application; gives how many there are.
fn write_connections(
    application: &Application,
    servers: &[&Application],
    share: usize,
    host: &Host,
    numbers: &mut Numbers,
    out: &mut dyn Write,
) -> io::Result<usize> {
    let mut taken = BTreeSet::new();
    // Where there are fewer servers than connections, some are drawn in vain.
    for _ in 0..share * 4 {
        if taken.len() == share {
            break;
        }
        // The lower the number, the more clients; the first ones are those of configuration and messages.
        let at = numbers
            .below(servers.len())
            .min(numbers.below(servers.len()));
        let Some(server) = servers.get(at) else {
            continue;
        };
        let secure = server.secure_port && numbers.below(2) == 0;
        if server.name == application.name || !taken.insert((at, secure)) {
            continue;
        }
        let name = &server.name;
        if fault(numbers) {
            writeln!(
                out,
                "[[application.connection]]\nto = \"{name}\"\nport = \"secured\""
            )?;
        } else {
            writeln!(out, "[[application.connection]]\nto = \"{name}\"")?;
            if secure {
                writeln!(out, "port = \"secure\"")?;
            }
        }
        match numbers.below(100) {
            0..6 if secure => writeln!(out, "transport = \"tls=1\"")?,
            6..9 => writeln!(out, "transport = \"tls-target-name-check=no\"")?,
            9..10 if fault(numbers) => writeln!(out, "transport = \"TLS=1\"")?,
            10..12 => {
                let port = 10_000 + (host.number * 64 + taken.len()) % 50_000;
                writeln!(out, "tunnel = \"127.0.0.1:{port}\"")?;
            }
            _ => {}
        }
    }
    Ok(taken.len())
}
