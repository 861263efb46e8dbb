//! What the endpoints of an application have in common that set nothing themselves: most of them.
//!
//! Made when the first one asks, and shared by the others: a fleet has ten connections for each application.
//! Invariant: nothing here depends on the endpoint, but on its role.

use std::cell::OnceCell;
use std::sync::Arc;

use super::collector::Collector;
use super::levels;
use super::required::Secured;
use super::site::Site;
use crate::endpoint::{EffectiveSettings, Role};
use crate::finding::Finding;

/// The parts that are shared.
#[derive(Default)]
pub(crate) struct Common {
    settings: OnceCell<Arc<EffectiveSettings>>,
    /// Of endpoints whose TLS is done by what the program brings along; another engine is an exception.
    server: OnceCell<OfRole>,
    client: OnceCell<OfRole>,
}

/// What a secured endpoint of a role has of its levels.
#[derive(Clone)]
pub(crate) struct OfRole {
    /// Errors of the options, and what is to be said of the levels.
    pub(crate) findings: Vec<Arc<Finding>>,
    /// What our engine could not do.
    pub(crate) beyond: Arc<[String]>,
}

impl Common {
    /// The settings, which `make` makes.
    pub(crate) fn settings(
        &self,
        make: impl FnOnce() -> EffectiveSettings,
    ) -> Arc<EffectiveSettings> {
        Arc::clone(self.settings.get_or_init(|| Arc::new(make())))
    }

    /// What an endpoint has of its levels.
    pub(crate) fn of_role(
        &self,
        secured: &Secured<'_>,
        site: &Site<'_>,
        collector: &mut Collector<'_>,
    ) -> &OfRole {
        let made = match secured.role {
            Role::Server => &self.server,
            Role::Client => &self.client,
        };
        made.get_or_init(|| OfRole::new(secured, site, collector))
    }
}

impl OfRole {
    /// Of one endpoint.
    pub(crate) fn new(
        secured: &Secured<'_>,
        site: &Site<'_>,
        collector: &mut Collector<'_>,
    ) -> Self {
        let mut findings = secured.ladder.errors(secured.role);
        let of_levels = levels::findings(secured.ladder, site, secured.role);
        let doubtful = of_levels.into_iter().chain(secured.of_levels());
        findings.extend(doubtful.map(|finding| collector.add(finding)));
        Self {
            findings,
            beyond: secured.beyond().into(),
        }
    }
}
