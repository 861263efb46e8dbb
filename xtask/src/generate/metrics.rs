//! The page of the figures that tunnels tell Prometheus: from the tables in the code.

use std::fmt::Write as _;

use trustpack_tunnel::figures::outcomes::words;
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
    page.push_str(
        "`reason` has the words that the lines of the log have as `cause`; what each means stands [there](log.md#causes). Where a number\n\
         rises, its lines are those with the same word. Two are of the figures alone: `in-order` is a connection that ended without a\n\
         cause, and `alert` stands for all that the other end refused with one, whose number is in the log.\n\n",
    );
    let words: Vec<_> = words().iter().map(|word| format!("`{word}`")).collect();
    writeln!(page, "{}.\n", words.join(", "))?;
    page.push_str("A word that nothing was counted under is left out.\n\n## Limits\n\n");
    writeln!(
        page,
        "A request has at most {MAX_HEAD_BYTES} bytes and {} seconds; {MAX_REQUESTS} are answered at once, each on a connection of its own; for one more the oldest is given up.",
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
