//! `re.Pattern`

use super::code::FLAGS;
use super::lower::{Problem, lower};
use super::machine::Machine;
use super::pattern_methods;
use super::program::Program;
use crate::support::{data, kept_class, ssize};
use object::traced;
use bytecode::CompareOperator;
use object::slots::{R, Slot};
use object::{Dict, Field, GetSet, List, Raised, TypeDef, TypeId, Value, ValueExt, Vm, type_flags};
use std::cell::{OnceCell, RefCell};

/// A compiled pattern.
pub struct Pattern {
    /// What it was compiled from, or None.
    pub pattern: Field,
    /// Dict of the groups by name.
    pub groupindex: Field,
    /// Tuple of the names of groups.
    pub indexgroup: Field,
    /// The class of matches.
    pub match_class: Field,
    /// Its flags.
    pub flags: i64,
    /// Number of groups.
    pub groups: usize,
    /// Is it a pattern for bytes? Unknown where it was not made of a text.
    pub is_bytes: Option<bool>,
    code: Vec<u32>,
    for_text: OnceCell<Box<Program>>,
    for_bytes: OnceCell<Box<Program>>,
    machine: RefCell<Option<Box<Machine>>>,
}

traced! { Pattern { pattern, groupindex, indexgroup, match_class } }

macro_rules! member {
    ($name:literal, $doc:literal, $get:expr) => {
        GetSet { name: $name, get: $get, set: None, doc: $doc, is_member: true }
    };
}

pub static PATTERN: TypeDef = TypeDef {
    name: "Pattern",
    module: "re",
    doc: "Compiled regular expression object.",
    flags: type_flags::NO_NEW | type_flags::WEAKREF,
    slots: &[Slot::repr(repr), Slot::compare(compare), Slot::hash(hash)],
    methods: &[pattern_methods::METHODS],
    getset: &[
        member!("pattern", "The pattern string from which the RE object was compiled.", |vm, this| {
            Ok(data::<Pattern>(vm, this)?.pattern.get())
        }),
        member!("flags", "The regex matching flags.", |vm, this| Ok(vm.int(data::<Pattern>(vm, this)?.flags))),
        member!("groups", "The number of capturing groups in the pattern.", |vm, this| {
            Ok(vm.int_usize(data::<Pattern>(vm, this)?.groups))
        }),
        GetSet {
            name: "groupindex",
            get: |vm, this| {
                let groups = data::<Pattern>(vm, this)?.groupindex.get();
                vm.call(vm.types[TypeId::MappingProxy].value(), &[groups])
            },
            set: None,
            doc: "A dictionary mapping group names to group numbers.",
            is_member: false,
        },
    ],
    ..TypeDef::DEFAULT
};

impl Pattern {
    /// The program for texts of this kind.
    pub fn program(&self, vm: &Vm, bytes: bool) -> Result<&Program, Raised> {
        let cell = if bytes { &self.for_bytes } else { &self.for_text };
        if let Some(program) = cell.get() {
            return Ok(program);
        }
        match lower(vm, &self.code, self.groups, bytes) {
            Ok(program) => Ok(cell.get_or_init(|| Box::new(program))),
            Err(Problem::Invalid) => Err(vm.runtime_error("invalid SRE code")),
            Err(Problem::Raised(raised)) => Err(raised),
        }
    }

    /// Runs a function with a machine, which is kept for the next time.
    pub fn with_machine<T>(&self, run: impl FnOnce(&mut Machine) -> T) -> T {
        let mut machine = self.machine.take().unwrap_or_default();
        let result = run(&mut machine);
        if machine.is_small() {
            self.machine.replace(Some(machine));
        }
        result
    }
}

