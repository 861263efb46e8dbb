//! The rows of the options table.
//!
//! Invariant: what an option is called, where it works and what it means is written here and nowhere else.

use super::{Above, Behaviour, Endpoints, Grouping, OptionId, OptionOrigin, OptionRow, ValueKind};

/// A row of a taken-over option for every endpoint and level, by itself; the table changes what differs.
const ROW: OptionRow = OptionRow {
    id: OptionId::Tls,
    name: "",
    alias: None,
    endpoints: Endpoints::Both,
    above: Above::ApplicationAndHost,
    values: ValueKind::Switch,
    default: "none",
    grouping: Grouping::Alone,
    origin: OptionOrigin::TakenOver,
    meaning: "",
    behaviour: Behaviour::There,
};

/// Every option, in the order of [`OptionId`].
pub(super) const ROWS: [OptionRow; 22] = [
    OptionRow {
        id: OptionId::Tls,
        name: "tls",
        above: Above::Neither,
        default: "0",
        meaning: "1: the endpoint speaks TLS from the first byte",
        ..ROW
    },
    OptionRow {
        id: OptionId::TlsMutual,
        name: "tls-mutual",
        endpoints: Endpoints::Ports,
        default: "0",
        meaning: "1: the server demands a certificate of the client and checks it",
        ..ROW
    },
    OptionRow {
        id: OptionId::Upgrade,
        name: "upgrade",
        endpoints: Endpoints::Ports,
        above: Above::Neither,
        default: "0",
        meaning: "1: the first bytes of a client decide whether it speaks TLS (auto-detect)",
        ..ROW
    },
    OptionRow {
        id: OptionId::Certificate,
        name: "certificate",
        values: ValueKind::Certificate,
        grouping: Grouping::Block,
        meaning: "own certificate and chain: with PEM one file, or several separated by commas; with MSCAPI the thumbprint; with JKS and PKCS12 the key store, and #alias if it has several entries; with PKCS11 an RFC 7512 URI",
        ..ROW
    },
    OptionRow {
        id: OptionId::CertificateKey,
        name: "certificate-key",
        values: ValueKind::Path,
        grouping: Grouping::Block,
        meaning: "PEM file with the private key of the own certificate; of no effect with the other providers",
        ..ROW
    },
    OptionRow {
        id: OptionId::TrustedCa,
        name: "trusted-ca",
        values: ValueKind::Path,
        grouping: Grouping::Block,
        meaning: "whom we trust: with PEM a file with the certificates of one or more authorities, with JKS and PKCS12 the trust store; of no effect with MSCAPI",
        ..ROW
    },
    OptionRow {
        id: OptionId::Provider,
        name: "provider",
        values: ValueKind::Words(&["PEM", "JKS", "PKCS12", "MSCAPI", "PKCS11"]),
        default: "PEM on UNIX, MSCAPI on Windows; none for a Java application",
        grouping: Grouping::Block,
        meaning: "where certificates and keys are kept",
        behaviour: Behaviour::LaterFor(&["MSCAPI", "PKCS11"]),
        ..ROW
    },
    OptionRow {
        id: OptionId::TruststorePassword,
        name: "truststore-password",
        values: ValueKind::Password,
        grouping: Grouping::Block,
        meaning: "opens the trust store: the password itself, file:PATH or env:NAME",
        ..ROW
    },
    OptionRow {
        id: OptionId::KeystorePassword,
        name: "keystore-password",
        values: ValueKind::Password,
        grouping: Grouping::Block,
        meaning: "opens the key store or an encrypted private key: the password itself, file:PATH or env:NAME",
        ..ROW
    },
    OptionRow {
        id: OptionId::StoreLocation,
        name: "store-location",
        values: ValueKind::Words(&["machine", "user"]),
        default: "by the role of the application",
        grouping: Grouping::Block,
        origin: OptionOrigin::Ours,
        meaning: "which Windows store is used: of the Local Computer or of the Current User; of no effect but with MSCAPI",
        ..ROW
    },
    OptionRow {
        id: OptionId::Fips140Enabled,
        name: "fips140-enabled",
        values: ValueKind::Truth,
        default: "false",
        meaning: "true: only validated cryptography is used; true at any level wins; refused by a build without it",
        ..ROW
    },
    OptionRow {
        id: OptionId::Crl,
        name: "crl",
        alias: Some("tls-crl"),
        values: ValueKind::Path,
        grouping: Grouping::WithBlock,
        meaning: "file with one or more certificate revocation lists",
        ..ROW
    },
    OptionRow {
        id: OptionId::TlsTargetNameCheck,
        name: "tls-target-name-check",
        endpoints: Endpoints::Connections,
        values: ValueKind::Words(&["host", "no"]),
        default: "no",
        grouping: Grouping::WithBlock,
        meaning: "host: the client compares the name in the server's certificate with the name of the host it means",
        ..ROW
    },
    OptionRow {
        id: OptionId::ClientAuth,
        name: "client-auth",
        default: "1",
        meaning: "0: as a client, take any server without checking it, with a weak key too: the connection is encrypted and nothing more",
        ..ROW
    },
    OptionRow {
        id: OptionId::SecProtocol,
        name: "sec-protocol",
        values: ValueKind::Words(&["", "SSLv23", "SSLv3", "TLSv1", "TLSv11", "TLSv12", "TLSv13"]),
        default: "empty: TLS 1.2 and later",
        grouping: Grouping::WithBlock,
        meaning: "the lowest protocol version that is accepted; below 1.2 nothing is spoken",
        ..ROW
    },
    OptionRow {
        id: OptionId::SecProtocolMax,
        name: "sec-protocol-max",
        values: ValueKind::Words(&["", "TLSv12", "TLSv13"]),
        default: "empty: no cap",
        origin: OptionOrigin::Ours,
        meaning: "the highest protocol version that is spoken",
        ..ROW
    },
    OptionRow {
        id: OptionId::CipherList,
        name: "cipher-list",
        values: ValueKind::Ciphers,
        default: "what the engine has",
        meaning: "the cipher suites that are allowed, by their OpenSSL or IANA names, separated by : or blanks; a server takes the first that the client has too",
        ..ROW
    },
    OptionRow {
        id: OptionId::SendRoot,
        name: "send-root",
        default: "1",
        origin: OptionOrigin::Ours,
        meaning: "0: a root certificate that stands in the own chain is not sent",
        ..ROW
    },
    OptionRow {
        id: OptionId::CrlCheck,
        name: "crl-check",
        values: ValueKind::Words(&["leaf", "chain"]),
        default: "chain",
        origin: OptionOrigin::Ours,
        meaning: "which certificates of a peer's chain are looked up in revocation lists",
        ..ROW
    },
    OptionRow {
        id: OptionId::CrlFreshness,
        name: "crl-freshness",
        values: ValueKind::Freshness,
        default: "required",
        origin: OptionOrigin::Ours,
        meaning: "what an expired revocation list means: required, warn, or hours of grace",
        ..ROW
    },
    OptionRow {
        id: OptionId::AllowedNames,
        name: "allowed-names",
        endpoints: Endpoints::Ports,
        values: ValueKind::AllowedNames,
        origin: OptionOrigin::Ours,
        meaning: "which client certificates may connect: dns:, uri:, cn:, ou:, email: or spki: entries separated by commas, any one suffices",
        ..ROW
    },
    OptionRow {
        id: OptionId::DangerAcceptWeak,
        name: "danger-accept-weak",
        values: ValueKind::Date,
        origin: OptionOrigin::Ours,
        meaning: "until this date SHA-1 signatures and RSA keys from 1024 bits are accepted in a peer's chain, its trusted CA included",
        ..ROW
    },
];
