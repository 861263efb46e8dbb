//! Which foreign program reads which kind of file of ours.
//!
//! The stories of foreign readers go by this table, and `docs/reference/formats.md` is written from it.
//! Invariant: what it says is proven: a program is given every form that it reads, with every kind of key,
//! and nothing of it stands on the page alone.

/// A form of file that we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One certificate.
    CertificatePem,
    /// One certificate.
    CertificateDer,
    /// The certificate of a host, and the intermediate CA above it.
    ChainPem,
    /// The same, as PKCS#7 in DER.
    Pkcs7,
    /// A private key in the clear.
    KeyPem,
    /// A private key in the clear.
    KeyDer,
    /// PKCS#8 under PBES2 with AES-256.
    KeyEncrypted,
    /// PKCS#8 under triple DES.
    KeyEncryptedLegacy,
    /// PKCS#1 or SEC 1, PEM.
    KeyTraditional,
    /// PKCS#1 or SEC 1, DER.
    KeyTraditionalDer,
    /// PKCS#1 or SEC 1 with the headers `Proc-Type` and `DEK-Info`.
    KeyTraditionalEncrypted,
    /// A key, its chain and a trusted CA, under PBES2 with AES-256.
    Pkcs12,
    /// The same, under triple DES.
    Pkcs12Legacy,
    /// What `cert issue` and `create_cert.sh` write: a key with its chain, with the empty password.
    HostPfx,
    /// What each CA directory has: the CA as a trusted entry, with the empty password.
    TrustPfx,
    /// A key, its chain and a trusted CA.
    Jks,
    /// A revocation list.
    CrlPem,
    /// A revocation list.
    CrlDer,
    /// A certification request.
    RequestPem,
    /// A certification request.
    RequestDer,
}

/// A foreign program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The `openssl` program.
    OpenSsl,
    /// `certtool`.
    GnuTls,
    /// `certutil`, `pk12util` and `nss-pp`.
    Nss,
    /// `keytool`.
    Keytool,
    /// A program on the classes of Java.
    Java,
    /// The Python package `pyjks`.
    PyJks,
}

/// The kind of a host's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// 2048 bits.
    Rsa,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// Edwards curve.
    Ed25519,
}

/// What a program does with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It shows what is in it.
    Shown,
    /// It has no way to read this, for this reason.
    NoWay(&'static str),
    /// It is asked and fails, for this reason.
    Fails(&'static str),
}

/// Every form, in the order of the page.
pub const FORMS: [Form; 20] = [
    Form::CertificatePem,
    Form::CertificateDer,
    Form::ChainPem,
    Form::Pkcs7,
    Form::KeyPem,
    Form::KeyDer,
    Form::KeyEncrypted,
    Form::KeyEncryptedLegacy,
    Form::KeyTraditional,
    Form::KeyTraditionalDer,
    Form::KeyTraditionalEncrypted,
    Form::Pkcs12,
    Form::Pkcs12Legacy,
    Form::HostPfx,
    Form::TrustPfx,
    Form::Jks,
    Form::CrlPem,
    Form::CrlDer,
    Form::RequestPem,
    Form::RequestDer,
];

/// Every program, in the order of the page.
pub const READERS: [Reader; 6] = [
    Reader::OpenSsl,
    Reader::GnuTls,
    Reader::Nss,
    Reader::Keytool,
    Reader::Java,
    Reader::PyJks,
];

/// Every kind of key.
pub const KEYS: [KeyKind; 4] = [KeyKind::Rsa, KeyKind::P256, KeyKind::P384, KeyKind::Ed25519];

impl KeyKind {
    /// As `--key` takes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-2048",
            Self::P256 => "ecdsa-p256",
            Self::P384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The structure of its own, as `--format` takes it; PKCS#8 is for every kind.
    #[must_use]
    pub fn traditional(self) -> Option<&'static str> {
        match self {
            Self::Rsa => Some("pkcs1"),
            Self::P256 | Self::P384 => Some("sec1"),
            // RFC 8410 knows PKCS#8 only.
            Self::Ed25519 => None,
        }
    }
}

