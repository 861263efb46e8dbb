//! Damage to octets: what disks and cables do, and what somebody does who knows DER.
//!
//! Invariant: at least one step of damage is done, though it may change nothing.

use std::ops::Range;

use crate::numbers::Numbers;

/// Octets that formats give a meaning.
const SPECIAL: [u8; 12] = [0, 1, 2, 4, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff];
/// Lengths that are wrong: open, none, 4 GiB, 2^63 and the like.
const LENGTHS: [&[u8]; 8] = [
    &[0x80],
    &[0],
    &[0x7f],
    &[0x81, 1],
    &[0x84, 0xff, 0xff, 0xff, 0xff],
    &[0x84, 0x7f, 0xff, 0xff, 0xff],
    &[0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x88, 0x80, 0, 0, 0, 0, 0, 0, 0],
];
/// Longest part that is removed, repeated or taken from another file.
const PART: usize = 64;
/// Most steps of damage to one file.
const STEPS: usize = 4;

/// A damaged copy of `seed`; `other` is what parts are taken from.
#[must_use]
pub fn mutated(seed: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut octets = seed.to_vec();
    for _ in 0..=numbers.below(STEPS) {
        if octets.is_empty() {
            break;
        }
        damage(&mut octets, other, numbers);
    }
    octets
}

fn damage(octets: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(octets.len());
    match numbers.below(12) {
        0 => octets[at] = numbers.octet(),
        1 | 2 => octets[at] ^= 1 << numbers.below(8),
        3 => octets[at] = *numbers.one_of(&SPECIAL),
        4 => octets.insert(at, *numbers.one_of(&SPECIAL)),
        5 => octets.truncate(at),
        6 => drop(octets.drain(part(octets, at, numbers))),
        7 => {
            let copy = octets[part(octets, at, numbers)].to_vec();
            octets.splice(at..at, copy);
        }
        8 if !other.is_empty() => {
            let from = numbers.below(other.len());
            let taken = other[part(other, from, numbers)].to_vec();
            let over = part(octets, at, numbers);
            octets.splice(over, taken);
        }
        9 => element(octets, numbers, |length, numbers| {
            let wrong = numbers.one_of(&LENGTHS).to_vec();
            (length, wrong)
        }),
        10 => element(octets, numbers, |length, _| {
            (length.start - 1..length.start, vec![0x30])
        }),
        _ => wrap(octets, numbers),
    }
}

fn part(octets: &[u8], from: usize, numbers: &mut Numbers) -> Range<usize> {
    from..(from + 1 + numbers.below(PART)).min(octets.len())
}

/// Puts something in the place of a part of an element's header; `choose` is told where its length is.
fn element(
    octets: &mut Vec<u8>,
    numbers: &mut Numbers,
    choose: impl FnOnce(Range<usize>, &mut Numbers) -> (Range<usize>, Vec<u8>),
) {
    let lengths = lengths(octets);
    if !lengths.is_empty() {
        let length = numbers.one_of(&lengths).clone();
        let (place, octets_there) = choose(length, numbers);
        octets.splice(place, octets_there);
    }
}

/// Where the lengths of the elements of DER are, outer ones first; none in what is no DER.
fn lengths(octets: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    // One after the other, into constructed ones and over the others.
    while let [tag, first, rest @ ..] = &octets[at.min(octets.len())..] {
        let more = usize::from(first & 0x7f);
        let more = if first & 0x80 == 0 { 0 } else { more };
        let Some(said) = rest.get(..more) else { break };
        found.push(at + 1..at + 2 + more);
        let length = said
            .iter()
            .fold(0, |sum: usize, octet| sum << 8 | usize::from(*octet));
        let length = if more == 0 {
            usize::from(*first)
        } else {
            length
        };
        let contents = if tag & 0x20 == 0 { length } else { 0 };
        at = (at + 2 + more).saturating_add(contents);
    }
    found
}

/// Encodes all of it, or its end, once more.
fn wrap(octets: &mut Vec<u8>, numbers: &mut Numbers) {
    let from = if numbers.below(2) == 0 {
        0
    } else {
        numbers.below(octets.len())
    };
    let length = u32::try_from(octets.len() - from).expect("a small file");
    let mut header = vec![*numbers.one_of(&[0x30, 0x04, 0x24, 0xa0, 0x03]), 0x84];
    header.extend(length.to_be_bytes());
    octets.splice(from..from, header);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_damage() {
        let seed = [0x30, 6, 4, 1, 7, 2, 1, 5];
        let all = |number| {
            let mut numbers = Numbers::new(number);
            (0..200)
                .map(|_| mutated(&seed, &[1, 2, 3], &mut numbers))
                .collect::<Vec<_>>()
        };
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
        let changed = all(1).iter().filter(|octets| **octets != seed).count();
        assert!(changed > 180, "{changed}");
    }

    #[test]
    fn lengths_are_found() {
        assert_eq!(lengths(&[0x30, 6, 4, 1, 7, 2, 1, 5]), [1..2, 3..4, 6..7]);
        assert_eq!(lengths(&[0x30, 0x81, 2, 5, 0]), [1..3, 4..5]);
        assert_eq!(lengths(&[0x30, 0x84, 1]), []);
    }
}
