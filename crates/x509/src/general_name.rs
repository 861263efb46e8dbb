//! The kinds of names that a subject alternative name or a name constraint holds.
//!
//! Names read from a certificate are kept as they stand there, valid or not: judging them is the
//! judge's work.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use der::asn1::{AnyRef, ContextSpecific, Ia5StringRef, OctetStringRef};
use der::{Encode, Reader, SliceReader, Tag, TagMode, TagNumber};

use crate::dns::{DnsName, WildcardName};
use crate::email::EmailAddress;
use crate::name::Name;

/// A name of one of the kinds of RFC 5280 section 4.2.1.6.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GeneralName {
    /// A host name as it stands in the certificate, in any case, perhaps a wildcard.
    Dns(String),
    /// A mail address as it stands in the certificate.
    Email(String),
    /// An IP address.
    Ip(IpAddr),
    /// An address and mask, as name constraints hold them, or octets of a wrong length.
    IpOctets(Box<[u8]>),
    /// A URI as it stands in the certificate.
    Uri(String),
    /// A distinguished name.
    Directory(Name),
    /// Any other kind: the number of its tag and its octets.
    Other {
        /// 0 otherName, 3 x400Address, 5 ediPartyName, 8 registeredID.
        tag: u32,
        /// The octets inside the tag.
        octets: Box<[u8]>,
    },
}

impl GeneralName {
    /// The URI, if it is one.
    #[must_use]
    pub fn as_uri(&self) -> Option<&str> {
        match self {
            Self::Uri(uri) => Some(uri),
            Self::Dns(_)
            | Self::Email(_)
            | Self::Ip(_)
            | Self::IpOctets(_)
            | Self::Directory(_)
            | Self::Other { .. } => None,
        }
    }

    /// The distinguished name, if it is one.
    pub(crate) fn as_directory(&self) -> Option<&Name> {
        match self {
            Self::Directory(name) => Some(name),
            Self::Dns(_)
            | Self::Email(_)
            | Self::Ip(_)
            | Self::IpOctets(_)
            | Self::Uri(_)
            | Self::Other { .. } => None,
        }
    }
}

impl From<&DnsName> for GeneralName {
    fn from(name: &DnsName) -> Self {
        Self::Dns(name.as_str().to_owned())
    }
}

impl From<&WildcardName> for GeneralName {
    fn from(name: &WildcardName) -> Self {
        Self::Dns(name.as_str().to_owned())
    }
}

impl From<&EmailAddress> for GeneralName {
    fn from(address: &EmailAddress) -> Self {
        Self::Email(address.as_str().to_owned())
    }
}

impl From<IpAddr> for GeneralName {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}

impl fmt::Display for GeneralName {
    /// `DNS:host.example`, `IP:10.0.0.1`, `email:a@b.example`, `URI:...`, `DirName:...`; control
    /// characters are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hexadecimal = |octets: &[u8]| -> String {
            octets.iter().map(|octet| format!("{octet:02x}")).collect()
        };
        match self {
            Self::Dns(name) => write!(f, "DNS:{}", name.escape_debug()),
            Self::Email(address) => write!(f, "email:{}", address.escape_debug()),
            Self::Ip(address) => write!(f, "IP:{address}"),
            Self::IpOctets(octets) => match address_and_mask(octets) {
                Some((address, mask)) => write!(f, "IP:{address}/{mask}"),
                None => write!(f, "IP:#{}", hexadecimal(octets)),
            },
            Self::Uri(uri) => write!(f, "URI:{}", uri.escape_debug()),
            Self::Directory(name) => write!(f, "DirName:{name}"),
            Self::Other { tag, octets } => write!(f, "other[{tag}]:#{}", hexadecimal(octets)),
        }
    }
}

/// The two halves of an address with its mask, RFC 5280 section 4.2.1.10.
fn address_and_mask(octets: &[u8]) -> Option<(IpAddr, IpAddr)> {
    let (address, mask) = octets.split_at_checked(octets.len() / 2)?;
    let read = |half: &[u8]| -> Option<IpAddr> {
        let v4 = <[u8; 4]>::try_from(half).map(IpAddr::from);
        v4.or_else(|_| <[u8; 16]>::try_from(half).map(IpAddr::from))
            .ok()
    };
    Some((read(address)?, read(mask)?))
}

/// Reads GeneralNames: a sequence with at least one name.
pub(crate) fn read_general_names(der: &[u8]) -> der::Result<Vec<GeneralName>> {
    let mut names = Vec::new();
    let mut reader = SliceReader::new(der)?;
    reader.sequence(|sequence| {
        while !sequence.is_finished() {
            names.push(read_general_name(sequence.decode()?)?);
        }
        Ok::<_, der::Error>(())
    })?;
    reader.finish()?;
    // RFC 5280 section 4.2.1.6: SIZE (1..MAX).
    if names.is_empty() {
        return Err(Tag::Sequence.length_error().into());
    }
    Ok(names)
}

