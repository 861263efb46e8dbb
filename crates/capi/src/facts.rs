//! What is known of a connection and of its peer, once the handshake is done.
//!
//! Texts of peers are escaped: they are fit for a log. Invariant: a text that was handed out stays as it is until the
//! connection is freed.

#![expect(unsafe_code, reason = "names of the C interface are exported")]

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};
use std::ptr;

use trustpack_keystore::pem;
use trustpack_tls::connection::Connection as Tls;
use trustpack_tls::established::Resumed;
use trustpack_x509::certificate::Certificate;

use crate::boundary::{Object, Out};
use crate::connection::{Connection, look, look_at};
use crate::entry::{CallError, call, value};
use crate::numbers::{Answer, Fact};
use crate::stream::Stream;

/// Texts that were handed out.
#[derive(Debug, Default)]
pub(crate) struct Facts(BTreeMap<Fact, CString>);

/// A fact as a text.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_fact(
    connection: Object<'_, Connection>,
    fact: i32,
) -> *const c_char {
    value(ptr::null(), || {
        let (what, found) = ("fact", fact);
        let fact = Fact::of_number(fact).ok_or(CallError::NoValue { what, found })?;
        look_at(connection, |stream, facts| {
            facts.text(fact, || text(stream, fact))
        })
    })
}

/// A certificate of the peer, in DER.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_peer_certificate(
    connection: Object<'_, Connection>,
    index: usize,
    der: Out<'_, *const u8>,
    length: Out<'_, usize>,
) -> i32 {
    call(|| {
        let (mut der, mut length) = (der.demanded("der")?, length.demanded("length")?);
        look(connection, |stream| {
            let sent = stream.established().and_then(sent);
            let found = sent.and_then(|sent| sent.get(index));
            // The engine keeps them until the connection is freed.
            der.put(found.map_or(ptr::null(), |found| found.as_ptr()));
            length.put(found.map_or(0, |found| found.len()));
            Answer::Ok
        })
    })
}

/// Whether an earlier session was resumed.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_is_resumed(connection: Object<'_, Connection>) -> i32 {
    value(0, || {
        look(connection, |stream| {
            let resumed = stream.established().map(|tls| Resumed::of(tls.state()));
            i32::from(resumed == Some(Resumed::Yes))
        })
    })
}

/// Whether the peer was judged, and found good.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_is_peer_verified(connection: Object<'_, Connection>) -> i32 {
    value(0, || {
        look(connection, |stream| {
            let failed = stream.failed().is_some();
            let judged = stream.established().is_some_and(Tls::is_peer_judged);
            i32::from(judged && !failed)
        })
    })
}

/// Whether the connection is in plain text.
#[unsafe(no_mangle)]
extern "C" fn trustpack_connection_is_plain(connection: Object<'_, Connection>) -> i32 {
    value(-1, || {
        look(connection, |stream| stream.is_plain().map_or(-1, i32::from))
    })
}

impl Facts {
    fn text(&mut self, fact: Fact, make: impl FnOnce() -> Option<String>) -> *const c_char {
        if let Some(known) = self.0.get(&fact) {
            return known.as_ptr();
        }
        match make().and_then(|text| CString::new(text).ok()) {
            None => ptr::null(),
            Some(text) => self.0.entry(fact).or_insert(text).as_ptr(),
        }
    }
}

fn text(stream: &Stream, fact: Fact) -> Option<String> {
    if fact == Fact::ServerName {
        return stream.server_name().map(ToString::to_string);
    }
    let established = stream.established()?.established();
    let peer = established.peer.as_ref();
    match fact {
        Fact::ServerName => None,
        Fact::Version => Some(established.version?.to_string()),
        Fact::CipherSuite => Some(established.suite?.to_owned()),
        Fact::Group => Some(established.group?.to_owned()),
        Fact::PeerSubject => Some(peer?.subject().to_string()),
        Fact::PeerIssuer => Some(peer?.issuer().to_string()),
        Fact::PeerSerial => Some(peer?.serial().to_string()),
        Fact::PeerNames => names(peer?),
        Fact::PeerFingerprint => Some(peer?.sha256_fingerprint()),
        Fact::PeerNotBefore => Some(peer?.validity().not_before.to_string()),
        Fact::PeerNotAfter => Some(peer?.validity().not_after.to_string()),
        Fact::PeerPem => Some(pem::certificates_to_pem(&[peer?.clone()])),
    }
}

/// The names of its SAN, as `DNS:a.example.com, IP:10.0.0.1`. None looks like two.
fn names(certificate: &Certificate) -> Option<String> {
    let names = certificate.extensions().subject_alt_names.as_ref()?;
    let names: Vec<String> = names.iter().map(|name| whole(&name.to_string())).collect();
    Some(names.join(", "))
}

/// A name so that its end can be told: what has a comma, a quote or an escape in it stands in quotes, behind its kind.
fn whole(name: &str) -> String {
    let Some((kind, value)) = name.split_once(':') else {
        return name.to_owned();
    };
    if !value.contains([',', '"', '\\']) {
        return name.to_owned();
    }
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{kind}:\"{value}\"")
}

/// The certificates that the peer sent, its own first.
fn sent(tls: &Tls) -> Option<&[impl std::ops::Deref<Target = [u8]> + use<>]> {
    tls.state().peer_certificates()
}

#[cfg(test)]
mod tests {
    use trustpack_x509::general_name::GeneralName;

    use super::*;

    #[track_caller]
    fn check(name: &GeneralName, expected: &str) {
        assert_eq!(whole(&name.to_string()), expected);
    }

    #[test]
    fn no_name_of_a_peer_looks_like_two() {
        let uri = |text: &str| GeneralName::Uri(text.to_owned());
        let dns = |text: &str| GeneralName::Dns(text.to_owned());
        check(&dns("a.example.com"), "DNS:a.example.com");
        check(&uri("http://a/?b=c:d"), "URI:http://a/?b=c:d");
        check(
            &uri("http://x/, DNS:admin.example.com"),
            r#"URI:"http://x/, DNS:admin.example.com""#,
        );
        check(&dns("x, DNS:admin"), r#"DNS:"x, DNS:admin""#);
        check(&dns("x\n"), r#"DNS:"x\\n""#);
        check(
            &GeneralName::Email("a\", DNS:admin".to_owned()),
            r#"email:"a\\\", DNS:admin""#,
        );
    }
}
