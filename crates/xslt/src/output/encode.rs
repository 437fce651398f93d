//! What an encoding can hold, and texts to its bytes.

use expr::xpath::value::{R, fail};

use crate::model::Output;

/// What the bytes 0x80 to 0x9f mean in windows-1252; five of them mean nothing.
const WINDOWS: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•',
    '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// How characters become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Utf16,
    Ascii,
    Latin1,
    Windows,
}

impl Charset {
    pub(super) fn of(settings: &Output) -> Self {
        let name = settings.encoding.as_deref().unwrap_or("UTF-8");
        let known = [
            ("UTF-16", Charset::Utf16),
            ("US-ASCII", Charset::Ascii),
            ("ASCII", Charset::Ascii),
            ("ISO-8859-1", Charset::Latin1),
            ("LATIN1", Charset::Latin1),
            ("WINDOWS-1252", Charset::Windows),
        ];
        known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(Charset::Utf8, |(_, found)| found)
    }

    /// The byte of a character in an encoding of one byte for each.
    fn byte(self, c: char) -> Option<u8> {
        let byte = u8::try_from(c).ok();
        match (self, c) {
            (_, '\0'..='\u{7f}') => byte,
            (Charset::Latin1, _) | (Charset::Windows, '\u{a0}'..='\u{ff}') => byte,
            (Charset::Windows, _) => (0x80..).zip(WINDOWS).find_map(|(byte, meant)| (meant == c).then_some(byte)),
            _ => None,
        }
    }

    /// Whether a character can be written without a reference.
    pub(super) fn holds(self, c: char) -> bool {
        matches!(self, Charset::Utf8 | Charset::Utf16) || self.byte(c).is_some()
    }

    /// The bytes. Where references can stand, the text has them already: whatever does not fit now is an error.
    pub(super) fn bytes(self, text: String, settings: &Output, plain: bool) -> R<Vec<u8>> {
        match self {
            Charset::Utf8 if settings.byte_order_mark => Ok([b"\xef\xbb\xbf", text.as_bytes()].concat()),
            Charset::Utf8 => Ok(text.into_bytes()),
            Charset::Utf16 => {
                let mut out = vec![0xfe, 0xff];
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
                Ok(out)
            }
            _ => text.chars().map(|c| self.byte(c).ok_or(c)).collect::<Result<_, _>>().or_else(|c: char| {
                let encoding = settings.encoding.as_deref().unwrap_or("UTF-8");
                let place = " in a name, a comment, a processing instruction, a script or text without escapes";
                fail(format!("the character {c} cannot be written in {encoding}{}", if plain { "" } else { place }))
            }),
        }
    }
}
