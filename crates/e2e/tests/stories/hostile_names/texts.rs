//! The texts of hostile people, and what becomes of each.

/// What becomes of a text.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// It stands in a certificate, as this.
    Certified(String),
    /// It is refused with these words.
    Refused(String),
}

/// A text as attribute of a subject.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) value: String,
    pub(super) in_flags: Fate,
    pub(super) in_csv: Fate,
    pub(super) in_requests: Fate,
}

/// A text as name of a host.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) value: String,
    /// Where one host is to be named.
    pub(super) as_host: Fate,
    /// Where further names are.
    pub(super) as_name: Fate,
}

/// Texts that stand in a certificate as they are. A spreadsheet program would calculate some, so a
/// file of hosts may not have those.
const KEPT: [&str; 27] = [
    "../../etc/passwd",
    "/etc/passwd",
    "a/b",
    "a,b",
    "a=b",
    "a+b",
    "a;b",
    "CN=a/O=b",
    "CN=a, O=b",
    "a\\, CN=b",
    "-rf",
    "--help",
    "=1+1",
    "+1",
    "@a",
    "#a",
    "\"a\"",
    "'a'",
    "a\\b",
    "<a>",
    "$(id)",
    "`id`",
    "%00%n%s",
    "\u{1f600}",
    "p\u{430}ypal",
    "e\u{301}",
    "\u{5d0}\u{627}",
];

/// Texts that no certificate bears, with the words of the refusal in flags and requests, and in a file of
/// hosts.
const REFUSED: [(&str, &str, &str); 13] = [
    (
        "a\0b",
        r"control character '\0'",
        r"there is a \u{0} in the cell",
    ),
    (
        "a\nb",
        r"control character '\n'",
        "there is a line break in the cell",
    ),
    (
        "a\r\nb",
        r"control character '\r'",
        "there is a line break in the cell",
    ),
    ("a\tb", r"control character '\t'", r"control character '\t'"),
    (
        "\u{1b}[31ma",
        r"control character '\u{1b}'",
        r"there is a \u{1b} in the cell",
    ),
    (
        "a\u{7f}",
        r"control character '\u{7f}'",
        r"there is a \u{7f} in the cell",
    ),
    (
        "a\u{9b}31m",
        r"control character '\u{9b}'",
        r"there is a \u{9b} in the cell",
    ),
    (
        "\u{202e}moc.live",
        r"the character \u{202e}",
        r"the character \u{202e}",
    ),
    (
        "\u{2066}a",
        r"the character \u{2066}",
        r"the character \u{2066}",
    ),
    (
        "a\u{200f}b",
        r"the character \u{200f}",
        r"the character \u{200f}",
    ),
    (
        "a\u{200b}b",
        r"the character \u{200b}",
        r"the character \u{200b}",
    ),
    (
        "a\u{2028}b",
        r"the character \u{2028}",
        r"the character \u{2028}",
    ),
    (
        "a\u{feff}b",
        r"the character \u{feff}",
        r"the character \u{feff}",
    ),
];

/// Names that no host has, with the words of the refusal; some are wildcards.
const NO_HOSTS: [(&str, &str); 27] = [
    ("../../etc/passwd", "an empty label"),
    ("/etc/passwd", "contains '/'"),
    ("a/b.example", "contains '/'"),
    ("a\\b.example", "contains"),
    ("a\0b.example", r"contains '\0'"),
    ("a\nb.example", r"contains '\n'"),
    ("a\r\nb.example", r"contains '\r'"),
    ("\u{1b}[31ma.example", r"contains '\u{1b}'"),
    ("a=b.example", "contains '='"),
    ("a+b.example", "contains '+'"),
    ("a b.example", "contains ' '"),
    ("CN=a/O=b", "contains '='"),
    ("-rf", "hyphen"),
    ("--help", "hyphen"),
    ("-a.example", "hyphen"),
    ("a-.example", "hyphen"),
    ("a..example", "an empty label"),
    (".example", "an empty label"),
    ("10.0.0.1", "is a number"),
    ("a.10", "is a number"),
    ("\u{202e}moc.live", "is no valid international host name"),
    ("a\u{2028}b.example", "contains"),
    ("\u{ff0e}\u{ff0e}\u{ff0f}a", "an empty label"),
    (
        "\u{430}\u{202e}.example",
        "is no valid international host name",
    ),
    ("xn--", "hyphen"),
    ("", "is empty"),
    ("*", "wildcard"),
];

