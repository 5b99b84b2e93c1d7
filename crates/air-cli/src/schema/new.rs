//! `air schema new`.

mod attribute;
mod dialogue;
mod draft;
mod flags;
mod interview;
mod terminal;

use std::path::{Path, PathBuf};

use air_schema::CredentialSchema;
use clap::Args;
use serde_json::json;

use self::{
    draft::Draft,
    flags::AttributeArg,
    interview::{Answered, Destination},
};
use crate::{
    exit::Failure,
    files::{self, Audience},
    output::Output,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air schema new    # asks on a terminal\n  \
                  air schema new --title \"Proof of age\" --description \"Attests an age.\" \\\n      \
                  --attribute isOver18:boolean:required \\\n      \
                  --attribute level:string:enum=basic|full:description=\"How sure.\" \\\n      \
                  --out age.json")]
pub(crate) struct New {
    /// The schema's title. Without a title or without attributes, the command asks for missing
    /// values on a terminal.
    #[arg(long)]
    title: Option<String>,
    /// The type in PascalCase [default: derived from the title].
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    /// The version [default: 1.0].
    #[arg(long)]
    version: Option<String>,
    /// The purpose of the credential.
    #[arg(long)]
    description: Option<String>,
    /// An attribute: NAME:TYPE, then `:required`, `:enum=a|b`, `:maxLength=80`, `:minimum=0`,
    /// `:pattern=…`, `:format=email`, `:description=…`, in any order; write a colon in a value as
    /// `\:`. May be repeated.
    #[arg(long = "attribute", value_name = "ATTRIBUTE")]
    attributes: Vec<AttributeArg>,
    /// The file to write; an existing file is not replaced [default: stdout].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl New {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        self.out.as_deref().map_or(Ok(()), refuse_unusable)?;
        let missing = self.missing();
        if missing.is_empty() {
            let schema = self.draft().finished().map_err(Failure::usage)?;
            return write(&schema, self.out.as_deref(), output);
        }
        if !terminal::is_there(output) {
            return Err(
                Failure::usage(format!("a schema needs {}", missing.join(" and "))).with_hint(
                    "pass them as flags, or run `air schema new` on a terminal and without --json to be asked",
                ),
            );
        }
        let Answered { schema, out } = self.ask(output).await?;
        write(&schema, out.as_deref(), output)
    }

    /// The required flags that are missing.
    fn missing(&self) -> Vec<&'static str> {
        let title = self.title.is_none().then_some("--title");
        let attribute = self.attributes.is_empty().then_some("--attribute");
        title.into_iter().chain(attribute).collect()
    }

    fn draft(&self) -> Draft {
        let mut draft = Draft::new(self.attributes.iter().map(|attribute| attribute.0.clone()));
        for (member, value) in [
            ("title", &self.title),
            ("type", &self.type_name),
            ("version", &self.version),
            ("description", &self.description),
        ] {
            if let Some(value) = value {
                draft.take(member, json!(value));
            }
        }
        draft
    }

    async fn ask(&self, output: Output) -> Result<Answered, Failure> {
        let draft = self.draft();
        // Check the flags before asking questions.
        draft.so_far().map_err(Failure::usage)?;
        let destination = match &self.out {
            Some(path) => Destination::File(path.clone()),
            None if output.is_for_eyes() => Destination::Asked,
            None => Destination::Stdout,
        };
        let answered =
            terminal::hold(output, |prompter| interview::hold(prompter, draft, destination)).await?;
        answered.ok_or_else(|| Failure::failed("cancelled; nothing was written"))
    }
}

const OTHER_NAME: &str = "choose another name with --out";

fn write(schema: &CredentialSchema, out: Option<&Path>, output: Output) -> Result<(), Failure> {
    let Some(path) = out else {
        return output.document(schema);
    };
    refuse_unusable(path)?;
    let name = path.display();
    let mut json = serde_json::to_vec_pretty(schema).map_err(|error| Failure::failed(error.to_string()))?;
    json.push(b'\n');
    files::write_new(path, &json, Audience::Everyone, OTHER_NAME)?;
    let findings = schema.lint().len();
    output.result(
        &json!({ "file": files::shown(path), "contentId": schema.content_id(), "findings": findings }),
        |_| match findings {
            0 => format!("Wrote {name}.\nNext: `air schema publish {name}`"),
            1 => format!("Wrote {name}.\nNext: run `air schema lint {name}` to see 1 finding"),
            _ => format!("Wrote {name}.\nNext: run `air schema lint {name}` to see {findings} findings"),
        },
    )
}

/// Checks the output file before the first question, and again before it is written.
fn refuse_unusable(path: &Path) -> Result<(), Failure> {
    match unusable(path) {
        Some(reason) => Err(Failure::failed(reason).with_hint(OTHER_NAME)),
        None => Ok(()),
    }
}

/// The reason why a file with this name can't be created.
fn unusable(path: &Path) -> Option<String> {
    let name = path.display();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.symlink_metadata().is_ok() {
        Some(format!("{name} already exists"))
    } else if folder.is_some_and(|folder| !folder.is_dir()) {
        Some(format!("the folder of {name} does not exist"))
    } else {
        None
    }
}
