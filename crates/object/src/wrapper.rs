//! Slot wrappers: the special methods that built-in classes show (`int.__add__`).

use crate::call::Args;
use crate::layout::native::{Native, NativeData};
use crate::native::NativeDef;
use crate::slots::{R, SEQUENCE_SPECIALS, SPECIALS, Slots, Special, Wrap};
use crate::{Field, Ref, Str, TypeId, TypeObj, ValueExt, Vm};
use heap::{Tracer, Value};

/// The data of a `wrapper_descriptor`, and of a `method-wrapper` that is bound to `this`.
pub struct SlotWrapper {
    /// What it wraps.
    pub special: &'static Special,
    /// The class whose slot it calls.
    pub owner: Field,
    /// What it is bound to, or unbound.
    pub this: Field,
}

impl NativeData for SlotWrapper {
    fn trace(&self, tracer: &mut Tracer) {
        self.owner.trace(tracer);
        self.this.trace(tracer);
    }
}

impl SlotWrapper {
    /// The class whose slot it calls.
    pub fn owner_type(&self) -> Ref<TypeObj> {
        // SAFETY: the field holds a class.
        unsafe { self.owner.get().cast_unchecked() }
    }
}

/// The slots that a wrapper descriptor calls into.
pub fn wrapped_slots(vm: &Vm, value: Value) -> Option<&'static Slots> {
    let wrapper = vm.as_native::<SlotWrapper>(value)?;
    let owner = wrapper.owner_type();
    // SAFETY: the owner is a built-in class, which lives as long as the interpreter.
    Some(unsafe { &*(owner.slots() as *const Slots) })
}

impl Vm {
    /// Adds wrappers for the slots that a built-in class sets itself.
    pub fn add_slot_wrappers(&self, class: Ref<TypeObj>, own: &Slots) {
        for special in SEQUENCE_SPECIALS.iter().chain(SPECIALS) {
            if !own.is_set(special.slot) || special.wrap == Wrap::GetAttrHook || special.wrap == Wrap::New {
                continue;
            }
            let name = self.special_name(special);
            if class.dict().find_str(self, name).is_some() {
                continue;
            }
            let wrapper = self.slot_wrapper(TypeId::WrapperDescriptor, special, class, Value::UNBOUND);
            class.dict().insert_str(self, name, wrapper);
        }
    }

    /// A wrapper, bound where `this` is not unbound.
    pub fn slot_wrapper(&self, kind: TypeId, special: &'static Special, owner: Ref<TypeObj>, this: Value) -> Value {
        let data = SlotWrapper { special, owner: Field::new(owner.value()), this: Field::new(this) };
        self.native(self.types[kind], data).value()
    }

