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
    let loose = || bags.certificates.iter().filter(|bag| !bag.trusted);
    let well_formed: Vec<Certificate> = loose()
        .filter_map(|bag| bag.certificate.well_formed().cloned())
        .collect();
    let all: Vec<Certificate> = loose()
        .map(|bag| bag.certificate.danger_rest().clone())
        .collect();
    let bag = |own: &Option<usize>| own.and_then(|index| bags.certificates.get(index));
    let chain = |own: &Option<usize>| {
        let own = bag(own).and_then(|bag| bag.certificate.well_formed());
        own.map_or_else(Vec::new, |own| above(own, &well_formed))
    };
    let chains: Vec<Vec<Certificate>> = owned.iter().map(chain).collect();
    // What is only shown: with the malformed ones, which are in no chain that is used.
    let belonging = |own: &Option<usize>| {
        bag(own).map_or_else(Vec::new, |bag| above(bag.certificate.danger_rest(), &all))
    };
    let belonging: Vec<Vec<Certificate>> = owned.iter().map(belonging).collect();
    for (bag, number) in bags.certificates.into_iter().zip(1..) {
        let shown = bag.certificate.danger_rest();
        let of_key = belonging.iter().any(|chain| chain.contains(shown));
        let role = match (bag.trusted, of_key) {
            (true, _) => CertificateRole::Trusted,
            (false, true) => CertificateRole::OfKey,
            (false, false) => CertificateRole::Unsaid,
        };
        contents.add_any(bag.certificate, Place::Number(number), bag.alias, role)?;
    }
    for ((bag, chain), belonging) in bags.keys.into_iter().zip(chains).zip(belonging) {
        contents.add_key(FoundKey {
            key: bag.key,
            alias: bag.alias,
            chain,
            belonging: belonging.len(),
        })?;
    }
    for (index, crl) in bags.crls.iter().enumerate() {
        contents.add_crl(crl, Place::Number(index + 1))?;
    }
    Ok(contents)
}
