//! One line of the ledger, in the index format of `openssl ca`.
//!
//! Six fields between tabs: state, expiry, revocation, serial, file, subject. Invariant: a line
//! that is written ends with a line break and reads back as the same record.

use std::fmt;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::layout::ledger_copy_name;
use crate::ledger::cause::Cause;
use crate::ledger::fields::{Line, LineState, text_of};
use crate::ledger::scan::MAX_LINE_BYTES;

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
    cause: Cause,
    /// The cause as it stands in the line, or will.
    written: Option<Box<str>>,
}

/// A line is no line of a ledger: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {field}")]
pub struct InvalidLine {
    /// Where the wrong field starts, in octets, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub field: InvalidField,
}

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidField {
    /// Not six fields.
    #[error("it has {found} fields between tabs; allowed are 6")]
    Fields {
        /// How many it has.
        found: usize,
    },
    /// An unknown state.
    #[error("the state is \"{found}\"; allowed are V, R and E")]
    State {
        /// The first field.
        found: String,
    },
    /// A time that is none.
    #[error("\"{found}\" is no time; allowed is YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, from 1970")]
    Time {
        /// The field.
        found: String,
    },
    /// The moment of a revocation where nothing was revoked.
    #[error("it is not revoked, and has the time of revocation \"{found}\"")]
    RevocationOfUnrevoked {
        /// The field.
        found: String,
    },
    /// A reason that OpenSSL does not know.
    #[error("\"{found}\" is no reason for a revocation that OpenSSL knows")]
    Reason {
        /// What follows the moment.
        found: String,
    },
    /// Longer than any line that OpenSSL writes.
    #[error("it is longer than {MAX_LINE_BYTES} octets, which is allowed")]
    TooLong,
    /// A serial that is none.
    #[error("\"{found}\" is no serial number; allowed is an even number of hexadecimal digits")]
    Serial {
        /// The field.
        found: String,
    },
}

/// The separator of fields.
const TAB: char = '\t';

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
        Line::parse(line.as_bytes()).map(|line| Self::of_line(&line))
    }

    /// The record of a line, copied out of it. What is no UTF-8 is replaced.
    pub(crate) fn of_line(line: &Line<'_>) -> Self {
        let state = match line.state {
            LineState::Revoked(revocation) => State::Revoked(Revocation {
                at: revocation.at,
                cause: revocation.cause,
                written: (!revocation.written.is_empty())
                    .then(|| text_of(revocation.written).into()),
            }),
            LineState::Expired => State::Expired,
            LineState::Valid => State::Valid,
        };
        Self {
            state,
            expiry: line.expiry,
            serial: line.serial(),
            file: text_of(line.file).into(),
            subject: text_of(line.subject).into(),
        }
    }

    /// The line with its line break. A tab in a text gets a backslash before it, as OpenSSL does; a
    /// line break becomes a blank: OpenSSL's one-line form of a name has none.
    #[must_use]
    pub fn to_line(&self) -> String {
        let clean = |text: &str| text.replace(['\n', '\r'], " ").replace(TAB, "\\\t");
        let (letter, revocation) = self.state.fields();
        let revocation = clean(&revocation);
        format!(
            "{letter}\t{}\t{revocation}\t{}\t{}\t{}\n",
            self.expiry.to_asn1(),
            self.serial,
            clean(&self.file),
            clean(&self.subject)
        )
    }
}

impl State {
    /// The first field of a line, and the third.
    pub(crate) fn fields(&self) -> (&'static str, String) {
        match self {
            Self::Valid => ("V", String::new()),
            Self::Expired => ("E", String::new()),
            Self::Revoked(revocation) => ("R", revocation.to_string()),
        }
    }
}

impl Revocation {
    pub(crate) fn new(at: Timestamp, cause: &Cause) -> Self {
        Self {
            at,
            cause: *cause,
            written: cause.to_field().map(Into::into),
        }
    }

    /// Whether it can be lifted.
    pub(crate) fn is_hold(&self) -> bool {
        self.cause.is_hold()
    }

    /// Why, as far as it is said.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at.to_asn1())?;
        self.written
            .iter()
            .try_for_each(|reason| write!(f, ",{reason}"))
    }
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
    fn a_tab_in_a_field_has_a_backslash_before_it() {
        let revoked =
            "R\t270301085240Z\t260301085240Z,CAkeyTime,20260201000000Z,a\\\tb\t01\tunknown\t/CN=a";
        check(revoked, Ok(revoked));
        let line = "V\t270301085240Z\t\t01\ta\\\tb.pem\t/CN=a\\x09b\\n";
        check(line, Ok(line));
        let record = Record::from_line(line).unwrap();
        assert_eq!(&*record.file, "a\tb.pem");
        assert_eq!(&*record.subject, "/CN=a\\x09b\\n");
    }

    #[test]
    fn serials_of_others_are_read() {
        for serial in ["00", "FF", "7F"] {
            let line = format!("V\t270301085240Z\t\t{serial}\tunknown\t/CN=a");
            assert_eq!(Record::from_line(&line).unwrap().serial.to_hex(), serial);
        }
    }

    #[track_caller]
    fn check_refused(line: &str, column: usize, field: InvalidField) {
        check(line, Err(InvalidLine { column, field }));
    }

    #[test]
    fn refuses_what_is_no_line() {
        let time = |found: &str| InvalidField::Time {
            found: found.into(),
        };
        let state = |found: &str| InvalidField::State {
            found: found.into(),
        };
        let serial = |found: &str| InvalidField::Serial {
            found: found.into(),
        };
        check_refused("V\t2703", 7, InvalidField::Fields { found: 2 });
        check_refused("", 1, InvalidField::Fields { found: 1 });
        check_refused(
            "V\t270301085240Z\t\t01\tu\t/CN=a\tx\t",
            29,
            InvalidField::Fields { found: 8 },
        );
        check_refused("X\t270301085240Z\t\t01\tunknown\t/CN=a", 1, state("X"));
        check_refused("é\té\té\té\té\té", 1, state("é"));
        check_refused("V\t270301\t\t01\tu\t/CN=a", 3, time("270301"));
        check_refused("V\t271301085240Z\t\t01\tu\t/", 3, time("271301085240Z"));
        check_refused("R\t270301085240Z\t\t01\tu\t/CN=a", 17, time(""));
        check_refused(
            "V\t270301085240Z\tx\t01\tu\t/CN=a",
            17,
            InvalidField::RevocationOfUnrevoked { found: "x".into() },
        );
        check_refused("V\t270301085240Z\t\t0\tu\t/", 18, serial("0"));
        check_refused("V\t270301085240Z\t\t\tu\t/", 18, serial(""));
        check_refused("V\t270301085240Z\t\t0x1A\tu\t/", 18, serial("0x1A"));
        check_refused("V\té23456789012Z\t\t01\tu\t/", 3, time("é23456789012Z"));
    }
}
