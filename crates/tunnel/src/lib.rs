//! Carries connections of plain programs over TLS.
