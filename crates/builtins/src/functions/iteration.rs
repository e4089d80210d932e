//! Functions that iterate.

use super::objects::positional;
use crate::iterators::callable_iter;
use bytecode::{BinaryOperator, CompareOperator};
use object::{Args, R, Raised, TypeId, Value, ValueExt, Vm};

pub(super) fn all(vm: &Vm, [iterable]: &[Value; 1]) -> R {
    let mut all = true;
    vm.visit(vm.iter(*iterable)?, &mut |item| {
        all = vm.truthy(item)?;
        Ok(all)
    })?;
    Ok(Value::bool(all))
}

pub(super) fn any(vm: &Vm, [iterable]: &[Value; 1]) -> R {
    let mut any = false;
    vm.visit(vm.iter(*iterable)?, &mut |item| {
        any = vm.truthy(item)?;
        Ok(!any)
    })?;
    Ok(Value::bool(any))
}

pub(super) fn iter(vm: &Vm, args: Args) -> R {
    match positional(vm, "iter", args, 1, 2)? {
        [callable, sentinel, ..] => {
            if !vm.is_callable(*callable) {
                return Err(vm.type_error("iter(v, w): v must be callable"));
            }
            Ok(callable_iter(vm, *callable, *sentinel))
        }
        [iterable] => vm.iter(*iterable),
        [] => Ok(Value::NONE),
    }
}

pub(super) fn next(vm: &Vm, args: Args) -> R {
    let args = positional(vm, "next", args, 1, 2)?;
    let iterator = args[0];
    let Some(slot) = vm.type_of(iterator).slots().next else {
        let name = vm.type_of(iterator).qualified_name(vm);
        return Err(vm.type_error(format!("'{name}' object is not an iterator")));
    };
    let default = args.get(1).copied();
    match slot(vm, iterator) {
        Ok(value) if value.is_unbound() => match default {
            Some(default) => Ok(default),
            None => Err(vm.stop_iteration(Value::NONE)),
        },
        Ok(value) => Ok(value),
        Err(raised) => match default {
            Some(default) => {
                vm.catch(raised, TypeId::StopIteration)?;
                Ok(default)
            }
            None => Err(raised),
        },
    }
}

pub(super) fn aiter(vm: &Vm, [iterable]: &[Value; 1]) -> R {
    let Some(slot) = vm.type_of(*iterable).slots().aiter else {
        let name = vm.type_of(*iterable).qualified_name(vm);
        return Err(vm.type_error(format!("'{name}' object is not an async iterable")));
    };
    let iterator = slot(vm, *iterable)?;
    if vm.type_of(iterator).slots().anext.is_none() {
        let name = vm.type_of(iterator).qualified_name(vm);
        return Err(vm.type_error(format!("aiter() returned not an async iterator of type '{name}'")));
    }
    Ok(iterator)
}

pub(super) fn anext(vm: &Vm, [iterator, default]: &[Value; 2]) -> R {
    let Some(slot) = vm.type_of(*iterator).slots().anext else {
        let name = vm.type_of(*iterator).qualified_name(vm);
        return Err(vm.type_error(format!("'{name}' object is not an async iterator")));
    };
    let awaitable = slot(vm, *iterator)?;
    if default.is_unbound() {
        return Ok(awaitable);
    }
    Ok(crate::generator::anext_awaitable(vm, awaitable, *default))
}

pub(super) fn max(vm: &Vm, args: Args) -> R {
    python_max_min(vm, "max", CompareOperator::Gt, args)
}

pub(super) fn min(vm: &Vm, args: Args) -> R {
    python_max_min(vm, "min", CompareOperator::Lt, args)
}

