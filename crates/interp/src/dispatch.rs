//! The dispatch loop: one match over the operations, hot bodies inline, slow paths elsewhere.

use crate::calls;
use crate::frames::{self, Push};
use crate::operators;
use crate::quick::{self, Operation};
use bytecode::{Instr, Op, call_flags, yield_flags};
use object::layout::code::CacheSite;
use object::native_stack::LoopRecord;
use object::thread::{Frame, ResumedBy};
use object::vm::Visitor;
use object::{Args, CellObj, Code, Dict, Function, Kind, List, R, Raised, Ref, Tuple, TypeId, Value, ValueExt, Vm};

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

/// An instruction in one word: its fields are taken out where they are used, so that they need no registers before.
#[derive(Clone, Copy)]
struct Word(u64);

impl Word {
    /// # Safety
    /// `pc` points to an instruction.
    #[inline(always)]
    unsafe fn read(pc: *const Instr) -> Word {
        // SAFETY: an instruction is eight bytes, aligned to eight; `bytecode` tests it.
        Word(u64::from_le(unsafe { pc.cast::<u64>().read() }))
    }
    #[inline(always)]
    fn op(self) -> u8 {
        self.0 as u8
    }
    #[inline(always)]
    fn flags(self) -> u8 {
        (self.0 >> 8) as u8
    }
    #[inline(always)]
    fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }
    #[inline(always)]
    fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }
    #[inline(always)]
    fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }
    #[inline(always)]
    fn bc(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

const _: () = assert!(size_of::<Instr>() == 8 && align_of::<Instr>() == 8);

/// The int operand of `BinaryInt` and `CompareInt`.
#[inline(always)]
fn small_operand(i: Word) -> Value {
    Value::small(i.c() as i16 as i64)
}

fn no_float(_: f64, _: f64) -> Option<f64> {
    None
}

/// Runs a code object: module, class body, `exec`.
pub fn run_code(vm: &Vm, code: Ref<Code>, globals: Ref<Dict>, locals: Value, closure: Value) -> R {
    vm.enter_native()?;
    // It may be packed still.
    code.data();
    let thread = vm.thread();
    let builtins = vm.builtins_for(globals);
    let locals = if locals.is_unbound() { globals.value() } else { locals };
    let base = thread.top.get();
    if thread.has_room(base, code.params() as usize) {
        for index in 0..code.params() as usize {
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
    run_for(vm, None)
}

/// As [`run`]. What the frame, a generator's, yields goes to a visitor where there is one, until that wants no more.
pub(crate) fn run_for(vm: &Vm, mut visitor: Option<Visitor>) -> Result<Outcome, Raised> {
    let thread = vm.thread();
    let record = LoopRecord::new(thread);
    record.enter();
    loop {
        let outcome = run_frames(vm, &record, object::native_stack::stack_pointer(), &mut visitor);
        record.clear_frame();
        if outcome.is_ok() || thread.deferred.get().is_none() {
            return outcome;
        }
        object::gc::scrub_stack();
        crate::safepoint::do_deferred(vm)?;
    }
}

/// While a native function runs that `Call` or `CallKw` calls, local variables here must hold no value that registers do not
/// hold: this frame is not looked at then, see [`object::native_stack`].
#[inline(never)]
fn run_frames(
    vm: &Vm,
    record: &LoopRecord,
    caller: Option<usize>,
    visitor: &mut Option<Visitor>,
) -> Result<Outcome, Raised> {
    record.set_frame(object::native_stack::stack_pointer(), caller);
    let thread = vm.thread();
    // SAFETY of the whole function: the code was verified (or made by the compiler, whose output the verifier accepts), so
    // operands name registers of the frame, constants and names that exist, and jumps lead to instructions. Registers
    // lie in the thread's register stack or in the generator of the frame, and were initialised when the frame was pushed.
    unsafe {
        let mut frame: *mut Frame = thread.frame_ptr(thread.depth.get() - 1);
        let mut pc: *const Instr = (*frame).pc;
        let mut base: *mut Value = (*frame).base;
        let mut caches: *const CacheSite = (*frame).code.caches();

        macro_rules! r {
            ($index:expr) => {
                *base.add($index as usize)
            };
        }
        macro_rules! reload {
            () => {
                resume!(thread.frame_ptr(thread.depth.get() - 1))
            };
        }
        macro_rules! resume {
            ($frame:expr) => {{
                frame = $frame;
                pc = (*frame).pc;
                base = (*frame).base;
                caches = (*frame).code.caches();
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
                // Goes on in the frame that was pushed for a function; nothing of it is read back from memory just written.
                macro_rules! begin {
                    ($function:expr, $entered:expr) => {{
                        let (entered, registers) = attempt!($entered);
                        let code = $function.code();
                        frame = entered;
                        base = registers;
                        pc = code.start();
                        caches = code.caches();
                    }};
                }
                // A generator that nothing holds but the register that the next instruction takes it from.
                macro_rules! note_unshared {
                    ($generator:expr, $dst:expr) => {{
                        let next = Word::read(pc);
                        let is_left_alone = match next.op() {
                            op if op == Op::ForPrep as u8 || op == Op::GetIter as u8 => true,
                            op => op == Op::LoadAttr as u8 && $generator.shape() == TypeId::Coroutine as u32,
                        };
                        let may_be_left = next.op() == Op::Move as u8 || vm.instruments.union() != 0;
                        if is_left_alone && next.b() == $dst
                            || may_be_left && crate::abandon::is_left_by_call(vm, &*frame, $dst)
                        {
                            crate::abandon::note_unshared($generator);
                        }
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
                        &*caches.add($instr.c() as usize | ($word.a() as usize) << 16)
                    };
                }
                macro_rules! code {
                    () => {
                        (*frame).code
                    };
                }
                // The current instruction becomes the specialised one, if there is one, and is run again.
                macro_rules! specialise {
                    () => {
                        let at = pc.sub(1).cast_mut();
                        if let Some(special) = quick::specialise(*at) {
                            (*at).op = special as u8;
                            pc = at;
                            continue;
                        }
                    };
                }
                macro_rules! arithmetic {
                    ($i:ident, $right:expr, $ints:expr, $floats:expr) => {{
                        let (a, b): (Value, Value) = (r!($i.b()), $right);
                        if Value::both_ints(a, b) {
                            if let Some(value) = $ints(a, b) {
                                r!($i.a()) = value;
                                continue;
                            }
                        } else if a.is_float()
                            && b.is_float()
                            && let Some(float) = $floats(a.float_unchecked(), b.float_unchecked())
                        {
                            r!($i.a()) = vm.float(float);
                            continue;
                        }
                        r!($i.a()) = slow!(operators::binary(vm, $i.flags(), a, b));
                    }};
                }
                // A comparison whose result the next instruction tests does its jump, too.
                macro_rules! compared {
                    ($i:ident, $result:expr) => {{
                        let result: bool = $result;
                        r!($i.a()) = Value::bool(result);
                        let next = Word::read(pc);
                        if next.a() == $i.a() {
                            if next.op() == Op::JumpIfFalse as u8 {
                                pc = if result { pc.add(1) } else { code!().start().add(next.bc() as usize) };
                            } else if next.op() == Op::JumpIfTrue as u8 {
                                pc = if result { code!().start().add(next.bc() as usize) } else { pc.add(1) };
                            }
                        }
                        continue;
                    }};
                }
                macro_rules! compare {
                    ($i:ident, $right:expr, $op:tt) => {{
                        let (a, b): (Value, Value) = (r!($i.b()), $right);
                        if Value::both_ints(a, b) {
                            compared!($i, (a.bits() as i64) $op (b.bits() as i64))
                        }
                        if a.is_float() && b.is_float() {
                            compared!($i, a.float_unchecked() $op b.float_unchecked())
                        }
                        r!($i.a()) = slow!(operators::compare(vm, $i.flags(), a, b));
                    }};
                }
                macro_rules! equal {
                    ($i:ident, $right:expr, $op:tt) => {{
                        let (a, b): (Value, Value) = (r!($i.b()), $right);
                        if Value::both_ints(a, b) {
                            compared!($i, a $op b)
                        }
                        if let Some(equal) = operators::equal_fast(vm, a, b) {
                            compared!($i, equal $op true)
                        }
                        r!($i.a()) = slow!(operators::compare(vm, $i.flags(), a, b));
                    }};
                }
                loop {
                    let i = Word::read(pc);
                    pc = pc.add(1);
                    match std::mem::transmute::<u8, Operation>(i.op()) {
                        Operation::Nop | Operation::Cache => {}
                        Operation::Move => r!(i.a()) = r!(i.b()),
                        Operation::LoadConst => r!(i.a()) = *code!().running_consts().get_unchecked(i.bc() as usize),
                        Operation::LoadInt => r!(i.a()) = Value::small(i.bc() as i32 as i64),
                        Operation::LoadNull => r!(i.a()) = Value::UNBOUND,
                        Operation::LoadCommon => r!(i.a()) = slow!(crate::special::load_common(vm, i.b())),
                        Operation::CheckBound => {
                            if r!(i.a()).is_unbound() {
                                save!();
                                break 'exec crate::names::unbound_local(vm, code!(), i.a());
                            }
                        }
                        Operation::DeleteLocal => {
                            if r!(i.a()).is_unbound() {
                                save!();
                                break 'exec crate::names::unbound_local(vm, code!(), i.a());
                            }
                            r!(i.a()) = Value::UNBOUND;
                        }
                        Operation::MakeCell => r!(i.a()) = vm.cell(r!(i.a())),
                        Operation::CopyFreeVars => {
                            let function = (*frame).function;
                            let closure: Option<Ref<Tuple>> = match function.cast::<Function>() {
                                Some(function) => function.closure.get().cast(),
                                None => function.cast(),
                            };
                            let cells = closure.as_ref().map_or(&[][..], |closure| closure.items());
                            if cells.len() != i.b() as usize {
                                save!();
                                break 'exec vm.type_error("code object requires a closure of another length");
                            }
                            for (index, &cell) in cells.iter().enumerate() {
                                r!(i.a() as usize + index) = cell;
                            }
                        }
                        Operation::LoadDeref => {
                            let content = match r!(i.b()).cast::<CellObj>() {
                                Some(cell) => cell.content.get(),
                                None => Value::UNBOUND,
                            };
                            if content.is_unbound() {
                                save!();
                                break 'exec crate::names::unbound_deref(vm, code!(), i.b());
                            }
                            r!(i.a()) = content;
                        }
                        Operation::StoreDeref => {
                            if let Some(cell) = r!(i.a()).cast::<CellObj>() {
                                cell.content.set(vm, cell, r!(i.b()));
                            }
                        }
                        Operation::DeleteDeref => {
                            let cell = r!(i.a()).cast::<CellObj>();
                            match cell.filter(|cell| !cell.content.get().is_unbound()) {
                                Some(cell) => cell.content.init(Value::UNBOUND),
                                None => {
                                    save!();
                                    break 'exec crate::names::unbound_deref(vm, code!(), i.a());
                                }
                            }
                        }
                        Operation::LoadFromDictOrDeref => {
                            r!(i.a()) =
                                slow!(crate::names::load_from_dict_or_deref(vm, code!(), i.b(), r!(i.b()), r!(i.c())));
                        }
                        Operation::LoadGlobal => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            let site = site!(i, word);
                            let globals = (*frame).globals;
                            let builtins = (*frame).builtins;
                            r!(i.a()) = if site.version.get() == globals.version() {
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
                        Operation::StoreGlobal => {
                            let name = code!().name_at(i.bc() as usize);
                            (*frame).globals.insert_str(vm, name, r!(i.a()));
                        }
                        Operation::DeleteGlobal => slow!(crate::names::delete_global(vm, &*frame, i.bc())),
                        Operation::LoadName => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            r!(i.a()) = slow!(crate::names::load_name(vm, &*frame, site!(i, word), word.bc()));
                        }
                        Operation::StoreName => slow!(crate::names::store_name(vm, &*frame, i.bc(), r!(i.a()))),
                        Operation::DeleteName => slow!(crate::names::delete_name(vm, &*frame, i.bc())),
                        Operation::LoadFromDictOrGlobals => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            r!(i.a()) = slow!(crate::names::load_from_dict_or_globals(
                                vm,
                                &*frame,
                                r!(i.b()),
                                site!(i, word),
                                word.bc()
                            ));
                        }
                        Operation::LoadLocals => {
                            let locals = (*frame).locals;
                            if locals.is_unbound() {
                                save!();
                                break 'exec vm.system_error("no locals");
                            }
                            r!(i.a()) = locals;
                        }
                        Operation::SetupAnnotations => slow!(crate::names::setup_annotations(vm, &*frame)),
                        Operation::LoadBuildClass => r!(i.a()) = slow!(crate::names::load_build_class(vm, &*frame)),
                        Operation::LoadAttr => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            let site = site!(i, word);
                            let object = r!(i.b());
                            if let Some(value) = crate::attributes::cached(vm, site, object) {
                                r!(i.a()) = value;
                                continue;
                            }
                            if let Some(getter) = crate::attributes::cached_property(vm, site, object) {
                                save!();
                                let target = frames::above(thread, &*frame);
                                attempt!(calls::enter_bound(vm, getter, Args::positional(&[object]), target, i.a()));
                                reload!();
                                continue;
                            }
                            let name = code!().name_at(word.bc() as usize);
                            r!(i.a()) = slow!(crate::attributes::load(vm, site, object, name));
                        }
                        Operation::LoadMethod => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            let site = site!(i, word);
                            let object = r!(i.b());
                            let (function, this) = match crate::attributes::cached_method(site, object) {
                                Some(function) => (function, object),
                                None => slow!(crate::attributes::load_method(
                                    vm,
                                    site,
                                    object,
                                    code!().name_at(word.bc() as usize)
                                )),
                            };
                            r!(i.a()) = function;
                            r!(i.a() as usize + 1) = this;
                        }
                        Operation::StoreAttr => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            let site = site!(i, word);
                            let (object, value) = (r!(i.a()), r!(i.b()));
                            if !crate::attributes::store_cached(vm, site, object, value) {
                                let name = code!().name_at(word.bc() as usize);
                                slow!(crate::attributes::store(vm, site, object, name, value));
                            }
                        }
                        Operation::DeleteAttr => {
                            let name = code!().name_at(i.bc() as usize);
                            slow!(vm.setattr(r!(i.a()), name, Value::UNBOUND));
                        }
                        Operation::LoadSuperAttr => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            let b = i.b() as usize;
                            let name = code!().name_at(word.bc() as usize);
                            let parts = [r!(b), r!(b + 1), r!(b + 2)];
                            let (value, this) = slow!(crate::superclass::load(vm, &*frame, parts, name, i.flags()));
                            r!(i.a()) = value;
                            if i.flags() & 1 != 0 {
                                r!(i.a() as usize + 1) = this;
                            }
                        }
                        Operation::LoadSubscr => {
                            let (object, key) = (r!(i.b()), r!(i.c()));
                            if let Some(value) = crate::iteration::item_fast(object, key) {
                                r!(i.a()) = value;
                                continue;
                            }
                            save!();
                            if let Some(function) = crate::attributes::python_method(vm, object, vm.names.__getitem__) {
                                let (args, target) = ([object, key], frames::above(thread, &*frame));
                                attempt!(calls::enter_bound(vm, function, Args::positional(&args), target, i.a()));
                                reload!();
                                continue;
                            }
                            r!(i.a()) = attempt!(crate::iteration::item(vm, object, key));
                        }
                        Operation::StoreSubscr => {
                            let (object, value, key) = (r!(i.a()), r!(i.b()), r!(i.c()));
                            if object.shape() == TypeId::List as u32 {
                                let list: Ref<List> = object.cast_unchecked();
                                if let Some(index) = crate::iteration::index_within(key, list.len()) {
                                    list.set(vm, index, value);
                                    continue;
                                }
                            } else if object.shape() == TypeId::Dict as u32 {
                                let dict: Ref<Dict> = object.cast_unchecked();
                                slow!(dict.insert(vm, key, value));
                                continue;
                            }
                            save!();
                            if (*frame).generator.is_unbound()
                                && let Some(function) =
                                    crate::attributes::python_method(vm, object, vm.names.__setitem__)
                            {
                                // What it returns goes behind the registers in use.
                                let dst = { code!() }.registers();
                                let (args, target) = ([object, key, value], frames::above(thread, &*frame));
                                attempt!(calls::enter_bound(vm, function, Args::positional(&args), target, dst));
                                reload!();
                                continue;
                            }
                            attempt!(vm.setitem(object, key, value));
                        }
                        Operation::DeleteSubscr => slow!(vm.delitem(r!(i.a()), r!(i.b()))),
                        Operation::LoadSlice => {
                            let c = i.c() as usize;
                            r!(i.a()) = slow!(crate::iteration::load_slice(vm, r!(i.b()), r!(c), r!(c + 1)));
                        }
                        Operation::StoreSlice => {
                            let c = i.c() as usize;
                            let slice = vm.slice(r!(c), r!(c + 1), Value::NONE).value();
                            slow!(vm.setitem(r!(i.a()), slice, r!(i.b())));
                        }
                        Operation::Binary => {
                            specialise!();
                            r!(i.a()) = slow!(operators::binary_slow(vm, i.flags(), r!(i.b()), r!(i.c())));
                        }
                        Operation::BinaryInt => {
                            specialise!();
                            r!(i.a()) = slow!(operators::binary_slow(vm, i.flags(), r!(i.b()), small_operand(i)));
                        }
                        Operation::Add => arithmetic!(i, r!(i.c()), Value::add_ints, |x, y| Some(x + y)),
                        Operation::AddInt => arithmetic!(i, small_operand(i), Value::add_ints, |x, y| Some(x + y)),
                        Operation::Subtract => arithmetic!(i, r!(i.c()), Value::subtract_ints, |x, y| Some(x - y)),
                        Operation::SubtractInt => {
                            arithmetic!(i, small_operand(i), Value::subtract_ints, |x, y| Some(x - y))
                        }
                        Operation::Multiply => arithmetic!(i, r!(i.c()), Value::multiply_ints, |x, y| Some(x * y)),
                        Operation::MultiplyInt => {
                            arithmetic!(i, small_operand(i), Value::multiply_ints, |x, y| Some(x * y))
                        }
                        Operation::TrueDivide => arithmetic!(i, r!(i.c()), operators::divide_ints, operators::divide),
                        Operation::FloorDivide => arithmetic!(i, r!(i.c()), operators::floor_divide, no_float),
                        Operation::FloorDivideInt => {
                            arithmetic!(i, small_operand(i), operators::floor_divide, no_float)
                        }
                        Operation::Remainder => arithmetic!(i, r!(i.c()), operators::remainder, no_float),
                        Operation::RemainderInt => arithmetic!(i, small_operand(i), operators::remainder, no_float),
                        Operation::And => arithmetic!(i, r!(i.c()), operators::and, no_float),
                        Operation::AndInt => arithmetic!(i, small_operand(i), operators::and, no_float),
                        Operation::Or => arithmetic!(i, r!(i.c()), operators::or, no_float),
                        Operation::Xor => arithmetic!(i, r!(i.c()), operators::xor, no_float),
                        Operation::Lshift => arithmetic!(i, r!(i.c()), operators::shift_left, no_float),
                        Operation::LshiftInt => arithmetic!(i, small_operand(i), operators::shift_left, no_float),
                        Operation::Rshift => arithmetic!(i, r!(i.c()), operators::shift_right, no_float),
                        Operation::RshiftInt => arithmetic!(i, small_operand(i), operators::shift_right, no_float),
                        Operation::Unary => {
                            let value = r!(i.b());
                            let negative = i.flags() == bytecode::UnaryOperator::Negative as u8;
                            r!(i.a()) = match value.as_small() {
                                Some(int) if negative => vm.int(-int),
                                _ if negative && value.is_float() => vm.float(-value.float_unchecked()),
                                _ => match bytecode::UnaryOperator::from_u8(i.flags()) {
                                    Some(op) => slow!(vm.unary(op, value)),
                                    None => Value::NONE,
                                },
                            };
                        }
                        Operation::Not => r!(i.a()) = Value::bool(!truth!(r!(i.b()))),
                        Operation::Compare => {
                            specialise!();
                            r!(i.a()) = slow!(operators::compare_slow(vm, i.flags(), r!(i.b()), r!(i.c())));
                        }
                        Operation::CompareInt => {
                            specialise!();
                            r!(i.a()) = slow!(operators::compare_slow(vm, i.flags(), r!(i.b()), small_operand(i)));
                        }
                        Operation::Lt => compare!(i, r!(i.c()), <),
                        Operation::LtInt => compare!(i, small_operand(i), <),
                        Operation::Le => compare!(i, r!(i.c()), <=),
                        Operation::LeInt => compare!(i, small_operand(i), <=),
                        Operation::Gt => compare!(i, r!(i.c()), >),
                        Operation::GtInt => compare!(i, small_operand(i), >),
                        Operation::Ge => compare!(i, r!(i.c()), >=),
                        Operation::GeInt => compare!(i, small_operand(i), >=),
                        Operation::Eq => equal!(i, r!(i.c()), ==),
                        Operation::EqInt => equal!(i, small_operand(i), ==),
                        Operation::Ne => equal!(i, r!(i.c()), !=),
                        Operation::NeInt => equal!(i, small_operand(i), !=),
                        Operation::Is => r!(i.a()) = Value::bool((r!(i.b()) == r!(i.c())) != (i.flags() != 0)),
                        Operation::Contains => {
                            let found = slow!(crate::iteration::contains(vm, r!(i.c()), r!(i.b())));
                            r!(i.a()) = Value::bool(found != (i.flags() != 0));
                        }
                        Operation::BuildTuple => {
                            let items = std::slice::from_raw_parts(base.add(i.b() as usize), i.c() as usize);
                            r!(i.a()) = vm.tuple(items).value();
                        }
                        Operation::BuildList => {
                            let items = std::slice::from_raw_parts(base.add(i.b() as usize), i.c() as usize);
                            r!(i.a()) = vm.list(items).value();
                        }
                        Operation::BuildSet => {
                            let items = std::slice::from_raw_parts(base.add(i.b() as usize), i.c() as usize);
                            r!(i.a()) = slow!(crate::special::build_set(vm, items));
                        }
                        Operation::BuildMap => {
                            let items = std::slice::from_raw_parts(base.add(i.b() as usize), i.c() as usize * 2);
                            r!(i.a()) = slow!(crate::special::build_map(vm, items));
                        }
                        Operation::BuildString => {
                            let items = std::slice::from_raw_parts(base.add(i.b() as usize), i.c() as usize);
                            r!(i.a()) = slow!(crate::special::build_string(vm, items));
                        }
                        Operation::BuildSlice => {
                            let b = i.b() as usize;
                            r!(i.a()) = vm.slice(r!(b), r!(b + 1), r!(b + 2)).value();
                        }
                        Operation::BuildInterpolation => {
                            let b = i.b() as usize;
                            let spec = if i.c() == bytecode::NO_REGISTER { vm.names.empty.value() } else { r!(i.c()) };
                            r!(i.a()) = slow!(crate::special::interpolation(vm, r!(b), r!(b + 1), i.flags(), spec));
                        }
                        Operation::BuildTemplate => {
                            r!(i.a()) = slow!(crate::special::template(vm, r!(i.b()), r!(i.c())))
                        }
                        Operation::FormatValue => {
                            let spec = if i.c() == bytecode::NO_REGISTER { Value::UNBOUND } else { r!(i.c()) };
                            r!(i.a()) = slow!(crate::special::format_value(vm, r!(i.b()), i.flags(), spec));
                        }
                        Operation::ListAppend => {
                            let Some(list) = r!(i.a()).cast::<List>() else {
                                save!();
                                break 'exec wrong_container(vm, "list", r!(i.a()));
                            };
                            list.push(vm, r!(i.b()));
                        }
                        Operation::ListExtend => slow!(crate::special::list_extend(vm, r!(i.a()), r!(i.b()))),
                        Operation::ListToTuple => {
                            let Some(list) = r!(i.b()).cast::<List>() else {
                                save!();
                                break 'exec wrong_container(vm, "list", r!(i.b()));
                            };
                            r!(i.a()) = vm.tuple(list.items()).value();
                        }
                        Operation::SetAdd => {
                            let set = r!(i.a()).cast::<object::Set>();
                            let Some(set) = set.filter(|set| set.value().shape() != TypeId::FrozenSet as u32) else {
                                save!();
                                break 'exec wrong_container(vm, "set", r!(i.a()));
                            };
                            slow!(set.add(vm, r!(i.b())));
                        }
                        Operation::SetUpdate => slow!(crate::special::set_update(vm, r!(i.a()), r!(i.b()))),
                        Operation::MapAdd => {
                            let Some(dict) = r!(i.a()).cast::<Dict>() else {
                                save!();
                                break 'exec wrong_container(vm, "dict", r!(i.a()));
                            };
                            slow!(dict.insert(vm, r!(i.b()), r!(i.c())));
                        }
                        Operation::DictUpdate => slow!(crate::special::dict_update(vm, r!(i.a()), r!(i.b()))),
                        Operation::DictMerge => slow!(crate::special::dict_merge(vm, r!(i.a()), r!(i.b()), r!(i.c()))),
                        Operation::Jump => pc = code!().start().add(i.bc() as usize),
                        Operation::JumpBack => {
                            if crate::safepoint::is_due(vm) {
                                slow!((vm.hooks.get().safepoint)(vm));
                            }
                            pc = code!().start().add(i.bc() as usize);
                        }
                        Operation::JumpIfTrue => {
                            if truth!(r!(i.a())) {
                                pc = code!().start().add(i.bc() as usize);
                            }
                        }
                        Operation::JumpIfFalse => {
                            if !truth!(r!(i.a())) {
                                pc = code!().start().add(i.bc() as usize);
                            }
                        }
                        Operation::JumpIfNone => {
                            if r!(i.a()).is_none() {
                                pc = code!().start().add(i.bc() as usize);
                            }
                        }
                        Operation::JumpIfNotNone => {
                            if !r!(i.a()).is_none() {
                                pc = code!().start().add(i.bc() as usize);
                            }
                        }
                        Operation::GetIter => r!(i.a()) = slow!(vm.iter(r!(i.b()))),
                        Operation::ForPrep => {
                            let (state, index) = match i.flags() {
                                0 => slow!(crate::iteration::prepare(vm, r!(i.b()))),
                                flags => slow!(crate::iteration::prepare_iterator(vm, r!(i.b()), flags)),
                            };
                            r!(i.a()) = state;
                            r!(i.a() as usize + 1) = index;
                        }
                        Operation::CloseIter => {
                            if r!(i.b() as usize + 1) == crate::abandon::UNSHARED {
                                save!();
                                r!(i.b() as usize + 1) = Value::UNBOUND;
                                crate::abandon::close(vm, r!(i.b()));
                            }
                        }
                        Operation::CloseFile => {
                            save!();
                            crate::abandon::close_file(vm, r!(i.a()), r!(i.b()));
                        }
                        Operation::ForIter => {
                            let b = i.b() as usize;
                            let (state, index) = (r!(b), r!(b + 1));
                            if index.is_int() {
                                if let Some((item, next)) = crate::iteration::step(vm, state, index) {
                                    r!(i.a()) = item;
                                    r!(b + 1) = next;
                                    pc = pc.add(1);
                                }
                                continue;
                            }
                            if state.kind() == Kind::GENERATOR && state.shape() == TypeId::Generator as u32 {
                                save!();
                                if crate::generators::resume_suspended(
                                    thread,
                                    state.cast_unchecked(),
                                    Value::NONE,
                                    i.a(),
                                    ResumedBy::ForIter,
                                ) {
                                    crate::generators::resume_delegates(thread, Value::NONE);
                                    reload!();
                                    continue;
                                }
                                let resumed =
                                    crate::generators::enter(vm, thread, state, Value::NONE, i.a(), ResumedBy::ForIter);
                                if attempt!(resumed) {
                                    reload!();
                                }
                                continue;
                            }
                            // Pairs that are taken apart at once need not be made.
                            let unpack = Word::read(pc.add(1));
                            if unpack.op() == Op::UnpackSequence as u8
                                && unpack.b() == i.a()
                                && unpack.c() == 2
                                && i.a() >= { code!() }.variables()
                            {
                                match slow!(crate::iteration::next_pair(vm, state)) {
                                    crate::iteration::Pair::Items(first, second) => {
                                        r!(unpack.a()) = first;
                                        r!(unpack.a() as usize + 1) = second;
                                        pc = pc.add(2);
                                        continue;
                                    }
                                    crate::iteration::Pair::End => continue,
                                    crate::iteration::Pair::Unknown => {}
                                }
                            }
                            if let Some(item) = slow!(crate::iteration::advance(vm, state)) {
                                r!(i.a()) = item;
                                pc = pc.add(1);
                            }
                        }
                        Operation::UnpackSequence => {
                            let value = r!(i.b());
                            if let Some(tuple) = value.cast::<Tuple>()
                                && tuple.len() == i.c() as usize
                            {
                                std::ptr::copy_nonoverlapping(
                                    tuple.items().as_ptr(),
                                    base.add(i.a() as usize),
                                    i.c() as usize,
                                );
                                continue;
                            }
                            if value.shape() == TypeId::List as u32
                                && let Some(list) = value.cast::<List>()
                                && list.len() == i.c() as usize
                            {
                                std::ptr::copy_nonoverlapping(
                                    list.items().as_ptr(),
                                    base.add(i.a() as usize),
                                    i.c() as usize,
                                );
                                continue;
                            }
                            let items = slow!(crate::iteration::unpack(vm, value, i.c() as usize));
                            std::ptr::copy_nonoverlapping(
                                items.items().as_ptr(),
                                base.add(i.a() as usize),
                                i.c() as usize,
                            );
                        }
                        Operation::UnpackStar => {
                            let items =
                                slow!(crate::iteration::unpack_star(vm, r!(i.b()), i.flags() as usize, i.c() as usize));
                            std::ptr::copy_nonoverlapping(
                                items.items().as_ptr(),
                                base.add(i.a() as usize),
                                items.len(),
                            );
                        }
                        Operation::Call => {
                            let b = i.b() as usize;
                            let mut callee = r!(b);
                            let mut first = b + 2;
                            let mut count = i.c() as usize;
                            if i.flags() & call_flags::NO_SELF == 0 && !r!(b + 1).is_unbound() {
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
                                let first = base.add(first);
                                let made = crate::generators::create_at_once(vm, function, first, count);
                                if let Some(made) = attempt!(made) {
                                    r!(i.a()) = made;
                                    note_unshared!(made, i.a());
                                    continue;
                                }
                                begin!(
                                    function,
                                    calls::enter_function(vm, &*frame, function, first, count, None, i.a())
                                );
                                if crate::safepoint::is_due(vm) {
                                    save!();
                                    attempt!((vm.hooks.get().safepoint)(vm));
                                }
                                continue;
                            }
                            save!();
                            if let Some(function) = crate::attributes::python_method(vm, callee, vm.names.__call__)
                                && first == b + 2
                            {
                                r!(b + 1) = callee;
                                let first = base.add(b + 1);
                                begin!(
                                    function,
                                    calls::enter_function(vm, &*frame, function, first, count + 1, None, i.a())
                                );
                                continue;
                            }
                            if callee.kind() == Kind::TYPE {
                                let class = callee.cast_unchecked();
                                match attempt!(calls::enter_class(
                                    vm,
                                    &*frame,
                                    class,
                                    base.add(first),
                                    count,
                                    None,
                                    i.a()
                                )) {
                                    calls::Instantiation::Entered => {
                                        reload!();
                                        continue;
                                    }
                                    calls::Instantiation::Made(object) => {
                                        r!(i.a()) = object;
                                        continue;
                                    }
                                    calls::Instantiation::General => {}
                                }
                            }
                            if callee.kind() == Kind::NATIVE_FUNCTION {
                                let native: Ref<object::NativeFunction> = callee.cast_unchecked();
                                let this = native.this.get();
                                let is_checked = if this.is_unbound() {
                                    // A method of a class asks for an instance.
                                    callee.shape() == TypeId::BuiltinFunction as u32
                                        || count > 0 && native.owner.get() == vm.type_of(r!(first)).value()
                                } else if first == b + 2 {
                                    // What it is bound to goes in front of the arguments.
                                    r!(b + 1) = this;
                                    first = b + 1;
                                    count += 1;
                                    true
                                } else {
                                    false
                                };
                                if is_checked {
                                    let args = std::slice::from_raw_parts(base.add(first), count);
                                    r!(i.a()) = attempt!(vm.call_def(native.def, Args::positional(args)));
                                    continue;
                                }
                            }
                            let args = std::slice::from_raw_parts(base.add(first), count);
                            r!(i.a()) = attempt!(vm.call(callee, args));
                        }
                        Operation::CallKw => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            let b = i.b() as usize;
                            let mut callee = r!(b);
                            let mut first = b + 2;
                            let mut count = i.c() as usize;
                            if i.flags() & call_flags::NO_SELF == 0 && !r!(b + 1).is_unbound() {
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
                            let kwnames: Option<Ref<Tuple>> = code!().running_consts()[word.bc() as usize].cast();
                            save!();
                            if callee.kind() == Kind::FUNCTION {
                                let function: Ref<Function> = callee.cast_unchecked();
                                let first = base.add(first);
                                begin!(
                                    function,
                                    calls::enter_function(vm, &*frame, function, first, count, kwnames, i.a())
                                );
                                continue;
                            }
                            if callee.kind() == Kind::TYPE {
                                let class = callee.cast_unchecked();
                                let first = base.add(first);
                                if let calls::Instantiation::Entered =
                                    attempt!(calls::enter_class(vm, &*frame, class, first, count, kwnames, i.a()))
                                {
                                    reload!();
                                    continue;
                                }
                            }
                            let args = std::slice::from_raw_parts(base.add(first), count);
                            r!(i.a()) = attempt!(vm.call_args(callee, Args { args, kwnames }));
                        }
                        Operation::CallEx => {
                            let b = i.b() as usize;
                            let this = if i.flags() & call_flags::NO_SELF == 0 { r!(b + 1) } else { Value::UNBOUND };
                            save!();
                            let (args, kwnames) =
                                attempt!(crate::special::spread_arguments(vm, r!(b), this, r!(b + 2), r!(b + 3)));
                            let callee = r!(b);
                            if let Some(function) = callee.cast::<Function>() {
                                let target = frames::above(thread, &*frame);
                                let args = Args { args: args.items(), kwnames };
                                attempt!(calls::enter_bound(vm, function, args, target, i.a()));
                                reload!();
                                continue;
                            }
                            r!(i.a()) = attempt!(vm.call_args(callee, Args { args: args.items(), kwnames }));
                        }
                        Operation::Return => {
                            let mut value = r!(i.a());
                            let is_plain = !(*frame).is_entry
                                & !(*frame).is_init
                                & (*frame).generator.is_unbound()
                                & (*frame).frame_object.is_unbound();
                            if is_plain {
                                let dst = (*frame).dst;
                                thread.top.set((*frame).saved_top);
                                thread.depth.set(thread.depth.get() - 1);
                                resume!(frame.sub(1));
                                r!(dst) = value;
                                continue;
                            }
                            if crate::generators::finish_in_place(thread, &*frame) {
                                let (dst, resumed_by) = ((*frame).dst, (*frame).resumed_by);
                                resume!(frame.sub(1));
                                if resumed_by == ResumedBy::Send {
                                    r!(dst) = value;
                                } else {
                                    crate::abandon::forget(&*frame);
                                }
                                continue;
                            }
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
                                match resumed_by {
                                    ResumedBy::Send => r!(dst) = value,
                                    ResumedBy::ForIter => crate::abandon::forget(&*frame),
                                    ResumedBy::Native => {}
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
                        Operation::MakeFunction => {
                            let code = code!().running_consts()[i.bc() as usize];
                            let function = vm.function(code.cast_unchecked::<Code>(), (*frame).globals);
                            function.builtins.init((*frame).builtins.value());
                            r!(i.a()) = function.value();
                        }
                        Operation::SetFunctionAttr => {
                            crate::special::set_function_attr(vm, r!(i.a()), i.flags(), r!(i.b()))
                        }
                        Operation::Import => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            let name = code!().name_at(word.bc() as usize);
                            r!(i.a()) = slow!(crate::special::import(vm, &*frame, name, r!(i.b()), r!(i.c())));
                        }
                        Operation::ImportFrom => {
                            let word = Word::read(pc);
                            pc = pc.add(1);
                            let name = code!().name_at(word.bc() as usize);
                            r!(i.a()) = slow!(crate::special::import_from(vm, r!(i.b()), name));
                        }
                        Operation::ImportStar => slow!(crate::special::import_star(vm, &*frame, r!(i.a()))),
                        Operation::Raise => {
                            save!();
                            let exception = if i.a() == bytecode::NO_REGISTER { Value::UNBOUND } else { r!(i.a()) };
                            let cause = if i.b() == bytecode::NO_REGISTER { Value::UNBOUND } else { r!(i.b()) };
                            break 'exec crate::unwind::raise(vm, i.flags(), exception, cause);
                        }
                        Operation::Reraise => {
                            save!();
                            let raised = vm.raise_again(r!(i.a()));
                            match crate::unwind::unwind(vm, thread, raised, false) {
                                Some(raised) => return Err(raised),
                                None => {
                                    reload!();
                                    continue 'outer;
                                }
                            }
                        }
                        Operation::PushExcInfo => {
                            let exception = r!(i.b());
                            r!(i.a()) = thread.handled.replace(exception);
                        }
                        Operation::PopExcInfo => thread.handled.set(r!(i.a())),
                        Operation::CheckExcMatch => {
                            let matches = slow!(crate::unwind::exception_matches(vm, r!(i.b()), r!(i.c())));
                            r!(i.a()) = Value::bool(matches);
                        }
                        Operation::CheckEgMatch => {
                            let (rest, matching) = slow!(crate::unwind::group_match(vm, r!(i.b()), r!(i.c())));
                            r!(i.a()) = rest;
                            r!(i.a() as usize + 1) = matching;
                        }
                        Operation::LoadSpecial => {
                            let (function, this) = slow!(crate::special::load_special(vm, r!(i.b()), i.flags()));
                            r!(i.a()) = function;
                            r!(i.a() as usize + 1) = this;
                        }
                        Operation::WithExit => {
                            let b = i.b() as usize;
                            r!(i.a()) = slow!(crate::special::with_exit(vm, r!(b), r!(b + 1), r!(i.c())));
                        }
                        Operation::ReturnGenerator => {
                            save!();
                            let dst = (*frame).dst;
                            let (is_entry, is_init) = ((*frame).is_entry, (*frame).is_init);
                            let generator = crate::generators::create(vm, &*frame);
                            frames::pop(vm, thread);
                            if is_entry {
                                return Ok(Outcome::Returned(generator));
                            }
                            reload!();
                            if is_init {
                                let name = vm.type_name(generator);
                                break 'exec vm.type_error(format!("__init__() should return None, not '{name}'"));
                            }
                            r!(dst) = generator;
                            note_unshared!(generator, dst);
                        }
                        Operation::Yield => {
                            save!();
                            let mut value = r!(i.b());
                            if i.flags() & yield_flags::ASYNC == 0 && crate::generators::suspend_all(vm, thread, frame)
                            {
                                reload!();
                                // The entry of the frame above is as that left it.
                                r!((*frame.add(1)).dst) = value;
                                pc = pc.add(1);
                                continue;
                            }
                            if i.flags() & yield_flags::ASYNC != 0 {
                                value = crate::generators::wrap_async(vm, value);
                            }
                            let is_entry = (*frame).is_entry;
                            let (dst, generator) = ((*frame).dst, (*frame).generator);
                            crate::generators::leave(vm, thread, false);
                            if is_entry {
                                if let Some(visitor) = visitor
                                    && crate::generators::feed(vm, generator.cast_unchecked(), visitor, value)?
                                {
                                    reload!();
                                    continue;
                                }
                                return Ok(Outcome::Yielded(value));
                            }
                            reload!();
                            r!(dst) = value;
                            pc = pc.add(1);
                        }
                        Operation::Send => {
                            let (iterator, value) = (r!(i.b()), r!(i.c()));
                            save!();
                            if iterator.kind() == Kind::GENERATOR && crate::generators::is_sendable(iterator) {
                                if crate::generators::resume_suspended(
                                    thread,
                                    iterator.cast_unchecked(),
                                    value,
                                    i.a(),
                                    ResumedBy::Send,
                                ) {
                                    crate::generators::resume_delegates(thread, value);
                                    reload!();
                                    continue;
                                }
                                if attempt!(crate::generators::enter(
                                    vm,
                                    thread,
                                    iterator,
                                    value,
                                    i.a(),
                                    ResumedBy::Send
                                )) {
                                    reload!();
                                }
                                continue;
                            }
                            match attempt!(crate::generators::send(vm, iterator, value)) {
                                Ok(yielded) => {
                                    r!(i.a()) = yielded;
                                    pc = pc.add(1);
                                }
                                Err(returned) => r!(i.a()) = returned,
                            }
                        }
                        Operation::GetYieldFromIter => {
                            r!(i.a()) = slow!(crate::generators::yield_from_iter(vm, &*frame, r!(i.b())));
                        }
                        Operation::GetAwaitable => {
                            let value = r!(i.b());
                            if crate::generators::is_fresh_coroutine(value) {
                                r!(i.a()) = value;
                                continue;
                            }
                            r!(i.a()) = slow!(crate::generators::awaitable(vm, r!(i.b()), i.c() | i.flags() as u16))
                        }
                        Operation::GetAiter => r!(i.a()) = slow!(crate::generators::get_aiter(vm, r!(i.b()))),
                        Operation::GetAnext => r!(i.a()) = slow!(crate::generators::get_anext(vm, r!(i.b()))),
                        Operation::EndAsyncFor => {
                            let exception = r!(i.a());
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
                        Operation::MatchMapping => r!(i.a()) = Value::bool(crate::matching::is_mapping(vm, r!(i.b()))),
                        Operation::MatchSequence => {
                            r!(i.a()) = Value::bool(crate::matching::is_sequence(vm, r!(i.b())))
                        }
                        Operation::GetLen => {
                            let len = slow!(vm.len(r!(i.b())));
                            r!(i.a()) = vm.int_usize(len);
                        }
                        Operation::MatchKeys => r!(i.a()) = slow!(crate::matching::keys(vm, r!(i.b()), r!(i.c()))),
                        Operation::MatchClass => {
                            let c = i.c() as usize;
                            r!(i.a()) =
                                slow!(crate::matching::class(vm, r!(i.b()), r!(c), i.flags() as usize, r!(c + 1)));
                        }
                        Operation::Intrinsic1 => {
                            r!(i.a()) = slow!(crate::special::intrinsic_1(vm, i.flags(), r!(i.b())))
                        }
                        Operation::Intrinsic2 => {
                            r!(i.a()) = slow!(crate::special::intrinsic_2(vm, i.flags(), r!(i.b()), r!(i.c())))
                        }
                        Operation::Instrumented => {
                            slow!(crate::instrument::before(vm, thread));
                            pc = (*frame).pc;
                        }
                    }
                }
            };
            if thread.deferred.get().is_some() {
                return Err(raised);
            }
            match crate::unwind::unwind(vm, thread, raised, true) {
                Some(raised) => return Err(raised),
                None => reload!(),
            }
        }
    }
}

/// An instruction that fills a container met something else: names of the machine's own can be rebound by programs.
#[cold]
pub(crate) fn wrong_container(vm: &Vm, expected: &str, found: Value) -> Raised {
    vm.type_error(format!("'{}' object is not a {expected}", vm.type_name(found)))
}
