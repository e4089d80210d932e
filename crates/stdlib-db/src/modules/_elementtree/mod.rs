//! `_elementtree`

mod bridge;
mod copying;
mod element;
mod items;
mod iterator;
mod search;
mod tree_builder;
mod xml_parser;

use crate::support::{class_once, exception_once};
use crate::xml::{ErrorCode, Parser};
use object::{Args, Module, ModuleDef, R, Raised, Ref, TypeId, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_elementtree", doc: "", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    "SubElement(...)" -> sub_element;
    /// Change the factories used to create comments and processing instructions.
    ///
    /// For internal use only.
    "_set_factories($module, comment_factory, pi_factory, /)" => set_factories;
}}

const ELEMENT: &str = "_elementtree.Element";
const ITERATOR: &str = "_elementtree._element_iterator";
const TREE_BUILDER: &str = "_elementtree.TreeBuilder";
const XML_PARSER: &str = "_elementtree.XMLParser";
const PARSE_ERROR: &str = "_elementtree.ParseError";
const COMMENT_FACTORY: &str = "_elementtree.comment_factory";
const PI_FACTORY: &str = "_elementtree.pi_factory";

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    class_once(vm, ITERATOR, &iterator::ITERATOR_TYPE);
    for (name, key, def) in [
        ("Element", ELEMENT, &element::ELEMENT_TYPE),
        ("TreeBuilder", TREE_BUILDER, &tree_builder::TREE_BUILDER_TYPE),
        ("XMLParser", XML_PARSER, &xml_parser::XML_PARSER_TYPE),
    ] {
        vm.add_value(module, name, class_once(vm, key, def));
    }
    let bases = [vm.types[TypeId::SyntaxError].value()];
    let error = exception_once(vm, PARSE_ERROR, "xml.etree.ElementTree", "ParseError", &bases)?;
    vm.add_value(module, "ParseError", error);
    // Copying and searching lean on these.
    vm.import("copy")?;
    vm.import("xml.etree.ElementPath")?;
    Ok(())
}

fn sub_element(vm: &Vm, args: Args) -> R {
    let given = args.count();
    if given < 2 {
        return Err(vm.type_error(format!("SubElement() takes at least 2 arguments ({given} given)")));
    }
    if given > 3 {
        return Err(vm.type_error(format!("SubElement() takes at most 3 arguments ({given} given)")));
    }
    let parent = element::element_argument(vm, "SubElement", "1", args.args[0])?;
    let attrib = element::attributes(vm, "SubElement", 3, args.args[2..given].first().copied(), args)?;
    let child = element::make(vm, args.args[1], attrib)?;
    element::add_child(vm, parent, child);
    Ok(child)
}

fn set_factories(vm: &Vm, [_module, comment, pi]: &[Value; 3]) -> R {
    for (name, factory) in [("Comment", comment), ("PI", pi)] {
        if !factory.is_none() && !vm.is_callable(*factory) {
            let class = vm.type_name(*factory);
            return Err(vm.type_error(format!("{name} factory must be callable, not {class}")));
        }
    }
    let old = [COMMENT_FACTORY, PI_FACTORY].map(|key| vm.state_value(key).unwrap_or(Value::NONE));
    vm.set_state(COMMENT_FACTORY, *comment);
    vm.set_state(PI_FACTORY, *pi);
    Ok(vm.tuple(&old).value())
}

/// Raises ParseError about the place where a parser is; `message` says more than the error itself.
#[cold]
fn raise_at(vm: &Vm, parser: &Parser, code: ErrorCode, message: Option<&str>) -> Raised {
    let Some(class) = vm.state_value(PARSE_ERROR) else { return vm.system_error("_elementtree is not initialised") };
    let (line, column) = parser.place().map_or((1, 0), |place| (place.line as i64 + 1, place.column as i64));
    let text = format!("{}: line {line}, column {column}", message.unwrap_or(code.text()));
    let made = vm.call(class, &[vm.str(&text).value()]).and_then(|error| {
        vm.setattr(error, vm.intern("code"), vm.int(code as i64))?;
        let position = vm.tuple(&[vm.int(line), vm.int(column)]);
        vm.setattr(error, vm.intern("position"), position.value())?;
        Ok(error)
    });
    match made {
        Ok(error) => vm.raise_value(error),
        Err(raised) => raised,
    }
}
