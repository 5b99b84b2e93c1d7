//! A small engine: the pattern as a syntax tree, the tree as states, and all states that a text can be in followed at once, character by
//! character, which takes time in proportion to both (Thompson, 1968).

mod category;
mod parse;
mod program;
mod set;

use self::{parse::Node, program::Program, set::Set};
use crate::validator::messages::BAD_PATTERN;

pub(super) enum Engine {
    /// One class so many times, which is counted.
    Repeated {
        set: Set,
        min: u32,
        max: Option<u32>,
    },
    Program(Program),
}

impl Engine {
    pub(super) fn compile(text: &str, size: usize) -> Result<Self, &'static str> {
        let tree = parse::parse(text)?;
        if let Node::Sequence(nodes) = &tree
            && let [
                Node::Look(parse::Look::Start),
                Node::Repeat { node, min, max },
                Node::Look(parse::Look::End),
            ] = nodes.as_slice()
            && let Node::Set(set) = node.as_ref()
        {
            let (set, min, max) = (set.clone(), *min, *max);
            return Ok(Self::Repeated { set, min, max });
        }
        Program::compile(&tree, size)
            .map(Self::Program)
            .ok_or(BAD_PATTERN)
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Repeated { set, min, max } => {
                let most = max.map_or(u64::MAX, u64::from);
                let mut count = 0;
                text.chars().all(|c| {
                    count += 1;
                    count <= most && set.contains(c)
                }) && count >= u64::from(*min)
            }
            Self::Program(program) => program.is_match(text),
        }
    }
}

#[cfg(all(test, feature = "json-schema"))]
mod tests;
