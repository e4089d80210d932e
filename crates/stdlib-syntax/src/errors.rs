//! SyntaxErrors and warnings of the parser and compiler, as Python sees them.

use object::{Raised, Str, TypeId, Value, ValueExt, Vm};
use syntax::{SyntaxError, SyntaxErrorKind, SyntaxWarning, WarningKind};

/// Raises what an error of the parser or compiler stands for. The parser's errors come with the text that it read.
pub fn raise_syntax_error(vm: &Vm, error: &SyntaxError, filename: Value, source: Option<&str>) -> Raised {
    let class = match error.kind {
        SyntaxErrorKind::Syntax => TypeId::SyntaxError,
        SyntaxErrorKind::Indentation => TypeId::IndentationError,
        SyntaxErrorKind::Tab => TypeId::TabError,
        SyntaxErrorKind::IncompleteInput => TypeId::IncompleteInputError,
        SyntaxErrorKind::Memory => return vm.raise(TypeId::MemoryError, &error.msg),
        SyntaxErrorKind::Recursion => return vm.recursion_error(&error.msg),
        SyntaxErrorKind::Value => return vm.value_error(error.msg.as_str()),
    };
    let msg = vm.str(&error.msg).value();
    let text = match &error.text {
        Some(text) => vm.str(text).value(),
        None if source.is_none() => program_text(vm, filename, error.lineno),
        None => Value::NONE,
    };
    let (line, offset) = (vm.int(error.lineno as i64), vm.int(error.offset as i64));
    let (end_line, end_offset) = (vm.int(error.end_lineno as i64), vm.int(error.end_offset as i64));
    let details = match error.lineno {
        // The place is unknown.
        0 => vm.tuple(&[filename, line, offset, text]),
        _ => vm.tuple(&[filename, line, offset, text, end_line, end_offset]),
    };
    let raised = vm.raise_call(vm.types[class].value(), &[msg, details.value()]);
    if let Some(source) = source
        && class != TypeId::IncompleteInputError
    {
        let exception = vm.pending_exception(raised);
        if vm.is_exception(exception, TypeId::SyntaxError) {
            let (line, column) = error.last_statement;
            let end = if source.ends_with('\n') { "" } else { "\n" };
            let source = vm.str(&format!("{source}{end}")).value();
            let metadata = vm.tuple(&[vm.int(line as i64), vm.int(column as i64), source]).value();
            if let Err(second) = vm.setattr(exception, vm.intern("_metadata"), metadata) {
                return second;
            }
        }
    }
    raised
}

/// The line of the file of that name, or None. Errors that the parser does not find come without their text.
fn program_text(vm: &Vm, filename: Value, line: u32) -> Value {
    let Some(name) = filename.cast::<Str>() else { return Value::NONE };
    let Some(index) = line.checked_sub(1) else { return Value::NONE };
    // What was compiled is hardly larger; anything else is no source.
    const LONGEST: u64 = 1 << 28;
    let path = name.to_string_lossy();
    let is_file = std::fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() < LONGEST);
    let Some(bytes) = is_file.then(|| std::fs::read(&path).ok()).flatten() else { return Value::NONE };
    let text = match syntax::decode_source(&bytes) {
        Ok(syntax::DecodedSource::Text { text, .. }) => text.into_owned(),
        Ok(syntax::DecodedSource::Encoded { encoding }) => {
            let args = [vm.str(&encoding).value(), vm.intern("replace").value()];
            match vm.call_method_str(vm.bytes(&bytes).value(), "decode", &args) {
                Ok(text) => vm.as_str(text).map_or_else(String::new, |text| text.to_string_lossy()),
                Err(raised) => {
                    vm.take_exception(raised);
                    return Value::NONE;
                }
            }
        }
        Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    match text.split_inclusive('\n').nth(index as usize) {
        Some(line) if line.ends_with('\n') => vm.str(line).value(),
        Some(line) => vm.str(&format!("{line}\n")).value(),
        None => Value::NONE,
    }
}

/// Issues a warning of the parser (which comes with its line) or compiler; where warnings are errors it becomes a
/// SyntaxError.
pub fn issue(vm: &Vm, warning: &SyntaxWarning, filename: Value, line: Option<&str>) -> Result<(), Raised> {
    let Some(explicit) = vm.state_value("warn_explicit") else { return Ok(()) };
    let category = match warning.kind {
        WarningKind::Deprecation => TypeId::DeprecationWarning,
        WarningKind::Syntax => TypeId::SyntaxWarning,
    };
    let text = vm.str(&warning.msg).value();
    let args = [text, vm.types[category].value(), filename, vm.int(warning.lineno as i64)];
    match vm.call(explicit, &args) {
        Ok(_) => Ok(()),
        Err(raised) => {
            vm.catch(raised, category)?;
            let error = warning.clone().into_error(line.map(str::to_owned));
            Err(raise_syntax_error(vm, &error, filename, None))
        }
    }
}