impl Form {
    fn title(self) -> &'static str {
        match self {
            Self::CertificatePem => "certificate, PEM",
            Self::CertificateDer => "certificate, DER",
            Self::ChainPem => "certificate with its chain, PEM",
            Self::Pkcs7 => "PKCS#7 with a chain, DER",
            Self::KeyPem => "private key, PKCS#8, PEM",
            Self::KeyDer => "private key, PKCS#8, DER",
            Self::KeyEncrypted => "private key, PKCS#8, encrypted with AES-256",
            Self::KeyEncryptedLegacy => "private key, PKCS#8, encrypted for old programs",
            Self::KeyTraditional => "private key, PKCS#1 or SEC 1, PEM",
            Self::KeyTraditionalDer => "private key, PKCS#1 or SEC 1, DER",
            Self::KeyTraditionalEncrypted => "private key, PKCS#1 or SEC 1, encrypted PEM",
            Self::Pkcs12 => "PKCS#12 with a key and a trusted CA",
            Self::Pkcs12Legacy => "PKCS#12 with a key and a trusted CA, for old programs",
            Self::HostPfx => "`..._cert.pfx` of a host",
            Self::TrustPfx => "`ca_cert.pfx`",
            Self::Jks => "JKS with a key and a trusted CA",
            Self::CrlPem => "revocation list, PEM",
            Self::CrlDer => "revocation list, DER",
            Self::RequestPem => "certification request, PEM",
            Self::RequestDer => "certification request, DER",
        }
    }

    /// Whether there is such a file for a host with a key of this kind.
    #[must_use]
    pub fn is_made_for(self, key: KeyKind) -> bool {
        match self {
            Self::KeyTraditional | Self::KeyTraditionalDer | Self::KeyTraditionalEncrypted => {
                key.traditional().is_some()
            }
            // The encryption is the same for each kind.
            Self::KeyEncryptedLegacy | Self::Pkcs12Legacy => key == KeyKind::P256,
            // Of a CA, not of a host.
            Self::TrustPfx | Self::CrlPem | Self::CrlDer => key == KeyKind::Rsa,
            Self::CertificatePem
            | Self::CertificateDer
            | Self::ChainPem
            | Self::Pkcs7
            | Self::KeyPem
            | Self::KeyDer
            | Self::KeyEncrypted
            | Self::Pkcs12
            | Self::HostPfx
            | Self::Jks
            | Self::RequestPem
            | Self::RequestDer => true,
        }
    }

    /// Whether there is a private key in it.
    #[must_use]
    pub fn has_key(self) -> bool {
        match self.group() {
            Group::Pkcs8 | Group::Traditional | Group::Jks => true,
            Group::Pkcs12 => self != Self::TrustPfx,
            Group::Certificate
            | Group::Chain
            | Group::Pkcs7
            | Group::Crl
            | Group::RequestPem
            | Group::RequestDer => false,
        }
    }

    fn group(self) -> Group {
        match self {
            Self::CertificatePem | Self::CertificateDer => Group::Certificate,
            Self::ChainPem => Group::Chain,
            Self::Pkcs7 => Group::Pkcs7,
            Self::KeyPem | Self::KeyDer | Self::KeyEncrypted | Self::KeyEncryptedLegacy => {
                Group::Pkcs8
            }
            Self::KeyTraditional | Self::KeyTraditionalDer | Self::KeyTraditionalEncrypted => {
                Group::Traditional
            }
            Self::Pkcs12 | Self::Pkcs12Legacy | Self::HostPfx | Self::TrustPfx => Group::Pkcs12,
            Self::Jks => Group::Jks,
            Self::CrlPem | Self::CrlDer => Group::Crl,
            Self::RequestPem => Group::RequestPem,
            Self::RequestDer => Group::RequestDer,
        }
    }
}

/// Forms between which the programs make no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Certificate,
    Chain,
    Pkcs7,
    Pkcs8,
    Traditional,
    Pkcs12,
    Jks,
    Crl,
    RequestPem,
    RequestDer,
}

