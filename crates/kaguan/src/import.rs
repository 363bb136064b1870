//! `kaguan import FILE`.

use crate::{Place, open};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use kaguan_domain::ctx::Actor;
use kaguan_files::sbk2::RowError;
use kaguan_service::Service;
use kaguan_service::clock::Clock;
use kaguan_service::intake::{Intake, IntakeError, Level, Stage, Wish};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What to import.
#[derive(Args)]
pub struct Import {
    /// SBK2 压缩包
    file: PathBuf,
    /// 只核验，不接收
    #[arg(long)]
    check_only: bool,
    /// 有错时仍接收没有错的行
    #[arg(long, conflicts_with = "check_only")]
    accept_good_rows: bool,
    /// 同时检测人脸（脸宽、头顶、两眼位置），只作提示
    #[arg(long)]
    check_faces: bool,
}

impl Import {
    /// Imports; exit code 2 when the whole file is refused.
    pub async fn run(&self, place: &Place) -> anyhow::Result<ExitCode> {
        let (service, _) = open::system(place, Clock::Machine).await?;
        let wish = match (self.check_only, self.accept_good_rows) {
            (true, _) => Wish::CheckOnly,
            (_, true) => Wish::GoodRows,
            _ => Wish::AllOrNone,
        };
        let level = if self.check_faces { Level::Faces } else { Level::Decode };
        let (intake, refused) = match import(&service, &self.file, wish, level, place.json).await {
            Ok(intake) => (intake, false),
            Err(IntakeError::Refused(errors)) => (Intake { errors, ..Intake::default() }, true),
            Err(e) => return Err(e.into()),
        };
        if place.json {
            println!("{}", as_json(&intake));
        } else {
            show(&intake, usize::MAX);
        }
        Ok(if refused { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }
}

/// The documented shape.
pub fn as_json(intake: &Intake) -> serde_json::Value {
    serde_json::json!({ "rows": intake.rows, "accepted": intake.accepted, "errors": intake.errors, "warnings": intake.warnings.len() })
}

/// Prints an intake for people.
pub fn show(intake: &Intake, most: usize) {
    println!(
        "共{}行，接收{}行，错误{}处，提示{}处",
        intake.rows,
        intake.accepted,
        intake.errors.len(),
        intake.warnings.len()
    );
    for RowError { row, column, code, message } in intake.errors.iter().take(most) {
        let row = if *row == 0 { "整个文件".into() } else { format!("第{row}行") };
        println!("  {row}｜{column}｜{code}｜{message}");
    }
    for RowError { row, column, code, message } in intake.warnings.iter().take(most) {
        println!("  第{row}行｜{column}｜{code}｜提示：{message}");
    }
    if intake.errors.len() > most {
        println!("  ……另有{}处", intake.errors.len() - most);
    }
}

/// Imports with a progress bar, unless the output is for a program.
pub async fn import(
    service: &Service,
    path: &Path,
    wish: Wish,
    photos: Level,
    quiet: bool,
) -> Result<Intake, IntakeError> {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
    if let Ok(style) = ProgressStyle::with_template("{msg:>6} {bar:40} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    let told = bar.clone();
    let progress = move |stage: Stage| match stage {
        Stage::Judging(p) if p.photos_in_all > 0 => {
            told.set_message("核验相片");
            told.set_length(p.photos_in_all as u64);
            told.set_position(p.photos as u64);
        }
        Stage::Judging(p) => {
            told.set_message("核验数据");
            told.set_length(p.rows as u64);
            told.set_position(p.rows as u64);
        }
        Stage::Taking { done, of } => {
            told.set_message("接收申请");
            told.set_length(of as u64);
            told.set_position(done as u64);
        }
    };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let intake = service.take_in(&Actor::System, path, &name, wish, photos, Arc::new(progress)).await;
    bar.finish_and_clear();
    intake
}
