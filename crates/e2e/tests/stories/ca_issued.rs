//! What was issued, in the eyes of OpenSSL and Java; its files and their permissions.

use trustpack_e2e::ca::TestCa;

#[test]
fn starts() {
    let ca = TestCa::new();
    ca.issue("a.example.com", &[]);
    ca.assert_in_order();
}
