//! Assignment, deletion and their targets.

use bytecode::Op;
use syntax::Ranged;
use syntax::ast::{self, Expr};

use super::Compiler;
use super::operator::binary_operator;
use crate::source::Res;

impl<'a> Compiler<'a> {
    pub(super) fn assign(&mut self, node: &'a ast::StmtAssign) -> Res {
        let mark = self.unit.mark();
        let (targets, value) = (&node.targets, &*node.value);
        match (&targets[..], value) {
            ([target @ (Expr::Tuple(_) | Expr::List(_))], Expr::Tuple(_) | Expr::List(_))
                if self.assign_in_parallel(target, value)? => {}
            ([Expr::Name(name), rest @ ..], _)
                if rest.iter().all(Expr::is_name_expr)
                    && !self.keeps_place(value)
                    && self.target_register(name).is_some() =>
            {
                // The value is computed where it belongs. Other targets than names could rebind that local.
                let reg = self.target_register(name).unwrap_or_default();
                self.expr_to(value, reg)?;
                if !self.stores_silently(value) {
                    self.show_line(name);
                }
                for target in &targets[1..] {
                    self.store_target(target, reg)?;
                }
            }
            _ => {
                let reg = match (&targets[..], value) {
                    // The value must outlive what the targets do.
                    (_, Expr::Name(_) | Expr::Named(_)) if targets.len() > 1 || self.has_walrus() => {
                        self.expr_temp(value)?
                    }
                    _ => self.expr(value)?,
                };
                for target in targets {
                    self.store_target(target, reg)?;
                }
            }
        }
        self.unit.release(mark);
        Ok(())
    }

    /// Is the value in a local already?
    fn keeps_place(&mut self, value: &Expr) -> bool {
        match value {
            Expr::Name(name) => self.target_register(name).is_some(),
            _ => false,
        }
    }

