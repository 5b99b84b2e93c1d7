//! The lock file of the workspace is without `ssi`: neither its features nor its dependencies reach
//! the other crates.

#[test]
fn the_workspace_does_not_build_ssi() {
    let workspace = include_str!("../../../Cargo.lock");
    let own = include_str!("../Cargo.lock");
    let names = |lock: &'static str| lock.lines().filter_map(|line| line.strip_prefix("name = "));
    assert!(names(own).any(|name| name == "\"ssi\""));
    let foreign: Vec<_> = names(workspace)
        .filter(|name| name.trim_matches('"') == "ssi" || name.starts_with("\"ssi-"))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    assert!(names(workspace).any(|name| name == "\"air-vc\""));
}
