//! Ends with several errors, of ours and of another engine: an error more makes no row better, all of them are named, and what keeps an
//! end down for certain comes first. So it is also at a port that changes to TLS in its own protocol, which is not asked.
//!
//! Long because the fleet is made here of which every row is one of them.
//!
//! Invariant: the rows of all ends are of one fleet, and of one look at it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{Pki, Wish};

use crate::scene::option;

/// An error of an end, by what is written of it.
#[derive(Clone, Copy, Debug)]
struct Mistake {
    name: &'static str,
    code: &'static str,
    transport: &'static str,
    host: AtHost,
    /// Whether another engine than ours does not start with it for certain.
    is_certain: bool,
}

/// What is wrong at the level of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AtHost {
    Nothing,
    /// Options of that beginning are not set.
    Without(&'static str),
    /// This file is not there.
    Gone(&'static str),
}

const VALUE: Mistake = Mistake {
    name: "value",
    code: "TP1013",
    transport: "sec-protocol=WRONG",
    host: AtHost::Nothing,
    is_certain: false,
};
const LIST: Mistake = Mistake {
    name: "list",
    code: "TP5102",
    transport: "cipher-list=NONSENSE",
    is_certain: true,
    ..VALUE
};
const GONE: Mistake = Mistake {
    name: "gone",
    code: "TP4001",
    transport: "",
    host: AtHost::Gone("trusted-ca"),
    is_certain: true,
};
const CLEAR: Mistake = Mistake {
    name: "clear",
    code: "TP3001",
    transport: "tls=0",
    ..VALUE
};
const BARE: Mistake = Mistake {
    name: "bare",
    code: "TP3010",
    transport: "",
    host: AtHost::Without("certificate"),
    is_certain: false,
};
const BOTH: Mistake = Mistake {
    name: "both",
    code: "TP2010",
    transport: "upgrade=1",
    ..VALUE
};

/// Where an end is that has mistakes, and what it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Client,
    Server,
    /// Those of a port that changes to TLS in its own protocol.
    UpgradingClient,
    UpgradingServer,
}

impl Side {
    const ALL: [Self; 4] = [
        Self::Client,
        Self::Server,
        Self::UpgradingClient,
        Self::UpgradingServer,
    ];

    fn mistakes(self) -> &'static [Mistake] {
        match self {
            Self::Client => &[VALUE, CLEAR, BARE, LIST, GONE],
            Self::Server => &[VALUE, BOTH, LIST, GONE],
            Self::UpgradingClient => &[VALUE, BARE, LIST, GONE],
            Self::UpgradingServer => &[VALUE, LIST, GONE],
        }
    }

    fn engines(self) -> &'static [&'static str] {
        match self {
            Self::Client | Self::Server | Self::UpgradingClient => &["trustpack", "openssl"],
            // Ours has no protocol of its own.
            Self::UpgradingServer => &["openssl"],
        }
    }

    fn at(self) -> &'static str {
        match self {
            Self::Client | Self::UpgradingClient => "the client",
            Self::Server | Self::UpgradingServer => "the server",
        }
    }

    /// The mode of the port and its parameters.
    fn port(self) -> [&'static str; 2] {
        match self {
            Self::Client | Self::Server => ["secured", "tls=1;tls-mutual=1"],
            Self::UpgradingClient | Self::UpgradingServer => {
                ["auto-detect", "upgrade=1;tls-mutual=1"]
            }
        }
    }
}

/// An end with one mistake or two.
#[derive(Debug)]
struct Case {
    side: Side,
    engine: &'static str,
    mistakes: Vec<Mistake>,
}

