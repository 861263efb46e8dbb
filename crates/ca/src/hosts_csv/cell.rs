//! The text of a cell of `hosts.csv`, and the values in it.
//!
//! Not which value a column takes. Invariant: no text passes that is not UTF-8, has a control character,
//! or that a spreadsheet program would calculate.

use std::str::FromStr;

use trustpack_x509::dns::InvalidDnsName;

use crate::host::name_or_address;

/// Octets of a cell: what the common spreadsheet programs hold in one (32,767 characters).
const MAX_CELL_BYTES: usize = 32_767;
/// Of a cell in a message, no more than this is shown.
const SHOWN_CHARACTERS: usize = 60;

/// The text of a cell without blanks at its ends, if it is such a text as stands in a certificate.
pub(super) fn plain_text(cell: &[u8]) -> Result<&str, String> {
    if cell.len() > MAX_CELL_BYTES {
        return Err(format!(
            "the cell has {} bytes; at most {MAX_CELL_BYTES} are allowed",
            cell.len()
        ));
    }
    let text = std::str::from_utf8(cell).map_err(|error| {
        format!(
            "byte {} of the cell is not UTF-8; save the file as CSV in UTF-8",
            error.valid_up_to() + 1
        )
    })?;
    let text = text.trim();
    match text.chars().find(|character| character.is_control()) {
        Some('\n' | '\r') => {
            return Err(
                "there is a line break in the cell; is a quotation mark not closed?".into(),
            );
        }
        // In the first line it separates columns; that is said there.
        Some(control) if control != '\t' => {
            return Err(format!(
                "there is a {} in the cell",
                control.escape_unicode()
            ));
        }
        Some(_) | None => {}
    }
    // No value begins so; a spreadsheet program that opens the file would calculate it.
    if text.starts_with(['=', '+', '@', '-']) {
        return Err(format!(
            "{:?} looks like a formula; no cell may begin with =, +, @ or -",
            shown(text)
        ));
    }
    Ok(text)
}

pub(super) fn parsed<T: FromStr>(cell: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    cell.parse().map_err(|error: T::Err| error.to_string())
}

/// The name of a host; an address has a column of its own.
pub(super) fn name<Name: FromStr<Err = InvalidDnsName>>(cell: &str) -> Result<Name, String> {
    name_or_address(cell, "into the column ip")
}

/// The items of a cell, separated by blanks, commas or semicolons.
pub(super) fn list<T>(
    cell: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    cell.split([' ', ',', ';', '\t'])
        .filter(|item| !item.is_empty())
        .map(|item| parse(item).map_err(|error| format!("{:?}: {error}", shown(item))))
        .collect()
}

/// As much of a text as a message shows.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARACTERS).collect()
}
