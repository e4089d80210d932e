//! The dispatch loop: one match over the operations, hot bodies inline, slow paths elsewhere.

use crate::frames::{self, Push};
use bytecode::{BinaryOperator, CompareOperator, Instr, Op, call_flags, yield_flags};
use object::layout::code::CacheSite;
use object::thread::{Frame, ResumedBy};
use object::{
    Args, CellObj, Code, Dict, Function, Kind, List, R, Raised, Ref, Tuple, TypeId, TypeObj, Value, ValueExt, Vm,
};

/// How a frame left the loop.
pub(crate) enum Outcome {
    Returned(Value),
    Yielded(Value),
}

impl Outcome {
    pub(crate) fn value(self) -> Value {
        match self {
            Outcome::Returned(value) | Outcome::Yielded(value) => value,
        }
    }
}

/// Runs a code object: module, class body, `exec`.
pub fn run_code(vm: &Vm, code: Ref<Code>, globals: Ref<Dict>, locals: Value, closure: Value) -> R {
    vm.enter_native()?;
    let thread = vm.thread();
    let builtins = frames::builtins_of(vm, globals);
    let locals = if locals.is_unbound() { globals.value() } else { locals };
    let base = thread.top.get();
    if thread.has_room(base, code.data().params as usize) {
        for index in 0..code.data().params as usize {
            // SAFETY: there is room above the registers in use.
            unsafe { *base.add(index) = Value::UNBOUND };
        }
    }
    let push = Push { code, base, function: closure, globals, builtins, locals, dst: 0, is_entry: true };
    frames::push(vm, thread, push)?;
    run(vm).map(Outcome::value)
}

