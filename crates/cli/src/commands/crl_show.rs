//! `trustpack crl show`.

use std::path::PathBuf;

use serde::{Serialize, Serializer};
use trustpack_judge::revocation::list::KnownList;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::entry::RevokedEntry;
use trustpack_x509::crl::head::ListVersion;
use trustpack_x509::crl::issuing_point::{Covered, DistributionPointName};
use trustpack_x509::extension::extension_name;

use super::judging_files as files;
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::session::Session;
use crate::table::Table;

/// Show what is in revocation lists
///
/// Reads PEM and DER. The signature is not verified: `trustpack crl check` does that.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack crl show my-ca/ca_conf/crl.pem")]
pub(crate) struct CrlShow {
    /// Files with revocation lists
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Show at most so many certificates of each list
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,

    /// Show all certificates
    #[arg(long, conflicts_with = "limit")]
    all: bool,

    /// Print JSON, with all certificates
    #[arg(long)]
    json: bool,
}

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    lists: Vec<ListShown<'a>>,
}

#[derive(Debug, Serialize)]
struct ListShown<'a> {
    issuer: String,
    version: u8,
    number: Option<String>,
    this_update: String,
    next_update: Option<String>,
    signature_algorithm: String,
    authority_key_id: Option<String>,
    /// Which certificates it is about, if not all of its issuer's.
    scope: Vec<String>,
    extensions: Vec<ExtensionShown>,
    /// Why nobody can use it, whoever signed it.
    unusable: Option<String>,
    count: usize,
    entries: Entries<'a>,
}

#[derive(Debug, Serialize)]
struct ExtensionShown {
    name: String,
    critical: bool,
}

/// The certificates on a list, written one after the other.
#[derive(Clone, Copy, Debug)]
struct Entries<'a>(&'a RevocationList);

#[derive(Debug, Serialize)]
struct EntryShown {
    serial: String,
    revoked_at: String,
    reason: Option<&'static str>,
    invalid_since: Option<String>,
}

/// Rows of a table that are laid out together.
const PART: usize = 1000;

impl CrlShow {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let lists = files::lists(&self.files)?;
        let shown: Vec<_> = lists.iter().map(ListShown::new).collect();
        let limit = if self.all { usize::MAX } else { self.limit };
        let out = &mut session.out;
        if self.json {
            let document = Document { lists: shown };
            out.json(&document)?;
        } else {
            for (index, one) in shown.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                one.write(out, limit)?;
            }
        }
        out.flush()?;
        Ok(Answer::Done)
    }
}

impl<'a> ListShown<'a> {
    fn new(list: &'a RevocationList) -> Self {
        let head = list.head();
        let fault = KnownList::new(list.clone())
            .fault()
            .map(ToString::to_string);
        Self {
            issuer: head.issuer.to_string(),
            version: match head.version {
                ListVersion::V1 => 1,
                ListVersion::V2 => 2,
            },
            number: head.number.as_ref().map(ToString::to_string),
            this_update: head.this_update.to_string(),
            next_update: head.next_update.map(|time| time.to_string()),
            signature_algorithm: head.signature_algorithm.to_string(),
            authority_key_id: head.authority_key_id.as_deref().map(hexadecimal),
            scope: scope(list),
            extensions: (head.extensions.iter())
                .map(|(oid, critical)| ExtensionShown {
                    name: extension_name(oid),
                    critical: *critical,
                })
                .collect(),
            unusable: fault,
            count: list.entries().filter(Result::is_ok).count(),
            entries: Entries(list),
        }
    }

    fn write(&self, out: &mut Output, limit: usize) -> Printed {
        let mut row = |name: &str, value: &str| {
            if value.is_empty() {
                Ok(())
            } else {
                writeln!(out, "{name:18}{value}")
            }
        };
        row("issuer", &self.issuer)?;
        row("number", self.number.as_deref().unwrap_or("none"))?;
        row("made", &self.this_update)?;
        row("next", self.next_update.as_deref().unwrap_or("not said"))?;
        row("signature", &self.signature_algorithm)?;
        let key_id = self.authority_key_id.as_deref();
        row("authority key id", key_id.unwrap_or_default())?;
        self.scope.iter().try_for_each(|one| row("only", one))?;
        let extensions: Vec<_> = self.extensions.iter().map(ExtensionShown::text).collect();
        row("extensions", &extensions.join(", "))?;
        let unusable = self.unusable.as_deref().unwrap_or_default();
        row("of no use", unusable)?;
        row("certificates", &self.count.to_string())?;
        if self.count == 0 || limit == 0 {
            return Ok(());
        }
        writeln!(out)?;
        let mut table = Table::new(&["serial", "revoked", "reason", "invalid since"]);
        for entry in self.entries.iter().take(limit) {
            table.row(vec![
                entry.serial,
                entry.revoked_at,
                entry.reason.unwrap_or_default().to_owned(),
                entry.invalid_since.unwrap_or_default(),
            ]);
            if table.waiting() == PART {
                table.write(out)?;
            }
        }
        table.write(out)?;
        match self.count.saturating_sub(limit) {
            0 => Ok(()),
            more => writeln!(out, "and {more} more; --all shows them"),
        }
    }
}

/// What a list is limited to.
fn scope(list: &RevocationList) -> Vec<String> {
    let mut scope = Vec::new();
    if list.is_delta() {
        scope.push("what is new since another list (delta)".to_owned());
    }
    let Some(point) = list.issuing_distribution_point() else {
        return scope;
    };
    match &point.name {
        None => {}
        Some(DistributionPointName::Full(names)) => {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            scope.push(format!("the distribution point {}", names.join(", ")));
        }
        Some(DistributionPointName::Relative(_)) => {
            scope.push("a distribution point named relative to the issuer".to_owned());
        }
    }
    match point.covers {
        Covered::All => {}
        Covered::EndEntities => scope.push("certificates of end entities".to_owned()),
        Covered::Authorities => scope.push("certificates of authorities".to_owned()),
        Covered::Attributes => scope.push("attribute certificates".to_owned()),
    }
    if point.some_reasons_only {
        scope.push("some reasons for revocation".to_owned());
    }
    scope
}

impl<'a> Entries<'a> {
    fn iter(self) -> impl Iterator<Item = EntryShown> + use<'a> {
        self.0
            .entries()
            .filter_map(Result::ok)
            .map(EntryShown::from)
    }
}

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl From<RevokedEntry<'_>> for EntryShown {
    fn from(entry: RevokedEntry<'_>) -> Self {
        Self {
            serial: entry.serial().to_hex(),
            revoked_at: entry.revoked.to_string(),
            reason: entry.reason.map(|reason| reason.name()),
            invalid_since: entry.invalid_since.map(|time| time.to_string()),
        }
    }
}

impl ExtensionShown {
    fn text(&self) -> String {
        let critical = if self.critical { " (critical)" } else { "" };
        format!("{}{critical}", self.name)
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
