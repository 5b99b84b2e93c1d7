//! Prints the JSON Schema that Node's bench validates with.
#![expect(clippy::print_stdout, reason = "the schema is the program's output")]

use air_schema::{CredentialSchema, Draft};

fn main() {
    let form = benches::schema::form().to_string();
    let schema = CredentialSchema::from_slice(form.as_bytes()).expect("a good form");
    println!("{}", schema.to_json_schema(Draft::Draft202012));
}
