//! What to do about each cause.
//!
//! Long because it is the one table of remedies. Invariant: what the one who presents shows is changed there, what the one
//! who judges lacks is changed there.

use trustpack_judge::limits::MAX_INTERMEDIATES;
use trustpack_settings::endpoint::{Endpoint, Engine, Role};
use trustpack_settings::options::OptionId;
use trustpack_tls::cause::trouble::{Trouble, Whose};
use trustpack_tls::cause::{Cause, HeaderFault, Unreached};
use trustpack_tls::handshake::Begun;
use trustpack_tls::limits::MAX_SENT_CERTIFICATES;
use trustpack_x509::time::Timestamp;

use super::alert::Meaning;
use super::ends::Ends;
use super::{At, Explanation, Who, ambiguous_alert, protocol};

/// Finding of a chain with a gap: its own end may have left something out.
fn has_gap(ends: &Ends<'_>, who: Who) -> bool {
    let code = trustpack_material::findings::chain_incomplete::KIND.code;
    let files = ends.of(who).and_then(|end| end.files);
    files.is_some_and(|files| files.findings().any(|finding| finding.code() == code))
}

/// A certificate that `judging` has refused.
pub(super) fn of_refusal(
    (trouble, whose): (Trouble, Whose),
    judging: Who,
    ends: &Ends<'_>,
    what: &str,
) -> Explanation {
    let presenting = judging.other();
    if trouble == Trouble::NotTrusted && has_gap(ends, presenting) {
        return Explanation {
            what: what.to_owned(),
            at: At::Either,
            remedy: format!(
                "if the CA that issued it stands below one in {}, add its certificate to {}; else add it to those that \
                 {judging} trusts, or give {presenting} a certificate of a CA as it is in there",
                ends.option(judging, OptionId::TrustedCa),
                ends.option(presenting, OptionId::Certificate),
            ),
        };
    }
    let (at, remedy) = match lacking(trouble, whose, judging, ends) {
        // Which of the two keys is that of the CA is not known.
        Some(remedy) if trouble == Trouble::OtherKey => (At::Either, remedy),
        Some(remedy) => (At::End(judging), remedy),
        None => (At::End(presenting), shown(trouble, presenting, ends)),
    };
    Explanation {
        what: what.to_owned(),
        at,
        remedy,
    }
}

/// What the end that judges has to change; nothing if it is not for it to change something.
pub(super) fn lacking(
    trouble: Trouble,
    whose: Whose,
    judging: Who,
    ends: &Ends<'_>,
) -> Option<String> {
    let presenting = judging.other();
    let trusted = ends.option(judging, OptionId::TrustedCa);
    let list = ends.option(judging, OptionId::Crl);
    match (trouble, whose) {
        (Trouble::NothingTrusted | Trouble::NotTrusted, _) => Some(format!(
            "add the certificate of the CA that issued it to {trusted}; or let {presenting} send that one too, if it stands below a \
             CA that is in there; or give {presenting} a certificate of such a CA{}",
            under_its_root(judging, ends)
        )),
        // A path ends at the first CA that is trusted, also at one that another CA issued. What is wrong names the first one
        // that is too many: trusted, it is none of those that are counted.
        (Trouble::TooManyIntermediates, _) => Some(format!(
            "add the certificate that is named to {trusted}, the highest of that chain that helps: at most {MAX_INTERMEDIATES} may \
             stand below one that is in there; or give {presenting} a certificate of a CA that stands higher"
        )),
        // As where it was made anew under its name, or got a new key.
        (Trouble::OtherKey, _) => Some(format!(
            "if that CA has another key by now, put its certificate as it is now into {trusted} of {judging}; else put a certificate into {} of \
             {presenting} that it signed with the key which is in there",
            ends.option(presenting, OptionId::Certificate)
        )),
        (Trouble::NoList, _) => Some(format!("add the revocation list of that CA to {list}")),
        (Trouble::ListUnusable, _) => Some(format!(
            "put a list that is in order into {list}; `trustpack crl create` makes one"
        )),
        (Trouble::NotAllowed, _) => Some(format!(
            "add one of its names to {}, or give {presenting} a certificate with one that is in there",
            ends.option(judging, OptionId::AllowedNames)
        )),
        (
            Trouble::NotAllowedByCa
            | Trouble::Weak
            | Trouble::Usage
            | Trouble::Name
            | Trouble::NotYetValid
            | Trouble::Expired
            | Trouble::Revoked,
            Whose::Trusted,
        ) => Some(format!(
            "put a CA certificate that is in order into {trusted}"
        )),
        (
            Trouble::NotAllowedByCa
            | Trouble::Weak
            | Trouble::Usage
            | Trouble::Name
            | Trouble::NotYetValid
            | Trouble::Expired
            | Trouble::Revoked,
            Whose::Presented,
        ) => None,
    }
}

