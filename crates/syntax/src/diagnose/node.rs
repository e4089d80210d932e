//! Just enough of a syntax tree to word an error: what each expression is, where it is, and what lies in it.

use super::parser::{Halt, Parser};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Attribute,
    Subscript,
    Starred,
    List,
    Tuple,
    Lambda,
    Call,
    /// Boolean, binary and unary operations.
    Operation,
    Generator,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    FString,
    TString,
    NoneLiteral,
    TrueLiteral,
    FalseLiteral,
    Ellipsis,
    Literal,
    /// A comparison whose first operator is `in`.
    CompareIn,
    Compare,
    Conditional,
    Named,
    /// Anything that is not an expression.
    Other,
}

impl Kind {
    /// What error messages call it.
    pub(super) fn description(self) -> &'static str {
        match self {
            Kind::Name => "name",
            Kind::Attribute => "attribute",
            Kind::Subscript => "subscript",
            Kind::Starred => "starred",
            Kind::List => "list",
            Kind::Tuple => "tuple",
            Kind::Lambda => "lambda",
            Kind::Call => "function call",
            Kind::Operation => "expression",
            Kind::Generator => "generator expression",
            Kind::Yield => "yield expression",
            Kind::Await => "await expression",
            Kind::ListComp => "list comprehension",
            Kind::SetComp => "set comprehension",
            Kind::DictComp => "dict comprehension",
            Kind::Dict => "dict literal",
            Kind::Set => "set display",
            Kind::FString => "f-string expression",
            Kind::TString => "t-string expression",
            Kind::NoneLiteral => "None",
            Kind::TrueLiteral => "True",
            Kind::FalseLiteral => "False",
            Kind::Ellipsis => "ellipsis",
            Kind::Literal | Kind::Other => "literal",
            Kind::CompareIn | Kind::Compare => "comparison",
            Kind::Conditional => "conditional expression",
            Kind::Named => "named expression",
        }
    }
}

/// A node, by its place in the parser's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node(u32);

/// What is known of a node: its kind, its first and last token, and its parts where they matter (the elements of a
/// list, a tuple or a starred expression, the left side of a comparison, the positional arguments of a call).
#[derive(Clone, Debug)]
pub(super) struct NodeData {
    pub kind: Kind,
    pub first: u32,
    pub last: u32,
    pub parts: Vec<Node>,
}

/// A range of the source as errors give it: columns in bytes from 0, -1 for unknown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub line: u32,
    pub column: i32,
    pub end_line: u32,
    pub end_column: i32,
}

/// Which statement a target stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetOf {
    Assignment,
    Del,
    For,
}

impl Parser<'_> {
    /// Makes a node from the token `first` up to the last one that was accepted.
    pub(super) fn node(&mut self, kind: Kind, first: usize) -> Node {
        self.node_with(kind, first, Vec::new())
    }

    /// As [`node`](Self::node), with parts.
    pub(super) fn node_with(&mut self, kind: Kind, first: usize, parts: Vec<Node>) -> Node {
        let node = Node(self.nodes.len() as u32);
        let last = self.last_accepted().max(first);
        self.nodes.push(NodeData { kind, first: first as u32, last: last as u32, parts });
        node
    }

    pub(super) fn data(&self, node: Node) -> &NodeData {
        &self.nodes[node.0 as usize]
    }

    pub(super) fn kind(&self, node: Node) -> Kind {
        self.data(node).kind
    }

    pub(super) fn description(&self, node: Node) -> &'static str {
        self.kind(node).description()
    }

    pub(super) fn span(&self, node: Node) -> Span {
        let data = self.data(node);
        let (first, last) = (self.token_span(data.first as usize), self.token_span(data.last as usize));
        Span { end_line: last.end_line, end_column: last.end_column, ..first }
    }

    /// The text of a name.
    pub(super) fn name_text(&self, node: Node) -> &str {
        self.token_text(self.data(node).first as usize)
    }

    /// Whether the node is a name that was a statement's keyword in Python 2.
    pub(super) fn is_legacy_statement(&self, node: Node) -> bool {
        self.kind(node) == Kind::Name && matches!(self.name_text(node), "print" | "exec")
    }

    /// The innermost part of a would-be target that cannot be one.
    fn invalid_target(&self, node: Node, of: TargetOf) -> Option<Node> {
        let data = self.data(node);
        match data.kind {
            Kind::List | Kind::Tuple => data.parts.iter().find_map(|&part| self.invalid_target(part, of)),
            Kind::Starred if of == TargetOf::Del => Some(node),
            Kind::Starred => data.parts.iter().find_map(|&part| self.invalid_target(part, of)),
            // `for a in b` reads as a comparison at first.
            Kind::CompareIn if of == TargetOf::For => {
                data.parts.first().and_then(|&left| self.invalid_target(left, of))
            }
            Kind::Compare if of == TargetOf::For => None,
            Kind::Name | Kind::Subscript | Kind::Attribute => None,
            _ => Some(node),
        }
    }

    /// Refuses a target that cannot be one, if there is any in `node`.
    pub(super) fn check_target(&mut self, node: Node, of: TargetOf) -> Result<(), Halt> {
        let Some(invalid) = self.invalid_target(node, of) else { return Ok(()) };
        let verb = if of == TargetOf::Del { "delete" } else { "assign to" };
        let msg = format!("cannot {verb} {}", self.description(invalid));
        Err(self.refuse(self.span(invalid), msg))
    }
}
