//! The lock file of the workspace is without arkworks and the crates of Dock: no other crate is built with them.

#[test]
fn the_workspace_does_not_build_the_proofs() {
    let workspace = include_str!("../../../Cargo.lock");
    let own = include_str!("../Cargo.lock");
    let names = |lock: &'static str| lock.lines().filter_map(|line| line.strip_prefix("name = "));
    let is_ours = |name: &str| {
        let name = name.trim_matches('"');
        name.starts_with("ark-") || name == "air-zk" || name == "bbs_plus" || name == "schnorr_pok"
    };
    assert!(names(own).any(is_ours));
    let foreign: Vec<_> = names(workspace).filter(|name| is_ours(name)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    assert!(names(workspace).any(|name| name == "\"air-ids\""));
}
