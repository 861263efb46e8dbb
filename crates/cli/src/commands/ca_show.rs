//! `trustpack ca show`.

use std::path::PathBuf;

use serde::Serialize;
use trustpack_ca_directory::crl::ListKey;
use trustpack_ca_directory::crl::due::half_of_life;
use trustpack_ca_directory::crl::present::Present;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::serial_file::Numbering;
use trustpack_ca_directory::summary::{Counts, FoundList};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::{issuing, list_making};
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::session::Session;

/// Show what a CA is, when it ends, and what it issued
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack ca show --ca my-ca")]
pub(crate) struct CaShow {
    /// The CA directory
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    dir: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    subject: String,
    issuer: String,
    root: bool,
    chain: Vec<String>,
    serial: String,
    not_before: String,
    not_after: String,
    days_left: u64,
    key: String,
    signature_algorithm: String,
    thumbprint: String,
    sha256: String,
    key_id: Option<String>,
    path_length: Option<u8>,
    permitted: Vec<String>,
    excluded: Vec<String>,
    crl_urls: Vec<String>,
    issued: CountsJson,
    /// Hexadecimal; none where serials are drawn at random.
    next_serial: Option<String>,
    next_crl_number: Option<String>,
    lists: Vec<ListStateJson>,
    replaced_keys: Vec<ReplacedJson>,
}

#[derive(Debug, Serialize)]
struct CountsJson {
    total: usize,
    valid: usize,
    ending_within_30_days: usize,
    expired: usize,
    revoked: usize,
    on_hold: usize,
    cross_certificates: usize,
    unreadable_lines: usize,
}

#[derive(Debug, Serialize)]
struct ListStateJson {
    replaced_key: Option<String>,
    path: String,
    state: &'static str,
    number: Option<String>,
    this_update: Option<String>,
    next_update: Option<String>,
    count: Option<usize>,
    lacks: usize,
}

#[derive(Debug, Serialize)]
struct ReplacedJson {
    key_id: String,
    not_after: String,
    has_key: bool,
}

impl CaShow {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.dir)?;
        let report = Report::of(&directory, session.now)?;
        if self.json {
            session.out.json(&report)?;
        } else {
            report.write(&mut session.out)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

impl Report {
    fn of(directory: &CaDirectory, now: Timestamp) -> Result<Self, Failure> {
        const DAY: u64 = 24 * 60 * 60;
        let certificate = directory.certificate();
        let extensions = certificate.extensions();
        let constraints = extensions.name_constraints.as_ref();
        let names = |names: Option<&Vec<GeneralName>>| -> Vec<String> {
            names
                .into_iter()
                .flatten()
                .map(ToString::to_string)
                .collect()
        };
        let next_serial = match directory.numbering().map_err(Failure::request)? {
            Numbering::Counting(value) => Serial::from_u64(value).map(|serial| serial.to_hex()),
            Numbering::Random => None,
        };
        let retired = directory.retired_keys().map_err(Failure::request)?;
        let lists = directory.lists().map_err(Failure::request)?;
        let urls = directory.crl_urls().map_err(Failure::request)?;
        Ok(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            root: certificate.is_self_issued(),
            chain: subjects(directory.chain()),
            serial: certificate.serial().to_hex(),
            not_before: certificate.validity().not_before.to_string(),
            not_after: certificate.validity().not_after.to_string(),
            days_left: certificate.validity().not_after.since(now).as_secs() / DAY,
            key: certificate.public_key().algorithm().to_string(),
            signature_algorithm: certificate.signature_algorithm().to_string(),
            thumbprint: certificate.thumbprint(),
            sha256: certificate.sha256_fingerprint(),
            key_id: extensions.subject_key_id.as_deref().map(hexadecimal),
            path_length: extensions
                .basic_constraints
                .and_then(|basic| basic.path_length),
            permitted: names(constraints.map(|constraints| &constraints.permitted)),
            excluded: names(constraints.map(|constraints| &constraints.excluded)),
            crl_urls: urls.iter().map(ToString::to_string).collect(),
            issued: directory.counts(now).map_err(Failure::request)?.into(),
            next_serial,
            next_crl_number: directory.next_list_number().map_err(Failure::request)?,
            lists: lists
                .iter()
                .map(|list| ListStateJson::of(list, now))
                .collect(),
            replaced_keys: retired
                .iter()
                .map(|key| ReplacedJson {
                    key_id: key.id().to_string(),
                    not_after: key.certificate().validity().not_after.to_string(),
                    has_key: key.has_key(),
                })
                .collect(),
        })
    }

    fn write(&self, out: &mut Output) -> Printed {
        let mut line = |what: &str, text: &str| writeln!(out, "  {what:<14}{}", text);
        line("CA", &self.subject)?;
        match self.root {
            true => line("kind", "root")?,
            false => line("kind", &format!("intermediate, under {}", self.issuer))?,
        }
        line(
            "valid",
            &format!(
                "{} to {}, {} days left",
                self.not_before, self.not_after, self.days_left
            ),
        )?;
        line("key", &self.key)?;
        line("signed with", &self.signature_algorithm)?;
        line("serial", &self.serial)?;
        line("thumbprint", &self.thumbprint)?;
        line("SHA-256", &self.sha256)?;
        if let Some(length) = self.path_length {
            line("path length", &length.to_string())?;
        }
        for name in &self.permitted {
            line("may certify", name)?;
        }
        for name in &self.excluded {
            line("must not", name)?;
        }
        for url in &self.crl_urls {
            line("CRL is at", url)?;
        }
        line("issued", &self.issued.text())?;
        let next = self.next_serial.as_deref().unwrap_or("drawn at random");
        line("next serial", next)?;
        for list in &self.lists {
            line("CRL", &list.text())?;
        }
        for key in &self.replaced_keys {
            let without = if key.has_key { "" } else { ", its key is gone" };
            line(
                "replaced key",
                &format!("{} until {}{without}", key.key_id, key.not_after),
            )?;
        }
        Ok(())
    }
}

