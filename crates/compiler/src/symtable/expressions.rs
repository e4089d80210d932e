//! The names in expressions.

use syntax::ast::{self, Expr, ExprContext, InterpolatedStringElement};
use syntax::{Ranged, TextRange};

use super::build::Builder;
use super::{Comprehension, Part, ScopeKind, SymbolTable, flag, key};
use crate::names::known;
use crate::source::Res;

impl<'a> Builder<'a, '_> {
    pub(super) fn exprs(&mut self, exprs: &'a [Expr]) -> Res {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    pub(super) fn optional(&mut self, expr: &'a Option<Box<Expr>>) -> Res {
        expr.as_ref().map_or(Ok(()), |expr| self.expr(expr))
    }

    pub(super) fn expr(&mut self, expr: &'a Expr) -> Res {
        match expr {
            // By far the most frequent nodes, kept out of the stack check.
            Expr::Name(name) => self.name(name),
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => Ok(()),
            _ => stacker::maybe_grow(crate::RED_ZONE, crate::STACK_STEP, || self.compound(expr)),
        }
    }

    fn name(&mut self, name: &'a ast::ExprName) -> Res {
        if self.cur().in_unevaluated_annotation {
            return Ok(());
        }
        let load = name.ctx == ExprContext::Load;
        if name.ctx == ExprContext::Del && name.id.as_str() == "__debug__" {
            return Err(self.source.error(name.range, "cannot delete __debug__"));
        }
        self.add(&name.id, if load { flag::USE } else { flag::LOCAL }, name.range)?;
        if load && name.id.as_str() == "super" && self.cur().is_function_like() {
            self.add_known(known::CLASS, flag::USE);
        }
        Ok(())
    }

    fn compound(&mut self, expr: &'a Expr) -> Res {
        match expr {
            Expr::BoolOp(node) => self.exprs(&node.values),
            Expr::Named(node) => self.walrus(node),
            Expr::BinOp(node) => {
                // Chains of operators are as deep as they are long: walk down their left side without recursion.
                let mut spine = vec![&*node.right];
                let mut left = &*node.left;
                while let Expr::BinOp(node) = left {
                    spine.push(&node.right);
                    left = &node.left;
                }
                self.expr(left)?;
                spine.into_iter().rev().try_for_each(|right| self.expr(right))
            }
            Expr::UnaryOp(node) => self.expr(&node.operand),
            Expr::Lambda(node) => self.lambda(node),
            Expr::If(node) => {
                self.expr(&node.test)?;
                self.expr(&node.body)?;
                self.expr(&node.orelse)
            }
            Expr::Dict(node) => node.items.iter().try_for_each(|item| {
                item.key.iter().try_for_each(|key| self.expr(key))?;
                self.expr(&item.value)
            }),
            Expr::Set(node) => self.exprs(&node.elts),
            Expr::ListComp(node) => {
                self.comprehension(node, node.range, Comprehension::List, &node.generators, None, &node.elt)
            }
            Expr::SetComp(node) => {
                self.comprehension(node, node.range, Comprehension::Set, &node.generators, None, &node.elt)
            }
            Expr::DictComp(node) => {
                let value = Some(&*node.value);
                let key = node.key.as_deref().unwrap_or(&node.value);
                self.comprehension(node, node.range, Comprehension::Dict, &node.generators, value, key)
            }
            Expr::Generator(node) => {
                self.comprehension(node, node.range, Comprehension::Generator, &node.generators, None, &node.elt)
            }
            Expr::Await(node) => {
                self.await_allowed(node.range)?;
                self.expr(&node.value)?;
                self.cur().coroutine = true;
                Ok(())
            }
            Expr::Yield(node) => {
                self.not_in_annotation("yield expression", node.range)?;
                self.optional(&node.value)?;
                self.cur().generator = true;
                self.yield_in_comprehension(expr)
            }
            Expr::YieldFrom(node) => {
                self.not_in_annotation("yield expression", node.range)?;
                self.expr(&node.value)?;
                self.cur().generator = true;
                self.yield_in_comprehension(expr)
            }
            Expr::Compare(node) => {
                self.expr(&node.left)?;
                self.exprs(&node.comparators)
            }
            Expr::Call(node) => {
                self.expr(&node.func)?;
                self.arguments(&node.arguments)
            }
            Expr::FString(node) => node.value.iter().try_for_each(|part| match part {
                ast::FStringPart::Literal(_) => Ok(()),
                ast::FStringPart::FString(part) => self.interpolations(&part.elements),
            }),
            Expr::TString(node) => node.value.iter().try_for_each(|part| self.interpolations(&part.elements)),
            Expr::Attribute(node) => self.expr(&node.value),
            Expr::Subscript(node) => {
                self.expr(&node.value)?;
                self.expr(&node.slice)
            }
            Expr::Starred(node) => self.expr(&node.value),
            Expr::List(node) => self.exprs(&node.elts),
            Expr::Tuple(node) => self.exprs(&node.elts),
            Expr::Slice(node) => {
                self.optional(&node.lower)?;
                self.optional(&node.upper)?;
                self.optional(&node.step)
            }
            _ => self.expr(expr),
        }
    }

    pub(super) fn arguments(&mut self, arguments: &'a ast::Arguments) -> Res {
        self.exprs(&arguments.args)?;
        arguments.keywords.iter().try_for_each(|keyword| {
            if keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == "__debug__") {
                return Err(self.source.error(keyword.range, "cannot assign to __debug__"));
            }
            self.expr(&keyword.value)
        })
    }

    fn interpolations(&mut self, elements: &'a [InterpolatedStringElement]) -> Res {
        elements.iter().try_for_each(|element| match element {
            InterpolatedStringElement::Literal(_) => Ok(()),
            InterpolatedStringElement::Interpolation(part) => {
                self.expr(&part.expression)?;
                part.format_spec.as_ref().map_or(Ok(()), |spec| self.interpolations(&spec.elements))
            }
        })
    }

    fn lambda(&mut self, node: &'a ast::ExprLambda) -> Res {
        if let Some(parameters) = &node.parameters {
            self.defaults(parameters)?;
        }
        let name = self.names.intern("<lambda>");
        self.enter(ScopeKind::Function, name, (key(node, Part::Body), self.source.line(node.start())));
        if let Some(parameters) = &node.parameters {
            self.parameters(parameters)?;
        }
        self.expr(&node.body)?;
        self.exit();
        Ok(())
    }

    fn walrus(&mut self, node: &'a ast::ExprNamed) -> Res {
        self.not_in_annotation("named expression", node.range)?;
        if self.cur().comp_iter_expr > 0 {
            let msg = "assignment expression cannot be used in a comprehension iterable expression";
            return Err(self.source.error(node.range, msg));
        }
        let Expr::Name(target) = &*node.target else { return self.expr(&node.value) };
        if self.cur().comprehension != Comprehension::No {
            self.bind_outside(target)?;
        } else {
            let name = self.mangle(&target.id);
            self.cur().walrus_targets.push(name);
        }
        self.expr(&node.value)?;
        self.add(&target.id, flag::LOCAL, target.range)
    }

    /// A walrus operator in a comprehension binds in the scope around the comprehensions.
    fn bind_outside(&mut self, target: &'a ast::ExprName) -> Res {
        let (text, at) = (target.id.as_str(), target.range);
        let name = self.mangle(text);
        for index in (0..self.stack.len()).rev() {
            let id = self.stack[index];
            let scope = self.table.scope(id);
            if scope.kind == ScopeKind::Annotation {
                continue;
            }
            if scope.comprehension != Comprehension::No {
                let flags = scope.flags(name);
                if flags & flag::COMP_ITER != 0 && flags & (flag::LOCAL | flag::GLOBAL) != 0 {
                    let msg = format!("assignment expression cannot rebind comprehension iteration variable '{text}'");
                    return Err(self.source.error(at, msg));
                }
                continue;
            }
            let place = match scope.kind {
                ScopeKind::Function => {
                    let global = scope.flags(name) & flag::GLOBAL != 0;
                    self.table.scope_mut(id).walrus_targets.push(name);
                    self.add(text, if global { flag::GLOBAL } else { flag::NONLOCAL }, at)?;
                    self.directive(text, at);
                    return self.add_to(id, name, text, flag::LOCAL, at);
                }
                ScopeKind::Module => {
                    self.add(text, flag::GLOBAL, at)?;
                    self.directive(text, at);
                    return self.add_to(SymbolTable::MODULE, name, text, flag::GLOBAL, at);
                }
                ScopeKind::Class => "a class body",
                ScopeKind::TypeParameters => "the definition of a generic",
                ScopeKind::TypeAlias => "a type alias",
                ScopeKind::TypeVariable | ScopeKind::Annotation => "a TypeVar bound",
            };
            let msg = match scope.kind {
                ScopeKind::TypeParameters => {
                    format!("assignment expression within a comprehension cannot be used within {place}")
                }
                _ => format!("assignment expression within a comprehension cannot be used in {place}"),
            };
            return Err(self.source.error(at, msg));
        }
        Ok(())
    }

    fn comprehension<T>(
        &mut self,
        node: &'a T,
        at: TextRange,
        kind: Comprehension,
        generators: &'a [ast::Comprehension],
        value: Option<&'a Expr>,
        element: &'a Expr,
    ) -> Res {
        let Some((first, rest)) = generators.split_first() else { return Ok(()) };
        // The first iterable is evaluated outside.
        self.cur().comp_iter_expr += 1;
        self.expr(&first.iter)?;
        self.cur().comp_iter_expr -= 1;
        let name = self.names.intern(match kind {
            Comprehension::List => "<listcomp>",
            Comprehension::Set => "<setcomp>",
            Comprehension::Dict => "<dictcomp>",
            Comprehension::Generator | Comprehension::No => "<genexpr>",
        });
        self.enter(ScopeKind::Function, name, (key(node, Part::Body), self.source.line(at.start())));
        let scope = self.cur();
        scope.comprehension = kind;
        scope.coroutine = first.is_async;
        self.add_known(known::DOT_ZERO, flag::PARAM);
        self.comprehension_target(&first.target)?;
        self.exprs(&first.ifs)?;
        for generator in rest {
            self.comprehension_target(&generator.target)?;
            self.cur().comp_iter_expr += 1;
            self.expr(&generator.iter)?;
            self.cur().comp_iter_expr -= 1;
            self.exprs(&generator.ifs)?;
            if generator.is_async {
                self.cur().coroutine = true;
            }
        }
        value.map_or(Ok(()), |value| self.expr(value))?;
        self.expr(element)?;
        let generator = kind == Comprehension::Generator;
        let scope = self.cur();
        scope.generator = generator;
        let is_async = scope.coroutine && !generator;
        self.exit();
        if is_async { self.async_comprehension(at) } else { Ok(()) }
    }

    fn comprehension_target(&mut self, target: &'a Expr) -> Res {
        self.cur().comp_iter_target = true;
        self.expr(target)?;
        self.cur().comp_iter_target = false;
        Ok(())
    }
}
