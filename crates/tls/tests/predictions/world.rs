//! A fleet of two hosts with the files of each, before it lies in a folder.
//!
//! Long because what each end sets, and where, and what stands around it is one world.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use trustpack_keystore::pem;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_material::survey::points::Answer;
use trustpack_settings::endpoint::Endpoint;
use trustpack_x509::certificate::Certificate;

use crate::draw::Draw;
use crate::support::{Authority, Host, new_key};

/// Authorities and keys that all fleets use.
pub(crate) struct Ground {
    pub(crate) root: Authority,
    /// Below the root.
    pub(crate) sub: Authority,
    pub(crate) other: Authority,
    keys: [PrivateKey; 2],
    /// A key of another kind, for the server.
    pub(crate) rsa: PrivateKey,
}

/// The two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Client,
    Server,
}

/// Where an option is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    /// The transport parameters of the port or the connection.
    Endpoint,
    /// `[application.security]`.
    Application,
    /// The own file of the application.
    OwnFile,
    /// `[host.security]`.
    Host,
}

/// Where lines of a fleet file stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Of {
    Host(Side),
    HostSecurity(Side),
    Application(Side),
    ApplicationSecurity(Side),
    OwnFile(Side),
    Port,
    Connection,
    /// Behind everything else.
    Rest,
}

/// A file of a host.
#[derive(Debug)]
pub(crate) enum File {
    /// What is in it, and its mode.
    Bytes(Vec<u8>, u32),
    Folder,
}

/// What a fleet says and what lies on its hosts.
pub(crate) struct World {
    /// Where each end has its certificate.
    level: BTreeMap<Side, At>,
    options: BTreeMap<(Side, At, &'static str), String>,
    /// Transport parameters as they are written, beside the options that are set there.
    pub(crate) port: Vec<String>,
    pub(crate) connection: Vec<String>,
    pub(crate) mode: &'static str,
    /// The line with the number of the port.
    pub(crate) number: &'static str,
    /// Where the own file of an end lies.
    own_file: &'static str,
    /// Whether it does.
    pub(crate) has_own_file: bool,
    lines: BTreeMap<Of, Vec<String>>,
    accepted: BTreeSet<(&'static str, String)>,
    pub(crate) files: BTreeMap<(Side, &'static str), File>,
    /// What distribution points answer if somebody asks them.
    pub(crate) answers: BTreeMap<String, Answer>,
    /// The host whose files nobody has collected.
    pub(crate) uncollected: Option<Side>,
    /// The ends that are OpenSSL.
    openssl: BTreeSet<Side>,
}

/// Where the own file of an application lies, and its form with it.
pub(crate) const INI: &str = "/etc/app.cfg";
pub(crate) const SCRIPT: &str = "/etc/setenv.sh";

impl Ground {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Root");
        let sub = root.intermediate("Sub");
        let rsa = include_bytes!("../../../keystore/tests/fixtures/rsa_pkcs8.pem");
        Self {
            root,
            sub,
            other: Authority::root("Other"),
            keys: [new_key(), new_key()],
            rsa: pem::read_private_key(rsa, None).unwrap(),
        }
    }

    pub(crate) fn key(&self, side: Side) -> &PrivateKey {
        match side {
            Side::Client => &self.keys[0],
            Side::Server => &self.keys[1],
        }
    }

    /// A certificate of the intermediate CA for the key of this end.
    pub(crate) fn issue(&self, side: Side, host: &Host<'_>) -> Certificate {
        self.sub.issue_for(host, self.key(side))
    }
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Client, Self::Server];

    pub(crate) fn host(self) -> &'static str {
        match self {
            Self::Client => "a.example.com",
            Self::Server => "b.example.com",
        }
    }

    pub(crate) fn application(self) -> &'static str {
        match self {
            Self::Client => "Client",
            Self::Server => "Server",
        }
    }

    /// The place of its endpoint.
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::Client => "Client/Server:default",
            Self::Server => "Server:default",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

