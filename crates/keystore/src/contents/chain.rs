//! Which certificates belong to which key, where the format does not say.
//!
//! By the public key, then from issuer to issuer by name. No signature is verified: this puts a file
//! in order, and trusts nothing. Invariant: a chain has no certificate twice, so it ends.

use std::collections::BTreeSet;

use trustpack_x509::certificate::Certificate;

use super::{CertificateRole, Contents};

/// Certificates above one another: more are no chain that anybody accepts.
const MAX_CHAIN: usize = 32;

/// Gives every key its chain, if one is found that is longer than it has, and every certificate in
/// one its role.
pub(super) fn find_chains(contents: &mut Contents) {
    let all: Vec<Certificate> = contents
        .certificates
        .iter()
        .filter(|found| found.role != CertificateRole::Trusted)
        .map(|found| found.certificate.clone())
        .collect();
    // What is only shown: with the malformed ones, which are in no chain that is used.
    let with_malformed: Vec<Certificate>;
    let shown = if contents.malformed.is_empty() {
        &all
    } else {
        with_malformed = contents
            .danger_all()
            .into_iter()
            .filter(|found| found.role != CertificateRole::Trusted)
            .map(|found| found.certificate.clone())
            .collect();
        &with_malformed
    };
    let mut in_chains = BTreeSet::new();
    for found in &mut contents.keys {
        let matching = match &found.key {
            Ok(key) => all.iter().find(|certificate| key.matches(certificate)),
            Err(_) => None,
        };
        if let Some(own) = found.chain.first().or(matching) {
            let chain = above(own, &all);
            if chain.len() > found.chain.len() {
                found.chain = chain;
            }
        }
        let own = found.chain.first().or_else(|| {
            let key = found.key.as_ref().ok()?;
            shown.iter().find(|certificate| key.matches(certificate))
        });
        let belonging = own.map_or_else(Vec::new, |own| above(own, shown));
        found.belonging = found.belonging.max(belonging.len());
        in_chains.extend(found.chain.iter().cloned().chain(belonging));
    }
    for found in &mut contents.malformed {
        let is_of_key = in_chains.contains(found.certificate.danger_rest());
        if found.role == CertificateRole::Unsaid && is_of_key {
            found.role = CertificateRole::OfKey;
        }
    }
    for found in &mut contents.certificates {
        if found.role == CertificateRole::Unsaid && in_chains.contains(&found.certificate) {
            found.role = CertificateRole::OfKey;
        }
    }
}

/// A certificate and those above it.
pub(crate) fn above(own: &Certificate, all: &[Certificate]) -> Vec<Certificate> {
    let mut chain = vec![own.clone()];
    while let Some(last) = chain.last().filter(|last| !last.is_self_issued()) {
        let issuer = all
            .iter()
            .filter(|one| one.subject() == last.issuer() && !chain.contains(one))
            // Of several with the name, such as before and after a renewal, the one whose key signed.
            .min_by_key(|one| !names_key(last, one));
        match issuer {
            Some(issuer) if chain.len() < MAX_CHAIN => chain.push(issuer.clone()),
            Some(_) | None => break,
        }
    }
    chain
}

/// Whether the certificate names the key of the issuer, or does not say which it was.
fn names_key(certificate: &Certificate, issuer: &Certificate) -> bool {
    let wanted = certificate
        .extensions()
        .authority_key_id
        .as_ref()
        .and_then(|id| id.key_id.as_deref());
    let has = issuer.extensions().subject_key_id.as_deref();
    wanted.is_none() || has.is_none() || wanted == has
}
