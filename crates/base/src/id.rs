//! Typed ids. Message ids look like SAP's message processing log ids: 28 URL-safe characters, starting with `A`.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::{Entropy, Timestamp};

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in parts {
        // Length first, so that ("ab","c") and ("a","bc") differ.
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// An id that is already text, for example read from a store.
            pub fn from_text(text: impl Into<String>) -> Self {
                $name(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// Identity of a message over all its runs: 28 characters, starting with `A`; ids made later sort later.
    MessageId
}
text_id! {
    /// Links the messages of one chain over ProcessDirect and queues; the first message's id.
    CorrelationId
}
text_id! {
    /// One processing of a message by a flow.
    RunId
}

impl MessageId {
    /// A fresh id: time first (so that ids sort by creation), then randomness.
    pub fn fresh(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 20];
        bytes[1..7].copy_from_slice(&now.0.to_be_bytes()[2..]);
        entropy.fill(&mut bytes[7..]);
        MessageId(Self::encode(bytes))
    }

    /// The id of a message that its sender named: the same (flow, caller, key) always gives the same id,
    /// so that a message sent again after a crash leads to the same delivery ids.
    #[must_use]
    pub fn derived(flow: &str, key: &str) -> Self {
        let mut bytes = [0_u8; 20];
        let hash = digest(&[b"message", flow.as_bytes(), key.as_bytes()]);
        bytes[1..20].copy_from_slice(&hash[..19]);
        MessageId(Self::encode(bytes))
    }

    /// 1 zero-bit prefix keeps the first character `A`; 20 bytes are 27 characters, padded to SAP's 28.
    fn encode(mut bytes: [u8; 20]) -> String {
        bytes[0] &= 0x03;
        let mut text = URL_SAFE_NO_PAD.encode(bytes);
        text.push('0');
        text
    }
}

impl RunId {
    /// A fresh id.
    pub fn fresh(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 12];
        entropy.fill(&mut bytes);
        RunId(URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl From<&MessageId> for CorrelationId {
    fn from(id: &MessageId) -> Self {
        CorrelationId(id.0.clone())
    }
}

/// Identity of one (message in a flow, record path, receiver step): the same over all attempts, restarts and redeploys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub [u8; 16]);

impl DeliveryId {
    /// Derived, never drawn: whoever knows the triple knows the id.
    #[must_use]
    pub fn derive(message: &MessageId, record_path: &str, step: &str) -> Self {
        let hash = digest(&[b"delivery", message.0.as_bytes(), record_path.as_bytes(), step.as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        DeliveryId(id)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for DeliveryId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("`{text}` is not a delivery id"))?;
        Ok(DeliveryId(bytes.try_into().map_err(|_| format!("`{text}` is not a delivery id"))?))
    }
}

impl Serialize for DeliveryId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeliveryId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The number of a stored entry, unique over all places of a store; larger was stored later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryKey(pub i64);

impl fmt::Display for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
