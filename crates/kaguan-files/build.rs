//! The face detector's model is a file inside the `rustface` crate, which does not export it: it is taken from where
//! cargo unpacked that crate.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let env = |name| std::env::var_os(name).map(PathBuf::from).expect("cargo sets it");
    let out = Command::new(env("CARGO"))
        // Of this platform only: cargo would download the crates of all the others.
        .args(["metadata", "--format-version", "1", "--filter-platform"])
        .arg(env("TARGET"))
        .current_dir(env("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).expect("cargo metadata is JSON");
    let manifest = metadata["packages"]
        .as_array()
        .and_then(|all| all.iter().find(|p| p["name"] == "rustface"))
        .and_then(|p| p["manifest_path"].as_str())
        .expect("rustface is a dependency");
    let model = Path::new(manifest).with_file_name("model").join("seeta_fd_frontal_v1.0.bin");
    std::fs::copy(&model, env("OUT_DIR").join("face.bin")).expect("the model is in the crate");
}
