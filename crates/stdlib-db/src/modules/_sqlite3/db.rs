//! Handles of SQLite: those of a connection, and of its statements and blobs, which are gone when it is closed.
//!
//! They lie outside the heap, so that objects can be swept in any order. None of their functions calls Python.

use super::callback::Hook;
use libsqlite3_sys as ffi;
use object::Vm;
use std::cell::{Cell, RefCell};
use std::os::raw::c_int;
use std::rc::{Rc, Weak};

unsafe extern "C" {
    // Unlike `sqlite3_close`, it waits for backups that still use the connection; the bindings leave it out.
    fn sqlite3_close_v2(db: *mut ffi::sqlite3) -> c_int;
}

/// Closes a handle that is no connection's, or null.
///
/// # Safety
/// It came from SQLite, and is not used any more.
pub unsafe fn close(handle: *mut ffi::sqlite3) {
    // SAFETY: as the caller promises.
    unsafe { sqlite3_close_v2(handle) };
}

/// What dies with a connection.
trait Dependent {
    /// Gives the handle back.
    fn release(&self);

    /// Is it in use?
    fn is_busy(&self) -> bool;
}

/// A set of handles that live elsewhere.
struct Registry<T> {
    entries: RefCell<Vec<Weak<T>>>,
    /// When so many are there, the dead are removed.
    limit: Cell<usize>,
}

impl<T: Dependent> Registry<T> {
    fn new() -> Registry<T> {
        Registry { entries: RefCell::default(), limit: Cell::new(64) }
    }

    fn add(&self, entry: &Rc<T>) {
        let mut entries = self.entries.borrow_mut();
        if entries.len() >= self.limit.get() {
            entries.retain(|entry| entry.strong_count() > 0);
            self.limit.set(64 + entries.len() * 2);
        }
        entries.push(Rc::downgrade(entry));
    }

    fn release_idle(&self) {
        let entries = std::mem::take(&mut *self.entries.borrow_mut());
        entries.iter().filter_map(Weak::upgrade).filter(|entry| !entry.is_busy()).for_each(|entry| entry.release());
    }

    fn release_all(&self) {
        let entries = std::mem::take(&mut *self.entries.borrow_mut());
        entries.iter().filter_map(Weak::upgrade).for_each(|entry| entry.release());
    }
}

/// Places of what a connection tells and asks while it works.
pub const AUTHORIZER: usize = 0;
pub const PROGRESS: usize = 1;
pub const TRACE: usize = 2;

/// A connection.
pub struct Db {
    vm: *const Vm,
    /// How many connections are open and cursors have rows left, in the interpreter: they may hold locks.
    holders: Rc<Cell<isize>>,
    handle: Cell<*mut ffi::sqlite3>,
    statements: Registry<RawStatement>,
    blobs: Registry<RawBlob>,
    /// What it tells and asks.
    pub hooks: RefCell<[Option<Rc<Hook>>; 3]>,
    /// Did the last statement fail since a lock was in the way that garbage may hold?
    pub is_blocked: Cell<bool>,
    /// Must callbacks not touch objects, since the heap is being swept?
    pub is_quiet: Cell<bool>,
    /// Numbers of callbacks that SQLite does not know any more.
    pub freed_callbacks: RefCell<Vec<u32>>,
    /// Numbers of instances of aggregates that are done.
    pub freed_instances: RefCell<Vec<u32>>,
}

impl Db {
    /// None yet.
    pub fn new(vm: &Vm, holders: Rc<Cell<isize>>) -> Rc<Db> {
        Rc::new(Db {
            vm,
            holders,
            handle: Cell::new(std::ptr::null_mut()),
            statements: Registry::new(),
            blobs: Registry::new(),
            hooks: RefCell::default(),
            is_blocked: Cell::new(false),
            is_quiet: Cell::new(false),
            freed_callbacks: RefCell::default(),
            freed_instances: RefCell::default(),
        })
    }

    /// The interpreter.
    pub fn vm(&self) -> *const Vm {
        self.vm
    }

    /// The handle, null where the connection is closed.
    #[inline(always)]
    pub fn handle(&self) -> *mut ffi::sqlite3 {
        self.handle.get()
    }

    /// Takes a handle over. The one of before is closed.
    pub fn set_handle(&self, handle: *mut ffi::sqlite3) {
        self.handle.set(handle);
        self.holds(1);
    }

    /// There are more or fewer that may hold locks.
    #[inline]
    pub fn holds(&self, change: isize) {
        self.holders.set(self.holders.get() + change);
    }

