//! `trustpack cert request`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_ca::host::HostName;
use trustpack_ca::own_request;
use trustpack_keystore::pem::{private_key_to_pem, request_to_pem};
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::private_key::spec::KeySpec;

use super::host_arguments::HostArgs;
use super::key_files::{KeySource, PasswordOption};
use crate::failure::{Answer, Failure, message};
use crate::output_file::{self, Secrecy};
use crate::session::{self, Session};

/// Make a key and a certification request (CSR), for an authority that is not ours
///
/// Writes HOST_priv_key.pem, readable by its owner only, and HOST_request.pem, where HOST is the first
/// label of the host. No file is overwritten. `trustpack cert adopt` takes the certificate that the
/// other authority makes of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert request --organization Example --san www.example.com web1.example.com
  trustpack cert request --key-file web1_priv_key.pem web1.example.com")]
pub(crate) struct CertRequest {
    /// Full name of the host
    #[arg(value_name = "HOST")]
    host: HostName,

    /// The folder for the files; it must be there
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,

    #[command(flatten)]
    certificate: HostArgs,

    /// Kind of the key: rsa-2048, rsa-3072, rsa-4096 (any size from 2048 to 8192 in steps of 128),
    /// ecdsa-p256, ecdsa-p384, ed25519
    #[arg(long, value_name = "KIND", default_value = "rsa-2048")]
    key: KeySpec,

    /// Take the private key in this file in place of a new one; it is not written again
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    key_file: Option<PathBuf>,

    /// File with the password of that key
    #[arg(long, value_name = "FILE", requires = "key_file")]
    password_file: Option<PathBuf>,

    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    host: String,
    subject: String,
    names: Vec<String>,
    key_sha256: String,
    files: Files,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Files {
    request: String,
    key: Option<String>,
}

impl CertRequest {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let profile = self.certificate.profile.read(None)?;
        let wanted = self.certificate.request(&self.host, &profile)?;
        let label = self.host.label();
        let request_path = self.out.join(format!("{label}_request.pem"));
        let key_path = self.out.join(format!("{label}_priv_key.pem"));
        let (key, new_key_path) = match &self.key_file {
            Some(file) => (self.own_key(file)?, None),
            None => {
                refuse_existing([&request_path, &key_path])?;
                let key = PrivateKey::generate(self.key).map_err(Failure::request)?;
                (key, Some(key_path))
            }
        };
        refuse_existing([&request_path])?;
        let made = own_request::make(&wanted, &key).map_err(Failure::request)?;
        made.warnings.iter().for_each(session::warn);
        // The key first: a request without its key is of no use.
        if let Some(path) = &new_key_path {
            let pem = private_key_to_pem(&key);
            output_file::write(path, pem.as_bytes(), Secrecy::Private, Existing::Refuse)?;
        }
        let pem = request_to_pem(&made.request);
        output_file::write(
            &request_path,
            pem.as_bytes(),
            Secrecy::Public,
            Existing::Refuse,
        )?;
        let report = Report {
            host: self.host.to_string(),
            subject: made.request.subject().to_string(),
            names: wanted
                .subject_alt_names()
                .iter()
                .map(ToString::to_string)
                .collect(),
            key_sha256: key.public_key().fingerprint(),
            files: Files {
                request: request_path.display().to_string(),
                key: new_key_path.map(|path| path.display().to_string()),
            },
            warnings: made.warnings.iter().map(ToString::to_string).collect(),
        };
        self.tell(&report, session)
    }

    fn own_key(&self, file: &Path) -> Result<PrivateKey, Failure> {
        let password = PasswordOption {
            file: self.password_file.as_deref(),
            name: "--password-file",
        };
        KeySource::read(file)?.open(password)
    }

    fn tell(&self, report: &Report, session: &mut Session) -> Result<Answer, Failure> {
        let out = &mut session.out;
        if self.json {
            out.json(report)?;
        } else {
            writeln!(out, "{}, {}", report.subject, report.names.join(", "))?;
            writeln!(out, "request  {}", report.files.request)?;
            if let Some(key) = &report.files.key {
                writeln!(out, "private key  {key}")?;
            }
        }
        out.flush()?;
        Ok(Answer::Done)
    }
}

/// Before a key is made, which may take long.
fn refuse_existing<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<(), Failure> {
    match paths
        .into_iter()
        .find(|path| path.symlink_metadata().is_ok())
    {
        Some(path) => {
            let text = format!(
                "{} is there already; nothing is overwritten",
                path.display()
            );
            Err(Failure::request(message(text)).hint("choose another folder with --out"))
        }
        None => Ok(()),
    }
}
