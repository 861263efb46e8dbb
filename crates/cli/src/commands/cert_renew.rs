//! `trustpack cert renew`.

mod telling;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use trustpack_ca::profile::Profiles;
use trustpack_ca::request::HostRequest;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
use trustpack_ca_directory::issue::{HostKey, IssueError, IssueOrder, KeyAccess};
use trustpack_ca_directory::ledger_line::Record;
use trustpack_ca_directory::renewable::NotRenewable;
use trustpack_ca_directory::search::{Hit, Query, Standing};
use trustpack_keystore::password::Password;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use self::telling::{Teller, Wish};
use super::bundling::of_issued::{self, Asked, IssuedBundleArgs};
use super::bundling::record as bundle_record;
use super::bundling::{check_certificates, programs};
use super::ca_arguments::{CaDirArgs, Days, digest};
use super::host_arguments::ProfileArgs;
use super::issued_certificate::{self, IssuedCertificate};
use super::issuing;
use super::issuing_many::{Opening, Untried, issue_all};
use super::named_certificate::one_serial;
use super::successors::Successors;
use crate::failure::{Answer, Failure, message};
use crate::password_prompt;
use crate::session::{self, Session};

/// Issue certificates anew, with the same names and profile, a new key and new dates
///
/// The certificate before stays as it is, and so do its files. The lifetime in days is the same, and so
/// is the kind of the key. For the programs for which folders were made of the one before (--for) they are made
/// of the new one too, beside those.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "trustpack cert renew [OPTIONS] <SERIAL|FILE|HOST>...
       trustpack cert renew [OPTIONS] --expiring-within <DAYS>",
    after_help = "Examples:
  trustpack cert renew --ca my-ca --expiring-within 30
  trustpack cert renew --ca my-ca --keep-key stat1_cert.pem
  trustpack cert renew --ca my-ca stat1.example.com"
)]
pub(crate) struct CertRenew {
    /// Serial numbers, files with the certificates, or host names that one valid certificate alone has
    #[arg(
        value_name = "SERIAL|FILE|HOST",
        required_unless_present = "expiring_within"
    )]
    what: Vec<String>,

    /// All valid certificates that end within so many days, but those that have a successor: a valid
    /// certificate of the same subject that ends later
    #[arg(long, value_name = "DAYS", conflicts_with = "what")]
    expiring_within: Option<u32>,

    #[command(flatten)]
    ca: CaDirArgs,

    /// Certify the same key again, not a new one
    #[arg(long, conflicts_with = "key")]
    keep_key: bool,

    /// Kind of the new key, if not that of the old one: rsa-2048, rsa-3072, rsa-4096, ecdsa-p256,
    /// ecdsa-p384, ed25519
    #[arg(long, value_name = "KIND")]
    key: Option<KeySpec>,

    /// Days until the certificate ends, if not as many as before; cut to the end of the CA
    #[arg(long, value_name = "DAYS")]
    days: Option<Days>,

    /// Digest to sign over: sha1 (with a warning), sha224, sha256, sha384, sha512; that which fits the
    /// key if not said
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,

    /// File with the profiles of the site; profiles.toml in ca_conf if not said
    #[arg(long, value_name = "FILE")]
    profiles: Option<PathBuf>,

    /// Protect the PKCS#12 file with the password in this file; else with the empty one
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Let this group read the files with the key (mode 0640)
    #[arg(long, value_name = "GROUP")]
    key_group: Option<String>,

    #[command(flatten)]
    delivery: IssuedBundleArgs,

    /// Make no folders for programs, also where the one before has some
    #[arg(long, conflicts_with = "targets")]
    no_bundles: bool,

    /// Print what was issued as JSON
    #[arg(long)]
    json: bool,
}

/// A certificate that is to be renewed.
struct Chosen {
    serial: Serial,
    /// What the ledger says of it, or why it is not renewed.
    record: Result<Record, Failure>,
}

