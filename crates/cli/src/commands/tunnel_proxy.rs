//! Options for headers of the PROXY protocol: one tunnel by hand, or some of those of a fleet.

use std::str::FromStr;

use trustpack_tunnel::proxy_header::{Accepted, Version};
use trustpack_tunnel::spec::{ProxyHeaders, SpecError, TunnelSpec};

use crate::failure::{Failure, message};

/// Options of `tunnel run`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FleetProxyArgs {
    /// Demand a PROXY header (v1, v2 or any) of every caller, before TLS: at one endpoint, or at all ports if none is
    /// named. Whoever reaches the listener can then pass for anybody, so let only your load balancer reach it
    #[arg(long, value_name = "[PLACE=]VERSION", value_parser = at_place::<Accepted>)]
    proxy_in: Vec<AtPlace<Accepted>>,

    /// Begin each connection to the program with a PROXY header (v1 or v2), which says who called and, with v2, what is
    /// known of its TLS: of one port, or of all ports if none is named
    #[arg(long, value_name = "[PLACE=]VERSION", value_parser = at_place::<Version>)]
    proxy_out: Vec<AtPlace<Version>>,
}

/// A value, for one endpoint or for all ports.
#[derive(Clone, Debug)]
struct AtPlace<T> {
    /// As the log names it.
    place: Option<String>,
    value: T,
}

fn at_place<T: FromStr<Err: ToString>>(text: &str) -> Result<AtPlace<T>, String> {
    let (place, value) = match text.rsplit_once('=') {
        Some((place, value)) => (Some(place.to_owned()), value),
        None => (None, text),
    };
    let value = value.parse().map_err(|error: T::Err| error.to_string())?;
    Ok(AtPlace { place, value })
}

impl FleetProxyArgs {
    /// The tunnels with what is said of them.
    pub(super) fn apply(&self, specs: Vec<TunnelSpec>) -> Result<Vec<TunnelSpec>, Failure> {
        let places: Vec<String> = specs.iter().map(|spec| spec.place().to_string()).collect();
        let named = self.proxy_in.iter().filter_map(|one| one.place.as_ref());
        let named = named.chain(self.proxy_out.iter().filter_map(|one| one.place.as_ref()));
        if let Some(unknown) = named.into_iter().find(|named| !places.contains(named)) {
            let text = format!("no tunnel that is started here has the place {unknown:?}");
            let hint = format!("those that are: {}", places.join(", "));
            return Err(Failure::request(message(text)).hint(hint));
        }
        let specs = specs.into_iter().map(|spec| self.furnish(spec));
        specs.collect::<Result<_, _>>().map_err(Failure::request)
    }

    /// A tunnel with what is said of it.
    pub(super) fn furnish(&self, spec: TunnelSpec) -> Result<TunnelSpec, SpecError> {
        let proxy = ProxyHeaders {
            taken: value_for(&self.proxy_in, &spec),
            sent: value_for(&self.proxy_out, &spec),
        };
        spec.with_proxy_headers(proxy)
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
