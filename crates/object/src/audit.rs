//! Audit events and float arguments: what native modules need beside the operators.

use crate::{List, Raised, Value, ValueExt, Vm};

impl Vm {
    /// Raises an audit event: all hooks are called.
    pub fn audit(&self, event: &str, args: &[Value]) -> Result<(), Raised> {
        let Some(hooks) = self.state_value("sys.audit_hooks").and_then(|hooks| hooks.cast::<List>()) else {
            return Ok(());
        };
        let event = self.str(event).value();
        let args = self.tuple(args).value();
        let mut index = 0;
        while let Some(hook) = hooks.get(index) {
            self.call(hook, &[event, args])?;
            index += 1;
        }
        Ok(())
    }

    /// A float argument: a float, an int, or what has `__float__` or `__index__`.
    pub fn to_float(&self, value: Value) -> Result<f64, Raised> {
        if let Some(float) = self.as_float(value) {
            return Ok(float);
        }
        let slots = self.type_of(value).slots();
        if self.as_int(value).is_none()
            && let Some(slot) = slots.float
        {
            let result = slot(self, value)?;
            return match self.as_float(result) {
                Some(float) => Ok(float),
                None => {
                    let (class, name) = (self.type_name(value), self.type_name(result));
                    Err(self.type_error(format!("{class}.__float__ returned non-float (type {name})")))
                }
            };
        }
        if self.as_int(value).is_none() && slots.index.is_none() {
            return Err(self.type_error(format!("must be real number, not {}", self.type_name(value))));
        }
        match self.index(value)? {
            crate::Int::Small(int) => Ok(int as f64),
            crate::Int::Big(big) => match base::number::int_to_float(&big.big) {
                Some(float) => Ok(float),
                None => Err(self.overflow_error("int too large to convert to float")),
            },
        }
    }
}
