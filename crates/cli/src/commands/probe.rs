//! `trustpack probe`.

mod bar;
mod explaining;
mod fleet;
mod inventory;
mod offers;
mod one;
mod plan;
mod report;
mod side_by_side;
mod text;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use trustpack_probe::dial::ProxyHeader;
use trustpack_probe::limits::Limits;
use trustpack_settings::options::OptionId;
use trustpack_settings::value::PeerName;
use trustpack_tunnel::proxy_header::Version;
use trustpack_x509::dns::DnsName;

use self::fleet::{FleetProbe, Wanted};
use self::one::{One, Survey};
use super::fleet_files::FilesArgs;
use super::tunnel_by_hand::{network_address, peer_name};
use super::tunnel_proxy::{AtPlace, at_place};
use super::tunnel_service::seconds;
use crate::failure::{Answer, Failure, message};
use crate::session::Session;
use crate::tls_options::TlsOptions;

/// Connect to services as their clients would, and say what is really there
///
/// Of one service it says whether it speaks TLS, what was agreed, its certificates with what is wrong in them, whether
/// it asks for a certificate of its clients, what becomes of a client without one, and which versions, suites, groups and
/// signatures it takes, also those that nobody should use any more. With --fleet every endpoint is
/// asked, and what settings and files let expect stands beside what was found. Only handshakes are sent, no data. Exit
/// code 0: it works, or is as expected, and the inventory is whole; 1: it is not; 2: nobody was asked, as the service, the fleet
/// or a file that is named cannot be read; 3: the service cannot be reached.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack probe stat1.example.com:2060
  trustpack probe 10.0.0.11:2060 --name stat1.example.com --trusted-ca ca_cert.pem \\
      --certificate desk1_cert.pem --certificate-key desk1_priv_key.pem
  trustpack probe --fleet fleet.toml --files hosts
  trustpack probe --fleet fleet.toml --host stat1.example.com
  trustpack probe --fleet fleet.toml --inventory --csv")]
pub(crate) struct Probe {
    /// A service, HOST:PORT; with --fleet a place: a port `APP:ID`, a connection `APP/TARGET:ID`, `application NAME` or
    /// `host NAME`
    #[arg(value_name = "SERVICE", required_unless_present = "fleet")]
    what: Option<String>,

    /// Name that the server's certificate must have; switches the name check on, unless
    /// --tls-target-name-check or --client-auth 0 says otherwise. It is also whom the server is asked for, as the host is without it
    #[arg(long, value_name = "HOST", value_parser = peer_name, conflicts_with = "fleet")]
    name: Option<PeerName>,

    /// Seconds that connecting and a handshake may take, each [default: 5 and 10], and what a server of TLS 1.3 says then to the
    /// certificate of its client [default: 1 in a fleet, else 5]. To ask a slow service what it takes are
    /// dozens of these, of 3 seconds at most; --quick leaves it out
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Only connect: do not ask which versions, suites, groups and signatures the service takes, which costs it some
    /// dozens of handshakes that are begun and not finished
    #[arg(long, conflicts_with = "fleet")]
    quick: bool,

    /// Begin each connection with a PROXY header (v1 or v2) that names nobody, as a service with --proxy-in demands; with
    /// --fleet that of one port, PLACE=VERSION, and of the connections to it, or of all if none is named
    #[arg(long, value_name = "[PLACE=]VERSION", value_parser = at_place::<Version>)]
    proxy_out: Vec<AtPlace<Version>>,

    /// Ask again and again, with so many seconds between, and print changes only; one service is asked as with --quick
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with = "inventory")]
    watch: Option<Duration>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    of_fleet: OfFleet,

    #[command(flatten)]
    options: TlsOptions,
}

/// What concerns one service alone. An option of a fleet that requires --fleet would be passed over beside one of these, as
/// they exclude --fleet.
const OF_ONE: [&str; 2] = ["quick", "name"];

/// What concerns a fleet.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Fleet")]
struct OfFleet {
    /// Ask every endpoint of this fleet: a file, or a folder with *.toml files
    #[arg(long, value_name = "PATH")]
    fleet: Option<PathBuf>,

    /// Connect with the files that the settings name: DIR/HOST stands for the root of each host. Without files a
    /// client cannot show a certificate, and trusts nobody
    #[arg(long, value_name = "DIR", requires = "fleet", conflicts_with_all = OF_ONE)]
    files: Option<PathBuf>,

    /// Only the endpoints of this host; with its real files, unless --files says where they are
    #[arg(long, value_name = "NAME", requires = "fleet", conflicts_with_all = OF_ONE)]
    host: Option<DnsName>,

