//! Clients with limits of their own, at servers that may lack something for everybody: what is told is true of both ends, names no end
//! that is not in the way, and what is to be done, at one end or at both, makes the connection work.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;

use serde_json::Value;
use trustpack_e2e::call::Call;

use super::clients::{Client, plain};
use super::configured::{Config, Key, Prefers, SHA1, Suites, Thing, Version};
use super::makes::{Keys, Make, Nginx};
use super::remedies;
use super::{Told, told_of};

/// A client, and the server that it calls.
#[derive(Clone, Debug)]
struct Pair {
    client: Client,
    server: Config,
}

/// Everything that is combined, every so many of it: each value of each kind is there with each one of another kind.
fn rows() -> Vec<Pair> {
    let mut rows = Vec::new();
    for key in [Key::Rsa, Key::P256, Key::P521, Key::Ed25519] {
        for versions in [
            &[Version::Tls12][..],
            &[Version::Tls13],
            &[Version::Tls12, Version::Tls13],
            &[Version::Tls11],
        ] {
            for groups in [&["X25519", "P-256"][..], &["P-521"]] {
                for suites in [
                    Suites::Fitting,
                    Suites::Old,
                    Suites::OldOf12,
                    Suites::OldOf13,
                    Suites::NotFitting,
                ] {
                    for signatures in [&[][..], &SHA1] {
                        for client in Client::all() {
                            let mut server =
                                Config::new(key, versions, groups, suites, Prefers::Server);
                            server.signatures = signatures.to_vec();
                            rows.push(Pair { client, server });
                        }
                    }
                }
            }
        }
    }
    // Ed25519 has no digest to choose, and before TLS 1.2 nobody says with which he signs. That a server speaks TLS 1.3 as well is
    // not seen as long as it has no signature for that.
    rows.retain(|Pair { server, .. }| {
        let is_limited = !server.signatures.is_empty();
        let is_one = matches!(server.versions[..], [Version::Tls12 | Version::Tls13]);
        !is_limited || (server.key != Key::Ed25519 && is_one)
    });
    rows.into_iter().step_by(11).collect()
}

/// What a fleet of these is told of each connection that does not work.
#[track_caller]
fn asked(keys: &Keys, rows: &[Pair], servers: &[SocketAddr]) -> Vec<Option<Told>> {
    let mut text = String::new();
    for name in ["host", "desk"] {
        writeln!(
            text,
            "[[host]]\nname = \"{name}.example.com\"\naddresses = [\"127.0.0.1\"]\nplatform = \"unix\"\n[host.security]\n\
             certificate = \"{own}\"\ncertificate-key = \"{key}\"\n",
            own = keys.file(Key::P256, "pem").display(),
            key = keys.file(Key::P256, "key").display(),
        )
        .unwrap();
    }
    text.push_str("[[application]]\nname = \"Server\"\nhost = \"host.example.com\"\ncertificate-source = \"host\"\n");
    for (row, server) in servers.iter().enumerate() {
        let number = server.port();
        writeln!(
            text,
            "[[application.port]]\nid = \"r{row}\"\nnumber = {number}\nmode = \"secured\"\ntransport = \"tls=1\"\nengine = \"openssl\""
        )
        .unwrap();
    }
    text.push_str("[[application]]\nname = \"Desk\"\nhost = \"desk.example.com\"\ncertificate-source = \"host\"\n");
    for (row, Pair { client, .. }) in rows.iter().enumerate() {
        writeln!(
            text,
            "[[application.connection]]\nto = \"Server\"\nport = \"r{row}\"\ntransport = \"{}\"\ntunnel = \"127.0.0.1:{}\"",
            client.options(),
            10_000 + row
        )
        .unwrap();
    }
    let file = keys.write("limited.toml", &text);
    let call = Call::trustpack(["probe", "application Desk", "--json", "--at-once", "32"]);
    let call = call.arg("--fleet").arg(&file).arg("--files");
    let outcome = call
        .arg(keys.roots(&["host.example.com", "desk.example.com"]))
        .run();
    let document: Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"));
    let endpoints = document["endpoints"].as_array().unwrap();
    let of_row = |row: usize| {
        let place = format!("Desk/Server:r{row}");
        let found = endpoints.iter().find(|one| one["place"] == *place);
        let one = found.unwrap_or_else(|| panic!("{place}: {outcome}"));
        assert_ne!(one["state"], "not-probed", "{one:#}");
        // Whatever the file of the server in the fleet lets expect, which is the same for all.
        if one["found"].as_str().unwrap().starts_with("works") {
            return None;
        }
        let told = told_of(&one["explanation"]);
        Some(told.unwrap_or_else(|| panic!("nothing is told of it: {one:#}")))
    };
    (0..rows.len()).map(of_row).collect()
}