impl Reader {
    fn title(self) -> &'static str {
        match self {
            Self::OpenSsl => "OpenSSL 3.0",
            Self::GnuTls => "GnuTLS 3.7",
            Self::Nss => "NSS 3.87",
            Self::Keytool => "keytool 17",
            Self::Java => "Java 17",
            Self::PyJks => "pyjks 20",
        }
    }

    /// What the program does with a file of this form for a key of this kind.
    #[must_use]
    pub fn reads(self, form: Form, key: KeyKind) -> Reading {
        const JKS: &str = "it does not read JKS, a format of Java";
        const STORES: &str = "it reads JKS only";
        match (self, form.group()) {
            (Self::OpenSsl | Self::GnuTls | Self::Nss, Group::Jks) => Reading::NoWay(JKS),
            (Self::Nss, Group::Chain) => {
                Reading::NoWay("its programs take one certificate of a PEM file")
            }
            (Self::Nss, Group::Pkcs8 | Group::Traditional) => {
                Reading::NoWay("its programs take keys in PKCS#12")
            }
            (Self::Nss, Group::Certificate | Group::Pkcs12) if key == KeyKind::Ed25519 => {
                Reading::Fails("it knows no Ed25519 keys")
            }
            (Self::Keytool, Group::Pkcs8 | Group::Traditional) => {
                Reading::NoWay("it takes keys in stores")
            }
            (Self::Keytool, Group::RequestDer) => Reading::NoWay("it takes requests in PEM"),
            (Self::Java, Group::Traditional) => Reading::NoWay("its classes read PKCS#8"),
            (Self::Java, Group::RequestPem | Group::RequestDer) => {
                Reading::NoWay("its public classes read no requests")
            }
            (Self::PyJks, Group::Jks) => Reading::Shown,
            (Self::PyJks, _) => Reading::NoWay(STORES),
            (
                Self::OpenSsl | Self::GnuTls | Self::Nss | Self::Keytool | Self::Java,
                Group::Certificate
                | Group::Chain
                | Group::Pkcs7
                | Group::Pkcs8
                | Group::Traditional
                | Group::Pkcs12
                | Group::Jks
                | Group::Crl
                | Group::RequestPem
                | Group::RequestDer,
            ) => Reading::Shown,
        }
    }
}

/// The page of the documentation, without the line that says where it comes from.
#[must_use]
pub fn page() -> String {
    let mut notes: Vec<String> = Vec::new();
    let mut table = String::from("| file |");
    for reader in READERS {
        table.push_str(&format!(" {} |", reader.title()));
    }
    table.push_str("\n| --- |");
    table.push_str(&" --- |".repeat(READERS.len()));
    for form in FORMS {
        table.push_str(&format!("\n| {} |", form.title()));
        for reader in READERS {
            table.push_str(&format!(" {} |", cell(reader, form, &mut notes)));
        }
    }
    let mut page = String::from(INTRODUCTION);
    page.push_str(&table);
    page.push_str("\n\n");
    for (note, number) in notes.iter().zip(1..) {
        page.push_str(&format!("{number}. {note}\n"));
    }
    page.push_str(REFUSALS);
    page
}

/// By the stories `foreign_refusals`, `foreign_stores` and `ca_rekey`.
const REFUSALS: &str = "
## Who refuses what

OpenSSL, GnuTLS, NSS and Java take a good certificate of ours, and refuse the one that is revoked, the one that has expired
and the one of another name, each for that reason: OpenSSL, GnuTLS and NSS in files and from a server that sends it, Java
from a server. NSS compares names in a connection only. keytool and pyjks judge nothing.

After `ca rekey` OpenSSL, GnuTLS, Java and Trustpack itself take hosts from before and after, with the old root alone and with
the new one alone; proven in files and in handshakes. One exception: GnuTLS 3.7 counts a cross certificate for the path length, which RFC 5280 (6.1.4) does not. A peer on GnuTLS that has the old root alone
refuses hosts of the new key if that root has the path length 0: give such peers the new root first.

## What others write

Read with the key, the chain and the CA that went in: PKCS#12 of OpenSSL 3.0 (also with `-legacy`), GnuTLS 3.7, NSS 3.87 and
keytool 17, whatever the file is called; JKS and JCEKS of keytool 17.
";

const INTRODUCTION: &str = "\
Programs that are not ours, and the files that we make for them. Each \"yes\" is proven by the stories in
`crates/e2e`: the program shows the certificates, the public key of the private one or the serials that are in the
file. Keys are RSA, P-256, P-384 and Ed25519; where a file is encrypted for old programs, one kind of key stands for
all. A number says why not.\n\n";

/// What stands in the table; a reason becomes a note below it.
fn cell(reader: Reader, form: Form, notes: &mut Vec<String>) -> String {
    let made = KEYS.into_iter().filter(|key| form.is_made_for(*key));
    let readings: Vec<Reading> = made.map(|key| reader.reads(form, key)).collect();
    let reason = readings.iter().find_map(|reading| match reading {
        Reading::Shown => None,
        Reading::NoWay(reason) | Reading::Fails(reason) => Some(*reason),
    });
    let Some(reason) = reason else {
        return "yes".to_owned();
    };
    let note = format!("{}: {reason}.", reader.title());
    let place = notes.iter().position(|each| *each == note);
    let number = place.unwrap_or_else(|| {
        notes.push(note);
        notes.len() - 1
    }) + 1;
    if readings.contains(&Reading::Shown) {
        format!("yes, in part ({number})")
    } else {
        format!("no ({number})")
    }
}
