//! PKCS#7 files of certificates, which Windows and Java import: read and written.
//!
//! Signed data without a signature (`degenerate`). Signatures in files of others are counted and not
//! verified: what is in the file is taken for what it is, certificates. Invariant: the certificates
//! come out byte for byte as they were put in.
//!
//! Source: RFC 2315 section 9; RFC 5652 section 5 for what CMS made of it.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, Header, Length, Reader, Sequence, SliceReader, Tag, TagNumber, Tagged};
use trustpack_x509::certificate::malformed::AnyCertificate;
use trustpack_x509::certificate::{Certificate, InvalidCertificate};

use crate::ber::{self, InvalidBer};
use crate::limits::{MAX_CERTIFICATES, MAX_CERTIFICATES_BYTES};
use crate::pem::armor;

/// Source: RFC 2315 section 14.
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
/// Source: as above.
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// What was in a PKCS#7 file.
#[derive(Debug)]
pub(crate) struct Pkcs7 {
    pub(crate) certificates: Vec<AnyCertificate>,
    pub(crate) crls: Vec<Box<[u8]>>,
    /// Certificates in forms from before X.509 version 3, which are not read.
    pub(crate) other_certificates: usize,
    pub(crate) signers: usize,
}

/// Why a PKCS#7 file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadPkcs7Error {
    /// Lengths or nesting cannot be.
    #[error("the PKCS#7 file is damaged ({detail})")]
    Malformed {
        /// What the decoder says.
        detail: String,
    },
    /// It is encrypted, or of another type.
    #[error("the PKCS#7 file holds {found}; signed data can be read")]
    OtherType {
        /// Object identifier of the type of its contents, and what it is.
        found: String,
    },
    /// There are too many certificates.
    #[error("the PKCS#7 file has more than {MAX_CERTIFICATES} certificates or revocation lists")]
    TooMany,
    /// A certificate cannot be read.
    #[error("certificate {number} of the PKCS#7 file cannot be read")]
    Certificate {
        /// Its number in the file, from 1.
        number: usize,
        /// What is wrong.
        source: InvalidCertificate,
    },
}

/// Why a PKCS#7 file could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WritePkcs7Error {
    /// There is nothing to write.
    #[error("no certificate to write; there must be one at least")]
    Nothing,
    /// It could not be encoded: it is larger than the format allows.
    #[error("the PKCS#7 file cannot be encoded ({detail})")]
    Encode {
        /// What the encoder says.
        detail: String,
    },
}

#[derive(Sequence)]
struct ContentInfo<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    content: Option<AnyRef<'a>>,
}

/// Reads the certificates and revocation lists of a PKCS#7 file in DER or BER.
pub(crate) fn read(file: &[u8]) -> Result<Pkcs7, ReadPkcs7Error> {
    if file.len() > MAX_CERTIFICATES_BYTES {
        let detail = format!(
            "{} bytes; at most {MAX_CERTIFICATES_BYTES} are read",
            file.len()
        );
        return Err(ReadPkcs7Error::Malformed { detail });
    }
    let der = ber::to_der(file)?;
    let outer = ContentInfo::from_der(&der)?;
    if outer.content_type != SIGNED_DATA {
        return Err(ReadPkcs7Error::OtherType {
            found: type_name(outer.content_type),
        });
    }
    let signed = outer.content.ok_or_else(|| ReadPkcs7Error::Malformed {
        detail: "it has no contents".to_owned(),
    })?;
    signed.tag().assert_eq(Tag::Sequence)?;
    let mut reader = SliceReader::new(signed.value())?;
    u8::decode(&mut reader)?;
    AnyRef::decode(&mut reader)?;
    ContentInfo::decode(&mut reader)?;
    let mut found = Pkcs7 {
        certificates: Vec::new(),
        crls: Vec::new(),
        other_certificates: 0,
        signers: 0,
    };
    while !reader.is_finished() {
        let part = AnyRef::decode(&mut reader)?;
        if part.tag() == context(0) {
            found.take_certificates(part.value())?;
        } else if part.tag() == context(1) {
            found.take_lists(part.value())?;
        } else {
            part.tag().assert_eq(Tag::Set)?;
            let mut signers = SliceReader::new(part.value())?;
            while !signers.is_finished() {
                AnyRef::decode(&mut signers)?;
                found.signers += 1;
            }
        }
    }
    Ok(found)
}

