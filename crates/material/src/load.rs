//! Reads the files of an endpoint and checks them against each other.
//!
//! Every file is looked at, whatever is wrong with the others: all findings, not the first. [`load`] is for an
//! endpoint that is to be started, [`load_change`] for one that runs, [`load_to_imitate`] for one in whose place somebody else connects,
//! [`examine`] for one that is only looked at.
//! Long because what an endpoint names and what is noted about it is one struct, which its modules share.
//!
//! Invariant: with an error among the findings that nobody accepted there is no [`Material`], unless time alone made
//! it one while the endpoint runs, or its own engine takes what ours does not.

mod found;
mod list_file;
pub mod list_memory;
mod lists;
mod lock;
mod own;
pub mod shelf;
mod stores;
mod trusted;

use std::fmt;
use std::sync::Arc;

use trustpack_judge::anchors::{TrustAnchors, is_authority};
use trustpack_judge::question::Policy;
use trustpack_judge::revocation::RevocationLists;
use trustpack_keystore::password::Password;
use trustpack_settings::acceptances::Acceptances;
use trustpack_settings::endpoint::{
    EffectiveSettings, Endpoint, Engine, Role, Security, Startable,
};
use trustpack_settings::finding::{Finding, Kind};
use trustpack_settings::value::{
    AbsolutePath, ClientCertificate, Provider, ServerAuthentication, Shown,
};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use self::found::Found;
use self::list_memory::ListMemory;
use self::shelf::{OnShelf, Read, Shelf};
use crate::chain::Gap;
use crate::files::permissions::Account;
use crate::files::{Files, ReadFileError};
use crate::findings::{
    At, account_cannot_read, anchor_expired, ca_as_host, chain_incomplete, file_not_found,
    file_not_readable, half_identity, key_locked, key_mismatch, list_not_fresh, no_certificate,
    no_key, no_list, not_in_validity, not_looked_at, provider_not_read, store_unusable,
    trust_store_locked, usage_missing, weak,
};
use crate::limits::MAX_CLOCK_SKEW;
use crate::material::{Identity, Material, MaterialError};
use crate::peer_rules;
use crate::prediction::stops;

/// What loading needs from outside.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Where files are read.
    pub files: &'a dyn Files,
    /// The value of an environment variable, for passwords given as `env:NAME`.
    pub variable: &'a dyn Fn(&str) -> Option<Password>,
    /// The present time, for what is expired.
    pub now: Timestamp,
    /// Findings that somebody accepted; the default has none.
    pub acceptances: &'a Acceptances,
    /// Revocation lists that were seen before, where files are read again and again.
    pub lists: Option<&'a ListMemory>,
}

impl<'a> Surroundings<'a> {
    /// A shelf for the endpoints of these files, nothing read so far.
    #[must_use]
    pub fn shelf(&self) -> Shelf<'a> {
        let shelf = Shelf::new(self.files);
        match self.lists {
            None => shelf,
            Some(memory) => shelf.remembering(memory),
        }
    }
}

/// What the files of an endpoint hold, for whoever looks at it and starts nothing.
#[derive(Debug)]
pub struct Examined {
    /// Its own certificate, chain and key, if they could be read.
    pub identity: Option<Identity>,
    /// Whom it trusts, as far as the file could be read.
    pub anchors: TrustAnchors,
    /// Its revocation lists; `None` if none are set or the file could not be read.
    pub lists: Option<RevocationLists>,
    key_of_others: Option<KeyOfOthers>,
    gap: Option<Gap>,
    own: Vec<Finding>,
    of_trusted: Arc<[Finding]>,
    in_der: Option<InDer>,
    withheld: Option<AbsolutePath>,
}

/// A file of certificates that is DER where PEM should be.
#[derive(Clone, Debug)]
pub(crate) struct InDer {
    /// The option that names it.
    pub(crate) option: &'static str,
    /// The file.
    pub(crate) path: AbsolutePath,
}