/// What is to be known of an engine that does not trust all that is in the file.
fn under_its_root(judging: Who, ends: &Ends<'_>) -> &'static str {
    match ends.endpoint(judging).map(Endpoint::engine) {
        Some(Engine::Openssl) => {
            "; openssl trusts a CA that is no root only if its root is in there too"
        }
        Some(Engine::Trustpack | Engine::Schannel | Engine::Jsse) | None => "",
    }
}

/// What the end that presents has to change.
fn shown(trouble: Trouble, presenting: Who, ends: &Ends<'_>) -> String {
    let own = ends.option(presenting, OptionId::Certificate);
    let judging = presenting.other();
    match trouble {
        // What the other end lacks is none of these.
        Trouble::NothingTrusted
        | Trouble::NotTrusted
        | Trouble::TooManyIntermediates
        | Trouble::OtherKey
        | Trouble::NoList
        | Trouble::ListUnusable
        | Trouble::NotAllowed => format!("add the certificates of the missing CAs to {own}"),
        Trouble::Name => format!(
            "put a certificate for that name into {own}: `trustpack cert issue NAME`; or, if it is the name that is wrong, \
             correct it on {judging}: the name of the server's host, or --name"
        ),
        Trouble::Expired => format!(
            "renew the certificate in {own}: `trustpack cert renew`; if it is a CA's that is named, put the new one of that CA there"
        ),
        Trouble::NotYetValid => format!(
            "put a certificate that is valid now into {own}; if it should be, correct the clock of {judging}"
        ),
        Trouble::Revoked => format!(
            "put a new certificate into {own}: the old one was revoked on purpose; if it is a CA's that is named, one of another CA"
        ),
        Trouble::Usage => format!(
            "put a certificate into {own} that is for {}, and whose key usage, if it has one, has digitalSignature: the profile it is issued \
             with must say so",
            usage(presenting)
        ),
        Trouble::Weak => format!(
            "put a certificate into {own} with SHA-256 and a key of today, also above it{}",
            until_then(judging, ends)
        ),
        Trouble::NotAllowedByCa => format!(
            "put a certificate into {own} that its CAs allow, with their certificates as they are now"
        ),
    }
}

/// What lets an end take what is weak, where its engine has that.
fn until_then(judging: Who, ends: &Ends<'_>) -> String {
    let engine = ends.endpoint(judging).map(Endpoint::engine);
    if engine.is_some_and(|engine| !engine.knows(OptionId::DangerAcceptWeak)) {
        return String::new();
    }
    format!(
        "; until then danger-accept-weak = DATE on {judging} takes SHA-1, and RSA from 1024 bits, and nothing else that is weak"
    )
}

fn usage(presenting: Who) -> &'static str {
    match presenting.role() {
        Some(Role::Server) => "servers (serverAuth)",
        Some(Role::Client) => "clients (clientAuth)",
        None => "this use (serverAuth or clientAuth)",
    }
}

