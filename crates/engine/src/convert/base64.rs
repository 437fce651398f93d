//! Base64 (RFC 4648): written with padding on one line, read with or without padding, white space and line ends.

use base::Failure;
use bytes::Bytes;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encode(body: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(body.len().div_ceil(3) * 4);
    for chunk in body.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
            out.push(if i <= chunk.len() { digit } else { b'=' });
        }
    }
    Bytes::from(out)
}

pub(super) fn decode(body: &[u8]) -> Result<Bytes, Failure> {
    let wrong = |text: String| Err(Failure::permanent("K0007", format!("the body is not Base64: {text}")));
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut bits, mut count, mut padded) = (0_u32, 0_u8, 0_u8);
    for (i, b) in body.iter().enumerate() {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if padded < 2 => {
                padded += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return wrong(format!("byte {} is {:?}", i + 1, char::from(*b))),
        };
        if padded > 0 {
            return wrong(format!("something follows the padding (byte {})", i + 1));
        }
        bits = bits << 6 | u32::from(digit);
        count += 1;
        if count == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, count) = (0, 0);
        }
    }
    match count {
        0 if padded == 0 => {}
        2 => out.push((bits >> 4) as u8),
        3 => out.extend_from_slice(&[(bits >> 10) as u8, (bits >> 2) as u8]),
        _ => return wrong("it breaks off".to_owned()),
    }
    Ok(Bytes::from(out))
}
