//! `kaguan duties`: does what is due today, once.

use crate::{Place, open};
use clap::Args;
use kaguan_domain::permission::Verb;
use kaguan_service::clock::Clock;
use std::process::ExitCode;

/// No options.
#[derive(Args)]
pub struct Duties {}

impl Duties {
    /// Does it; running it again does nothing more.
    pub async fn run(&self, place: &Place) -> anyhow::Result<ExitCode> {
        let (service, _) = open::system(place, Clock::Machine).await?;
        let done = service.duties().await?;
        let delivered = service.deliver().await?;
        if place.json {
            println!("{}", serde_json::json!({ "done": done, "delivered": delivered.delivered }));
        } else if done.is_empty() {
            println!("今日没有到期的值守事项");
        } else {
            for (code, n) in done {
                println!("{}　{n}", Verb::from_code(code).map_or(code, Verb::name));
            }
            println!("送达消息{}条", delivered.delivered);
        }
        Ok(ExitCode::SUCCESS)
    }
}
