//! f-strings and t-strings.

use bytecode::{Const, NO_REGISTER, Op, Position, conversion};
use syntax::ast::{self, ConversionFlag, FStringPart, InterpolatedElement, InterpolatedStringElement};

use super::Compiler;
use crate::source::Res;

/// Strings of more parts are built in steps.
const MAX_PARTS: usize = 128;

/// A part of an f-string: text, or a value to be formatted.
enum Part<'a> {
    Text(Vec<u8>),
    Value(&'a InterpolatedElement),
}

/// The parts in order; neighbouring texts are one.
#[derive(Default)]
struct Parts<'a>(Vec<Part<'a>>);

impl<'a> Parts<'a> {
    fn text(&mut self, text: &[u8]) {
        match self.0.last_mut() {
            Some(Part::Text(last)) => last.extend_from_slice(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Part::Text(text.to_vec())),
        }
    }
}

impl<'a> Compiler<'a> {
    fn collect_parts(&self, elements: &'a [InterpolatedStringElement], raw: bool, parts: &mut Parts<'a>) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => {
                    parts.text(&self.source.literal_part(literal, raw));
                }
                InterpolatedStringElement::Interpolation(value) => {
                    if let Some(debug) = &value.debug_text {
                        parts.text(syntax::debug_text(debug).as_bytes());
                    }
                    parts.0.push(Part::Value(value));
                }
            }
        }
    }

    pub(super) fn f_string(&mut self, node: &'a ast::ExprFString, dst: u16) -> Res {
        let mut parts = Parts::default();
        let mut raw = false;
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => parts.text(&syntax::string_value(self.source.text, literal)),
                FStringPart::FString(part) => {
                    raw = part.flags.prefix().is_raw();
                    self.collect_parts(&part.elements, raw, &mut parts);
                }
            }
        }
        let pos = self.pos(node);
        self.join(pos, parts, raw, dst)
    }

    /// Formats the values and joins all parts.
    fn join(&mut self, pos: Position, parts: Parts<'a>, raw: bool, dst: u16) -> Res {
        let mut parts = parts.0;
        match &mut parts[..] {
            [] => {
                self.load_const(pos, dst, Const::Str([].into()));
                return Ok(());
            }
            [Part::Text(text)] => {
                let text = std::mem::take(text);
                self.load_const(pos, dst, Const::Str(text.into()));
                return Ok(());
            }
            [Part::Value(value)] => return self.format(value, raw, dst),
            _ => {}
        }
        let place = if parts.len() > MAX_PARTS { self.workplace(dst) } else { dst };
        let mut first = true;
        let mut rest = parts.into_iter().peekable();
        while rest.peek().is_some() {
            let mark = self.unit.mark();
            let base = mark.min(0xFFFE) as u16;
            let mut count = 0;
            if !first {
                let so_far = self.unit.temp();
                self.move_to(pos, so_far, place);
                count = 1;
            }
            for part in rest.by_ref().take(MAX_PARTS) {
                let slot = self.unit.temp();
                match part {
                    Part::Text(text) => self.load_const(pos, slot, Const::Str(text.into())),
                    Part::Value(value) => self.format(value, raw, slot)?,
                }
                count += 1;
            }
            self.emit(pos, Op::BuildString, place, base, count);
            self.unit.release(mark);
            first = false;
        }
        self.move_to(pos, dst, place);
        Ok(())
    }

    fn format(&mut self, element: &'a InterpolatedElement, raw: bool, dst: u16) -> Res {
        let mark = self.unit.mark();
        let pos = self.pos(element);
        // A value in a local must not change while the format is evaluated.
        let rebinds = element.format_spec.is_some() && self.has_walrus();
        let value = match rebinds {
            true => self.expr_temp(&element.expression)?,
            false => self.expr_or(&element.expression, dst)?,
        };
        let spec = self.format_spec(element, raw)?;
        self.emit_flags(pos, Op::FormatValue, element_conversion(element), dst, value, spec);
        self.unit.release(mark);
        Ok(())
    }

    fn format_spec(&mut self, element: &'a InterpolatedElement, raw: bool) -> Res<u16> {
        let Some(spec) = &element.format_spec else { return Ok(NO_REGISTER) };
        let mut parts = Parts::default();
        self.collect_parts(&spec.elements, raw, &mut parts);
        let reg = self.unit.temp();
        let pos = self.source.range_pos(spec.range);
        self.join(pos, parts, raw, reg)?;
        Ok(reg)
    }

    pub(super) fn t_string(&mut self, node: &'a ast::ExprTString, dst: u16) -> Res {
        let pos = self.pos(node);
        let mut parts = Parts::default();
        let mut raw = false;
        for part in &node.value {
            raw = part.flags.prefix().is_raw();
            self.collect_parts(&part.elements, raw, &mut parts);
        }
        // There is one string more than interpolations; it is empty where two of those are neighbours.
        let mut strings = vec![Vec::new()];
        let mut values = Vec::new();
        for part in parts.0 {
            match part {
                Part::Text(text) => {
                    if let Some(last) = strings.last_mut() {
                        last.extend_from_slice(&text);
                    }
                }
                Part::Value(value) => {
                    values.push(value);
                    strings.push(Vec::new());
                }
            }
        }
        let strings = strings.into_iter().map(|text| Const::Str(text.into())).collect();
        let (texts, interpolations) = (self.unit.temp(), self.unit.temp());
        self.load_const(pos, texts, Const::Tuple(strings));
        if values.len() <= MAX_PARTS {
            let base = self.unit.mark().min(0xFFFE) as u16;
            for value in &values {
                let slot = self.unit.temp();
                self.interpolation(value, raw, slot)?;
            }
            self.emit(pos, Op::BuildTuple, interpolations, base, values.len() as u16);
        } else {
            self.emit(pos, Op::BuildList, interpolations, interpolations, 0);
            for value in &values {
                let mark = self.unit.mark();
                let slot = self.unit.temp();
                self.interpolation(value, raw, slot)?;
                self.emit(pos, Op::ListAppend, interpolations, slot, 0);
                self.unit.release(mark);
            }
            self.emit(pos, Op::ListToTuple, interpolations, interpolations, 0);
        }
        self.emit(pos, Op::BuildTemplate, dst, texts, interpolations);
        Ok(())
    }

    fn interpolation(&mut self, element: &'a InterpolatedElement, raw: bool, dst: u16) -> Res {
        let mark = self.unit.mark();
        let pos = self.pos(element);
        let (value, text) = (self.unit.temp(), self.unit.temp());
        self.expr_to(&element.expression, value)?;
        let source = match self.source.kept(&element.node_index) {
            Some(kept) => kept.clone(),
            None => crate::constant::string(&syntax::interpolation_text(self.source.text, element)),
        };
        self.load_const(pos, text, source);
        let spec = self.format_spec(element, raw)?;
        self.emit_flags(pos, Op::BuildInterpolation, element_conversion(element), dst, value, spec);
        self.unit.release(mark);
        Ok(())
    }
}

/// `{x=}` shows the representation, if nothing else is asked for.
fn element_conversion(element: &InterpolatedElement) -> u8 {
    match element.conversion {
        ConversionFlag::None if element.debug_text.is_some() && element.format_spec.is_none() => conversion::REPR,
        ConversionFlag::None => conversion::NONE,
        flag => Compiler::conversion(flag),
    }
}
