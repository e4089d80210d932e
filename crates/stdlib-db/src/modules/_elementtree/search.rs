//! Finding elements below an element: by tag here, by path in `xml.etree.ElementPath`.

use super::element::{Element, ElementRef, own};
use object::{R, Raised, Value, Vm};

/// Is it more than a tag?
fn is_path(vm: &Vm, path: Value) -> bool {
    let check = |bytes: &[u8]| {
        if bytes.starts_with(b"{}") && bytes.len() >= 3 || bytes.starts_with(b"{*}") {
            return true;
        }
        let mut in_namespace = false;
        bytes.iter().any(|byte| {
            match byte {
                b'{' => in_namespace = true,
                b'}' => in_namespace = false,
                b'/' | b'*' | b'[' | b'@' | b'.' => return !in_namespace,
                _ => {}
            }
            false
        })
    };
    match (vm.as_str(path), vm.as_bytes(path)) {
        (Some(text), _) => check(text.as_bytes()),
        (None, Some(bytes)) => check(bytes.as_slice()),
        _ => true,
    }
}

fn by_path(vm: &Vm, name: &str, args: &[Value]) -> R {
    let function = vm.import_from("xml.etree.ElementPath", name)?;
    vm.call(function, args)
}

/// Looks for children of a tag, from the index on.
fn next_child(
    vm: &Vm,
    own: ElementRef,
    tag: Value,
    from: &mut usize,
) -> Result<Option<(Value, object::Ref<object::layout::native::Native<Element>>)>, Raised> {
    while let Some(child) = own.child(*from) {
        *from += 1;
        let Some(element) = vm.as_native::<Element>(child) else { continue };
        if vm.eq(element.tag.get(), tag)? {
            return Ok(Some((child, element)));
        }
    }
    Ok(None)
}

/// See `Element.find`.
pub fn find(vm: &Vm, [this, path, namespaces]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    if !namespaces.is_none() || is_path(vm, *path) {
        return by_path(vm, "find", &[*this, *path, *namespaces]);
    }
    Ok(next_child(vm, own, *path, &mut 0)?.map_or(Value::NONE, |(child, _)| child))
}

/// See `Element.findtext`.
pub fn find_text(vm: &Vm, [this, path, default, namespaces]: &[Value; 4]) -> R {
    let own = own(vm, *this)?;
    if !namespaces.is_none() || is_path(vm, *path) {
        return by_path(vm, "findtext", &[*this, *path, *default, *namespaces]);
    }
    match next_child(vm, own, *path, &mut 0)? {
        None => Ok(*default),
        Some((_, element)) => {
            let text = element.text.get();
            Ok(if text.is_none() { vm.str("").value() } else { text })
        }
    }
}

/// See `Element.findall`.
pub fn find_all(vm: &Vm, [this, path, namespaces]: &[Value; 3]) -> R {
    let own = own(vm, *this)?;
    if !namespaces.is_none() || is_path(vm, *path) {
        return by_path(vm, "findall", &[*this, *path, *namespaces]);
    }
    let (found, mut from) = (vm.list(&[]), 0);
    while let Some((child, _)) = next_child(vm, own, *path, &mut from)? {
        found.push(vm, child);
    }
    Ok(found.value())
}

/// See `Element.iterfind`.
pub fn iter_find(vm: &Vm, [this, path, namespaces]: &[Value; 3]) -> R {
    own(vm, *this)?;
    by_path(vm, "iterfind", &[*this, *path, *namespaces])
}
