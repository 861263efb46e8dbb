//! The kinds of programs that certificates are made for: one table, from which command line, bundles,
//! the rules for certificates of a kind, and the reference page come.
//!
//! To add a target: a variant, its lines in the matches below, and its files in
//! [`Bundle::make`](crate::bundle::Bundle::make).
//!
//! Invariant: the list is closed. What is not in it is refused, not guessed.

use std::fmt;
use std::str::FromStr;

use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12::Encryption;
use trustpack_x509::lint::programs::{Inability, Program};

/// A kind of program that must open the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Programs on OpenSSL.
    OpenSsl,
    /// Native services on UNIX that read PEM files.
    Unix,
    /// Java 17 and later.
    Java,
    /// Java 8 before 8u301.
    Java8,
    /// Windows Server 2019, Windows 10 and later.
    Windows,
    /// Windows Server 2016 and older.
    Windows2016,
    /// .NET, on any system.
    DotNet,
    /// nginx.
    Nginx,
    /// HAProxy.
    HaProxy,
    /// stunnel.
    Stunnel,
}

/// Whether a program of the kind has read our files in the tests of this project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By this program.
    By(&'static str),
    /// Not, for this reason.
    Unproven(&'static str),
}

/// A text that names no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no target; there are {}", Target::names())]
pub struct UnknownTarget {
    /// The first characters of the text.
    pub found: String,
}

/// Characters of a word that is no target which an error repeats. Our own limit: the names have up to 11.
const SHOWN: usize = 40;

/// A password that the programs of a target cannot use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password cannot be used for the target {target}: {why}")]
pub struct UnusablePassword {
    /// The target.
    pub target: Target,
    /// Why.
    pub why: PasswordFault,
}

/// What Java or its `keytool` does not take in a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Letters beyond ASCII.
    #[error("Java takes ASCII only")]
    NotAscii,
    /// Too few characters.
    #[error("keytool wants {SHORTEST_FOR_JAVA} characters at least")]
    Short,
}

/// Characters that `keytool` wants at least.
const SHORTEST_FOR_JAVA: usize = 6;

/// The password of a store for Java for which none was given.
#[must_use]
pub fn customary_password() -> Password {
    Password::new(crate::java::CUSTOMARY_PASSWORD)
}

impl Target {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::OpenSsl,
        Self::Unix,
        Self::Java,
        Self::Java8,
        Self::Windows,
        Self::Windows2016,
        Self::DotNet,
        Self::Nginx,
        Self::HaProxy,
        Self::Stunnel,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenSsl => "openssl",
            Self::Unix => "unix",
            Self::Java => "java",
            Self::Java8 => "java8",
            Self::Windows => "windows",
            Self::Windows2016 => "windows2016",
            Self::DotNet => "dotnet",
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
            Self::Stunnel => "stunnel",
        }
    }

    /// The programs it stands for.
    #[must_use]
    pub fn programs(self) -> &'static str {
        match self {
            Self::OpenSsl => "programs on OpenSSL",
            Self::Unix => "native services on UNIX that read PEM files",
            Self::Java => "Java 17 and later",
            Self::Java8 => "Java 8 before 8u301",
            Self::Windows => "Windows Server 2019, Windows 10 and later",
            Self::Windows2016 => "Windows Server 2016 and older",
            Self::DotNet => ".NET on any system",
            Self::Nginx => "nginx",
            Self::HaProxy => "HAProxy",
            Self::Stunnel => "stunnel",
        }
    }

    /// How its PKCS#12 files are encrypted; an explicit choice goes before.
    ///
    /// Java before 8u301 and Windows before 2019 know only PBE-SHA1-3DES with a MAC by SHA-1.
    #[must_use]
    pub fn encryption(self) -> Encryption {
        match self {
            Self::Java8 | Self::Windows2016 => Encryption::Legacy,
            Self::OpenSsl
            | Self::Unix
            | Self::Java
            | Self::Windows
            | Self::DotNet
            | Self::Nginx
            | Self::HaProxy
            | Self::Stunnel => Encryption::Modern,
        }
    }

    /// Whether its programs are Java, with the passwords that Java can use.
    #[must_use]
    pub fn is_java(self) -> bool {
        matches!(self, Self::Java | Self::Java8)
    }

    /// Whether its programs can open stores with this password. The empty one stands for none.
    ///
    /// # Errors
    ///
    /// [`UnusablePassword`] when they cannot.
    pub fn check_password(self, password: &Password) -> Result<(), UnusablePassword> {
        let refused = |why| Err(UnusablePassword { target: self, why });
        if !self.is_java() || password.is_empty() {
            Ok(())
        } else if !password.is_ascii() {
            refused(PasswordFault::NotAscii)
        } else if password.expose().len() < SHORTEST_FOR_JAVA {
            refused(PasswordFault::Short)
        } else {
            Ok(())
        }
    }

    /// What its programs cannot do with certificates, for the rules about them.
    #[must_use]
    pub fn program(self) -> Program {
        use Inability as I;
        let inabilities: &[Inability] = match self {
            Self::OpenSsl | Self::Nginx | Self::HaProxy | Self::Stunnel => &[I::Sha1],
            // Services of such systems compare whole names, and some count seconds in 32 bits.
            Self::Unix => &[I::Sha1, I::Wildcards, I::SecondsAfter2038],
            Self::Java => &[],
            Self::Java8 => &[I::Ed25519, I::RsaPss, I::RsaKeyExchange],
            Self::Windows | Self::DotNet => &[I::Ed25519, I::Sha224, I::UnknownRevocation],
            Self::Windows2016 => &[
                I::Ed25519,
                I::Sha224,
                I::RsaPss,
                I::UnknownRevocation,
                I::RsaKeyExchange,
            ],
        };
        Program {
            name: self.name(),
            inabilities,
        }
    }

    /// Who has read our files.
    #[must_use]
    pub fn proof(self) -> Proof {
        match self {
            Self::OpenSsl | Self::Unix => Proof::By("OpenSSL 3.0, GnuTLS 3.7 and NSS 3.87"),
            Self::Java => Proof::By("Java 17"),
            Self::Java8 => {
                Proof::Unproven("no Java 8 before 8u301 is at hand; Java 17 reads the files")
            }
            Self::Windows | Self::Windows2016 => {
                Proof::Unproven("no Windows is at hand; OpenSSL and NSS read the PKCS#12 files")
            }
            Self::DotNet => Proof::Unproven("no .NET is at hand; OpenSSL reads the files"),
            Self::Nginx => Proof::By("nginx 1.22"),
            Self::HaProxy => Proof::By("HAProxy 2.6"),
            Self::Stunnel => Proof::By("stunnel 5.68"),
        }
    }

    /// The names, separated by commas.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|target| target.name() == text);
        found.ok_or_else(|| UnknownTarget {
            found: text.chars().take(SHOWN).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_inability_belongs_to_some_target() {
        let listed = Target::ALL.map(|target| target.program().inabilities);
        for inability in Inability::ALL {
            let known = listed.iter().any(|list| list.contains(&inability));
            assert!(known, "{inability:?}");
        }
    }

    #[test]
    fn every_target_is_found_by_its_name() {
        for target in Target::ALL {
            assert_eq!(target.name().parse(), Ok(target));
        }
        let error = "tomcat".parse::<Target>().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("\"tomcat\" is no target; there are openssl, unix")
        );
        let error = "a".repeat(70_000).parse::<Target>().unwrap_err();
        assert_eq!(error.found.len(), SHOWN);
    }
}
