//! Figures of running tunnels for Prometheus.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use trustpack_settings::value::PlainAddress;
use trustpack_tunnel::bind::Given;
use trustpack_tunnel::metrics::server::{MetricsError, MetricsListener, Readers};
use trustpack_tunnel::metrics::text;
use trustpack_tunnel::status::Overview;

use super::tunnel_by_hand::plain_address;
use crate::failure::Failure;
use crate::session;

/// What is told.
pub(super) struct Told {
    /// Knows how the tunnels are.
    pub(super) overview: Overview,
    /// Stops them.
    pub(super) stop: CancellationToken,
    /// Cancelled when another process has taken over.
    pub(super) silence: CancellationToken,
}

/// Options for figures.
#[derive(Debug, clap::Args)]
pub(super) struct MetricsArgs {
    /// Address at which Prometheus reads figures over HTTP (/metrics): ADDRESS:PORT on loopback, or unix:PATH
    #[arg(long, value_name = "ADDRESS", value_parser = plain_address)]
    metrics: Option<PlainAddress>,

    /// Let figures be read on an address that other machines reach: they name endpoints and tell who is busy and what
    /// fails
    #[arg(long, requires = "metrics")]
    danger_metrics_anywhere: bool,
}

impl MetricsArgs {
    /// Takes the address, or has it from the process before this one, if there is somewhere to tell figures.
    pub(super) async fn bind(&self, given: &mut Given) -> Result<Option<MetricsListener>, Failure> {
        let Some(address) = &self.metrics else {
            return Ok(None);
        };
        let readers = if self.danger_metrics_anywhere {
            Readers::DangerAnywhere
        } else {
            Readers::OnThisMachine
        };
        let bound = MetricsListener::bind(address, readers, given).await;
        let listener = bound.map_err(not_bound)?;
        info!(address = listener.to_string(), "metrics");
        Ok(Some(listener))
    }
}

/// Tells figures until the task is aborted or another process has taken over.
pub(super) fn start(listener: MetricsListener, told: Told) -> JoinHandle<()> {
    let Told {
        overview,
        stop,
        silence,
    } = told;
    let page = move || text(&overview.status(&stop), session::now());
    tokio::spawn(async move {
        let served = silence.run_until_cancelled(listener.serve(page)).await;
        if let Some(Err(error)) = served {
            let error = error.to_string();
            warn!(error, "the figures cannot be told");
        }
    })
}

fn not_bound(error: MetricsError) -> Failure {
    match error {
        MetricsError::Outside { .. } => Failure::request(error).hint(
            "take a loopback address such as 127.0.0.1, or allow any with --danger-metrics-anywhere",
        ),
        MetricsError::InUse { .. } => Failure::request(error).hint("name another address with --metrics"),
        MetricsError::NotASocket { .. } | MetricsError::Io { .. } => Failure::request(error),
    }
}
