//! `key create`, `key convert` and `key show`, and every size and digest of the scripts.

use serde_json::Value;
use trustpack_e2e::ca::newest;
use trustpack_e2e::call::Call;

use crate::ca_scripts::Scripts;
use crate::convert_priv_key::Keys;

fn key(keys: &Keys, arguments: &str) -> Call {
    let arguments = ["key"].into_iter().chain(arguments.split_whitespace());
    Call::trustpack(arguments).within(keys.dir())
}

#[track_caller]
fn show(keys: &Keys, arguments: &str) -> Value {
    let outcome = key(keys, &format!("show --json {arguments}")).succeeds();
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn every_kind_is_made_and_openssl_finds_it_good() {
    let keys = Keys::new();
    for (kind, shown) in [
        ("rsa-2048", "RSA 2048 bits"),
        ("rsa-2176", "RSA 2176 bits"),
        ("ecdsa-p256", "EC P-256"),
        ("ecdsa-p384", "EC P-384"),
        ("ed25519", "Ed25519"),
    ] {
        let file = format!("{kind}.pem");
        key(&keys, &format!("create {kind} --out {file}"))
            .succeeds()
            .prints(shown);
        keys.check_private(&file);
        keys.openssl(&format!("pkey -in {file} -noout -check"));
        let json = show(&keys, &file);
        assert_eq!(json["key"], shown);
        assert_eq!(json["form"], "PKCS#8");
        assert_eq!(json["encoding"], "PEM");
        assert_eq!(json["encrypted"], false);
        // The fingerprint is that of the public half as OpenSSL writes it.
        keys.openssl(&format!(
            "pkey -in {file} -pubout -outform DER -out public.der"
        ));
        let digest = keys.openssl("dgst -sha256 public.der");
        let digest = digest.split_whitespace().last().unwrap();
        assert_eq!(json["key_sha256"], digest);
    }
}

#[test]
fn the_key_id_is_the_one_that_certificates_have() {
    let keys = Keys::new();
    key(&keys, "create ecdsa-p256 --out key.pem").succeeds();
    keys.openssl("req -x509 -new -key key.pem -subj /CN=a -out cert.pem");
    let text = keys.openssl("x509 -in cert.pem -noout -ext subjectKeyIdentifier");
    let id = text
        .lines()
        .last()
        .unwrap()
        .trim()
        .replace(':', "")
        .to_lowercase();
    assert_eq!(show(&keys, "key.pem")["key_id"], id);
    key(&keys, "show key.pem").succeeds().prints(&id);
}

#[test]
fn keys_go_from_every_form_to_every_form() {
    let keys = Keys::new();
    key(&keys, "create rsa-2048 --out rsa.pem --format pkcs1").succeeds();
    key(&keys, "create ecdsa-p384 --out ec.pem --format sec1").succeeds();
    for (file, own) in [("rsa.pem", "pkcs1"), ("ec.pem", "sec1")] {
        let want = keys.openssl(&format!("pkey -in {file} -pubout"));
        for form in ["pkcs8", own] {
            for more in [
                "",
                "--der",
                "--encrypt --out-password-file password",
                "--encrypt --legacy --out-password-file password",
            ] {
                let convert = "--replace --format";
                key(
                    &keys,
                    &format!("convert {file} out {convert} {form} {more}"),
                )
                .succeeds();
                let got = keys.openssl("pkey -in out -passin pass:secret -pubout");
                assert_eq!(got, want, "{file} as {form} {more}");
                keys.check_private("out");
                key(&keys, "convert out back --replace --password-file password").succeeds();
                assert_eq!(keys.openssl("pkey -in back -pubout"), want);
            }
        }
    }
}

#[test]
fn a_locked_key_is_shown_as_far_as_it_can_be() {
    let keys = Keys::new();
    let secret = "--encrypt --password-file password";
    key(&keys, &format!("create ecdsa-p256 --out key.pem {secret}"))
        .succeeds()
        .prints("encrypted");
    let how = "PBES2 with PBKDF2 over HMAC-SHA-256, 600000 iterations, and AES-256-CBC";
    let locked = show(&keys, "key.pem");
    assert_eq!(locked["encryption"], how);
    assert_eq!(locked["encrypted"], true);
    assert!(locked["key"].is_null() && locked["key_sha256"].is_null());
    let open = show(&keys, "key.pem --password-file password");
    assert_eq!(open["key"], "EC P-256");
    assert_eq!(open["encryption"], how);
    key(&keys, "show key.pem --password-file wrong").refused("the password does not open");
    key(&keys, "show key.pem").succeeds().prints("locked");
}

#[test]
fn the_key_of_a_store_is_shown_and_taken_out() {
    let keys = Keys::new();
    keys.openssl("genrsa -traditional -out rsa.pem 2048");
    keys.openssl("req -x509 -new -key rsa.pem -subj /CN=a -out cert.pem");
    for (password, encrypted) in [("", false), ("secret", true)] {
        keys.openssl(&format!(
            "pkcs12 -export -inkey rsa.pem -in cert.pem -passout pass:{password} -out rsa.pfx"
        ));
        let json = show(&keys, "rsa.pfx --password-file password");
        assert_eq!(json["form"], "PKCS#12");
        assert_eq!(json["key"], "RSA 2048 bits");
        assert_eq!(json["encrypted"], encrypted);
        assert_eq!(show(&keys, "rsa.pfx")["key"].is_null(), encrypted);
        key(
            &keys,
            "convert rsa.pfx out.pem --replace --password-file password",
        )
        .succeeds();
        keys.check_same("out.pem", "");
    }
    // The same keys as Java writes them.
    for kind in ["JKS", "JCEKS"] {
        let arguments = "-importkeystore -srckeystore rsa.pfx -srcstorepass secret -destkeystore store \
                         -deststorepass secret -noprompt -deststoretype";
        Call::foreign("keytool", arguments.split_whitespace())
            .arg(kind)
            .within(keys.dir())
            .succeeds();
        assert_eq!(show(&keys, "store --password-file password")["form"], kind);
        key(
            &keys,
            "convert store out.pem --replace --password-file password",
        )
        .succeeds();
        keys.check_same("out.pem", "");
        std::fs::remove_file(keys.at("store")).unwrap();
    }
}

#[test]
fn nothing_secret_is_shown() {
    let keys = Keys::new();
    key(&keys, "create ecdsa-p256 --out key.pem").succeeds();
    let text = keys.openssl("pkey -in key.pem -noout -text");
    let private: String = text
        .lines()
        .skip_while(|line| !line.starts_with("priv:"))
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .flat_map(|line| line.trim().split(':'))
        .collect();
    assert!(private.len() >= 64, "{text}");
    for command in ["show key.pem", "show --json key.pem"] {
        let outcome = key(&keys, command).succeeds();
        assert!(!outcome.stdout.contains(&private[..32]), "{outcome}");
    }
}

#[test]
fn a_key_is_never_lost_to_a_new_one() {
    let keys = Keys::new();
    key(&keys, "create ed25519 --out key.pem").succeeds();
    key(&keys, "create ed25519 --out other.pem").succeeds();
    let before = std::fs::read(keys.at("key.pem")).unwrap();
    key(&keys, "create ed25519 --out key.pem").refused("key.pem is there already");
    key(&keys, "convert other.pem key.pem")
        .refused("key.pem is there already")
        .says("--replace");
    key(&keys, "convert key.pem key.pem --replace").refused("are the same file");
    assert_eq!(std::fs::read(keys.at("key.pem")).unwrap(), before);
}

#[test]
fn what_cannot_be_made_is_named() {
    let keys = Keys::new();
    for (arguments, code, words) in [
        (
            "create rsa-1024 --out k",
            2,
            "no RSA key of 1024 bits can be made; 2048 to 8192",
        ),
        ("create rsa-2500 --out k", 2, "in steps of 128"),
        (
            "create dsa --out k",
            2,
            "\"dsa\" is no key that can be made",
        ),
        ("create ed25519", 2, "--out"),
        ("create ed25519 --out k --legacy", 2, "--encrypt"),
        (
            "create ed25519 --out k --format sec1",
            1,
            "only keys on P-256",
        ),
        (
            "create rsa-8192 --out k --format sec1",
            1,
            "only keys on P-256",
        ),
        (
            "create ecdsa-p256 --out k --format pkcs1",
            1,
            "only RSA keys",
        ),
        (
            "create ecdsa-p256 --out k --format sec1 --encrypt --der",
            1,
            "has no DER form",
        ),
        (
            "create ecdsa-p256 --out k --encrypt",
            1,
            "there is no password for it",
        ),
        ("show missing.pem", 1, "cannot read missing.pem"),
        ("show password", 1, "no private key in the file"),
    ] {
        key(&keys, arguments).exits_with(code).says(words);
        assert!(!keys.at("k").exists(), "{arguments}");
    }
}

#[test]
fn the_scripts_sign_over_every_digest() {
    for (digest, warned) in [
        ("sha1", true),
        ("sha224", false),
        ("sha256", false),
        ("sha384", false),
        ("sha512", false),
    ] {
        let scripts = Scripts::new();
        let flags = ["-CN", "Example CA", "-dgst", digest];
        let ca = scripts.create_ca(&flags).succeeds();
        let host = ["-host", "a.example.com", "-CN", "a", "-dgst", digest];
        let issued = scripts.create_cert(&host).succeeds();
        for outcome in [ca, issued] {
            assert_eq!(
                outcome.stderr.contains("SHA-1, which is broken"),
                warned,
                "{outcome}"
            );
        }
        let certificate = newest(scripts.dir(), "a.example.com").certificate;
        let root = scripts.dir().join("ca_conf/ca_cert.pem");
        for file in [&certificate, &root] {
            let text = Call::foreign("openssl", ["x509", "-noout", "-text", "-in"])
                .arg(file)
                .succeeds()
                .stdout;
            assert!(
                text.contains(&format!("{digest}WithRSAEncryption")),
                "{text}"
            );
        }
        // OpenSSL's level 0 takes SHA-1 too.
        Call::foreign("openssl", ["verify", "-auth_level", "0", "-CAfile"])
            .args([&root, &certificate])
            .succeeds();
    }
}

#[test]
fn the_scripts_make_every_size() {
    let scripts = Scripts::new();
    let flags = ["-CN", "Example CA", "-keySz", "2560"];
    scripts.create_ca(&flags).succeeds();
    let root = scripts.dir().join("ca_conf/ca_cert.pem");
    let text = Call::foreign("openssl", ["x509", "-noout", "-text", "-in"])
        .arg(root)
        .succeeds();
    text.prints("(2560 bit)");
    for size in ["1024", "2047", "2500", "8320", "0", "-1"] {
        let host = ["-host", "a.example.com", "-CN", "a", "-keySz", size];
        scripts.create_cert(&host).exits_with(2).says(size);
    }
}
