//! `_ast`: the node classes of syntax trees.

mod table;

pub use table::{NODES, Node};

use object::{
    Args, Dict, Kind, Module, ModuleDef, R, Raised, Ref, Str, Tuple, TypeDef, TypeId, TypeObj, Value, ValueExt, Vm,
    native, natives, type_flags,
};


/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_ast", doc: "", functions: &[], exec };

static AST: TypeDef = TypeDef {
    name: "AST",
    module: "ast",
    kind: Kind::INSTANCE,
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::WEAKREF,
    init: Some({ static DEF: object::native::NativeDef = native! {
        /// Initialize self.
        "AST(...)" -> init }; &DEF }),
    methods: &[METHODS],
    slots: &[object::Slot::repr(repr)],
    ..TypeDef::DEFAULT
};

natives! { static METHODS: {
    /// Helper for pickle.
    "__reduce__($self, /)" => reduce;
    /// Return a copy of the AST node with new values for the specified fields.
    "__replace__($self, /, **fields)" => replace;
}}

// What `builtins.compile` calls with trees.
natives! { static COMPILE: {
    /// Compile a tree.
    "compile_ast($module, source, filename, mode, flags, optimize, feature_version, /)" => crate::compile::compile_ast;
}}

/// The classes of nodes by name. An interpreter makes them once, whatever becomes of the module.
pub fn classes(vm: &Vm) -> Result<Ref<Dict>, Raised> {
    if let Some(known) = vm.state_value("ast.classes").and_then(|known| known.cast::<Dict>()) {
        return Ok(known);
    }
    let classes = vm.dict();
    vm.set_state("ast.classes", classes.value());
    make_classes(vm, classes)?;
    Ok(classes)
}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for entry in classes(vm)?.iter() {
        if let Some(name) = vm.as_str(entry.key) {
            module.dict().insert_str(vm, name, entry.value);
        }
    }
    for (name, value) in [
        ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
        ("PyCF_ONLY_AST", 0x400),
        ("PyCF_TYPE_COMMENTS", 0x1000),
        ("PyCF_OPTIMIZED_AST", 0x8400),
    ] {
        vm.add_value(module, name, Value::small(value));
    }
    Ok(())
}

fn make_classes(vm: &Vm, classes: Ref<Dict>) -> Result<(), Raised> {
    let ast = vm.make_type(&AST);
    // Its lists of names can be changed as those of its subclasses can.
    ast.set_flags(type_flags::IMMUTABLE, false);
    classes.insert_str(vm, vm.intern(AST.name), ast.value());
    for name in ["_fields", "_attributes", "__match_args__"] {
        ast.dict().insert_str(vm, vm.intern(name), vm.tuple(&[]).value());
    }
    ast.dict().insert_str(vm, vm.names.__dict__, object::descr::getset(vm, ast, &object::class::DICT_GETSET));
    vm.set_state("ast.AST", ast.value());
    let functions = vm.dict();
    vm.add_functions(functions, COMPILE, Value::NONE, "_ast");
    if let Some(compile) = functions.get_str(vm, vm.intern("compile_ast")) {
        vm.set_state("compile_ast", compile);
    }
    for node in NODES {
        make_class(vm, classes, node)?;
    }
    for node in NODES {
        field_types(vm, classes, node)?;
    }
    Ok(())
}

/// The names and types of fields.
fn split(fields: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    fields.split_whitespace().filter_map(|field| field.split_once(':'))
}

fn names(vm: &Vm, fields: &'static str) -> Value {
    let list = vm.list(&[]);
    for (name, _) in split(fields) {
        list.push(vm, vm.intern(name).value());
    }
    vm.tuple(list.items()).value()
}

/// `Name(type field, ...)`, as the documentation of a class shows it.
fn shape(node: &Node) -> String {
    let list: Vec<String> = split(node.fields)
        .map(|(name, kind)| match kind {
            "str" => format!("identifier {name}"),
            "str?" if name == "type_comment" => format!("string? {name}"),
            "str?" => format!("identifier? {name}"),
            _ => format!("{kind} {name}"),
        })
        .collect();
    if list.is_empty() { node.name.to_string() } else { format!("{}({})", node.name, list.join(", ")) }
}

