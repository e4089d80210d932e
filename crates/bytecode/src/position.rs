//! Source positions of instructions (PEP 657) and their compact table.

/// Where an instruction comes from. Lines count from 1, 0 stands for "no line"; columns are UTF-8 bytes from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Position {
    /// First line, or 0.
    pub line: u32,
    /// Last line, or 0.
    pub end_line: u32,
    /// First column, or [`Position::NO_COLUMN`].
    pub col: u32,
    /// Column behind the last, or [`Position::NO_COLUMN`].
    pub end_col: u32,
}

impl Position {
    /// Stands for an unknown column.
    pub const NO_COLUMN: u32 = u32::MAX;
    /// No position at all.
    pub const NONE: Position = Position { line: 0, end_line: 0, col: Self::NO_COLUMN, end_col: Self::NO_COLUMN };
}

/// Positions of all instructions of a code unit, run-length and delta encoded.
///
/// Each run is: count, zigzag(line - previous line), end_line - line (zigzag), col + 1, end_col + 1, all LEB128;
/// a column of 0 stands for an unknown one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineTable(pub Vec<u8>);

fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

impl LineTable {
    /// Encodes the positions.
    pub fn from_positions(positions: &[Position]) -> LineTable {
        Self::from_runs(positions.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0])))
    }

    fn from_runs(runs: impl Iterator<Item = (usize, Position)>) -> LineTable {
        let mut out = Vec::new();
        let mut line = 0i32;
        for (count, at) in runs {
            put(&mut out, count as u32);
            put(&mut out, zigzag((at.line as i32).wrapping_sub(line)));
            put(&mut out, zigzag((at.end_line as i32).wrapping_sub(at.line as i32)));
            put(&mut out, at.col.wrapping_add(1));
            put(&mut out, at.end_col.wrapping_add(1));
            line = at.line as i32;
        }
        LineTable(out)
    }

    /// The same table with lines only.
    pub fn without_columns(&self) -> LineTable {
        let lines_only = |line| Position { line, end_line: line, ..Position::NONE };
        Self::from_runs(self.runs().map(|(count, at)| (count, lines_only(at.line))))
    }

    /// The runs: (number of instructions, their position). Ends early at a damaged table.
    pub fn runs(&self) -> impl Iterator<Item = (usize, Position)> + '_ {
        Runs { bytes: &self.0, line: 0 }
    }

    /// The position of an instruction.
    pub fn position(&self, index: usize) -> Position {
        let mut at = 0;
        for (count, position) in self.runs() {
            at += count;
            if index < at {
                return position;
            }
        }
        Position::NONE
    }
}

struct Runs<'a> {
    bytes: &'a [u8],
    line: i32,
}

impl Runs<'_> {
    fn take(&mut self) -> Option<u32> {
        let mut value = 0u32;
        let mut shift = 0;
        loop {
            let (&byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= ((byte & 0x7F) as u32).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }

    fn take_signed(&mut self) -> Option<i32> {
        let value = self.take()?;
        Some((value >> 1) as i32 ^ -((value & 1) as i32))
    }
}

impl Iterator for Runs<'_> {
    type Item = (usize, Position);

    fn next(&mut self) -> Option<Self::Item> {
        let count = self.take()? as usize;
        self.line = self.line.wrapping_add(self.take_signed()?);
        let end_line = self.line.wrapping_add(self.take_signed()?) as u32;
        let col = self.take()?.wrapping_sub(1);
        let end_col = self.take()?.wrapping_sub(1);
        Some((count, Position { line: self.line as u32, end_line, col, end_col }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_gives_back_what_went_in() {
        let at = |line, end_line, col, end_col| Position { line, end_line, col, end_col };
        let all = [at(3, 3, 0, 10), at(3, 3, 0, 10), at(1, 9, 4, 200), Position::NONE, at(100000, 100001, 0, 0)];
        let table = LineTable::from_positions(&all);
        for (index, position) in all.iter().enumerate() {
            assert_eq!(table.position(index), *position);
        }
        assert_eq!(table.position(all.len()), Position::NONE);
    }
}
