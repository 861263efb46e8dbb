//! Certification requests: reading, what is shown of one, and every rule.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trustpack_fuzz::{check_text, checked};
use trustpack_x509::lint;
use trustpack_x509::request::CertificationRequest;

fuzz_target!(|der: &[u8]| {
    let Some(request) = checked(CertificationRequest::from_der(der)) else {
        return;
    };
    assert_eq!(request.der(), der);
    let _shown = format!("{request:?} {:?}", request.extensions());
    let _attributes = request.other_attributes().len();
    for finding in lint::request(&request) {
        check_text(&finding.violation.message);
    }
});
