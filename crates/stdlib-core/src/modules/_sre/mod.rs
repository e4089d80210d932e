//! `_sre`: the engine behind `re`. The Python modules of `re` parse patterns and compile them to code; here the code is
//! checked, turned into a [`program::Program`] and matched.

mod charset;
mod code;
mod inner;
mod lower;
mod machine;
mod match_methods;
mod match_object;
mod memo;
mod pattern;
mod pattern_methods;
mod prefilter;
mod program;
mod repeat;
mod replace;
mod scanner;
mod search;
mod subject;
mod text;

use base::unicode;
use object::slots::R;
use object::{Module, ModuleDef, Raised, Ref, Value, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_sre", doc: "", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    "ascii_iscased($module, character, /)" => ascii_iscased;
    "unicode_iscased($module, character, /)" => unicode_iscased;
    "ascii_tolower($module, character, /)" => ascii_tolower;
    "unicode_tolower($module, character, /)" => unicode_tolower;
    "getcodesize($module, /)" => getcodesize;
    "compile($module, /, pattern, flags, code, groups, groupindex, indexgroup)" => pattern::compile;
    "template($module, pattern, template, /)" => replace::template;
}}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    for (name, def) in [
        ("_sre.Pattern", &pattern::PATTERN),
        ("_sre.Match", &match_object::MATCH),
        ("_sre.SRE_Scanner", &scanner::SCANNER),
        ("_sre.SRE_Template", &replace::TEMPLATE),
        ("_sre.finditer", &scanner::FINDITER),
    ] {
        crate::support::class_once(vm, name, def);
    }
    vm.add_value(module, "MAGIC", vm.int(code::MAGIC));
    vm.add_value(module, "CODESIZE", vm.int(4));
    vm.add_value(module, "MAXREPEAT", vm.int(code::MAXREPEAT as i64));
    vm.add_value(module, "MAXGROUPS", vm.int(code::MAXGROUPS));
    vm.add_value(module, "copyright", vm.str(" SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB "));
    Ok(())
}

fn character(vm: &Vm, value: Value) -> Result<u32, Raised> {
    Ok(vm.index_i32(value)? as u32)
}

fn ascii_iscased(vm: &Vm, [_module, char]: &[Value; 2]) -> R {
    let char = character(vm, *char)?;
    Ok(Value::bool(char < 128 && (char as u8).is_ascii_alphabetic()))
}

fn unicode_iscased(vm: &Vm, [_module, char]: &[Value; 2]) -> R {
    let char = character(vm, *char)?;
    Ok(Value::bool(unicode::simple_lower(char) != char || unicode::simple_upper(char) != char))
}

fn ascii_tolower(vm: &Vm, [_module, char]: &[Value; 2]) -> R {
    Ok(vm.int(charset::ascii_lower(character(vm, *char)?) as i32 as i64))
}

fn unicode_tolower(vm: &Vm, [_module, char]: &[Value; 2]) -> R {
    Ok(vm.int(unicode::simple_lower(character(vm, *char)?) as i32 as i64))
}

fn getcodesize(vm: &Vm, _: &[Value; 1]) -> R {
    Ok(vm.int(4))
}
