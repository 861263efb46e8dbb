//! The tunnels of a host that come, go and change with its fleet file while others serve.
//!
//! A keeper asks with each reading of the settings ([`Arranger`]). First it is found out what is to be different, without
//! changing anything; once the reading has settled, what goes is closed, then what moves or comes takes its addresses. What
//! does a tunnel's TLS is changed by the keeper alone, unless another kind of it is needed.
//!
//! Invariant: a tunnel that is to stay, and its connections, are not touched; what is broken stays as it was.

mod steps;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use trustpack_settings::place::Place;
use trustpack_tls::keeper::arranging::{Arranged, Arrangement, Arranger, News};
use trustpack_tls::keeper::source::Settings;
use trustpack_x509::dns::DnsName;

use crate::bind::{BindError, Bound, Premises};
use crate::fleet::is_carried;
use crate::running::Tunnel;
use crate::sandbox::Bounds;
use crate::spec::{PlainSides, SpecError, TunnelSpec};

/// How long the addresses of a tunnel may take to be free once it is closed.
///
/// Source: ours; its task only has to be woken.
const CLOSING: Duration = Duration::from_secs(5);

/// What is done with the places that the settings have.
pub type KnowPlaces = dyn FnMut(&BTreeSet<&Place>) + Send;

/// What whoever runs tunnels adds to those that come later.
pub struct Manner {
    /// Where their plain sides may be.
    pub plain_sides: PlainSides,
    /// Gives each what was asked for beside its settings, such as PROXY headers.
    pub furnish: Box<dyn Fn(TunnelSpec) -> Result<TunnelSpec, SpecError> + Send>,
    /// Takes the places that the settings have here, with each reading: what was asked for by name may match none of them.
    pub know: Box<KnowPlaces>,
    /// What to do about an address that cannot be had, as far as the error does not say it.
    pub about_address: fn(&BindError) -> Option<&'static str>,
    /// What to do about an endpoint that cannot be carried, as far as the error does not say it.
    pub about_spec: fn(&SpecError) -> Option<&'static str>,
}

/// The tunnels of a host of a fleet, as they are to be.
pub struct Roster {
    host: DnsName,
    manner: Manner,
    premises: Premises,
    runtime: Handle,
    /// What a sandbox leaves open to this process; everything if `None`.
    reachable: Option<Bounds>,
    steps: Vec<Step>,
}

/// What is to be done to a tunnel.
enum Step {
    Stop(Arc<Tunnel>),
    /// The same tunnel with other terms.
    Change {
        tunnel: Arc<Tunnel>,
        to: Box<TunnelSpec>,
        context: NewContext,
    },
    Start(Box<TunnelSpec>),
    /// It is to do TLS and cannot: nobody goes on in plain text.
    Shut(Arc<Tunnel>, Arrangement),
    /// Nothing, and that is to be told.
    Tell(Place, Arrangement),
}

/// Whether something else does the TLS of a tunnel than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NewContext {
    No,
    Yes,
}

impl Roster {
    /// Follows the settings of `host` from now on, for tunnels that were bound and are about to run on `runtime`.
    #[must_use]
    pub fn new(bound: &Bound, host: DnsName, manner: Manner, runtime: Handle) -> Self {
        Self {
            host,
            manner,
            premises: bound.premises.clone(),
            runtime,
            reachable: None,
            steps: Vec::new(),
        }
    }

    /// Knows what a sandbox leaves open to this process; everything if `None`.
    #[must_use]
    pub fn within(self, reachable: Option<Bounds>) -> Self {
        Self { reachable, ..self }
    }

    fn running(&self, place: &Place) -> Option<Arc<Tunnel>> {
        let mut all = self.premises.tunnels.all().into_iter();
        all.find(|tunnel| tunnel.spec().place() == place)
    }
}

impl Arranger for Roster {
    fn plan(&mut self, news: &News<'_>) -> BTreeSet<Place> {
        let Settings::Fleet { resolution, .. } = &news.reading.settings else {
            return BTreeSet::new();
        };
        let here = resolution
            .endpoints()
            .iter()
            .filter(|endpoint| endpoint.host() == Some(&self.host));
        let carried: Vec<_> = here.filter(|endpoint| is_carried(endpoint)).collect();
        let steps = carried.iter().filter_map(|endpoint| {
            let place = endpoint.place();
            match self.running(place) {
                // Told with the settings and files that keep it from changing.
                Some(tunnel)
                    if news.broken.contains(place) && tunnel.spec().context().is_some() =>
                {
                    None
                }
                Some(tunnel) => self.change(tunnel, endpoint, news),
                None => Some(self.start(endpoint, news)),
            }
        });
        let mut steps: Vec<_> = steps.collect();
        let places: BTreeSet<&Place> = carried.iter().map(|endpoint| endpoint.place()).collect();
        (self.manner.know)(&places);
        for tunnel in self.premises.tunnels.all() {
            if !places.contains(tunnel.spec().place()) {
                steps.extend(self.end(tunnel, news.reading));
            }
        }
        let mut steps: Vec<_> = steps
            .into_iter()
            .map(|step| self.unless_stopping(step))
            .collect();
        // What goes comes first: its addresses may be wanted by others.
        steps.sort_by_key(|step| !matches!(step, Step::Stop(_)));
        self.steps = steps;
        self.steps.iter().filter_map(Step::leaves).collect()
    }

    fn arrange(&mut self, stays: &BTreeSet<Place>) -> Arranged {
        let mut arranged = Arranged::default();
        for step in std::mem::take(&mut self.steps) {
            let follows = matches!(
                step,
                Step::Change {
                    context: NewContext::No,
                    ..
                }
            );
            if !(follows && stays.contains(&step.place())) {
                self.take(step, &mut arranged);
            }
        }
        arranged
    }
}

impl Step {
    fn place(&self) -> Place {
        match self {
            Self::Stop(tunnel) | Self::Shut(tunnel, _) => tunnel.spec().place().clone(),
            Self::Change { to, .. } => to.place().clone(),
            Self::Start(spec) => spec.place().clone(),
            Self::Tell(place, _) => place.clone(),
        }
    }

    /// The endpoint whose context serves no more after it.
    fn leaves(&self) -> Option<Place> {
        match self {
            Self::Stop(_)
            | Self::Change {
                context: NewContext::Yes,
                ..
            } => Some(self.place()),
            Self::Change {
                context: NewContext::No,
                ..
            }
            | Self::Start(_)
            | Self::Shut(..)
            | Self::Tell(..) => None,
        }
    }
}

impl std::fmt::Debug for Roster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Roster")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}
