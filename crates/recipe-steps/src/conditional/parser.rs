//! From the tokens of an expression to its tree, by the rules of Python.
//!
//! Each method reads what binds tighter than the one before it. The length and depth of what is parsed are bounded by
//! [`complexity`](super::complexity), so that going down and up the tree stays on the stack.

use recipe_core::internal::nearest;

use super::expression_error::{ExpressionError, ExpressionProblem};
use super::tokens::{Kind, Token};
use super::tree::{Arithmetic, Choice, Comparison, Function, Tree};

const VALUE: &str = "a value";

/// The tree of an expression.
pub(super) fn parse(tokens: Vec<Token<'_>>) -> Result<Tree, ExpressionError> {
    let mut parser = Parser { tokens, next: 0 };
    let tree = parser.expression()?;
    match parser.peek() {
        None => Ok(tree),
        Some(_) => Err(parser.expected("an operator or the end")),
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
        Ok(Tree::Choice(Box::new(Choice { condition, yes, no })))
    }

    fn or(&mut self) -> Parsed {
        self.row("or", Self::and, Tree::Or)
    }

    fn and(&mut self) -> Parsed {
        self.row("and", Self::not, Tree::And)
    }

    /// Operands with a word between them.
    fn row(
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
        // `not(…)` is a call, which binds tighter.
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
        while let Some((comparison, column)) = self.comparison()? {
            chain.push((comparison, self.sum()?, column));
        }
        Ok(match chain.is_empty() {
            true => first,
            false => Tree::Comparisons(Box::new(first), chain),
        })
    }

    fn comparison(&mut self) -> Result<Option<(Comparison, usize)>, ExpressionError> {
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
            Some((sign, column)) => Ok(Tree::Sign(sign, Box::new(self.signed()?), column)),
            None => self.power(),
        }
    }

    /// Binds tighter than a sign before it and less than one behind it, so that `-2 ** 2` is -4.
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
            tree = Tree::Element(Box::new(tree), Box::new(index), column);
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
                Ok(Tree::Text(self.with_texts_behind(text)))
            }
            Kind::Name => self.named(),
            Kind::Sign => self.bracketed(),
        }
    }

    /// Texts that follow one another are one.
    fn with_texts_behind(&mut self, mut text: String) -> String {
        while let Some(Kind::Text(more)) = self.peek().map(|token| &token.kind) {
            text.push_str(more);
            self.next += 1;
        }
        text
    }

    fn named(&mut self) -> Parsed {
        let token = &self.tokens[self.next];
        let (name, column) = (token.text, token.column);
        // Of `not`, which is an operator, too, only a bracket right behind it makes a call.
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
            let name = beginning(name);
            return Err(self.problem(ExpressionProblem::UnknownFunction { name, nearest }));
        };
        self.next += 2;
        let (arguments, _) = self.list(")", "`,` or `)`")?;
        let given = arguments.len();
        match function.takes() {
            Some(takes) if takes != given => Err(ExpressionError {
                problem: ExpressionProblem::Arguments {
                    function: function.name(),
                    takes,
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

    /// Expressions with commas between them up to the closing bracket, and whether there is a comma.
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

/// Looking at the tokens.
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

    /// Whether a name stands here with a bracket right behind it.
    fn is_call(&self) -> bool {
        self.following()
            .is_some_and(|token| token.is("(") && !token.apart)
    }

    fn take(&mut self, text: &str) -> bool {
        let is_it = self.is(text);
        self.next += usize::from(is_it);
        is_it
    }

    fn take_operator(&mut self, operators: &[(&str, Arithmetic)]) -> Option<(Arithmetic, usize)> {
        let token = self.peek()?;
        let column = token.column;
        let (_, operator) = operators.iter().find(|(sign, _)| token.is(sign))?;
        self.next += 1;
        Some((*operator, column))
    }

    fn require(&mut self, text: &str, expected: &'static str) -> Result<(), ExpressionError> {
        match self.take(text) {
            true => Ok(()),
            false => Err(self.expected(expected)),
        }
    }

    /// Unexpected token.
    fn expected(&self, expected: &'static str) -> ExpressionError {
        self.problem(match self.peek() {
            None => ExpressionProblem::Missing { expected },
            Some(token) => ExpressionProblem::Unexpected {
                found: beginning(token.text),
                expected,
            },
        })
    }

    /// A problem at what stands here.
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
    let name = beginning(name);
    match is_function {
        true => ExpressionProblem::NotCalled { name },
        false => ExpressionProblem::UnknownName { name },
    }
}

/// The beginning of a token, for a message.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
