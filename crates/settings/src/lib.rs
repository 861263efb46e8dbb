//! Fleet objects, TLS options, levels, resolution and findings.
