//! Syntax trees as the compiler takes them, read from the node objects that Python code made or changed.
//!
//! What a node has that the parser's tree cannot express lies beside it: places, which are arbitrary numbers here, in a
//! table that takes the place of a text ([`LineIndex::from_places`]); constants of other kinds than literals in
//! [`Literals`].
//!
//! CPython converts the whole tree first and judges it then. Errors of the conversion are raised at once; what else is
//! wrong is remembered, and raised at the end if the conversion went well.

mod constant;
mod expr;
mod params;
mod pattern;
mod stmt;
mod strings;

use bytecode::Const;
use compiler::Literals;
use object::{Dict, List, R, Raised, Ref, Str, TypeId, TypeObj, Value, ValueExt, Vm};
use ruff_text_size::{TextRange, TextSize};
use syntax::ast::{self, AtomicNodeIndex, Expr, Identifier};
use syntax::{LineIndex, Mode, Parsed, Position, TypeIgnore};

use crate::_ast::{NODES, Node, classes};

/// A tree and the values of its constants.
pub struct Tree {
    /// The tree, without text.
    pub parsed: Parsed,
    /// Constants that its nodes cannot hold.
    pub literals: Literals,
}

type Res<T> = Result<T, Raised>;

/// The class of the root that a mode asks for.
fn root_class(mode: Mode) -> &'static str {
    match mode {
        Mode::Exec => "Module",
        Mode::Eval => "Expression",
        Mode::Single => "Interactive",
        Mode::FuncType => "FunctionType",
    }
}

/// Is the value a node?
pub fn is_node(vm: &Vm, value: Value) -> bool {
    let ast = vm.state_value("ast.AST").and_then(|ast| ast.cast::<TypeObj>());
    ast.is_some_and(|ast| vm.type_of(value).is_subclass(ast))
}

/// Checks that a node is the root that a mode asks for.
///
/// # Errors
/// TypeError where it is another node.
pub fn check_root(vm: &Vm, tree: Value, mode: Mode) -> Res<()> {
    let wanted = root_class(mode);
    let reader = Reader::new(vm)?;
    if reader.node_of(tree).is_some_and(|node| node.name == wanted) {
        return Ok(());
    }
    let text = format!("expected {wanted} node, got {}", vm.type_name(tree));
    Err(vm.type_error(text))
}

/// Reads a tree, which must be one for the mode.
///
/// # Errors
/// What CPython raises for trees that are malformed, and what Python code raises that the nodes run.
pub fn from_python(vm: &Vm, tree: Value, mode: Mode) -> Res<Tree> {
    check_root(vm, tree, mode)?;
    let mut reader = Reader::new(vm)?;
    let module = reader.module(tree, mode)?;
    if let Some((class, text)) = reader.invalid {
        return Err(vm.raise(class, &text));
    }
    let Reader { places, literals, ignores, mut comments, .. } = reader;
    comments.sort_unstable();
    // A node for each level at least; the reader's own recursion has limits, too.
    let depth = places.len().min(50_000) as u32;
    let parsed = Parsed {
        module,
        depth,
        source: String::new(),
        line_index: LineIndex::from_places(places),
        warnings: Vec::new(),
        type_ignores: ignores,
        attached_comments: comments,
    };
    Ok(Tree { parsed, literals })
}

/// Where a node says that it is.
#[derive(Clone, Copy)]
struct At {
    line: i32,
    column: i32,
    end_line: i32,
    end_column: i32,
}

/// Whether nodes of a kind may leave out where they end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Optional,
    Required,
}

struct Reader<'v> {
    vm: &'v Vm,
    /// The number in [`NODES`] of each class.
    kinds: Ref<Dict>,
    places: Vec<Position>,
    literals: Literals,
    comments: Vec<(u32, String)>,
    ignores: Vec<TypeIgnore>,
    invalid: Option<(TypeId, String)>,
}

