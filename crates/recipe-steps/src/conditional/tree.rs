//! Syntax tree of expressions. Numbers beside operators are their columns.

use super::number::Number;

/// An expression.
#[derive(Debug)]
pub(super) enum Tree {
    None,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Tree>),
    Tuple(Vec<Tree>),
    Object(Vec<(Tree, Tree)>, usize),
    Not(Box<Tree>),
    /// Short-circuiting operators.
    And(Vec<Tree>),
    Or(Vec<Tree>),
    /// Chained comparisons: `a < b < c` is `a < b and b < c`.
    Comparisons(Box<Tree>, Vec<(Comparison, Tree, usize)>),
    Unary(Arithmetic, Box<Tree>, usize),
    /// Evaluated from left to right.
    Arithmetic(Box<Tree>, Vec<(Arithmetic, Tree, usize)>),
    Subscript(Box<Tree>, Box<Tree>, usize),
    Call(Function, Vec<Tree>),
    Conditional(Box<Ternary>),
}

/// `yes if condition else no`.
#[derive(Debug)]
pub(super) struct Ternary {
    pub(super) condition: Tree,
    pub(super) yes: Tree,
    pub(super) no: Tree,
}

/// Comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Is,
    IsNot,
}

/// Arithmetic operator; some apply to strings and lists, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Plus,
    Minus,
    Times,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

impl Arithmetic {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Divide => "/",
            Self::FloorDivide => "//",
            Self::Modulo => "%",
            Self::Power => "**",
        }
    }
}

/// Function of expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    FileExists,
    AllFilesExist,
    FileIsNewer,
    And,
    Or,
    Not,
}

impl Function {
    pub(super) const ALL: [Self; 6] = [
        Self::FileExists,
        Self::AllFilesExist,
        Self::FileIsNewer,
        Self::And,
        Self::Or,
        Self::Not,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FileExists => "file_exists",
            Self::AllFilesExist => "all_files_exist",
            Self::FileIsNewer => "file_is_newer",
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
        }
    }

    /// Number of arguments; `None` if it is not fixed.
    pub(super) fn arity(self) -> Option<usize> {
        match self {
            Self::FileExists | Self::AllFilesExist | Self::Not => Some(1),
            Self::FileIsNewer => Some(2),
            Self::And | Self::Or => None,
        }
    }
}
