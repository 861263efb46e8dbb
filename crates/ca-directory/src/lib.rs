//! The CA directory: layout, lock, journal, ledger.
