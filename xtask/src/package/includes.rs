//! Finds the files that a Rust source embeds: `include_str!`, `include_bytes!`, `include!` and
//! `sqlx::migrate!`, in macros and attributes too.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The folder that a path starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// The folder of the source file.
    Source,
    /// The folder of the crate.
    Crate,
}

/// A file that a source includes; a folder if a macro's argument has the name of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Include {
    pub(super) base: Base,
    pub(super) path: String,
    pub(super) line: usize,
}

/// The files that a source includes, except in items for `#[cfg(doctest)]`: those items run the
/// examples of the repository's pages, which are in no package.
pub(super) fn includes(source: &str) -> Result<Vec<Include>, String> {
    let tokens: TokenStream = source
        .parse()
        .map_err(|error: proc_macro2::LexError| error.to_string())?;
    let mut found = Vec::new();
    walk(tokens, &mut found);
    Ok(found)
}

fn walk(tokens: TokenStream, found: &mut Vec<Include>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    loop {
        rest = match rest {
            [] => return,
            [TokenTree::Punct(hash), TokenTree::Group(attribute), after @ ..]
                if hash.as_char() == '#' && attribute.to_string().replace(' ', "") == "[cfg(doctest)]" =>
            {
                after_item(after)
            }
            [
                TokenTree::Ident(name),
                TokenTree::Punct(bang),
                TokenTree::Group(arguments),
                after @ ..,
            ] if bang.as_char() == '!' => {
                let line = name.span().start().line;
                match include(&name.to_string(), arguments.stream(), line) {
                    Some(include) => found.push(include),
                    None => walk(arguments.stream(), found),
                }
                after
            }
            [TokenTree::Group(group), after @ ..] => {
                walk(group.stream(), found);
                after
            }
            [_, after @ ..] => after,
        };
    }
}

/// The tokens after an item: after its braces or its semicolon.
fn after_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let end = tokens.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    });
    end.map_or(&[], |end| &tokens[end + 1..])
}

/// The include that a macro call is, if it is one with a known path.
fn include(macro_name: &str, arguments: TokenStream, line: usize) -> Option<Include> {
    let base = match macro_name {
        "include_str" | "include_bytes" | "include" => Base::Source,
        "migrate" => Base::Crate,
        _ => return None,
    };
    let tokens: Vec<TokenTree> = arguments.into_iter().collect();
    let (base, path) = match tokens.as_slice() {
        [TokenTree::Literal(path), ..] => (base, text(path)?),
        [TokenTree::Ident(concat), _, TokenTree::Group(parts), ..] if concat == "concat" => {
            concatenated(base, parts.stream())?
        }
        _ => return None,
    };
    (!path.is_empty()).then_some(Include { base, path, line })
}

/// The path that `concat!` makes; up to its last folder if a part is an argument of a macro.
fn concatenated(mut base: Base, parts: TokenStream) -> Option<(Base, String)> {
    let mut path = String::new();
    let tokens: Vec<TokenTree> = parts.into_iter().collect();
    for part in tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')) {
        match part {
            [] => {}
            [TokenTree::Literal(part)] => path.push_str(&text(part)?),
            [TokenTree::Ident(env), _, TokenTree::Group(name)]
                if env == "env" && name.to_string().contains("\"CARGO_MANIFEST_DIR\"") =>
            {
                base = Base::Crate;
            }
            _ => {
                let folder = path.rfind('/').map_or(0, |slash| slash + 1);
                path.truncate(folder);
                break;
            }
        }
    }
    Some((base, path))
}

/// The value of a string literal.
fn text(literal: &proc_macro2::Literal) -> Option<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(Base, String)> {
        let includes = includes(source).unwrap();
        includes
            .into_iter()
            .map(|Include { base, path, .. }| (base, path))
            .collect()
    }

    fn source(path: &str) -> (Base, String) {
        (Base::Source, path.to_owned())
    }

    fn of_crate(path: &str) -> (Base, String) {
        (Base::Crate, path.to_owned())
    }

    #[test]
    fn finds_includes_in_items_attributes_and_calls() {
        let text = r#"
            #![doc = include_str!("../README.md")]
            const A: &[u8] = include_bytes!(r"a.bin");
            fn f() { g(&[include_str!("b.txt",)]); }
            include!("c.rs");
        "#;
        let paths = ["../README.md", "a.bin", "b.txt", "c.rs"];
        assert_eq!(found(text), paths.map(source));
    }

    #[test]
    fn finds_migrations_from_the_folder_of_the_crate() {
        let text = r#"sqlx::migrate!("./migrations/sqlite").run(c).await?;"#;
        assert_eq!(found(text), [of_crate("./migrations/sqlite")]);
    }

    #[test]
    fn a_macro_s_argument_leaves_the_folder() {
        let text = r#"
            macro_rules! a { ($name:literal) => { include_str!(concat!("../x/", $name, ".hex")) }; }
            macro_rules! b { ($name:literal) => { include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/y/z-", $name)) }; }
            macro_rules! c { ($name:literal) => { include_str!($name) }; }
            const D: &str = include_str!(concat!("d", ".txt"));
        "#;
        assert_eq!(found(text), [source("../x/"), of_crate("/y/"), source("d.txt")]);
    }

    #[test]
    fn skips_text_and_items_for_doctests() {
        let text = r#"
            // include_str!("a")
            /// include_str!("b")
            const B: &str = "include_str!(\"c\")";
            #[cfg(doctest)]
            mod pages { #[doc = include_str!("d")] struct Page; }
            #[cfg(doctest)]
            #[doc = include_str!("e")]
            struct Page;
            #[cfg(test)]
            mod tests { const F: &str = include_str!("f"); }
        "#;
        assert_eq!(found(text), [source("f")]);
    }

    #[test]
    fn reports_the_line() {
        let includes = includes("\n\nconst A: &str = include_str!(\"a\");").unwrap();
        assert_eq!(includes[0].line, 3);
    }
}
