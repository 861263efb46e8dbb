//! The page of the rules of `cert lint`: from the tables in the code.

use std::fmt::Write as _;

use trustpack_x509::lint::rules;

use super::{NOTICE, cell};

pub(super) fn page() -> anyhow::Result<String> {
    let mut page = String::from("# Rules for certificates\n\n");
    page.push_str(NOTICE);
    page.push_str(
        "What `trustpack cert lint` looks at in certificates, requests and revocation lists, and `cert show` too. What\n\
         breaks a rule whose severity is `error` is signed by none of our authorities. Times and the signatures that need no\n\
         other certificate are looked at beside these: `dates`, `list-dates`, `own-signature`, `request-signature`. What a kind\n\
         of program cannot do (`--for`) has names that begin with `program-`: see [targets](targets.md).\n\n\
         | rule | about | severity | what should be so | clause |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in rules() {
        writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            rule.name,
            rule.scope,
            rule.severity,
            cell(rule.about),
            cell(rule.clause)
        )?;
    }
    Ok(page)
}
