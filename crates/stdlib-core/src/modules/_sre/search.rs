//! Searching: where a match can start, and trying there.

use super::machine::{Demand, Machine};
use super::program::{Inst, Program, Scan};
use super::text::Text;
use object::{Raised, Vm};

impl Machine {
    /// The first match from `start` on: its start and end. `demand.advance` holds for a match at `start` only.
    pub fn search<T: Text>(
        &mut self,
        vm: &Vm,
        program: &Program,
        text: T,
        start: usize,
        demand: Demand,
    ) -> Result<Option<(usize, usize)>, Raised> {
        let bytes = text.bytes();
        if start > bytes.len() || bytes.len() - start < program.min_width {
            return Ok(None);
        }
        let last = bytes.len() - program.min_width;
        let mut attempt = |pos: usize| -> Result<Option<(usize, usize)>, Raised> {
            let demand = Demand { advance: demand.advance && pos == start, ..demand };
            Ok(self.run(vm, program, text, pos, demand)?.map(|end| (pos, end)))
        };
        if let Some(prefilter) = program.prefilter(bytes.len() - start) {
            let mut pos = start;
            while let Some((at, end)) = prefilter.find(bytes, pos) {
                if prefilter.is_whole {
                    return Ok(Some((at, end)));
                }
                if let Some(found) = attempt(at)? {
                    return Ok(Some(found));
                }
                pos = at + 1;
            }
            return Ok(None);
        }
        if let Some(inner) = program.inner(bytes.len() - start) {
            let (mut pos, mut from) = (start, start);
            while let Some((first, last, next)) = inner.find(bytes, pos, from) {
                for at in first..=last {
                    let is_start =
                        T::NARROW || bytes.get(at).is_none_or(|byte| !base::text::unit::is_continuation(*byte));
                    if is_start && let Some(found) = attempt(at)? {
                        return Ok(Some(found));
                    }
                }
                (pos, from) = (last + 1, next);
            }
            return Ok(None);
        }
        match &program.scan {
            Scan::TextStart => {
                if start == 0 {
                    return attempt(0);
                }
            }
            Scan::Literal(finder) => {
                let mut pos = start;
                while let Some(at) = finder.find(&bytes[pos..]) {
                    let at = pos + at;
                    if program.is_literal {
                        return Ok(Some((at, at + finder.needle().len())));
                    }
                    if let Some(found) = attempt(at)? {
                        return Ok(Some(found));
                    }
                    pos = at + 1;
                }
            }
            Scan::Bytes(wanted) => {
                let is_literal = program.is_literal && literal_len(program) == 1;
                let mut pos = start;
                while let Some(at) = find_byte(wanted, &bytes[pos..]) {
                    let at = pos + at;
                    if is_literal {
                        return Ok(Some((at, at + 1)));
                    }
                    if let Some(found) = attempt(at)? {
                        return Ok(Some(found));
                    }
                    pos = at + 1;
                }
            }
            Scan::Table(table) => {
                let mut pos = start;
                while let Some(at) = bytes[pos..].iter().position(|byte| table[*byte as usize]) {
                    let at = pos + at;
                    if at > last {
                        break;
                    }
                    // Bytes within a character are in no table of their own.
                    if (T::NARROW || !base::text::unit::is_continuation(bytes[at]))
                        && let Some(found) = attempt(at)?
                    {
                        return Ok(Some(found));
                    }
                    pos = at + 1;
                }
            }
            Scan::All => {
                let mut pos = start;
                while pos <= last {
                    if let Some(found) = attempt(pos)? {
                        return Ok(Some(found));
                    }
                    match text.next(pos) {
                        Some((_, behind)) => pos = behind,
                        None => break,
                    }
                }
            }
        }
        Ok(None)
    }
}

fn literal_len(program: &Program) -> usize {
    match program.insts.first() {
        Some(Inst::Literal { from, to }) => (to - from) as usize,
        _ => 0,
    }
}

#[inline]
fn find_byte(wanted: &[u8], bytes: &[u8]) -> Option<usize> {
    match *wanted {
        [a] => memchr::memchr(a, bytes),
        [a, b] => memchr::memchr2(a, b, bytes),
        [a, b, c] => memchr::memchr3(a, b, c, bytes),
        _ => None,
    }
}
