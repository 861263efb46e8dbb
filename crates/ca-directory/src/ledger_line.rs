//! One line of the ledger, in the index format of `openssl ca`.
//!
//! Six fields between tabs: state, expiry, revocation, serial, file, subject. Invariant: a line
//! that is written ends with a line break and reads back as the same record.

use std::fmt;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::layout::ledger_copy_name;

/// What the ledger says of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whether it still counts.
    pub state: State,
    /// The last moment of its validity.
    pub expiry: Timestamp,
    /// Its serial number, unique in the ledger.
    pub serial: Serial,
    /// The name of its copy in the repository; OpenSSL writes `unknown`.
    pub file: Box<str>,
    /// The subject in OpenSSL's one-line form, `/C=DE/CN=stat1.example.com`.
    pub subject: Box<str>,
}

/// The first field of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// `V`: issued.
    Valid,
    /// `R`: revoked.
    Revoked(Revocation),
    /// `E`: marked as expired by `openssl ca -updatedb`.
    Expired,
}

/// When and why a certificate was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The moment of revocation.
    pub at: Timestamp,
    /// The reason as OpenSSL writes it, with what may follow it after a comma.
    pub reason: Option<Box<str>>,
}

/// A line is no line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLine {
    /// Not six fields.
    #[error("it has {found} fields between tabs; allowed are 6")]
    Fields {
        /// How many it has.
        found: usize,
    },
    /// An unknown state.
    #[error("its state is \"{found}\"; allowed are V, R and E")]
    State {
        /// The first field.
        found: String,
    },
    /// A time that is none.
    #[error("\"{found}\" is no time; allowed is YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ")]
    Time {
        /// The field.
        found: String,
    },
    /// A serial that is none.
    #[error("\"{found}\" is no serial number; allowed is hexadecimal, greater than zero")]
    Serial {
        /// The field.
        found: String,
    },
}

/// The separator of fields.
const TAB: char = '\t';
/// Of a field in a message, no more than this is shown.
const SHOWN_CHARACTERS: usize = 60;

impl Record {
    /// The record of a certificate that was issued just now.
    pub(crate) fn of_issued(certificate: &Certificate) -> Self {
        Self {
            state: State::Valid,
            expiry: certificate.validity().not_after,
            serial: certificate.serial().clone(),
            file: ledger_copy_name(certificate.serial()).into(),
            subject: certificate.subject().oneline().into(),
        }
    }

    /// Reads a line without its line break.
    ///
    /// # Errors
    ///
    /// [`InvalidLine`] with the first field that is wrong.
    pub fn from_line(line: &str) -> Result<Self, InvalidLine> {
        let fields: Vec<&str> = line.split(TAB).collect();
        let &[state, expiry, revocation, serial, file, subject] = fields.as_slice() else {
            return Err(InvalidLine::Fields {
                found: fields.len(),
            });
        };
        let state = match state {
            "V" => State::Valid,
            "E" => State::Expired,
            "R" => State::Revoked(Revocation::from_field(revocation)?),
            other => {
                return Err(InvalidLine::State {
                    found: shown(other),
                });
            }
        };
        Ok(Self {
            state,
            expiry: read_time(expiry)?,
            serial: serial.parse().map_err(|_| InvalidLine::Serial {
                found: shown(serial),
            })?,
            file: file.into(),
            subject: subject.into(),
        })
    }

    /// The line with its line break. A tab or line break in a text becomes a blank: OpenSSL's
    /// one-line form of a name has none.
    #[must_use]
    pub fn to_line(&self) -> String {
        let clean = |text: &str| text.replace([TAB, '\n', '\r'], " ");
        let (letter, revocation) = match &self.state {
            State::Valid => ("V", String::new()),
            State::Expired => ("E", String::new()),
            State::Revoked(revocation) => ("R", clean(&revocation.to_string())),
        };
        format!(
            "{letter}\t{}\t{revocation}\t{}\t{}\t{}\n",
            time_text(self.expiry),
            self.serial,
            clean(&self.file),
            clean(&self.subject)
        )
    }
}

