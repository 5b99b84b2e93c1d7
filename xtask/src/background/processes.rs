//! Stops a process together with those that it started: a job's compilers would otherwise run on.

use std::process::Child;

use crate::shell::program;

/// Stops a child and its descendants. Without `ps` or `taskkill`, the child alone is stopped.
pub(super) fn stop(child: &mut Child) {
    let id = child.id();
    if cfg!(windows) {
        let _ = program("taskkill")
            .args(["/F", "/T", "/PID", &id.to_string()])
            .read();
    } else if let Some(table) = program("ps").args(["-A", "-o", "pid=,ppid="]).read() {
        let family = std::iter::once(id).chain(descendants(&table, id));
        let ids: Vec<String> = family.map(|id| id.to_string()).collect();
        let _ = program("kill").args(["-TERM"]).args(ids).read();
    }
    let _ = child.kill();
}

/// The descendants of a process in a table of processes and their parents.
fn descendants(table: &str, of: u32) -> Vec<u32> {
    let pairs: Vec<(u32, u32)> = table
        .lines()
        .filter_map(|line| {
            let mut ids = line.split_whitespace().map(str::parse);
            Some((ids.next()?.ok()?, ids.next()?.ok()?))
        })
        .collect();
    let mut found: Vec<u32> = Vec::new();
    let mut parents = vec![of];
    while let Some(parent) = parents.pop() {
        let children = pairs.iter().filter(|(_, other)| *other == parent);
        let new: Vec<u32> = children
            .map(|(id, _)| *id)
            .filter(|id| *id != of && !found.contains(id))
            .collect();
        found.extend(&new);
        parents.extend(new);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_are_children_and_theirs() {
        let table = "    1     0\n   10     1\n  20 10\n 30   20\n 40 1\n 50 10\nnonsense\n";
        let mut found = descendants(table, 10);
        found.sort_unstable();
        assert_eq!(found, [20, 30, 50]);
        assert_eq!(descendants(table, 40), [0_u32; 0]);
        assert_eq!(descendants("1 1\n", 1), [0_u32; 0]);
    }
}