/// Any cause, told by the end `told_by`.
pub(super) fn of(
    cause: Cause,
    told_by: Who,
    ends: &Ends<'_>,
    now: Timestamp,
    what: &str,
) -> Explanation {
    let other = told_by.other();
    let at = |who: Who, remedy: &str| Explanation {
        what: what.to_owned(),
        at: At::End(who),
        remedy: remedy.to_owned(),
    };
    match cause {
        Cause::Refused(trouble, whose) => of_refusal((trouble, whose), told_by, ends, what),
        Cause::NoCertificate => no_certificate(other, ends, what),
        Cause::NoVersion => protocol::version(told_by, ends, what),
        Cause::NoSuite => protocol::suite(told_by, ends, what),
        Cause::NothingInCommon => protocol::other(other, what),
        Cause::NoSignature => protocol::signature(told_by, ends, what),
        Cause::Alert(alert) => of_alert(alert, told_by, ends, now, what),
        Cause::PlainText | Cause::Echo | Cause::NoMorePlain => plain_text(other, ends, what),
        Cause::Unreadable => at(
            other,
            &format!(
                "put one chain of readable certificates into {}",
                ends.option(other, OptionId::Certificate)
            ),
        ),
        Cause::TooManyCertificates => at(other, &fewer_certificates(other, ends)),
        Cause::TooLarge => at(
            other,
            &format!(
                "leave in {} its own certificate and those of the CAs between it and the root",
                ends.option(other, OptionId::Certificate)
            ),
        ),
        Cause::NotItsKey => not_its_key(other, ends, what),
        Cause::BrokenHello | Cause::Protocol => at(other, NO_TLS),
        Cause::Closed(Begun::Speaking) => at(other, ENDED),
        Cause::Closed(Begun::Silent) | Cause::Broke | Cause::TimedOut(Begun::Silent) => at(
            other,
            &format!(
                "if it speaks plain text, {}; {}else its log says why it ended the connection or hangs",
                plain_text(other, ends, what).remedy,
                match other.role() {
                    Some(Role::Client) => "",
                    Some(Role::Server) | None => PROXY_DEMANDED,
                }
            ),
        ),
        Cause::TimedOut(Begun::Speaking) => at(other, HANGS),
        Cause::Silent => at(other, SILENT),
        Cause::PeerBroke => at(other, PEER_BROKE),
        Cause::NotReached(why) => not_reached(why, told_by, ends, what),
        Cause::ProxyHeader(fault) => at(other, proxy_header(fault)),
        Cause::ProgramBroke => at(told_by, PROGRAM_BROKE),
        Cause::NoRoom => at(told_by, NO_ROOM),
        Cause::TooBusy => at(told_by, TOO_BUSY),
        Cause::Idle => at(told_by, IDLE),
        Cause::Shut => at(told_by, SHUT),
        Cause::TunnelGone => at(told_by, TUNNEL_GONE),
        Cause::Stopped => at(told_by, STOPPED),
    }
}

const NO_TLS: &str = "look at what stands at that address: it speaks no TLS as the standards have it, or something between \
                      changes the data";
const HANGS: &str =
    "look at its log, and whether it is overloaded: it began to speak TLS and did not go on";
const ENDED: &str = "look at its log: it had begun to speak TLS, and ended the connection all the same, as those do that give up, are \
                     restarted, or only try what is taken here";
const SILENT: &str = "use a port that is secured, or unsecured, for it: auto-detect is for protocols in which the client \
                      speaks first";
const PEER_BROKE: &str = "look at its log: TLS was up, so that it is about neither certificates nor versions; it was stopped or \
                          restarted, does not trust this end any more, had enough of waiting, or the network between them \
                          broke";
/// A server that wants to hear first who really calls.
const PROXY_DEMANDED: &str = "if it demands a PROXY header (--proxy-in), come by way of its load balancer, or probe it with --proxy-out v2; ";

/// What to do where the tunnel itself ended a connection, or its plain side did.
const PROGRAM_BROKE: &str =
    "look at the log of the program on the plain side: it broke the connection off";
const NO_ROOM: &str = "`trustpack tunnel status --connections` lists who is there; raise --max-connections, or have connections closed \
                       on which nothing moves (--idle-timeout)";
const TOO_BUSY: &str = "look in its log who begins so many handshakes at once; a certificate with a key of P-256 is signed with ten times as \
                        fast as one of RSA";
const IDLE: &str = "let the programs say something now and then, or raise --idle-timeout, without which nothing is ended for that";
const SHUT: &str = "`trustpack fleet check --files` says what is broken; as soon as its settings and files are whole it lets callers in";
const TUNNEL_GONE: &str = "if it should still be there, put its `tunnel` back into the fleet file; else lead its callers elsewhere";
const STOPPED: &str = "start it again; a longer --drain lets connections end by themselves";

