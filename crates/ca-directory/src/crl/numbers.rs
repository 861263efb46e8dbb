//! The numbers of lists, common to all keys of a CA.
//!
//! Invariant: a number is never given twice and never falls, also after an older folder was put back,
//! since the lists on disk are looked at too (RFC 5280 section 5.2.3).

use trustpack_x509::crl::number::CrlNumber;

use super::warning::ListWarning;
use super::{CrlError, list_file};
use crate::change::Change;
use crate::durable;
use crate::journal::NumberFile;
use crate::layout::Layout;
use crate::retired::names::RetiredFile;

/// The numbers of lists.
pub(crate) struct Numbers {
    next: CrlNumber,
    /// What the file says, where a list on disk has a number that is not below it.
    behind: Option<(CrlNumber, CrlNumber)>,
}

impl Numbers {
    /// The next number: that of the file, or the one after the highest list on disk.
    pub(crate) fn read(layout: &Layout) -> Result<Self, CrlError> {
        let path = &layout.crl_number;
        let written = match durable::read_if_there(path)? {
            Some(contents) => {
                let text = String::from_utf8_lossy(&contents);
                let number = text.trim().parse().map_err(|source| CrlError::Number {
                    path: path.clone(),
                    source,
                })?;
                Some(number)
            }
            None => None,
        };
        let mut files = vec![layout.crl.clone()];
        let retired = crate::retired::list(layout)?;
        files.extend(retired.iter().map(|key| key.path(RetiredFile::Crl)));
        let mut highest: Option<CrlNumber> = None;
        for file in files {
            let list = list_file::read(&file)?.and_then(Result::ok);
            highest = highest.max(list.and_then(|list| list.number().cloned()));
        }
        let after = match highest {
            Some(last) => {
                let next = last.next();
                Some(next.ok_or(CrlError::NumbersExhausted { last })?)
            }
            None => None,
        };
        let next = written.clone().max(after);
        let next = next.unwrap_or_else(|| CrlNumber::from_u64(1));
        let behind = written
            .filter(|written| *written < next)
            .map(|written| (written, next.clone()));
        Ok(Self { next, behind })
    }

    /// Takes the next number; the file says the one after it before this one is used.
    pub(crate) fn take(&mut self, change: &mut Change<'_>) -> Result<CrlNumber, CrlError> {
        let number = self.next.clone();
        self.next = number.next().ok_or_else(|| CrlError::NumbersExhausted {
            last: number.clone(),
        })?;
        change.move_number(NumberFile::CrlNumber, &format!("{}\n", self.next))?;
        Ok(number)
    }

    /// Said once.
    pub(crate) fn warning(&mut self) -> Option<ListWarning> {
        self.behind
            .take()
            .map(|(written, used)| ListWarning::NumberBehind { written, used })
    }
}
