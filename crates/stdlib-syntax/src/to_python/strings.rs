//! f-strings and t-strings.

use object::{R, Raised, Value};
use syntax::ast;

use super::{Convert, Range, range};

impl Convert<'_> {
    /// The parts of interpolated strings; neighbouring literals become one constant.
    fn parts<'e>(&self, strings: impl Iterator<Item = Part<'e>>, template: bool) -> R {
        let list = self.vm.list(&[]);
        let mut literal: Option<(Range, Vec<u8>)> = None;
        let push_text = |literal: &mut Option<(Range, Vec<u8>)>, at: Range, bytes: &[u8]| {
            if bytes.is_empty() {
                return;
            }
            match literal {
                Some((known, text)) => {
                    known.end = at.end;
                    text.extend_from_slice(bytes);
                }
                None => *literal = Some((at, bytes.to_vec())),
            }
        };
        let finish = |literal: &mut Option<(Range, Vec<u8>)>| -> Result<(), Raised> {
            if let Some((at, bytes)) = literal.take() {
                let text = self.text(&bytes);
                list.push(self.vm, self.constant(at, text, Value::NONE)?);
            }
            Ok(())
        };
        for part in strings {
            let (elements, raw) = match part {
                Part::Literal(string) => {
                    push_text(&mut literal, range(string), &syntax::string_value(&self.parsed.source, string));
                    continue;
                }
                Part::Elements(elements, raw) => (elements, raw),
            };
            for element in elements {
                match element {
                    ast::InterpolatedStringElement::Literal(text) => {
                        let bytes = match self.kept(&text.node_index) {
                            Some(bytecode::Const::Str(kept)) => std::borrow::Cow::Borrowed(&kept[..]),
                            _ => syntax::interpolated_literal_value(&self.parsed.source, text, raw),
                        };
                        push_text(&mut literal, range(text), &bytes);
                    }
                    ast::InterpolatedStringElement::Interpolation(own) => {
                        if let Some(debug) = &own.debug_text {
                            let text = syntax::debug_text(debug);
                            let from = range(own).start + 1;
                            push_text(&mut literal, from..from + text.len() as u32, text.as_bytes());
                        }
                        finish(&mut literal)?;
                        list.push(self.vm, self.interpolation(own, raw, template)?);
                    }
                }
            }
        }
        finish(&mut literal)?;
        Ok(list.value())
    }

    fn interpolation(&self, own: &ast::InterpolatedElement, raw: bool, template: bool) -> R {
        let at = range(own);
        let value = self.expr(&own.expression)?;
        let spec = match &own.format_spec {
            None => Value::NONE,
            Some(spec) => {
                let parts = self.parts(std::iter::once(Part::Elements(&spec.elements, raw)), false)?;
                let mut at = range(&**spec);
                if !self.is_made_up() {
                    // The node of a specification starts at its colon.
                    at.start = at.start.saturating_sub(1);
                }
                self.node("JoinedStr", at, &[("values", parts)])?
            }
        };
        let mut conversion = own.conversion;
        if own.debug_text.is_some() && conversion == ast::ConversionFlag::None && spec.is_none() {
            conversion = ast::ConversionFlag::Repr;
        }
        let conversion = self.conversion(conversion);
        if template {
            let text = match self.kept_value(&own.node_index) {
                Some(kept) => kept,
                None => self.vm.str(&syntax::interpolation_text(&self.parsed.source, own)).value(),
            };
            let fields = [("value", value), ("str", text), ("conversion", conversion), ("format_spec", spec)];
            return self.node("Interpolation", at, &fields);
        }
        self.node("FormattedValue", at, &[("value", value), ("conversion", conversion), ("format_spec", spec)])
    }

    pub(super) fn fstring(&self, at: Range, string: &ast::ExprFString) -> R {
        let parts = string.value.iter().map(|part| match part {
            ast::FStringPart::Literal(literal) => Part::Literal(literal),
            ast::FStringPart::FString(own) => Part::Elements(&own.elements, own.flags.prefix().is_raw()),
        });
        let values = self.parts(parts, false)?;
        self.node("JoinedStr", at, &[("values", values)])
    }

    pub(super) fn tstring(&self, at: Range, string: &ast::ExprTString) -> R {
        let parts = string.value.iter().map(|own| Part::Elements(&own.elements, own.flags.prefix().is_raw()));
        let values = self.parts(parts, true)?;
        self.node("TemplateStr", at, &[("values", values)])
    }
}

/// A piece of an interpolated string.
enum Part<'e> {
    Literal(&'e ast::StringLiteral),
    /// Elements, and whether the string is raw.
    Elements(&'e ast::InterpolatedStringElements, bool),
}
