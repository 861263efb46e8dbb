//! Name constraints: a CA that is limited to some names has certified no others.
//!
//! Every certificate below a constrained one is held to it, whichever name the peer was reached
//! by. Invariant: a name that could be matched by the name check is a name that is constrained.
//!
//! Source: RFC 5280 section 4.2.1.10, and 6.1.3 (b), (c).

use std::fmt;

use trustpack_x509::extension::NameConstraints;
use trustpack_x509::general_name::GeneralName;

use crate::host::host_of_common_name;
use crate::limits::Budget;
use crate::member::{Member, Place};
use crate::question::HostIdentity;
use crate::reason::{Reason, WorkLimit};
use crate::subtree::{Relation, relate};

/// A name that a CA above does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstraintBreach {
    /// The certificate that bears the name.
    pub certificate: Member,
    /// The name.
    pub name: GeneralName,
    /// The CA that limits the names below itself.
    pub authority: Member,
    /// Which limit the name does not keep.
    pub limit: BrokenLimit,
}

/// How a name does not keep to a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokenLimit {
    /// It lies in none of the permitted subtrees of its kind.
    NotPermitted {
        /// Those subtrees.
        permitted: Vec<GeneralName>,
    },
    /// It lies in an excluded subtree, or is a wildcard that reaches into it.
    Excluded {
        /// That subtree.
        subtree: GeneralName,
    },
    /// It cannot be compared: name or constraint is malformed, or of a kind not understood here.
    NotComparable {
        /// The constraint.
        subtree: GeneralName,
    },
}

/// Subtrees that a sentence lists; a CA can hold thousands.
const SHOWN_SUBTREES: usize = 10;

/// Which names are not allowed: at most one for each certificate and each CA above it.
///
/// # Errors
///
/// [`WorkLimit`] if there are more names and constraints than are compared.
pub(crate) fn judge(path: &[Member], budget: &mut Budget) -> Result<Vec<Reason>, WorkLimit> {
    let mut reasons = Vec::new();
    for (index, authority) in path.iter().enumerate().skip(1) {
        let Some(constraints) = &authority.certificate.extensions().name_constraints else {
            continue;
        };
        for member in path.iter().take(index) {
            // RFC 5280 section 6.1.3 (b): not for self-issued certificates, except for the last.
            if member.place != Place::Leaf && member.certificate.is_self_issued() {
                continue;
            }
            let names = names_of(member);
            let subtrees = constraints
                .permitted
                .len()
                .saturating_add(constraints.excluded.len());
            budget.spend_name_comparisons(names.len().saturating_mul(subtrees))?;
            let breach = names.into_iter().find_map(|name| {
                let limit = broken_limit(&name, constraints)?;
                Some(ConstraintBreach {
                    certificate: member.clone(),
                    name,
                    authority: authority.clone(),
                    limit,
                })
            });
            reasons.extend(breach.map(|breach| Reason::NameConstraint(Box::new(breach))));
        }
    }
    Ok(reasons)
}

/// Every name to which constraints apply.
fn names_of(member: &Member) -> Vec<GeneralName> {
    let subject = member.certificate.subject();
    let alt_names = member.certificate.extensions().subject_alt_names.as_deref();
    let mut names = Vec::new();
    if !subject.is_empty() {
        names.push(GeneralName::Directory(subject.clone()));
    }
    // RFC 5280 asks for this where there is no subject alternative name; OpenSSL does it always.
    names.extend(
        subject
            .email_addresses()
            .map(|address| GeneralName::Email(address.to_owned())),
    );
    names.extend(alt_names.unwrap_or_default().iter().cloned());
    // The name check takes the common name of such a leaf for its host.
    if alt_names.is_none() && member.place == Place::Leaf {
        let host = subject.common_name().and_then(host_of_common_name);
        names.extend(host.map(|host| match host {
            HostIdentity::Dns(name) => GeneralName::from(&name),
            HostIdentity::Ip(address) => GeneralName::from(address),
        }));
    }
    names
}

/// How one name does not keep to one certificate's constraints; `None` if it may stand.
///
/// The judge and the authority that is about to sign ask the same question here.
#[must_use]
pub fn broken_limit(name: &GeneralName, constraints: &NameConstraints) -> Option<BrokenLimit> {
    for subtree in &constraints.excluded {
        match relate(name, subtree) {
            Relation::Inside | Relation::Partly => {
                return Some(BrokenLimit::Excluded {
                    subtree: subtree.clone(),
                });
            }
            Relation::NotComparable => {
                return Some(BrokenLimit::NotComparable {
                    subtree: subtree.clone(),
                });
            }
            Relation::OtherKind | Relation::Outside => {}
        }
    }
    let mut permitted = Vec::new();
    for subtree in &constraints.permitted {
        match relate(name, subtree) {
            Relation::Inside => return None,
            Relation::NotComparable => {
                return Some(BrokenLimit::NotComparable {
                    subtree: subtree.clone(),
                });
            }
            Relation::Outside | Relation::Partly => permitted.push(subtree.clone()),
            Relation::OtherKind => {}
        }
    }
    (!permitted.is_empty()).then_some(BrokenLimit::NotPermitted { permitted })
}

impl fmt::Display for ConstraintBreach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            certificate,
            name,
            authority,
            limit,
        } = self;
        match limit {
            BrokenLimit::NotPermitted { permitted } => {
                let shown: Vec<_> = permitted
                    .iter()
                    .take(SHOWN_SUBTREES)
                    .map(ToString::to_string)
                    .collect();
                write!(
                    f,
                    "{certificate} bears {name}, but {authority} permits only {}",
                    shown.join(", ")
                )?;
                match permitted.len().saturating_sub(SHOWN_SUBTREES) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            BrokenLimit::Excluded { subtree } => {
                write!(
                    f,
                    "{certificate} bears {name}, but {authority} excludes {subtree}"
                )
            }
            BrokenLimit::NotComparable { subtree } => write!(
                f,
                "{certificate} bears {name}, which cannot be compared with {subtree}, to which {authority} limits names"
            ),
        }
    }
}
