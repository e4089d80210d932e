//! Loops, and the jumps out of them and out of all else.

use bytecode::{Const, Instr, Op, Position};
use syntax::ast::{self, Expr};
use syntax::{Ranged, TextRange};

use super::{Compiler, MAX_BLOCKS};
use crate::assemble::{HandlerId, Label};
use crate::fold;
use crate::source::Res;
use crate::unit::{Block, OpenBlock, UnitKind};

/// What [`Compiler::unwind`] took away, for [`Compiler::rewind`].
pub(super) struct Wound<'a> {
    blocks: Vec<OpenBlock<'a>>,
    handler: HandlerId,
    /// The position of what follows: none, if code of other lines was emitted.
    pub pos: Position,
}

impl<'a> Compiler<'a> {
    /// Opens a block.
    pub(super) fn push_block(&mut self, block: Block<'a>, at: TextRange) -> Res {
        let scope = self.table.scope(self.unit.scope);
        // A generator counts as a block: CPython wraps its body in one.
        let generates = matches!(self.unit.kind, UnitKind::Function | UnitKind::AsyncFunction)
            && (scope.generator || scope.coroutine);
        if self.unit.blocks.len() + generates as usize >= MAX_BLOCKS {
            return self.error(at, "too many statically nested blocks");
        }
        let outer = self.unit.asm.handler();
        self.unit.blocks.push(OpenBlock { block, outer });
        Ok(())
    }

    /// Closes a block; the handler around it is in force again.
    pub(super) fn pop_block(&mut self) {
        if let Some(open) = self.unit.blocks.pop() {
            self.unit.asm.set_handler(open.outer);
        }
    }

    pub(super) fn while_stmt(&mut self, node: &'a ast::StmtWhile) -> Res {
        let (head, exit, end) = (self.unit.asm.label(), self.unit.asm.label(), self.unit.asm.label());
        let constant = self.constant(&node.test);
        let forever = constant.is_some_and(|value| fold::truth(&value));
        let mut back = Position::NONE;
        if forever {
            // The line shows in front of the loop and at its end, not with an instruction of its own each time.
            self.nop(&*node.test);
            back = self.pos(&*node.test);
        }
        self.unit.asm.bind(head);
        self.push_block(Block::Loop { head, end, back, state: None }, node.range)?;
        if !forever {
            self.jump_if(&node.test, false, exit)?;
        }
        self.body(&node.body)?;
        self.unit.asm.jump(back, Op::JumpBack, 0, head);
        self.pop_block();
        self.unit.asm.bind(exit);
        self.body(&node.orelse)?;
        self.unit.asm.bind(end);
        Ok(())
    }

    pub(super) fn for_stmt(&mut self, node: &'a ast::StmtFor) -> Res {
        let mark = self.unit.mark();
        let (head, exit, end) = (self.unit.asm.label(), self.unit.asm.label(), self.unit.asm.label());
        let pos = self.pos(&*node.iter);
        let steps = self.start_loop(&node.iter, node.is_async)?;
        let state = Some(steps).filter(|_| !node.is_async);
        self.push_block(Block::Loop { head, end, back: Position::NONE, state }, node.range)?;
        self.unit.asm.bind(head);
        self.next_item(pos, &node.target, steps, node.is_async, exit)?;
        self.body(&node.body)?;
        self.unit.asm.jump(Position::NONE, Op::JumpBack, 0, head);
        self.pop_block();
        self.unit.asm.bind(exit);
        self.unit.release(mark);
        self.body(&node.orelse)?;
        self.unit.asm.bind(end);
        Ok(())
    }

    /// Evaluates the iterable of a loop; the answer is the register of the iteration's state.
    pub(super) fn start_loop(&mut self, iter: &'a Expr, is_async: bool) -> Res<u16> {
        let pos = self.pos(iter);
        // The state takes the place of the iterable, if that is a temporary.
        let mark = self.unit.mark();
        let value = if is_async { self.expr(iter)? } else { self.iterable(iter)? };
        self.unit.release(mark);
        Ok(self.start_iteration(pos, value, is_async, 0))
    }

    /// Starts the iteration over a value. `flags` are those of `ForPrep`.
    pub(super) fn start_iteration(&mut self, pos: Position, value: u16, is_async: bool, flags: u8) -> u16 {
        let state = self.unit.temp();
        if is_async {
            self.emit(pos, Op::GetAiter, state, value, 0);
        } else {
            self.unit.temp();
            self.emit_flags(pos, Op::ForPrep, flags, state, value, 0);
        }
        state
    }

