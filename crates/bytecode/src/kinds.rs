//! The verifier's second pass: what registers hold, followed along all paths.

use crate::flow::{Blocks, block_handlers, can_raise, for_each_read, for_each_write, slots, successors};
use crate::verify::{Fault, parameters};
use crate::{CodeUnit, Instr, Intrinsic1, Intrinsic2, LocalKind, NO_REGISTER, Op, call_flags, function_attr};

/// What a register holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Kind {
    /// Perhaps nothing that may be looked at.
    Undefined,
    /// The mark of an unbound variable.
    Null,
    /// A value or that mark.
    Maybe,
    /// Any value.
    Value,
    Cell,
    List,
    Set,
    Dict,
    Tuple,
    /// A tuple of cells.
    Closure,
    Str,
    Function,
    Exception,
    /// An exception or None.
    MaybeException,
    /// What `PushExcInfo` saved.
    Saved,
    /// The state of an iteration.
    Iteration,
    /// Its second register.
    IterationRest,
}

use Kind::{
    Cell, Closure, Dict, Exception, Function, Iteration, IterationRest, List, Maybe, MaybeException, Null, Saved, Set,
    Str, Tuple, Undefined, Value,
};

impl Kind {
    fn is_value(self) -> bool {
        !matches!(self, Undefined | Null | Maybe | Iteration | IterationRest)
    }

    /// What holds if one or the other does.
    fn join(self, other: Kind) -> Kind {
        if self == other {
            return self;
        }
        let plain = |kind: Kind| kind.is_value() || matches!(kind, Null | Maybe);
        let either = |one: Kind, another: Kind| (self, other) == (one, another) || (self, other) == (another, one);
        if either(Exception, MaybeException) {
            MaybeException
        } else if either(Tuple, Closure) {
            Tuple
        } else if self.is_value() && other.is_value() {
            Value
        } else if plain(self) && plain(other) {
            Maybe
        } else {
            Undefined
        }
    }
}

/// More than this is refused: registers times blocks.
const MAX_STATES: usize = 1 << 28;
/// How often each instruction may be looked at, on average.
const MAX_ROUNDS: usize = 64;

/// Checks that all reads find what they need.
pub(crate) fn check(unit: &CodeUnit) -> Result<(), Fault> {
    let blocks = Blocks::find(unit);
    let handlers = block_handlers(unit, &blocks);
    let width = unit.registers as usize;
    if width.saturating_mul(blocks.len()) > MAX_STATES {
        return Err((0, "too complex"));
    }
    let mut states = States { width, kinds: Vec::new(), row: vec![None; blocks.len()] };
    let mut entry = vec![Undefined; width];
    entry[..unit.locals.len()].fill(Null);
    entry[..parameters(unit) as usize].fill(Value);
    states.reach(0, &entry);
    let mut work = vec![0u32];
    let mut queued = vec![false; blocks.len()];
    let mut budget = unit.code.len().saturating_mul(MAX_ROUNDS).saturating_add(1 << 16);
    let mut reached = Vec::new();
    while let Some(block) = work.pop() {
        let block = block as usize;
        queued[block] = false;
        let size = (blocks.starts[block + 1] - blocks.starts[block]) as usize;
        budget = budget.checked_sub(size.max(1)).ok_or((0, "too complex"))?;
        let state = states.get(block);
        let mut walk = Walk { unit, state, reached: &mut reached, blocks: &blocks };
        let handler = handlers[block].map(|index| unit.exceptions[index as usize]);
        walk.block(block, handler.map(|entry| (entry.target, entry.reg)))?;
        for (to, state) in reached.drain(..) {
            if states.reach(to, &state) && !std::mem::replace(&mut queued[to], true) {
                work.push(to as u32);
            }
        }
    }
    Ok(())
}

/// States at the starts of blocks.
struct States {
    width: usize,
    kinds: Vec<Kind>,
    row: Vec<Option<u32>>,
}

impl States {
    fn get(&self, block: usize) -> Vec<Kind> {
        let row = self.row[block].unwrap_or(0) as usize;
        self.kinds[row * self.width..][..self.width].to_vec()
    }

