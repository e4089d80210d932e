//! File names: text of Python and bytes of the system, and arguments that name files.

use crate::{Raised, Ref, Str, TypeId, Vm};
use base::text::{Wtf8, Wtf8Buf};
use heap::Value;
use std::ffi::CString;

/// Bytes of the system as text: UTF-8, where each byte that is not becomes a surrogate (`surrogateescape`).
pub fn decode(bytes: &[u8]) -> Wtf8Buf {
    let mut out = Wtf8Buf::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            out.push_code_point(0xDC00 + byte as u32);
        }
    }
    out
}

/// Text as bytes of the system; the index of the first code point that cannot be encoded where there is one.
pub fn encode(text: &Wtf8) -> Result<Vec<u8>, usize> {
    if text.find_surrogate().is_none() {
        return Ok(text.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(text.len());
    for (index, char) in text.chars().enumerate() {
        match char {
            0xDC80..=0xDCFF => out.push((char - 0xDC00) as u8),
            0xD800..=0xDFFF => return Err(index),
            _ => {
                let mut buffer = [0; 4];
                let len = base::text::unit::encode(char, &mut buffer);
                out.extend_from_slice(&buffer[..len]);
            }
        }
    }
    Ok(out)
}

/// An argument that names a file.
#[derive(Clone, Debug)]
pub struct FsPath {
    /// The name; empty where it is a descriptor.
    pub path: CString,
    /// The descriptor, where it is one.
    pub fd: Option<i32>,
    /// Are results to be bytes?
    pub is_bytes: bool,
    /// The argument as error messages are to show it.
    pub object: Value,
}

impl Vm {
    /// A string of bytes of the system.
    pub fn fs_decode(&self, bytes: &[u8]) -> Ref<Str> {
        self.str_wtf8(&decode(bytes))
    }

    /// A string or bytes, as the path that it was derived from.
    pub fn fs_result(&self, bytes: &[u8], is_bytes: bool) -> Value {
        if is_bytes { self.bytes(bytes).value() } else { self.fs_decode(bytes).value() }
    }

    /// The bytes of a string. UnicodeEncodeError where it has surrogates that stand for no byte.
    pub fn fs_encode(&self, text: Ref<Str>) -> Result<Vec<u8>, Raised> {
        encode(text.text()).map_err(|index| {
            self.surrogates_error(text, index, |char| matches!(char, 0xD800..=0xDC7F | 0xDD00..=0xDFFF))
        })
    }

    /// UnicodeEncodeError where a string has surrogates, so that it cannot be encoded as UTF-8.
    pub fn check_encodable(&self, text: Ref<Str>) -> Result<(), Raised> {
        let is_surrogate = |char: u32| matches!(char, 0xD800..=0xDFFF);
        match text.text().find_surrogate() {
            None => Ok(()),
            Some(_) => {
                let index = (0..text.len()).find(|&index| is_surrogate(text.char_at(self, index))).unwrap_or(0);
                Err(self.surrogates_error(text, index, is_surrogate))
            }
        }
    }

    /// The UnicodeEncodeError for the run of surrogates that starts at an index.
    #[cold]
    fn surrogates_error(&self, text: Ref<Str>, index: usize, is_bad: impl Fn(u32) -> bool) -> Raised {
        let mut end = index + 1;
        while end < text.len() && is_bad(text.char_at(self, end)) {
            end += 1;
        }
        let args = [
            self.str("utf-8").value(),
            text.value(),
            self.int_usize(index),
            self.int_usize(end),
            self.str("surrogates not allowed").value(),
        ];
        self.raise_call(self.types[TypeId::UnicodeEncodeError].value(), &args)
    }

    /// `os.fspath(value)`; None where it is no path.
    pub fn fspath_opt(&self, value: Value) -> Result<Option<Value>, Raised> {
        if self.as_str(value).is_some() || self.as_bytes(value).is_some() {
            return Ok(Some(value));
        }
        let name = self.intern("__fspath__");
        if self.lookup(self.type_of(value), name).is_none_or(Value::is_none) {
            return Ok(None);
        }
        let Some(result) = self.call_special(value, name, &[]) else { return Ok(None) };
        let path = result?;
        if self.as_str(path).is_some() || self.as_bytes(path).is_some() {
            return Ok(Some(path));
        }
        let text = format!(
            "expected {}.__fspath__() to return str or bytes, not {}",
            self.type_of(value).qualified_name(self),
            self.type_of(path).qualified_name(self)
        );
        Err(self.type_error(text))
    }

    /// `os.fspath(value)`
    pub fn fspath(&self, value: Value) -> Result<Value, Raised> {
        match self.fspath_opt(value)? {
            Some(path) => Ok(path),
            None => {
                let name = self.type_of(value).qualified_name(self);
                Err(self.type_error(format!("expected str, bytes or os.PathLike object, not {name}")))
            }
        }
    }

    /// The bytes of a str, bytes or path argument, as `os.fsencode`.
    pub fn fs_bytes(&self, value: Value) -> Result<Vec<u8>, Raised> {
        let path = self.fspath(value)?;
        match self.as_str(path) {
            Some(text) => self.fs_encode(text),
            None => Ok(self.as_bytes(path).map_or_else(Vec::new, |bytes| bytes.as_slice().to_vec())),
        }
    }

    /// The same, for the system; ValueError where there is a null character in it.
    pub fn fs_cstring(&self, value: Value) -> Result<CString, Raised> {
        let bytes = self.fs_bytes(value)?;
        CString::new(bytes).map_err(|_| self.value_error("embedded null byte"))
    }

    /// A path argument of a function: str, bytes, a path object; a descriptor where `allow_fd`, None (the current
    /// folder) where `nullable`.
    pub fn fs_path(
        &self,
        value: Value,
        function: &str,
        argument: &str,
        allow_fd: bool,
        nullable: bool,
    ) -> Result<FsPath, Raised> {
        if value.is_none() && nullable {
            return Ok(FsPath { path: c".".to_owned(), fd: None, is_bytes: false, object: Value::NONE });
        }
        let path = match self.fspath_opt(value)? {
            Some(path) => path,
            None => {
                if allow_fd && (self.as_int(value).is_some() || self.type_of(value).slots().index.is_some()) {
                    if value.is_bool() {
                        let text = "bool is used as a file descriptor";
                        self.warn(TypeId::RuntimeWarning, text, 1)?;
                    }
                    let fd = self.index_i32(value)?;
                    return Ok(FsPath { path: CString::default(), fd: Some(fd), is_bytes: false, object: value });
                }
                let kinds = match (allow_fd, nullable) {
                    (true, true) => "string, bytes, os.PathLike, integer or None",
                    (true, false) => "string, bytes, os.PathLike or integer",
                    (false, true) => "string, bytes, os.PathLike or None",
                    (false, false) => "string, bytes or os.PathLike",
                };
                let name = self.type_of(value).qualified_name(self);
                let text = format!("{function}: {argument} should be {kinds}, not {name}");
                return Err(self.type_error(text));
            }
        };
        let (bytes, is_bytes) = match self.as_str(path) {
            Some(text) => (self.fs_encode(text)?, false),
            None => (self.as_bytes(path).map_or_else(Vec::new, |bytes| bytes.as_slice().to_vec()), true),
        };
        let path_text = CString::new(bytes)
            .map_err(|_| self.value_error(format!("{function}: embedded null character in {argument}")))?;
        Ok(FsPath { path: path_text, fd: None, is_bytes, object: value })
    }

    /// Handles what waits (signals, a collection) after a call of the system was interrupted.
    pub fn check_signals(&self) -> Result<(), Raised> {
        (self.hooks.get().safepoint)(self)
    }

    /// The same before a call of the system that may wait: a signal that came before does not interrupt it.
    #[inline]
    pub fn check_pending(&self) -> Result<(), Raised> {
        let waiting = self.breaker.load(std::sync::atomic::Ordering::Relaxed);
        if waiting & crate::vm::breaker::SIGNAL != 0 { self.check_signals() } else { Ok(()) }
    }

    /// Calls the system without the interpreter's lock until it is not interrupted by a signal; the result is -1 for an
    /// error. Gives the errno then.
    pub fn retry_call(&self, mut f: impl FnMut() -> isize) -> Result<Result<isize, i32>, Raised> {
        let mut reclaimed = false;
        loop {
            self.check_pending()?;
            let (result, error) = self.allow_threads(|| {
                let result = f();
                (result, if result == -1 { last_errno() } else { 0 })
            });
            if result != -1 {
                return Ok(Ok(result));
            }
            if !reclaimed && self.reclaim_descriptors(error) {
                reclaimed = true;
                continue;
            }
            if error != libc::EINTR {
                return Ok(Err(error));
            }
            self.check_signals()?;
        }
    }

    /// Has written what files hold back, before another process looks at them.
    pub fn flush_unwritten(&self) -> Result<(), Raised> {
        if self.weak.has_writers()
            && let Some(flush) = self.state_value("io.flush_unwritten")
        {
            self.call(flush, &[])?;
        }
        Ok(())
    }
}

/// The errno of the last call that failed.
pub fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}
