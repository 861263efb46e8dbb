//! Whether an end starts at all, and whether its files can be read from here.
//!
//! Invariant: an end of our own engine that would not start in a tunnel does not start here either.

use trustpack_judge::reason::Step;
use trustpack_settings::cipher_suites::others;
use trustpack_settings::endpoint::{Endpoint, Engine, Origin, Role, Security};
use trustpack_settings::finding::{Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::findings::{
    clear_to_secure, no_client_certificate, no_common_cipher, no_common_version,
};
use trustpack_settings::value::{ProtocolVersion, Provider, Shown};

use super::{End, Failing, Fault, Prediction, Stage};
use crate::findings::weak;
use crate::load::{Examined, InDer, judges, presents_as};
use crate::peer_rules::PeerRules;

/// Why an end does not start, if it does not.
///
/// Of another engine than ours what keeps it down for certain comes first: an error in its settings, of which that may make
/// anything, never hides it.
pub(super) fn failing(end: End<'_>) -> Option<Failing> {
    let engine = end.endpoint.engine();
    let mut of_settings = barring(end.endpoint).peekable();
    let has_errors = of_settings.peek().is_some();
    if has_errors && engine == Engine::Trustpack {
        return Some(down_by(end, "its settings have errors", of_settings));
    }
    let files = end.files.filter(|_| unreadable(end).is_none());
    let in_way = |finding: &&Finding| stops(engine, finding);
    let of_files = files.into_iter().flat_map(Examined::findings);
    let mut of_files = of_files.filter(in_way).peekable();
    if of_files.peek().is_some() {
        return Some(down_by(end, "its files cannot be used", of_files));
    }
    if let Some(why) = beyond_engine(end) {
        return Some(down(end, &why, Vec::new()));
    }
    // What it lacks besides may be what the errors are about.
    let files = files.filter(|_| !has_errors)?;
    let has_own = !files.own_chain().is_empty() || files.unknown_key().is_some();
    if end.endpoint.role() == Role::Server && !has_own {
        return Some(down(end, "it has no certificate", Vec::new()));
    }
    let rules = PeerRules::foretold(end.endpoint, &files.anchors, files.lists.as_ref());
    rules
        .err()
        .map(|why| down(end, &why.to_string(), Vec::new()))
}

/// The errors of its settings that keep an end down.
fn barring(endpoint: &Endpoint) -> impl Iterator<Item = &Finding> {
    endpoint.findings().filter(|finding| finding.bars())
}

/// What becomes of two ends of which another engine has settings with errors.
pub(super) fn beyond_telling(client: End<'_>, server: End<'_>) -> Option<Prediction> {
    let ends = [server, client].map(|end| end.endpoint);
    let errors: Vec<&Finding> = ends.into_iter().flat_map(barring).collect();
    let clashes: Vec<Failing> = errors.iter().filter_map(|one| clash(one)).collect();
    if clashes.len() == errors.len()
        && let Some(clash) = clashes.into_iter().next()
    {
        return Some(Prediction::Fails(Box::new(clash)));
    }
    let why = ends.into_iter().find_map(not_told)?;
    Some(Prediction::Unknown { why })
}

/// Errors that are no doubt about what an end does: its settings are read as they are written, and do not fit those of the
/// other end, whoever does TLS there.
fn clash(finding: &Finding) -> Option<Failing> {
    // Not TP3002: whoever is not ours may go by its port and send in clear.
    let clashes: [(&Kind, Step, Fault); 4] = [
        (&clear_to_secure::KIND, Step::Protocol, Fault::Client),
        (&no_common_version::KIND, Step::Protocol, Fault::Both),
        (&no_common_cipher::KIND, Step::Protocol, Fault::Both),
        (&no_client_certificate::KIND, Step::Path, Fault::Client),
    ];
    let mut clashes = clashes.into_iter();
    let (_, step, fault) = clashes.find(|(kind, ..)| kind.code == finding.code())?;
    Some(Failing {
        stage: Stage::Judgement(step),
        fault,
        why: in_words(finding),
        later: Vec::new(),
        reason: None,
    })
}

/// Why nothing can be told of an end of another engine.
pub(super) fn not_told(endpoint: &Endpoint) -> Option<String> {
    // All that it has fails for certain, or there is nothing.
    barring(endpoint).find(|finding| clash(finding).is_none())?;
    let role = endpoint.role();
    match endpoint.engine() {
        Engine::Trustpack => None,
        Engine::Openssl | Engine::Schannel | Engine::Jsse => Some(format!(
            "trustpack refuses the {role}: {}; what the program, which does its own TLS, makes of such settings is not known",
            errors(endpoint)
        )),
    }
}

/// The errors that keep an endpoint down, the first in full.
pub(super) fn errors(endpoint: &Endpoint) -> String {
    let mut errors = barring(endpoint);
    let Some(first) = errors.next() else {
        return "its settings contradict each other".to_owned();
    };
    let first = in_words(first);
    match errors.count() {
        0 => first,
        1 => format!("{first}; and 1 other error"),
        many => format!("{first}; and {many} other errors"),
    }
}

fn in_words(finding: &Finding) -> String {
    let (code, place) = (finding.code(), &finding.place);
    format!("{} ({code} at {place})", finding.message)
}

/// Why it is not known whether an end starts, by its settings and by its files as far as they were looked at.
pub(super) fn doubtful(end: End<'_>) -> Option<String> {
    doubtful_by_settings(end.endpoint).or_else(|| doubtful_by_files(end))
}

/// The same by settings alone: OpenSSL takes no list of suites of TLS 1.3 alone, which its program may set in another way.
pub(super) fn doubtful_by_settings(endpoint: &Endpoint) -> Option<String> {
    let setting = &endpoint.settings().cipher_list;
    let (list, engine) = (setting.value.as_ref()?, endpoint.engine());
    if engine != Engine::Openssl || !others::read(list, engine).is_of_tls13_alone {
        return None;
    }
    let written = match &setting.origin {
        Origin::Set { spot, .. } => format!(" ({spot})"),
        Origin::Default => String::new(),
    };
    Some(format!(
        "whether the {} starts depends on its program: its cipher-list{written} has suites of TLS 1.3 alone, and OpenSSL refuses such a \
         list, unless the program sets these suites by themselves; with a suite of TLS 1.2 in it, it starts",
        endpoint.role()
    ))
}

/// The same by files: OpenSSL takes no weak certificate for its own unless its security level is low enough, which is not known
/// from here, and reads PEM where its program does not read a file for it.
///
/// Source: OpenSSL, `SSL_CTX_load_verify_locations(3)`, `SSL_CTX_use_certificate_chain_file(3)`; `SSL_CTX_set_security_level(3)`: 1 unless built otherwise, 2 from OpenSSL 3.2 on and in Debian before.
fn doubtful_by_files(end: End<'_>) -> Option<String> {
    match end.endpoint.engine() {
        Engine::Openssl => {}
        Engine::Trustpack | Engine::Schannel | Engine::Jsse => return None,
    }
    let (files, role) = (end.files?, end.endpoint.role());
    if let Some(InDer { option, path }) = files.in_der() {
        return Some(format!(
            "whether the {role} starts depends on its program: {path} in {option} is DER, and OpenSSL reads such files as PEM"
        ));
    }
    let mut own = files.own_findings().iter();
    let weak = own.find(|finding| finding.code() == weak::KIND.code)?;
    Some(format!(
        "whether the {role} starts depends on the security level of its OpenSSL, which is not known from here: {}",
        in_words(weak)
    ))
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

/// What the engine cannot do with these settings, and refuses before a handshake. In plain text nobody asks it.
fn beyond_engine(end: End<'_>) -> Option<String> {
    match end.endpoint.security() {
        Security::Open | Security::Product => return None,
        Security::Tls | Security::AutoDetect | Security::Refused => {}
    }
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
pub(super) fn stops(engine: Engine, finding: &Finding) -> bool {
    match engine {
        Engine::Trustpack => finding.bars(),
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
