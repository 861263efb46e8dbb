//! Small texts that several kinds of programs get.

use trustpack_x509::certificate::Certificate;

/// Lines with the line ends of Windows, which its older editors need.
pub(crate) fn with_windows_line_ends(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// The thumbprint in both forms in which Windows and its users write it.
pub(crate) fn thumbprints(certificate: &Certificate) -> String {
    let plain = certificate.thumbprint().to_ascii_lowercase();
    let pairs: Vec<String> = plain
        .chars()
        .collect::<Vec<_>>()
        .chunks(2)
        .map(|pair| pair.iter().collect())
        .collect();
    format!("{plain}\n{}\n", pairs.join(" "))
}
