//! `trustpack tunnel run`.

use tracing::warn;
use trustpack_tls::keeper::source::{Reading, Settings, Source};
use trustpack_tunnel::fleet::{NothingToRun, SkipReason, Skipped, tunnels_of};
use trustpack_tunnel::roster::Manner;
use trustpack_tunnel::spec::TunnelSpec;
use trustpack_x509::dns::DnsName;

use super::fleet_arguments::{self, FleetOption, Named};
use super::tunnel_addresses;
use super::tunnel_by_hand::cannot_carry;
use super::tunnel_proxy::FleetProxyArgs;
use super::tunnel_service::{self, MadeOf, ServiceArgs};
use crate::failure::{Answer, Failure, message};
use crate::session::Session;

/// Run all tunnels of a host of the fleet
///
/// Every port of the host's applications that has `tunnel` in the fleet file is bound and forwarded to
/// that plain address; for every such connection the plain address is bound and TLS leads to the
/// target. An endpoint with an error is left out, and the log says why; the others run.
///
/// The fleet file and the files that it names are watched: changed settings, certificates, keys, CAs and
/// lists are taken over within seconds, or at once on SIGHUP, and tunnels start, stop, move and change
/// between plain text and TLS as the file says, without a connection of another being touched. Cut are
/// connections whose peers are no longer trusted, and those in plain text where that is no longer allowed.
/// What is broken stays as it was, and the log says why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack tunnel run --fleet fleet.toml --host stat1.example.com --log json")]
pub(crate) struct TunnelRun {
    #[command(flatten)]
    fleet: FleetOption,

    /// The host whose tunnels are run, as the fleet names it
    #[arg(long, value_name = "NAME")]
    host: DnsName,

    #[command(flatten)]
    proxy: FleetProxyArgs,

    #[command(flatten)]
    service: ServiceArgs,
}

impl TunnelRun {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        if let Some(begun) = self.service.begin()? {
            return Ok(begun);
        }
        let log = self.service.start_log();
        let source = Source::Fleet {
            path: self.fleet.path().to_owned(),
            host: self.host.clone(),
        };
        let state = self.service.state()?;
        let reading = source
            .read(session.now)
            .map_err(|error| fleet_arguments::not_read(error, Named::Option))?
            .after(state.seen());
        let specs = self.specs(&reading, session)?;
        let made_of = MadeOf {
            source,
            reading,
            state,
        };
        self.service
            .serve(&log, specs, made_of, Some(self.manner()))
    }

    /// How tunnels are made that the fleet file gets later.
    fn manner(&self) -> Manner {
        let proxy = self.proxy.clone();
        Manner {
            plain_sides: self.service.plain_sides(),
            know: Box::new(self.proxy.names().told_at_changes()),
            furnish: Box::new(move |spec| proxy.furnish(spec)),
            about_address: tunnel_addresses::remedy_of_later,
            about_spec: tunnel_addresses::remedy_of_spec,
        }
    }

    fn specs(&self, reading: &Reading, session: &Session) -> Result<Vec<TunnelSpec>, Failure> {
        let Settings::Fleet {
            fleet, resolution, ..
        } = &reading.settings
        else {
            return Ok(Vec::new());
        };
        if fleet.host(&self.host).is_none() {
            let text = format!("the fleet has no host {}", self.host);
            return Err(
                Failure::request(message(text)).hint("`trustpack fleet show` lists the hosts")
            );
        }
        let variable = tunnel_service::variable;
        let surroundings = reading.surroundings(&variable, session.now);
        let plain_sides = self.service.plain_sides();
        let tunnels = tunnels_of(resolution, &self.host, &surroundings, plain_sides);
        let tunnels = tunnels.map_err(nothing_to_run)?;
        tunnels.skipped.iter().for_each(log_skipped);
        for spec in &tunnels.specs {
            let endpoint = resolution.endpoint(spec.place());
            let findings = endpoint.map(|endpoint| reading.findings_of(endpoint));
            let findings = findings.into_iter().flatten();
            findings.for_each(tunnel_service::log_finding);
        }
        let started = tunnels.specs.iter().map(TunnelSpec::place);
        let places = started.chain(tunnels.skipped.iter().map(|skipped| &skipped.place));
        self.proxy.names().check(&places.collect())?;
        let specs = tunnels
            .specs
            .into_iter()
            .map(|spec| self.proxy.furnish(spec));
        specs.collect::<Result<_, _>>().map_err(cannot_carry)
    }
}

/// One line for each: the reason, and the errors with the remedy of each.
fn log_skipped(skipped: &Skipped) {
    let findings: Vec<_> = skipped
        .findings()
        .into_iter()
        .map(|finding| {
            let (code, message) = (finding.code(), &finding.message);
            format!("{code}: {message} (remedy: {})", finding.remedy)
        })
        .collect();
    let remedy = match &skipped.reason {
        SkipReason::Spec(error) => tunnel_addresses::remedy_of_spec(error),
        SkipReason::Settings(_) | SkipReason::Material(_) => None,
    };
    warn!(
        place = skipped.place.to_string(),
        reason = skipped.to_string(),
        findings = (!findings.is_empty()).then(|| findings.join("; ")),
        remedy,
        "not started"
    );
}

fn nothing_to_run(error: NothingToRun) -> Failure {
    let hint = match &error {
        NothingToRun::NoTunnel { .. } => {
            "set `tunnel` of the ports and connections that Trustpack is to carry"
        }
        NothingToRun::AllSkipped { skipped, .. } => {
            skipped.iter().for_each(log_skipped);
            "the lines above say why each is not started, and what to do"
        }
    };
    Failure::request(error).hint(hint)
}