/// `max` and `min`: an item replaces the best one so far where it compares with it by the operator.
pub fn python_max_min(vm: &Vm, name: &str, op: CompareOperator, args: Args) -> R {
    let (values, keywords) = args.split();
    if values.is_empty() {
        return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    if args.keyword_count() > 2 {
        let given = args.keyword_count();
        return Err(vm.type_error(format!("{name}() takes at most 2 keyword arguments ({given} given)")));
    }
    let (mut key, mut default) = (Value::NONE, Value::UNBOUND);
    for (keyword, value) in keywords {
        match keyword.as_bytes() {
            b"key" => key = value,
            b"default" => default = value,
            _ => {
                let keyword = keyword.to_string_lossy();
                return Err(vm.unexpected_keyword(name, &keyword, &["key", "default"], args));
            }
        }
    }
    let mut best: Option<(Value, Value)> = None;
    let mut consider = |item: Value| -> Result<(), Raised> {
        let by = if key.is_none() { item } else { vm.call(key, &[item])? };
        let better = match best {
            None => true,
            Some((_, best)) => match (by.as_small(), best.as_small()) {
                (Some(a), Some(b)) => {
                    if op == CompareOperator::Gt {
                        a > b
                    } else {
                        a < b
                    }
                }
                _ => vm.compare_bool(by, best, op)?,
            },
        };
        if better {
            best = Some((item, by));
        }
        Ok(())
    };
    if let [iterable] = values {
        vm.for_each(*iterable, consider)?;
    } else {
        if !default.is_unbound() {
            return Err(
                vm.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments"))
            );
        }
        for item in values {
            consider(*item)?;
        }
    }
    match best {
        Some((item, _)) => Ok(item),
        None if !default.is_unbound() => Ok(default),
        None => Err(vm.value_error(format!("{name}() iterable argument is empty"))),
    }
}

pub(super) fn sorted(vm: &Vm, args: Args) -> R {
    let given = args.count();
    if given != 1 {
        return Err(vm.type_error(format!("sorted expected 1 argument, got {given}")));
    }
    let (_, keywords) = args.split();
    let (mut key, mut reverse) = (Value::NONE, Value::FALSE);
    for (keyword, value) in keywords {
        match keyword.as_bytes() {
            b"key" => key = value,
            b"reverse" => reverse = value,
            _ => {
                let keyword = keyword.to_string_lossy();
                return Err(vm.unexpected_keyword("sort", &keyword, &["key", "reverse"], args));
            }
        }
    }
    let list = vm.to_list(args.args[0])?;
    let reverse = vm.truthy(reverse)?;
    crate::list::sort_list(vm, list, key, reverse)?;
    Ok(list.value())
}

pub(super) fn sum_builtin(vm: &Vm, [iterable, start]: &[Value; 2]) -> R {
    sum(vm, *iterable, *start)
}

/// A sum of floats with the error of each addition added up apart (Neumaier).
#[derive(Clone, Copy)]
struct Compensated {
    sum: f64,
    error: f64,
}

impl Compensated {
    fn new(sum: f64) -> Compensated {
        Compensated { sum, error: 0.0 }
    }

    fn add(&mut self, x: f64) {
        let total = self.sum + x;
        if self.sum.abs() >= x.abs() {
            self.error += (self.sum - total) + x;
        } else {
            self.error += (x - total) + self.sum;
        }
        self.sum = total;
    }

    fn value(self) -> f64 {
        if self.error != 0.0 && self.error.is_finite() { self.sum + self.error } else { self.sum }
    }
}

/// What has been added up so far.
enum Total {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Any(Value),
}

/// `sum(iterable, start)`
pub fn sum(vm: &Vm, iterable: Value, start: Value) -> R {
    let iterator = vm.iter(iterable)?;
    let refused = if vm.as_str(start).is_some() {
        Some("strings [use ''.join(seq) instead]")
    } else if vm.as_bytes(start).is_some() {
        Some("bytes [use b''.join(seq) instead]")
    } else if start.cast::<object::ByteArray>().is_some() {
        Some("bytearray [use b''.join(seq) instead]")
    } else {
        None
    };
    if let Some(refused) = refused {
        return Err(vm.type_error(format!("sum() can't sum {refused}")));
    }
    let mut total = classify(vm, start);
    vm.visit(iterator, &mut |item| {
        let before = std::mem::replace(&mut total, Total::Int(0));
        total = match add(vm, before, item)? {
            Ok(total) => total,
            Err(before) => Total::Any(classify_again(vm, before, item)?),
        };
        if let Total::Any(value) = total {
            total = classify(vm, value);
        }
        Ok(true)
    })?;
    Ok(value_of(vm, &total))
}

fn classify(vm: &Vm, value: Value) -> Total {
    if let Some(int) = value.as_small() {
        return Total::Int(int);
    }
    if vm.is_exactly(value, TypeId::Float) {
        return Total::Float(Compensated::new(vm.as_float(value).unwrap_or(0.0)));
    }
    if vm.is_exactly(value, TypeId::Complex)
        && let Some((re, im)) = vm.as_complex(value)
    {
        return Total::Complex(Compensated::new(re), Compensated::new(im));
    }
    Total::Any(value)
}

fn value_of(vm: &Vm, total: &Total) -> Value {
    match total {
        Total::Int(int) => vm.int(*int),
        Total::Float(float) => vm.float(float.value()),
        Total::Complex(re, im) => vm.complex(re.value(), im.value()),
        Total::Any(value) => *value,
    }
}

/// Adds by the general rules.
fn classify_again(vm: &Vm, total: Total, item: Value) -> R {
    vm.binary(BinaryOperator::Add, value_of(vm, &total), item)
}

/// Adds what can be added without objects; gives the total back (`Ok(Err(_))`) where it cannot.
fn add(vm: &Vm, total: Total, item: Value) -> Result<Result<Total, Total>, Raised> {
    let small = || if item.is_bool() { Some((item == Value::TRUE) as i64) } else { item.as_small() };
    let float = || if vm.is_exactly(item, TypeId::Float) { vm.as_float(item) } else { None };
    // An int, also of a subclass.
    let int = || vm.as_int(item).map(|int| crate::int::to_f64(vm, int)).transpose();
    Ok(match total {
        Total::Int(sum) => match small().and_then(|item| sum.checked_add(item)) {
            Some(sum) => Ok(Total::Int(sum)),
            None => Err(total),
        },
        Total::Float(mut sum) => match float().map_or_else(int, |x| Ok(Some(x)))? {
            Some(x) => {
                sum.add(x);
                Ok(Total::Float(sum))
            }
            None => Err(total),
        },
        Total::Complex(mut re, mut im) => {
            if vm.is_exactly(item, TypeId::Complex)
                && let Some((x, y)) = vm.as_complex(item)
            {
                re.add(x);
                im.add(y);
                return Ok(Ok(Total::Complex(re, im)));
            }
            match float().map_or_else(int, |x| Ok(Some(x)))? {
                Some(x) => {
                    re.add(x);
                    Ok(Total::Complex(re, im))
                }
                None => Err(total),
            }
        }
        Total::Any(_) => Err(total),
    })
}
