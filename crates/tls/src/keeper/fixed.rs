//! The settings of one endpoint that somebody holds himself, and changes.
//!
//! Not of a fleet, whose settings stand in its files. Invariant: settings that are refused are forgotten.

use trustpack_settings::endpoint::Endpoint;
use trustpack_x509::time::Timestamp;

use super::source::Source;
use super::{Keeper, NotRead, Refreshed};

impl Keeper {
    /// Takes over other settings of the endpoint that is kept, and reads its files again. If anything is wrong with
    /// them, everything stays as it was.
    ///
    /// # Errors
    ///
    /// [`NotRead`] when nothing was taken over.
    pub fn change_settings(
        &mut self,
        endpoint: Endpoint,
        now: Timestamp,
    ) -> Result<Refreshed, NotRead> {
        let settings = Source::Fixed(Box::new(endpoint));
        let before = std::mem::replace(&mut self.source, settings);
        let noted = self.noted.clone();
        let refreshed = self.refresh(now);
        let is_taken = match &refreshed {
            Ok(refreshed) => refreshed.endpoints.iter().all(|(_, change)| change.is_ok()),
            Err(_) => false,
        };
        if !is_taken {
            self.source = before;
            self.noted = noted;
        }
        refreshed
    }
}
