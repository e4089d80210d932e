//! The borrowed string, [`Wtf8`].

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::{Index, Range, RangeFrom, RangeFull, RangeTo};

use memchr::memmem;

use super::{CharIndices, Chars, Wtf8Buf, unit};

/// A borrowed string in generalised UTF-8. See the [module](super) for what that is.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Wtf8([u8]);

impl Wtf8 {
    /// The string with no code points.
    pub const EMPTY: &'static Wtf8 = Wtf8::from_str("");

    /// Any `str` is also a `Wtf8`.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub const fn from_str(s: &str) -> &Wtf8 {
        // SAFETY: UTF-8 is a subset of generalised UTF-8.
        unsafe { Wtf8::from_bytes_unchecked(s.as_bytes()) }
    }

    /// Checks `bytes` and views them as a string; `None` if they are not generalised UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Option<&Wtf8> {
        // SAFETY: just checked.
        unit::is_well_formed(bytes).then(|| unsafe { Wtf8::from_bytes_unchecked(bytes) })
    }

    /// Views bytes as a string.
    ///
    /// # Safety
    /// `bytes` must be well-formed generalised UTF-8: UTF-8 where surrogates may be encoded too.
    #[inline]
    pub const unsafe fn from_bytes_unchecked(bytes: &[u8]) -> &Wtf8 {
        // SAFETY: `Wtf8` is a transparent wrapper of `[u8]`.
        unsafe { &*(bytes as *const [u8] as *const Wtf8) }
    }

    /// The bytes of the string.
    #[inline]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    #[inline]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no code point.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all code points are below U+0080.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }

    /// Number of code points (Python's `len`).
    #[inline]
    pub fn char_count(&self) -> usize {
        unit::count(&self.0)
    }

    /// The code points.
    #[inline]
    pub fn chars(&self) -> Chars<'_> {
        Chars::new(self)
    }

    /// The code points, each with its byte offset.
    #[inline]
    pub fn char_indices(&self) -> CharIndices<'_> {
        CharIndices::new(self)
    }

    /// The string as `str`; `None` if there is a surrogate in it.
    #[inline]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The string as `str`, each surrogate replaced by U+FFFD.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        if let Some(s) = self.to_str() {
            return Cow::Borrowed(s);
        }
        let mut out = String::with_capacity(self.len());
        out.extend(self.chars().map(|cp| char::from_u32(cp).unwrap_or('\u{FFFD}')));
        Cow::Owned(out)
    }

    /// Byte offset of the first surrogate, if there is one.
    pub fn find_surrogate(&self) -> Option<usize> {
        std::str::from_utf8(&self.0).err().map(|e| e.valid_up_to())
    }

    /// Whether a code point starts at byte `at` or the string ends there.
    #[inline]
    pub fn is_boundary(&self, at: usize) -> bool {
        match self.0.get(at) {
            Some(&b) => !unit::is_continuation(b),
            None => at == self.0.len(),
        }
    }

    /// The part between two byte offsets; `None` where they are out of range or inside a code point.
    pub fn get(&self, range: Range<usize>) -> Option<&Wtf8> {
        if range.start <= range.end && self.is_boundary(range.start) && self.is_boundary(range.end) {
            // SAFETY: both ends are boundaries within the string.
            Some(unsafe { Wtf8::from_bytes_unchecked(&self.0[range]) })
        } else {
            None
        }
    }

    /// The part between two byte offsets.
    ///
    /// # Safety
    /// `start <= end`, and both must be boundaries of this string (see [`Wtf8::is_boundary`]).
    #[inline]
    pub unsafe fn slice_unchecked(&self, start: usize, end: usize) -> &Wtf8 {
        // SAFETY: the caller vouches for the range and for its ends.
        unsafe { Wtf8::from_bytes_unchecked(self.0.get_unchecked(start..end)) }
    }

    /// The code point that starts at byte `at` and its length in bytes; `None` at the end.
    #[inline]
    pub fn decode_at(&self, at: usize) -> Option<(u32, usize)> {
        unit::decode_at(&self.0, at)
    }

    /// The code point that ends before byte `at` and its length in bytes; `None` at the start.
    #[inline]
    pub fn decode_before(&self, at: usize) -> Option<(u32, usize)> {
        unit::decode_before(&self.0, at)
    }

    /// Byte offset of the `n`-th code point; the length in bytes for `n` equal to [`Wtf8::char_count`]; `None` beyond.
    #[inline]
    pub fn offset_of_nth(&self, n: usize) -> Option<usize> {
        unit::offset_of_nth(&self.0, n)
    }

    /// The `n`-th code point, by a linear walk.
    #[inline]
    pub fn nth(&self, n: usize) -> Option<u32> {
        self.offset_of_nth(n).and_then(|at| self.decode_at(at)).map(|(cp, _)| cp)
    }

    /// Byte offset of the first occurrence of `needle`.
    #[inline]
    pub fn find(&self, needle: &Wtf8) -> Option<usize> {
        match needle.0 {
            [b] => memchr::memchr(b, &self.0),
            _ => memmem::find(&self.0, &needle.0),
        }
    }

    /// Byte offset of the last occurrence of `needle`.
    #[inline]
    pub fn rfind(&self, needle: &Wtf8) -> Option<usize> {
        match needle.0 {
            [b] => memchr::memrchr(b, &self.0),
            _ => memmem::rfind(&self.0, &needle.0),
        }
    }

    /// Byte offsets of the occurrences of `needle` that do not overlap, from left to right. An empty needle is found
    /// at every byte, so callers treat it apart.
    pub fn find_iter<'h, 'n>(&'h self, needle: &'n Wtf8) -> memmem::FindIter<'h, 'n> {
        memmem::find_iter(&self.0, &needle.0)
    }

    /// Whether `needle` occurs.
    #[inline]
    pub fn contains(&self, needle: &Wtf8) -> bool {
        self.find(needle).is_some()
    }

    /// Whether the string starts with `prefix`.
    #[inline]
    pub fn starts_with(&self, prefix: &Wtf8) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// Whether the string ends with `suffix`.
    #[inline]
    pub fn ends_with(&self, suffix: &Wtf8) -> bool {
        self.0.ends_with(&suffix.0)
    }

    /// An owned copy.
    #[inline]
    pub fn to_wtf8_buf(&self) -> Wtf8Buf {
        // SAFETY: the bytes come from a well-formed string.
        unsafe { Wtf8Buf::from_bytes_unchecked(self.0.to_vec()) }
    }
}

