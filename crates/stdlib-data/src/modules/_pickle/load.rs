//! Reading a pickle: the machine with its stack, and the operations on it.

use super::input::Input;
use super::opcode::*;
use super::state::State;
use super::unpickler::{Settings, no_persistent_load};
use heap::RootVec;
use object::layout::native::Native;
use object::{Dict, List, Raised, Ref, Set, TypeId, Value, ValueExt, Vm};

/// What Python code has a say in; unbound where it has none.
pub struct Hooks {
    pub persistent_load: Value,
    pub find_class: Value,
    /// An iterator over the buffers that are not in the pickle.
    pub buffers: Value,
}

impl Hooks {
    /// None at all.
    pub const NONE: Hooks =
        Hooks { persistent_load: Value::UNBOUND, find_class: Value::UNBOUND, buffers: Value::UNBOUND };
}

/// The reading of one pickle. It lives on the native stack, where the collector sees the values in it.
pub struct Loader<'a> {
    pub vm: &'a Vm,
    pub state: Ref<Native<State>>,
    pub settings: &'a Settings,
    pub hooks: Hooks,
    pub input: Input<'a>,
    stack: RootVec,
    /// Heights of the stack at the marks.
    marks: Vec<usize>,
    /// The last of them, 0 where there is none: nothing below may be taken.
    fence: usize,
}

