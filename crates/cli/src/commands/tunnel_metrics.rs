//! Figures of running tunnels for Prometheus.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::info;
use trustpack_settings::value::PlainAddress;
use trustpack_tunnel::metrics::server::{MetricsError, MetricsListener, Readers};
use trustpack_tunnel::metrics::text;
use trustpack_tunnel::status::Overview;

use super::tunnel_by_hand::plain_address;
use crate::failure::Failure;
use crate::session;

/// How often a process that takes over tries to have the address of the one before, and how long it waits in between:
/// five seconds together, and mostly one time.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

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
    /// Tells figures until the task is aborted or another process has taken over, if there is somewhere to tell them.
    /// One that takes over waits until the address is given up.
    pub(super) async fn start(
        &self,
        told: Told,
        takes_over: bool,
    ) -> Result<Option<JoinHandle<()>>, Failure> {
        let Some(address) = &self.metrics else {
            return Ok(None);
        };
        let readers = if self.danger_metrics_anywhere {
            Readers::DangerAnywhere
        } else {
            Readers::OnThisMachine
        };
        let mut tries = if takes_over { TRIES } else { 1 };
        let listener = loop {
            tries = tries.saturating_sub(1);
            match MetricsListener::bind(address, readers).await {
                Ok(listener) => break listener,
                Err(MetricsError::InUse { .. }) if tries > 0 => sleep(PAUSE).await,
                Err(error) => return Err(not_bound(error)),
            }
        };
        info!(address = listener.to_string(), "metrics");
        let Told {
            overview,
            stop,
            silence,
        } = told;
        let page = move || text(&overview.status(&stop), session::now());
        Ok(Some(tokio::spawn(async move {
            silence.run_until_cancelled(listener.serve(page)).await;
        })))
    }
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
