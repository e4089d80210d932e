//! The merge sort for keys that are compared by Python code: runs in order are found, short ones are lengthened by
//! binary insertion, and neighbouring runs are merged, by galloping where one of them wins for long. Which runs are
//! merged when follows from the depths that their borders have in a nearly optimal merge tree (powersort).

use object::{List, Raised, Ref, Value, Vm};

/// Keys, and the values that move along with them.
#[derive(Clone, Copy)]
struct Items {
    keys: Ref<List>,
    values: Option<Ref<List>>,
}

impl Items {
    #[inline(always)]
    fn key(self, index: usize) -> Value {
        self.keys.items()[index]
    }

    /// Copies an item from other items.
    #[inline(always)]
    fn put(self, vm: &Vm, index: usize, from: Items, source: usize) {
        self.keys.set(vm, index, from.key(source));
        if let (Some(values), Some(others)) = (self.values, from.values) {
            values.set(vm, index, others.items()[source]);
        }
    }

    fn reverse(self, mut low: usize, mut high: usize) {
        while low + 1 < high {
            high -= 1;
            self.keys.swap(low, high);
            if let Some(values) = self.values {
                values.swap(low, high);
            }
            low += 1;
        }
    }

    /// A copy of some of the items.
    fn copy(self, vm: &Vm, start: usize, len: usize) -> Items {
        let part = |list: Ref<List>| vm.list(&list.items()[start..start + len]);
        Items { keys: part(self.keys), values: self.values.map(part) }
    }
}

/// A run in order.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    len: usize,
    /// Depth of the border behind it.
    power: u32,
}

/// Wins in a row after which a merge gallops.
const MIN_GALLOP: usize = 7;

struct Sort<'a> {
    vm: &'a Vm,
    items: Items,
    runs: Vec<Run>,
    min_gallop: usize,
}

/// Sorts keys, and values along with them.
pub(super) fn sort(vm: &Vm, keys: Ref<List>, values: Option<Ref<List>>) -> Result<(), Raised> {
    let len = keys.len();
    let mut sort = Sort { vm, items: Items { keys, values }, runs: Vec::new(), min_gallop: MIN_GALLOP };
    let least = min_run(len);
    let mut low = 0;
    while low < len {
        let mut run = sort.count_run(low, len)?;
        let wanted = least.min(len - low);
        if run < wanted {
            sort.binary_insert(low, low + run, low + wanted)?;
            run = wanted;
        }
        sort.found_run(low, run, len)?;
        sort.runs.push(Run { start: low, len: run, power: 0 });
        low += run;
    }
    while sort.runs.len() > 1 {
        let mut at = sort.runs.len() - 2;
        if at > 0 && sort.runs[at - 1].len < sort.runs[at + 1].len {
            at -= 1;
        }
        sort.merge_at(at)?;
    }
    Ok(())
}

/// The least length of runs: 32 to 64, so that the number of runs is a power of two or little less.
fn min_run(mut len: usize) -> usize {
    let mut lost = 0;
    while len >= 64 {
        lost |= len & 1;
        len >>= 1;
    }
    len + lost
}

