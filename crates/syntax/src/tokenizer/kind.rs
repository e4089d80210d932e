//! The kinds of tokens.

/// Declares [`TokenKind`] and the tables that go with it.
macro_rules! token_kinds {
    (
        plain { $($(#[$doc:meta])* $plain:ident,)* }
        operators { $($operator:ident $operator_text:literal,)* }
        keywords { $($keyword:ident $keyword_text:literal,)* }
    ) => {
        /// What a token is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum TokenKind {
            $($(#[$doc])* $plain,)*
            $($operator,)*
            $($keyword,)*
        }

        impl TokenKind {
            /// The keyword that `name` is. The tokenizer itself gives every word as [`TokenKind::Name`].
            #[must_use]
            pub fn keyword(name: &str) -> Option<TokenKind> {
                match name {
                    $($keyword_text => Some(TokenKind::$keyword),)*
                    _ => None,
                }
            }

            /// The text of an operator or keyword.
            #[must_use]
            pub fn text(self) -> Option<&'static str> {
                match self {
                    $(TokenKind::$operator => Some($operator_text),)*
                    $(TokenKind::$keyword => Some($keyword_text),)*
                    _ => None,
                }
            }

            /// The longest operator at the start of `text`.
            pub(super) fn operator(text: &[u8]) -> Option<TokenKind> {
                let at_most = |length: usize| match text.get(..length)? {
                    $(bytes if bytes == $operator_text.as_bytes() => Some(TokenKind::$operator),)*
                    _ => None,
                };
                at_most(3).or_else(|| at_most(2)).or_else(|| at_most(1))
            }
        }
    };
}

token_kinds! {
    plain {
        EndMarker,
        Newline,
        Indent,
        Dedent,
        Name,
        Number,
        String,
        FStringStart,
        FStringMiddle,
        FStringEnd,
        TStringStart,
        TStringMiddle,
        TStringEnd,
        /// A comment; only with extra tokens.
        Comment,
        /// A line end that ends no statement; only with extra tokens.
        Nl,
        /// A character that starts no token of the language: `$`, `?` or a backquote.
        Unknown,
        /// `<>`, an operator only after `from __future__ import barry_as_FLUFL`.
        LessGreater,
    }
    operators {
        LeftParen "(", RightParen ")", LeftBracket "[", RightBracket "]", LeftBrace "{", RightBrace "}",
        Colon ":", Comma ",", Semicolon ";", Dot ".", Ellipsis "...", Exclamation "!", At "@", Arrow "->",
        Plus "+", Minus "-", Star "*", Slash "/", DoubleStar "**", DoubleSlash "//", Percent "%",
        VerticalBar "|", Ampersand "&", Circumflex "^", Tilde "~", LeftShift "<<", RightShift ">>",
        Less "<", Greater ">", Equal "=", EqEqual "==", NotEqual "!=", LessEqual "<=", GreaterEqual ">=",
        ColonEqual ":=",
        PlusEqual "+=", MinusEqual "-=", StarEqual "*=", SlashEqual "/=", PercentEqual "%=", AmpersandEqual "&=",
        VerticalBarEqual "|=", CircumflexEqual "^=", AtEqual "@=", LeftShiftEqual "<<=", RightShiftEqual ">>=",
        DoubleStarEqual "**=", DoubleSlashEqual "//=",
    }
    keywords {
        False "False", None "None", True "True", And "and", As "as", Assert "assert", Async "async", Await "await",
        Break "break", Class "class", Continue "continue", Def "def", Del "del", Elif "elif", Else "else",
        Except "except", Finally "finally", For "for", From "from", Global "global", If "if", Import "import",
        In "in", Is "is", Lambda "lambda", Nonlocal "nonlocal", Not "not", Or "or", Pass "pass", Raise "raise",
        Return "return", Try "try", While "while", With "with", Yield "yield",
    }
}

impl TokenKind {
    /// Strings and their parts: tokens that can span lines.
    #[must_use]
    pub fn is_string_part(self) -> bool {
        use TokenKind::{FStringEnd, FStringMiddle, FStringStart, String, TStringEnd, TStringMiddle, TStringStart};
        matches!(self, String | FStringStart | FStringMiddle | FStringEnd | TStringStart | TStringMiddle | TStringEnd)
    }

    /// `+=` and its like.
    #[must_use]
    pub fn is_augmented_assignment(self) -> bool {
        use TokenKind::{
            AmpersandEqual, AtEqual, CircumflexEqual, DoubleSlashEqual, DoubleStarEqual, LeftShiftEqual, MinusEqual,
            PercentEqual, PlusEqual, RightShiftEqual, SlashEqual, StarEqual, VerticalBarEqual,
        };
        matches!(
            self,
            PlusEqual
                | MinusEqual
                | StarEqual
                | SlashEqual
                | PercentEqual
                | AmpersandEqual
                | VerticalBarEqual
                | CircumflexEqual
                | AtEqual
                | LeftShiftEqual
                | RightShiftEqual
                | DoubleStarEqual
                | DoubleSlashEqual
        )
    }
}
