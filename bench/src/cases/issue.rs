//! Certificates for many hosts, all four files of each: certificate, its copy, key, PKCS#12.

use std::path::Path;

use super::Case;
use crate::authority::{BenchAuthority, hosts};
use crate::contest::{Contest, Figure, Goal, Side, Unit};
use crate::ground::Ground;
use crate::process::{self, Run};

pub(super) const RSA: Case = Case {
    name: "issue-rsa",
    what: "`cert issue --from` with RSA-2048 keys beside bare key generation on all cores",
    contests: rsa,
};

pub(super) const P256: Case = Case {
    name: "issue-p256",
    what: "`cert issue --from` with P-256 keys beside `openssl req`, `ca` and `pkcs12`",
    contests: p256,
};

/// RSA keys take a time that differs much from key to key: their sum over so many is good to 2 in 100.
const RSA_HOSTS: u32 = 1000;
const P256_HOSTS: u32 = 5000;
/// Enough for a pipeline of three programs for each.
const PIPELINE_HOSTS: u32 = 50;

fn rsa(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let ours = move || issued(ground, "rsa-2048", "rsa-3072", RSA_HOSTS);
    let keys = move || {
        let keys = ["keys".to_owned(), RSA_HOSTS.to_string()];
        let run = process::run(Path::new("."), ground.own(), keys)?;
        Ok(figures(&run, RSA_HOSTS))
    };
    let rate = Figure::new("rate", Unit::PerSecond).with_goal(Goal::RatioAtLeast(0.95));
    Ok(vec![Contest {
        title: "issue for hosts, RSA-2048".to_owned(),
        figures: vec![rate, PROCESSOR],
        ours: Side::new("trustpack", ours),
        peer: Some(Side::new("bare keys", keys)),
    }])
}

fn p256(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let rate = Figure::new("rate", Unit::PerSecond).with_goal(Goal::RatioAtLeast(50.0));
    let ours = move || issued(ground, "ecdsa-p256", "ecdsa-p256", P256_HOSTS);
    Ok(vec![Contest {
        title: "issue for hosts, P-256".to_owned(),
        figures: vec![rate, PROCESSOR],
        ours: Side::new("trustpack", ours),
        peer: Some(Side::new("openssl", move || pipeline(ground))),
    }])
}

const PROCESSOR: Figure = Figure::new("processor time of each", Unit::Milliseconds);

fn figures(run: &Run, hosts: u32) -> Vec<f64> {
    vec![
        run.per_second(hosts),
        run.processor_milliseconds_each(hosts),
    ]
}

/// In a new folder each time, so that all find the same.
fn issued(ground: &Ground, key: &str, ca_key: &str, count: u32) -> anyhow::Result<Vec<f64>> {
    let authority = BenchAuthority::new(ground, ca_key)?;
    std::fs::write(authority.folder().join("hosts.csv"), hosts(count))?;
    let run = authority.trustpack(&["cert", "issue", "--from", "hosts.csv", "--key", key])?;
    let files = std::fs::read_dir(authority.folder().join("repository"))?.count();
    anyhow::ensure!(u32::try_from(files)? == 4 * count, "{files} files");
    Ok(figures(&run, count))
}

/// The same files in the same kind of folder, as scripts make them: three programs for each host.
fn pipeline(ground: &Ground) -> anyhow::Result<Vec<f64>> {
    let authority = BenchAuthority::new(ground, "ecdsa-p256")?;
    let mut runs = Vec::new();
    for number in 1..=PIPELINE_HOSTS {
        let host = format!("host{number:06}.example.com");
        let file = |kind: &str| format!("repository/{host}_{kind}");
        let (key, request) = (file("priv_key.pem"), file("request.csr"));
        let (certificate, bundle) = (file("cert.pem"), file("cert.pfx"));
        let (subject, names) = (format!("/CN={host}"), format!("subjectAltName=DNS:{host}"));
        let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let req = ["-nodes", "-keyout", &key, "-out", &request, "-subj"];
        let req = [
            &["req", "-new"][..],
            &new_key,
            &req,
            &[&subject, "-addext", &names],
        ];
        runs.push(authority.openssl(&req.concat())?);
        let ca = ["ca", "-batch", "-notext", "-config", "ca_conf/ca.conf"];
        let ca = [&ca[..], &["-in", &request, "-out", &certificate]];
        runs.push(authority.openssl(&ca.concat())?);
        let pkcs12 = ["pkcs12", "-export", "-inkey", &key, "-in", &certificate];
        let chain = ["-certfile", "ca_conf/ca_cert.pem", "-passout", "pass:"];
        runs.push(authority.openssl(&[&pkcs12[..], &chain, &["-out", &bundle]].concat())?);
    }
    let all = runs.iter().fold(Run::default(), Run::followed_by);
    Ok(figures(&all, PIPELINE_HOSTS))
}
