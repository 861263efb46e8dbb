//! The page of the figures that tunnels tell Prometheus: from the tables in the code.

use std::fmt::Write as _;

use trustpack_tunnel::figures::outcomes::{Ending, Refusal, Word};
use trustpack_tunnel::metrics::server::{ANSWER, MAX_HEAD_BYTES, MAX_REQUESTS};
use trustpack_tunnel::metrics::table::{Kind, METRICS, Scope};

use super::{NOTICE, cell};

pub(super) fn page() -> anyhow::Result<String> {
    let mut page = String::from("# Metrics\n\n");
    page.push_str(NOTICE);
    page.push_str(
        "`tunnel run`, `tunnel server` and `tunnel client` with `--metrics 127.0.0.1:9469` (or `unix:PATH`) answer Prometheus at\n\
         `/metrics`, in the form of OpenMetrics 1.0. On an address that other machines reach they do so only with\n\
         `--danger-metrics-anywhere`: figures name endpoints and tell what fails. Counters begin at zero with the process.\n\n\
         Labels have few values, and no peer chooses them: `place` is [the endpoint](fleet-file.md#places), the others have the\n\
         words below.\n\n\
         ```yaml\nscrape_configs:\n  - job_name: trustpack\n    static_configs: [{ targets: [\"127.0.0.1:9469\"] }]\n```\n\n\
         | metric | kind | labels | meaning |\n| --- | --- | --- | --- |\n",
    );
    for metric in METRICS {
        let (suffix, kind) = match metric.kind {
            Kind::Counter => ("_total", "counter"),
            Kind::Gauge => ("", "gauge"),
            Kind::Histogram => ("", "histogram"),
        };
        let place = match metric.scope {
            Scope::Endpoint => Some("place"),
            Scope::Process => None,
        };
        let labels = place.iter().chain(metric.labels);
        let labels: Vec<_> = labels.map(|label| format!("`{label}`")).collect();
        writeln!(
            page,
            "| `{}{suffix}` | {kind} | {} | {} |",
            metric.name,
            labels.join(", "),
            cell(metric.help)
        )?;
    }
    page.push_str("\n## Words\n\n");
    writeln!(page, "`reason` of handshakes: {}.\n", words::<Refusal>())?;
    writeln!(
        page,
        "`reason` of connections that have ended: {}.\n",
        words::<Ending>()
    )?;
    page.push_str(
        "`silent-close` is a peer that went without a word, as health checks do. `stop` are those that were cut at the stop,\n\
         `trust-ended` those whose peers were no longer trusted after a change.\n\n\
         ## Limits\n\n",
    );
    writeln!(
        page,
        "A request has at most {MAX_HEAD_BYTES} bytes and {} seconds; {MAX_REQUESTS} are answered at once, each on a connection of its own.",
        ANSWER.as_secs()
    )?;
    page.push_str(ALERTS);
    Ok(page)
}

/// The last section.
const ALERTS: &str = "\n## Questions worth an alert\n\n\
         ```text\n\
         trustpack_tunnel_certificate_expiry_days < 14\n\
         rate(trustpack_tunnel_accept_errors_total[5m]) > 0\n\
         rate(trustpack_tunnel_handshakes_total{result=\"refused\",reason!~\"silent-close|no-certificate\"}[5m]) > 1\n\
         increase(trustpack_tunnel_changes_total{result=\"refused\"}[1h]) > 0\n\
         trustpack_tunnel_connections_carried > 0.9 * trustpack_tunnel_connections_limit\n\
         increase(trustpack_tunnel_room_used_up_total[15m]) > 0\n\
         ```\n\n\
         `no-certificate` is left out for `trustpack probe`, which asks with each round what becomes of whoever comes without.\n";

fn words<W: Word>() -> String {
    let words: Vec<_> = W::WORDS
        .iter()
        .map(|word| format!("`{}`", word.name()))
        .collect();
    words.join(", ")
}
