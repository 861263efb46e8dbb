//! `trustpack cert adopt`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_ca::host::HostName;
use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_judge::reason::Reason;
use trustpack_judge::verdict::Rejected;
use trustpack_keystore::password::Password;
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::Purpose as Usage;
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::lint::{self, Severity};
use trustpack_x509::name::Name;
use trustpack_x509::time::Timestamp;

use self::files::Adopted;
use super::bundling::{self, Above, BundleArgs, Bundler, Bundles, Delivered};
use super::issuing;
use super::judging_files;
use super::key_files::{KeySource, PasswordOption};
use crate::failure::{Answer, Failure, message};
use crate::password_prompt;
use crate::secret_file;
use crate::session::{self, Session};

mod files;

/// Check a certificate that another authority signed, and make our files of it
///
/// The certificate must be that of the key, and hold with the certificates of its chain: signatures,
/// dates, usages, names. In the folder are then, as in a CA directory, SERIAL_HOST_cert.pem with the
/// intermediate CAs, SERIAL_HOST_priv_key.pem, SERIAL_HOST_cert.pfx, and the trusted CA as ca_cert.pem and
/// ca_cert.pfx. With --for there is also a folder SERIAL_HOST_TARGET for each kind of program. No file is
/// overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack cert adopt web1.pem --key web1_priv_key.pem --chain their_chain.pem --for nginx")]
pub(crate) struct CertAdopt {
    /// File with the certificate; what else is in it counts as its chain
    #[arg(value_name = "CERT")]
    certificate: PathBuf,

    /// File with its private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// File with certificates above it, the trusted CA included, in any order; may be given several
    /// times
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,

    /// The folder for the files; it must be there
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,

    /// The host that it must be for; the names of the files begin with its first label
    #[arg(long, value_name = "HOST")]
    host: Option<HostName>,

    /// File with the password of the private key
    #[arg(long, value_name = "FILE")]
    key_password_file: Option<PathBuf>,

    /// Protect the PKCS#12 file with the password in this file; else with the empty one
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Let this group read the files with the key (mode 0640)
    #[arg(long, value_name = "GROUP")]
    key_group: Option<String>,

    #[command(flatten)]
    bundles: BundleArgs,

    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    host: String,
    serial: String,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    thumbprint: String,
    chain: Vec<String>,
    trusted: String,
    files: files::FilesJson,
    #[serde(flatten)]
    bundles: Bundles,
    warnings: Vec<String>,
}

impl CertAdopt {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let access = issuing::key_access(self.key_group.as_deref())?;
        let password = match &self.password_file {
            Some(file) => password_prompt::from_file(file)?,
            None => Password::empty(),
        };
        let orders = self.bundles.orders();
        bundling::check_password(&orders, &password)?;
        let key = KeySource::read(&self.key)?.open(PasswordOption {
            file: self.key_password_file.as_deref(),
            name: "--key-password-file",
        })?;
        let mut given = judging_files::certificates(&self.certificate, None)?;
        for file in &self.chain {
            given.extend(judging_files::certificates(file, None)?);
        }
        let leaf = leaf_of(&given, &key, &self.certificate)?;
        given.retain(|certificate| *certificate != leaf);
        refuse_authority(&leaf)?;
        let host = self.host(&leaf)?;
        let path = path(&leaf, &given, session.now)?;
        let mut warnings = doubts(&leaf);
        let strays = given.iter().filter(|given| !path.contains(given));
        warnings.extend(strays.map(|stray| {
            format!(
                "the certificate of {} is not part of the chain; it is left out",
                stray.subject()
            )
        }));
        warnings.iter().for_each(session::warn);
        bundling::check_certificates(&orders, &path)?;
        let bundler = Bundler {
            above: Above::of_chain(path.get(1..).unwrap_or_default()),
            password,
            now: session.now,
            existing: Existing::Refuse,
        };
        if !self.out.is_dir() {
            let text = format!("there is no folder {} for the files", self.out.display());
            return Err(Failure::request(message(text))
                .hint("make it first (mkdir -p), or name another one with --out"));
        }
        secret_file::warn_if_shared(&self.out);
        let adopted = Adopted::new(&path, &key, &host, &bundler.password)?;
        let files = adopted.write(&self.out, access.mode())?;
        let mut report = Report::new(&leaf, &path, &host, files, warnings);
        let delivered = Delivered {
            certificate: &leaf,
            key: Some(&key),
            label: host.label(),
        };
        for order in &orders {
            let made = bundler.make(order, &self.out, access.mode(), delivered);
            report.bundles.extend(made);
        }
        let answer = report
            .bundles
            .tell("the other files are there; put right what the message names, and run it with another --out");
        self.tell(&report, session)?;
        Ok(answer)
    }

    /// The host whose name the files bear.
    fn host(&self, leaf: &Certificate) -> Result<HostName, Failure> {
        let own = HostName::of_certificate(leaf);
        let Some(host) = &self.host else {
            return own.ok_or_else(|| {
                let text = format!("the certificate of {} names no host", leaf.subject());
                Failure::request(message(text)).hint("say for which host it is, with --host")
            });
        };
        let names = leaf.extensions().subject_alt_names.as_deref();
        let dns: Vec<&str> = names
            .unwrap_or_default()
            .iter()
            .filter_map(|name| match name {
                GeneralName::Dns(name) => Some(name.as_str()),
                GeneralName::Email(_)
                | GeneralName::Ip(_)
                | GeneralName::IpOctets(_)
                | GeneralName::Uri(_)
                | GeneralName::Directory(_)
                | GeneralName::Other { .. } => None,
            })
            .collect();
        let same = |name: &&str| name.eq_ignore_ascii_case(host.name().as_str());
        if dns.iter().any(same) || own.is_none_or(|own| own.name() == host.name()) {
            return Ok(host.clone());
        }
        let text = format!(
            "the certificate is not for {host}; it names {}",
            dns.join(", ")
        );
        Err(Failure::request(message(text)))
    }

    fn tell(&self, report: &Report, session: &mut Session) -> Result<(), Failure> {
        let out = &mut session.out;
        if self.json {
            out.json(report)?;
        } else {
            writeln!(
                out,
                "{} of {} until {}, serial {}",
                report.subject, report.issuer, report.not_after, report.serial
            )?;
            report.files.write_lines(out)?;
            report.bundles.write_lines(out)?;
        }
        out.flush()?;
        Ok(())
    }
}

