//! Writing tuples, lists, dicts and sets.

use super::opcode::*;
use super::save::Saver;
use object::{Dict, List, Raised, Ref, Set, Tuple, TypeId, Value};

impl Saver<'_> {
    /// An item of a sequence.
    #[inline(always)]
    fn item(&mut self, owner: Value, item: Value, index: usize) -> Result<(), Raised> {
        match self.save(item) {
            Ok(()) => Ok(()),
            Err(raised) => Err(self.note(raised, owner, &format!("item {index}"))),
        }
    }

    /// A key of a dict and its value.
    #[inline(always)]
    fn pair(&mut self, owner: Value, key: Value, value: Value) -> Result<(), Raised> {
        self.save(key)?;
        match self.save(value) {
            Ok(()) => Ok(()),
            Err(raised) => Err(self.value_note(raised, owner, key)),
        }
    }

    #[cold]
    fn value_note(&mut self, raised: Raised, owner: Value, key: Value) -> Raised {
        let vm = self.vm;
        let exception = vm.take_exception(raised);
        let shown = match vm.repr(key) {
            Ok(shown) => shown.to_string_lossy(),
            Err(raised) => return raised,
        };
        let raised = vm.raise_again(exception);
        self.note(raised, owner, &format!("item {shown}"))
    }

    fn element(&mut self, owner: Value, element: Value) -> Result<(), Raised> {
        match self.save(element) {
            Ok(()) => Ok(()),
            Err(raised) => Err(self.note(raised, owner, "element")),
        }
    }

    /// A tuple.
    pub fn tuple(&mut self, tuple: Ref<Tuple>) -> Result<(), Raised> {
        let (object, len) = (tuple.value(), tuple.len());
        if len == 0 {
            if self.is_binary() {
                self.out.op(EMPTY_TUPLE);
            } else {
                self.out.write(&[MARK, TUPLE]);
            }
            return Ok(());
        }
        let short = len <= 3 && self.protocol() >= 2;
        if !short {
            self.out.op(MARK);
        }
        for (index, &item) in tuple.items().iter().enumerate() {
            self.item(object, item, index)?;
        }
        if let Some(known) = self.settings.memo.get(object) {
            // One of its items led back to it and was written with it: what is on the stack is not needed.
            if !short && self.is_binary() {
                self.out.op(POP_MARK);
            } else {
                for _ in 0..len + !short as usize {
                    self.out.op(POP);
                }
            }
            return self.get(known);
        }
        self.out.op(match len {
            1 if short => TUPLE1,
            2 if short => TUPLE2,
            3 if short => TUPLE3,
            _ => TUPLE,
        });
        self.memoize(object)
    }

    /// A list.
    pub fn list(&mut self, list: Ref<List>) -> Result<(), Raised> {
        let object = list.value();
        self.enter(object)?;
        if self.is_binary() {
            self.out.op(EMPTY_LIST);
        } else {
            self.out.write(&[MARK, LIST]);
        }
        self.memoize(object)?;
        if self.protocol() == 0 {
            let mut index = 0;
            while let Some(item) = list.get(index) {
                self.item(object, item, index)?;
                self.out.op(APPEND);
                index += 1;
            }
        } else if list.len() == 1 {
            if let Some(item) = list.get(0) {
                self.item(object, item, 0)?;
            }
            self.out.op(APPEND);
        } else if !list.is_empty() {
            let mut index = 0;
            loop {
                self.out.op(MARK);
                while let Some(item) = list.get(index) {
                    self.item(object, item, index)?;
                    index += 1;
                    if index % BATCH == 0 {
                        break;
                    }
                }
                self.out.op(APPENDS);
                if index >= list.len() {
                    break;
                }
            }
        }
        self.leave(object);
        Ok(())
    }

    /// The items that an iterator gives, to be appended to an object.
    pub fn append_all(&mut self, owner: Value, iterator: Value) -> Result<(), Raised> {
        let vm = self.vm;
        if self.protocol() == 0 {
            let mut index = 0;
            while let Some(item) = vm.next(iterator)? {
                self.item(owner, item, index)?;
                self.out.op(APPEND);
                index += 1;
            }
            return Ok(());
        }
        let mut index = 0;
        loop {
            let Some(first) = vm.next(iterator)? else { return Ok(()) };
            let Some(second) = vm.next(iterator)? else {
                self.item(owner, first, index)?;
                self.out.op(APPEND);
                return Ok(());
            };
            self.out.op(MARK);
            self.item(owner, first, index)?;
            let (mut count, mut item) = (1, second);
            loop {
                self.item(owner, item, index + count)?;
                count += 1;
                if count == BATCH {
                    break;
                }
                match vm.next(iterator)? {
                    Some(next) => item = next,
                    None => break,
                }
            }
            self.out.op(APPENDS);
            index += count;
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// A dict.
    pub fn dict(&mut self, dict: Ref<Dict>) -> Result<(), Raised> {
        let (vm, object) = (self.vm, dict.value());
        self.enter(object)?;
        if self.is_binary() {
            self.out.op(EMPTY_DICT);
        } else {
            self.out.write(&[MARK, DICT]);
        }
        self.memoize(object)?;
        match (dict.is_empty(), self.protocol()) {
            (true, _) => {}
            (false, 0) => {
                let items = vm.call_method(object, vm.names.items, &[])?;
                let iterator = vm.iter(items)?;
                self.set_all(object, iterator)?;
            }
            (false, _) => self.dict_items(dict)?,
        }
        self.leave(object);
        Ok(())
    }

    fn dict_items(&mut self, dict: Ref<Dict>) -> Result<(), Raised> {
        let (object, len) = (dict.value(), dict.len());
        let mut position = 0;
        if len == 1 {
            if let Some((_, entry)) = dict.next(0) {
                self.pair(object, entry.key, entry.value)?;
            }
            self.out.op(SETITEM);
            return Ok(());
        }
        loop {
            let mut count = 0;
            self.out.op(MARK);
            while let Some((behind, entry)) = dict.next(position) {
                position = behind;
                self.pair(object, entry.key, entry.value)?;
                count += 1;
                if count == BATCH {
                    break;
                }
            }
            self.out.op(SETITEMS);
            if dict.len() != len {
                return Err(self.vm.runtime_error("dictionary changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn next_pair(&self, iterator: Value) -> Result<Option<(Value, Value)>, Raised> {
        let Some(item) = self.vm.next(iterator)? else { return Ok(None) };
        match self.vm.as_tuple(item).as_deref().map(Tuple::items) {
            Some([key, value]) => Ok(Some((*key, *value))),
            _ => Err(self.vm.type_error("dict items iterator must return 2-tuples")),
        }
    }

    /// The pairs that an iterator gives, to be set in an object.
    pub fn set_all(&mut self, owner: Value, iterator: Value) -> Result<(), Raised> {
        if self.protocol() == 0 {
            while let Some((key, value)) = self.next_pair(iterator)? {
                self.pair(owner, key, value)?;
                self.out.op(SETITEM);
            }
            return Ok(());
        }
        loop {
            let Some(first) = self.next_pair(iterator)? else { return Ok(()) };
            let Some(second) = self.next_pair(iterator)? else {
                self.pair(owner, first.0, first.1)?;
                self.out.op(SETITEM);
                return Ok(());
            };
            self.out.op(MARK);
            self.pair(owner, first.0, first.1)?;
            let (mut count, mut pair) = (1, second);
            loop {
                self.pair(owner, pair.0, pair.1)?;
                count += 1;
                if count == BATCH {
                    break;
                }
                match self.next_pair(iterator)? {
                    Some(next) => pair = next,
                    None => break,
                }
            }
            self.out.op(SETITEMS);
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// `class([...])`, as protocols without an operation for sets write them.
    fn set_as_list(&mut self, class: TypeId, set: Ref<Set>) -> Result<(), Raised> {
        let vm = self.vm;
        let members = vm.list(&[]);
        for member in set.iter() {
            members.push(vm, member);
        }
        let args = vm.tuple(&[members.value()]);
        let reduced = vm.tuple(&[vm.types[class].value(), args.value()]);
        self.save_reduced(reduced, Some(set.value()))
    }

    /// A set.
    pub fn set(&mut self, set: Ref<Set>) -> Result<(), Raised> {
        if self.protocol() < 4 {
            return self.set_as_list(TypeId::Set, set);
        }
        let object = set.value();
        self.out.op(EMPTY_SET);
        self.memoize(object)?;
        let len = set.len();
        if len == 0 {
            return Ok(());
        }
        let mut position = 0;
        loop {
            let mut count = 0;
            self.out.op(MARK);
            while let Some((behind, _, member)) = set.next_from(position) {
                position = behind;
                self.element(object, member)?;
                count += 1;
                if count == BATCH {
                    break;
                }
            }
            self.out.op(ADDITEMS);
            if set.len() != len {
                return Err(self.vm.runtime_error("set changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// A frozenset.
    pub fn frozenset(&mut self, set: Ref<Set>) -> Result<(), Raised> {
        if self.protocol() < 4 {
            return self.set_as_list(TypeId::FrozenSet, set);
        }
        let object = set.value();
        self.out.op(MARK);
        let mut position = 0;
        while let Some((behind, _, member)) = set.next_from(position) {
            position = behind;
            self.element(object, member)?;
        }
        if let Some(known) = self.settings.memo.get(object) {
            self.out.op(POP_MARK);
            return self.get(known);
        }
        self.out.op(FROZENSET);
        self.memoize(object)
    }
}
