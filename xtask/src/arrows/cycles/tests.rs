use std::{io, path::Path};

use super::{cycles, modules::Modules};

/// The cycles of a crate that consists of these files, the root first.
fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
    let read = |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path);
        file.map(|(_, text)| (*text).to_owned())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    cycles(&Modules::read(Path::new(files[0].0), &read).unwrap())
}

/// The cycles of two siblings, a and b.
fn between(a: &str, b: &str) -> Vec<String> {
    cycles_of(&[("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", b)])
}

#[test]
fn a_cycle_is_reported_with_its_files_and_lines() {
    let found = between(
        "use std::fmt;\nuse crate::b::One;",
        "fn two() {\n    super::a::three();\n}",
    );
    assert_eq!(
        found,
        ["a → b → a\n  a.rs:2 crate::b::One\n  b.rs:2 super::a::three"]
    );
}

#[test]
fn one_direction_is_no_cycle() {
    assert!(between("use crate::b::One; use super::b;", "pub(crate) struct One;").is_empty());
}

#[test]
fn a_longer_cycle_is_reported_once() {
    let found = cycles_of(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::in_b;"),
        ("b.rs", "use crate::c::in_c;"),
        ("c.rs", "use crate::a::in_a; use crate::d::in_d;"),
        ("d.rs", ""),
    ]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("a → b → c → a\n"), "{}", found[0]);
}

#[test]
fn a_subtree_counts_for_its_module() {
    let found = cycles_of(&[
        ("lib.rs", "mod outer;"),
        ("outer.rs", "mod a; mod b;"),
        ("outer/a.rs", "mod inner;"),
        ("outer/a/inner.rs", "use crate::outer::b::x;"),
        ("outer/b/mod.rs", "mod inner { use super::super::a::inner::y; }"),
    ]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("outer::a → outer::b → outer::a\n"),
        "{}",
        found[0]
    );
}

#[test]
fn parents_and_children_form_no_cycle() {
    let found = cycles_of(&[
        ("lib.rs", "mod a; mod b; fn helper() { a::x(); b::y(); }"),
        ("a.rs", "use super::helper; use crate::b;"),
        ("b.rs", "fn y() { super::helper(); }"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_function_of_the_parent_is_not_taken_for_a_module_of_its_name() {
    let found = cycles_of(&[
        ("lib.rs", "mod a; mod b; fn b() {}"),
        ("a.rs", "fn x() { super::b(); }"),
        ("b.rs", "use super::a::own;"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn what_only_tests_compile_does_not_count() {
    for a in [
        "#[cfg(test)] mod tests { use crate::b::x; }",
        "#[cfg(test)] mod tests;",
        "#[cfg(test)] use crate::b::x;",
        "#[cfg(all(unix, test))] fn x() { crate::b::x() }",
        "#[cfg(any(test, all(test, unix)))] impl X { fn x() { crate::b::x() } }",
        "impl X { #[cfg(test)] fn x() { crate::b::x() } }",
        "enum X { #[cfg(test)] X(crate::b::X) }",
        "#[tokio::test] async fn x() { crate::b::x() }",
    ] {
        assert!(between(a, "use crate::a::own;").is_empty(), "{a}");
    }
}

#[test]
fn every_other_condition_counts() {
    for a in [
        "#[cfg(feature = \"test\")] use crate::b::x;",
        "#[cfg(not(test))] use crate::b::x;",
        "#[cfg(any(test, feature = \"x\"))] use crate::b::x;",
    ] {
        assert_eq!(between(a, "use crate::a::own;").len(), 1, "{a}");
    }
}

#[test]
fn paths_are_found_wherever_code_names_them() {
    for a in [
        "use crate::{c::d, b::{self, e}};",
        "use super::b as other;",
        "use super::b::*;",
        "fn x(y: &crate::b::Y) {}",
        "fn x() -> Vec<crate::b::Y> { Vec::new() }",
        "impl crate::b::Y for X {}",
        "fn x() { match y { crate::b::Y::Z => {} } }",
        "fn x() { let y = <X as super::b::Y>::z(); }",
        "fn x() { use crate::b::Y; }",
        "fn x() { println!(\"{}\", crate::b::y()); }",
        "fn x() { y! { z { a: [self::super::b::y(1)] } } }",
        "#[serde(with = \"crate::b\")] struct X;",
        "struct X { #[serde(deserialize_with = \"super::b::y\")] y: u8 }",
        "struct X { #[arg(value_parser = crate::b::y)] y: u8 }",
        "use crate::c::b; use super as parent; fn x() { parent::b::y(); }",
    ] {
        let found = cycles_of(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", a),
            ("b.rs", "use crate::a::own;"),
            ("c.rs", ""),
        ]);
        assert_eq!(found.len(), 1, "{a}");
    }
}

#[test]
fn other_crates_are_no_siblings() {
    for a in [
        "use b::x;",
        "use ::b::x;",
        "fn x() { ::b::x() }",
        "fn x() { y!(::b::x, z: ::b::x) }",
        "use serde::b; fn x() { b::x() }",
    ] {
        let b = "use crate::a::own;";
        assert!(between(a, b).is_empty(), "{a}");
    }
}

#[test]
fn a_reexport_of_an_inner_module_counts_for_where_it_comes_from() {
    let files = |outer| {
        cycles_of(&[
            ("lib.rs", "mod outer;"),
            ("outer.rs", outer),
            (
                "outer/a.rs",
                "use super::Y; mod inner { fn x() { crate::outer::y() } }",
            ),
            ("outer/b.rs", "use super::a::own;"),
        ])
    };
    assert_eq!(files("mod a; mod b; pub use b::{Y, y};").len(), 1);
    assert!(files("mod a; mod b; struct Y; fn y() {}").is_empty());
    assert!(files("mod a; mod b; use serde::{Y, y};").is_empty());
}

#[test]
fn a_reexport_of_the_root_is_the_crates_vocabulary() {
    let found = cycles_of(&[
        (
            "lib.rs",
            "mod error; mod key; pub use error::Error; pub use key::Key;",
        ),
        ("error.rs", "use crate::Key;"),
        ("key.rs", "use crate::Error;"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_name_that_one_function_imports_means_nothing_elsewhere() {
    let found = cycles_of(&[
        ("lib.rs", "mod outer;"),
        ("outer.rs", "mod a; mod b; fn x() { use self::b::Y; } struct Y;"),
        ("outer/a.rs", "use super::Y;"),
        ("outer/b.rs", "use super::a::own;"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_file_that_is_missing_or_no_rust_is_named() {
    let read = |path: &Path| match path.to_str() {
        Some("lib.rs") => Ok("\nmod a;".to_owned()),
        Some("main.rs") => Ok("\nfn 1".to_owned()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    for (root, begins) in [
        ("lib.rs", "lib.rs:2: no file of module a"),
        ("main.rs", "main.rs:2: "),
        ("none.rs", "none.rs: "),
    ] {
        let error = Modules::read(Path::new(root), &read).err().unwrap();
        assert!(error.starts_with(begins), "{error}");
    }
}
