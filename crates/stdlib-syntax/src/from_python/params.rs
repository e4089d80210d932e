//! Parameters and type parameters.

use object::Value;
use ruff_text_size::{Ranged, TextRange};
use syntax::ast::{self, Expr, Parameter, ParameterWithDefault};

use super::expr::none;
use super::{End, Reader, Res};

impl Reader<'_> {
    /// An `arguments` node.
    pub(super) fn parameters(&mut self, node: Value) -> Res<ast::Parameters> {
        self.enter("arguments")?;
        let class = "arguments";
        let positional_only = self.list(node, "posonlyargs", class, |this, item| this.parameter(item))?;
        let args = self.list(node, "args", class, |this, item| this.parameter(item))?;
        let vararg = self.optional_parameter(node, "vararg")?;
        let keyword_only = self.list(node, "kwonlyargs", class, |this, item| this.parameter(item))?;
        let mut keyword_defaults = self.optional_exprs(node, "kw_defaults", class)?;
        let kwarg = self.optional_parameter(node, "kwarg")?;
        let mut defaults = self.exprs(node, "defaults", class, ast::ExprContext::Load)?;
        let places = positional_only.len() + args.len();
        if defaults.len() > places {
            self.reject("more positional defaults than args on arguments");
            defaults.truncate(places);
        }
        if keyword_defaults.len() != keyword_only.len() {
            self.reject("length of kwonlyargs is not the same as kw_defaults on arguments");
            keyword_defaults.resize_with(keyword_only.len(), || None);
        }
        // The last parameters have the defaults.
        let without = places - defaults.len();
        let mut defaults = std::iter::repeat_with(|| None).take(without).chain(defaults.into_iter().map(Some));
        let mut with_default = |parameter| with_default(parameter, defaults.next().flatten());
        let posonlyargs = positional_only.into_iter().map(&mut with_default).collect();
        let args = args.into_iter().map(&mut with_default).collect();
        let kwonlyargs = keyword_only.into_iter().zip(keyword_defaults);
        let kwonlyargs = kwonlyargs.map(|(parameter, default)| self::with_default(parameter, default)).collect();
        let range = self.here();
        Ok(ast::Parameters { range, node_index: none(), posonlyargs, args, vararg, kwonlyargs, kwarg })
    }

    fn optional_parameter(&mut self, node: Value, field: &str) -> Res<Option<Box<Parameter>>> {
        match self.optional(node, field)? {
            Some(value) => Ok(Some(Box::new(self.parameter(value)?))),
            None => Ok(None),
        }
    }

    /// An `arg` node.
    fn parameter(&mut self, node: Value) -> Res<Parameter> {
        self.enter("arg")?;
        let name = self.required(node, "arg", "arg")?;
        let name = self.identifier_text(name)?;
        let at = self.at(node, "arg", End::Optional)?;
        let start = self.open(at);
        let annotation = self.optional_expr(node, "annotation")?;
        self.type_comment(node, start)?;
        let range = self.close(start, at);
        let name = ast::Identifier::new(name, TextRange::empty(range.start()));
        Ok(Parameter { range, node_index: none(), name, annotation })
    }

    /// The list of type parameters of a definition; an empty one is none.
    pub(super) fn type_params(&mut self, node: Value, class: &str) -> Res<Option<Box<ast::TypeParams>>> {
        let start = self.here().end();
        let type_params = self.list(node, "type_params", class, |this, item| this.type_param(item))?;
        if type_params.is_empty() {
            return Ok(None);
        }
        let range = TextRange::new(start, self.here().end());
        Ok(Some(Box::new(ast::TypeParams { range, node_index: none(), type_params })))
    }

    fn type_param(&mut self, node: Value) -> Res<ast::TypeParam> {
        self.enter("type_param")?;
        let at = self.at(node, "type_param", End::Required)?;
        let class = self.member(node, "type_param")?;
        let start = self.open(at);
        let name = self.name(node, class, self.here())?;
        let bound = if class == "TypeVar" { self.optional_expr(node, "bound")? } else { None };
        let default = self.optional_expr(node, "default_value")?;
        let range = self.close(start, at);
        let node_index = none();
        Ok(match class {
            "TypeVar" => ast::TypeParamTypeVar { node_index, range, name, bound, default }.into(),
            "ParamSpec" => ast::TypeParamParamSpec { node_index, range, name, default }.into(),
            _ => ast::TypeParamTypeVarTuple { node_index, range, name, default }.into(),
        })
    }
}

fn with_default(parameter: Parameter, default: Option<Expr>) -> ParameterWithDefault {
    let range = parameter.range();
    ParameterWithDefault { range, node_index: none(), parameter, default: default.map(Box::new) }
}
