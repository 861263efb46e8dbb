//! The page of the targets: from the table in the code.

use std::fmt::Write as _;

use trustpack_bundle::target::{Proof, Target};
use trustpack_keystore::pkcs12::Encryption;

use super::{NOTICE, cell};

pub(super) fn page() -> anyhow::Result<String> {
    let mut page = String::from("# Targets\n\n");
    page.push_str(NOTICE);
    page.push_str(
        "The kinds of programs that `--for` makes bundles for. An old one gets old encryption: PBE-SHA1-3DES and a MAC by\n\
         SHA-1 instead of PBES2 with AES-256 and a MAC by HMAC-SHA-256.\n\n\
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
    Ok(page)
}
