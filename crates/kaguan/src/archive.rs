//! `kaguan archive NUMBER`: the material of somebody's cases.

use crate::{Place, open};
use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::{MaterialId, OrgId};
use kaguan_domain::records::{FileMaterial, kept};
use kaguan_service::clock::Clock;
use std::path::PathBuf;
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
    /// 销毁一份保存期满的材料
    Destroy {
        /// 材料编号
        id: i64,
    },
}

impl Archive {
    /// Does it.
    pub async fn run(&self, place: &Place) -> anyhow::Result<ExitCode> {
        let number = SocialSecurityNumber::parse(&self.number).map_err(|e| anyhow!("{e}。请核对后重试"))?;
        let (service, _) = open::system(place, Clock::Machine).await?;
        let found = service.find(&number).await?.context("没有该号码的档案")?;
        let (file, _) = service.file(found).await?.context("没有该号码的档案")?;
        let ctx = || service.ctx(Actor::System, Channel::CommandLine, None);
        match &self.what {
            What::List => {
                let archive = file.person.as_ref().map_or(&[][..], |p| &p.archive);
                for m in archive {
                    let until = kept(&file, m).map_or("业务在办".to_owned(), |d| format!("保存至{d}"));
                    let lies = m.cabinet.as_deref().unwrap_or("电子");
                    println!("{}　{}　{}　{lies}　{until}", m.id, m.filed_at.date(), m.kind.name());
                }
                println!("共{}份", archive.len());
            }
            What::Add { kind, file: path, cabinet } => {
                let kind = MaterialKind::ALL.into_iter().find(|k| k.name() == kind).with_context(|| {
                    let names: Vec<_> = MaterialKind::ALL.iter().map(|k| k.name()).collect();
                    format!("材料种类应为：{}", names.join("、"))
                })?;
                let application = file.applications.last().context("该人没有申请记录")?;
                let bytes =
                    path.as_ref().map(std::fs::read).transpose().context("failed to read the material")?;
                let material = FileMaterial {
                    id: MaterialId(service.fresh()),
                    case: Case::Application(application.id),
                    kind,
                    digest: None,
                    cabinet: cabinet.clone(),
                    org: OrgId(application.outlet.0),
                };
                let id = service.file_material(ctx(), found, material, bytes.as_deref()).await?;
                println!("已归档，材料编号{id}");
            }
            What::Get { id, reason, out } => {
                let bytes = service.read_material(ctx(), found, MaterialId(*id), reason).await?;
                std::fs::write(out, bytes).with_context(|| format!("failed to write {}", out.display()))?;
                println!("已取出到{}，查阅已记入日志", out.display());
            }
            What::Destroy { id } => {
                service.destroy_material(ctx(), found, MaterialId(*id)).await?;
                println!("已销毁");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
