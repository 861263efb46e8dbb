//! Clients with limits of their own, and what follows from these and from how a server is set up.
//!
//! Invariant: nothing here asks the program under test.

use std::fmt;

use super::configured::{Config, Version};

/// A client of the fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Client {
    /// Those that it allows, the oldest first.
    pub(super) versions: Vec<Version>,
    /// `cipher-list`, if it is set: suites of TLS 1.3 stay unless it names one of them.
    pub(super) list: Option<Vec<String>>,
}

impl Client {
    /// All that are combined; the first has no limits.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for versions in [
            &[Version::Tls12, Version::Tls13][..],
            &[Version::Tls12],
            &[Version::Tls13],
        ] {
            for list in [
                None,
                Some(&["ECDHE-ECDSA-AES128-GCM-SHA256"][..]),
                Some(&["ECDHE-RSA-AES256-GCM-SHA384"]),
                Some(&["ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_256_GCM_SHA384"]),
            ] {
                all.push(Self {
                    versions: versions.to_vec(),
                    list: list.map(|list| list.iter().map(|name| (*name).to_owned()).collect()),
                });
            }
        }
        all
    }

    /// Its options, as transport parameters.
    pub(super) fn options(&self) -> String {
        let versions = match self.versions[..] {
            [Version::Tls12] => ";sec-protocol-max=TLSv12",
            [Version::Tls13] => ";sec-protocol=TLSv13",
            _ => "",
        };
        let list = self
            .list
            .as_ref()
            .map(|list| format!(";cipher-list={}", list.join(":")));
        format!("tls=1;client-auth=0{versions}{}", list.unwrap_or_default())
    }

    pub(super) fn allows(&self, version: Version) -> bool {
        self.versions.contains(&version)
    }

    /// Whether it has a suite, by the name of OpenSSL or IANA.
    pub(super) fn has(&self, suite: &str) -> bool {
        let Some(list) = &self.list else {
            return true;
        };
        let is_of_tls13 = suite.starts_with("TLS_AES");
        let names_tls13 = list.iter().any(|name| name.starts_with("TLS_AES"));
        (is_of_tls13 && !names_tls13) || list.iter().any(|name| plain(name) == plain(suite))
    }

    /// Whether it comes to an agreement with this server: in the highest version that both have, and in no other one.
    pub(super) fn agrees(&self, server: &Config) -> bool {
        let common = server
            .spoken()
            .into_iter()
            .filter(|version| self.allows(*version));
        common.max().is_some_and(|version| {
            server.lacks(version).is_empty() && self.has_one_of(server, version)
        })
    }

    /// Whether it has a suite that the server takes in a version.
    pub(super) fn has_one_of(&self, server: &Config, version: Version) -> bool {
        let suites = server.suites_of_today(version);
        suites.iter().any(|suite| self.has(suite))
    }
}

/// The same for the name of OpenSSL and that of IANA.
pub(super) fn plain(name: &str) -> String {
    name.replace("TLS_", "")
        .replace("WITH_", "")
        .replace(['_', '-'], "")
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.options())
    }
}
