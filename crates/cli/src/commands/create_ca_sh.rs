//! `create_ca.sh`: the documented script that makes a CA in the current folder.

use std::path::{Path, PathBuf};

use trustpack_ca::lifetime::Lifetime;
use trustpack_ca::request::CaRequest;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::name::build::NameBuilder;

use super::ca_arguments::{Days, ScriptSubject, attribute, digest, rsa_bits};
use super::issuing::{self, Telling};
use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::session::Session;

/// Make a certificate authority in the current folder
///
/// Options are written with one dash: create_ca.sh -CN "Example CA" -O Example -C DE
#[derive(Debug, clap::Parser)]
#[command(name = "create_ca.sh", version)]
pub(crate) struct CreateCaSh {
    /// Bits of the RSA key
    #[arg(long = "keySz", value_name = "BITS", default_value = "2048", value_parser = rsa_bits)]
    key: KeySpec,
    /// Digest: sha1 (with a warning), sha224, sha256, sha384, sha512; sha256 if not said
    #[arg(long = "dgst", value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,
    /// Days until the CA ends
    #[arg(long = "time", value_name = "DAYS", default_value_t = Days(Lifetime::SCRIPT_CA))]
    lifetime: Days,
    /// Common name of the CA
    #[arg(long = "CN", value_name = "NAME", value_parser = attribute(NameBuilder::common_name))]
    common_name: String,
    #[command(flatten)]
    subject: ScriptSubject,
    /// Encrypt the CA's key with the password in this file; else with TRUSTPACK_CA_PASSWORD, if that is
    /// set; else the key is protected by its permissions alone
    #[arg(long = "ca-password-file", value_name = "F")]
    ca_password_file: Option<PathBuf>,
}

impl CreateCaSh {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let names = self.subject.names().map_err(Failure::request)?;
        let mut request = CaRequest::new(&self.common_name)
            .and_then(|request| request.with_subject(names, &self.common_name))
            .map_err(Failure::request)?
            .with_key(self.key)
            .with_lifetime(self.lifetime.0);
        if let Some(digest) = self.digest {
            request = request.with_digest(digest);
        }
        if let Some(email) = self.subject.email {
            request = request.with_email(email);
        }
        let password = password_prompt::of_ca_key(self.ca_password_file.as_deref())?;
        issuing::create_ca(Path::new("."), request, password, Telling::Lines, session)
    }
}