impl<'v> Reader<'v> {
    fn new(vm: &'v Vm) -> Res<Reader<'v>> {
        Ok(Reader {
            vm,
            kinds: class_numbers(vm)?,
            places: Vec::new(),
            literals: Literals::default(),
            comments: Vec::new(),
            ignores: Vec::new(),
            invalid: None,
        })
    }

    /// Remembers what is wrong with the tree, unless something was wrong before.
    fn reject(&mut self, text: impl Into<String>) {
        self.reject_as(TypeId::ValueError, text);
    }

    fn reject_as(&mut self, class: TypeId, text: impl Into<String>) {
        if self.invalid.is_none() {
            self.invalid = Some((class, text.into()));
        }
    }

    /// Reads a part that is judged after the next one: the answer is what is wrong with it, for [`Reader::judge`].
    fn judged_later<T>(&mut self, read: impl FnOnce(&mut Self) -> Res<T>) -> Res<(T, Option<(TypeId, String)>)> {
        let before = self.invalid.take();
        let part = read(self)?;
        let found = std::mem::replace(&mut self.invalid, before);
        Ok((part, found))
    }

    fn judge(&mut self, found: Option<(TypeId, String)>) {
        self.invalid = self.invalid.take().or(found);
    }

    // Fields.

    fn get(&self, node: Value, field: &str) -> Res<Option<Value>> {
        self.vm.getattr_opt(node, self.vm.intern(field))
    }

    /// The value of an optional field; None counts as missing.
    fn optional(&self, node: Value, field: &str) -> Res<Option<Value>> {
        Ok(self.get(node, field)?.filter(|value| !value.is_none()))
    }

    /// The value of a field that must be there.
    fn present(&self, node: Value, field: &str, class: &str) -> R {
        match self.get(node, field)? {
            Some(value) => Ok(value),
            None => Err(self.vm.type_error(format!("required field \"{field}\" missing from {class}"))),
        }
    }

    /// The value of a field that must be there and not be None.
    fn required(&self, node: Value, field: &str, class: &str) -> R {
        let value = self.present(node, field, class)?;
        match value.is_none() {
            true => Err(self.vm.value_error(format!("field '{field}' is required for {class}"))),
            false => Ok(value),
        }
    }

    fn number(&self, value: Value) -> Res<i32> {
        let Some(int) = self.vm.as_int(value) else {
            let text = format!("invalid integer value: {}", self.vm.repr(value)?.to_string_lossy());
            return Err(self.vm.value_error(text));
        };
        let number = int.to_i64().and_then(|int| i32::try_from(int).ok());
        number.ok_or_else(|| self.vm.overflow_error("Python int too large to convert to C int"))
    }

    fn int(&self, node: Value, field: &str, class: &str) -> Res<i32> {
        self.number(self.present(node, field, class)?)
    }

    /// A list field; a missing one is empty. Items are read one by one, since reading can run code that changes the
    /// list, which is an error.
    fn list<T>(
        &mut self,
        node: Value,
        field: &str,
        class: &str,
        mut item: impl FnMut(&mut Self, Value) -> Res<T>,
    ) -> Res<Vec<T>> {
        let Some(value) = self.get(node, field)? else { return Ok(Vec::new()) };
        let Some(list) = value.cast::<List>() else {
            let name = self.vm.type_name(value);
            return Err(self.vm.type_error(format!("{class} field \"{field}\" must be a list, not a {name}")));
        };
        let len = list.len();
        let mut items = Vec::with_capacity(len);
        for index in 0..len {
            let value = list.items()[index];
            items.push(item(self, value)?);
            if list.len() != len {
                let text = format!("{class} field \"{field}\" changed size during iteration");
                return Err(self.vm.raise(TypeId::RuntimeError, &text));
            }
        }
        Ok(items)
    }

    fn identifier_text(&self, value: Value) -> Res<String> {
        if !self.vm.is_exactly(value, TypeId::Str) {
            return Err(self.vm.type_error("AST identifier must be of type str"));
        }
        match value.cast::<Str>().and_then(|text| text.as_str().map(str::to_owned)) {
            Some(text) => Ok(text),
            None => {
                // Names of code objects are UTF-8.
                self.vm.call_method_str(value, "encode", &[])?;
                Err(self.vm.value_error("AST identifier cannot be encoded"))
            }
        }
    }

    fn identifier(&self, value: Value, range: TextRange) -> Res<Identifier> {
        Ok(Identifier::new(self.identifier_text(value)?, range))
    }

    fn optional_identifier(&self, node: Value, field: &str, range: TextRange) -> Res<Option<Identifier>> {
        self.optional(node, field)?.map(|value| self.identifier(value, range)).transpose()
    }

    /// Rejects identifiers that are keywords for constants.
    fn check_name(&mut self, name: &str) {
        if matches!(name, "None" | "True" | "False") {
            self.reject(format!("identifier field can't represent '{name}' constant"));
        }
    }

    /// A required identifier that may not be a constant.
    fn name(&mut self, node: Value, class: &str, range: TextRange) -> Res<Identifier> {
        let value = self.required(node, "name", class)?;
        let name = self.identifier(value, range)?;
        self.check_name(&name);
        Ok(name)
    }

    /// The text of a string field.
    fn string(&self, node: Value, field: &str) -> Res<Option<String>> {
        let Some(value) = self.optional(node, field)? else { return Ok(None) };
        if !self.vm.is_exactly(value, TypeId::Str) && !self.vm.is_exactly(value, TypeId::Bytes) {
            return Err(self.vm.type_error("AST string must be of type str"));
        }
        Ok(value.cast::<Str>().map(|text| text.to_string_lossy()))
    }

    fn type_comment(&mut self, node: Value, start: u32) -> Res<()> {
        if let Some(text) = self.string(node, "type_comment")? {
            self.comments.push((start, text));
        }
        Ok(())
    }

    // Classes.

    /// The node class that an object is an instance of.
    fn node_of(&self, node: Value) -> Option<&'static Node> {
        let class = self.vm.type_of(node);
        for base in class.mro_types() {
            if let Ok(Some(number)) = self.kinds.get(self.vm, base.value()) {
                return number.as_small().and_then(|number| NODES.get(number as usize));
            }
        }
        None
    }

