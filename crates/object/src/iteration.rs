//! Iteration over values of any class, as `for` and native code do it.

use crate::error::Raised;
use crate::layout::iterators::SequenceIter;
use crate::slots::{R, Slots};
use crate::{Field, List, Ref, Tuple, TypeId, ValueExt, Vm};
use heap::Value;

impl Vm {
    /// `iter(value)`
    pub fn iter(&self, value: Value) -> R {
        let class = self.type_of(value);
        match class.slots().iter {
            Some(slot) => {
                let iterator = slot(self, value)?;
                if self.type_of(iterator).slots().next.is_none() {
                    let name = self.type_name(iterator);
                    return Err(self.type_error(format!("iter() returned non-iterator of type '{name}'")));
                }
                Ok(iterator)
            }
            None => self.sequence_iter(value),
        }
    }

    /// An iterator over an object that has only `__getitem__`.
    pub fn sequence_iter(&self, value: Value) -> R {
        let class = self.type_of(value);
        // Subscripts of built-in classes without a length are no items of a sequence.
        let slots = class.slots();
        let is_sequence = slots.len.is_some() || slots.same(&Slots::PYTHON, crate::slots::SlotId::getitem);
        if !is_sequence || slots.getitem.is_none() || class.is_subclass(self.types[TypeId::Dict]) {
            return Err(self.type_error(format!("'{}' object is not iterable", class.qualified_name(self))));
        }
        let data = SequenceIter { sequence: Field::new(value), index: std::cell::Cell::new(0) };
        Ok(self.native(self.types[TypeId::SequenceIterator], data).value())
    }

    /// The next item of an iterator, None at its end.
    #[inline]
    pub fn next(&self, iterator: Value) -> Result<Option<Value>, Raised> {
        if iterator.shape() == TypeId::Generator as u32
            && let Some(generator) = iterator.cast::<crate::Generator>()
        {
            return Ok((self.hooks.get().resume)(self, generator, Value::NONE, false)?.ok());
        }
        if let Some(item) = self.next_known(iterator) {
            return Ok(Some(item));
        }
        match self.type_of(iterator).slots().next {
            Some(slot) => match slot(self, iterator) {
                Ok(value) => Ok(value.bound()),
                // A slot may also end with StopIteration, which then holds the iterator's return value.
                Err(raised) => self.catch(raised, TypeId::StopIteration).map(|_| None),
            },
            None => Err(self.type_error(format!("'{}' object is not an iterator", self.type_name(iterator)))),
        }
    }

    /// Calls a function with each item of an iterable.
    pub fn for_each(&self, iterable: Value, mut each: impl FnMut(Value) -> Result<(), Raised>) -> Result<(), Raised> {
        if let Some(tuple) = iterable.cast::<Tuple>() {
            for &item in tuple.items() {
                each(item)?;
            }
            return Ok(());
        }
        if let Some(list) = iterable.cast::<List>()
            && iterable.shape() == TypeId::List as u32
        {
            let mut index = 0;
            while let Some(item) = list.get(index) {
                each(item)?;
                index += 1;
            }
            return Ok(());
        }
        let iterator = self.iter(iterable)?;
        self.visit(iterator, &mut |item| each(item).map(|()| true))
    }

    /// Gives the items of an iterator to a visitor, until it asks for no more or there are none.
    pub fn visit(&self, iterator: Value, each: crate::vm::Visitor) -> Result<(), Raised> {
        if iterator.shape() == TypeId::Generator as u32
            && let Some(generator) = iterator.cast::<crate::Generator>()
        {
            return (self.hooks.get().visit)(self, generator, each);
        }
        while let Some(item) = self.next(iterator)? {
            if !each(item)? {
                break;
            }
        }
        Ok(())
    }

    /// `list(iterable)`
    pub fn to_list(&self, iterable: Value) -> Result<Ref<List>, Raised> {
        if let Some(list) = iterable.cast::<List>()
            && iterable.shape() == TypeId::List as u32
        {
            return Ok(self.list(list.items()));
        }
        if let Some(tuple) = iterable.cast::<Tuple>() {
            return Ok(self.list(tuple.items()));
        }
        let list = self.list(&[]);
        self.for_each(iterable, |item| {
            list.push(self, item);
            Ok(())
        })?;
        Ok(list)
    }

    /// `tuple(iterable)`
    pub fn to_tuple(&self, iterable: Value) -> Result<Ref<Tuple>, Raised> {
        if let Some(tuple) = iterable.cast::<Tuple>() {
            return Ok(tuple);
        }
        let list = self.to_list(iterable)?;
        Ok(self.tuple(list.items()))
    }
}
