//! What an account may do with a file, by owner, group, mode and access control list.
//!
//! Not root, who may do everything. Invariant: the order of POSIX decides: owner, named account, groups, others; a
//! class that fits decides, also where a later one would give more.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::getxattr;
use rustix::io::Errno;

use crate::host::accounts::Account;

/// What somebody may want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    Write,
    /// Go through a folder.
    PassThrough,
}

/// The rights at a file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) owner: u32,
    group: u32,
    pub(crate) mode: u32,
    list: Vec<Entry>,
}

/// An entry of an access control list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    tag: u16,
    bits: u32,
    id: u32,
}

/// In a folder with it only the owner of a file may rename it (inode(7)).
const STICKY: u32 = 0o1000;

/// The attribute with the list, its version and tags.
///
/// Source: linux/posix_acl_xattr.h, linux/posix_acl.h.
const ATTRIBUTE: &str = "system.posix_acl_access";
const VERSION: u32 = 2;
const USER: u16 = 0x02;
const GROUP_OWNER: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHER: u16 = 0x20;
/// Octets of an attribute. Source: XATTR_SIZE_MAX of linux/limits.h.
const MAX_ATTRIBUTE: usize = 65536;

impl Rights {
    /// Those at the file that the path leads to.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let metadata: Metadata = path.metadata()?;
        Ok(Self {
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode() & 0o7777,
            list: list_of(path)?,
        })
    }

    /// Whether the account has the right.
    pub(crate) fn allow(&self, account: &Account, right: Right) -> bool {
        let bit = match right {
            Right::Read => 0o4,
            Right::Write => 0o2,
            Right::PassThrough => 0o1,
        };
        let bits = match account.uid {
            Some(0) => 0o7,
            Some(uid) if uid == self.owner => self.mode >> 6,
            Some(_) | None if self.list.is_empty() => match account.groups.contains(&self.group) {
                true => self.mode >> 3,
                false => self.mode,
            },
            uid => self.of_list(uid, account, bit),
        };
        bits & bit != 0
    }

    /// The numbers of the accounts that a list names.
    pub(crate) fn named(&self) -> impl Iterator<Item = u32> {
        let users = self.list.iter().filter(|entry| entry.tag == USER);
        users.map(|entry| entry.id)
    }

    /// Whether the account may put something else in the place of what is in this folder and belongs to `owner`.
    pub(crate) fn lets_exchange(&self, account: &Account, owner: u32) -> bool {
        let own = |number| account.uid == Some(number);
        own(self.owner)
            || self.allow(account, Right::Write)
                && self.allow(account, Right::PassThrough)
                && (self.mode & STICKY == 0 || own(owner))
    }

    /// Source: `acl(5)`, access check algorithm.
    fn of_list(&self, uid: Option<u32>, account: &Account, bit: u32) -> u32 {
        let mask = self.entry(MASK).unwrap_or(0o7);
        let named = |entry: &&Entry| entry.tag == USER && Some(entry.id) == uid;
        if let Some(entry) = self.list.iter().find(named) {
            return entry.bits & mask;
        }
        let of_group = |entry: &&Entry| match entry.tag {
            GROUP_OWNER => account.groups.contains(&self.group),
            GROUP => account.groups.contains(&entry.id),
            _ => false,
        };
        let mut groups = self.list.iter().filter(of_group).peekable();
        if groups.peek().is_some() {
            // One of them must have the right alone.
            return groups.fold(0, |all, entry| all | (entry.bits & mask & bit));
        }
        self.entry(OTHER).unwrap_or_default()
    }

    fn entry(&self, tag: u16) -> Option<u32> {
        let found = self.list.iter().find(|entry| entry.tag == tag);
        found.map(|entry| entry.bits)
    }
}

/// The first folder on the way to a file that the account cannot go through; `None` if it can go through all of them, or
/// one cannot be looked at.
#[must_use]
pub fn closed_on_the_way(file: &Path, account: &Account) -> Option<PathBuf> {
    let way = file.canonicalize().ok()?;
    let mut folders: Vec<&Path> = way.ancestors().skip(1).collect();
    folders.reverse();
    let closed = |folder: &&&Path| {
        Rights::of(folder).is_ok_and(|rights| !rights.allow(account, Right::PassThrough))
    };
    folders
        .iter()
        .find(closed)
        .map(|folder| (**folder).to_owned())
}

/// The list of a file; empty where it has none, or the file system knows none.
fn list_of(path: &Path) -> io::Result<Vec<Entry>> {
    let mut octets = vec![0; MAX_ATTRIBUTE];
    let length = match getxattr(path, ATTRIBUTE, &mut octets) {
        Ok(length) => length,
        Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let octets = octets.get(..length).unwrap_or_default();
    entries(octets).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "its access control list is not understood",
        )
    })
}

fn entries(octets: &[u8]) -> Option<Vec<Entry>> {
    let (version, mut rest) = octets.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*version) != VERSION {
        return None;
    }
    let mut entries = Vec::new();
    while let Some(([t0, t1, b0, b1, id @ ..], after)) = rest.split_first_chunk::<8>() {
        entries.push(Entry {
            tag: u16::from_le_bytes([*t0, *t1]),
            bits: u16::from_le_bytes([*b0, *b1]).into(),
            id: u32::from_le_bytes(*id),
        });
        rest = after;
    }
    rest.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn account(uid: u32, groups: &[u32]) -> Account {
        Account {
            name: uid.to_string(),
            uid: Some(uid),
            groups: BTreeSet::from_iter(groups.iter().copied()),
        }
    }

    #[track_caller]
    fn check(rights: &Rights, account: &Account, want: bool) {
        assert_eq!(
            rights.allow(account, Right::Read),
            want,
            "{rights:?} {account:?}"
        );
    }

    #[test]
    fn the_first_class_that_fits_decides() {
        let rights = |mode| Rights {
            owner: 1,
            group: 10,
            mode,
            list: Vec::new(),
        };
        check(&rights(0o400), &account(1, &[]), true);
        check(&rights(0o044), &account(1, &[10]), false);
        check(&rights(0o004), &account(2, &[10]), false);
        check(&rights(0o040), &account(2, &[9, 10]), true);
        check(&rights(0o640), &account(2, &[9]), false);
        check(&rights(0o604), &Account::any_other(), true);
    }

    #[test]
    fn a_list_lets_in_whom_the_mode_does_not_show() {
        let mut octets = VERSION.to_le_bytes().to_vec();
        let lines: [(u16, u16, u32); 6] = [
            (0x01, 6, u32::MAX),
            (USER, 4, 7),
            (GROUP_OWNER, 0, u32::MAX),
            (GROUP, 6, 20),
            (MASK, 4, u32::MAX),
            (OTHER, 0, u32::MAX),
        ];
        for (tag, bits, id) in lines {
            octets.extend(tag.to_le_bytes());
            octets.extend(bits.to_le_bytes());
            octets.extend(id.to_le_bytes());
        }
        let rights = Rights {
            owner: 1,
            group: 10,
            mode: 0o640,
            list: entries(&octets).unwrap(),
        };
        check(&rights, &account(7, &[]), true);
        check(&rights, &account(8, &[10]), false);
        check(&rights, &account(8, &[10, 20]), true);
        check(&rights, &account(9, &[]), false);
        // The mask takes away.
        assert!(!rights.allow(&account(8, &[20]), Right::Write));
        octets.push(0);
        assert_eq!(entries(&octets), None);
        assert_eq!(entries(&[1, 0, 0, 0]), None);
    }
}
