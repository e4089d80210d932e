//! Audit events.

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
}
