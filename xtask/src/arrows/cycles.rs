//! Finds import cycles between sibling modules: children of one parent that depend on each other.
//!
//! A module depends on a sibling when its own code, or that of a module below it, names a path to
//! the sibling or below it.
//!
//! * Paths count in `use` items, code, macros and attributes, through `crate`, `self`, `super` or
//!   an imported name.
//! * An item of the parent counts as the parent's, so modules may use what their parent defines.
//! * A name that an inner module re-exports counts for the module that defines it. A name that the
//!   crate's root re-exports, such as `crate::Error`, counts as the root's.
//! * Code that only tests compile does not count.
//!
//! The check does not see methods, glob imports of re-exports and the output of macros, so it can
//! miss a cycle. Every reported cycle exists.

mod modules;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write,
    fs,
};

use cargo_metadata::Metadata;

use self::modules::{Modules, NamedPath};
use crate::shell::{Outcome, root};

/// The maximum number of listed locations for each dependency.
const PLACES: usize = 3;

/// For each module the siblings that it depends on, and the paths that name them.
type Graph<'a> = BTreeMap<usize, BTreeMap<usize, Vec<&'a NamedPath>>>;

/// Fails when modules of a crate form a cycle.
pub(super) fn check(metadata: &Metadata) -> Outcome {
    let mut found = Vec::new();
    for package in metadata.workspace_packages() {
        let sources = package.targets.iter().filter(|target| {
            !(target.is_test() || target.is_bench() || target.is_example() || target.is_custom_build())
        });
        for target in sources {
            let modules = Modules::read(target.src_path.as_std_path(), &|path| fs::read_to_string(path))?;
            let cycles = cycles(&modules).into_iter();
            found.extend(cycles.map(|cycle| format!("{}: {cycle}", package.name)));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!(
        "modules import each other in a cycle; move the item that both need to a module below them\n{}",
        found.join("\n")
    ))
}

/// The shortest cycle through each module that is in one.
fn cycles(modules: &Modules) -> Vec<String> {
    let graph = graph(modules);
    let mut seen = BTreeSet::new();
    let mut cycles = Vec::new();
    for start in graph.keys() {
        if let Some(cycle) = shortest_cycle(&graph, *start)
            && seen.insert(BTreeSet::from_iter(cycle.clone()))
        {
            cycles.push(describe(modules, &graph, &cycle));
        }
    }
    cycles
}

fn graph(modules: &Modules) -> Graph<'_> {
    let mut graph = Graph::new();
    for (from, path) in modules.named_paths() {
        let siblings = modules
            .resolve(from, path)
            .and_then(|target| modules.siblings(from, target));
        if let Some((from, to)) = siblings {
            graph.entry(from).or_default().entry(to).or_default().push(path);
        }
    }
    graph
}

/// The modules on the way from `start` back to it.
fn shortest_cycle(graph: &Graph<'_>, start: usize) -> Option<Vec<usize>> {
    let mut reached_from = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(module) = waiting.pop_front() {
        for next in graph.get(&module)?.keys() {
            if *next == start {
                let before = |module: &usize| reached_from.get(module).copied();
                let mut cycle: Vec<usize> = std::iter::successors(Some(module), before).collect();
                cycle.reverse();
                return Some(cycle);
            }
            if graph.contains_key(next) && !reached_from.contains_key(next) {
                reached_from.insert(*next, module);
                waiting.push_back(*next);
            }
        }
    }
    None
}

fn describe(modules: &Modules, graph: &Graph<'_>, cycle: &[usize]) -> String {
    let closed: Vec<usize> = cycle.iter().chain(cycle.first()).copied().collect();
    let names: Vec<String> = closed.iter().map(|module| modules.name(*module)).collect();
    let mut text = names.join(" → ");
    for (from, to) in closed.iter().zip(closed.iter().skip(1)) {
        for path in graph[from][to].iter().take(PLACES) {
            let file = path.file.strip_prefix(root()).unwrap_or(&path.file);
            let named = path.segments.join("::");
            let _ = write!(text, "\n  {}:{} {named}", file.display(), path.line);
        }
    }
    text
}
