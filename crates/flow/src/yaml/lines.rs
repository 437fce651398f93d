//! Places: from the lines and columns of the YAML reader to byte offsets.

use saphyr::Marker;

/// Turns lines and columns in characters into byte offsets.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    skipped: usize,
    ascii: Vec<bool>,
}

impl<'a> Lines<'a> {
    /// The lines of a text; `skipped` bytes of the file come before it.
    pub(super) fn of(text: &'a str, skipped: usize) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        let ascii = starts.iter().zip(ends).map(|(s, e)| text[*s..e].is_ascii()).collect();
        Lines { text, starts, skipped, ascii }
    }

    /// The byte offset of a mark.
    pub(super) fn at(&self, mark: Marker) -> usize {
        let line = mark.line().saturating_sub(1);
        let Some(start) = self.starts.get(line).copied() else { return self.skipped + self.text.len() };
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        let offset = if self.ascii.get(line) == Some(&true) {
            (start + mark.col()).min(end)
        } else {
            self.text[start..end].char_indices().nth(mark.col()).map_or(end, |(i, _)| start + i)
        };
        self.skipped + offset
    }
}