fn fewer_certificates(other: Who, ends: &Ends<'_>) -> String {
    format!(
        "leave in {} no more than {MAX_SENT_CERTIFICATES} certificates: its own and those of the CAs between it and the root",
        ends.option(other, OptionId::Certificate)
    )
}

fn proxy_header(fault: HeaderFault) -> &'static str {
    match fault {
        HeaderFault::Missing => {
            "let it send a PROXY header first (HAProxy: send-proxy-v2; nginx: proxy_protocol on); or, if callers are to come \
             directly, take --proxy-in away from this port"
        }
        HeaderFault::Version => {
            "let it send the version that is taken here, or name its version in --proxy-in"
        }
        HeaderFault::Broken => {
            "update or correct what sends it: it is no PROXY header as the protocol has it"
        }
        HeaderFault::Unnamed => {
            "come by way of the load balancer; if it is one, name its address in --proxy-from of the tunnel"
        }
        HeaderFault::Silent => "nothing has to be done: somebody looked whether the port is open",
    }
}

/// A server could not reach its program, a client not the server.
fn not_reached(why: Unreached, told_by: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let at = |at: At, remedy: String| Explanation {
        what: what.to_owned(),
        at,
        remedy,
    };
    let other = told_by.other();
    let there = ends
        .endpoint(other)
        .and_then(|end| Some((end.host()?, end.plain()?)));
    match (why, told_by.role()) {
        (Unreached::TooManyFiles, _) => at(
            At::End(told_by),
            "raise the limit of open files (LimitNOFILE of its service, `ulimit -n`), or lower --max-connections".to_owned(),
        ),
        (Unreached::Forbidden, _) => at(
            At::End(told_by),
            "restart it, so that its sandbox allows that address; or let the firewall of this machine allow it".to_owned(),
        ),
        (Unreached::NoAddress, Some(Role::Client)) => at(
            At::End(told_by),
            "set addresses of the server's host in the fleet file, or its name in DNS; by hand correct --to".to_owned(),
        ),
        (Unreached::NobodyListens, Some(Role::Client)) => at(
            At::End(other),
            match there {
                Some((host, _)) => format!(
                    "start its tunnel, `trustpack tunnel run --host {host}`, or correct the number of the port; if it runs, its log says \
                     why it does not serve this port"
                ),
                None => "start it, or correct the address that the tunnel leads to".to_owned(),
            },
        ),
        (Unreached::NoAnswer | Unreached::Other, Some(Role::Client)) => at(
            At::Between,
            "look at the network, filters on the way, and whether the host of the server is up".to_owned(),
        ),
        (
            Unreached::NobodyListens
            | Unreached::NoAnswer
            | Unreached::NoAddress
            | Unreached::Other,
            Some(Role::Server) | None,
        ) => at(
            At::End(told_by),
            "start the program that the tunnel leads to, or correct the address".to_owned(),
        ),
    }
}

/// `who` has another key than that of its certificate.
pub(super) fn not_its_key(who: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    Explanation {
        what: what.to_owned(),
        at: At::End(who),
        remedy: format!(
            "put the key of {} into {}",
            ends.option(who, OptionId::Certificate),
            ends.option(who, OptionId::CertificateKey)
        ),
    }
}

/// The other end knows no service of the name that it was asked for. In a fleet that is the name of the host of the server.
fn not_its_name(told_by: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let judging = told_by.other();
    let host = ends.endpoint(judging).and_then(Endpoint::host);
    match (judging.role(), host) {
        (Some(Role::Server), Some(host)) => Explanation {
            what: what.to_owned(),
            at: At::End(judging),
            remedy: format!(
                "let it answer to {host}, the name of its host, for which the connections of the fleet ask: with a certificate, or a \
                 virtual server, of that name; if it has one, let it read its settings again, or restart it"
            ),
        },
        (_, _) => Explanation {
            what: what.to_owned(),
            at: At::End(told_by),
            remedy: "ask for a name that the server has: that of its host, or --name".to_owned(),
        },
    }
}