/// Runs the innermost frame, which was pushed as an entry, until it ends or yields.
pub(crate) fn run(vm: &Vm) -> Result<Outcome, Raised> {
    let thread = vm.thread();
    // SAFETY of the whole function: the code was verified (or made by the compiler, whose output the verifier accepts), so
    // operands name registers of the frame, constants and names that exist, and jumps lead to instructions. Registers
    // lie in the thread's register stack or in the generator of the frame, and were initialised when the frame was pushed.
    unsafe {
        let mut frame: *mut Frame = thread.frame_ptr(thread.depth.get() - 1);
        let mut pc: *const Instr = (*frame).pc;
        let mut base: *mut Value = (*frame).base;
        let mut caches: *const CacheSite = (*frame).code.data().caches.as_ptr();

        macro_rules! r {
            ($index:expr) => {
                *base.add($index as usize)
            };
        }
        macro_rules! reload {
            () => {{
                frame = thread.frame_ptr(thread.depth.get() - 1);
                pc = (*frame).pc;
                base = (*frame).base;
                caches = (*frame).code.data().caches.as_ptr();
            }};
        }

        'outer: loop {
            let raised: Raised = 'exec: {
                macro_rules! attempt {
                    ($result:expr) => {
                        match $result {
                            Ok(value) => value,
                            Err(raised) => break 'exec raised,
                        }
                    };
                }
                macro_rules! save {
                    () => {
                        (*frame).pc = pc
                    };
                }
                macro_rules! slow {
                    ($result:expr) => {{
                        save!();
                        attempt!($result)
                    }};
                }
                macro_rules! truth {
                    ($value:expr) => {{
                        let value: Value = $value;
                        if value == Value::TRUE {
                            true
                        } else if value == Value::FALSE || value.is_none() {
                            false
                        } else {
                            slow!(vm.truthy(value))
                        }
                    }};
                }
                macro_rules! site {
                    ($instr:expr, $word:expr) => {
                        &*caches.add($instr.c as usize | ($word.a as usize) << 16)
                    };
                }
                macro_rules! code {
                    () => {
                        (*frame).code
                    };
                }
                loop {
                    let i = *pc;
                    pc = pc.add(1);
                    match std::mem::transmute::<u8, Op>(i.op) {
                        Op::Nop | Op::Cache => {}
                        Op::Move => r!(i.a) = r!(i.b),
                        Op::LoadConst => r!(i.a) = *code!().consts().get_unchecked(i.bc() as usize),
                        Op::LoadInt => r!(i.a) = Value::small(i.bc() as i32 as i64),
                        Op::LoadNull => r!(i.a) = Value::UNBOUND,
                        Op::LoadCommon => r!(i.a) = slow!(crate::special::load_common(vm, i.b)),
                        Op::CheckBound => {
                            if r!(i.a).is_unbound() {
                                save!();
                                break 'exec crate::names::unbound_local(vm, code!(), i.a);
                            }
                        }
                        Op::DeleteLocal => {
                            if r!(i.a).is_unbound() {
                                save!();
                                break 'exec crate::names::unbound_local(vm, code!(), i.a);
                            }
                            r!(i.a) = Value::UNBOUND;
                        }
                        Op::MakeCell => r!(i.a) = vm.cell(r!(i.a)),
                        Op::CopyFreeVars => {
                            let function = (*frame).function;
                            let closure: Option<Ref<Tuple>> = match function.cast::<Function>() {
                                Some(function) => function.closure.get().cast(),
                                None => function.cast(),
                            };
                            let cells = closure.as_ref().map_or(&[][..], |closure| closure.items());
                            if cells.len() != i.b as usize {
                                save!();
                                break 'exec vm.type_error("code object requires a closure of another length");
                            }
                            for (index, &cell) in cells.iter().enumerate() {
                                r!(i.a as usize + index) = cell;
                            }
                        }
                        Op::LoadDeref => {
                            let content = match r!(i.b).cast::<CellObj>() {
                                Some(cell) => cell.content.get(),
                                None => Value::UNBOUND,
                            };
                            if content.is_unbound() {
                                save!();
                                break 'exec crate::names::unbound_deref(vm, code!(), i.b);
                            }
                            r!(i.a) = content;
                        }
                        Op::StoreDeref => {
                            if let Some(cell) = r!(i.a).cast::<CellObj>() {
                                cell.content.set(vm, cell, r!(i.b));
                            }
                        }
                        Op::DeleteDeref => {
                            let cell = r!(i.a).cast::<CellObj>();
                            match cell.filter(|cell| !cell.content.get().is_unbound()) {
                                Some(cell) => cell.content.init(Value::UNBOUND),
                                None => {
                                    save!();
                                    break 'exec crate::names::unbound_deref(vm, code!(), i.a);
                                }
                            }
                        }
                        Op::LoadFromDictOrDeref => {
                            r!(i.a) = slow!(crate::names::load_from_dict_or_deref(vm, code!(), i.b, r!(i.b), r!(i.c)));
                        }
                        Op::LoadGlobal => {
                            let word = *pc;
                            pc = pc.add(1);
                            let site = site!(i, word);
                            let globals = (*frame).globals;
                            let builtins = (*frame).builtins;
                            r!(i.a) = if site.version.get() == globals.version() {
                                if site.found.get() == crate::names::IN_GLOBALS {
                                    globals.value_at(site.data.get() as usize)
                                } else if site.extra.get() == builtins.version() {
                                    builtins.value_at(site.data.get() as usize)
                                } else {
                                    slow!(crate::names::load_global(vm, &*frame, site, word.bc()))
                                }
                            } else {
                                slow!(crate::names::load_global(vm, &*frame, site, word.bc()))
                            };
                        }
                        Op::StoreGlobal => {
                            let name = code!().name_at(i.bc() as usize);
                            (*frame).globals.insert_str(vm, name, r!(i.a));
                        }
                        Op::DeleteGlobal => slow!(crate::names::delete_global(vm, &*frame, i.bc())),
                        Op::LoadName => {
                            let word = *pc;
                            pc = pc.add(1);
                            r!(i.a) = slow!(crate::names::load_name(vm, &*frame, site!(i, word), word.bc()));
                        }
                        Op::StoreName => slow!(crate::names::store_name(vm, &*frame, i.bc(), r!(i.a))),
                        Op::DeleteName => slow!(crate::names::delete_name(vm, &*frame, i.bc())),
                        Op::LoadFromDictOrGlobals => {
                            let word = *pc;
                            pc = pc.add(1);
                            r!(i.a) = slow!(crate::names::load_from_dict_or_globals(
                                vm,
                                &*frame,
                                r!(i.b),
                                site!(i, word),
                                word.bc()
                            ));
                        }
                        Op::LoadLocals => {
                            let locals = (*frame).locals;
                            if locals.is_unbound() {
                                save!();
                                break 'exec vm.system_error("no locals");
                            }
                            r!(i.a) = locals;
                        }
                        Op::SetupAnnotations => slow!(crate::names::setup_annotations(vm, &*frame)),
                        Op::LoadBuildClass => r!(i.a) = slow!(crate::names::load_build_class(vm, &*frame)),
                        Op::LoadAttr => {
                            let word = *pc;
                            pc = pc.add(1);
                            let site = site!(i, word);
                            let object = r!(i.b);
                            r!(i.a) = match crate::attributes::cached(vm, site, object) {
                                Some(value) => value,
                                None => slow!(crate::attributes::load(
                                    vm,
                                    site,
                                    object,
                                    code!().name_at(word.bc() as usize)
                                )),
                            };
                        }
                        Op::LoadMethod => {
                            let word = *pc;
                            pc = pc.add(1);
                            let site = site!(i, word);
                            let object = r!(i.b);
                            let (function, this) = match crate::attributes::cached_method(vm, site, object) {
                                Some(function) => (function, object),
                                None => slow!(crate::attributes::load_method(
                                    vm,
                                    site,
                                    object,
                                    code!().name_at(word.bc() as usize)
                                )),
                            };
                            r!(i.a) = function;
                            r!(i.a as usize + 1) = this;
                        }
                        Op::StoreAttr => {
                            let word = *pc;
                            pc = pc.add(1);
                            let site = site!(i, word);
                            let (object, value) = (r!(i.a), r!(i.b));
                            if !crate::attributes::store_cached(vm, site, object, value) {
                                let name = code!().name_at(word.bc() as usize);
                                slow!(crate::attributes::store(vm, site, object, name, value));
                            }
                        }
                        Op::DeleteAttr => {
                            let name = code!().name_at(i.bc() as usize);
                            slow!(vm.setattr(r!(i.a), name, Value::UNBOUND));
                        }
                        Op::LoadSuperAttr => {
                            let word = *pc;
                            pc = pc.add(1);
                            let b = i.b as usize;
                            let name = code!().name_at(word.bc() as usize);
                            let parts = [r!(b), r!(b + 1), r!(b + 2)];
                            let (value, this) = slow!(crate::superclass::load(vm, &*frame, parts, name, i.flags));
                            r!(i.a) = value;
                            if i.flags & 1 != 0 {
                                r!(i.a as usize + 1) = this;
                            }
                        }
                        Op::LoadSubscr => {
                            let (object, key) = (r!(i.b), r!(i.c));
                            r!(i.a) = match crate::iteration::item_fast(object, key) {
                                Some(value) => value,
                                None => slow!(vm.getitem(object, key)),
                            };
                        }
                        Op::StoreSubscr => {
                            let (object, value, key) = (r!(i.a), r!(i.b), r!(i.c));
                            if object.shape() == TypeId::List as u32
                                && let Some(index) = key.as_small()
                            {
                                let list: Ref<List> = object.cast_unchecked();
                                if (index as u64) < list.len() as u64 {
                                    list.set(vm, index as usize, value);
                                    continue;
                                }
                            } else if object.shape() == TypeId::Dict as u32 {
                                let dict: Ref<Dict> = object.cast_unchecked();
                                slow!(dict.insert(vm, key, value));
                                continue;
                            }
                            slow!(vm.setitem(object, key, value));
                        }
                        Op::DeleteSubscr => slow!(vm.delitem(r!(i.a), r!(i.b))),
                        Op::LoadSlice => {
                            let c = i.c as usize;
                            r!(i.a) = slow!(crate::iteration::load_slice(vm, r!(i.b), r!(c), r!(c + 1)));
                        }
                        Op::StoreSlice => {
                            let c = i.c as usize;
                            let slice = vm.slice(r!(c), r!(c + 1), Value::NONE).value();
                            slow!(vm.setitem(r!(i.a), slice, r!(i.b)));
                        }
                        Op::Binary => {
                            let (a, b) = (r!(i.b), r!(i.c));
                            r!(i.a) = match binary_fast(vm, i.flags, a, b) {
                                Some(value) => value,
                                None => slow!(binary_slow(vm, i.flags, a, b)),
                            };
                        }
                        Op::BinaryInt => {
                            let (a, b) = (r!(i.b), Value::small(i.c as i16 as i64));
                            r!(i.a) = match binary_fast(vm, i.flags, a, b) {
                                Some(value) => value,
                                None => slow!(binary_slow(vm, i.flags, a, b)),
                            };
                        }
                        Op::Unary => {
                            let value = r!(i.b);
                            let negative = i.flags == bytecode::UnaryOperator::Negative as u8;
                            r!(i.a) = match value.as_small() {
                                Some(int) if negative => vm.int(-int),
                                _ if negative && value.is_float() => vm.float(-value.float_unchecked()),
                                _ => match bytecode::UnaryOperator::from_u8(i.flags) {
                                    Some(op) => slow!(vm.unary(op, value)),
                                    None => Value::NONE,
                                },
                            };
                        }
                        Op::Not => r!(i.a) = Value::bool(!truth!(r!(i.b))),
                        Op::Compare => {
                            let (a, b) = (r!(i.b), r!(i.c));
                            r!(i.a) = match compare_fast(vm, i.flags, a, b) {
                                Some(result) => Value::bool(result),
                                None => slow!(compare_slow(vm, i.flags, a, b)),
                            };
                        }
                        Op::CompareInt => {
                            let (a, b) = (r!(i.b), Value::small(i.c as i16 as i64));
                            r!(i.a) = match compare_fast(vm, i.flags, a, b) {
                                Some(result) => Value::bool(result),
                                None => slow!(compare_slow(vm, i.flags, a, b)),
                            };
                        }
                        Op::Is => r!(i.a) = Value::bool((r!(i.b) == r!(i.c)) != (i.flags != 0)),
                        Op::Contains => {
                            let found = slow!(vm.contains(r!(i.c), r!(i.b)));
                            r!(i.a) = Value::bool(found != (i.flags != 0));
                        }
                        Op::BuildTuple => {
                            let items = std::slice::from_raw_parts(base.add(i.b as usize), i.c as usize);
                            r!(i.a) = vm.tuple(items).value();
                        }
                        Op::BuildList => {
                            let items = std::slice::from_raw_parts(base.add(i.b as usize), i.c as usize);
                            r!(i.a) = vm.list(items).value();
                        }
                        Op::BuildSet => {
                            let items = std::slice::from_raw_parts(base.add(i.b as usize), i.c as usize);
                            r!(i.a) = slow!(crate::special::build_set(vm, items));
                        }
                        Op::BuildMap => {
                            let items = std::slice::from_raw_parts(base.add(i.b as usize), i.c as usize * 2);
                            r!(i.a) = slow!(crate::special::build_map(vm, items));
                        }
                        Op::BuildString => {
                            let items = std::slice::from_raw_parts(base.add(i.b as usize), i.c as usize);
                            r!(i.a) = slow!(crate::special::build_string(vm, items));
                        }
                        Op::BuildSlice => {
                            let b = i.b as usize;
                            r!(i.a) = vm.slice(r!(b), r!(b + 1), r!(b + 2)).value();
                        }
                        Op::BuildInterpolation => {
                            let b = i.b as usize;
                            let spec = if i.c == bytecode::NO_REGISTER { vm.names.empty.value() } else { r!(i.c) };
                            r!(i.a) = slow!(crate::special::interpolation(vm, r!(b), r!(b + 1), i.flags, spec));
                        }
                        Op::BuildTemplate => r!(i.a) = slow!(crate::special::template(vm, r!(i.b), r!(i.c))),
                        Op::FormatValue => {
                            let spec = if i.c == bytecode::NO_REGISTER { Value::UNBOUND } else { r!(i.c) };
                            r!(i.a) = slow!(crate::special::format_value(vm, r!(i.b), i.flags, spec));
                        }
                        Op::ListAppend => {
                            let Some(list) = r!(i.a).cast::<List>() else {
                                save!();
                                break 'exec wrong_container(vm, "list", r!(i.a));
                            };
                            list.push(vm, r!(i.b));
                        }
                        Op::ListExtend => slow!(crate::special::list_extend(vm, r!(i.a), r!(i.b), i.flags)),
                        Op::ListToTuple => {
                            let Some(list) = r!(i.b).cast::<List>() else {
                                save!();
                                break 'exec wrong_container(vm, "list", r!(i.b));
                            };
                            r!(i.a) = vm.tuple(list.items()).value();
                        }
                        Op::SetAdd => {
                            let Some(set) = r!(i.a).cast::<object::Set>() else {
                                save!();
                                break 'exec wrong_container(vm, "set", r!(i.a));
                            };
                            slow!(set.add(vm, r!(i.b)));
                        }
                        Op::SetUpdate => slow!(crate::special::set_update(vm, r!(i.a), r!(i.b))),
                        Op::MapAdd => {
                            let Some(dict) = r!(i.a).cast::<Dict>() else {
                                save!();
                                break 'exec wrong_container(vm, "dict", r!(i.a));
                            };
                            slow!(dict.insert(vm, r!(i.b), r!(i.c)));
                        }
                        Op::DictUpdate => slow!(crate::special::dict_update(vm, r!(i.a), r!(i.b))),
                        Op::DictMerge => slow!(crate::special::dict_merge(vm, r!(i.a), r!(i.b), r!(i.c))),
                        Op::Jump => pc = code!().start().add(i.bc() as usize),
                        Op::JumpBack => {
                            if crate::safepoint::is_due(vm) {
                                slow!((vm.hooks.get().safepoint)(vm));
                            }
                            pc = code!().start().add(i.bc() as usize);
                        }
                        Op::JumpIfTrue => {
                            if truth!(r!(i.a)) {
                                pc = code!().start().add(i.bc() as usize);
                            }
                        }
                        Op::JumpIfFalse => {
                            if !truth!(r!(i.a)) {
                                pc = code!().start().add(i.bc() as usize);
                            }
                        }
                        Op::JumpIfNone => {
                            if r!(i.a).is_none() {
                                pc = code!().start().add(i.bc() as usize);
                            }
                        }
                        Op::JumpIfNotNone => {
                            if !r!(i.a).is_none() {
                                pc = code!().start().add(i.bc() as usize);
                            }
                        }
                        Op::GetIter => r!(i.a) = slow!(vm.iter(r!(i.b))),
                        Op::ForPrep => {
                            let (state, index) = slow!(crate::iteration::prepare(vm, r!(i.b)));
                            r!(i.a) = state;
                            r!(i.a as usize + 1) = index;
                        }
                        Op::ForIter => {
                            let b = i.b as usize;
                            let (state, index) = (r!(b), r!(b + 1));
                            if index.is_int() {
                                if let Some((item, next)) = crate::iteration::step(vm, state, index) {
                                    r!(i.a) = item;
                                    r!(b + 1) = next;
                                    pc = pc.add(1);
                                }
                                continue;
                            }
                            if state.kind() == Kind::GENERATOR && state.shape() == TypeId::Generator as u32 {
                                save!();
                                let resumed =
                                    crate::generators::enter(vm, thread, state, Value::NONE, i.a, ResumedBy::ForIter);
                                if attempt!(resumed) {
                                    reload!();
                                }
                                continue;
                            }
                            if let Some(item) = slow!(vm.next(state)) {
                                r!(i.a) = item;
                                pc = pc.add(1);
                            }
                        }
                        Op::UnpackSequence => {
                            let value = r!(i.b);
                            if let Some(tuple) = value.cast::<Tuple>()
                                && tuple.len() == i.c as usize
                            {
                                std::ptr::copy_nonoverlapping(
                                    tuple.items().as_ptr(),
                                    base.add(i.a as usize),
                                    i.c as usize,
                                );
                                continue;
                            }
                            let items = slow!(crate::iteration::unpack(vm, value, i.c as usize));
                            std::ptr::copy_nonoverlapping(items.items().as_ptr(), base.add(i.a as usize), i.c as usize);
                        }
                        Op::UnpackStar => {
                            let items =
                                slow!(crate::iteration::unpack_star(vm, r!(i.b), i.flags as usize, i.c as usize));
                            std::ptr::copy_nonoverlapping(items.items().as_ptr(), base.add(i.a as usize), items.len());
                        }
                        Op::Call => {
                            let b = i.b as usize;
                            let mut callee = r!(b);
                            let mut first = b + 2;
                            let mut count = i.c as usize;
                            if i.flags & call_flags::NO_SELF == 0 && !r!(b + 1).is_unbound() {
                                first = b + 1;
                                count += 1;
                            }
                            if callee.kind() == Kind::METHOD && first == b + 2 {
                                let method: Ref<object::Method> = callee.cast_unchecked();
                                callee = method.function.get();
                                r!(b + 1) = method.this.get();
                                first = b + 1;
                                count += 1;
                            }
                            if callee.kind() == Kind::FUNCTION {
                                let function: Ref<Function> = callee.cast_unchecked();
                                save!();
                                attempt!(enter_function(vm, &*frame, function, base.add(first), count, None, i.a));
                                reload!();
                                if crate::safepoint::is_due(vm) {
                                    save!();
                                    attempt!((vm.hooks.get().safepoint)(vm));
                                }
                                continue;
                            }
                            save!();
                            if callee.kind() == Kind::TYPE
                                && attempt!(enter_class(
                                    vm,
                                    &*frame,
                                    callee.cast_unchecked(),
                                    base.add(first),
                                    count,
                                    i.a
                                ))
                            {
                                reload!();
                                continue;
                            }
                            let args = std::slice::from_raw_parts(base.add(first), count);
                            r!(i.a) = attempt!(vm.call(callee, args));
                        }
                        Op::CallKw => {
                            let word = *pc;
                            pc = pc.add(1);
                            let b = i.b as usize;
                            let mut callee = r!(b);
                            let mut first = b + 2;
                            let mut count = i.c as usize;
                            if i.flags & call_flags::NO_SELF == 0 && !r!(b + 1).is_unbound() {
                                first = b + 1;
                                count += 1;
                            }
                            if callee.kind() == Kind::METHOD && first == b + 2 {
                                let method: Ref<object::Method> = callee.cast_unchecked();
                                callee = method.function.get();
                                r!(b + 1) = method.this.get();
                                first = b + 1;
                                count += 1;
                            }
                            let kwnames: Option<Ref<Tuple>> = code!().consts()[word.bc() as usize].cast();
                            save!();
                            if callee.kind() == Kind::FUNCTION {
                                let function: Ref<Function> = callee.cast_unchecked();
                                attempt!(enter_function(vm, &*frame, function, base.add(first), count, kwnames, i.a));
                                reload!();
                                continue;
                            }
                            let args = std::slice::from_raw_parts(base.add(first), count);
                            r!(i.a) = attempt!(vm.call_args(callee, Args { args, kwnames }));
                        }
                        Op::CallEx => {
                            let b = i.b as usize;
                            let this = if i.flags & call_flags::NO_SELF == 0 { r!(b + 1) } else { Value::UNBOUND };
                            save!();
                            let (args, kwnames) =
                                attempt!(crate::special::spread_arguments(vm, r!(b), this, r!(b + 2), r!(b + 3)));
                            let callee = r!(b);
                            if let Some(function) = callee.cast::<Function>() {
                                let target = if (*frame).generator.is_unbound() {
                                    base.add((*frame).code.unit().registers as usize)
                                } else {
                                    thread.top.get()
                                };
                                let args = Args { args: args.items(), kwnames };
                                attempt!(enter_bound(vm, function, args, target, i.a));
                                reload!();
                                continue;
                            }
                            r!(i.a) = attempt!(vm.call_args(callee, Args { args: args.items(), kwnames }));
                        }
                        Op::Return => {
                            let mut value = r!(i.a);
                            save!();
                            let is_entry = (*frame).is_entry;
                            let dst = (*frame).dst;
                            if (*frame).is_init {
                                if !value.is_none() {
                                    let name = vm.type_name(value);
                                    break 'exec vm.type_error(format!("__init__() should return None, not '{name}'"));
                                }
                                value = (*frame).saved_handled;
                            }
                            if !(*frame).generator.is_unbound() {
                                let resumed_by = (*frame).resumed_by;
                                crate::generators::leave(vm, thread, true);
                                if is_entry {
                                    return Ok(Outcome::Returned(value));
                                }
                                reload!();
                                if resumed_by == ResumedBy::Send {
                                    r!(dst) = value;
                                }
                                continue;
                            }
                            frames::pop(vm, thread);
                            if is_entry {
                                return Ok(Outcome::Returned(value));
                            }
                            reload!();
                            r!(dst) = value;
                        }
                        Op::MakeFunction => {
                            let code = code!().consts()[i.bc() as usize];
                            let function = vm.function(code.cast_unchecked::<Code>(), (*frame).globals);
                            function.builtins.init((*frame).builtins.value());
                            r!(i.a) = function.value();
                        }
                        Op::SetFunctionAttr => crate::special::set_function_attr(vm, r!(i.a), i.flags, r!(i.b)),
                        Op::Import => {
                            let word = *pc;
                            pc = pc.add(1);
                            let name = code!().name_at(word.bc() as usize);
                            r!(i.a) = slow!(crate::special::import(vm, &*frame, name, r!(i.b), r!(i.c)));
                        }
                        Op::ImportFrom => {
                            let word = *pc;
                            pc = pc.add(1);
                            let name = code!().name_at(word.bc() as usize);
                            r!(i.a) = slow!(crate::special::import_from(vm, r!(i.b), name));
                        }
                        Op::ImportStar => slow!(crate::special::import_star(vm, &*frame, r!(i.a))),
                        Op::Raise => {
                            save!();
                            let exception = if i.a == bytecode::NO_REGISTER { Value::UNBOUND } else { r!(i.a) };
                            let cause = if i.b == bytecode::NO_REGISTER { Value::UNBOUND } else { r!(i.b) };
                            break 'exec crate::unwind::raise(vm, i.flags, exception, cause);
                        }
                        Op::Reraise => {
                            save!();
                            let raised = vm.raise_again(r!(i.a));
                            match crate::unwind::unwind(vm, thread, raised, false) {
                                Some(raised) => return Err(raised),
                                None => {
                                    reload!();
                                    continue 'outer;
                                }
                            }
                        }
                        Op::PushExcInfo => {
                            let exception = r!(i.b);
                            r!(i.a) = thread.handled.replace(exception);
                        }
                        Op::PopExcInfo => thread.handled.set(r!(i.a)),
                        Op::CheckExcMatch => {
                            let matches = slow!(crate::unwind::exception_matches(vm, r!(i.b), r!(i.c)));
                            r!(i.a) = Value::bool(matches);
                        }
                        Op::CheckEgMatch => {
                            let (rest, matching) = slow!(crate::unwind::group_match(vm, r!(i.b), r!(i.c)));
                            r!(i.a) = rest;
                            r!(i.a as usize + 1) = matching;
                        }
                        Op::LoadSpecial => {
                            let (function, this) = slow!(crate::special::load_special(vm, r!(i.b), i.flags));
                            r!(i.a) = function;
                            r!(i.a as usize + 1) = this;
                        }
                        Op::WithExit => {
                            let b = i.b as usize;
                            r!(i.a) = slow!(crate::special::with_exit(vm, r!(b), r!(b + 1), r!(i.c)));
                        }
                        Op::ReturnGenerator => {
                            save!();
                            let dst = (*frame).dst;
                            let is_entry = (*frame).is_entry;
                            let generator = crate::generators::create(vm, &*frame);
                            frames::pop(vm, thread);
                            if is_entry {
                                return Ok(Outcome::Returned(generator));
                            }
                            reload!();
                            r!(dst) = generator;
                        }
                        Op::Yield => {
                            save!();
                            let mut value = r!(i.b);
                            if i.flags & yield_flags::ASYNC != 0 {
                                value = crate::generators::wrap_async(vm, value);
                            }
                            let is_entry = (*frame).is_entry;
                            let dst = (*frame).dst;
                            crate::generators::leave(vm, thread, false);
                            if is_entry {
                                return Ok(Outcome::Yielded(value));
                            }
                            reload!();
                            r!(dst) = value;
                            pc = pc.add(1);
                        }
                        Op::Send => {
                            let (iterator, value) = (r!(i.b), r!(i.c));
                            save!();
                            if iterator.kind() == Kind::GENERATOR && crate::generators::is_sendable(iterator) {
                                if attempt!(crate::generators::enter(vm, thread, iterator, value, i.a, ResumedBy::Send))
                                {
                                    reload!();
                                }
                                continue;
                            }
                            match attempt!(crate::generators::send(vm, iterator, value)) {
                                Ok(yielded) => {
                                    r!(i.a) = yielded;
                                    pc = pc.add(1);
                                }
                                Err(returned) => r!(i.a) = returned,
                            }
                        }
                        Op::GetYieldFromIter => {
                            r!(i.a) = slow!(crate::generators::yield_from_iter(vm, &*frame, r!(i.b)));
                        }
                        Op::GetAwaitable => {
                            r!(i.a) = slow!(crate::generators::awaitable(vm, r!(i.b), i.c | i.flags as u16))
                        }
                        Op::GetAiter => r!(i.a) = slow!(crate::generators::get_aiter(vm, r!(i.b))),
                        Op::GetAnext => r!(i.a) = slow!(crate::generators::get_anext(vm, r!(i.b))),
                        Op::EndAsyncFor => {
                            let exception = r!(i.a);
                            if !vm.is_exception(exception, TypeId::StopAsyncIteration) {
                                save!();
                                let raised = vm.raise_again(exception);
                                match crate::unwind::unwind(vm, thread, raised, false) {
                                    Some(raised) => return Err(raised),
                                    None => {
                                        reload!();
                                        continue 'outer;
                                    }
                                }
                            }
                        }
                        Op::MatchMapping => r!(i.a) = Value::bool(crate::matching::is_mapping(vm, r!(i.b))),
                        Op::MatchSequence => r!(i.a) = Value::bool(crate::matching::is_sequence(vm, r!(i.b))),
                        Op::GetLen => {
                            let len = slow!(vm.len(r!(i.b)));
                            r!(i.a) = vm.int_usize(len);
                        }
                        Op::MatchKeys => r!(i.a) = slow!(crate::matching::keys(vm, r!(i.b), r!(i.c))),
                        Op::MatchClass => {
                            let c = i.c as usize;
                            r!(i.a) = slow!(crate::matching::class(vm, r!(i.b), r!(c), i.flags as usize, r!(c + 1)));
                        }
                        Op::Intrinsic1 => r!(i.a) = slow!(crate::special::intrinsic_1(vm, i.flags, r!(i.b))),
                        Op::Intrinsic2 => r!(i.a) = slow!(crate::special::intrinsic_2(vm, i.flags, r!(i.b), r!(i.c))),
                    }
                }
            };
            match crate::unwind::unwind(vm, thread, raised, true) {
                Some(raised) => return Err(raised),
                None => reload!(),
            }
        }
    }
}