    /// Services that are asked at the same time
    #[arg(long, value_name = "N", requires = "fleet", conflicts_with_all = OF_ONE, default_value_t = 64,
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    at_once: u16,

    /// Also ask each port which versions, suites, groups and signatures it takes, and whether plain text, and one in plain
    /// text whether it speaks TLS: what its settings do not allow makes it differ. That costs each some dozens of handshakes
    /// that are begun and not finished, and a program in plain text gets a hello of TLS
    #[arg(long, requires = "fleet", conflicts_with = "inventory", conflicts_with_all = OF_ONE)]
    offers: bool,

    /// Say which certificates are served where, until when, and by whom they were issued
    #[arg(long, requires = "fleet", conflicts_with_all = OF_ONE)]
    inventory: bool,

    /// Print the inventory as CSV
    #[arg(long, requires = "inventory", conflicts_with = "json")]
    csv: bool,

    /// Draw when the certificates of the inventory end into this file; `-` is standard output
    #[arg(long, value_name = "FILE", requires = "inventory", conflicts_with_all = ["json", "csv"])]
    svg: Option<PathBuf>,

    /// Replace the file of --svg if it is there
    #[arg(long, requires = "svg")]
    replace: bool,
}

impl Probe {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        match &self.of_fleet.fleet {
            Some(path) => {
                let path = path.clone();
                self.run_fleet(path, session)
            }
            None => self.run_one(session),
        }
    }

    fn run_one(self, session: &mut Session) -> Result<Answer, Failure> {
        let what = self.what.unwrap_or_default();
        let service = network_address(&what).map_err(|why| {
            Failure::request(message(format!("{what:?} is no service: {why}"))).unasked()
        })?;
        if let Some(place) = self.proxy_out.iter().find_map(|one| one.place.as_ref()) {
            let text = format!("--proxy-out {place}=... names a place, which only a fleet has");
            let failure = Failure::request(message(text)).unasked();
            return Err(failure.hint("give the version alone, or --fleet"));
        }
        let one = One {
            header: self.proxy_out.last().map(|one| header(one.value)),
            service,
            name: self.name,
            options: self.options,
            timeout: self.timeout,
            survey: if self.quick || self.watch.is_some() {
                Survey::No
            } else {
                Survey::Yes
            },
        };
        let ready = one.ready()?;
        if let Some(pause) = self.watch {
            return watch::run_one(&ready, pause, self.json, session);
        }
        let report = ready.probe(session.now)?;
        if self.json {
            session.out.json(&report)?;
        } else {
            text::write(&report, &mut session.out)?;
        }
        session.out.flush()?;
        Ok(if report.works {
            Answer::Done
        } else {
            Answer::No
        })
    }

    fn run_fleet(self, fleet: PathBuf, session: &mut Session) -> Result<Answer, Failure> {
        if let Some(option) = self.options.first() {
            return Err(of_fleet_alone(option));
        }
        let OfFleet {
            files,
            host,
            at_once,
            offers,
            inventory,
            csv,
            svg,
            replace,
            fleet: _,
        } = self.of_fleet;
        let place = self.what.as_deref().map(str::parse).transpose();
        let place = place.map_err(|error| Failure::request(anyhow::Error::new(error)).unasked())?;
        let files = match &host {
            Some(_) => Some(files.unwrap_or_else(|| PathBuf::from("/"))),
            None => files,
        };
        let probe = FleetProbe {
            fleet,
            place,
            host: host.clone(),
            files: FilesArgs { files, host },
            at_once: at_once.into(),
            limits: one::limits(self.timeout, Limits::default()),
            headers: self.proxy_out,
            offers: if offers {
                Wanted::Offers
            } else {
                Wanted::Agreed
            },
        };
        if inventory {
            let form = inventory::Form::new(self.json, csv, svg, replace);
            return inventory::run(&probe, &form, session);
        }
        match self.watch {
            Some(pause) => watch::run(&probe, pause, self.json, session),
            None => side_by_side::run(&probe, self.json, session),
        }
    }
}

fn header(version: Version) -> ProxyHeader {
    match version {
        Version::V1 => ProxyHeader::V1,
        Version::V2 => ProxyHeader::V2,
    }
}

fn of_fleet_alone(option: OptionId) -> Failure {
    let text = format!(
        "--{} has no effect with --fleet: each client has its own options",
        option.name()
    );
    let failure = Failure::request(message(text)).unasked();
    failure.hint("change the fleet file, or probe one service: HOST:PORT")
}
