//! What several of the built-in types need.

use base::format::{ErrorKind, FormatError, Settings};
use base::text::Wtf8Buf;
use object::{List, R, Raised, Ref, Slice, Tuple, TypeId, TypeObj, Value, ValueExt, Vm};

/// Marks an object whose `repr` is being made, see [`enter_repr`].
pub struct ReprGuard {
    stack: Ref<List>,
    value: Value,
}

impl Drop for ReprGuard {
    fn drop(&mut self) {
        while let Some(last) = self.stack.pop() {
            if last == self.value {
                break;
            }
        }
    }
}

fn repr_stack(vm: &Vm) -> Ref<List> {
    let slots = vm.thread_slots();
    let key = vm.intern("repr");
    if let Some(stack) = slots.get_str(vm, key).and_then(|stack| stack.cast::<List>()) {
        return stack;
    }
    let stack = vm.list(&[]);
    slots.insert_str(vm, key, stack.value());
    stack
}

/// Notes that the `repr` of a container is being made; None where it is already, further out.
pub fn enter_repr(vm: &Vm, value: Value) -> Option<ReprGuard> {
    let stack = repr_stack(vm);
    if stack.items().contains(&value) {
        return None;
    }
    stack.push(vm, value);
    Some(ReprGuard { stack, value })
}

/// Appends the `repr` of a value.
pub fn push_repr(vm: &Vm, out: &mut Wtf8Buf, value: Value) -> Result<(), Raised> {
    let text = vm.repr(value)?;
    out.push_wtf8(text.text());
    Ok(())
}

/// The `repr`s of items in brackets. `item` gives the item of a number, None behind the last.
pub fn repr_items(vm: &Vm, open: &str, close: &str, item: impl Fn(usize) -> Option<Value>) -> R {
    let mut out = Wtf8Buf::from_str(open);
    let mut index = 0;
    while let Some(value) = item(index) {
        if index > 0 {
            out.push_str(", ");
        }
        push_repr(vm, &mut out, value)?;
        index += 1;
    }
    out.push_str(close);
    Ok(vm.str_wtf8(&out).value())
}

/// A value of an immutable built-in class as instance of a class: itself where that is the built-in class.
pub fn as_instance(vm: &Vm, class: Value, id: TypeId, value: Value) -> R {
    match class.cast::<TypeObj>() {
        Some(class) if class != vm.types[id] => Ok(vm.new_instance(class, Some(value))),
        _ => Ok(value),
    }
}

/// The class in the first argument of `__new__`.
pub fn class_arg(vm: &Vm, value: Value) -> Result<Ref<TypeObj>, Raised> {
    value.cast::<TypeObj>().ok_or_else(|| vm.type_error("__new__ needs a class"))
}

/// `__class_getitem__` of generic classes.
pub fn class_getitem(vm: &Vm, [class, item]: &[Value; 2]) -> R {
    vm.call(vm.types[TypeId::GenericAlias].value(), &[*class, *item])
}

/// Raises what a formatter complains about.
#[cold]
pub fn format_error(vm: &Vm, error: FormatError) -> Raised {
    let class = match error.kind {
        ErrorKind::Value => TypeId::ValueError,
        ErrorKind::Type => TypeId::TypeError,
        ErrorKind::Overflow => TypeId::OverflowError,
        ErrorKind::Memory => return vm.memory_error(),
    };
    vm.raise_type(vm.types[class], &[vm.str_wtf8(&error.message).value()])
}

/// What formatting of numbers depends on.
pub fn format_settings(vm: &Vm) -> Settings<'static> {
    Settings { max_str_digits: vm.config.int_max_str_digits.get(), ..Settings::default() }
}

/// The string argument of `__format__`.
pub fn format_spec(vm: &Vm, spec: Value) -> Result<Ref<object::Str>, Raised> {
    vm.as_str(spec).ok_or_else(|| {
        let name = if spec.is_none() { String::from("None") } else { vm.type_name(spec) };
        vm.type_error(format!("__format__() argument must be str, not {name}"))
    })
}

/// A function of the namespace of builtins, for `__reduce__`.
pub fn builtin(vm: &Vm, name: &str) -> R {
    vm.current_builtin(name)
}

/// `(function, (args...))` for `__reduce__`, with a state where one is given.
pub fn reduce(vm: &Vm, function: Value, args: &[Value], state: Option<Value>) -> R {
    let args = vm.tuple(args).value();
    Ok(match state {
        Some(state) => vm.tuple(&[function, args, state]).value(),
        None => vm.tuple(&[function, args]).value(),
    })
}

