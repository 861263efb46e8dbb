//! One service, asked as a client would that has the options of the command line.
//!
//! Invariant: whoever gives no CA to trust is told that nobody was trusted.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use trustpack_judge::question::NameCheck;
use trustpack_material::files::SystemFiles;
use trustpack_material::load::{Examined, Surroundings, examine, load};
use trustpack_material::material::Material;
use trustpack_material::peer_rules::PeerRules;
use trustpack_material::prediction::End;
use trustpack_probe::callers::Callers;
use trustpack_probe::contact::contact;
use trustpack_probe::demands::check;
use trustpack_probe::dial::ProxyHeader;
use trustpack_probe::explain::contact::of_unreached;
use trustpack_probe::explain::ends::Ends;
use trustpack_probe::limits::Limits;
use trustpack_probe::survey::asking::{Asked, ask};
use trustpack_probe::survey::progress::Progress;
use trustpack_settings::acceptances::Acceptances;
use trustpack_settings::endpoint::{Endpoint, Role, Startable};
use trustpack_settings::finding::Code;
use trustpack_settings::findings::server_not_checked;
use trustpack_settings::fleet::Platform;
use trustpack_settings::options::OptionId;
use trustpack_settings::resolve::by_hand::{self, ByHand, Describer};
use trustpack_settings::value::{NetworkAddress, PeerName};
use trustpack_x509::time::Timestamp;

use super::super::tunnel_by_hand::say_findings;
use super::super::tunnel_service::{self, current_folder};
use super::bar;
use super::offers::{OffersShown, random};
use super::report::{Faults, Report, Standards};
use crate::failure::{Failure, message};
use crate::session;
use crate::tls_options::TlsOptions;

/// What the command line says.
pub(super) struct One {
    pub(super) service: NetworkAddress,
    pub(super) name: Option<PeerName>,
    pub(super) options: TlsOptions,
    pub(super) timeout: Option<Duration>,
    pub(super) survey: Survey,
    /// With what each connection begins.
    pub(super) header: Option<ProxyHeader>,
}

/// Whether it is also asked what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Survey {
    /// It is.
    Yes,
    /// `--quick`: it is not.
    No,
}

/// What may be asked, again and again.
pub(super) struct Ready {
    one: One,
    /// The finding about what nobody set.
    taken_for: Option<Code>,
    /// Whose name its certificate is to have, if that is asked.
    name: NameCheck,
    connecting: Connecting,
}

impl One {
    /// Takes the options as the probe means them.
    ///
    /// # Errors
    ///
    /// When there is no runtime, or a list is given whose CA cannot be known.
    pub(super) fn ready(mut self) -> Result<Ready, Failure> {
        for option in self.options.bare_secrets() {
            session::warn(format!(
                "--{option} stands in the command line, where other users of this machine can read it; give file:PATH or env:NAME"
            ));
        }
        if self.name.is_some() {
            self.options.or_set(OptionId::TlsTargetNameCheck, "host");
        }
        // What nobody set is nothing to be warned of.
        let taken_for =
            if self.options.has(OptionId::TrustedCa) || self.options.has(OptionId::ClientAuth) {
                None
            } else {
                if self.options.has(OptionId::Crl) {
                    let failure =
                        message("--crl is a list of a CA that is trusted, and no CA is trusted");
                    return Err(Failure::request(failure)
                        .unasked()
                        .hint("give --trusted-ca FILE with the CA whose list it is"));
                }
                self.options.or_set(OptionId::ClientAuth, "0");
                Some(server_not_checked::KIND.code)
            };
        // Without a CA to trust nothing else would check it.
        let name = match (self.options.value(OptionId::TlsTargetNameCheck), &self.name) {
            (Some("host"), Some(name)) => check(name),
            (Some("host"), None) => check(&host(&self.service)),
            (Some(_) | None, _) => NameCheck::Off,
        };
        Ok(Ready {
            one: self,
            taken_for,
            name,
            connecting: Connecting::start()?,
        })
    }
}

impl Ready {
    /// Asks the service, with the files as they are now.
    ///
    /// # Errors
    ///
    /// When the options or files cannot be used, or the service cannot be reached ([`trustpack_probe::dial::Unreached`]).
    pub(super) fn probe(&self, now: Timestamp) -> Result<Report, Failure> {
        let Self {
            one,
            taken_for,
            name,
            connecting,
        } = self;
        let endpoint = one.endpoint().map_err(Failure::unasked)?;
        let client = client(&endpoint, now, *taken_for).map_err(Failure::unasked)?;
        let callers = client.callers.with_header(one.header);
        let limits = limits(one.timeout, Limits::of_one());
        let asked = contact(&callers, &one.service, &limits);
        let ends = Ends {
            client: Some(End {
                endpoint: &endpoint,
                files: Some(&client.files),
            }),
            server: None,
        };
        let mut contact = connecting.block_on(asked).map_err(|why| {
            let remedy = of_unreached(&why, &ends).remedy;
            Failure::service(why).hint(remedy)
        })?;
        let standards = Standards {
            rules: client.rules.as_ref(),
            name,
            faults: match taken_for {
                Some(_) => Faults::Fail,
                None => Faults::Stand,
            },
        };
        // The address that has answered: another one of the name may be another service.
        let to = NetworkAddress::Given(vec![contact.address]);
        let asked = Asked {
            to: &to,
            name: endpoint.peer().cloned(),
            header: one.header,
            limits,
            random: random(),
            progress: Progress::default(),
        };
        connecting.block_on(contact.seek_lack(&asked));
        let mut report = Report::new(&one.service, &contact, &ends, &standards, now);
        if one.survey == Survey::Yes && contact.speaks_tls() {
            self.survey(&asked, &mut report);
        }
        Ok(report)
    }

