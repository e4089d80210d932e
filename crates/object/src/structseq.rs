//! Struct sequences: the named tuples of native modules (`sys.version_info`, `os.stat_result`).
//!
//! An instance is a tuple (its payload) of the visible fields; the other fields lie in slots beside it.

use crate::slots::R;
use crate::typedef::{GetSet, TypeDef};
use crate::{Dict, Ref, TypeObj, ValueExt, Vm};
use heap::Value;

/// The most fields that a struct sequence can have.
pub const MAX_FIELDS: usize = 32;

/// A class of struct sequences, made by [`structseq!`](crate::structseq!).
pub struct StructSeq {
    /// The class.
    pub def: &'static TypeDef,
    /// All fields; those without a name have an empty one.
    pub fields: &'static [GetSet],
    /// Number of fields that are items of the tuple.
    pub visible: usize,
}

type Getter = fn(&Vm, Value) -> R;

fn item<const I: usize>(vm: &Vm, this: Value) -> R {
    Ok(field(vm, this, I))
}

macro_rules! getters {
    ($($index:literal)*) => {
        const GETTERS: [Getter; MAX_FIELDS] = [$(item::<$index>),*];
    };
}
getters! { 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 }

/// The fields of a class, for the macro.
pub const fn fields<const N: usize>(names: [(&'static str, &'static str); N]) -> [GetSet; N] {
    let mut out = [const { GetSet { name: "", get: GETTERS[0], set: None, doc: "", is_member: true } }; N];
    let mut index = 0;
    while index < N {
        out[index] =
            GetSet { name: names[index].0, get: GETTERS[index], set: None, doc: names[index].1, is_member: true };
        index += 1;
    }
    out
}

/// A field of a struct sequence, hidden ones included.
pub fn field(vm: &Vm, this: Value, index: usize) -> Value {
    let Some(tuple) = vm.as_tuple(this) else { return Value::NONE };
    match tuple.items().get(index) {
        Some(value) => *value,
        None => match this.as_object() {
            Some(object) => vm.slot(object, index - tuple.len()).or_none(),
            None => Value::NONE,
        },
    }
}

impl StructSeq {
    /// Makes the class.
    pub fn make(&'static self, vm: &Vm) -> Ref<TypeObj> {
        let class = vm.make_type(self.def);
        // As classes of extension modules, those outside `sys` can be changed.
        class.set_flags(crate::type_flags::IMMUTABLE, self.def.module == "sys");
        class.set_reserved_slots(self.fields.len() - self.visible);
        let dict = class.dict();
        let names = vm.list(&[]);
        let mut unnamed = 0;
        for (index, field) in self.fields.iter().enumerate() {
            if field.name.is_empty() {
                unnamed += 1;
                continue;
            }
            let name = vm.intern(field.name);
            dict.insert_str(vm, name, crate::descr::getset(vm, class, field));
            if index < self.visible {
                names.push(vm, name.value());
            }
        }
        dict.insert_str(vm, vm.intern("n_sequence_fields"), vm.int_usize(self.visible));
        dict.insert_str(vm, vm.intern("n_fields"), vm.int_usize(self.fields.len()));
        dict.insert_str(vm, vm.intern("n_unnamed_fields"), vm.int_usize(unnamed));
        dict.insert_str(vm, vm.names.__match_args__, vm.tuple(names.items()).value());
        class.set_version(0);
        class
    }

    /// Makes the class, adds it to a module and keeps it as `state` of the interpreter.
    pub fn add(&'static self, vm: &Vm, module: Ref<crate::Module>, state: &str) -> Ref<TypeObj> {
        let class = self.make(vm);
        module.dict().insert_str(vm, vm.intern(self.def.name), class.value());
        vm.set_state(state, class.value());
        class
    }

    /// An instance of the class; `values` has all fields (missing ones are None).
    pub fn instance(&'static self, vm: &Vm, class: Ref<TypeObj>, values: &[Value]) -> Value {
        let tuple = vm.tuple(&values[..self.visible.min(values.len())]);
        let object = vm.new_instance(class, Some(tuple.value()));
        for index in self.visible..self.fields.len() {
            let value = values.get(index).copied().unwrap_or(Value::NONE);
            vm.set_slot(object.object_unchecked(), index - self.visible, value);
        }
        object
    }

    /// An instance of the class that was kept as `state`.
    pub fn of_state(&'static self, vm: &Vm, state: &str, values: &[Value]) -> R {
        match vm.state_value(state).and_then(|class| class.cast::<TypeObj>()) {
            Some(class) => Ok(self.instance(vm, class, values)),
            None => Err(vm.system_error(format!("{state} is not set up"))),
        }
    }

