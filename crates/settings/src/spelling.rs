//! How near a word is to one that exists.
//!
//! Invariant: the work is bounded by the length of the words that exist, whatever is written.

/// The known word that `written` was probably meant to be: at most two letters wrong, swapped, missing
/// or too many, and fewer than a third of the word.
#[must_use]
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .filter_map(|word| {
            let allowed = 2.min(word.chars().count() / 3);
            let distance = distance(written, word, allowed)?;
            Some((distance, word))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The number of single changes (Damerau-Levenshtein, adjacent swaps) from one word to the other if it
/// is at most `allowed`.
fn distance(left: &str, right: &str, allowed: usize) -> Option<usize> {
    let right: Vec<char> = right.chars().collect();
    // One more than could be allowed is enough to know that it is too far; a long text is not read.
    let left: Vec<char> = left.chars().take(right.len() + allowed + 1).collect();
    let width = right.len() + 1;
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut previous: Option<char> = None;
    for (row, &l) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &r) in right.iter().enumerate() {
            let at =
                |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
            let change = at(&last, column) + usize::from(l != r);
            let mut best = change
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            let swapped =
                column.checked_sub(1).and_then(|i| right.get(i)) == Some(&l) && previous == Some(r);
            if swapped {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(l);
    }
    last.last().copied().filter(|&distance| distance <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 4] = ["tls", "tls-mutual", "certificate", "certificate-key"];

    #[track_caller]
    fn check(written: &str, want: Option<&str>) {
        assert_eq!(nearest(written, WORDS), want, "{written}");
    }

    #[test]
    fn near_words_are_found_and_far_ones_not() {
        check("tls-mutal", Some("tls-mutual"));
        check("tls_mutual", Some("tls-mutual"));
        check("tls-mutaul", Some("tls-mutual"));
        check("certifcate-key", Some("certificate-key"));
        check("certificates", Some("certificate"));
        check("tlss", Some("tls"));
        check("tsl", Some("tls"));
        check("ssl", None);
        check("port", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }
}
