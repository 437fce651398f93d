//! Bytes as text of hexadecimal digits.

/// Two digits for each byte, in small letters: `00ff`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for digit in bytes.iter().flat_map(|b| [b >> 4, b & 15]) {
        text.extend(char::from_digit(u32::from(digit), 16));
    }
    text
}
