//! Ends that do not start, or whose settings have an error: what is to be mended, and at which end.
//!
//! Invariant: what a client only repeats of its port is told at the port; and of what is to be mended at an end nothing is left out,
//! but told in a number where it is much.

use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::finding::Finding;
use trustpack_settings::findings::{no_common_cipher, no_common_version};

use super::contact::of_difference;
use super::ends::Ends;
use super::{At, Explanation, Who, common, protocol};
use crate::barred::{Bar, Barred, Effect, is_echo};
use crate::comparison::Difference;

/// Findings beside the first one that are named one by one.
///
/// Source: ours; a sentence that somebody reads to its end.
const NAMED: usize = 2;

/// How it is said that there is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// With what it does to its end.
    Effect,
    /// That there is one: what it does has been said.
    Error,
}

/// What keeps an end from starting, if something does: of two such ends `first` is told.
pub(super) fn of_start(first: Role, ends: &Ends<'_>) -> Option<Explanation> {
    of_error(Who::The(first), ends, Lead::Effect)
}

/// The same in other words.
pub(super) fn of_error(first: Who, ends: &Ends<'_>, lead: Lead) -> Option<Explanation> {
    let of_its_own = |who| told(&ends.down(who)?.of_its_own()?, who, ends, lead);
    let [here, there] = [first, first.other()].map(of_its_own);
    let barred = ends.down(first);
    let repeats = |bar: &Bar| is_echo(bar.finding.code());
    let both = match &barred {
        Some(barred) if repeats(&barred.first) => [there, here],
        Some(barred) if barred.others.iter().any(repeats) => [here, there],
        Some(_) | None => return here.or(there),
    };
    match both {
        [Some(one), Some(next)] => Some(one.and_then(&next)),
        // The port may not be known.
        [None, None] => told(&barred?, first, ends, lead),
        [one, next] => one.or(next),
    }
}

/// What is told of an end: the first finding, and which others are to be mended as well.
fn told(barred: &Barred, who: Who, ends: &Ends<'_>, lead: Lead) -> Option<Explanation> {
    let (role, end) = (who.role()?, ends.endpoint(who)?);
    let lead = match (lead, barred.first.effect) {
        (Lead::Effect, Effect::Down) => format!("the {role} does not start"),
        (Lead::Effect, Effect::NotKnown) => format!("the settings of the {role} have an error"),
        (Lead::Error, _) => format!("the {role} has an error"),
    };
    let first = of_finding(&barred.first.finding, role, end, ends, &lead);
    Some(Explanation {
        remedy: format!("{}{}", first.remedy, too(&barred.others)),
        ..first
    })
}

/// The findings beside the first one. Not that they keep the end down too: what runs may have others.
fn too(others: &[Bar]) -> String {
    if others.len() > NAMED {
        return format!(
            "; mend the {} other errors too, which `trustpack fleet check` shows",
            others.len()
        );
    }
    let one = |bar: &Bar| {
        let (code, spot) = (bar.finding.code(), bar.finding.spot.as_ref());
        let at = spot.map_or_else(String::new, |spot| format!(" at {spot}"));
        format!("; mend {code}{at} too")
    };
    others.iter().map(one).collect()
}

/// A finding of an end.
fn of_finding(
    finding: &Finding,
    at: Role,
    end: &Endpoint,
    ends: &Ends<'_>,
    lead: &str,
) -> Explanation {
    let what = format!("{lead}: {}: {}", finding.code(), finding.message);
    // Of two ends that do not fit together both options are named, and which one is in the way.
    let both = ends.client.is_some() && ends.server.is_some();
    if both && finding.kind == &no_common_cipher::KIND {
        return protocol::suite(Who::CLIENT, ends, &what);
    }
    let own = common::versions(end);
    if both && finding.kind == &no_common_version::KIND && own.lowest <= own.highest {
        return protocol::version(Who::CLIENT, ends, &what);
    }
    let written = finding.spot.as_ref();
    let written = written.map_or_else(String::new, |spot| format!("; see {spot}"));
    Explanation {
        what,
        at: At::End(Who::The(at)),
        remedy: format!("{}{written}", finding.remedy),
    }
}