    /// `a, b = x, y` without making the tuple.
    fn assign_in_parallel(&mut self, target: &'a Expr, value: &'a Expr) -> Res<bool> {
        let items = |expr: &'a Expr| match expr {
            Expr::Tuple(node) => Some(&node.elts[..]),
            Expr::List(node) => Some(&node.elts[..]),
            _ => None,
        };
        let (Some(targets), Some(values)) = (items(target), items(value)) else { return Ok(false) };
        let starred = targets.iter().chain(values).any(Expr::is_starred_expr);
        let nested = targets.iter().any(|target| matches!(target, Expr::Tuple(_) | Expr::List(_)));
        if targets.len() != values.len() || targets.len() > 16 || starred || nested {
            return Ok(false);
        }
        let mut registers = Vec::with_capacity(targets.len());
        for target in targets {
            registers.push(match target {
                Expr::Name(name) => self.target_register(name),
                _ => None,
            });
        }
        let plain = registers.iter().all(Option::is_some);
        if !plain && self.has_walrus() {
            return Ok(false);
        }
        // Constants are not needed before they are assigned.
        let mut sources: Vec<Option<u16>> = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let later: Vec<&Expr> = values[index + 1..].iter().collect();
            let earlier = &registers[..index];
            sources.push(match value {
                _ if self.constant(value).is_some() => None,
                Expr::Name(name) => {
                    // A target in front, or a later value, could change the local first.
                    let reg = self.target_register(name);
                    let safe = reg.is_some() && !earlier.contains(&reg) && !self.rebinds(&name.id, &later);
                    Some(if safe { self.expr(value)? } else { self.expr_temp(value)? })
                }
                _ => {
                    // The last value can go where it belongs, if nothing that is assigned later is read from there.
                    let own = registers[index].filter(|reg| {
                        plain && later.is_empty() && !sources.contains(&Some(*reg)) && !earlier.contains(&Some(*reg))
                    });
                    Some(match own {
                        Some(reg) => {
                            self.expr_to(value, reg)?;
                            self.show_line(&targets[index]);
                            reg
                        }
                        None => self.expr_temp(value)?,
                    })
                }
            });
        }
        let mut in_place = Vec::new();
        for (index, (target, source)) in targets.iter().zip(sources).enumerate() {
            match (source, registers[index]) {
                (Some(source), _) => self.store_target(target, source)?,
                (None, Some(reg)) => {
                    self.expr_to(&values[index], reg)?;
                    in_place.push(target);
                }
                (None, None) => {
                    let source = self.expr_temp(&values[index])?;
                    self.store_target(target, source)?;
                }
            }
        }
        in_place.into_iter().for_each(|target| self.show_line(target));
        Ok(true)
    }

    /// Assigns the value in a register to a target.
    pub(super) fn store_target(&mut self, target: &'a Expr, value: u16) -> Res {
        let mark = self.unit.mark();
        match target {
            Expr::Name(node) => {
                let pos = self.pos(node);
                let name = self.mangle(&node.id);
                self.store(pos, name, value);
            }
            Expr::Attribute(node) => {
                self.assignable(&node.attr, node.range)?;
                let object = self.expr(&node.value)?;
                self.store_attribute(node, object, value);
            }
            Expr::Subscript(node) => {
                self.check_subscripter(&node.value);
                self.check_index(&node.value, &node.slice);
                let pos = self.pos(node);
                let object = self.held(&node.value, &[&node.slice])?;
                match self.two_part_slice(&node.slice)? {
                    Some(parts) => self.emit(pos, Op::StoreSlice, object, value, parts),
                    None => {
                        let index = self.expr(&node.slice)?;
                        self.emit(pos, Op::StoreSubscr, object, value, index);
                    }
                }
            }
            Expr::Tuple(node) => self.unpack(&node.elts, target, value)?,
            Expr::List(node) => self.unpack(&node.elts, target, value)?,
            Expr::Starred(node) => {
                return self.error(node.range, "starred assignment target must be in a list or tuple");
            }
            _ => return self.error(target.range(), "cannot assign to this expression"),
        }
        self.unit.release(mark);
        Ok(())
    }

    fn store_attribute(&mut self, node: &'a ast::ExprAttribute, object: u16, value: u16) {
        let pos = self.attribute_pos(self.pos(node), node);
        let name = self.mangle(&node.attr);
        self.note_static_attribute(&node.value, name);
        self.emit_cached(pos, Op::StoreAttr, 0, [object, value, 0], name);
    }

    fn unpack(&mut self, targets: &'a [Expr], node: &Expr, value: u16) -> Res {
        let pos = self.pos(node);
        let count = targets.len();
        let starred = targets.iter().position(Expr::is_starred_expr);
        if let Some(star) = starred {
            if targets[star + 1..].iter().any(Expr::is_starred_expr) {
                return self.error(node.range(), "multiple starred expressions in assignment");
            }
            if star > 0xFF || count - star - 1 > 0xFFFF {
                return self.error(node.range(), "too many expressions in star-unpacking assignment");
            }
        }
        // Adjacent plain locals are filled directly: the instruction writes all or nothing.
        let direct = if starred.is_none() { self.adjacent(targets) } else { None };
        let base = match direct {
            Some(base) => base,
            None => {
                let base = self.unit.mark().min(0xFFFE) as u16;
                for _ in 0..count.max(1) {
                    self.unit.temp();
                }
                base
            }
        };
        match starred {
            Some(star) => {
                let behind = (count - star - 1) as u16;
                self.emit_flags(pos, Op::UnpackStar, star as u8, base, value, behind);
            }
            None => self.emit(pos, Op::UnpackSequence, base, value, count.min(0xFFFF) as u16),
        }
        if direct.is_some() {
            return Ok(());
        }
        for (index, target) in targets.iter().enumerate() {
            let target = match target {
                Expr::Starred(node) => &node.value,
                _ => target,
            };
            self.store_target(target, (base as usize + index).min(0xFFFE) as u16)?;
        }
        Ok(())
    }

    /// The first of the targets' registers, if they are locals that lie side by side.
    fn adjacent(&mut self, targets: &'a [Expr]) -> Option<u16> {
        let mut first = None;
        for (index, target) in targets.iter().enumerate() {
            let Expr::Name(name) = target else { return None };
            let reg = self.target_register(name)?;
            let first = *first.get_or_insert(reg);
            if reg as usize != first as usize + index {
                return None;
            }
        }
        first
    }

    pub(super) fn augmented(&mut self, node: &'a ast::StmtAugAssign) -> Res {
        let mark = self.unit.mark();
        let pos = self.pos(node);
        let operator = binary_operator(node.op, true);
        let constant = self.constant(&node.value);
        match &*node.target {
            Expr::Name(target) => {
                let at = self.pos(target);
                let name = self.mangle(&target.id);
                match self.local(name) {
                    Some(reg) => {
                        self.check_bound(at, reg);
                        let left = if self.rebinds(&target.id, &[&node.value]) {
                            let copy = self.unit.temp();
                            self.move_to(at, copy, reg);
                            copy
                        } else {
                            reg
                        };
                        self.operate(pos, operator, reg, left, &node.value, constant)?;
                    }
                    None => {
                        let place = self.unit.temp();
                        self.load(at, name, place);
                        self.operate(pos, operator, place, place, &node.value, constant)?;
                        self.store(at, name, place);
                    }
                }
            }
            Expr::Attribute(target) => {
                self.assignable(&target.attr, target.range)?;
                let object = self.held(&target.value, &[&node.value])?;
                let place = self.unit.temp();
                let at = self.attribute_pos(self.pos(target), target);
                let name = self.mangle(&target.attr);
                self.emit_cached(at, Op::LoadAttr, 0, [place, object, 0], name);
                self.operate(pos, operator, place, place, &node.value, constant)?;
                self.emit_cached(at, Op::StoreAttr, 0, [object, place, 0], name);
            }
            Expr::Subscript(target) => {
                self.check_subscripter(&target.value);
                self.check_index(&target.value, &target.slice);
                let at = self.pos(target);
                let object = self.held(&target.value, &[&target.slice, &node.value])?;
                match self.two_part_slice(&target.slice)? {
                    Some(parts) => {
                        let place = self.unit.temp();
                        self.emit(at, Op::LoadSlice, place, object, parts);
                        self.operate(pos, operator, place, place, &node.value, constant)?;
                        self.emit(at, Op::StoreSlice, object, place, parts);
                    }
                    None => {
                        let index = self.held(&target.slice, &[&node.value])?;
                        let place = self.unit.temp();
                        self.emit(at, Op::LoadSubscr, place, object, index);
                        self.operate(pos, operator, place, place, &node.value, constant)?;
                        self.emit(at, Op::StoreSubscr, object, place, index);
                    }
                }
            }
            target => return self.error(target.range(), "illegal expression for augmented assignment"),
        }
        self.unit.release(mark);
        Ok(())
    }

    pub(super) fn delete_target(&mut self, target: &'a Expr) -> Res {
        let mark = self.unit.mark();
        let pos = self.pos(target);
        match target {
            Expr::Name(node) => {
                let name = self.mangle(&node.id);
                self.delete(pos, name);
            }
            Expr::Attribute(node) => {
                if node.attr.as_str() == "__debug__" {
                    return self.error(node.range, "cannot delete __debug__");
                }
                let object = self.expr(&node.value)?;
                let at = self.attribute_pos(pos, node);
                let name = self.mangle(&node.attr);
                self.emit_name(at, Op::DeleteAttr, object, name);
            }
            Expr::Subscript(node) => {
                self.check_subscripter(&node.value);
                self.check_index(&node.value, &node.slice);
                let object = self.held(&node.value, &[&node.slice])?;
                let index = self.expr(&node.slice)?;
                self.emit(pos, Op::DeleteSubscr, object, index, 0);
            }
            Expr::Tuple(node) => node.elts.iter().try_for_each(|item| self.delete_target(item))?,
            Expr::List(node) => node.elts.iter().try_for_each(|item| self.delete_target(item))?,
            _ => return self.error(target.range(), "can't use starred expression here"),
        }
        self.unit.release(mark);
        Ok(())
    }

    /// The register into which the next item of a loop goes: that of the target, if it is a plain local.
    pub(super) fn item_register(&mut self, target: &'a Expr) -> (u16, bool) {
        if let Expr::Name(name) = target
            && let Some(reg) = self.target_register(name)
        {
            return (reg, true);
        }
        (self.unit.temp(), false)
    }
}
