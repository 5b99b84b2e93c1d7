//! Rows of a CSV, as spreadsheets and the vendor's exports write them.

use serde_json::{Value, json};

use super::*;

fn rows(text: &str) -> Vec<NumberedRow> {
    CsvRows::new(text.as_bytes())
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn refusal(row: &NumberedRow) -> (u64, Reason, &str) {
    let refusal = row.content.as_ref().unwrap_err();
    (row.line, refusal.reason, &refusal.pointer)
}

#[test]
fn cells_of_the_subject_are_json_and_empty_ones_are_absent() {
    let text = "\u{feff}email,expiration,credentialSubject.age,credentialSubject.name,credentialSubject.tags\r\n\
                ada@a.bc,,21,\"\"\"Ada\"\"\",\"[1,\n2]\"\r\n\r\n bob@a.bc ,,,true,\r\n";
    let rows = rows(text);
    let subject = |index: usize| Value::Object(rows[index].content.clone().unwrap().credential_subject);
    assert_eq!(subject(0), json!({ "age": 21, "name": "Ada", "tags": [1, 2] }));
    assert_eq!(subject(1), json!({ "name": true }));
    assert_eq!((rows[0].number, rows[0].line), (1, 2));
    assert_eq!((rows[1].number, rows[1].line), (2, 5));
    assert_eq!(rows[1].content.as_ref().unwrap().email.as_str(), "bob@a.bc");
}

#[test]
fn a_row_has_the_line_that_it_begins_on() {
    for end in ["\n", "\r\n"] {
        for last in ["", end] {
            let lines = ["email", "", "a@b.cd", "\"", "a@b.cd\"", "", "", "a@b.cd"];
            let text = lines.join(end) + last;
            let begins: Vec<u64> = rows(&text).iter().map(|row| row.line).collect();
            assert_eq!(begins, [3, 4, 8], "{text:?}");
        }
    }
}

#[test]
fn an_open_quotation_mark_is_refused_on_the_line_where_it_opens() {
    for end in ["", "\n", "\r\n", "\n\n\n"] {
        for (text, line) in [
            ("email,credentialSubject.a\nada@a.bc,\"\"\"UTO", 2),
            ("email,credentialSubject.a\nada@a.bc,\"\"\"UTO\nbob@a.bc,true", 2),
            ("email,credentialSubject.a\n\nada@a.bc,1\n\nbob@a.bc,\"[1,\n2", 5),
            ("credentialSubject.a,email\n\"[1,\n2]\",\"ada@a.bc\n", 3),
        ] {
            let rows = rows(&format!("{text}{end}"));
            assert_eq!(
                refusal(rows.last().unwrap()),
                (line, Reason::OpenQuote, ""),
                "{text:?}{end:?}"
            );
        }
        let closed = rows(&format!("email,credentialSubject.a\nada@a.bc,\"[1,\n2\n]\"{end}"));
        assert!(closed[0].content.is_ok() && closed.len() == 1, "{end:?}");
        assert_eq!(closed[0].line, 2, "{end:?}");
    }
}

#[test]
fn empty_rows_of_a_spreadsheet_are_no_rows_and_its_booleans_are_booleans() {
    let text = "email,credentialSubject.over18,credentialSubject.level\r\nada@a.bc,TRUE,3\r\n,,\r\n\
                bob@a.bc,FALSE,\r\n , ,\r\n,,\r\n";
    let rows = rows(text);
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[1].number, rows[1].line), (2, 4));
    let subject = |index: usize| Value::Object(rows[index].content.clone().unwrap().credential_subject);
    assert_eq!(subject(0), json!({ "over18": true, "level": 3 }));
    assert_eq!(subject(1), json!({ "over18": false }));
}

#[test]
fn each_refused_row_has_its_line_place_and_reason() {
    let text = "email,expiration,credentialSubject.name\nada,,1\n,,1\na@b.cd,2027-01-01,1\n\
                a@b.cd,,Ada\na@b.cd,\na@b.cd,,1,2\na@b.cd,,\"true\"\n";
    let rows = rows(text);
    assert_eq!(refusal(&rows[0]), (2, Reason::NotAnEmail, "/email"));
    assert_eq!(refusal(&rows[1]), (3, Reason::Missing, "/email"));
    assert_eq!(
        refusal(&rows[2]),
        (4, Reason::ExpirationNotSettable, "/expiration")
    );
    assert_eq!(refusal(&rows[3]), (5, Reason::NotJson, "/credentialSubject/name"));
    assert_eq!(refusal(&rows[4]), (6, Reason::WrongNumberOfCells, ""));
    assert_eq!(refusal(&rows[5]), (7, Reason::WrongNumberOfCells, ""));
    assert!(rows[6].content.is_ok());
}

