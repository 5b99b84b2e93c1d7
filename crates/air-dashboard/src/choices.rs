//! Fields that refer to a record: a list if it is short, or else an id with the newest records as
//! suggestions.

use maud::{Markup, html};

use super::layout::{Failed, choice};
use air_platform::{
    App,
    dashboard::choices::{self, Choices},
};

pub(super) async fn partner(app: &App, label: &str, chosen: &str) -> Result<Markup, Failed> {
    let choices = choices::partners(app).await?;
    Ok(field("partner", label, chosen, &choices, "/dashboard/accounts"))
}

/// Renders the choice of a published program.
pub(super) async fn program(app: &App, chosen: &str) -> Result<Markup, Failed> {
    let choices = choices::programs(app).await?;
    Ok(field(
        "program",
        "Program",
        chosen,
        &choices,
        "/dashboard/programs",
    ))
}

/// Renders the choice of a published program, or of all.
pub(super) async fn program_filter(app: &App, chosen: &str) -> Result<Markup, Failed> {
    let choices = choices::programs(app).await?;
    Ok(filter("program", "Program", chosen, &choices))
}

/// Renders the choice of a partner, or of all.
pub(super) async fn partner_filter(app: &App, label: &str, chosen: &str) -> Result<Markup, Failed> {
    let choices = choices::partners(app).await?;
    Ok(filter("partner", label, chosen, &choices))
}

pub(super) async fn schema(app: &App, chosen: &str) -> Result<Markup, Failed> {
    let choices = choices::schemas(app).await?;
    Ok(field("schema", "Schema", chosen, &choices, "/dashboard/schemas"))
}

fn filter(name: &str, label: &str, chosen: &str, choices: &Choices) -> Markup {
    if !choices.are_all {
        let offered = format!("{name}-offered");
        return html! {
            div.field {
                label for=(name) { (label) " id" }
                input id=(name) name=(name) value=(chosen) list=(offered) autocomplete="off";
                datalist id=(offered) { @for (id, text) in &choices.options { option value=(id) { (text) } } }
            }
        };
    }
    let any = format!("Any {}", label.to_lowercase());
    let options = choices.options.iter();
    let options = options.map(|(id, text)| (id.as_str(), text.as_str()));
    let options: Vec<_> = std::iter::once(("", any.as_str())).chain(options).collect();
    choice(name, label, chosen, &options)
}

fn field(name: &str, label: &str, chosen: &str, choices: &Choices, list: &str) -> Markup {
    if choices.are_all {
        let options = choices.options.iter();
        let options: Vec<_> = options.map(|(id, text)| (id.as_str(), text.as_str())).collect();
        return choice(name, label, chosen, &options);
    }
    let (hint, offered) = (format!("{name}-hint"), format!("{name}-offered"));
    html! {
        div.field {
            label for=(name) { (label) span.needed { " (needed)" } }
            input id=(name) name=(name) value=(chosen) list=(offered) required autocomplete="off" aria-describedby=(hint);
            datalist id=(offered) { @for (id, text) in &choices.options { option value=(id) { (text) } } }
            p.hint id=(hint) { "Its id. The newest are offered; " a href=(list) { "the list" } " finds the others." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_a_list_is_named_by_its_id() {
        let options = vec![("id-1".to_owned(), "Zenith".to_owned())];
        let mut choices = Choices {
            options,
            are_all: true,
        };
        let shown = |choices: &Choices| field("partner", "Partner", "id-1", choices, "/list").into_string();
        assert!(shown(&choices).contains("<option value=\"id-1\" selected>Zenith"));
        choices.are_all = false;
        let typed = shown(&choices);
        assert!(
            !typed.contains("<select") && typed.contains("value=\"id-1\" list=\"partner-offered\""),
            "{typed}"
        );
    }
}
