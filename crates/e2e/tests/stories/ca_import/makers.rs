//! Authorities that other programs made, each with a host of its own.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, openssl};

/// An authority of another program.
pub(super) struct Foreign {
    folder: TempDir,
    /// As `ca import` names it.
    pub(super) kind: &'static str,
    /// Of the CA.
    pub(super) certificate: PathBuf,
    /// A certificate that the other program issued.
    pub(super) host: PathBuf,
    /// Serials that it revoked.
    pub(super) revoked: Vec<String>,
    /// Whether the CA certificate lets its key sign lists.
    pub(super) signs_lists: bool,
}

impl Foreign {
    /// Where it lies.
    pub(super) fn dir(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    #[track_caller]
    fn in_new_folder(kind: &'static str) -> Self {
        let folder = folder::temporary();
        fs::create_dir(folder.path().join("source")).unwrap();
        Self {
            folder,
            kind,
            certificate: PathBuf::new(),
            host: PathBuf::new(),
            revoked: Vec::new(),
            signs_lists: true,
        }
    }

    #[track_caller]
    fn run(&self, program: &str, words: &str) {
        Call::foreign(program, words.split(' '))
            .within(&self.dir())
            .succeeds();
    }
}

/// A configuration whose names have every string type that OpenSSL writes, and whose CA has a key identifier
/// that is no digest.
const CONFIG: &str = "\
[ca]
default_ca = mine
[mine]
dir = .
database = $dir/index.txt
new_certs_dir = $dir/newcerts
certificate = $dir/cacert.pem
private_key = $dir/cakey.pem
serial = $dir/serial
crlnumber = $dir/crlnumber
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
x509_extensions = host
copy_extensions = copy
[any]
commonName = supplied
[host]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[req]
# PrintableString, T61String, BMPString: what fits first.
string_mask = default
utf8 = yes
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
C = DE
O = Plain
OU = Müller
L = Łódź
CN = Their CA
emailAddress = ca@example.com
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = DEADBEEF01
";

/// `openssl ca` with a configuration, and counting serials.
#[track_caller]
pub(super) fn openssl_ca() -> Foreign {
    let mut foreign = Foreign::in_new_folder("an openssl ca folder");
    let dir = foreign.dir();
    fs::create_dir(dir.join("newcerts")).unwrap();
    for (name, text) in [
        ("openssl.cnf", CONFIG),
        ("index.txt", ""),
        ("serial", "1000\n"),
        ("crlnumber", "01\n"),
    ] {
        fs::write(dir.join(name), text).unwrap();
    }
    foreign.run(
        "openssl",
        "req -x509 -config openssl.cnf -newkey rsa:2048 -nodes -days 3000 -keyout cakey.pem -out cacert.pem",
    );
    openssl::request(&dir, "host", "host.example.com");
    foreign.run(
        "openssl",
        "ca -config openssl.cnf -batch -notext -in host.csr -out host.pem",
    );
    foreign.certificate = dir.join("cacert.pem");
    foreign.host = dir.join("host.pem");
    foreign
}

/// The script that comes with OpenSSL, in its folder `demoCA`, and `openssl ca` with the configuration that
/// every OpenSSL has.
#[track_caller]
pub(super) fn ca_pl() -> Foreign {
    let mut foreign = Foreign::in_new_folder("an openssl ca folder");
    let dir = foreign.dir();
    let subject = "-nodes -subj /C=DE/ST=Berlin/O=Theirs/CN=Script";
    Call::foreign("/usr/lib/ssl/misc/CA.pl", ["-newca", "-extra-req", subject])
        .within(&dir)
        .succeeds();
    let words = "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout newkey.pem -out newreq.pem \
                 -subj /C=DE/ST=Berlin/O=Theirs/CN=host.example.com";
    foreign.run("openssl", words);
    foreign.run("openssl", "ca -batch -notext -in newreq.pem -out host.pem");
    foreign.certificate = dir.join("demoCA/cacert.pem");
    foreign.host = dir.join("host.pem");
    // It has no keyUsage, which allows everything.
    foreign
}

#[track_caller]
pub(super) fn easy_rsa() -> Foreign {
    let mut foreign = Foreign::in_new_folder("an Easy-RSA folder");
    for words in [
        "init-pki",
        "--batch --req-cn=Easy build-ca nopass",
        "--batch build-server-full host.example.com nopass",
        "--batch build-server-full revoked.example.com nopass",
    ] {
        foreign.run("/usr/share/easy-rsa/easyrsa", words);
    }
    let issued = |name: &str| foreign.dir().join(format!("pki/issued/{name}.crt"));
    let revoked = openssl::serial(&issued("revoked.example.com"));
    for words in ["--batch revoke revoked.example.com", "gen-crl"] {
        foreign.run("/usr/share/easy-rsa/easyrsa", words);
    }
    foreign.host = issued("host.example.com");
    foreign.certificate = foreign.dir().join("pki/ca.crt");
    foreign.revoked.push(revoked);
    foreign
}

#[track_caller]
pub(super) fn mkcert() -> Foreign {
    let mut foreign = Foreign::in_new_folder("a mkcert folder");
    let root = foreign.dir();
    let words = "-cert-file host.pem -key-file host.key host.example.com";
    Call::foreign("mkcert", words.split(' '))
        .env("CAROOT", &root.to_string_lossy())
        .within(&root)
        .succeeds();
    foreign.certificate = root.join("rootCA.pem");
    foreign.host = root.join("host.pem");
    foreign.signs_lists = false;
    foreign
}

#[track_caller]
pub(super) fn minica() -> Foreign {
    let mut foreign = Foreign::in_new_folder("a minica folder");
    let words = ["-ca-common-name", "Mini CA", "host.example.com"];
    let dir = foreign.dir();
    Call::foreign("minica", words).within(&dir).succeeds();
    let file = |name: &str| Path::new(&dir).join(name);
    foreign.certificate = file("cacert.crt");
    foreign.host = file("host.example.com.crt");
    foreign.signs_lists = false;
    foreign
}
