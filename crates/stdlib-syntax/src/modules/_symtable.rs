//! `_symtable`: the compiler's symbol tables.

use bytecode::Const;
use compiler::names::Names;
use compiler::symtable::{Scope, ScopeId, ScopeKind, SymbolTable, flag};
use object::{
    Field, GetSet, Kind, List, Module, ModuleDef, NativeData, R, Raised, Ref, Slot, Tracer, TypeDef, Value, ValueExt,
    Vm, natives,
};

use crate::compile::{Request, flags};
use crate::decode::decode;
use crate::errors::raise_syntax_error;

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_symtable", doc: "", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Return symbol and scope dictionaries used internally by compiler.
    "symtable($module, source, filename, startstr, /)" => symtable;
}}

/// Number of the attributes of an entry.
const FIELDS: usize = 8;
const ID: usize = 0;
const NAME: usize = 1;
const LINE: usize = 7;

struct Entry {
    fields: [Field; FIELDS],
}

impl NativeData for Entry {
    fn trace(&self, tracer: &mut Tracer) {
        self.fields.iter().for_each(|field| field.trace(tracer));
    }
}

static ENTRY: TypeDef = TypeDef {
    name: "symtable entry",
    kind: Kind::NATIVE,
    getset: &[
        attribute::<ID>("id"),
        attribute::<NAME>("name"),
        attribute::<2>("symbols"),
        attribute::<3>("varnames"),
        attribute::<4>("children"),
        attribute::<5>("nested"),
        attribute::<6>("type"),
        attribute::<LINE>("lineno"),
    ],
    slots: &[Slot::repr(repr)],
    ..TypeDef::DEFAULT
};

const fn attribute<const N: usize>(name: &'static str) -> GetSet {
    GetSet { name, get: get::<N>, set: None, doc: "", is_member: true }
}

fn field(vm: &Vm, this: Value, index: usize) -> R {
    match vm.as_native::<Entry>(this) {
        Some(entry) => Ok(entry.fields[index].get()),
        None => Err(vm.type_error("a symtable entry is required")),
    }
}

fn get<const N: usize>(vm: &Vm, this: Value) -> R {
    field(vm, this, N)
}

fn repr(vm: &Vm, this: Value) -> R {
    let name = vm.to_str(field(vm, this, NAME)?)?.to_string_lossy();
    let id = vm.to_str(field(vm, this, ID)?)?.to_string_lossy();
    let line = vm.to_str(field(vm, this, LINE)?)?.to_string_lossy();
    Ok(vm.str(&format!("<symtable entry {name}({id}), line {line}>")).value())
}

const SCOPE_OFFSET: i64 = 12;

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    vm.set_state("_symtable.entry", vm.make_type(&ENTRY).value());
    for (name, number) in [
        ("USE", flag::USE),
        ("DEF_GLOBAL", flag::GLOBAL),
        ("DEF_NONLOCAL", flag::NONLOCAL),
        ("DEF_LOCAL", flag::LOCAL),
        ("DEF_PARAM", flag::PARAM),
        ("DEF_TYPE_PARAM", flag::TYPE_PARAM),
        ("DEF_FREE_CLASS", flag::FREE_CLASS),
        ("DEF_IMPORT", flag::IMPORT),
        ("DEF_BOUND", flag::LOCAL | flag::PARAM | flag::IMPORT),
        ("DEF_ANNOT", flag::ANNOT),
        ("DEF_COMP_ITER", flag::COMP_ITER),
        ("DEF_COMP_CELL", flag::COMP_CELL),
        ("TYPE_FUNCTION", number_of(ScopeKind::Function)),
        ("TYPE_CLASS", number_of(ScopeKind::Class)),
        ("TYPE_MODULE", number_of(ScopeKind::Module)),
        ("TYPE_ANNOTATION", number_of(ScopeKind::Annotation)),
        ("TYPE_TYPE_ALIAS", number_of(ScopeKind::TypeAlias)),
        ("TYPE_TYPE_PARAMETERS", number_of(ScopeKind::TypeParameters)),
        ("TYPE_TYPE_VARIABLE", number_of(ScopeKind::TypeVariable)),
        ("LOCAL", 1),
        ("GLOBAL_EXPLICIT", 2),
        ("GLOBAL_IMPLICIT", 3),
        ("FREE", 4),
        ("CELL", 5),
        ("SCOPE_OFF", SCOPE_OFFSET as u32),
        ("SCOPE_MASK", 15),
    ] {
        vm.add_value(module, name, Value::small(number as i64));
    }
    Ok(())
}

