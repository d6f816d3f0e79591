//! Recursive-descent parser of expressions by the rules of Python.
//!
//! Each method parses operators of higher precedence than the method before it.
//! [`complexity`](super::complexity) limits length and depth, so that recursion fits the stack.

use recipe_core::internal::nearest;

use super::expression_error::{ExpressionError, ExpressionProblem, shortened};
use super::tokens::{Kind, Token};
use super::tree::{Arithmetic, Comparison, Function, Ternary, Tree};

const VALUE: &str = "a value";

/// Maximum characters of a token in a message.
const MAX_SHOWN: usize = 40;

/// Parses an expression.
pub(super) fn parse(tokens: Vec<Token<'_>>) -> Result<Tree, ExpressionError> {
    let mut parser = Parser { tokens, next: 0 };
    let tree = parser.expression()?;
    match parser.peek() {
        None => Ok(tree),
        Some(_) => Err(parser.expected("an operator or the end of the condition")),
    }
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    next: usize,
}

type Parsed = Result<Tree, ExpressionError>;

impl<'t> Parser<'t> {
    fn expression(&mut self) -> Parsed {
        let yes = self.or()?;
        if !self.take("if") {
            return Ok(yes);
        }
        let condition = self.or()?;
        self.require("else", "`else`")?;
        let no = self.expression()?;
        Ok(Tree::Conditional(Box::new(Ternary { condition, yes, no })))
    }

    fn or(&mut self) -> Parsed {
        self.operands("or", Self::and, Tree::Or)
    }

    fn and(&mut self) -> Parsed {
        self.operands("and", Self::not, Tree::And)
    }

