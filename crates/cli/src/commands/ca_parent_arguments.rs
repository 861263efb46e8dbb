//! Arguments that `ca renew` and `ca rekey` share: the new dates, and the CA above an intermediate one.

use std::path::PathBuf;

use trustpack_ca::renewal::Renewal;
use trustpack_ca_directory::directory::UnlockedDirectory;
use trustpack_ca_directory::renew::RenewCaError;
use trustpack_x509::algorithm::Digest;

use super::ca_arguments::{CaDirArgs, Days, digest};
use super::issuing;
use crate::failure::Failure;

/// What the new certificate is to be.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RenewalArgs {
    /// Days until the CA ends; as many as its certificate had if not said
    #[arg(long, value_name = "DAYS")]
    days: Option<Days>,

    /// Digest that is signed over: sha1 (with a warning), sha224, sha256, sha384, sha512; that which fits the
    /// key if not said
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,

    /// The CA directory of the CA above, which signs the certificate of an intermediate one
    #[arg(long, value_name = "DIR")]
    parent: Option<PathBuf>,

    /// File with the password of the key of the CA above; else TRUSTPACK_CA_PASSWORD, else the terminal
    #[arg(long, value_name = "FILE", requires = "parent")]
    parent_password_file: Option<PathBuf>,
}

impl RenewalArgs {
    pub(super) fn renewal(&self) -> Renewal {
        Renewal {
            lifetime: self.days.map(|days| days.0),
            digest: self.digest,
        }
    }

    /// Opens the CA above, if one was named.
    pub(super) fn parent(&self) -> Result<Option<UnlockedDirectory>, Failure> {
        let Some(dir) = &self.parent else {
            return Ok(None);
        };
        let args = CaDirArgs {
            dir: dir.clone(),
            ca_password_file: self.parent_password_file.clone(),
        };
        let directory = issuing::open_directory(&args.dir)?;
        let (unlocked, _) = issuing::unlock_with_password(&directory, &args)?;
        Ok(Some(unlocked))
    }
}

/// What to do about an intermediate CA.
pub(super) fn hint(error: &RenewCaError) -> Option<&'static str> {
    match error {
        RenewCaError::NeedsParent { .. } => Some(
            "name the CA directory of the one above with --parent; where that is not ours, have it certify the key again",
        ),
        RenewCaError::OtherParent { .. } => {
            Some("a CA that signs its own certificate needs no --parent")
        }
        RenewCaError::Certify(_) | RenewCaError::TrustStore(_) => None,
    }
}
