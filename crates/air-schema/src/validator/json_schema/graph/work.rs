//! The number of comparisons that a schema can cause at one location of a subject.

use super::Node;

/// The most levels of a subject.
const LEVELS: usize = 64;
/// The most comparisons on the path to one location.
const WORK: u64 = 10_000;

/// Simulates a subject of 64 levels, and at each level chooses the member or item that costs most.
/// The first node is the root.
pub(super) fn check(nodes: &[Node]) -> Result<(), &'static str> {
    let order = order(nodes).ok_or("it refers to itself without going down in the subject")?;
    let mut below = Work(vec![0; nodes.len()]);
    for _ in 0..=LEVELS {
        let mut level = Work(vec![0; nodes.len()]);
        for &number in &order {
            let work = nodes.get(number).map(|node| of(node, &level, &below));
            level.set(number, work.unwrap_or_default());
        }
        below = level;
    }
    if below.get(0) > WORK {
        return Err(
            "it could look at one place of a subject more than 10,000 times; use fewer alternatives and references to itself",
        );
    }
    Ok(())
}

/// The number of comparisons of each node, by index.
struct Work(Vec<u64>);

impl Work {
    fn get(&self, number: usize) -> u64 {
        self.0.get(number).copied().unwrap_or_default()
    }

    fn set(&mut self, number: usize, work: u64) {
        if let Some(slot) = self.0.get_mut(number) {
            *slot = work;
        }
    }

    fn sum(&self, numbers: &[usize]) -> u64 {
        numbers
            .iter()
            .fold(0, |sum: u64, &number| sum.saturating_add(self.get(number)))
    }

    fn most(&self, numbers: &[usize]) -> u64 {
        numbers
            .iter()
            .map(|&number| self.get(number))
            .max()
            .unwrap_or_default()
    }
}

/// The comparisons of a node at this level and on the most expensive path below it.
fn of(node: &Node, level: &Work, below: &Work) -> u64 {
    let member = below.sum(&node.members).saturating_add(below.most(&node.named));
    let down = member.max(below.sum(&node.items));
    let here = level.sum(&node.here).saturating_add(level.most(&node.either));
    let times = if node.twice { 2 } else { 1 };
    node.own
        .saturating_add(here.saturating_mul(times))
        .saturating_add(down)
}

/// The nodes in topological order: each one after those that it applies to the same location.
/// `None` if there is a cycle.
fn order(nodes: &[Node]) -> Option<Vec<usize>> {
    let mut askers = vec![Vec::new(); nodes.len()];
    for (number, node) in nodes.iter().enumerate() {
        for &asked in node.here.iter().chain(&node.either) {
            askers.get_mut(asked)?.push(number);
        }
    }
    let mut unknown: Vec<usize> = nodes
        .iter()
        .map(|node| node.here.len() + node.either.len())
        .collect();
    let leaves = unknown.iter().enumerate().filter(|(_, asked)| **asked == 0);
    let mut order: Vec<usize> = leaves.map(|(number, _)| number).collect();
    let mut next = 0;
    while let Some(&number) = order.get(next) {
        next += 1;
        for &asker in askers.get(number)? {
            let left = unknown.get_mut(asker)?;
            *left -= 1;
            if *left == 0 {
                order.push(asker);
            }
        }
    }
    (order.len() == nodes.len()).then_some(order)
}
