//! `sys.monitoring` (PEP 669).

use object::instrument::{PROFILE_TOOL, event};
use object::{Code, List, Module, ModuleDef, R, Raised, Ref, TypeId, Value, ValueExt, Vm, natives};

natives! { static FUNCTIONS: {
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

/// The module.
pub static MONITORING: ModuleDef = ModuleDef { name: "sys.monitoring", doc: "", functions: &[FUNCTIONS], exec };

/// The state with the names of the tools in use, None for those that are not.
const TOOLS: &str = "sys.monitoring.tools";

/// The number of profilers.
pub const PROFILER_ID: usize = 2;

const C_RETURNS: i64 = 1 << event::C_RETURN | 1 << event::C_RAISE;

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let object = vm.types[TypeId::Object].value();
    let (disable, missing) = (vm.call(object, &[])?, vm.call(object, &[])?);
    vm.instruments.disable.init(disable);
    vm.instruments.missing.init(missing);
    vm.add_value(module, "DISABLE", disable);
    vm.add_value(module, "MISSING", missing);
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", PROFILER_ID as i64), ("OPTIMIZER_ID", 5)]
    {
        vm.add_value(module, name, vm.int(id));
    }
    let events = vm.call(vm.types[TypeId::SimpleNamespace].value(), &[])?;
    for (number, name) in event::NAMES.iter().enumerate() {
        vm.setattr(events, vm.intern(name), vm.int(1 << number))?;
    }
    vm.setattr(events, vm.intern("NO_EVENTS"), vm.int(0))?;
    vm.add_value(module, "events", events);
    vm.set_state(TOOLS, vm.list(&[Value::NONE; PROFILE_TOOL]).value());
    Ok(())
}

fn tools(vm: &Vm) -> Result<Ref<List>, Raised> {
    match vm.state_value(TOOLS).and_then(|tools| tools.cast()) {
        Some(tools) => Ok(tools),
        None => Err(vm.system_error("sys.monitoring is not set up")),
    }
}

fn tool(vm: &Vm, id: i32) -> Result<usize, Raised> {
    match usize::try_from(id) {
        Ok(tool) if tool < PROFILE_TOOL => Ok(tool),
        _ => Err(vm.value_error(format!("invalid tool {id} (must be between 0 and 5)"))),
    }
}

fn check_in_use(vm: &Vm, tool: usize) -> Result<(), Raised> {
    if tools(vm)?.get(tool).is_none_or(Value::is_none) {
        return Err(vm.value_error(format!("tool {tool} is not in use")));
    }
    Ok(())
}

fn use_tool_id(vm: &Vm, [_, id, name]: &[Value; 3]) -> R {
    let tool = tool(vm, vm.index_i32(*id)?)?;
    if vm.as_str(*name).is_none() {
        return Err(vm.value_error("tool name must be a str"));
    }
    use_tool(vm, tool, *name)?;
    Ok(Value::NONE)
}

/// Takes a number for a tool.
pub fn use_tool(vm: &Vm, tool: usize, name: Value) -> Result<(), Raised> {
    let tools = tools(vm)?;
    if tools.get(tool).is_some_and(|name| !name.is_none()) {
        return Err(vm.value_error(format!("tool {tool} is already in use")));
    }
    tools.set(vm, tool, name);
    Ok(())
}

fn clear(vm: &Vm, tool: usize) {
    for event in 0..event::COUNT {
        vm.instruments.set_callback(vm, tool, event, Value::NONE);
    }
    vm.forget_tool(tool);
}

fn clear_tool_id(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    let tool = tool(vm, vm.index_i32(*id)?)?;
    if tools(vm)?.get(tool).is_some_and(|name| !name.is_none()) {
        clear(vm, tool);
    }
    Ok(Value::NONE)
}

fn free_tool_id(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    free_tool(vm, tool(vm, vm.index_i32(*id)?)?)?;
    Ok(Value::NONE)
}

/// Gives the number of a tool back: it is told nothing any more.
pub fn free_tool(vm: &Vm, tool: usize) -> Result<(), Raised> {
    let tools = tools(vm)?;
    if tools.get(tool).is_some_and(|name| !name.is_none()) {
        clear(vm, tool);
        tools.set(vm, tool, Value::NONE);
    }
    Ok(())
}

fn get_tool(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    let tool = tool(vm, vm.index_i32(*id)?)?;
    Ok(tools(vm)?.get(tool).unwrap_or(Value::NONE))
}

fn register_callback(vm: &Vm, [_, id, event, function]: &[Value; 4]) -> R {
    let (id, event) = (vm.index_i32(*id)?, vm.index_i32(*event)?);
    let tool = tool(vm, id)?;
    if event <= 0 || event & (event - 1) != 0 {
        return Err(vm.value_error("The callback can only be set for one event at a time"));
    }
    let number = event.trailing_zeros();
    if number >= event::COUNT {
        return Err(vm.value_error(format!("invalid event {event}")));
    }
    vm.audit("sys.monitoring.register_callback", &[*function])?;
    Ok(vm.instruments.set_callback(vm, tool, number, *function))
}

fn get_events(vm: &Vm, [_, id]: &[Value; 2]) -> R {
    let tool = tool(vm, vm.index_i32(*id)?)?;
    Ok(vm.int(vm.instruments.wishes(tool) as i64))
}

/// The set without what is spelt otherwise: returns of native code come with calls, branches are of two kinds.
fn spelt_out(vm: &Vm, events: i64) -> Result<i64, Raised> {
    let mut events = events;
    if events & C_RETURNS != 0 {
        let calls = 1 << event::CALL | C_RETURNS;
        if events & calls != calls {
            return Err(vm.value_error("cannot set C_RETURN or C_RAISE events independently"));
        }
        events &= !C_RETURNS;
    }
    if events & (1 << event::BRANCH) != 0 {
        events = events & !(1 << event::BRANCH) | 1 << event::BRANCH_LEFT | 1 << event::BRANCH_RIGHT;
    }
    Ok(events)
}

fn set_events(vm: &Vm, [_, id, events]: &[Value; 3]) -> R {
    let (id, events) = (vm.index_i32(*id)?, vm.index_i32(*events)? as i64);
    let tool = tool(vm, id)?;
    if !(0..1 << event::COUNT).contains(&events) {
        return Err(vm.value_error(format!("invalid event set 0x{:x}", events as u32)));
    }
    let events = spelt_out(vm, events)?;
    check_in_use(vm, tool)?;
    vm.set_tool_events(tool, events as u32);
    Ok(Value::NONE)
}

fn code(vm: &Vm, value: Value) -> Result<Ref<Code>, Raised> {
    value.cast::<Code>().ok_or_else(|| vm.type_error("code must be a code object"))
}

fn get_local_events(vm: &Vm, [_, id, object]: &[Value; 3]) -> R {
    let id = vm.index_i32(*id)?;
    let code = code(vm, *object)?;
    let tool = tool(vm, id)?;
    Ok(vm.int(vm.local_events(tool, code) as i64))
}

fn set_local_events(vm: &Vm, [_, id, object, events]: &[Value; 4]) -> R {
    let (id, events) = (vm.index_i32(*id)?, vm.index_i32(*events)? as i64);
    let code = code(vm, *object)?;
    let tool = tool(vm, id)?;
    let events = spelt_out(vm, events)?;
    if !(0..1 << event::LOCAL).contains(&events) {
        return Err(vm.value_error(format!("invalid local event set 0x{:x}", events as u32)));
    }
    check_in_use(vm, tool)?;
    vm.set_local_events(tool, code, events as u32);
    Ok(Value::NONE)
}

fn restart_events(vm: &Vm, [_]: &[Value; 1]) -> R {
    vm.restart_events();
    Ok(Value::NONE)
}

fn all_events(vm: &Vm, [_]: &[Value; 1]) -> R {
    let all = vm.dict();
    for number in 0..event::GROUPED {
        let tools = vm.instruments.tools(number);
        if tools != 0 {
            all.insert_str(vm, vm.intern(event::NAMES[number as usize]), vm.int(tools as i64));
        }
    }
    Ok(all.value())
}
