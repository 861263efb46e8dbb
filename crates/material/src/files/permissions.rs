//! Whether an account may read a file, by owner, group and mode.
//!
//! Accounts and groups are those of `/etc/passwd` and `/etc/group` of the host whose files are looked at.
//! Not here: directory services, access control lists, and the rights of Windows: who is not in those two
//! files is not known. Invariant: of an account that is not known nothing is said.

use std::fs::Metadata;
use std::path::Path;

use crate::files::Files;
use crate::limits::MAX_ACCOUNTS_BYTES;

/// To whom a file or folder belongs, and what it lets others do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// The number of its owner.
    pub owner: u32,
    /// The number of its group.
    pub group: u32,
    /// The nine bits of owner, group and others.
    ///
    /// Source: POSIX.1-2017, `<sys/stat.h>`.
    pub mode: u32,
}

/// An account of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    user: u32,
    /// The groups that it is in.
    groups: Vec<u32>,
}

/// What somebody may do with a file or folder.
#[derive(Clone, Copy)]
enum Right {
    Read,
    PassThrough,
}

impl Account {
    /// The account of this name; `None` if the files of the host do not have it.
    ///
    /// Source: `passwd(5)`, `group(5)`.
    #[must_use]
    pub fn find(name: &str, files: &dyn Files) -> Option<Self> {
        let text = |path: &str| {
            let contents = files.read(Path::new(path), MAX_ACCOUNTS_BYTES).ok()?;
            String::from_utf8(contents.bytes.to_vec()).ok()
        };
        let accounts = text("/etc/passwd")?;
        let mut lines = accounts.lines().map(|line| line.split(':'));
        let (user, own_group) = lines.find_map(|mut fields| {
            (fields.next()? == name).then_some(())?;
            let mut numbers = fields.skip(1).map(str::parse::<u32>);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })?;
        let mut groups = vec![own_group];
        for line in text("/etc/group").unwrap_or_default().lines() {
            let mut fields = line.split(':').skip(2);
            let (number, members) = (fields.next(), fields.next());
            if let (Some(Ok(number)), Some(members)) = (number.map(str::parse), members)
                && members.split(',').any(|member| member == name)
            {
                groups.push(number);
            }
        }
        Some(Self { user, groups })
    }

    /// Whether it may read a file with these permissions, the file's own first and then those of the folders
    /// above it. What is not known lets it.
    #[must_use]
    pub fn may_read(&self, permissions: &[Permissions]) -> bool {
        // The administrator's account reads everything.
        if self.user == 0 {
            return true;
        }
        let mut permissions = permissions.iter();
        permissions
            .next()
            .is_none_or(|file| self.may(Right::Read, file))
            && permissions.all(|folder| self.may(Right::PassThrough, folder))
    }

    /// The first class that fits decides, as POSIX has it: an owner without the right has it not as one of the
    /// others.
    fn may(&self, right: Right, of: &Permissions) -> bool {
        let bit = match right {
            Right::Read => 0o4,
            Right::PassThrough => 0o1,
        };
        let class = if self.user == of.owner {
            of.mode >> 6
        } else if self.groups.contains(&of.group) {
            of.mode >> 3
        } else {
            of.mode
        };
        class & bit != 0
    }
}

/// The permissions of an opened file, and of the folders on the way to it.
#[cfg(unix)]
pub(super) fn of_file(path: &Path, metadata: &Metadata) -> Vec<Permissions> {
    let mut all = vec![of(metadata)];
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folders = real.ancestors().skip(1);
    all.extend(folders.filter_map(|folder| Some(of(&folder.metadata().ok()?))));
    all
}

#[cfg(unix)]
pub(super) fn of(metadata: &Metadata) -> Permissions {
    use std::os::unix::fs::MetadataExt as _;

    Permissions {
        owner: metadata.uid(),
        group: metadata.gid(),
        mode: metadata.mode() & 0o777,
    }
}

#[cfg(not(unix))]
pub(super) fn of_file(_path: &Path, _metadata: &Metadata) -> Vec<Permissions> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{MemoryFiles, Readers};

    fn files() -> MemoryFiles {
        let mut files = MemoryFiles::new();
        let accounts = "root:x:0:0::/root:/bin/sh\nvoice:x:1001:100::/:/bin/false\nbroken:x:y:1\n";
        files.insert("/etc/passwd", accounts, Readers::Everyone);
        files.insert(
            "/etc/group",
            "users:x:100:\ntls:x:200:other,voice\n",
            Readers::Everyone,
        );
        files
    }

    #[track_caller]
    fn check(account: &str, permissions: &[(u32, u32, u32)], want: Option<bool>) {
        let account = Account::find(account, &files());
        let permissions: Vec<_> = permissions
            .iter()
            .map(|&(owner, group, mode)| Permissions { owner, group, mode })
            .collect();
        assert_eq!(account.map(|one| one.may_read(&permissions)), want);
    }

    #[test]
    fn owner_group_and_others_are_told_apart() {
        check("voice", &[(1001, 0, 0o400)], Some(true));
        check("voice", &[(0, 200, 0o640)], Some(true));
        check("voice", &[(0, 100, 0o640)], Some(true));
        check("voice", &[(0, 0, 0o644)], Some(true));
        check("voice", &[(0, 0, 0o640)], Some(false));
        check("voice", &[(1001, 0, 0o044)], Some(false));
        check("root", &[(1001, 0, 0o000)], Some(true));
    }

    #[test]
    fn folders_on_the_way_must_let_it_through() {
        check("voice", &[(1001, 0, 0o600), (0, 0, 0o755)], Some(true));
        check("voice", &[(1001, 0, 0o600), (0, 0, 0o700)], Some(false));
    }

    #[test]
    fn of_an_unknown_account_nothing_is_said() {
        check("nobody", &[(0, 0, 0o600)], None);
        check("broken", &[(0, 0, 0o600)], None);
    }
}
