//! Files in PKCS#12.
//!
//! Invariant: a certificate with the mark of a trusted entry stays one, also where it is above the
//! certificate of a key.

use trustpack_x509::certificate::Certificate;

use super::chain::above;
use super::{CertificateRole, Contents, Format, FoundKey, Note, Place, ReadContentsError};
use crate::password::Passwords;
use crate::pkcs12;

/// Reads a PKCS#12 file.
pub(super) fn read(file: &[u8], passwords: &Passwords) -> Result<Contents, ReadContentsError> {
    let bags = pkcs12::read_bags(file, passwords)?;
    let mut contents = Contents::new(Format::Pkcs12);
    if !bags.has_mac {
        contents.notes.push(Note::NoMac);
    }
    if bags.secrets > 0 {
        contents.notes.push(Note::PassedOver {
            place: Place::Whole,
            what: format!("{} secrets", bags.secrets),
        });
    }
    let owned: Vec<Option<usize>> = bags
        .keys
        .iter()
        .map(|key| bags.own_certificate(key))
        .collect();
    let loose: Vec<Certificate> = bags
        .certificates
        .iter()
        .filter(|bag| !bag.trusted)
        .filter_map(|bag| bag.certificate.well_formed().cloned())
        .collect();
    let chain = |own: &Option<usize>| {
        let own = own.and_then(|index| bags.certificates.get(index)?.certificate.well_formed());
        own.map_or_else(Vec::new, |own| above(own, &loose))
    };
    let chains: Vec<Vec<Certificate>> = owned.iter().map(chain).collect();
    for (bag, number) in bags.certificates.into_iter().zip(1..) {
        let well_formed = bag.certificate.well_formed();
        let in_chain =
            well_formed.is_some_and(|one| chains.iter().any(|chain| chain.contains(one)));
        let role = match (bag.trusted, in_chain) {
            (true, _) => CertificateRole::Trusted,
            (false, true) => CertificateRole::OfKey,
            (false, false) => CertificateRole::Unsaid,
        };
        contents.add_any(bag.certificate, Place::Number(number), bag.alias, role)?;
    }
    for (bag, chain) in bags.keys.into_iter().zip(chains) {
        contents.add_key(FoundKey {
            key: bag.key,
            alias: bag.alias,
            chain,
        })?;
    }
    for (index, crl) in bags.crls.iter().enumerate() {
        contents.add_crl(crl, Place::Number(index + 1))?;
    }
    Ok(contents)
}
