//! `kaguan-desk run | probe | status | fill | insert`: the agent, and what it says of a driver and of itself.

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use kaguan_desk::agent::Agent;
use kaguan_desk::device::Device;
use kaguan_desk::kept::Kept;
use kaguan_desk::library::{SsCardDriver, probe};
use kaguan_desk_driver::{Machine, blank};
use std::path::PathBuf;

#[derive(Parser)]
#[command(name = "kaguan-desk", version, about = "制卡桌面程序：读卡器、制卡机与省卡管系统之间的一台桌面机")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 连接服务器，等待任务
    Run {
        /// 服务器地址，如 https://kaguan.example
        #[arg(long)]
        server: String,
        /// 本机保存密钥和任务记录的目录
        #[arg(long)]
        state: PathBuf,
        /// 厂商驱动 SSCardDriver 的路径
        #[arg(long, conflicts_with = "virtual_machine", required_unless_present = "virtual_machine")]
        driver: Option<PathBuf>,
        /// 模拟制卡机的目录
        #[arg(long = "virtual", value_name = "DIR")]
        virtual_machine: Option<PathBuf>,
        /// 管理员页面上显示的机器名
        #[arg(long, default_value = "制卡桌面机")]
        machine: String,
    },
    /// 列出驱动导出的函数，说明是哪一种驱动
    Probe { driver: PathBuf },
    /// 显示桌面机状态
    Status {
        #[arg(long)]
        state: PathBuf,
    },
    /// 把模拟制卡机已退出的卡放到读卡位置
    Insert {
        #[arg(long = "virtual", value_name = "DIR")]
        virtual_machine: PathBuf,
        /// 卡识别码
        chip: String,
    },
    /// 在模拟制卡机的卡盒里放一张预制卡
    Fill {
        #[arg(long = "virtual", value_name = "DIR")]
        virtual_machine: PathBuf,
        /// 卡盒号，0至9
        #[arg(long = "box")]
        card_box: u8,
        /// 卡识别码，32位
        chip: String,
        /// 卡复位信息
        reset: String,
        /// 社保卡卡号
        card_no: String,
    },
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Run { server, state, driver, virtual_machine, machine } => {
            let device: Box<dyn Device> = match (driver, virtual_machine) {
                (Some(path), _) => Box::new(SsCardDriver::load(&path)?),
                (None, Some(dir)) => Box::new(Machine::open(dir)),
                (None, None) => anyhow::bail!("须指明--driver或--virtual"),
            };
            let mut agent = Agent::new(&server, Kept::open(&state)?, device)?;
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
            runtime.block_on(async {
                agent.pair(&machine).await?;
                agent.run().await
            })
        }
        Command::Probe { driver } => {
            let probe = probe(&driver)?;
            println!("驱动：{}", probe.dialect);
            println!("可以制卡：{}", if probe.issues { "是" } else { "否" });
            println!("导出函数：{}", probe.exports.join("、"));
            Ok(())
        }
        Command::Status { state } => {
            print!("{}", Kept::status(&state));
            Ok(())
        }
        Command::Insert { virtual_machine, chip } => {
            let put = Machine::open(virtual_machine).insert(&chip);
            put.map_err(|f| anyhow::anyhow!("{} {}", f.code, f.out)).context("不能放入")
        }
        Command::Fill { virtual_machine, card_box, chip, reset, card_no } => {
            let filled = Machine::open(virtual_machine).fill(card_box, &blank(&chip, &reset, &card_no));
            filled.map_err(|f| anyhow::anyhow!("{} {}", f.code, f.out)).context("不能放入")
        }
    }
}
