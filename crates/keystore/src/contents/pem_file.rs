//! Files of text with PEM blocks.
//!
//! Invariant: each block is in the contents, in a note, or an error with its line.

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Reader, Sequence, SliceReader};

use super::chain::find_chains;
use super::der_file::{KeyOpener, add, add_pkcs7};
use super::{Contents, Format, Note, Place, ReadContentsError};
use crate::password::Passwords;
use crate::pem::armor::{self, Block};
use crate::pem::stored_key::StoredKey;
use crate::shape::{self, Shape};

/// Reads a text.
pub(super) fn read(file: &[u8], passwords: &Passwords) -> Result<Contents, ReadContentsError> {
    let blocks = armor::blocks(file)?;
    if blocks.is_empty() {
        return Err(ReadContentsError::UnknownFormat {
            found: without_markers(file).to_owned(),
        });
    }
    let mut contents = Contents::new(Format::Pem);
    let mut keys = KeyOpener::new(passwords);
    let mut before = None;
    for block in &blocks {
        if block.label.ends_with("PRIVATE KEY") {
            read_key(&mut contents, block, before, &mut keys)?;
        } else {
            read_block(&mut contents, block, &mut keys)?;
        }
        before = Some(block);
    }
    find_chains(&mut contents);
    Ok(contents)
}

/// What each label of RFC 7468 and of OpenSSL should hold.
fn expected(label: &str) -> Option<Shape> {
    Some(match label {
        // RFC 7468 section 5.1 names the second as an old form of the first.
        "CERTIFICATE" | "X509 CERTIFICATE" | "X.509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
            Shape::Certificate
        }
        "X509 CRL" | "CRL" => Shape::Crl,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Shape::Request,
        "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => Shape::Pkcs7,
        "PKCS12" => Shape::Pkcs12,
        "PUBLIC KEY" => Shape::PublicKey,
        _other => return None,
    })
}

fn read_block(
    contents: &mut Contents,
    block: &Block,
    keys: &mut KeyOpener<'_>,
) -> Result<(), ReadContentsError> {
    let place = Place::Line(block.line);
    // OpenSSL writes it before an EC key, and it only repeats the curve.
    if block.label == "EC PARAMETERS" {
        return Ok(());
    }
    let Some(expected) = expected(&block.label) else {
        contents.notes.push(Note::PassedOver {
            place,
            what: format!("the PEM block {:?}", block.label),
        });
        return Ok(());
    };
    if let Some(found) = encoded_twice(&block.contents) {
        return Err(ReadContentsError::EncodedTwice { place, found });
    }
    let shape = shape::of(&block.contents);
    // A damaged certificate has no shape; its own reader says best what is wrong with it.
    let shape = if shape == Shape::Other {
        expected
    } else {
        shape
    };
    if shape != expected {
        contents.notes.push(Note::Mislabelled {
            line: block.line,
            label: block.label.clone(),
            found: shape.noun(),
        });
    }
    if block.label == "TRUSTED CERTIFICATE" && shape == Shape::Certificate {
        return read_trusted(contents, block);
    }
    match shape {
        Shape::PublicKey => contents.notes.push(Note::PassedOver {
            place,
            what: "the public key".to_owned(),
        }),
        Shape::Pkcs7 => add_pkcs7(contents, &block.contents, place)?,
        Shape::Pkcs12 | Shape::Other => {
            return Err(ReadContentsError::UnknownFormat {
                found: shape.noun().to_owned(),
            });
        }
        Shape::Pkcs8
        | Shape::EncryptedPkcs8
        | Shape::Pkcs1
        | Shape::Sec1
        | Shape::Crl
        | Shape::Request => add(contents, shape, &block.contents, place, keys)?,
        Shape::Certificate => {
            let alias = block.friendly_name.clone();
            contents.add_certificate_der(&block.contents, place, alias)?;
        }
    }
    Ok(())
}

/// A block that is a key by its label. What is wrong with it is said of the key, not of the file.
fn read_key(
    contents: &mut Contents,
    block: &Block,
    before: Option<&Block>,
    keys: &mut KeyOpener<'_>,
) -> Result<(), ReadContentsError> {
    let stored = StoredKey::of_block(block, before);
    let key = stored.and_then(|key| keys.open(&key));
    contents.add_lone_key(key, block.friendly_name.clone())
}

/// What OpenSSL writes behind a certificate in a TRUSTED CERTIFICATE block: `X509_CERT_AUX`.
#[derive(Sequence)]
struct Auxiliary<'a> {
    #[asn1(optional = "true")]
    trusted: Option<Vec<ObjectIdentifier>>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    rejected: Option<Vec<ObjectIdentifier>>,
    #[asn1(optional = "true")]
    alias: Option<String>,
    #[asn1(optional = "true")]
    key_id: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    other: Option<Vec<spki::AlgorithmIdentifierRef<'a>>>,
}

fn read_trusted(contents: &mut Contents, block: &Block) -> Result<(), ReadContentsError> {
    let place = Place::Line(block.line);
    let invalid = |error: der::Error| ReadContentsError::TrustSettings {
        place,
        detail: error.to_string(),
    };
    let (certificate, auxiliary) = split_trusted(&block.contents).map_err(invalid)?;
    let mut alias = block.friendly_name.clone();
    if let Some(auxiliary) = auxiliary {
        let texts = |all: &Option<Vec<ObjectIdentifier>>| -> Vec<String> {
            all.iter().flatten().map(ToString::to_string).collect()
        };
        contents.notes.push(Note::TrustSettings {
            place,
            trusted: texts(&auxiliary.trusted),
            rejected: texts(&auxiliary.rejected),
        });
        alias = alias.or(auxiliary.alias);
    }
    contents.add_certificate_der(certificate, place, alias)
}

/// The certificate, and what is behind it.
fn split_trusted(der: &[u8]) -> der::Result<(&[u8], Option<Auxiliary<'_>>)> {
    let mut reader = SliceReader::new(der)?;
    let certificate = reader.tlv_bytes()?;
    let auxiliary = if reader.is_finished() {
        None
    } else {
        Some(reader.decode()?)
    };
    reader.finish()?;
    Ok((certificate, auxiliary))
}

/// What the contents of a block are, if they are no DER but something encoded once more.
fn encoded_twice(contents: &[u8]) -> Option<&'static str> {
    let text = contents.trim_ascii_start();
    if text.starts_with(b"-----BEGIN ") {
        return Some("PEM");
    }
    // DER of a SEQUENCE, as Base64, begins with the letters of the octets 30 82, 30 81 or 30 80.
    (text.starts_with(b"MI") && text.iter().all(u8::is_ascii)).then_some("Base64")
}

/// What a text without a PEM block may be.
fn without_markers(file: &[u8]) -> &'static str {
    if encoded_twice(file) == Some("Base64") {
        "Base64 without the PEM markers around it"
    } else {
        "neither PEM nor DER"
    }
}
