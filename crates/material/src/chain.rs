//! What is sent of the own chain: ours is put in order from the certificates of the files, in whatever order they stand;
//! other engines send them as they stand.
//!
//! From the own certificate the path follows issuer links (name, key identifier, signature) to a root, first among the
//! given certificates, then among the trusted ones. Not a judgement of trust: the peer judges, and an expired certificate
//! is found elsewhere.
//!
//! Invariant: each certificate of a path was issued by the next one, as far as their names and a verifiable signature
//! say; what is built is a path, and what is sent as it stands begins with the first certificate of the files.

use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::folded_name;
use trustpack_judge::signature::{self, SignatureError};
use trustpack_settings::value::SendRoot;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::limits::{MAX_CHAIN, MAX_SIGNATURE_CHECKS};

/// What is sent, and how that differs from what the files hold, or from what should be sent.
#[derive(Debug)]
pub(crate) struct Built {
    /// What is sent, the own certificate first.
    pub(crate) chain: Vec<Certificate>,
    /// What of it is the path from the own certificate upwards, in order.
    pub(crate) path: Vec<Certificate>,
    /// Whether the files have the path in another order.
    pub(crate) reordered: bool,
    /// How many certificates stand in the files more than once.
    pub(crate) duplicates: usize,
    /// Given certificates that are not part of the path.
    pub(crate) strays: Vec<Certificate>,
    /// Members of the path below a root that are sent and only among the trusted certificates.
    pub(crate) from_trusted: Vec<Certificate>,
    /// Who issued the last certificate of the path, if that one is not sent either, and below every root.
    pub(crate) gap: Option<Gap>,
}

/// Above what is sent of a path there is more.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    /// The last one that is sent.
    pub(crate) last: Certificate,
    /// What there is of its issuer.
    pub(crate) issuer: IssuerHere,
}

/// What there is of the CA above the last certificate that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssuerHere {
    /// It is among the trusted certificates, from where it is not taken.
    NotTaken,
    /// A CA of its name with another key.
    OfAnotherKey,
    /// Nothing.
    Nowhere,
}

/// What an engine that sends certificates as they stand adds to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adds {
    /// To an own certificate alone, what the trusted ones have above it.
    ///
    /// Source: OpenSSL, `SSL_CTX_set_mode(3)`, SSL_MODE_NO_AUTO_CHAIN, which is off unless a program sets it.
    ToOneAlone,
    /// Nothing.
    Nothing,
}

/// The own certificate among those of the files: of renewals with the same key, which may stand side by side, the newest
/// valid one. `is_own` says whether a certificate is for the key.
pub(crate) fn own(
    given: &[Certificate],
    is_own: impl Fn(&Certificate) -> bool,
    now: Timestamp,
) -> Option<&Certificate> {
    let own = given.iter().filter(|certificate| is_own(certificate));
    own.max_by_key(|certificate| usefulness(certificate, now))
}

/// The chain of an own certificate in order.
pub(crate) fn build(
    given: &[Certificate],
    leaf: &Certificate,
    trusted: &TrustAnchors,
    send_root: SendRoot,
    now: Timestamp,
) -> Built {
    let unique = unique(given);
    let mut search = Search::new(&unique, trusted, now);
    let Climbed { path, complete } = search.climb(leaf);
    let below = path.len().saturating_sub(1);
    let sent: Vec<Link<'_>> = path
        .iter()
        .enumerate()
        .filter(|(index, link)| *index == 0 || *index < below || search.is_sent(link, send_root))
        .map(|(_, link)| *link)
        .collect();
    let gap = search.gap_above(&path, complete);
    Built {
        chain: certificates(&sent),
        path: certificates(&sent),
        gap,
        ..differing(given, &unique, &path, &sent)
    }
}

