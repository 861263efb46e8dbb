//! Builds paths from a certificate up to an anchor, and takes the first one that holds.
//!
//! A depth-first search over everybody who bears the issuer's name, likeliest first. A link whose
//! signature is wrong is not followed; one that cannot be verified (a weak digest, a small key) is,
//! so that the rest of the path can be told, but it is a reason against it.
//!
//! Invariant: a path is accepted only if it ends in an anchor and [`Search::assess`] found nothing
//! against it. Every step of the search is paid from the [`Budget`].
//!
//! Long because the search and what it remembers of paths that do not hold share each step.

mod path;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use trustpack_x509::certificate::Certificate;

use self::path::Path;
use crate::course::{Course, LinkOutcome};
use crate::folded_name::{self, FoldedName};
use crate::limits::{Budget, MAX_INTERMEDIATES, MAX_SELF_ISSUED};
use crate::member::{Member, Place};
use crate::question::{Purpose, Question};
use crate::reason::{Intermediates, Rank, Reason, WorkLimit};
use crate::revocation::step;
use crate::signature::SignatureError;
use crate::verdict::{Accepted, Rejected, Verdict};
use crate::{allowed_names, constraints, dates, host, name_constraints, strength, usages};

/// Judges by looking for a path that holds.
pub(crate) fn build(question: &Question<'_>) -> Verdict {
    let mut search = Search::new(question);
    match search.run() {
        ControlFlow::Break(Halt::Found(accepted)) => Ok(accepted),
        ControlFlow::Break(Halt::Limit(limit)) => {
            Err(search.rejected(Some(Reason::TooMuchWork { limit })))
        }
        ControlFlow::Continue(()) => Err(search.rejected(None)),
    }
}

struct Search<'q> {
    question: &'q Question<'q>,
    /// The certificates that were sent, by subject.
    sent: BTreeMap<FoldedName, Vec<&'q Certificate>>,
    budget: Budget,
    /// What the name check says; it looks at the leaf alone.
    name: Option<Reason>,
    /// What the names say that a server admits; they are of the leaf alone too.
    allowed: Option<Reason>,
    /// The best of the paths that do not hold.
    furthest: Option<Failed>,
}

/// Why a search ends before everything was tried.
enum Halt {
    Found(Accepted),
    Limit(WorkLimit),
}

/// Who may have issued a certificate.
struct Candidate<'q> {
    certificate: &'q Certificate,
    trusted: bool,
}

/// What came of one step up, if the search goes on.
enum Followed {
    /// The candidate issued the certificate, or nobody can tell that it did not; its paths were tried.
    Issuer,
    /// It bears the issuer's name and has another key.
    Another(Reason),
}

/// A path that does not hold.
struct Failed {
    progress: Progress,
    findings: Findings,
    path: Vec<Certificate>,
}

/// What was found about a path.
struct Findings {
    /// Everything against it, in the order of [`Rank`].
    reasons: Vec<Reason>,
    course: Box<Course>,
}

/// How far a path got: at what it failed first, how long it is if it reached no anchor, and how
/// little else is wrong with it.
type Progress = (Rank, usize, Reverse<usize>);

impl From<WorkLimit> for Halt {
    fn from(limit: WorkLimit) -> Self {
        Self::Limit(limit)
    }
}

impl<'q> Search<'q> {
    fn new(question: &'q Question<'q>) -> Self {
        let mut sent: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for certificate in question.intermediates {
            let same_name: &mut Vec<&Certificate> = sent
                .entry(FoldedName::new(certificate.subject()))
                .or_default();
            same_name.push(certificate);
        }
        let leaf = Member {
            place: Place::Leaf,
            certificate: question.leaf.clone(),
        };
        let name = host::judge(&leaf, question.name);
        let allowed = match question.purpose {
            Purpose::Server => None,
            Purpose::Client => allowed_names::judge(&leaf, question.allowed),
        };
        Self {
            question,
            sent,
            budget: Budget::new(),
            name,
            allowed,
            furthest: None,
        }
    }

    fn run(&mut self) -> ControlFlow<Halt> {
        let leaf = self.question.leaf;
        let mut path = Path {
            certificates: vec![leaf],
            links: Vec::new(),
        };
        if self.question.anchors.is_empty() {
            return self.dead_end(&path, Reason::NothingTrusted);
        }
        // 3.3.1: a trusted certificate is good by itself, whatever it is.
        if self.question.anchors.contains(leaf) {
            self.arrive(&path)?;
        }
        self.extend(&mut path, leaf)
    }

