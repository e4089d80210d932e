//! Source positions.

/// A range in a source file. Lines count from 1; columns are offsets from 0 in UTF-8 bytes, as in `ast` nodes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
pub struct Position {
    /// First line, from 1 (0 where there is no position).
    pub line: u32,
    /// Last line, from 1.
    pub end_line: u32,
    /// Byte offset of the start within its line.
    pub col: u32,
    /// Byte offset of the end within its line.
    pub end_col: u32,
}

impl Position {
    /// No position at all: what synthesised code carries.
    pub const NONE: Position = Position { line: 0, end_line: 0, col: 0, end_col: 0 };

    /// A position from its four parts.
    pub const fn new(line: u32, end_line: u32, col: u32, end_col: u32) -> Self {
        Position { line, end_line, col, end_col }
    }

    /// Whether this is [`Position::NONE`].
    pub const fn is_none(&self) -> bool {
        self.line == 0
    }

    /// The smallest range that covers both.
    pub fn merge(self, other: Position) -> Position {
        if self.is_none() {
            return other;
        }
        if other.is_none() {
            return self;
        }
        let (line, col) = (self.line, self.col).min((other.line, other.col));
        let (end_line, end_col) = (self.end_line, self.end_col).max((other.end_line, other.end_col));
        Position { line, end_line, col, end_col }
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn merge_covers_both() {
        let a = Position::new(1, 1, 4, 9);
        let b = Position::new(1, 3, 2, 1);
        assert_eq!(a.merge(b), Position::new(1, 3, 2, 1));
        assert_eq!(Position::NONE.merge(a), a);
    }
}
