//! A thousand endpoints of a fleet on this machine: how long `probe --fleet` takes, and that it leaves nothing open.
//!
//! One process has all services, which are tunnels of ours, half of them with mutual TLS; their share of the processor is
//! in the time. Each service is asked twice: as a port, and by the client of a connection to it.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use super::Case;
use crate::authority::{BenchAuthority, Issued, USUAL_KEY};
use crate::contest::{Contest, Figure, Goal, Side, Unit};
use crate::ground::Ground;
use crate::process;

pub(super) const CASE: Case = Case {
    name: "probe",
    what: "`probe --fleet` of 1,000 endpoints on loopback, 64 at a time, half of them with mutual TLS",
    contests,
};

const ENDPOINTS: u16 = 1000;
/// Each has a port and a connection to it.
const SERVICES: u16 = ENDPOINTS / 2;
const SERVER: &str = "server.bench.example";
const CLIENT: &str = "client.bench.example";
/// Numbers that the system gives to nobody by itself.
const NUMBERS: std::ops::Range<u16> = 20_000..32_000;
/// How often, and with what pause, something is waited for that happens soon.
const LOOKS: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);

/// The running services; gone with this.
struct Services(Child);

fn contests(ground: &Ground) -> anyhow::Result<Vec<Contest<'_>>> {
    let authority = BenchAuthority::new(ground, USUAL_KEY)?;
    let folder = ground.new_folder()?;
    let mut text = String::new();
    for host in [SERVER, CLIENT] {
        let own = authority.issue(host, "rsa-2048")?;
        write_host(&mut text, host, &own, &authority.certificate())?;
        // The files of each host are where they are on this machine.
        std::os::unix::fs::symlink("/", folder.join(host))?;
    }
    write_applications(&mut text)?;
    let fleet = folder.join("fleet.toml");
    fs::write(&fleet, text)?;
    let services = Services::start(ground, &folder, &fleet)?;
    Ok(vec![Contest {
        title: format!("probe {ENDPOINTS} endpoints"),
        figures: vec![
            Figure::new("time", Unit::Milliseconds).with_goal(Goal::AtMost(10_000.0)),
            Figure::new("processor time of the probe", Unit::Milliseconds),
            Figure::new("memory at its peak", Unit::Megabytes),
        ],
        ours: Side::new("trustpack", move || {
            probed(ground, &folder, &fleet, &services)
        }),
        peer: None,
    }])
}

/// Asks all once. Every endpoint must be as expected, and the services must have no connection more than before.
fn probed(
    ground: &Ground,
    folder: &Path,
    fleet: &Path,
    services: &Services,
) -> anyhow::Result<Vec<f64>> {
    let before = services.open_files()?;
    let fleet = fleet.display().to_string();
    let arguments = ["probe", "--fleet", &fleet, "--files", "."];
    let run = process::run(folder, ground.trustpack(), arguments)?;
    let all = format!("{ENDPOINTS} endpoints as expected, 0 not, 0 not probed");
    anyhow::ensure!(run.said.contains(&all), "it says: {}", run.said);
    until("its connections are gone", || {
        Ok(services.open_files()? <= before)
    })?;
    Ok(vec![
        run.milliseconds(),
        run.processor_milliseconds_each(1),
        run.peak_megabytes(),
    ])
}

fn write_host(text: &mut String, host: &str, own: &Issued, ca: &Path) -> anyhow::Result<()> {
    write!(
        text,
        "[[host]]\nname = \"{host}\"\naddresses = [\"127.0.0.1\"]\nplatform = \"unix\"\n[host.security]\n\
         certificate = \"{}\"\ncertificate-key = \"{}\"\ntrusted-ca = \"{}\"\ntls-target-name-check = \"host\"\n",
        own.certificate.display(),
        own.key.display(),
        ca.display()
    )?;
    Ok(())
}

fn write_applications(text: &mut String) -> anyhow::Result<()> {
    let first = first_number()?;
    let application = |name, host| {
        format!(
            "[[application]]\nname = \"{name}\"\nhost = \"{host}\"\ncertificate-source = \"host\"\n"
        )
    };
    text.push_str(&application("Server", SERVER));
    for service in 0..SERVICES {
        let (number, mutual) = (first + service, service % 2);
        write!(
            text,
            "[[application.port]]\nid = \"p{service}\"\nnumber = {number}\nmode = \"secured\"\n\
             transport = \"tls=1;tls-mutual={mutual}\"\ntunnel = \"127.0.0.1:1\"\n",
        )?;
    }
    text.push_str(&application("Client", CLIENT));
    for service in 0..SERVICES {
        let number = first + SERVICES + service;
        write!(
            text,
            "[[application.connection]]\nto = \"Server\"\nport = \"p{service}\"\ntunnel = \"127.0.0.1:{number}\"\n",
        )?;
    }
    Ok(())
}

/// The first of as many numbers in a row as there are services, on none of which anybody listens.
fn first_number() -> anyhow::Result<u16> {
    let is_free = |first: &u16| {
        let mut numbers = *first..*first + SERVICES;
        numbers.all(|number| TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok())
    };
    let mut firsts = NUMBERS.step_by(usize::from(2 * SERVICES));
    firsts.find(is_free).context("too few free ports")
}

/// Looks again and again until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    for _ in 0..LOOKS {
        if is_so()? {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    anyhow::bail!("{what}: not so after {:?}", PAUSE * LOOKS)
}

impl Services {
    /// Starts them, and waits until they listen.
    fn start(ground: &Ground, folder: &Path, fleet: &Path) -> anyhow::Result<Self> {
        let log: PathBuf = folder.join("services.log");
        let written = fs::File::create(&log)?;
        let child = Command::new(ground.trustpack())
            .args(["tunnel", "run", "--host", SERVER, "--fleet"])
            .arg(fleet)
            .stdin(Stdio::null())
            .stdout(written.try_clone()?)
            .stderr(written)
            .spawn()?;
        let services = Self(child);
        until("the services are ready", || {
            Ok(fs::read_to_string(&log)?.contains(" ready"))
        })?;
        Ok(services)
    }

    /// Descriptors that their process has, each listener and each connection one.
    fn open_files(&self) -> anyhow::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.0.id()))?.count())
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
