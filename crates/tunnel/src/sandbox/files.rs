//! Files, TCP ports, abstract sockets and signals, by Landlock.
//!
//! Invariant: a right that a kernel does not know yet is left out and named; the others hold.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, NetPort,
    Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};

use super::{Bounds, Missing, Part};

/// The newest version whose rights are taken away: files 1 to 3, ports 4, devices 5, signals and abstract sockets 6.
///
/// Source: `Documentation/userspace-api/landlock.rst` of Linux.
const VERSION: ABI = ABI::V6;

/// Rules that can be applied.
#[derive(Debug)]
pub(super) struct Rules(RulesetCreated);

impl Rules {
    pub(super) fn new(bounds: &Bounds) -> Result<Self, RulesetError> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(VERSION))?
            // No rule lets a port be bound: all are.
            .handle_access(AccessNet::BindTcp)?
            .scope(Scope::Signal)?;
        let ports = bounds.all_ports();
        if ports.is_some() {
            ruleset = ruleset.handle_access(AccessNet::ConnectTcp)?;
        }
        if !bounds.abstract_sockets {
            ruleset = ruleset.scope(Scope::AbstractUnixSocket)?;
        }
        let mut created = ruleset
            .create()?
            .add_rules(path_beneath_rules(bounds.all_readable(), read))?
            .add_rules(path_beneath_rules(
                &bounds.removable,
                BitFlags::from(AccessFs::RemoveFile),
            ))?;
        for port in ports.into_iter().flatten() {
            created = created.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
        }
        Ok(Self(created))
    }

    /// The same rules once more, if the system has a descriptor for them.
    pub(super) fn twice(self) -> (Self, std::io::Result<Self>) {
        let more = self.0.try_clone().map(Self);
        (self, more)
    }

    /// Confines the thread that calls this, and those that it starts. Gives what is missing.
    pub(super) fn restrict_thread(self) -> Result<Option<Missing>, RulesetError> {
        let status = self.0.restrict_self()?;
        let reason = match status.ruleset {
            RulesetStatus::FullyEnforced => return Ok(None),
            RulesetStatus::PartiallyEnforced => {
                "this kernel knows only a part of it (ports need Linux 6.7, signals 6.12)"
            }
            RulesetStatus::NotEnforced => "this kernel does not have it, or it is switched off",
        };
        Ok(Some(Missing {
            part: Part::Files,
            reason: reason.to_owned(),
        }))
    }
}
