//! `trustpack crl publish`.

use std::path::PathBuf;

use serde::Serialize;
use trustpack_ca_directory::crl::ListKey;
use trustpack_ca_directory::crl::present::Present;
use trustpack_ca_directory::publish::{PublishError, Published, ShownFolder};
use trustpack_ca_directory::retired::names::KeyId;
use trustpack_ca_directory::summary::FoundList;
use trustpack_x509::crl::RevocationList;

use super::issuing;
use super::list_making::{lacking_text, shown};
use crate::failure::{Answer, Failure, message};
use crate::session::{self, Session};

/// Put the newest CRL into a folder that a web server shows
///
/// As NAME.pem and, in DER, NAME.crl, each in one step, readable by everybody. The lists of keys that
/// `ca rekey` replaced get the identifier of the key as their name, unless --replaced gives them the one
/// that their certificates name. A list that is out of date is
/// refused, and so is one that is older than the one that is there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack crl publish --ca my-ca --to /var/www/pki")]
pub(crate) struct CrlPublish {
    /// The CA directory
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    ca: PathBuf,

    /// The folder that the web server shows
    #[arg(long, value_name = "DIR")]
    to: PathBuf,

    /// Name of the files, without its end
    #[arg(long, value_name = "NAME", default_value = "crl", value_parser = file_name)]
    name: String,

    /// Name of the files of the list of a key that was replaced, instead of its identifier
    #[arg(long, value_name = "KEYID=NAME", value_parser = name_of_replaced)]
    replaced: Vec<NameOfReplaced>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The name that the list of a replaced key gets.
#[derive(Clone, Debug)]
struct NameOfReplaced {
    key: KeyId,
    name: String,
}

#[derive(Debug, Serialize)]
struct Report {
    lists: Vec<PublishedJson>,
}

#[derive(Debug, Serialize)]
struct PublishedJson {
    replaced_key: Option<String>,
    number: Option<String>,
    next_update: Option<String>,
    changed: bool,
    files: Vec<String>,
}

impl CrlPublish {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.ca)?;
        let found = directory.lists().map_err(Failure::request)?;
        self.refuse_unknown(&found)?;
        let shown_folder = ShownFolder::take(&self.to, || {
            session::say("waiting for another command that publishes in this folder");
        })
        .map_err(Failure::request)?;
        let mut lists = Vec::new();
        for found in &found {
            let Some(list) = usable(found)? else {
                continue;
            };
            let (key, name) = match &found.key {
                ListKey::Current => (None, self.name.clone()),
                ListKey::Retired(id) => (Some(id.to_string()), self.name_of(id)),
            };
            // The list of a key that has no certificates left is made no more.
            let over = list.next_update().is_some_and(|end| end < session.now);
            if key.is_some() && over {
                session::warn(format!(
                    "{} is out of date and was not published",
                    shown(&found.path)
                ));
                continue;
            }
            if found.lacks > 0 {
                session::warn(format!(
                    "{} is behind{}; `trustpack crl create` makes a new one",
                    shown(&found.path),
                    lacking_text(found.lacks)
                ));
            }
            let published = shown_folder
                .publish(list, &name, session.now)
                .map_err(|error| not_published(found, error))?;
            lists.push(PublishedJson::new(key, list, &published));
        }
        if self.json {
            session.out.json(&Report { lists })?;
        } else {
            for list in &lists {
                list.write(session)?;
            }
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

impl CrlPublish {
    fn name_of(&self, id: &KeyId) -> String {
        let named = self.replaced.iter().find(|named| named.key == *id);
        named.map_or_else(|| id.to_string(), |named| named.name.clone())
    }

    /// A slip in an identifier must not publish the list elsewhere.
    fn refuse_unknown(&self, found: &[FoundList]) -> Result<(), Failure> {
        let is_known = |id: &KeyId| {
            found
                .iter()
                .any(|list| list.key == ListKey::Retired(id.clone()))
        };
        match self.replaced.iter().find(|named| !is_known(&named.key)) {
            None => Ok(()),
            Some(named) => Err(Failure::request(message(format!(
                "no key with the identifier {} was replaced",
                named.key
            )))
            .hint("`trustpack ca show` has the identifiers")),
        }
    }
}

fn not_published(found: &FoundList, error: PublishError) -> Failure {
    let hint = match &error {
        PublishError::Expired { .. }
        | PublishError::Older { .. }
        | PublishError::SameNumber { .. } => "`trustpack crl create` makes a new list",
        PublishError::OtherIssuer { .. } => {
            "publish each CA under a name of its own (--name), or take away what is there"
        }
        PublishError::NoList { .. } => "take it away, or publish under another name (--name)",
        PublishError::NoFolder { .. } => "name the folder that the web server shows, with --to",
        PublishError::File(_) | PublishError::Write(_) => {
            "see what is at that path, and whether this account may write there"
        }
    };
    let error = anyhow::Error::new(error);
    let context = format!("{} is not published", shown(&found.path));
    Failure::request(error.context(context)).hint(hint)
}

/// The list, if it is one of this key; that of the present key must be there.
pub(super) fn usable(found: &FoundList) -> Result<Option<&RevocationList>, Failure> {
    let path = found.path.display();
    match (&found.present, &found.key) {
        (Present::Ours(list), _) => Ok(Some(list)),
        (Present::Missing, ListKey::Retired(_)) => Ok(None),
        (Present::Missing, ListKey::Current) => {
            Err(Failure::request(message(format!("there is no {path} yet")))
                .hint("`trustpack crl create` makes one"))
        }
        (Present::Foreign { .. }, _) => Err(Failure::request(message(format!(
            "{path} was not signed by the key of this CA"
        )))
        .hint("`trustpack crl create` makes a new list")),
        (Present::Unreadable { source, .. }, _) => {
            let error = anyhow::Error::new(source.clone());
            Err(
                Failure::request(error.context(format!("{path} is no revocation list")))
                    .hint("`trustpack crl create` makes a new list"),
            )
        }
    }
}

impl PublishedJson {
    fn new(replaced_key: Option<String>, list: &RevocationList, published: &Published) -> Self {
        let (changed, files) = match published {
            Published::Written(files) => (true, files),
            Published::Unchanged(files) => (false, files),
        };
        Self {
            replaced_key,
            number: list.number().map(ToString::to_string),
            next_update: list.next_update().map(|end| end.to_string()),
            changed,
            files: files
                .iter()
                .map(|file| file.display().to_string())
                .collect(),
        }
    }

    fn write(&self, session: &mut Session) -> Result<(), Failure> {
        let number = self.number.as_deref().unwrap_or_default();
        let until = self.next_update.as_deref().unwrap_or_default();
        let was = if self.changed {
            ""
        } else {
            " was there already"
        };
        writeln!(session.out, "CRL {number} until {until}{was}")?;
        for file in &self.files {
            writeln!(session.out, "list  {}", file)?;
        }
        Ok(())
    }
}

fn name_of_replaced(text: &str) -> Result<NameOfReplaced, String> {
    let (key, name) = text
        .split_once('=')
        .ok_or("allowed is the identifier of a key, \"=\" and a name")?;
    Ok(NameOfReplaced {
        key: key.parse().map_err(|error| format!("{error}"))?,
        name: file_name(name)?,
    })
}

/// A name of a file, and nothing more.
fn file_name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.starts_with('.') || !text.chars().all(allowed) {
        return Err(
            "allowed are letters, digits, \"-\", \"_\" and, not in front, \".\"".to_owned(),
        );
    }
    Ok(text.to_owned())
}
