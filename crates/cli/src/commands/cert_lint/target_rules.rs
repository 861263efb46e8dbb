//! What each target cannot do with certificates: data, joined to the table of targets.

use trustpack_bundle::target::Target;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::lint::Finding;
use trustpack_x509::lint::programs::{Inability, for_program};

/// What the programs of a target make of a certificate.
pub(super) fn for_target(certificate: &Certificate, target: Target) -> Vec<Finding> {
    for_program(certificate, inabilities(target))
}

fn inabilities(target: Target) -> &'static [Inability] {
    use Inability as I;
    match target {
        Target::OpenSsl | Target::Nginx | Target::HaProxy | Target::Stunnel => &[I::Sha1],
        // Services of such systems compare whole names, and some count seconds in 32 bits.
        Target::Unix => &[I::Sha1, I::Wildcards, I::SecondsAfter2038],
        Target::Java => &[],
        Target::Java8 => &[I::Ed25519, I::RsaPss, I::RsaKeyExchange],
        Target::Windows | Target::DotNet => &[I::Ed25519, I::Sha224, I::UnknownRevocation],
        Target::Windows2016 => &[
            I::Ed25519,
            I::Sha224,
            I::RsaPss,
            I::UnknownRevocation,
            I::RsaKeyExchange,
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_inability_belongs_to_some_target() {
        let listed: Vec<Inability> = Target::ALL
            .into_iter()
            .flat_map(|target| inabilities(target).to_vec())
            .collect();
        for inability in Inability::ALL {
            assert!(listed.contains(&inability), "{inability:?}");
        }
    }
}
