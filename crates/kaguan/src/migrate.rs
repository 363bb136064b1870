//! `kaguan migrate`: makes the database, or brings it up to date.

use crate::data_dir::DataDir;
use crate::heads;
use crate::open::{self, For, Prepared};
use kaguan_store::Store;
use std::process::ExitCode;

/// Does it; a database that is as it should be is not written to, so that a server on it goes on.
pub async fn run(dir: &DataDir, simulate: bool) -> anyhow::Result<ExitCode> {
    // Whatever is wrong with it is said below, by whoever tries to mend it.
    if let Ok(store) = open::read(dir).await
        && (!simulate || open::tried_out(&store).await?)
    {
        heads::fits(dir, &store).await?;
        return Ok(say(&store));
    }
    dir.make()?;
    let prepared = Prepared::open(dir, dir.lock_or_say("migrate")?, For::Making).await?;
    if simulate {
        prepared.try_out(dir).await?;
    }
    Ok(say(&prepared.store))
}

fn say(store: &Store) -> ExitCode {
    println!("数据库（{}）已就绪，日志公钥 {}", store.engine().name(), store.public_key());
    ExitCode::SUCCESS
}
