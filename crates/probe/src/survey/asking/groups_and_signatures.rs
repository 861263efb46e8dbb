//! In which groups keys are agreed on, and with what the handshake is signed.

use super::super::key::Key;
use super::super::names::{Group, Signature, Version};
use super::super::suites::{Exchange, Suite};
use super::super::{OfVersion, Unknown};
use super::Asking;

impl Asking<'_> {
    /// The groups that it takes with the suites of this version.
    pub(super) async fn groups(&mut self, of_version: &OfVersion) {
        let with = |exchange| {
            let suites = of_version.suites.iter().copied();
            let fitting =
                suites.filter(move |suite| suite.is_of_tls13() || suite.exchange() == exchange);
            fitting.collect::<Vec<_>>()
        };
        let version = of_version.version;
        let curves = with(Exchange::Curve);
        let mut left: Vec<Group> = Group::all().collect();
        let mut of_key = None;
        while !curves.is_empty() && !left.is_empty() {
            let offered = [&left[..], of_key.as_slice()].concat();
            let heard = self.flight(version, &curves, Some(&offered), None).await;
            let Some(flight) = self.known(heard, Unknown::Groups) else {
                break;
            };
            let group = flight.group;
            let Some(index) = group.and_then(|group| left.iter().position(|one| *one == group))
            else {
                break;
            };
            let group = left.remove(index);
            // Without the curve of its key a server of TLS 1.2 takes nothing. Where it puts its own order first and that
            // curve in front, what comes behind is not seen.
            if flight.key == Some(Key::Curve(group)) {
                of_key = Some(group);
            }
            if !self.offers.groups.contains(&group) {
                self.offers.groups.push(group);
            }
        }
        let numbers = with(Exchange::Numbers);
        if version == Version::Tls12 && !numbers.is_empty() {
            let heard = self.flight(version, &numbers, None, None).await;
            let flight = self.known(heard, Unknown::NumberGroup);
            self.offers.number_group_bits = flight.and_then(|flight| flight.number_bits);
        }
    }

    /// The signatures that it makes with the suites of this version.
    pub(super) async fn signatures(&mut self, of_version: &OfVersion) {
        let suites = of_version.suites.iter().copied();
        let signed: Vec<Suite> = suites
            .filter(|suite| suite.exchange() != Exchange::Other && !suite.is_anonymous())
            .collect();
        let mut left: Vec<Signature> = Signature::all().collect();
        while !signed.is_empty() && !left.is_empty() {
            let heard = self
                .flight(of_version.version, &signed, None, Some(&left))
                .await;
            let flight = self.known(heard, Unknown::Signatures);
            let signature = flight.and_then(|flight| flight.signature);
            let Some(index) = signature.and_then(|found| left.iter().position(|one| *one == found))
            else {
                break;
            };
            self.offers.signatures.push(left.remove(index));
        }
    }
}