/// Reads the names in the contents of GeneralNames that have a tag of their own.
pub(crate) fn read_general_names_in(contents: &[u8]) -> der::Result<Vec<GeneralName>> {
    let mut names = Vec::new();
    let mut reader = SliceReader::new(contents)?;
    while !reader.is_finished() {
        names.push(read_general_name(reader.decode()?)?);
    }
    // RFC 5280 section 4.2.1.6: SIZE (1..MAX).
    if names.is_empty() {
        return Err(Tag::Sequence.length_error().into());
    }
    Ok(names)
}

/// Reads the element of a GeneralName choice.
pub(crate) fn read_general_name(element: AnyRef<'_>) -> der::Result<GeneralName> {
    let tag = element.header().tag();
    let Tag::ContextSpecific { number, .. } = tag else {
        return Err(tag.value_error().into());
    };
    let octets = element.value();
    let text = || -> der::Result<String> { Ok(Ia5StringRef::new(octets)?.as_str().to_owned()) };
    Ok(match number.value() {
        1 => GeneralName::Email(text()?),
        2 => GeneralName::Dns(text()?),
        4 => GeneralName::Directory(
            Name::from_der(octets).map_err(|_| der::Error::from(tag.value_error()))?,
        ),
        6 => GeneralName::Uri(text()?),
        7 => match *octets {
            [a, b, c, d] => GeneralName::Ip(Ipv4Addr::new(a, b, c, d).into()),
            _ => <[u8; 16]>::try_from(octets).map_or_else(
                |_| GeneralName::IpOctets(octets.into()),
                |octets| GeneralName::Ip(Ipv6Addr::from(octets).into()),
            ),
        },
        other => GeneralName::Other {
            tag: other,
            octets: octets.into(),
        },
    })
}

/// Writes GeneralNames.
pub(crate) fn write_general_names(names: &[GeneralName]) -> der::Result<Vec<u8>> {
    let elements: Vec<RawDer> = names
        .iter()
        .map(write_general_name)
        .collect::<Result<_, _>>()?;
    elements.to_der()
}

pub(crate) fn write_general_name(name: &GeneralName) -> der::Result<RawDer> {
    let implicit = |number: u32, value: AnyRef<'_>| {
        ContextSpecific {
            tag_number: TagNumber(number),
            tag_mode: TagMode::Implicit,
            value,
        }
        .to_der()
    };
    let text = |number, text: &str| implicit(number, Ia5StringRef::new(text)?.into());
    let octets = |octets: &[u8]| implicit(7, OctetStringRef::new(octets)?.into());
    let der = match name {
        GeneralName::Dns(name) => text(2, name),
        GeneralName::Email(address) => text(1, address),
        GeneralName::Uri(uri) => text(6, uri),
        GeneralName::Ip(IpAddr::V4(address)) => octets(&address.octets()),
        GeneralName::Ip(IpAddr::V6(address)) => octets(&address.octets()),
        GeneralName::IpOctets(value) => octets(value),
        GeneralName::Directory(name) => ContextSpecific {
            tag_number: TagNumber(4),
            tag_mode: TagMode::Explicit,
            value: AnyRef::try_from(name.der())?,
        }
        .to_der(),
        // Nothing of ours makes these; they are only read.
        GeneralName::Other { .. } => Err(Tag::Null.value_error().into()),
    }?;
    Ok(RawDer(der))
}

/// DER that is written out as it is.
pub(crate) struct RawDer(pub(crate) Vec<u8>);

impl Encode for RawDer {
    fn encoded_len(&self) -> der::Result<der::Length> {
        der::Length::try_from(self.0.len())
    }

    fn encode(&self, writer: &mut impl der::Writer) -> der::Result<()> {
        writer.write(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let names = vec![
            GeneralName::Dns("Host.example".to_owned()),
            GeneralName::Email("a@b.example".to_owned()),
            GeneralName::Ip(Ipv4Addr::LOCALHOST.into()),
            GeneralName::Ip(Ipv6Addr::LOCALHOST.into()),
            GeneralName::Uri("https://host.example/".to_owned()),
            GeneralName::IpOctets([10, 0, 0, 0, 255, 0, 0, 0].into()),
        ];
        let der = write_general_names(&names).expect("DER");
        assert_eq!(read_general_names(&der), Ok(names));
    }

    #[test]
    fn an_empty_list_is_refused() {
        assert!(read_general_names(&[0x30, 0]).is_err());
    }
}
