//! The keys of a CA that sign lists, and where the list of each is.
//!
//! Invariant: the present key comes first; its list is never left out.

use std::path::PathBuf;

use trustpack_ca::authority::Authority;

use super::{ListKey, ListOrder};
use crate::change_target::Target;
use crate::layout::Layout;
use crate::retired::names::RetiredFile;

/// A key, and the file of its list.
pub(crate) struct Signer<'a> {
    pub(crate) key: ListKey,
    pub(crate) authority: &'a Authority,
    pub(crate) path: PathBuf,
}

impl<'a> Signer<'a> {
    /// The key of the CA and those that it had before, as far as the order names them.
    pub(crate) fn all(layout: &Layout, order: &ListOrder<'a>) -> Vec<Self> {
        let current = Self {
            key: ListKey::Current,
            authority: order.authority,
            path: layout.crl.clone(),
        };
        let retired = order.retired.iter().map(|(key, authority)| Self {
            key: ListKey::Retired(key.id().clone()),
            authority,
            path: key.path(RetiredFile::Crl),
        });
        std::iter::once(current).chain(retired).collect()
    }

    /// The file of its list.
    pub(crate) fn target(&self) -> Target {
        match &self.key {
            ListKey::Current => Target::Crl,
            ListKey::Retired(id) => Target::Retired(id.clone(), RetiredFile::Crl),
        }
    }
}
