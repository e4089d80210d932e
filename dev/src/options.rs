//! Options of the commands.

/// Options as given.
pub struct Options {
    left: Vec<String>,
}

impl Options {
    /// The arguments of a command.
    pub fn new(arguments: &[String]) -> Self {
        Options { left: arguments.to_vec() }
    }

    /// Is that switch given?
    pub fn switch(&mut self, name: &str) -> bool {
        let before = self.left.len();
        self.left.retain(|argument| argument != name);
        self.left.len() != before
    }

    /// The value of that option.
    pub fn value(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(at) = self.left.iter().position(|argument| argument == name) else { return Ok(None) };
        if at + 1 == self.left.len() {
            return Err(format!("{name} needs a value"));
        }
        self.left.remove(at);
        Ok(Some(self.left.remove(at)))
    }

    /// The value of that option, a number.
    pub fn number(&mut self, name: &str, default: usize) -> Result<usize, String> {
        match self.value(name)? {
            Some(text) => text.parse().map_err(|_| format!("{name} needs a number")),
            None => Ok(default),
        }
    }

    /// What is not an option.
    pub fn rest(self) -> Result<Vec<String>, String> {
        match self.left.iter().find(|argument| argument.starts_with("--")) {
            Some(unknown) => Err(format!("unknown option: {unknown}")),
            None => Ok(self.left),
        }
    }
}
