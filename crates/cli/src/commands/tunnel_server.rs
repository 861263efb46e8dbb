//! `trustpack tunnel server`.

use trustpack_settings::endpoint::Role;
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_tunnel::proxy_header::{Accepted, Version};
use trustpack_tunnel::spec::ProxyHeaders;

use super::tunnel_by_hand::{TunnelByHand, network_address, plain_address};
use super::tunnel_proxy::{PROXY_HEADING, SendersArgs};
use super::tunnel_service::{SERVICE_HEADING, ServiceArgs};
use crate::failure::{Answer, Failure};
use crate::session::Session;
use crate::tls_options::TlsOptions;

/// Take TLS in and forward it in plain to a program of this machine
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack tunnel server --listen 0.0.0.0:12060 --to 127.0.0.1:2060 \\
      --certificate stat1_cert.pem --certificate-key stat1_priv_key.pem \\
      --trusted-ca ca_cert.pem --tls-mutual 1")]
pub(crate) struct TunnelServer {
    /// Address to listen on for TLS, ADDRESS:PORT; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", value_parser = network_address)]
    listen: NetworkAddress,

    /// Address of the program, ADDRESS:PORT on loopback or unix:PATH
    #[arg(long, value_name = "ADDRESS", value_parser = plain_address)]
    to: PlainAddress,

    #[command(flatten)]
    options: TlsOptions,

    /// Demand a PROXY header of every caller, before TLS: v1, v2 or any. Whoever reaches the listener can then pass for
    /// anybody, which is why --proxy-from must name who may
    #[arg(long, value_name = "VERSION", help_heading = PROXY_HEADING)]
    proxy_in: Option<Accepted>,

    #[command(flatten, next_help_heading = PROXY_HEADING)]
    senders: SendersArgs,

    /// Begin each connection to the program with a PROXY header, v1 or v2, which says who called and, with v2, what is
    /// known of its TLS
    #[arg(long, value_name = "VERSION", help_heading = PROXY_HEADING)]
    proxy_out: Option<Version>,

    #[command(flatten, next_help_heading = SERVICE_HEADING)]
    service: ServiceArgs,
}

impl TunnelServer {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let tunnel = TunnelByHand {
            role: Role::Server,
            network: self.listen,
            plain: self.to,
            peer: None,
            proxy: ProxyHeaders {
                taken: self.proxy_in,
                from: self.senders.given(),
                sent: self.proxy_out,
            },
            options: &self.options,
            service: &self.service,
        };
        tunnel.run(session)
    }
}
