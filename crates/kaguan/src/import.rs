//! `kaguan import FILE`.

use crate::data_dir::DataDir;
use crate::server_line::ServerLine;
use anyhow::Context;
use axum::http::HeaderMap;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use kaguan_domain::ctx::Actor;
use kaguan_domain::ids::UnitId;
use kaguan_files::sbk2::RowError;
use kaguan_service::Service;
use kaguan_service::intake::{Acceptance, Intake, IntakeError, IntakeProgress, Level};
use serde::{Deserialize, Serialize};
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
    /// 所属批量申请的受理编号（“批量申请-受理登记”）；不写的，材料列为待补登记
    #[arg(long)]
    unit: Option<i64>,
    /// 同时检测人脸（脸宽、头顶、两眼位置），只作提示
    #[arg(long)]
    check_faces: bool,
}

/// How a file is to be taken in, as a request to the server says it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ImportHead {
    /// The file's own name: it says whose file it is, and how many rows it has.
    pub name: String,
    /// Judge only.
    pub check_only: bool,
    /// The good rows without the bad ones.
    pub good_rows: bool,
    /// Look for faces too.
    pub faces: bool,
    /// The unit application that it belongs to.
    #[serde(default)]
    pub unit: Option<i64>,
}

/// The request's header that carries it: JSON in hexadecimal, for a name may be in Chinese.
const HEAD: &str = "kaguan-import";

/// What came of a file.
#[derive(Serialize, Deserialize)]
pub struct Imported {
    /// The whole file is refused; rows are 0.
    pub refused: bool,
    /// Rows in it.
    pub rows: usize,
    /// Rows taken in, now or by an earlier attempt with the same file.
    pub accepted: usize,
    /// Everything wrong.
    pub errors: Vec<Remark>,
    /// Everything odd.
    pub warnings: Vec<Remark>,
    /// The unit application that its rows belong to.
    #[serde(default)]
    pub unit: Option<i64>,
    /// Whether somebody has registered its papers.
    #[serde(default)]
    pub papers_seen: bool,
}

/// One error or warning, of [`RowError`]'s documented shape.
#[derive(Serialize, Deserialize)]
pub struct Remark {
    /// 0 for the whole file, 1 for the first applicant.
    pub row: usize,
    column: String,
    code: String,
    message: String,
}

/// How far an import is.
#[derive(Serialize, Deserialize)]
pub enum Step {
    /// So many rows are judged.
    Rows(usize),
    /// Photos are looked at.
    Photos { done: usize, of: usize },
    /// Another file of the same unit application is being taken in.
    Waiting,
    /// Rows are taken in.
    Taking { done: usize, of: usize },
    /// It is over; or why it is not.
    Done(Result<Imported, String>),
}

impl Step {
    /// A stage of the work.
    pub fn of(stage: IntakeProgress) -> Self {
        match stage {
            IntakeProgress::Judging(p) if p.photos_in_all > 0 => {
                Self::Photos { done: p.photos, of: p.photos_in_all }
            }
            IntakeProgress::Judging(p) => Self::Rows(p.rows),
            IntakeProgress::Waiting => Self::Waiting,
            IntakeProgress::Taking { done, of } => Self::Taking { done, of },
        }
    }
}

impl ImportHead {
    /// What a request says.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        serde_json::from_slice(&hex::decode(headers.get(HEAD)?).ok()?).ok()
    }

    /// The header to send.
    pub fn header(&self) -> anyhow::Result<(&'static str, String)> {
        Ok((HEAD, hex::encode(serde_json::to_vec(self)?)))
    }

    /// Takes a file in by the system itself.
    pub async fn import(
        &self,
        service: &Service,
        path: &Path,
        progress: impl Fn(IntakeProgress) + Send + Sync + 'static,
    ) -> anyhow::Result<Imported> {
        let wish = match (self.check_only, self.good_rows) {
            (true, _) => Acceptance::CheckOnly,
            (_, true) => Acceptance::GoodRows,
            _ => Acceptance::AllOrNone,
        };
        let level = if self.faces { Level::Faces } else { Level::Decode };
        let unit = self.unit.map(UnitId);
        let taken =
            service.take_in(&Actor::System, path, &self.name, unit, wish, level, Arc::new(progress)).await;
        match taken {
            Ok(intake) => Ok(Imported::of(intake, false)),
            Err(IntakeError::Refused(errors)) => {
                Ok(Imported::of(Intake { errors, ..Intake::default() }, true))
            }
            Err(e @ (IntakeError::Failed(_) | IntakeError::Store(_) | IntakeError::Io(_))) => Err(e.into()),
        }
    }
}