/// A private key that is whole, and only not of a kind or size that our engine signs with.
#[derive(Debug)]
pub(crate) enum KeyOfOthers {
    /// Its public half is known: the chain of its certificate, in order.
    Of(Vec<Certificate>),
    /// Which certificate is its own cannot be told: why.
    Unknown(String),
}

/// What is found where a file, or what it is to hold, cannot be had.
const UNREAD: [&Kind; 12] = [
    &file_not_found::KIND,
    &file_not_readable::KIND,
    &no_certificate::KIND,
    &no_key::KIND,
    &key_locked::KIND,
    &half_identity::KIND,
    &key_mismatch::KIND,
    &store_unusable::KIND,
    &trust_store_locked::KIND,
    &no_list::KIND,
    &provider_not_read::KIND,
    &not_looked_at::KIND,
];

/// What is found in an own chain that no peer takes, unless it takes everybody.
const REFUSED_BY_PEERS: [&Kind; 5] = [
    &chain_incomplete::KIND,
    &not_in_validity::KIND,
    &ca_as_host::KIND,
    &usage_missing::KIND,
    &weak::KIND,
];

impl Examined {
    /// The first file that the account of this process may not read: what is in it, and what the program itself makes
    /// of it, is not known from here.
    #[must_use]
    pub fn withheld(&self) -> Option<&AbsolutePath> {
        self.withheld.as_ref()
    }

    /// The first of its files of certificates that is DER, if one is.
    pub(crate) fn in_der(&self) -> Option<&InDer> {
        self.in_der.as_ref()
    }

    /// Its own certificate with the chain, as it shows them: also where only the engine of somebody else can use the key.
    /// Empty if it has none, or none that can be read.
    #[must_use]
    pub fn own_chain(&self) -> &[Certificate] {
        match (&self.identity, &self.key_of_others) {
            (Some(identity), _) => identity.chain(),
            (None, Some(KeyOfOthers::Of(chain))) => chain,
            (None, Some(KeyOfOthers::Unknown(_)) | None) => &[],
        }
    }

    /// Why it is not known which certificate it shows, though it has a key: that is of a kind which is not read here.
    #[must_use]
    pub fn unknown_key(&self) -> Option<&str> {
        match &self.key_of_others {
            Some(KeyOfOthers::Unknown(why)) => Some(why),
            Some(KeyOfOthers::Of(_)) | None => None,
        }
    }

    /// Everything that was found, marked where somebody accepted it.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.own.iter().chain(&*self.of_trusted)
    }

    /// What is wrong with the own certificate and chain, so that whoever checks them refuses them, whether somebody accepted
    /// that here or not.
    pub fn refused_by_peers(&self) -> impl Iterator<Item = &Finding> {
        self.own.iter().filter(|finding| {
            let mut kinds = REFUSED_BY_PEERS.iter();
            kinds.any(|kind| kind.code == finding.code())
        })
    }

    /// What says that a file, or what is to be in it, could not be had: why a part of the endpoint's material is missing.
    pub fn unread(&self) -> impl Iterator<Item = &Finding> {
        self.own.iter().filter(|finding| {
            let mut kinds = UNREAD.iter();
            kinds.any(|kind| kind.code == finding.code())
        })
    }

    /// The same without what is wrong with trusted certificates: endpoints that name one file share that.
    pub(crate) fn own_findings(&self) -> &[Finding] {
        &self.own
    }

    /// What of its chain peers must have, since it is not sent.
    pub(crate) fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    /// Puts a finding in the place of another one.
    pub(crate) fn replace(&mut self, old: &Finding, new: &Finding) {
        for finding in self.own.iter_mut().filter(|finding| *finding == old) {
            *finding = new.clone();
        }
    }
}

