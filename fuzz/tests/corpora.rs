//! Replays the stored corpora on any toolchain, so that fixed findings stay fixed.

use std::{fs, path::Path};

#[test]
fn every_kept_input_passes() {
    for (name, target) in air_fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut inputs = 0;
        for file in fs::read_dir(&folder).expect("every target has a corpus") {
            let path = file.expect("the folder can be read").path();
            let input = fs::read(&path).expect("the file can be read");
            target(&input);
            inputs += 1;
        }
        assert!(inputs > 0, "{name} has an empty corpus");
    }
}
