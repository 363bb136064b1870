//! `kaguan archive NUMBER`: the material of somebody's cases.

use crate::data_dir::DataDir;
use crate::open;
use crate::server_line::ServerLine;
use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::archive::{Case, MaterialKind, PaperOf};
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{MaterialId, OrgId};
use kaguan_domain::records::{DestroyMaterial, FileMaterial, kept};
use kaguan_service::Service;
use kaguan_store::Store;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Whose, and what to do.
#[derive(Args)]
pub struct Archive {
    /// 社会保障号码
    number: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 列出档案材料与保存期限
    List,
    /// 归档一份材料（业务取最近一次申请）
    Add {
        /// 材料种类，如 身份证件、业务申请表
        kind: String,
        /// 电子材料
        #[arg(long)]
        file: Option<PathBuf>,
        /// 纸质材料所在专柜专夹
        #[arg(long)]
        cabinet: Option<String>,
    },
    /// 取出一份电子材料，须写明事由
    Get {
        /// 材料编号
        id: i64,
        /// 查阅事由
        #[arg(long)]
        reason: String,
        /// 写到哪里
        #[arg(long)]
        out: PathBuf,
    },
    /// 销毁一份保存期满的材料，有多页的各页一并销毁
    Destroy {
        /// 材料编号（有多页的，任一页的编号）
        id: i64,
        /// 专柜专夹中的纸质材料已一并销毁
        #[arg(long)]
        paper: bool,
    },
}

/// 归档.
#[derive(Serialize, Deserialize)]
pub struct AddMaterial {
    number: SocialSecurityNumber,
    kind: MaterialKind,
    /// The electronic document in hexadecimal.
    document: Option<String>,
    cabinet: Option<String>,
}

/// 查阅.
#[derive(Serialize, Deserialize)]
pub struct ReadMaterial {
    number: SocialSecurityNumber,
    id: MaterialId,
    reason: String,
}

/// 到期销毁.
#[derive(Serialize, Deserialize)]
pub struct OneMaterial {
    number: SocialSecurityNumber,
    id: MaterialId,
    #[serde(default)]
    paper: bool,
}

async fn file_of(store: &Store, number: &SocialSecurityNumber) -> anyhow::Result<HolderFile> {
    let found = store.locate(&LookedUp::of(number.clone())).await?.one()?;
    found.map(|(file, _)| file).context("没有该号码的档案")
}

/// The social security number of whoever has a number as it was typed, or a document with it.
async fn number_of(dir: &DataDir, typed: &str) -> anyhow::Result<SocialSecurityNumber> {
    let what = LookedUp::read(typed).map_err(|e| anyhow!("{e}。请核对后重试"))?;
    if let Some(number) = what.number {
        return Ok(number);
    }
    let found = open::read(dir).await?.locate(&what).await?.one()?;
    let person = found.and_then(|(file, _)| file.person);
    Ok(person.context("没有该号码的档案")?.details.ssn)
}

/// Files a material of somebody's last application.
pub async fn add(service: &Service, ask: AddMaterial) -> anyhow::Result<i64> {
    let file = file_of(service.store(), &ask.number).await?;
    let application = file.applications.last().context("该人没有申请记录")?;
    let document =
        ask.document.map(hex::decode).transpose().context("the document that came cannot be read")?;
    let material = FileMaterial {
        id: MaterialId(service.fresh()),
        case: Case::Application(application.id),
        kind: ask.kind,
        digest: None,
        cabinet: ask.cabinet,
        org: OrgId(application.outlet.0),
        more: Vec::new(),
    };
    let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
    Ok(service.file_material(ctx, file.id, material, document.as_deref()).await?.0)
}

/// Opens a material; the look is journaled.
pub async fn read(service: &Service, ask: ReadMaterial) -> anyhow::Result<Vec<u8>> {
    let file = file_of(service.store(), &ask.number).await?;
    let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
    Ok(service.read_material(ctx, file.id, ask.id, &ask.reason).await?.into_shown())
}

/// Destroys a document whose years are over, by any of its pages; how many they were.
pub async fn destroy(service: &Service, ask: OneMaterial) -> anyhow::Result<usize> {
    let file = file_of(service.store(), &ask.number).await?;
    let pages = file.person.as_ref().map_or(0, |p| p.pages_of(ask.id).len());
    let ctx = service.ctx(Actor::System, Channel::CommandLine, None);
    service.destroy_material(ctx, file.id, DestroyMaterial { id: ask.id, paper: ask.paper }).await?;
    Ok(pages)
}

impl Archive {
    /// Does it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let number = number_of(dir, &self.number).await?;
        match &self.what {
            What::List => list(dir, &number).await?,
            What::Add { kind, file, cabinet } => {
                let kind = MaterialKind::ALL.into_iter().find(|k| k.name() == kind).with_context(|| {
                    let names: Vec<_> = MaterialKind::ALL.iter().map(|k| k.name()).collect();
                    format!("材料种类应为：{}", names.join("、"))
                })?;
                let read = |path: &PathBuf| {
                    std::fs::read(path).with_context(|| format!("不能读取 {}", path.display()))
                };
                let document = file.as_ref().map(read).transpose()?.map(hex::encode);
                let ask = AddMaterial { number, kind, document, cabinet: cabinet.clone() };
                let id = ServerLine::with(dir, "archive", async |line| line.add_material(&ask).await).await?;
                println!("已归档，材料编号{id}");
            }
            What::Get { id, reason, out } => {
                // A look that leads to nothing is not journaled: where the document goes comes first.
                let cannot = || format!("不能写入 {}", out.display());
                let beside = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
                let mut paper = tempfile::NamedTempFile::new_in(beside).with_context(cannot)?;
                let ask = ReadMaterial { number, id: MaterialId(*id), reason: reason.clone() };
                let bytes =
                    ServerLine::with(dir, "archive", async |line| line.read_material(&ask).await).await?;
                paper.write_all(&bytes).with_context(cannot)?;
                paper.persist(out).with_context(cannot)?;
                println!("已取出到{}，查阅已记入日志", out.display());
            }
            What::Destroy { id, paper } => {
                let ask = OneMaterial { number, id: MaterialId(*id), paper: *paper };
                let pages =
                    ServerLine::with(dir, "archive", async |line| line.destroy_material(&ask).await).await?;
                match pages {
                    2.. => println!("已销毁，该材料共{pages}页，一并销毁"),
                    _ => println!("已销毁"),
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads only: a running server goes on.
async fn list(dir: &DataDir, number: &SocialSecurityNumber) -> anyhow::Result<()> {
    let file = file_of(&open::read(dir).await?, number).await?;
    let Some(person) = &file.person else { return Ok(()) };
    for m in &person.archive {
        let until = kept(&file, m).map_or("业务在办".to_owned(), |d| format!("保存至{d}"));
        let lies = match person.paper_of(m) {
            PaperOf::In(cabinet) => cabinet,
            PaperOf::Destroyed(at) => format!("电子，纸质已于{}销毁", at.date()),
            PaperOf::Nowhere => "电子".to_owned(),
        };
        let page = m.page.map_or_else(String::new, |n| format!("（第{n}页）"));
        let withdrawn = if m.withdrawn().is_some() { "　已作废" } else { "" };
        println!("{}　{}　{}{page}　{lies}　{until}{withdrawn}", m.id, m.filed_at.date(), m.kind.name());
    }
    println!("共{}份", person.archive.len());
    Ok(())
}
