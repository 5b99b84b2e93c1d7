//! `air schema new` at a real terminal, and where there is none.

use crate::support::{self, TestEnv};

const ATTRIBUTE: &str = "isOver18:boolean:required:description=Whether of age.";

#[test]
fn without_a_terminal_it_asks_nothing_and_names_the_flags_that_are_missing() {
    let env = TestEnv::new();
    for (arguments, named) in [
        (&[][..], "needs --title and --attribute"),
        (&["--title", "Age"], "needs --attribute"),
        (&["--attribute", ATTRIBUTE], "needs --title\n"),
        (&["--json"], "needs --title and --attribute"),
    ] {
        let run = env.air_with(&[&["schema", "new"], arguments].concat(), "Age\n\n\n\n");
        run.failed_with(2, named);
        let is_json = arguments.contains(&"--json");
        assert_eq!(
            run.stdout.is_empty(),
            !is_json,
            "only --json prints the error on stdout: {run:?}"
        );
        assert!(!run.stderr.contains("Title"), "{run:?}");
    }
}

#[test]
fn a_place_that_can_hold_no_new_file_is_refused() {
    let env = TestEnv::new();
    env.write("age.json", "mine");
    for (out, reason) in [
        ("age.json", "age.json already exists"),
        ("none/age.json", "does not exist"),
    ] {
        let run = env.air(&[
            "schema",
            "new",
            "--title",
            "Age",
            "--attribute",
            ATTRIBUTE,
            "--out",
            out,
        ]);
        run.failed_with(1, reason);
    }
    assert_eq!(env.read("age.json"), b"mine");
}

#[test]
fn one_finding_is_in_the_singular() {
    let env = TestEnv::new();
    // It has no description.
    let new = ["schema", "new", "--title", "Age", "--attribute", ATTRIBUTE];
    let run = env.air(&[&new[..], &["--out", "age.json"]].concat());
    let run = run.succeeded();
    assert!(run.text().ends_with(" to see 1 finding"), "{run:?}");
}

#[cfg(unix)]
mod at_a_terminal {
    use std::process::Command;

    use rexpect::{process::WaitStatus, session::PtySession, spawn_with_options};
    use serde_json::{Value, json};

    use super::{ATTRIBUTE, TestEnv, support::binary};

    /// No answer takes this long.
    const PATIENCE: u64 = 60_000;

    fn start(env: &TestEnv, arguments: &[&str]) -> PtySession {
        let mut command = Command::new(binary());
        command.args(["schema", "new"]).args(arguments);
        command.current_dir(env.path("")).env("TERM", "dumb");
        let options = rexpect::reader::Options::new().timeout_ms(Some(PATIENCE));
        spawn_with_options(command, options).unwrap()
    }

    #[track_caller]
    fn answer(session: &mut PtySession, question: &str, answer: &str) {
        session.exp_string(question).unwrap();
        session.send_line(answer).unwrap();
    }

    /// The output until the end, and the exit code.
    fn end(mut session: PtySession) -> (String, i32) {
        let said = session.exp_eof().unwrap();
        match session.process().wait().unwrap() {
            WaitStatus::Exited(_, code) => (said, code),
            status => panic!("ended by {status:?}: {said}"),
        }
    }

    fn ask_about_the_schema(session: &mut PtySession) {
        answer(session, "Title: ", "Proof of age");
        answer(session, "Type [ProofOfAge]: ", "");
        answer(session, "Version [1.0]: ", "2.0");
        answer(session, "Description (empty: none): ", "Attests an age.");
    }

    #[test]
    fn it_asks_step_by_step_and_writes_the_form() {
        let env = TestEnv::new();
        let mut session = start(&env, &[]);
        ask_about_the_schema(&mut session);
        answer(&mut session, "Name, in camelCase: ", "is over 18");
        session.exp_string("camelCase is usual").unwrap();
        answer(&mut session, "Name, in camelCase: ", "isOver18");
        session.exp_string("4 boolean").unwrap();
        answer(&mut session, "Type [string]: ", "4");
        answer(&mut session, "Must every credential have it [Y/n]: ", "");
        answer(&mut session, "Description (empty: none): ", "");
        session.exp_string("hint: `isOver18` has no description").unwrap();
        answer(&mut session, "Keep it [Y/n]: ", "y");
        answer(&mut session, "(empty: no more): ", "");
        session.exp_string("ProofOfAge 2.0").unwrap();
        answer(&mut session, "File, or - to print it [proof-of-age.json]: ", "");
        assert!(
            env.names().is_empty(),
            "nothing is written before it is confirmed"
        );
        answer(&mut session, "Write proof-of-age.json [Y/n]: ", "y");
        let (said, code) = end(session);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("Wrote proof-of-age.json"), "{said}");
        let form: Value = serde_json::from_slice(&env.read("proof-of-age.json")).unwrap();
        assert_eq!(
            form,
            json!({
                "title": "Proof of age", "type": "ProofOfAge", "version": "2.0", "description": "Attests an age.",
                "attributes": [{ "name": "isOver18", "type": "boolean", "required": true }]
            })
        );
    }

    #[test]
    fn ctrl_c_and_the_end_of_the_input_leave_no_file() {
        for key in ['c', 'd'] {
            let env = TestEnv::new();
            let mut session = start(&env, &["--out", "age.json"]);
            ask_about_the_schema(&mut session);
            session.exp_string("Name, in camelCase: ").unwrap();
            session.send_control(key).unwrap();
            let (said, code) = end(session);
            assert_eq!(code, 1, "{said}");
            assert!(
                said.contains("stopped before the schema was finished; nothing was written"),
                "{said}"
            );
            assert!(env.names().is_empty(), "{:?}", env.names());
        }
    }

    #[test]
    fn it_asks_only_for_what_flags_left_open() {
        let env = TestEnv::new();
        let flags = [
            "--type",
            "Adult",
            "--version",
            "1.0",
            "--description",
            "Of age.",
            "--out",
            "age.json",
        ];
        let mut session = start(&env, &[&flags[..], &["--attribute", ATTRIBUTE]].concat());
        answer(&mut session, "Title: ", "Adult");
        answer(&mut session, "Name, in camelCase (empty: no more): ", "");
        answer(&mut session, "Write age.json [Y/n]: ", "n");
        let (said, code) = end(session);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("cancelled; nothing was written"), "{said}");
        assert!(env.names().is_empty(), "{:?}", env.names());
    }

    #[test]
    fn it_asks_nothing_when_the_flags_suffice_or_a_script_reads() {
        let env = TestEnv::new();
        let (said, code) = end(start(&env, &["--title", "Age", "--attribute", ATTRIBUTE]));
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("\"name\": \"isOver18\""), "{said}");
        let (said, code) = end(start(&env, &["--json"]));
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("needs --title and --attribute"), "{said}");
        let (said, code) = end(start(&env, &["--version", ""]));
        assert_eq!(code, 2, "what flags say wrong is told before a question: {said}");
        assert!(said.contains("`version` must be"), "{said}");
    }
}