    /// Control can reach the block with that state; is that news?
    fn reach(&mut self, block: usize, state: &[Kind]) -> bool {
        let Some(row) = self.row[block] else {
            self.row[block] = Some((self.kinds.len() / self.width.max(1)) as u32);
            self.kinds.extend_from_slice(state);
            return true;
        };
        let mut changed = false;
        for (kind, other) in self.kinds[row as usize * self.width..][..self.width].iter_mut().zip(state) {
            let joined = kind.join(*other);
            changed |= joined != *kind;
            *kind = joined;
        }
        changed
    }
}

struct Walk<'a> {
    unit: &'a CodeUnit,
    state: Vec<Kind>,
    reached: &'a mut Vec<(usize, Vec<Kind>)>,
    blocks: &'a Blocks,
}

impl Walk<'_> {
    fn block(&mut self, block: usize, handler: Option<(u32, u16)>) -> Result<(), Fault> {
        let (unit, end) = (self.unit, self.blocks.starts[block + 1] as usize);
        let mut at = self.blocks.starts[block] as usize;
        // What the handler finds: the states in front of all that can raise.
        let mut caught: Option<Vec<Kind>> = None;
        while at < end {
            let instr = unit.code[at];
            let Some(op) = instr.op() else { return Err((at, "unknown operation")) };
            self.reads(op, instr).map_err(|what| (at, what))?;
            if handler.is_some() && can_raise(instr) {
                let mut state = self.state.clone();
                clobber(op, instr, unit, &mut state);
                match &mut caught {
                    Some(caught) => caught.iter_mut().zip(state).for_each(|(kind, other)| *kind = kind.join(other)),
                    None => caught = Some(state),
                }
            }
            let next = successors(instr);
            if next.skip {
                // Where the jump behind is taken, the item of a loop was not written.
                if op == Op::Send {
                    self.writes(op, instr).map_err(|what| (at, what))?;
                }
                self.go(at + 1);
                if op == Op::ForIter {
                    self.writes(op, instr).map_err(|what| (at, what))?;
                }
                self.go(at + 2);
                break;
            }
            self.writes(op, instr).map_err(|what| (at, what))?;
            if let Some(target) = next.jump {
                let kind = self.kind(instr.a);
                self.learn(op == Op::JumpIfNotNone, instr.a);
                self.go(target as usize);
                if let Some(slot) = self.state.get_mut(instr.a as usize).filter(|_| op == Op::JumpIfNotNone) {
                    *slot = kind;
                }
            }
            self.learn(op == Op::JumpIfNone, instr.a);
            at += slots(instr);
            if !next.next {
                break;
            }
            if at >= end {
                self.go(at);
            }
        }
        if let (Some((target, reg)), Some(mut state)) = (handler, caught) {
            set(unit, &mut state, reg, Exception).map_err(|what| (target as usize, what))?;
            self.state = state;
            self.go(target as usize);
        }
        Ok(())
    }

    fn go(&mut self, to: usize) {
        if let Some(block) = self.blocks.of.get(to) {
            self.reached.push((*block as usize, self.state.clone()));
        }
    }

    fn kind(&self, reg: u16) -> Kind {
        self.state.get(reg as usize).copied().unwrap_or(Undefined)
    }

    /// What was compared with None is something else.
    fn learn(&mut self, is_something: bool, reg: u16) {
        if let Some(slot) = self.state.get_mut(reg as usize)
            && is_something
            && *slot == MaybeException
        {
            *slot = Exception;
        }
    }

    fn need_tuple(&self, reg: u16) -> Result<(), &'static str> {
        if matches!(self.kind(reg), Tuple | Closure) { Ok(()) } else { Err("no tuple") }
    }

    /// Checks the operands of an intrinsic of one operand.
    fn intrinsic_1(&self, instr: Instr) -> Result<(), &'static str> {
        match Intrinsic1::from_u8(instr.flags) {
            Some(Intrinsic1::TypeVar | Intrinsic1::ParamSpec | Intrinsic1::TypeVarTuple) => {
                self.need(instr.b, Str, "no string")
            }
            Some(Intrinsic1::TypeAlias) => self.need_tuple(instr.b),
            // They look at what they get.
            Some(Intrinsic1::DisplayHook | Intrinsic1::SubscriptGeneric | Intrinsic1::CopyDict) => Ok(()),
            None => Err("unknown intrinsic"),
        }
    }

    /// The same for two operands.
    fn intrinsic_2(&self, instr: Instr) -> Result<(), &'static str> {
        match Intrinsic2::from_u8(instr.flags) {
            Some(Intrinsic2::TypeVarWithBound | Intrinsic2::TypeVarWithConstraints) => {
                self.need(instr.b, Str, "no string")?;
                self.need(instr.c, Function, "no function")
            }
            // It looks at the type parameter.
            Some(Intrinsic2::SetTypeparamDefault) => self.need(instr.c, Function, "no function"),
            Some(Intrinsic2::PrepReraiseStar) => {
                self.need(instr.b, Exception, "no exception")?;
                self.need(instr.c, List, "no list")
            }
            None => Err("unknown intrinsic"),
        }
    }

    fn function_attr(&self, instr: Instr) -> Result<(), &'static str> {
        self.need(instr.a, Function, "no function")?;
        match instr.flags {
            function_attr::CLOSURE => self.need(instr.b, Closure, "no tuple of cells"),
            function_attr::TYPE_PARAMS => self.need_tuple(instr.b),
            function_attr::ANNOTATE => self.need(instr.b, Function, "no function"),
            // Those of a generic function are arguments: the machine looks at them.
            _ => Ok(()),
        }
    }

    fn need(&self, reg: u16, kind: Kind, what: &'static str) -> Result<(), &'static str> {
        if self.kind(reg) == kind { Ok(()) } else { Err(what) }
    }

    /// Checks what the instruction reads.
    fn reads(&self, op: Op, instr: Instr) -> Result<(), &'static str> {
        // A register that may be unbound.
        let lenient: Option<u16> = match op {
            Op::Call | Op::CallKw if instr.flags & call_flags::NO_SELF == 0 => Some(instr.b.wrapping_add(1)),
            Op::WithExit => Some(instr.b.wrapping_add(1)),
            Op::CheckBound | Op::DeleteLocal | Op::MakeCell => Some(instr.a),
            Op::Move => Some(instr.b),
            _ => None,
        };
        let mut fault = None;
        for_each_read(instr, |reg| {
            let kind = self.kind(reg);
            let unbound = matches!(kind, Null | Maybe);
            let allowed = match op {
                _ if kind.is_value() => true,
                Op::CallEx => unbound && reg > instr.b,
                Op::ForIter | Op::CloseIter => matches!(kind, Iteration | IterationRest),
                _ => unbound && lenient == Some(reg),
            };
            if !allowed {
                fault = Some("a register is read that may hold nothing");
            }
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        match op {
            Op::LoadDeref | Op::LoadFromDictOrDeref => {
                if instr.b as usize >= self.unit.locals.len() {
                    return Err("a cell without a name");
                }
                self.need(instr.b, Cell, "no cell")
            }
            Op::StoreDeref => self.need(instr.a, Cell, "no cell"),
            Op::DeleteDeref => {
                if instr.a as usize >= self.unit.locals.len() {
                    return Err("a cell without a name");
                }
                self.need(instr.a, Cell, "no cell")
            }
            Op::CheckBound | Op::DeleteLocal if instr.a as usize >= self.unit.locals.len() => Err("no local"),
            Op::MakeCell if self.kind(instr.a) == Cell => Err("a cell of a cell"),
            Op::ForIter | Op::CloseIter => {
                self.need(instr.b, Iteration, "no iteration")?;
                self.need(instr.b.wrapping_add(1), IterationRest, "no iteration")
            }
            Op::ListAppend | Op::ListExtend => self.need(instr.a, List, "no list"),
            Op::ListToTuple => self.need(instr.b, List, "no list"),
            Op::SetUpdate => self.need(instr.a, Set, "no set"),
            Op::MapAdd | Op::DictUpdate | Op::DictMerge => self.need(instr.a, Dict, "no dict"),
            Op::SetFunctionAttr => self.function_attr(instr),
            Op::Intrinsic1 => self.intrinsic_1(instr),
            Op::Intrinsic2 => self.intrinsic_2(instr),
            Op::BuildTemplate => {
                self.need_tuple(instr.b)?;
                self.need_tuple(instr.c)
            }
            Op::MatchKeys => self.need_tuple(instr.c),
            Op::MatchClass => self.need_tuple(instr.c.wrapping_add(1)),
            Op::BuildString => {
                (instr.b..instr.b.saturating_add(instr.c)).try_for_each(|reg| self.need(reg, Str, "no string"))
            }
            Op::BuildInterpolation => {
                if instr.c != NO_REGISTER {
                    self.need(instr.c, Str, "no string")?;
                }
                self.need(instr.b.wrapping_add(1), Str, "no string")
            }
            Op::FormatValue if instr.c != NO_REGISTER => self.need(instr.c, Str, "no string"),
            Op::CheckExcMatch => self.need(instr.b, Exception, "no exception"),
            Op::WithExit => self.need(instr.c, Exception, "no exception"),
            Op::EndAsyncFor | Op::Reraise => self.need(instr.a, Exception, "no exception"),
            Op::PushExcInfo => self.need(instr.b, Exception, "no exception"),
            Op::CheckEgMatch if !matches!(self.kind(instr.b), Exception | MaybeException) => Err("no exception"),
            Op::PopExcInfo => self.need(instr.a, Saved, "nothing that was saved"),
            _ => Ok(()),
        }
    }

    /// Notes what the instruction writes.
    fn writes(&mut self, op: Op, instr: Instr) -> Result<(), &'static str> {
        let unit = self.unit;
        clobber(op, instr, unit, &mut self.state);
        let kind = match op {
            Op::LoadNull | Op::DeleteLocal => Null,
            Op::MakeCell | Op::CopyFreeVars => Cell,
            Op::Move => self.kind(instr.b),
            Op::BuildList => List,
            Op::BuildSet => Set,
            Op::BuildMap => Dict,
            Op::BuildTuple if instr.c > 0 && (0..instr.c).all(|at| self.kind(instr.b.wrapping_add(at)) == Cell) => {
                Closure
            }
            Op::BuildTuple | Op::ListToTuple => Tuple,
            Op::CheckEgMatch => MaybeException,
            Op::Intrinsic2 if instr.flags == Intrinsic2::PrepReraiseStar as u8 => MaybeException,
            Op::BuildString | Op::FormatValue => Str,
            Op::MakeFunction => Function,
            Op::PushExcInfo => Saved,
            Op::ForPrep => Iteration,
            Op::LoadConst => match unit.consts.get(instr.bc() as usize) {
                Some(crate::Const::Str(_)) => Str,
                Some(crate::Const::Tuple(_)) => Tuple,
                _ => Value,
            },
            _ => Value,
        };
        if op == Op::CheckBound {
            return set(unit, &mut self.state, instr.a, Value);
        }
        let mut fault = Ok(());
        for_each_write(instr, |reg| {
            let neighbour = reg == instr.a.wrapping_add(1);
            let kind = match op {
                Op::LoadMethod | Op::LoadSpecial | Op::LoadSuperAttr if neighbour => Maybe,
                Op::ForPrep if neighbour => IterationRest,
                // The iteration goes on in its registers.
                Op::ForIter if reg != instr.a => return,
                _ => kind,
            };
            if let Err(what) = set(unit, &mut self.state, reg, kind) {
                fault = Err(what);
            }
        });
        fault
    }
}

/// Forgets the registers that a call hands over to the callee.
fn clobber(op: Op, instr: Instr, unit: &CodeUnit, state: &mut [Kind]) {
    if matches!(op, Op::Call | Op::CallKw | Op::CallEx) {
        let first = (instr.b as usize).max(unit.locals.len());
        if let Some(handed) = state.get_mut(first..) {
            handed.fill(Undefined);
        }
    }
}

/// A register gets a value of a kind. Registers of cells hold nothing else, and the state of an iteration is a matter of
/// temporaries.
fn set(unit: &CodeUnit, state: &mut [Kind], reg: u16, kind: Kind) -> Result<(), &'static str> {
    match unit.local_kinds.get(reg as usize) {
        Some(LocalKind::Cell | LocalKind::Free) if !matches!(kind, Cell | Null) => return Err("not a cell"),
        Some(_) if matches!(kind, Iteration | IterationRest | Undefined) => return Err("not for a variable"),
        _ => {}
    }
    match state.get_mut(reg as usize) {
        Some(slot) => {
            *slot = kind;
            Ok(())
        }
        None => Err("register out of range"),
    }
}
