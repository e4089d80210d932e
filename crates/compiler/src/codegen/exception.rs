//! `try`, with `except`, `except*` and `finally`.
//!
//! A handler's exception is "being handled" between `PushExcInfo` and `PopExcInfo`; a handler of its own sees to that
//! when another exception leaves it.

use bytecode::{Intrinsic2, Op, Position, reraise};
use syntax::ast::{self, ExceptHandler, ExceptHandlerExceptHandler, Stmt};

use super::Compiler;
use crate::assemble::HandlerId;
use crate::source::Res;
use crate::unit::Block;

/// Registers of the code behind a handler.
struct Caught {
    exception: u16,
    /// What was being handled before.
    save: u16,
    /// An exception that leaves the handler's code.
    another: u16,
    handler: HandlerId,
}

impl<'a> Compiler<'a> {
    pub(super) fn try_stmt(&mut self, node: &'a ast::StmtTry) -> Res {
        if node.finalbody.is_empty() {
            return self.try_except(node);
        }
        let mark = self.unit.mark();
        let caught = self.new_handler();
        self.nop_first_line(node);
        self.push_block(Block::Finally { body: &node.finalbody }, node.range)?;
        self.unit.asm.set_handler(caught.handler);
        if node.handlers.is_empty() {
            self.body(&node.body)?;
        } else {
            self.try_except(node)?;
        }
        self.pop_block();
        self.body(&node.finalbody)?;
        self.silent += 1;
        let result = self.finally_with_exception(&node.finalbody, &caught, node);
        self.silent -= 1;
        result?;
        self.unit.release(mark);
        Ok(())
    }

    /// Marks the line of `try`.
    fn nop_first_line(&mut self, node: &ast::StmtTry) {
        let mut pos = self.pos(node);
        pos.end_line = pos.line;
        pos.end_col = pos.col + 3;
        self.emit(pos, Op::Nop, 0, 0, 0);
    }

    /// Registers for a handler. They stay reserved while its body is compiled.
    fn new_handler(&mut self) -> Caught {
        let (exception, save, another) = (self.unit.temp(), self.unit.temp(), self.unit.temp());
        let handler = self.unit.asm.new_handler(exception);
        Caught { exception, save, another, handler }
    }

    /// The copy of a `finally` body that runs for an exception.
    fn finally_with_exception(&mut self, body: &'a [Stmt], caught: &Caught, node: &ast::StmtTry) -> Res {
        let hot = self.unit.asm.begin_cold();
        self.unit.asm.bind_handler(caught.handler);
        let cleanup = self.begin_handling(caught);
        self.push_block(Block::FinallyEnd { save: caught.save }, node.range)?;
        self.unit.asm.set_handler(cleanup);
        self.body(body)?;
        self.pop_block();
        self.emit(Position::NONE, Op::PopExcInfo, caught.save, 0, 0);
        self.emit(Position::NONE, Op::Reraise, caught.exception, 0, 0);
        self.end_handling(caught, cleanup);
        self.unit.asm.end_cold(hot);
        Ok(())
    }

    /// The exception is being handled from here. The answer is the handler for exceptions that leave the code that
    /// follows; it is not in force yet.
    fn begin_handling(&mut self, caught: &Caught) -> HandlerId {
        self.emit(Position::NONE, Op::PushExcInfo, caught.save, caught.exception, 0);
        self.unit.asm.new_handler(caught.another)
    }

    /// The code for exceptions that leave a handler.
    fn end_handling(&mut self, caught: &Caught, cleanup: HandlerId) {
        self.unit.asm.bind_handler(cleanup);
        self.emit(Position::NONE, Op::PopExcInfo, caught.save, 0, 0);
        self.emit_flags(Position::NONE, Op::Reraise, reraise::THERE, caught.another, 0, 0);
    }

    fn try_except(&mut self, node: &'a ast::StmtTry) -> Res {
        let mark = self.unit.mark();
        let end = self.unit.asm.label();
        let caught = self.new_handler();
        self.nop_first_line(node);
        self.push_block(Block::Try, node.range)?;
        self.unit.asm.set_handler(caught.handler);
        self.body(&node.body)?;
        self.pop_block();
        self.body(&node.orelse)?;
        let hot = self.unit.asm.begin_cold();
        self.unit.asm.bind_handler(caught.handler);
        self.push_block(Block::Try, node.range)?;
        if node.is_star {
            self.group_handlers(node, &caught, end)?;
        } else {
            self.handlers(node, &caught, end)?;
        }
        self.pop_block();
        self.unit.asm.end_cold(hot);
        self.unit.asm.bind(end);
        self.unit.release(mark);
        Ok(())
    }

    fn handlers(&mut self, node: &'a ast::StmtTry, caught: &Caught, end: crate::assemble::Label) -> Res {
        let outer = self.unit.asm.handler();
        let cleanup = self.begin_handling(caught);
        for (index, ExceptHandler::ExceptHandler(clause)) in node.handlers.iter().enumerate() {
            if clause.type_.is_none() && index + 1 < node.handlers.len() {
                return self.error(clause.range, "default 'except:' must be last");
            }
            let next = self.unit.asm.label();
            self.unit.asm.set_handler(cleanup);
            if let Some(class) = &clause.type_ {
                let mark = self.unit.mark();
                let class_reg = self.expr(class)?;
                let matches = self.unit.temp();
                let pos = self.pos(clause);
                self.emit(pos, Op::CheckExcMatch, matches, caught.exception, class_reg);
                self.unit.asm.jump(pos, Op::JumpIfFalse, matches, next);
                self.unit.release(mark);
            } else {
                // The line of a bare `except` shows.
                self.nop(clause);
            }
            self.unit.asm.set_handler(outer);
            self.handler_body(clause, caught, cleanup)?;
            self.unit.asm.jump(Position::NONE, Op::Jump, 0, end);
            self.unit.asm.bind(next);
        }
        // None matched.
        self.emit(Position::NONE, Op::PopExcInfo, caught.save, 0, 0);
        self.emit(Position::NONE, Op::Reraise, caught.exception, 0, 0);
        self.end_handling(caught, cleanup);
        Ok(())
    }

