//! Accounts and groups of this machine by name, as the C library knows them: from its files and its directory services.

use std::collections::BTreeSet;
use std::ffi::CString;

use nix::unistd::{Gid, Group, Uid, User, getgrouplist, getgroups};
use rustix::process::{getegid, geteuid};
use trustpack_bundle::host::accounts as host;
use trustpack_bundle::program::FileOwner;

use crate::failure::{Failure, message};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// Its name; the number where it has none.
    pub(crate) name: String,
    pub(crate) uid: u32,
    /// Its own group.
    pub(crate) gid: u32,
}

/// Octets of the name of an account.
///
/// Source: `useradd(8)`; a longer one is no name.
const MAX_NAME: usize = 256;

impl Account {
    /// The account that this process runs as.
    pub(crate) fn own() -> Result<Self, Failure> {
        let uid = geteuid().as_raw();
        let found = User::from_uid(Uid::from_raw(uid)).map_err(not_asked)?;
        Ok(Self {
            name: found.map_or_else(|| uid.to_string(), |user| user.name),
            uid,
            gid: getegid().as_raw(),
        })
    }

    /// The account of this name or number.
    pub(crate) fn named(text: &str) -> Result<Self, Failure> {
        let found = match text.parse() {
            Ok(number) => User::from_uid(Uid::from_raw(number)),
            Err(_) => User::from_name(text),
        };
        match found.map_err(not_asked)? {
            Some(user) => Ok(Self {
                name: user.name,
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
            }),
            None => Err(Failure::request(message(format!(
                "there is no account {:?} on this system",
                shortened(text)
            )))
            .hint("name one that `getent passwd` lists, or make it first")),
        }
    }
}

/// The number of the group of this name or number.
pub(crate) fn group(text: &str) -> Result<u32, Failure> {
    let found = match text.parse() {
        Ok(number) => Group::from_gid(Gid::from_raw(number)),
        Err(_) => Group::from_name(text),
    };
    match found.map_err(not_asked)? {
        Some(group) => Ok(group.gid.as_raw()),
        None => Err(Failure::request(message(format!(
            "there is no group {:?} on this system",
            shortened(text)
        )))
        .hint("name one that `getent group` lists, or make it first")),
    }
}

/// An account with all its groups.
pub(crate) fn with_groups(text: &str) -> Result<host::Account, Failure> {
    let account = Account::named(text)?;
    let name = CString::new(&*account.name).map_err(Failure::request)?;
    let groups = getgrouplist(&name, Gid::from_raw(account.gid)).map_err(not_asked)?;
    Ok(host::Account {
        name: account.name,
        uid: Some(account.uid),
        groups: groups.into_iter().map(Gid::as_raw).collect(),
    })
}

/// An account that a service will have when it starts, of which only a group is known.
pub(crate) fn of_group(text: &str) -> Result<host::Account, Failure> {
    let number = group(text)?;
    let found = Group::from_gid(Gid::from_raw(number)).map_err(not_asked)?;
    let name = found.map_or_else(|| number.to_string(), |group| group.name);
    Ok(host::Account {
        name: format!("a service of the group {name}"),
        uid: None,
        groups: BTreeSet::from([number]),
    })
}

/// To whom files are given: the account and group that are named, else those of this process.
///
/// Only root can give files to another account.
pub(crate) fn owner(
    account: Option<&str>,
    of_group: Option<&str>,
) -> Result<(Account, FileOwner), Failure> {
    let own = Account::own()?;
    let account = match account {
        Some(name) => Account::named(name)?,
        None => own.clone(),
    };
    if own.uid != 0 && account.uid != own.uid {
        let text = format!(
            "only root can give files to the account {}, and this is {}",
            account.name, own.name
        );
        return Err(Failure::request(message(text))
            .hint("run it as root, or as that account and without --owner"));
    }
    let gid = match of_group {
        Some(name) => group(name)?,
        None => account.gid,
    };
    if let Some(name) = of_group
        && own.uid != 0
        && !own_groups()?.contains(&gid)
    {
        let text = format!(
            "only root can give files to the group {name}, and the account {} is not in it",
            own.name
        );
        return Err(
            Failure::request(message(text)).hint("run it as root, or name a group that `id` lists")
        );
    }
    let owner = FileOwner {
        uid: account.uid,
        gid,
    };
    Ok((account, owner))
}

/// The groups that this process may give files to.
fn own_groups() -> Result<BTreeSet<u32>, Failure> {
    let mut groups: BTreeSet<u32> = getgroups()
        .map_err(not_asked)?
        .into_iter()
        .map(Gid::as_raw)
        .collect();
    groups.insert(getegid().as_raw());
    Ok(groups)
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_NAME).collect()
}

fn not_asked(error: nix::errno::Errno) -> Failure {
    let error = anyhow::Error::new(error);
    Failure::service(error.context("the accounts of this system cannot be asked for"))
}