fn documentation(node: &Node) -> String {
    let members: Vec<String> = NODES.iter().filter(|member| member.base == node.name).map(shape).collect();
    if members.is_empty() {
        return shape(node);
    }
    let simple = NODES.iter().filter(|member| member.base == node.name).all(|member| member.fields.is_empty());
    let separator = if simple { " | ".to_string() } else { format!("\n{}| ", " ".repeat(node.name.len() + 1)) };
    format!("{} = {}", node.name, members.join(&separator))
}

fn make_class(vm: &Vm, classes: Ref<Dict>, node: &'static Node) -> Result<(), Raised> {
    let base = classes.get_str(vm, vm.intern(node.base)).unwrap_or(Value::NONE);
    let dict = vm.dict();
    let set = |name: &str, value: Value| dict.insert_str(vm, vm.intern(name), value);
    set("_fields", names(vm, node.fields));
    set("__match_args__", names(vm, node.fields));
    set("__module__", vm.intern("ast").value());
    set("__doc__", vm.str(&documentation(node)).value());
    if node.base == "AST" {
        set("_attributes", names(vm, node.attributes));
        for (name, kind) in split(node.attributes) {
            if kind.ends_with('?') {
                set(name, Value::NONE);
            }
        }
    }
    for (name, kind) in split(node.fields) {
        if kind.ends_with('?') {
            set(name, Value::NONE);
        }
    }
    let bases = vm.tuple(&[base]);
    let class = vm.new_class(vm.types[TypeId::Type], vm.intern(node.name), bases, dict, None)?;
    classes.insert_str(vm, vm.intern(node.name), class);
    Ok(())
}

/// `_field_types`: what a missing field becomes.
fn field_types(vm: &Vm, classes: Ref<Dict>, node: &'static Node) -> Result<(), Raised> {
    let class = classes.get_str(vm, vm.intern(node.name)).unwrap_or(Value::NONE);
    let types = vm.dict();
    for (name, kind) in split(node.fields) {
        let plain = match kind.trim_end_matches(['*', '?']) {
            "str" => vm.types[TypeId::Str].value(),
            "int" => vm.types[TypeId::Int].value(),
            "object" => vm.types[TypeId::Object].value(),
            other => classes.get_str(vm, vm.intern(other)).unwrap_or(vm.types[TypeId::Object].value()),
        };
        let value = if kind.ends_with('*') {
            vm.getitem(vm.types[TypeId::List].value(), plain)?
        } else if kind.ends_with('?') {
            vm.binary(bytecode::BinaryOperator::Or, plain, Value::NONE)?
        } else {
            plain
        };
        types.insert_str(vm, vm.intern(name), value);
    }
    if let Some(class) = class.cast::<TypeObj>() {
        class.dict().insert_str(vm, vm.intern("_field_types"), types.value());
        class.dict().insert_str(vm, vm.names.__annotations_cache__, types.value());
        vm.class_changed(class);
    }
    Ok(())
}

fn tuple_attr(vm: &Vm, object: Value, name: &str) -> Result<Ref<Tuple>, Raised> {
    match vm.getattr_opt(object, vm.intern(name))? {
        Some(value) => vm.to_tuple(value),
        None => Ok(vm.tuple(&[])),
    }
}

/// The name of a node's class in messages.
fn class_name(vm: &Vm, this: Value) -> String {
    let class = vm.type_of(this);
    match vm.state_value("ast.AST") {
        Some(ast) if ast == class.value() => "ast.AST".to_string(),
        _ => vm.type_name(this),
    }
}

fn contains(vm: &Vm, names: Ref<Tuple>, name: Ref<Str>) -> bool {
    names.items().iter().any(|item| item.cast::<Str>().is_some_and(|item| vm.str_eq(item, name)))
}

