//! Comprehensions: most are compiled into the code around them (PEP 709), generator expressions into functions.

use bytecode::{Op, Position, call_flags};
use syntax::Ranged;
use syntax::ast::{self, Expr};

use super::Compiler;
use crate::assemble::Label;
use crate::source::Res;
use crate::symtable::Part;
use crate::unit::{Block, Inline, UnitKind};

/// Flag of `ForPrep`.
pub(super) const ALREADY_ITERATOR: u8 = 1;
/// Flag of `ForPrep`: nothing else holds the generator.
pub(super) const UNSHARED: u8 = 2;

/// What a comprehension makes of its items.
#[derive(Clone, Copy)]
enum Element<'a> {
    List(&'a Expr),
    Set(&'a Expr),
    Dict(&'a Expr, &'a Expr),
    Yield(&'a Expr),
}

impl<'a> Compiler<'a> {
    pub(super) fn comprehension(&mut self, expr: &'a Expr, dst: u16) -> Res {
        let (scope, generators, element, name) = match expr {
            Expr::ListComp(node) => {
                let scope = self.scope_of(node, Part::Body, node.range)?;
                (scope, &node.generators, Element::List(&node.elt), "<listcomp>")
            }
            Expr::SetComp(node) => {
                let scope = self.scope_of(node, Part::Body, node.range)?;
                (scope, &node.generators, Element::Set(&node.elt), "<setcomp>")
            }
            Expr::DictComp(node) => {
                let scope = self.scope_of(node, Part::Body, node.range)?;
                let key = node.key.as_deref().unwrap_or(&node.value);
                (scope, &node.generators, Element::Dict(key, &node.value), "<dictcomp>")
            }
            Expr::Generator(node) => {
                let scope = self.scope_of(node, Part::Body, node.range)?;
                (scope, &node.generators, Element::Yield(&node.elt), "<genexpr>")
            }
            _ => return self.error(expr.range(), "not a comprehension"),
        };
        let enclosing = self.only_argument.take();
        let pos = match expr {
            Expr::Generator(node) if !node.parenthesized => {
                self.source.range_pos(enclosing.filter(|range| range.contains_range(node.range)).unwrap_or(node.range))
            }
            _ => self.pos(expr),
        };
        let Some(first) = generators.first() else { return Ok(()) };
        let table = self.table.scope(scope);
        if table.inlined {
            let iter_pos = self.pos(&first.iter);
            let place = self.workplace(dst);
            let mark = self.unit.mark();
            let value = if first.is_async { self.expr(&first.iter)? } else { self.iterable(&first.iter)? };
            self.unit.inline.push(Inline { scope, vars: self.unit.hidden_vars(scope) });
            let mut hidden: Vec<_> =
                self.unit.inline.last().map(|inline| inline.vars.values().copied().collect()).unwrap_or_default();
            hidden.sort_by_key(|var: &crate::unit::Var| var.reg);
            for var in hidden.iter().filter(|var| var.cell) {
                self.emit(pos, Op::LoadNull, var.reg, 0, 0);
                self.emit(pos, Op::MakeCell, var.reg, 0, 0);
            }
            self.push_block(Block::Try, expr.range())?;
            self.new_collection(pos, element, place);
            self.unit.release(mark);
            let state = self.start_iteration(iter_pos, value, first.is_async, 0);
            self.generator_loops(generators, 0, Some(state), element, place, pos)?;
            self.pop_block();
            // Neither the variables nor what they held outlive the comprehension.
            for var in hidden {
                self.emit(Position::NONE, Op::LoadNull, var.reg, 0, 0);
            }
            self.unit.inline.pop();
            self.move_to(Position::NONE, dst, place);
            return Ok(());
        }
        let is_async = table.coroutine && !matches!(element, Element::Yield(_));
        let kind = UnitKind::Comprehension;
        self.enter(scope, kind, name, pos.line);
        self.unit.argcount = 1;
        let mark = self.unit.mark();
        let place = self.unit.temp();
        self.new_collection(pos, element, place);
        self.generator_loops(generators, 0, None, element, place, pos)?;
        if matches!(element, Element::Yield(_)) {
            self.return_none();
        } else {
            self.emit(pos, Op::Return, place, 0, 0);
        }
        self.unit.release(mark);
        let free = self.unit.free.clone();
        let code = self.leave()?;
        let mut run = self.run(dst);
        let (base, _) = (self.slot(&mut run), self.slot(&mut run));
        self.make_function(pos, code, &free, base);
        let argument = self.unit.temp();
        let at = self.pos(&first.iter);
        if first.is_async {
            let value = self.expr_or(&first.iter, argument)?;
            self.emit(at, Op::GetAiter, argument, value, 0);
        } else {
            let mark = self.unit.mark();
            let value = self.iterable(&first.iter)?;
            self.emit(at, Op::GetIter, argument, value, 0);
            self.unit.release(mark);
        }
        self.emit_flags(pos, Op::Call, call_flags::NO_SELF, dst, base, 1);
        if is_async {
            self.await_value(pos, dst, 0, dst);
        }
        Ok(())
    }

    fn element_pos(&self, element: Element) -> Position {
        match element {
            Element::List(item) | Element::Set(item) | Element::Yield(item) => self.pos(item),
            Element::Dict(key, item) => self.source.range_pos(syntax::TextRange::new(key.start(), item.end())),
        }
    }

    /// Does the assignment of the value to a local show no line of its own? CPython stores what a comprehension made
    /// together with a variable that it restores, where their number is odd.
    pub(super) fn stores_silently(&mut self, value: &'a Expr) -> bool {
        let scope = match value {
            Expr::ListComp(node) => self.scope_of(node, Part::Body, node.range),
            Expr::SetComp(node) => self.scope_of(node, Part::Body, node.range),
            Expr::DictComp(node) => self.scope_of(node, Part::Body, node.range),
            _ => return false,
        };
        scope.is_ok_and(|scope| self.table.scope(scope).inlined && self.unit.hidden_vars(scope).len() % 2 == 1)
    }

    fn new_collection(&mut self, pos: Position, element: Element, place: u16) {
        match element {
            Element::List(_) => self.emit(pos, Op::BuildList, place, place, 0),
            Element::Set(_) => self.emit(pos, Op::BuildSet, place, place, 0),
            Element::Dict(..) => self.emit(pos, Op::BuildMap, place, place, 0),
            Element::Yield(_) => {}
        }
    }

    /// The loop of one `for` of a comprehension with all that is in it.
    fn generator_loops(
        &mut self,
        generators: &'a [ast::Comprehension],
        index: usize,
        started: Option<u16>,
        element: Element<'a>,
        place: u16,
        whole: Position,
    ) -> Res {
        let generator = &generators[index];
        let mark = self.unit.mark();
        let pos = self.pos(&generator.iter);
        let state = match started {
            Some(state) => state,
            // The function of a comprehension gets its first iterator as argument.
            None if index == 0 && generator.is_async => 0,
            None if index == 0 => self.start_iteration(whole, 0, false, ALREADY_ITERATOR),
            None => {
                // `for x in [value]` is how a comprehension names a value: no list and no loop are needed.
                if let Some(only) = single_item(generator) {
                    return self.single_pass(generators, index, only, element, place);
                }
                self.start_loop(&generator.iter, generator.is_async)?
            }
        };
        let (head, skip, exit) = (self.unit.asm.label(), self.unit.asm.label(), self.unit.asm.label());
        self.unit.asm.bind(head);
        self.next_item(pos, &generator.target, state, generator.is_async, exit)?;
        for test in &generator.ifs {
            self.jump_if(test, false, skip)?;
        }
        self.inner_part(generators, index, element, place)?;
        self.unit.asm.bind(skip);
        let back = self.element_pos(element);
        self.unit.asm.jump(back, Op::JumpBack, 0, head);
        self.unit.asm.bind(exit);
        self.unit.release(mark);
        Ok(())
    }

    fn single_pass(
        &mut self,
        generators: &'a [ast::Comprehension],
        index: usize,
        only: &'a Expr,
        element: Element<'a>,
        place: u16,
    ) -> Res {
        let generator = &generators[index];
        let mark = self.unit.mark();
        let skip: Label = self.unit.asm.label();
        let value = self.expr_temp(only)?;
        self.store_target(&generator.target, value)?;
        self.unit.release(mark);
        for test in &generator.ifs {
            self.jump_if(test, false, skip)?;
        }
        self.inner_part(generators, index, element, place)?;
        self.unit.asm.bind(skip);
        // A label needs an instruction behind it; the loop around follows.
        Ok(())
    }

    fn inner_part(
        &mut self,
        generators: &'a [ast::Comprehension],
        index: usize,
        element: Element<'a>,
        place: u16,
    ) -> Res {
        if index + 1 < generators.len() {
            return self.generator_loops(generators, index + 1, None, element, place, Position::NONE);
        }
        let mark = self.unit.mark();
        match element {
            Element::List(item) => {
                let value = self.expr(item)?;
                let pos = self.pos(item);
                self.emit(pos, Op::ListAppend, place, value, 0);
            }
            Element::Set(item) => {
                let value = self.expr(item)?;
                let pos = self.pos(item);
                self.emit(pos, Op::SetAdd, place, value, 0);
            }
            Element::Dict(key, item) => {
                let pos = self.element_pos(element);
                let key = self.held(key, &[item])?;
                let value = self.expr(item)?;
                self.emit(pos, Op::MapAdd, place, key, value);
            }
            Element::Yield(item) => {
                let value = self.expr(item)?;
                let pos = self.pos(item);
                let sent = self.unit.temp();
                self.emit_yield(pos, sent, value);
            }
        }
        self.unit.release(mark);
        Ok(())
    }
}

/// The value of `for target in [value]`.
fn single_item(generator: &ast::Comprehension) -> Option<&Expr> {
    if generator.is_async {
        return None;
    }
    let items = match &generator.iter {
        Expr::List(node) => &node.elts,
        Expr::Tuple(node) => &node.elts,
        _ => return None,
    };
    match &items[..] {
        [only] if !only.is_starred_expr() => Some(only),
        _ => None,
    }
}
