//! The distinguished names inside extensions: the rules about names are for those too.

use crate::extension::Extensions;
use crate::general_name::GeneralName;
use crate::name::Name;

/// Every directory name, with the extension that it stands in.
pub(super) fn directory_names(extensions: &Extensions) -> Vec<(&'static str, &Name)> {
    let mut names: Vec<(&'static str, &GeneralName)> = Vec::new();
    for (whose, found) in [
        ("subjectAltName", &extensions.subject_alt_names),
        ("issuerAltName", &extensions.issuer_alt_names),
    ] {
        names.extend(found.iter().flatten().map(|name| (whose, name)));
    }
    if let Some(constraints) = &extensions.name_constraints {
        let trees = constraints.permitted.iter().chain(&constraints.excluded);
        names.extend(trees.map(|name| ("nameConstraints", name)));
    }
    if let Some(authority) = &extensions.authority_key_id {
        let issuer = authority.issuer.iter().flatten();
        names.extend(issuer.map(|name| ("authorityKeyIdentifier", name)));
    }
    for (whose, points) in [
        ("cRLDistributionPoints", &extensions.crl_distribution_points),
        ("freshestCRL", &extensions.freshest_crl),
    ] {
        for point in points.iter().flatten() {
            let both = point.full_names.iter().chain(&point.list_issuer);
            names.extend(both.map(|name| (whose, name)));
        }
    }
    for (whose, places) in [
        ("authorityInfoAccess", &extensions.authority_info_access),
        ("subjectInfoAccess", &extensions.subject_info_access),
    ] {
        let places = places.iter().flatten();
        names.extend(places.map(|place| (whose, &place.location)));
    }
    let names = names.into_iter();
    names
        .filter_map(|(whose, name)| Some((whose, name.as_directory()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extension::access::{AccessDescription, AccessMethod};
    use crate::extension::distribution_point::DistributionPoint;
    use crate::extension::{AuthorityKeyId, NameConstraints};
    use crate::lint::sample;

    #[test]
    fn each_is_found_in_every_extension() {
        let name = |text: &str| {
            GeneralName::Directory(sample::name_of(&[&[sample::attribute(
                "2.5.4.3", 12, text,
            )]]))
        };
        let uri = GeneralName::Uri("urn:a".to_owned());
        let point = |full: &str, signer: &str| DistributionPoint {
            full_names: vec![uri.clone(), name(full)],
            list_issuer: vec![name(signer)],
            ..DistributionPoint::default()
        };
        let place = |text: &str| AccessDescription {
            method: AccessMethod::CaIssuers,
            location: name(text),
        };
        let extensions = Extensions {
            subject_alt_names: Some(vec![uri.clone(), name("a"), name("b")]),
            issuer_alt_names: Some(vec![name("c")]),
            name_constraints: Some(NameConstraints {
                permitted: vec![name("d")],
                excluded: vec![name("e")],
            }),
            authority_key_id: Some(AuthorityKeyId {
                key_id: None,
                issuer: Some(vec![name("f")]),
                serial: None,
            }),
            crl_distribution_points: Some(vec![point("g", "h")]),
            freshest_crl: Some(vec![point("i", "j")]),
            authority_info_access: Some(vec![place("k")]),
            subject_info_access: Some(vec![place("l")]),
            ..Extensions::default()
        };
        let found = directory_names(&extensions);
        let shown: Vec<String> = found
            .iter()
            .map(|(whose, name)| format!("{whose} {name}"))
            .collect();
        assert_eq!(
            shown,
            [
                "subjectAltName CN=a",
                "subjectAltName CN=b",
                "issuerAltName CN=c",
                "nameConstraints CN=d",
                "nameConstraints CN=e",
                "authorityKeyIdentifier CN=f",
                "cRLDistributionPoints CN=g",
                "cRLDistributionPoints CN=h",
                "freshestCRL CN=i",
                "freshestCRL CN=j",
                "authorityInfoAccess CN=k",
                "subjectInfoAccess CN=l",
            ]
        );
    }
}
