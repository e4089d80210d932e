//! `_locale`: the locale of the C library. Text is always UTF-8.

mod constants;

use crate::support::{add_constants, c_text};
use object::{Module, ModuleDef, R, Raised, Ref, TypeId, Value, Vm, natives};

natives! { static FUNCTIONS: {
    /// Activates/queries locale processing.
    "setlocale($module, category, locale=None, /)" => setlocale;
    /// Returns numeric and monetary locale-specific parameters.
    "localeconv($module, /)" => localeconv;
    /// Compares two strings according to the locale.
    "strcoll($module, os1, os2, /)" => strcoll;
    /// Return a string that can be used as a key for locale-aware comparisons.
    "strxfrm($module, string, /)" => strxfrm;
    /// Return the value for the locale information associated with key.
    "nl_langinfo($module, key, /)" => nl_langinfo;
    /// Get the current locale encoding.
    "getencoding($module, /)" => getencoding;
    /// Return translation of msg.
    "gettext($module, msg, /)" => py_gettext;
    /// Return translation of msg in domain.
    "dgettext($module, domain, msg, /)" => py_dgettext;
    /// Return translation of msg in domain and category.
    "dcgettext($module, domain, msg, category, /)" => py_dcgettext;
    /// Set the C library's textdmain to domain, returning the new domain.
    "textdomain($module, domain, /)" => py_textdomain;
    /// Bind the C library's domain to dir.
    "bindtextdomain($module, domain, dir, /)" => py_bindtextdomain;
    /// Bind the C library's domain to codeset.
    "bind_textdomain_codeset($module, domain, codeset, /)" => py_bind_textdomain_codeset;
}}

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_locale", doc: "Support for POSIX locales.", functions: &[FUNCTIONS], exec };

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    add_constants(vm, module, &[constants::CONSTANTS, constants::MORE]);
    let class = vm.new_exception_class("locale", "Error", &[vm.types[TypeId::Exception].value()])?;
    vm.add_value(module, "Error", class);
    vm.set_state("_locale.Error", class.value());
    Ok(())
}

fn failed(vm: &Vm, text: &str) -> Raised {
    match vm.state_value("_locale.Error") {
        Some(class) => vm.raise_call(class, &[vm.str(text).value()]),
        None => vm.value_error(text),
    }
}

fn setlocale(vm: &Vm, [_, category, locale]: &[Value; 3]) -> R {
    let category = vm.index_i32(*category)?;
    if !(0..=12).contains(&category) {
        return Err(failed(vm, "invalid locale category"));
    }
    // SAFETY: the name ends with a null; only the thread with the interpreter's lock changes the locale.
    unsafe {
        if locale.is_none() {
            let name = libc::setlocale(category, std::ptr::null());
            return if name.is_null() { Err(failed(vm, "locale query failed")) } else { Ok(c_text(vm, name)) };
        }
        let name = vm.fs_cstring(*locale)?;
        let result = libc::setlocale(category, name.as_ptr());
        if result.is_null() { Err(failed(vm, "unsupported locale setting")) } else { Ok(c_text(vm, result)) }
    }
}

/// Groups of digits: numbers up to a zero or CHAR_MAX, which belongs to them.
unsafe fn grouping(vm: &Vm, text: *const libc::c_char) -> Value {
    let list = vm.list(&[]);
    let mut at = text;
    // SAFETY: the string ends with a null.
    unsafe {
        while !at.is_null() && *at != 0 {
            list.push(vm, vm.int(*at as u8 as i64));
            if *at == libc::c_char::MAX {
                return list.value();
            }
            at = at.add(1);
        }
    }
    if !list.is_empty() {
        list.push(vm, vm.int(0));
    }
    list.value()
}

