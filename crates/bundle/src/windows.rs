//! Windows and .NET: PKCS#12 files, the thumbprint, and a script that puts them into the right store.
//!
//! Invariant: nothing that was given by a person stands in the script but inside single quotes, where
//! PowerShell reads no commands; and no password stands there at all.

use std::fmt;
use std::str::FromStr;

use trustpack_keystore::pkcs12;
use zeroize::Zeroizing;

use crate::bundle::{Access, BundleFile, CA_CERT_PFX, Delivery, Holds, MakeBundleError};
use crate::target::Target;
use crate::text::{thumbprints, with_windows_line_ends};

/// In whose store the certificate goes, and who uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The Local Computer, for services; read by the account of this name, if it is no administrator.
    Machine(Option<AccountName>),
    /// The Current User, for programs with a window.
    User,
}

/// The name of an account on Windows: `NT SERVICE\StatServer`, `EXAMPLE\svc-stat$`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName(Box<str>);

/// A text that names no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is no account name: 1 to {MAX_ACCOUNT} characters, no control characters, no curly quotes and none of \" / [ ] : ; | = , + * ? < >"
)]
pub struct InvalidAccountName {
    /// The text, cut.
    pub found: String,
}

/// Characters of the name of an account.
///
/// Source: 20 characters of a SAM account name, 255 of a domain, with the backslash between them.
const MAX_ACCOUNT: usize = 276;

impl FromStr for AccountName {
    type Err = InvalidAccountName;

    /// Source: Windows refuses these characters in names of accounts ("User name", Active Directory schema).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // PowerShell takes U+2018 to U+201B for single quotes too ("about_Quoting_Rules").
        let bad = |c: char| {
            c.is_control() || "\"/[]:;|=,+*?<>".contains(c) || matches!(c, '\u{2018}'..='\u{201b}')
        };
        if text.trim().is_empty() || text.chars().count() > MAX_ACCOUNT || text.contains(bad) {
            let found = text.chars().take(60).collect();
            return Err(InvalidAccountName { found });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn files(
    target: Target,
    delivery: &Delivery<'_>,
) -> Result<Vec<BundleFile>, MakeBundleError> {
    let mut files = Vec::new();
    let pfx = delivery.stem.file("cert.pfx");
    if let Some(key) = delivery.key {
        let chain = delivery.full_chain();
        let encryption = delivery.encryption.unwrap_or_else(|| target.encryption());
        let contents = pkcs12::write_key_store(key, &chain, delivery.password, encryption)?;
        files.push(BundleFile {
            name: pfx.clone(),
            contents: Zeroizing::new(contents),
            access: Access::Private,
            holds: Holds::Key(chain),
        });
    }
    files.push(BundleFile {
        name: CA_CERT_PFX.to_owned(),
        contents: Zeroizing::new(pkcs12::write_trust_store(delivery.trusted)?),
        access: Access::Public,
        holds: Holds::Certificates(delivery.trusted.to_vec()),
    });
    // certutil wants one certificate a file, as DER or PEM.
    for (index, certificate) in delivery.trusted.iter().enumerate() {
        files.push(BundleFile {
            name: root_name(index),
            contents: Zeroizing::new(certificate.der().to_vec()),
            access: Access::Public,
            holds: Holds::Certificates(vec![certificate.clone()]),
        });
    }
    files.push(BundleFile::text(
        "thumbprint.txt",
        &with_windows_line_ends(&thumbprints(delivery.certificate)),
    ));
    if delivery.key.is_some() {
        files.push(BundleFile::text(
            "install.ps1",
            &with_windows_line_ends(&script(delivery, &pfx)),
        ));
    }
    Ok(files)
}

/// The first is `ca_cert.cer`; while a CA changes its key there is `ca_cert_2.cer` too.
fn root_name(index: usize) -> String {
    match index {
        0 => "ca_cert.cer".to_owned(),
        _ => format!("ca_cert_{}.cer", index.saturating_add(1)),
    }
}

fn script(delivery: &Delivery<'_>, pfx: &str) -> String {
    let thumbprint = delivery.certificate.thumbprint();
    let (scope, store, of) = match delivery.account {
        Account::Machine(_) => (
            "",
            "LocalMachine",
            "the Local Computer; run it as an administrator",
        ),
        Account::User => (
            "-user ",
            "CurrentUser",
            "the Current User; run it as that user",
        ),
    };
    let mut script = format!(
        "# Puts this certificate and its CA into the stores of {of}.\n\
         $ErrorActionPreference = 'Stop'\n\
         Set-Location -LiteralPath $PSScriptRoot\n"
    );
    for index in 0..delivery.trusted.len() {
        let name = root_name(index);
        script.push_str(&format!(
            "certutil {scope}-f -addstore Root '{name}'\n\
             if ($LASTEXITCODE -ne 0) {{ throw 'certutil did not take {name}' }}\n"
        ));
    }
    // Without -p certutil asks for the password.
    let password = if delivery.password.is_empty() {
        "-p '\"\"' "
    } else {
        ""
    };
    script.push_str(&format!(
        "certutil {scope}-f {password}-importpfx My '{pfx}' NoRoot\n\
         if ($LASTEXITCODE -ne 0) {{ throw 'certutil did not take {pfx}' }}\n\
         $certificate = Get-Item -LiteralPath 'Cert:\\{store}\\My\\{thumbprint}'\n"
    ));
    if let Account::Machine(Some(account)) = delivery.account {
        script.push_str(&grant(account));
    }
    script.push_str("Write-Output \"Installed: $($certificate.Subject), thumbprint $($certificate.Thumbprint)\"\n");
    script
}

/// A service that runs under an account of its own must be let at the key.
fn grant(account: &AccountName) -> String {
    let account = account.0.replace('\'', "''");
    format!(
        "$key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate)\n\
         if (-not $key) {{ $key = [System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($certificate) }}\n\
         $name = if ($key.Key) {{ $key.Key.UniqueName }} else {{ $key.CspKeyContainerInfo.UniqueKeyContainerName }}\n\
         $folders = \"$env:ProgramData\\Microsoft\\Crypto\\Keys\", \"$env:ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\"\n\
         $file = $folders | ForEach-Object {{ Join-Path $_ $name }} | Where-Object {{ Test-Path -LiteralPath $_ }} | Select-Object -First 1\n\
         icacls $file /grant '{account}:(R)'\n\
         if ($LASTEXITCODE -ne 0) {{ throw 'the account could not be let at the key' }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_name_cannot_leave_its_quotes() {
        let account: AccountName = "O'Brien\\svc$".parse().unwrap();
        assert!(grant(&account).contains("'O''Brien\\svc$:(R)'"));
        for bad in [
            "",
            " ",
            "a\nb",
            "a\"b",
            "a;b",
            "a/b",
            "a\u{2019}b",
            &"x".repeat(277),
        ] {
            assert!(bad.parse::<AccountName>().is_err(), "{bad:?}");
        }
    }
}
