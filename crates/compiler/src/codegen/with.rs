//! `with` and `async with`.

use bytecode::{Op, Position, SpecialMethod, reraise};
use syntax::Ranged;
use syntax::ast::{self, Stmt, WithItem};

use super::Compiler;
use crate::source::Res;
use crate::unit::Block;

impl<'a> Compiler<'a> {
    pub(super) fn with_stmt(&mut self, node: &'a ast::StmtWith) -> Res {
        self.with_items(&node.items, &node.body, node.is_async)
    }

    fn with_items(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool) -> Res {
        let Some((item, rest)) = items.split_first() else { return self.body(body) };
        let mark = self.unit.mark();
        let end = self.unit.asm.label();
        let pos = self.pos(&item.context_expr);
        let (exception, save, another) = (self.unit.temp(), self.unit.temp(), self.unit.temp());
        let exit = self.unit.temp();
        self.unit.temp();
        let handler = self.unit.asm.new_handler(exception);
        let inner = self.unit.mark();
        let manager = self.expr(&item.context_expr)?;
        let enter = self.unit.temp();
        self.unit.temp();
        let (exit_method, enter_method) = match is_async {
            true => (SpecialMethod::Aexit, SpecialMethod::Aenter),
            false => (SpecialMethod::Exit, SpecialMethod::Enter),
        };
        self.emit_flags(pos, Op::LoadSpecial, exit_method as u8, exit, manager, 0);
        self.emit_flags(pos, Op::LoadSpecial, enter_method as u8, enter, manager, 0);
        self.unit.release(inner);
        let result = self.unit.temp();
        self.emit(pos, Op::Call, result, enter, 0);
        if is_async {
            self.await_value(pos, result, 1, result);
        }
        self.push_block(Block::With { exit, is_async, pos }, item.context_expr.range())?;
        self.unit.asm.set_handler(handler);
        if let Some(target) = &item.optional_vars {
            self.store_target(target, result)?;
        }
        self.unit.release(inner);
        self.with_items(rest, body, is_async)?;
        self.pop_block();
        self.leave_context(pos, exit, is_async);

        let hot = self.unit.asm.begin_cold();
        self.unit.asm.bind_handler(handler);
        let suppressed = self.unit.asm.label();
        self.emit(pos, Op::PushExcInfo, save, exception, 0);
        let cleanup = self.unit.asm.new_handler(another);
        let outer = self.unit.asm.set_handler(cleanup);
        let result = self.unit.temp();
        self.emit(pos, Op::WithExit, result, exit, exception);
        if is_async {
            self.await_value(pos, result, 2, result);
        }
        self.unit.asm.jump(pos, Op::JumpIfTrue, result, suppressed);
        self.unit.asm.set_handler(outer);
        self.emit(pos, Op::PopExcInfo, save, 0, 0);
        self.emit_flags(pos, Op::Reraise, reraise::THERE, exception, 0, 0);
        self.unit.asm.bind(suppressed);
        self.emit(pos, Op::PopExcInfo, save, 0, 0);
        self.unit.asm.jump(Position::NONE, Op::Jump, 0, end);
        self.unit.asm.bind_handler(cleanup);
        self.emit(Position::NONE, Op::PopExcInfo, save, 0, 0);
        self.emit_flags(Position::NONE, Op::Reraise, reraise::THERE, another, 0, 0);
        self.unit.asm.end_cold(hot);
        self.unit.asm.bind(end);
        self.unit.release(mark);
        Ok(())
    }
}