pub fn compile(vm: &Vm, [_module, pattern, flags, code, groups, groupindex, indexgroup]: &[Value; 7]) -> R {
    let flags = vm.index_i32(*flags)? as i64;
    let wrong = |name: &str, number: usize, wanted: &str, value: Value| {
        let found = vm.type_name(value);
        Err(vm.type_error(format!("compile() argument '{name}' must be {wanted}, not {found} (pos {number})")))
    };
    let Some(list) = code.cast::<List>() else { return wrong("code", 3, "list", *code) };
    let groups = ssize(vm, *groups)?;
    if groupindex.cast::<Dict>().is_none() {
        return wrong("groupindex", 5, "dict", *groupindex);
    }
    let Some(indexgroup) = vm.as_tuple(*indexgroup) else { return wrong("indexgroup", 6, "tuple", *indexgroup) };
    if groups < 0 || groups as i64 > super::code::MAXGROUPS {
        return Err(vm.runtime_error("invalid SRE code"));
    }
    let mut words = Vec::with_capacity(list.len());
    let mut index = 0;
    while let Some(word) = list.get(index) {
        let Some(int) = vm.as_int(word) else { return Err(vm.type_error("an integer is required")) };
        match int.to_i64().and_then(|int| u32::try_from(int).ok()) {
            Some(word) => words.push(word),
            None => return Err(vm.overflow_error("regular expression code size limit exceeded")),
        }
        index += 1;
    }
    let is_bytes = if pattern.is_none() {
        None
    } else if vm.as_str(*pattern).is_some() {
        Some(false)
    } else {
        vm.with_bytes(*pattern, |_| ())?;
        Some(true)
    };
    let own = Pattern {
        pattern: Field::new(*pattern),
        groupindex: Field::new(*groupindex),
        indexgroup: Field::new(indexgroup.value()),
        match_class: Field::new(kept_class(vm, "_sre.Match")?.value()),
        flags,
        groups: groups as usize,
        is_bytes,
        code: words,
        for_text: OnceCell::new(),
        for_bytes: OnceCell::new(),
        machine: RefCell::new(None),
    };
    // The code is checked now, so that bad code is told where it is given.
    own.program(vm, is_bytes == Some(true))?;
    Ok(vm.native(kept_class(vm, "_sre.Pattern")?, own).value())
}

fn repr(vm: &Vm, this: Value) -> R {
    let pattern = data::<Pattern>(vm, this)?;
    let shown = vm.repr(pattern.pattern.get())?;
    let mut out = base::text::Wtf8Buf::from_str("re.compile(");
    if shown.len() <= 200 {
        out.push_wtf8(shown.text());
    } else {
        out.extend(shown.text().chars().take(200));
    }
    let mut flags = pattern.flags as u32;
    // For strings, UNICODE is what is meant anyway.
    if pattern.is_bytes != Some(true) && flags & (4 | 32 | 256) == 32 {
        flags &= !32;
    }
    let mut names: Vec<String> = Vec::new();
    for (bit, name) in FLAGS {
        if flags & bit != 0 {
            names.push(String::from(name));
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("0x{flags:x}"));
    }
    if !names.is_empty() {
        out.push_str(", ");
        out.push_str(&names.join("|"));
    }
    out.push(')');
    Ok(vm.str_wtf8(&out).value())
}

fn compare(vm: &Vm, a: Value, b: Value, op: CompareOperator) -> R {
    let (Some(x), Some(y)) = (vm.as_native::<Pattern>(a), vm.as_native::<Pattern>(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let wanted = match op {
        CompareOperator::Eq => true,
        CompareOperator::Ne => false,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    let equal = a == b
        || x.flags == y.flags
            && x.is_bytes == y.is_bytes
            && x.code == y.code
            && vm.compare_bool(x.pattern.get(), y.pattern.get(), CompareOperator::Eq)?;
    Ok(Value::bool(equal == wanted))
}

fn hash(vm: &Vm, this: Value) -> Result<i64, Raised> {
    let pattern = data::<Pattern>(vm, this)?;
    let text = vm.hash(pattern.pattern.get())?;
    let bytes: Vec<u8> = pattern.code.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let mixed = text ^ vm.hash_bytes(&bytes) ^ pattern.flags ^ pattern.groups as i64;
    Ok(base::hash::fit(if mixed == -1 { -2 } else { mixed }))
}