fn localeconv(vm: &Vm, [_]: &[Value; 1]) -> R {
    let dict = vm.dict();
    let set = |name: &str, value: Value| dict.insert_str(vm, vm.intern(name), value);
    // SAFETY: the structure and its strings live until the locale changes, which only this thread does.
    unsafe {
        let conv = &*libc::localeconv();
        for (name, text) in [
            ("decimal_point", conv.decimal_point),
            ("thousands_sep", conv.thousands_sep),
            ("int_curr_symbol", conv.int_curr_symbol),
            ("currency_symbol", conv.currency_symbol),
            ("mon_decimal_point", conv.mon_decimal_point),
            ("mon_thousands_sep", conv.mon_thousands_sep),
            ("positive_sign", conv.positive_sign),
            ("negative_sign", conv.negative_sign),
        ] {
            set(name, c_text(vm, text));
        }
        set("grouping", grouping(vm, conv.grouping));
        set("mon_grouping", grouping(vm, conv.mon_grouping));
        for (name, number) in [
            ("int_frac_digits", conv.int_frac_digits),
            ("frac_digits", conv.frac_digits),
            ("p_cs_precedes", conv.p_cs_precedes),
            ("p_sep_by_space", conv.p_sep_by_space),
            ("n_cs_precedes", conv.n_cs_precedes),
            ("n_sep_by_space", conv.n_sep_by_space),
            ("p_sign_posn", conv.p_sign_posn),
            ("n_sign_posn", conv.n_sign_posn),
        ] {
            set(name, vm.int(number as i64));
        }
    }
    Ok(dict.value())
}

fn wide(vm: &Vm, value: Value, what: &str) -> Result<Vec<libc::wchar_t>, Raised> {
    let Some(text) = vm.as_str(value) else {
        return Err(vm.type_error(format!("{what} must be str, not {}", vm.type_name(value))));
    };
    let mut out = Vec::with_capacity(text.len() + 1);
    for char in text.text().chars() {
        if char == 0 {
            return Err(vm.value_error("embedded null character"));
        }
        out.push(char as libc::wchar_t);
    }
    out.push(0);
    Ok(out)
}

unsafe extern "C" {
    fn wcscoll(a: *const libc::wchar_t, b: *const libc::wchar_t) -> libc::c_int;
    fn wcsxfrm(to: *mut libc::wchar_t, from: *const libc::wchar_t, size: libc::size_t) -> libc::size_t;
    fn gettext(text: *const libc::c_char) -> *mut libc::c_char;
    fn dgettext(domain: *const libc::c_char, text: *const libc::c_char) -> *mut libc::c_char;
    fn dcgettext(domain: *const libc::c_char, text: *const libc::c_char, category: libc::c_int) -> *mut libc::c_char;
    fn textdomain(domain: *const libc::c_char) -> *mut libc::c_char;
    fn bindtextdomain(domain: *const libc::c_char, folder: *const libc::c_char) -> *mut libc::c_char;
    fn bind_textdomain_codeset(domain: *const libc::c_char, name: *const libc::c_char) -> *mut libc::c_char;
}

fn strcoll(vm: &Vm, [_, a, b]: &[Value; 3]) -> R {
    let (a, b) = (wide(vm, *a, "strcoll() argument 1")?, wide(vm, *b, "strcoll() argument 2")?);
    // SAFETY: the strings end with nulls.
    Ok(vm.int(unsafe { wcscoll(a.as_ptr(), b.as_ptr()) } as i64))
}

fn strxfrm(vm: &Vm, [_, text]: &[Value; 2]) -> R {
    let from = wide(vm, *text, "strxfrm() argument")?;
    // SAFETY: the string ends with a null; the buffer has the size that is given.
    unsafe {
        let size = wcsxfrm(std::ptr::null_mut(), from.as_ptr(), 0);
        let mut to: Vec<libc::wchar_t> = vec![0; size.saturating_add(1)];
        let size = wcsxfrm(to.as_mut_ptr(), from.as_ptr(), to.len());
        let text: base::text::Wtf8Buf = to[..size.min(to.len())].iter().map(|char| *char as u32).collect();
        Ok(vm.str_wtf8(&text).value())
    }
}

