//! Calls.

use bytecode::{Const, Instr, Op, Position, call_flags, common_const};
use syntax::ast::{self, Expr, Keyword};

use super::Compiler;
use super::comprehension::{ALREADY_ITERATOR, UNSHARED};
use super::display::{LIST, MAX_ENTRIES};
use crate::constant;
use crate::names::{FastMap, NameId, known};
use crate::source::Res;
use crate::symtable::{Comprehension, Part, Reference, ScopeKind};

/// Calls of more arguments pass them as a tuple and a dict.
const MAX_ARGUMENTS: usize = 64;
/// Flag of `LoadSuperAttr`: `super` was written with two arguments.
const SUPER_WITH_ARGUMENTS: u8 = 2;
/// Flag of `LoadSuperAttr`: load as `LoadMethod`.
const SUPER_METHOD: u8 = 1;

/// A builtin that consumes a generator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Consumer {
    All,
    Any,
    Tuple,
    List,
    Set,
}

impl Consumer {
    /// Its number for `LoadCommon`.
    fn builtin(self) -> u16 {
        match self {
            Consumer::All => common_const::ALL,
            Consumer::Any => common_const::ANY,
            Consumer::Tuple => common_const::TUPLE,
            Consumer::List => common_const::LIST,
            Consumer::Set => common_const::SET,
        }
    }
}

/// Positional arguments that are not written in the call.
#[derive(Clone, Copy)]
pub(super) struct Surplus {
    /// So many in front, in the registers from base + 2 on.
    pub front: u16,
    /// A variable behind the written ones.
    pub back: Option<NameId>,
}

impl<'a> Compiler<'a> {
    pub(super) fn call(&mut self, node: &'a ast::ExprCall, dst: u16) -> Res {
        self.check_caller(&node.func);
        if let Some((consumer, generator)) = self.consumed_generator(node) {
            return self.consume(node, consumer, generator, dst);
        }
        if let Expr::Attribute(attribute) = &*node.func
            && let Some(open) = opened_for(attribute)
        {
            return self.call_of_opened(node, open, attribute, dst);
        }
        if leaves_generator(node) {
            return self.call_of_leaver(node, dst);
        }
        let mut pos = self.pos(node);
        let mut run = self.run(dst);
        let base = self.slot(&mut run);
        let mut flags = call_flags::NO_SELF;
        match &*node.func {
            Expr::Attribute(attribute) => {
                flags = 0;
                if self.super_attribute(attribute, base, SUPER_METHOD)?.is_some() {
                    self.slot(&mut run);
                } else {
                    let object = self.expr_or(&attribute.value, base)?;
                    self.slot(&mut run);
                    let at = self.attribute_pos(self.pos(attribute), attribute);
                    let name = self.mangle(&attribute.attr);
                    self.emit_cached(at, Op::LoadMethod, 0, [base, object, 0], name);
                }
                pos = self.attribute_pos(pos, attribute);
            }
            func => {
                self.expr_to(func, base)?;
                self.slot(&mut run);
            }
        }
        self.note_only_argument(node);
        self.arguments(pos, &node.arguments.args, &node.arguments.keywords, dst, base, flags)
    }

    fn note_only_argument(&mut self, node: &'a ast::ExprCall) {
        if let [Expr::Generator(generator)] = &*node.arguments.args
            && !generator.parenthesized
        {
            self.only_argument = Some(node.arguments.range);
        }
    }

    /// `open(...).read()` and the like: the file that nothing holds is closed when the method is done.
    fn call_of_opened(
        &mut self,
        node: &'a ast::ExprCall,
        open: &'a ast::ExprCall,
        attribute: &'a ast::ExprAttribute,
        dst: u16,
    ) -> Res {
        let (opener, file) = (self.unit.temp(), self.unit.temp());
        let mark = self.unit.mark();
        self.check_caller(&open.func);
        self.expr_to(&open.func, opener)?;
        let (inner, _) = (self.unit.temp(), self.unit.temp());
        let at = self.pos(open);
        self.emit(at, Op::Move, inner, opener, 0);
        self.arguments(at, &open.arguments.args, &open.arguments.keywords, file, inner, call_flags::NO_SELF)?;
        self.unit.release(mark);
        let (method, _) = (self.unit.temp(), self.unit.temp());
        let at = self.attribute_pos(self.pos(attribute), attribute);
        let name = self.mangle(&attribute.attr);
        self.emit_cached(at, Op::LoadMethod, 0, [method, file, 0], name);
        let pos = self.attribute_pos(self.pos(node), attribute);
        self.note_only_argument(node);
        self.arguments(pos, &node.arguments.args, &node.arguments.keywords, dst, method, 0)?;
        self.emit(pos, Op::CloseFile, file, opener, 0);
        Ok(())
    }