macro_rules! index {
    ($($range:ty => $to:expr),* $(,)?) => {$(
        /// Slicing by byte offsets. Panics, as for `str`, outside of the string or inside of a code point.
        impl Index<$range> for Wtf8 {
            type Output = Wtf8;
            #[inline]
            fn index(&self, range: $range) -> &Wtf8 {
                let convert: fn(&Wtf8, $range) -> Range<usize> = $to;
                let range = convert(self, range);
                match self.get(range.clone()) {
                    Some(part) => part,
                    None => panic!("byte range {range:?} is not on code point boundaries of {self:?}"),
                }
            }
        }
    )*};
}

index! {
    Range<usize> => |_, r| r,
    RangeFrom<usize> => |s, r| r.start..s.len(),
    RangeTo<usize> => |_, r| 0..r.end,
    RangeFull => |s, _| 0..s.len(),
}

impl fmt::Display for Wtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_string_lossy())
    }
}

impl fmt::Debug for Wtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        f.write_char('"')?;
        for cp in self.chars() {
            match char::from_u32(cp) {
                Some(c) => write!(f, "{}", c.escape_debug())?,
                None => write!(f, "\\u{{{cp:x}}}")?,
            }
        }
        f.write_char('"')
    }
}

impl ToOwned for Wtf8 {
    type Owned = Wtf8Buf;
    fn to_owned(&self) -> Wtf8Buf {
        self.to_wtf8_buf()
    }
}

impl Borrow<Wtf8> for Wtf8Buf {
    fn borrow(&self) -> &Wtf8 {
        self
    }
}

impl AsRef<Wtf8> for Wtf8 {
    fn as_ref(&self) -> &Wtf8 {
        self
    }
}

impl AsRef<Wtf8> for str {
    fn as_ref(&self) -> &Wtf8 {
        Wtf8::from_str(self)
    }
}

impl<'a> From<&'a str> for &'a Wtf8 {
    fn from(s: &'a str) -> &'a Wtf8 {
        Wtf8::from_str(s)
    }
}

impl PartialEq<str> for Wtf8 {
    fn eq(&self, other: &str) -> bool {
        self.0 == *other.as_bytes()
    }
}

impl PartialEq<&str> for Wtf8 {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other.as_bytes()
    }
}
