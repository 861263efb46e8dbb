//! Doors for the fuzz targets to readers that are otherwise inside; there only with the feature `fuzzed`.
//!
//! Invariant: each opens one reader and hands on nothing but its errors.

use crate::change_plan::{InvalidPlan, Plan};
use crate::openssl_conf::OpensslConf;

/// Reads a configuration file; whatever it includes is `included`.
pub fn openssl_conf(text: &str, included: &str) {
    let conf = OpensslConf::read_with(text, &|_| vec![included.to_owned()]);
    let section = conf.get("ca", "default_ca").unwrap_or("ca");
    for name in [
        "database",
        "private_key",
        "default_md",
        "crlDistributionPoints",
    ] {
        let _value = conf.get(section, name);
    }
}

/// Reads the plan of a change; one that was read is written so that it reads back the same.
///
/// # Errors
///
/// [`InvalidPlan`] where it is none.
pub fn change_plan(text: &str) -> Result<(), InvalidPlan> {
    let plan = Plan::from_text(text)?;
    let again = Plan::from_text(&plan.to_text())?;
    assert_eq!(again, plan, "written and read again");
    Ok(())
}
