//! A fleet of two hosts on this machine: a server whose tunnel runs, and a client that is only probed.
//!
//! Both hosts have the files of this machine, through links.
//!
//! Long because the steps that stories are put together of stand together.
//!
//! Invariant: what a story changes of a scene is text of the fleet or a file, as an administrator would.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::pki::{Key, Pki, Wish};
use trustpack_e2e::plain::Service;
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::until;

use crate::asked::Asked;
use crate::ports;

const HOST: &str = "host.example.com";
const SPARE: &str = "spare.example.com";

/// A second client of the server, on the host of the first: for [`Settings::more`].
pub(crate) const SECOND_CLIENT: &str = r#"
[[application]]
name = "Wall"
host = "desk.example.com"
certificate-source = "host"
[[application.connection]]
to = "Server"
tunnel = "127.0.0.1:2"
"#;

/// The file of a revocation list.
const LIST: &str = "list.pem";

/// The parts of the fleet that stories change. Lines of TOML.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `[host.security]` of the server's host.
    pub(crate) server: Vec<String>,
    /// The same of the client's.
    pub(crate) client: Vec<String>,
    /// The transport parameters of the port.
    pub(crate) port: String,
    /// Its mode.
    pub(crate) mode: String,
    /// The transport parameters of the connection.
    pub(crate) connection: String,
    /// The application that it leads to, and the ID of its port.
    pub(crate) to: String,
    pub(crate) to_port: String,
    /// The backup of the server, on a host of its own, if it has one.
    pub(crate) spare: Option<Spare>,
    /// More lines of the port.
    pub(crate) of_port: String,
    /// Who does TLS for the client's connection: a tunnel, or the engine that is named.
    pub(crate) of_connection: String,
    /// The kinds of server and client, if they are of the catalogue.
    pub(crate) components: Option<[String; 2]>,
    /// More objects.
    pub(crate) more: String,
    /// Options of the tunnels' command.
    pub(crate) run: Vec<String>,
}

/// What the backup of the server has of its own.
#[derive(Clone, Debug)]
pub(crate) struct Spare {
    /// `[host.security]` of its host.
    pub(crate) security: Vec<String>,
    /// The transport parameters of its port.
    pub(crate) port: String,
}

/// The fleet, its files and its running tunnels.
pub(crate) struct Scene {
    pub(crate) pki: Pki,
    pub(crate) settings: Settings,
    echo: Service,
    number: u16,
    /// Who does TLS at the port, if it is not a tunnel.
    engine: Option<String>,
    tunnel: Option<Tunnel>,
    /// That of the backup.
    spare: Option<Tunnel>,
    /// The fleet file that the probe reads, if it is another than that of the tunnel.
    probed: Option<PathBuf>,
}

impl Scene {
    /// Certificates `host`, `desk` under `root`, mutual TLS and a name check: a connection that works.
    #[track_caller]
    pub(crate) fn new() -> Self {
        let pki = Pki::new();
        pki.issue(Wish::root("other-root"));
        pki.issue(Wish::host("host", "root"));
        pki.issue(Wish::host("desk", "root"));
        let files = |name| {
            vec![
                option("certificate", &pki.certificate(name)),
                option("certificate-key", &pki.key(name)),
                option("trusted-ca", &pki.certificate("root")),
            ]
        };
        let mut client = files("desk");
        client.push("tls-target-name-check = \"host\"".to_owned());
        let settings = Settings {
            server: files("host"),
            client,
            port: "tls=1;tls-mutual=1".to_owned(),
            mode: "secured".to_owned(),
            connection: String::new(),
            to: "Server".to_owned(),
            to_port: "default".to_owned(),
            spare: None,
            of_port: String::new(),
            of_connection: "tunnel = \"127.0.0.1:1\"".to_owned(),
            components: None,
            more: String::new(),
            run: Vec::new(),
        };
        for host in [HOST, SPARE, "desk.example.com"] {
            std::os::unix::fs::symlink("/", pki.path(host)).unwrap();
        }
        Self {
            pki,
            settings,
            echo: Service::returning_at_end(),
            number: ports::free(),
            engine: None,
            tunnel: None,
            spare: None,
            probed: None,
        }
    }

    /// Writes another fleet file with these changes, which is what the probe reads from now on.
    #[track_caller]
    pub(crate) fn write_as(&mut self, path: &Path, change: impl FnOnce(&mut Settings, &Pki)) {
        let before = self.settings.clone();
        change(&mut self.settings, &self.pki);
        fs::write(path, self.text()).unwrap();
        self.settings = before;
        self.probed = Some(path.to_owned());
    }

    /// `openssl ca` of the authority `name`: what it revokes, and the lists that it makes.
    #[track_caller]
    pub(crate) fn authority(&self, name: &str, words: &[&str]) {
        let [own, key] = ["pem", "key"].map(|kind| format!("{name}.{kind}"));
        Call::foreign("openssl", ["ca", "-config", "config", "-cert", &own])
            .args(["-keyfile", &key])
            .args(words)
            .within(self.pki.dir())
            .succeeds();
    }

