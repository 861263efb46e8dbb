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

    /// Whether `self` lies in the subtree that `base` names: starts with all of its parts.
    ///
    /// Source: RFC 5280 section 4.2.1.10, X.501 section 12.3.5 for subtrees of names.
    pub(crate) fn is_within(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }
}

/// Whether two names are the same to RFC 5280 section 7.1.
pub(crate) fn same(left: &Name, right: &Name) -> bool {
    left.der() == right.der() || FoldedName::new(left) == FoldedName::new(right)
}

fn fold_attribute(attribute: &Attribute) -> FoldedAttribute {
    let value = if attribute.is_text {
        let words: Vec<_> = attribute
            .value
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        words.join(" ").into_bytes()
    } else {
        attribute.octets.to_vec()
    };
    (attribute.oid.as_bytes().to_vec(), attribute.is_text, value)
}
