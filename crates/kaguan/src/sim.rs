//! `kaguan sim bank|vendor|registers|ecard|sms|treasury|photos|post|terminal`: a simulated partner as a process of its own.

use anyhow::Context;
use clap::{Args, ValueEnum};
use kaguan_partner_sim::process::{self, Config, KEY_NAME, Trouble, What};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// 服务银行
    Bank,
    /// 卡制作厂商
    Vendor,
    /// 公安和社保核验系统
    Registers,
    /// 全国社保卡服务平台
    Ecard,
    /// 短信平台
    Sms,
    /// 财政非税票据系统
    Treasury,
    /// 相片检测审核平台
    Photos,
    /// 邮政企业
    Post,
    /// 自助服务终端
    Terminal,
}

/// Which partner, and where.
#[derive(Args)]
pub struct Sim {
    /// 合作方种类
    #[arg(value_enum)]
    kind: Kind,
    /// 代码，如银行 95588、卡商 1
    #[arg(long, default_value = "main")]
    code: String,
    /// 监听地址
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// 合作方自己的状态与密钥所在目录；缺省为 ./kaguan-sim/种类-代码
    #[arg(long)]
    state: Option<PathBuf>,
    /// 省卡管系统地址
    #[arg(long, default_value = "http://127.0.0.1:8018")]
    system: String,
    /// 省卡管系统公钥；缺省在首次连接时取得并一直信任
    #[arg(long)]
    system_key: Option<String>,
    /// 故障文件（JSON）；运行中可向 /_sim/trouble 提交
    #[arg(long)]
    bad_day: Option<PathBuf>,
    /// 随机种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 只输出公钥，不运行
    #[arg(long)]
    show_key: bool,
}

impl Sim {
    /// Runs it until it is stopped.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let what = match self.kind {
            Kind::Bank => What::Bank,
            Kind::Vendor => What::Vendor,
            Kind::Registers => What::Registers,
            Kind::Ecard => What::Ecard,
            Kind::Sms => What::Sms,
            Kind::Treasury => What::Treasury,
            Kind::Photos => What::Photos,
            Kind::Post => What::Post,
            Kind::Terminal => What::Terminal,
        };
        let data = self
            .state
            .clone()
            .unwrap_or_else(|| PathBuf::from("kaguan-sim").join(format!("{}-{}", what.code(), self.code)));
        let public = process::secret_in(&data)?.public();
        if self.show_key {
            println!("{public}");
            return Ok(ExitCode::SUCCESS);
        }
        let trouble = match &self.bad_day {
            None => Trouble::default(),
            Some(path) => {
                let text = std::fs::read(path).with_context(|| format!("不能读取 {}", path.display()))?;
                serde_json::from_slice(&text).with_context(|| format!("{} 不是故障文件", path.display()))?
            }
        };
        let config = Config {
            what,
            code: self.code.clone(),
            listen: self.listen,
            data,
            system: self.system.clone(),
            system_key: self.system_key.clone(),
            trouble,
            seed: self.seed,
        };
        let me = format!("{}:{}", what.code(), self.code);
        process::run(config, move |at| println!("{me} http://{at} {KEY_NAME} {public}")).await?;
        Ok(ExitCode::SUCCESS)
    }
}
