//! `trustpack tunnel client`.

use trustpack_settings::endpoint::Role;
use trustpack_settings::options::OptionId;
use trustpack_settings::value::{NetworkAddress, PeerName, PlainAddress};
use trustpack_tunnel::proxy_header::Accepted;
use trustpack_tunnel::spec::ProxyHeaders;

use super::tunnel_by_hand::{TunnelByHand, network_address, peer_name, plain_address};
use super::tunnel_proxy::{PROXY_HEADING, SendersArgs};
use super::tunnel_service::{SERVICE_HEADING, ServiceArgs};
use crate::failure::{Answer, Failure};
use crate::session::Session;
use crate::tls_options::TlsOptions;

/// Take plain connections of programs of this machine and forward them over TLS
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack tunnel client --listen 127.0.0.1:2061 --to stat1.example.com:12060 \\
      --name stat1.example.com --trusted-ca ca_cert.pem \\
      --certificate desk1_cert.pem --certificate-key desk1_priv_key.pem")]
pub(crate) struct TunnelClient {
    /// Address to listen on in plain, ADDRESS:PORT on loopback or unix:PATH; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", value_parser = plain_address)]
    listen: PlainAddress,

    /// Address of the TLS server, ADDRESS:PORT or HOST:PORT
    #[arg(long, value_name = "ADDRESS", value_parser = network_address)]
    to: NetworkAddress,

    /// Name that the server's certificate must have; switches the name check on, unless
    /// --tls-target-name-check says otherwise
    #[arg(long, value_name = "HOST", value_parser = peer_name)]
    name: Option<PeerName>,

    #[command(flatten)]
    options: TlsOptions,

    /// Demand a PROXY header of every caller: v1, v2 or any. The log then names who really called
    #[arg(long, value_name = "VERSION", help_heading = PROXY_HEADING)]
    proxy_in: Option<Accepted>,

    #[command(flatten, next_help_heading = PROXY_HEADING)]
    senders: SendersArgs,

    #[command(flatten, next_help_heading = SERVICE_HEADING)]
    service: ServiceArgs,
}

impl TunnelClient {
    pub(crate) fn run(mut self, session: &mut Session) -> Result<Answer, Failure> {
        if self.name.is_some() {
            self.options.or_set(OptionId::TlsTargetNameCheck, "host");
        }
        let tunnel = TunnelByHand {
            role: Role::Client,
            network: self.to,
            plain: self.listen,
            peer: self.name,
            proxy: ProxyHeaders {
                taken: self.proxy_in,
                from: self.senders.given(),
                sent: None,
            },
            options: &self.options,
            service: &self.service,
        };
        tunnel.run(session)
    }
}