impl Pkcs7 {
    fn take_certificates(&mut self, set: &[u8]) -> Result<(), ReadPkcs7Error> {
        let mut reader = SliceReader::new(set)?;
        while !reader.is_finished() {
            let element = reader.tlv_bytes()?;
            if !element.starts_with(&[0x30]) {
                self.other_certificates += 1;
                continue;
            }
            let number = self.certificates.len() + 1;
            if number > MAX_CERTIFICATES {
                return Err(ReadPkcs7Error::TooMany);
            }
            let certificate = AnyCertificate::from_der(element)
                .map_err(|source| ReadPkcs7Error::Certificate { number, source })?;
            self.certificates.push(certificate);
        }
        Ok(())
    }

    fn take_lists(&mut self, set: &[u8]) -> Result<(), ReadPkcs7Error> {
        let mut reader = SliceReader::new(set)?;
        while !reader.is_finished() {
            if self.crls.len() >= MAX_CERTIFICATES {
                return Err(ReadPkcs7Error::TooMany);
            }
            self.crls.push(reader.tlv_bytes()?.into());
        }
        Ok(())
    }
}

/// A PKCS#7 file of certificates and revocation lists, in their order.
///
/// # Errors
///
/// When there are none.
pub fn write(certificates: &[Certificate], crls: &[&[u8]]) -> Result<Vec<u8>, WritePkcs7Error> {
    if certificates.is_empty() && crls.is_empty() {
        return Err(WritePkcs7Error::Nothing);
    }
    let certificates: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    Ok(encode(&certificates.concat(), &crls.concat())?)
}

/// The same as text: one PEM block.
///
/// # Errors
///
/// As [`write()`].
pub fn write_pem(certificates: &[Certificate], crls: &[&[u8]]) -> Result<String, WritePkcs7Error> {
    let der = write(certificates, crls)?;
    Ok(armor::encode("PKCS7", &der).to_string())
}

fn encode(certificates: &[u8], crls: &[u8]) -> der::Result<Vec<u8>> {
    let no_contents = ContentInfo {
        content_type: DATA,
        content: None,
    };
    let mut signed = 1_u8.to_der()?;
    signed.extend(element(Tag::Set, &[])?);
    signed.extend(no_contents.to_der()?);
    for (number, set) in [(0, certificates), (1, crls)] {
        if !set.is_empty() {
            signed.extend(element(context(number), set)?);
        }
    }
    signed.extend(element(Tag::Set, &[])?);
    let signed = element(Tag::Sequence, &signed)?;
    ContentInfo {
        content_type: SIGNED_DATA,
        content: Some(AnyRef::from_der(&signed)?),
    }
    .to_der()
}

fn element(tag: Tag, contents: &[u8]) -> der::Result<Vec<u8>> {
    let mut der = Header::new(tag, Length::try_from(contents.len())?).to_der()?;
    der.extend_from_slice(contents);
    Ok(der)
}

fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

fn type_name(oid: ObjectIdentifier) -> String {
    match oid.to_string().as_str() {
        "1.2.840.113549.1.7.1" => "plain data".to_owned(),
        "1.2.840.113549.1.7.3" => "enveloped data, encrypted for somebody".to_owned(),
        "1.2.840.113549.1.7.6" => "encrypted data".to_owned(),
        other => format!("contents of the type {other}"),
    }
}

impl From<der::Error> for ReadPkcs7Error {
    fn from(error: der::Error) -> Self {
        Self::Malformed {
            detail: error.to_string(),
        }
    }
}

impl From<InvalidBer> for ReadPkcs7Error {
    fn from(error: InvalidBer) -> Self {
        Self::Malformed {
            detail: error.to_string(),
        }
    }
}

impl From<der::Error> for WritePkcs7Error {
    fn from(error: der::Error) -> Self {
        Self::Encode {
            detail: error.to_string(),
        }
    }
}
