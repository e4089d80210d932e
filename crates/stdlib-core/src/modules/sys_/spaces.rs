//! The modules inside `sys`: `sys.monitoring` and `sys._jit`.

use object::{Kind, ModuleDef, R, Raised, Ref, TypeDef, Value, ValueExt, Vm, natives};

natives! { static MONITORING_FUNCTIONS: {
    "use_tool_id($module, tool_id, name, /)" => use_tool_id;
    "clear_tool_id($module, tool_id, /)" => clear_tool_id;
    "free_tool_id($module, tool_id, /)" => free_tool_id;
    "get_tool($module, tool_id, /)" => get_tool;
    "register_callback($module, tool_id, event, func, /)" => register_callback;
    "get_events($module, tool_id, /)" => get_events;
    "set_events($module, tool_id, event_set, /)" => set_events;
    "get_local_events($module, tool_id, code, /)" => get_local_events;
    "set_local_events($module, tool_id, code, event_set, /)" => set_local_events;
    "restart_events($module, /)" => restart_events;
    "_all_events($module, /)" => all_events;
}}

natives! { static JIT_FUNCTIONS: {
    /// Return True if the current Python executable supports JIT compilation, and False otherwise.
    "is_available($module, /)" => jit_off;
    /// Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()).
    "is_enabled($module, /)" => jit_off;
    /// Return True if the topmost Python frame is currently executing JIT code, and False otherwise.
    "is_active($module, /)" => jit_off;
}}

/// `sys.monitoring`
pub static MONITORING: ModuleDef =
    ModuleDef { name: "sys.monitoring", doc: "", functions: &[MONITORING_FUNCTIONS], exec: exec_monitoring };

/// `sys._jit`
pub static JIT: ModuleDef = ModuleDef {
    name: "sys._jit",
    doc: "Utilities for observing just-in-time compilation.",
    functions: &[JIT_FUNCTIONS],
    exec: |_, _| Ok(()),
};

const EVENTS: [(&str, i64); 20] = [
    ("PY_START", 1),
    ("PY_RESUME", 2),
    ("PY_RETURN", 4),
    ("PY_YIELD", 8),
    ("CALL", 16),
    ("LINE", 32),
    ("INSTRUCTION", 64),
    ("JUMP", 128),
    ("BRANCH_LEFT", 256),
    ("BRANCH_RIGHT", 512),
    ("STOP_ITERATION", 1024),
    ("RAISE", 2048),
    ("EXCEPTION_HANDLED", 4096),
    ("PY_UNWIND", 8192),
    ("PY_THROW", 16384),
    ("RERAISE", 32768),
    ("C_RETURN", 65536),
    ("C_RAISE", 131072),
    ("BRANCH", 262144),
    ("NO_EVENTS", 0),
];

static DISABLE_TYPE: TypeDef = TypeDef { name: "object", kind: Kind::NATIVE, ..TypeDef::DEFAULT };

fn exec_monitoring(vm: &Vm, module: Ref<object::Module>) -> Result<(), Raised> {
    let class = vm.make_type(&DISABLE_TYPE);
    for name in ["DISABLE", "MISSING"] {
        vm.add_value(module, name, super::functions::sentinel(vm, class));
    }
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        vm.add_value(module, name, vm.int(id));
    }
    let events = vm.call(vm.types[object::TypeId::SimpleNamespace].value(), &[])?;
    for (name, bit) in EVENTS {
        vm.setattr(events, vm.intern(name), vm.int(bit))?;
    }
    vm.add_value(module, "events", events);
    vm.set_state("sys.monitoring.tools", vm.list(&[Value::NONE; 6]).value());
    Ok(())
}

fn tool_slot(vm: &Vm, id: Value) -> Result<(Ref<object::List>, usize), Raised> {
    let id = vm.index_i32(id)?;
    if !(0..6).contains(&id) {
        return Err(vm.value_error(format!("invalid tool {id} (must be between 0 and 5)")));
    }
    match vm.state_value("sys.monitoring.tools").and_then(|tools| tools.cast::<object::List>()) {
        Some(tools) => Ok((tools, id as usize)),
        None => Err(vm.system_error("sys.monitoring is not set up")),
    }
}

fn use_tool_id(vm: &Vm, [_, id, name]: &[Value; 3]) -> R {
    let (tools, index) = tool_slot(vm, *id)?;
    if vm.as_str(*name).is_none() {
        return Err(vm.value_error("tool name must be a str"));
    }
    if !tools.items()[index].is_none() {
        return Err(vm.value_error(format!("tool {index} is already in use")));
    }
    tools.set(vm, index, *name);
    Ok(Value::NONE)
}

fn free_tool_id(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    let (tools, index) = tool_slot(vm, *id)?;
    tools.set(vm, index, Value::NONE);
    Ok(Value::NONE)
}

fn clear_tool_id(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    tool_slot(vm, *id)?;
    Ok(Value::NONE)
}

fn get_tool(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    let (tools, index) = tool_slot(vm, *id)?;
    Ok(tools.items()[index])
}

fn in_use(vm: &Vm, id: Value) -> Result<(), Raised> {
    let (tools, index) = tool_slot(vm, id)?;
    if tools.items()[index].is_none() {
        return Err(vm.value_error(format!("tool {index} is not in use")));
    }
    Ok(())
}

fn missing(vm: &Vm) -> Raised {
    vm.not_implemented_error("sys.monitoring events are not supported yet")
}

fn register_callback(vm: &Vm, [_, id, _, function]: &[Value; 4]) -> R {
    tool_slot(vm, *id)?;
    if function.is_none() { Ok(Value::NONE) } else { Err(missing(vm)) }
}

fn get_events(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    in_use(vm, *id)?;
    Ok(vm.int(0))
}

fn set_events(vm: &Vm, [_, id, events]: &[Value; 3]) -> R {
    in_use(vm, *id)?;
    if vm.index_i64(*events)? == 0 { Ok(Value::NONE) } else { Err(missing(vm)) }
}

fn get_local_events(vm: &Vm, [_, id, _]: &[Value; 3]) -> R {
    in_use(vm, *id)?;
    Ok(vm.int(0))
}

fn set_local_events(vm: &Vm, [_, id, _, events]: &[Value; 4]) -> R {
    in_use(vm, *id)?;
    if vm.index_i64(*events)? == 0 { Ok(Value::NONE) } else { Err(missing(vm)) }
}

fn restart_events(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::NONE)
}

fn all_events(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.dict().value())
}

fn jit_off(_: &Vm, [_]: &[Value; 1]) -> R {
    Ok(Value::FALSE)
}
