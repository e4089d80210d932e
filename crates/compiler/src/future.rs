//! Future statements.

use syntax::ast::{Mod, Stmt};

use crate::source::{Res, Source};

/// `from __future__ import annotations`
pub const ANNOTATIONS: u32 = 0x100_0000;

const FEATURES: [(&str, u32); 10] = [
    ("nested_scopes", 0),
    ("generators", 0),
    ("division", 0x2_0000),
    ("absolute_import", 0x4_0000),
    ("with_statement", 0x8_0000),
    ("print_function", 0x10_0000),
    ("unicode_literals", 0x20_0000),
    ("barry_as_FLUFL", 0x40_0000),
    ("generator_stop", 0x80_0000),
    ("annotations", ANNOTATIONS),
];

/// All bits that future statements can set.
pub const MASK: u32 = 0x1FE_0000;

/// The bits that the future statements of a module ask for. Statements in the wrong place are found by the lowering:
/// they are those that lie beyond the offset given back.
pub fn scan(module: &Mod, source: &Source) -> Res<(u32, u32)> {
    let Mod::Module(module) = module else { return Ok((0, 0)) };
    let mut bits = 0;
    let mut last = 0;
    for (index, stmt) in module.body.iter().enumerate() {
        match stmt {
            Stmt::ImportFrom(import)
                if import.level == 0 && import.module.as_ref().is_some_and(|name| name.as_str() == "__future__") =>
            {
                for alias in &import.names {
                    let name = alias.name.as_str();
                    match FEATURES.iter().find(|(feature, _)| *feature == name) {
                        Some((_, bit)) => bits |= bit,
                        None if name == "braces" => return Err(source.error(alias.range, "not a chance")),
                        None => {
                            let msg = format!("future feature {name} is not defined");
                            return Err(source.error(alias.range, msg));
                        }
                    }
                }
                last = import.range.end().to_u32();
            }
            Stmt::Expr(expr) if index == 0 && expr.value.is_string_literal_expr() => {}
            _ => break,
        }
    }
    Ok((bits, last))
}

/// The bits that the future statements of a module ask for, whatever else is wrong with them.
pub fn of(module: &Mod) -> u32 {
    let Mod::Module(module) = module else { return 0 };
    let from_future = |stmt: &Stmt| match stmt {
        Stmt::ImportFrom(import) if import.module.as_ref().is_some_and(|name| name.as_str() == "__future__") => {
            let bit = |alias: &syntax::ast::Alias| {
                FEATURES.iter().find(|(feature, _)| *feature == alias.name.as_str()).map_or(0, |(_, bit)| *bit)
            };
            Some(import.names.iter().map(bit).fold(0, |all, bit| all | bit))
        }
        Stmt::Expr(expr) if expr.value.is_string_literal_expr() => Some(0),
        _ => None,
    };
    module.body.iter().map_while(from_future).fold(0, |all, bits| all | bits)
}