fn init(vm: &Vm, args: Args) -> R {
    let this = args.args[0];
    let class_name = class_name(vm, this);
    let Some(fields) = vm.getattr_opt(vm.type_of(this).value(), vm.intern("_fields"))? else {
        let text = format!("type object '{class_name}' has no attribute '_fields'");
        return Err(vm.raise(TypeId::AttributeError, &text));
    };
    let fields = vm.to_tuple(fields)?;
    let (positional, keywords) = args.split();
    let given = &positional[1..];
    if given.len() > fields.len() {
        let plural = if fields.len() == 1 { "" } else { "s" };
        let short = class_name.trim_start_matches("ast.");
        let text = format!("{short} constructor takes at most {} positional argument{plural}", fields.len());
        return Err(vm.type_error(text));
    }
    let missing = vm.set();
    for &field in fields.items() {
        missing.add(vm, field)?;
    }
    for (index, &value) in given.iter().enumerate() {
        let Some(name) = vm.as_str(fields.items()[index]) else { continue };
        vm.setattr(this, vm.intern_str(name), value)?;
        missing.discard_hashed(vm, name.value(), vm.str_hash(name))?;
    }
    let attributes = tuple_attr(vm, vm.type_of(this).value(), "_attributes")?;
    for (name, value) in keywords {
        if contains(vm, fields, name) {
            if !missing.contains(vm, name.value())? {
                let text = format!("{class_name} got multiple values for argument '{}'", name.to_string_lossy());
                return Err(vm.type_error(text));
            }
            missing.discard_hashed(vm, name.value(), vm.str_hash(name))?;
        } else if !contains(vm, attributes, name) {
            let text = format!(
                "{class_name}.__init__ got an unexpected keyword argument '{}'. Support for arbitrary keyword arguments is \
                 deprecated and will be removed in Python 3.15.",
                name.to_string_lossy()
            );
            vm.warn(TypeId::DeprecationWarning, &text, 1)?;
        }
        vm.setattr(this, vm.intern_str(name), value)?;
    }
    let types = vm.getattr_opt(vm.type_of(this).value(), vm.intern("_field_types"))?;
    let Some(types) = types.and_then(|types| types.cast::<Dict>()) else { return Ok(Value::NONE) };
    for &field in fields.items() {
        if missing.contains(vm, field)? {
            default_field(vm, this, &class_name, types, field)?;
        }
    }
    Ok(Value::NONE)
}

/// Gives a field that the constructor did not get its default, or warns of it.
fn default_field(vm: &Vm, this: Value, class_name: &str, types: Ref<Dict>, field: Value) -> Result<(), Raised> {
    let Some(kind) = types.get(vm, field)? else {
        let shown = vm.repr(field)?.to_string_lossy();
        let text = format!(
            "Field {shown} is missing from {class_name}._field_types. This will become an error in Python 3.15."
        );
        return vm.warn(TypeId::DeprecationWarning, &text, 1);
    };
    let Some(name) = vm.as_str(field) else { return Ok(()) };
    if let Some(alias) = kind.cast::<TypeObj>() {
        if alias.name_str() == "expr_context" {
            let load = match vm.state_value("ast.Load") {
                Some(load) => load,
                None => {
                    let class = classes(vm)?.get_str(vm, vm.intern("Load")).unwrap_or(Value::NONE);
                    let load = vm.call(class, &[])?;
                    vm.set_state("ast.Load", load);
                    load
                }
            };
            return vm.setattr(this, vm.intern_str(name), load);
        }
        let text = format!(
            "{class_name}.__init__ missing 1 required positional argument: '{}'. This will become an error in Python 3.15.",
            name.to_string_lossy()
        );
        return vm.warn(TypeId::DeprecationWarning, &text, 1);
    }
    if vm.is_a(kind, TypeId::GenericAlias) {
        return vm.setattr(this, vm.intern_str(name), vm.list(&[]).value());
    }
    Ok(())
}

fn reduce(vm: &Vm, [this]: &[Value; 1]) -> R {
    let dict = vm.instance_dict(*this);
    let fields = tuple_attr(vm, vm.type_of(*this).value(), "_fields")?;
    let args = vm.list(&[]);
    for &field in fields.items() {
        if dict.get(vm, field)?.is_none() {
            break;
        }
        // The state sets it: given here, it would be copied before there is a node that it may refer to.
        args.push(vm, Value::NONE);
    }
    let class = vm.type_of(*this).value();
    Ok(vm.tuple(&[class, vm.tuple(args.items()).value(), dict.value()]).value())
}

