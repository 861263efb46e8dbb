//! Whether the quotation marks of a row of `hosts.csv` stand where RFC 4180 section 2 has them.
//!
//! The reader of the library takes them anywhere, also one that the end of the file closes: a file that was cut off
//! would be whole. Invariant: a mark begins a cell and ends it; one that belongs to the value is there twice.

/// Where the octets of a row have brought us.
#[derive(Clone, Copy)]
enum Place {
    Begin,
    Bare,
    Quoted,
    /// Behind a mark in a quoted cell: its end, or the first of two.
    Mark,
}

/// The first mark that stands elsewhere: the number of its cell, counted from 1, and what is wrong with it. `row` are its
/// octets in the file.
pub(super) fn misplaced(row: &[u8]) -> Option<(usize, &'static str)> {
    let (mut place, mut cell) = (Place::Begin, 1);
    for octet in row {
        place = match (place, octet) {
            (Place::Begin | Place::Mark, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::Mark,
            (Place::Quoted, _) => Place::Quoted,
            (Place::Begin | Place::Bare | Place::Mark, b',') => {
                cell += 1;
                Place::Begin
            }
            (Place::Begin | Place::Bare | Place::Mark, b'\r' | b'\n') => Place::Begin,
            (Place::Bare, b'"') => {
                return Some((
                    cell,
                    "there is a quotation mark inside the cell; put the cell in quotation marks and write the mark twice",
                ));
            }
            (Place::Mark, _) => {
                return Some((
                    cell,
                    "there is something behind the quotation mark that ends the cell; a mark that belongs to the value is written twice",
                ));
            }
            (Place::Begin | Place::Bare, _) => Place::Bare,
        };
    }
    match place {
        Place::Quoted => Some((
            cell,
            "the quotation mark that begins the cell is not closed; is the end of the file missing?",
        )),
        Place::Begin | Place::Bare | Place::Mark => None,
    }
}
