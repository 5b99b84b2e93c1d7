//! The code blocks of a page, each with the directive in the comment before it.
//!
//! `<!-- test: server -->` starts the block in a second terminal and waits for its first line.
//! `<!-- test: exit N -->` expects this exit code. `<!-- test: skip, REASON -->` leaves the block
//! out. `<!-- test: file NAME -->` writes the block to a file.
//!
//! Readers of a guide have a platform and files. `<!-- test: setup COMMAND -->` runs a command that
//! the page does not show, and `<!-- test: background COMMAND -->` starts a server that it does not
//! show.

/// A code block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) language: String,
    pub(super) text: String,
    pub(super) directive: Directive,
    /// The line of the fence, from 1.
    pub(super) line: usize,
    /// Whether it is the first block below a heading.
    pub(super) begins_section: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Run { exit: i32 },
    Server,
    Skip,
    File(String),
}

/// Reads the blocks of a page in order.
pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut directive = None;
    let mut begins_section = true;
    let mut lines = markdown.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let trimmed = line.trim_start();
        if let Some(comment) = trimmed.strip_prefix("<!-- test: ") {
            let comment = comment.trim_end_matches("-->").trim();
            if let Some(hidden) = hidden(comment, number + 1) {
                blocks.push(hidden);
            } else {
                directive = Some(read(comment));
            }
        } else if let Some(language) = trimmed.strip_prefix("```") {
            let indent = line.len() - trimmed.len();
            let body = lines
                .by_ref()
                .map(|(_, line)| line.get(indent..).unwrap_or_default())
                .take_while(|line| !line.starts_with("```"));
            blocks.push(Block {
                language: language.to_owned(),
                text: body.collect::<Vec<_>>().join("\n"),
                directive: directive.take().unwrap_or(Directive::Run { exit: 0 }),
                line: number + 1,
                begins_section: std::mem::take(&mut begins_section),
            });
        } else if !trimmed.is_empty() {
            begins_section |= line.starts_with('#');
            assert!(
                directive.is_none(),
                "line {}: a directive without a block",
                number + 1
            );
        }
    }
    blocks
}

/// A command that the page does not show.
fn hidden(comment: &str, line: usize) -> Option<Block> {
    let (name, command) = comment.split_once(' ')?;
    let directive = match name {
        "setup" => Directive::Run { exit: 0 },
        "background" => Directive::Server,
        _ => return None,
    };
    Some(Block {
        language: "sh".to_owned(),
        text: command.to_owned(),
        directive,
        line,
        begins_section: false,
    })
}

fn read(directive: &str) -> Directive {
    let (name, value) = directive.split_once([' ', ',']).unwrap_or((directive, ""));
    match name {
        "server" => Directive::Server,
        "exit" => Directive::Run {
            exit: value.trim().parse().unwrap(),
        },
        "skip" => {
            assert!(value.len() > 5, "a block is left out without a reason");
            Directive::Skip
        }
        "file" => Directive::File(value.trim().to_owned()),
        _ => panic!("unknown directive: {directive}"),
    }
}