    /// Tries everybody who may have issued `child`, the last certificate of the path.
    fn extend(&mut self, path: &mut Path<'q>, child: &'q Certificate) -> ControlFlow<Halt> {
        let candidates = self.candidates(path, child);
        if candidates.is_empty() {
            let certificate = path.last(Place::Intermediate, child);
            let reason = if folded_name::same(child.subject(), child.issuer()) {
                Reason::SelfIssuedNotTrusted { certificate }
            } else {
                Reason::IssuerUnknown { certificate }
            };
            return self.dead_end(path, reason);
        }
        let mut flow = ControlFlow::Continue(());
        let (mut is_issued, mut of_another) = (false, None);
        for candidate in candidates {
            match self.follow(path, child, &candidate) {
                ControlFlow::Continue(Followed::Issuer) => is_issued = true,
                ControlFlow::Continue(Followed::Another(reason)) => {
                    of_another.get_or_insert(reason);
                }
                ControlFlow::Break(halt) => {
                    flow = ControlFlow::Break(halt);
                    break;
                }
            }
        }
        // Where the issuer was found, that others of its name are not the issuer says nothing.
        if let (false, Some(reason)) = (is_issued, of_another) {
            self.dead_end(path, reason)?;
        }
        flow
    }

    /// Takes one step up, if the signature does not forbid it, and goes on from there.
    fn follow(
        &mut self,
        path: &mut Path<'q>,
        child: &'q Certificate,
        candidate: &Candidate<'q>,
    ) -> ControlFlow<Halt, Followed> {
        grant(self.budget.spend_issuer())?;
        let issuer = candidate.certificate;
        let strength = self.question.policy.strength(self.question.now);
        let link = strength::verify(child, issuer.public_key(), strength);
        if let Err(error @ (SignatureError::Wrong | SignatureError::OtherKind { .. })) = link {
            let place = if candidate.trusted {
                Place::Anchor
            } else {
                Place::Intermediate
            };
            let issuer = Member {
                place,
                certificate: issuer.clone(),
            };
            let certificate = path.last(Place::Intermediate, child);
            let reason = strength::reason(error, &certificate, &issuer);
            return ControlFlow::Continue(Followed::Another(reason));
        }
        path.certificates.push(issuer);
        path.links.push(link);
        let flow = if candidate.trusted {
            self.arrive(path)
        } else if let Some(reason) = self.too_long(path, issuer) {
            self.dead_end(path, reason)
        } else {
            self.extend(path, issuer)
        };
        path.certificates.pop();
        path.links.pop();
        flow?;
        ControlFlow::Continue(Followed::Issuer)
    }

