//! Options for headers of the PROXY protocol: one tunnel by hand, or some of those of a fleet.

use std::collections::BTreeSet;
use std::str::FromStr;

use tracing::warn;
use trustpack_settings::place::Place;
use trustpack_tunnel::proxy_header::{Accepted, Version};
use trustpack_tunnel::senders::{Network, Senders};
use trustpack_tunnel::spec::{ProxyHeaders, SpecError, TunnelSpec};

use crate::failure::{Failure, message};

/// Over these options in a help text: few need them.
pub(super) const PROXY_HEADING: &str = "PROXY headers";

/// Options of `tunnel run`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FleetProxyArgs {
    /// Demand a PROXY header (v1, v2 or any) of every caller, before TLS: at one endpoint, or at all ports if none is
    /// named. Whoever sends one can pass for anybody, which is why --proxy-from must name who may
    #[arg(long, value_name = "[PLACE=]VERSION", value_parser = at_place::<Accepted>)]
    proxy_in: Vec<AtPlace<Accepted>>,

    #[command(flatten)]
    senders: SendersArgs,

    /// Begin each connection to the program with a PROXY header (v1 or v2), which says who called and, with v2, what is
    /// known of its TLS: of one port, or of all ports if none is named
    #[arg(long, value_name = "[PLACE=]VERSION", value_parser = at_place::<Version>)]
    proxy_out: Vec<AtPlace<Version>>,
}

/// Options that say whose PROXY headers are taken.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SendersArgs {
    /// Whose PROXY headers are taken: addresses or networks such as 10.0.0.5,10.1.0.0/16; other callers are refused. To be
    /// said with --proxy-in, unless only programs of this machine reach the listener (loopback, UNIX socket)
    #[arg(
        long,
        value_name = "CIDR",
        value_delimiter = ',',
        requires = "proxy_in"
    )]
    proxy_from: Vec<Network>,

    /// Take PROXY headers from whoever reaches the listener, which can then pass for anybody
    #[arg(long, requires = "proxy_in", conflicts_with = "proxy_from")]
    danger_proxy_from_anywhere: bool,
}

impl SendersArgs {
    /// Who is named.
    pub(super) fn given(&self) -> Senders {
        if self.danger_proxy_from_anywhere {
            Senders::DangerAnyone
        } else if self.proxy_from.is_empty() {
            Senders::ThisMachine
        } else {
            Senders::Networks(self.proxy_from.clone().into())
        }
    }
}

/// Says in the log what is dangerous in the headers of a tunnel that is about to run.
pub(super) fn log_danger(spec: &TunnelSpec) {
    if spec.takes_headers_of_anybody() {
        warn!(
            place = spec.place().to_string(),
            remedy = "name with --proxy-from who may send them",
            "PROXY headers are taken from anybody: whoever reaches the listener can pass for anybody"
        );
    }
}

/// A value, for one endpoint or for all ports.
#[derive(Clone, Debug)]
pub(super) struct AtPlace<T> {
    /// As the log names it.
    pub(super) place: Option<String>,
    pub(super) value: T,
}

pub(super) fn at_place<T: FromStr<Err: ToString>>(text: &str) -> Result<AtPlace<T>, String> {
    let (place, value) = match text.rsplit_once('=') {
        Some((place, value)) => (Some(place.to_owned()), value),
        None => (None, text),
    };
    let value = value.parse().map_err(|error: T::Err| error.to_string())?;
    Ok(AtPlace { place, value })
}

impl FleetProxyArgs {
    /// The places that are named.
    pub(super) fn names(&self) -> Names {
        let named = self.proxy_in.iter().filter_map(|one| one.place.clone());
        let sent = self.proxy_out.iter().filter_map(|one| one.place.clone());
        Names(named.chain(sent).collect())
    }

    /// A tunnel with what is said of it.
    pub(super) fn furnish(&self, spec: TunnelSpec) -> Result<TunnelSpec, SpecError> {
        let proxy = ProxyHeaders {
            taken: value_for(&self.proxy_in, &spec),
            from: self.senders.given(),
            sent: value_for(&self.proxy_out, &spec),
        };
        spec.with_proxy_headers(proxy)
    }
}

/// Places of which something is said.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Fails if one is no place of those that are carried here, be it that one has an error and does not start.
    pub(super) fn check(&self, places: &BTreeSet<&Place>) -> Result<(), Failure> {
        let Some(unknown) = self.unknown(places).pop_first() else {
            return Ok(());
        };
        let text = format!("no tunnel of this host has the place {unknown:?}");
        let places: Vec<_> = places.iter().map(ToString::to_string).collect();
        let hint = format!("those that are there: {}", places.join(", "));
        Err(Failure::request(message(text)).hint(hint))
    }

    /// Says, whenever that has changed, which are no places any more.
    pub(super) fn told_at_changes(self) -> impl FnMut(&BTreeSet<&Place>) + Send {
        let mut told = BTreeSet::new();
        move |places| {
            let unknown = self.unknown(places);
            for place in unknown.difference(&told) {
                warn!(
                    place,
                    remedy = "restart with the name that it has now in --proxy-in and --proxy-out",
                    "a PROXY header is asked for at a place that the settings no longer have"
                );
            }
            told = unknown;
        }
    }

    fn unknown(&self, places: &BTreeSet<&Place>) -> BTreeSet<String> {
        let places: BTreeSet<String> = places.iter().map(ToString::to_string).collect();
        self.0.difference(&places).cloned().collect()
    }
}

/// What is said of a tunnel by its name, else of all ports if it is one; of several the last.
fn value_for<T: Copy>(given: &[AtPlace<T>], spec: &TunnelSpec) -> Option<T> {
    let name = spec.place().to_string();
    let by_name = given
        .iter()
        .rev()
        .find(|one| one.place.as_ref() == Some(&name));
    let of_all = given
        .iter()
        .rev()
        .find(|one| one.place.is_none() && spec.is_port());
    Some(by_name.or(of_all)?.value)
}
