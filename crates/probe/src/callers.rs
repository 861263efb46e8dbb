//! Who calls a service: its client, and somebody who shows nothing and takes everything.
//!
//! Invariant: the second one never presents a certificate, and what it is told is never believed.

use std::path::Path;
use std::sync::Arc;

use trustpack_material::material::Material;
use trustpack_settings::endpoint::{Endpoint, Engine, Refused, Role, Startable};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::{Entry, Platform};
use trustpack_settings::options::OptionId;
use trustpack_settings::resolve::by_hand::{self, ByHand, Describer};
use trustpack_settings::value::{PeerName, ProtocolVersion};
use trustpack_tls::client::ClientContext;
use trustpack_tls::context::ContextError;
use trustpack_x509::time::Timestamp;

use crate::dial::ProxyHeader;
use crate::imitated::{Imitated, Made};
use crate::survey::lack::Offer;

/// Those who call one service.
#[derive(Clone, Debug)]
pub struct Callers {
    /// The client whose connection is tried.
    pub(crate) client: ClientContext,
    /// Whether it has a certificate to present.
    pub(crate) client_presents: Presents,
    /// What it offers.
    pub(crate) client_offer: Offer,
    /// Somebody without a certificate who takes every server, with every version and suite that the engine has.
    pub(crate) nobody: ClientContext,
    /// The client, if its engine is another than ours, which connects in its place.
    pub(crate) imitated: Option<Arc<Imitated>>,
    /// With what each of their connections begins.
    pub(crate) header: Option<ProxyHeader>,
}

/// Whether a caller has a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presents {
    /// It has one for a server that asks.
    Certificate,
    /// It has none.
    Nothing,
    /// It has one, with a key that its own engine signs with and ours does not.
    NotByOurs,
    /// The same, and its server is ours, which takes no such key.
    NotTaken,
}

impl Presents {
    fn of(endpoint: &Endpoint, material: &Material) -> Self {
        match (
            &material.identity,
            endpoint.settings().certificate.value.is_none(),
        ) {
            (Some(_), _) => Self::Certificate,
            (None, true) => Self::Nothing,
            (None, false) => Self::NotByOurs,
        }
    }
}

/// The callers cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CallersError {
    /// The engine does not take the settings.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// The settings of the caller that shows nothing are refused, which is a mistake of ours.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl CallersError {
    /// The finding behind it, if it has one: what is wrong, with its code and remedy.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Context(error) => error.finding(),
            Self::Refused(_) => None,
        }
    }
}

impl Callers {
    /// The client of an endpoint with its material, who judges for this moment, and nobody. The versions that it speaks are those
    /// of its own engine, and so are the rules by which it judges, as far as they are known.
    ///
    /// # Errors
    ///
    /// [`CallersError`] when the engine does not take the settings.
    pub fn of_client(
        endpoint: Startable<'_>,
        material: &Material,
        now: Timestamp,
    ) -> Result<Self, CallersError> {
        let endpoint = endpoint.endpoint();
        let made = Made::new(endpoint, material, now)?;
        Ok(Self {
            client: made.client,
            client_presents: Presents::of(endpoint, material),
            client_offer: made.offer,
            nobody: nobody(endpoint.peer())?,
            imitated: made.imitated.map(Arc::new),
            header: None,
        })
    }

    /// The same with what is known of its server: one of ours takes no key that ours does not sign with, unless it is told to take what is
    /// weak.
    #[must_use]
    pub fn to(self, server: &Endpoint) -> Self {
        let refuses = server.engine() == Engine::Trustpack
            && server.settings().danger_accept_weak.value.is_none();
        if self.client_presents != Presents::NotByOurs || !refuses {
            return self;
        }
        Self {
            client_presents: Presents::NotTaken,
            ..self
        }
    }

    /// A client of which no files are known: nobody, with the versions and suites that its settings allow.
    ///
    /// # Errors
    ///
    /// [`CallersError`] when the engine does not take the settings.
    pub fn of_settings(client: &Endpoint) -> Result<Self, CallersError> {
        Ok(Self {
            client: danger_unchecked(client, &Material::default())?,
            client_presents: Presents::Nothing,
            client_offer: Offer::of(client),
            nobody: nobody(client.peer())?,
            imitated: None,
            header: None,
        })
    }

    /// Nobody alone, who asks for this name (SNI).
    ///
    /// # Errors
    ///
    /// [`CallersError`] when the engine does not take the settings.
    pub fn nobody(name: Option<&PeerName>) -> Result<Self, CallersError> {
        let nobody = nobody(name)?;
        Ok(Self {
            client: nobody.clone(),
            client_presents: Presents::Nothing,
            client_offer: Offer::everything(),
            nobody,
            imitated: None,
            header: None,
        })
    }

    /// The same, whose connections begin with this header.
    #[must_use]
    pub fn with_header(self, header: Option<ProxyHeader>) -> Self {
        Self { header, ..self }
    }
}

/// A client without a certificate that takes every server, and offers all that there is.
fn nobody(name: Option<&PeerName>) -> Result<ClientContext, CallersError> {
    taking_all(name, Vec::new(), &Material::default())
}

/// This client with the versions and suites that its settings allow, who shows what it has and takes every server. The danger: only to see
/// what a server says to it.
pub(crate) fn danger_unchecked(
    client: &Endpoint,
    material: &Material,
) -> Result<ClientContext, CallersError> {
    let settings = client.settings();
    let versions = settings.versions_spoken_by(client.engine());
    let lowest = (versions.lowest == ProtocolVersion::Tls13)
        .then(|| Entry::flag(OptionId::SecProtocol.name(), "TLSv13"));
    let highest = (versions.highest == ProtocolVersion::Tls12)
        .then(|| Entry::flag(OptionId::SecProtocolMax.name(), "TLSv12"));
    let list = settings.cipher_list.value.as_ref();
    let list = list.map(|list| Entry::flag(OptionId::CipherList.name(), &list.words().join(":")));
    let limits: Vec<Entry> = [lowest, highest, list].into_iter().flatten().collect();
    taking_all(client.peer(), limits, material)
}

fn taking_all(
    name: Option<&PeerName>,
    limits: Vec<Entry>,
    material: &Material,
) -> Result<ClientContext, CallersError> {
    let danger = Entry::flag(OptionId::ClientAuth.name(), "0");
    let options: Vec<Entry> = std::iter::once(danger).chain(limits).collect();
    let request = ByHand {
        by: Describer::CommandLine,
        role: Role::Client,
        network: None,
        plain: None,
        peer: name.cloned(),
        options: &options,
        folder: Path::new("/"),
    };
    // The platform decides about stores of certificates, of which none is used.
    let endpoint = by_hand::resolve(&request, Platform::Unix);
    Ok(ClientContext::new(endpoint.startable()?, material)?)
}
