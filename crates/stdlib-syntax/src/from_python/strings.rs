//! f-strings and t-strings.
//!
//! In Python's trees the parts of such a string are any expressions, and a replacement field is an expression of its
//! own. Here an expression that is no text becomes a field without conversion or format, whose result is the same for
//! strings; and a field that stands alone becomes a string of just that field.

use bytecode::Const;
use object::{TypeId, Value};
use ruff_text_size::TextRange;
use syntax::ast::{self, ConversionFlag, Expr, ExprContext, InterpolatedElement, InterpolatedStringElement};

use super::constant::constant_of;
use super::expr::none;
use super::{At, End, Reader, Res};

impl Reader<'_> {
    pub(super) fn joined(&mut self, node: Value, start: u32, at: At) -> Res<Expr> {
        let elements = self.parts(node, "JoinedStr", false)?;
        let range = self.close(start, at);
        Ok(f_string(elements, range))
    }

    pub(super) fn template(&mut self, node: Value, start: u32, at: At) -> Res<Expr> {
        let elements = self.parts(node, "TemplateStr", true)?;
        let range = self.close(start, at);
        Ok(t_string(elements, range))
    }

    /// A replacement field that is no part of a string.
    pub(super) fn lone_value(&mut self, node: Value, start: u32, at: At) -> Res<Expr> {
        let element = self.field(node, "FormattedValue", start, at)?;
        let range = element.range;
        Ok(f_string(vec![element.into()], range))
    }

    /// An interpolation that is no part of a string: the only one of a template.
    pub(super) fn lone_interpolation(&mut self, node: Value, start: u32, at: At) -> Res<Expr> {
        let element = self.field(node, "Interpolation", start, at)?;
        let range = element.range;
        let ctx = ExprContext::Load;
        let attr = ast::Identifier::new("interpolations", TextRange::empty(range.end()));
        let value = Box::new(t_string(vec![element.into()], range));
        let value = Box::new(ast::ExprAttribute { node_index: none(), range, value, attr, ctx }.into());
        let slice = ast::ExprNumberLiteral { node_index: none(), range, value: ast::Number::Int(ast::Int::ZERO) };
        Ok(ast::ExprSubscript { node_index: none(), range, value, slice: Box::new(slice.into()), ctx }.into())
    }

    fn parts(&mut self, node: Value, class: &str, template: bool) -> Res<Vec<InterpolatedStringElement>> {
        self.list(node, "values", class, |this, item| {
            if item.is_none() {
                this.reject("None disallowed in expression list");
                return Ok(literal(String::new().into(), this.here()));
            }
            this.part(item, template)
        })
    }

    fn part(&mut self, node: Value, template: bool) -> Res<InterpolatedStringElement> {
        self.enter("expr")?;
        let at = self.at(node, "expr", End::Optional)?;
        let class = self.member(node, "expr")?;
        match class {
            "FormattedValue" if !template => {
                let start = self.open(at);
                return Ok(self.field(node, class, start, at)?.into());
            }
            "Interpolation" if template => {
                let start = self.open(at);
                return Ok(self.field(node, class, start, at)?.into());
            }
            "Constant" => {
                let value = self.present(node, "value", class)?;
                self.string(node, "kind")?;
                if let Ok(Const::Str(text)) = constant_of(self.vm, value)? {
                    let start = self.open(at);
                    let range = self.close(start, at);
                    let (value, node_index) = self.text(text);
                    return Ok(ast::InterpolatedStringLiteralElement { range, node_index, value }.into());
                }
            }
            _ => {}
        }
        if template {
            let text = format!("a TemplateStr can have no {class} as a value");
            return Err(self.vm.raise(TypeId::NotImplementedError, &text));
        }
        let start = self.open(at);
        let expression = Box::new(self.expr(node, ExprContext::Load)?);
        let range = self.close(start, at);
        Ok(InterpolatedElement {
            range,
            node_index: none(),
            expression,
            debug_text: None,
            conversion: ConversionFlag::None,
            format_spec: None,
        }
        .into())
    }

    /// A `FormattedValue` or `Interpolation`.
    fn field(&mut self, node: Value, class: &str, start: u32, at: At) -> Res<InterpolatedElement> {
        let expression = self.boxed(node, "value", class)?;
        let mut node_index = none();
        if class == "Interpolation" {
            let text = self.present(node, "str", class)?;
            match constant_of(self.vm, text)? {
                Ok(text @ Const::Str(_)) => node_index = self.literals.add(text),
                Ok(_) => {
                    let text = "the text of an Interpolation must be a string";
                    return Err(self.vm.raise(TypeId::NotImplementedError, text));
                }
                Err(wrong) => {
                    let text = format!("got an invalid type in Constant: {}", self.vm.type_name(wrong));
                    self.reject_as(TypeId::TypeError, text);
                }
            }
        }
        let conversion = match self.int(node, "conversion", class)? {
            -1 => ConversionFlag::None,
            115 => ConversionFlag::Str,
            114 => ConversionFlag::Repr,
            97 => ConversionFlag::Ascii,
            other => {
                self.reject_as(TypeId::SystemError, format!("Unrecognized conversion character {other}"));
                ConversionFlag::None
            }
        };
        let format_spec = match self.optional(node, "format_spec")? {
            Some(spec) => Some(Box::new(self.format_spec(spec)?)),
            None => None,
        };
        let range = self.close(start, at);
        Ok(InterpolatedElement { range, node_index, expression, debug_text: None, conversion, format_spec })
    }

    fn format_spec(&mut self, node: Value) -> Res<ast::InterpolatedStringFormatSpec> {
        self.enter("expr")?;
        let at = self.at(node, "expr", End::Optional)?;
        let class = self.member(node, "expr")?;
        let start = self.open(at);
        let elements = match class {
            "JoinedStr" => self.parts(node, class, false)?,
            _ => vec![self.part(node, false)?],
        };
        let range = self.close(start, at);
        Ok(ast::InterpolatedStringFormatSpec { range, node_index: none(), elements: elements.into() })
    }
}

fn literal(value: Box<str>, range: TextRange) -> InterpolatedStringElement {
    ast::InterpolatedStringLiteralElement { range, node_index: none(), value }.into()
}

fn f_string(elements: Vec<InterpolatedStringElement>, range: TextRange) -> Expr {
    let flags = ast::FStringFlags::empty();
    let string = ast::FString { range, node_index: none(), elements: elements.into(), flags };
    ast::ExprFString { node_index: none(), range, value: ast::FStringValue::single(string) }.into()
}

fn t_string(elements: Vec<InterpolatedStringElement>, range: TextRange) -> Expr {
    let flags = ast::TStringFlags::empty();
    let string = ast::TString { range, node_index: none(), elements: elements.into(), flags };
    ast::ExprTString { node_index: none(), range, value: ast::TStringValue::single(string) }.into()
}
