//! Where what is shown comes from: a file, the ledger of a CA directory, a server.

use std::path::Path;

use serde::Serialize;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
use trustpack_ca_directory::ledger_line::State;
use trustpack_ca_directory::own_keys::Issued;
use trustpack_ca_directory::search::{Hit, Query, Standing};
use trustpack_judge::folded_name;
use trustpack_keystore::contents::{Contents, Note};
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::super::issuing;
use super::super::named_certificate::one_named;
use super::CertShow;
use super::certificate::CertificateShown;
use super::other::{KeyShown, ListShown, RequestShown};
use super::server::{self, Address};
use crate::contents_file::{self, Needed};
use crate::failure::{Failure, message};
use crate::output::{Output, Printed};
use crate::session;

/// All that one word of the command line gave.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    what: String,
    source: Source,
    /// The format of the file.
    format: Option<String>,
    /// How the certificate stands in the ledger.
    standing: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) certificates: Vec<CertificateShown>,
    requests: Vec<RequestShown>,
    lists: Vec<ListShown>,
    keys: Vec<KeyShown>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    File,
    Ledger,
    Server,
}

impl CertShow {
    /// A file that is there goes before a serial, that before a server, and that before the name of a host.
    pub(super) fn read(&self, what: &str, now: Timestamp) -> Result<Shown, Failure> {
        let path = Path::new(what);
        if path.exists() {
            return self.read_file(path, what, now);
        }
        let mut searched = "";
        if let Ok(serial) = what.parse::<Serial>() {
            if let Some(shown) = self.read_ledger(&serial, what, now)? {
                return Ok(shown);
            }
            searched = ", nor the serial of a certificate in the CA directory";
        }
        if let Ok(address) = what.parse::<Address>() {
            let mut shown = Shown::new(what, Source::Server);
            server::ask(&address, now, &mut shown)?;
            return Ok(shown);
        }
        // Without a CA directory it may be a slip in the name of a file.
        if let Ok(directory) = issuing::open_directory(&self.ca)
            && let Some(serial) = one_named(what, Standing::Valid, &directory, now)?
            && let Some(shown) = self.read_ledger(&serial, what, now)?
        {
            return Ok(shown);
        }
        let text = format!("{what:?} is no file that is there{searched}");
        let hint = "name a file, a serial or host name with the CA directory (--ca), or a server as host:port";
        Err(Failure::request(message(text)).hint(hint))
    }

    fn read_file(&self, path: &Path, what: &str, now: Timestamp) -> Result<Shown, Failure> {
        let contents = self.contents(path)?;
        let mut shown = Shown::new(what, Source::File);
        shown.add(&contents, now);
        Ok(shown)
    }

    fn contents(&self, path: &Path) -> Result<Contents, Failure> {
        let password_file = self.password_file.as_deref();
        Ok(contents_file::read(path, password_file, Needed::Looks)?.contents)
    }

    /// The copy of a certificate in the ledger, and how that one stands.
    fn read_ledger(
        &self,
        serial: &Serial,
        what: &str,
        now: Timestamp,
    ) -> Result<Option<Shown>, Failure> {
        let directory = issuing::open_directory(&self.ca)?;
        let copy = directory.layout().ledger_copy(serial);
        let recorded = recorded(&directory, serial, now)?;
        if !copy.exists() {
            return match recorded {
                Some(recorded) => Err(copy_missing(&copy, serial, &recorded)),
                None => Ok(None),
            };
        }
        let contents = self.contents(&copy)?;
        let doubt = refuse_other(&copy, &contents, serial, &directory)?;
        let mut shown = Shown::new(what, Source::Ledger);
        shown.add(&contents, now);
        if let Some(doubt) = doubt {
            session::warn(&doubt);
            shown.notes.push(doubt);
        }
        shown.standing = recorded.map(|recorded| recorded.standing);
        Ok(Some(shown))
    }
}

/// What the ledger says of a certificate.
struct Recorded {
    subject: Box<str>,
    /// How it stands, with when and why if it was revoked.
    standing: String,
}

fn recorded(
    directory: &CaDirectory,
    serial: &Serial,
    now: Timestamp,
) -> Result<Option<Recorded>, Failure> {
    let query = Query {
        serial: Some(serial.clone()),
        ..Query::default()
    };
    let mut recorded = None;
    let searched = directory.search::<FileError>(&query, now, |hit| {
        if let Hit::Found {
            record, standing, ..
        } = hit
        {
            let standing = match record.state {
                State::Revoked(revocation) => {
                    let reason = revocation.cause().reason;
                    format!("{standing} since {} ({reason})", revocation.at)
                }
                State::Valid | State::Expired => standing.to_string(),
            };
            let subject = record.subject;
            recorded = Some(Recorded { subject, standing });
        }
        Ok(())
    });
    searched.map_err(Failure::request)?;
    Ok(recorded)
}