/// Somebody serves where nothing can start with the settings and files that were looked at.
pub(super) fn of_running(difference: &Difference, ends: &Ends<'_>) -> Explanation {
    let barred = ends.down(Who::SERVER);
    let (Some(barred), Some(start)) = (barred, of_start(Role::Server, ends)) else {
        return of_difference(difference, ends);
    };
    let Difference { what, found, .. } = difference;
    let finding = &barred.first.finding;
    let (code, message) = (finding.code(), &finding.message);
    Explanation {
        what: format!("{what}: expected: not started: {code}: {message}; found: {found}"),
        at: start.at,
        remedy: format!(
            "what runs has other settings or files than those that were looked at, or began before this was so; with these it would not start \
             again: {}",
            start.remedy
        ),
    }
}

#[cfg(test)]
mod tests {
    use trustpack_material::prediction::{End, not_starting};
    use trustpack_settings::fleet_file::{self, Source};
    use trustpack_settings::place::Place;
    use trustpack_settings::resolve::{Resolution, resolve};
    use trustpack_x509::time::Timestamp;

    use super::*;

    const OURS: &str = "tunnel = \"127.0.0.1:1\"";
    const OTHER: &str = "engine = \"openssl\"";

    /// A port and a connection to it with these parameters, whose TLS both have done in this way.
    fn fleet(by: &str, port: &str, connection: &str) -> Resolution {
        let host = |name: &str| {
            format!(
                "[[host]]\nname = \"{name}.example.com\"\naddresses = [\"127.0.0.1\"]\nplatform = \"unix\"\n[host.security]\n\
                 certificate = \"/own.pem\"\ncertificate-key = \"/own.key\"\ntrusted-ca = \"/ca.pem\"\n[[application]]\nname = \"{name}\"\n\
                 host = \"{name}.example.com\"\ncertificate-source = \"host\"\n"
            )
        };
        let text = format!(
            "{}[[application.port]]\nnumber = 4060\ntransport = \"{port}\"\n{by}\n{}[[application.connection]]\nto = \"server\"\n\
             transport = \"{connection}\"\n{by}\n",
            host("server"),
            host("client")
        );
        let path = "fleet.toml";
        let source = Source { path, text: &text };
        resolve(&fleet_file::read(&[source]), Timestamp::from_unix(0))
    }

    /// Of the connection these words are told, in this order.
    #[track_caller]
    fn check(by: &str, port: &str, connection: &str, words: &[&str]) {
        let resolution = fleet(by, port, connection);
        let end = |place: &str| {
            let place: Place = place.parse().expect("a place");
            let endpoint = resolution.endpoint(&place).expect("an endpoint");
            let files = None;
            End { endpoint, files }
        };
        let (client, server) = (end("client/server:default"), end("server:default"));
        let ends = Ends {
            client: Some(client),
            server: Some(server),
        };
        let told = of_start(Role::Client, &ends).map(|told| told.to_string());
        let told = told.unwrap_or_default();
        let mut rest = &*told;
        for words in words {
            let found = rest.find(words);
            let found = found.unwrap_or_else(|| panic!("{words:?} is not in {rest:?} of {told:?}"));
            rest = &rest[found + words.len()..];
        }
        // Each code once: what is told at one end is not told again at the other one.
        let codes = told.match_indices("TP").map(|(at, _)| &told[at..]);
        let codes = codes.filter(|rest| rest.get(6..8) == Some(": "));
        let known = words.iter().filter(|words| words.starts_with("TP"));
        assert_eq!(codes.count(), known.count(), "{told}");
        // What is foretold is the same: an end is down where one of these is certain.
        for end in [client, server] {
            let barred = crate::barred::barred(end);
            let is_down = barred.is_some_and(|barred| barred.first.effect == Effect::Down);
            assert_eq!(is_down, not_starting(end).is_some(), "{told}");
        }
    }

