//! Type comments: what they belong to, and where they may not stand.

use std::collections::HashMap;

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::disagreements::error_at;
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::parse::TypeIgnore;
use crate::position::LineIndex;

/// Comments that ignore errors, and the others with the starts of what they belong to.
type Comments = (Vec<TypeIgnore>, Vec<(u32, String)>);

struct Comment {
    /// From what comes after `type:`.
    range: TextRange,
    text: String,
    /// Whether it is an `ignore` comment; its text is then its tag.
    ignore: bool,
}

/// Finds the type comments of a module.
///
/// # Errors
///
/// Type comments are tokens of the grammar: one in a place for none is an error.
pub(crate) fn attach(module: &ast::Mod, tokens: &Tokens, source: &str) -> Result<Comments, SyntaxError> {
    let mut owners = Owners::default();
    match module {
        ast::Mod::Module(module) => owners.visit_body(&module.body),
        ast::Mod::Expression(expression) => owners.visit_expr(&expression.body),
    }
    let significant = |kind: TokenKind| !kind.is_comment() && kind != TokenKind::NonLogicalNewline;
    let tokens: Vec<(TokenKind, TextRange)> = tokens.iter().map(|token| (token.kind(), token.range())).collect();
    let (mut ignores, mut attached) = (Vec::new(), Vec::new());
    // The significant tokens before, the last one last.
    let mut before: Vec<usize> = Vec::new();
    let mut header = Header::None;
    for (index, (kind, range)) in tokens.iter().enumerate() {
        if significant(*kind) {
            before.push(index);
            if *kind != TokenKind::Newline {
                header = Header::None;
            }
            continue;
        }
        let Some(comment) = kind.is_comment().then(|| read(source, *range)).flatten() else { continue };
        if comment.ignore {
            ignores.push(TypeIgnore { range: comment.range, tag: comment.text });
            continue;
        }
        let last = before.last().map(|at| tokens[*at]);
        let last_but_one = before.len().checked_sub(2).map(|at| tokens[before[at]]);
        let next = tokens[index + 1..].iter().find(|(kind, _)| significant(*kind));
        let body = tokens[index + 1..].iter().find(|(kind, _)| {
            significant(*kind) && !matches!(kind, TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent)
        });
        let owner_of_body = body.and_then(|(_, range)| owners.bodies.get(&range.start()));
        let owner = match (last, last_but_one) {
            (Some((TokenKind::Colon, _)), _) if next.is_some_and(|(kind, _)| *kind == TokenKind::Newline) => {
                header = Header::SameLine;
                owner_of_body.map(|owner| owner.start)
            }
            (Some((TokenKind::Newline, _)), Some((TokenKind::Colon, colon))) => {
                let function = owner_of_body.filter(|owner| owner.is_function);
                if let Some(function) = function {
                    match header {
                        Header::None => {}
                        Header::SameLine => return Err(doubled(source, *range)),
                        Header::OwnLine => return Err(unindented(source, &comment, function, colon)),
                    }
                    header = Header::OwnLine;
                }
                function.map(|function| function.start)
            }
            (Some((TokenKind::Comma, comma)), Some((TokenKind::Star, _))) if owners.in_signature(comma) => {
                return Err(error_at(source, comment.range, "bare * has associated type comment"));
            }
            (Some((TokenKind::Comma, _)), Some((_, parameter))) => owners.parameters.get(&parameter.end()).copied(),
            (Some((_, last)), _) => match next {
                Some((TokenKind::Rpar, _)) => owners.parameters.get(&last.end()).copied(),
                _ => owners.assignments.get(&last.end()).copied(),
            },
            (None, _) => None,
        };
        match owner {
            Some(start) => attached.push((start.to_u32(), comment.text)),
            None => return Err(error_at(source, comment.range, "invalid syntax")),
        }
    }
    attached.sort_unstable();
    Ok((ignores, attached))
}