fn nl_langinfo(vm: &Vm, [_, key]: &[Value; 2]) -> R {
    let key = vm.index_i32(*key)?;
    let known = constants::CONSTANTS.iter().chain(constants::MORE);
    if !known.into_iter().any(|(name, value)| *value == key as i64 && !name.starts_with("LC_") && *name != "CHAR_MAX") {
        return Err(vm.value_error("unsupported langinfo constant"));
    }
    if key == libc::CODESET {
        return Ok(vm.str("UTF-8").value());
    }
    // SAFETY: the string lives until the locale changes, which only this thread does.
    Ok(unsafe { c_text(vm, libc::nl_langinfo(key)) })
}

fn getencoding(vm: &Vm, [_]: &[Value; 1]) -> R {
    Ok(vm.intern("utf-8").value())
}

fn gettext_function(vm: &Vm, text: Value) -> R {
    let text = vm.fs_cstring(text)?;
    // SAFETY: the string ends with a null and outlives the result's use.
    Ok(unsafe { c_text(vm, gettext(text.as_ptr())) })
}

/// A string, or None for none.
fn optional(vm: &Vm, value: Value) -> Result<Option<std::ffi::CString>, Raised> {
    if value.is_none() { Ok(None) } else { vm.fs_cstring(value).map(Some) }
}

fn pointer(text: &Option<std::ffi::CString>) -> *const libc::c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

fn dgettext_function(vm: &Vm, domain: Value, text: Value) -> R {
    let (domain, text) = (optional(vm, domain)?, vm.fs_cstring(text)?);
    // SAFETY: the strings end with nulls and outlive the result's use.
    Ok(unsafe { c_text(vm, dgettext(pointer(&domain), text.as_ptr())) })
}

fn dcgettext_function(vm: &Vm, domain: Value, text: Value, category: Value) -> R {
    let (domain, text, category) = (optional(vm, domain)?, vm.fs_cstring(text)?, vm.index_i32(category)?);
    // SAFETY: the strings end with nulls and outlive the result's use.
    Ok(unsafe { c_text(vm, dcgettext(pointer(&domain), text.as_ptr(), category)) })
}

fn textdomain_function(vm: &Vm, domain: Value) -> R {
    let domain = optional(vm, domain)?;
    // SAFETY: the string ends with a null.
    let result = unsafe { textdomain(pointer(&domain)) };
    if result.is_null() {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    // SAFETY: the C library's own string.
    Ok(unsafe { c_text(vm, result) })
}

fn bindtextdomain_function(vm: &Vm, domain: Value, folder: Value) -> R {
    let (domain, folder) = (vm.fs_cstring(domain)?, optional(vm, folder)?);
    if domain.is_empty() {
        return Err(failed(vm, "domain must be a non-empty string"));
    }
    // SAFETY: the strings end with nulls.
    let result = unsafe { bindtextdomain(domain.as_ptr(), pointer(&folder)) };
    if result.is_null() {
        return Err(vm.os_error(object::fs::last_errno()));
    }
    // SAFETY: the C library's own string.
    Ok(unsafe { c_text(vm, result) })
}

fn codeset_function(vm: &Vm, domain: Value, name: Value) -> R {
    let (domain, name) = (vm.fs_cstring(domain)?, optional(vm, name)?);
    // SAFETY: the strings end with nulls; the result is the C library's own string, or null.
    Ok(unsafe { c_text(vm, bind_textdomain_codeset(domain.as_ptr(), pointer(&name))) })
}

fn py_gettext(vm: &Vm, [_, a]: &[Value; 2]) -> R {
    gettext_function(vm, *a)
}

fn py_dgettext(vm: &Vm, [_, a, b]: &[Value; 3]) -> R {
    dgettext_function(vm, *a, *b)
}

fn py_dcgettext(vm: &Vm, [_, a, b, c]: &[Value; 4]) -> R {
    dcgettext_function(vm, *a, *b, *c)
}

fn py_textdomain(vm: &Vm, [_, a]: &[Value; 2]) -> R {
    textdomain_function(vm, *a)
}

fn py_bindtextdomain(vm: &Vm, [_, a, b]: &[Value; 3]) -> R {
    bindtextdomain_function(vm, *a, *b)
}

fn py_bind_textdomain_codeset(vm: &Vm, [_, a, b]: &[Value; 3]) -> R {
    codeset_function(vm, *a, *b)
}