impl Sort<'_> {
    /// `a < b`
    #[inline]
    fn less(&self, a: Value, b: Value) -> Result<bool, Raised> {
        self.vm.compare_bool(a, b, bytecode::CompareOperator::Lt)
    }

    fn less_at(&self, a: usize, b: usize) -> Result<bool, Raised> {
        self.less(self.items.key(a), self.items.key(b))
    }

    /// The length of the run at `low`; a descending one is reversed.
    fn count_run(&self, low: usize, high: usize) -> Result<usize, Raised> {
        if high - low < 2 {
            return Ok(high - low);
        }
        let mut at = low + 1;
        while at < high && !self.less_at(at, at - 1)? {
            at += 1;
        }
        // Equal items at the start belong to either direction.
        if at == high || at > low + 1 && self.less_at(low, at - 1)? {
            return Ok(at - low);
        }
        // Descending: `low..at` are equal. Equal stretches within keep their order by being reversed twice.
        self.items.reverse(low, at);
        let mut stretch = at;
        at += 1;
        while at < high {
            if self.less_at(at, at - 1)? {
                self.items.reverse(stretch, at);
                stretch = at;
            } else if self.less_at(at - 1, at)? {
                break;
            }
            at += 1;
        }
        self.items.reverse(stretch, at);
        self.items.reverse(low, at);
        // The reversed run may go on ascending.
        while at < high && !self.less_at(at, at - 1)? {
            at += 1;
        }
        Ok(at - low)
    }

    /// Sorts `low..high`, of which `low..start` is in order.
    fn binary_insert(&self, low: usize, start: usize, high: usize) -> Result<(), Raised> {
        let (vm, items) = (self.vm, self.items);
        for at in start.max(low + 1)..high {
            let pivot = items.key(at);
            let (mut left, mut right) = (low, at);
            while left < right {
                let middle = (left + right) >> 1;
                if self.less(pivot, items.key(middle))? {
                    right = middle;
                } else {
                    left = middle + 1;
                }
            }
            let value = items.values.map(|values| values.items()[at]);
            let mut to = at;
            while to > left {
                items.put(vm, to, items, to - 1);
                to -= 1;
            }
            items.keys.set(vm, left, pivot);
            if let (Some(values), Some(value)) = (items.values, value) {
                values.set(vm, left, value);
            }
        }
        Ok(())
    }

    /// Before a run is added: merges those whose border lies deeper than that in front of the new one.
    fn found_run(&mut self, start: usize, len: usize, total: usize) -> Result<(), Raised> {
        let Some(last) = self.runs.last().copied() else { return Ok(()) };
        let power = power(last.start, last.len, len, total);
        debug_assert_eq!(last.start + last.len, start);
        while self.runs.len() > 1 && self.runs[self.runs.len() - 2].power > power {
            self.merge_at(self.runs.len() - 2)?;
        }
        if let Some(last) = self.runs.last_mut() {
            last.power = power;
        }
        Ok(())
    }

    /// Merges the runs `at` and `at + 1`.
    fn merge_at(&mut self, at: usize) -> Result<(), Raised> {
        let (a, b) = (self.runs[at], self.runs[at + 1]);
        self.runs[at] = Run { start: a.start, len: a.len + b.len, power: b.power };
        self.runs.remove(at + 1);
        // Items of a that are in place already, and items of b that are.
        let skip = self.gallop_right(self.items.key(b.start), self.items, a.start, a.len, 0)?;
        let (start_a, len_a) = (a.start + skip, a.len - skip);
        if len_a == 0 {
            return Ok(());
        }
        let last = self.items.key(start_a + len_a - 1);
        let len_b = self.gallop_left(last, self.items, b.start, b.len, b.len - 1)?;
        if len_b == 0 {
            return Ok(());
        }
        if len_a <= len_b {
            self.merge_low(start_a, len_a, b.start, len_b)
        } else {
            self.merge_high(start_a, len_a, b.start, len_b)
        }
    }

    /// How many of the items are below the key; the first place where it could be put. `hint` is where to look first.
    fn gallop_left(&self, key: Value, items: Items, base: usize, len: usize, hint: usize) -> Result<usize, Raised> {
        let at = |index: usize| items.key(base + index);
        let (mut low, mut high);
        let mut step = 1;
        if self.less(at(hint), key)? {
            // The place is behind the hint.
            low = hint;
            let most = len - hint;
            while step < most && self.less(at(hint + step), key)? {
                low = hint + step;
                step = step * 2 + 1;
            }
            high = hint + step.min(most);
            low += 1;
        } else {
            high = hint;
            let most = hint + 1;
            while step < most && !self.less(at(hint - step), key)? {
                high = hint - step;
                step = step * 2 + 1;
            }
            low = hint + 1 - step.min(most);
        }
        while low < high {
            let middle = low + ((high - low) >> 1);
            if self.less(at(middle), key)? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }

    /// How many of the items are not above the key; the last place where it could be put.
    fn gallop_right(&self, key: Value, items: Items, base: usize, len: usize, hint: usize) -> Result<usize, Raised> {
        let at = |index: usize| items.key(base + index);
        let (mut low, mut high);
        let mut step = 1;
        if self.less(key, at(hint))? {
            high = hint;
            let most = hint + 1;
            while step < most && self.less(key, at(hint - step))? {
                high = hint - step;
                step = step * 2 + 1;
            }
            low = hint + 1 - step.min(most);
        } else {
            low = hint;
            let most = len - hint;
            while step < most && !self.less(key, at(hint + step))? {
                low = hint + step;
                step = step * 2 + 1;
            }
            high = hint + step.min(most);
            low += 1;
        }
        while low < high {
            let middle = low + ((high - low) >> 1);
            if self.less(key, at(middle))? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(high)
    }

    /// Merges from the front, with a copy of the left run. Whatever happens, all items stay in the list.
    fn merge_low(&mut self, start_a: usize, len_a: usize, start_b: usize, len_b: usize) -> Result<(), Raised> {
        let (vm, items) = (self.vm, self.items);
        let left = items.copy(vm, start_a, len_a);
        let mut merge = Low { to: start_a, a: 0, b: start_b };
        let result = self.merge_low_loop(left, len_a, start_b + len_b, &mut merge);
        // What is left of the copy goes in front of what is left of the right run.
        while merge.a < len_a {
            items.put(vm, merge.to, left, merge.a);
            merge.to += 1;
            merge.a += 1;
        }
        result
    }

    /// The last of the left run comes behind all of the right one, as the galloping before told: once it is alone, no
    /// comparison is left.
    fn merge_low_loop(&mut self, left: Items, len_a: usize, end_b: usize, at: &mut Low) -> Result<(), Raised> {
        let (vm, items) = (self.vm, self.items);
        let take_a = |at: &mut Low| {
            items.put(vm, at.to, left, at.a);
            at.to += 1;
            at.a += 1;
        };
        let take_b = |at: &mut Low| {
            items.put(vm, at.to, items, at.b);
            at.to += 1;
            at.b += 1;
        };
        let is_done = |at: &mut Low| {
            if at.b < end_b && len_a - at.a == 1 {
                while at.b < end_b {
                    take_b(at);
                }
            }
            at.b == end_b || at.a == len_a
        };
        // The first of the right run comes first, for the same reason.
        take_b(at);
        while !is_done(at) {
            let (mut wins_a, mut wins_b) = (0, 0);
            while wins_a.max(wins_b) < self.min_gallop {
                if self.less(items.key(at.b), left.key(at.a))? {
                    take_b(at);
                    (wins_a, wins_b) = (0, wins_b + 1);
                } else {
                    take_a(at);
                    (wins_a, wins_b) = (wins_a + 1, 0);
                }
                if is_done(at) {
                    return Ok(());
                }
            }
            self.min_gallop += 1;
            loop {
                self.min_gallop = self.min_gallop.saturating_sub(1).max(1);
                let count_a = self.gallop_right(items.key(at.b), left, at.a, len_a - at.a, 0)?;
                for _ in 0..count_a {
                    take_a(at);
                }
                if count_a > 0 && is_done(at) {
                    return Ok(());
                }
                take_b(at);
                if at.b == end_b {
                    return Ok(());
                }
                let count_b = self.gallop_left(left.key(at.a), items, at.b, end_b - at.b, 0)?;
                for _ in 0..count_b {
                    take_b(at);
                }
                if at.b == end_b {
                    return Ok(());
                }
                take_a(at);
                if is_done(at) {
                    return Ok(());
                }
                if count_a < MIN_GALLOP && count_b < MIN_GALLOP {
                    self.min_gallop += 1;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Merges from the back, with a copy of the right run.
    fn merge_high(&mut self, start_a: usize, len_a: usize, start_b: usize, len_b: usize) -> Result<(), Raised> {
        let (vm, items) = (self.vm, self.items);
        let right = items.copy(vm, start_b, len_b);
        // Numbers of items left in each run; the next place is the one below their sum.
        let mut merge = High { a: len_a, b: len_b };
        let result = self.merge_high_loop(right, start_a, &mut merge);
        while merge.b > 0 {
            merge.b -= 1;
            items.put(vm, start_a + merge.a + merge.b, right, merge.b);
        }
        result
    }

    fn merge_high_loop(&mut self, right: Items, base: usize, at: &mut High) -> Result<(), Raised> {
        let (vm, items) = (self.vm, self.items);
        let take_a = |at: &mut High| {
            items.put(vm, base + at.a + at.b - 1, items, base + at.a - 1);
            at.a -= 1;
        };
        let take_b = |at: &mut High| {
            items.put(vm, base + at.a + at.b - 1, right, at.b - 1);
            at.b -= 1;
        };
        // The first of the right run comes in front of all of the left one.
        let is_done = |at: &mut High| {
            if at.b == 1 {
                while at.a > 0 {
                    take_a(at);
                }
            }
            at.a == 0 || at.b == 0
        };
        take_a(at);
        while !is_done(at) {
            let (mut wins_a, mut wins_b) = (0, 0);
            while wins_a.max(wins_b) < self.min_gallop {
                if self.less(right.key(at.b - 1), items.key(base + at.a - 1))? {
                    take_a(at);
                    (wins_a, wins_b) = (wins_a + 1, 0);
                } else {
                    take_b(at);
                    (wins_a, wins_b) = (0, wins_b + 1);
                }
                if is_done(at) {
                    return Ok(());
                }
            }
            self.min_gallop += 1;
            loop {
                self.min_gallop = self.min_gallop.saturating_sub(1).max(1);
                let keep = self.gallop_right(right.key(at.b - 1), items, base, at.a, at.a - 1)?;
                let count_a = at.a - keep;
                for _ in 0..count_a {
                    take_a(at);
                }
                if at.a == 0 {
                    return Ok(());
                }
                take_b(at);
                if is_done(at) {
                    return Ok(());
                }
                let keep = self.gallop_left(items.key(base + at.a - 1), right, 0, at.b, at.b - 1)?;
                let count_b = at.b - keep;
                for _ in 0..count_b {
                    take_b(at);
                }
                if count_b > 0 && is_done(at) {
                    return Ok(());
                }
                take_a(at);
                if at.a == 0 {
                    return Ok(());
                }
                if count_a < MIN_GALLOP && count_b < MIN_GALLOP {
                    self.min_gallop += 1;
                    break;
                }
            }
        }
        Ok(())
    }
}

struct Low {
    to: usize,
    a: usize,
    b: usize,
}

struct High {
    a: usize,
    b: usize,
}

/// The depth of the border between a run and the next one in a merge tree over all: the first bit in which the midpoints
/// of the two, as fractions of the whole, differ.
fn power(start: usize, len: usize, next_len: usize, total: usize) -> u32 {
    let total = total as u128;
    // Doubled midpoints: they are fractions of twice the total.
    let mut a = 2 * start as u128 + len as u128;
    let mut b = a + len as u128 + next_len as u128;
    let mut power = 0;
    loop {
        power += 1;
        if a >= total {
            a -= total;
            b -= total;
        } else if b >= total {
            return power;
        }
        a <<= 1;
        b <<= 1;
        if power > 120 {
            return power;
        }
    }
}
