//! The platform's faults and clock.

use air_api::{
    PlatformTime,
    sandbox::{Fault, FaultRule, Faults, MoveClock},
};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    form::Fields,
    layout::{Input, Page, Section, Visit, button, choice, exact, state, table, tick},
};
use air_platform::{App, Refusal, clock, faults};

const KINDS: [(&str, &str); 7] = [
    ("status", "Answer with a status"),
    ("delay", "Answer later, in ms"),
    ("slow-body", "Begin the body later, in ms"),
    ("drop", "Break off instead of answering"),
    ("lose-answer", "Do it, and lose the answer"),
    ("jwks-outage", "Partners' keys can't be fetched"),
    ("clock-skew", "A clock that is wrong, in s"),
];
const UNITS: [(&str, &str); 4] = [
    ("1", "seconds"),
    ("60", "minutes"),
    ("3600", "hours"),
    ("86400", "days"),
];

pub(super) async fn faults(State(app): State<App>, visit: Visit, fields: Fields) -> Page {
    visit.page(Section::Faults, "Faults", &faults_page(&app, &visit, &fields))
}

/// Applies one change to the faults: each button changes one setting.
pub(super) async fn set_faults(State(app): State<App>, visit: Visit, fields: Fields) -> Response {
    let done = match changed(app.faults.all(), &fields) {
        Ok(wanted) => faults::set(&app, wanted).await.map(drop),
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(()) => Redirect::to("/dashboard/faults?done=faults").into_response(),
        Err(refusal) => {
            let page = faults_page(&app, &visit, &fields);
            visit
                .refused(&refusal, Section::Faults, "Faults", &page)
                .into_response()
        }
    }
}

fn changed(mut faults: Faults, fields: &Fields) -> Result<Faults, Refusal> {
    match fields.text("action") {
        "add" => faults.rules.push(rule(fields)?),
        "chain" => {
            faults.stuck_chain = fields.is_ticked("stuck");
            faults.callback_outage = fields.is_ticked("outage");
            faults.reorganise_blocks = match fields.filled("blocks") {
                None => 0,
                Some(digits) => digits
                    .parse()
                    .map_err(|_| Refusal::bad_request("blocks to remove: must be a whole number"))?,
            };
        }
        "clear" => faults = Faults::default(),
        _ => return Err(Refusal::bad_request("no such action")),
    }
    Ok(faults)
}

fn rule(fields: &Fields) -> Result<FaultRule, Refusal> {
    let (kind, value) = (fields.text("kind"), fields.text("value"));
    let text = match kind {
        "drop" | "lose-answer" | "jwks-outage" => kind.to_owned(),
        _ => format!("{kind}={value}"),
    };
    let times = fields.filled("times").map(str::parse).transpose();
    Ok(FaultRule {
        path: fields.filled("path").unwrap_or("/").to_owned(),
        times: times.map_err(|_| Refusal::bad_request("times: must be a whole number, at least 1"))?,
        fault: text
            .parse::<Fault>()
            .map_err(|error| Refusal::bad_request(error.to_string()))?,
    })
}

