//! Distinguished names in a form in which equal ones are equal octets.
//!
//! RFC 5280 section 7.1 compares names attribute by attribute, text without regard to case, to
//! blanks at the ends and to how many there are in between, whatever the string type. Here that is
//! done once, on a copy that serves for comparing only. What is no text is compared as it stands.
//!
//! Simplification: letters are folded as Unicode's simple lower case does it, without the
//! compatibility forms of RFC 4518. Two names that differ only there are two names, which costs a
//! path, never trust: that comes from signatures.

use trustpack_x509::name::{Attribute, Name};

/// A name made comparable. Equal if and only if the names match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FoldedName(Vec<Vec<FoldedAttribute>>);

/// Object identifier, whether the value is text, the value.
type FoldedAttribute = (Vec<u8>, bool, Vec<u8>);

impl FoldedName {
    pub(crate) fn new(name: &Name) -> Self {
        let fold_rdn = |rdn: &[Attribute]| {
            let mut attributes: Vec<_> = rdn.iter().map(fold_attribute).collect();
            // The attributes of one RDN are a set: their order has no meaning.
            attributes.sort();
            attributes
        };
        Self(name.rdns().iter().map(|rdn| fold_rdn(rdn)).collect())
    }

    /// Its octets in parts, of which no other name has the same ones in the same order.
    pub(crate) fn parts(&self, part: &mut impl FnMut(&[u8])) {
        for rdn in &self.0 {
            for (oid, is_text, value) in rdn {
                part(oid);
                part(&[u8::from(*is_text)]);
                part(value);
            }
            // The end of an RDN.
            part(&[]);
        }
    }

    /// Whether `self` lies in the subtree that `base` names: starts with all of its parts.
    ///
    /// Source: RFC 5280 section 4.2.1.10, X.501 section 12.3.5 for subtrees of names.
    pub(crate) fn is_within(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }
}

/// Whether two names are the same to RFC 5280 section 7.1: without regard to case, to how many blanks
/// there are, and to the type of string.
#[must_use]
pub fn same(left: &Name, right: &Name) -> bool {
    left.der() == right.der() || FoldedName::new(left) == FoldedName::new(right)
}

fn fold_attribute(attribute: &Attribute) -> FoldedAttribute {
    let value = if attribute.is_text {
        folded_text(&attribute.value).into_bytes()
    } else {
        attribute.octets.to_vec()
    };
    (attribute.oid.as_bytes().to_vec(), attribute.is_text, value)
}

/// A text of a name in the form in which equal ones are equal octets.
pub(crate) fn folded_text(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name of one RDN with these attributes: last octet of the type below 2.5.4, tag, text.
    fn name(attributes: &[(u8, u8, &str)]) -> Name {
        let wrap = |tag: u8, contents: &[u8]| {
            let length = u8::try_from(contents.len()).expect("a short name");
            [&[tag, length], contents].concat()
        };
        let attributes: Vec<u8> = attributes
            .iter()
            .flat_map(|(oid, tag, text)| {
                let oid = wrap(0x06, &[0x55, 0x04, *oid]);
                wrap(0x30, &[oid, wrap(*tag, text.as_bytes())].concat())
            })
            .collect();
        Name::from_der(&wrap(0x30, &wrap(0x31, &attributes))).expect("a name")
    }

    const UTF8: u8 = 0x0c;
    const PRINTABLE: u8 = 0x13;
    const OCTETS: u8 = 0x04;

    #[track_caller]
    fn check(left: &[(u8, u8, &str)], right: &[(u8, u8, &str)], want: bool) {
        assert_eq!(same(&name(left), &name(right)), want, "{left:?} {right:?}");
    }

    #[test]
    fn text_is_compared_by_meaning() {
        check(
            &[(3, UTF8, "Test  Root ")],
            &[(3, PRINTABLE, "test ROOT")],
            true,
        );
        check(&[(3, UTF8, "Ärzte")], &[(3, UTF8, "ÄRZTE")], true);
        check(&[(3, UTF8, "Test Root")], &[(3, UTF8, "TestRoot")], false);
        check(&[(3, UTF8, "Test")], &[(10, UTF8, "Test")], false);
    }

    #[test]
    fn what_is_no_text_is_compared_as_it_stands() {
        check(&[(3, OCTETS, "a")], &[(3, OCTETS, "a")], true);
        check(&[(3, OCTETS, "a")], &[(3, OCTETS, "A")], false);
        check(&[(3, OCTETS, "a")], &[(3, UTF8, "a")], false);
    }

    #[test]
    fn a_part_with_several_attributes_is_a_set() {
        check(
            &[(3, UTF8, "a"), (10, UTF8, "b")],
            &[(10, UTF8, "B"), (3, UTF8, "a")],
            true,
        );
        check(&[(3, UTF8, "a"), (10, UTF8, "b")], &[(3, UTF8, "a")], false);
    }
}
