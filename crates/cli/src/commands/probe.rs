//! `trustpack probe`.

mod one;
mod report;
mod text;

use std::time::Duration;

use trustpack_settings::value::{NetworkAddress, PeerName};

use self::one::One;
use super::tunnel_by_hand::{network_address, peer_name};
use super::tunnel_service::seconds;
use crate::failure::{Answer, Failure};
use crate::session::Session;
use crate::tls_options::TlsOptions;

/// Connect to a service as its client would, and say what is really there
///
/// Says whether it speaks TLS, what was agreed, its certificates with what is wrong in them, whether it asks for a
/// certificate of its clients, and what becomes of a client without one. Only handshakes are sent, no data. Exit code
/// 0: the connection works; 1: it does not; 3: the service cannot be reached.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack probe stat1.example.com:2060
  trustpack probe stat1.example.com:2060 --name stat1.example.com --trusted-ca ca_cert.pem
  trustpack probe 10.0.0.11:2060 --name stat1.example.com --trusted-ca ca_cert.pem \\
      --certificate desk1_cert.pem --certificate-key desk1_priv_key.pem --json")]
pub(crate) struct Probe {
    /// The service
    #[arg(value_name = "HOST:PORT", value_parser = network_address)]
    service: NetworkAddress,

    /// Name that the server's certificate must have; switches the name check on, unless
    /// --tls-target-name-check says otherwise. It is also whom the server is asked for, as the host is without it
    #[arg(long, value_name = "HOST", value_parser = peer_name)]
    name: Option<PeerName>,

    /// Seconds that connecting and a handshake may take, each [default: 5 and 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: TlsOptions,
}

impl Probe {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let one = One {
            service: self.service,
            name: self.name,
            options: self.options,
            timeout: self.timeout,
        };
        let report = one.probe(session.now)?;
        if self.json {
            session.out.json(&report)?;
        } else {
            text::write(&report, &mut session.out)?;
        }
        session.out.flush()?;
        Ok(if report.works {
            Answer::Done
        } else {
            Answer::No
        })
    }
}
