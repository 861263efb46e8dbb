//! What of a handshake with an RSA key is the signature: whatever the program does beside it comes on top.

use std::path::Path;

use anyhow::Context as _;

use super::Case;
use crate::contest::{Contest, Figure, Side, Unit};
use crate::ground::Ground;
use crate::{process, work};

pub(super) const CASE: Case = Case {
    name: "rsa-signature",
    what: "RSA-2048 signatures of the cryptographic library beside `openssl speed`",
    contests,
};

fn contests(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let ours = move || {
        let run = process::run(Path::new("."), ground.own(), ["signatures"])?;
        work::figures(&run.said)
    };
    Ok(vec![Contest {
        title: "sign with RSA-2048".to_owned(),
        figures: vec![Figure::new("time", Unit::Milliseconds)],
        ours: Side::new("aws-lc", ours),
        peer: Some(Side::new("openssl", openssl)),
    }])
}

/// `openssl speed` signs with PKCS#1 v1.5: its padding takes no time worth a word.
fn openssl() -> anyhow::Result<Vec<f64>> {
    let arguments = ["speed", "-mr", "-seconds", "2", "rsa2048"];
    let run = process::run(Path::new("."), Path::new("openssl"), arguments)?;
    // "+F2:number:bits:signatures in a second:verifications in a second"
    let line = run.said.lines().find_map(|line| line.strip_prefix("+F2:"));
    let rate: f64 = line
        .and_then(|line| line.split(':').nth(2))
        .with_context(|| format!("openssl speed said: {}", run.said))?
        .parse()?;
    Ok(vec![1000.0 / rate])
}
