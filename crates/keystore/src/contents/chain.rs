//! Which certificates belong to which key, where the format does not say.
//!
//! By the public key, then from issuer to issuer by name. No signature is verified: this puts a file
//! in order, and trusts nothing. Invariant: a chain has no certificate twice, so it ends.

use trustpack_x509::certificate::Certificate;

use super::{CertificateRole, Contents};

/// Certificates above one another: more are no chain that anybody accepts.
const MAX_CHAIN: usize = 32;

/// Gives every key of a file its chain, and every certificate in one its role.
pub(super) fn find_chains(contents: &mut Contents) {
    let all: Vec<Certificate> = contents.only_certificates().cloned().collect();
    for found in &mut contents.keys {
        let Ok(key) = &found.key else { continue };
        if let Some(own) = all.iter().find(|certificate| key.matches(certificate)) {
            found.chain = above(own, &all);
        }
    }
    for found in &mut contents.certificates {
        let in_chain = contents
            .keys
            .iter()
            .any(|key| key.chain.contains(&found.certificate));
        if in_chain && found.role == CertificateRole::Unsaid {
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
