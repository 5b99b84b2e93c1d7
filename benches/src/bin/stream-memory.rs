//! Seals a file of 256 MiB to a file and prints the most memory that the process has held, in KiB
//! (Linux's `VmHWM`).

use std::{fs, io, io::Write};

use air_crypto::{CakPrivateKey, Curve};

fn main() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let (from, to) = (folder.path().join("document"), folder.path().join("sealed"));
    benches::write_document(&from, 256 << 20)?;
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    benches::seal_file(&key, &from, &to)?;
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or("unknown");
    writeln!(io::stdout(), "{}", peak.trim().trim_end_matches(" kB"))
}