    /// The body of an `except` clause. The handler around the whole statement is in force before and after.
    fn handler_body(&mut self, clause: &'a ExceptHandlerExceptHandler, caught: &Caught, cleanup: HandlerId) -> Res {
        let mark = self.unit.mark();
        let Some(name) = &clause.name else {
            self.push_block(Block::Handler { save: caught.save, name: None }, clause.range)?;
            self.unit.asm.set_handler(cleanup);
            self.body(&clause.body)?;
            self.pop_block();
            self.emit(Position::NONE, Op::PopExcInfo, caught.save, 0, 0);
            return Ok(());
        };
        let pos = self.pos(clause);
        let name = self.mangle(name);
        let another = self.unit.temp();
        let inner = self.unit.asm.new_handler(another);
        let outer = self.unit.asm.set_handler(cleanup);
        self.store(pos, name, caught.exception);
        self.unit.asm.set_handler(outer);
        self.push_block(Block::Handler { save: caught.save, name: Some(name) }, clause.range)?;
        self.unit.asm.set_handler(inner);
        self.body(&clause.body)?;
        self.pop_block();
        self.emit(Position::NONE, Op::PopExcInfo, caught.save, 0, 0);
        self.unbind(Position::NONE, name);
        let hot = self.unit.asm.begin_cold();
        self.unit.asm.bind_handler(inner);
        self.unit.asm.set_handler(cleanup);
        self.unbind(Position::NONE, name);
        self.unit.asm.set_handler(outer);
        self.emit(Position::NONE, Op::PopExcInfo, caught.save, 0, 0);
        self.emit_flags(Position::NONE, Op::Reraise, reraise::THERE, another, 0, 0);
        self.unit.asm.end_cold(hot);
        self.unit.release(mark);
        Ok(())
    }

    /// `except*` clauses: each takes its part of the exception group; what clauses raise and what no clause takes is
    /// raised together at the end.
    fn group_handlers(&mut self, node: &'a ast::StmtTry, caught: &Caught, end: crate::assemble::Label) -> Res {
        let outer = self.unit.asm.handler();
        let cleanup = self.begin_handling(caught);
        self.unit.asm.set_handler(cleanup);
        let raised = self.unit.temp();
        // The rest that no clause took, and what the present one takes.
        let (rest, part) = (self.unit.temp(), self.unit.temp());
        let another = self.unit.temp();
        let part_save = self.unit.temp();
        self.emit(Position::NONE, Op::BuildList, raised, raised, 0);
        self.emit(Position::NONE, Op::Move, rest, caught.exception, 0);
        for ExceptHandler::ExceptHandler(clause) in &node.handlers {
            let next = self.unit.asm.label();
            let pos = self.pos(clause);
            let Some(class) = &clause.type_ else { continue };
            let mark = self.unit.mark();
            let class_reg = self.expr(class)?;
            self.emit(pos, Op::CheckEgMatch, rest, rest, class_reg);
            self.unit.release(mark);
            self.unit.asm.jump(pos, Op::JumpIfNone, part, next);
            self.emit(pos, Op::PushExcInfo, part_save, part, 0);
            let inner = self.unit.asm.new_handler(another);
            let name = clause.name.as_ref().map(|name| self.mangle(name));
            if let Some(name) = name {
                self.store(pos, name, part);
            }
            self.push_block(Block::GroupHandler, clause.range)?;
            self.unit.asm.set_handler(inner);
            self.body(&clause.body)?;
            self.pop_block();
            self.emit(Position::NONE, Op::PopExcInfo, part_save, 0, 0);
            if let Some(name) = name {
                self.unbind(Position::NONE, name);
            }
            self.unit.asm.jump(Position::NONE, Op::Jump, 0, next);
            self.unit.asm.bind_handler(inner);
            self.emit(Position::NONE, Op::PopExcInfo, part_save, 0, 0);
            if let Some(name) = name {
                self.unbind(Position::NONE, name);
            }
            self.emit(Position::NONE, Op::ListAppend, raised, another, 0);
            self.unit.asm.bind(next);
        }
        self.emit(Position::NONE, Op::ListAppend, raised, rest, 0);
        let again = self.unit.asm.label();
        let prepare = Intrinsic2::PrepReraiseStar as u8;
        self.emit_flags(Position::NONE, Op::Intrinsic2, prepare, part, caught.exception, raised);
        self.unit.asm.set_handler(outer);
        self.emit(Position::NONE, Op::PopExcInfo, caught.save, 0, 0);
        self.unit.asm.jump(Position::NONE, Op::JumpIfNotNone, part, again);
        self.unit.asm.jump(Position::NONE, Op::Jump, 0, end);
        self.unit.asm.bind(again);
        self.emit(Position::NONE, Op::Reraise, part, 0, 0);
        self.end_handling(caught, cleanup);
        Ok(())
    }
}
