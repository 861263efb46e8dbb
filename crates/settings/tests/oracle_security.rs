//! A second answer to "is it secure?", naive and on its own, over every combination of what port and connection say.
//!
//! It is written from the words of 2.1.3 and 2.4.1 alone; the crate must say the same. There are few enough
//! combinations to try them all.

#![cfg(test)]

mod common;

use common::{endpoint, resolve};
use trustpack_settings::endpoint::Security;

const SWITCHES: [Option<bool>; 3] = [None, Some(false), Some(true)];
const MODES: [Option<&str>; 4] = [
    None,
    Some("unsecured"),
    Some("secured"),
    Some("auto-detect"),
];

/// What a port or connection says.
#[derive(Clone, Copy, Debug)]
struct Said {
    mode: Option<&'static str>,
    tls: Option<bool>,
    upgrade: Option<bool>,
    connection: Option<bool>,
}

fn toml(said: Said) -> String {
    let switch = |name: &str, value: Option<bool>| {
        value
            .map(|on| format!("{name}={}", u8::from(on)))
            .into_iter()
    };
    let port: Vec<String> = switch("tls", said.tls)
        .chain(switch("upgrade", said.upgrade))
        .collect();
    let mode = said
        .mode
        .map_or(String::new(), |mode| format!("mode = \"{mode}\"\n"));
    let connection: Vec<String> = switch("tls", said.connection).collect();
    let block = "certificate = \"/c\"\ncertificate-key = \"/k\"\ntrusted-ca = \"/t\"\n";
    format!(
        "[[host]]\nname = \"a.example\"\n[host.security]\n{block}\
         [[application]]\nname = \"A\"\nhost = \"a.example\"\ncertificate-source = \"host\"\n\
         [[application.connection]]\nto = \"B\"\ntransport = \"{}\"\n\
         [[application]]\nname = \"B\"\nhost = \"a.example\"\ncertificate-source = \"host\"\n\
         [[application.port]]\nnumber = 1\n{mode}transport = \"{}\"\n",
        connection.join(";"),
        port.join(";"),
    )
}

/// 2.1.3: "`mode` writes the parameter that is absent: `secured` `tls=1`, `auto-detect` `upgrade=1`. A present parameter
/// that contradicts the mode wins and is an error; so are `tls=1` and `upgrade=1` together."
///
/// What the port speaks, and whether it has an error.
fn naive_port(said: Said) -> (Security, bool) {
    let tls = said.tls.unwrap_or_else(|| said.mode == Some("secured"));
    let upgrade = said
        .upgrade
        .unwrap_or_else(|| said.mode == Some("auto-detect"));
    let contradicts = match said.mode {
        Some("secured") => said.tls == Some(false),
        Some("auto-detect") => said.upgrade == Some(false),
        Some(_) => said.tls == Some(true) || said.upgrade == Some(true),
        None => false,
    };
    match (tls, upgrade) {
        (true, true) => (Security::Refused, true),
        (true, false) => (Security::Tls, contradicts),
        (false, true) => (Security::AutoDetect, contradicts),
        (false, false) => (Security::Open, contradicts),
    }
}

/// 2.4.1: "A connection exactly when its port has `tls=1`; on a port with `upgrade=1` TLS unless the connection says
/// `tls=0`. An explicit `tls=0` to a `tls=1` port, and an explicit `tls=1` to a plain port, are errors."
///
/// A port with an error in it may have been meant as secure: nothing is sent in clear to it.
fn naive_connection(said: Said) -> Security {
    match (naive_port(said), said.connection) {
        ((Security::Tls, _), Some(false)) | ((Security::Open, _), Some(true)) => Security::Refused,
        ((Security::Open, true) | (Security::Refused, _), _) => Security::Refused,
        ((Security::Tls, _), _) | ((Security::AutoDetect, _), None | Some(true)) => Security::Tls,
        _ => Security::Open,
    }
}

#[test]
fn two_answers_agree_on_every_combination() {
    let mut tried = 0;
    for mode in MODES {
        for tls in SWITCHES {
            for upgrade in SWITCHES {
                for connection in SWITCHES {
                    let said = Said {
                        mode,
                        tls,
                        upgrade,
                        connection,
                    };
                    let resolution = resolve(&toml(said));
                    let port = endpoint(&resolution, "B");
                    let (security, error) = naive_port(said);
                    assert_eq!(port.security(), security, "{said:?}");
                    assert_eq!(port.startable().is_err(), error, "{said:?}");
                    let client = endpoint(&resolution, "A/B");
                    let want = naive_connection(said);
                    assert_eq!(client.security(), want, "{said:?}");
                    assert_eq!(
                        client.startable().is_err(),
                        want == Security::Refused,
                        "{said:?}"
                    );
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 4 * 27);
}