fn replace(vm: &Vm, [this, changes]: &[Value; 2]) -> R {
    let class = vm.type_of(*this);
    let class_name = class_name(vm, *this);
    let changes = changes.cast::<Dict>();
    let fields = tuple_attr(vm, class.value(), "_fields")?;
    let attributes = tuple_attr(vm, class.value(), "_attributes")?;
    let types = vm.getattr_opt(class.value(), vm.intern("_field_types"))?.and_then(|types| types.cast::<Dict>());
    let all = vm.dict();
    let mut missing = Vec::new();
    for (&name, is_field) in fields.items().iter().map(|name| (name, true)).chain(attributes.items().iter().map(|name| (name, false))) {
        let Some(text) = vm.as_str(name) else { continue };
        if let Some(value) = vm.instance_attr(*this, vm.intern_str(text)) {
            all.insert_str(vm, text, value);
            continue;
        }
        let changed = changes.is_some_and(|changes| changes.get_str(vm, text).is_some());
        // Fields without a default cannot be left out.
        let kind = types.and_then(|types| types.get_str(vm, text));
        if is_field && !changed && kind.is_some_and(|kind| kind.cast::<TypeObj>().is_some()) {
            missing.push(format!("'{}'", text.to_string_lossy()));
        }
    }
    for entry in changes.iter().flat_map(|changes| changes.iter()) {
        let Some(name) = vm.as_str(entry.key) else { continue };
        if !contains(vm, fields, name) && !contains(vm, attributes, name) {
            let text =
                format!("{class_name}.__replace__ got an unexpected keyword argument '{}'.", name.to_string_lossy());
            return Err(vm.type_error(text));
        }
        all.insert_str(vm, name, entry.value);
    }
    if !missing.is_empty() {
        missing.sort();
        let plural = if missing.len() == 1 { "" } else { "s" };
        let list = missing.join(", ");
        let text = format!("{class_name}.__replace__ missing {} keyword argument{plural}: {list}.", missing.len());
        return Err(vm.type_error(text));
    }
    vm.call_tuple_dict(class.value(), &[], Some(all))
}

/// Number of levels that a repr shows.
const REPR_DEPTH: usize = 3;

fn repr(vm: &Vm, this: Value) -> R {
    Ok(vm.str(&repr_text(vm, this, REPR_DEPTH)?).value())
}

fn repr_text(vm: &Vm, this: Value, depth: usize) -> Result<String, Raised> {
    let name = class_name(vm, this);
    let fields = tuple_attr(vm, vm.type_of(this).value(), "_fields")?;
    if depth == 0 {
        return Ok(format!("{name}(...)"));
    }
    let mut parts = Vec::new();
    for &field in fields.items() {
        let Some(field) = vm.as_str(field) else { continue };
        let value = vm.getattr(this, vm.intern_str(field))?;
        parts.push(format!("{}={}", field.to_string_lossy(), value_text(vm, value, depth - 1)?));
    }
    Ok(format!("{name}({})", parts.join(", ")))
}

fn value_text(vm: &Vm, value: Value, depth: usize) -> Result<String, Raised> {
    let ast = vm.state_value("ast.AST").and_then(|ast| ast.cast::<TypeObj>());
    if ast.is_some_and(|ast| vm.type_of(value).is_subclass(ast)) {
        return repr_text(vm, value, depth);
    }
    let items = match (value.cast::<object::List>(), value.cast::<Tuple>()) {
        (Some(list), _) => Some(vm.tuple(list.items())),
        (None, tuple) => tuple,
    };
    let Some(items) = items else { return Ok(vm.repr(value)?.to_string_lossy()) };
    let mut parts = Vec::new();
    for (index, &item) in items.items().iter().enumerate() {
        if index == 0 || index + 1 == items.len() {
            parts.push(value_text(vm, item, depth)?);
        } else if index == 1 {
            parts.push("...".to_string());
        }
    }
    let inner = parts.join(", ");
    Ok(match value.kind() {
        Kind::TUPLE if items.len() == 1 => format!("({inner},)"),
        Kind::TUPLE => format!("({inner})"),
        _ => format!("[{inner}]"),
    })
}
