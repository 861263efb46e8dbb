//! Where the revocation lists for a certificate are.
//!
//! Source: RFC 5280 sections 4.2.1.13 and 4.2.1.15.

use std::fmt;

use const_oid::db::rfc5280;
use der::asn1::{AnyRef, BitStringRef, ContextSpecific, Ia5StringRef};
use der::{Decode, Encode, Reader, SliceReader, Tag, TagMode, TagNumber};

use super::write::Encoded;
use crate::general_name::{GeneralName, RawDer, read_general_names_in};

/// One place where a list is, and which list it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistributionPoint {
    /// The names of the place, usually URIs; empty if it has none, or one relative to its issuer.
    pub full_names: Vec<GeneralName>,
    /// Whether its name is given as a part to be added to the name of the issuer.
    pub relative_to_issuer: bool,
    /// The reasons for which certificates are on that list; absent means all.
    pub reasons: Option<ReasonFlags>,
    /// Who signs the list, where that is not the issuer of the certificate.
    pub list_issuer: Vec<GeneralName>,
}

/// The reasons that a list covers, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonFlags(u16);

/// The names of the bits, from bit 0.
const REASONS: [&str; 9] = [
    "unused",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
];

/// Points in one certificate that are read: far more than any in use.
const MAX_POINTS: usize = 64;

impl DistributionPoint {
    /// A point with one URI, for lists that cover every reason.
    #[must_use]
    pub fn at_uri(uri: &str) -> Self {
        Self {
            full_names: vec![GeneralName::Uri(uri.to_owned())],
            ..Self::default()
        }
    }

    /// The URIs at which the list is.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.full_names.iter().filter_map(GeneralName::as_uri)
    }
}

impl fmt::Display for DistributionPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[GeneralName]| -> String {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            names.join(", ")
        };
        let mut parts = Vec::new();
        if !self.full_names.is_empty() {
            parts.push(list(&self.full_names));
        }
        if self.relative_to_issuer {
            parts.push("a name relative to the issuer".to_owned());
        }
        if let Some(reasons) = self.reasons {
            parts.push(format!("for {reasons}"));
        }
        if !self.list_issuer.is_empty() {
            parts.push(format!("signed by {}", list(&self.list_issuer)));
        }
        f.write_str(&parts.join("; "))
    }
}

impl fmt::Display for ReasonFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<&str> = REASONS
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| self.0 & (1 << bit) != 0)
            .map(|(_, name)| name)
            .collect();
        f.write_str(if set.is_empty() { "no reason" } else { "" })?;
        f.write_str(&set.join(", "))
    }
}

pub(super) fn read(value: &[u8]) -> der::Result<Vec<DistributionPoint>> {
    let mut points = Vec::new();
    let mut reader = SliceReader::new(value)?;
    reader.sequence(|sequence| {
        while !sequence.is_finished() {
            if points.len() == MAX_POINTS {
                return Err(Tag::Sequence.length_error().into());
            }
            points.push(sequence.sequence(read_point)?);
        }
        Ok::<_, der::Error>(())
    })?;
    reader.finish()?;
    // RFC 5280 section 4.2.1.13: SIZE (1..MAX).
    if points.is_empty() {
        return Err(Tag::Sequence.length_error().into());
    }
    Ok(points)
}

fn read_point(fields: &mut SliceReader<'_>) -> der::Result<DistributionPoint> {
    let mut point = DistributionPoint::default();
    let mut last = None;
    while !fields.is_finished() {
        let field = AnyRef::decode(fields)?;
        let tag = field.header().tag();
        let number = context_number(tag)?;
        if last.is_some_and(|last| last >= number) {
            return Err(tag.value_error().into());
        }
        last = Some(number);
        match number {
            0 => {
                let name = AnyRef::from_der(field.value())?;
                match context_number(name.header().tag())? {
                    0 => point.full_names = read_general_names_in(name.value())?,
                    1 => point.relative_to_issuer = true,
                    _ => return Err(tag.value_error().into()),
                }
            }
            1 => point.reasons = Some(read_reasons(field.value())?),
            2 => point.list_issuer = read_general_names_in(field.value())?,
            _ => return Err(tag.value_error().into()),
        }
    }
    Ok(point)
}

fn context_number(tag: Tag) -> der::Result<u32> {
    if let Tag::ContextSpecific { number, .. } = tag {
        return Ok(number.value());
    }
    Err(tag.value_error().into())
}

/// The contents of a BIT STRING: unused bits, then octets with bit 0 on top.
fn read_reasons(contents: &[u8]) -> der::Result<ReasonFlags> {
    let malformed = || der::Error::from(Tag::BitString.value_error());
    let (&unused, octets) = contents.split_first().ok_or_else(malformed)?;
    let bits = BitStringRef::new(unused, octets)?;
    let set = bits.bits().zip(0..REASONS.len());
    Ok(ReasonFlags(
        set.filter(|(set, _)| *set)
            .fold(0, |flags, (_, bit)| flags | (1 << bit)),
    ))
}

/// Writes points that have nothing but URIs, which is all that we make.
pub(crate) fn write(uris: &[String]) -> der::Result<Encoded> {
    let points = uris
        .iter()
        .map(|uri| {
            let name = implicit(6, AnyRef::from(Ia5StringRef::new(uri)?)).to_der()?;
            let full_name = implicit(0, vec![RawDer(name)]);
            Ok(vec![ContextSpecific {
                tag_number: TagNumber(0),
                tag_mode: TagMode::Explicit,
                value: full_name,
            }])
        })
        .collect::<der::Result<Vec<_>>>()?;
    let value = points.to_der()?;
    Ok((rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS, false, value))
}

fn implicit<T>(number: u32, value: T) -> ContextSpecific<T> {
    ContextSpecific {
        tag_number: TagNumber(number),
        tag_mode: TagMode::Implicit,
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let uris = ["http://a.example/crl.pem", "ldap://b.example/x"];
        let (_, critical, der) = write(&uris.map(str::to_owned)).expect("DER");
        assert!(!critical);
        assert_eq!(read(&der), Ok(uris.map(DistributionPoint::at_uri).to_vec()));
    }

    #[test]
    fn reasons_are_named() {
        // keyCompromise and certificateHold: bits 1 and 6.
        let reasons = read_reasons(&[1, 0b0100_0010]).expect("reasons");
        assert_eq!(reasons.to_string(), "keyCompromise, certificateHold");
        assert!(read_reasons(&[]).is_err());
        assert!(read(&[0x30, 0]).is_err(), "no point at all");
    }
}
