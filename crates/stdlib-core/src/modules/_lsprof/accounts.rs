//! The arithmetic of a profiler: calls are charged to functions, and to pairs of caller and function, when they return.

use std::collections::HashMap;

/// What identifies a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// The number of a code object.
    Code(u64),
    /// The address of what a function of native code is made from.
    Native(usize),
}

/// What was charged to a function or a pair.
#[derive(Clone, Copy, Default)]
struct Charge {
    count: i64,
    recursive: i64,
    total: i64,
    own: i64,
    /// Calls that have not returned.
    active: i64,
}

impl Charge {
    fn add(&mut self, total: i64, own: i64) {
        self.active -= 1;
        self.count += 1;
        self.own += own;
        if self.active == 0 {
            self.total += total;
        } else {
            self.recursive += 1;
        }
    }
}

/// An account of a function.
#[derive(Default)]
struct Account {
    charge: Charge,
    /// The functions it called, by account, in the order of their first calls.
    calls: Vec<(usize, Charge)>,
    positions: HashMap<usize, usize>,
}

impl Account {
    fn call(&mut self, account: usize) -> &mut Charge {
        let position = *self.positions.entry(account).or_insert(self.calls.len());
        if position == self.calls.len() {
            self.calls.push((account, Charge::default()));
        }
        &mut self.calls[position].1
    }
}

/// A call that has not returned.
struct Call {
    account: usize,
    start: i64,
    /// Time spent in what it called.
    inner: i64,
    /// Is it charged to the pair with its caller, too?
    paired: bool,
}

/// A line of the result.
pub struct Row {
    /// The account.
    pub account: usize,
    /// Number of calls.
    pub count: i64,
    /// Number of those made while the function was active.
    pub recursive: i64,
    /// Time with and without what it called.
    pub total: i64,
    /// See `total`.
    pub own: i64,
}

impl Row {
    fn new(account: usize, charge: &Charge) -> Row {
        let Charge { count, recursive, total, own, .. } = *charge;
        Row { account, count, recursive, total, own }
    }
}

/// All accounts, and the calls that are going on.
#[derive(Default)]
pub struct Accounts {
    accounts: Vec<Account>,
    numbers: HashMap<Key, usize>,
    stack: Vec<Call>,
}

impl Accounts {
    /// The account of a function.
    pub fn find(&self, key: Key) -> Option<usize> {
        self.numbers.get(&key).copied()
    }

    /// Opens an account; accounts are numbered from 0.
    pub fn open(&mut self, key: Key) -> usize {
        let number = self.accounts.len();
        self.accounts.push(Account::default());
        self.numbers.insert(key, number);
        number
    }

    /// Is a call going on?
    pub fn is_inside(&self) -> bool {
        !self.stack.is_empty()
    }

    /// A function is called. `pairs` says whether pairs are charged.
    pub fn enter(&mut self, account: usize, pairs: bool) {
        if account >= self.accounts.len() {
            return;
        }
        self.accounts[account].charge.active += 1;
        let caller = self.stack.last().map(|call| call.account).filter(|_| pairs);
        if let Some(caller) = caller {
            self.accounts[caller].call(account).active += 1;
        }
        self.stack.push(Call { account, start: 0, inner: 0, paired: caller.is_some() });
    }

    /// The time at which the last call began.
    pub fn started(&mut self, start: i64) {
        if let Some(call) = self.stack.last_mut() {
            call.start = start;
        }
    }

    /// The last call returned.
    pub fn leave(&mut self, end: i64) {
        let Some(call) = self.stack.pop() else { return };
        let total = end - call.start;
        let own = total - call.inner;
        if let Some(caller) = self.stack.last_mut() {
            caller.inner += total;
        }
        self.accounts[call.account].charge.add(total, own);
        if call.paired
            && let Some(caller) = self.stack.last()
        {
            self.accounts[caller.account].call(call.account).add(total, own);
        }
    }

    /// Forgets the last call.
    pub fn drop_call(&mut self) {
        self.stack.pop();
    }

    /// What was charged: for each function, and for those that it called.
    pub fn rows(&self) -> Vec<(Row, Vec<Row>)> {
        let called = |(_, account): &(usize, &Account)| account.charge.count > 0;
        let rows = self.accounts.iter().enumerate().filter(called).map(|(number, account)| {
            let calls = account.calls.iter().filter(|(_, charge)| charge.count > 0);
            (Row::new(number, &account.charge), calls.map(|(account, charge)| Row::new(*account, charge)).collect())
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recursive_calls_count_once_in_the_total() {
        let mut accounts = Accounts::default();
        let function = accounts.open(Key::Code(1));
        let inner = accounts.open(Key::Native(1));
        accounts.enter(function, true);
        accounts.started(0);
        accounts.enter(function, true);
        accounts.started(10);
        accounts.enter(inner, true);
        accounts.started(20);
        accounts.leave(25);
        accounts.leave(30);
        accounts.leave(100);
        let rows = accounts.rows();
        assert_eq!(rows.len(), 2);
        let (row, calls) = &rows[0];
        assert_eq!((row.count, row.recursive, row.total, row.own), (2, 1, 100, 95));
        assert_eq!(calls.iter().map(|call| call.count).collect::<Vec<_>>(), [1, 1]);
    }
}
