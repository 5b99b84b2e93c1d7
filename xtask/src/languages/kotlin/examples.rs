//! The examples of the pages, in a project that has the two jars, JNA and Kotlin's library only.

use std::fs;

use crate::shell::{Outcome, root};

use super::{
    Package, failed, folder,
    tools::{self, Tools},
};

/// The pages, by the names of their programs.
const PAGES: [(&str, &str); 2] = [
    ("Readme", "packages/air-kotlin/README.md"),
    ("Android", "docs/book/src/howto/android.md"),
];

/// Compiles and runs the examples. Those of a page build on each other.
pub(super) fn run(tools: &Tools, package: &Package) -> Outcome {
    let project = folder().join("example");
    if project.exists() {
        fs::remove_dir_all(&project).map_err(|error| failed(&project, &error))?;
    }
    fs::create_dir_all(&project).map_err(|error| failed(&project, &error))?;
    let mut sources = Vec::new();
    for (name, page) in PAGES {
        let text = fs::read_to_string(root().join(page)).map_err(|error| format!("{page}: {error}"))?;
        let source = project.join(format!("{name}.kt"));
        let program = program_of(&blocks(&text), &name.to_lowercase());
        fs::write(&source, program).map_err(|error| failed(&source, &error))?;
        sources.push(source);
    }
    let classes = project.join("classes");
    let class_path = [package.jars(), tools::native_access()].concat();
    tools.compile(&sources, &class_path, &classes)?;
    let class_path = [class_path, vec![classes]].concat();
    for (name, _) in PAGES {
        let class = format!("{}.{name}Kt", name.to_lowercase());
        tools.java(&class_path, &class)?.within(&project).run()?;
    }
    Ok(())
}

/// The blocks of a page in Kotlin.
fn blocks(page: &str) -> String {
    page.split("```kotlin\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(block, _)| block)
        .collect()
}

/// A program whose `main` has all statements, after the imports of all blocks.
fn program_of(blocks: &str, package: &str) -> String {
    let is_import = |line: &&str| line.starts_with("import ");
    let imports: Vec<_> = blocks.lines().filter(is_import).collect();
    let statements: Vec<_> = blocks.lines().filter(|line| !is_import(line)).collect();
    format!(
        "package {package}\n\n{}\n\nfun main() {{\n{}\n}}\n",
        imports.join("\n"),
        statements.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_the_imports_first_and_other_languages_are_left_out() {
        let page = "Text\n```kotlin\nimport a.b\n\nval c = b()\n```\n```sh\nls\n```\n```kotlin\nimport d\nd(c)\n```\n";
        let expected = "package p\n\nimport a.b\nimport d\n\nfun main() {\n\nval c = b()\nd(c)\n}\n";
        assert_eq!(program_of(&blocks(page), "p"), expected);
    }

    #[test]
    fn each_page_has_examples() {
        for (_, page) in PAGES {
            let text = fs::read_to_string(root().join(page)).unwrap();
            assert!(text.matches("```kotlin\n").count() >= 3, "{page}");
        }
    }
}
