//! An authority's next certificate: what the one before said, with new dates, and perhaps a new key.
//!
//! Who signs it, itself or the authority above, is what the functions differ in. Invariant: subject,
//! limits, purposes and alternative names are those of the certificate before, octet for octet where they
//! are names; so is the identifier of a key that stays.

use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::{Extensions, extension_name};
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::tbs::ToBeSigned;
use trustpack_x509::time::Timestamp;
use trustpack_x509::validity::Validity;

use crate::authority::Authority;
use crate::gate::Gated;
use crate::issue::{IssueError, Issued, Prepared, validity, written};
use crate::lifetime::Lifetime;
use crate::profile::{AuthorityProfile, BACKDATE};
use crate::warning::Warning;

/// What is new in the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// How long it shall be valid; as long as the one before if it is not said.
    pub lifetime: Option<Lifetime>,
    /// What is signed over; what fits the signing key if it is not said.
    pub digest: Option<Digest>,
}

/// No certificate was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenewError {
    /// What it restricts would be lost.
    #[error(
        "the certificate of {subject} has the critical extension {name}, which this program cannot write; \
         without it the new certificate would allow more"
    )]
    CriticalExtension {
        /// The subject of the certificate.
        subject: String,
        /// The name of the extension.
        name: String,
    },
    /// The authority refused, or could not sign.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

/// The next certificate of an authority that signs its own, with the key that it has or with another.
///
/// # Errors
///
/// [`RenewError`]; nothing was signed.
pub fn renew_root(
    before: &Certificate,
    key: &PrivateKey,
    renewal: Renewal,
    serial: Serial,
    now: Timestamp,
) -> Result<Issued, RenewError> {
    let key_id = key_id_of(before, key.public_key());
    let signature_algorithm = key.signature_algorithm(renewal.digest);
    let not_after = now.saturating_add(renewal.lifetime_after(before).duration());
    let tbs = ToBeSigned {
        serial,
        signature_algorithm,
        validity: Validity {
            not_before: now.saturating_sub(BACKDATE),
            not_after,
        },
        authority_key_id: Some(key_id),
        ..repeated(before, key.public_key())?
    };
    let gated = Gated::self_signed(tbs, key).map_err(IssueError::from)?;
    let certificate = gated.sign().map_err(IssueError::from)?;
    Ok(Issued {
        certificate,
        warnings: left_out(before),
    })
}

/// The next certificate of an authority that stands below `parent`, for the key that it has or for another.
///
/// # Errors
///
/// [`RenewError`]; all but the signing can fail here.
pub fn prepare_renewal<'a>(
    before: &Certificate,
    public_key: &PublicKey,
    renewal: Renewal,
    parent: &'a Authority,
    serial: Serial,
    now: Timestamp,
) -> Result<Prepared<'a>, RenewError> {
    let (validity, cut) = validity(renewal.lifetime_after(before), parent, now)?;
    let tbs = ToBeSigned {
        serial,
        signature_algorithm: parent.key().signature_algorithm(renewal.digest),
        issuer: parent.certificate().subject().clone(),
        validity,
        crl_distribution_points: written(parent.crl_urls()),
        authority_key_id: Some(parent.key_id()),
        ..repeated(before, public_key)?
    };
    let gated = Gated::below(tbs, parent).map_err(IssueError::from)?;
    let warnings = cut.into_iter().chain(left_out(before)).collect();
    Ok(Prepared::new(gated, warnings))
}

impl Renewal {
    /// The lifetime that was asked for, else the whole days that the certificate before had.
    fn lifetime_after(&self, before: &Certificate) -> Lifetime {
        self.lifetime.unwrap_or_else(|| {
            let validity = before.validity();
            let days = validity.not_after.since(validity.not_before).as_secs() / SECONDS_A_DAY;
            Lifetime::from_days(days).unwrap_or(Lifetime::CA)
        })
    }
}

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// What of a certificate is said again, for `public_key`. Serial, dates, signature and what stands for the
/// signer are still those of a certificate that signed itself, and are the caller's to set.
pub(crate) fn repeated(
    before: &Certificate,
    public_key: &PublicKey,
) -> Result<ToBeSigned, RenewError> {
    let extensions = before.extensions();
    if let Some((oid, _)) = not_repeated(extensions).find(|(_, critical)| *critical) {
        return Err(RenewError::CriticalExtension {
            subject: before.subject().to_string(),
            name: extension_name(&oid),
        });
    }
    let mut basic_constraints = extensions.basic_constraints.unwrap_or_default();
    basic_constraints.ca = true;
    Ok(ToBeSigned {
        serial: before.serial().clone(),
        signature_algorithm: before.signature_algorithm().clone(),
        issuer: before.subject().clone(),
        validity: before.validity(),
        subject: before.subject().clone(),
        basic_constraints,
        key_usage: AuthorityProfile.key_usage(),
        extended_key_usage: extensions.extended_key_usage.clone().unwrap_or_default(),
        subject_alt_names: extensions.subject_alt_names.clone().unwrap_or_default(),
        name_constraints: extensions.name_constraints.clone(),
        crl_distribution_points: Vec::new(),
        authority_info_access: Vec::new(),
        subject_key_id: key_id_of(before, public_key),
        authority_key_id: None,
        public_key: public_key.clone(),
    })
}

/// What was not repeated, for whoever asked.
pub(crate) fn left_out(before: &Certificate) -> Vec<Warning> {
    let names = not_repeated(before.extensions()).map(|(oid, _)| extension_name(&oid));
    names
        .map(|name| Warning::ExtensionLeftOut { name })
        .collect()
}

/// The identifier that the certificate had for this key, if it is for this key; certificates that were
/// issued name it.
fn key_id_of(before: &Certificate, public_key: &PublicKey) -> Vec<u8> {
    let kept = before.extensions().subject_key_id.as_deref();
    match kept.filter(|_| before.public_key() == public_key) {
        Some(key_id) => key_id.to_vec(),
        None => public_key.key_identifier().to_vec(),
    }
}

/// Extensions that are neither said again nor made anew.
fn not_repeated(
    extensions: &Extensions,
) -> impl Iterator<Item = (const_oid::ObjectIdentifier, bool)> {
    const REPEATED: [&str; 9] = [
        "basicConstraints",
        "keyUsage",
        "extendedKeyUsage",
        "subjectAltName",
        "nameConstraints",
        "subjectKeyIdentifier",
        "authorityKeyIdentifier",
        // Where the lists of the signer are: the signer knows.
        "cRLDistributionPoints",
        "authorityInfoAccess",
    ];
    extensions
        .all
        .iter()
        .copied()
        .filter(|(oid, _)| !REPEATED.contains(&extension_name(oid).as_str()))
}