    /// Fetches the next item and assigns it; continues at `exit` if there is none.
    pub(super) fn next_item(
        &mut self,
        pos: Position,
        target: &'a Expr,
        state: u16,
        is_async: bool,
        exit: Label,
    ) -> Res {
        let mark = self.unit.mark();
        if is_async {
            let item = self.unit.temp();
            let exception = self.unit.temp();
            let handler = self.unit.asm.new_handler(exception);
            let outer = self.unit.asm.set_handler(handler);
            let iterator = self.unit.temp();
            self.emit(pos, Op::GetAnext, iterator, state, 0);
            self.delegate(pos, iterator, item);
            self.unit.asm.set_handler(outer);
            self.store_target(target, item)?;
            let hot = self.unit.asm.begin_cold();
            self.unit.asm.bind_handler(handler);
            self.emit(pos, Op::EndAsyncFor, exception, 0, 0);
            self.unit.asm.jump(Position::NONE, Op::Jump, 0, exit);
            self.unit.asm.end_cold(hot);
        } else {
            let (item, direct) = self.item_register(target);
            self.unit.asm.loop_step(pos, Instr::abc(Op::ForIter, 0, item, state, 0), exit);
            if direct {
                self.show_line(target);
            } else {
                self.store_target(target, item)?;
            }
        }
        self.unit.release(mark);
        Ok(())
    }

    pub(super) fn jump_out_of_loop(&mut self, node: &impl Ranged, breaks: bool) -> Res {
        let pos = self.pos(node);
        self.emit(pos, Op::Nop, 0, 0, 0);
        let innermost = self.unit.blocks.iter().rev().find_map(|open| match open.block {
            Block::Loop { head, end, back, state } => Some((head, end, back, state)),
            _ => None,
        });
        let wound = self.unwind(pos, true, node.range())?;
        let Some((head, end, back, state)) = innermost else {
            let msg = if breaks { "'break' outside loop" } else { "'continue' not properly in loop" };
            return self.error(node.range(), msg);
        };
        match breaks {
            true => {
                self.close_iteration(wound.pos, state);
                self.unit.asm.jump(wound.pos, Op::Jump, 0, end);
            }
            false => {
                let pos = if back.line == 0 { wound.pos } else { back };
                self.unit.asm.jump(pos, Op::JumpBack, 0, head);
            }
        }
        self.rewind(wound);
        Ok(())
    }

    /// Emits what has to happen when a jump leaves the open blocks: all of them, or those inside the innermost loop.
    /// The blocks are closed until [`Compiler::rewind`].
    pub(super) fn unwind(&mut self, mut pos: Position, to_loop: bool, at: TextRange) -> Res<Wound<'a>> {
        let handler = self.unit.asm.handler();
        let mut blocks = Vec::new();
        while let Some(open) = self.unit.blocks.pop() {
            if to_loop && matches!(open.block, Block::Loop { .. }) {
                self.unit.blocks.push(open);
                break;
            }
            blocks.push(open);
            self.unit.asm.set_handler(open.outer);
            match open.block {
                Block::Loop { state, .. } => self.close_iteration(pos, state),
                Block::Try => {}
                Block::Finally { body } => {
                    self.silent += 1;
                    let result = self.body(body);
                    self.silent -= 1;
                    result?;
                    pos = Position::NONE;
                }
                Block::FinallyEnd { save } => self.emit(pos, Op::PopExcInfo, save, 0, 0),
                Block::With { exit, is_async, pos: with } => {
                    self.leave_context(with, exit, is_async);
                    pos = Position::NONE;
                }
                Block::Handler { save, name } => {
                    self.emit(pos, Op::PopExcInfo, save, 0, 0);
                    if let Some(name) = name {
                        self.unbind(pos, name);
                    }
                }
                Block::GroupHandler => {
                    let msg = "'break', 'continue' and 'return' cannot appear in an except* block";
                    return self.error(at, msg);
                }
            }
        }
        Ok(Wound { blocks, handler, pos })
    }

    /// A loop is left before its iteration has come to its end.
    fn close_iteration(&mut self, pos: Position, state: Option<u16>) {
        if let Some(state) = state {
            self.emit(pos, Op::CloseIter, 0, state, 0);
        }
    }

    /// Opens the blocks again that [`Compiler::unwind`] closed.
    pub(super) fn rewind(&mut self, wound: Wound<'a>) {
        self.unit.blocks.extend(wound.blocks.into_iter().rev());
        self.unit.asm.set_handler(wound.handler);
    }

    /// Calls the exit method of a context manager without an exception. Its registers are free afterwards.
    pub(super) fn leave_context(&mut self, pos: Position, exit: u16, is_async: bool) {
        self.call_with_nones(pos, exit, 3, exit);
        if is_async {
            self.await_value(pos, exit, 2, exit);
        }
    }

    /// None in a new register.
    pub(super) fn none(&mut self, pos: Position) -> u16 {
        let reg = self.unit.temp();
        self.load_const(pos, reg, Const::None);
        reg
    }
}
