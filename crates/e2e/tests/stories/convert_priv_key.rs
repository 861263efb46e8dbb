//! `convert_priv_key.sh`: a link to the program, with the documented flags, beside what OpenSSL makes of the same keys.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::{folder, program};

/// A folder with the link and keys of OpenSSL.
pub(crate) struct Keys(TempDir);

impl Keys {
    pub(crate) fn new() -> Self {
        let folder = folder::temporary();
        symlink(
            program::trustpack(),
            folder.path().join("convert_priv_key.sh"),
        )
        .unwrap();
        std::fs::write(folder.path().join("password"), "secret\n").unwrap();
        std::fs::write(folder.path().join("wrong"), "other\n").unwrap();
        Self(folder)
    }

    /// With `rsa.pem`, a key in PKCS#1.
    fn with_rsa() -> Self {
        let keys = Self::new();
        keys.openssl("genrsa -traditional -out rsa.pem 2048");
        keys
    }

    pub(crate) fn dir(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    #[track_caller]
    pub(crate) fn openssl(&self, command: &str) -> String {
        let call = Call::foreign("openssl", command.split_whitespace());
        call.within(self.dir()).succeeds().stdout
    }

    fn convert(&self, flags: &str) -> Call {
        let flags = flags.split_whitespace();
        Call::link(Path::new("./convert_priv_key.sh"), flags).within(self.dir())
    }

    /// The same on a terminal, where somebody types these lines.
    fn convert_watched(&self, flags: &str, typed: &str) -> Call {
        let command = format!("./convert_priv_key.sh {flags}");
        Call::foreign("script", ["-qec", &command, "/dev/null"])
            .stdin(typed.as_bytes())
            .within(self.dir())
    }

    /// The file holds the key of `rsa.pem`, is private, and opens with the password.
    #[track_caller]
    pub(crate) fn check_same(&self, file: &str, password: &str) {
        let public = |command: String| self.openssl(&command);
        let want = public("pkey -in rsa.pem -pubout".to_owned());
        let got = public(format!("pkey -in {file} -passin pass:{password} -pubout"));
        assert_eq!(got, want);
        self.check_private(file);
    }

    #[track_caller]
    pub(crate) fn check_private(&self, file: &str) {
        let mode = std::fs::metadata(self.at(file)).unwrap().mode() & 0o7777;
        assert_eq!(mode, 0o600, "{file} has the mode {mode:04o}");
    }

    #[track_caller]
    fn first_line(&self, file: &str) -> String {
        let text = std::fs::read_to_string(self.at(file)).unwrap();
        text.lines().next().unwrap_or_default().to_owned()
    }
}

/// The note that the content is another format.
const NOTE: &str = "note: ";

#[test]
fn a_folder_that_is_missing_is_told() {
    let keys = Keys::with_rsa();
    keys.convert("-in rsa.pem -out none/key.pem")
        .exits_with(1)
        .says("none/key.pem")
        .says("the folder above it is not there: make it first (mkdir -p)");
}

#[test]
fn the_default_is_rsa_to_pkcs8() {
    let keys = Keys::with_rsa();
    let outcome = keys.convert("-in rsa.pem -out out.pem").succeeds();
    assert!(!outcome.stderr.contains(NOTE), "{outcome}");
    assert_eq!(keys.first_line("out.pem"), "-----BEGIN PRIVATE KEY-----");
    keys.check_same("out.pem", "");
    keys.openssl("pkcs8 -topk8 -nocrypt -in rsa.pem -out theirs.pem");
    let read = |name: &str| std::fs::read(keys.at(name)).unwrap();
    assert_eq!(
        read("out.pem"),
        read("theirs.pem"),
        "byte for byte as OpenSSL writes it"
    );

    keys.convert("-in out.pem -informat pkcs8 -out back.pem -outformat rsa")
        .succeeds();
    assert_eq!(read("back.pem"), read("rsa.pem"));
}

#[test]
fn what_the_file_holds_counts() {
    let keys = Keys::with_rsa();
    keys.openssl("pkcs8 -topk8 -nocrypt -in rsa.pem -out pkcs8.pem");
    keys.openssl("rsa -in rsa.pem -outform DER -traditional -out rsa.der");
    keys.openssl("req -x509 -new -key rsa.pem -subj /CN=a -out cert.pem");
    keys.openssl("pkcs12 -export -inkey rsa.pem -in cert.pem -passout pass: -out rsa.pfx");
    for (file, said, found) in [
        ("pkcs8.pem", "rsa", Some("PKCS#8, PEM")),
        ("pkcs8.pem", "pfx", Some("PKCS#8, PEM")),
        ("pkcs8.pem", "pkcs8", None),
        ("rsa.pem", "pkcs12", Some("PKCS#1, PEM")),
        ("rsa.der", "rsa", None),
        ("rsa.der", "pkcs8", Some("PKCS#1, DER")),
        ("rsa.pfx", "pfx", None),
        ("rsa.pfx", "pkcs12", None),
        ("rsa.pfx", "rsa", Some("PKCS#12")),
    ] {
        let outcome = keys
            .convert(&format!("-in {file} -informat {said} -out out.pem"))
            .succeeds();
        match found {
            Some(found) => {
                let default = if said == "rsa" { ", the default," } else { "" };
                let said = format!("-informat {said}{default} says");
                let note = format!("{NOTE}{file} holds {found}, and not what {said}");
                outcome.says(&note);
            }
            None => assert!(!outcome.stderr.contains(NOTE), "{outcome}"),
        }
        keys.check_same("out.pem", "");
    }
}

#[test]
fn encrypted_input_opens_with_a_password_file() {
    let keys = Keys::with_rsa();
    keys.openssl("req -x509 -new -key rsa.pem -subj /CN=a -out cert.pem");
    let secret = "pass:secret";
    keys.openssl(&format!(
        "pkcs8 -topk8 -in rsa.pem -passout {secret} -out pkcs8.pem"
    ));
    keys.openssl(&format!(
        "rsa -in rsa.pem -traditional -des3 -passout {secret} -out traditional.pem"
    ));
    keys.openssl(&format!(
        "pkcs12 -export -inkey rsa.pem -in cert.pem -passout {secret} -out modern.pfx"
    ));
    keys.openssl(&format!(
        "pkcs12 -export -legacy -inkey rsa.pem -in cert.pem -passout {secret} -out legacy.pfx"
    ));
    for file in ["pkcs8.pem", "traditional.pem", "modern.pfx", "legacy.pfx"] {
        let convert = |more: &str| keys.convert(&format!("-in {file} -out out.pem {more}"));
        convert("-password-file password").succeeds();
        keys.check_same("out.pem", "");
        std::fs::remove_file(keys.at("out.pem")).unwrap();
        convert("")
            .refused("is encrypted")
            .says("hint: give its password in a file, with -password-file");
        convert("-password-file wrong").refused("the password does not open");
        convert("-password-file missing").refused("cannot read the password file missing");
        assert!(!keys.at("out.pem").exists());
    }
}

#[test]
fn encrypts_in_both_forms() {
    let keys = Keys::with_rsa();
    let convert = |more: &str| {
        keys.convert(&format!(
            "-in rsa.pem -out out.pem -encrypt -out-password-file password {more}"
        ))
        .succeeds()
    };
    let outcome = convert("");
    assert!(!outcome.stderr.contains("hint"), "{outcome}");
    assert_eq!(
        keys.first_line("out.pem"),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----"
    );
    keys.check_same("out.pem", "secret");

    convert("-outformat rsa")
        .says("hint: ")
        .says("-outformat pkcs8 does better");
    let text = std::fs::read_to_string(keys.at("out.pem")).unwrap();
    let headers: Vec<&str> = text.lines().take(3).collect();
    assert_eq!(
        headers[..2],
        ["-----BEGIN RSA PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED"]
    );
    assert!(headers[2].starts_with("DEK-Info: DES-EDE3-CBC,"), "{text}");
    keys.check_same("out.pem", "secret");

    keys.convert("-in rsa.pem -out none.pem -encrypt")
        .refused("there is no password for it")
        .says("-out-password-file");
    std::fs::write(keys.at("empty"), "\n").unwrap();
    keys.convert("-in rsa.pem -out none.pem -encrypt -out-password-file empty")
        .refused("the password is empty");
    assert!(!keys.at("none.pem").exists());
}

#[test]
fn asks_on_a_terminal() {
    let keys = Keys::with_rsa();
    keys.openssl("pkcs8 -topk8 -in rsa.pem -passout pass:secret -out locked.pem");
    let plain = "-in locked.pem -out out.pem -informat pkcs8";
    let encrypted = format!("{plain} -encrypt");

    let asked = |outcome: &Outcome| outcome.stdout.matches("assword").count();
    let outcome = keys.convert_watched(plain, "secret\n").succeeds();
    assert_eq!(asked(&outcome), 1, "{outcome}");
    keys.check_same("out.pem", "");

    let outcome = keys
        .convert_watched(&encrypted, "secret\nnew\nnew\n")
        .succeeds();
    assert_eq!(asked(&outcome), 2, "{outcome}");
    assert!(outcome.stdout.contains("The same again: "), "{outcome}");
    keys.check_same("out.pem", "new");

    let before = std::fs::read(keys.at("out.pem")).unwrap();
    let differ = keys
        .convert_watched(&encrypted, "secret\nnew\nold\n")
        .exits_with(1);
    assert!(
        differ.stdout.contains("the two passwords differ"),
        "{differ}"
    );
    let wrong = keys.convert_watched(plain, "other\n").exits_with(1);
    assert!(
        wrong.stdout.contains("the password does not open"),
        "{wrong}"
    );
    assert_eq!(std::fs::read(keys.at("out.pem")).unwrap(), before);
}

#[test]
fn an_elliptic_curve_key_has_no_rsa_form() {
    let keys = Keys::new();
    keys.openssl("ecparam -name prime256v1 -genkey -out ec.pem");
    keys.openssl("genpkey -algorithm ED25519 -out ed.pem");
    for (file, kind) in [("ec.pem", "EC P-256"), ("ed.pem", "Ed25519")] {
        keys.convert(&format!("-in {file} -out out.pem -outformat rsa"))
            .refused(&format!(
                "the private key is {kind}; only RSA keys have the form PKCS#1"
            ))
            .says("hint: -outformat pkcs8 holds keys of every kind");
        assert!(!keys.at("out.pem").exists());
        keys.convert(&format!("-in {file} -out out.pem")).succeeds();
        keys.openssl("pkey -in out.pem -noout -check");
        std::fs::remove_file(keys.at("out.pem")).unwrap();
    }
}

#[test]
fn never_writes_over_its_input() {
    let keys = Keys::with_rsa();
    symlink("rsa.pem", keys.at("soft.pem")).unwrap();
    std::fs::hard_link(keys.at("rsa.pem"), keys.at("hard.pem")).unwrap();
    let before = std::fs::read(keys.at("rsa.pem")).unwrap();
    for (input, output) in [
        ("rsa.pem", "rsa.pem"),
        ("rsa.pem", "./rsa.pem"),
        ("rsa.pem", "soft.pem"),
        ("soft.pem", "rsa.pem"),
        ("rsa.pem", "hard.pem"),
    ] {
        keys.convert(&format!("-in {input} -out {output}"))
            .refused("are the same file");
        assert_eq!(std::fs::read(keys.at("rsa.pem")).unwrap(), before);
    }
}

#[test]
fn an_output_is_replaced_whole() {
    let keys = Keys::with_rsa();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::write(keys.at("out.pem"), "an old key").unwrap();
    std::fs::set_permissions(keys.at("out.pem"), open).unwrap();
    keys.convert("-in wrong -out out.pem")
        .refused("no private key in the file");
    assert_eq!(std::fs::read(keys.at("out.pem")).unwrap(), b"an old key");
    let inode = |name: &str| std::fs::metadata(keys.at(name)).unwrap().ino();
    let before = inode("out.pem");
    keys.convert("-in rsa.pem -out out.pem").succeeds();
    assert_ne!(
        inode("out.pem"),
        before,
        "a new file took the place of the old one"
    );
    keys.check_same("out.pem", "");

    symlink("out.pem", keys.at("link.pem")).unwrap();
    keys.convert("-in rsa.pem -out link.pem").succeeds();
    assert!(keys.at("link.pem").is_symlink());
    keys.check_same("link.pem", "");

    std::fs::create_dir(keys.at("folder")).unwrap();
    for (output, words) in [
        ("folder", "folder is no regular file"),
        ("/dev/null", "/dev/null is no regular file"),
        ("missing/out.pem", "cannot create missing/out.pem"),
    ] {
        keys.convert(&format!("-in rsa.pem -out {output}"))
            .refused(words);
    }
    let left = folder::listing(keys.dir()).into_keys();
    let hidden: Vec<PathBuf> = left
        .filter(|path| path.to_string_lossy().starts_with('.'))
        .collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn what_makes_no_sense_is_usage() {
    let keys = Keys::with_rsa();
    for (flags, words) in [
        ("", "-in"),
        ("-in rsa.pem", "-out"),
        ("-in rsa.pem -out out.pem -informat der", "pkcs12"),
        ("-in rsa.pem -out out.pem -outformat pfx", "pkcs8, rsa"),
        ("-in rsa.pem -out out.pem -nonsense", "-nonsense"),
        ("-in rsa.pem -out out.pem more", "more"),
        (
            "-in rsa.pem -out out.pem -out-password-file password",
            "-encrypt",
        ),
    ] {
        keys.convert(flags).exits_with(2).says(words);
        assert!(!keys.at("out.pem").exists());
    }
    for flag in ["-h", "-help", "--help"] {
        keys.convert(flag).succeeds().prints("-informat");
    }
    keys.convert("-in missing.pem -out out.pem")
        .refused("cannot read missing.pem");
}