/// What an engine sends that takes the first certificate of the files for its own and the others as they stand; `None`
/// if there is none.
///
/// Source: OpenSSL, `SSL_CTX_use_certificate_chain_file(3)`.
pub(crate) fn as_it_stands(
    given: &[Certificate],
    trusted: &TrustAnchors,
    adds: Adds,
    now: Timestamp,
) -> Option<Built> {
    let leaf = given.first()?;
    let unique = unique(given);
    let mut search = Search::new(&unique, trusted, now);
    let Climbed { path, complete } = search.climb(leaf);
    if given.len() == 1 && adds == Adds::ToOneAlone {
        let below_root: Vec<Link<'_>> = path
            .iter()
            .copied()
            .filter(|link| link.origin == Origin::Given || !search.is_root(link.certificate))
            .collect();
        return Some(Built {
            chain: certificates(&path),
            path: certificates(&path),
            gap: search.gap_above(&path, complete),
            ..differing(given, &unique, &path, &below_root)
        });
    }
    let sent = path.iter().take_while(|link| link.origin == Origin::Given);
    let sent: Vec<Link<'_>> = sent.copied().collect();
    let withheld = path.get(sent.len());
    let gap = match withheld {
        Some(above) if !search.is_root(above.certificate) => sent.last().map(|last| Gap {
            last: last.certificate.clone(),
            issuer: IssuerHere::NotTaken,
        }),
        Some(_root) => None,
        None => search.gap_above(&path, complete),
    };
    Some(Built {
        chain: given.to_vec(),
        path: certificates(&sent),
        gap,
        ..differing(given, &unique, &path, &sent)
    })
}

/// These, each once.
fn unique(given: &[Certificate]) -> Vec<&Certificate> {
    let mut unique: Vec<&Certificate> = Vec::new();
    for certificate in given {
        if !unique.contains(&certificate) {
            unique.push(certificate);
        }
    }
    unique
}

fn certificates(links: &[Link<'_>]) -> Vec<Certificate> {
    links.iter().map(|link| link.certificate.clone()).collect()
}

/// How the files differ from a path, and what of it that is sent is not in them.
fn differing(
    given: &[Certificate],
    unique: &[&Certificate],
    path: &[Link<'_>],
    sent: &[Link<'_>],
) -> Built {
    let in_path = |c: &Certificate| path.iter().any(|link| link.certificate == c);
    let as_given = unique.iter().filter(|c| in_path(c));
    let as_built = path.iter().filter(|link| link.origin == Origin::Given);
    let strays = unique.iter().filter(|c| !in_path(c));
    let taken = sent.iter().filter(|link| link.origin == Origin::Trusted);
    Built {
        chain: Vec::new(),
        path: Vec::new(),
        reordered: !as_given.eq(as_built.map(|link| &link.certificate)),
        duplicates: given.len() - unique.len(),
        strays: strays.map(|c| (*c).clone()).collect(),
        from_trusted: taken.map(|link| link.certificate.clone()).collect(),
        gap: None,
    }
}

/// A path, and whether it came to an end.
struct Climbed<'a> {
    path: Vec<Link<'a>>,
    complete: bool,
}

/// Where a member of the path was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Given,
    Trusted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Link<'a> {
    certificate: &'a Certificate,
    origin: Origin,
}

struct Search<'a> {
    given: &'a [&'a Certificate],
    trusted: &'a TrustAnchors,
    now: Timestamp,
    checks_left: u32,
    /// The path that came furthest, or the one that reached its end.
    furthest: Vec<Link<'a>>,
}