    /// How many may hold locks?
    pub fn held(&self) -> isize {
        self.holders.get()
    }

    /// Closes it, and all that belongs to it.
    pub fn close(&self) {
        self.statements.release_all();
        self.blobs.release_all();
        let handle = self.handle.replace(std::ptr::null_mut());
        if !handle.is_null() {
            self.holds(-1);
        }
        // SAFETY: a handle of ours, or null, which is allowed.
        unsafe { close(handle) };
        let hooks = std::mem::take(&mut *self.hooks.borrow_mut());
        drop(hooks);
    }

    /// Gives the handle up, and the statements that are not in use. Those that are go on with the old database, which is
    /// closed after them.
    pub fn leave(&self) {
        self.statements.release_idle();
        self.blobs.release_all();
        let handle = self.handle.replace(std::ptr::null_mut());
        if !handle.is_null() {
            self.holds(-1);
        }
        // SAFETY: a handle of ours, or null, which is allowed.
        unsafe { close(handle) };
    }

    /// Runs a closure while callbacks do nothing.
    pub fn quietly(&self, f: impl FnOnce()) {
        let before = self.is_quiet.replace(true);
        f();
        self.is_quiet.set(before);
    }
}

/// A statement. Its handle is null where there is nothing to be executed, and when the connection has been closed.
pub struct RawStatement {
    db: Rc<Db>,
    handle: Cell<*mut ffi::sqlite3_stmt>,
    is_dml: bool,
}

impl RawStatement {
    /// Takes a handle over.
    pub fn new(db: &Rc<Db>, handle: *mut ffi::sqlite3_stmt, is_dml: bool) -> Rc<RawStatement> {
        let statement = Rc::new(RawStatement { db: db.clone(), handle: Cell::new(handle), is_dml });
        db.statements.add(&statement);
        statement
    }

    /// The handle.
    #[inline(always)]
    pub fn handle(&self) -> *mut ffi::sqlite3_stmt {
        self.handle.get()
    }

    /// The connection.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Does it insert, update, delete or replace?
    #[inline(always)]
    pub fn is_dml(&self) -> bool {
        self.is_dml
    }

    /// Lets go of the rows that are left.
    #[inline]
    pub fn reset(&self) {
        let handle = self.handle.get();
        if !handle.is_null() {
            // SAFETY: a handle of ours.
            unsafe { ffi::sqlite3_reset(handle) };
        }
    }

    /// Are there rows left?
    #[inline]
    pub fn has_rows(&self) -> bool {
        // SAFETY: a handle of ours, or null, which is allowed.
        unsafe { ffi::sqlite3_stmt_busy(self.handle.get()) != 0 }
    }
}

impl Dependent for RawStatement {
    fn is_busy(&self) -> bool {
        self.has_rows()
    }

    fn release(&self) {
        let handle = self.handle.replace(std::ptr::null_mut());
        // SAFETY: a handle of ours, or null, which is allowed.
        unsafe { ffi::sqlite3_finalize(handle) };
    }
}

impl Drop for RawStatement {
    fn drop(&mut self) {
        if !self.handle.get().is_null() {
            self.db.quietly(|| self.release());
        }
    }
}

/// A blob that is open. Its handle is null when it has been closed.
pub struct RawBlob {
    handle: Cell<*mut ffi::sqlite3_blob>,
    /// Keeps the connection's handle.
    db: Rc<Db>,
}

impl RawBlob {
    /// Takes a handle over.
    pub fn new(db: &Rc<Db>, handle: *mut ffi::sqlite3_blob) -> Rc<RawBlob> {
        let blob = Rc::new(RawBlob { handle: Cell::new(handle), db: db.clone() });
        db.blobs.add(&blob);
        blob
    }

    /// The handle.
    pub fn handle(&self) -> *mut ffi::sqlite3_blob {
        self.handle.get()
    }

    /// Closes it.
    pub fn close(&self) {
        self.release();
    }
}

impl Dependent for RawBlob {
    fn is_busy(&self) -> bool {
        false
    }

    fn release(&self) {
        let handle = self.handle.replace(std::ptr::null_mut());
        // SAFETY: a handle of ours, or null, which is allowed.
        unsafe { ffi::sqlite3_blob_close(handle) };
    }
}

impl Drop for RawBlob {
    fn drop(&mut self) {
        if !self.handle.get().is_null() {
            self.db.quietly(|| self.release());
        }
    }
}
