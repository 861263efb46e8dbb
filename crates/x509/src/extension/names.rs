//! The names by which extensions and purposes are known to people.

use const_oid::ObjectIdentifier;

/// Extensions by their numbers, those of RFC 5280 first.
const NAMES: &[(ObjectIdentifier, &str)] = &[
    (oid("2.5.29.19"), "basicConstraints"),
    (oid("2.5.29.15"), "keyUsage"),
    (oid("2.5.29.37"), "extendedKeyUsage"),
    (oid("2.5.29.17"), "subjectAltName"),
    (oid("2.5.29.30"), "nameConstraints"),
    (oid("2.5.29.14"), "subjectKeyIdentifier"),
    (oid("2.5.29.35"), "authorityKeyIdentifier"),
    (oid("2.5.29.31"), "cRLDistributionPoints"),
    (oid("2.5.29.32"), "certificatePolicies"),
    (oid("2.5.29.33"), "policyMappings"),
    (oid("2.5.29.36"), "policyConstraints"),
    (oid("2.5.29.54"), "inhibitAnyPolicy"),
    (oid("2.5.29.18"), "issuerAltName"),
    (oid("2.5.29.46"), "freshestCRL"),
    (oid("2.5.29.9"), "subjectDirectoryAttributes"),
    (oid("2.5.29.16"), "privateKeyUsagePeriod"),
    (oid("2.5.29.20"), "cRLNumber"),
    (oid("2.5.29.27"), "deltaCRLIndicator"),
    (oid("2.5.29.28"), "issuingDistributionPoint"),
    (oid("1.3.6.1.5.5.7.1.1"), "authorityInfoAccess"),
    (oid("1.3.6.1.5.5.7.1.11"), "subjectInfoAccess"),
    (oid("1.3.6.1.5.5.7.1.3"), "qcStatements"),
    (oid("1.3.6.1.5.5.7.1.24"), "tlsFeature"),
    (oid("1.3.6.1.5.5.7.48.1.5"), "ocspNoCheck"),
    (oid("1.2.840.113549.1.9.15"), "smimeCapabilities"),
    (
        oid("1.3.6.1.4.1.11129.2.4.2"),
        "signedCertificateTimestampList",
    ),
    (oid("1.3.6.1.4.1.11129.2.4.3"), "precertificatePoison"),
    (
        oid("1.3.6.1.4.1.311.20.2"),
        "certificateTemplateName (of Microsoft)",
    ),
    (oid("1.3.6.1.4.1.311.21.1"), "caVersion (of Microsoft)"),
    (
        oid("1.3.6.1.4.1.311.21.2"),
        "previousCertificateHash (of Microsoft)",
    ),
    (
        oid("1.3.6.1.4.1.311.21.7"),
        "certificateTemplate (of Microsoft)",
    ),
    (
        oid("1.3.6.1.4.1.311.21.10"),
        "applicationPolicies (of Microsoft)",
    ),
    (
        oid("1.3.6.1.4.1.311.25.2"),
        "securityIdentifier (of Microsoft)",
    ),
    (oid("2.16.840.1.113730.1.1"), "netscapeCertType"),
    (oid("2.16.840.1.113730.1.13"), "netscapeComment"),
];

/// Purposes that nothing here asks for.
const PURPOSES: &[(ObjectIdentifier, &str)] = &[
    (oid("1.3.6.1.5.5.7.3.3"), "codeSigning"),
    (oid("1.3.6.1.5.5.7.3.5"), "ipsecEndSystem"),
    (oid("1.3.6.1.5.5.7.3.6"), "ipsecTunnel"),
    (oid("1.3.6.1.5.5.7.3.7"), "ipsecUser"),
    (oid("1.3.6.1.5.5.7.3.8"), "timeStamping"),
    (oid("1.3.6.1.5.5.7.3.14"), "eapOverLAN"),
    (oid("1.3.6.1.5.5.7.3.17"), "ipsecIKE"),
    (oid("1.3.6.1.5.5.7.3.21"), "secureShellClient"),
    (oid("1.3.6.1.5.5.7.3.22"), "secureShellServer"),
    (oid("1.3.6.1.5.2.3.4"), "kerberosClientAuth"),
    (oid("1.3.6.1.5.2.3.5"), "kerberosKDC"),
    (
        oid("1.3.6.1.4.1.311.20.2.2"),
        "smartcardLogon (of Microsoft)",
    ),
    (
        oid("1.3.6.1.4.1.311.10.3.4"),
        "encryptingFileSystem (of Microsoft)",
    ),
    (
        oid("1.3.6.1.4.1.311.10.3.3"),
        "serverGatedCrypto (of Microsoft)",
    ),
    (
        oid("2.16.840.1.113730.4.1"),
        "serverGatedCrypto (of Netscape)",
    ),
];

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// The name by which an extension is known to people: its number if it has none.
#[must_use]
pub fn extension_name(oid: &ObjectIdentifier) -> String {
    NAMES
        .iter()
        .find(|(known, _)| known == oid)
        .map_or_else(|| oid.to_string(), |(_, name)| (*name).to_owned())
}

/// The name by which a purpose is known to people: its number if it has none.
pub(super) fn purpose_name(oid: &ObjectIdentifier) -> String {
    PURPOSES
        .iter()
        .find(|(known, _)| known == oid)
        .map_or_else(|| oid.to_string(), |(_, name)| (*name).to_owned())
}