/// Pushes the frame of a call whose arguments lie at `first`, `count` of them.
#[inline(always)]
unsafe fn enter_function(
    vm: &Vm,
    caller: &Frame,
    function: Ref<Function>,
    first: *mut Value,
    count: usize,
    kwnames: Option<Ref<Tuple>>,
    dst: u16,
) -> Result<(), Raised> {
    let thread = vm.thread();
    let data = function.code();
    let data = data.data();
    // A generator's registers do not lie on the register stack: the callee's start above those in use there.
    let base = if caller.generator.is_unbound() { first } else { thread.top.get() };
    if data.simple && kwnames.is_none() && count == data.params as usize {
        if base != first {
            if !thread.has_room(base, count) {
                return Err(frames::recursion_error(vm));
            }
            unsafe { std::ptr::copy_nonoverlapping(first, base, count) };
        }
        frames::push(vm, thread, frames::for_function(vm, function, base, dst, false))?;
        return Ok(());
    }
    let args = unsafe { std::slice::from_raw_parts(first, count) };
    enter_bound(vm, function, Args { args, kwnames }, base, dst)
}

/// Binds arguments at `base` and pushes the frame.
#[inline(never)]
fn enter_bound(vm: &Vm, function: Ref<Function>, args: Args, base: *mut Value, dst: u16) -> Result<(), Raised> {
    let thread = vm.thread();
    if !thread.has_room(base, function.code().unit().registers as usize) {
        return Err(frames::recursion_error(vm));
    }
    crate::arguments::bind(vm, function, args, base)?;
    frames::push(vm, thread, frames::for_function(vm, function, base, dst, false))?;
    Ok(())
}

