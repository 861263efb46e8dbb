//! How a running process is, as plain data.
//!
//! [`Overview`] can be asked at any time, by whoever steers the process. Invariant: asking disturbs no connection.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::bind::Bound;
use crate::spec::TunnelSpec;

/// How a process is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether it serves.
    pub stage: Stage,
    /// Its endpoints, in the order in which they were given.
    pub endpoints: Vec<EndpointStatus>,
}

/// Where a process is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It takes connections.
    Serving,
    /// It takes no new ones; open ones may end.
    Draining,
}

/// How an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointStatus {
    /// The endpoint.
    pub place: String,
    /// Where it listens.
    pub listen: Vec<String>,
    /// Where it leads, as it is configured.
    pub to: String,
    /// How its traffic on the network is secured.
    pub security: String,
    /// The number of its present generation of trust; none if the settings leave it open.
    pub generation: Option<u64>,
}

/// Knows the tunnels of a process.
#[derive(Clone, Debug)]
pub struct Overview {
    endpoints: Arc<[Known]>,
}

#[derive(Debug)]
struct Known {
    spec: Arc<TunnelSpec>,
    listen: Vec<String>,
}

impl Overview {
    /// Over the tunnels that have their addresses.
    #[must_use]
    pub fn new(bound: &Bound) -> Self {
        let mut endpoints: Vec<Known> = Vec::new();
        for door in &bound.doors {
            let address = door.address().to_string();
            match endpoints.last_mut() {
                Some(known) if Arc::ptr_eq(&known.spec, &door.spec) => known.listen.push(address),
                Some(_) | None => endpoints.push(Known {
                    spec: Arc::clone(&door.spec),
                    listen: vec![address],
                }),
            }
        }
        Self {
            endpoints: endpoints.into(),
        }
    }

    /// How things are now. `stop` is what the tunnels are stopped by.
    #[must_use]
    pub fn status(&self, stop: &CancellationToken) -> Status {
        let stage = if stop.is_cancelled() {
            Stage::Draining
        } else {
            Stage::Serving
        };
        Status {
            stage,
            endpoints: self.endpoints.iter().map(Known::status).collect(),
        }
    }
}

impl Known {
    fn status(&self) -> EndpointStatus {
        let context = self.spec.context();
        EndpointStatus {
            place: self.spec.place().to_string(),
            listen: self.listen.clone(),
            to: self.spec.to.to_string(),
            security: self.spec.state().to_string(),
            generation: context.map(|context| context.generation()),
        }
    }
}
