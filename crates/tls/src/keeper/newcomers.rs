//! Endpoints that begin to be served, as many as there are from one reading of their settings.
//!
//! Invariant: all of them are kept from then on, or none.

use std::sync::Arc;

use trustpack_material::fleet_source::FleetSourceError;
use trustpack_material::load::shelf::Shelf;
use trustpack_material::load::{Surroundings, load_with};
use trustpack_material::material::Material;
use trustpack_settings::endpoint::{Endpoint, Startable};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use super::kept::{Kept, is_open};
use super::open::OpenContext;
use super::source::{Reading, Turn};
use super::{Context, Keeper, Stays};
use crate::client::ClientContext;
use crate::context::ContextError;
use crate::generation::Change;
use crate::server::ServerContext;

/// The settings as they were just read, from which endpoints are taken.
pub struct Newcomers<'r> {
    reading: &'r Reading,
    surroundings: Surroundings<'r>,
    shelf: Shelf<'r>,
    made: Vec<(Place, Context)>,
}

/// An endpoint cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The files of the fleet cannot be read.
    #[error(transparent)]
    Source(#[from] FleetSourceError),
    /// The settings do not have it.
    #[error("the settings have no {place}{}", instead(.known))]
    Unknown {
        /// The endpoint.
        place: Place,
        /// What they have where it was looked for.
        known: Vec<Place>,
    },
    /// The settings do not have the host.
    #[error("the fleet has no host {host}")]
    NoHost {
        /// The host.
        host: DnsName,
    },
    /// It is on another host.
    #[error("{place} is on the host {found}, not on {host}")]
    OtherHost {
        /// The endpoint.
        place: Place,
        /// Where it is.
        found: DnsName,
        /// Where it was looked for.
        host: DnsName,
    },
    /// It cannot be started.
    #[error(transparent)]
    Stays(#[from] Stays),
}

/// Places that are named where another one was asked for.
///
/// Source: ours; whoever has more knows them from the fleet file.
const NAMED: usize = 10;

fn instead(known: &[Place]) -> String {
    let named: Vec<_> = known.iter().take(NAMED).map(Place::to_string).collect();
    let named = named.join(", ");
    match known.len().saturating_sub(NAMED) {
        0 if known.is_empty() => "; they have no endpoint here".to_owned(),
        0 => format!("; what they have here: {named}"),
        more => format!("; what they have here: {named} and {more} more"),
    }
}

impl Keeper {
    /// A server of the fleet, which follows its settings from now on. Whoever has several endpoints takes them together,
    /// by [`Self::take`].
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the settings do not have it, or it cannot be started.
    pub fn server(&mut self, place: &Place, now: Timestamp) -> Result<ServerContext, ServeError> {
        self.take(now, |newcomers| newcomers.server(place))
    }

    /// A client of the fleet, which follows its settings from now on.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the settings do not have it, or it cannot be started.
    pub fn client(&mut self, place: &Place, now: Timestamp) -> Result<ClientContext, ServeError> {
        self.take(now, |newcomers| newcomers.client(place))
    }

    /// Several endpoints, whose settings and files are read once. If one of them cannot be served, none is kept.
    ///
    /// ```
    /// use trustpack_settings::place::Place;
    /// use trustpack_tls::client::ClientContext;
    /// use trustpack_tls::keeper::Keeper;
    /// use trustpack_tls::keeper::newcomers::ServeError;
    /// use trustpack_tls::server::ServerContext;
    /// use trustpack_x509::time::Timestamp;
    ///
    /// fn both(
    ///     keeper: &mut Keeper,
    ///     (port, connection): (&Place, &Place),
    ///     now: Timestamp,
    /// ) -> Result<(ServerContext, ClientContext), ServeError> {
    ///     keeper.take(now, |newcomers| {
    ///         Ok((newcomers.server(port)?, newcomers.client(connection)?))
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the settings cannot be read, or what `choose` fails with.
    pub fn take<T>(
        &mut self,
        now: Timestamp,
        choose: impl FnOnce(&mut Newcomers<'_>) -> Result<T, ServeError>,
    ) -> Result<T, ServeError> {
        let reading = self.read(&Arc::default(), Turn::First, now)?;
        let surroundings = reading.surroundings(&*self.variables, now);
        let mut newcomers = Newcomers {
            reading: &reading,
            surroundings,
            shelf: surroundings.shelf(),
            made: Vec::new(),
        };
        let chosen = choose(&mut newcomers)?;
        let made = newcomers.made;
        self.keep(reading, made);
        Ok(chosen)
    }
}

impl Newcomers<'_> {
    /// A server of the fleet.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the settings do not have it, or it cannot be started.
    pub fn server(&mut self, place: &Place) -> Result<ServerContext, ServeError> {
        let made = self.made(place, ServerContext::new)?;
        self.made
            .push((place.clone(), Context::Server(made.clone())));
        Ok(made)
    }

    /// A client of the fleet.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the settings do not have it, or it cannot be started.
    pub fn client(&mut self, place: &Place) -> Result<ClientContext, ServeError> {
        let made = self.made(place, ClientContext::new)?;
        self.made
            .push((place.clone(), Context::Client(made.clone())));
        Ok(made)
    }

    /// A server that served this endpoint before the settings left it open for a while. It goes on as a new generation:
    /// connections that it has since then are judged again, and cut if their peers are not trusted any more.
    ///
    /// # Errors
    ///
    /// As [`Self::server`]; the server stays as it was then.
    pub fn server_again(
        &mut self,
        place: &Place,
        server: &ServerContext,
    ) -> Result<Change, ServeError> {
        let change = self.made(place, |endpoint, material| {
            server.resume(endpoint, material)
        })?;
        self.made
            .push((place.clone(), Context::Server(server.clone())));
        Ok(change)
    }

    /// The same of a client.
    ///
    /// # Errors
    ///
    /// As [`Self::client`]; the client stays as it was then.
    pub fn client_again(
        &mut self,
        place: &Place,
        client: &ClientContext,
    ) -> Result<Change, ServeError> {
        let change = self.made(place, |endpoint, material| {
            client.resume(endpoint, material)
        })?;
        self.made
            .push((place.clone(), Context::Client(client.clone())));
        Ok(change)
    }

    /// An endpoint that the settings leave open.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the settings do not have it, have errors in it, or demand TLS of it.
    pub fn open(&mut self, place: &Place) -> Result<OpenContext, ServeError> {
        let endpoint = self.endpoint(place)?;
        endpoint.startable().map_err(Stays::from)?;
        is_open(endpoint).map_err(Stays::from)?;
        let made = OpenContext::default();
        self.made.push((place.clone(), Context::Open(made.clone())));
        Ok(made)
    }

    /// An endpoint of the settings, if they have it.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the settings do not have it.
    pub fn endpoint(&self, place: &Place) -> Result<&Endpoint, ServeError> {
        let endpoint = self.reading.endpoint(place);
        endpoint.ok_or_else(|| self.reading.why_unknown(place))
    }

    /// What is doubtful in the settings and files of those that were taken so far.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let made = self.made.iter().cloned();
        let kept = made.map(|(place, context)| Kept::new(place, context, self.reading));
        kept.flat_map(|kept| kept.findings(self.reading)).collect()
    }

    fn made<C>(
        &self,
        place: &Place,
        make: impl FnOnce(Startable<'_>, &Material) -> Result<C, ContextError>,
    ) -> Result<C, ServeError> {
        let endpoint = self.endpoint(place)?;
        let startable = endpoint.startable().map_err(Stays::from)?;
        let material = load_with(startable, &self.surroundings, &self.shelf);
        let material = material.map_err(Stays::from)?;
        let context = make(startable, &material);
        Ok(context.map_err(|error| Stays::Context(Box::new(error)))?)
    }
}

impl std::fmt::Debug for Newcomers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Newcomers").finish_non_exhaustive()
    }
}
