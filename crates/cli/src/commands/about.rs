//! `trustpack about`, and the file `README.VERSION` of an installation, which says the same.

use std::fmt::Write as _;

use serde::Serialize;
use trustpack_bundle::program::README_TITLE;
use trustpack_keystore::limited_file::{self, Accepted};

use crate::failure::{Answer, Failure};
use crate::session::Session;

/// Print what a bug report needs: versions, TLS engine, compiler, operating system, FIPS state
///
/// An installation by `trustpack install` has the same in the file README.VERSION.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack about
  trustpack about --json")]
pub(crate) struct About {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The version of this program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is known of program and machine.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    version: &'static str,
    target: &'static str,
    build: &'static str,
    linked: &'static str,
    compiler: &'static str,
    tls_engine: String,
    fips: Fips,
    system: String,
    kernel: String,
    host: String,
}

/// Whether the engine is one that was validated under FIPS 140, and runs as such.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fips {
    On,
    /// There is no validated module in this build: `fips140-enabled` keeps endpoints down.
    NotInThisBuild,
}

impl About {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let facts = Facts::of_this_machine(None);
        if self.json {
            session.out.json(&facts)?;
        } else {
            session.out.data(facts.text().as_bytes())?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

/// Octets of `/etc/os-release` that are read; it has some hundred.
const MAX_RELEASE: usize = 64 * 1024;

impl Facts {
    /// With the host's name, if it is said; else as the machine calls itself.
    pub(super) fn of_this_machine(host: Option<String>) -> Self {
        let names = rustix::system::uname();
        let text = |name: &std::ffi::CStr| name.to_string_lossy().into_owned();
        Self {
            version: VERSION,
            target: env!("TRUSTPACK_TARGET"),
            build: env!("TRUSTPACK_PROFILE"),
            linked: match cfg!(target_feature = "crt-static") {
                true => "static",
                false => "dynamic",
            },
            compiler: env!("TRUSTPACK_COMPILER"),
            tls_engine: format!(
                "rustls {}, aws-lc-rs {}, AWS-LC {}",
                env!("TRUSTPACK_RUSTLS"),
                env!("TRUSTPACK_AWS_LC_RS"),
                aws_lc_rs::awslc_version()
            ),
            fips: match aws_lc_rs::try_fips_mode() {
                Ok(()) => Fips::On,
                Err(_) => Fips::NotInThisBuild,
            },
            system: release().unwrap_or_else(|| text(names.sysname())),
            kernel: format!(
                "{} {} {}",
                text(names.sysname()),
                text(names.release()),
                text(names.machine())
            ),
            host: host.unwrap_or_else(|| text(names.nodename())),
        }
    }

    /// For people, a line for each.
    pub(super) fn text(&self) -> String {
        let fips = match self.fips {
            Fips::On => "on",
            Fips::NotInThisBuild => "no validated module in this build",
        };
        let lines = [
            (
                "Program",
                format!("{}, {} build, {}", self.target, self.build, self.linked),
            ),
            ("TLS engine", self.tls_engine.clone()),
            ("FIPS 140", fips.to_owned()),
            ("Compiler", self.compiler.to_owned()),
            ("System", self.system.clone()),
            ("Kernel", self.kernel.clone()),
            ("Host", self.host.clone()),
        ];
        let mut text = format!("{README_TITLE}{}\n", self.version);
        for (name, value) in lines {
            // Writing into a string does not fail. What the system calls itself is text of others.
            let _ = writeln!(text, "{name:<12}{}", crate::terminal_text::one_line(&value));
        }
        text
    }
}

/// What the system calls itself. Source: `os-release(5)`.
fn release() -> Option<String> {
    let paths = ["/etc/os-release", "/usr/lib/os-release"];
    let contents = paths.iter().find_map(|path| {
        limited_file::read(path.as_ref(), MAX_RELEASE, Accepted::RegularFiles).ok()
    })?;
    let text = std::str::from_utf8(&contents.bytes).ok()?;
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}