    /// The same, which makes a list for thirty days in the file that settings of revocation name.
    #[track_caller]
    pub(crate) fn make_list(&self, name: &str) {
        let words = ["-gencrl", "-crldays", "30", "-out", LIST];
        self.authority(name, &words);
    }

    /// Gives an end the certificate `name`, and its key.
    pub(crate) fn own(pki: &Pki, lines: &mut Vec<String>, name: &str) {
        Self::set(lines, option("certificate", &pki.certificate(name)));
        Self::set(lines, option("certificate-key", &pki.key(name)));
    }

    /// Gives the server a certificate with another kind of key.
    #[track_caller]
    pub(crate) fn own_with_key(&mut self, name: &str, key: Key) {
        self.pki.issue(Wish {
            key,
            ..Wish::host(name, "root")
        });
        Self::own(&self.pki, &mut self.settings.server, name);
    }

    /// The line that names the list of [`Self::make_list`].
    pub(crate) fn list(&self) -> String {
        option("crl", &self.pki.path(LIST))
    }

    /// Replaces a line of settings that begins with an option's name, or adds it.
    pub(crate) fn set(lines: &mut Vec<String>, line: String) {
        let name = line.split('=').next().unwrap_or_default().trim().to_owned();
        lines.retain(|old| old.split('=').next().unwrap_or_default().trim() != name);
        lines.push(line);
    }

