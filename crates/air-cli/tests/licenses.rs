//! The licences that `air` prints.

use crate::support::TestEnv;

#[test]
fn crates_and_embedded_files_are_listed_with_their_texts() {
    let env = TestEnv::new();
    let run = env.air(&["licenses"]).succeeded();
    let text = run.text();
    for part in [
        "\naws-lc-sys ",
        "\ntokio ",
        "\nSwagger UI",
        "Permission is hereby granted",
        "Apache License",
        "Mozilla Public License",
    ] {
        assert!(text.contains(part), "lacks {part}");
    }
    let document = env.air(&["licenses", "--json"]).succeeded().json();
    assert_eq!(document["text"].as_str().unwrap().trim_end(), text);
}
