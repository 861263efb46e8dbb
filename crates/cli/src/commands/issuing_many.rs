//! Carrying out many orders on one CA directory, to their end: also where the CA gets another key meanwhile.
//!
//! Not what is said about them. Invariant: of each order the outcome is told once, or it is given back as not tried.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use trustpack_ca_directory::batch::{Batch, Stopped};
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::issue::{IssueError, IssueOrder, IssuedFiles};
use trustpack_keystore::password::Password;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_x509::time::Timestamp;

use super::bundling::of_issued::OfIssued;
use super::bundling::{Order, check_certificates};
use super::ca_arguments::CaDirArgs;
use super::issuing::{self, OpenAuthority};
use crate::failure::Failure;
use crate::session::{self, StopSignals};

/// What orders are carried out with.
pub(super) struct Opened {
    pub(super) authority: OpenAuthority,
    pub(super) bundler: OfIssued,
}

/// How it is opened: the same each time.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    pub(super) ca: &'a CaDirArgs,
    pub(super) bundle_password: &'a Password,
    /// Who may read keys, where it was said.
    pub(super) mode: Option<PrivateMode>,
    /// The bundles that will be made: what their programs cannot read is refused before anything is issued.
    pub(super) bundles: Vec<Order>,
    pub(super) now: Timestamp,
}

impl Opening<'_> {
    /// Of a directory that is open, without its key.
    ///
    /// # Errors
    ///
    /// When the key of the CA cannot be used, or a program cannot read its certificates.
    pub(super) fn of(&self, directory: CaDirectory) -> Result<Opened, Failure> {
        let authority = issuing::unlock(directory, self.ca)?;
        let unlocked = authority.unlocked();
        let bundler = OfIssued::of_new(unlocked, self.bundle_password, self.mode, self.now)?;
        check_certificates(&self.bundles, &bundler.authorities())?;
        Ok(Opened { authority, bundler })
    }

    /// As it is now.
    ///
    /// # Errors
    ///
    /// As [`Opening::of`], and when the directory cannot be opened.
    pub(super) fn again(&self) -> Result<Opened, Failure> {
        self.of(issuing::open_directory(&self.ca.dir)?)
    }
}

/// Orders that were not tried, by their index, and why.
#[derive(Debug)]
pub(super) struct Untried {
    pub(super) orders: Vec<usize>,
    pub(super) why: Why,
}

/// Why an order was not tried.
#[derive(Debug)]
pub(super) enum Why {
    /// The command was asked to stop.
    Stopped,
    /// What keeps all of them.
    Failed(Failure),
}

/// An order that was carried out, or refused.
#[derive(Clone, Copy)]
pub(super) struct Carried<'a> {
    pub(super) index: usize,
    pub(super) order: &'a IssueOrder,
    /// With what.
    pub(super) opened: &'a Opened,
}

/// Issues for all orders, with all cores. `each` gets what came of an order, with what it was carried out with. Where
/// another command gives the CA another certificate or key, the rest is done with that, which `reopen` opens.
///
/// # Errors
///
/// [`Untried`]: the orders of which `each` was not told.
pub(super) fn issue_all(
    mut opened: Opened,
    reopen: &mut dyn FnMut() -> Result<Opened, Failure>,
    mut orders: Vec<IssueOrder>,
    now: Timestamp,
    each: &mut dyn FnMut(Carried<'_>, Result<IssuedFiles, IssueError>),
) -> Result<(), Untried> {
    let stop = StopRequest::listen();
    let batch = Batch {
        threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        stop: &stop.asked,
    };
    let mut indexes: Vec<usize> = (0..orders.len()).collect();
    let mut beginnings = 1;
    loop {
        let mut waiting = vec![true; orders.len()];
        let ended = opened
            .authority
            .issue_many(&orders, now, batch, &mut |at, outcome| {
                if let (Some(&index), Some(order)) = (indexes.get(at), orders.get(at)) {
                    let opened = &opened;
                    each(
                        Carried {
                            index,
                            order,
                            opened,
                        },
                        outcome,
                    );
                }
                if let Some(waits) = waiting.get_mut(at) {
                    *waits = false;
                }
            });
        let Err(stopped) = ended else {
            return Ok(());
        };
        keep(&mut indexes, &waiting);
        keep(&mut orders, &waiting);
        let why = match stopped {
            Stopped::Failed(IssueError::AuthorityChanged { .. })
                if beginnings < issuing::MAX_BEGINNINGS =>
            {
                issuing::say_begins_again();
                match reopen() {
                    Ok(present) => {
                        opened = present;
                        beginnings += 1;
                        continue;
                    }
                    Err(failure) => Why::Failed(failure),
                }
            }
            Stopped::Failed(error) => Why::Failed(issuing::not_issued(error)),
            Stopped::Asked => Why::Stopped,
        };
        return Err(Untried {
            orders: indexes,
            why,
        });
    }
}

/// Those that still wait.
fn keep<T>(all: &mut Vec<T>, waiting: &[bool]) {
    let mut waits = waiting.iter();
    all.retain(|_| waits.next().is_some_and(|waits| *waits));
}

/// Listens for the signals that ask a program to end, so that it ends with whole chunks, and says so.
struct StopRequest {
    asked: Arc<AtomicBool>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl StopRequest {
    fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        // Without it a signal ends the program at once; the next command cleans up.
        let runtime = runtime.ok();
        if let Some(runtime) = &runtime {
            let asked = Arc::clone(&asked);
            let mut signals = {
                let _inside = runtime.enter();
                StopSignals::listen()
            };
            drop(runtime.spawn(async move {
                let signal = signals.received().await;
                asked.store(true, Ordering::Relaxed);
                session::say(&format!(
                    "{signal}: stopping after the keys that are being made"
                ));
            }));
        }
        Self { asked, runtime }
    }
}

impl Drop for StopRequest {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
