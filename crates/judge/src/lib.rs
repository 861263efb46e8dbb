//! Decides whether a certificate is good for a purpose, and names the reasons.