/// Calls a Python class whose instances are made by `object.__new__` and initialised by a Python function: pushes the
/// frame of `__init__`. Gives false where the class is not of that kind.
unsafe fn enter_class(
    vm: &Vm,
    caller: &Frame,
    class: Ref<TypeObj>,
    first: *mut Value,
    count: usize,
    dst: u16,
) -> Result<bool, Raised> {
    use object::type_flags;
    let thread = vm.thread();
    if class.flags() & (type_flags::HEAP | type_flags::ABSTRACT) != type_flags::HEAP
        || class.instance_kind() != Kind::INSTANCE
        || class.has_payload()
        || class.header_shape() != TypeId::Type as u32
    {
        return Ok(false);
    }
    let is_object_new = match (class.slots().new, vm.types[TypeId::Object].slots().new) {
        (Some(own), Some(object)) => std::ptr::fn_addr_eq(own, object),
        _ => false,
    };
    if !is_object_new {
        return Ok(false);
    }
    let Some(init) = vm.lookup(class, vm.names.__init__).and_then(|init| init.cast::<Function>()) else {
        return Ok(false);
    };
    let object = vm.new_instance(class, None);
    // The registers at first - 2 and first - 1 were those of the callable and self: the instance takes the one before the
    // arguments.
    let this = unsafe { first.sub(1) };
    unsafe { *this = object };
    unsafe { enter_function(vm, caller, init, this, count + 1, None, dst)? };
    let frame = unsafe { &mut *thread.frame_ptr(thread.depth.get() - 1) };
    frame.is_init = true;
    frame.saved_handled = object;
    Ok(true)
}

