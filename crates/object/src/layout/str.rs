//! Strings: generalised UTF-8 with the number of code points, and an index of breadcrumbs for those that are not ASCII.

use crate::{Kind, Layout, Ref, TypeId, ValueExt, Vm};
use base::text::Wtf8;
use heap::{Header, Tracer, Value};
use std::cell::Cell;

/// A string. Its bytes follow the struct, or lie in a buffer that does, see [`super::concat`].
#[repr(C)]
pub struct Str {
    pub(super) header: Header,
    /// The hash, or 0 where it is not computed yet (a true hash of 0 is computed again each time).
    pub hash: Cell<i64>,
    pub(super) len: usize,
    pub(super) chars: usize,
    /// Buffer of the byte offsets of every 64th code point, made on first need; only for strings that are not ASCII.
    pub(super) crumbs: Cell<Value>,
    pub(super) bytes: [u8; 0],
}

// SAFETY: repr(C), starts with a Header; only `Vm::alloc_str` makes objects of this kind.
unsafe impl Layout for Str {
    const KIND: Kind = Kind::STR;
}

const INTERNED: u16 = 1;
/// The name of a special method that has a slot; interned.
const SPECIAL: u16 = 2;
/// A concatenation, which may be made longer again.
pub(super) const JOINED: u16 = 4;
/// The bytes lie in a buffer, see [`super::concat`].
pub(super) const BUFFERED: u16 = 8;
const CRUMB: usize = 64;

impl Str {
    /// The text.
    #[inline(always)]
    pub fn text(&self) -> &Wtf8 {
        // SAFETY: the bytes were copied from a Wtf8 of this length when the object was made.
        unsafe { Wtf8::from_bytes_unchecked(self.as_bytes()) }
    }

    /// The bytes of the text.
    #[inline(always)]
    pub fn as_bytes(&self) -> &[u8] {
        let start = if self.header.aux.get() & BUFFERED == 0 { self.bytes.as_ptr() } else { self.buffered() };
        // SAFETY: `len` bytes lie there and are never written again.
        unsafe { std::slice::from_raw_parts(start, self.len) }
    }

    /// The text as str, unless it has surrogates.
    pub fn as_str(&self) -> Option<&str> {
        self.text().to_str()
    }

    /// The text, surrogates replaced.
    pub fn to_string_lossy(&self) -> String {
        self.text().to_string_lossy().to_string()
    }

    /// Number of code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.chars
    }

    /// Is it ""?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Are all code points ASCII?
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.len == self.chars
    }

    /// Is it the one string of its text among all that are interned?
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.header.aux.get() & INTERNED != 0
    }

    /// May it be the name of a special method that has a slot? An interned string knows.
    #[inline]
    pub(crate) fn may_be_special(&self) -> bool {
        self.header.aux.get() & (INTERNED | SPECIAL) != INTERNED
    }

    /// Notes that it is the name of a special method. It is interned, and stays.
    pub(crate) fn set_special(&self) {
        self.header.aux.set(self.header.aux.get() | INTERNED | SPECIAL);
    }

    /// The byte offset of a code point; `index` is at most [`Str::len`].
    pub fn byte_offset(&self, vm: &Vm, index: usize) -> usize {
        if self.is_ascii() {
            return index;
        }
        if index >= self.chars {
            return self.len;
        }
        let bytes = self.as_bytes();
        let mut at = 0;
        if index >= CRUMB {
            let crumbs = self.crumbs(vm);
            at = crumbs[index / CRUMB] as usize;
        }
        for _ in 0..index % CRUMB {
            at += char_width(bytes[at]);
        }
        at
    }

    /// The number of code points before a byte offset.
    pub fn char_index(&self, vm: &Vm, offset: usize) -> usize {
        if self.is_ascii() {
            return offset;
        }
        let bytes = self.as_bytes();
        let (mut index, mut at) = (0, 0);
        if offset >= CRUMB {
            let crumbs = self.crumbs(vm);
            let crumb = crumbs.partition_point(|&start| start as usize <= offset) - 1;
            index = crumb * CRUMB;
            at = crumbs[crumb] as usize;
        }
        while at < offset {
            at += char_width(bytes[at]);
            index += 1;
        }
        index
    }

    /// The code point at an index below [`Str::len`].
    pub fn char_at(&self, vm: &Vm, index: usize) -> u32 {
        if self.is_ascii() {
            return self.as_bytes()[index] as u32;
        }
        let at = self.byte_offset(vm, index);
        decode(&self.as_bytes()[at..])
    }

    fn crumbs(&self, vm: &Vm) -> &[u32] {
        if self.crumbs.get().is_unbound() {
            let buffer = vm.heap.alloc_raw(4 * (self.chars / CRUMB + 1));
            assert!(!buffer.is_null(), "out of memory");
            let bytes = self.as_bytes();
            let mut at = 0;
            for index in 0..self.chars {
                if index % CRUMB == 0 {
                    // SAFETY: the buffer has room for chars / CRUMB + 1 numbers, and is 16-byte aligned plus 16.
                    unsafe { heap::RawBuffer::data(buffer).cast::<u32>().add(index / CRUMB).write(at as u32) };
                }
                at += char_width(bytes[at]);
            }
            let value = Value::object(buffer.cast());
            self.crumbs.set(value);
            vm.heap.barrier(&self.header, value);
        }
        let buffer = self.crumbs.get().object_unchecked().cast::<heap::RawBuffer>();
        // SAFETY: the buffer was filled above with that many numbers and is not written again.
        unsafe { std::slice::from_raw_parts(heap::RawBuffer::data(buffer).cast::<u32>(), self.chars.div_ceil(CRUMB)) }
    }
}

