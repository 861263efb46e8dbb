//! The hosts of `cert issue --from`: the lines of `hosts.csv` over what the command line says.
//!
//! Not the reading of the file, which [`trustpack_ca::hosts_csv`] does. Invariant: what a line says goes before the
//! command line, and what it does not say is that of the command line.

use std::path::Path;

use anyhow::Context as _;
use trustpack_bundle::target::Target;
use trustpack_ca::host::HostName;
use trustpack_ca::hosts_csv::{self, CellMistake, HostRow, MAX_FILE_BYTES};
use trustpack_ca::profile::Profiles;
use trustpack_ca::request::HostRequest;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::private_key::spec::KeySpec;

use super::ca_arguments::{Days, SubjectArgs};
use super::host_arguments::{HostArgs, ProfileArgs};
use crate::failure::Failure;

/// One line: a host, and what is to stand in its certificate.
#[derive(Debug)]
pub(super) struct HostLine {
    /// Of the file, counted from 1.
    pub(super) line: u64,
    /// The host as it was typed, of one that is none only the beginning; empty where even that is missing.
    pub(super) typed: String,
    /// What it asks for, or what is wrong with it.
    pub(super) wanted: Result<WantedHost, CellMistake>,
}

/// What a line asks for.
#[derive(Debug)]
pub(super) struct WantedHost {
    /// The host.
    host: HostName,
    /// The arguments of the command line, with what the line has put in their place.
    certificate: HostArgs,
    /// Its lifetime, if the line or the command line has one.
    days: Option<Days>,
    /// The kind of its key.
    pub(super) key: KeySpec,
    /// For which programs a folder is made; none if the line does not say.
    pub(super) targets: Option<Vec<Target>>,
}

/// What the command line says for every host that the file says nothing else of.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    pub(super) certificate: HostArgs,
    pub(super) days: Option<Days>,
    pub(super) key: KeySpec,
}

impl Defaults {
    fn under(&self, row: HostRow<Target>) -> WantedHost {
        let said = self.certificate.clone();
        let subject = SubjectArgs {
            email: row.email.or(said.subject.email),
            unit: row.unit.or(said.subject.unit),
            organization: row.organization.or(said.subject.organization),
            locality: row.locality.or(said.subject.locality),
            state: row.state.or(said.subject.state),
            country: row.country.or(said.subject.country),
        };
        let profile = ProfileArgs {
            profile: row.profile.or(said.profile.profile),
            ..said.profile
        };
        let certificate = HostArgs {
            cn: row.common_name.or(said.cn),
            san: row.domains.unwrap_or(said.san),
            ip: row.addresses.unwrap_or(said.ip),
            digest: row.digest.or(said.digest),
            subject,
            profile,
        };
        WantedHost {
            host: row.host,
            certificate,
            days: row.lifetime.map(Days).or(self.days),
            key: row.key.unwrap_or(self.key),
            targets: row.targets,
        }
    }
}

impl WantedHost {
    /// The request for it.
    pub(super) fn request(self, profiles: &Profiles) -> Result<HostRequest, CellMistake> {
        let mistake = |message: String| CellMistake {
            column: None,
            message,
        };
        let of_profile = &self.certificate.profile;
        let profile = of_profile
            .of(profiles)
            .map_err(|error| mistake(error.to_string()))?;
        let request = self.certificate.request(&self.host, &profile);
        let request = request.map_err(|failure| mistake(failure.in_one_line()))?;
        Ok(match self.days {
            Some(days) => request.with_lifetime(days.0),
            None => request,
        })
    }
}

/// Reads the file at `path`. Pipes are read too: `--from /dev/stdin`.
///
/// # Errors
///
/// When it cannot be read, or its first line is not one of headings. What is wrong with other lines is
/// theirs.
pub(super) fn read(path: &Path, defaults: &Defaults) -> Result<Vec<HostLine>, Failure> {
    let shown = path.display();
    let contents = limited_file::read(path, MAX_FILE_BYTES, Accepted::AnySource)
        .with_context(|| format!("cannot read the hosts in {shown}"))
        .map_err(Failure::request)?;
    let lines = hosts_csv::read(&contents.bytes)
        .with_context(|| format!("the hosts in {shown} cannot be used"))
        .map_err(|error| {
            Failure::request(error)
                .hint("the page reference/hosts-csv of the documentation describes the file")
        })?;
    Ok(lines
        .into_iter()
        .map(|line| HostLine {
            line: line.line,
            typed: line.typed,
            wanted: line.row.map(|row| defaults.under(row)),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        certificate: HostArgs,
    }

    #[test]
    fn a_line_overrules_the_command_line() {
        let words = [
            "test",
            "--organization",
            "Default",
            "--state",
            "S",
            "--digest",
            "sha512",
            "--profile",
            "client",
        ];
        let defaults = Defaults {
            certificate: Command::parse_from(words).certificate,
            days: Some("7".parse().unwrap()),
            key: "ecdsa-p256".parse().unwrap(),
        };
        let text = "host,cn,san,ip,days,profile,organization,unit,locality,country,email,key,digest,for\n\
            a.example.com,A,b.example.com,192.0.2.1,30,gui,Own,U,L,DE,x@example.com,rsa-3072,sha384,nginx\n\
            d.example.com,,,,,,,,,,,,,\n";
        let rows = hosts_csv::read(text.as_bytes()).unwrap();
        let [first, second] = [0, 1].map(|row| defaults.under(rows[row].row.clone().unwrap()));
        let shown = |wanted: &WantedHost| {
            let (certificate, subject) = (&wanted.certificate, &wanted.certificate.subject);
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            [
                wanted.host.to_string(),
                text(&certificate.cn),
                certificate.san.len().to_string(),
                certificate.ip.len().to_string(),
                wanted.days.map(|days| days.to_string()).unwrap_or_default(),
                format!("{:?}", certificate.profile.profile.is_some()),
                text(&subject.organization),
                text(&subject.unit),
                text(&subject.locality),
                text(&subject.state),
                text(&subject.country),
                format!("{}", subject.email.is_some()),
                wanted.key.to_string(),
                format!("{:?}", certificate.digest),
                format!("{:?}", wanted.targets),
            ]
            .join("|")
        };
        assert_eq!(
            shown(&first),
            "a.example.com|A|1|1|30|true|Own|U|L|S|DE|true|rsa-3072|Some(Sha384)|Some([Nginx])"
        );
        assert_eq!(
            shown(&second),
            "d.example.com||0|0|7|true|Default|||S||false|ecdsa-p256|Some(Sha512)|None"
        );
    }
}