impl Revocation {
    fn from_field(field: &str) -> Result<Self, InvalidLine> {
        let (time, reason) = match field.split_once(',') {
            Some((time, reason)) => (time, Some(reason.into())),
            None => (field, None),
        };
        Ok(Self {
            at: read_time(time)?,
            reason,
        })
    }
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&time_text(self.at))?;
        self.reason
            .iter()
            .try_for_each(|reason| write!(f, ",{reason}"))
    }
}

/// UTCTime until 2049, GeneralizedTime after, as in the certificate (RFC 5280 section 4.1.2.5).
fn time_text(time: Timestamp) -> String {
    let digits: String = time
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let year = digits.get(..4).unwrap_or_default();
    let digits = if ("1950".."2050").contains(&year) {
        digits.get(2..).unwrap_or_default()
    } else {
        &digits
    };
    format!("{digits}Z")
}

fn read_time(field: &str) -> Result<Timestamp, InvalidLine> {
    let invalid = || InvalidLine::Time {
        found: shown(field),
    };
    let digits = field.strip_suffix('Z').ok_or_else(invalid)?;
    if !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(invalid());
    }
    // RFC 5280 section 4.1.2.5.1: two-digit years below 50 belong to this century.
    let full = match (digits.len(), digits.get(..2)) {
        (14, _) => digits.to_owned(),
        (12, Some(year)) => format!("{}{digits}", if year < "50" { "20" } else { "19" }),
        _ => return Err(invalid()),
    };
    let part = |from: usize, to: usize| full.get(from..to).unwrap_or_default();
    let [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)];
    let [hour, minute, second] = [part(8, 10), part(10, 12), part(12, 14)];
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")
        .parse()
        .map_err(|_| invalid())
}

fn shown(field: &str) -> String {
    field
        .chars()
        .take(SHOWN_CHARACTERS)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: Result<&str, InvalidLine>) {
        let got = Record::from_line(line).map(|record| record.to_line());
        assert_eq!(got, want.map(|line| format!("{line}\n")));
    }

    #[test]
    fn reads_what_openssl_writes_and_writes_the_same() {
        for line in [
            "V\t270301085240Z\t\t7F00AA\tunknown\t/C=DE/CN=h1.example.com",
            "R\t270301085240Z\t261121085241Z\t01\tunknown\t/CN=a",
            "R\t270301085240Z\t261121085241Z,keyCompromise\t01\tunknown\t/CN=a",
            "R\t270301085240Z\t261121085241Z,holdInstruction,1.2.840.10040.2.2\t01\t01.pem\t/CN=a",
            "E\t20510301085240Z\t\t01\tunknown\t/CN=a",
        ] {
            check(line, Ok(line));
        }
    }

    #[test]
    fn refuses_what_is_no_line() {
        check("V\t2703", Err(InvalidLine::Fields { found: 2 }));
        check(
            "X\t270301085240Z\t\t01\tunknown\t/CN=a",
            Err(InvalidLine::State { found: "X".into() }),
        );
        check(
            "V\t270301\t\t01\tu\t/CN=a",
            Err(InvalidLine::Time {
                found: "270301".into(),
            }),
        );
        check(
            "V\t271301085240Z\t\t01\tu\t/",
            Err(InvalidLine::Time {
                found: "271301085240Z".into(),
            }),
        );
        check(
            "R\t270301085240Z\t\t01\tu\t/CN=a",
            Err(InvalidLine::Time {
                found: String::new(),
            }),
        );
        check(
            "V\t270301085240Z\t\t0\tu\t/",
            Err(InvalidLine::Serial { found: "0".into() }),
        );
        check(
            "é\té\té\té\té\té",
            Err(InvalidLine::State { found: "é".into() }),
        );
        check(
            "V\té23456789012Z\t\t0\tu\t/",
            Err(InvalidLine::Time {
                found: "é23456789012Z".into(),
            }),
        );
    }
}
