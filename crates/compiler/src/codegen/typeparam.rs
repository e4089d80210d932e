//! Type parameters and type aliases (PEP 695, PEP 696).

use bytecode::{Const, Intrinsic1, Intrinsic2, Op, Position, call_flags, function_attr};
use syntax::Ranged;
use syntax::ast::{self, Expr, TypeParam, TypeParams};

use super::Compiler;
use crate::source::Res;
use crate::symtable::Part;
use crate::unit::UnitKind;

impl<'a> Compiler<'a> {
    /// Makes the type parameters, binds their names, and gives back the register of their tuple.
    pub(super) fn type_params(&mut self, params: &'a TypeParams, pos: Position) -> Res<u16> {
        let tuple = self.unit.temp();
        let mark = self.unit.mark();
        let mut run = self.run(tuple);
        let mut with_default = false;
        for param in &params.type_params {
            if with_default && param.default().is_none() {
                let msg = format!("non-default type parameter '{}' follows default type parameter", param.name());
                return self.error(param.range(), msg);
            }
            with_default |= param.default().is_some();
            let slot = self.slot(&mut run);
            self.type_param(param, slot)?;
        }
        self.emit(pos, Op::BuildTuple, tuple, run.base, params.type_params.len().min(0xFFFF) as u16);
        self.unit.release(mark);
        Ok(tuple)
    }

    fn type_param(&mut self, param: &'a TypeParam, dst: u16) -> Res {
        let mark = self.unit.mark();
        let pos = self.pos(param);
        let name = param.name();
        self.load_text(pos, dst, name);
        let default = match param {
            TypeParam::TypeVar(node) => {
                match &node.bound {
                    Some(bound) => {
                        let function = self.evaluator(param, Part::Bound, name, bound, pos)?;
                        let what = match &**bound {
                            Expr::Tuple(_) => Intrinsic2::TypeVarWithConstraints,
                            _ => Intrinsic2::TypeVarWithBound,
                        };
                        self.emit_flags(pos, Op::Intrinsic2, what as u8, dst, dst, function);
                    }
                    None => self.intrinsic(pos, Intrinsic1::TypeVar, dst, dst),
                }
                &node.default
            }
            TypeParam::TypeVarTuple(node) => {
                self.intrinsic(pos, Intrinsic1::TypeVarTuple, dst, dst);
                &node.default
            }
            TypeParam::ParamSpec(node) => {
                self.intrinsic(pos, Intrinsic1::ParamSpec, dst, dst);
                &node.default
            }
        };
        if let Some(default) = default {
            let function = self.evaluator(param, Part::Default, name, default, pos)?;
            self.emit_flags(pos, Op::Intrinsic2, Intrinsic2::SetTypeparamDefault as u8, dst, dst, function);
        }
        let name = self.mangle(name);
        self.store(pos, name, dst);
        self.unit.release(mark);
        Ok(())
    }

    /// The function that evaluates a bound, default or alias when it is asked for.
    fn evaluator<T>(&mut self, node: &'a T, part: Part, name: &str, value: &'a Expr, pos: Position) -> Res<u16> {
        let scope = self.scope_of(node, part, value.range())?;
        self.enter_evaluator(scope, name, pos.line, pos);
        let result = self.unit.temp();
        self.unpacked(value, result)?;
        self.emit(pos, Op::Return, result, 0, 0);
        let free = self.unit.free.clone();
        let code = self.leave()?;
        let function = self.unit.temp();
        self.make_function(pos, code, &free, function);
        let defaults = self.unit.temp();
        self.load_const(pos, defaults, Const::Tuple([Const::Int(1)].into()));
        self.set_attribute(pos, function, function_attr::DEFAULTS, defaults);
        self.unit.release(defaults as u32);
        Ok(function)
    }

    pub(super) fn type_alias(&mut self, node: &'a ast::StmtTypeAlias) -> Res {
        let pos = self.pos(node);
        let Expr::Name(target) = &*node.name else {
            return self.error(node.range, "invalid syntax");
        };
        let mark = self.unit.mark();
        let alias = self.unit.temp();
        match &node.type_params {
            None => self.alias_object(node, target, None, pos, alias)?,
            Some(params) => {
                let scope = self.scope_of(&**params, Part::TypeParameters, node.range)?;
                let name = format!("<generic parameters of {}>", target.id);
                self.enter(scope, UnitKind::TypeParameters, &name, pos.line);
                let result = self.unit.temp();
                self.alias_object(node, target, Some(params), pos, result)?;
                self.emit(pos, Op::Return, result, 0, 0);
                let free = self.unit.free.clone();
                let code = self.leave()?;
                let base = self.unit.temp();
                self.unit.temp();
                self.make_function(pos, code, &free, base);
                self.emit_flags(pos, Op::Call, call_flags::NO_SELF, alias, base, 0);
            }
        }
        let name = self.mangle(&target.id);
        self.store(pos, name, alias);
        self.unit.release(mark);
        Ok(())
    }

    /// Makes the alias of the tuple (name, type parameters, function).
    fn alias_object(
        &mut self,
        node: &'a ast::StmtTypeAlias,
        target: &'a ast::ExprName,
        params: Option<&'a TypeParams>,
        pos: Position,
        dst: u16,
    ) -> Res {
        let mark = self.unit.mark();
        let base = self.unit.temp();
        self.load_text(pos, base, &target.id);
        match params {
            Some(params) => {
                self.type_params(params, pos)?;
            }
            None => {
                self.none(pos);
            }
        }
        self.evaluator(node, Part::Body, &target.id, &node.value, pos)?;
        self.emit(pos, Op::BuildTuple, base, base, 3);
        self.intrinsic(pos, Intrinsic1::TypeAlias, dst, base);
        self.unit.release(mark);
        Ok(())
    }
}