/// Loads the material of an endpoint. An open endpoint needs none, and no file of its is read.
///
/// # Errors
///
/// [`MaterialError`] with everything that was found, if one of it is an error: a file that is not
/// there or cannot be read, a certificate without its key or the reverse, a key that does not
/// match or cannot be opened, a chain with a gap, a certificate that is not for this use.
pub fn load(
    endpoint: Startable<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Material, MaterialError> {
    let shelf = surroundings.shelf();
    load_with(endpoint, surroundings, &shelf)
}

/// The same for one of many endpoints of a host, whose files are on `shelf` as far as another one has named them: of
/// a list that several name there is one copy.
///
/// # Errors
///
/// As [`load`].
pub fn load_with(
    endpoint: Startable<'_>,
    surroundings: &Surroundings<'_>,
    shelf: &Shelf<'_>,
) -> Result<Material, MaterialError> {
    let endpoint = endpoint.endpoint();
    let examined = look(endpoint, surroundings, Depth::ForStart, shelf);
    material(endpoint, examined, Finding::bars)
}

/// The same for whoever connects in the place of a client, to see what becomes of that: an error is what keeps its own engine from
/// starting. Another one than ours shows a certificate that has expired, or is for another use.
///
/// # Errors
///
/// As [`load`].
pub fn load_to_imitate(
    client: Startable<'_>,
    surroundings: &Surroundings<'_>,
    shelf: &Shelf<'_>,
) -> Result<Material, MaterialError> {
    let client = client.endpoint();
    // As what is foretold of it sees them: with what that engine sends of its chain.
    let examined = examine_with(client, None, surroundings, shelf);
    let engine = client.engine();
    material(client, examined, |finding| stops(engine, finding))
}

/// What an endpoint that runs has of its files.
#[derive(Clone, Copy, Debug)]
pub struct Serving<'a> {
    /// The chain that it presents; empty if it has none.
    pub chain: &'a [Certificate],
    /// Whom it trusts.
    pub anchors: &'a TrustAnchors,
}

/// The same for an endpoint that runs, and has this of its files. That time has passed keeps no change out: a
/// new list, or the removal of a CA, would wait for it, and whoever is no longer trusted would go on coming in. So
/// these are no errors here:
///
/// - A CA that is not valid, if it is trusted already, and a list that is not fresh: whose certificates they are for is
///   refused, by each judgement. Only a list that will be valid within [`MAX_CLOCK_SKEW`] is waited for.
/// - A CA whose key is weak, if it is trusted already, after the day of `danger-accept-weak` until which it was
///   accepted.
/// - An own chain that is not valid, if it is the one that is presented already.
///
/// What is new is held to what a start holds it to, so that a restart finds nothing else wrong.
///
/// # Errors
///
/// As [`load`] for everything else.
pub fn load_change(
    endpoint: Startable<'_>,
    surroundings: &Surroundings<'_>,
    shelf: &Shelf<'_>,
    serving: Serving<'_>,
) -> Result<Material, MaterialError> {
    let endpoint = endpoint.endpoint();
    let examined = look(endpoint, surroundings, Depth::ForStart, shelf);
    let now = surroundings.now;
    let identity = examined.identity.as_ref();
    let same_chain = identity.is_some_and(|identity| identity.chain() == serving.chain);
    let lists = examined.lists.as_ref();
    let soon = lists.is_some_and(|lists| is_soon_valid(lists, now));
    let of_trusted = Arc::clone(&examined.of_trusted);
    let policy = peer_rules::policy(endpoint.settings());
    let day_is_over = policy.danger_accept_weak.is_some_and(|end| end <= now);
    let new = |is_bad: &dyn Fn(&Certificate) -> bool| {
        let mut anchors = examined.anchors.certificates();
        anchors.any(|one| is_authority(one) && !serving.anchors.contains(one) && is_bad(one))
    };
    let new_is_weak = new(&|one| weak::weakness_of_anchor(one, &policy, now).is_some());
    let new_is_not_valid = new(&|one| !one.validity().contains(now));
    let by_time_alone = |finding: &Finding| match finding.code() {
        code if code == anchor_expired::KIND.code => !new_is_not_valid,
        code if code == weak::KIND.code => {
            day_is_over && !new_is_weak && of_trusted.contains(finding)
        }
        code if code == list_not_fresh::KIND.code => !soon,
        code if code == not_in_validity::KIND.code => same_chain,
        _other => false,
    };
    material(endpoint, examined, |finding| {
        finding.bars() && !by_time_alone(finding)
    })
}

