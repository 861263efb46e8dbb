//! `trustpack ca sub`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_ca::csr::authority::CsrAuthority;
use trustpack_ca::request::CaRequest;
use trustpack_ca::warning::Warning;
use trustpack_ca_directory::create::NewCa;
use trustpack_ca_directory::directory::UnlockedDirectory;
use trustpack_ca_directory::founding::FoundingError;
use trustpack_ca_directory::sub::SubError;
use trustpack_keystore::password::Password;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::name::build::NameBuilder;

use super::authority_report::AuthorityJson;
use super::ca_arguments::{CaDirArgs, attribute, digest};
use super::csr_file::{self, CsrFile};
use super::issuing;
use super::new_ca_arguments::NewCaArgs;
use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::session::{self, Session};

/// Certify an intermediate CA under this one
///
/// With NAME and --out it makes a CA directory of its own, key and chain included; what it issues carries its
/// chain. With --csr it signs for a key that is elsewhere: subject and key are those of the request, all else
/// is said here. Either way this CA has it in its ledger and can revoke it. An intermediate CA never outlives
/// the one above.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "trustpack ca sub [OPTIONS] --out <DIR> <NAME>
       trustpack ca sub [OPTIONS] --csr <FILE>",
    after_help = r#"Examples:
  trustpack ca sub --ca root-ca --out my-ca --organization Example "Services CA"
  trustpack ca sub --ca root-ca --csr services.csr --path-length 0"#
)]
pub(crate) struct CaSub {
    /// Common name of the intermediate CA
    #[arg(
        value_name = "NAME",
        required_unless_present = "csr",
        requires = "out",
        value_parser = attribute(NameBuilder::common_name)
    )]
    common_name: Option<String>,

    #[command(flatten)]
    ca: CaDirArgs,

    /// The new CA directory; it is made if it is not there
    #[arg(long, value_name = "DIR", conflicts_with = "csr")]
    out: Option<PathBuf>,

    /// Certify the key of the request (CSR) in this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["common_name", "key", "encrypt_key", "new_ca_password_file", "email", "unit", "organization", "locality", "state", "country", "crl_distribution_point"])]
    csr: Option<PathBuf>,

    /// Digest that the CA above signs over: sha1 (with a warning), sha224, sha256, sha384, sha512; that which
    /// fits its key if not said
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,

    #[command(flatten)]
    new: NewCaArgs,

    /// Encrypt the new CA's key with the password in this file
    #[arg(long, value_name = "FILE")]
    new_ca_password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The certificate that was signed, as `--json` shows it.
#[derive(Debug, Serialize)]
struct SubJson {
    #[serde(flatten)]
    authority: AuthorityJson,
    issuer: String,
    directory: Option<String>,
    warnings: Vec<String>,
}

/// What came of it.
struct Certified {
    certificate: Certificate,
    /// The new CA directory; none for a request.
    directory: Option<PathBuf>,
    /// Of the new CA, and how it is protected; none for a request.
    key: Option<(PathBuf, &'static str)>,
    file: PathBuf,
    warnings: Vec<Warning>,
}

impl CaSub {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let json = self.json;
        let certified = match (self.csr.clone(), self.out.clone()) {
            (Some(csr), _) => self.for_request(&csr, session)?,
            (None, Some(out)) => self.new_directory(&out, session)?,
            (None, None) => return Ok(Answer::Usage),
        };
        certified.warnings.iter().for_each(session::warn);
        if json {
            let shown = SubJson::new(&certified);
            session.out.json(&shown)?;
        } else {
            write_certified(&certified, session)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    fn new_directory(self, out: &Path, session: &Session) -> Result<Certified, Failure> {
        let request = self
            .new
            .request(self.common_name.as_deref().unwrap_or_default())?;
        let key_password = self.new_password()?;
        let protection = issuing::protection_of_new(key_password.as_ref());
        let parent = self.parent()?;
        let new = NewCa {
            request: self.with_digest(request),
            key_password,
        };
        let created = parent
            .create_sub(out, &new, session.now, &mut session::entropy())
            .map_err(failure)?;
        let directory = created.unlocked.directory();
        Ok(Certified {
            certificate: directory.certificate().clone(),
            directory: Some(directory.layout().dir.clone()),
            key: Some((directory.layout().private_key.clone(), protection)),
            file: directory.layout().certificate.clone(),
            warnings: created.warnings,
        })
    }

    fn for_request(self, csr: &Path, session: &Session) -> Result<Certified, Failure> {
        let file = CsrFile::read(csr)?;
        let taken = CsrAuthority::new(file.request()).map_err(|error| {
            let hint = csr_file::hint(&error);
            let context = format!("no CA is certified for {}", csr.display());
            let failure = Failure::request(anyhow::Error::new(error).context(context));
            match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?;
        for left_out in &taken.left_out {
            session::say(&format!("not taken: {left_out}"));
        }
        let parent = self.parent()?;
        let request = self.with_digest(self.new.limit(taken.request));
        let certified = parent
            .certify_sub(
                &request,
                &taken.public_key,
                session.now,
                &mut session::entropy(),
            )
            .map_err(Failure::request)?;
        Ok(Certified {
            certificate: certified.certificate,
            directory: None,
            key: None,
            file: certified.file,
            warnings: certified.warnings,
        })
    }

    fn parent(&self) -> Result<UnlockedDirectory, Failure> {
        let directory = issuing::open_directory(&self.ca.dir)?;
        Ok(issuing::unlock_with_password(&directory, &self.ca)?.0)
    }

    fn with_digest(&self, request: CaRequest) -> CaRequest {
        match self.digest {
            Some(digest) => request.with_digest(digest),
            None => request,
        }
    }

    fn new_password(&self) -> Result<Option<Password>, Failure> {
        let file = self.new_ca_password_file.as_deref();
        if file.is_some() || self.new.encrypt_key {
            return password_prompt::of_second_ca_key(file).map(Some);
        }
        Ok(None)
    }
}

fn failure(error: SubError) -> Failure {
    let exists = matches!(error, SubError::Place(FoundingError::Exists { .. }));
    let failure = Failure::request(error);
    if exists {
        failure.hint("nothing was changed; make the CA in another folder")
    } else {
        failure
    }
}

fn write_certified(certified: &Certified, session: &mut Session) -> Result<(), Failure> {
    let certificate = &certified.certificate;
    let out = &mut session.out;
    writeln!(
        out,
        "CA {} until {}, under {}, serial {}",
        certificate.subject(),
        certificate.validity().not_after,
        certificate.issuer(),
        certificate.serial()
    )?;
    match &certified.directory {
        Some(directory) => writeln!(out, "directory  {}", directory.display())?,
        None => writeln!(out, "certificate and chain  {}", certified.file.display())?,
    }
    if let Some((key, protection)) = &certified.key {
        writeln!(out, "private key  {} ({protection})", key.display())?;
    }
    Ok(())
}

impl SubJson {
    fn new(certified: &Certified) -> Self {
        let certificate = &certified.certificate;
        let directory = certified.directory.as_ref();
        Self {
            authority: AuthorityJson::new(certificate, &certified.file),
            issuer: certificate.issuer().to_string(),
            directory: directory.map(|path| path.display().to_string()),
            warnings: certified.warnings.iter().map(ToString::to_string).collect(),
        }
    }
}
