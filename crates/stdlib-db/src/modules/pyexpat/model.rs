//! Content models as tuples.

use super::optional;
use crate::xml::ModelPart;
use object::{R, Vm};

/// `(type, quantifier, name, children)` of a part and all in it.
pub fn model_value(vm: &Vm, model: &[ModelPart], part: usize) -> R {
    vm.enter_native_for("in conv_content_model")?;
    let Some(part) = model.get(part) else { return Err(vm.system_error("a content model without parts")) };
    let children = vm.list_with_capacity(part.children.len());
    for child in &part.children {
        children.push(vm, model_value(vm, model, *child)?);
    }
    let children = vm.tuple(children.items()).value();
    let (kind, quantity) = (vm.int(part.kind as i64), vm.int(part.quantity as i64));
    Ok(vm.tuple(&[kind, quantity, optional(vm, part.name.as_deref()), children]).value())
}
