//! Is it secure? A port by its own parameters, a connection by its port.
//!
//! Invariant: where the settings contradict each other the answer is [`Security::Refused`], never open.

use std::sync::Arc;

use super::ciphers::Allowed;
use crate::endpoint::{Security, Versions, Way};
use crate::finding::Finding;
use crate::findings::{
    clear_to_secure, mode_contradiction, port_unclear, secure_to_clear, tls_and_upgrade,
};
use crate::fleet::{Mode, Port};
use crate::level::{Counts, LevelValues};
use crate::options::OptionId;
use crate::parse::Value;
use crate::place::Place;
use crate::span::Spot;
use crate::value::ClientCertificate;

/// What the clients of a port need to know of it.
#[derive(Clone, Debug)]
pub(crate) struct PortFacts {
    pub(crate) place: Place,
    pub(crate) security: PortSecurity,
    pub(crate) client_certificate: ClientCertificate,
    pub(crate) versions: Versions,
    pub(crate) ciphers: Allowed,
    /// What bars it, if it is not clear what it speaks.
    pub(crate) unclear: Option<Arc<Finding>>,
    /// Errors of its application that leave its address unknown.
    pub(crate) unreachable: Vec<Arc<Finding>>,
    /// The way to it.
    pub(crate) way: Arc<Way>,
}

/// What a port speaks, as far as its clients can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortSecurity {
    Plain,
    Tls,
    AutoDetect,
    /// Its settings contradict each other.
    Unclear,
    /// Set up outside.
    Product,
}

impl PortSecurity {
    /// The same, as the security of the port's own endpoint.
    pub(crate) fn own(self) -> Security {
        match self {
            Self::Plain => Security::Open,
            Self::Tls => Security::Tls,
            Self::AutoDetect => Security::AutoDetect,
            Self::Unclear => Security::Refused,
            Self::Product => Security::Product,
        }
    }
}

/// A parameter that is 0 or 1.
#[derive(Clone, Copy)]
enum Switch<'a> {
    Unset,
    On(&'a Spot),
    Off(&'a Spot),
    /// Set to something that cannot be read; that error is the endpoint's own.
    Unclear,
}

fn switch(values: &LevelValues, option: OptionId) -> Switch<'_> {
    match values.slots.get(&option) {
        None => Switch::Unset,
        Some(slot) if slot.counts == Counts::AsNotSet => Switch::Unset,
        Some(slot) => match slot.value.as_ref().and_then(Value::on) {
            Some(true) => Switch::On(&slot.spot),
            Some(false) => Switch::Off(&slot.spot),
            None => Switch::Unclear,
        },
    }
}

/// Whether the parameters themselves switch auto-detect on.
pub(crate) fn clients_decide(values: &LevelValues) -> bool {
    matches!(switch(values, OptionId::Upgrade), Switch::On(_))
}

/// What a port speaks: by `tls`, `upgrade` and the mode, which writes the one that is absent.
pub(crate) fn port(
    port: &Port,
    values: &LevelValues,
    place: &Place,
) -> (PortSecurity, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut tls = switch(values, OptionId::Tls);
    let mut upgrade = switch(values, OptionId::Upgrade);
    let mut against = |spot: &Spot, mode: &str, parameter: &str| {
        findings.push(mode_contradiction::found(
            place.clone(),
            spot,
            mode,
            parameter,
        ));
    };
    match &port.mode {
        None => {}
        Some(mode) => match (mode.value, tls, upgrade) {
            (Mode::Secured, Switch::Unset, _) => tls = Switch::On(&mode.spot),
            (Mode::Secured, Switch::Off(spot), _) => against(spot, "secured", "tls=0"),
            (Mode::Secured, Switch::On(_) | Switch::Unclear, _) => {}
            (Mode::AutoDetect, _, Switch::Unset) => upgrade = Switch::On(&mode.spot),
            (Mode::AutoDetect, _, Switch::Off(spot)) => against(spot, "auto-detect", "upgrade=0"),
            (Mode::AutoDetect, _, Switch::On(_) | Switch::Unclear) => {}
            (Mode::Unsecured, Switch::On(spot), _) => against(spot, "unsecured", "tls=1"),
            (Mode::Unsecured, _, Switch::On(spot)) => against(spot, "unsecured", "upgrade=1"),
            (
                Mode::Unsecured,
                Switch::Unset | Switch::Off(_) | Switch::Unclear,
                Switch::Unset | Switch::Off(_) | Switch::Unclear,
            ) => {}
        },
    }
    let security = match (tls, upgrade) {
        (Switch::On(spot), Switch::On(_)) => {
            findings.push(tls_and_upgrade::found(place.clone(), spot));
            PortSecurity::Unclear
        }
        (Switch::Unclear, _) | (_, Switch::Unclear) => PortSecurity::Unclear,
        (Switch::On(_), Switch::Unset | Switch::Off(_)) => PortSecurity::Tls,
        (Switch::Unset | Switch::Off(_), Switch::On(_)) => PortSecurity::AutoDetect,
        (Switch::Unset | Switch::Off(_), Switch::Unset | Switch::Off(_)) => PortSecurity::Plain,
    };
    (security, findings)
}

/// What a connection speaks, given its port. Its own `tls` is not needed, but may not contradict.
pub(crate) fn connection(
    facts: &PortFacts,
    values: &LevelValues,
    place: &Place,
) -> (Security, Option<Finding>) {
    let place = || place.clone();
    match (facts.security, switch(values, OptionId::Tls)) {
        (PortSecurity::Unclear, _) => (
            Security::Refused,
            Some(port_unclear::found(
                place(),
                &facts.place,
                facts.unclear.as_deref(),
            )),
        ),
        (_, Switch::Unclear) => (Security::Refused, None),
        (PortSecurity::Tls, Switch::Off(spot)) => (
            Security::Refused,
            Some(clear_to_secure::found(place(), spot, &facts.place)),
        ),
        (PortSecurity::Plain, Switch::On(spot)) => (
            Security::Refused,
            Some(secure_to_clear::found(place(), spot, &facts.place)),
        ),
        (PortSecurity::Tls, Switch::Unset | Switch::On(_))
        | (PortSecurity::AutoDetect, Switch::Unset | Switch::On(_))
        | (PortSecurity::Product, Switch::On(_)) => (Security::Tls, None),
        (PortSecurity::AutoDetect, Switch::Off(_))
        | (PortSecurity::Plain, Switch::Unset | Switch::Off(_)) => (Security::Open, None),
        (PortSecurity::Product, Switch::Unset | Switch::Off(_)) => (Security::Product, None),
    }
}
