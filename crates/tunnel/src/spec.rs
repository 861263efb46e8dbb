//! What one tunnel does: where it listens, where it connects to, and what happens in between.
//!
//! Invariant: the plain side of a secured tunnel is within this machine, unless somebody said the
//! dangerous thing.

use std::net::SocketAddr;
use std::sync::Arc;

use trustpack_material::material::Material;
use trustpack_settings::endpoint::{Role, Security, Startable, State};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_tls::client::ClientContext;
use trustpack_tls::context::ContextError;
use trustpack_tls::keeper::Context;
use trustpack_tls::keeper::open::OpenContext;
use trustpack_tls::server::ServerContext;
use trustpack_x509::certificate::Certificate;

use crate::figures::Figures;
use crate::proxy_header::{Accepted, Version};
use crate::senders::Senders;

/// One tunnel, ready to be bound.
#[derive(Clone, Debug)]
pub struct TunnelSpec {
    pub(crate) place: Place,
    pub(crate) listen: Address,
    pub(crate) to: Address,
    pub(crate) mode: Mode,
    pub(crate) proxy: ProxyHeaders,
    pub(crate) figures: Arc<Figures>,
    state: State,
    /// Of its settings as they are written.
    about: Vec<Finding>,
    findings: Vec<Finding>,
}

/// Where plain text may be outside of the TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlainSides {
    /// On loopback addresses and UNIX sockets: it does not leave the machine.
    OnThisMachine,
    /// On any address: whoever can listen on that network reads and writes it.
    DangerAnywhere,
}

/// Where headers of the PROXY protocol are taken and sent; nowhere unless somebody says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyHeaders {
    /// What each caller must begin with, before anything else.
    pub taken: Option<Accepted>,
    /// Whose headers are taken: each of these can pass for anybody. Other callers are refused.
    pub from: Senders,
    /// What is sent to the program on the plain side before the data of each connection.
    pub sent: Option<Version>,
}

/// An end of a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Network(NetworkAddress),
    Plain(PlainAddress),
}

/// What a tunnel does with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// TLS comes in, or plain text too if the context detects which; plain text goes out.
    Server(ServerContext),
    /// Plain text comes in, TLS goes out.
    Client(ClientContext),
    /// Plain text comes in and goes out, as long as the settings leave the endpoint open.
    Open(OpenContext),
}

/// An endpoint cannot be carried by a tunnel.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// It has no plain side.
    #[error("{place} has no tunnel: the address of the plain side is not set")]
    NoPlainSide {
        /// The endpoint.
        place: Place,
    },
    /// It is not known what to bind or to dial.
    #[error("{place} has no address on the network")]
    NoNetworkSide {
        /// The endpoint.
        place: Place,
    },
    /// The plain side is where other machines may reach it; [`PlainSides::DangerAnywhere`] allows that.
    #[error(
        "the plain side of {place} is {address}, which is not a loopback address; allowed are loopback addresses and UNIX sockets, others only with the switch for that danger"
    )]
    PlainSideOutside {
        /// The endpoint.
        place: Place,
        /// Its plain side.
        address: SocketAddr,
    },
    /// PROXY headers would go to the network.
    #[error(
        "{place} leads to the network; PROXY headers are sent to programs on plain sides, and so only for ports"
    )]
    ProxyToNetwork {
        /// The endpoint.
        place: Place,
    },
    /// PROXY headers would be demanded where other machines call, and nobody has said which may send them.
    #[error(
        "{place} listens where other machines reach it, and demands PROXY headers: whoever may send them can pass for anybody, and is to be named"
    )]
    ProxyFromWhom {
        /// The endpoint.
        place: Place,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Context(#[from] ContextError),
}

impl SpecError {
    /// The finding behind it, if it has one: what is wrong, with its code and remedy.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Context(error) => error.finding(),
            Self::NoPlainSide { .. }
            | Self::NoNetworkSide { .. }
            | Self::ProxyToNetwork { .. }
            | Self::ProxyFromWhom { .. }
            | Self::PlainSideOutside { .. } => None,
        }
    }
}

