//! What `ca create`, `cert issue` and the two scripts share: opening an authority, carrying out an
//! order, saying what came of it.

use std::path::Path;

use serde::Serialize;
use trustpack_ca::request::CaRequest;
use trustpack_ca_directory::batch::{Batch, Stopped};
use trustpack_ca_directory::create::{CreateError, NewCa};
use trustpack_ca_directory::crl::CrlError;
use trustpack_ca_directory::directory::{
    AuthorityError, CaDirectory, OpenError, UnlockedDirectory,
};
use trustpack_ca_directory::founding::FoundingError;
use trustpack_ca_directory::issue::{IssueError, IssueOrder, IssuedFiles, KeyAccess};
use trustpack_ca_directory::recovery::RecoverError;
use trustpack_keystore::password::Password;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::authority_report::{self, AuthorityJson};
use super::bundling::Bundles;
use super::ca_arguments::CaDirArgs;
use crate::failure::{Answer, Failure, message};
use crate::output::{Output, Printed};
use crate::password_prompt::{self, CA_PASSWORD_VARIABLE};
use crate::secret_file;
use crate::session::{self, Session};

/// A CA directory whose key has been opened.
pub(super) struct OpenAuthority(UnlockedDirectory);

/// How it is told what was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// In lines for people.
    Lines,
    /// As `--json` has it.
    Json,
}

/// A CA that was made, as `--json` shows it.
#[derive(Debug, Serialize)]
struct CreatedJson {
    #[serde(flatten)]
    authority: AuthorityJson,
    directory: String,
    trust_store: String,
    private_key: String,
    encrypted: bool,
    warnings: Vec<String>,
}

/// One issued certificate, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct IssuedJson {
    host: String,
    serial: String,
    subject: String,
    not_before: String,
    not_after: String,
    thumbprint: String,
    files: FilesJson,
    #[serde(flatten)]
    bundles: Bundles,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FilesJson {
    certificate: String,
    key: Option<String>,
    pfx: Option<String>,
    ledger_copy: String,
}

/// Opens the key of a CA directory, asking for the password if it must.
pub(super) fn unlock(directory: CaDirectory, args: &CaDirArgs) -> Result<OpenAuthority, Failure> {
    unlock_with_password(&directory, args).map(|(unlocked, _)| OpenAuthority(unlocked))
}

/// The same, with the password that opened it: it opens the keys too that were replaced.
pub(super) fn unlock_with_password(
    directory: &CaDirectory,
    args: &CaDirArgs,
) -> Result<(UnlockedDirectory, Option<Password>), Failure> {
    let key = &directory.layout().private_key;
    // A key that is not there is told when it is opened.
    if let Ok(metadata) = key.metadata() {
        secret_file::warn_if_open("the CA key", key, &metadata);
    }
    let mut password = password_prompt::of_ca_key(args.ca_password_file.as_deref())?;
    let unlocked = match directory.unlock(password.as_ref()) {
        Err(AuthorityError::PasswordNeeded { path }) => {
            let prompt = format!("Password of the CA key {}: ", path.display());
            let asked = password_prompt::ask(&prompt)?
                .ok_or_else(|| password_missing(AuthorityError::PasswordNeeded { path }))?;
            let unlocked = directory.unlock(Some(&asked));
            password = Some(asked);
            unlocked
        }
        opened => opened,
    };
    Ok((unlocked.map_err(Failure::request)?, password))
}

/// So often a command begins again; who rekeys more often meanwhile is told.
pub(super) const MAX_BEGINNINGS: usize = 5;

/// Does `work`, which opens the CA directory; from the beginning again where another command has given the CA
/// another certificate or key before anything was done.
pub(super) fn with_present_ca<Done>(
    mut work: impl FnMut() -> Result<Done, Failure>,
) -> Result<Done, Failure> {
    let changed = |failure: &Failure| {
        failure.is(|error: &IssueError| matches!(error, IssueError::AuthorityChanged { .. }))
            || failure.is(|error: &CrlError| matches!(error, CrlError::AuthorityChanged { .. }))
    };
    for _ in 1..MAX_BEGINNINGS {
        match work() {
            Err(failure) if changed(&failure) => say_begins_again(),
            done => return done,
        }
    }
    work()
}

pub(super) fn say_begins_again() {
    session::say("the CA was renewed or got a new key meanwhile; beginning again with that");
}

