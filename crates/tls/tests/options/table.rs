//! What each option is for, as a pair of fleets: without it, and with it.
//!
//! Long because it is one table.

use trustpack_settings::options::OptionId;

use crate::fleet::Side::{self, Client, Server};

/// An option at one end.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) option: OptionId,
    pub(crate) side: Side,
    /// What the fleet says in both cases: the end, the option, its value.
    pub(crate) given: &'static [(Side, &'static str, &'static str)],
    /// What stands in both cases at the level of the option; without a value: what does not.
    pub(crate) beside: &'static [(&'static str, &'static str)],
    pub(crate) set: &'static [(&'static str, &'static str)],
    /// What the other end says in a fleet of its own, where one fleet would not let the two start.
    pub(crate) apart: &'static [(&'static str, &'static str)],
    /// Words of the outcome without the option; ` ... ` stands for others between them.
    pub(crate) without: &'static str,
    /// Words of the outcome with it.
    pub(crate) with: &'static str,
}

/// Ends at which an option has no effect in a handshake, and why.
pub(crate) const NO_EFFECT: &[(OptionId, Side, &str)] = &[
    (
        OptionId::ClientAuth,
        Server,
        "it is about what a client does",
    ),
    (OptionId::StoreLocation, Server, "MSCAPI comes later"),
    (OptionId::StoreLocation, Client, "MSCAPI comes later"),
];

/// Settings that ask for what comes later, and the finding that keeps the endpoint down.
pub(crate) const LATER: &[(&[(&str, &str)], &str)] = &[
    (&[("fips140-enabled", "true")], "TP2012"),
    (
        &[
            ("provider", "MSCAPI"),
            ("certificate", "89A0C1D46701935D89A0C1D46701935D89A0C1D4"),
            ("certificate-key", ""),
            ("trusted-ca", ""),
            ("store-location", "machine"),
        ],
        "TP1018",
    ),
    (
        &[
            ("provider", "PKCS11"),
            ("certificate", "pkcs11:object=own"),
            ("certificate-key", ""),
        ],
        "TP1018",
    ),
];

type Given = (Side, &'static str, &'static str);
const TLS: Given = (Server, "tls", "1");
const MUTUAL: Given = (Server, "tls-mutual", "1");

/// The rest of a block with key stores.
const STORES: &[(&str, &str)] = &[
    ("certificate", "/own.p12"),
    ("certificate-key", ""),
    ("trusted-ca", "/ca.p12"),
    ("keystore-password", "secret"),
    ("truststore-password", "secret"),
];
const JAVA_STORES: &[(&str, &str)] = &[
    ("certificate", "/own.jks"),
    ("certificate-key", ""),
    ("trusted-ca", "/ca.jks"),
    ("keystore-password", "secret"),
    ("truststore-password", "secret"),
];
const CLOSED_STORES: &[(&str, &str)] = &[
    ("provider", "PKCS12"),
    ("certificate", "/own.p12"),
    ("certificate-key", ""),
    ("trusted-ca", "/ca.p12"),
    ("keystore-password", "secret"),
];

const ROW: Row = Row {
    option: OptionId::Tls,
    side: Server,
    given: &[TLS, MUTUAL],
    beside: &[],
    set: &[],
    apart: &[],
    without: "works: ",
    with: "",
};