impl TunnelSpec {
    /// The tunnel that carries `endpoint`, with its material.
    ///
    /// A port is bound on its own address and forwarded to the plain side; a connection is accepted
    /// on the plain side and dialled to its target. An open endpoint is forwarded as it is.
    ///
    /// # Errors
    ///
    /// [`SpecError`] when an address is missing or not allowed, or TLS cannot be set up.
    pub fn new(
        endpoint: Startable<'_>,
        material: &Material,
        plain_sides: PlainSides,
    ) -> Result<Self, SpecError> {
        let (listen, to) = ends(endpoint, plain_sides)?;
        let mode = match Kind::of(endpoint)? {
            Kind::Server => Mode::Server(ServerContext::new(endpoint, material)?),
            Kind::Client => Mode::Client(ClientContext::new(endpoint, material)?),
            Kind::Open => Mode::Open(OpenContext::default()),
        };
        let findings = match &mode {
            Mode::Server(context) => context.findings().to_vec(),
            Mode::Client(context) => context.findings().to_vec(),
            Mode::Open(_) => Vec::new(),
        };
        Ok(Self {
            place: endpoint.endpoint().place().clone(),
            listen,
            to,
            mode,
            proxy: ProxyHeaders::default(),
            figures: Arc::default(),
            state: endpoint.endpoint().state(),
            about: endpoint.endpoint().findings().cloned().collect(),
            findings: material.findings.iter().cloned().chain(findings).collect(),
        })
    }

    /// The same tunnel under settings that were read anew. What does its TLS goes on; nothing if another kind of context
    /// is needed.
    pub(crate) fn follow(
        &self,
        endpoint: Startable<'_>,
        plain_sides: PlainSides,
    ) -> Result<Option<Self>, SpecError> {
        if Kind::of(endpoint)? != self.kind() {
            return Ok(None);
        }
        let (listen, to) = ends(endpoint, plain_sides)?;
        Ok(Some(Self {
            listen,
            to,
            state: endpoint.endpoint().state(),
            about: endpoint.endpoint().findings().cloned().collect(),
            ..self.clone()
        }))
    }

    /// The same tunnel with these PROXY headers.
    ///
    /// # Errors
    ///
    /// [`SpecError::ProxyToNetwork`] when they were to be sent to the network: whoever called would be told to everybody
    /// there, before TLS. [`SpecError::ProxyFromWhom`] when other machines reach the listener and none is named.
    pub fn with_proxy_headers(mut self, proxy: ProxyHeaders) -> Result<Self, SpecError> {
        let unnamed = proxy.taken.is_some() && proxy.from == Senders::ThisMachine;
        if unnamed && !self.listen.is_on_this_machine() {
            return Err(SpecError::ProxyFromWhom { place: self.place });
        }
        if proxy.sent.is_some() && !self.is_port() {
            return Err(SpecError::ProxyToNetwork { place: self.place });
        }
        self.proxy = proxy;
        Ok(self)
    }

    /// Whether callers are believed whom they speak for, whoever they are.
    #[must_use]
    pub fn takes_headers_of_anybody(&self) -> bool {
        self.proxy.taken.is_some() && self.proxy.from == Senders::DangerAnyone
    }