/// Whether one of these is from the future by no more than clocks differ.
fn is_soon_valid(lists: &RevocationLists, now: Timestamp) -> bool {
    lists.lists().any(|list| {
        let made = list.head().this_update;
        now < made && made.since(now) <= MAX_CLOCK_SKEW
    })
}

/// What an endpoint gets of its files, if nothing that was found bars it.
fn material(
    endpoint: &Endpoint,
    examined: Examined,
    bars: impl Fn(&Finding) -> bool,
) -> Result<Material, MaterialError> {
    let mut findings: Vec<Finding> = examined.findings().cloned().collect();
    if findings.iter().any(&bars) {
        // What is excused is no reason, and mending it first would not help.
        findings.retain(|finding| bars(finding) || !finding.bars());
        return Err(MaterialError {
            place: endpoint.place().clone(),
            findings,
        });
    }
    let Examined {
        identity,
        anchors,
        lists,
        key_of_others: _,
        gap: _,
        own: _,
        of_trusted: _,
        in_der: _,
        withheld: _,
    } = examined;
    Ok(Material {
        identity,
        anchors,
        lists,
        findings,
    })
}

/// Looks at the files of an endpoint, whatever its settings say and whoever does its TLS. `account` is the one
/// that its program runs under, if that is known.
///
/// Finds more than [`load`] does: what works and is less than it could be.
#[must_use]
pub fn examine(
    endpoint: &Endpoint,
    account: Option<&Account>,
    surroundings: &Surroundings<'_>,
) -> Examined {
    let shelf = surroundings.shelf();
    examine_with(endpoint, account, surroundings, &shelf)
}

/// The same for one of many endpoints of a host, whose files are on `shelf` as far as another one has named them.
pub(crate) fn examine_with(
    endpoint: &Endpoint,
    account: Option<&Account>,
    surroundings: &Surroundings<'_>,
    shelf: &Shelf<'_>,
) -> Examined {
    look(endpoint, surroundings, Depth::ForAdvice(account), shelf)
}

/// How much is said.
#[derive(Clone, Copy, Debug)]
enum Depth<'a> {
    /// What concerns an endpoint that is about to run.
    ForStart,
    /// Also what somebody should know who plans, and what this account may not read.
    ForAdvice(Option<&'a Account>),
}

fn look(
    endpoint: &Endpoint,
    surroundings: &Surroundings<'_>,
    depth: Depth<'_>,
    shelf: &Shelf<'_>,
) -> Examined {
    let mut loader = Loader {
        endpoint,
        settings: endpoint.settings(),
        surroundings,
        depth,
        shelf,
        findings: Found::new(surroundings.acceptances),
        of_trusted: Arc::default(),
        key_of_others: None,
        gap: None,
        in_der: None,
        withheld: None,
    };
    let (anchors, lists, identity) = match endpoint.security() {
        Security::Open | Security::Product => (TrustAnchors::default(), None, None),
        Security::Tls | Security::AutoDetect | Security::Refused => loader.by_provider(),
    };
    Examined {
        identity,
        anchors,
        lists,
        key_of_others: loader.key_of_others,
        gap: loader.gap,
        own: loader.findings.into_findings(),
        of_trusted: loader.of_trusted,
        in_der: loader.in_der,
        withheld: loader.withheld,
    }
}

/// On which side an end presents its certificate; `None` for a client that nobody asks for one.
pub(crate) fn presents_as(endpoint: &Endpoint) -> Option<Role> {
    match (endpoint.role(), endpoint.client_certificate()) {
        (Role::Client, ClientCertificate::NotAsked) => None,
        (role @ (Role::Server | Role::Client), _) => Some(role),
    }
}

