//! `_pickle`

mod input;
mod load;
mod load_atom;
mod load_object;
mod memo;
mod memo_proxy;
mod opcode;
mod output;
mod pickler;
mod save;
mod save_atom;
mod save_container;
mod save_global;
mod save_reduce;
mod state;
mod unpickler;

use crate::once;
use object::{Module, ModuleDef, Raised, Ref, TypeId, Vm, natives};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_pickle",
    doc: "Optimized C implementation for the Python pickle module.",
    functions: &[FUNCTIONS],
    exec,
};

natives! { static FUNCTIONS: {
    /// Write a pickled representation of obj to the open file object file.
    ///
    /// It does what ``Pickler(file, protocol).dump(obj)`` does; the
    /// parameters are those of Pickler.
    "dump($module, /, obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)" => pickler::dump;
    /// Return the pickled representation of the object as a bytes object.
    ///
    /// The parameters are those of Pickler.
    "dumps($module, /, obj, protocol=None, *, fix_imports=True, buffer_callback=None)" => pickler::dumps;
    /// Read and return an object from the pickle data stored in a file.
    ///
    /// It does what ``Unpickler(file).load()`` does; the parameters are
    /// those of Unpickler.
    "load($module, /, file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())" => unpickler::load;
    /// Read and return an object from the given pickle data.
    ///
    /// Bytes behind the pickled object are ignored.  The parameters are
    /// those of Unpickler.
    "loads($module, data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())" => unpickler::loads;
}}

fn exec(vm: &Vm, module: Ref<Module>) -> Result<(), Raised> {
    let base = once::exception(vm, "_pickle", "PickleError", vm.types[TypeId::Exception].value())?;
    let pickling = once::exception(vm, "_pickle", "PicklingError", base.value())?;
    let unpickling = once::exception(vm, "_pickle", "UnpicklingError", base.value())?;
    vm.add_value(module, "PickleError", base);
    vm.add_value(module, "PicklingError", pickling);
    vm.add_value(module, "UnpicklingError", unpickling);
    let class = |name: &str, def| once::class(vm, &format!("_pickle.{name}"), def);
    let classes = state::Classes {
        pickling_error: pickling,
        unpickling_error: unpickling,
        pickler: class("Pickler", &pickler::PICKLER),
        unpickler: class("Unpickler", &unpickler::UNPICKLER),
        pickler_memo: class("PicklerMemoProxy", &memo_proxy::PICKLER_MEMO),
        unpickler_memo: class("UnpicklerMemoProxy", &memo_proxy::UNPICKLER_MEMO),
    };
    vm.add_value(module, "Pickler", classes.pickler);
    vm.add_value(module, "Unpickler", classes.unpickler);
    vm.add_value(module, "PickleBuffer", class("PickleBuffer", &builtins::memoryview::PICKLE_BUFFER));
    state::make(vm, classes)
}
