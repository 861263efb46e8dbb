//! Distribution points: which are not on a host of the fleet; and what those are that somebody has asked.
//!
//! Nothing here uses the network: whoever looks at a fleet asks the points, if at all, and says what they answered.
//! Invariant: a URL whose host cannot be told is passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use trustpack_settings::endpoint::{Endpoint, Engine};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::general_name::GeneralName;

use super::Survey;
use crate::findings::{At, point_elsewhere, point_not_asked, point_silent, point_slow};
use crate::load::{Examined, judges};

/// Who names a distribution point: the place whose settings name the certificate, and its subject.
pub type NamedBy = BTreeSet<(Place, String)>;

/// What came of asking a distribution point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A revocation list.
    List {
        /// From the begin of the request to the last octet.
        took: Duration,
    },
    /// None, and why: follows a colon.
    Nothing(String),
}

impl Survey {
    /// The URLs of the distribution points that own certificates of the fleet and those of their CAs name, as far as they
    /// were looked at.
    #[must_use]
    pub fn distribution_points(&self, resolution: &Resolution) -> BTreeMap<String, NamedBy> {
        let mut points: BTreeMap<String, NamedBy> = BTreeMap::new();
        for endpoint in resolution.endpoints() {
            let examined = self.examined(endpoint.place());
            let chain = examined.map_or(&[][..], Examined::own_chain);
            let origin = &endpoint.settings().certificate.origin;
            let place = At::new(endpoint, "certificate", origin).place;
            for certificate in chain {
                for url in urls(certificate) {
                    let named = points.entry(url.to_owned()).or_default();
                    named.insert((place.clone(), certificate.subject().to_string()));
                }
            }
        }
        points
    }

    /// Takes in what a distribution point has answered.
    pub fn add_answer(
        &mut self,
        resolution: &Resolution,
        url: &str,
        named_by: &NamedBy,
        answer: &Answer,
    ) {
        for (place, subject) in named_by {
            if let Some(found) = answer.finding(place, subject, url) {
                self.add(resolution, found);
            }
        }
    }
}

impl Answer {
    fn finding(&self, place: &Place, subject: &str, url: &str) -> Option<Finding> {
        match self {
            Self::List { took } if *took > point_slow::SLOW => {
                Some(point_slow::found(place, subject, url, *took))
            }
            Self::List { .. } => None,
            Self::Nothing(why) => Some(point_silent::found(place, subject, url, why)),
        }
    }
}

/// The certificates with such points, each once: a warning where a peer may ask the point, else a note.
pub(super) fn findings(fleet: &Fleet, resolution: &Resolution, survey: &Survey) -> Vec<Finding> {
    let asking = asking(resolution);
    let local = names_of(fleet);
    let mut found: BTreeMap<(Place, String, String), Option<&Place>> = BTreeMap::new();
    for endpoint in resolution.endpoints() {
        let examined = survey.examined(endpoint.place());
        let Some(own) = examined.and_then(|examined| examined.own_chain().first()) else {
            continue;
        };
        let Some(url) = elsewhere(&local, own) else {
            continue;
        };
        let origin = &endpoint.settings().certificate.origin;
        let place = At::new(endpoint, "certificate", origin).place;
        let peer = found
            .entry((place, own.subject().to_string(), url))
            .or_default();
        *peer = peer.or_else(|| asking.get(endpoint.place()).copied());
    }
    let findings = found
        .into_iter()
        .map(|((place, subject, url), peer)| match peer {
            Some(peer) => point_elsewhere::found(&place, &subject, &url, peer),
            None => point_not_asked::found(&place, &subject, &url),
        });
    findings.collect()
}

/// The endpoints with a peer that judges them and may ask distribution points, and one such peer for each.
fn asking(resolution: &Resolution) -> BTreeMap<&Place, &Place> {
    let mut asking = BTreeMap::new();
    for client in resolution.endpoints() {
        let Some(server) = client.port().and_then(|port| resolution.endpoint(port)) else {
            continue;
        };
        for (judging, presenting) in [(client, server), (server, client)] {
            if may_ask(judging) {
                asking
                    .entry(presenting.place())
                    .or_insert_with(|| judging.place());
            }
        }
    }
    asking
}

fn may_ask(judging: &Endpoint) -> bool {
    match judging.engine() {
        Engine::Schannel | Engine::Jsse => judges(judging),
        Engine::Trustpack | Engine::Openssl => false,
    }
}

/// The first URL of a certificate, if none of its URLs is local.
fn elsewhere(local: &BTreeSet<String>, certificate: &Certificate) -> Option<String> {
    let urls = urls(certificate);
    let is_local = |url: &str| host_of(url).is_none_or(|host| is_of_fleet(local, host));
    if urls.iter().copied().any(is_local) {
        return None;
    }
    urls.first().map(|url| (*url).to_owned())
}

/// The URLs at which a certificate says that its list is.
fn urls(certificate: &Certificate) -> Vec<&str> {
    let points = certificate.extensions().crl_distribution_points.as_deref();
    let names = points
        .into_iter()
        .flatten()
        .flat_map(|point| &point.full_names);
    names.filter_map(GeneralName::as_uri).collect()
}

/// The host of a URL, without its port; `None` for a file and for what has no host.
///
/// Source: RFC 3986 section 3.2.
fn host_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// The names and addresses of the hosts.
fn names_of(fleet: &Fleet) -> BTreeSet<String> {
    let names = fleet.hosts.iter().flat_map(|host| {
        let addresses = host.addresses.iter().map(|one| one.value.to_string());
        addresses.chain([host.name.value.as_str().to_ascii_lowercase()])
    });
    names.collect()
}

fn is_of_fleet(names: &BTreeSet<String>, host: &str) -> bool {
    names.contains(host) || names.contains(&host.trim_end_matches('.').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, want: Option<&str>) {
        assert_eq!(host_of(url), want, "{url}");
    }

    #[test]
    fn hosts_of_urls_are_found() {
        check("http://crl.example.com/ca.crl", Some("crl.example.com"));
        check(
            "http://crl.example.com:8080/ca.crl",
            Some("crl.example.com"),
        );
        check("ldap://u@crl.example.com/cn=CA?x", Some("crl.example.com"));
        check("http://[2001:db8::1]:80/ca.crl", Some("2001:db8::1"));
        check("file:///etc/ca.crl", None);
        check("ldap:///cn=CA", None);
        check("ca.crl", None);
    }

    #[test]
    fn what_points_answer() {
        let found = |answer: &Answer| {
            let finding = answer.finding(&Place::Fleet, "CN=a", "http://crl.example.com/ca.crl")?;
            Some((finding.code().to_string(), finding.message))
        };
        let list = |took| found(&Answer::List { took });
        assert_eq!(list(point_slow::SLOW), None);
        let (code, message) = list(Duration::from_millis(2300)).expect("it is slow");
        assert_eq!(code, "TP4042");
        assert!(
            message.ends_with("took 2.3 seconds; at most 1 is in order"),
            "{message}"
        );
        let nothing = Answer::Nothing("nobody answers".to_owned());
        let (code, message) = found(&nothing).expect("there is no list");
        assert_eq!(code, "TP4041");
        assert!(
            message.ends_with("gives no list: nobody answers"),
            "{message}"
        );
    }
}