    /// Everybody who bears the name of `child`'s issuer and is not in the path yet, the likeliest
    /// first: those whose key identifier fits, and among them anchors.
    ///
    /// The identifier decides about the order only (RFC 4158 section 3.5.12); the signature decides.
    fn candidates(&self, path: &Path<'q>, child: &'q Certificate) -> Vec<Candidate<'q>> {
        let anchors = self.question.anchors;
        let trusted = anchors.with_subject(child.issuer());
        let sent = self.sent.get(&FoldedName::new(child.issuer()));
        let trusted_ones = trusted.iter().map(|certificate| Candidate {
            certificate,
            trusted: true,
        });
        let sent_ones = sent
            .into_iter()
            .flatten()
            .filter(|certificate| !trusted.contains(certificate))
            .map(|certificate| Candidate {
                certificate,
                trusted: false,
            });
        let mut candidates: Vec<_> = trusted_ones
            .chain(sent_ones)
            .filter(|candidate| !path.holds_key_of(candidate.certificate))
            .collect();
        candidates.sort_by_key(|candidate| identifier_fit(child, candidate.certificate));
        candidates
    }

    /// That the path has more intermediates than are allowed, if it has; `last` was put to it last.
    fn too_long(&self, path: &Path<'q>, last: &'q Certificate) -> Option<Reason> {
        let allowed = self
            .question
            .policy
            .max_intermediates
            .min(MAX_INTERMEDIATES);
        let above = path.certificates.iter().skip(1);
        let self_issued = above
            .clone()
            .filter(|certificate| certificate.is_self_issued())
            .count();
        let others = above.count().saturating_sub(self_issued);
        let (counted, found, allowed) = if others > allowed {
            (Intermediates::Others, others, allowed)
        } else if self_issued > MAX_SELF_ISSUED {
            (Intermediates::SelfIssued, self_issued, MAX_SELF_ISSUED)
        } else {
            return None;
        };
        Some(Reason::TooManyIntermediates {
            certificate: path.last(Place::Intermediate, last),
            counted,
            found,
            allowed,
        })
    }

    /// Judges a path that ends in an anchor.
    fn arrive(&mut self, path: &Path<'q>) -> ControlFlow<Halt> {
        let findings = grant(self.assess(path, None))?;
        if findings.reasons.is_empty() {
            let accepted = Accepted::new(path.to_vec(), findings.course);
            return ControlFlow::Break(Halt::Found(accepted));
        }
        self.remember(path, 0, findings);
        ControlFlow::Continue(())
    }

    /// Judges what can still be judged of a path that ends for `reason` before an anchor.
    fn dead_end(&mut self, path: &Path<'q>, reason: Reason) -> ControlFlow<Halt> {
        let length = path.certificates.len();
        let got_further = |(rank, other, _): Progress| (rank, other) >= (reason.rank(), length);
        // Judging the rest is worth it only for a path that may be reported.
        if !self
            .furthest
            .as_ref()
            .is_some_and(|failed| got_further(failed.progress))
        {
            let findings = grant(self.assess(path, Some(reason)))?;
            self.remember(path, length, findings);
        }
        ControlFlow::Continue(())
    }

    /// Everything about a path; `dead_end` if it reached no anchor.
    fn assess(&mut self, path: &Path<'q>, dead_end: Option<Reason>) -> Result<Findings, WorkLimit> {
        let question = self.question;
        let trusted = dead_end.is_none();
        let outcomes = path.outcomes(dead_end.as_ref());
        let members = path.members(trusted);
        let mut reasons: Vec<_> = dead_end.into_iter().collect();
        let mut lists = None;
        reasons.extend(constraints::judge(&members));
        // What nobody vouches for constrains nothing and signs no lists, and looking at it would be
        // work for a stranger.
        if trusted && path.links.iter().all(Result::is_ok) {
            reasons.extend(name_constraints::judge(&members, &mut self.budget)?);
            lists = Some(step::judge(
                &members,
                question,
                &self.sent,
                &mut self.budget,
            )?);
        }
        let strength = question.policy.strength(question.now);
        reasons.extend(strength::judge(&members, &path.links, trusted, strength));
        reasons.extend(usages::judge(&members, question.purpose));
        reasons.extend(self.name.clone());
        reasons.extend(dates::judge(&members, question.now));
        let refused = lists
            .iter()
            .flatten()
            .filter_map(|one| one.result.clone().err());
        reasons.extend(refused);
        reasons.extend(self.allowed.clone());
        reasons.sort_by_key(Reason::rank);
        let course = Course::new(question, outcomes, lists, &reasons);
        Ok(Findings {
            reasons,
            course: Box::new(course),
        })
    }

    /// Keeps a path that does not hold if none got further.
    fn remember(&mut self, path: &Path<'q>, length: usize, findings: Findings) {
        let Some(first) = findings.reasons.first() else {
            return;
        };
        let progress = (first.rank(), length, Reverse(findings.reasons.len()));
        if self
            .furthest
            .as_ref()
            .is_none_or(|failed| failed.progress < progress)
        {
            self.furthest = Some(Failed {
                progress,
                findings,
                path: path.to_vec(),
            });
        }
    }

    /// The answer if no path holds; `first` stands before everything else that was found.
    fn rejected(self, first: Option<Reason>) -> Rejected {
        let leaf = self.question.leaf;
        let (findings, path) = match self.furthest {
            Some(failed) => (failed.findings, failed.path),
            None => (Findings::none(self.question), vec![leaf.clone()]),
        };
        let mut course = findings.course;
        if first.is_some() {
            course.give_up();
        }
        let mut reasons = first.into_iter().chain(findings.reasons);
        let unknown = || Reason::IssuerUnknown {
            certificate: Member {
                place: Place::Leaf,
                certificate: leaf.clone(),
            },
        };
        let first = reasons.next().unwrap_or_else(unknown);
        Rejected {
            first,
            later: reasons.collect(),
            path,
            course,
        }
    }
}

impl Findings {
    /// Of a leaf above which nothing was judged.
    fn none(question: &Question<'_>) -> Self {
        let mut course = Course::new(question, vec![LinkOutcome::NoIssuer], None, &[]);
        course.give_up();
        Self {
            reasons: Vec::new(),
            course: Box::new(course),
        }
    }
}

/// 0 if the key identifiers fit, 1 if there is nothing to compare, 2 if they differ.
fn identifier_fit(child: &Certificate, issuer: &Certificate) -> u8 {
    let wanted = child
        .extensions()
        .authority_key_id
        .as_ref()
        .and_then(|id| id.key_id.as_deref());
    let found = issuer.extensions().subject_key_id.as_deref();
    match (wanted, found) {
        (Some(wanted), Some(found)) if wanted == found => 0,
        (Some(_), Some(_)) => 2,
        (None, _) | (_, None) => 1,
    }
}

/// Turns a spent budget into the end of the search.
fn grant<T>(granted: Result<T, WorkLimit>) -> ControlFlow<Halt, T> {
    match granted {
        Ok(value) => ControlFlow::Continue(value),
        Err(limit) => ControlFlow::Break(limit.into()),
    }
}
