//! Certificates: reading, everything that is shown of one, and every rule.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::{check_text, checked};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::certificate::malformed::AnyCertificate;
use trustpack_x509::lint;

fuzz_target!(|der: &[u8]| {
    let Some(certificate) = checked(Certificate::from_der(der)) else {
        if let Ok(AnyCertificate::Malformed(malformed)) = AnyCertificate::from_der(der) {
            let _shown = format!("{malformed:?} {:?}", malformed.danger_rest().extensions());
            for finding in lint::certificate(malformed.danger_rest()) {
                check_text(&finding.violation.message);
            }
        }
        return;
    };
    assert_eq!(certificate.der(), der);
    let _shown = format!("{certificate:?} {:?}", certificate.extensions());
    let _line = certificate.subject().oneline();
    let _rsa = certificate.public_key().rsa_numbers();
    let _prints = (
        certificate.thumbprint(),
        certificate.public_key().fingerprint(),
    );
    for finding in lint::certificate(&certificate) {
        check_text(&finding.violation.message);
    }
    let again = Certificate::from_der(certificate.der()).expect("what was read once");
    assert_eq!(again, certificate);
});
