//! Statements that failed since a lock was in the way, which garbage held: a cursor that has rows left, and that nothing
//! refers to, keeps its lock until it is collected.
//!
//! Collecting is best done when native frames are gone, with what they hold by chance; then the statement is executed again.

use super::connection::{self, Connection};
use super::cursor::{self, Cursor};
use super::db::Db;
use super::transaction;
use object::gc::Survey;
use object::{R, Raised, Value, Vm};
use std::rc::Rc;

/// What is to be executed again: the receiver, the statement, the parameters, and what was raised.
const AGAIN: &str = "_sqlite3.again";

/// Collects garbage that may hold locks. Was there any?
#[inline(never)]
pub fn reclaim(vm: &Vm, db: &Db) -> bool {
    let before = db.held();
    vm.collect_thoroughly(heap::Collection::Full, &mut Survey::default());
    db.held() < before
}

fn db_of(vm: &Vm, this: Value) -> Option<Rc<Db>> {
    let connection = match vm.as_native::<Cursor>(this) {
        Some(cursor) => cursor.connection.get(),
        None => this,
    };
    Some(vm.as_native::<Connection>(connection)?.db.clone())
}

/// After `execute` of a connection or cursor has failed: executes once more where that may help. `parameters` is unbound
/// where there are none. After `commit` of a connection, `sql` is None.
#[cold]
pub fn after_failure(vm: &Vm, raised: Raised, this: Value, sql: Value, parameters: Value) -> R {
    let Some(db) = db_of(vm, this).filter(|db| db.is_blocked.take()) else { return Err(raised) };
    drop(db);
    let error = vm.take_exception(raised);
    let parameters = if parameters.is_unbound() { vm.tuple(&[]).value() } else { parameters };
    vm.set_state(AGAIN, vm.tuple(&[this, sql, parameters, error]).value());
    let callee = vm.lookup(vm.type_of(this), vm.intern(if sql.is_none() { "commit" } else { "execute" }));
    if let Some(callee) = callee
        && let Some(deferred) = vm.defer(callee, execute_again)
    {
        return Err(deferred);
    }
    execute_again(vm)
}

fn execute_again(vm: &Vm) -> R {
    let kept = vm.state_value(AGAIN).and_then(|kept| vm.as_tuple(kept));
    vm.set_state(AGAIN, Value::NONE);
    let Some(&[this, sql, parameters, error]) = kept.as_ref().map(|kept| kept.items()) else {
        return Err(vm.system_error("nothing to be executed again"));
    };
    if !db_of(vm, this).is_some_and(|db| reclaim(vm, &db)) {
        return Err(vm.raise_again(error));
    }
    if sql.is_none() {
        return transaction::try_commit(vm, &[this]);
    }
    let args = [this, sql, parameters];
    match vm.as_native::<Cursor>(this) {
        Some(_) => cursor::try_execute(vm, &args),
        None => connection::try_execute(vm, &args),
    }
}
