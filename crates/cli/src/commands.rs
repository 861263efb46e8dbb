//! The command line: nouns and verbs, one file per command.

mod about;
mod authority_report;
mod bundling;
mod ca_arguments;
mod ca_check;
mod ca_create;
mod ca_import;
mod ca_limit_arguments;
mod ca_parent_arguments;
mod ca_rekey;
mod ca_renew;
mod ca_show;
mod ca_sub;
mod cert_adopt;
mod cert_bundle;
mod cert_convert;
mod cert_export;
mod cert_find;
mod cert_findings;
mod cert_issue;
mod cert_issue_many;
mod cert_lint;
mod cert_list;
mod cert_renew;
mod cert_request;
mod cert_revoke;
mod cert_show;
mod cert_verify;
mod completions;
mod components_list;
mod components_show;
mod conversion;
pub(crate) mod convert_priv_key_sh;
pub(crate) mod create_ca_sh;
pub(crate) mod create_cert_sh;
mod crl_check;
mod crl_create;
mod crl_publish;
mod crl_show;
mod csr_file;
mod demo;
mod explain_failure;
mod file_finding;
mod fleet_accept;
mod fleet_arguments;
mod fleet_check;
mod fleet_diff;
mod fleet_explain;
mod fleet_files;
mod fleet_import;
mod fleet_matrix;
mod fleet_points;
mod fleet_schema;
mod fleet_show;
mod host_arguments;
mod host_check;
mod host_install;
mod hosts_csv;
mod install;
mod issued_certificate;
mod issuing;
mod issuing_many;
mod judging_files;
mod key_convert;
mod key_create;
mod key_files;
mod key_output;
mod key_show;
mod ledger_arguments;
mod list_making;
mod man;
mod named_certificate;
mod new_ca_arguments;
mod probe;
mod store_arguments;
mod store_contents;
mod store_create;
mod store_export;
mod store_import;
mod store_list;
mod store_remove;
mod successors;
mod tunnel_addresses;
mod tunnel_background;
mod tunnel_by_hand;
mod tunnel_changes;
mod tunnel_client;
mod tunnel_control;
mod tunnel_memory;
mod tunnel_metrics;
mod tunnel_proxy;
mod tunnel_reload;
mod tunnel_report;
mod tunnel_run;
mod tunnel_sandbox;
mod tunnel_server;
mod tunnel_service;
mod tunnel_signals;
mod tunnel_state;
mod tunnel_status;
mod tunnel_stop;
mod tunnel_systemd;
mod tunnel_takeover;
mod tunnel_top;

use crate::failure::{Answer, Failure};
use crate::session::Session;

/// Put every connection between the services of a fleet behind TLS, and keep it there
///
/// A private certificate authority that works from a plain folder; TLS settings for hosts,
/// applications, ports and connections, checked before they break anything; tunnels that carry the
/// connections of programs that cannot do TLS.
#[derive(Debug, clap::Parser)]
#[command(
    name = "trustpack",
    version,
    propagate_version = true,
    after_help = "Exit codes:
  0   done, or the answer is yes
  1   the request is wrong, or the answer is no
  2   usage
  3   a service refused, or cannot be reached
  70  a bug of trustpack

Examples:
  trustpack demo
  trustpack ca create --ca my-ca \"Example CA\"
  trustpack cert issue --ca my-ca stat1.example.com
  trustpack cert show stat1.example.com:443"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run a private certificate authority from a folder
    #[command(subcommand)]
    Ca(Ca),
    /// Issue, renew, revoke, show, verify and convert certificates
    #[command(subcommand)]
    Cert(Cert),
    /// Make, convert and show private keys
    #[command(subcommand)]
    Key(Key),
    /// Make, show and change key stores and trust stores: PEM, PKCS#12, JKS
    #[command(subcommand)]
    Store(Store),
    /// Make, show, check and publish lists of revoked certificates
    #[command(subcommand)]
    Crl(Crl),
    /// Check and explain the TLS settings of a fleet
    #[command(subcommand)]
    Fleet(Fleet),
    /// Install bundles on this host, and check who can read them
    #[command(subcommand)]
    Host(Host),
    /// Look up kinds of components, and on which links they support TLS
    #[command(subcommand)]
    Components(Components),
    /// Carry connections over TLS for programs that cannot
    #[command(subcommand)]
    Tunnel(Tunnel),
    Probe(Box<probe::Probe>),
    ExplainFailure(explain_failure::ExplainFailure),
    Demo(demo::Demo),
    Install(install::Install),
    About(about::About),
    Completions(completions::Completions),
    Man(man::WriteManual),
    /// A plain program of the demo
    #[command(subcommand, hide = true)]
    DemoPart(demo::traffic::DemoPart),
}

#[derive(Debug, clap::Subcommand)]
enum Ca {
    Create(ca_create::CaCreate),
    Import(ca_import::CaImport),
    Sub(Box<ca_sub::CaSub>),
    Show(ca_show::CaShow),
    Check(ca_check::CaCheck),
    Renew(ca_renew::CaRenew),
    Rekey(ca_rekey::CaRekey),
}

#[derive(Debug, clap::Subcommand)]
enum Cert {
    Issue(Box<cert_issue::CertIssue>),
    Renew(Box<cert_renew::CertRenew>),
    Bundle(Box<cert_bundle::CertBundle>),
    Export(Box<cert_export::CertExport>),
    Revoke(cert_revoke::CertRevoke),
    List(cert_list::CertList),
    Find(cert_find::CertFind),
    Request(Box<cert_request::CertRequest>),
    Adopt(cert_adopt::CertAdopt),
    Show(cert_show::CertShow),
    Verify(Box<cert_verify::CertVerify>),
    Lint(cert_lint::CertLint),
    Convert(cert_convert::CertConvert),
}

