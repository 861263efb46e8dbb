//! `trustpack ca create`.

use std::path::PathBuf;

use trustpack_ca::lifetime::Lifetime;
use trustpack_ca::request::CaRequest;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;

use super::ca_arguments::{Days, SubjectArgs, digest};
use super::ca_limit_arguments::CaLimitArgs;
use super::issuing::{self, Telling};
use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::session::Session;

/// Make a certificate authority in a folder
///
/// The folder then holds everything: the CA's key and certificate, the ledger and what is issued.
/// `openssl ca` can work on it too, with `ca_conf/ca.conf`. A folder that has a CA is not changed.
#[derive(Debug, clap::Args)]
#[command(after_help = r#"Examples:
  trustpack ca create --ca my-ca --organization Example "Example CA"
  trustpack ca create --ca my-ca --permit dns:example.com --encrypt-key \
      --crl-distribution-point http://pki.example.com/ca.crl "Example CA""#)]
pub(crate) struct CaCreate {
    /// Common name of the CA
    #[arg(value_name = "NAME")]
    common_name: String,

    /// The folder; it is made if it is not there
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    dir: PathBuf,

    /// Kind of the CA's key: rsa-2048, rsa-3072, rsa-4096 (any size from 2048 to 8192 in steps of 128),
    /// ecdsa-p256, ecdsa-p384, ed25519
    #[arg(long, value_name = "KIND", default_value = "rsa-3072")]
    key: KeySpec,

    /// Digest that the CA signs its own certificate over: sha1 (with a warning), sha224, sha256, sha384,
    /// sha512; that which fits its key if not said
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,

    /// Days until the CA ends
    #[arg(long, value_name = "DAYS", default_value_t = Days(Lifetime::CA))]
    days: Days,

    #[command(flatten)]
    limits: CaLimitArgs,

    /// Encrypt the CA's key, with a password that is asked for if none is given in one of these ways
    #[arg(long)]
    encrypt_key: bool,

    /// Encrypt the CA's key with the password in this file; else with TRUSTPACK_CA_PASSWORD, if that is
    /// set; else the key is protected by its permissions alone
    #[arg(long, value_name = "FILE")]
    ca_password_file: Option<PathBuf>,

    #[command(flatten)]
    subject: SubjectArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl CaCreate {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let telling = Telling::of_json(self.json);
        let names = self.subject.names().map_err(Failure::request)?;
        let mut request = CaRequest::new(&self.common_name)
            .and_then(|request| request.with_subject(names, &self.common_name))
            .map_err(Failure::request)?
            .with_key(self.key)
            .with_lifetime(self.days.0);
        request = self.limits.limit(request);
        if let Some(digest) = self.digest {
            request = request.with_digest(digest);
        }
        if let Some(email) = self.subject.email {
            request = request.with_email(email);
        }
        let file = self.ca_password_file.as_deref();
        let password = if self.encrypt_key {
            Some(password_prompt::of_new_ca_key(file)?)
        } else {
            password_prompt::of_ca_key(file)?
        };
        issuing::create_ca(&self.dir, request, password, telling, session)
    }
}