/// The certificate of the key, wherever it stands.
fn leaf_of(given: &[Certificate], key: &PrivateKey, file: &Path) -> Result<Certificate, Failure> {
    if let Some(leaf) = given.iter().find(|certificate| key.matches(certificate)) {
        return Ok(leaf.clone());
    }
    let found = given
        .first()
        .map(|first| first.public_key().fingerprint())
        .unwrap_or_default();
    Err(Failure::request(message(format!(
        "the key does not belong to the certificate in {}: the SHA-256 of the public key is {} in the \
         key, {found} in the certificate",
        file.display(),
        key.public_key().fingerprint()
    ))))
}

fn refuse_authority(leaf: &Certificate) -> Result<(), Failure> {
    let constraints = leaf.extensions().basic_constraints;
    if constraints.is_some_and(|constraints| constraints.ca) {
        let text = format!("the certificate of {} is that of a CA", leaf.subject());
        return Err(Failure::request(message(text))
            .hint("`trustpack ca import` makes a CA directory of it and its key"));
    }
    Ok(())
}

/// The certificate, the intermediate authorities and the trusted one, if that path holds now.
///
/// Roots among the given certificates are trusted: what is looked at is whether the chain is whole.
fn path(
    leaf: &Certificate,
    given: &[Certificate],
    now: Timestamp,
) -> Result<Vec<Certificate>, Failure> {
    let (roots, intermediates): (Vec<_>, Vec<_>) =
        given.iter().cloned().partition(Certificate::is_self_issued);
    let anchors = TrustAnchors::new(roots);
    let question = Question {
        leaf,
        intermediates: &intermediates,
        anchors: &anchors,
        purpose: purpose(leaf),
        name: &NameCheck::Off,
        revocation: RevocationCheck::Off,
        allowed: &AllowedNames::Everybody,
        now,
        policy: Policy::default(),
    };
    trustpack_judge::judge(&question)
        .map(|accepted| accepted.path().to_vec())
        .map_err(|rejected| failure(leaf, given, &rejected))
}

/// What it is for: a client if it may not be a server.
fn purpose(leaf: &Certificate) -> Purpose {
    match leaf.extensions().extended_key_usage.as_deref() {
        Some(usages) if !usages.contains(&Usage::ServerAuth) && !usages.contains(&Usage::Any) => {
            Purpose::Client
        }
        Some(_) | None => Purpose::Server,
    }
}

fn failure(leaf: &Certificate, given: &[Certificate], rejected: &Rejected) -> Failure {
    let unfinished = |reason: &Reason| {
        matches!(
            reason,
            Reason::IssuerUnknown { .. } | Reason::NothingTrusted
        )
    };
    if rejected.reasons().any(unfinished) {
        let missing = missing(leaf, given);
        let text = format!(
            "the chain of {} is not whole: the certificate of {missing} is missing",
            leaf.subject()
        );
        return Failure::request(message(text))
            .hint("give the file with it, and with all above it, with --chain");
    }
    let reasons: Vec<String> = rejected.reasons().map(ToString::to_string).collect();
    Failure::request(message(format!(
        "the certificate of {} is not adopted: {}",
        leaf.subject(),
        reasons.join("; ")
    )))
}

/// Whose certificate is looked for in vain, by the names of the issuers.
fn missing(leaf: &Certificate, given: &[Certificate]) -> Name {
    let mut last = leaf;
    // Issuers that name each other in a ring would go on without end.
    for _ in given {
        match given.iter().find(|above| above.subject() == last.issuer()) {
            Some(above) => last = above,
            None => break,
        }
    }
    last.issuer().clone()
}

/// What is wrong with it in itself, but not so that it would not hold.
fn doubts(leaf: &Certificate) -> Vec<String> {
    lint::certificate(leaf)
        .into_iter()
        .filter(|finding| finding.severity.is_at_least(Severity::Warning))
        .map(|finding| finding.violation.to_string())
        .collect()
}

impl Report {
    fn new(
        leaf: &Certificate,
        path: &[Certificate],
        host: &HostName,
        files: files::FilesJson,
        warnings: Vec<String>,
    ) -> Self {
        let subjects = path.iter().map(|member| member.subject().to_string());
        let mut above: Vec<String> = subjects.skip(1).collect();
        let trusted = above.pop().unwrap_or_default();
        Self {
            host: host.to_string(),
            serial: leaf.serial().to_hex(),
            subject: leaf.subject().to_string(),
            issuer: leaf.issuer().to_string(),
            not_before: leaf.validity().not_before.to_string(),
            not_after: leaf.validity().not_after.to_string(),
            thumbprint: leaf.thumbprint(),
            chain: above,
            trusted,
            files,
            bundles: Bundles::default(),
            warnings,
        }
    }
}
