//! What goes through a connection, and its hash.
//!
//! Lines of small letters, since some foreign programs carry lines only. Invariant: each way has other contents.

use std::sync::LazyLock;

use trustpack_e2e::plain;

/// Octets each way.
pub(crate) const OCTETS: usize = 1024 * 1024;

const LINE: usize = 1024;

/// From the client to the server.
pub(crate) static UP: LazyLock<Vec<u8>> = LazyLock::new(|| lines(0));

/// What a client says that is not to get through: less than our server reads of somebody whom it has refused, and so little
/// that the client comes to read why.
pub(crate) const SHORT: &[u8] = b"somebody there?\n";

/// From the server to the client.
pub(crate) static DOWN: LazyLock<Vec<u8>> = LazyLock::new(|| lines(1));

/// SHA-256, in lower-case hexadecimal.
pub(crate) fn hash(octets: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets);
    digest
        .as_ref()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

/// Every line the other way round, as `openssl s_server -rev` sends it back.
pub(crate) fn reversed(octets: &[u8]) -> Vec<u8> {
    octets
        .split_inclusive(|octet| *octet == b'\n')
        .flat_map(|line| match line.split_last() {
            Some((b'\n', letters)) => letters.iter().rev().copied().chain([b'\n']).collect(),
            _ => line.to_vec(),
        })
        .collect()
}

fn lines(number: usize) -> Vec<u8> {
    let noise = plain::noise((number + 1) * OCTETS);
    let letters = noise.into_iter().skip(number * OCTETS);
    letters
        .zip(1..)
        .map(|(octet, position)| match position % LINE {
            0 => b'\n',
            _ => b'a' + octet % 26,
        })
        .collect()
}