impl Case {
    /// Each mistake of each end alone, and each two of them.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for side in Side::ALL {
            for engine in side.engines() {
                let known = side.mistakes();
                let alone = known.iter().map(|one| vec![*one]);
                let pairs = known.iter().enumerate().flat_map(|(nth, one)| {
                    let others = known.iter().skip(nth + 1);
                    others.map(|other| vec![*one, *other])
                });
                all.extend(alone.chain(pairs).map(|mistakes| Self {
                    side,
                    engine,
                    mistakes,
                }));
            }
        }
        all
    }

    fn name(&self) -> String {
        let names: Vec<&str> = self.mistakes.iter().map(|one| one.name).collect();
        let (side, engine) = (self.side, self.engine);
        format!("{side:?}-{engine}-{}", names.join("-")).to_lowercase()
    }

    /// The same end with one of its mistakes alone.
    fn with(&self, mistake: Mistake) -> String {
        let mistakes = vec![mistake];
        Self { mistakes, ..*self }.name()
    }

    /// The places of its rows: the end that has the mistakes, and the connection to it.
    fn places(&self) -> Vec<String> {
        let name = self.name();
        match self.side {
            Side::Client => vec![format!("{name}/good:default")],
            Side::UpgradingClient => vec![format!("{name}/upgrading:default")],
            Side::Server | Side::UpgradingServer => {
                vec![format!("{name}:default"), format!("desk/{name}:default")]
            }
        }
    }

    /// Host and application of it.
    fn text(&self, pki: &Pki, number: u16) -> String {
        let (name, engine) = (self.name(), self.engine);
        let own = match self.side {
            Side::Client | Side::UpgradingClient => "desk",
            Side::Server | Side::UpgradingServer => "host",
        };
        let mut lines = vec![
            option("certificate", &pki.certificate(own)),
            option("certificate-key", &pki.key(own)),
            option("trusted-ca", &pki.certificate("root")),
        ];
        for mistake in &self.mistakes {
            match mistake.host {
                AtHost::Nothing => {}
                AtHost::Without(beginning) => lines.retain(|line| !line.starts_with(beginning)),
                AtHost::Gone(file) => {
                    lines.retain(|line| !line.starts_with(file));
                    lines.push(option(file, &pki.path("gone.pem")));
                }
            }
        }
        let [mode, port] = self.side.port();
        let own = self.mistakes.iter().map(|one| one.transport);
        let own: Vec<&str> = own.filter(|one| !one.is_empty()).collect();
        let host = host(&name, &lines);
        match self.side {
            Side::Client | Side::UpgradingClient => {
                let is_asked = self.side == Side::Client;
                let to = if is_asked { "good" } else { "upgrading" };
                host + &connection(to, engine, &own.join(";"))
            }
            Side::Server | Side::UpgradingServer => {
                let port = [&[port][..], &own].concat().join(";");
                host + &listening(number, mode, &port, engine)
            }
        }
    }
}

/// A host, and an application on it of the same name.
fn host(name: &str, lines: &[String]) -> String {
    format!(
        "\n[[host]]\nname = \"{name}.example.com\"\naddresses = [\"127.0.0.1\"]\nplatform = \"unix\"\n[host.security]\n{}\n\
         [[application]]\nname = \"{name}\"\nhost = \"{name}.example.com\"\ncertificate-source = \"host\"\n",
        lines.join("\n")
    )
}

fn by(engine: &str) -> String {
    match engine {
        "trustpack" => "tunnel = \"127.0.0.1:1\"".to_owned(),
        engine => format!("engine = \"{engine}\""),
    }
}

fn connection(to: &str, engine: &str, transport: &str) -> String {
    format!(
        "[[application.connection]]\nto = \"{to}\"\ntransport = \"{transport}\"\n{}\n",
        by(engine)
    )
}

fn listening(number: u16, mode: &str, transport: &str, engine: &str) -> String {
    format!(
        "[[application.port]]\nnumber = {number}\nmode = \"{mode}\"\ntransport = \"{transport}\"\n{}\n",
        by(engine)
    )
}

/// The fleet of all of them, each on a host of its own, and what `probe` says of each place of it.
#[track_caller]
fn rows(pki: &Pki, cases: &[Case], service: SocketAddr) -> BTreeMap<String, Value> {
    let good = [
        option("certificate", &pki.certificate("host")),
        option("certificate-key", &pki.key("host")),
        option("trusted-ca", &pki.certificate("root")),
    ];
    let mut text = host("good", &good);
    let [mode, port] = Side::Client.port();
    text += &listening(service.port(), mode, port, "openssl");
    text += &host("upgrading", &good);
    let [mode, port] = Side::UpgradingClient.port();
    text += &listening(service.port(), mode, port, "openssl");
    text += &host("desk", &good);
    for to in ["good", "upgrading"] {
        text += &connection(to, "openssl", "");
    }
    for case in cases {
        if [Side::Server, Side::UpgradingServer].contains(&case.side) {
            text += &connection(&case.name(), "openssl", "");
        }
    }
    for case in cases {
        text += &case.text(pki, service.port());
    }
    let fleet = pki.path("fleet.toml");
    fs::write(&fleet, text).unwrap();
    for name in ["good", "upgrading", "desk"]
        .map(str::to_owned)
        .into_iter()
        .chain(cases.iter().map(Case::name))
    {
        let host = pki.path(&format!("{name}.example.com"));
        std::os::unix::fs::symlink("/", host).unwrap();
    }
    let call = Call::trustpack(["probe", "--json", "--fleet"]).arg(&fleet);
    let outcome = call.arg("--files").arg(pki.dir()).run();
    let document: Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"));
    let rows = document["endpoints"].as_array().unwrap().iter();
    let named = |row: &Value| (row["place"].as_str().unwrap().to_owned(), row.clone());
    rows.map(named).collect()
}