/// The type comment of the header that the last tokens are the end of.
#[derive(Clone, Copy)]
enum Header {
    None,
    /// Behind the colon.
    SameLine,
    /// On a line of its own.
    OwnLine,
}

fn doubled(source: &str, comment: TextRange) -> SyntaxError {
    let index = LineIndex::new(source);
    // The token looked at is the one that opens the block.
    let line = index.line(comment.end()) + 1;
    let text = index.line_text(source, line).to_owned();
    SyntaxError {
        lineno: line,
        offset: 2,
        end_lineno: line,
        end_offset: -1,
        text: Some(text),
        ..error_at(source, comment, "Cannot have two type comments on def")
    }
}

fn unindented(source: &str, comment: &Comment, function: &Owner, colon: TextRange) -> SyntaxError {
    let index = LineIndex::new(source);
    let line = index.line(function.keyword.max(function.start).min(colon.start()));
    let msg = format!("expected an indented block after function definition on line {line}");
    SyntaxError { kind: SyntaxErrorKind::Indentation, ..error_at(source, comment.range, msg) }
}

/// The type comment that a comment is; its range is that of its text.
fn read(source: &str, range: TextRange) -> Option<Comment> {
    let comment = source.get(range.to_std_range())?;
    let blank = [' ', '\t'];
    let text = comment.strip_prefix('#')?.trim_start_matches(blank);
    let text = text.strip_prefix("type:")?.trim_start_matches(blank);
    let range = TextRange::new(range.end() - TextSize::of(text), range.end());
    let tag = text.strip_prefix("ignore");
    let Some(tag) = tag.filter(|tag| !tag.starts_with(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii())) else {
        return Some(Comment { range, text: text.to_owned(), ignore: false });
    };
    // One that has a line of its own takes the end of the line with it.
    let before = source.get(..range.end().to_usize() - comment.len()).unwrap_or("");
    let alone = before.trim_end_matches([' ', '\t', '\x0c']).chars().next_back().is_none_or(|c| c == '\n');
    let end = if alone && source[range.end().to_usize()..].starts_with('\n') { "\n" } else { "" };
    Some(Comment { range, text: format!("{tag}{end}"), ignore: true })
}

/// What can have a type comment behind its header.
struct Owner {
    start: TextSize,
    /// Where it would start without decorators, at the latest.
    keyword: TextSize,
    is_function: bool,
}

/// What can have a type comment.
#[derive(Default)]
struct Owners {
    /// By the start of the body.
    bodies: HashMap<TextSize, Owner>,
    /// The starts of assignments by their ends.
    assignments: HashMap<TextSize, TextSize>,
    /// The starts of parameters by their ends.
    parameters: HashMap<TextSize, TextSize>,
    /// Where the parameters of functions are.
    signatures: Vec<TextRange>,
}

impl Owners {
    fn body(&mut self, stmt: &Stmt, body: &[Stmt]) {
        let keyword = match stmt {
            Stmt::FunctionDef(function) => function.name.start(),
            _ => stmt.start(),
        };
        if let Some(first) = body.first() {
            let is_function = stmt.is_function_def_stmt();
            self.bodies.insert(first.start(), Owner { start: stmt.start(), keyword, is_function });
        }
    }

    fn in_signature(&self, token: TextRange) -> bool {
        self.signatures.iter().any(|signature| signature.contains_range(token))
    }
}

impl<'a> Visitor<'a> for Owners {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Assign(_) => {
                self.assignments.insert(stmt.end(), stmt.start());
            }
            Stmt::For(node) => self.body(stmt, &node.body),
            Stmt::With(node) => self.body(stmt, &node.body),
            Stmt::FunctionDef(node) => {
                self.body(stmt, &node.body);
                self.signatures.push(node.parameters.range);
                for parameter in &*node.parameters {
                    let start = parameter.name().start();
                    self.parameters.insert(parameter.end(), start);
                }
            }
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    // No statement is in an expression.
    fn visit_expr(&mut self, _: &'a ast::Expr) {}
}
