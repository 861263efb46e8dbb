//! `cargo xtask fleet`: a large fleet file, made up from a seed, to measure with.
//!
//! It is mixed as fleets are: hosts of both platforms with one address or two, applications of kinds that talk to each
//! other, some in redundant pairs, ports in every mode, a few tunnels, and a fault here and there (one in
//! [`FAULT`]). Not here: faults of every kind; the tests of the crates have those.
//! Invariant: the same seed and the same numbers give the same bytes.

mod applications;

use std::io::{self, Write};

use anyhow::Context as _;
use trustpack_mutations::numbers::Numbers;

use crate::Outcome;

/// One object in so many has a fault.
const FAULT: usize = 500;

/// How large the fleet is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    seed: u64,
    hosts: usize,
    applications: usize,
    connections: usize,
}

impl Size {
    /// From the words of the command line: seed, hosts, applications, connections.
    ///
    /// # Errors
    ///
    /// When one is no number, or there is no host, or nothing that connections could lead to.
    pub(crate) fn from_words(words: [&str; 4]) -> anyhow::Result<Self> {
        let number = |word: &str| -> anyhow::Result<usize> {
            let found = word.parse();
            found.with_context(|| format!("{word:?} is no number"))
        };
        let [seed, hosts, applications, connections] = words;
        let size = Self {
            seed: seed
                .parse()
                .with_context(|| format!("the seed {seed:?} is no number"))?,
            hosts: number(hosts)?,
            applications: number(applications)?,
            connections: number(connections)?,
        };
        let least = applications::SERVERS_BEFORE_CLIENTS;
        anyhow::ensure!(
            size.hosts > 0 && size.applications >= least,
            "a fleet has at least one host and {least} applications"
        );
        Ok(size)
    }
}

/// Writes the fleet.
///
/// # Errors
///
/// When it cannot be written.
pub(crate) fn run(size: Size, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut out = io::BufWriter::with_capacity(1 << 20, out);
    let Size {
        seed,
        hosts,
        applications,
        connections,
    } = size;
    writeln!(
        out,
        "# cargo xtask fleet {seed} {hosts} {applications} {connections}"
    )?;
    let mut numbers = Numbers::new(seed);
    let hosts: Vec<Host> = (0..hosts)
        .map(|index| Host::any(index, &mut numbers))
        .collect();
    for host in &hosts {
        host.write(&mut out, &mut numbers)?;
    }
    applications::write(applications, connections, &hosts, &mut numbers, &mut out)?;
    out.flush()?;
    Ok(Outcome::InOrder)
}

/// A host, as far as its applications need to know it.
struct Host {
    name: String,
    number: usize,
    windows: bool,
}

impl Host {
    fn any(index: usize, numbers: &mut Numbers) -> Self {
        let number = index + 1;
        Self {
            name: format!("host{number:05}.site{:02}.example.com", numbers.below(40)),
            number,
            windows: numbers.below(100) < 15,
        }
    }

    fn write(&self, out: &mut dyn Write, numbers: &mut Numbers) -> io::Result<()> {
        let Self { name, number, .. } = self;
        writeln!(out, "\n[[host]]\nname = \"{name}\"")?;
        let address = |first: usize| format!("10.{first}.{}.{}", number / 200, number % 200 + 10);
        match numbers.below(20) {
            0..6 => {}
            6..17 => writeln!(out, "addresses = [\"{}\"]", address(0))?,
            _ => writeln!(
                out,
                "addresses = [\"{}\", \"{}\"]",
                address(0),
                address(100)
            )?,
        }
        let platform = if self.windows { "windows" } else { "unix" };
        writeln!(out, "platform = \"{platform}\"\n[host.security]")?;
        let key = if fault(numbers) {
            "certificate_key"
        } else {
            "certificate-key"
        };
        if self.windows {
            writeln!(out, "provider = \"MSCAPI\"")?;
            writeln!(out, "certificate = \"{:040x}\"", number * 0x9e37_79b9)?;
        } else {
            writeln!(out, "provider        = \"PEM\"")?;
            writeln!(out, "certificate     = \"/etc/sec/certs/{name}.pem\"")?;
            writeln!(out, "{key} = \"/etc/sec/certs/{name}.key\"")?;
            writeln!(out, "trusted-ca      = \"/etc/sec/ca/certauth.pem\"")?;
            if numbers.below(10) < 8 {
                writeln!(out, "crl             = \"/etc/sec/ca/crl.pem\"")?;
            }
        }
        if numbers.below(10) < 9 {
            writeln!(out, "tls-target-name-check = \"host\"")?;
        }
        if numbers.below(10) < 3 {
            writeln!(out, "sec-protocol = \"TLSv12\"")?;
        }
        Ok(())
    }
}

fn fault(numbers: &mut Numbers) -> bool {
    numbers.below(FAULT) == 0
}

#[cfg(test)]
mod tests {
    use trustpack_settings::endpoint::Endpoint;
    use trustpack_settings::finding::Finding;
    use trustpack_settings::fleet_file::{self, Source};
    use trustpack_settings::resolve::resolve;
    use trustpack_x509::time::Timestamp;

    use super::*;

    fn text(words: [&str; 4]) -> String {
        let mut out = Vec::new();
        run(Size::from_words(words).unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_fleet_has_what_was_asked_for_and_few_faults() {
        let text = text(["1", "40", "200", "2000"]);
        let path = "fleet.toml";
        let fleet = fleet_file::read(&[Source { path, text: &text }]);
        assert_eq!(fleet.findings().count(), 0);
        assert_eq!(fleet.hosts.len(), 40);
        assert_eq!(fleet.applications.len(), 200);
        let connections = fleet.applications.iter().map(|a| a.connections.len());
        assert_eq!(connections.sum::<usize>(), 2000);
        let resolution = resolve(&fleet, Timestamp::from_unix(1_790_000_000));
        let endpoints = resolution.endpoints();
        let barred = |e: &&Endpoint| e.findings().any(Finding::bars);
        let refused = endpoints.iter().filter(barred).count();
        assert!(0 < refused && refused < endpoints.len() / 10, "{refused}");
    }

    #[test]
    fn a_seed_gives_the_same_fleet_and_another_seed_another() {
        let words = ["1", "3", "12", "30"];
        assert_eq!(text(words), text(words));
        assert_ne!(text(words), text(["2", "3", "12", "30"]));
    }

    #[test]
    fn a_fleet_of_nothing_is_refused() {
        for words in [
            ["1", "0", "12", "30"],
            ["1", "3", "2", "30"],
            ["x", "3", "12", "30"],
        ] {
            assert!(Size::from_words(words).is_err(), "{words:?}");
        }
    }
}