/// An int argument of an index or a count of items; OverflowError where it does not fit.
pub fn index_size(vm: &Vm, value: Value) -> Result<isize, Raised> {
    match vm.index(value)?.to_i64() {
        Some(int) => Ok(int as isize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// The count of a repetition: `sequence * count`. Negative counts are 0.
pub fn repeat_count(vm: &Vm, count: Value) -> Result<usize, Raised> {
    if vm.as_int(count).is_none() && vm.type_of(count).slots().index.is_none() {
        let name = vm.type_of(count).qualified_name(vm);
        return Err(vm.type_error(format!("can't multiply sequence by non-int of type '{name}'")));
    }
    match vm.index(count)?.to_i64() {
        Some(int) => Ok(usize::try_from(int).unwrap_or(0)),
        None => {
            let name = vm.type_name(count);
            Err(vm.overflow_error(format!("cannot fit '{name}' into an index-sized integer")))
        }
    }
}

/// What a subscript asks for.
pub enum Subscript {
    /// An item: its index as given, perhaps negative.
    Index(isize),
    /// A slice.
    Slice(Ref<Slice>),
}

/// Takes a subscript of a sequence apart.
#[inline]
pub fn subscript(vm: &Vm, what: &str, key: Value) -> Result<Subscript, Raised> {
    if let Some(index) = key.as_small() {
        return Ok(Subscript::Index(index as isize));
    }
    if let Some(slice) = key.cast::<Slice>() {
        return Ok(Subscript::Slice(slice));
    }
    if vm.as_int(key).is_none() && vm.type_of(key).slots().index.is_none() {
        let name = vm.type_of(key).qualified_name(vm);
        return Err(vm.type_error(format!("{what} indices must be integers or slices, not {name}")));
    }
    vm.index_isize(key).map(Subscript::Index)
}

/// An index as a position below a length.
#[inline(always)]
pub fn position(index: isize, len: usize) -> Option<usize> {
    let index = if index < 0 { index + len as isize } else { index };
    usize::try_from(index).ok().filter(|&index| index < len)
}

/// Start or stop of a search, clamped to a length. Unbound stands for `otherwise`.
pub fn search_bound(vm: &Vm, value: Value, len: usize, otherwise: usize) -> Result<usize, Raised> {
    if value.is_unbound() {
        return Ok(otherwise);
    }
    if vm.as_int(value).is_none() && vm.type_of(value).slots().index.is_none() {
        return Err(vm.type_error("slice indices must be integers or have an __index__ method"));
    }
    let index = vm.index_clamped(value)?.unwrap_or(0);
    let index = if index < 0 { index.saturating_add(len as isize).max(0) } else { index };
    Ok(index as usize)
}

/// A tuple that a `TypeDef` function needs as such.
pub fn tuple_arg(vm: &Vm, value: Value) -> Result<Ref<Tuple>, Raised> {
    vm.as_tuple(value).ok_or_else(|| vm.system_error("a tuple was expected"))
}

/// `operator.length_hint(value, otherwise)`
pub fn length_hint(vm: &Vm, value: Value, otherwise: usize) -> Result<usize, Raised> {
    if vm.type_of(value).slots().len.is_some() {
        match vm.len(value) {
            Ok(len) => return Ok(len),
            Err(raised) => {
                vm.catch(raised, TypeId::TypeError)?;
            }
        }
    }
    let hint = match vm.call_special(value, vm.names.__length_hint__, &[]) {
        None => return Ok(otherwise),
        Some(Ok(hint)) => hint,
        Some(Err(raised)) => {
            vm.catch(raised, TypeId::TypeError)?;
            return Ok(otherwise);
        }
    };
    if hint == Value::NOT_IMPLEMENTED {
        return Ok(otherwise);
    }
    match vm.as_int(hint).map(|hint| hint.to_i64()) {
        None => {
            let name = vm.type_name(hint);
            Err(vm.type_error(format!("__length_hint__ must be an integer, not {name}")))
        }
        Some(None) => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        Some(Some(hint)) if hint < 0 => Err(vm.value_error("__length_hint__() should return >= 0")),
        Some(Some(hint)) => Ok(hint as usize),
    }
}

/// The members of a set, in a list.
pub fn as_list(vm: &Vm, set: Ref<object::Set>) -> Ref<List> {
    let list = vm.list_with_capacity(set.len());
    for item in set.iter() {
        list.push(vm, item);
    }
    list
}
