//! The answer for people: the path, then each step, then the verdict.

use super::report::{
    Answered, PathShown, Report, RevocationState, SignatureState, State, StepShown,
};
use crate::output::{Output, Printed};

/// Columns of the names of steps: the longest has ten.
const STEPS: usize = 12;

/// Columns of what is said of a certificate.
const FACTS: usize = 12;

pub(in crate::commands) fn write(report: &Report, out: &mut Output) -> Printed {
    for (index, answer) in report.answers.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let subject = &report.subject;
        writeln!(
            out,
            "\"{subject}\" with serial {}, as a TLS {}, on {}",
            report.serial, answer.purpose, report.at
        )?;
        write_answer(answer, out)?;
    }
    Ok(())
}

fn write_answer(answer: &Answered, out: &mut Output) -> Printed {
    write_path_and_steps(answer, out)?;
    writeln!(out)?;
    match &answer.failed {
        None => writeln!(out, "valid"),
        Some(step) => writeln!(out, "not valid; the first step that failed: {step}"),
    }
}

/// The path, and what became of each step.
pub(in crate::commands) fn write_path_and_steps(answer: &Answered, out: &mut Output) -> Printed {
    for certificate in &answer.path {
        write_certificate(certificate, out)?;
    }
    writeln!(out)?;
    for step in &answer.steps {
        write_step(step, out)?;
    }
    Ok(())
}

fn write_certificate(certificate: &PathShown, out: &mut Output) -> Printed {
    let place = match certificate.place {
        "leaf" => "certificate",
        "trusted" => "trusted certificate",
        _between => "intermediate certificate",
    };
    writeln!(out)?;
    writeln!(out, "  {place} \"{}\"", certificate.subject)?;
    let mut fact = |name: &str, value: &str| {
        if value.is_empty() {
            Ok(())
        } else {
            writeln!(out, "    {name:FACTS$}{value}")
        }
    };
    fact("serial", &certificate.serial)?;
    let verified = match certificate.signature {
        SignatureState::Verified => "verified with the key of the next certificate",
        SignatureState::Trusted => "not looked at: the certificate is trusted by itself",
        SignatureState::Refused => "refused",
        SignatureState::NoIssuer => "not verified: nobody here issued it",
        SignatureState::NotFollowed => "not verified: the path is not followed beyond it",
    };
    fact(
        "signature",
        &format!("{}, {verified}", certificate.signature_algorithm),
    )?;
    fact("key", &certificate.key)?;
    fact(
        "valid",
        &format!("{} to {}", certificate.not_before, certificate.not_after),
    )?;
    let usages = [&certificate.key_usage[..], &certificate.extended_key_usage].concat();
    fact("usages", &usages.join(", "))?;
    fact("revocation", &revocation(certificate))?;
    for note in &certificate.revocation.notes {
        fact("", &format!("note: {note}"))?;
    }
    for wrong in &certificate.wrong {
        fact("wrong", &wrong.reason)?;
    }
    Ok(())
}

fn revocation(certificate: &PathShown) -> String {
    let shown = &certificate.revocation;
    let list = shown.list.as_ref().map_or_else(String::new, |list| {
        let number = list.number.as_ref();
        let number = number.map_or_else(String::new, |number| format!(" with number {number}"));
        format!(
            "the list of \"{}\"{number} of {}",
            list.issuer, list.this_update
        )
    });
    let reason = shown
        .reason
        .map_or_else(String::new, |reason| format!(" ({reason})"));
    match shown.state {
        RevocationState::NotAsked => String::new(),
        RevocationState::NotRevoked => format!("not on {list}"),
        RevocationState::Revoked => {
            let date = shown.revoked_at.as_deref().unwrap_or_default();
            format!("revoked on {date}{reason}, says {list}")
        }
        RevocationState::Unknown => "not known".to_owned(),
    }
}

fn write_step(step: &StepShown, out: &mut Output) -> Printed {
    let state = match step.state {
        State::Passed => "passed",
        State::Failed => "failed",
        State::NotAsked => "not asked for",
        State::NotReached => "not judged: the path leads to no trusted CA",
    };
    writeln!(out, "{:STEPS$}{state}", step.step)?;
    for reason in &step.reasons {
        writeln!(out, "{:STEPS$}{reason}", "")?;
    }
    Ok(())
}