/// Operators on immediate ints and floats.
#[inline(always)]
fn binary_fast(vm: &Vm, op: u8, a: Value, b: Value) -> Option<Value> {
    use BinaryOperator::*;
    const ADD: u8 = Add as u8;
    const SUB: u8 = Subtract as u8;
    const MUL: u8 = Multiply as u8;
    const IADD: u8 = InplaceAdd as u8;
    const ISUB: u8 = InplaceSubtract as u8;
    const IMUL: u8 = InplaceMultiply as u8;
    const AND: u8 = And as u8;
    const OR: u8 = Or as u8;
    const XOR: u8 = Xor as u8;
    const IAND: u8 = InplaceAnd as u8;
    const IOR: u8 = InplaceOr as u8;
    const IXOR: u8 = InplaceXor as u8;
    const DIV: u8 = TrueDivide as u8;
    const IDIV: u8 = InplaceTrueDivide as u8;
    const FLOOR: u8 = FloorDivide as u8;
    const IFLOOR: u8 = InplaceFloorDivide as u8;
    const REM: u8 = Remainder as u8;
    const IREM: u8 = InplaceRemainder as u8;
    const SHL: u8 = Lshift as u8;
    const ISHL: u8 = InplaceLshift as u8;
    const SHR: u8 = Rshift as u8;
    const ISHR: u8 = InplaceRshift as u8;
    if Value::both_ints(a, b) {
        let (x, y) = (a.int_unchecked(), b.int_unchecked());
        return match op {
            ADD | IADD => Value::try_int(x + y),
            SUB | ISUB => Value::try_int(x - y),
            MUL | IMUL => Value::try_int(x.checked_mul(y)?),
            AND | IAND => Some(Value::small(x & y)),
            OR | IOR => Some(Value::small(x | y)),
            XOR | IXOR => Some(Value::small(x ^ y)),
            FLOOR | IFLOOR if y != 0 => Value::try_int(x.div_euclid(y) - (y < 0 && x.rem_euclid(y) != 0) as i64),
            REM | IREM if y != 0 => {
                let rest = x % y;
                Value::try_int(if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest })
            }
            SHL | ISHL if (0..61).contains(&y) => {
                let shifted = x << y;
                if shifted >> y == x { Value::try_int(shifted) } else { None }
            }
            SHR | ISHR if y >= 0 => Some(Value::small(x >> y.min(63))),
            DIV | IDIV if y != 0 && x.unsigned_abs() < 1 << 53 && y.unsigned_abs() < 1 << 53 => {
                Some(vm.float(x as f64 / y as f64))
            }
            _ => None,
        };
    }
    let x = if a.is_float() {
        a.float_unchecked()
    } else if a.is_int() && b.is_float() {
        a.int_unchecked() as f64
    } else {
        return None;
    };
    let y = if b.is_float() {
        b.float_unchecked()
    } else if b.is_int() && b.int_unchecked().unsigned_abs() < 1 << 53 {
        b.int_unchecked() as f64
    } else {
        return None;
    };
    if a.is_int() && a.int_unchecked().unsigned_abs() >= 1 << 53 {
        return None;
    }
    match op {
        ADD | IADD => Some(vm.float(x + y)),
        SUB | ISUB => Some(vm.float(x - y)),
        MUL | IMUL => Some(vm.float(x * y)),
        DIV | IDIV if y != 0.0 => Some(vm.float(x / y)),
        _ => None,
    }
}