/// What is said in a row.
fn text<'r>(row: &'r Value, pointer: &str) -> &'r str {
    let found = row.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no {pointer} in {row:#}"))
}

fn differs(row: &Value) -> bool {
    text(row, "/state") == "different"
}

/// A connection in clear is not held to what its port demands: that it has no certificate is not said.
fn hides(one: &Mistake, other: &Mistake) -> bool {
    one.name == CLEAR.name && other.name == BARE.name
}

#[test]
fn an_error_more_makes_nothing_better() {
    let pki = Pki::new();
    pki.issue(Wish::host("host", "root"));
    pki.issue(Wish::host("desk", "root"));
    let root = pki.certificate("root").display().to_string();
    let demands = ["-Verify", "2", "-verify_return_error", "-CAfile", &root];
    let running = ReversingServer::start(&pki.certificate("host"), &pki.key("host"), demands);
    let cases = Case::all();
    let rows = rows(&pki, &cases, running.address());
    // Without an error nothing differs.
    for (place, state) in [
        ("good:default", "as-expected"),
        ("desk/good:default", "as-expected"),
        ("upgrading:default", "not-probed"),
        ("desk/upgrading:default", "not-probed"),
    ] {
        let row = &rows[place];
        assert_eq!(text(row, "/state"), state, "{row:#}");
        assert_eq!(row["explanation"], Value::Null, "{row:#}");
    }
    for case in &cases {
        for (nth, place) in case.places().iter().enumerate() {
            let row = &rows[place];
            for mistake in &case.mistakes {
                let name = case.with(*mistake);
                let alone = Case {
                    mistakes: vec![*mistake],
                    ..*case
                };
                let alone = &rows[&alone.places()[nth]];
                assert!(
                    differs(row) || !differs(alone),
                    "{place} is better than {name}: {row:#}"
                );
            }
            told(case, row);
        }
        // The end itself differs, but for what fails whoever does TLS.
        let row = &rows[&case.places()[0]];
        let fails_anyway = |one: &Mistake| [CLEAR.name, BARE.name].contains(&one.name);
        let may_be_expected = case.engine == "openssl" && case.side == Side::Client;
        let is_expected = may_be_expected && case.mistakes.iter().all(fails_anyway);
        assert_eq!(differs(row), !is_expected, "{row:#}");
    }
}

/// All that is to be mended is named, with the certain first, and what was expected says the same.
#[track_caller]
fn told(case: &Case, row: &Value) {
    // What another engine makes of the settings of its server is not known: the connection may work.
    if row["explanation"].is_null() {
        let mut mistakes = case.mistakes.iter();
        let is_unknown = case.side == Side::Server && case.engine == "openssl";
        assert!(
            is_unknown && mistakes.all(|one| one.code == VALUE.code),
            "{row:#}"
        );
        return;
    }
    assert_eq!(text(row, "/explanation/at"), case.side.at(), "{row:#}");
    let what = text(row, "/explanation/what");
    let said = format!("{what}; {}", text(row, "/explanation/remedy"));
    for mistake in &case.mistakes {
        let is_hidden = case.mistakes.iter().any(|one| hides(one, mistake));
        assert_eq!(
            said.contains(mistake.code),
            !is_hidden,
            "{mistake:?}: {row:#}"
        );
    }
    let certain = |one: &&Mistake| one.is_certain;
    if case.engine == "openssl" {
        let mut certain = case.mistakes.iter().filter(certain).peekable();
        let is_down = what.contains("not start");
        assert_eq!(is_down, certain.peek().is_some(), "{row:#}");
        assert!(
            !is_down || certain.any(|one| what.contains(one.code)),
            "{row:#}"
        );
    }
    // The first one is what was expected, or what differs; a client has its own words for what its port has.
    let code = case.mistakes.iter().find(|one| what.contains(one.code));
    let code = code.unwrap().code;
    let differences = row["differences"].as_array().unwrap().iter();
    let found: String = differences
        .map(|one| text(one, "/found").to_owned())
        .collect();
    let expected = text(row, "/expected");
    let both = format!("{expected} {found}");
    let has_its_words = both.contains("TP3007") || both.contains("its cipher-list leaves ");
    assert!(both.contains(code) || has_its_words, "{code}: {row:#}");
}