/// Wildcards in odd places.
const NO_WILDCARDS: [&str; 7] = [
    "*.*.example.com",
    "**.example.com",
    "a*.example.com",
    "*a.example.com",
    "a.*.example.com",
    "example.*",
    "xn--*.example.com",
];

/// Names of hosts, odd as they look, and as which they stand in certificates.
const HOSTS: [(&str, &str); 6] = [
    ("\u{1f600}.example", "xn--e28h.example"),
    ("p\u{430}ypal.example", "xn--pypal-4ve.example"),
    ("a\u{200b}b.example", "ab.example"),
    ("a\u{3002}example", "a.example"),
    ("CON.example", "con.example"),
    ("a.example.", "a.example"),
];

/// Longest of an organization: ub-organization-name of RFC 5280 appendix A.1.
const MAX_ORGANIZATION: usize = 64;
const LONG: usize = 64 * 1024;

pub(super) fn attributes() -> Vec<Attribute> {
    let (kept, refused) = (|text: &str| Fate::Certified(text.into()), Fate::Refused);
    let same = |value: &str, fate: Fate, in_csv: Fate| Attribute {
        value: value.into(),
        in_flags: fate.clone(),
        in_requests: fate,
        in_csv,
    };
    let formula = |text: &str| text.starts_with(['=', '+', '@', '-']);
    let mut all: Vec<Attribute> = KEPT
        .into_iter()
        .map(|text| match formula(text) {
            true => same(text, kept(text), refused("looks like a formula".into())),
            false => same(text, kept(text), kept(text)),
        })
        .collect();
    all.extend(
        REFUSED.map(|(text, words, csv)| same(text, refused(words.into()), refused(csv.into()))),
    );
    for text in ["A", "\u{e9}"].map(|one| one.repeat(MAX_ORGANIZATION)) {
        all.push(same(&text, kept(&text), kept(&text)));
    }
    let too_long = |count: usize| refused(format!("has {count} characters; at most 64"));
    let one_more = "A".repeat(MAX_ORGANIZATION + 1);
    all.push(same(&one_more, too_long(65), too_long(65)));
    let cell = refused(format!("the cell has {LONG} bytes"));
    all.push(same(&"A".repeat(LONG), too_long(LONG), cell));
    // Blanks at the ends of a cell, and cells without anything, say nothing.
    all.push(same(" a ", kept(" a "), kept("a")));
    all.push(same("", refused("is empty".into()), kept("")));
    all
}

pub(super) fn hosts() -> Vec<Host> {
    let refused = |words: &str| Fate::Refused(words.into());
    let same = |value: &str, fate: Fate| Host {
        value: value.into(),
        as_host: fate.clone(),
        as_name: fate,
    };
    let no_hosts = NO_HOSTS.map(|(text, words)| same(text, refused(words)));
    let no_wildcards = NO_WILDCARDS.map(|text| Host {
        as_host: refused("is a wildcard; one host is to be named here"),
        ..same(text, refused("is no wildcard of a certificate"))
    });
    let hosts = HOSTS.map(|(text, name)| same(text, Fate::Certified(name.into())));
    let wildcard = Host {
        as_host: refused("is a wildcard; one host is to be named here"),
        ..same("*.Example.com", Fate::Certified("*.example.com".into()))
    };
    let mut all: Vec<Host> = no_hosts.into_iter().chain(no_wildcards).collect();
    all.extend(hosts);
    all.push(wildcard);
    all.push(same(
        &"a".repeat(64),
        refused("has 64 characters; at most 63"),
    ));
    all.push(same(&"a".repeat(LONG), refused("at most 253")));
    all.push(same(&"a.".repeat(LONG / 2), refused("at most 253")));
    all.push(same(&"\u{e9}".repeat(LONG / 2), refused("at most 253")));
    all
}