    /// Writes the fleet file, and starts the tunnels of the servers' hosts anew.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        self.stop();
        self.write();
        self.tunnel = Some(self.run(HOST));
        if self.settings.spare.is_some() {
            self.spare = Some(self.run(SPARE));
        }
    }

    #[track_caller]
    fn run(&self, host: &str) -> Tunnel {
        let call = Call::trustpack(["tunnel", "run", "--host", host, "--fleet"]);
        Tunnel::start(call.arg(self.fleet()).args(&self.settings.run))
    }

    /// Stops the tunnels.
    #[track_caller]
    pub(crate) fn stop(&mut self) {
        for tunnel in self.tunnel.take().into_iter().chain(self.spare.take()) {
            tunnel.tell_to_stop();
            drop(tunnel.end());
        }
    }

    /// The running tunnel.
    #[track_caller]
    pub(crate) fn tunnel(&mut self) -> &mut Tunnel {
        self.tunnel.as_mut().unwrap()
    }

    /// Lets a service of another make have the port, whose engine the fleet file then names.
    pub(crate) fn served_by(&mut self, engine: &str, service: SocketAddr) {
        self.number = service.port();
        self.engine = Some(engine.to_owned());
    }

    /// Lets the tunnel lead to another program.
    pub(crate) fn before(&mut self, program: Service) {
        self.echo = program;
    }

    /// Where its port is.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }

    /// The fleet file.
    pub(crate) fn fleet(&self) -> PathBuf {
        self.pki.path("fleet.toml")
    }

    /// Writes the fleet file.
    #[track_caller]
    pub(crate) fn write(&self) {
        fs::write(self.fleet(), self.text()).unwrap();
    }

    fn text(&self) -> String {
        let Settings {
            server,
            client,
            port,
            mode,
            connection,
            to,
            to_port,
            spare,
            of_port,
            of_connection,
            more,
            ..
        } = &self.settings;
        let number = self.number;
        let backup = spare.as_ref().map_or("", |_| "backup = \"Spare\"\n");
        let spare = spare.as_ref().map(|spare| self.of_spare(spare));
        let spare = spare.unwrap_or_default();
        format!(
            r#"[[host]]
name = "host.example.com"
addresses = ["127.0.0.1"]
platform = "unix"
[host.security]
{server}

[[host]]
name = "desk.example.com"
addresses = ["127.0.0.1"]
platform = "unix"
[host.security]
{client}

[[application]]
name = "Server"
host = "host.example.com"
certificate-source = "host"
{server_kind}{backup}
[[application.port]]
number = {number}
mode = "{mode}"
transport = "{port}"
{server_side}
{of_port}

[[application]]
name = "Desk"
host = "desk.example.com"
certificate-source = "host"
{client_kind}
[[application.connection]]
to = "{to}"
port = "{to_port}"
transport = "{connection}"
{of_connection}
{spare}
{more}"#,
            server = server.join("\n"),
            server_side = self.server_side(),
            server_kind = self.kind(0),
            client_kind = self.kind(1),
            client = client.join("\n"),
        )
    }

    /// The line of an application that names its kind.
    fn kind(&self, index: usize) -> String {
        let kinds = self.settings.components.as_ref();
        let kind = kinds.and_then(|kinds| kinds.get(index));
        kind.map_or_else(String::new, |kind| format!("component = \"{kind}\"\n"))
    }

    /// The line of the port that says who does TLS there.
    fn server_side(&self) -> String {
        match &self.engine {
            None => format!("tunnel = \"{}\"", self.echo.address()),
            Some(engine) => format!("engine = \"{engine}\""),
        }
    }

    /// Host and application of the backup, with the port of the same number on another address.
    fn of_spare(&self, spare: &Spare) -> String {
        format!(
            r#"
[[host]]
name = "{SPARE}"
addresses = ["127.0.0.2"]
platform = "unix"
[host.security]
{security}

[[application]]
name = "Spare"
host = "{SPARE}"
certificate-source = "host"

[[application.port]]
number = {number}
mode = "secured"
transport = "{port}"
tunnel = "{echo}"
"#,
            security = spare.security.join("\n"),
            number = self.number,
            port = spare.port,
            echo = self.echo.address(),
        )
    }

    /// The connection must fail, for this reason, on this end, with a remedy of these words.
    #[track_caller]
    pub(crate) fn fails(&self, why: &str, at: &str, remedy: &[&str]) {
        let place = format!("Desk/{}:{}", self.settings.to, self.settings.to_port);
        self.fails_at(&place, why, at, remedy);
    }

    /// The same of the endpoint at this place.
    #[track_caller]
    pub(crate) fn fails_at(&self, place: &str, why: &str, at: &str, remedy: &[&str]) {
        let asked = Asked::of(self.probe(&[place, "--json"]));
        explained(&asked, at, remedy);
        let what = asked.text("/endpoints/0/explanation/what");
        assert!(what.contains(why), "{why:?} is not in {what:?}: {asked}");
    }

    /// `explain-failure` says the same of the line that the tunnel has written of the first failure since its start.
    #[track_caller]
    pub(crate) fn log_says(&mut self, at: &str, remedy: &[&str]) {
        let refused = |log: String| {
            let mut lines = log.lines();
            let first = lines.find(|line| line.contains("handshake refused"));
            first.map(str::to_owned)
        };
        until("the tunnel has written of it", || {
            refused(self.tunnel().written()).is_some()
        });
        let line = refused(self.tunnel().written()).unwrap();
        let (told_at, told) = self.told_of(&line);
        assert_eq!(told_at, at, "{told}");
        for words in remedy {
            assert!(told.contains(words), "{words:?} is not in {told:?}");
        }
    }

    /// What `explain-failure` says of a line of a log, with the fleet and the files of both hosts: the end, and what is to be done.
    #[track_caller]
    pub(crate) fn told_of(&self, line: &str) -> (String, String) {
        let call = Call::trustpack(["explain-failure", "--json", "--fleet"]).arg(self.fleet());
        let told = Asked::of(call.arg("--files").arg(self.pki.dir()).arg(line).run());
        let text = |key: &str| told.text(&format!("/explained/0/{key}"));
        (text("at"), text("remedy"))
    }

    /// The connection must work.
    #[track_caller]
    pub(crate) fn works(&self) {
        self.works_at("Desk/Server:default");
    }

    /// The same of the endpoint at this place.
    #[track_caller]
    pub(crate) fn works_at(&self, place: &str) {
        let asked = Asked::of(self.probe(&[place, "--json"]));
        assert_eq!(asked.outcome.status.code(), Some(0), "{asked}");
        assert!(
            asked.text("/endpoints/0/found").starts_with("works"),
            "{asked}"
        );
    }

    /// What `fleet check` finds, with the files of all hosts: codes, each with its place.
    #[track_caller]
    pub(crate) fn findings(&self) -> Vec<(String, String)> {
        let call = Call::trustpack(["fleet", "check", "--json", "--files"]);
        let outcome = call.arg(self.pki.dir()).arg(self.fleet()).run();
        let document: Value = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}: {outcome}"));
        let all = document.get("findings").and_then(Value::as_array);
        let text = |one: &Value, key| Some(one.get(key)?.as_str()?.to_owned());
        let found = |one: &Value| Some((text(one, "code")?, text(one, "place")?));
        all.into_iter().flatten().filter_map(found).collect()
    }

    /// `trustpack probe --fleet` of it, with the files of both hosts.
    #[track_caller]
    pub(crate) fn probe(&self, arguments: &[&str]) -> Outcome {
        self.probing(arguments).run()
    }

    /// The same, not run yet.
    #[track_caller]
    pub(crate) fn probing(&self, arguments: &[&str]) -> Call {
        Call::trustpack(["probe", "--fleet"])
            .arg(self.probed.clone().unwrap_or_else(|| self.fleet()))
            .arg("--files")
            .arg(self.pki.dir())
            // Services of this machine that do not answer in time never will.
            .args(["--timeout", "5"])
            .args(arguments)
    }
}

/// What an explanation says: on which end, and what to do.
#[track_caller]
pub(crate) fn explained(asked: &Asked, at: &str, remedy: &[&str]) {
    let pointer = |key: &str| format!("/endpoints/0/explanation/{key}");
    assert_eq!(asked.text(&pointer("at")), at, "{asked}");
    let told = asked.text(&pointer("remedy"));
    for words in remedy {
        assert!(
            told.contains(words),
            "{words:?} is not in {told:?}: {asked}"
        );
    }
}

/// A line of settings with a path.
pub(crate) fn option(name: &str, path: &Path) -> String {
    format!("{name} = \"{}\"", path.display())
}