/// The number of bytes of the code point that starts with this byte.
#[inline(always)]
pub fn char_width(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

/// The first code point of the bytes, which start at a boundary and are not empty.
#[inline]
pub fn decode(bytes: &[u8]) -> u32 {
    let low = |index: usize| (bytes[index] & 0x3F) as u32;
    match bytes[0] {
        first @ 0..0x80 => first as u32,
        first @ 0x80..0xE0 => ((first & 0x1F) as u32) << 6 | low(1),
        first @ 0xE0..0xF0 => ((first & 0xF) as u32) << 12 | low(1) << 6 | low(2),
        first => ((first & 7) as u32) << 18 | low(1) << 12 | low(2) << 6 | low(3),
    }
}

pub(crate) unsafe fn trace(object: *mut Header, tracer: &mut Tracer) {
    // SAFETY: callers give a string.
    let string = unsafe { &*object.cast::<Str>() };
    tracer.value(string.crumbs.get());
    if let Some(buffer) = string.buffer() {
        tracer.value(buffer);
    }
}

impl Vm {
    fn alloc_str(&self, bytes: &[u8], chars: usize) -> Ref<Str> {
        let object = self.alloc(size_of::<Str>() + bytes.len(), Kind::STR, TypeId::Str as u32).cast::<Str>();
        // SAFETY: a fresh object with room for the struct and the bytes.
        unsafe {
            (&raw mut (*object).len).write(bytes.len());
            (&raw mut (*object).chars).write(chars);
            (*object).crumbs.set(Value::UNBOUND);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), (&raw mut (*object).bytes).cast(), bytes.len());
            Ref::from_ptr(object)
        }
    }

    /// A new string.
    pub fn str(&self, text: &str) -> Ref<Str> {
        self.str_wtf8(Wtf8::from_str(text))
    }

    /// A new string that may have surrogates. Strings of one ASCII character are shared.
    pub fn str_wtf8(&self, text: &Wtf8) -> Ref<Str> {
        let bytes = text.as_bytes();
        match bytes {
            [] => self.names.empty,
            [byte] => self.ascii_char(*byte),
            _ => self.alloc_str(bytes, text.char_count()),
        }
    }

    /// A new string of bytes of a known number of code points.
    ///
    /// # Safety
    /// `bytes` is generalised UTF-8 of `chars` code points.
    pub unsafe fn str_unchecked(&self, bytes: &[u8], chars: usize) -> Ref<Str> {
        match bytes {
            [] => self.names.empty,
            [byte] => self.ascii_char(*byte),
            _ => self.alloc_str(bytes, chars),
        }
    }

    /// The string of one code point.
    pub fn str_char(&self, char: u32) -> Ref<Str> {
        if char < 0x80 {
            return self.ascii_char(char as u8);
        }
        let mut buffer = base::text::Wtf8Buf::new();
        buffer.push_code_point(char);
        self.alloc_str(buffer.as_bytes(), 1)
    }

    fn ascii_char(&self, byte: u8) -> Ref<Str> {
        let known = self.names.ascii[byte as usize].get();
        match known.cast::<Str>() {
            Some(string) => string,
            None => self.alloc_str(&[byte], 1),
        }
    }

    /// The interned string of a text.
    pub fn intern(&self, text: &str) -> Ref<Str> {
        self.intern_wtf8(Wtf8::from_str(text))
    }

    /// The interned string of a text that may have surrogates.
    pub fn intern_wtf8(&self, text: &Wtf8) -> Ref<Str> {
        let recent = self.interned.recent(text);
        if let Some(known) = recent.get().filter(|known| known.as_bytes() == text.as_bytes()) {
            return known;
        }
        let string = self.intern_unseen(text);
        recent.set(Some(string));
        string
    }

    fn intern_unseen(&self, text: &Wtf8) -> Ref<Str> {
        let hash = self.hash_text(text);
        if let Some(known) = self.interned.find(hash, text) {
            return known;
        }
        let string = self.alloc_str(text.as_bytes(), text.char_count());
        string.hash.set(hash);
        string.header.aux.set(INTERNED);
        self.interned.insert(hash, string);
        string
    }

    /// The interned string equal to a string: itself if none was interned before.
    pub fn intern_str(&self, string: Ref<Str>) -> Ref<Str> {
        if string.is_interned() {
            return string;
        }
        let hash = self.str_hash(string);
        if let Some(known) = self.interned.find(hash, string.text()) {
            return known;
        }
        string.header.aux.set(string.header.aux.get() | INTERNED);
        self.interned.insert(hash, string);
        string
    }

    /// The interned string equal to a string, if there is one.
    pub fn interned(&self, string: Ref<Str>) -> Option<Ref<Str>> {
        if string.is_interned() { Some(string) } else { self.interned.find(self.str_hash(string), string.text()) }
    }

    /// The hash of a string.
    #[inline]
    pub fn str_hash(&self, string: Ref<Str>) -> i64 {
        let known = string.hash.get();
        if known != 0 {
            return known;
        }
        let hash = self.hash_text(string.text());
        string.hash.set(hash);
        hash
    }

    /// Are two strings equal?
    #[inline(always)]
    pub fn str_eq(&self, a: Ref<Str>, b: Ref<Str>) -> bool {
        a == b || (a.len == b.len && !(a.is_interned() && b.is_interned()) && a.as_bytes() == b.as_bytes())
    }

    /// A string without the bytes outside a range, which lies at boundaries.
    pub fn substr(&self, string: Ref<Str>, range: std::ops::Range<usize>) -> Ref<Str> {
        if range.start == 0 && range.end == string.len {
            return string;
        }
        let bytes = &string.as_bytes()[range];
        let chars = if string.is_ascii() {
            bytes.len()
        } else {
            // SAFETY: the caller's range lies at boundaries.
            unsafe { Wtf8::from_bytes_unchecked(bytes) }.char_count()
        };
        // SAFETY: as above.
        unsafe { self.str_unchecked(bytes, chars) }
    }

    /// A new string of `len` bytes and `chars` code points that a closure writes. The bytes it gets are zero.
    ///
    /// # Safety
    /// What the closure leaves is generalised UTF-8 of `chars` code points.
    pub unsafe fn str_with(&self, len: usize, chars: usize, fill: impl FnOnce(&mut [u8])) -> Ref<Str> {
        if len <= 1 {
            let mut small = [0u8; 1];
            fill(&mut small[..len]);
            // SAFETY: the caller's promise.
            return unsafe { self.str_unchecked(&small[..len], chars) };
        }
        let object = self.alloc(size_of::<Str>() + len, Kind::STR, TypeId::Str as u32).cast::<Str>();
        // SAFETY: a fresh object with room for the struct and the bytes, which are zero; nothing else refers to it.
        unsafe {
            (&raw mut (*object).len).write(len);
            (&raw mut (*object).chars).write(chars);
            (*object).crumbs.set(Value::UNBOUND);
            fill(std::slice::from_raw_parts_mut((&raw mut (*object).bytes).cast::<u8>(), len));
            Ref::from_ptr(object)
        }
    }
}