impl World {
    /// A fleet that works, in one of several ways.
    pub(crate) fn good(ground: &Ground, draw: &mut Draw) -> Self {
        let mut world = Self {
            level: BTreeMap::new(),
            options: BTreeMap::new(),
            port: Vec::new(),
            connection: Vec::new(),
            mode: "secured",
            number: "number = 4060",
            own_file: INI,
            has_own_file: true,
            lines: BTreeMap::new(),
            accepted: BTreeSet::new(),
            files: BTreeMap::new(),
            answers: BTreeMap::new(),
            uncollected: None,
            openssl: BTreeSet::new(),
        };
        for side in Side::BOTH {
            world.take_level(side, draw);
            let own = ground.issue(side, &Host::named(side.host()));
            world.presents(side, &[&own, &ground.sub.certificate], ground.key(side));
            world.trusts(side, &[&ground.root.certificate]);
        }
        if draw.below(4) > 0 {
            world.port.push("tls-mutual=1".to_owned());
        }
        if draw.coin() {
            world
                .connection
                .push("tls-target-name-check=host".to_owned());
        }
        world
    }

    /// Where this end has its certificate, and whether it says so.
    fn take_level(&mut self, side: Side, draw: &mut Draw) {
        let (at, source) = match draw.below(10) {
            0..=3 => (At::Host, Some("host")),
            4 => (At::Host, None),
            5 | 6 => (At::Application, Some("application")),
            7 => (At::Application, None),
            8 => (At::Endpoint, draw.one(&[None, Some("host")])),
            _ => (At::OwnFile, None),
        };
        self.level.insert(side, at);
        if let Some(source) = source {
            let line = format!("certificate-source = \"{source}\"");
            self.line(Of::Application(side), &line);
        }
    }

    /// Where this end has its certificate.
    pub(crate) fn level(&self, side: Side) -> At {
        self.level[&side]
    }

