//! `re.Match`: its methods.

use super::match_object::{Match, group_number, group_text, positions, span_of};
use super::replace;
use crate::support::{class_getitem, data, positional};
use object::slots::R;
use object::{Args, Dict, Value, ValueExt, Vm, natives};

natives! { pub static METHODS: {
    /// group([group1, ...]) -> str or tuple.
    ///
    /// Return subgroup(s) of the match by indices or names.
    /// For 0 returns the entire match.
    "group(...)" -> group;
    /// Return index of the start of the substring matched by group.
    "start($self, group=0, /)" => start;
    /// Return index of the end of the substring matched by group.
    "end($self, group=0, /)" => end;
    /// For match object m, return the 2-tuple (m.start(group), m.end(group)).
    "span($self, group=0, /)" => span;
    /// Return a tuple containing all the subgroups of the match, from 1.
    ///
    ///   default
    ///     Is used for groups that did not participate in the match.
    "groups($self, /, default=None)" => groups;
    /// Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.
    ///
    ///   default
    ///     Is used for groups that did not participate in the match.
    "groupdict($self, /, default=None)" => groupdict;
    /// Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.
    "expand($self, /, template)" => expand;
    "__copy__($self, /)" => copy;
    "__deepcopy__($self, memo, /)" => deepcopy;
    /// See PEP 585
    "__class_getitem__($type, object, /)" => class_getitem [class];
}}

fn group(vm: &Vm, args: Args) -> R {
    let args = positional(vm, "group", args)?;
    let Some((&this, keys)) = args.split_first() else {
        return Err(vm.type_error("unbound method Match.group() needs an argument"));
    };
    let found = data::<Match>(vm, this)?;
    match keys {
        [] => group_text(vm, found, 0, Value::NONE),
        [key] => {
            let number = group_number(vm, &found, *key)?;
            group_text(vm, found, number, Value::NONE)
        }
        keys => {
            let all = vm.list_with_capacity(keys.len());
            for &key in keys {
                let number = group_number(vm, &found, key)?;
                all.push(vm, group_text(vm, found, number, Value::NONE)?);
            }
            Ok(vm.tuple(all.items()).value())
        }
    }
}

fn start(vm: &Vm, [this, group]: &[Value; 2]) -> R {
    let found = data::<Match>(vm, *this)?;
    let number = group_number(vm, &found, *group)?;
    Ok(vm.int(positions(vm, found, number).0))
}

fn end(vm: &Vm, [this, group]: &[Value; 2]) -> R {
    let found = data::<Match>(vm, *this)?;
    let number = group_number(vm, &found, *group)?;
    Ok(vm.int(positions(vm, found, number).1))
}

fn span(vm: &Vm, [this, group]: &[Value; 2]) -> R {
    let found = data::<Match>(vm, *this)?;
    let number = group_number(vm, &found, *group)?;
    span_of(vm, found, number)
}

fn groups(vm: &Vm, [this, default]: &[Value; 2]) -> R {
    let found = data::<Match>(vm, *this)?;
    let all = vm.list_with_capacity(found.groups);
    for group in 1..=found.groups {
        all.push(vm, group_text(vm, found, group, *default)?);
    }
    Ok(vm.tuple(all.items()).value())
}

fn groupdict(vm: &Vm, [this, default]: &[Value; 2]) -> R {
    let found = data::<Match>(vm, *this)?;
    let names = data::<super::pattern::Pattern>(vm, found.pattern.get())?.groupindex.get();
    let result = vm.dict();
    if let Some(names) = names.cast::<Dict>() {
        let mut position = 0;
        while let Some((behind, entry)) = names.next(position) {
            position = behind;
            let number = group_number(vm, &found, entry.value)?;
            let text = group_text(vm, found, number, *default)?;
            result.insert_hashed(vm, entry.key, entry.hash, text)?;
        }
    }
    Ok(result.value())
}

fn expand(vm: &Vm, [this, template]: &[Value; 2]) -> R {
    let found = data::<Match>(vm, *this)?;
    let template = replace::compile_template(vm, found.pattern.get(), *template)?;
    replace::expand(vm, template, found)
}

fn copy(_: &Vm, [this]: &[Value; 1]) -> R {
    Ok(*this)
}

fn deepcopy(_: &Vm, [this, _memo]: &[Value; 2]) -> R {
    Ok(*this)
}