impl<'a> Search<'a> {
    fn new(given: &'a [&'a Certificate], trusted: &'a TrustAnchors, now: Timestamp) -> Self {
        Self {
            given,
            trusted,
            now,
            checks_left: MAX_SIGNATURE_CHECKS,
            furthest: Vec::new(),
        }
    }

    /// The path above `leaf` that comes furthest.
    fn climb(&mut self, leaf: &'a Certificate) -> Climbed<'a> {
        let complete = self.extend(&mut vec![Link {
            certificate: leaf,
            origin: Origin::Given,
        }]);
        Climbed {
            path: std::mem::take(&mut self.furthest),
            complete,
        }
    }

    /// What is missing above a path, if something is.
    fn gap_above(&self, path: &[Link<'a>], complete: bool) -> Option<Gap> {
        let last = path.last().filter(|_| !complete)?.certificate;
        let is_nowhere = self.candidates(path, last).is_empty();
        Some(Gap {
            last: last.clone(),
            issuer: match is_nowhere {
                true => IssuerHere::Nowhere,
                false => IssuerHere::OfAnotherKey,
            },
        })
    }

    /// Follows the issuers above the last member of `path`; whether an end was reached.
    fn extend(&mut self, path: &mut Vec<Link<'a>>) -> bool {
        let Some(top) = path.last().copied() else {
            return false;
        };
        if path.len() > self.furthest.len() {
            self.furthest.clone_from(path);
        }
        if self.is_root(top.certificate) {
            self.furthest.clone_from(path);
            return true;
        }
        if path.len() < MAX_CHAIN {
            for candidate in self.candidates(path, top.certificate) {
                if !self.links(top.certificate, candidate.certificate) {
                    continue;
                }
                path.push(candidate);
                if self.extend(path) {
                    return true;
                }
                path.pop();
            }
        }
        // A trusted intermediate is an end of its own: whoever trusts it needs nothing above it.
        if self.trusted.contains(top.certificate) {
            self.furthest.clone_from(path);
            return true;
        }
        // So is the cross certificate of a trusted CA, with those above it that lead to no root here: they
        // are for peers that know an older key of the CA, or a newer one.
        let crosses = self.crosses_trusted(top.certificate);
        if crosses && !self.furthest.starts_with(path) {
            self.furthest.clone_from(path);
        }
        crosses
    }

    /// Whether the certificate is of its own key.
    fn is_root(&mut self, certificate: &Certificate) -> bool {
        certificate.is_self_issued() && self.links(certificate, certificate)
    }

    /// Whether the certificate has the name and the key of a trusted one, signed with another key of that name.
    fn crosses_trusted(&self, certificate: &Certificate) -> bool {
        let same = |trusted: &Certificate| {
            trusted.public_key() == certificate.public_key()
                && folded_name::same(trusted.subject(), certificate.subject())
        };
        certificate.is_self_issued() && self.trusted.certificates().any(same)
    }

    /// Whether the last member is sent: a root only if it was given and is wanted. A self-issued one of another
    /// key is no root but a CA's change of keys.
    fn is_sent(&mut self, link: &Link<'_>, send_root: SendRoot) -> bool {
        if !self.is_root(link.certificate) {
            return true;
        }
        match (link.origin, send_root) {
            (Origin::Given, SendRoot::Sent) => true,
            (Origin::Given, SendRoot::LeftOut) | (Origin::Trusted, _) => false,
        }
    }

    /// What may have issued `child`: given ones before trusted ones, the likeliest first.
    fn candidates(&self, path: &[Link<'a>], child: &Certificate) -> Vec<Link<'a>> {
        let fits = |certificate: &Certificate| {
            folded_name::same(child.issuer(), certificate.subject())
                && !path.iter().any(|link| link.certificate == certificate)
        };
        let best_first = |origin: Origin, mut found: Vec<&'a Certificate>| {
            found.sort_by_key(|certificate| {
                let likely = (
                    identifiers_agree(child, certificate),
                    usefulness(certificate, self.now),
                );
                std::cmp::Reverse(likely)
            });
            found.into_iter().map(move |certificate| Link {
                certificate,
                origin,
            })
        };
        let given: Vec<_> = self.given.iter().copied().filter(|c| fits(c)).collect();
        let trusted: &'a TrustAnchors = self.trusted;
        let trusted: Vec<_> = trusted
            .certificates()
            .filter(|c| fits(c) && !given.contains(c))
            .collect();
        best_first(Origin::Given, given)
            .chain(best_first(Origin::Trusted, trusted))
            .collect()
    }

    /// Whether `issuer`'s key made the signature of `child`. A signature that cannot be verified
    /// here, for its algorithm, counts as one: names have to do, and the peer judges.
    fn links(&mut self, child: &Certificate, issuer: &Certificate) -> bool {
        let Some(left) = self.checks_left.checked_sub(1) else {
            return false;
        };
        self.checks_left = left;
        match signature::verify_certificate(child, issuer.public_key()) {
            Ok(())
            | Err(
                SignatureError::WeakDigest { .. }
                | SignatureError::UnknownAlgorithm { .. }
                | SignatureError::KeySize { .. }
                | SignatureError::UnknownKey { .. },
            ) => true,
            Err(SignatureError::Wrong | SignatureError::OtherKind { .. }) => false,
        }
    }
}

/// Orders certificates that could stand in one place: valid ones before others, newer before older.
fn usefulness(certificate: &Certificate, now: Timestamp) -> (bool, Timestamp, Timestamp) {
    let validity = certificate.validity();
    (
        validity.contains(now),
        validity.not_before,
        validity.not_after,
    )
}

/// Whether the key identifiers say that `issuer` issued `child`; no where one of them is missing.
fn identifiers_agree(child: &Certificate, issuer: &Certificate) -> bool {
    let wanted = child
        .extensions()
        .authority_key_id
        .as_ref()
        .and_then(|id| id.key_id.as_deref());
    wanted.is_some() && wanted == issuer.extensions().subject_key_id.as_deref()
}
