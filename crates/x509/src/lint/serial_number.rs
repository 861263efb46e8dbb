//! A serial number is positive and at most 20 octets long.

use super::Violation;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 section 4.1.2.2";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    (!tbs.serial.is_conforming()).then(|| Violation {
        clause: CLAUSE,
        message: format!(
            "the serial number is {}; it must be positive and at most 20 octets long",
            tbs.serial
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    use crate::serial::Serial;

    #[test]
    fn fires_on_zero_and_negative_numbers() {
        for contents in [&[0_u8][..], &[0x80], &[0x01; 21]] {
            let serial = Serial::from_der_contents(contents);
            assert!(
                check(&ToBeSigned {
                    serial,
                    ..sample::host()
                })
                .is_some()
            );
        }
        let serial = Serial::from_der_contents(&[0x01; 20]);
        assert!(
            check(&ToBeSigned {
                serial,
                ..sample::host()
            })
            .is_none()
        );
    }
}
