//! TP6051: signature of a copy that cannot be verified.

use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

/// The kind. [`super::copy_differs`] finds it, which looks at the same files.
pub static KIND: Kind = Kind {
    code: Code::new(6051),
    severity: Severity::Warning,
    title: "signature of a copy cannot be verified",
    meaning: "A copy bears the name of the CA and is signed in a way that is not verified here, so that nobody knows whether it is as it was issued. It is found and shown; nothing is made of it.",
    example: "`openssl ca -md md5`, or `-sigopt rsa_padding_mode:pss` with a salt that is longer than the digest",
    remedy: "revoke it by its serial number, and issue the host another one. To know whether the CA signed it, ask `openssl verify -partial_chain -CAfile ca_conf/ca_cert.pem`, and with each `ca_conf/retired/*/ca_cert.pem` if the key was replaced; an error of it proves nothing where it does not know the digest",
    when_accepted: WhenAccepted::Starts,
};
