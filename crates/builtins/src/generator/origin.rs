//! `cr_origin`: where a coroutine was made.

use ::object::{Generator, Ref, Vm};

/// Notes where a coroutine is made, as deep as `sys.set_coroutine_origin_tracking_depth` says. The coroutine's own frame
/// is the innermost.
#[inline]
pub fn track_origin(vm: &Vm, coroutine: Ref<Generator>) {
    let depth = vm.thread().origin_depth.get();
    if depth > 0 {
        note_origin(vm, coroutine, depth);
    }
}

#[cold]
fn note_origin(vm: &Vm, coroutine: Ref<Generator>, depth: u32) {
    let entries = vm.list(&[]);
    for frame in vm.thread().frames().iter().rev().skip(1).take(depth as usize) {
        let code = frame.code;
        let entry = [code.filename.get(), vm.int(frame.line() as i64), code.name.get()];
        entries.push(vm, vm.tuple(&entry).value());
    }
    coroutine.origin.set(vm, coroutine, vm.tuple(entries.items()).value());
}