    /// Asks what the service takes, and puts it to the report.
    fn survey(&self, asked: &Asked<'_>, report: &mut Report) {
        let bar = bar::of_survey(asked.progress.clone());
        let offers = self.connecting.block_on(ask(asked));
        bar.finish_and_clear();
        match offers {
            Ok(offers) => report.offers = Some(OffersShown::from(&offers)),
            Err(why) => report.no_offers = Some(why.to_string()),
        }
    }

    /// The service as it was asked for.
    pub(super) fn service(&self) -> String {
        self.one.service.to_string()
    }
}

impl One {
    fn endpoint(&self) -> Result<Endpoint, Failure> {
        let request = ByHand {
            by: Describer::CommandLine,
            role: Role::Client,
            network: Some(self.service.clone()),
            plain: None,
            peer: Some(self.name.clone().unwrap_or_else(|| host(&self.service))),
            options: &self.options.entries(),
            folder: &current_folder()?,
        };
        let platform = if cfg!(windows) {
            Platform::Windows
        } else {
            Platform::Unix
        };
        Ok(by_hand::resolve(&request, platform))
    }
}

/// The host of an address, as the one whom the server is asked for.
fn host(service: &NetworkAddress) -> PeerName {
    match service {
        NetworkAddress::Lookup { name, .. } => PeerName::Dns(name.clone()),
        NetworkAddress::Given(addresses) => {
            let first = addresses.first().map(SocketAddr::ip);
            PeerName::Ip(first.unwrap_or_else(|| Ipv4Addr::UNSPECIFIED.into()))
        }
    }
}

/// The client that the command line describes.
struct Client {
    callers: Callers,
    /// By what it judges its server, if it does.
    rules: Option<PeerRules>,
    /// What is in its files.
    files: Examined,
}

/// # Errors
///
/// When the options or files cannot be used.
fn client(endpoint: &Endpoint, now: Timestamp, taken_for: Option<Code>) -> Result<Client, Failure> {
    let startable = endpoint.startable().map_err(|refused| {
        say_findings(
            endpoint
                .findings()
                .filter(|one| Some(one.code()) != taken_for),
        );
        Failure::request(refused).hint("`--help` lists the TLS options and what each means")
    })?;
    let surroundings = Surroundings {
        files: &SystemFiles,
        variable: &tunnel_service::variable,
        now,
        acceptances: &Acceptances::default(),
        lists: None,
    };
    let material = material(startable, &surroundings, taken_for)?;
    let rules = PeerRules::new(endpoint, &material.anchors, material.lists.as_ref())
        .map_err(Failure::request)?;
    let callers = Callers::of_client(startable, &material, now).map_err(|error| {
        say_findings(error.finding());
        Failure::request(error)
    })?;
    Ok(Client {
        callers,
        rules,
        files: examine(endpoint, None, &surroundings),
    })
}

fn material(
    endpoint: Startable<'_>,
    surroundings: &Surroundings<'_>,
    taken_for: Option<Code>,
) -> Result<Material, Failure> {
    load(endpoint, surroundings).map_err(|error| {
        say_findings(
            error
                .findings
                .iter()
                .filter(|one| Some(one.code()) != taken_for),
        );
        Failure::request(error)
    })
}

/// The usual limits, or those that the command line says.
pub(super) fn limits(timeout: Option<Duration>, usual: Limits) -> Limits {
    match timeout {
        None => usual,
        Some(limit) => Limits {
            connect: limit,
            handshake: limit,
            verdict: limit,
        },
    }
}

/// What connections run on. Its end waits for nobody: a look-up that hangs in the system's resolver cannot be ended.
pub(super) struct Connecting(Option<tokio::runtime::Runtime>);

/// Look-ups at the same time; further ones wait, within their limit.
///
/// Source: ours; as many as services are asked at the same time.
const MAX_LOOKUPS: usize = 64;

impl Connecting {
    pub(super) fn start() -> Result<Self, Failure> {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(MAX_LOOKUPS)
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(Failure::request)
    }

    #[expect(
        clippy::expect_used,
        reason = "it is taken out only when it is dropped"
    )]
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.as_ref().expect("a runtime").block_on(future)
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
