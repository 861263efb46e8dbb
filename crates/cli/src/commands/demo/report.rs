//! The end of the demo: what was proven, how long each took, and what to try next.

use super::folder::Folder;
use super::proofs::Proof;
use anyhow::Context as _;

use crate::failure::Failure;
use crate::output::Output;

/// Writes the table and the suggestions.
pub(super) fn write(out: &mut Output, proofs: &[Proof], folder: &Folder) -> Result<(), Failure> {
    let widest = proofs
        .iter()
        .map(|proof| proof.what.chars().count())
        .max()
        .unwrap_or_default();
    writeln!(
        out,
        "{:widest$}  result     time  how it was seen",
        "proven"
    )?;
    for proof in proofs {
        let result = if proof.holds() { "yes" } else { "NO" };
        let seconds = proof.took.as_secs_f64();
        writeln!(
            out,
            "{:widest$}  {result:6} {seconds:6.2} s  {}",
            proof.what, proof.seen
        )?;
    }
    let failed = proofs.iter().filter(|proof| !proof.holds()).count();
    if failed > 0 {
        writeln!(out)?;
        writeln!(
            out,
            "{failed} of {} did not hold; the logs are in {}/logs",
            proofs.len(),
            folder.shown.display()
        )?;
        return Ok(out.flush()?);
    }
    let dir = folder.shown.display();
    let program = std::env::current_exe()
        .context("cannot find out where this program is")
        .map_err(Failure::request)?;
    let program = program.display();
    writeln!(out)?;
    writeln!(
        out,
        "All {} hold. Try next, with the files in {dir} and the program {program}:",
        proofs.len()
    )?;
    for next in [
        format!("fleet show {dir}/fleet.toml"),
        format!("fleet explain --fleet {dir}/fleet.toml Desk/OrderServer"),
        format!("cert show {dir}/ca/ca_conf/ca_cert.pem"),
        format!("ca check --ca {dir}/ca"),
        format!("cert issue --ca {dir}/ca myhost.demo.example"),
        format!("tunnel run --fleet {dir}/fleet.toml --host stats.demo.example"),
    ] {
        writeln!(out, "  trustpack {next}")?;
    }
    Ok(out.flush()?)
}
