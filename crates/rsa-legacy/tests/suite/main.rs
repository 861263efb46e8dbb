//! RSA as OpenSSL sees it.

#[cfg(test)]
mod openssl;
