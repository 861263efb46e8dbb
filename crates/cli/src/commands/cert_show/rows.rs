//! Rows of a name and a value, in line below each other, as `cert show` prints them.
//!
//! Invariant: nothing in a value acts on the terminal, and none breaks its row.

use crate::output::{Output, Printed};

/// Columns of the names: the longest has one less.
const NAMES: usize = 20;

/// Writes rows; what is empty is left out.
pub(super) struct Rows<'a> {
    out: &'a mut Output,
}

impl<'a> Rows<'a> {
    pub(super) fn new(out: &'a mut Output) -> Self {
        Self { out }
    }

    /// One value.
    pub(super) fn one(&mut self, name: &str, value: impl AsRef<str>) -> Printed {
        self.many(name, [value])
    }

    /// One value, if it is there.
    pub(super) fn maybe(&mut self, name: &str, value: Option<&String>) -> Printed {
        self.many(name, value)
    }

    /// Several values, a line each.
    pub(super) fn many<T: AsRef<str>>(
        &mut self,
        name: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Printed {
        let mut name = name;
        for value in values {
            let value = value.as_ref();
            if !value.is_empty() {
                writeln!(self.out, "  {name:NAMES$}{value}")?;
                name = "";
            }
        }
        Ok(())
    }
}