/// The table of interned strings. It does not keep them alive: [`Interned::sweep`] is called by the collector.
pub struct Interned {
    table: std::cell::RefCell<hashbrown::HashTable<(i64, Ref<Str>)>>,
    /// Those that were added since the last collection.
    young: std::cell::RefCell<Vec<(i64, Ref<Str>)>>,
    /// Those that were asked for of late, by the address of the text that asked: native code asks again and again with the
    /// same literals.
    recent: [Cell<Option<Ref<Str>>>; RECENT],
}

/// Number of places for strings asked for of late.
const RECENT: usize = 256;

impl Default for Interned {
    fn default() -> Interned {
        // A start interns some thousands.
        let table = hashbrown::HashTable::with_capacity(6 << 10);
        Interned {
            table: table.into(),
            young: Vec::with_capacity(4 << 10).into(),
            recent: [const { Cell::new(None) }; RECENT],
        }
    }
}

impl Interned {
    /// The place where a text would be, if it was asked for of late; it may hold another.
    #[inline]
    fn recent(&self, text: &Wtf8) -> &Cell<Option<Ref<Str>>> {
        let address = text.as_bytes().as_ptr() as usize;
        &self.recent[(address ^ address >> 8 ^ text.as_bytes().len() << 3) % RECENT]
    }

    fn find(&self, hash: i64, text: &Wtf8) -> Option<Ref<Str>> {
        let table = self.table.borrow();
        table.find(hash as u64, |(_, string)| string.as_bytes() == text.as_bytes()).map(|entry| entry.1)
    }

    fn insert(&self, hash: i64, string: Ref<Str>) {
        self.table.borrow_mut().insert_unique(hash as u64, (hash, string), |entry| entry.0 as u64);
        self.young.borrow_mut().push((hash, string));
    }

    /// Forgets those that die in a collection, and tells whether there were any.
    pub(crate) fn sweep(&self, tracer: &Tracer) -> bool {
        let dead = |string: Ref<Str>| !tracer.is_marked(string.header());
        let young = self.young.take();
        let mut table = self.table.borrow_mut();
        if tracer.collection() == heap::Collection::Full {
            table.retain(|entry| !dead(entry.1));
            self.recent.iter().for_each(|place| place.set(None));
            return true;
        }
        let mut any = false;
        for (hash, string) in young.into_iter().filter(|entry| dead(entry.1)) {
            any = true;
            if let Ok(entry) = table.find_entry(hash as u64, |entry| entry.1 == string) {
                entry.remove();
            }
        }
        if any {
            self.recent.iter().for_each(|place| place.set(None));
        }
        any
    }
}
