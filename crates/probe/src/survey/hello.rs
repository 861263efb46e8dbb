//! Hellos of our own: what a client would say that has just this.
//!
//! Pure. No key is in them: a server of TLS 1.3 answers with the group that it wants one for (HelloRetryRequest), an older one
//! with all that is asked here. Invariant: what is written is a whole hello in one record.
//!
//! Source: RFC 8446 section 4.1.2 and 4.2, RFC 5246 section 7.4.1.

use trustpack_x509::dns::DnsName;

use super::names::{Group, Signature, Version};
use super::suites::Suite;

/// What a hello offers.
#[derive(Clone, Debug)]
pub struct Hello<'a> {
    /// The one version.
    pub version: Version,
    /// The suites, in this order.
    pub suites: &'a [Suite],
    /// The groups, in this order.
    pub groups: &'a [Group],
    /// The signatures, in this order.
    pub signatures: &'a [Signature],
    /// Whom it asks for.
    pub name: Option<&'a DnsName>,
    /// Random octets; no secret.
    pub random: [u8; 32],
}

/// The compression of RFC 3749, and none.
const COMPRESSIONS: [u8; 2] = [1, 0];
/// Source: IANA's registry of TLS extensions.
const SERVER_NAME: u16 = 0;
const GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURES: u16 = 13;
const EXTENDED_MASTER_SECRET: u16 = 23;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARES: u16 = 51;
const RENEGOTIATION_INFO: u16 = 0xff01;
/// Says the same where there are no extensions (RFC 5746 section 3.3).
const RENEGOTIATION_SUITE: u16 = 0x00ff;

impl Hello<'_> {
    /// The record that is sent.
    #[must_use]
    pub fn record(&self) -> Vec<u8> {
        let message = vector24(1, &self.body());
        // The version of the record is the lowest one, as old servers want it (RFC 8446 appendix D.4).
        let version = self.version.number().min(Version::Tls10.number());
        let mut record = vec![22];
        record.extend(version.to_be_bytes());
        record.extend(long(&message));
        record
    }

    fn body(&self) -> Vec<u8> {
        let old = self.version.number().min(Version::Tls12.number());
        let mut body = old.to_be_bytes().to_vec();
        body.extend(self.random);
        // No session is resumed.
        body.push(0);
        let suites = self.suites.iter().map(|suite| suite.number);
        let mut numbers: Vec<u16> = suites.collect();
        if self.version < Version::Tls13 {
            numbers.push(RENEGOTIATION_SUITE);
        }
        body.extend(long(&octets(numbers)));
        let compressions: &[u8] = match self.version {
            // Only none is allowed (RFC 8446 section 4.1.2).
            Version::Tls13 => &[0],
            Version::Ssl2 | Version::Ssl3 | Version::Tls10 | Version::Tls11 | Version::Tls12 => {
                &COMPRESSIONS
            }
        };
        body.extend(short(compressions));
        // SSL 3.0 knows no extensions.
        if self.version > Version::Ssl3 {
            body.extend(long(&self.extensions()));
        }
        body
    }

    fn extensions(&self) -> Vec<u8> {
        let mut list = Vec::new();
        let mut add = |number: u16, value: &[u8]| {
            list.extend(number.to_be_bytes());
            list.extend(long(value));
        };
        if let Some(name) = self.name {
            let mut entry = vec![0];
            entry.extend(long(name.as_str().as_bytes()));
            add(SERVER_NAME, &long(&entry));
        }
        let groups = octets(self.groups.iter().map(|group| group.0));
        add(GROUPS, &long(&groups));
        add(POINT_FORMATS, &short(&[0]));
        if self.version >= Version::Tls12 {
            let signatures = octets(self.signatures.iter().map(|signature| signature.0));
            add(SIGNATURES, &long(&signatures));
        }
        if self.version == Version::Tls13 {
            add(
                SUPPORTED_VERSIONS,
                &short(&self.version.number().to_be_bytes()),
            );
            add(KEY_SHARES, &long(&[]));
        } else {
            add(EXTENDED_MASTER_SECRET, &[]);
            add(RENEGOTIATION_INFO, &short(&[]));
        }
        list
    }
}

/// The suites of SSL 2.0, three octets each.
///
/// Source: the draft of SSL 2.0, section 4.1, and what OpenSSL 0.9.8 had beside: RC4, RC2, IDEA, DES and 3DES, with MD5.
const SSL2_SUITES: [[u8; 3]; 7] = [
    [1, 0, 0x80],
    [2, 0, 0x80],
    [3, 0, 0x80],
    [4, 0, 0x80],
    [5, 0, 0x80],
    [6, 0, 0x40],
    [7, 0, 0xc0],
];

/// A hello of SSL 2.0, with every suite that it has.
///
/// Source: the draft of SSL 2.0, section 2.5: message 1, the version, the lengths of suites, session and challenge.
#[must_use]
pub fn of_ssl2(challenge: &[u8; 32]) -> Vec<u8> {
    let suites = SSL2_SUITES.concat();
    let mut body = vec![1];
    body.extend(Version::Ssl2.number().to_be_bytes());
    for length in [suites.len(), 0, challenge.len()] {
        body.extend(u16::try_from(length).unwrap_or_default().to_be_bytes());
    }
    body.extend(suites);
    body.extend(challenge);
    let length = u16::try_from(body.len()).unwrap_or_default() | 0x8000;
    let mut record = length.to_be_bytes().to_vec();
    record.extend(body);
    record
}

fn octets(numbers: impl IntoIterator<Item = u16>) -> Vec<u8> {
    numbers.into_iter().flat_map(u16::to_be_bytes).collect()
}

/// A vector whose length is one octet; what does not fit is left out, which no table here comes to.
fn short(value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    let mut vector = vec![length];
    vector.extend(value.iter().take(length.into()));
    vector
}

/// A vector whose length is two octets; likewise.
fn long(value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let mut vector = length.to_be_bytes().to_vec();
    vector.extend(value.iter().take(length.into()));
    vector
}

/// A message: its type, its length in three octets, its body.
fn vector24(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or_default();
    let [_, high, middle, low] = length.to_be_bytes();
    let mut message = vec![kind, high, middle, low];
    message.extend(body);
    message
}

#[cfg(test)]
mod tests {
    use trustpack_tls::hello::{Sniffer, Verdict};

    use super::*;
    use crate::survey::suites;

    #[test]
    fn every_hello_is_a_whole_hello() {
        let suites: Vec<Suite> = suites::all().collect();
        let groups: Vec<Group> = Group::all().collect();
        let signatures: Vec<Signature> = Signature::all().collect();
        let name: DnsName = "host.example.com".parse().expect("a name");
        for version in Version::ALL {
            let hello = Hello {
                version,
                suites: &suites,
                groups: &groups,
                signatures: &signatures,
                name: Some(&name),
                random: [7; 32],
            };
            let verdict = Sniffer::default().push(&hello.record());
            let Verdict::Hello(read) = verdict else {
                panic!("{version}: {verdict:?}");
            };
            let named = (version > Version::Ssl3).then_some(name.clone());
            assert_eq!(read.server_name, named, "{version}");
            assert_eq!(read.versions.len(), 1, "{version}");
        }
    }
}