/// Whether an end judges its peer.
pub(crate) fn judges(endpoint: &Endpoint) -> bool {
    let settings = endpoint.settings();
    match endpoint.role() {
        Role::Server => settings.tls_mutual.value == ClientCertificate::Required,
        Role::Client => settings.client_auth.value == ServerAuthentication::Required,
    }
}

/// The loading of one endpoint: what is wrong is noted, and the rest is still looked at.
struct Loader<'a> {
    endpoint: &'a Endpoint,
    settings: &'a EffectiveSettings,
    surroundings: &'a Surroundings<'a>,
    depth: Depth<'a>,
    shelf: &'a Shelf<'a>,
    findings: Found<'a>,
    of_trusted: Arc<[Finding]>,
    key_of_others: Option<KeyOfOthers>,
    gap: Option<Gap>,
    in_der: Option<InDer>,
    withheld: Option<AbsolutePath>,
}

type Loaded = (TrustAnchors, Option<RevocationLists>, Option<Identity>);

impl<'a> Loader<'a> {
    fn by_provider(&mut self) -> Loaded {
        let provider = self.settings.provider.value.unwrap_or(Provider::Pem);
        match provider {
            Provider::Pem | Provider::Jks | Provider::Pkcs12 => {
                let anchors = self.trusted(provider);
                let (identity, given) = self.identity(provider, &anchors);
                let lists = self.lists(&anchors, &given);
                (anchors, lists, identity)
            }
            Provider::Mscapi | Provider::Pkcs11 => {
                let at = At::new(self.endpoint, "provider", &self.settings.provider.origin);
                let provider = provider.shown();
                self.found(match self.endpoint.engine() {
                    Engine::Trustpack => provider_not_read::found(&at, &provider),
                    // Their own TLS reads it; only we do not.
                    Engine::Openssl | Engine::Schannel | Engine::Jsse => {
                        not_looked_at::found(&at.place, &provider)
                    }
                });
                (TrustAnchors::default(), None, None)
            }
        }
    }

    /// How it judges its peer, by its settings; where it is only looked at, as far as its engine goes by them.
    fn policy(&self) -> Policy {
        match self.depth {
            Depth::ForStart => peer_rules::policy(self.settings),
            Depth::ForAdvice(_) => peer_rules::policy_of_engine(self.endpoint),
        }
    }

    /// Whether it is also said what works and is less than it could be.
    fn advises(&self) -> bool {
        matches!(self.depth, Depth::ForAdvice(_))
    }

    /// What was read of a file; what is wrong with the reading is noted.
    fn noted<'r, T>(
        &mut self,
        at: &At<'a>,
        path: &AbsolutePath,
        read: &'r Read<T>,
    ) -> Option<&'r OnShelf<T>> {
        match read {
            Ok(file) => {
                if let Depth::ForAdvice(Some(account)) = self.depth
                    && !account.may_read(&file.permissions)
                {
                    self.found(account_cannot_read::found(at, path));
                }
                Some(file)
            }
            Err(ReadFileError::NotFound) => {
                let stands_at = self.surroundings.files.stands_at(path.as_path());
                self.found(file_not_found::found(at, path, stands_at.as_deref()));
                None
            }
            Err(
                error @ (ReadFileError::NotPermitted
                | ReadFileError::OutsideSandbox
                | ReadFileError::FolderReplaced { .. }
                | ReadFileError::OutsideTree
                | ReadFileError::TooManyLinks
                | ReadFileError::Unreadable(_)),
            ) => {
                if matches!(error, ReadFileError::NotPermitted) {
                    self.withheld.get_or_insert_with(|| path.clone());
                }
                self.found(file_not_readable::found(at, path, error));
                None
            }
        }
    }

    fn found(&mut self, finding: Finding) {
        self.findings.add(finding);
    }

    fn all_found(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.found(finding);
        }
    }

    fn marked(&self, finding: Finding) -> Finding {
        self.surroundings.acceptances.mark(finding)
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