/// A certificate was demanded, and `who` showed none.
pub(super) fn no_certificate(who: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let file = |option| ends.option(who, option);
    let (own, key) = (OptionId::Certificate, OptionId::CertificateKey);
    let judging = who.other();
    Explanation {
        what: what.to_owned(),
        at: At::End(who),
        remedy: if ends.is_set(who, own) {
            format!(
                "see that what runs uses {} and {}, that its CA is one of those that {judging} names, and that {judging} takes \
                 signatures of that kind of key",
                file(own),
                file(key),
            )
        } else {
            format!(
                "set certificate and certificate-key to a certificate of a CA that {judging} trusts, and its key"
            )
        },
    }
}

fn plain_text(who: Who, ends: &Ends<'_>, what: &str) -> Explanation {
    let end = ends.endpoint(who);
    let is_tunnel = end.is_some_and(|end| end.engine() == Engine::Trustpack);
    let remedy = match (who.role(), end.and_then(Endpoint::host)) {
        (Some(Role::Server), Some(_)) if !is_tunnel => {
            "switch TLS on in the program itself; or put a tunnel in front of it (`tunnel` of the port); if it is to stay in \
             clear, mode = \"unsecured\" says so"
                .to_owned()
        }
        (Some(Role::Server), Some(host)) => format!(
            "let its tunnel have that port (`trustpack tunnel run --host {host}`), or switch TLS on in the program itself; if it \
             is to stay in clear, mode = \"unsecured\" says so"
        ),
        (Some(Role::Server), None) | (None, _) => {
            "switch TLS on there, or put a tunnel in front of it (`trustpack tunnel server`); or connect to the port that has \
             TLS"
                .to_owned()
        }
        (Some(Role::Client), _) => {
            "lead it through a tunnel (`trustpack tunnel client`), or to a port that is unsecured; \
             mode = \"auto-detect\" takes both while the clients change over"
                .to_owned()
        }
    };
    Explanation {
        what: what.to_owned(),
        at: At::End(who),
        remedy,
    }
}

/// The other end does not let `who` in.
fn denied(who: Who, ends: &Ends<'_>) -> String {
    let judging = who.other();
    format!(
        "the log of {judging} says what it has against the certificate in {}; if it is a tunnel of ours, no name of it is in {}, and \
         else its CA may be one that is not trusted there",
        ends.option(who, OptionId::Certificate),
        ends.option(judging, OptionId::AllowedNames)
    )
}

/// The other end has refused `told_by`.
fn of_alert(alert: u8, told_by: Who, ends: &Ends<'_>, now: Timestamp, what: &str) -> Explanation {
    let judging = told_by.other();
    let at = |at: At, remedy: &str| Explanation {
        what: what.to_owned(),
        at,
        remedy: remedy.to_owned(),
    };
    match Meaning::of(alert) {
        Meaning::Certificate(Trouble::Expired) => ambiguous_alert::over(told_by, ends, now, what),
        Meaning::Certificate(Trouble::NotTrusted) => {
            ambiguous_alert::unknown_ca(told_by, ends, what)
        }
        Meaning::Certificate(trouble) => {
            of_refusal((trouble, Whose::Presented), judging, ends, what)
        }
        Meaning::Denied if protocol::is_ours(judging, ends) => {
            of_refusal((Trouble::NotAllowed, Whose::Presented), judging, ends, what)
        }
        Meaning::Denied => Explanation {
            what: what.to_owned(),
            at: At::Either,
            remedy: denied(told_by, ends),
        },
        Meaning::SomethingWithCertificate => Explanation {
            what: what.to_owned(),
            at: At::End(told_by),
            remedy: format!(
                "its certificate in {} is refused: the log of {judging} says why",
                ends.option(told_by, OptionId::Certificate)
            ),
        },
        Meaning::CertificateDemanded => no_certificate(told_by, ends, what),
        Meaning::Version => protocol::version(told_by, ends, what),
        Meaning::Handshake => protocol::handshake(told_by, ends, what),
        Meaning::Name => not_its_name(told_by, ends, what),
        Meaning::Protocol => at(
            At::Either,
            "let both speak the same protocol above TLS (ALPN)",
        ),
        Meaning::Proof => ambiguous_alert::not_verified(told_by, ends, what),
        Meaning::Unclear => at(At::End(judging), "look at its log: the alert says no more"),
    }
}
