//! Arguments that `ca create` and `ca sub` share: what the new CA is, and how its key is kept.
//!
//! Not who signs it. Invariant: a CA that is made here is asked for in the same words, wherever it stands.

use trustpack_ca::lifetime::Lifetime;
use trustpack_ca::request::CaRequest;
use trustpack_keystore::private_key::spec::KeySpec;

use super::ca_arguments::{Days, SubjectArgs};
use super::ca_limit_arguments::CaLimitArgs;
use crate::failure::Failure;

/// What a new CA is.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct NewCaArgs {
    /// Kind of the new CA's key: rsa-2048, rsa-3072, rsa-4096 (any size from 2048 to 8192 in steps of 128),
    /// ecdsa-p256, ecdsa-p384, ed25519
    #[arg(long, value_name = "KIND", default_value = "rsa-3072")]
    key: KeySpec,

    /// Days until the new CA ends, cut to the end of the CA above, if there is one
    #[arg(long, value_name = "DAYS", default_value_t = Days(Lifetime::CA))]
    days: Days,

    #[command(flatten)]
    limits: CaLimitArgs,

    #[command(flatten)]
    subject: SubjectArgs,

    /// Encrypt the new CA's key, with a password that is asked for if no file or variable gives it
    #[arg(long)]
    pub(super) encrypt_key: bool,
}

impl NewCaArgs {
    /// The request for a CA with this common name, its key made here.
    ///
    /// # Errors
    ///
    /// When the name, or another part of the subject, cannot stand in a certificate.
    pub(super) fn request(&self, common_name: &str) -> Result<CaRequest, Failure> {
        let names = self.subject.names().map_err(Failure::request)?;
        let request = CaRequest::new(common_name)
            .and_then(|request| request.with_subject(names, common_name))
            .map_err(Failure::request)?
            .with_key(self.key);
        let request = match &self.subject.email {
            Some(email) => request.with_email(email.clone()),
            None => request,
        };
        Ok(self.limit(request))
    }

    /// Puts limits and lifetime into a request; subject and key stay.
    pub(super) fn limit(&self, request: CaRequest) -> CaRequest {
        let request = self.limits.clone().limit(request);
        request.with_lifetime(self.days.0)
    }
}
