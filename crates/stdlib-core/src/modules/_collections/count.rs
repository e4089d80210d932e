//! `_count_elements`

use bytecode::BinaryOperator;
use object::slots::R;
use object::{Dict, TypeId, Value, ValueExt, Vm, natives};

natives! { pub static FUNCTIONS: {
    /// Count elements in the iterable, updating the mapping
    "_count_elements($module, mapping, iterable, /)" => count_elements;
}}

fn count_elements(vm: &Vm, [_module, mapping, iterable]: &[Value; 3]) -> R {
    let iterator = vm.iter(*iterable)?;
    let class = vm.type_of(*mapping);
    let dict_class = vm.types[TypeId::Dict];
    let get = vm.names.get;
    let plain = vm.lookup(class, get) == vm.lookup(dict_class, get)
        && class.slots().same(dict_class.slots(), object::slots::SlotId::setitem);
    let one = Value::small(1);
    if plain && let Some(dict) = mapping.cast::<Dict>() {
        while let Some(key) = vm.next(iterator)? {
            let hash = vm.hash(key)?;
            let Some(position) = dict.find(vm, key, hash)? else {
                dict.insert_hashed(vm, key, hash, one)?;
                continue;
            };
            match dict.value_at(position).as_small() {
                Some(count) => dict.set_value_at(vm, position, vm.int(count + 1)),
                None => {
                    let sum = vm.binary(BinaryOperator::Add, dict.value_at(position), one)?;
                    dict.insert_hashed(vm, key, hash, sum)?;
                }
            }
        }
        return Ok(Value::NONE);
    }
    let get = vm.getattr(*mapping, get)?;
    while let Some(key) = vm.next(iterator)? {
        let old = vm.call(get, &[key, Value::small(0)])?;
        let sum = vm.binary(BinaryOperator::Add, old, one)?;
        vm.setitem(*mapping, key, sum)?;
    }
    Ok(Value::NONE)
}