#[inline(never)]
fn binary_slow(vm: &Vm, op: u8, a: Value, b: Value) -> R {
    match BinaryOperator::from_u8(op) {
        Some(op) => vm.binary(op, a, b),
        None => Err(vm.system_error("unknown operator")),
    }
}

/// Comparisons of immediate ints and floats, and of strings for equality.
#[inline(always)]
fn compare_fast(vm: &Vm, op: u8, a: Value, b: Value) -> Option<bool> {
    const LT: u8 = CompareOperator::Lt as u8;
    const LE: u8 = CompareOperator::Le as u8;
    const EQ: u8 = CompareOperator::Eq as u8;
    const NE: u8 = CompareOperator::Ne as u8;
    const GT: u8 = CompareOperator::Gt as u8;
    const GE: u8 = CompareOperator::Ge as u8;
    macro_rules! ordered {
        ($x:expr, $y:expr) => {
            match op {
                LT => Some($x < $y),
                LE => Some($x <= $y),
                EQ => Some($x == $y),
                NE => Some($x != $y),
                GT => Some($x > $y),
                GE => Some($x >= $y),
                _ => None,
            }
        };
    }
    if Value::both_ints(a, b) {
        return ordered!(a.int_unchecked(), b.int_unchecked());
    }
    if a.is_float() && b.is_float() {
        return ordered!(a.float_unchecked(), b.float_unchecked());
    }
    if op == EQ || op == NE {
        let (a, b) = (a.cast::<object::Str>()?, b.cast::<object::Str>()?);
        return Some(vm.str_eq(a, b) == (op == EQ));
    }
    None
}

#[inline(never)]
fn compare_slow(vm: &Vm, op: u8, a: Value, b: Value) -> R {
    match CompareOperator::from_u8(op) {
        Some(op) => vm.compare(a, b, op),
        None => Err(vm.system_error("unknown comparison")),
    }
}

/// An instruction that fills a container met something else: names of the machine's own can be rebound by programs.
#[cold]
pub(crate) fn wrong_container(vm: &Vm, expected: &str, found: Value) -> Raised {
    vm.type_error(format!("expected {expected}, got {}", vm.type_name(found)))
}