fn number_of(kind: ScopeKind) -> u32 {
    match kind {
        ScopeKind::Function => 0,
        ScopeKind::Class => 1,
        ScopeKind::Module => 2,
        ScopeKind::Annotation => 3,
        ScopeKind::TypeAlias => 4,
        ScopeKind::TypeParameters => 5,
        ScopeKind::TypeVariable => 6,
    }
}

fn symtable(vm: &Vm, [_, source, filename, start]: &[Value; 4]) -> R {
    let path = vm.fspath(*filename)?;
    let filename = match vm.as_bytes(path) {
        Some(bytes) => vm.fs_decode(bytes.as_slice()).value(),
        None => path,
    };
    let (bytes, kind) = match vm.as_str(*source) {
        Some(text) => (text.as_bytes().to_vec(), flags::SOURCE_IS_UTF8),
        None if vm.has_buffer(*source) => (vm.bytes_of(*source)?, 0),
        None => return Err(vm.type_error("symtable() arg 1 must be a string or bytes object")),
    };
    let Some(start) = vm.as_str(*start) else {
        let name = vm.type_name(*start);
        return Err(vm.type_error(format!("symtable() argument 3 must be str, not {name}")));
    };
    let mode = start.to_string_lossy();
    if !matches!(mode.as_str(), "exec" | "eval" | "single") {
        return Err(vm.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'"));
    }
    let request = Request::new(vm, filename, &mode, 0, -1);
    let text = decode(vm, &bytes, filename, kind)?;
    let parsed = request.parse(vm, &text)?;
    let (table, names) = match compiler::symbol_table(&parsed, &request.compile_options(vm)) {
        Ok(made) => made,
        Err(error) => return Err(raise_syntax_error(vm, &error, filename, None)),
    };
    // The entries of all scopes: inner ones have higher numbers, so that the children of each are made before it.
    let entries = vm.list(&vec![Value::NONE; table.scopes.len()]);
    for index in (0..table.scopes.len()).rev() {
        let entry = entry(vm, &table, &names, ScopeId(index as u32), entries)?;
        entries.set(vm, index, entry);
    }
    Ok(entries.get(0).unwrap_or(Value::NONE))
}

/// The name that symbol tables show: that of a lambda or comprehension has no brackets here.
fn shown(name: &str) -> &str {
    name.strip_prefix('<').and_then(|name| name.strip_suffix('>')).unwrap_or(name)
}

fn entry(vm: &Vm, table: &SymbolTable, names: &Names, id: ScopeId, entries: Ref<List>) -> R {
    let scope: &Scope = table.scope(id);
    let string = |name| vm.const_value(Const::Str(names.text(name).as_bytes().into()), Value::NONE);
    let symbols = vm.dict();
    for symbol in &scope.symbols {
        let value = symbol.flags as i64 | (symbol.reference as i64) << SCOPE_OFFSET;
        symbols.insert(vm, string(symbol.name), Value::small(value))?;
    }
    let parameters = vm.list(&[]);
    for name in &scope.parameters {
        parameters.push(vm, string(*name));
    }
    let children = vm.list(&[]);
    for child in &scope.children {
        children.push(vm, entries.get(child.0 as usize).unwrap_or(Value::NONE));
    }
    let Some(class) = vm.state_value("_symtable.entry").and_then(|class| class.cast::<object::TypeObj>()) else {
        return Err(vm.system_error("_symtable is not imported"));
    };
    let fields = [
        Value::NONE,
        vm.str(shown(names.text(scope.name))).value(),
        symbols.value(),
        parameters.value(),
        children.value(),
        Value::small(scope.nested as i64),
        Value::small(number_of(scope.kind) as i64),
        Value::small(scope.line as i64),
    ];
    let entry = vm.native(class, Entry { fields: fields.map(Field::new) });
    // Entries live as long as their tables, so that the address tells them apart.
    entry.fields[ID].set(vm, entry, vm.int(vm.identity_hash(entry.value())));
    Ok(entry.value())
}