/// What is the same for all that are renewed.
struct Renewing<'a> {
    arguments: &'a CertRenew,
    directory: &'a CaDirectory,
    /// The bundles that are named.
    asked: &'a [Asked],
    profiles: Profiles,
    bundle_password: &'a Password,
    key_access: KeyAccess,
    /// The certificates of CAs that bundles will have.
    authorities: Vec<Certificate>,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl CertRenew {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.ca.dir)?;
        let now = session.now;
        let chosen = self.chosen(&directory, now)?;
        if chosen.is_empty() {
            session::say("no certificate is to be renewed");
        }
        let bundle_password = self.bundle_password()?;
        let asked = self.delivery.asked()?;
        of_issued::check(&asked, &bundle_password)?;
        let key_access = issuing::key_access(self.key_group.as_deref())?;
        let opening = Opening {
            ca: &self.ca,
            bundle_password: &bundle_password,
            mode: self.key_group.as_ref().map(|_| key_access.mode()),
            bundles: of_issued::orders(&asked),
            now,
        };
        let opened = opening.of(directory.clone())?;
        let renewing = Renewing {
            profiles: self.profiles(&directory)?,
            directory: &directory,
            bundle_password: &bundle_password,
            key_access,
            authorities: opened.bundler.authorities(),
            asked: &asked,
            arguments: &self,
        };
        let mut teller = Teller::new(&self, session);
        let (mut wishes, mut orders) = (Vec::new(), Vec::new());
        for Chosen { serial, record } in chosen {
            match record.and_then(|record| renewing.wish(&record)) {
                Ok((bundles, order)) => {
                    let renews = serial;
                    wishes.push(Wish { renews, bundles });
                    orders.push(order);
                }
                Err(failure) => teller.failed(&serial, failure),
            }
        }
        let mut reopen = || opening.again();
        let ended = issue_all(opened, &mut reopen, orders, now, &mut |carried, outcome| {
            let Some(wish) = wishes.get(carried.index) else {
                return;
            };
            match outcome {
                Ok(issued) => {
                    let (bundler, request) = (&carried.opened.bundler, &carried.order.request);
                    let made = bundler.of_issued(&wish.bundles, &issued, request.host());
                    teller.issued(wish, request.host(), &issued, made);
                }
                Err(error) => teller.failed(&wish.renews, not_issued(error)),
            }
        });
        if let Err(Untried { orders, why }) = ended {
            teller.untried(orders.iter().filter_map(|&at| wishes.get(at)), why);
        }
        teller.end()
    }

    fn bundle_password(&self) -> Result<Password, Failure> {
        match &self.password_file {
            Some(file) => password_prompt::from_file(file),
            None => Ok(Password::empty()),
        }
    }

    fn profiles(&self, directory: &CaDirectory) -> Result<Profiles, Failure> {
        let arguments = ProfileArgs {
            profile: None,
            profiles: self.profiles.clone(),
            email_protection: false,
        };
        arguments.profiles(Some(&directory.layout().ca_conf))
    }

    /// Whether one certificate is named, and not looked for.
    fn is_of_one(&self) -> bool {
        self.what.len() == 1 && self.expiring_within.is_none()
    }

    /// Which certificates, each once, in the order of the command line or the ledger.
    fn chosen(&self, directory: &CaDirectory, now: Timestamp) -> Result<Vec<Chosen>, Failure> {
        if let Some(days) = self.expiring_within {
            return expiring(directory, now.saturating_add(DAY * days), now);
        }
        let mut chosen: Vec<Chosen> = Vec::new();
        for what in &self.what {
            let serial = one_serial(what, Standing::Valid, directory, now)?;
            if !chosen.iter().any(|before| before.serial == serial) {
                let record = record(directory, &serial, now);
                chosen.push(Chosen { serial, record });
            }
        }
        Ok(chosen)
    }
}

