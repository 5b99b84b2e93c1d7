//! Replays the stored corpus on any toolchain, so that fixed findings stay fixed.

use std::{fs, path::Path};

#[test]
fn every_kept_input_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/w3c_rdf");
    let mut inputs = 0;
    for file in fs::read_dir(&folder).expect("the target has a corpus") {
        let path = file.expect("the folder can be read").path();
        air_ssi_fuzz::w3c_rdf(&fs::read(&path).expect("the file can be read"));
        inputs += 1;
    }
    assert!(inputs > 0, "the corpus is empty");
}