impl<'a> Loader<'a> {
    /// A pickle to be read.
    pub fn new(
        vm: &'a Vm,
        state: Ref<Native<State>>,
        settings: &'a Settings,
        hooks: Hooks,
        input: Input<'a>,
    ) -> Loader<'a> {
        Loader { vm, state, settings, hooks, input, stack: RootVec::new(), marks: Vec::new(), fence: 0 }
    }

    /// Reads the object.
    pub fn run(mut self) -> Result<Value, Raised> {
        self.settings.protocol.set(0);
        loop {
            let Some(op) = self.input.operation()? else {
                return Err(self.vm.eof_error("Ran out of input"));
            };
            if op == STOP {
                break;
            }
            self.step(op)?;
        }
        self.input.settle()?;
        self.pop()
    }

    /// Raises UnpicklingError.
    #[cold]
    pub fn error(&self, text: impl AsRef<str>) -> Raised {
        self.state.unpickling(self.vm, text)
    }

    #[cold]
    fn underflow(&self) -> Raised {
        self.error(if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" })
    }

    /// Puts a value on the stack.
    #[inline(always)]
    pub fn push(&mut self, value: Value) -> Result<(), Raised> {
        self.stack.push(&self.vm.heap, value).map_err(|_| self.vm.memory_error())
    }

    /// Takes the value from the top of the stack.
    #[inline(always)]
    pub fn pop(&mut self) -> Result<Value, Raised> {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.pop().ok_or_else(|| self.underflow())
    }

    /// The value at the top of the stack.
    #[inline(always)]
    pub fn top(&self) -> Result<Value, Raised> {
        let len = self.stack.len();
        if len <= self.fence {
            return Err(self.underflow());
        }
        Ok(self.stack[len - 1])
    }

    /// Replaces the value at the top of the stack, which is there.
    pub fn set_top(&mut self, value: Value) {
        let len = self.stack.len();
        self.stack.set(&self.vm.heap, len - 1, value);
    }

    /// Raises where there are not so many values above the last mark.
    #[inline(always)]
    pub fn require(&self, count: usize) -> Result<(), Raised> {
        if self.stack.len() < self.fence + count { Err(self.underflow()) } else { Ok(()) }
    }

    /// The values from a height on.
    #[inline(always)]
    pub fn above(&self, height: usize) -> &[Value] {
        &self.stack.as_slice()[height.min(self.stack.len())..]
    }

    /// Drops the values from a height on.
    #[inline(always)]
    pub fn cut(&mut self, height: usize) {
        self.stack.truncate(height);
    }

    fn mark(&mut self) {
        self.fence = self.stack.len();
        self.marks.push(self.fence);
    }

    /// Takes the last mark off, and gives its height.
    #[inline(always)]
    pub fn pop_mark(&mut self) -> Result<usize, Raised> {
        let Some(mark) = self.marks.pop() else { return Err(self.error("could not find MARK")) };
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(mark)
    }

    #[inline(always)]
    fn step(&mut self, op: u8) -> Result<(), Raised> {
        let vm = self.vm;
        match op {
            NONE => self.push(Value::NONE),
            NEWTRUE => self.push(Value::TRUE),
            NEWFALSE => self.push(Value::FALSE),
            BININT1 => {
                let int = self.input.byte()?;
                self.push(Value::small(int as i64))
            }
            BININT2 => {
                let int = self.input.u16()?;
                self.push(Value::small(int as i64))
            }
            BININT => {
                let int = self.input.i32()?;
                self.push(Value::small(int as i64))
            }
            BINFLOAT => {
                let float = f64::from_be_bytes(self.input.array()?);
                self.push(vm.float(float))
            }
            SHORT_BINUNICODE => {
                let len = self.input.byte()? as usize;
                self.unicode(len)
            }
            BINUNICODE => {
                let len = self.input.u32()? as usize;
                self.unicode(len)
            }
            MEMOIZE => {
                let value = self.top()?;
                let memo = &self.settings.memo;
                memo.put(vm, memo.count(), value)
            }
            BINPUT => {
                let index = self.input.byte()? as usize;
                self.settings.memo.put(vm, index, self.top()?)
            }
            LONG_BINPUT => {
                let index = self.input.u32()? as usize;
                self.settings.memo.put(vm, index, self.top()?)
            }
            BINGET => {
                let index = self.input.byte()? as usize;
                self.get(index)
            }
            LONG_BINGET => {
                let index = self.input.u32()? as usize;
                self.get(index)
            }
            MARK => {
                self.mark();
                Ok(())
            }
            EMPTY_TUPLE => self.push(vm.tuple(&[]).value()),
            TUPLE1 => self.short_tuple(1),
            TUPLE2 => self.short_tuple(2),
            TUPLE3 => self.short_tuple(3),
            TUPLE => {
                let mark = self.pop_mark()?;
                self.tuple_above(mark)
            }
            EMPTY_LIST => self.push(vm.list(&[]).value()),
            EMPTY_DICT => self.push(vm.dict().value()),
            EMPTY_SET => self.push(vm.set().value()),
            APPEND => {
                self.require(2)?;
                self.append(self.stack.len() - 1)
            }
            APPENDS => {
                let mark = self.pop_mark()?;
                self.append_above(mark)
            }
            SETITEM => {
                self.require(3)?;
                self.set_items(self.stack.len() - 2)
            }
            SETITEMS => {
                let mark = self.pop_mark()?;
                if mark > self.stack.len() || mark <= self.fence {
                    return Err(self.underflow());
                }
                self.set_items(mark)
            }
            SHORT_BINBYTES => {
                let len = self.input.byte()? as usize;
                self.bytes(len)
            }
            _ => self.rare_step(op),
        }
    }

    #[inline(never)]
    fn rare_step(&mut self, op: u8) -> Result<(), Raised> {
        let vm = self.vm;
        match op {
            BUILD => self.build(),
            NEWOBJ => self.new_object(false),
            NEWOBJ_EX => self.new_object(true),
            REDUCE => self.reduce(),
            STACK_GLOBAL => self.stack_global(),
            GLOBAL => self.global(),
            INST => self.instance(),
            OBJ => self.object(),
            EXT1 => {
                let code = self.input.byte()?;
                self.extension(code as i64)
            }
            EXT2 => {
                let code = self.input.u16()?;
                self.extension(code as i64)
            }
            EXT4 => {
                let code = self.input.i32()?;
                self.extension(code as i64)
            }
            ADDITEMS => self.add_items(),
            FROZENSET => self.frozenset(),
            LIST => {
                let mark = self.pop_mark()?;
                let list = vm.list(self.above(mark));
                self.cut(mark);
                self.push(list.value())
            }
            DICT => self.dict(),
            POP => self.pop_any(),
            POP_MARK => {
                let mark = self.pop_mark()?;
                self.cut(mark);
                Ok(())
            }
            DUP => {
                let value = self.top()?;
                self.push(value)
            }
            BINBYTES => {
                let len = self.input.u32()? as usize;
                self.bytes(len)
            }
            BINBYTES8 => {
                let len = self.input.size("BINBYTES exceeds system's maximum size of")?;
                self.bytes(len)
            }
            BINUNICODE8 => {
                let len = self.input.size("BINUNICODE exceeds system's maximum size of")?;
                self.unicode(len)
            }
            BYTEARRAY8 => {
                let len = self.input.size("BYTEARRAY8 exceeds system's maximum size of")?;
                self.bytearray(len)
            }
            LONG1 => {
                let len = self.input.byte()?;
                self.counted_long(len as i64)
            }
            LONG4 => {
                let len = self.input.i32()?;
                self.counted_long(len as i64)
            }
            INT => self.int_line(),
            LONG => self.long_line(),
            FLOAT => self.float_line(),
            STRING => self.string_line(),
            UNICODE => self.unicode_line(),
            BINSTRING => {
                let len = self.input.i32()?;
                self.counted_string(len as i64)
            }
            SHORT_BINSTRING => {
                let len = self.input.byte()?;
                self.counted_string(len as i64)
            }
            GET => {
                let line = self.input.line()?;
                let index = self.index_of(&line)?;
                match usize::try_from(index) {
                    Ok(index) => self.get(index),
                    Err(_) => Err(self.not_found(index)),
                }
            }
            PUT => {
                let line = self.input.line()?;
                let value = self.top()?;
                match usize::try_from(self.index_of(&line)?) {
                    Ok(index) => self.settings.memo.put(vm, index, value),
                    Err(_) => Err(vm.value_error("negative PUT argument")),
                }
            }
            PERSID => self.persistent_line(),
            BINPERSID => {
                let id = self.pop()?;
                self.persistent(id)
            }
            PROTO => {
                let protocol = self.input.byte()?;
                if protocol > HIGHEST_PROTOCOL {
                    return Err(vm.value_error(format!("unsupported pickle protocol: {protocol}")));
                }
                self.settings.protocol.set(protocol);
                Ok(())
            }
            FRAME => {
                let size = self.input.array()?;
                self.input.enter_frame(u64::from_le_bytes(size))
            }
            NEXT_BUFFER => self.next_buffer(),
            READONLY_BUFFER => self.readonly_buffer(),
            _ => Err(self.invalid(op)),
        }
    }

    #[cold]
    fn invalid(&self, op: u8) -> Raised {
        let shown = match op {
            b'\'' | b'\\' => format!("\\x{op:02x}"),
            b' '..=b'~' => String::from(op as char),
            _ => format!("\\x{op:02x}"),
        };
        self.error(format!("invalid load key, '{shown}'."))
    }

    #[cold]
    fn not_found(&self, index: i64) -> Raised {
        self.error(format!("Memo value not found at index {index}"))
    }

    #[inline(always)]
    fn get(&mut self, index: usize) -> Result<(), Raised> {
        match self.settings.memo.get(self.vm, index)? {
            Some(value) => self.push(value),
            None => Err(self.not_found(index as i64)),
        }
    }

    fn short_tuple(&mut self, len: usize) -> Result<(), Raised> {
        self.require(len)?;
        self.tuple_above(self.stack.len() - len)
    }

    fn tuple_above(&mut self, height: usize) -> Result<(), Raised> {
        let tuple = self.vm.tuple(self.above(height));
        self.cut(height);
        self.push(tuple.value())
    }

    fn append_above(&mut self, mark: usize) -> Result<(), Raised> {
        if mark > self.stack.len() || mark <= self.fence {
            return Err(self.underflow());
        }
        self.append(mark)
    }

    /// Appends what lies above a height to what lies below.
    fn append(&mut self, height: usize) -> Result<(), Raised> {
        let vm = self.vm;
        if self.stack.len() == height {
            return Ok(());
        }
        let target = self.stack[height - 1];
        if let Some(list) = target.cast::<List>()
            && target.shape() == TypeId::List as u32
        {
            match self.above(height) {
                [item] => list.push(vm, *item),
                items => list.extend(vm, items),
            }
            self.cut(height);
            return Ok(());
        }
        let items = vm.list(self.above(height));
        self.cut(height);
        match vm.getattr_opt(target, vm.names.extend)? {
            Some(extend) => {
                vm.call(extend, &[items.value()])?;
            }
            None => {
                let append = vm.getattr(target, vm.names.append)?;
                let mut index = 0;
                while let Some(item) = items.get(index) {
                    vm.call(append, &[item])?;
                    index += 1;
                }
            }
        }
        Ok(())
    }

    /// Sets the pairs that lie above a height in what lies below.
    fn set_items(&mut self, height: usize) -> Result<(), Raised> {
        let vm = self.vm;
        let len = self.stack.len();
        if len == height {
            return Ok(());
        }
        if (len - height) % 2 != 0 {
            return Err(self.error("odd number of items for SETITEMS"));
        }
        let target = self.stack[height - 1];
        let dict = target.cast::<Dict>().filter(|_| target.shape() == TypeId::Dict as u32);
        let count = (len - height) / 2;
        if let Some(dict) = dict
            && count > 4
        {
            dict.reserve(vm, dict.len() + count);
        }
        let mut at = height;
        while at < len {
            let (key, value) = (self.stack[at], self.stack[at + 1]);
            match dict {
                Some(dict) => dict.insert(vm, key, value)?,
                None => vm.setitem(target, key, value)?,
            }
            at += 2;
        }
        self.cut(height);
        Ok(())
    }

    fn add_items(&mut self) -> Result<(), Raised> {
        let vm = self.vm;
        let mark = self.pop_mark()?;
        if mark > self.stack.len() || mark <= self.fence {
            return Err(self.underflow());
        }
        let target = self.stack[mark - 1];
        let set = target.cast::<Set>().filter(|_| vm.is_a(target, TypeId::Set));
        let add = match set {
            Some(_) => Value::UNBOUND,
            None if self.stack.len() == mark => return Ok(()),
            None => vm.getattr(target, vm.names.add)?,
        };
        for at in mark..self.stack.len() {
            let member = self.stack[at];
            match set {
                Some(set) => set.add(vm, member)?,
                None => {
                    vm.call(add, &[member])?;
                }
            }
        }
        self.cut(mark);
        Ok(())
    }

    fn frozenset(&mut self) -> Result<(), Raised> {
        let mark = self.pop_mark()?;
        let set = self.vm.frozenset();
        for at in mark..self.stack.len() {
            set.add(self.vm, self.stack[at])?;
        }
        self.cut(mark);
        self.push(set.value())
    }

    fn dict(&mut self) -> Result<(), Raised> {
        let mark = self.pop_mark()?;
        let dict = self.vm.dict();
        if (self.stack.len() - mark) % 2 != 0 {
            return Err(self.error("odd number of items for DICT"));
        }
        let mut at = mark;
        while at < self.stack.len() {
            dict.insert(self.vm, self.stack[at], self.stack[at + 1])?;
            at += 2;
        }
        self.cut(mark);
        self.push(dict.value())
    }

    /// Takes the value or the mark off that came last.
    fn pop_any(&mut self) -> Result<(), Raised> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.pop_mark()?;
        } else {
            self.pop()?;
        }
        Ok(())
    }

    fn persistent(&mut self, id: Value) -> Result<(), Raised> {
        if self.hooks.persistent_load.is_unbound() {
            return Err(no_persistent_load(self.vm, &self.state));
        }
        let object = self.vm.call(self.hooks.persistent_load, &[id])?;
        self.push(object)
    }

    fn persistent_line(&mut self) -> Result<(), Raised> {
        let line = self.input.line_or_empty()?;
        match std::str::from_utf8(&line[..line.len() - 1]) {
            Ok(id) if id.is_ascii() => self.persistent(self.vm.str(id).value()),
            _ => Err(self.error("persistent IDs in protocol 0 must be ASCII strings")),
        }
    }

    fn next_buffer(&mut self) -> Result<(), Raised> {
        if self.hooks.buffers.is_unbound() {
            let text = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(self.error(text));
        }
        match self.vm.next(self.hooks.buffers)? {
            Some(buffer) => self.push(buffer),
            None => Err(self.error("not enough out-of-band buffers")),
        }
    }

    fn readonly_buffer(&mut self) -> Result<(), Raised> {
        let vm = self.vm;
        let buffer = self.top()?;
        let view = vm.call(vm.types[TypeId::MemoryView].value(), &[buffer])?;
        let readonly = vm.getattr_str(view, "readonly")?;
        if !vm.truthy(readonly)? {
            let readonly = vm.call_method_str(view, "toreadonly", &[])?;
            self.set_top(readonly);
        }
        vm.call_method_str(view, "release", &[])?;
        Ok(())
    }
}
