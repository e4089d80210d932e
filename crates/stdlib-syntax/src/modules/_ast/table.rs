//! The node classes of the abstract syntax, in the order in which the module makes them: sums (the abstract bases) before
//! their members.

/// A node class.
pub struct Node {
    /// Name.
    pub name: &'static str,
    /// The sum it belongs to, or "AST".
    pub base: &'static str,
    /// Fields as `name:type`, where the type ends in `*` (list) or `?` (optional).
    pub fields: &'static str,
    /// Attributes, the same way.
    pub attributes: &'static str,
}

const POSITION: &str = "lineno:int col_offset:int end_lineno:int? end_col_offset:int?";
/// Where the end may not be missing.
const WHOLE_POSITION: &str = "lineno:int col_offset:int end_lineno:int end_col_offset:int";
const NO_ATTRIBUTES: &str = "";

macro_rules! nodes {
    ($($name:literal : $base:literal, $fields:literal, $attributes:expr;)*) => {
        /// All node classes.
        pub static NODES: &[Node] = &[$(Node { name: $name, base: $base, fields: $fields, attributes: $attributes }),*];
    };
}

nodes! {
    "mod": "AST", "", NO_ATTRIBUTES;
    "stmt": "AST", "", POSITION;
    "expr": "AST", "", POSITION;
    "expr_context": "AST", "", NO_ATTRIBUTES;
    "boolop": "AST", "", NO_ATTRIBUTES;
    "operator": "AST", "", NO_ATTRIBUTES;
    "unaryop": "AST", "", NO_ATTRIBUTES;
    "cmpop": "AST", "", NO_ATTRIBUTES;
    "comprehension": "AST", "target:expr iter:expr ifs:expr* is_async:int", NO_ATTRIBUTES;
    "excepthandler": "AST", "", POSITION;
    "arguments": "AST", "posonlyargs:arg* args:arg* vararg:arg? kwonlyargs:arg* kw_defaults:expr* kwarg:arg? defaults:expr*", NO_ATTRIBUTES;
    "arg": "AST", "arg:str annotation:expr? type_comment:str?", POSITION;
    "keyword": "AST", "arg:str? value:expr", POSITION;
    "alias": "AST", "name:str asname:str?", POSITION;
    "withitem": "AST", "context_expr:expr optional_vars:expr?", NO_ATTRIBUTES;
    "match_case": "AST", "pattern:pattern guard:expr? body:stmt*", NO_ATTRIBUTES;
    "pattern": "AST", "", WHOLE_POSITION;
    "type_ignore": "AST", "", NO_ATTRIBUTES;
    "type_param": "AST", "", WHOLE_POSITION;
    "Module": "mod", "body:stmt* type_ignores:type_ignore*", NO_ATTRIBUTES;
    "Interactive": "mod", "body:stmt*", NO_ATTRIBUTES;
    "Expression": "mod", "body:expr", NO_ATTRIBUTES;
    "FunctionType": "mod", "argtypes:expr* returns:expr", NO_ATTRIBUTES;
    "FunctionDef": "stmt", "name:str args:arguments body:stmt* decorator_list:expr* returns:expr? type_comment:str? type_params:type_param*", POSITION;
    "AsyncFunctionDef": "stmt", "name:str args:arguments body:stmt* decorator_list:expr* returns:expr? type_comment:str? type_params:type_param*", POSITION;
    "ClassDef": "stmt", "name:str bases:expr* keywords:keyword* body:stmt* decorator_list:expr* type_params:type_param*", POSITION;
    "Return": "stmt", "value:expr?", POSITION;
    "Delete": "stmt", "targets:expr*", POSITION;
    "Assign": "stmt", "targets:expr* value:expr type_comment:str?", POSITION;
    "TypeAlias": "stmt", "name:expr type_params:type_param* value:expr", POSITION;
    "AugAssign": "stmt", "target:expr op:operator value:expr", POSITION;
    "AnnAssign": "stmt", "target:expr annotation:expr value:expr? simple:int", POSITION;
    "For": "stmt", "target:expr iter:expr body:stmt* orelse:stmt* type_comment:str?", POSITION;
    "AsyncFor": "stmt", "target:expr iter:expr body:stmt* orelse:stmt* type_comment:str?", POSITION;
    "While": "stmt", "test:expr body:stmt* orelse:stmt*", POSITION;
    "If": "stmt", "test:expr body:stmt* orelse:stmt*", POSITION;
    "With": "stmt", "items:withitem* body:stmt* type_comment:str?", POSITION;
    "AsyncWith": "stmt", "items:withitem* body:stmt* type_comment:str?", POSITION;
    "Match": "stmt", "subject:expr cases:match_case*", POSITION;
    "Raise": "stmt", "exc:expr? cause:expr?", POSITION;
    "Try": "stmt", "body:stmt* handlers:excepthandler* orelse:stmt* finalbody:stmt*", POSITION;
    "TryStar": "stmt", "body:stmt* handlers:excepthandler* orelse:stmt* finalbody:stmt*", POSITION;
    "Assert": "stmt", "test:expr msg:expr?", POSITION;
    "Import": "stmt", "names:alias*", POSITION;
    "ImportFrom": "stmt", "module:str? names:alias* level:int?", POSITION;
    "Global": "stmt", "names:str*", POSITION;
    "Nonlocal": "stmt", "names:str*", POSITION;
    "Expr": "stmt", "value:expr", POSITION;
    "Pass": "stmt", "", POSITION;
    "Break": "stmt", "", POSITION;
    "Continue": "stmt", "", POSITION;
    "BoolOp": "expr", "op:boolop values:expr*", POSITION;
    "NamedExpr": "expr", "target:expr value:expr", POSITION;
    "BinOp": "expr", "left:expr op:operator right:expr", POSITION;
    "UnaryOp": "expr", "op:unaryop operand:expr", POSITION;
    "Lambda": "expr", "args:arguments body:expr", POSITION;
    "IfExp": "expr", "test:expr body:expr orelse:expr", POSITION;
    "Dict": "expr", "keys:expr* values:expr*", POSITION;
    "Set": "expr", "elts:expr*", POSITION;
    "ListComp": "expr", "elt:expr generators:comprehension*", POSITION;
    "SetComp": "expr", "elt:expr generators:comprehension*", POSITION;
    "DictComp": "expr", "key:expr value:expr generators:comprehension*", POSITION;
    "GeneratorExp": "expr", "elt:expr generators:comprehension*", POSITION;
    "Await": "expr", "value:expr", POSITION;
    "Yield": "expr", "value:expr?", POSITION;
    "YieldFrom": "expr", "value:expr", POSITION;
    "Compare": "expr", "left:expr ops:cmpop* comparators:expr*", POSITION;
    "Call": "expr", "func:expr args:expr* keywords:keyword*", POSITION;
    "FormattedValue": "expr", "value:expr conversion:int format_spec:expr?", POSITION;
    "Interpolation": "expr", "value:expr str:object conversion:int format_spec:expr?", POSITION;
    "JoinedStr": "expr", "values:expr*", POSITION;
    "TemplateStr": "expr", "values:expr*", POSITION;
    "Constant": "expr", "value:object kind:str?", POSITION;
    "Attribute": "expr", "value:expr attr:str ctx:expr_context", POSITION;
    "Subscript": "expr", "value:expr slice:expr ctx:expr_context", POSITION;
    "Starred": "expr", "value:expr ctx:expr_context", POSITION;
    "Name": "expr", "id:str ctx:expr_context", POSITION;
    "List": "expr", "elts:expr* ctx:expr_context", POSITION;
    "Tuple": "expr", "elts:expr* ctx:expr_context", POSITION;
    "Slice": "expr", "lower:expr? upper:expr? step:expr?", POSITION;
    "Load": "expr_context", "", NO_ATTRIBUTES;
    "Store": "expr_context", "", NO_ATTRIBUTES;
    "Del": "expr_context", "", NO_ATTRIBUTES;
    "And": "boolop", "", NO_ATTRIBUTES;
    "Or": "boolop", "", NO_ATTRIBUTES;
    "Add": "operator", "", NO_ATTRIBUTES;
    "Sub": "operator", "", NO_ATTRIBUTES;
    "Mult": "operator", "", NO_ATTRIBUTES;
    "MatMult": "operator", "", NO_ATTRIBUTES;
    "Div": "operator", "", NO_ATTRIBUTES;
    "Mod": "operator", "", NO_ATTRIBUTES;
    "Pow": "operator", "", NO_ATTRIBUTES;
    "LShift": "operator", "", NO_ATTRIBUTES;
    "RShift": "operator", "", NO_ATTRIBUTES;
    "BitOr": "operator", "", NO_ATTRIBUTES;
    "BitXor": "operator", "", NO_ATTRIBUTES;
    "BitAnd": "operator", "", NO_ATTRIBUTES;
    "FloorDiv": "operator", "", NO_ATTRIBUTES;
    "Invert": "unaryop", "", NO_ATTRIBUTES;
    "Not": "unaryop", "", NO_ATTRIBUTES;
    "UAdd": "unaryop", "", NO_ATTRIBUTES;
    "USub": "unaryop", "", NO_ATTRIBUTES;
    "Eq": "cmpop", "", NO_ATTRIBUTES;
    "NotEq": "cmpop", "", NO_ATTRIBUTES;
    "Lt": "cmpop", "", NO_ATTRIBUTES;
    "LtE": "cmpop", "", NO_ATTRIBUTES;
    "Gt": "cmpop", "", NO_ATTRIBUTES;
    "GtE": "cmpop", "", NO_ATTRIBUTES;
    "Is": "cmpop", "", NO_ATTRIBUTES;
    "IsNot": "cmpop", "", NO_ATTRIBUTES;
    "In": "cmpop", "", NO_ATTRIBUTES;
    "NotIn": "cmpop", "", NO_ATTRIBUTES;
    "ExceptHandler": "excepthandler", "type:expr? name:str? body:stmt*", POSITION;
    "MatchValue": "pattern", "value:expr", POSITION;
    "MatchSingleton": "pattern", "value:object", POSITION;
    "MatchSequence": "pattern", "patterns:pattern*", POSITION;
    "MatchMapping": "pattern", "keys:expr* patterns:pattern* rest:str?", POSITION;
    "MatchClass": "pattern", "cls:expr patterns:pattern* kwd_attrs:str* kwd_patterns:pattern*", POSITION;
    "MatchStar": "pattern", "name:str?", POSITION;
    "MatchAs": "pattern", "pattern:pattern? name:str?", POSITION;
    "MatchOr": "pattern", "patterns:pattern*", POSITION;
    "TypeIgnore": "type_ignore", "lineno:int tag:str", NO_ATTRIBUTES;
    "TypeVar": "type_param", "name:str bound:expr? default_value:expr?", POSITION;
    "ParamSpec": "type_param", "name:str default_value:expr?", POSITION;
    "TypeVarTuple": "type_param", "name:str default_value:expr?", POSITION;
}