impl Imported {
    fn of(intake: Intake, refused: bool) -> Self {
        let remarks = |all: Vec<RowError>| all.into_iter().map(Remark::of).collect();
        // What is still to be mended is kept for officers; the operator has the file.
        let Intake { rows, accepted, errors, warnings, unit, papers_seen, inside: _, rest: _ } = intake;
        let (errors, warnings, unit) = (remarks(errors), remarks(warnings), unit.map(|u| u.0));
        Self { refused, rows, accepted, errors, warnings, unit, papers_seen }
    }

    /// The documented shape.
    fn as_json(&self) -> serde_json::Value {
        serde_json::json!({
            "rows": self.rows, "accepted": self.accepted, "errors": self.errors, "warnings": self.warnings.len(),
            "remarks": self.warnings,
            "unit": self.unit, "papers_seen": self.papers_seen,
        })
    }

    /// Prints it for people, so many remarks of each kind.
    pub fn show(&self, most: usize) {
        let Self { rows, accepted, errors, warnings, .. } = self;
        println!("共{rows}行，接收{accepted}行，错误{}处，提示{}处", errors.len(), warnings.len());
        let place = |row: &usize| if *row == 0 { "整个文件".into() } else { format!("第{row}行") };
        if let Some(unit) = self.unit.filter(|_| *accepted > 0 && !self.papers_seen) {
            println!(
                "单位申请材料尚未登记（受理编号{unit}）：请在“批量申请-受理登记”补登记单位、经办人与授权材料"
            );
        }
        for Remark { row, column, code, message } in errors.iter().take(most) {
            println!("  {}｜{column}｜{code}｜{message}", place(row));
        }
        for Remark { row, column, code, message } in warnings.iter().take(most) {
            println!("  {}｜{column}｜{code}｜提示：{message}", place(row));
        }
        if errors.len() > most {
            println!("  ……另有{}处", errors.len() - most);
        }
    }

    /// Everything wrong, in a line.
    pub fn sentence(&self) -> String {
        self.errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join("；")
    }
}

impl Remark {
    fn of(e: RowError) -> Self {
        let RowError { row, column, code, message } = e;
        Self { row, column: column.into(), code: code.into(), message }
    }
}

impl Import {
    /// Imports; exit code 2 when the whole file is refused.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        // A file that cannot be read asks nothing of anybody.
        let open = std::fs::File::open(&self.file).and_then(|file| file.metadata());
        let meta = open.with_context(|| format!("不能读取 {}", self.file.display()))?;
        anyhow::ensure!(meta.is_file(), "{} 不是文件", self.file.display());
        let head = ImportHead {
            name: name_of(&self.file),
            check_only: self.check_only,
            good_rows: self.accept_good_rows,
            faces: self.check_faces,
            unit: self.unit,
        };
        let imported = ServerLine::with(dir, "import", async |line| {
            let bar = Bar::new(dir.json);
            let told = bar.clone();
            let imported = line.import(&self.file, &head, move |step| told.show(step)).await;
            bar.end();
            imported
        })
        .await?;
        if dir.json {
            println!("{}", imported.as_json());
        } else {
            imported.show(usize::MAX);
        }
        Ok(if imported.refused { ExitCode::from(2) } else { ExitCode::SUCCESS })
    }
}

/// The name of a file without its directory.
pub fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A progress bar, unless the output is for a program.
#[derive(Clone)]
pub struct Bar(ProgressBar);

impl Bar {
    /// An empty one.
    pub fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        if let Ok(style) = ProgressStyle::with_template("{msg:>6} {bar:40} {pos}/{len} {elapsed}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Shows how far it is.
    pub fn show(&self, step: &Step) {
        let (what, done, of) = match step {
            Step::Rows(done) => ("核验数据", *done, *done),
            Step::Photos { done, of } => ("核验相片", *done, *of),
            Step::Waiting => ("等候同一批量申请的前一文件", 0, 0),
            Step::Taking { done, of } => ("接收申请", *done, *of),
            Step::Done(_) => return,
        };
        self.0.set_message(what);
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
    }

    /// Takes it away.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
