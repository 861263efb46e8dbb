//! From a request to a signed certificate, in two steps: prepare, which can refuse and costs
//! nothing, and sign, which uses the key and spends the serial.

use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::BasicConstraints;
use trustpack_x509::name::InvalidName;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::tbs::ToBeSigned;
use trustpack_x509::time::Timestamp;
use trustpack_x509::validity::Validity;

use crate::authority::{Authority, InvalidAuthority};
use crate::crl_url::CrlUrl;
use crate::gate::{Gated, Refused};
use crate::lifetime::Lifetime;
use crate::profile::{AuthorityProfile, BACKDATE};
use crate::request::{CaRequest, HostRequest};
use crate::sign::SigningError;
use crate::warning::{self, Warning};

/// A host certificate that may be signed; spent by [`Prepared::sign`].
#[derive(Debug)]
pub struct Prepared<'a> {
    gated: Gated<'a>,
    warnings: Vec<Warning>,
}

/// A signed certificate and what its asker should know.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate; its signature was verified.
    pub certificate: Certificate,
    /// What was done other than asked.
    pub warnings: Vec<Warning>,
}

/// A new authority and what its asker should know.
#[derive(Debug)]
pub struct NewAuthority {
    /// The authority with its key.
    pub authority: Authority,
    /// What was done other than asked.
    pub warnings: Vec<Warning>,
}

/// No certificate was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The authority is past its end.
    #[error("the CA {subject} ended on {not_after}; it cannot issue any more")]
    AuthorityExpired {
        /// Its subject.
        subject: String,
        /// Its last moment.
        not_after: Timestamp,
    },
    /// The authority has not begun; perhaps the clock is wrong.
    #[error("the CA {subject} begins on {not_before}, and now is {now}")]
    AuthorityNotYetValid {
        /// Its subject.
        subject: String,
        /// Its first moment.
        not_before: Timestamp,
        /// The time that was given.
        now: Timestamp,
    },
    /// An authority below would be called as one above: who builds a path by names would go in circles, and
    /// take it for a root (RFC 5280 section 3.2 keeps such names for one authority under several keys).
    #[error(
        "{subject:?} is the name of a CA above it already; an intermediate CA needs a name of its own"
    )]
    NameOfAbove {
        /// The subject that was asked for.
        subject: String,
    },
    /// The subject cannot be encoded.
    #[error("the subject cannot be written")]
    Subject(#[from] InvalidName),
    /// The gate did not let it pass.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// What was made is no authority.
    #[error(transparent)]
    Authority(#[from] InvalidAuthority),
}

/// Builds a host certificate for `public_key` and takes it through the gate, without signing it.
///
/// `now` is the time of signing, UTC. The certificate is valid from five minutes before it until
/// the lifetime after it, but not longer than its authority.
///
/// # Errors
///
/// [`IssueError`]: all but the signing can fail here.
pub fn prepare<'a>(
    request: &HostRequest,
    public_key: &PublicKey,
    authority: &'a Authority,
    serial: Serial,
    now: Timestamp,
) -> Result<Prepared<'a>, IssueError> {
    let (validity, cut) = validity(request.lifetime(), authority, now)?;
    let profile = request.profile();
    let tbs = ToBeSigned {
        serial,
        signature_algorithm: authority.key().signature_algorithm(request.digest()),
        issuer: authority.certificate().subject().clone(),
        validity,
        subject: request.subject()?,
        basic_constraints: BasicConstraints::default(),
        key_usage: profile.key_usage(public_key.algorithm()),
        extended_key_usage: profile.purposes().to_vec(),
        subject_alt_names: request.subject_alt_names(),
        name_constraints: None,
        crl_distribution_points: written(authority.crl_urls()),
        subject_key_id: public_key.key_identifier().to_vec(),
        authority_key_id: Some(authority.key_id()),
        authority_info_access: Vec::new(),
        public_key: public_key.clone(),
    };
    let warnings = cut.into_iter().chain(warning::about_host(request, &tbs));
    let warnings: Vec<Warning> = warnings.collect();
    let gated = Gated::under(tbs, request, authority)?;
    let doubtful = gated.remarks().iter().cloned().map(Warning::Doubtful);
    let warnings = warnings.into_iter().chain(doubtful).collect();
    Ok(Prepared { gated, warnings })
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(gated: Gated<'a>, warnings: Vec<Warning>) -> Self {
        Self { gated, warnings }
    }

    /// Signs it.
    ///
    /// # Errors
    ///
    /// [`IssueError::Signing`].
    pub fn sign(self) -> Result<Issued, IssueError> {
        let certificate = self.gated.sign()?;
        Ok(Issued {
            certificate,
            warnings: self.warnings,
        })
    }
}

