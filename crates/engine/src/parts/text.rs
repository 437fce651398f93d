//! Parts of text: lines, or what stands between occurrences of a token. Empty ones are left out.

use bytes::Bytes;

/// The pieces that have not been given yet.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    rest: Bytes,
    /// `None` for lines.
    token: Option<Bytes>,
    /// The first line, which every part begins with.
    header: Option<Bytes>,
}

impl Pieces {
    pub(super) fn lines(body: &Bytes) -> Self {
        let rest = if body.starts_with(b"\xef\xbb\xbf") { body.slice(3..) } else { body.clone() };
        Pieces { rest, token: None, header: None }
    }

    /// Lines behind the first one, which stands above the lines of every part.
    pub(super) fn below_header(body: &Bytes) -> Self {
        let mut lines = Self::lines(body);
        lines.header = lines.piece();
        lines
    }

    pub(super) fn between(body: &Bytes, token: &str) -> Self {
        Pieces { rest: body.clone(), token: Some(Bytes::copy_from_slice(token.as_bytes())), header: None }
    }

    /// The next `group` pieces, joined by line feeds or the token.
    pub(super) fn next(&mut self, group: usize) -> Option<Bytes> {
        let first = self.piece()?;
        if group == 1 && self.header.is_none() {
            return Some(first);
        }
        let mut out = Vec::new();
        if let Some(header) = &self.header {
            out.extend_from_slice(header);
            out.push(b'\n');
        }
        out.extend_from_slice(&first);
        for _ in 1..group {
            let Some(piece) = self.piece() else { break };
            out.extend_from_slice(self.token.as_deref().unwrap_or(b"\n"));
            out.extend_from_slice(&piece);
        }
        Some(Bytes::from(out))
    }

    /// From now on only how many parts there are counts.
    pub(super) fn count_only(&mut self) {
        self.header = None;
    }

    fn piece(&mut self) -> Option<Bytes> {
        while !self.rest.is_empty() {
            let separator = self.token.as_deref().unwrap_or(b"\n");
            let at = find(&self.rest, separator).unwrap_or(self.rest.len());
            let after = (at + separator.len()).min(self.rest.len());
            let mut piece = self.rest.slice(..at);
            self.rest = self.rest.slice(after..);
            if self.token.is_none() && piece.ends_with(b"\r") {
                piece.truncate(piece.len() - 1);
            }
            if !piece.is_empty() {
                return Some(piece);
            }
        }
        None
    }
}

/// Where a token begins; never for an empty one.
fn find(text: &[u8], token: &[u8]) -> Option<usize> {
    let (first, rest) = token.split_first()?;
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|b| b == first)?;
        if text[at + 1..].starts_with(rest) {
            return Some(at);
        }
        from = at + 1;
    }
}