fn copy_missing(copy: &Path, serial: &Serial, recorded: &Recorded) -> Failure {
    let text = format!(
        "the ledger has the certificate {serial} of {}, {}; its copy {} is missing, so that nothing else can be shown",
        recorded.subject,
        recorded.standing,
        copy.display()
    );
    let hint = "`trustpack ca check --repair` makes the copy anew if the host's file is there; else put it back from \
                a copy of the folder. `trustpack cert revoke` takes the serial number also without it";
    Failure::request(message(text)).hint(hint)
}

/// What the ledger says of one certificate must not stand above another. Says what cannot be told of it.
fn refuse_other(
    copy: &Path,
    contents: &Contents,
    serial: &Serial,
    directory: &CaDirectory,
) -> Result<Option<String>, Failure> {
    let path = copy.display();
    let ca = directory.certificate().subject();
    let wrong = match contents.danger_all().first().map(|found| found.certificate) {
        None => format!("there is no certificate in {path}"),
        Some(found) if found.serial() != serial => format!(
            "{path} is another certificate: its serial is {}",
            found.serial().to_hex()
        ),
        Some(found) if !folded_name::same(found.issuer(), ca) => format!(
            "{path} is another certificate: its issuer is {}; the CA is {ca}",
            found.issuer()
        ),
        Some(found) => match directory.issued(found).map_err(Failure::request)? {
            Issued::Yes => return Ok(None),
            Issued::Unknown(error) => {
                let doubt = format!("whether a key of this CA signed it cannot be told: {error}");
                return Ok(Some(doubt));
            }
            Issued::No => {
                format!("no key of this CA signed {path}, so that somebody has changed it")
            }
        },
    };
    let text = format!("the copy of the certificate {serial} is not that certificate: {wrong}");
    let hint =
        "`trustpack ca check` says what is out of step; to see what is in the file, name the file";
    Err(Failure::request(message(text)).hint(hint))
}

impl Shown {
    fn new(what: &str, source: Source) -> Self {
        Self {
            what: what.to_owned(),
            source,
            format: None,
            standing: None,
            notes: Vec::new(),
            certificates: Vec::new(),
            requests: Vec::new(),
            lists: Vec::new(),
            keys: Vec::new(),
        }
    }

    fn add(&mut self, contents: &Contents, now: Timestamp) {
        self.format = Some(contents.format.to_string());
        self.notes = contents.notes.iter().map(Note::to_string).collect();
        let certificates = contents.danger_all().into_iter();
        self.certificates = certificates
            .map(|found| CertificateShown::in_file(&found, now))
            .collect();
        self.requests = contents.requests.iter().map(RequestShown::new).collect();
        let lists = contents.crls.iter();
        self.lists = lists.map(|list| ListShown::new(list, now)).collect();
        self.keys = contents.keys.iter().map(KeyShown::new).collect();
    }

    pub(super) fn write(&self, out: &mut Output) -> Printed {
        let what = &self.what;
        match self.source {
            Source::File => writeln!(
                out,
                "{what}: {}",
                self.format.as_deref().unwrap_or_default()
            )?,
            Source::Ledger => {
                let standing = self.standing.as_deref().unwrap_or("not in the ledger");
                writeln!(out, "{what}: {standing}")?;
            }
            Source::Server => {
                writeln!(
                    out,
                    "{what}: what the server presents; NOTHING about it was verified"
                )?;
            }
        }
        for note in &self.notes {
            // What the reader of a file notes has been said on standard error.
            if matches!(self.source, Source::Server) {
                writeln!(out, "  {note}")?;
            }
        }
        each(
            out,
            "certificate",
            &self.certificates,
            CertificateShown::write,
        )?;
        each(
            out,
            "certification request",
            &self.requests,
            RequestShown::write,
        )?;
        each(out, "revocation list", &self.lists, ListShown::write)?;
        each(out, "private key", &self.keys, KeyShown::write)
    }
}

/// Writes things of one kind, numbered if there are several.
fn each<T>(
    out: &mut Output,
    kind: &str,
    things: &[T],
    write: fn(&T, &mut Output) -> Printed,
) -> Printed {
    for (index, thing) in things.iter().enumerate() {
        writeln!(out)?;
        match things.len() {
            1 => writeln!(out, "{kind}")?,
            count => writeln!(out, "{kind} {} of {count}", index + 1)?,
        }
        write(thing, out)?;
    }
    Ok(())
}
