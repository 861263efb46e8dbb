//! Small fleets at random, and how they are written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

/// At which endpoints an option may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Both,
    Port,
    Connection,
}

/// An option of 2.2: its name, where its column of levels has it at endpoints, whether it is in the block, its default, and
/// two values.
pub(crate) type Row = (&'static str, At, bool, &'static str, [&'static str; 2]);

/// All of 2.2 but `tls` and `upgrade`, which say whether there is TLS at all.
pub(crate) const OPTIONS: [Row; 20] = [
    ("tls-mutual", At::Port, false, "0", ["0", "1"]),
    ("certificate", At::Both, true, "", ["/1.pem", "/2.pem"]),
    ("certificate-key", At::Both, true, "", ["/1.key", "/2.key"]),
    ("trusted-ca", At::Both, true, "", ["/1.ca", "/2.ca"]),
    ("provider", At::Both, true, "PEM", ["PEM", "JKS"]),
    (
        "truststore-password",
        At::Both,
        true,
        "",
        ["env:A", "env:B"],
    ),
    ("keystore-password", At::Both, true, "", ["env:A", "env:B"]),
    (
        "store-location",
        At::Both,
        true,
        "machine",
        ["machine", "user"],
    ),
    (
        "fips140-enabled",
        At::Both,
        false,
        "false",
        ["false", "true"],
    ),
    ("crl", At::Both, false, "", ["/1.crl", "/2.crl"]),
    (
        "tls-target-name-check",
        At::Connection,
        false,
        "no",
        ["host", "no"],
    ),
    ("client-auth", At::Both, false, "1", ["0", "1"]),
    ("sec-protocol", At::Both, false, "", ["TLSv12", "TLSv13"]),
    (
        "sec-protocol-max",
        At::Both,
        false,
        "",
        ["TLSv12", "TLSv13"],
    ),
    ("cipher-list", At::Both, false, "", ["A:B", "C"]),
    ("send-root", At::Both, false, "1", ["0", "1"]),
    ("crl-check", At::Both, false, "chain", ["leaf", "chain"]),
    ("crl-freshness", At::Both, false, "required", ["warn", "48"]),
    (
        "allowed-names",
        At::Port,
        false,
        "",
        ["dns:a.example", "cn:B"],
    ),
    (
        "danger-accept-weak",
        At::Both,
        false,
        "",
        ["2027-03-31", "2030-01-01"],
    ),
];

/// The thumbprints that stand for the two certificates in the store of Windows.
const THUMBPRINTS: [(&str, &str); 2] = [
    ("/1.pem", "1111111111111111111111111111111111111111"),
    ("/2.pem", "2222222222222222222222222222222222222222"),
];

/// Ports that applications may have. A pair is linked by the second, if its partner has it and it says so.
pub(crate) const PORTS: [&str; 3] = ["default", "ha", "other"];

/// What is set at one level: name and value.
pub(crate) type Settings = BTreeMap<&'static str, &'static str>;

#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    /// Whether each of the two hosts runs Windows, and what it sets.
    pub(crate) hosts: Vec<(bool, Settings)>,
    pub(crate) applications: Vec<Application>,
}

#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) host: usize,
    /// On Windows it is no Java: what a program that names no provider reads its certificates as is for neither to say.
    pub(crate) java: bool,
    pub(crate) gui: bool,
    pub(crate) source: Option<&'static str>,
    pub(crate) settings: Settings,
    pub(crate) backup: Option<usize>,
    /// Whether its port "ha", if it has one, links a pair.
    pub(crate) linked_by_ha: bool,
    /// By the number in [`PORTS`].
    pub(crate) ports: BTreeMap<usize, Settings>,
    /// By the number of the target and of its port.
    pub(crate) connections: BTreeMap<(usize, usize), Settings>,
}

fn settings(at: Option<At>) -> impl Strategy<Value = Settings> {
    let one = move |(name, may_be_at, _, _, values): Row| {
        let fits = at.is_none_or(|at| may_be_at == At::Both || may_be_at == at);
        // Each option is set at about every fourth level.
        (0_usize..8).prop_map(move |n| values.get(n).filter(|_| fits).map(|value| (name, *value)))
    };
    OPTIONS
        .map(one)
        .prop_map(|set| set.into_iter().flatten().collect())
}

/// Often nothing, as in most fleets.
fn of_endpoint(at: At) -> impl Strategy<Value = Settings> {
    prop_oneof![Just(Settings::new()), settings(Some(at))]
}

const COUNT: usize = 4;