#[test]
fn a_cell_with_a_number_that_readers_round_or_a_member_twice_is_refused() {
    let text = "email,credentialSubject.isOver18,credentialSubject.level\n\
                a@b.cd,true,12345678901234567890123\na@b.cd,true,\"{\"\"x\"\":1,\"\"x\"\":2}\"\na@b.cd,true,0.1\n";
    let rows = rows(text);
    let level = "/credentialSubject/level";
    assert_eq!(refusal(&rows[0]), (2, Reason::InexactNumber, level));
    let twice = "/credentialSubject/level/x";
    assert_eq!(refusal(&rows[1]), (3, Reason::DuplicateMember, twice));
    assert!(rows[2].content.is_ok());
}

#[test]
fn an_address_with_an_invisible_character_is_refused() {
    let text = "email\nada\u{200b}@a.bc\n\u{202e}ada@a.bc\nada@a\u{200b}.bc\nada@a.bc\n";
    let rows = rows(text);
    for row in &rows[..3] {
        assert_eq!(refusal(row), (row.line, Reason::NotAnEmail, "/email"));
    }
    assert!(rows[3].content.is_ok());
}

#[test]
fn a_header_line_names_known_columns_once() {
    let refused = |header: &str| CsvRows::new(header.as_bytes()).unwrap_err();
    for none in ["", "credentialSubject.a"] {
        assert!(matches!(refused(none), BulkError::NoEmailColumn), "{none}");
    }
    for unknown in ["email,age", "email,credentialSubject.", "email,"] {
        assert!(
            matches!(refused(unknown), BulkError::UnknownColumn { column: 2 }),
            "{unknown}"
        );
    }
    let twice = "email,credentialSubject.a,credentialSubject.a";
    assert!(matches!(refused(twice), BulkError::RepeatedColumn { column: 3 }));
}

#[test]
fn an_open_quotation_mark_ends_within_the_limit() {
    let endless = io::repeat(b'x').take(64 << 20);
    let text = "email\na@b.cd\n\"".as_bytes().chain(endless);
    let mut rows = CsvRows::new(text).unwrap();
    assert!(rows.next().unwrap().is_ok());
    let error = rows.next().unwrap().unwrap_err();
    assert!(
        matches!(error, BulkError::RecordTooLong { line: 3, .. }),
        "{error:?}"
    );
}

fn claims() -> Vec<CsvClaim> {
    [
        ("givenName", CellType::Text),
        ("isOver18", CellType::Boolean),
        ("level", CellType::Number),
        ("tags", CellType::Json),
        ("email", CellType::Text),
    ]
    .map(|(name, cells)| CsvClaim {
        name: name.to_owned(),
        cells,
    })
    .to_vec()
}

fn typed(text: &str) -> Vec<NumberedRow> {
    let rows = CsvRows::typed(text.as_bytes(), &claims()).unwrap();
    rows.map(Result::unwrap).collect()
}

fn subject(row: &NumberedRow) -> Value {
    Value::Object(row.content.clone().unwrap().credential_subject)
}

#[test]
fn cells_have_the_types_of_their_claims() {
    let text = "EMAIL;GivenName;isover18;Level;TAGS;credentialsubject.Email\r\n\
                ada@a.bc;Ada;TRUE;007.5;;\r\nbob@a.bc;007;false;7;[1,2];b@c.de\r\neve@a.bc;TRUE;True;-1.5e3;TRUE;\r\n";
    let rows = typed(text);
    assert_eq!(
        refusal(&rows[0]),
        (2, Reason::NotANumber, "/credentialSubject/level")
    );
    assert_eq!(
        subject(&rows[1]),
        json!({ "givenName": "007", "isOver18": false, "level": 7, "tags": [1, 2], "email": "b@c.de" })
    );
    let level: Value = serde_json::from_str("-1.5e3").unwrap();
    assert_eq!(
        subject(&rows[2]),
        json!({ "givenName": "TRUE", "isOver18": true, "level": level, "tags": true })
    );
}

#[test]
fn the_vendors_cells_are_read_with_and_without_types() {
    let text = "email,expiration,credentialSubject.givenName,credentialSubject.isOver18\n\
                ada@a.bc,,\"\"\"Ada \\\"\"Countess\\\"\"\"\"\",true\nbob@a.bc,,\"\"\"Bob\",false\n";
    let (plain, typed) = (rows(text), typed(text));
    assert_eq!(
        subject(&plain[0]),
        json!({ "givenName": "Ada \"Countess\"", "isOver18": true })
    );
    assert_eq!(subject(&typed[0]), subject(&plain[0]));
    // Half a JSON string is text, and without types it is refused.
    assert_eq!(
        subject(&typed[1]),
        json!({ "givenName": "\"Bob", "isOver18": false })
    );
    assert_eq!(refusal(&plain[1]).1, Reason::NotJson);
}