/// Opens a CA directory without its key.
pub(super) fn open_directory(dir: &Path) -> Result<CaDirectory, Failure> {
    open_directory_or(
        dir,
        "change into the CA directory or name it (--ca); `trustpack ca create` makes one",
    )
}

/// The same, with another hint where there is none.
pub(super) fn open_directory_or(
    dir: &Path,
    hint_if_none: &'static str,
) -> Result<CaDirectory, Failure> {
    let directory = CaDirectory::open(dir).map_err(|error| {
        let hint = match &error {
            OpenError::NoAuthority { .. } => Some(hint_if_none),
            OpenError::Recover(RecoverError::Plan { .. }) => Some(
                "move that folder elsewhere, and see what is out of step with `trustpack ca check --repair`",
            ),
            OpenError::Recover(_) => Some("put right what the message names, and try again"),
            OpenError::File(_) | OpenError::Certificate { .. } => None,
        };
        let failure = Failure::request(error);
        let failure = match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        };
        with_hint_on_certificate(failure, dir)
    })?;
    let directory =
        directory.telling(|| session::say("waiting for another command on this CA directory"));
    if let Some(recovered) = directory.recovered() {
        let serials = |serials: &[Serial]| -> String {
            serials
                .iter()
                .map(Serial::to_hex)
                .collect::<Vec<_>>()
                .join(", ")
        };
        if !recovered.finished.is_empty() {
            session::warn(format!(
                "an interrupted command had issued {}; its files have been put in place",
                serials(&recovered.finished)
            ));
        }
        if !recovered.undone.is_empty() {
            session::warn(format!(
                "an interrupted command was about to issue {}; nothing of that is left",
                serials(&recovered.undone)
            ));
        }
        if let Some(kind) = recovered.done {
            session::warn(format!(
                "an interrupted command had been at {kind}; that has been finished"
            ));
        }
    }
    Ok(directory)
}

/// Where the CA certificate is gone, says who else has it: nothing can be said of a CA without it, nor renewed.
fn with_hint_on_certificate(failure: Failure, dir: &Path) -> Failure {
    let conf = dir.join("ca_conf");
    if !conf.is_dir() || conf.join("ca_cert.pem").exists() {
        return failure;
    }
    match conf.join("ca_cert.pfx").is_file() {
        true => failure.hint(
            "the trust store has the certificate too: in ca_conf, openssl pkcs12 -in ca_cert.pfx -passin pass: -nokeys -out ca_cert.pem; or put it back from a copy. `trustpack ca renew` cannot make it anew",
        ),
        false => failure.hint(
            "put it back from a copy; every machine that trusts this CA has it. `trustpack ca renew` cannot make it anew",
        ),
    }
}

fn password_missing(error: AuthorityError) -> Failure {
    Failure::request(error).hint(format!(
        "give a file with --ca-password-file, or set {CA_PASSWORD_VARIABLE}"
    ))
}

/// What is said of the key of a new CA.
pub(super) fn protection_of_new(password: Option<&Password>) -> &'static str {
    match password {
        Some(_) => "encrypted",
        None => "not encrypted: whoever reads the file has it",
    }
}

/// Makes a CA and says where it is.
pub(super) fn create_ca(
    dir: &Path,
    request: CaRequest,
    key_password: Option<Password>,
    telling: Telling,
    session: &mut Session,
) -> Result<Answer, Failure> {
    let encrypted = key_password.is_some();
    let protection = protection_of_new(key_password.as_ref());
    let new = NewCa {
        request,
        key_password,
    };
    let created =
        CaDirectory::create(dir, &new, session.now, &mut session::entropy()).map_err(|error| {
            let exists = matches!(error, CreateError::Place(FoundingError::Exists { .. }));
            let failure = Failure::request(error);
            if exists {
                failure.hint("nothing was changed; make the CA in another folder")
            } else {
                failure
            }
        })?;
    created.warnings.iter().for_each(session::warn);
    let directory = created.unlocked.directory();
    let (certificate, layout) = (directory.certificate(), directory.layout());
    if telling == Telling::Json {
        let warnings = created.warnings.iter().map(ToString::to_string);
        let report = CreatedJson {
            authority: AuthorityJson::new(certificate, &layout.certificate),
            directory: shown(&layout.dir),
            trust_store: shown(&layout.trust_store),
            private_key: shown(&layout.private_key),
            encrypted,
            warnings: warnings.collect(),
        };
        session.out.json(&report)?;
        session.out.flush()?;
        return Ok(Answer::Done);
    }
    authority_report::write_lines(certificate, "", layout, &mut session.out)?;
    let key = layout.private_key.display();
    writeln!(session.out, "private key  {key} ({protection})")?;
    session.out.flush()?;
    Ok(Answer::Done)
}