impl Renewing<'_> {
    /// What is asked for in the place of a certificate.
    fn wish(&self, record: &Record) -> Result<(Vec<Asked>, IssueOrder), Failure> {
        let old = IssuedCertificate::read(self.directory, record)?;
        let asked = self.bundles(&record.serial)?;
        let order = self.order(&old, &asked)?;
        Ok((asked, order))
    }

    /// For which programs: those that are named, else those that have the one before.
    fn bundles(&self, before: &Serial) -> Result<Vec<Asked>, Failure> {
        let mut asked = self.asked.to_vec();
        if asked.is_empty() && !self.arguments.no_bundles {
            let record = bundle_record::Record::read(self.directory, before)?;
            asked = of_issued::recorded(record.bundles(), self.bundle_password)?;
            check_certificates(&of_issued::orders(&asked), &self.authorities)?;
        }
        Ok(asked)
    }

    fn order(&self, old: &IssuedCertificate, asked: &[Asked]) -> Result<IssueOrder, Failure> {
        let authority = self.directory.certificate();
        let before = old.certificate();
        let request = HostRequest::repeating(before, authority, &self.profiles);
        let mut request = request
            .with_context(|| format!("the certificate {} cannot be renewed", before.serial()))
            .map_err(Failure::request)?;
        // The name as it was typed is in the names of the files only.
        if let Some(host) = old.typed_host() {
            request = request.for_host_as_typed(host);
        }
        if let Some(days) = self.arguments.days {
            request = request.with_lifetime(days.0);
        }
        if let Some(digest) = self.arguments.digest {
            request = request.with_digest(digest);
        }
        let programs = programs(&of_issued::orders(asked));
        Ok(IssueOrder {
            request: request.with_programs(programs),
            key: self.key(old)?,
            bundle_password: self.bundle_password.clone(),
            key_access: self.key_access,
            renews: Some(before.serial().clone()),
        })
    }

    fn key(&self, old: &IssuedCertificate) -> Result<HostKey, Failure> {
        if self.arguments.keep_key {
            return Ok(match old.private_key()? {
                Some(key) => HostKey::Kept(key),
                None => HostKey::Elsewhere(old.certificate().public_key().clone()),
            });
        }
        if let Some(spec) = self.arguments.key {
            return Ok(HostKey::Generate(spec));
        }
        if !old.has_private_key() {
            let text = format!(
                "the key of the certificate {} is not here: it was certified for somebody who has it",
                old.certificate().serial()
            );
            return Err(Failure::request(message(text))
                .hint("--keep-key certifies it again; --key KIND makes a new one here"));
        }
        old.key_spec().map(HostKey::Generate)
    }
}

/// What the ledger says of a certificate that may be renewed.
fn record(directory: &CaDirectory, serial: &Serial, now: Timestamp) -> Result<Record, Failure> {
    let (record, standing) = issued_certificate::on_record(directory, serial, now)?;
    match NotRenewable::of(serial, standing) {
        Some(error) => Err(not_renewable(error)),
        None => Ok(record),
    }
}

/// Why there is no successor, with what to do about it.
fn not_renewable(error: NotRenewable) -> Failure {
    let hint = match &error {
        NotRenewable::Revoked(_) => "`trustpack cert issue` gives the host another one",
        NotRenewable::OnHold(_) => "`trustpack cert revoke --lift` takes it off",
        NotRenewable::NotRecorded(_) => "`trustpack ca check` says what is out of step",
    };
    Failure::request(error).hint(hint)
}

fn not_issued(error: IssueError) -> Failure {
    if let IssueError::NotRenewable(error) = error {
        not_renewable(error)
    } else {
        issuing::not_issued(error)
    }
}

/// Valid certificates that end by `ends_by` and have no successor, in the order of the ledger.
fn expiring(
    directory: &CaDirectory,
    ends_by: Timestamp,
    now: Timestamp,
) -> Result<Vec<Chosen>, Failure> {
    // What cannot be read is not renewed, and said.
    let successors = Successors::read(directory, now, |error| session::warn(error))?;
    let query = Query {
        standings: vec![Standing::Valid],
        ends_by: Some(ends_by),
        ..Query::default()
    };
    let mut chosen = Vec::new();
    directory
        .search(&query, now, |hit| {
            if let Hit::Found { record, .. } = hit
                && successors.of(&record).is_none()
            {
                let serial = record.serial.clone();
                let record = Ok(record);
                chosen.push(Chosen { serial, record });
            }
            Ok::<_, FileError>(())
        })
        .map_err(Failure::request)?;
    Ok(chosen)
}