#[test]
fn a_cell_of_another_type_is_refused_by_its_rule() {
    let text = "email,isOver18,level,givenName\n\
                a@b.cd,yes,1,\na@b.cd,,\"1,5\",\na@b.cd,,12345678901234567890123,\na@b.cd,,true,\n";
    let rows = typed(text);
    let refusals: Vec<_> = rows.iter().map(refusal).collect();
    let level = "/credentialSubject/level";
    assert_eq!(
        refusals,
        [
            (2, Reason::NotABoolean, "/credentialSubject/isOver18"),
            (3, Reason::NotANumber, level),
            (4, Reason::InexactNumber, level),
            (5, Reason::NotANumber, level),
        ]
    );
    let latin = [b"email,givenName\na@b.cd,Zo".as_slice(), b"\xeb\n"].concat();
    let mut rows = CsvRows::typed(&latin[..], &claims()).unwrap();
    let row = rows.next().unwrap().unwrap();
    assert_eq!(
        refusal(&row),
        (2, Reason::NotUtf8, "/credentialSubject/givenName")
    );
}

#[test]
fn a_typed_header_names_claims_once() {
    let refused = |header: &str| CsvRows::typed(header.as_bytes(), &claims()).unwrap_err();
    for unknown in [
        "email,age",
        "email;credentialSubject.age",
        "email,",
        "email;credentialSubject.",
    ] {
        assert!(
            matches!(refused(unknown), BulkError::UnknownColumn { column: 2 }),
            "{unknown}"
        );
    }
    for twice in ["Email,email", "email,LEVEL,credentialSubject.level"] {
        assert!(
            matches!(refused(twice), BulkError::RepeatedColumn { .. }),
            "{twice}"
        );
    }
    let similar = ["a", "A"].map(|name| CsvClaim {
        name: name.to_owned(),
        cells: CellType::Text,
    });
    let rows = CsvRows::typed("email,A,a\nx@b.cd,1,2\n".as_bytes(), &similar).unwrap();
    let row = rows.map(Result::unwrap).next().unwrap();
    assert_eq!(subject(&row), json!({ "A": "1", "a": "2" }));
}

#[test]
fn the_separator_is_the_first_one_outside_quotation_marks() {
    for text in [
        "\u{feff}\"email\";\"credentialSubject.tags\"\nada@a.bc;\"[1,2]\"\n",
        "email,credentialSubject.tags\nada@a.bc,\"[1,2]\"\n",
        "\n\nemail;credentialSubject.tags\nada@a.bc;[1,2]\n",
        "\"email\"\n;\n",
    ] {
        let rows = rows(text);
        if let Some(row) = rows.first().filter(|row| row.content.is_ok()) {
            assert_eq!(subject(row), json!({ "tags": [1, 2] }), "{text:?}");
        } else {
            assert_eq!(refusal(&rows[0]).1, Reason::NotAnEmail, "{text:?}");
        }
    }
}

#[test]
fn rows_for_a_service_have_an_expiration_and_may_have_other_columns() {
    let claims = [CsvClaim {
        name: "level".to_owned(),
        cells: CellType::Number,
    }];
    let text = "\u{feff}id,email,expiration,credentialSubject.level,note\n\
                7,ada@a.bc,2030-05-01,3,x\n\
                8,\"\"\"bob@a.bc\"\"\",\"\"\"2030-05-01T12:00:00Z\"\"\",4,\n\
                9,eve@a.bc,,5,\n\
                10,eve@a.bc,soon,5,\n";
    let rows = CsvRows::for_service(text.as_bytes(), &claims).unwrap();
    assert_eq!(rows.ignored_columns(), [1, 5]);
    let found: Vec<_> = rows
        .map(|row| {
            let content = row.unwrap().content;
            content.map(|row| (row.email.as_str().to_owned(), row.expires_at.unwrap().as_secs()))
        })
        .collect();
    let expected = [
        Ok(("ada@a.bc".to_owned(), 1_903_824_000)),
        Ok(("bob@a.bc".to_owned(), 1_903_867_200)),
        Err(Refusal::new(Reason::Missing, "/expiration")),
        Err(Refusal::new(Reason::NotATime, "/expiration")),
    ];
    assert_eq!(found, expected);
    let unknown = "email,expiration,credentialSubject.nickname\n";
    assert!(matches!(
        CsvRows::for_service(unknown.as_bytes(), &claims),
        Err(BulkError::UnknownColumn { column: 3 })
    ));
}
