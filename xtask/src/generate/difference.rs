//! What differs between two texts, line by line, for a person to read.
//!
//! Small and plain: lines in common at both ends are left out, but for a little context; what is between them is shown as
//! removed and added. Not a minimal difference. Invariant: two different texts give at least one `+` or `-` line.

/// Lines shown before and after what differs.
const CONTEXT_LINES: usize = 2;

/// What to take from `old` (`-`) and to put in (`+`) to get `new`, with a little context.
pub(super) fn unified(old: &str, new: &str) -> String {
    let old: Vec<&str> = old.split('\n').collect();
    let new: Vec<&str> = new.split('\n').collect();
    let start = common(old.iter(), new.iter());
    let left = |lines: &[&str]| lines.len() - start;
    let end = common(old.iter().rev(), new.iter().rev())
        .min(left(&old))
        .min(left(&new));
    let context = start.saturating_sub(CONTEXT_LINES);
    let mut shown = format!("@@ line {} @@\n", context + 1);
    let mut show = |mark: char, lines: &mut dyn Iterator<Item = &&str>| {
        for line in lines {
            shown.push(mark);
            shown.push_str(line);
            shown.push('\n');
        }
    };
    show(' ', &mut old.iter().take(start).skip(context));
    show('-', &mut old.iter().take(old.len() - end).skip(start));
    show('+', &mut new.iter().take(new.len() - end).skip(start));
    show(
        ' ',
        &mut old.iter().skip(old.len() - end).take(CONTEXT_LINES),
    );
    shown
}

fn common<'a>(
    one: impl Iterator<Item = &'a &'a str>,
    other: impl Iterator<Item = &'a &'a str>,
) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[track_caller]
    fn check(old: &str, new: &str, want: &str) {
        assert_eq!(unified(old, new), want);
    }

    #[test]
    fn shows_what_differs_with_context() {
        check(
            "a\nb\nc\nd\ne\n",
            "a\nb\nX\nd\ne\n",
            "@@ line 1 @@\n a\n b\n-c\n+X\n d\n e\n",
        );
        check("", "a\n", "@@ line 1 @@\n+a\n \n");
        check("a\na\n", "a\n", "@@ line 1 @@\n a\n-a\n \n");
        check("a", "a\n", "@@ line 1 @@\n a\n+\n");
    }
}
