//! Which key of a CA signs the list of which lines of the ledger.
//!
//! Invariant: each line belongs to exactly one key; see [`crate::retired`].

use std::path::PathBuf;

use trustpack_ca::authority::Authority;

use super::entries::{self, Part};
use super::{CrlError, ListKey, ListOrder};
use crate::change_target::Target;
use crate::layout::Layout;
use crate::retired::RetiredKey;
use crate::retired::names::{KeyId, RetiredFile};

/// A key, and what it signs.
pub(crate) struct Signer<'a> {
    pub(crate) key: ListKey,
    pub(crate) authority: &'a Authority,
    pub(crate) part: Part,
    pub(crate) path: PathBuf,
}

impl<'a> Signer<'a> {
    /// The key of the CA and those that it had before, as far as the order names them.
    pub(crate) fn all(layout: &Layout, order: &ListOrder<'a>) -> Result<Vec<Self>, CrlError> {
        let parts = parts(layout)?;
        let mut all = vec![Self {
            key: ListKey::Current,
            authority: order.authority,
            part: parts
                .last()
                .map_or(Part { after: 0, to: None }, |&(_, part)| Part {
                    after: part.to.unwrap_or(part.after),
                    to: None,
                }),
            path: layout.crl.clone(),
        }];
        for (key, authority) in order.retired {
            if let Some((_, part)) = parts.iter().find(|(id, _)| id == key.id()) {
                all.push(Self {
                    key: ListKey::Retired(key.id().clone()),
                    authority,
                    part: *part,
                    path: key.path(RetiredFile::Crl),
                });
            }
        }
        Ok(all)
    }

    /// The file of its list.
    pub(crate) fn target(&self) -> Target {
        match &self.key {
            ListKey::Current => Target::Crl,
            ListKey::Retired(id) => Target::Retired(id.clone(), RetiredFile::Crl),
        }
    }
}

/// The lines of the ledger that belong to each key that was replaced, the oldest first.
fn parts(layout: &Layout) -> Result<Vec<(KeyId, Part)>, CrlError> {
    let keys = crate::retired::list(layout)?;
    let serials: Vec<_> = keys
        .iter()
        .filter_map(RetiredKey::last_serial)
        .cloned()
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = entries::lines_of(&layout.ledger, &serials)?.into_iter();
    let mut after = 0;
    let mut parts = Vec::new();
    for key in keys {
        let to = match key.last_serial() {
            None => after,
            Some(serial) => lines
                .next()
                .flatten()
                .ok_or_else(|| CrlError::LastLineMissing {
                    serial: serial.to_hex(),
                    key: key.id().clone(),
                })?,
        };
        parts.push((
            key.id().clone(),
            Part {
                after,
                to: Some(to),
            },
        ));
        after = after.max(to);
    }
    Ok(parts)
}