/// The halves of a remedy: what is to be done on the client, and on the server.
#[derive(Clone, Copy, Debug)]
enum Halves<'a> {
    Client(&'a str),
    Server(&'a str),
    Both(&'a str, &'a str),
    Either(&'a str, &'a str),
}

impl<'a> Halves<'a> {
    #[track_caller]
    fn of(told: &'a Told) -> Self {
        let remedy = &*told.remedy;
        match &*told.at {
            "both ends" => {
                let (client, server) = remedy.split_once("; and on the server: ").unwrap();
                Self::Both(client, server)
            }
            "either end" => {
                let (client, server) = remedy.split_once("; or on the server: ").unwrap();
                Self::Either(client, server)
            }
            "the client" => Self::Client(remedy),
            "the server" => match remedy.split_once("; or let sec-protocol") {
                Some((server, _)) => {
                    let (_, client) = remedy.split_at(server.len() + "; or ".len());
                    Self::Either(client, server)
                }
                None => Self::Server(remedy),
            },
            other => panic!("{other}"),
        }
    }
}

impl Pair {
    fn agrees(&self) -> bool {
        self.client.agrees(&self.server)
    }

    fn with_client(&self, remedy: &str, turn: usize) -> Self {
        Self {
            client: remedies::at_client(&self.client, remedy, turn),
            ..self.clone()
        }
    }

    fn with_server(&self, remedy: &str, turn: usize) -> Self {
        let (client, server) = remedies::at_server(&self.client, &self.server, remedy, turn);
        Self { client, server }
    }

    /// Each way to do what is to be done.
    fn applied(&self, halves: Halves<'_>, turn: usize) -> Vec<Self> {
        match halves {
            Halves::Client(client) => vec![self.with_client(client, turn)],
            Halves::Server(server) => vec![self.with_server(server, turn)],
            Halves::Both(client, server) => {
                vec![self.with_client(client, turn).with_server(server, turn)]
            }
            Halves::Either(client, server) => vec![
                self.with_client(client, turn),
                self.with_server(server, turn),
            ],
        }
    }

    /// What is wrong with what was told; nothing if it is right.
    fn judged(&self, told: &Told, turn: usize) -> Result<(), String> {
        let server = &self.server;
        if self.agrees() {
            return Err("it works".to_owned());
        }
        let halves = Halves::of(told);
        for mended in self.applied(halves, turn) {
            if !mended.agrees() {
                return Err(format!(
                    "it cannot help: {} {}",
                    mended.client, mended.server
                ));
            }
        }
        if let Halves::Both(of_client, of_server) = halves {
            let client_alone = self.with_client(of_client, turn).agrees();
            if client_alone || self.with_server(of_server, turn).agrees() {
                return Err("one end alone is to blame".to_owned());
            }
        }
        let what = &told.what;
        if what.ends_with("takes nothing of all that was offered, in no version") {
            return match server.spoken().is_empty() {
                true => Ok(()),
                false => Err(format!("it takes {:?}", server.spoken())),
            };
        }
        let scope = self.versions_and_suites(what)?;
        let claims = super::claimed(what);
        for claim in &claims {
            for version in &scope {
                if !server.lacks(*version).contains(claim) {
                    return Err(format!("{claim:?} is there in {version}"));
                }
            }
        }
        let is_of_client = what.contains("the client allows") || what.contains("of the client");
        if claims.is_empty() && !is_of_client {
            return Err("it says something else".to_owned());
        }
        let is_key = claims.contains(&Thing::Key);
        if is_key && !server.key.names().iter().any(|name| what.contains(name)) {
            return Err("it names another key".to_owned());
        }
        Ok(())
    }

    /// What is said of the client's own limits is true; the versions in which the server is said to lack something.
    fn versions_and_suites(&self, what: &str) -> Result<Vec<Version>, String> {
        let Self { client, server } = self;
        let spoken = server.spoken();
        let mut scope: Vec<Version> = spoken.clone();
        if let Some(common) = spoken
            .iter()
            .copied()
            .filter(|one| client.allows(*one))
            .max()
        {
            scope = vec![common];
        }
        for version in [Version::Tls12, Version::Tls13] {
            if what.contains(&format!("in {version} the ")) {
                scope = vec![version];
            }
            if what.contains(&format!("the server speaks {version}")) {
                if !spoken.contains(&version) {
                    return Err(format!("it does not speak {version}"));
                }
                if what.contains("the client allows ") && client.allows(version) {
                    return Err(format!("the client allows {version}"));
                }
                if what.contains("in which") {
                    scope = vec![version];
                }
            }
        }
        if what.contains("and takes nothing of ") && spoken.iter().any(|one| client.allows(*one)) {
            return Err("it takes something of that".to_owned());
        }
        if let Some((before, _)) = what.split_once(", and no suite that the client allows") {
            let name = before.rsplit(' ').next().unwrap_or_default();
            let taken = |version: &Version| server.suites_of_today(*version);
            let all: Vec<String> = scope.iter().flat_map(taken).collect();
            if !all.iter().any(|suite| plain(suite) == plain(name)) {
                return Err(format!("it does not take {name}"));
            }
            if all.iter().any(|suite| client.has(suite)) {
                return Err("they have a suite in common".to_owned());
            }
        }
        Ok(scope)
    }
}

#[test]
fn clients_with_limits() {
    let keys = Keys::made();
    let rows = rows();
    let servers: Vec<Config> = rows.iter().map(|row| row.server.clone()).collect();
    let running = Nginx.start(&keys, &servers);
    let told = asked(&keys, &rows, &running.addresses);
    drop(running);
    let mut faults = Vec::new();
    let mut mended = Vec::new();
    let mut ends = BTreeSet::new();
    for (turn, (row, told)) in rows.iter().zip(&told).enumerate() {
        let Some(told) = told else {
            if !row.agrees() {
                faults.push(format!(
                    "nothing is told of it: {} {}",
                    row.client, row.server
                ));
            }
            continue;
        };
        if let Err(fault) = row.judged(told, turn) {
            faults.push(format!("{fault}: {} {}: {told:?}", row.client, row.server));
            continue;
        }
        ends.insert(told.at.clone());
        let mut ways = row.applied(Halves::of(told), turn);
        let way = turn % ways.len();
        mended.push((ways.swap_remove(way), row, told));
    }
    let again: Vec<Pair> = mended.iter().map(|(mended, ..)| mended.clone()).collect();
    let servers: Vec<Config> = again.iter().map(|row| row.server.clone()).collect();
    let running = Nginx.start(&keys, &servers);
    let told_again = asked(&keys, &again, &running.addresses);
    for ((mended, before, told), again) in mended.iter().zip(&told_again) {
        if let Some(again) = again {
            faults.push(format!(
                "it does not help: {} {}: {told:?}\n    applied: {} {}: {again:?}",
                before.client, before.server, mended.client, mended.server
            ));
        }
    }
    let count = faults.len();
    faults.truncate(40);
    assert!(
        faults.is_empty(),
        "{count} faults in {} rows:\n{}",
        rows.len(),
        faults.join("\n")
    );
    // Each kind of answer is among them.
    assert_eq!(ends.len(), 4, "{ends:?}");
}
