//! The numbers that only rise: of the next CRL and of the next certificate; with the newest CRL.
//!
//! Invariant: neither number was used before, as far as the source shows.

use std::path::Path;

use trustpack_judge::signature::danger_verify;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::serial::Serial;

use super::report::{ImportWarning, LeftOut, Serials};
use super::source::Found;
use super::{ImportError, Reader};
use crate::crl::list_file;
use crate::entropy::Entropy;
use crate::founding::FIRST_CRL_NUMBER;
use crate::serial_file;

/// Characters of a number file that an error repeats.
const SHOWN: usize = 40;

/// The newest CRL of the source, and the number of the next.
pub(super) struct Crl {
    pub(super) list: Option<RevocationList>,
    pub(super) next_number: String,
    pub(super) left_out: Option<LeftOut>,
}

impl Crl {
    pub(super) fn read(
        reader: &Reader<'_>,
        found: &Found,
        authority: &Certificate,
    ) -> Result<Self, ImportError> {
        let mut crl = Self {
            list: None,
            next_number: FIRST_CRL_NUMBER.to_owned(),
            left_out: None,
        };
        let mut next = CrlNumber::from_u64(1);
        if let Some(path) = &found.crl_number
            && let Some(text) = number_text(reader, path)?
        {
            next = text.parse().map_err(|_| ImportError::Number {
                path: path.clone(),
                found: shown(&text),
            })?;
        }
        let path = found.crl.as_deref().filter(|path| reader.has(path));
        if let Some(path) = path
            && let Some(read) = list_file::read(path)?
        {
            let list = read.map_err(|source| ImportError::Crl {
                path: path.to_path_buf(),
                source,
            })?;
            if is_signed_by(&list, authority) {
                if let Some(after) = list.number().and_then(CrlNumber::next) {
                    next = next.max(after);
                }
                crl.list = Some(list);
            } else {
                crl.left_out = Some(LeftOut {
                    path: path.to_path_buf(),
                    reason: "this CA did not sign it".to_owned(),
                });
            }
        }
        crl.next_number = format!("{next}\n");
        Ok(crl)
    }
}

fn is_signed_by(list: &RevocationList, authority: &Certificate) -> bool {
    list.issuer() == authority.subject()
        && danger_verify(
            authority.public_key(),
            list.signature_algorithm(),
            list.tbs_der(),
            list.signature(),
        )
        .is_ok()
}

/// How serials go on, and what the serial file says.
pub(super) struct NextSerial {
    pub(super) text: String,
    pub(super) serials: Serials,
    pub(super) moved: Option<ImportWarning>,
}

impl NextSerial {
    pub(super) fn of(
        reader: &Reader<'_>,
        found: &Found,
        authority: &Certificate,
        used: Option<u64>,
        entropy: &mut Entropy<'_>,
    ) -> Result<Self, ImportError> {
        let random = |entropy: &mut Entropy<'_>| Self {
            text: serial_file::text(&Serial::from_random(entropy.draw())),
            serials: Serials::Random,
            moved: None,
        };
        let text = match &found.serial {
            Some(path) => number_text(reader, path)?.map(|text| (path, text)),
            None => None,
        };
        let Some((path, text)) = text else {
            return Ok(random(entropy));
        };
        let said: Serial = text.parse().map_err(|_| ImportError::Number {
            path: path.clone(),
            found: shown(&text),
        })?;
        let Some(counted) = said.counting_value() else {
            return Ok(random(entropy));
        };
        let own = authority.serial().counting_value();
        let own = own.filter(|_| authority.is_self_issued());
        let next = used
            .max(own)
            .map_or(counted, |used| counted.max(used.saturating_add(1)));
        let Some(serial) = Serial::from_u64(next).filter(|next| next.counting_value().is_some())
        else {
            return Ok(random(entropy));
        };
        let moved = (next != counted).then(|| ImportWarning::SerialMoved {
            found: said.to_hex(),
            now: serial.to_hex(),
        });
        Ok(Self {
            text: serial_file::text(&serial),
            serials: Serials::Counting(serial.to_hex()),
            moved,
        })
    }
}

/// The text of a number file, without blanks; none if there is no such file or nothing in it.
fn number_text(reader: &Reader<'_>, path: &Path) -> Result<Option<String>, ImportError> {
    let text = reader.read_small(path)?;
    let text = text.map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    Ok(text.filter(|text| !text.is_empty()))
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}