    /// `any(f())` and the like: a generator that nothing else holds is closed when the function has left it.
    fn call_of_leaver(&mut self, node: &'a ast::ExprCall, dst: u16) -> Res {
        let (callee, generator) = (self.unit.temp(), self.unit.temp());
        self.expr_to(&node.func, callee)?;
        self.expr_to(&node.arguments.args[0], generator)?;
        let pos = self.pos(node);
        let (base, _, argument) = (self.unit.temp(), self.unit.temp(), self.unit.temp());
        // The interpreter knows the generator by what follows its creation.
        self.emit(pos, Op::Move, argument, generator, 0);
        self.emit(pos, Op::Move, base, callee, 0);
        self.emit_flags(pos, Op::Call, call_flags::NO_SELF, dst, base, 1);
        self.emit(pos, Op::CloseFile, generator, callee, 0);
        Ok(())
    }

    /// A call of a builtin that does no more than to run through a generator expression.
    fn consumed_generator(&self, node: &'a ast::ExprCall) -> Option<(Consumer, &'a Expr)> {
        let Expr::Name(func) = &*node.func else { return None };
        let [generator @ Expr::Generator(inner)] = &*node.arguments.args else { return None };
        if !node.arguments.keywords.is_empty() || self.table.scope(self.table.of(inner, Part::Body)?).coroutine {
            return None;
        }
        let consumer = match func.id.as_str() {
            "all" => Consumer::All,
            "any" => Consumer::Any,
            "tuple" => Consumer::Tuple,
            "list" => Consumer::List,
            "set" => Consumer::Set,
            _ => return None,
        };
        Some((consumer, generator))
    }

    /// `all(item for ...)` and the like: if the name means the builtin, the loop over the generator is here, where the
    /// machine runs it without leaving its own loop.
    fn consume(&mut self, node: &'a ast::ExprCall, consumer: Consumer, generator: &'a Expr, dst: u16) -> Res {
        let pos = self.pos(node);
        let (base, _) = (self.unit.temp(), self.unit.temp());
        self.expr_to(&node.func, base)?;
        let argument = self.unit.temp();
        if let Expr::Generator(inner) = generator {
            self.only_argument = Some(node.arguments.range).filter(|_| !inner.parenthesized);
        }
        self.expr_to(generator, argument)?;
        let mark = self.unit.mark();
        // A truth value is written once, at the end; a collection grows step by step.
        let place = match consumer {
            Consumer::All | Consumer::Any => dst,
            _ => self.workplace(dst),
        };
        let (state, _) = (self.unit.temp(), self.unit.temp());
        let item = self.unit.temp();
        let (other, end) = (self.unit.asm.label(), self.unit.asm.label());
        let (head, exit, early) = (self.unit.asm.label(), self.unit.asm.label(), self.unit.asm.label());
        self.emit(pos, Op::LoadCommon, item, consumer.builtin(), 0);
        self.emit(pos, Op::Is, item, base, item);
        self.unit.asm.jump(pos, Op::JumpIfFalse, item, other);
        match consumer {
            Consumer::All | Consumer::Any => {}
            Consumer::Tuple | Consumer::List => self.emit(pos, Op::BuildList, place, place, 0),
            Consumer::Set => self.emit(pos, Op::BuildSet, place, place, 0),
        }
        self.emit_flags(pos, Op::ForPrep, ALREADY_ITERATOR | UNSHARED, state, argument, 0);
        self.unit.asm.bind(head);
        self.unit.asm.loop_step(pos, Instr::abc(Op::ForIter, 0, item, state, 0), exit);
        match consumer {
            Consumer::All => self.unit.asm.jump(pos, Op::JumpIfFalse, item, early),
            Consumer::Any => self.unit.asm.jump(pos, Op::JumpIfTrue, item, early),
            Consumer::Tuple | Consumer::List => self.emit(pos, Op::ListAppend, place, item, 0),
            Consumer::Set => self.emit(pos, Op::SetAdd, place, item, 0),
        }
        match consumer {
            // CPython runs these two natively.
            Consumer::List | Consumer::Set => self.unit.asm.jump_back_silently(pos, head),
            _ => self.unit.asm.jump(pos, Op::JumpBack, 0, head),
        }
        if let Consumer::All | Consumer::Any = consumer {
            self.unit.asm.bind(early);
            self.emit(pos, Op::CloseIter, 0, state, 0);
            self.load_const(pos, place, Const::Bool(consumer == Consumer::Any));
            self.unit.asm.jump(pos, Op::Jump, 0, end);
        }
        self.unit.asm.bind(exit);
        match consumer {
            Consumer::All | Consumer::Any => self.load_const(pos, place, Const::Bool(consumer == Consumer::All)),
            Consumer::Tuple => self.emit(pos, Op::ListToTuple, place, place, 0),
            Consumer::List | Consumer::Set => {}
        }
        let hot = self.unit.asm.begin_cold();
        self.unit.asm.bind(other);
        self.emit_flags(pos, Op::Call, call_flags::NO_SELF, place, base, 1);
        self.unit.asm.jump(pos, Op::Jump, 0, end);
        self.unit.asm.end_cold(hot);
        self.unit.asm.bind(end);
        self.move_to(pos, dst, place);
        self.unit.release(mark);
        Ok(())
    }

