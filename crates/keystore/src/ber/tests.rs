//! BER that becomes DER, and what is refused.

use super::*;

#[track_caller]
fn check(input: &[u8], want: &[u8]) {
    assert_eq!(to_der(input).unwrap(), want);
    let again = to_der(want).unwrap();
    assert!(
        matches!(again, Cow::Borrowed(same) if same == want),
        "DER stays as it is"
    );
}

#[test]
fn lengths_become_said_and_short() {
    check(&[0x30, 0x80, 2, 1, 5, 0, 0], &[0x30, 3, 2, 1, 5]);
    check(&[0x30, 0x81, 3, 2, 1, 5], &[0x30, 3, 2, 1, 5]);
    check(&[0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0], &[0x30, 2, 0x30, 0]);
    check(&[0xa0, 0x80, 4, 0, 0, 0], &[0xa0, 2, 4, 0]);
    check(
        &[0xbf, 0x87, 0x65, 0x80, 5, 0, 0, 0],
        &[0xbf, 0x87, 0x65, 2, 5, 0],
    );
    let long = vec![7; 200];
    let open = [&[0x30, 0x80, 4, 0x82, 0, 200], long.as_slice(), &[0, 0]].concat();
    check(
        &open,
        &[&[0x30, 0x81, 203, 4, 0x81, 200], long.as_slice()].concat(),
    );
}

#[test]
fn strings_in_parts_become_one() {
    check(&[0x24, 0x80, 4, 2, 1, 2, 4, 1, 3, 0, 0], &[4, 3, 1, 2, 3]);
    check(&[0x24, 4, 4, 2, 1, 2], &[4, 2, 1, 2]);
    check(
        &[0x24, 0x80, 0x24, 0x80, 4, 1, 9, 0, 0, 4, 1, 8, 0, 0],
        &[4, 2, 9, 8],
    );
    check(
        &[0x30, 0x80, 0x24, 0x80, 0, 0, 2, 1, 1, 0, 0],
        &[0x30, 5, 4, 0, 2, 1, 1],
    );
    let halves = [
        &[0x24, 0x80, 4, 100][..],
        &[1; 100],
        &[4, 100],
        &[2; 100],
        &[0, 0],
    ]
    .concat();
    check(
        &halves,
        &[&[4, 0x81, 200][..], &[1; 100], &[2; 100]].concat(),
    );
}

#[track_caller]
fn check_refused(input: &[u8], want: InvalidBer) {
    assert_eq!(to_der(input).unwrap_err(), want);
}

#[test]
fn what_cannot_be_is_refused() {
    check_refused(&[], InvalidBer::CutOff);
    check_refused(&[0x30, 0x80, 2, 1, 5], InvalidBer::CutOff);
    check_refused(&[0x30, 5, 2, 1, 5], InvalidBer::CutOff);
    check_refused(&[4, 0x80, 0, 0], InvalidBer::Length);
    check_refused(&[0x30, 0xff], InvalidBer::Length);
    check_refused(
        &[[0x30, 0x89].as_slice(), &[0xff; 9]].concat(),
        InvalidBer::Length,
    );
    check_refused(&[0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0], InvalidBer::Tag);
    check_refused(&[0x24, 3, 2, 1, 5], InvalidBer::Tag);
    check_refused(&[0x30, 0, 7], InvalidBer::Behind { bytes: 1 });
    check_refused(&[0x30, 0x80].repeat(1000), InvalidBer::TooDeep);
    let many = [[0x30, 0x80].as_slice(), &[0x30, 0].repeat(MAX_CONSTRUCTED)].concat();
    check_refused(&many, InvalidBer::TooMany);
}