    /// Calls a wrapper; `args` has self first.
    pub fn call_slot_wrapper(&self, wrapper: Ref<Native<SlotWrapper>>, args: Args) -> R {
        let special = wrapper.special;
        let owner = wrapper.owner_type();
        let name = special.name;
        if args.count() == 0 {
            let text = format!("descriptor '{name}' of '{}' object needs an argument", owner.name_str());
            return Err(self.type_error(text));
        }
        let this = args.args[0];
        if !self.type_of(this).is_subclass(owner) {
            let text = format!(
                "descriptor '{name}' requires a '{}' object but received a '{}'",
                owner.name_str(),
                self.type_name(this)
            );
            return Err(self.type_error(text));
        }
        let rest = args.rest();
        let slots = *owner.slots();
        match special.wrap {
            Wrap::Call => {
                return match slots.call {
                    Some(call) => call(self, this, rest),
                    None => Err(self.missing_slot(name)),
                };
            }
            Wrap::Init => {
                return match slots.init {
                    // The initialisation of the class that has the wrapper, not of the instance's own.
                    Some(init) if std::ptr::fn_addr_eq(init, crate::class::builtin_init as crate::slots::InitFn) => {
                        match owner.init_def.get() {
                            Some(def) => crate::class::call_with_first(self, def, this, rest),
                            None => Ok(Value::NONE),
                        }
                    }
                    Some(init) => init(self, this, rest).map(|()| Value::NONE),
                    None => Err(self.missing_slot(name)),
                };
            }
            _ => {}
        }
        if rest.keyword_count() > 0 {
            return Err(self.type_error(format!("wrapper {name}() takes no keyword arguments")));
        }
        let given = rest.args;
        let (min, max) = match special.wrap {
            Wrap::Unary | Wrap::Next | Wrap::Hash | Wrap::Len | Wrap::Bool => (0, 0),
            Wrap::SetItem | Wrap::SetAttr | Wrap::DescrSet => (2, 2),
            Wrap::Power | Wrap::PowerReflected | Wrap::DescrGet => (1, 2),
            _ => (1, 1),
        };
        if given.len() < min || given.len() > max {
            let plural = if max == 1 { "" } else { "s" };
            let text = if min == max {
                format!("expected {max} argument{plural}, got {}", given.len())
            } else if special.wrap == Wrap::DescrGet {
                let (word, bound) = if given.len() < min { ("least", min) } else { ("most", max) };
                let plural = if bound == 1 { "" } else { "s" };
                format!("{name} expected at {word} {bound} argument{plural}, got {}", given.len())
            } else {
                format!("expected {min} or {max} arguments, got {}", given.len())
            };
            return Err(self.type_error(text));
        }
        let arg = |index: usize| given.get(index).copied().unwrap_or(Value::NONE);
        macro_rules! unary_slots {
            ($($id:ident),*) => {
                match special.slot {
                    $(crate::slots::SlotId::$id => slots.$id,)*
                    _ => None,
                }
            };
        }
        match special.wrap {
            Wrap::Unary => {
                match unary_slots!(
                    repr, str, iter, negative, positive, absolute, invert, int, float, index, await_, aiter, anext
                ) {
                    Some(slot) => slot(self, this),
                    None => Err(self.missing_slot(name)),
                }
            }
            Wrap::Next => match slots.next {
                Some(slot) => {
                    let value = slot(self, this)?;
                    if value.is_unbound() { Err(self.stop_iteration(Value::NONE)) } else { Ok(value) }
                }
                None => Err(self.missing_slot(name)),
            },
            Wrap::Binary | Wrap::Reflected | Wrap::Repeat => {
                let slot = unary_slots!(
                    add,
                    subtract,
                    multiply,
                    remainder,
                    divmod,
                    lshift,
                    rshift,
                    and,
                    xor,
                    or,
                    floor_divide,
                    true_divide,
                    matrix_multiply,
                    inplace_add,
                    inplace_subtract,
                    inplace_multiply,
                    inplace_remainder,
                    inplace_power,
                    inplace_lshift,
                    inplace_rshift,
                    inplace_and,
                    inplace_xor,
                    inplace_or,
                    inplace_floor_divide,
                    inplace_true_divide,
                    inplace_matrix_multiply,
                    getitem,
                    concat,
                    repeat,
                    inplace_concat,
                    inplace_repeat
                );
                match slot {
                    Some(slot) if special.wrap == Wrap::Reflected => slot(self, arg(0), this),
                    Some(slot) if special.wrap == Wrap::Repeat => {
                        self.index(arg(0))?;
                        slot(self, this, arg(0))
                    }
                    Some(slot) => slot(self, this, arg(0)),
                    None => Err(self.missing_slot(name)),
                }
            }
            Wrap::Power | Wrap::PowerReflected => match slots.power {
                Some(slot) if special.wrap == Wrap::Power => slot(self, this, arg(0), arg(1)),
                Some(slot) => slot(self, arg(0), this, arg(1)),
                None => Err(self.missing_slot(name)),
            },
            Wrap::Hash => match slots.hash {
                Some(slot) => slot(self, this).map(|hash| self.int(hash)),
                None => Err(self.missing_slot(name)),
            },
            Wrap::Len => match slots.len {
                Some(slot) => slot(self, this).map(|len| self.int_usize(len)),
                None => Err(self.missing_slot(name)),
            },
            Wrap::Bool => match slots.bool {
                Some(slot) => slot(self, this).map(Value::bool),
                None => Err(self.missing_slot(name)),
            },
            Wrap::Contains => match slots.contains {
                Some(slot) => slot(self, this, arg(0)).map(Value::bool),
                None => Err(self.missing_slot(name)),
            },
            Wrap::Compare(op) => match slots.compare {
                Some(slot) => slot(self, this, arg(0), op),
                None => Err(self.missing_slot(name)),
            },
            Wrap::SetItem | Wrap::DelItem => match slots.setitem {
                Some(slot) => {
                    let value = if special.wrap == Wrap::SetItem { arg(1) } else { Value::UNBOUND };
                    slot(self, this, arg(0), value).map(|()| Value::NONE)
                }
                None => Err(self.missing_slot(name)),
            },
            Wrap::GetAttribute | Wrap::SetAttr | Wrap::DelAttr => {
                let Some(attr) = arg(0).cast::<Str>().or_else(|| self.as_str(arg(0))) else {
                    let text = format!("attribute name must be string, not '{}'", self.type_name(arg(0)));
                    return Err(self.type_error(text));
                };
                if special.wrap == Wrap::GetAttribute {
                    return match slots.getattr {
                        Some(slot) => slot(self, this, attr),
                        None => Err(self.missing_slot(name)),
                    };
                }
                // A wrapper of a base must not bypass the rules of a built-in class between it and the object's.
                if let Some(own) = self.builtin_setattr(self.type_of(this))
                    && let Some(slot) = slots.setattr
                    && !std::ptr::fn_addr_eq(own, slot)
                {
                    let text = format!("can't apply this {name} to {} object", self.type_name(this));
                    return Err(self.type_error(text));
                }
                let value = if special.wrap == Wrap::SetAttr { arg(1) } else { Value::UNBOUND };
                match slots.setattr {
                    Some(slot) => slot(self, this, attr, value).map(|()| Value::NONE),
                    None => Err(self.missing_slot(name)),
                }
            }
            Wrap::DescrGet => match slots.descr_get {
                Some(slot) => {
                    let unbound = |value: Value| if value.is_none() { Value::UNBOUND } else { value };
                    if arg(0).is_none() && arg(1).is_none() {
                        return Err(self.type_error("__get__(None, None) is invalid"));
                    }
                    slot(self, this, unbound(arg(0)), unbound(arg(1)))
                }
                None => Err(self.missing_slot(name)),
            },
            Wrap::DescrSet | Wrap::DescrDelete => match slots.descr_set {
                Some(slot) => {
                    let value = if special.wrap == Wrap::DescrSet { arg(1) } else { Value::UNBOUND };
                    slot(self, this, arg(0), value).map(|()| Value::NONE)
                }
                None => Err(self.missing_slot(name)),
            },
            Wrap::Buffer => {
                let Some(from_slot) = self.state_value("memoryview.from_slot") else {
                    return Err(self.missing_slot(name));
                };
                self.call(from_slot, &[this, arg(0), owner.value()])
            }
            Wrap::Call | Wrap::Init | Wrap::New | Wrap::GetAttrHook => Err(self.missing_slot(name)),
        }
    }