fn application() -> impl Strategy<Value = Application> {
    let source = prop::sample::select(vec![None, None, Some("host"), Some("application")]);
    let to = (0..COUNT, 0..PORTS.len());
    (
        (0..2_usize, any::<bool>(), any::<bool>(), source),
        settings(None),
        (prop::option::of(0..COUNT), any::<bool>()),
        prop::collection::btree_map(0..PORTS.len(), of_endpoint(At::Port), 0..=PORTS.len()),
        prop::collection::btree_map(to, of_endpoint(At::Connection), 0..4),
    )
        .prop_map(
            |((host, java, gui, source), settings, (backup, linked_by_ha), ports, connections)| {
                Application {
                    host,
                    java,
                    gui,
                    source,
                    settings,
                    backup,
                    linked_by_ha,
                    ports,
                    connections,
                }
            },
        )
}

/// Fleets in which nobody is his own backup, and no backup has one.
pub(crate) fn fleet() -> impl Strategy<Value = Fleet> {
    let hosts = prop::collection::vec((any::<bool>(), settings(None)), 2);
    let applications = prop::collection::vec(application(), COUNT);
    (hosts, applications).prop_map(|(hosts, mut applications)| {
        for index in 0..COUNT {
            applications[index].java &= !hosts[applications[index].host].0;
            applications[index].backup = applications[index].backup.filter(|b| *b != index);
            if let Some(backup) = applications[index].backup {
                applications[backup].backup = None;
            }
        }
        Fleet {
            hosts,
            applications,
        }
    })
}

/// The settings of a level as they are written on a host of this kind: without a provider, Windows has thumbprints.
pub(crate) fn written(settings: &Settings, windows: bool) -> Settings {
    let by_thumbprint = windows && !settings.contains_key("provider");
    let value = |name: &str, value: &'static str| {
        let thumbprint = THUMBPRINTS.iter().find(|(path, _)| *path == value);
        match thumbprint {
            Some((_, thumbprint)) if by_thumbprint && name == "certificate" => *thumbprint,
            Some(_) | None => value,
        }
    };
    let all = settings.iter();
    all.map(|(name, given)| (*name, value(name, given)))
        .collect()
}

pub(crate) fn toml(fleet: &Fleet) -> String {
    let mut text = String::new();
    let section = |settings: &Settings| {
        let lines = settings.iter();
        lines
            .map(|(name, value)| format!("{name} = \"{value}\"\n"))
            .collect::<String>()
    };
    let parameters = |settings: &Settings| {
        let all = settings
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        all.collect::<Vec<_>>().join(";")
    };
    for (index, (windows, settings)) in fleet.hosts.iter().enumerate() {
        let platform = if *windows { "windows" } else { "unix" };
        let settings = section(&written(settings, *windows));
        write!(
            text,
            "[[host]]\nname = \"h{index}.example\"\nplatform = \"{platform}\"\n"
        )
        .unwrap();
        write!(text, "[host.security]\n{settings}").unwrap();
    }
    for (index, one) in fleet.applications.iter().enumerate() {
        let windows = fleet.hosts[one.host].0;
        let runtime = if one.java { "java" } else { "native" };
        let role = if one.gui { "gui" } else { "server" };
        write!(
            text,
            "[[application]]\nname = \"A{index}\"\nhost = \"h{}.example\"\n",
            one.host
        )
        .unwrap();
        write!(text, "runtime = \"{runtime}\"\nrole = \"{role}\"\n").unwrap();
        if let Some(source) = one.source {
            writeln!(text, "certificate-source = \"{source}\"").unwrap();
        }
        if let Some(backup) = one.backup {
            writeln!(text, "backup = \"A{backup}\"").unwrap();
        }
        let settings = section(&written(&one.settings, windows));
        write!(text, "[application.security]\n{settings}").unwrap();
        for (port, settings) in &one.ports {
            let (id, number) = (PORTS[*port], 1000 * index + port + 1);
            let transport = parameters(&written(settings, windows));
            write!(text, "[[application.port]]\nid = \"{id}\"\nnumber = {number}\nmode = \"secured\"\ntransport = \"{transport}\"\n").unwrap();
            if id == "ha" && one.linked_by_ha {
                text.push_str("ha-sync = true\n");
            }
        }
        for ((target, port), settings) in &one.connections {
            let transport = parameters(&written(settings, windows));
            write!(text, "[[application.connection]]\nto = \"A{target}\"\nport = \"{}\"\ntransport = \"{transport}\"\n", PORTS[*port]).unwrap();
        }
    }
    text
}
