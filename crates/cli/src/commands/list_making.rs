//! What `crl create` and `cert revoke --crl` share: the keys that sign lists, and saying what was
//! made.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use trustpack_ca::authority::Authority;
use trustpack_ca_directory::crl::{
    CrlError, ListKey, ListOrder, MadeList, Outcome, When, defaults,
};
use trustpack_ca_directory::directory::{CaDirectory, UnlockedDirectory};
use trustpack_ca_directory::retired::RetiredKey;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::time::Timestamp;

use super::ca_arguments::{CaDirArgs, Days, digest};
use super::issuing;
use crate::failure::Failure;
use crate::output::{Output, Printed};
use crate::session;

/// How lists are made.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Days until the next list is due at the latest; else as ca.conf says, else 30
    #[arg(long, value_name = "N")]
    pub(super) days: Option<Days>,

    /// What is signed over: sha1, sha224, sha256, sha384, sha512; else as ca.conf says
    #[arg(long, value_name = "NAME", value_parser = digest)]
    pub(super) digest: Option<Digest>,
}

/// The keys that sign lists.
pub(super) struct ListKeys {
    unlocked: UnlockedDirectory,
    retired: Vec<(RetiredKey, Authority)>,
    lifetime: Duration,
    digest: Option<Digest>,
}

impl ListKeys {
    /// Opens the key of the CA, and those it had before that still have certificates.
    pub(super) fn open(
        directory: &CaDirectory,
        ca: &CaDirArgs,
        list: &ListArgs,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let defaults = directory.list_defaults().map_err(Failure::request)?;
        let (unlocked, password) = issuing::unlock_with_password(directory, ca)?;
        let mut retired = Vec::new();
        for key in directory.retired_keys().map_err(Failure::request)? {
            let ended = key.certificate().validity().not_after < now;
            if !ended && key.has_key() {
                let authority = key.unlock(password.as_ref()).map_err(|error| {
                    Failure::request(error)
                        .hint("a key that was replaced is opened by the password of the CA key")
                })?;
                retired.push((key, authority));
            }
        }
        // A key that signs in one way only has no use for what ca.conf says; who asks is told.
        let key = directory.certificate().public_key().algorithm();
        let of_conf = defaults
            .digest
            .filter(|_| *key != PublicKeyAlgorithm::Ed25519);
        let digest = list.digest.or(of_conf);
        let asked = list.days.map(|days| days.0.duration());
        let lifetime = asked.or(defaults.lifetime);
        Ok(Self {
            unlocked,
            retired,
            lifetime: lifetime.unwrap_or(defaults::LIFETIME),
            digest,
        })
    }

    pub(super) fn order(&self, when: When) -> ListOrder<'_> {
        ListOrder {
            authority: self.unlocked.authority(),
            retired: &self.retired,
            lifetime: self.lifetime,
            digest: self.digest,
            when,
        }
    }
}

/// Says what was made, one list after the other.
pub(super) fn write_lists(lists: &[MadeList], out: &mut Output) -> Printed {
    for made in lists {
        let of = match &made.key {
            ListKey::Current => String::new(),
            ListKey::Retired(id) => format!(" of the replaced key {id}"),
        };
        match &made.outcome {
            Outcome::Made { list, entries, due } => {
                let number = list.number().map(ToString::to_string).unwrap_or_default();
                let until = list.next_update().map(|end| end.to_string());
                let until = until.unwrap_or_default();
                let because = due.map(|due| format!(": {due}")).unwrap_or_default();
                let plural = if *entries == 1 { "" } else { "s" };
                writeln!(
                    out,
                    "CRL {number}{of} until {until}, {entries} certificate{plural}{because}"
                )?;
                writeln!(out, "list  {}", shown(&made.path))?;
            }
            Outcome::NotDue { present, from } => {
                let number = present
                    .number()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                writeln!(
                    out,
                    "CRL {number}{of} is good; the next one is due on {from}"
                )?;
            }
        }
    }
    Ok(())
}

/// Says what whoever asked for lists should know.
pub(super) fn warn(lists: &[MadeList]) {
    lists
        .iter()
        .flat_map(|made| &made.warnings)
        .for_each(session::warn);
}

/// One list, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct ListJson {
    replaced_key: Option<String>,
    path: String,
    made: bool,
    number: Option<String>,
    this_update: String,
    next_update: Option<String>,
    count: Option<usize>,
    due: Option<String>,
    warnings: Vec<String>,
}

impl From<&MadeList> for ListJson {
    fn from(made: &MadeList) -> Self {
        let (list, count, due) = match &made.outcome {
            Outcome::Made { list, entries, due } => {
                (list, Some(*entries), due.map(|due| due.to_string()))
            }
            Outcome::NotDue { present, from } => (present, None, Some(from.to_string())),
        };
        Self {
            replaced_key: match &made.key {
                ListKey::Current => None,
                ListKey::Retired(id) => Some(id.to_string()),
            },
            path: made.path.display().to_string(),
            made: count.is_some(),
            number: list.number().map(ToString::to_string),
            this_update: list.this_update().to_string(),
            next_update: list.next_update().map(|end| end.to_string()),
            count,
            due,
            warnings: made.warnings.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What a list lacks, to be put behind a state; nothing if it lacks nothing.
pub(super) fn lacking_text(lacks: usize) -> String {
    match lacks {
        0 => String::new(),
        1 => ", it lacks 1 revocation of the ledger".to_owned(),
        more => format!(", it lacks {more} revocations of the ledger"),
    }
}

/// A path for people.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The failure of an order of lists, with what to do about it.
pub(super) fn failure(error: CrlError) -> Failure {
    let broken = matches!(error, CrlError::Ledger(_));
    let failure = Failure::request(error);
    if broken {
        failure.hint("`trustpack ca check` says what is wrong with the ledger; with --repair it mends what can be mended")
    } else {
        failure
    }
}
