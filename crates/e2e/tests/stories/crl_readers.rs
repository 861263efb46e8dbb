//! Readers of other makers: GnuTLS and Java read our lists, of every kind of CA.

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::lists::{self, crl, revoke};

/// Every kind of CA, and the digests; what a linter finds in them is another story.
#[test]
fn readers_of_other_makers_read_our_lists() {
    const ALL: [&str; 5] = ["sha1", "sha224", "sha256", "sha384", "sha512"];
    for (key, digests) in [
        ("rsa-2048", &ALL[..]),
        ("ecdsa-p256", &ALL),
        ("ecdsa-p384", &["sha384"]),
        ("ed25519", &["sha512"]),
    ] {
        let ca = TestCa::with(&["--key", key]);
        let list = ca.conf("crl.pem");
        let host = ca.issue("a.example.com", &[]);
        let since = ["--invalid-since", "2026-01-01"];
        let why = [&host.serial, "--reason", "keyCompromise"];
        revoke(&ca, &[&why[..], &since].concat()).succeeds();
        for digest in digests {
            let made = crl(&ca, &["create", "--digest", digest]).succeeds();
            match (*digest, key) {
                ("sha1", _) => {
                    drop(made.says("SHA-1, which is broken; most programs of today refuse"));
                }
                (_, "ed25519") => drop(made.says("SHA-512 has no effect")),
                _ => assert_eq!(made.stderr, ""),
            }
            lists::number(&list, &ca.conf("ca_cert.pem"));
        }
        let certtool = Call::foreign("certtool", ["--crl-info", "--infile"]).arg(&list);
        certtool.succeeds().prints("Revoked certificates (1)");
        let keytool = Call::foreign("keytool", ["-printcrl", "-file"]).arg(&list);
        keytool.succeeds().prints("KEY_COMPROMISE");
    }
}
