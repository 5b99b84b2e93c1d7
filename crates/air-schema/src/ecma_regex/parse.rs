//! The parser: from a pattern to a syntax tree.

mod escape;

use std::{iter::Peekable, str::Chars};

use self::escape::Escape;
use super::{
    Error,
    set::{Item, Set},
};

/// The most levels of groups within groups.
const LEVELS: usize = 100;

/// A node of the syntax tree.
pub(super) enum Node {
    Set(Set),
    Look(Look),
    Sequence(Vec<Node>),
    Alternatives(Vec<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
    },
}

/// An assertion, which consumes no character.
#[derive(Clone, Copy)]
pub(super) enum Look {
    Start,
    End,
    WordEdge,
    NoWordEdge,
}

pub(super) type Parsed<T> = Result<T, Error>;

pub(super) fn parse(text: &str) -> Parsed<Node> {
    let mut parser = Parser {
        rest: text.chars().peekable(),
        levels: LEVELS,
        names: Vec::new(),
    };
    let node = parser.alternatives()?;
    match parser.rest.next() {
        None => Ok(node),
        Some(_) => Err(Error::Syntax),
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    levels: usize,
    /// The names of groups, each of which may occur once.
    names: Vec<String>,
}

impl Parser<'_> {
    fn eat(&mut self, c: char) -> bool {
        self.rest.next_if_eq(&c).is_some()
    }

    fn expect(&mut self, c: char) -> Parsed<()> {
        if self.eat(c) { Ok(()) } else { Err(Error::Syntax) }
    }

    fn next(&mut self) -> Parsed<char> {
        self.rest.next().ok_or(Error::Syntax)
    }

    /// Parses up to the end of the pattern or of the group.
    fn alternatives(&mut self) -> Parsed<Node> {
        let mut alternatives = vec![self.sequence()?];
        while self.eat('|') {
            alternatives.push(self.sequence()?);
        }
        match alternatives.len() {
            1 => alternatives.pop().ok_or(Error::Syntax),
            _ => Ok(Node::Alternatives(alternatives)),
        }
    }

    fn sequence(&mut self) -> Parsed<Node> {
        let mut nodes = Vec::new();
        while let Some(c) = self.rest.next_if(|c| !matches!(c, '|' | ')')) {
            let node = self.node(c)?;
            nodes.push(self.quantified(node)?);
        }
        match nodes.len() {
            1 => nodes.pop().ok_or(Error::Syntax),
            _ => Ok(Node::Sequence(nodes)),
        }
    }

    fn node(&mut self, first: char) -> Parsed<Node> {
        Ok(match first {
            '^' => Node::Look(Look::Start),
            '$' => Node::Look(Look::End),
            '.' => Node::Set(Set::dot()),
            '(' => self.group()?,
            '[' => Node::Set(self.class()?),
            '\\' => match self.escape()? {
                Escape::Look(look) => Node::Look(look),
                Escape::Item(item) => Node::Set(Set::of(item)),
                Escape::Char(c) => Node::Set(Set::of(Item::Range(c, c))),
            },
            '*' | '+' | '?' | '{' | '}' | ']' => return Err(Error::Syntax),
            c => Node::Set(Set::of(Item::Range(c, c))),
        })
    }

    /// Parses the quantifier that may follow a node.
    fn quantified(&mut self, node: Node) -> Parsed<Node> {
        let (min, max) = match self.rest.peek() {
            Some('*' | '{') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            _ => return Ok(node),
        };
        if matches!(node, Node::Look(_)) {
            return Err(Error::Syntax);
        }
        let (min, max) = if self.next()? == '{' {
            self.counts()?
        } else {
            (min, max)
        };
        // A lazy quantifier changes which match is found, but not whether there is one.
        self.eat('?');
        Ok(Node::Repeat {
            node: Box::new(node),
            min,
            max,
        })
    }

    /// Parses `2}`, `2,}` or `2,5}`.
    fn counts(&mut self) -> Parsed<(u32, Option<u32>)> {
        let min = self.count()?;
        let max = match (self.eat(','), self.rest.peek()) {
            (false, _) => Some(min),
            (true, Some('}')) => None,
            (true, _) => Some(self.count()?),
        };
        self.expect('}')?;
        match max {
            Some(max) if max < min => Err(Error::Syntax),
            max => Ok((min, max)),
        }
    }

    fn count(&mut self) -> Parsed<u32> {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().map_err(|_| Error::Syntax)
    }

    fn group(&mut self) -> Parsed<Node> {
        if self.eat('?') {
            match self.next()? {
                ':' => {}
                '<' => self.name()?,
                'i' | 'm' | 's' | '-' => return Err(Error::Flags),
                _ => return Err(Error::Syntax),
            }
        }
        self.levels = self.levels.checked_sub(1).ok_or(Error::Syntax)?;
        let node = self.alternatives()?;
        self.levels += 1;
        self.expect(')')?;
        // Only an assertion within a group can have a quantifier.
        Ok(match node {
            Node::Look(_) => Node::Sequence(vec![node]),
            node => node,
        })
    }

    fn name(&mut self) -> Parsed<()> {
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        self.expect('>')?;
        let is_name = name.starts_with(|first: char| !first.is_ascii_digit());
        if !is_name || self.names.contains(&name) {
            return Err(Error::Syntax);
        }
        self.names.push(name);
        Ok(())
    }

    /// Parses a class after its `[`.
    fn class(&mut self) -> Parsed<Set> {
        let is_negated = self.eat('^');
        let mut items = Vec::new();
        while !self.eat(']') {
            let item = self.class_item()?;
            let is_range = self.rest.peek() == Some(&'-') && {
                let mut ahead = self.rest.clone();
                ahead.next();
                ahead.next() != Some(']')
            };
            if !is_range {
                items.push(item);
                continue;
            }
            self.expect('-')?;
            match (item, self.class_item()?) {
                (Item::Range(first, _), Item::Range(last, _)) if first <= last => {
                    items.push(Item::Range(first, last));
                }
                _ => return Err(Error::Syntax),
            }
        }
        if items.is_empty() {
            return Err(Error::Syntax);
        }
        Ok(Set { items, is_negated })
    }

    fn class_item(&mut self) -> Parsed<Item> {
        match self.next()? {
            '\\' => match self.escape()? {
                Escape::Look(_) => Err(Error::Syntax),
                Escape::Item(item) => Ok(item),
                Escape::Char(c) => Ok(Item::Range(c, c)),
            },
            c => Ok(Item::Range(c, c)),
        }
    }
}