    /// Whether it listens, leads and is secured as another one.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        (&self.listen, &self.to, self.state) == (&other.listen, &other.to, other.state)
    }

    fn kind(&self) -> Kind {
        match &self.mode {
            Mode::Server(_) => Kind::Server,
            Mode::Client(_) => Kind::Client,
            Mode::Open(_) => Kind::Open,
        }
    }

    /// Whether there may be plain text on the network.
    pub(crate) fn takes_plain(&self) -> bool {
        match &self.mode {
            Mode::Open(_) => true,
            Mode::Server(_) => self.state == State::AutoDetect,
            Mode::Client(_) => false,
        }
    }

    /// Whether it is a port: connections come in from the network, and go to a program of this machine.
    #[must_use]
    pub fn is_port(&self) -> bool {
        match self.to {
            Address::Plain(_) => true,
            Address::Network(_) => false,
        }
    }

    /// Whether nobody is let through, since it is open and its settings demand TLS.
    #[must_use]
    pub fn is_shut(&self) -> bool {
        match &self.mode {
            Mode::Open(context) => context.check().is_err(),
            Mode::Server(_) | Mode::Client(_) => false,
        }
    }

    /// What does its TLS; none if the settings leave it open.
    #[must_use]
    pub fn context(&self) -> Option<Context> {
        match &self.mode {
            Mode::Server(_) | Mode::Client(_) => Some(self.kept()),
            Mode::Open(_) => None,
        }
    }

    /// What follows changes of the settings and files.
    #[must_use]
    pub fn kept(&self) -> Context {
        match &self.mode {
            Mode::Server(context) => Context::Server(context.clone()),
            Mode::Client(context) => Context::Client(context.clone()),
            Mode::Open(context) => Context::Open(context.clone()),
        }
    }

    /// The certificate that it presents now, if it has one.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        match &self.mode {
            Mode::Server(context) => context.certificate(),
            Mode::Client(context) => context.certificate(),
            Mode::Open(_) => None,
        }
    }

    /// Whether callers in plain text are taken beside those in TLS now.
    #[must_use]
    pub fn detects(&self) -> bool {
        match &self.mode {
            Mode::Server(context) => context.detects(),
            Mode::Client(_) | Mode::Open(_) => false,
        }
    }

    /// The endpoint it carries.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How its traffic on the network is secured.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Everything that is doubtful in it: what the fleet file says, its material, its settings for TLS.
    pub(crate) fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        self.about.iter().chain(&self.findings)
    }

    /// What is doubtful in its material and in its settings for TLS.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Address {
    /// Whether nobody but programs of this machine reaches it.
    fn is_on_this_machine(&self) -> bool {
        let local = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
        match self {
            Self::Plain(PlainAddress::Unix(_)) => true,
            Self::Plain(PlainAddress::Tcp(address)) => local(address),
            Self::Network(NetworkAddress::Given(addresses)) => addresses.iter().all(local),
            Self::Network(NetworkAddress::Lookup { .. }) => false,
        }
    }
}

/// What a tunnel needs to do TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Server,
    Client,
    Open,
}

impl Kind {
    fn of(endpoint: Startable<'_>) -> Result<Self, SpecError> {
        match (endpoint.endpoint().security(), endpoint.endpoint().role()) {
            (Security::Tls | Security::AutoDetect, Role::Server) => Ok(Self::Server),
            // A client of a port that detects speaks TLS to it, unless its settings leave it open.
            (Security::Tls | Security::AutoDetect, Role::Client) => Ok(Self::Client),
            (Security::Open, Role::Server | Role::Client) => Ok(Self::Open),
            (Security::Refused | Security::Product, Role::Server | Role::Client) => {
                let place = endpoint.endpoint().place().clone();
                Err(ContextError::Open { place }.into())
            }
        }
    }
}

/// Where a tunnel listens, and where it leads.
fn ends(endpoint: Startable<'_>, plain_sides: PlainSides) -> Result<(Address, Address), SpecError> {
    let endpoint = endpoint.endpoint();
    let place = || endpoint.place().clone();
    let plain = endpoint
        .plain()
        .ok_or_else(|| SpecError::NoPlainSide { place: place() })?;
    check_plain(plain, plain_sides, place)?;
    let network = endpoint
        .network()
        .ok_or_else(|| SpecError::NoNetworkSide { place: place() })?;
    let (network, plain) = (
        Address::Network(network.clone()),
        Address::Plain(plain.clone()),
    );
    Ok(match endpoint.role() {
        Role::Server => (network, plain),
        Role::Client => (plain, network),
    })
}

fn check_plain(
    plain: &PlainAddress,
    allowed: PlainSides,
    place: impl Fn() -> Place,
) -> Result<(), SpecError> {
    match (plain, allowed) {
        (PlainAddress::Unix(_), _) | (PlainAddress::Tcp(_), PlainSides::DangerAnywhere) => Ok(()),
        (PlainAddress::Tcp(address), PlainSides::OnThisMachine) => {
            // An IPv4 address in IPv6 form is the IPv4 address (RFC 4291 section 2.5.5.2).
            if address.ip().to_canonical().is_loopback() {
                Ok(())
            } else {
                Err(SpecError::PlainSideOutside {
                    place: place(),
                    address: *address,
                })
            }
        }
    }
}