impl From<Counts> for CountsJson {
    fn from(counts: Counts) -> Self {
        Self {
            total: counts.issued(),
            valid: counts.valid,
            ending_within_30_days: counts.ending_soon,
            expired: counts.expired,
            revoked: counts.revoked,
            on_hold: counts.on_hold,
            cross_certificates: counts.crosses,
            unreadable_lines: counts.unreadable,
        }
    }
}

impl CountsJson {
    fn text(&self) -> String {
        let mut parts = vec![format!("{} valid", self.valid)];
        let others = [
            (self.ending_within_30_days, "ending within 30 days"),
            (self.expired, "expired"),
            (self.revoked, "revoked"),
            (self.on_hold, "on hold"),
            (self.unreadable_lines, "lines that cannot be read"),
        ];
        let others = others.iter().filter(|(count, _)| *count > 0);
        parts.extend(others.map(|(count, what)| format!("{count} {what}")));
        let crosses = match self.cross_certificates {
            0 => String::new(),
            count => format!("; beside them {count} cross certificates between its keys"),
        };
        format!("{}: {}{crosses}", self.total, parts.join(", "))
    }
}

impl ListStateJson {
    fn of(found: &FoundList, now: Timestamp) -> Self {
        let list = match &found.present {
            Present::Ours(list) => Some(list),
            Present::Missing | Present::Foreign { .. } | Present::Unreadable { .. } => None,
        };
        let state = match &found.present {
            Present::Missing => "missing",
            Present::Foreign { .. } => "of another key",
            Present::Unreadable { .. } => "unreadable",
            Present::Ours(list) if list.next_update().is_some_and(|end| end < now) => "expired",
            Present::Ours(_) if found.lacks > 0 => "behind",
            Present::Ours(list) if half_of_life(list).is_none_or(|half| half <= now) => "due",
            Present::Ours(_) => "fresh",
        };
        Self {
            replaced_key: match &found.key {
                ListKey::Current => None,
                ListKey::Retired(id) => Some(id.to_string()),
            },
            path: found.path.display().to_string(),
            state,
            number: list.and_then(|list| list.number()).map(ToString::to_string),
            this_update: list.map(|list| list.this_update().to_string()),
            next_update: list
                .and_then(|list| list.next_update())
                .map(|end| end.to_string()),
            count: list.map(|list| list.entries().count()),
            lacks: found.lacks,
        }
    }

    fn text(&self) -> String {
        let of = self
            .replaced_key
            .as_ref()
            .map(|key| format!(" of the replaced key {key}"));
        let of = of.unwrap_or_default();
        match (
            &self.number,
            &self.this_update,
            &self.next_update,
            self.count,
        ) {
            (number, Some(made), next, Some(count)) => format!(
                "{}{of}, {count} certificate{}, of {made}, next {}: {}{}",
                number.as_deref().unwrap_or("without number"),
                if count == 1 { "" } else { "s" },
                next.as_deref().unwrap_or("never"),
                self.state,
                list_making::lacking_text(self.lacks)
            ),
            _ => format!("{}{of}", self.state),
        }
    }
}

fn subjects(chain: &[Certificate]) -> Vec<String> {
    chain
        .iter()
        .map(|above| above.subject().to_string())
        .collect()
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}