    /// Parses operands separated by a keyword.
    fn operands(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Parsed,
        tree: fn(Vec<Tree>) -> Tree,
    ) -> Parsed {
        let first = operand(self)?;
        if !self.is(word) {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.take(word) {
            operands.push(operand(self)?);
        }
        Ok(tree(operands))
    }

    fn not(&mut self) -> Parsed {
        // `not(…)` is a function call, which has a higher precedence.
        match self.is("not") && !self.is_call() {
            true => {
                self.next += 1;
                Ok(Tree::Not(Box::new(self.not()?)))
            }
            false => self.comparisons(),
        }
    }

    fn comparisons(&mut self) -> Parsed {
        let first = self.sum()?;
        let mut chain = Vec::new();
        while let Some((comparison, column)) = self.take_comparison()? {
            chain.push((comparison, self.sum()?, column));
        }
        Ok(match chain.is_empty() {
            true => first,
            false => Tree::Comparisons(Box::new(first), chain),
        })
    }

    fn take_comparison(&mut self) -> Result<Option<(Comparison, usize)>, ExpressionError> {
        let Some(token) = self.peek() else {
            return Ok(None);
        };
        let column = token.column;
        let comparison = match token.text {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            "in" => Comparison::In,
            "not" if self.following().is_some_and(|token| token.is("in")) => {
                self.next += 1;
                Comparison::NotIn
            }
            "is" => {
                if self.following().is_some_and(|token| token.is("not")) {
                    self.next += 1;
                    if self.is_call() {
                        return Err(self.problem(ExpressionProblem::IsNotCall));
                    }
                    Comparison::IsNot
                } else {
                    Comparison::Is
                }
            }
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some((comparison, column)))
    }

    fn sum(&mut self) -> Parsed {
        let operators = [("+", Arithmetic::Plus), ("-", Arithmetic::Minus)];
        self.arithmetic(&operators, Self::product)
    }

    fn product(&mut self) -> Parsed {
        let operators = [
            ("*", Arithmetic::Times),
            ("/", Arithmetic::Divide),
            ("//", Arithmetic::FloorDivide),
            ("%", Arithmetic::Modulo),
        ];
        self.arithmetic(&operators, Self::signed)
    }

    fn arithmetic(
        &mut self,
        operators: &[(&str, Arithmetic)],
        operand: fn(&mut Self) -> Parsed,
    ) -> Parsed {
        let first = operand(self)?;
        let mut chain = Vec::new();
        while let Some((operator, column)) = self.take_operator(operators) {
            chain.push((operator, operand(self)?, column));
        }
        Ok(match chain.is_empty() {
            true => first,
            false => Tree::Arithmetic(Box::new(first), chain),
        })
    }

    fn signed(&mut self) -> Parsed {
        let signs = [("+", Arithmetic::Plus), ("-", Arithmetic::Minus)];
        match self.take_operator(&signs) {
            Some((sign, column)) => Ok(Tree::Unary(sign, Box::new(self.signed()?), column)),
            None => self.power(),
        }
    }

    /// `**` has a higher precedence than a unary operator on its left: `-2 ** 2` is -4.
    fn power(&mut self) -> Parsed {
        let base = self.element()?;
        match self.take_operator(&[("**", Arithmetic::Power)]) {
            Some((power, column)) => {
                let exponent = self.signed()?;
                let chain = vec![(power, exponent, column)];
                Ok(Tree::Arithmetic(Box::new(base), chain))
            }
            None => Ok(base),
        }
    }

    fn element(&mut self) -> Parsed {
        let mut tree = self.value()?;
        while let Some(column) = self.peek().filter(|t| t.is("[")).map(|t| t.column) {
            self.next += 1;
            let index = self.expression()?;
            self.require("]", "`]`")?;
            tree = Tree::Subscript(Box::new(tree), Box::new(index), column);
        }
        Ok(tree)
    }

    fn value(&mut self) -> Parsed {
        let Some(token) = self.tokens.get_mut(self.next) else {
            return Err(self.expected(VALUE));
        };
        match &mut token.kind {
            Kind::Number(number) => {
                let number = *number;
                self.next += 1;
                Ok(Tree::Number(number))
            }
            Kind::Text(text) => {
                let text = std::mem::take(text);
                self.next += 1;
                Ok(Tree::Text(self.with_adjacent_strings(text)))
            }
            Kind::Name => self.name(),
            Kind::Symbol => self.bracketed(),
        }
    }

    /// Appends string literals that follow.
    fn with_adjacent_strings(&mut self, mut text: String) -> String {
        while let Some(Kind::Text(more)) = self.peek().map(|token| &token.kind) {
            text.push_str(more);
            self.next += 1;
        }
        text
    }

    fn name(&mut self) -> Parsed {
        let token = &self.tokens[self.next];
        let (name, column) = (token.text, token.column);
        // `not` is an operator as well; only `not(` without a space is a call.
        let brackets = self.following().is_some_and(|token| token.is("("));
        if self.is_call() || brackets && !token.is_operator() {
            return self.call(name, column);
        }
        let tree = match name {
            "true" | "True" => Tree::Bool(true),
            "false" | "False" => Tree::Bool(false),
            "null" | "None" => Tree::None,
            _ if token.is_operator() => return Err(self.expected(VALUE)),
            _ => return Err(self.problem(unknown(name))),
        };
        self.next += 1;
        Ok(tree)
    }

    fn call(&mut self, name: &str, column: usize) -> Parsed {
        let all = Function::ALL.into_iter();
        let Some(function) = all.clone().find(|function| function.name() == name) else {
            let near = nearest(name, all.clone().map(Function::name));
            let nearest = all
                .map(Function::name)
                .find(|name| near.as_deref() == Some(name));
            let name = shortened(name, MAX_SHOWN);
            return Err(self.problem(ExpressionProblem::UnknownFunction { name, nearest }));
        };
        self.next += 2;
        let (arguments, _) = self.list(")", "`,` or `)`")?;
        let given = arguments.len();
        match function.arity() {
            Some(expected) if expected != given => Err(ExpressionError {
                problem: ExpressionProblem::Arguments {
                    function: function.name(),
                    expected,
                    given,
                },
                column,
            }),
            _ => Ok(Tree::Call(function, arguments)),
        }
    }

    fn bracketed(&mut self) -> Parsed {
        if self.take("(") {
            let (mut items, has_comma) = self.list(")", "`,` or `)`")?;
            return Ok(match items.pop() {
                Some(only) if items.is_empty() && !has_comma => only,
                last => {
                    items.extend(last);
                    Tree::Tuple(items)
                }
            });
        }
        if self.take("[") {
            return Ok(Tree::List(self.list("]", "`,` or `]`")?.0));
        }
        if self.is("{") {
            return self.object();
        }
        Err(self.expected(VALUE))
    }

    /// Parses comma-separated expressions up to the closing bracket. Returns whether there is a
    /// comma.
    fn list(
        &mut self,
        close: &str,
        expected: &'static str,
    ) -> Result<(Vec<Tree>, bool), ExpressionError> {
        let mut items = Vec::new();
        let mut has_comma = false;
        while !self.take(close) {
            items.push(self.expression()?);
            if self.take(",") {
                has_comma = true;
            } else if !self.is(close) {
                return Err(self.expected(expected));
            }
        }
        Ok((items, has_comma))
    }

    fn object(&mut self) -> Parsed {
        let column = self.tokens[self.next].column;
        self.next += 1;
        let mut entries = Vec::new();
        while !self.take("}") {
            let key = self.expression()?;
            self.require(":", "`:`")?;
            entries.push((key, self.expression()?));
            if !self.take(",") && !self.is("}") {
                return Err(self.expected("`,` or `}`"));
            }
        }
        Ok(Tree::Object(entries, column))
    }
}

/// Access to the tokens.
impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.next)
    }

    fn following(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.next + 1)
    }

    fn is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.is(text))
    }

    /// Whether the next tokens are a name and `(` without a space between them.
    fn is_call(&self) -> bool {
        self.following()
            .is_some_and(|token| token.is("(") && !token.has_space_before)
    }

    fn take(&mut self, text: &str) -> bool {
        let is_next = self.is(text);
        self.next += usize::from(is_next);
        is_next
    }

    fn take_operator(&mut self, operators: &[(&str, Arithmetic)]) -> Option<(Arithmetic, usize)> {
        let token = self.peek()?;
        let column = token.column;
        let (_, operator) = operators.iter().find(|(symbol, _)| token.is(symbol))?;
        self.next += 1;
        Some((*operator, column))
    }

    fn require(&mut self, text: &str, expected: &'static str) -> Result<(), ExpressionError> {
        match self.take(text) {
            true => Ok(()),
            false => Err(self.expected(expected)),
        }
    }

    /// Error at the next token, which is not what was expected.
    fn expected(&self, expected: &'static str) -> ExpressionError {
        self.problem(match self.peek() {
            None => ExpressionProblem::UnexpectedEnd { expected },
            Some(token) => ExpressionProblem::Unexpected {
                found: shortened(token.text, MAX_SHOWN),
                expected,
            },
        })
    }

    /// Adds the column of the next token to a problem.
    fn problem(&self, problem: ExpressionProblem) -> ExpressionError {
        let column = match (self.peek(), self.tokens.last()) {
            (Some(token), _) => token.column,
            (None, Some(last)) => last.column + last.text.chars().count(),
            (None, None) => 1,
        };
        ExpressionError { problem, column }
    }
}

fn unknown(name: &str) -> ExpressionProblem {
    let is_function = Function::ALL.iter().any(|function| function.name() == name);
    let name = shortened(name, MAX_SHOWN);
    match is_function {
        true => ExpressionProblem::NotCalled { name },
        false => ExpressionProblem::UnknownName { name },
    }
}
