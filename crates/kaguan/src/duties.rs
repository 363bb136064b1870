//! `kaguan duties`: does what is due today, once.

use crate::data_dir::DataDir;
use crate::server_line::ServerLine;
use clap::Args;
use std::process::ExitCode;

/// What is due, and whether the clock is right.
#[derive(Args)]
pub struct Duties {
    /// 服务器时钟被改动、值守暂停后：确认现在的时钟正确，恢复值守
    #[arg(long)]
    clock_is_right: bool,
}

impl Duties {
    /// Does it; running it again does nothing more.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let work = async |line: &ServerLine| {
            if self.clock_is_right {
                line.accept_clock().await?;
            }
            line.duties().await
        };
        let duties = ServerLine::with(dir, "duties", work).await?;
        if dir.json {
            println!("{}", serde_json::to_string(&duties)?);
        } else {
            duties.say();
        }
        Ok(ExitCode::SUCCESS)
    }
}