/// Every option.
pub(crate) const ROWS: &[Row] = &[
    Row {
        option: OptionId::Tls,
        given: &[],
        set: &[("tls", "1")],
        without: "the server speaks plain text",
        with: "works: TLS 1.3",
        ..ROW
    },
    Row {
        option: OptionId::Tls,
        side: Client,
        given: &[(Server, "upgrade", "1")],
        set: &[("tls", "0")],
        with: "the server speaks TLS, the client plain text",
        ..ROW
    },
    Row {
        option: OptionId::Upgrade,
        given: &[],
        set: &[("upgrade", "1")],
        without: "the server speaks plain text",
        with: "(the server detects)",
        ..ROW
    },
    Row {
        option: OptionId::TlsMutual,
        given: &[TLS],
        set: &[("tls-mutual", "1")],
        without: "the server sees nobody",
        with: "the server sees O=Tests, CN=b.example.com",
        ..ROW
    },
    Row {
        option: OptionId::Certificate,
        set: &[("certificate", "/renamed.pem")],
        without: "the client sees O=Tests, CN=a.example.com",
        with: "the client sees O=Tests, CN=other.example.com",
        ..ROW
    },
    Row {
        option: OptionId::Certificate,
        side: Client,
        set: &[("certificate", "/renamed.pem")],
        without: "the server sees O=Tests, CN=b.example.com",
        with: "the server sees O=Tests, CN=other.example.com",
        ..ROW
    },
    Row {
        option: OptionId::CertificateKey,
        beside: &[("certificate", "/both.pem")],
        set: &[("certificate-key", "/second.key")],
        without: "the client sees O=Tests, CN=a.example.com",
        with: "the client sees O=Tests, CN=other.example.com",
        ..ROW
    },
    Row {
        option: OptionId::CertificateKey,
        side: Client,
        beside: &[("certificate", "/both.pem")],
        set: &[("certificate-key", "/second.key")],
        without: "the server sees O=Tests, CN=b.example.com",
        with: "the server sees O=Tests, CN=other.example.com",
        ..ROW
    },
    Row {
        option: OptionId::TrustedCa,
        set: &[("trusted-ca", "/foreign-ca.pem")],
        with: "the server refuses: the intermediate certificate \"O=Tests, CN=Sub\"",
        ..ROW
    },
    Row {
        option: OptionId::TrustedCa,
        side: Client,
        set: &[("trusted-ca", "/foreign-ca.pem")],
        with: "the client refuses: the intermediate certificate \"O=Tests, CN=Sub\"",
        ..ROW
    },
    Row {
        option: OptionId::Provider,
        beside: STORES,
        set: &[("provider", "PKCS12")],
        without: "not started: ",
        with: "the client sees O=Tests, CN=stored.example.com",
        ..ROW
    },
    Row {
        option: OptionId::Provider,
        side: Client,
        beside: STORES,
        set: &[("provider", "PKCS12")],
        without: "not started: ",
        with: "the server sees O=Tests, CN=stored.example.com",
        ..ROW
    },
    Row {
        option: OptionId::Provider,
        beside: JAVA_STORES,
        set: &[("provider", "JKS")],
        without: "not started: ",
        with: "the client sees O=Tests, CN=stored.example.com",
        ..ROW
    },
    Row {
        option: OptionId::Provider,
        side: Client,
        beside: JAVA_STORES,
        set: &[("provider", "JKS")],
        without: "not started: ",
        with: "the server sees O=Tests, CN=stored.example.com",
        ..ROW
    },
    Row {
        option: OptionId::TruststorePassword,
        beside: CLOSED_STORES,
        set: &[("truststore-password", "secret")],
        without: "not started: ",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::TruststorePassword,
        side: Client,
        beside: CLOSED_STORES,
        set: &[("truststore-password", "secret")],
        without: "not started: ",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::KeystorePassword,
        beside: &[("certificate-key", "/encrypted.key")],
        set: &[("keystore-password", "secret")],
        without: "not started: ",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::KeystorePassword,
        side: Client,
        beside: &[("certificate-key", "/encrypted.key")],
        set: &[("keystore-password", "secret")],
        without: "not started: ",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::Fips140Enabled,
        set: &[("fips140-enabled", "true")],
        with: "not started: TP2012",
        ..ROW
    },
    Row {
        option: OptionId::Fips140Enabled,
        side: Client,
        set: &[("fips140-enabled", "true")],
        with: "not started: TP2012",
        ..ROW
    },
    Row {
        option: OptionId::Crl,
        set: &[("crl", "/revoked.crl")],
        with: "the server refuses: ... was revoked on",
        ..ROW
    },
    Row {
        option: OptionId::Crl,
        side: Client,
        set: &[("crl", "/revoked.crl")],
        with: "the client refuses: ... was revoked on",
        ..ROW
    },
    Row {
        option: OptionId::TlsTargetNameCheck,
        side: Client,
        given: &[TLS, (Server, "certificate", "/renamed.pem")],
        set: &[("tls-target-name-check", "host")],
        with: "the client refuses: ... is for DNS:other.example.com",
        ..ROW
    },
    Row {
        option: OptionId::ClientAuth,
        side: Client,
        given: &[TLS, (Server, "certificate", "/stranger.pem")],
        set: &[("client-auth", "0")],
        without: "the client refuses: ... is not trusted here",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::SecProtocol,
        apart: &[("sec-protocol-max", "TLSv12")],
        set: &[("sec-protocol", "TLSv13")],
        with: "there is no version of TLS that both ends allow",
        ..ROW
    },
    Row {
        option: OptionId::SecProtocol,
        side: Client,
        apart: &[("sec-protocol-max", "TLSv12")],
        set: &[("sec-protocol", "TLSv13")],
        with: "there is no version of TLS that both ends allow",
        ..ROW
    },
    Row {
        option: OptionId::SecProtocolMax,
        set: &[("sec-protocol-max", "TLSv12")],
        without: "works: TLS 1.3",
        with: "works: TLS 1.2",
        ..ROW
    },
    Row {
        option: OptionId::SecProtocolMax,
        side: Client,
        set: &[("sec-protocol-max", "TLSv12")],
        without: "works: TLS 1.3",
        with: "works: TLS 1.2",
        ..ROW
    },
    Row {
        option: OptionId::CipherList,
        set: &[("cipher-list", "TLS_CHACHA20_POLY1305_SHA256:DEFAULT")],
        with: "works: TLS 1.3 TLS_CHACHA20_POLY1305_SHA256",
        ..ROW
    },
    Row {
        option: OptionId::CipherList,
        side: Client,
        set: &[("cipher-list", "TLS_CHACHA20_POLY1305_SHA256:DEFAULT")],
        with: "works: TLS 1.3 TLS_CHACHA20_POLY1305_SHA256",
        ..ROW
    },
    Row {
        option: OptionId::SendRoot,
        beside: &[("certificate", "/with-root.pem")],
        set: &[("send-root", "0")],
        without: "CN=a.example.com with 3",
        with: "CN=a.example.com with 2",
        ..ROW
    },
    Row {
        option: OptionId::SendRoot,
        side: Client,
        beside: &[("certificate", "/with-root.pem")],
        set: &[("send-root", "0")],
        without: "CN=b.example.com with 3",
        with: "CN=b.example.com with 2",
        ..ROW
    },
    Row {
        option: OptionId::CrlCheck,
        beside: &[("crl", "/only-sub.crl")],
        set: &[("crl-check", "leaf")],
        without: "the server refuses: ... there is no list of its issuer",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::CrlCheck,
        side: Client,
        beside: &[("crl", "/only-sub.crl")],
        set: &[("crl-check", "leaf")],
        without: "the client refuses: ... there is no list of its issuer",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::CrlFreshness,
        beside: &[("crl", "/old.crl")],
        set: &[("crl-freshness", "warn")],
        without: "the server refuses: ... the next one was due on",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::CrlFreshness,
        side: Client,
        beside: &[("crl", "/old.crl")],
        set: &[("crl-freshness", "warn")],
        without: "the client refuses: ... the next one was due on",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::AllowedNames,
        set: &[("allowed-names", "dns:c.example.com")],
        with: "the server refuses: ... bears none of the names",
        ..ROW
    },
    Row {
        option: OptionId::DangerAcceptWeak,
        given: &[TLS, MUTUAL, (Client, "certificate", "/weak.pem")],
        set: &[("danger-accept-weak", "2085-12-31")],
        without: "the server refuses: ... is signed with ECDSA with SHA-1",
        with: "works: ",
        ..ROW
    },
    Row {
        option: OptionId::DangerAcceptWeak,
        side: Client,
        given: &[TLS, MUTUAL, (Server, "certificate", "/weak.pem")],
        set: &[("danger-accept-weak", "2085-12-31")],
        without: "the client refuses: ... is signed with ECDSA with SHA-1",
        with: "works: ",
        ..ROW
    },
];
