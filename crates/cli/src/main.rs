//! The program `trustpack`.

fn main() {}
