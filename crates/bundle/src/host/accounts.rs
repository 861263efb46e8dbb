//! The accounts of this machine, of which it is asked what they may do with a file.
//!
//! Those of `/etc/passwd` and `/etc/group`; whom a directory service has besides is not known here, and stands for
//! "any other account". Invariant: the account of the services is never among the others.

use std::collections::BTreeSet;
use std::path::Path;

use trustpack_keystore::limited_file::{self, Accepted};

/// Octets that are read of either file. Source: ours; a hundred thousand accounts.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// An account: who it is, and the groups that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What people know it by.
    pub name: String,
    /// Its number; none for one that systemd makes when the service starts, of which only the group is known.
    pub uid: Option<u32>,
    /// Its groups, its own among them.
    pub groups: BTreeSet<u32>,
}

impl Account {
    /// Any account of which nothing is known.
    pub(crate) fn any_other() -> Self {
        Self {
            name: "any other account".to_owned(),
            uid: None,
            groups: BTreeSet::new(),
        }
    }
}

/// All but root and the account of the services; "any other account" is the last.
///
/// Source: `passwd(5)`, `group(5)`. Lines that are not understood are left out.
#[must_use]
pub fn others(service: &Account) -> Vec<Account> {
    let text = |path: &str| {
        let read = limited_file::read(Path::new(path), MAX_BYTES, Accepted::RegularFiles);
        read.map(|read| String::from_utf8_lossy(&read.bytes).into_owned())
            .unwrap_or_default()
    };
    of_files(service, &text("/etc/passwd"), &text("/etc/group"))
}

fn of_files(service: &Account, passwd: &str, group: &str) -> Vec<Account> {
    let mut accounts = Vec::new();
    for line in passwd.lines() {
        let mut fields = line.split(':');
        let name = fields.next().unwrap_or_default();
        let mut numbers = fields.skip(1).map(str::parse::<u32>);
        let (Some(Ok(uid)), Some(Ok(gid))) = (numbers.next(), numbers.next()) else {
            continue;
        };
        if uid == 0 || Some(uid) == service.uid {
            continue;
        }
        accounts.push(Account {
            name: name.to_owned(),
            uid: Some(uid),
            groups: BTreeSet::from([gid]),
        });
    }
    for line in group.lines() {
        let mut fields = line.split(':').skip(2);
        let (Some(Ok(gid)), Some(members)) = (fields.next().map(str::parse), fields.next()) else {
            continue;
        };
        for member in members.split(',') {
            for account in accounts.iter_mut().filter(|one| one.name == member) {
                account.groups.insert(gid);
            }
        }
    }
    accounts.push(Account::any_other());
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_its_groups() {
        let service = Account {
            name: "voice".to_owned(),
            uid: Some(1001),
            groups: BTreeSet::from([1001]),
        };
        let passwd = "root:x:0:0::/root:/bin/sh\nvoice:x:1001:1001::/:/bin/false\n\
                      broken:x:y:1\nann:x:1002:100::/:/bin/sh\n";
        let group = "voice:x:1001:ann\nusers:x:100:\nbroken:x::ann\n";
        let found = of_files(&service, passwd, group);
        let names: Vec<_> = found.iter().map(|one| &*one.name).collect();
        assert_eq!(names, ["ann", "any other account"]);
        assert_eq!(found[0].groups, BTreeSet::from([100, 1001]));
    }
}
