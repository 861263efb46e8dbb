//! The own certificate and key as the engine takes them.
//!
//! Invariant: what is sent is the chain of the material, byte for byte and in its order.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use trustpack_material::material::Identity;

/// The resolver that always presents this identity.
pub(crate) fn resolver(identity: &Identity) -> Result<Arc<SingleCertAndKey>, rustls::Error> {
    let chain = identity
        .chain()
        .iter()
        .map(|certificate| CertificateDer::from(certificate.der().to_vec()))
        .collect();
    let pkcs8 = PrivatePkcs8KeyDer::from(identity.key().expose_pkcs8_der());
    // By reference: the octets of the key are not copied on the way to the engine.
    let key = any_supported_type(&PrivateKeyDer::from(pkcs8))?;
    // Not `from_der`, which reads the leaf with the engine's parser: that refuses version 1.
    Ok(Arc::new(SingleCertAndKey::from(CertifiedKey::new(
        chain, key,
    ))))
}