#[derive(Debug, clap::Subcommand)]
enum Store {
    Create(store_create::StoreCreate),
    List(store_list::StoreList),
    Import(store_import::StoreImport),
    Export(store_export::StoreExport),
    Remove(store_remove::StoreRemove),
}

#[derive(Debug, clap::Subcommand)]
enum Crl {
    Create(crl_create::CrlCreate),
    Show(crl_show::CrlShow),
    Check(crl_check::CrlCheck),
    Publish(crl_publish::CrlPublish),
}

#[derive(Debug, clap::Subcommand)]
enum Key {
    Create(key_create::KeyCreate),
    Convert(key_convert::KeyConvert),
    Show(key_show::KeyShow),
}

#[derive(Debug, clap::Subcommand)]
enum Fleet {
    Accept(fleet_accept::FleetAccept),
    Check(fleet_check::FleetCheck),
    Diff(fleet_diff::FleetDiff),
    Explain(fleet_explain::FleetExplain),
    Import(fleet_import::FleetImport),
    Matrix(fleet_matrix::FleetMatrix),
    Schema(fleet_schema::FleetSchema),
    Show(fleet_show::FleetShow),
}

#[derive(Debug, clap::Subcommand)]
enum Host {
    Install(host_install::HostInstall),
    Check(host_check::HostCheck),
}

#[derive(Debug, clap::Subcommand)]
enum Components {
    List(components_list::ComponentsList),
    Show(components_show::ComponentsShow),
}

#[derive(Debug, clap::Subcommand)]
enum Tunnel {
    Run(tunnel_run::TunnelRun),
    Server(tunnel_server::TunnelServer),
    Client(tunnel_client::TunnelClient),
    Reload(tunnel_reload::TunnelReload),
    Stop(tunnel_stop::TunnelStop),
    Status(tunnel_status::TunnelStatus),
    Top(tunnel_top::TunnelTop),
    Report(tunnel_report::TunnelReport),
}

impl Cli {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        match self.command {
            Command::Ca(Ca::Create(args)) => args.run(session),
            Command::Ca(Ca::Import(args)) => args.run(session),
            Command::Ca(Ca::Sub(args)) => args.run(session),
            Command::Ca(Ca::Renew(args)) => args.run(session),
            Command::Ca(Ca::Rekey(args)) => args.run(session),
            Command::Ca(Ca::Check(args)) => args.run(session),
            Command::Ca(Ca::Show(args)) => args.run(session),
            Command::Cert(Cert::Issue(args)) => args.run(session),
            Command::Cert(Cert::Revoke(args)) => args.run(session),
            Command::Crl(Crl::Create(args)) => args.run(session),
            Command::Crl(Crl::Show(args)) => args.run(session),
            Command::Crl(Crl::Check(args)) => args.run(session),
            Command::Crl(Crl::Publish(args)) => args.run(session),
            Command::Cert(Cert::List(args)) => args.run(session),
            Command::Cert(Cert::Find(args)) => args.run(session),
            Command::Cert(Cert::Request(args)) => args.run(session),
            Command::Cert(Cert::Renew(args)) => args.run(session),
            Command::Cert(Cert::Bundle(args)) => args.run(session),
            Command::Cert(Cert::Export(args)) => args.run(session),
            Command::Cert(Cert::Adopt(args)) => args.run(session),
            Command::Cert(Cert::Lint(args)) => args.run(session),
            Command::Cert(Cert::Show(args)) => args.run(session),
            Command::Cert(Cert::Verify(args)) => args.run(session),
            Command::Cert(Cert::Convert(args)) => args.run(session),
            Command::Store(Store::Create(args)) => args.run(session),
            Command::Store(Store::List(args)) => args.run(session),
            Command::Store(Store::Import(args)) => args.run(session),
            Command::Store(Store::Export(args)) => args.run(session),
            Command::Store(Store::Remove(args)) => args.run(session),
            Command::Key(Key::Create(args)) => args.run(session),
            Command::Key(Key::Convert(args)) => args.run(session),
            Command::Key(Key::Show(args)) => args.run(session),
            Command::Fleet(Fleet::Accept(args)) => args.run(session),
            Command::Fleet(Fleet::Check(args)) => args.run(session),
            Command::Fleet(Fleet::Diff(args)) => args.run(session),
            Command::Fleet(Fleet::Explain(args)) => args.run(session),
            Command::Fleet(Fleet::Import(args)) => args.run(session),
            Command::Fleet(Fleet::Matrix(args)) => args.run(session),
            Command::Fleet(Fleet::Schema(args)) => args.run(session),
            Command::Fleet(Fleet::Show(args)) => args.run(session),
            Command::Components(Components::List(args)) => args.run(session),
            Command::Components(Components::Show(args)) => args.run(session),
            Command::Tunnel(tunnel) => tunnel.run(session),
            Command::Probe(args) => args.run(session),
            Command::ExplainFailure(args) => args.run(session),
            Command::Demo(args) => args.run(session),
            Command::Host(Host::Install(args)) => args.run(session),
            Command::Host(Host::Check(args)) => args.run(session),
            Command::Install(args) => args.run(session),
            Command::About(args) => args.run(session),
            Command::Completions(args) => args.run(session),
            Command::Man(args) => args.run(session),
            Command::DemoPart(args) => args.run(session),
        }
    }
}

impl Tunnel {
    fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        match self {
            Self::Run(args) => args.run(session),
            Self::Server(args) => args.run(session),
            Self::Client(args) => args.run(session),
            Self::Reload(args) => args.run(session),
            Self::Stop(args) => args.run(session),
            Self::Status(args) => args.run(session),
            Self::Top(args) => args.run(session),
            Self::Report(args) => args.run(session),
        }
    }
}
