//! Imports.

use bytecode::{Const, Op, Position};
use syntax::ast::{self, Alias};

use super::Compiler;
use crate::constant;
use crate::source::Res;

impl<'a> Compiler<'a> {
    /// Imports a module into `dst`.
    fn import_module(&mut self, pos: Position, module: &str, names: Const, level: u32, dst: u16) {
        let mark = self.unit.mark();
        let (from, at) = (self.unit.temp(), self.unit.temp());
        self.load_const(pos, at, Const::Int(level as i64));
        self.load_const(pos, from, names);
        let name = self.mangle(module);
        self.emit_cached(pos, Op::Import, 0, [dst, from, at], name);
        self.unit.release(mark);
    }

    pub(super) fn import(&mut self, node: &'a ast::StmtImport) -> Res {
        for alias in &node.names {
            let mark = self.unit.mark();
            let pos = self.pos(node);
            let module = self.unit.temp();
            self.import_module(pos, &alias.name, Const::None, 0, module);
            match &alias.asname {
                // `import a.b.c as d` binds the innermost module.
                Some(name) => {
                    for part in alias.name.split('.').skip(1) {
                        let part = self.mangle(part);
                        self.emit_cached(pos, Op::ImportFrom, 0, [module, module, 0], part);
                    }
                    let name = self.mangle(name);
                    self.store(pos, name, module);
                }
                None => {
                    let name = self.mangle(alias.name.split('.').next().unwrap_or_default());
                    self.store(pos, name, module);
                }
            }
            self.unit.release(mark);
        }
        Ok(())
    }

    pub(super) fn import_from(&mut self, node: &'a ast::StmtImportFrom) -> Res {
        let pos = self.pos(node);
        let module = node.module.as_ref().map_or("", |module| module.as_str());
        if node.level == 0
            && module == "__future__"
            && (!self.outer.is_empty() || node.range.end().to_u32() > self.future_end)
        {
            return self.error(node.range, "from __future__ imports must occur at the beginning of the file");
        }
        let mark = self.unit.mark();
        let reg = self.unit.temp();
        let names: Box<[Const]> = node.names.iter().map(|alias| constant::string(&alias.name)).collect();
        self.import_module(pos, module, Const::Tuple(names), node.level, reg);
        for alias in &node.names {
            self.import_name(pos, alias, reg);
        }
        self.unit.release(mark);
        Ok(())
    }

    fn import_name(&mut self, pos: Position, alias: &'a Alias, module: u16) {
        if alias.name.as_str() == "*" {
            self.emit(pos, Op::ImportStar, module, 0, 0);
            return;
        }
        let mark = self.unit.mark();
        let bound = self.mangle(alias.asname.as_ref().unwrap_or(&alias.name));
        let dst = match self.local(bound) {
            Some(reg) => reg,
            None => self.unit.temp(),
        };
        let name = self.mangle(&alias.name);
        self.emit_cached(pos, Op::ImportFrom, 0, [dst, module, 0], name);
        self.store(pos, bound, dst);
        self.unit.release(mark);
    }
}
