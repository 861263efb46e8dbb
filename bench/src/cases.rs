//! The cases: one file for each subject. To add one: a file, a line in [`ALL`], a row in the README.

mod crl_create;
mod crl_index;
mod fleet;
mod handshake_crl;
mod issue;
mod ledger;
mod probe;
mod rsa_signature;
mod startup;

use anyhow::Context as _;

use crate::contest::Contest;
use crate::ground::Ground;

/// A named subject of measurement.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) contests: for<'g> fn(&'g Ground) -> anyhow::Result<Vec<Contest<'g>>>,
}

/// Every case, in the order of the report.
pub(crate) const ALL: &[Case] = &[
    issue::RSA,
    issue::P256,
    crl_create::CASE,
    ledger::SEARCH,
    ledger::REVOKE,
    ledger::ISSUE,
    crl_index::CASE,
    handshake_crl::CASE,
    fleet::CASE,
    probe::CASE,
    rsa_signature::CASE,
    startup::CASE,
];

/// The cases of these names, all if there are none.
pub(crate) fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Case>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    let find = |name: &String| {
        let found = ALL.iter().find(|case| case.name == name);
        found.with_context(|| format!("there is no case {name:?}; --list shows them"))
    };
    names.iter().map(find).collect()
}
