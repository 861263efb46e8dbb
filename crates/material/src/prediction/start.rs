//! Whether an end starts at all, and whether its files can be read from here.
//!
//! Invariant: an end of our own engine that would not start in a tunnel does not start here either.

use trustpack_settings::cipher_suites::others;
use trustpack_settings::endpoint::{Engine, Role};
use trustpack_settings::finding::{Finding, Severity, WhenAccepted};
use trustpack_settings::value::{ProtocolVersion, Provider, Shown};

use super::{End, Failing, Fault, Stage};
use crate::load::{Examined, judges, presents_as};
use crate::peer_rules::PeerRules;

/// Why an end does not start, if it does not.
pub(super) fn failing(end: End<'_>) -> Option<Failing> {
    let bars = |finding: &&Finding| finding.bars();
    let mut of_settings = end.endpoint.findings().filter(bars).peekable();
    if of_settings.peek().is_some() {
        return Some(down_by(end, "its settings have errors", of_settings));
    }
    let files = end.files.filter(|_| unreadable(end).is_none());
    let in_way = |finding: &&Finding| finding.bars() && stops(end.endpoint.engine(), finding);
    let of_files = files.into_iter().flat_map(Examined::findings);
    let mut of_files = of_files.filter(in_way).peekable();
    if of_files.peek().is_some() {
        return Some(down_by(end, "its files cannot be used", of_files));
    }
    if let Some(why) = beyond_engine(end) {
        return Some(down(end, &why, Vec::new()));
    }
    let files = files?;
    let has_own = !files.own_chain().is_empty() || files.unknown_key().is_some();
    if end.endpoint.role() == Role::Server && !has_own {
        return Some(down(end, "it has no certificate", Vec::new()));
    }
    let rules = PeerRules::foretold(end.endpoint, &files.anchors, files.lists.as_ref());
    rules
        .err()
        .map(|why| down(end, &why.to_string(), Vec::new()))
}

/// Why it is not known what an end presents, or whom it trusts.
pub(super) fn unknown(end: End<'_>) -> Option<String> {
    unreadable(end).or_else(|| {
        let role = presents_as(end.endpoint)?;
        let why = end.files?.unknown_key()?;
        Some(format!(
            "the certificate of the {role} is not known: {why} here"
        ))
    })
}

/// Why the files of an end can say nothing: they are in a store that is not a file.
fn unreadable(end: End<'_>) -> Option<String> {
    let provider = end.endpoint.settings().provider.value?;
    let presents = presents_as(end.endpoint).is_some();
    match provider {
        Provider::Mscapi | Provider::Pkcs11 if presents || judges(end.endpoint) => {
            let role = end.endpoint.role();
            let provider = provider.shown();
            Some(format!(
                "the certificates of the {role} are in {provider}, which is not read here"
            ))
        }
        Provider::Mscapi | Provider::Pkcs11 | Provider::Pem | Provider::Jks | Provider::Pkcs12 => {
            None
        }
    }
}

/// What the engine cannot do with these settings, and refuses before a handshake.
fn beyond_engine(end: End<'_>) -> Option<String> {
    match end.endpoint.engine() {
        Engine::Trustpack => beyond_ours(end),
        engine @ (Engine::Openssl | Engine::Schannel | Engine::Jsse) => {
            let list = end.endpoint.settings().cipher_list.value.as_ref()?;
            let nothing = others::read(list, engine).is_nothing_left;
            nothing.then(|| "its cipher-list leaves nothing that its engine has".to_owned())
        }
    }
}

fn beyond_ours(end: End<'_>) -> Option<String> {
    let versions = end.endpoint.settings().versions();
    let suites = super::protocol::suites(end.endpoint);
    [ProtocolVersion::Tls12, ProtocolVersion::Tls13]
        .into_iter()
        .filter(|version| (versions.lowest..=versions.highest).contains(version))
        .find(|version| suites.iter().all(|suite| suite.version != *version))
        .map(|version| format!("its cipher-list leaves no suite for {version}"))
}

/// Whether a finding about files keeps an engine from starting: ours is strict, others only need what cannot be
/// done without.
fn stops(engine: Engine, finding: &Finding) -> bool {
    match engine {
        Engine::Trustpack => true,
        Engine::Openssl | Engine::Schannel | Engine::Jsse => {
            finding.kind.severity == Severity::Error
                && finding.kind.when_accepted == WhenAccepted::StaysDown
        }
    }
}

/// An end that findings keep down: the first is named with the reason, the others follow.
fn down_by<'f>(end: End<'_>, why: &str, findings: impl Iterator<Item = &'f Finding>) -> Failing {
    let mut texts = findings.map(text);
    let why = match texts.next() {
        Some(first) => format!("{why}: {first}"),
        None => why.to_owned(),
    };
    down(end, &why, texts.collect())
}

fn text(finding: &Finding) -> String {
    format!(
        "{} at {}: {}",
        finding.code(),
        finding.place,
        finding.message
    )
}

fn down(end: End<'_>, why: &str, later: Vec<String>) -> Failing {
    let role = end.endpoint.role();
    Failing {
        stage: Stage::Start,
        fault: match role {
            Role::Server => Fault::Server,
            Role::Client => Fault::Client,
        },
        why: format!("the {role} does not start: {why}"),
        later,
        reason: None,
    }
}
