//! The questions for one attribute.

use air_schema::{AttributeType, Format};
use serde_json::{Map, Number, Value, json};

use super::{
    dialogue::{Prompter, Stopped, agrees, ask, choose},
    draft::Draft,
    flags,
};

const NO_FORMAT: &str = "none";

/// Asks for an attribute until one is accepted. Returns the draft with it, or `None` if the user
/// adds no more.
pub(super) fn next(prompter: &mut impl Prompter, draft: &Draft) -> Result<Option<Draft>, Stopped> {
    loop {
        let Some(mut questions) = name(prompter, draft)? else {
            return Ok(None);
        };
        questions.ask(prompter)?;
        let Ok((next, hints)) = questions.finish() else {
            continue;
        };
        if hints.is_empty() {
            return Ok(Some(next));
        }
        for hint in hints {
            prompter.say(&format!("  hint: {hint}"));
        }
        if agrees(prompter, "  Keep it", true)? {
            return Ok(Some(next));
        }
    }
}

fn name<'d>(prompter: &mut impl Prompter, draft: &'d Draft) -> Result<Option<Questions<'d>>, Stopped> {
    let count = draft.count();
    let end = if count == 0 { "" } else { " (empty: no more)" };
    prompter.say(&format!("\nAttribute {}", count + 1));
    ask(prompter, &format!("  Name, in camelCase{end}"), |name| {
        if name.is_empty() && count > 0 {
            return Ok(None);
        }
        let mut questions = Questions {
            draft,
            members: Map::new(),
        };
        questions.members.insert("type".to_owned(), json!("boolean"));
        questions.set("name", json!(name))?;
        Ok(Some(questions))
    })
}

/// A partly known attribute.
struct Questions<'d> {
    draft: &'d Draft,
    members: Map<String, Value>,
}

impl Questions<'_> {
    /// Asks for everything but the name.
    fn ask(&mut self, prompter: &mut impl Prompter) -> Result<(), Stopped> {
        let types: Vec<&str> = AttributeType::ALL.iter().map(|kind| kind.name()).collect();
        let kind = choose(prompter, "  Type", &types)?;
        self.members.insert("type".to_owned(), json!(kind));
        let required = agrees(prompter, "  Must every credential have it", true)?;
        self.members.insert("required".to_owned(), json!(required));
        self.optional(prompter, "  Description (empty: none)", "description", |text| {
            Ok(json!(text))
        })?;
        self.limits(prompter, kind)
    }

    fn limits(&mut self, prompter: &mut impl Prompter, kind: &str) -> Result<(), Stopped> {
        let is_text = kind == AttributeType::String.name();
        if kind == AttributeType::Boolean.name() || !agrees(prompter, "  Limit its values", is_text)? {
            return Ok(());
        }
        let allowed = "  Allowed values, as a|b|c (empty: any)";
        self.optional(prompter, allowed, "enum", |text| Ok(values(kind, text)))?;
        if self.members.contains_key("enum") {
            return Ok(());
        }
        if is_text {
            return self.text_limits(prompter);
        }
        if kind == AttributeType::Number.name() || kind == AttributeType::Integer.name() {
            self.optional(prompter, "  At least (empty: no limit)", "minimum", number)?;
            self.optional(prompter, "  At most (empty: no limit)", "maximum", number)?;
        }
        Ok(())
    }

    fn text_limits(&mut self, prompter: &mut impl Prompter) -> Result<(), Stopped> {
        let formats = Format::ALL.iter().map(|format| format.name());
        let formats: Vec<&str> = std::iter::once(NO_FORMAT).chain(formats).collect();
        let format = choose(prompter, "  Format", &formats)?;
        if format != NO_FORMAT {
            self.members.insert("format".to_owned(), json!(format));
        }
        let pattern = "  Pattern, such as ^[A-Z]{3}$ (empty: none)";
        self.optional(prompter, pattern, "pattern", |text| Ok(json!(text)))?;
        self.optional(
            prompter,
            "  Fewest characters (empty: no limit)",
            "minLength",
            length,
        )?;
        self.optional(
            prompter,
            "  Most characters (empty: no limit)",
            "maxLength",
            length,
        )
    }

    /// Asks for an optional member.
    fn optional(
        &mut self,
        prompter: &mut impl Prompter,
        question: &str,
        member: &str,
        read: impl Fn(&str) -> Result<Value, String>,
    ) -> Result<(), Stopped> {
        ask(prompter, question, |answer| match answer {
            "" => Ok(()),
            _ => self.set(member, read(answer)?),
        })
    }

    /// Sets a member if the schema is valid with it.
    fn set(&mut self, member: &str, value: Value) -> Result<(), String> {
        let mut members = self.members.clone();
        members.insert(member.to_owned(), value);
        self.draft.with(&members)?;
        self.members = members;
        Ok(())
    }

    /// The draft with the attribute, and the lint's findings for it.
    fn finish(self) -> Result<(Draft, Vec<String>), String> {
        let (draft, schema) = self.draft.with(&self.members)?;
        let added = schema.attributes().last().map(air_schema::Attribute::name);
        let findings = schema.lint().into_iter();
        let hints = findings
            .filter(|finding| finding.attribute.as_ref() == added)
            .map(|finding| format!("{}; {}", finding.message, finding.suggestion));
        Ok((draft, hints.collect()))
    }
}

fn values(kind: &str, text: &str) -> Value {
    let values = text.split('|').map(|value| flags::of(kind, value.trim()));
    Value::Array(values.collect())
}

fn number(text: &str) -> Result<Value, String> {
    let number = serde_json::from_str::<Number>(text);
    number
        .map(Value::Number)
        .map_err(|_| "write a number, such as 18 or 0.5".to_owned())
}

fn length(text: &str) -> Result<Value, String> {
    let length = text.parse::<u32>();
    length
        .map(|length| json!(length))
        .map_err(|_| "write a whole number, such as 80".to_owned())
}
