//! `trustpack ca create`.

use std::path::PathBuf;

use trustpack_x509::algorithm::Digest;
use trustpack_x509::name::build::NameBuilder;

use super::ca_arguments::{attribute, digest};
use super::issuing::{self, Telling};
use super::new_ca_arguments::NewCaArgs;
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
    #[arg(value_name = "NAME", value_parser = attribute(NameBuilder::common_name))]
    common_name: String,

    /// The folder; it is made if it is not there
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    dir: PathBuf,

    /// Digest that the CA signs its own certificate over: sha1 (with a warning), sha224, sha256, sha384,
    /// sha512; that which fits its key if not said
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,

    #[command(flatten)]
    new: NewCaArgs,

    /// Encrypt the CA's key with the password in this file; else with TRUSTPACK_CA_PASSWORD, if that is
    /// set; else the key is protected by its permissions alone
    #[arg(long, value_name = "FILE")]
    ca_password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl CaCreate {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let telling = Telling::of_json(self.json);
        let mut request = self.new.request(&self.common_name)?;
        if let Some(digest) = self.digest {
            request = request.with_digest(digest);
        }
        let file = self.ca_password_file.as_deref();
        let password = if self.new.encrypt_key {
            Some(password_prompt::of_new_ca_key(file)?)
        } else {
            password_prompt::of_ca_key(file)?
        };
        issuing::create_ca(&self.dir, request, password, telling, session)
    }
}