/// Makes an authority that signs its own certificate with `key`.
///
/// # Errors
///
/// [`IssueError`]; nothing was signed.
pub fn create_authority(
    request: &CaRequest,
    key: PrivateKey,
    serial: Serial,
    now: Timestamp,
) -> Result<NewAuthority, IssueError> {
    let subject = request.subject()?;
    let public_key = key.public_key().clone();
    let not_after = now.saturating_add(request.lifetime().duration());
    let key_id = public_key.key_identifier().to_vec();
    let signature_algorithm = key.signature_algorithm(request.digest());
    let warnings = warning::about_authority(request, &signature_algorithm, not_after);
    let tbs = ToBeSigned {
        serial,
        signature_algorithm,
        issuer: subject.clone(),
        validity: Validity {
            not_before: now.saturating_sub(BACKDATE),
            not_after,
        },
        subject,
        basic_constraints: BasicConstraints {
            ca: true,
            path_length: request.path_length(),
        },
        key_usage: AuthorityProfile.key_usage(),
        extended_key_usage: request.purposes().to_vec(),
        subject_alt_names: request.subject_alt_names(),
        name_constraints: request.name_constraints().cloned(),
        crl_distribution_points: Vec::new(),
        authority_key_id: Some(key_id.clone()),
        authority_info_access: Vec::new(),
        subject_key_id: key_id,
        public_key,
    };
    let gated = Gated::self_signed(tbs, &key)?;
    let doubtful = gated.remarks().iter().cloned().map(Warning::Doubtful);
    let warnings = warnings.into_iter().chain(doubtful).collect();
    let certificate = gated.sign()?;
    let authority = Authority::new(key, certificate, Vec::new())?;
    Ok(NewAuthority {
        authority: authority.with_crl_urls(request.crl_urls().to_vec()),
        warnings,
    })
}

/// The URLs as a certificate holds them.
pub(crate) fn written(urls: &[CrlUrl]) -> Vec<String> {
    urls.iter().map(ToString::to_string).collect()
}

/// From five minutes before now until the lifetime after it, inside the validity of the authority.
pub(crate) fn validity(
    lifetime: Lifetime,
    authority: &Authority,
    now: Timestamp,
) -> Result<(Validity, Option<Warning>), IssueError> {
    let of_authority = authority.certificate().validity();
    let subject = || authority.certificate().subject().to_string();
    if of_authority.not_after < now {
        let not_after = of_authority.not_after;
        return Err(IssueError::AuthorityExpired {
            subject: subject(),
            not_after,
        });
    }
    if now < of_authority.not_before {
        let not_before = of_authority.not_before;
        return Err(IssueError::AuthorityNotYetValid {
            subject: subject(),
            not_before,
            now,
        });
    }
    let asked = now.saturating_add(lifetime.duration());
    let not_after = asked.min(of_authority.not_after);
    let validity = Validity {
        not_before: now.saturating_sub(BACKDATE).max(of_authority.not_before),
        not_after,
    };
    let cut = (not_after < asked).then_some(Warning::LifetimeCut {
        asked,
        cut_to: not_after,
    });
    Ok((validity, cut))
}
