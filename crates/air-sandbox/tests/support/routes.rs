//! Every route of the platform, as the source of `src/http.rs` and its modules has them: `POST /v1/issuer/modify`.

use std::{collections::BTreeSet, fs, path::Path};

const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

/// What is done with a router, in the order of the source.
#[derive(Debug)]
enum Step {
    Route {
        path: String,
        methods: Vec<&'static str>,
    },
    /// Another router, by its name, below a prefix.
    Include { prefix: String, name: String },
}

/// A router: a local variable or a function, as `file::name`.
type Named = (String, Vec<Step>);

/// All of them, from the function `router` on.
///
/// A router that the reader can't follow is a panic that names it: a route must not be missed.
pub(crate) fn all() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut routers = read(&folder.join("http.rs"), "http");
    for entry in fs::read_dir(folder.join("http")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            routers.extend(read(&path, &name));
        }
    }
    let mut found = BTreeSet::new();
    collect(&routers, "http::router", "", &mut found);
    found
}

fn collect(routers: &[Named], name: &str, prefix: &str, found: &mut BTreeSet<String>) {
    let (_, steps) = routers
        .iter()
        .find(|(known, _)| known == name)
        .unwrap_or_else(|| panic!("the routes of `{name}` can't be read; teach tests/support/routes.rs"));
    for step in steps {
        match step {
            Step::Route { path, methods } => {
                assert!(!methods.is_empty(), "{prefix}{path} has no method that is known");
                let routes = methods
                    .iter()
                    .map(|method| format!("{} {prefix}{path}", method.to_uppercase()));
                found.extend(routes);
            }
            Step::Include { prefix: below, name } => {
                collect(routers, name, &format!("{prefix}{below}"), found);
            }
        }
    }
}

fn read(path: &Path, file: &str) -> Vec<Named> {
    let text = fs::read_to_string(path).unwrap();
    let code: Vec<&str> = text
        .lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut routers: Vec<Named> = Vec::new();
    let mut function = 0;
    let mut current = 0;
    for (at, _) in code.char_indices() {
        let Some(rest) = code.get(at..) else { continue };
        let before = code[..at].chars().next_back();
        if before.is_some_and(|before| before.is_alphanumeric() || before == '_') {
            continue;
        }
        if let Some(rest) = rest.strip_prefix("fn ") {
            routers.push((format!("{file}::{}", word(rest)), Vec::new()));
            function = routers.len() - 1;
            current = function;
        } else if let Some(rest) = rest.strip_prefix("let ") {
            let rest = rest.strip_prefix("mut ").unwrap_or(rest);
            if rest[word(rest).len()..].starts_with(" = Router::new()") {
                routers.push((format!("{file}::{}", word(rest)), Vec::new()));
                current = routers.len() - 1;
            }
        } else if rest.starts_with("Router::new()") && before == Some(' ') && !code[..at].ends_with("= ") {
            current = function;
        } else if let Some(rest) = rest.strip_prefix(".route(") {
            let (path, handlers) = path_and_rest(arguments(rest));
            routers[current].1.push(Step::Route {
                path,
                methods: methods(handlers),
            });
        } else if let Some(rest) = rest.strip_prefix(".nest(") {
            let (prefix, name) = path_and_rest(arguments(rest));
            let name = qualified(file, name);
            routers[current].1.push(Step::Include { prefix, name });
        } else if let Some(rest) = rest.strip_prefix(".merge(") {
            let name = qualified(file, arguments(rest));
            let prefix = String::new();
            routers[current].1.push(Step::Include { prefix, name });
        }
    }
    routers
}

/// The name of a local router, or `module::function`.
fn qualified(file: &str, expression: &str) -> String {
    let name = expression.trim().trim_end_matches(',').trim();
    let name = name.split('(').next().unwrap_or_default();
    match name.rsplit("::").collect::<Vec<_>>().as_slice() {
        [function, module, ..] => format!("{module}::{function}"),
        _ => format!("{file}::{name}"),
    }
}

/// What stands before the parenthesis that closes.
fn arguments(rest: &str) -> &str {
    let mut depth = 1;
    for (at, character) in rest.char_indices() {
        depth += match character {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return &rest[..at];
        }
    }
    panic!("a parenthesis does not close")
}

fn path_and_rest(arguments: &str) -> (String, &str) {
    let (_, rest) = arguments.split_once('"').expect("a path is a literal");
    let (path, rest) = rest.split_once('"').unwrap();
    (path.to_owned(), rest.trim_start_matches(','))
}

fn methods(handlers: &str) -> Vec<&'static str> {
    let is_called = |method: &&str| {
        handlers.match_indices(&format!("{method}(")).any(|(at, _)| {
            let before = handlers[..at].chars().next_back();
            before.is_none_or(|before| before.is_whitespace() || before == '.')
        })
    };
    METHODS.into_iter().filter(is_called).collect()
}

fn word(text: &str) -> &str {
    let end = text.find(|character: char| !(character.is_alphanumeric() || character == '_'));
    &text[..end.unwrap_or(text.len())]
}
