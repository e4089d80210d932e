//! `cr_origin`: where a coroutine was made.

use ::object::{Dict, Generator, Ref, ValueExt, Vm};

/// Notes where a coroutine is made, as deep as `sys.set_coroutine_origin_tracking_depth` says. The coroutine's own frame
/// is the innermost.
#[inline]
pub fn track_origin(vm: &Vm, coroutine: Ref<Generator>) {
    if let Some(slots) = vm.thread().slots.get().cast::<Dict>() {
        note_origin(vm, coroutine, slots);
    }
}

#[inline(never)]
fn note_origin(vm: &Vm, coroutine: Ref<Generator>, slots: Ref<Dict>) {
    let depth = slots.get_str(vm, vm.intern("coroutine_origin_depth")).and_then(|depth| depth.as_small());
    let Some(depth) = depth.filter(|depth| *depth > 0) else { return };
    let entries = vm.list(&[]);
    for frame in vm.thread().frames().iter().rev().skip(1).take(depth as usize) {
        let code = frame.code;
        let entry = [code.filename.get(), vm.int(frame.line() as i64), code.name.get()];
        entries.push(vm, vm.tuple(&entry).value());
    }
    coroutine.origin.set(vm, coroutine, vm.tuple(entries.items()).value());
}
