//! Java: key store, trust store, the key as PKCS#8, and the `keytool` lines.
//!
//! PKCS#12 for Java 17, JKS for Java 8, whose own tools write it. Invariant: the password is one that
//! Java can use.

use trustpack_keystore::password::Password;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::store::write::{self as store, StoreFormat};
use trustpack_keystore::store::{Holds as Entry, Store};
use trustpack_x509::certificate::Certificate;
use zeroize::Zeroizing;

use crate::bundle::{
    Access, BundleFile, CA_CERT_PEM, Delivery, Holds, MakeBundleError, key_pem, sent_pem,
    trusted_pem,
};
use crate::target::{Target, UnusablePassword};

/// The password of a store for which none was given: that of Java's own trust store, and so of every guide.
/// Everybody knows it, as everybody knows the empty one; but `keytool` wants six characters.
pub(crate) const CUSTOMARY_PASSWORD: &str = "changeit";

/// Aliases of the entries.
const HOST_ALIAS: &str = "host";
const CA_ALIAS: &str = "ca";

/// The names of the stores.
struct StoreNames {
    key: Option<String>,
    trust: String,
}

pub(crate) fn files(
    target: Target,
    delivery: &Delivery<'_>,
) -> Result<Vec<BundleFile>, MakeBundleError> {
    let password = password(target, delivery.password)?;
    let extension = match format(target, delivery) {
        StoreFormat::Jks => "jks",
        StoreFormat::Pkcs12(_) | StoreFormat::Pem => "p12",
    };
    let mut files = vec![sent_pem(delivery)];
    files.extend(key_pem(delivery));
    files.push(trusted_pem(delivery));
    let mut names = StoreNames {
        key: None,
        trust: format!("truststore.{extension}"),
    };
    if let Some((contents, chain)) = key_store(target, delivery, &password)? {
        let name = names.key.insert(format!("keystore.{extension}"));
        files.push(BundleFile {
            name: name.clone(),
            contents,
            access: Access::Private,
            holds: Holds::Key(chain),
        });
    }
    files.push(BundleFile {
        name: names.trust.clone(),
        contents: trust_store(target, delivery, &password)?,
        access: Access::Public,
        holds: Holds::Certificates(delivery.trusted.to_vec()),
    });
    let said = if delivery.password.is_empty() {
        CUSTOMARY_PASSWORD
    } else {
        "the one that was given"
    };
    files.push(BundleFile::text("keytool.txt", &lines(&names, said)));
    Ok(files)
}

/// The password for the stores: the customary one where none was given.
pub(crate) fn password(target: Target, given: &Password) -> Result<Password, UnusablePassword> {
    target.check_password(given)?;
    Ok(if given.is_empty() {
        Password::new(CUSTOMARY_PASSWORD)
    } else {
        given.clone()
    })
}

type WithChain = (Zeroizing<Vec<u8>>, Vec<Certificate>);

fn key_store(
    target: Target,
    delivery: &Delivery<'_>,
    password: &Password,
) -> Result<Option<WithChain>, MakeBundleError> {
    let Some(key) = delivery.key else {
        return Ok(None);
    };
    let chain = delivery.full_chain();
    let mut store = Store::new();
    let holds = Entry::Key {
        key: PrivateKey::from_pkcs8(key.expose_pkcs8_der())?,
        chain: chain.clone(),
    };
    store.add_numbered(HOST_ALIAS.parse()?, holds);
    let contents = store::write(
        &store,
        format(target, delivery),
        Some(password),
        delivery.now,
    )?;
    Ok(Some((contents, chain)))
}

fn trust_store(
    target: Target,
    delivery: &Delivery<'_>,
    password: &Password,
) -> Result<Zeroizing<Vec<u8>>, MakeBundleError> {
    let mut store = Store::new();
    for certificate in delivery.trusted {
        store.add_numbered(CA_ALIAS.parse()?, Entry::Trusted(certificate.clone()));
    }
    Ok(store::write(
        &store,
        format(target, delivery),
        Some(password),
        delivery.now,
    )?)
}

fn format(target: Target, delivery: &Delivery<'_>) -> StoreFormat {
    match (target, delivery.encryption) {
        // Whoever chooses an encryption chooses PKCS#12 with it: JKS has one form only.
        (Target::Java8, None) => StoreFormat::Jks,
        (_, encryption) => StoreFormat::Pkcs12(encryption.unwrap_or_else(|| target.encryption())),
    }
}

fn lines(names: &StoreNames, host_password: &str) -> String {
    let StoreNames { key, trust } = names;
    let mut lines = format!(
        "# What is in the stores. Password: {host_password}.\n\
         keytool -list -v -keystore {trust}\n"
    );
    if let Some(key) = key {
        lines.push_str(&format!("keytool -list -v -keystore {key}\n"));
    }
    lines.push_str(&format!(
        "\n# For one program: its command line names the stores.\n\
         #   -Djavax.net.ssl.trustStore={trust} -Djavax.net.ssl.trustStorePassword=...\n"
    ));
    if let Some(key) = key {
        lines.push_str(&format!(
            "#   -Djavax.net.ssl.keyStore={key} -Djavax.net.ssl.keyStorePassword=...\n"
        ));
    }
    lines.push_str(&format!(
        "\n# Into a trust store that is there.\n\
         keytool -importcert -trustcacerts -alias {CA_ALIAS} -file {CA_CERT_PEM} -keystore YOUR_TRUST_STORE\n"
    ));
    if let Some(key) = key {
        lines.push_str(&format!(
            "\n# Into a key store that is there.\n\
             keytool -importkeystore -srckeystore {key} -srcalias {HOST_ALIAS} -destkeystore YOUR_KEY_STORE\n"
        ));
    }
    lines
}