    /// `__new__`
    pub fn construct(&'static self, vm: &Vm, class: Value, sequence: Value, dict: Value) -> R {
        let Some(class) = class.cast::<TypeObj>() else { return Err(vm.type_error("a class is needed")) };
        let shown = format!("{}.{}", self.def.module, self.def.name);
        let dict: Option<Ref<Dict>> = match dict.bound() {
            None => None,
            Some(value) => match value.cast::<Dict>() {
                Some(dict) => Some(dict),
                None => return Err(vm.type_error(format!("{shown}() takes a dict as second arg, if any"))),
            },
        };
        let (min, max) = (self.visible, self.fields.len());
        let iterable = vm.type_of(sequence).slots();
        if iterable.iter.is_none() && iterable.getitem.is_none() {
            return Err(vm.type_error("constructor requires a sequence"));
        }
        let items = vm.to_tuple(sequence)?;
        let len = items.len();
        if min == max && len != min {
            return Err(vm.type_error(format!("{shown}() takes a {min}-sequence ({len}-sequence given)")));
        }
        if len < min {
            return Err(vm.type_error(format!("{shown}() takes an at least {min}-sequence ({len}-sequence given)")));
        }
        if len > max {
            return Err(vm.type_error(format!("{shown}() takes an at most {max}-sequence ({len}-sequence given)")));
        }
        let values = vm.list(items.items());
        let mut used = 0;
        for (index, field) in self.fields.iter().enumerate().skip(len) {
            let mut value = Value::NONE;
            // `stat_result`: the times as floats are the whole ones, which have no names, where they are not given.
            if let Some(unnamed) = index.checked_sub(3)
                && self.fields[unnamed].name.is_empty()
                && let Some(item) = items.items().get(unnamed)
            {
                value = *item;
            }
            if let Some(dict) = dict
                && let Some(given) = dict.get_str(vm, vm.intern(field.name))
            {
                value = given;
                used += 1;
            }
            values.push(vm, value);
        }
        if let Some(dict) = dict
            && dict.len() > used
        {
            return Err(vm.type_error(format!("{shown}() got duplicate or unexpected field name(s)")));
        }
        Ok(self.instance(vm, class, values.items()))
    }

    /// `__repr__`
    pub fn repr(&'static self, vm: &Vm, this: Value) -> R {
        let mut out = base::text::Wtf8Buf::new();
        out.push_str(&format!("{}.{}(", self.def.module, self.def.name));
        for (index, field) in self.fields[..self.visible].iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            out.push_str(field.name);
            out.push_str("=");
            out.push_wtf8(vm.repr(self::field(vm, this, index))?.text());
        }
        out.push_str(")");
        Ok(vm.str_wtf8(&out).value())
    }

    /// `__reduce__`
    pub fn reduce(&'static self, vm: &Vm, this: Value) -> R {
        let items = vm.as_tuple(this).map_or(Value::NONE, Ref::value);
        let dict = vm.dict();
        for (index, field) in self.fields.iter().enumerate().skip(self.visible) {
            dict.insert_str(vm, vm.intern(field.name), self::field(vm, this, index));
        }
        let args = vm.tuple(&[items, dict.value()]);
        Ok(vm.tuple(&[vm.type_of(this).value(), args.value()]).value())
    }

    /// `__replace__`
    pub fn replace(&'static self, vm: &Vm, this: Value, changes: Value) -> R {
        let Some(changes) = changes.cast::<Dict>() else { return Ok(this) };
        if self.fields.iter().any(|field| field.name.is_empty()) {
            let text = format!(
                "__replace__() is not supported for {}.{} because it has unnamed field(s)",
                self.def.module, self.def.name
            );
            return Err(vm.type_error(text));
        }
        let changes = changes.copy(vm);
        let values = vm.list_with_capacity(self.fields.len());
        for (index, field) in self.fields.iter().enumerate() {
            let new = changes.remove_str(vm, vm.intern(field.name));
            values.push(vm, new.unwrap_or_else(|| self::field(vm, this, index)));
        }
        if !changes.is_empty() {
            let keys = vm.list(&[]);
            for entry in changes.iter() {
                keys.push(vm, entry.key);
            }
            let keys = vm.repr(keys.value())?.to_string_lossy();
            return Err(vm.type_error(format!("Got unexpected field name(s): {keys}")));
        }
        Ok(self.instance(vm, vm.type_of(this), values.items()))
    }
}

/// A class of struct sequences:
/// ```ignore
/// structseq! { pub static TIMES: "posix" "times_result" "doc", 5, {
///     "user" "user time";
/// }}
/// ```
/// The number is that of the fields that are items.
#[macro_export]
macro_rules! structseq {
    ($vis:vis static $name:ident : $module:literal $class:literal $doc:literal, $visible:literal, {
        $($field:literal $field_doc:literal;)*
    }) => {
        $vis static $name: $crate::structseq::StructSeq = {
            const N: usize = [$($field),*].len();
            static FIELDS: [$crate::GetSet; N] = $crate::structseq::fields([$(($field, $field_doc)),*]);
            fn reduce(vm: &$crate::Vm, [this]: &[$crate::Value; 1]) -> $crate::R {
                $name.reduce(vm, *this)
            }
            fn replace(vm: &$crate::Vm, [this, changes]: &[$crate::Value; 2]) -> $crate::R {
                $name.replace(vm, *this, *changes)
            }
            fn new(vm: &$crate::Vm, [class, sequence, dict]: &[$crate::Value; 3]) -> $crate::R {
                $name.construct(vm, *class, *sequence, *dict)
            }
            $crate::natives! { static METHODS: {
                "__reduce__($self, /)" => reduce;
                /// Return a copy of the structure with new values for the specified fields.
                "__replace__($self, /, **changes)" => replace;
            }}
            static NEW: $crate::native::NativeDef = $crate::native! { "structseq($cls, sequence, dict={})" => new };
            static DEF: $crate::TypeDef = $crate::TypeDef {
                name: $class,
                module: $module,
                base: $crate::TypeId::Tuple,
                kind: $crate::Kind::INSTANCE,
                payload: true,
                doc: $doc,
                slots: &[$crate::Slot::repr(|vm, this| $name.repr(vm, this))],
                methods: &[METHODS],
                new: Some(&NEW),
                ..$crate::TypeDef::DEFAULT
            };
            $crate::structseq::StructSeq { def: &DEF, fields: &FIELDS, visible: $visible }
        };
    };
}
