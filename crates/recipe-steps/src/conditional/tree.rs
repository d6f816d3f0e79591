//! An expression as a tree. Numbers beside operators are the columns that these stand in.

use super::number::Number;

/// An expression, or a part of one.
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
    /// Operands of which each but the last is looked at no further once it decides.
    And(Vec<Tree>),
    Or(Vec<Tree>),
    /// A chain: each comparison is between what stands before it and what stands behind it.
    Comparisons(Box<Tree>, Vec<(Comparison, Tree, usize)>),
    Sign(Arithmetic, Box<Tree>, usize),
    /// From left to right.
    Arithmetic(Box<Tree>, Vec<(Arithmetic, Tree, usize)>),
    Element(Box<Tree>, Box<Tree>, usize),
    Call(Function, Vec<Tree>),
    Choice(Box<Choice>),
}

/// `yes if condition else no`.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) condition: Tree,
    pub(super) yes: Tree,
    pub(super) no: Tree,
}

/// A comparison of two values.
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

/// An operator on numbers, some of them on texts and lists, too.
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
    pub(super) fn sign(self) -> &'static str {
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

/// All that can be called.
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

    /// Number of arguments it takes; `None` where that is any number.
    pub(super) fn takes(self) -> Option<usize> {
        match self {
            Self::FileExists | Self::AllFilesExist | Self::Not => Some(1),
            Self::FileIsNewer => Some(2),
            Self::And | Self::Or => None,
        }
    }
}
