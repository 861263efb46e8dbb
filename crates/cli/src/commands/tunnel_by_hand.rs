//! One tunnel from the command line: its endpoint goes through the same resolution as one of a fleet.

use std::net::SocketAddr;

use tracing::warn;
use trustpack_material::fleet_source::Texts;
use trustpack_material::load::load;
use trustpack_settings::endpoint::{Endpoint, Refused, Role};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::Platform;
use trustpack_settings::options::OptionId;
use trustpack_settings::resolve::by_hand::{self, ByHand, Describer};
use trustpack_settings::value::{NetworkAddress, PeerName, PlainAddress};
use trustpack_tls::keeper::source::Source;
use trustpack_tunnel::spec::{ProxyHeaders, SpecError, TunnelSpec};
use trustpack_x509::dns::DnsName;

use super::tunnel_addresses;
use super::tunnel_service::{self, MadeOf, ServiceArgs};
use crate::failure::{Answer, Failure};
use crate::finding_report;
use crate::output;
use crate::session::{self, Session};
use crate::tls_options::TlsOptions;

/// What the two commands give.
pub(super) struct TunnelByHand<'a> {
    pub(super) role: Role,
    pub(super) network: NetworkAddress,
    pub(super) plain: PlainAddress,
    pub(super) peer: Option<PeerName>,
    pub(super) proxy: ProxyHeaders,
    pub(super) options: &'a TlsOptions,
    pub(super) service: &'a ServiceArgs,
}

impl TunnelByHand<'_> {
    /// Runs the tunnel until it is stopped.
    pub(super) fn run(self, session: &Session) -> Result<Answer, Failure> {
        if let Some(begun) = self.service.begin()? {
            return Ok(begun);
        }
        let log = self.service.start_log();
        let folder = tunnel_service::current_folder()?;
        for option in self.options.bare_secrets() {
            session::warn(format!(
                "--{option} stands in the command line, where other users of this machine can read it; give file:PATH or env:NAME"
            ));
        }
        if self.role == Role::Client
            && self.peer.is_none()
            && !self.options.has(OptionId::TlsTargetNameCheck)
        {
            warn!(
                place = "command line",
                remedy = "name the server with --name",
                "the name of the server is not checked: whoever has a certificate of a trusted CA can pass for it"
            );
        }
        let request = ByHand {
            by: Describer::CommandLine,
            role: self.role,
            network: Some(self.network),
            plain: Some(self.plain),
            peer: self.peer,
            options: &self.options.entries(),
            folder: &folder,
        };
        let platform = if cfg!(windows) {
            Platform::Windows
        } else {
            Platform::Unix
        };
        let endpoint = by_hand::resolve(&request, platform);
        let startable = endpoint
            .startable()
            .map_err(|refused| cannot_start(&endpoint, refused))?;
        endpoint.findings().for_each(tunnel_service::log_finding);
        let source = Source::Fixed(Box::new(endpoint.clone()));
        let state = self.service.state()?;
        let reading = source.read(session.now).map_err(Failure::request)?;
        let reading = reading.after(state.seen());
        let material = load(
            startable,
            &reading.surroundings(&tunnel_service::variable, session.now),
        );
        let material = material.map_err(|error| {
            say_findings(&error.findings);
            Failure::request(error)
        })?;
        let spec = TunnelSpec::new(startable, &material, self.service.plain_sides())
            .and_then(|spec| spec.with_proxy_headers(self.proxy))
            .map_err(cannot_carry)?;
        let made_of = MadeOf {
            source,
            reading,
            state,
        };
        self.service.serve(&log, vec![spec], made_of, None)
    }
}

/// The options of a command line have errors.
pub(super) fn cannot_start(endpoint: &Endpoint, refused: Refused) -> Failure {
    say_findings(endpoint.findings());
    Failure::request(refused).hint("`--help` lists the TLS options and what each means")
}

pub(super) fn cannot_carry(error: SpecError) -> Failure {
    say_findings(error.finding());
    let remedy = tunnel_addresses::remedy_of_spec(&error);
    let failure = Failure::request(error);
    match remedy {
        Some(remedy) => failure.hint(remedy),
        None => failure,
    }
}

/// Says every finding on standard error, with its remedy.
pub(super) fn say_findings<'a>(findings: impl IntoIterator<Item = &'a Finding>) {
    if let Ok(text) = output::text(|out| finding_report::write(out, findings, &Texts::new())) {
        session::say_lines(text.trim_end());
    }
}

/// `ADDRESS:PORT`, or `HOST:PORT` whose addresses are looked up.
pub(super) fn network_address(text: &str) -> Result<NetworkAddress, String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(NetworkAddress::Given(vec![address]));
    }
    let allowed = "it must be ADDRESS:PORT or HOST:PORT, such as 10.0.0.11:2060, [::1]:2060 or stat1.example.com:2060";
    let (name, port) = text.rsplit_once(':').ok_or(allowed)?;
    let port = port.parse().map_err(|_| allowed)?;
    let name: DnsName = name
        .parse()
        .map_err(|error| format!("{error}; {allowed}"))?;
    Ok(NetworkAddress::Lookup { name, port })
}

/// A host name, or an IP address.
pub(super) fn peer_name(text: &str) -> Result<PeerName, String> {
    if let Ok(address) = text.parse() {
        return Ok(PeerName::Ip(address));
    }
    let name: Result<DnsName, _> = text.parse();
    name.map(PeerName::Dns).map_err(|error| error.to_string())
}

/// `ADDRESS:PORT` or `unix:PATH`; a relative path starts at the current folder.
pub(super) fn plain_address(text: &str) -> Result<PlainAddress, String> {
    let path = text
        .strip_prefix("unix:")
        .filter(|path| !path.starts_with('/'));
    let absolute = match path {
        Some(path) => {
            let folder = tunnel_service::current_folder()
                .map_err(|_| "the current folder is gone".to_owned())?;
            format!("unix:{}", folder.join(path).display())
        }
        None => text.to_owned(),
    };
    absolute
        .parse()
        .map_err(|error: <PlainAddress as std::str::FromStr>::Err| error.to_string())
}
