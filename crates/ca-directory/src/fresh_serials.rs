//! Serials for what is to be signed: drawn, looked at, and then spent.
//!
//! Under the lock. Not the file that says which comes next; that is [`crate::serial_file`]. Invariant: only serials that
//! nothing was seen to have can be spent, and each is on disk as used before anything is signed with it.

use trustpack_x509::serial::Serial;

use crate::directory::UnlockedDirectory;
use crate::entropy::Entropy;
use crate::issue::IssueError;
use crate::layout::{Layout, ledger_copy_name};
use crate::ledger::Appender;
use crate::serial_file::{self, Numbering};

/// Serials that may have been used before. With them it can be tried what would be signed.
pub(crate) struct DrawnSerials {
    each: Vec<Serial>,
    file_after: Serial,
}

/// Serials that nothing has which can be seen.
pub(crate) struct FreshSerials {
    file_after: Serial,
}

impl DrawnSerials {
    /// Draws so many.
    pub(crate) fn draw(
        unlocked: &UnlockedDirectory,
        count: usize,
        entropy: &mut Entropy<'_>,
    ) -> Result<Self, IssueError> {
        let path = &unlocked.directory().layout().serial;
        let mut numbering = serial_file::read(path)?;
        let own = unlocked.authority().certificate();
        let mut each = Vec::with_capacity(count);
        loop {
            let next = serial_file::next(&numbering, path, entropy)?;
            let taken = match &mut numbering {
                // A root that counts has taken a number itself; issuer and serial name one certificate.
                Numbering::Counting(value) => {
                    *value = value.saturating_add(1);
                    own.is_self_issued() && next.serial == *own.serial()
                }
                Numbering::Random => false,
            };
            if !taken {
                each.push(next.serial);
            }
            if each.len() >= count {
                let file_after = next.file_after;
                return Ok(Self { each, file_after });
            }
        }
    }

    /// They, in their order: counted ones rise.
    pub(crate) fn each(&self) -> &[Serial] {
        &self.each
    }

    /// A serial file that was put back from a copy would make one serial stand for two certificates. What
    /// costs the same in every ledger is looked at: its last line, and in the repository the copies and the files that
    /// `names` gives for one of the serials.
    pub(crate) fn refuse_used<Names: IntoIterator<Item = String>>(
        self,
        layout: &Layout,
        ledger: &Appender<'_>,
        names: impl Fn(usize, &Serial) -> Names,
    ) -> Result<FreshSerials, IssueError> {
        let used = |serial: &Serial, found: String| {
            Err(IssueError::SerialUsed {
                serial: serial.clone(),
                path: layout.serial.clone(),
                found,
            })
        };
        let last = ledger
            .last()
            .and_then(|record| record.serial.counting_value());
        let lowest = self.each.first();
        let counted = lowest.and_then(Serial::counting_value);
        if let (Some(lowest), Some(next), Some(last)) = (lowest, counted, last)
            && next <= last
        {
            let found = format!("the ledger, whose last line has {last:02X}");
            return used(lowest, found);
        }
        // Also because undoing a change removes the files of its serial: they must be its own.
        for (index, serial) in self.each.iter().enumerate() {
            let names = std::iter::once(ledger_copy_name(serial)).chain(names(index, serial));
            let mut paths = names.map(|name| layout.repository.join(name));
            if let Some(there) = paths.find(|path| path.symlink_metadata().is_ok()) {
                return used(serial, there.display().to_string());
            }
        }
        let file_after = self.file_after;
        Ok(FreshSerials { file_after })
    }
}

impl FreshSerials {
    /// What the serial file must say before the first of them is used.
    pub(crate) fn file_after(&self) -> String {
        serial_file::text(&self.file_after)
    }
}
