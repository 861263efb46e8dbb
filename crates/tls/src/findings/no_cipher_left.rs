//! TP5102: no cipher left.

use trustpack_settings::cipher_suites::{self, others};
use trustpack_settings::endpoint::Engine;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;
use trustpack_settings::value::ProtocolVersion;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5102),
    severity: Severity::Error,
    title: "no cipher left",
    meaning: "A version of TLS is allowed, and cipher-list leaves no suite for it. With another engine than ours: no word of cipher-list adds a suite that such an engine can have.",
    example: "cipher-list = \"AES128-SHA\" with sec-protocol-max = \"TLSv12\"",
    remedy: "name suites of each allowed version in cipher-list, or allow only a version of which it leaves suites (sec-protocol, sec-protocol-max)",
    when_accepted: WhenAccepted::StaysDown,
};

/// Nothing of the list is for `version`; `left` is another one that is allowed, and of which it leaves suites.
pub(crate) fn found(
    place: &Place,
    list: &[String],
    version: ProtocolVersion,
    left: Option<ProtocolVersion>,
) -> Finding {
    let message = format!(
        "cipher-list {:?} leaves no suite for {version}, which is allowed; the engine has {}",
        list.join(":"),
        cipher_suites::names()
    );
    let alone = left.map_or_else(String::new, |left| {
        let option = match left {
            ProtocolVersion::Tls12 => "sec-protocol-max = TLSv12",
            ProtocolVersion::Tls13 => "sec-protocol = TLSv13",
        };
        format!(", or allow {left} alone ({option})")
    });
    let remedy = format!("name suites of {version} in cipher-list{alone}");
    Finding::new(&KIND, place.clone(), message).with_remedy(remedy)
}

/// No word of the list adds anything that an engine of somebody else can have.
pub(crate) fn of_another(place: &Place, list: &[String], engine: Engine) -> Finding {
    let message = format!(
        "cipher-list {:?} leaves nothing that the engine {engine} can have; it has for example {}",
        list.join(":"),
        others::names(engine)
    );
    Finding::new(&KIND, place.clone(), message)
        .with_remedy("name suites that the engine has in cipher-list, or take it out")
}
