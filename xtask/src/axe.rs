//! axe-core, which finds on a page what keeps somebody out of it. A tool of the tests from the npm registry: fetched once, believed by its
//! digest only, kept under `target/`, never a part of the repository. The tests of the console include this file by its path.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const VERSION: &str = "4.14.1";
/// As the npm registry says it (`integrity`).
const SHA512: &str =
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==";

fn ran(command: &mut Command) -> Result<Output, String> {
    let output = command.output();
    let name = command.get_program().display();
    match output {
        Ok(output) if output.status.success() => Ok(output),
        Ok(output) => Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr))),
        Err(e) => Err(format!("{name}: {e}")),
    }
}

/// The script to run in a page, fetched when this checkout has none.
///
/// # Errors
/// When the registry does not answer, or answers with something else.
pub fn script(root: &Path) -> Result<PathBuf, String> {
    let dir = root.join("target");
    let script = dir.join(format!("axe-core-{VERSION}.min.js"));
    if script.exists() {
        return Ok(script);
    }
    let own = |what: &str| dir.join(format!("axe-core-{VERSION}.{}.{what}", std::process::id()));
    let (package, taken) = (own("tgz"), own("js"));
    std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
    let address = format!("https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz");
    ran(Command::new("curl").args(["-sSfL", "--retry", "3", "-o"]).arg(&package).arg(&address))?;
    let digest =
        ran(Command::new("openssl").args(["dgst", "-sha512", "-binary", "-out"]).arg(&taken).arg(&package))
            .and_then(|_| ran(Command::new("openssl").args(["base64", "-A", "-in"]).arg(&taken)))?;
    if digest.stdout.trim_ascii() != SHA512.as_bytes() {
        return Err(format!(
            "{address} is not what was looked at: {}",
            String::from_utf8_lossy(&digest.stdout)
        ));
    }
    let member = ran(Command::new("tar").arg("-xzOf").arg(&package).arg("package/axe.min.js"))?;
    // Under its own name first: another process may be fetching it too.
    std::fs::write(&taken, &member.stdout)
        .and_then(|()| std::fs::rename(&taken, &script))
        .and_then(|()| std::fs::remove_file(&package))
        .map_err(|e| e.to_string())?;
    Ok(script)
}