    /// Evaluates arguments behind `base` and its neighbour, which are set, and calls.
    fn arguments(
        &mut self,
        pos: Position,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        dst: u16,
        base: u16,
        flags: u8,
    ) -> Res {
        self.arguments_around(pos, Surplus { front: 0, back: None }, args, keywords, dst, base, flags)
    }

    /// As `arguments`, with more positional arguments than are written.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn arguments_around(
        &mut self,
        pos: Position,
        surplus: Surplus,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        dst: u16,
        base: u16,
        flags: u8,
    ) -> Res {
        self.check_keywords(keywords)?;
        let starred = args.iter().any(Expr::is_starred_expr) || keywords.iter().any(|keyword| keyword.arg.is_none());
        let count = surplus.front as usize + args.len() + surplus.back.is_some() as usize + keywords.len();
        if starred || count > MAX_ARGUMENTS {
            return self.starred_call(pos, surplus, args, keywords, dst, base, flags);
        }
        for arg in args {
            self.expr_temp(arg)?;
        }
        if let Some(name) = surplus.back {
            let last = self.unit.temp();
            self.load(pos, name, last);
        }
        if keywords.is_empty() {
            self.emit_flags(pos, Op::Call, flags, dst, base, count as u16);
            return Ok(());
        }
        let mut names = Vec::with_capacity(keywords.len());
        for keyword in keywords {
            self.expr_temp(&keyword.value)?;
            if let Some(name) = &keyword.arg {
                names.push(constant::string(name));
            }
        }
        let names = self.unit.const_index(Const::Tuple(names.into()));
        let instr = Instr::abc(Op::CallKw, flags, dst, base, count as u16);
        self.unit.asm.emit_cached(pos, instr, names);
        Ok(())
    }

    /// No keyword may occur twice.
    fn check_keywords(&self, keywords: &[Keyword]) -> Res {
        if keywords.len() < 2 {
            return Ok(());
        }
        let mut seen: FastMap<&str, ()> = FastMap::default();
        for keyword in keywords {
            if let Some(name) = &keyword.arg
                && seen.insert(name, ()).is_some()
            {
                return self.error(keyword.range, format!("keyword argument repeated: {name}"));
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn starred_call(
        &mut self,
        pos: Position,
        surplus: Surplus,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        dst: u16,
        base: u16,
        flags: u8,
    ) -> Res {
        let positional = base.wrapping_add(2);
        if surplus.front == 0 && surplus.back.is_none() {
            self.unit.temp();
            if let [Expr::Starred(only)] = args {
                self.expr_to(&only.value, positional)?;
            } else if args.len() <= MAX_ARGUMENTS && !args.iter().any(Expr::is_starred_expr) {
                self.build_tuple(pos, args, positional)?;
            } else if let Some(items) = args.iter().map(|arg| self.constant(arg)).collect::<Option<_>>() {
                self.load_const(pos, positional, Const::Tuple(items));
            } else {
                self.collect(pos, LIST, args, positional)?;
                self.emit(pos, Op::ListToTuple, positional, positional, 0);
            }
        } else {
            // The arguments in front lie where the tuple belongs.
            let list = self.unit.temp();
            self.emit(pos, Op::BuildList, list, positional, surplus.front);
            self.extend_arguments(pos, list, args)?;
            if let Some(name) = surplus.back {
                let mark = self.unit.mark();
                let last = self.unit.temp();
                self.load(pos, name, last);
                self.emit(pos, Op::ListAppend, list, last, 0);
                self.unit.release(mark);
            }
            self.emit(pos, Op::ListToTuple, positional, list, 0);
            self.unit.release(positional as u32 + 1);
        }
        let named = self.unit.temp();
        if keywords.is_empty() {
            self.emit(pos, Op::LoadNull, named, 0, 0);
        } else {
            self.keyword_dict(pos, keywords, named, base)?;
        }
        self.emit_flags(pos, Op::CallEx, flags, dst, base, 0);
        Ok(())
    }

    fn extend_arguments(&mut self, pos: Position, list: u16, args: &'a [Expr]) -> Res {
        for arg in args {
            let mark = self.unit.mark();
            match arg {
                Expr::Starred(node) => {
                    let value = self.expr(&node.value)?;
                    self.emit(pos, Op::ListExtend, list, value, 0);
                }
                _ => {
                    let value = self.expr(arg)?;
                    self.emit(pos, Op::ListAppend, list, value, 0);
                }
            }
            self.unit.release(mark);
        }
        Ok(())
    }

    /// The dict of keyword arguments of a call with `**`.
    fn keyword_dict(&mut self, pos: Position, keywords: &'a [Keyword], dict: u16, callable: u16) -> Res {
        let mut rest = keywords;
        let mut made = false;
        while !rest.is_empty() {
            let mark = self.unit.mark();
            let run = rest.iter().take_while(|keyword| keyword.arg.is_some()).count();
            if run == 0 {
                if !made {
                    self.emit(pos, Op::BuildMap, dict, dict, 0);
                    made = true;
                }
                let value = self.expr(&rest[0].value)?;
                self.emit(pos, Op::DictMerge, dict, value, callable);
                self.unit.release(mark);
                rest = &rest[1..];
                continue;
            }
            if run > MAX_ENTRIES {
                let part = if made { self.unit.temp() } else { dict };
                self.emit(pos, Op::BuildMap, part, part, 0);
                for keyword in &rest[..run] {
                    let mark = self.unit.mark();
                    let key = self.unit.temp();
                    if let Some(name) = &keyword.arg {
                        self.load_text(pos, key, name);
                    }
                    let value = self.expr_temp(&keyword.value)?;
                    self.emit(pos, Op::MapAdd, part, key, value);
                    self.unit.release(mark);
                }
                if made {
                    self.emit(pos, Op::DictMerge, dict, part, callable);
                }
                made = true;
                self.unit.release(mark);
                rest = &rest[run..];
                continue;
            }
            let base = self.unit.mark().min(0xFFFE) as u16;
            for keyword in &rest[..run] {
                let key = self.unit.temp();
                if let Some(name) = &keyword.arg {
                    self.load_text(pos, key, name);
                }
                self.expr_temp(&keyword.value)?;
            }
            if made {
                self.emit(pos, Op::BuildMap, base, base, run as u16);
                self.emit(pos, Op::DictMerge, dict, base, callable);
            } else {
                self.emit(pos, Op::BuildMap, dict, base, run as u16);
                made = true;
            }
            self.unit.release(mark);
            rest = &rest[run..];
        }
        Ok(())
    }

    /// `super().name` and `super(class, self).name` without making the super object. `None` if the expression is
    /// another.
    pub(super) fn super_attribute(&mut self, node: &'a ast::ExprAttribute, dst: u16, flags: u8) -> Res<Option<()>> {
        let Expr::Call(call) = &*node.value else { return Ok(None) };
        let Expr::Name(func) = &*call.func else { return Ok(None) };
        if func.id.as_str() != "super" || !call.arguments.keywords.is_empty() {
            return Ok(None);
        }
        let scope = self.table.scope(self.unit.scope);
        let plain = scope.kind == ScopeKind::Function && self.unit.inline.is_empty();
        if !plain || scope.reference(known::SUPER) != Reference::GlobalImplicit || !self.super_is_global() {
            return Ok(None);
        }
        let pos = self.pos(&*call.func);
        let mark = self.unit.mark();
        let (regs, flags) = match &*call.arguments.args {
            [] => {
                let has_self = self.unit.argcount > 0 && scope.comprehension == Comprehension::No;
                if !has_self || scope.reference(known::CLASS) != Reference::Free {
                    return Ok(None);
                }
                let first = scope.parameters[0];
                let regs = [self.unit.temp(), self.unit.temp(), self.unit.temp()];
                self.load(pos, known::SUPER, regs[0]);
                let at = self.pos(call);
                self.load(at, known::CLASS, regs[1]);
                self.load(at, first, regs[2]);
                (regs, flags)
            }
            [class, object] if !class.is_starred_expr() && !object.is_starred_expr() => {
                let regs = [self.unit.temp(), self.unit.temp(), self.unit.temp()];
                self.load(pos, known::SUPER, regs[0]);
                self.expr_to(class, regs[1])?;
                self.expr_to(object, regs[2])?;
                (regs, flags | SUPER_WITH_ARGUMENTS)
            }
            _ => return Ok(None),
        };
        let at = self.attribute_pos(self.pos(node), node);
        let name = self.mangle(&node.attr);
        let whole = self.pos(node);
        self.emit_cached(whole, Op::LoadSuperAttr, flags, [dst, regs[0], 0], name);
        if at.line != whole.line {
            self.emit(at, Op::Nop, 0, 0, 0);
        }
        self.unit.release(mark);
        Ok(Some(()))
    }

    /// Calls a method that `LoadSpecial` loaded into `method` and its neighbour, with arguments of None.
    pub(super) fn call_with_nones(&mut self, pos: Position, method: u16, nones: u16, dst: u16) {
        let mark = self.unit.mark();
        // The call's registers must be the highest in use.
        let base = if method as u32 + 2 == mark {
            method
        } else {
            let (base, receiver) = (self.unit.temp(), self.unit.temp());
            self.emit(pos, Op::Move, base, method, 0);
            self.emit(pos, Op::Move, receiver, method.wrapping_add(1), 0);
            base
        };
        for _ in 0..nones {
            let none = self.unit.temp();
            self.load_const(pos, none, Const::None);
        }
        self.emit(pos, Op::Call, dst, base, nones);
        self.unit.release(mark);
    }
}

/// The call of `open` whose file is used for nothing but a method after which it cannot be reached.
fn opened_for(attribute: &ast::ExprAttribute) -> Option<&ast::ExprCall> {
    let Expr::Call(open) = &*attribute.value else { return None };
    let is_open = match &*open.func {
        Expr::Name(name) => name.id == "open",
        Expr::Attribute(func) => {
            func.attr.as_str() == "open" && matches!(&*func.value, Expr::Name(module) if module.id == "io")
        }
        _ => false,
    };
    let method = attribute.attr.as_str();
    let is_last = matches!(method, "read" | "readline" | "readlines" | "readall" | "readinto" | "write" | "writelines");
    (is_open && is_last).then_some(open)
}

/// Is it a call of a builtin that may leave the iterable before its end, with what another call gives?
fn leaves_generator(node: &ast::ExprCall) -> bool {
    matches!(&*node.func, Expr::Name(func) if matches!(func.id.as_str(), "all" | "any" | "next"))
        && matches!(&*node.arguments.args, [Expr::Call(_)])
        && node.arguments.keywords.is_empty()
}
