//! Revocation lists among the files of a host: they go forward only.
//!
//! Not whether a list is good; that is the judge's. Invariant: of the lists of one key the one with the higher number is
//! the newer one (RFC 5280 section 5.2.3).

use trustpack_keystore::contents;
use trustpack_keystore::password::Passwords;
use trustpack_x509::crl::RevocationList;

/// What is done with a list that is older than the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OlderLists {
    /// It is refused: whoever was revoked since would be let in again.
    Refused,
    /// It takes the place of the newer one.
    Taken,
}

/// A list that would take the place of a newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Older {
    pub(crate) issuer: String,
    pub(crate) number: String,
    pub(crate) before: String,
}

/// The lists in a file that has nothing else.
pub(crate) fn of(octets: &[u8]) -> Option<Vec<RevocationList>> {
    let contents = contents::read(octets, &Passwords::none()).ok()?;
    let only_lists = contents.certificates.is_empty() && contents.keys.is_empty();
    (only_lists && !contents.crls.is_empty()).then_some(contents.crls)
}

/// The first of the new lists that is older than the one of the same key before.
pub(crate) fn first_older(before: &[RevocationList], new: &[RevocationList]) -> Option<Older> {
    new.iter().find_map(|list| {
        let number = list.number()?;
        let of_same_key = |other: &&RevocationList| {
            other.issuer() == list.issuer() && other.authority_key_id() == list.authority_key_id()
        };
        let newer = before.iter().filter(of_same_key);
        let mut newer = newer.filter_map(RevocationList::number);
        let found = newer.find(|before| *before > number)?;
        Some(Older {
            issuer: list.issuer().to_string(),
            number: number.to_string(),
            before: found.to_string(),
        })
    })
}
