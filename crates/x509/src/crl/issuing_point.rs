//! Which certificates a list is about, if not about all of its issuer's.
//!
//! Read, not judged. Invariant: at most one of the three kinds of certificates is singled out.
//!
//! Source: RFC 5280 sections 5.2.5 and 4.2.1.13.

use crate::general_name::{GeneralName, read_general_name};

use super::scan::{ScanError, Scanner, boolean};

/// The extension issuingDistributionPoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssuingDistributionPoint {
    /// The place under which the list is published, if it says so.
    pub name: Option<DistributionPointName>,
    /// Certificates of which kind it is about.
    pub covers: Covered,
    /// Whether it is about some reasons only.
    pub some_reasons_only: bool,
    /// Whether it is also about certificates of other authorities.
    pub indirect: bool,
}

/// How a distribution point is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DistributionPointName {
    /// One or more full names, each of the same point.
    Full(Vec<GeneralName>),
    /// An addition to the name of the issuer: the contents of the relative name, in DER.
    Relative(Box<[u8]>),
}

/// Certificates of which kind a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Covered {
    /// All of its issuer's.
    All,
    /// Those of end entities.
    EndEntities,
    /// Those of authorities.
    Authorities,
    /// Attribute certificates, of which there are none here.
    Attributes,
}

impl IssuingDistributionPoint {
    /// Reads the value of the extension.
    pub(super) fn read(der: &[u8]) -> Result<Self, InvalidIssuingPoint> {
        let mut outer = Scanner::new(der);
        let mut fields = Scanner::new(outer.expect(super::scan::tag::SEQUENCE)?.contents);
        outer.finish()?;
        let name = match fields.take_if(0xa0)? {
            Some(element) => Some(DistributionPointName::read(element.contents)?),
            None => None,
        };
        let mut flag = |number: u8| -> Result<bool, ScanError> {
            match fields.take_if(0x80 | number)? {
                Some(element) => boolean(element.contents),
                None => Ok(false),
            }
        };
        let (users, authorities) = (flag(1)?, flag(2)?);
        let some_reasons_only = fields.take_if(0x83)?.is_some();
        let mut flag = |number: u8| -> Result<bool, ScanError> {
            match fields.take_if(0x80 | number)? {
                Some(element) => boolean(element.contents),
                None => Ok(false),
            }
        };
        let (indirect, attributes) = (flag(4)?, flag(5)?);
        fields.finish()?;
        let covers = match (users, authorities, attributes) {
            (false, false, false) => Covered::All,
            (true, false, false) => Covered::EndEntities,
            (false, true, false) => Covered::Authorities,
            (false, false, true) => Covered::Attributes,
            _several => return Err(InvalidIssuingPoint::SeveralKinds),
        };
        Ok(Self {
            name,
            covers,
            some_reasons_only,
            indirect,
        })
    }
}

impl DistributionPointName {
    /// Reads the contents of a `[0]` that holds the choice.
    ///
    /// # Errors
    ///
    /// [`InvalidIssuingPoint`] if they are no name.
    pub(crate) fn read(contents: &[u8]) -> Result<Self, InvalidIssuingPoint> {
        let mut choice = Scanner::new(contents);
        let chosen = choice.next()?.ok_or(ScanError::Missing { wanted: 0xa0 })?;
        choice.finish()?;
        match chosen.tag {
            0xa0 => {
                let mut names = Vec::new();
                let mut elements = Scanner::new(chosen.contents);
                while let Some(element) = elements.next()? {
                    if names.len() == MAX_NAMES {
                        return Err(InvalidIssuingPoint::TooManyNames);
                    }
                    let element = der::asn1::AnyRef::try_from(element.whole)?;
                    names.push(read_general_name(element)?);
                }
                if names.is_empty() {
                    return Err(ScanError::Missing { wanted: 0x86 }.into());
                }
                Ok(Self::Full(names))
            }
            0xa1 => Ok(Self::Relative(chosen.contents.into())),
            found => Err(ScanError::Tag {
                found,
                wanted: 0xa0,
            }
            .into()),
        }
    }
}

/// Names of one distribution point that are read: public authorities give one or two.
///
/// Source: ours.
const MAX_NAMES: usize = 64;

/// The value is no issuingDistributionPoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidIssuingPoint {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Der(#[from] der::Error),
    #[error("it is limited to certificates of more than one kind")]
    SeveralKinds,
    #[error("it has more than {MAX_NAMES} names")]
    TooManyNames,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(der: &[u8], want: Option<(Covered, bool, bool)>) {
        let got = IssuingDistributionPoint::read(der).ok();
        let got = got.map(|point| (point.covers, point.some_reasons_only, point.indirect));
        assert_eq!(got, want, "{der:02x?}");
    }

    #[test]
    fn kinds() {
        check(&[0x30, 0], Some((Covered::All, false, false)));
        check(
            &[0x30, 3, 0x81, 1, 0xff],
            Some((Covered::EndEntities, false, false)),
        );
        check(
            &[0x30, 3, 0x82, 1, 0xff],
            Some((Covered::Authorities, false, false)),
        );
        check(
            &[0x30, 3, 0x85, 1, 0xff],
            Some((Covered::Attributes, false, false)),
        );
        check(
            &[0x30, 4, 0x83, 2, 6, 0x40],
            Some((Covered::All, true, false)),
        );
        check(&[0x30, 3, 0x84, 1, 0xff], Some((Covered::All, false, true)));
        check(&[0x30, 6, 0x81, 1, 0xff, 0x82, 1, 0xff], None);
        check(&[0x30, 6, 0x82, 1, 0xff, 0x81, 1, 0xff], None);
        check(&[0x30, 3, 0x81, 1, 0x01], None);
        check(&[0x30, 1], None);
        check(&[], None);
    }

    #[test]
    fn names() {
        let der = [0x30, 8, 0xa0, 6, 0xa0, 4, 0x86, 2, b'h', b':'];
        let point = IssuingDistributionPoint::read(&der).expect("a point");
        let uri = GeneralName::Uri("h:".to_owned());
        assert_eq!(point.name, Some(DistributionPointName::Full(vec![uri])));
        assert!(IssuingDistributionPoint::read(&[0x30, 4, 0xa0, 2, 0xa0, 0]).is_err());
    }
}