fn faults_page(app: &App, visit: &Visit, fields: &Fields) -> Markup {
    let faults = app.faults.all();
    let is_quiet = faults == Faults::default();
    let empty = faults
        .rules
        .is_empty()
        .then(|| html! { "Every call is answered as usual. The last form of this page adds a rule." });
    let rows = html! {
        @for rule in &faults.rules {
            tr {
                th scope="row" { code { (rule.path) } }
                td { code { (serde_json::to_string(&rule.fault).unwrap_or_default()) } }
                td { @match rule.times { Some(times) => (times), None => "always" } }
            }
        }
    };
    html! {
        p { "Faults simulate a failing network, a busy platform or a stuck chain for callers of the API. The dashboard has no faults." }
        p.states {
            @if is_quiet { (state("good", "no faults")) }
            @if faults.stuck_chain { (state("bad", "the chain is stuck")) " " }
            @if faults.callback_outage { (state("bad", "callbacks fail")) }
        }
        (table("Rules", &["Path begins with", "Fault", "How often"], &rows, empty.as_ref()))
        @if !is_quiet { (button(visit, "/dashboard/faults", "clear", "Clear all faults")) }
        form.plain-form method="post" action="/dashboard/faults" {
            (visit.proof())
            fieldset {
                legend { "Chain and callbacks" }
                (tick("stuck", "The chain is stuck", faults.stuck_chain))
                (tick("outage", "Issuers' servers can't be reached", faults.callback_outage))
                (Input::text("blocks", "Number of newest blocks to take back, once", fields).kind("number"))
                p.actions { button name="action" value="chain" { "Set" } }
            }
        }
        form.plain-form method="post" action="/dashboard/faults" {
            (visit.proof())
            fieldset {
                legend { "New rule" }
                div.grid {
                    (Input::text("path", "Path begins with", fields).hint("For example /v1/credentials. Defaults to every path."))
                    (choice("kind", "Fault", fields.text("kind"), &KINDS))
                    (Input::text("value", "Value", fields).hint("a status (503 or 429;retry-after=7), ms or s"))
                    (Input::text("times", "How often", fields).kind("number").hint("Defaults to every time."))
                }
                p.actions { button.primary name="action" value="add" { "Add the rule" } }
            }
        }
    }
}

pub(super) async fn clock(State(app): State<App>, visit: Visit, fields: Fields) -> Page {
    visit.page(Section::Clock, "Clock", &clock_page(&app, &visit, &fields))
}

pub(super) async fn set_clock(State(app): State<App>, visit: Visit, fields: Fields) -> Response {
    let done = match movement(&fields) {
        Ok(movement) => clock::set(&app, movement, None).await.map(drop),
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(()) => Redirect::to("/dashboard/clock?done=clock").into_response(),
        Err(refusal) => {
            let page = clock_page(&app, &visit, &fields);
            visit
                .refused(&refusal, Section::Clock, "Clock", &page)
                .into_response()
        }
    }
}

fn movement(fields: &Fields) -> Result<MoveClock, Refusal> {
    if fields.text("action") == "reset" {
        return Ok(MoveClock::Reset {});
    }
    let number = |name: &str| {
        let number = fields.text(name).parse::<u64>();
        number.map_err(|_| Refusal::bad_request("ahead by: must be a whole number"))
    };
    let seconds = number("amount")?.checked_mul(number("unit")?);
    let seconds = seconds.ok_or_else(|| Refusal::bad_request("ahead by: too large"))?;
    Ok(MoveClock::AdvanceSeconds(seconds))
}

fn clock_page(app: &App, visit: &Visit, fields: &Fields) -> Markup {
    let clock = clock::read(app);
    html! {
        dl.facts {
            dt { "Platform" } dd { (exact(clock.now)) " UTC" }
            dt { "Machine" } dd { (exact(PlatformTime::from_unix(app.machine_clock.now()))) " UTC" }
            dt { "Ahead by" } dd { (ahead(clock.offset_seconds)) }
        }
        p { "Credentials, programs and callbacks use the platform's time. Tokens and sessions use the machine's. The platform's time can \
             be advanced or reset." }
        form.search method="post" action="/dashboard/clock" {
            (visit.proof())
            (Input::text("amount", "Forward by", fields).kind("number").required())
            (choice("unit", "Unit", fields.text("unit"), &UNITS))
            button.primary name="action" value="advance" { "Advance" }
        }
        @if clock.offset_seconds > 0 { (button(visit, "/dashboard/clock", "reset", "Back to the machine's time")) }
    }
}

fn ahead(seconds: u64) -> String {
    if seconds == 0 {
        return "nothing".to_owned();
    }
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    format!("{days} d {hours} h {minutes} min {} s", seconds % 60)
}
