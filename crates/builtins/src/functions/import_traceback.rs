//! Tracebacks of failed imports, without the frames of importlib.

use object::{Exception, FrameObj, R, Raised, Str, Traceback, TypeId, Value, ValueExt, Vm};

const CHUNK_END: &[u8] = b"_call_with_frames_removed";

/// Cuts frames of importlib out of the traceback of the exception that was raised: all of them where it is an
/// ImportError, else runs of them that end in the function that importlib calls module code through.
pub(super) fn trim(vm: &Vm, result: R) -> R {
    let Err(raised) = result else { return result };
    if vm.config.verbose == 0 {
        trim_frames(vm, raised);
    }
    Err(raised)
}

fn trim_frames(vm: &Vm, raised: Raised) {
    let pending = vm.pending_exception(raised);
    let Some(exception) = pending.cast::<Exception>() else { return };
    let always = vm.is_exception(pending, TypeId::ImportError);
    let set = |link: Option<object::Ref<Traceback>>, next: Value| match link {
        Some(entry) => entry.next.set(vm, entry, next),
        None => exception.traceback.set(vm, exception, next),
    };
    // Links are entries whose `next` is meant; None is the exception's own.
    let (mut previous, mut outer) = (None, None);
    let mut inside = false;
    let mut at = exception.traceback.get();
    while let Some(entry) = at.cast::<Traceback>() {
        let next = entry.next.get();
        let (in_importlib, ends_chunk) = describe(vm, entry);
        if in_importlib && !inside {
            outer = previous;
        }
        inside = in_importlib;
        if in_importlib && (always || ends_chunk) {
            set(outer, next);
            previous = outer;
        } else {
            previous = Some(entry);
        }
        at = next;
    }
}

fn describe(vm: &Vm, entry: object::Ref<Traceback>) -> (bool, bool) {
    let Some(frame) = entry.frame.get().cast::<FrameObj>() else { return (false, false) };
    let code = frame.frame(vm).code;
    let filename = code.filename.get().cast::<Str>();
    let in_importlib = filename.is_some_and(|name| name.as_bytes().starts_with(b"<frozen importlib._bootstrap"));
    let ends = code.name.get().cast::<Str>().is_some_and(|name| name.as_bytes() == CHUNK_END);
    (in_importlib, ends)
}
