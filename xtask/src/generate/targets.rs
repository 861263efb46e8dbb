//! The page of the targets: from the table in the code.

use std::fmt::Write as _;

use trustpack_bundle::target::{Proof, Target};
use trustpack_keystore::pkcs12::Encryption;
use trustpack_x509::lint::programs::Inability;

use super::{NOTICE, cell};

pub(super) fn page() -> anyhow::Result<String> {
    let mut page = String::from("# Targets\n\n");
    page.push_str(NOTICE);
    page.push_str(
        "The kinds of programs that `--for` makes bundles for; [the guide](../guides/deliver.md) says how to install them. An old\n\
         program gets old encryption: PBE-SHA1-3DES and a MAC by SHA-1 instead of PBES2 with AES-256 and a MAC by\n\
         HMAC-SHA-256.\n\n\
         | target | programs | PKCS#12 files | read here by |\n| --- | --- | --- | --- |\n",
    );
    for target in Target::ALL {
        let encryption = match target.encryption() {
            Encryption::Modern => "new encryption",
            Encryption::Legacy => "old encryption",
        };
        let proof = match target.proof() {
            Proof::By(programs) => programs.to_owned(),
            Proof::Unproven(why) => format!("**unproven**: {why}"),
        };
        writeln!(
            page,
            "| `{target}` | {} | {encryption} | {} |",
            cell(target.programs()),
            cell(&proof)
        )?;
    }
    rules(&mut page)?;
    Ok(page)
}

/// What certificates must not have, or should not, to be read by the programs of a target.
fn rules(page: &mut String) -> std::fmt::Result {
    page.push_str(
        "\n## What they cannot do\n\n\
         `cert lint --for` says what of this a certificate meets. With `--for`, `cert issue`, `cert renew` and `cert adopt`\n\
         refuse what is an error here, before anything is signed, and warn of what is a warning.\n\n\
         | rule | severity | targets | source |\n| --- | --- | --- | --- |\n",
    );
    for inability in Inability::ALL {
        let targets = Target::ALL.into_iter();
        let targets: Vec<String> = targets
            .filter(|target| target.program().inabilities.contains(&inability))
            .map(|target| format!("`{target}`"))
            .collect();
        writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            inability.name(),
            inability.severity(),
            targets.join(", "),
            cell(inability.source())
        )?;
    }
    Ok(())
}