    /// Takes what this end sets to another level, with no word of where its certificate comes from.
    pub(crate) fn move_to(&mut self, side: Side, at: At) {
        let from = self.level.insert(side, at).unwrap();
        let (moved, left): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut self.options)
            .into_iter()
            .partition(|((of, level, _), _)| *of == side && *level == from);
        self.options = left;
        for ((_, _, option), value) in moved {
            self.options.insert((side, at, option), value);
        }
        self.lines
            .entry(Of::Application(side))
            .or_default()
            .retain(|line| !line.starts_with("certificate-source"));
    }

    /// The program of this end does its TLS itself.
    pub(crate) fn is_openssl(&mut self, side: Side) {
        self.openssl.insert(side);
    }

    /// Whether it is OpenSSL that does the TLS of an end.
    pub(crate) fn is_run_by_openssl(&self, end: &Endpoint) -> bool {
        let place = end.place().to_string();
        self.openssl.iter().any(|side| side.endpoint() == place)
    }

    pub(crate) fn is_mutual(&self) -> bool {
        self.port.iter().any(|one| one == "tls-mutual=1")
    }

    /// Sets an option where the certificate is set.
    pub(crate) fn set(&mut self, side: Side, option: &'static str, value: &str) {
        self.set_at(side, self.level(side), option, value);
    }

    pub(crate) fn set_at(&mut self, side: Side, at: At, option: &'static str, value: &str) {
        self.options.insert((side, at, option), value.to_owned());
    }

    pub(crate) fn unset(&mut self, side: Side, option: &'static str) -> Option<String> {
        self.options.remove(&(side, self.level(side), option))
    }

    /// A transport parameter of this end as it is written.
    pub(crate) fn parameter(&mut self, side: Side, written: &str) {
        let written = written.to_owned();
        match side {
            Side::Client => self.connection.push(written),
            Side::Server => self.port.push(written),
        }
    }

    /// A line of the fleet file as it is written.
    pub(crate) fn line(&mut self, of: Of, line: &str) {
        self.lines.entry(of).or_default().push(line.to_owned());
    }

    /// A line of the own file, which then the application has.
    pub(crate) fn own_line(&mut self, side: Side, line: &str) {
        if self.level(side) != At::OwnFile {
            self.move_to(side, At::OwnFile);
        }
        self.line(Of::OwnFile(side), line);
    }

    /// The own file is a script.
    pub(crate) fn own_script(&mut self) {
        self.own_file = SCRIPT;
    }

    pub(crate) fn own_file(&self) -> &'static str {
        self.own_file
    }

    /// A file as keys are kept: nobody else may read it.
    pub(crate) fn file(&mut self, side: Side, path: &'static str, bytes: impl Into<Vec<u8>>) {
        let file = File::Bytes(bytes.into(), 0o640);
        self.files.insert((side, path), file);
    }

    /// Lets every account read the files of an end.
    pub(crate) fn everyone_reads(&mut self, side: Side) {
        for ((of, _), file) in &mut self.files {
            if let File::Bytes(_, mode) = file
                && *of == side
            {
                *mode = 0o644;
            }
        }
    }

    pub(crate) fn remove(&mut self, side: Side, path: &'static str) {
        self.files.remove(&(side, path));
    }

    pub(crate) fn presents(&mut self, side: Side, chain: &[&Certificate], key: &PrivateKey) {
        let chain: Vec<_> = chain.iter().map(|one| (*one).clone()).collect();
        self.file(side, "/etc/own.pem", pem::certificates_to_pem(&chain));
        self.file(
            side,
            "/etc/key.pem",
            pem::private_key_to_pem(key).as_bytes(),
        );
        self.set(side, "certificate", "/etc/own.pem");
        self.set(side, "certificate-key", "/etc/key.pem");
    }

    pub(crate) fn trusts(&mut self, side: Side, trusted: &[&Certificate]) {
        let trusted: Vec<_> = trusted.iter().map(|one| (*one).clone()).collect();
        self.file(side, "/etc/ca.pem", pem::certificates_to_pem(&trusted));
        self.set(side, "trusted-ca", "/etc/ca.pem");
    }

    pub(crate) fn lists(&mut self, side: Side, lists: &str) {
        self.file(side, "/etc/ca.crl", lists);
        self.set(side, "crl", "/etc/ca.crl");
    }

    /// All that an end has, in words: what differs in it from another world somebody has changed. What stands behind
    /// everything else may be of either.
    pub(crate) fn sheet(&self, side: Side) -> String {
        let own = |of: &Side| *of == side;
        let options: Vec<_> = self
            .options
            .iter()
            .filter(|((of, ..), _)| own(of))
            .collect();
        let files: Vec<_> = self.files.iter().filter(|((of, _), _)| own(of)).collect();
        let endpoint = match side {
            Side::Client => (&self.connection, "", "", Of::Connection),
            Side::Server => (&self.port, self.mode, self.number, Of::Port),
        };
        let lines = [
            Of::Host(side),
            Of::HostSecurity(side),
            Of::Application(side),
            Of::ApplicationSecurity(side),
            Of::OwnFile(side),
            endpoint.3,
            Of::Rest,
        ];
        let lines = lines.map(|of| self.lines.get(&of));
        let level = self.level(side);
        format!("{level:?} {options:?} {endpoint:?} {lines:?} {files:?}")
    }

    /// Accepts a finding where the certificate of an end is set.
    pub(crate) fn accept(&mut self, side: Side, code: &'static str) {
        let place = match self.level(side) {
            At::Host => format!("host {}", side.host()),
            At::Application | At::OwnFile => format!("application {}", side.application()),
            At::Endpoint => side.endpoint().to_owned(),
        };
        self.accepted.insert((code, place));
    }

    pub(crate) fn accept_at(&mut self, place: &str, code: &'static str) {
        self.accepted.insert((code, place.to_owned()));
    }

    /// The fleet file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for side in Side::BOTH {
            write!(text, "[[host]]\nname = \"{}\"\n", side.host()).unwrap();
            self.write_lines(&mut text, Of::Host(side));
            text += "[host.security]\n";
            self.write_options(&mut text, side, At::Host);
            self.write_lines(&mut text, Of::HostSecurity(side));
        }
        for side in Side::BOTH {
            let (name, host) = (side.application(), side.host());
            write!(
                text,
                "[[application]]\nname = \"{name}\"\nhost = \"{host}\"\n"
            )
            .unwrap();
            if self.level(side) == At::OwnFile {
                writeln!(text, "own-file = \"{}\"", self.own_file).unwrap();
            }
            self.write_lines(&mut text, Of::Application(side));
            text += "[application.security]\n";
            self.write_options(&mut text, side, At::Application);
            self.write_lines(&mut text, Of::ApplicationSecurity(side));
            self.write_endpoint(&mut text, side);
        }
        self.write_lines(&mut text, Of::Rest);
        for (code, place) in &self.accepted {
            write!(
                text,
                "[[accept]]\ncode = \"{code}\"\nplace = \"{place}\"\nreason = \"a test\"\nuntil = 2120-01-01\n"
            )
            .unwrap();
        }
        text
    }

    fn write_endpoint(&self, text: &mut String, side: Side) {
        let written = match side {
            Side::Client => &self.connection,
            Side::Server => &self.port,
        };
        let set = self
            .options_at(side, At::Endpoint)
            .map(|(option, value)| format!("{option}={value}"));
        let parameters: Vec<String> = set.chain(written.iter().cloned()).collect();
        let parameters = escaped(&parameters.join(";"));
        match side {
            Side::Client => {
                *text += "[[application.connection]]\nto = \"Server\"\n";
                *text += self.carried(side, "tunnel = \"127.0.0.1:14060\"\n");
                self.write_lines(text, Of::Connection);
            }
            Side::Server => {
                let (number, mode) = (self.number, self.mode);
                write!(
                    text,
                    "[[application.port]]\n{number}\nmode = \"{mode}\"\n{}",
                    self.carried(side, "tunnel = \"127.0.0.1:12060\"\n")
                )
                .unwrap();
                self.write_lines(text, Of::Port);
            }
        }
        writeln!(text, "transport = \"{parameters}\"").unwrap();
    }

    /// The line that has a tunnel of ours carry an end.
    fn carried(&self, side: Side, tunnel: &'static str) -> &'static str {
        if self.openssl.contains(&side) {
            "engine = \"openssl\"\n"
        } else {
            tunnel
        }
    }

    fn write_options(&self, text: &mut String, side: Side, at: At) {
        for (option, value) in self.options_at(side, at) {
            writeln!(text, "{option} = \"{}\"", escaped(value)).unwrap();
        }
    }

    fn write_lines(&self, text: &mut String, of: Of) {
        for line in self.lines.get(&of).into_iter().flatten() {
            *text += line;
            text.push('\n');
        }
    }

    fn options_at(&self, side: Side, at: At) -> impl Iterator<Item = (&'static str, &String)> {
        let options = self.options.iter();
        options
            .filter(move |((of, level, _), _)| *of == side && *level == at)
            .map(|((_, _, option), value)| (*option, value))
    }

    /// What the own file of an end says, if its application has one.
    pub(crate) fn own_text(&self, side: Side) -> Option<String> {
        if self.level(side) != At::OwnFile {
            return None;
        }
        let mut text = String::new();
        let options = self.options_at(side, At::OwnFile);
        if self.own_file == SCRIPT {
            for (option, value) in options {
                let variable = option.to_ascii_uppercase().replace('-', "_");
                writeln!(text, "export {variable}='{value}'").unwrap();
            }
        } else {
            text += "[security]\n";
            for (option, value) in options {
                writeln!(text, "{option} = {value}").unwrap();
            }
        }
        self.write_lines(&mut text, Of::OwnFile(side));
        Some(text)
    }
}

/// As a string of TOML holds it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