impl Telling {
    /// What `--json` says.
    pub(super) fn of_json(json: bool) -> Self {
        if json { Self::Json } else { Self::Lines }
    }
}

impl OpenAuthority {
    /// The directory itself.
    pub(super) fn unlocked(&self) -> &UnlockedDirectory {
        &self.0
    }

    /// Issues many certificates; warnings are the caller's to tell.
    pub(super) fn issue_many(
        &self,
        orders: &[IssueOrder],
        now: Timestamp,
        batch: Batch<'_>,
        report: &mut dyn FnMut(usize, Result<IssuedFiles, IssueError>),
    ) -> Result<(), Stopped> {
        let entropy = &mut session::entropy();
        self.0.issue_many(orders, now, entropy, batch, report)
    }

    /// Issues one certificate; warnings go to standard error.
    pub(super) fn issue(
        &self,
        order: &IssueOrder,
        session: &Session,
    ) -> Result<IssuedFiles, IssueError> {
        let issued = self.0.issue(order, session.now, &mut session::entropy())?;
        issued.warnings.iter().for_each(session::warn);
        Ok(issued)
    }
}

/// Why there is no certificate, with what to do about it.
pub(super) fn not_issued(error: IssueError) -> Failure {
    let is_out_of_step = matches!(
        error,
        IssueError::SerialUsed { .. } | IssueError::SerialFile(_) | IssueError::Ledger(_)
    );
    let failure = Failure::request(error);
    if is_out_of_step {
        failure.hint(
            "`trustpack ca check` says what is out of step in the folder; with --repair it mends what can be mended",
        )
    } else {
        failure
    }
}

/// Says what was issued and where its files are.
pub(super) fn write_issued(out: &mut Output, issued: &IssuedFiles) -> Printed {
    let certificate = &issued.certificate;
    writeln!(
        out,
        "{} until {}, serial {}",
        certificate.subject(),
        certificate.validity().not_after,
        certificate.serial()
    )?;
    writeln!(out, "certificate  {}", issued.paths.certificate.display())?;
    if let Some(key) = &issued.paths.private_key {
        writeln!(out, "private key  {}", key.display())?;
    }
    if let Some(pfx) = &issued.paths.pfx {
        writeln!(out, "both, PKCS#12  {}", pfx.display())?;
    }
    Ok(())
}

impl IssuedJson {
    pub(super) fn new(host: &str, issued: &IssuedFiles, bundles: Bundles) -> Self {
        let certificate = &issued.certificate;
        Self {
            host: host.to_owned(),
            serial: certificate.serial().to_hex(),
            subject: certificate.subject().to_string(),
            not_before: certificate.validity().not_before.to_string(),
            not_after: certificate.validity().not_after.to_string(),
            thumbprint: certificate.thumbprint(),
            warnings: issued.warnings.iter().map(ToString::to_string).collect(),
            files: FilesJson {
                certificate: shown(&issued.paths.certificate),
                key: issued.paths.private_key.as_deref().map(shown),
                pfx: issued.paths.pfx.as_deref().map(shown),
                ledger_copy: shown(&issued.paths.ledger_copy),
            },
            bundles,
        }
    }
}

/// A path as JSON can hold it: what is no UTF-8 is replaced, since the certificate has been issued.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Who may read the keys: the owner, or also a group, given by its name or number.
pub(super) fn key_access(group: Option<&str>) -> Result<KeyAccess, Failure> {
    let Some(group) = group else {
        return Ok(KeyAccess::Owner);
    };
    if let Ok(number) = group.parse() {
        return Ok(KeyAccess::Group(number));
    }
    match nix::unistd::Group::from_name(group) {
        Ok(Some(found)) => Ok(KeyAccess::Group(found.gid.as_raw())),
        Ok(None) => Err(Failure::request(message(format!(
            "there is no group {group:?} on this system"
        )))
        .hint("make the group, or leave --key-group out: then only the owner reads the key")),
        Err(error) => Err(Failure::request(error)),
    }
}
