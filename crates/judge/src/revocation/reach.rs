//! How far a list reaches: whose certificates it is about, and how long it holds.
//!
//! Nothing here knows whether its signature is right. Invariant: everything is decided by the head of
//! a list; no entry is looked at.

use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::head::ListHead;
use trustpack_x509::crl::issuing_point::{
    Covered, DistributionPointName, IssuingDistributionPoint,
};
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::time::Timestamp;

use super::fault::ListFault;
use crate::question::Freshness;

/// Whether a list is about a certificate of its issuer.
///
/// # Errors
///
/// [`ListFault`] says what it is about instead.
///
/// Source: RFC 5280 section 6.3.3 (b) (2).
pub fn covers(head: &ListHead, certificate: &Certificate) -> Result<(), ListFault> {
    let Some(point) = &head.issuing_distribution_point else {
        return Ok(());
    };
    let basic = certificate.extensions().basic_constraints;
    let is_authority = basic.is_some_and(|constraints| constraints.ca);
    let of_its_kind = match point.covers {
        Covered::All => true,
        Covered::EndEntities => !is_authority,
        Covered::Authorities => is_authority,
        Covered::Attributes => false,
    };
    if !of_its_kind {
        let covers = point.covers;
        return Err(ListFault::OtherKind { covers });
    }
    if !names_point(point, certificate) {
        return Err(ListFault::OtherPoint);
    }
    // What is not on such a list may be revoked for another reason.
    if point.some_reasons_only {
        return Err(ListFault::SomeReasons);
    }
    Ok(())
}

/// Whether the certificate names the distribution point that a list is for.
fn names_point(point: &IssuingDistributionPoint, certificate: &Certificate) -> bool {
    let wanted: &[GeneralName] = match &point.name {
        None => return true,
        Some(DistributionPointName::Full(names)) => names,
        // Names relative to the issuer are not compared; nobody uses them.
        Some(DistributionPointName::Relative(_)) => return false,
    };
    let points = certificate.extensions().crl_distribution_points.as_deref();
    points
        .unwrap_or_default()
        .iter()
        .filter(|found| found.reasons.is_none())
        .flat_map(|found| &found.full_names)
        .any(|name| wanted.contains(name))
}

/// Whether a list is fresh enough; what is taken though it is not, is given back.
///
/// # Errors
///
/// [`ListFault`] says what is wrong with its dates.
pub fn freshness(
    head: &ListHead,
    now: Timestamp,
    policy: Freshness,
) -> Result<Option<ListFault>, ListFault> {
    let this_update = head.this_update;
    let (fault, from, until) = match head.next_update {
        _ if now < this_update => (ListFault::NotYet { this_update, now }, now, this_update),
        None => (ListFault::NoNextUpdate, this_update, now),
        Some(next_update) if next_update < now => {
            (ListFault::Stale { next_update, now }, next_update, now)
        }
        Some(_) => return Ok(None),
    };
    match policy {
        Freshness::Required => Err(fault),
        Freshness::Warn => Ok(Some(fault)),
        Freshness::Grace(grace) if until.since(from) <= grace => Ok(Some(fault)),
        Freshness::Grace(_) => Err(fault),
    }
}
