pub static TYPES: &[&object::TypeDef] = &[];
