//! What a service did, for people: the answer first, then what it rests on.

use super::super::cert_verify::text::write_path_and_steps;
use super::report::{Essence, Report, Speaks, Trust, Without};
use crate::output::{Output, Printed};

/// Columns of the names of facts.
const FACTS: usize = 12;

/// Names of CAs that are listed; a server may name thousands.
const MAX_NAMED: usize = 5;

/// Names of its own that are listed; a certificate may have thousands.
const MAX_OF_ITSELF: usize = 10;

pub(super) fn write(report: &Report, out: &mut Output) -> Printed {
    let at = if report.service == report.address {
        report.address.clone()
    } else {
        format!("{} ({})", report.service, report.address)
    };
    writeln!(out, "{at}: {}", answer(report))?;
    for also in &report.also {
        writeln!(out, "  also: {also}")?;
    }
    if let Some(explanation) = &report.explanation {
        writeln!(out, "  {}", explanation.advice)?;
    }
    writeln!(out)?;
    write_facts(report, out)?;
    write_certificate(report, out)?;
    match (&report.offers, &report.no_offers) {
        (Some(offers), _) => offers.write(out),
        (None, Some(why)) => writeln!(out, "\nwhat else it takes is not known: {why}"),
        (None, None) => Ok(()),
    }
}

/// The answer alone, with what to do about it, and what is another than it was before.
pub(super) fn write_answer(report: &Report, before: Option<&Essence>, out: &mut Output) -> Printed {
    writeln!(out, "{} {}: {}", report.at, report.service, answer(report))?;
    if let Some(explanation) = &report.explanation {
        writeln!(out, "  {}", explanation.advice)?;
    }
    let changes = before.map(|before| report.changes_since(before));
    for change in changes.iter().flatten() {
        writeln!(out, "  {change}")?;
    }
    Ok(())
}

fn write_certificate(report: &Report, out: &mut Output) -> Printed {
    let Some(certificate) = &report.certificate else {
        return Ok(());
    };
    let trusted = match report.trust {
        Some(Trust::NotGiven) => {
            "nobody, so that the last certificate that came was taken as trusted; --trusted-ca says whom"
        }
        Some(Trust::NotAsked) => {
            "everybody, as --client-auth 0 says; below the last certificate that came was taken as trusted, to see what is wrong"
        }
        Some(Trust::Given) | None => "",
    };
    if !trusted.is_empty() {
        writeln!(out, "{:FACTS$}{trusted}", "trusted")?;
    }
    write_path_and_steps(certificate, out)
}

fn answer(report: &Report) -> String {
    // The explanation knows more than the failure alone.
    let explained = report.explanation.as_ref().map(|one| &*one.what);
    let why = explained.or(report.why.as_deref()).unwrap_or_default();
    match (report.works, report.speaks, &report.failed) {
        (true, _, _) if matches!(report.trust, Some(Trust::NotGiven | Trust::NotAsked)) => {
            "TLS works, for a client that takes every server".to_owned()
        }
        (true, _, _) if !report.is_settled => "TLS works, as far as is known".to_owned(),
        (true, _, _) => "TLS works".to_owned(),
        (false, Speaks::PlainText, _) => why.to_owned(),
        (false, _, Some(step)) => format!("TLS fails at the step {step}: {why}"),
        (false, Speaks::Tls, None) => format!("TLS fails: {why}"),
        (false, Speaks::NotKnown, None) => format!("no TLS came about: {why}"),
    }
}

fn write_facts(report: &Report, out: &mut Output) -> Printed {
    let spoken = [report.version.as_deref(), report.suite, report.group];
    let spoken: Vec<&str> = spoken.into_iter().flatten().collect();
    let mut fact = |name: &str, value: &str| {
        if value.is_empty() {
            Ok(())
        } else {
            writeln!(out, "{name:FACTS$}{value}")
        }
    };
    fact("spoken", &spoken.join(", "))?;
    fact("names", &listed(&report.names, MAX_OF_ITSELF, ", "))?;
    if report.sent > 0 {
        fact(
            "sent",
            &crate::finding_report::counted(report.sent, "certificate"),
        )?;
    }
    for unreadable in &report.unreadable {
        fact("", unreadable)?;
    }
    fact("clients", &clients(report))
}

/// What the service asks of its clients.
fn clients(report: &Report) -> String {
    let shown = &report.client_certificate;
    let asked = match (shown.asked, &shown.authorities[..]) {
        (None, _) => return String::new(),
        (Some(false), _) => return "are not asked for a certificate".to_owned(),
        (Some(true), []) => "are asked for a certificate, of any CA".to_owned(),
        (Some(true), names) => {
            let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            let named = listed(&quoted, MAX_NAMED, " or ");
            format!("are asked for a certificate of {named}")
        }
    };
    let why = shown.why.as_deref().unwrap_or_default();
    match shown.without {
        Without::NotSeen if !why.is_empty() => {
            format!("{asked}; what becomes of one without is not known")
        }
        Without::NotAsked | Without::NotSeen => asked,
        Without::LetIn => format!("{asked}, and let in without"),
        Without::Refused => format!("{asked}; without one: {why}"),
    }
}

/// The first of them, and how many more there are.
fn listed(names: &[String], most: usize, between: &str) -> String {
    let shown = names.get(..most).unwrap_or(names).join(between);
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_names_are_not_a_line() {
        let names: Vec<String> = (0..2_000).map(|number| format!("n{number}")).collect();
        assert_eq!(listed(&names, 3, ", "), "n0, n1, n2 and 1997 more");
        assert_eq!(listed(&names[..3], 3, " or "), "n0 or n1 or n2");
        assert_eq!(listed(&[], 3, ", "), "");
    }
}