    /// The name of the class of a node, which must be a member of a sum.
    fn member(&self, node: Value, sum: &str) -> Res<&'static str> {
        match self.node_of(node) {
            Some(found) if found.base == sum => Ok(found.name),
            _ => {
                let shown = self.vm.repr(node)?.to_string_lossy();
                Err(self.vm.type_error(format!("expected some sort of {sum}, but got {shown}")))
            }
        }
    }

    fn enter(&self, sum: &str) -> Res<()> {
        self.vm.enter_native_for(&format!("while traversing '{sum}' node"))
    }

    // Places.

    fn at(&self, node: Value, class: &str, end: End) -> Res<At> {
        let line = self.int(node, "lineno", class)?;
        let column = self.int(node, "col_offset", class)?;
        if end == End::Required {
            let end_line = self.int(node, "end_lineno", class)?;
            let end_column = self.int(node, "end_col_offset", class)?;
            return Ok(At { line, column, end_line, end_column });
        }
        let or = |value: Option<Value>, default| value.map_or(Ok(default), |value| self.number(value));
        let end_line = or(self.optional(node, "end_lineno")?, line)?;
        let end_column = or(self.optional(node, "end_col_offset")?, column)?;
        Ok(At { line, column, end_line, end_column })
    }

    fn check_at(&mut self, at: At) {
        let At { line, column, end_line, end_column } = at;
        if line > end_line {
            self.reject(format!("AST node line range ({line}, {end_line}) is not valid"));
        } else if (line < 0 && end_line != line) || (column < 0 && column != end_column) {
            self.reject(format!(
                "AST node column range ({column}, {end_column}) for line range ({line}, {end_line}) is not valid"
            ));
        } else if line == end_line && column > end_column {
            self.reject(format!("line {line}, column {column}-{end_column} is not a valid range"));
        }
    }

    fn place(&mut self, line: i32, column: i32) -> u32 {
        self.places.push(Position { line: line as u32, column: column as u32 });
        self.places.len() as u32 - 1
    }

    /// Starts a node: the answer is its offset.
    fn open(&mut self, at: At) -> u32 {
        self.check_at(at);
        self.place(at.line, at.column)
    }

    /// Ends a node: the answer is its range.
    fn close(&mut self, start: u32, at: At) -> TextRange {
        let end = self.place(at.end_line, at.end_column);
        TextRange::new(TextSize::new(start), TextSize::new(end))
    }

    /// Where the last place is: for nodes that have none.
    fn here(&self) -> TextRange {
        TextRange::empty(TextSize::new(self.places.len().saturating_sub(1) as u32))
    }

    // Modules.

    fn module(&mut self, tree: Value, mode: Mode) -> Res<ast::Mod> {
        let node_index = AtomicNodeIndex::NONE;
        self.place(1, 0);
        match mode {
            Mode::Exec | Mode::Single => {
                let body = self.statements(tree, "body", root_class(mode))?;
                if mode == Mode::Exec {
                    self.type_ignores(tree)?;
                }
                Ok(ast::ModModule { node_index, range: self.here(), body: body.into() }.into())
            }
            Mode::Eval => {
                let body = Box::new(self.expr_field(tree, "body", "Expression", ast::ExprContext::Load)?);
                Ok(ast::ModExpression { node_index, range: self.here(), body }.into())
            }
            Mode::FuncType => {
                let elts = self.exprs(tree, "argtypes", "FunctionType", ast::ExprContext::Load)?;
                let returns = self.expr_field(tree, "returns", "FunctionType", ast::ExprContext::Load)?;
                let (range, ctx) = (self.here(), ast::ExprContext::Load);
                let args = Expr::from(ast::ExprList { node_index: AtomicNodeIndex::NONE, range, elts, ctx });
                let elts = vec![args, returns];
                let pair = ast::ExprTuple { node_index: AtomicNodeIndex::NONE, range, elts, ctx, parenthesized: true };
                Ok(ast::ModExpression { node_index, range, body: Box::new(pair.into()) }.into())
            }
        }
    }

    fn type_ignores(&mut self, tree: Value) -> Res<()> {
        self.list(tree, "type_ignores", "Module", |this, item| {
            if item.is_none() {
                return Ok(());
            }
            this.member(item, "type_ignore")?;
            let line = this.int(item, "lineno", "TypeIgnore")?;
            let tag = this.required(item, "tag", "TypeIgnore")?;
            if !this.vm.is_exactly(tag, TypeId::Str) {
                return Err(this.vm.type_error("AST string must be of type str"));
            }
            let text = tag.cast::<Str>().map_or_else(String::new, |tag| tag.to_string_lossy());
            this.place(line, 0);
            this.ignores.push(TypeIgnore { range: this.here(), tag: text });
            Ok(())
        })?;
        Ok(())
    }

    /// A literal that stands for a value which no literal has.
    fn stand_in(&mut self, range: TextRange, value: Const) -> Expr {
        let node_index = self.literals.add(value);
        ast::ExprEllipsisLiteral { node_index, range }.into()
    }
}

/// The dict from node class to its number in [`NODES`], made once for an interpreter.
fn class_numbers(vm: &Vm) -> Res<Ref<Dict>> {
    if let Some(known) = vm.state_value("ast.numbers").and_then(|known| known.cast::<Dict>()) {
        return Ok(known);
    }
    let classes = classes(vm)?;
    let numbers = vm.dict();
    for (number, node) in NODES.iter().enumerate() {
        if let Some(class) = classes.get_str(vm, vm.intern(node.name)) {
            numbers.insert(vm, class, Value::small(number as i64))?;
        }
    }
    vm.set_state("ast.numbers", numbers.value());
    Ok(numbers)
}
