//! Back to what was in place before.
//!
//! Certificates, keys and what else was installed go back; revocation lists do not, since whoever was revoked since would
//! be let in again. Invariant: what is in place now is kept, whoever put it there.

use std::collections::BTreeSet;
use std::fs;

use trustpack_keystore::contents;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Passwords;
use trustpack_x509::certificate::Certificate;
use zeroize::Zeroizing;

use super::{
    CURRENT, InstallBundleError, Installed, Outcome, PREVIOUS, Previous, Site, failed, leads_to,
};
use crate::host::lists;
use crate::host::received::{MAX_FILE, is_authority};
use crate::safe_place::SafePlace;

/// What is in place again.
#[derive(Debug)]
pub struct WentBack {
    /// The files, and those that are there no more.
    pub files: Vec<Installed>,
    /// The certificates of hosts among them, each once.
    pub hosts: Vec<Certificate>,
}

/// Puts what was there before in place again; what is there now is kept in its stead. Revocation lists stay as they are.
///
/// # Errors
///
/// [`InstallBundleError::NothingBefore`], [`InstallBundleError::NoFile`] and what the system refuses; everything is as it
/// was then, but that files that were there may be links to themselves.
pub fn go_back(place: &SafePlace) -> Result<WentBack, InstallBundleError> {
    let site = Site::open(place.path())?;
    let before = site.number(PREVIOUS);
    let Some(before) = before.filter(|before| Some(*before) != site.number(CURRENT)) else {
        let path = place.path().to_owned();
        return Err(InstallBundleError::NothingBefore { path });
    };
    let names: BTreeSet<String> = site.names_of(before)?.into_iter().collect();
    let mut standing = Vec::new();
    for name in &names {
        if site.stands_by_itself(name)? {
            standing.push(name.as_str());
        }
    }
    // It becomes a part of what is kept.
    site.adopt(standing.into_iter())?;
    let now = site.number(CURRENT);
    let now_names: BTreeSet<String> = match now {
        Some(now) => site.names_of(now)?.into_iter().collect(),
        None => BTreeSet::new(),
    };
    let stays =
        |name: &&String| now.is_some_and(|now| lists::of(&site.octets(now, name)).is_some());
    let stays: BTreeSet<String> = now_names.iter().filter(stays).cloned().collect();
    let back: BTreeSet<String> = names.difference(&stays).cloned().collect();
    let next = site.new_generation()?;
    site.take_over(before, &back, next)?;
    if let Some(now) = now {
        site.take_over(now, &stays, next)?;
    }
    site.sync(&site.at(next))?;
    let files = site.told(&back, &stays, (&now_names, now), next);
    let hosts = site.hosts(next, &back);
    for name in back.iter().chain(&stays) {
        site.link(name)?;
    }
    site.switch_to(next, Previous::IsNow)?;
    site.tidy();
    Ok(WentBack { files, hosts })
}

impl Site {
    /// Whether somebody has put a file there that is none of ours.
    fn stands_by_itself(&self, name: &str) -> Result<bool, InstallBundleError> {
        let path = self.folder.join(name);
        match path.symlink_metadata() {
            Err(_) => Ok(false),
            Ok(_) if fs::read_link(&path).is_ok_and(|to| to == leads_to(name)) => Ok(false),
            Ok(found) if found.is_file() => Ok(true),
            Ok(_) => Err(InstallBundleError::NoFile { path }),
        }
    }

    /// What is in a file of a generation; nothing if it cannot be read.
    fn octets(&self, number: u64, name: &str) -> Zeroizing<Vec<u8>> {
        let path = self.at(number).join(name);
        let read = limited_file::read(&path, MAX_FILE, Accepted::RegularFiles);
        read.map(|read| read.bytes).unwrap_or_default()
    }

    fn take_over(
        &self,
        from: u64,
        names: &BTreeSet<String>,
        to: u64,
    ) -> Result<(), InstallBundleError> {
        for name in names {
            let source = self.at(from).join(name);
            fs::hard_link(&source, self.at(to).join(name)).map_err(failed(&source))?;
        }
        Ok(())
    }

    fn told(
        &self,
        back: &BTreeSet<String>,
        stays: &BTreeSet<String>,
        (before, now): (&BTreeSet<String>, Option<u64>),
        next: u64,
    ) -> Vec<Installed> {
        let is_same =
            |name: &str| now.is_some_and(|now| self.octets(now, name) == self.octets(next, name));
        let names: BTreeSet<&String> = before.iter().chain(back).chain(stays).collect();
        let files = names.into_iter().map(|name| Installed {
            path: self.folder.join(name),
            outcome: match (back.contains(name), before.contains(name)) {
                _ if stays.contains(name) => Outcome::Unchanged,
                (true, true) if is_same(name) => Outcome::Unchanged,
                (true, true) => Outcome::Replaced,
                (true, false) => Outcome::New,
                (false, _) => Outcome::Removed,
            },
        });
        files.collect()
    }

    fn hosts(&self, number: u64, names: &BTreeSet<String>) -> Vec<Certificate> {
        let mut hosts: Vec<Certificate> = Vec::new();
        for name in names {
            let octets = self.octets(number, name);
            let Ok(contents) = contents::read(&octets, &Passwords::none()) else {
                continue;
            };
            let first = contents.only_certificates().next();
            if let Some(host) = first.filter(|one| !is_authority(one))
                && !hosts.contains(host)
            {
                hosts.push(host.clone());
            }
        }
        hosts
    }
}
