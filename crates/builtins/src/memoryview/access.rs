//! Reading and writing the memory of views. All raw access to it is here.

use super::view::View;

/// Room for an item of any format that can be read.
pub(super) type Item = [u8; 16];

/// Copies bytes out, from an offset that lies within the view.
fn copy_out(view: &View, offset: isize, out: &mut [u8]) {
    // SAFETY: the view is not released, so its exporter keeps the memory in place. Callers compute offsets from indices
    // that they compared with the shape, and copy no more than an item, or than all of contiguous memory.
    unsafe { std::ptr::copy_nonoverlapping(view.address.get().offset(offset), out.as_mut_ptr(), out.len()) }
}

/// The bytes of the item at an offset, which lies within the view; those beyond [`Item`] are left out.
pub(super) fn read(view: &View, offset: isize) -> Item {
    let mut item = Item::default();
    let len = view.itemsize.min(item.len());
    copy_out(view, offset, &mut item[..len]);
    item
}

/// Writes an item at an offset, which lies within the view. The view must be writable.
pub(super) fn write(view: &View, offset: isize, bytes: &[u8]) {
    let len = bytes.len().min(view.itemsize);
    // SAFETY: as in `copy_out`; the memory is writable, and only the thread with the interpreter's lock runs.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), view.address.get().offset(offset), len) }
}

/// Calls a function with the offset of each item, the last index changing fastest, or the first one if `fortran`.
pub(super) fn for_each_offset(view: &View, fortran: bool, mut f: impl FnMut(isize)) {
    let dimensions = view.shape.len();
    if view.shape.contains(&0) {
        return;
    }
    let mut index = vec![0isize; dimensions];
    let mut offset = 0isize;
    loop {
        f(offset);
        let mut step = 0;
        loop {
            if step == dimensions {
                return;
            }
            let dimension = if fortran { step } else { dimensions - 1 - step };
            index[dimension] += 1;
            offset += view.strides[dimension];
            if index[dimension] < view.shape[dimension] {
                break;
            }
            offset -= view.strides[dimension] * view.shape[dimension];
            index[dimension] = 0;
            step += 1;
        }
    }
}

/// All bytes, items in order: the last index changing fastest, or the first one if `fortran`.
pub(super) fn to_vec(view: &View, fortran: bool) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(view.len);
    let plain = if fortran { view.is_f_contiguous() } else { view.is_c_contiguous() };
    if plain {
        out.resize(view.len, 0);
        copy_out(view, 0, &mut out);
        return out;
    }
    for_each_offset(view, fortran, |offset| {
        let at = out.len();
        out.resize(at + view.itemsize, 0);
        copy_out(view, offset, &mut out[at..]);
    });
    out
}

/// Writes items of one dimension, which lie one behind the other in `bytes`. The view must be writable.
pub(super) fn write_all(view: &View, bytes: &[u8]) {
    let mut items = bytes.chunks_exact(view.itemsize.max(1));
    for_each_offset(view, false, |offset| {
        if let Some(item) = items.next() {
            write(view, offset, item);
        }
    });
}

/// The first bytes of an item as an array.
pub(super) fn front<const N: usize>(item: &Item) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&item[..N]);
    out
}