    #[test]
    fn all_that_is_to_be_mended_is_told() {
        let (client, server) = ("; on the client: ", "; on the server: ");
        // One error, and two of one kind.
        let value = "tls=1;sec-protocol=WRONG";
        let down = "the server does not start: ";
        check(
            OURS,
            value,
            "",
            &[down, "TP1013: ", server, "; see fleet.toml:15:"],
        );
        let two = "tls=1;sec-protocol=WRONG;tls-mutual=maybe";
        let too = "; mend TP1013 at fleet.toml:15:";
        check(OURS, two, "", &[down, "TP1013: ", "; see ", too, " too"]);
        let three = format!("{two};crl-check=maybe");
        let too = ["; mend TP1013 at ", " too; mend TP1013 at ", " too"];
        check(OURS, &three, "", &[&["TP1013: "][..], &too].concat());
        let four = format!("{three};send-root=maybe");
        let too = "; mend the 3 other errors too, which `trustpack fleet check` shows";
        check(OURS, &four, "", &["TP1013: ", too]);
        // At both ends: that of the client.
        let down = "the client does not start: ";
        check(
            OURS,
            value,
            "sec-protocol=WRONG",
            &[down, "TP1013: ", client],
        );
        // What stands in one spot is told once.
        let older = "sec-protocol-max=TLSv12;cipher-list=TLS_AES_128_GCM_SHA256";
        let both = [
            "TP3019: ",
            client,
            "take cipher-list = TLS_AES_128_GCM_SHA256 (",
        ];
        check(OURS, "tls=1", older, &both);
        let none = "tls=1;sec-protocol=TLSv13;sec-protocol-max=TLSv12";
        check(
            OURS,
            none,
            "",
            &["TP3006: ", server, "; see fleet.toml:15:"],
        );
    }

    #[test]
    fn what_a_client_repeats_is_told_at_its_port() {
        let (port, own) = ("tls=1;upgrade=1", "sec-protocol=WRONG");
        check(
            OURS,
            port,
            "",
            &[
                "the server does not start: ",
                "TP2010: ",
                "; see fleet.toml:15:",
            ],
        );
        let then = "; when that is mended, the client does not start: ";
        check(
            OURS,
            port,
            own,
            &[
                "TP2010: ",
                "; on the server: ",
                then,
                "TP1013: ",
                "; on the client: ",
            ],
        );
        let wrong = "the settings of the client have an error: ";
        let other = "the settings of the server have an error: ";
        check(OTHER, port, own, &[other, "TP2010: ", wrong, "TP1013: "]);
        // The port has more, which is named.
        let more = format!("sec-protocol=WRONG;{port}");
        check(
            OURS,
            &more,
            "",
            &["TP1013: ", "; mend TP2010 at fleet.toml:15:"],
        );
    }

    #[test]
    fn what_is_certain_comes_first() {
        let (list, value) = ("cipher-list=NONSENSE", "sec-protocol=WRONG");
        let (down, wrong) = (
            "the client does not start: ",
            "the settings of the client have an error: ",
        );
        for own in [format!("{list};{value}"), format!("{value};{list}")] {
            check(
                OTHER,
                "tls=1",
                &own,
                &[down, "TP5102: ", "; mend TP1013 at ", " too"],
            );
        }
        check(OTHER, "tls=1", value, &[wrong, "TP1013: "]);
        let clear = format!("tls=0;{list}");
        check(
            OTHER,
            "tls=1",
            &clear,
            &[down, "TP5102: ", "; mend TP3001 at "],
        );
        check(
            OURS,
            "tls=1",
            &clear,
            &[down, "TP3001: ", "; mend TP5102 at "],
        );
        // In plain text nobody asks for a list.
        for by in [OURS, OTHER] {
            check(by, list, list, &[]);
        }
    }
}
