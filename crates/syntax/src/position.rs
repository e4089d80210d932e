//! Byte offsets to lines and columns.

use ruff_text_size::TextSize;

/// A place in the source as syntax trees record it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in UTF-8 bytes, from 0.
    pub column: u32,
}

/// Where each line of a source text starts.
///
/// A tree that was not parsed has no text. Its offsets are the indices of a table of places instead, in which a node's
/// start precedes those of its parts and its end follows them: so ranges nest as they do in a text.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
    places: Option<Vec<Position>>,
}

impl LineIndex {
    /// Indexes `source`, whose line ends are `\n` alone.
    #[must_use]
    pub fn new(source: &str) -> Self {
        let lines = memchr::memchr_iter(b'\n', source.as_bytes());
        let mut starts = Vec::with_capacity(lines.clone().count() + 1);
        starts.push(0);
        starts.extend(lines.map(|at| at as u32 + 1));
        LineIndex { starts, len: source.len() as u32, places: None }
    }

    /// The index for a tree without text, whose offsets number these places. Lines and columns that a program made up
    /// can be negative: they are kept as two's complement.
    #[must_use]
    pub fn from_places(places: Vec<Position>) -> Self {
        LineIndex { starts: vec![0], len: 0, places: Some(places) }
    }

    /// Is it the index of a tree without text?
    #[must_use]
    pub fn is_made_up(&self) -> bool {
        self.places.is_some()
    }

    /// The number of lines; a text that ends in a newline has an empty last line.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line (from 1) that holds `offset`.
    #[must_use]
    pub fn line(&self, offset: TextSize) -> u32 {
        if let Some(places) = &self.places {
            return place(places, offset).line;
        }
        self.starts.partition_point(|&start| start <= offset.to_u32()) as u32
    }

    /// Line and column of `offset`.
    #[must_use]
    pub fn position(&self, offset: TextSize) -> Position {
        if let Some(places) = &self.places {
            return place(places, offset);
        }
        let line = self.line(offset);
        Position { line, column: offset.to_u32() - self.starts[line as usize - 1] }
    }

    /// As [`position`](Self::position), trying the line `hint` (of an earlier answer) and the next one first: constant
    /// time for whoever asks in source order.
    #[must_use]
    pub fn position_near(&self, offset: TextSize, hint: u32) -> Position {
        if let Some(places) = &self.places {
            return place(places, offset);
        }
        let at = offset.to_u32();
        for line in [hint, hint.saturating_add(1)] {
            if line >= 1 && line <= self.line_count() && self.line_start(line) <= at && at < self.next_start(line) {
                return Position { line, column: at - self.line_start(line) };
            }
        }
        self.position(offset)
    }

    /// The byte offset at which `line` (from 1) starts; the end of the text for lines past the last.
    #[must_use]
    pub fn line_start(&self, line: u32) -> u32 {
        match line.checked_sub(1) {
            Some(index) => self.starts.get(index as usize).copied().unwrap_or(self.len),
            None => 0,
        }
    }

    fn next_start(&self, line: u32) -> u32 {
        self.starts.get(line as usize).copied().unwrap_or(u32::MAX)
    }

    /// The text of `line` (from 1) with its newline, taken from the text that was indexed.
    #[must_use]
    pub fn line_text<'s>(&self, source: &'s str, line: u32) -> &'s str {
        let start = self.line_start(line) as usize;
        let end = self.starts.get(line as usize).map_or(self.len, |&end| end) as usize;
        source.get(start..end).unwrap_or("")
    }
}

fn place(places: &[Position], offset: TextSize) -> Position {
    places.get(offset.to_usize()).copied().unwrap_or(Position { line: 0, column: 0 })
}