    /// The `setattr` slot of the nearest built-in class among the bases of a class.
    fn builtin_setattr(&self, class: Ref<TypeObj>) -> Option<crate::slots::SetAttrFn> {
        let mut at = Some(class);
        while let Some(class) = at {
            if class.def.get().is_some() {
                return class.slots().setattr;
            }
            at = class.base();
        }
        None
    }

    #[cold]
    fn missing_slot(&self, name: &str) -> crate::Raised {
        self.type_error(format!("the class does not implement {name}"))
    }
}

/// `__new__` as built-in classes show it: `T.__new__(S, ...)`, S a subclass of T.
pub fn call_builtin_new(vm: &Vm, owner: Ref<TypeObj>, args: Args) -> R {
    let owner_name = owner.name_str();
    let Some(first) = (args.count() > 0).then(|| args.args[0]) else {
        return Err(vm.type_error(format!("{owner_name}.__new__(): not enough arguments")));
    };
    let Some(class) = first.cast::<TypeObj>() else {
        let text = format!("{owner_name}.__new__(X): X is not a type object ({})", vm.type_name(first));
        return Err(vm.type_error(text));
    };
    if !class.is_subclass(owner) {
        let name = class.name_str();
        return Err(vm.type_error(format!("{owner_name}.__new__({name}): {name} is not a subtype of {owner_name}")));
    }
    if class.has(crate::type_flags::NO_NEW) {
        return Err(vm.type_error(format!("cannot create '{}' instances", class.qualified_name(vm))));
    }
    let mut base = class;
    while base.def.get().is_none() {
        match base.base() {
            Some(next) => base = next,
            None => break,
        }
    }
    let same = match (base.new_def.get(), owner.new_def.get()) {
        (Some(a), Some(b)) => std::ptr::eq::<NativeDef>(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    if !same {
        let (name, safe) = (class.name_str(), base.name_str());
        return Err(vm.type_error(format!("{owner_name}.__new__({name}) is not safe, use {safe}.__new__()")));
    }
    crate::class::new_from_def(vm, class, owner, args.rest())
}
