//! `_suggestions`

use object::slots::R;
use object::{List, Module, ModuleDef, Raised, Ref, TypeId, Value, ValueExt, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_suggestions", doc: "", functions: &[FUNCTIONS], exec };

natives! { static FUNCTIONS: {
    /// Returns the candidate in candidates that's closest to item
    "_generate_suggestions($module, candidates, item, /)" => generate_suggestions;
}}

fn exec(_: &Vm, _: Ref<Module>) -> Result<(), Raised> {
    Ok(())
}

/// More candidates than this are not looked at.
const MAX_CANDIDATES: usize = 750;
/// Longer words are not compared.
const MAX_LENGTH: usize = 40;
/// Cost of inserting, deleting or replacing a byte.
const MOVE: usize = 2;
/// Cost of another case.
const CASE: usize = 1;

fn generate_suggestions(vm: &Vm, [_module, candidates, item]: &[Value; 3]) -> R {
    let Some(name) = vm.as_str(*item) else {
        let class = vm.type_name(*item);
        return Err(vm.type_error(format!("_generate_suggestions() argument 2 must be str, not {class}")));
    };
    let Some(candidates) = candidates.cast::<List>().filter(|list| list.value().shape() == TypeId::List as u32) else {
        return Err(vm.type_error("candidates must be a list"));
    };
    if candidates.items().iter().any(|candidate| vm.as_str(*candidate).is_none()) {
        return Err(vm.type_error("all elements in 'candidates' must be strings"));
    }
    if candidates.len() >= MAX_CANDIDATES {
        return Ok(Value::NONE);
    }
    let mut best = (Value::NONE, usize::MAX);
    for &candidate in candidates.items() {
        let Some(text) = vm.as_str(candidate) else { continue };
        if vm.str_eq(name, text) {
            continue;
        }
        for text in [name, text] {
            if text.as_str().is_none() {
                // It has no UTF-8 form: the codec says so.
                vm.call_method(text.value(), vm.names.encode, &[])?;
            }
        }
        // A third of all bytes may differ, and it must beat what was found.
        let sizes = name.as_bytes().len() + text.as_bytes().len();
        let limit = ((sizes + 3) * MOVE / 6).min(best.1.wrapping_sub(1));
        if let Some(distance) = distance(name.as_bytes(), text.as_bytes(), limit) {
            best = (candidate, distance);
            if distance == 0 {
                break;
            }
        }
    }
    Ok(best.0)
}

fn substitution(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE
    } else {
        MOVE
    }
}

/// The Levenshtein distance, if it is not above a limit.
fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let gap = (long.len() - short.len()) * MOVE;
    if short.is_empty() {
        return (gap <= limit).then_some(gap);
    }
    if long.len() > MAX_LENGTH || gap > limit {
        return None;
    }
    // A row of the table of distances between beginnings of both.
    let mut row = [0; MAX_LENGTH + 1];
    for (index, cost) in row.iter_mut().enumerate() {
        *cost = index * MOVE;
    }
    for (index, &byte) in long.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (index + 1) * MOVE;
        let mut least = usize::MAX;
        for (at, &other) in short.iter().enumerate() {
            let replaced = diagonal + substitution(byte, other);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at].min(diagonal) + MOVE);
            least = least.min(row[at + 1]);
        }
        if least > limit {
            return None;
        }
    }
    let found = row[short.len()];
    (found <= limit).then_some(found)
}
