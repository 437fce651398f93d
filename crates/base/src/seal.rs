//! Encryption at rest: AES-256-GCM with a fresh random nonce per value, bound to the place where it is stored.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::Entropy;

/// A key that seals and opens values.
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// A sealer for a 256-bit key; `None` only if the crypto library refuses the key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Option<Self> {
        UnboundKey::new(&AES_256_GCM, key).ok().map(|k| Sealer(LessSafeKey::new(k)))
    }

    /// Nonce, ciphertext and tag in one. `place` must be given again to open it, so that sealed values cannot be swapped.
    #[must_use]
    pub fn seal(&self, plain: &[u8], place: &str, entropy: &dyn Entropy) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut out = plain.to_vec();
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()), &mut out)
            .ok()?;
        let mut sealed = Vec::with_capacity(NONCE_LEN + out.len() + tag.as_ref().len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&out);
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    /// What was sealed; `None` if the key or the place differ or a bit was changed.
    #[must_use]
    pub fn open(&self, sealed: &[u8], place: &str) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut buffer = rest.to_vec();
        let plain = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place.as_bytes()), &mut buffer)
            .ok()?
            .len();
        buffer.truncate(plain);
        Some(buffer)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}
