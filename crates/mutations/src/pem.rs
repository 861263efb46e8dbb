//! Ways to wrap DER in PEM, right and wrong.
//!
//! Invariant: every way has a name that says what is wrong with it.

use base64ct::{Base64, Encoding as _};

/// Labels in use, one that nobody has, and none.
const LABELS: [&str; 16] = [
    "CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "X509 CERTIFICATE",
    "X509 CRL",
    "CERTIFICATE REQUEST",
    "NEW CERTIFICATE REQUEST",
    "PKCS7",
    "CMS",
    "PKCS12",
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "PUBLIC KEY",
    "NO SUCH THING",
    "",
];

/// One block, in lines of 64 characters.
#[must_use]
pub fn block(label: &str, contents: &[u8]) -> String {
    let encoded = Base64::encode_string(contents);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (at, character) in encoded.char_indices() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

/// `der` under every label, encoded twice, with damaged markers, and more.
#[must_use]
pub fn ways(label: &str, der: &[u8]) -> Vec<(String, Vec<u8>)> {
    let good = block(label, der);
    let mut ways: Vec<_> = LABELS
        .iter()
        .map(|other| {
            (
                format!("labelled {other:?}"),
                block(other, der).into_bytes(),
            )
        })
        .collect();
    ways.extend(damaged(label, &good, der));
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    ways.push(("UTF-16".to_owned(), utf16));
    let marked = ["\u{feff}", good.as_str()].concat().into_bytes();
    ways.push(("a mark of byte order".to_owned(), marked));
    let behind = [good.as_bytes(), &[0, 0xff]].concat();
    ways.push(("octets behind".to_owned(), behind));
    ways
}

/// Ways that are still text.
fn damaged(label: &str, good: &str, der: &[u8]) -> Vec<(String, Vec<u8>)> {
    let base64 = Base64::encode_string(der);
    let texts = [
        ("as it should be", good.to_owned()),
        ("PEM in PEM", block(label, good.as_bytes())),
        ("base64 in PEM", block(label, base64.as_bytes())),
        ("base64 alone", base64.clone()),
        ("base64 in base64", Base64::encode_string(base64.as_bytes())),
        ("no end", good.replace("-----END", "")),
        ("no begin", good.replace("-----BEGIN", "")),
        ("another end", good.replace("-----END ", "-----END OTHER ")),
        ("no line breaks", good.replace('\n', "")),
        ("carriage returns", good.replace('\n', "\r")),
        ("both", good.replace('\n', "\r\n")),
        (
            "one line",
            format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n"),
        ),
        ("blanks", good.replace('\n', " \n\t")),
        (
            "a header",
            good.replacen(
                '\n',
                "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n",
                1,
            ),
        ),
        ("a long label", block(&"A".repeat(65_536), der)),
        ("an odd label", block("\u{202e}\u{1b}[31m", der)),
        (
            "a begin in a block",
            good.replacen('\n', &format!("\n-----BEGIN {label}-----\n"), 1),
        ),
        ("many blocks", good.repeat(50)),
        (
            "no contents",
            format!("-----BEGIN {label}-----\n-----END {label}-----\n"),
        ),
        ("padding", good.replace("-----END", "====\n-----END")),
    ];
    let ways = texts.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    ways.into()
}
