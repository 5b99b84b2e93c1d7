//! The compiled program: a nondeterministic automaton, and its search.

use std::mem;

use super::{
    category,
    parse::{Look, Node},
    set::Set,
};

/// The cost of a state, in bytes. It is more than its memory, since each state also costs time at
/// every character.
const STATE: usize = 256;

/// States refer to each other by index; state 0 is the match.
pub(super) struct Program {
    states: Vec<State>,
    sets: Vec<Set>,
    start: usize,
}

enum State {
    /// Consumes a character of the set with the first index, and continues at the second.
    Set(usize, usize),
    /// Continues at both.
    Either(usize, usize),
    /// Continues if the assertion holds.
    Look(Look, usize),
    Match,
}

impl Program {
    /// Compiles the syntax tree; `None` if the program would exceed `size` bytes.
    pub(super) fn compile(tree: &Node, size: usize) -> Option<Self> {
        let mut program = Self {
            states: vec![State::Match],
            sets: Vec::new(),
            start: 0,
        };
        let mut budget = size / STATE;
        program.start = program.add(tree, 0, &mut budget)?;
        Some(program)
    }

    /// Adds the states of a node that continues at `next`, and returns its first state.
    fn add(&mut self, node: &Node, next: usize, budget: &mut usize) -> Option<usize> {
        *budget = budget.checked_sub(1)?;
        match node {
            Node::Set(set) => {
                *budget = budget.checked_sub(set.weight())?;
                self.sets.push(set.clone());
                Some(self.push(State::Set(self.sets.len() - 1, next)))
            }
            Node::Look(look) => Some(self.push(State::Look(*look, next))),
            Node::Sequence(nodes) => nodes
                .iter()
                .rev()
                .try_fold(next, |next, node| self.add(node, next, budget)),
            Node::Alternatives(nodes) => {
                let mut nodes = nodes.iter().rev();
                let last = self.add(nodes.next()?, next, budget)?;
                nodes.try_fold(last, |other, node| {
                    let one = self.add(node, next, budget)?;
                    Some(self.push(State::Either(one, other)))
                })
            }
            Node::Repeat { node, min, max } => {
                let mut first = match max {
                    None => {
                        let again = self.push(State::Match);
                        let body = self.add(node, again, budget)?;
                        if let Some(state) = self.states.get_mut(again) {
                            *state = State::Either(body, next);
                        }
                        again
                    }
                    Some(max) => (*min..*max).try_fold(next, |first, _| {
                        let body = self.add(node, first, budget)?;
                        Some(self.push(State::Either(body, next)))
                    })?,
                };
                for _ in 0..*min {
                    first = self.add(node, first, budget)?;
                }
                Some(first)
            }
        }
    }

    fn push(&mut self, state: State) -> usize {
        self.states.push(state);
        self.states.len() - 1
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        let mut run = Run::new(self);
        let mut before = None;
        let mut rest = text.chars();
        loop {
            let after = rest.clone().next();
            if run.enter(self.start, before, after) {
                return true;
            }
            let Some(c) = rest.next() else {
                return false;
            };
            let then = rest.clone().next();
            if run.step(c, then) {
                return true;
            }
            before = Some(c);
        }
    }
}

/// A search: all states that the text can be in.
struct Run<'a> {
    program: &'a Program,
    /// The states that consume a character: the indices of their sets, and of the states after
    /// them.
    waiting: Vec<(usize, usize)>,
    /// For each state the number of the character at which it was last entered, from 1.
    entered: Vec<usize>,
    now: usize,
    stack: Vec<usize>,
}

impl<'a> Run<'a> {
    fn new(program: &'a Program) -> Self {
        Self {
            program,
            waiting: Vec::new(),
            entered: vec![0; program.states.len()],
            now: 1,
            stack: Vec::new(),
        }
    }

    /// Consumes a character. Returns whether the text has a match.
    fn step(&mut self, c: char, after: Option<char>) -> bool {
        self.now += 1;
        let waiting = mem::take(&mut self.waiting);
        waiting.iter().any(|(set, next)| {
            let set = self.program.sets.get(*set);
            set.is_some_and(|set| set.contains(c)) && self.enter(*next, Some(c), after)
        })
    }

    /// Enters a state and all states after it that consume no character before. Returns whether the
    /// text has a match.
    fn enter(&mut self, state: usize, before: Option<char>, after: Option<char>) -> bool {
        self.stack.push(state);
        while let Some(number) = self.stack.pop() {
            let (Some(state), Some(entered)) =
                (self.program.states.get(number), self.entered.get_mut(number))
            else {
                continue;
            };
            if mem::replace(entered, self.now) == self.now {
                continue;
            }
            match state {
                State::Match => return true,
                State::Set(set, next) => self.waiting.push((*set, *next)),
                State::Either(one, other) => self.stack.extend([*one, *other]),
                State::Look(look, next) => {
                    if holds(*look, before, after) {
                        self.stack.push(*next);
                    }
                }
            }
        }
        false
    }
}

fn holds(look: Look, before: Option<char>, after: Option<char>) -> bool {
    let at_edge = || before.is_some_and(category::is_word) != after.is_some_and(category::is_word);
    match look {
        Look::Start => before.is_none(),
        Look::End => after.is_none(),
        Look::WordEdge => at_edge(),
        Look::NoWordEdge => !at_edge(),
    }
}
