//! `kaguan outlets`: the table of banks' outlets with the codes by which the banks know them.

use crate::control::AskOutlets;
use crate::data_dir::DataDir;
use crate::open;
use crate::server_line::ServerLine;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use kaguan_domain::facts::institution::OrgKind;
use kaguan_domain::ids::CityCode;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kaguan outlets`.
#[derive(Args)]
pub struct Outlets {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 登记银行网点及其网点编码：每行“机构编码,服务银行,网点编码,网点名称”；有错时全部不登记
    Import {
        /// 网点表（CSV）
        file: PathBuf,
        /// 只核验，不登记
        #[arg(long)]
        check_only: bool,
    },
    /// 银行网点表
    List {
        /// 地市代码，四位
        #[arg(long)]
        city: Option<String>,
    },
}

impl Outlets {
    /// Does it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        match &self.what {
            What::Import { file, check_only } => import(dir, file, *check_only).await,
            What::List { city } => list(dir, city.as_deref()).await,
        }
    }
}

async fn import(dir: &DataDir, file: &PathBuf, check_only: bool) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| format!("不能读取 {}", file.display()))?;
    let rows = match kaguan_service::parse_outlets(&kaguan_files::text::text_of(&bytes)) {
        Ok(rows) => rows,
        Err(wrong) => bail!("网点表未登记：{}", wrong.join("；")),
    };
    let ask = AskOutlets { rows, check_only };
    let done = ServerLine::with(dir, "outlets", async |line| line.outlets(&ask).await).await?;
    if dir.json {
        println!("{}", serde_json::to_string(&done)?);
    } else {
        let how = if check_only { "核验" } else { "登记" };
        println!("{how}：新增网点{}个，网点编码{}个，错误{}处", done.added, done.coded, done.wrong.len());
        done.wrong.iter().for_each(|w| println!("  {w}"));
        done.changed.iter().for_each(|c| println!("  网点编码变更　{c}"));
    }
    Ok(if done.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn list(dir: &DataDir, city: Option<&str>) -> anyhow::Result<ExitCode> {
    // Reads only: a server that writes here goes on writing.
    let store = open::read(dir).await?;
    let institutions = open::institutions(&store).await?;
    let city = city.map(|c| CityCode(c.to_owned()));
    for o in institutions.orgs().filter(|o| o.kind == OrgKind::BankOutlet) {
        if city.is_some() && o.city() != city {
            continue;
        }
        let bank = o.bank.as_ref().map_or("", |b| b.as_str());
        let code = institutions.outlet_code(o.id).unwrap_or_default();
        if dir.json {
            let (org, name) = (&o.code, &o.name);
            println!("{}", serde_json::json!({ "org": org, "bank": bank, "code": code, "name": name }));
        } else {
            println!("{},{bank},{code},{}", o.code, o.name);
        }
    }
    Ok(ExitCode::SUCCESS)
}
