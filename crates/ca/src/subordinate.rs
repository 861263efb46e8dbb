//! An authority below another: its certificate, for a key that is made here or comes in a request.
//!
//! Invariant: it never outlives the one above, and may do no more than all of those above together.

use trustpack_x509::extension::BasicConstraints;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::tbs::ToBeSigned;
use trustpack_x509::time::Timestamp;

use crate::authority::Authority;
use crate::gate::Gated;
use crate::issue::{IssueError, Prepared, validity, written};
use crate::profile::AuthorityProfile;
use crate::request::CaRequest;
use crate::warning;

/// Builds the certificate of an authority below `parent` and takes it through the gate, without signing
/// it. What the request says of its digest is what `parent` signs over.
///
/// # Errors
///
/// [`IssueError`]: all but the signing can fail here.
pub fn prepare_subordinate<'a>(
    request: &CaRequest,
    public_key: &PublicKey,
    parent: &'a Authority,
    serial: Serial,
    now: Timestamp,
) -> Result<Prepared<'a>, IssueError> {
    let subject = request.subject()?;
    let mut above = std::iter::once(parent.certificate()).chain(parent.chain());
    if above.any(|above| *above.subject() == subject) {
        return Err(IssueError::NameOfAbove {
            subject: subject.to_string(),
        });
    }
    let (validity, cut) = validity(request.lifetime(), parent, now)?;
    let signature_algorithm = parent.key().signature_algorithm(request.digest());
    let warnings = cut
        .into_iter()
        .chain(warning::about_authority(
            request,
            &signature_algorithm,
            validity.not_after,
        ))
        .collect();
    let tbs = ToBeSigned {
        serial,
        signature_algorithm,
        issuer: parent.certificate().subject().clone(),
        validity,
        subject,
        basic_constraints: BasicConstraints {
            ca: true,
            path_length: request.path_length(),
        },
        key_usage: AuthorityProfile.key_usage(),
        extended_key_usage: request.purposes().to_vec(),
        subject_alt_names: request.subject_alt_names(),
        name_constraints: request.name_constraints().cloned(),
        crl_distribution_points: written(parent.crl_urls()),
        authority_info_access: Vec::new(),
        subject_key_id: public_key.key_identifier().to_vec(),
        authority_key_id: Some(parent.key_id()),
        public_key: public_key.clone(),
    };
    let gated = Gated::below(tbs, parent)?;
    Ok(Prepared::new(gated, warnings))
}
