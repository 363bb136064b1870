//! `kaguan-desk run | probe | readers | card | keypad | scan | status | fill | insert | virtual-card | virtual-keys`: the agent, and what it says of a
//! driver, of a card and of itself.

#[macro_use]
extern crate kaguan_line;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand};
use kaguan_desk::agent::Agent;
use kaguan_desk::device::Device;
use kaguan_desk::errors::words;
use kaguan_desk::kept::{Kept, write_own};
use kaguan_desk::keys::{SdfKeys, of_simulated_cards};
use kaguan_desk::library::{SsCardDriver, probe};
use kaguan_desk::pcsc::{Pcsc, PinEntry, every_item, readers};
use kaguan_desk::scanner::Scanner;
use kaguan_desk::vpcd;
use kaguan_desk::window::{TerminalWindow, Window as _};
use kaguan_desk_driver::{Keys, Machine, NoKeys, Typed, VirtualKeys, blank};
use kaguan_sdf::Sdf;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
#[command(name = "kaguan-desk", version, about = "制卡桌面程序：读卡器、制卡机与省卡管系统之间的一台桌面机")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// A reader of PC/SC and the keys beside it.
#[derive(Args)]
struct PcscReader {
    /// PC/SC读卡器名称（或其一部分；空为任一读卡器）
    #[arg(long, value_name = "READER", group = "device")]
    pcsc: Option<String>,
    /// 使用模拟卡的密钥（仅用于模拟卡）
    #[arg(long, requires = "pcsc")]
    virtual_keys: bool,
    /// 加密机接口动态库（GM/T 0018），卡密钥在其中
    #[arg(long, value_name = "LIBRARY", requires = "pcsc", conflicts_with = "virtual_keys")]
    sdf: Option<PathBuf>,
    /// 密码在哪里输入
    #[arg(long, value_enum, default_value_t, requires = "pcsc")]
    pin_entry: PinEntry,
}

impl PcscReader {
    fn open(self) -> Result<Option<Pcsc>> {
        let Some(name) = self.pcsc else { return Ok(None) };
        let keys: Box<dyn Keys> = match self.sdf {
            Some(library) => Box::new(SdfKeys(Sdf::open(&library)?)),
            None if self.virtual_keys => Box::new(VirtualKeys),
            None => Box::new(NoKeys),
        };
        Pcsc::open(&name, keys, Box::new(TerminalWindow), self.pin_entry).map(Some)
    }
}

/// The program of a scanner.
#[derive(Args)]
struct ScannerProgram {
    /// 扫描程序，如scanimage；不带“{}”参数的，影像从标准输出取
    #[arg(long, value_name = "PROGRAM")]
    scanner: Option<PathBuf>,
    /// 扫描程序的参数，可多次给出，如 --scanner-arg=--format=jpeg；“{}”代表存放影像的临时文件
    #[arg(long = "scanner-arg", value_name = "ARG", requires = "scanner", allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl ScannerProgram {
    /// The scanner; without a program that of the simulated machine, if that is the device.
    fn open(self, dir: &Path, simulated: Option<&Path>) -> Option<Scanner> {
        let Self { scanner, arguments } = self;
        let program = scanner.map(|program| Scanner::Program { program, arguments, dir: dir.to_owned() });
        program.or_else(|| simulated.map(|dir| Scanner::Simulated(dir.join("paper"))))
    }
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
        #[arg(long, group = "device")]
        driver: Option<PathBuf>,
        /// 模拟制卡机的目录
        #[arg(long = "virtual", value_name = "DIR", group = "device")]
        virtual_machine: Option<PathBuf>,
        #[command(flatten)]
        pcsc: PcscReader,
        #[command(flatten)]
        scanner: ScannerProgram,
        /// 管理员页面上显示的机器名
        #[arg(long, default_value = "制卡桌面机")]
        machine: String,
    },
    /// 列出驱动导出的函数，说明是哪一种驱动
    Probe { driver: PathBuf },
    /// 列出本机的PC/SC读卡器
    Readers,
    /// 读出PC/SC读卡器上的卡，逐项显示
    Card {
        #[command(flatten)]
        pcsc: PcscReader,
        /// 等候插卡的秒数
        #[arg(long, default_value_t = 0)]
        wait: u64,
    },
    /// 试用本机的密码输入窗口：不接触卡，输入的内容不保存、不显示
    Keypad,
    /// 试扫一页，说明影像的大小；影像不保存
    Scan {
        #[command(flatten)]
        scanner: ScannerProgram,
    },
    /// 把模拟制卡机读卡位置上的卡接到虚拟PC/SC读卡器（vsmartcard的vpcd）
    VirtualCard {
        #[arg(long = "virtual", value_name = "DIR")]
        virtual_machine: PathBuf,
        /// vpcd的地址
        #[arg(long, default_value = "127.0.0.1:35963")]
        vpcd: String,
    },
    /// 写出模拟卡的根密钥，供软件加密机（libkaguan_sdf_soft）使用
    VirtualKeys { file: PathBuf },
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

/// What is in this process' memory is nobody's: it leaves no core dump, to a file or to a program, and other processes of its owner cannot
/// look into it.
fn keeps_to_itself() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

fn main() -> ExitCode {
    keeps_to_itself();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => return kaguan_line::tell(&told),
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("错误：{why:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Run { server, state, driver, virtual_machine, pcsc, scanner, machine } => {
            let scanner = scanner.open(&state, virtual_machine.as_deref());
            let device: Box<dyn Device> = match (driver, virtual_machine, pcsc.open()?) {
                (Some(path), _, _) => Box::new(SsCardDriver::load(&path)?),
                (None, Some(dir), _) => Box::new(Machine::open(dir)),
                (None, None, Some(reader)) => Box::new(reader),
                (None, None, None) => bail!("须指明--driver、--pcsc或--virtual"),
            };
            let mut agent = Agent::new(&server, Kept::open(&state)?, device)?.with_scanner(scanner);
            runtime()?.block_on(async {
                agent.pair(&machine).await?;
                agent.run().await
            })
        }
        Command::Probe { driver } => {
            let probe = probe(&driver)?;
            println!("驱动：{}", probe.dialect);
            println!("可以制卡：{}", if probe.issues { "是" } else { "否" });
            println!("不用PSAM卡，经省加密机：{}", if probe.in_steps { "可以" } else { "不可以" });
            println!("导出函数：{}", probe.exports.join("、"));
            Ok(())
        }
        Command::Readers => {
            let readers = readers()?;
            if readers.is_empty() {
                println!("没有读卡器");
            }
            for name in readers {
                println!("{name}");
            }
            Ok(())
        }
        Command::Card { pcsc, wait } => {
            let mut reader = pcsc.open()?.context("须指明--pcsc")?;
            reader.wait(Duration::from_secs(wait))?;
            for (what, said) in every_item(&mut reader) {
                println!("{what}：{said}");
            }
            Ok(())
        }
        Command::Scan { scanner } => {
            let scanner = scanner.open(&std::env::temp_dir(), None).context("须指明--scanner")?;
            let picture = runtime()?.block_on(scanner.scan()).map_err(|why| anyhow::anyhow!(why))?;
            println!("扫描得到{}字节", picture.len());
            Ok(())
        }
        Command::Keypad => {
            let typed = TerminalWindow.typed(&[Typed::New, Typed::Again]);
            let typed = typed.map_err(|f| anyhow::anyhow!("{} {}", f.code, words(f.code, &f.out)))?;
            println!("{}", if typed[0] == typed[1] { "两次输入一致" } else { "两次输入不一致" });
            Ok(())
        }
        Command::VirtualCard { virtual_machine, vpcd } => {
            let mut reader = TcpStream::connect(&vpcd).with_context(|| format!("不能连接{vpcd}"))?;
            reader.set_nodelay(true)?;
            println!("虚拟卡已插入{vpcd}");
            vpcd::serve(&mut Machine::open(virtual_machine), &mut reader).context("虚拟卡已拔出")
        }
        Command::VirtualKeys { file } => write_own(&file, &of_simulated_cards()),
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

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::{CommandFactory, Parser};
    use kaguan_line::{help_pages, sentence};

    #[test]
    fn a_wrong_line_and_a_help_page_are_in_chinese() {
        let said = |line: &str| {
            let told = Cli::try_parse_from(line.split(' ')).err().map(|e| sentence(&e));
            told.flatten().unwrap_or_default()
        };
        for (line, says) in [
            ("kaguan-desk run", "缺少：--server <SERVER>、--state <STATE>"),
            ("kaguan-desk card --wait long", "“--wait <WAIT>”的值“long”无效：应为整数"),
            ("kaguan-desk card --virtual-keys", "缺少：--pcsc"),
            ("kaguan-desk prob", "没有“prob”这一命令；是否为“probe”"),
        ] {
            assert!(said(line).starts_with(says), "{line}: {}", said(line));
        }
        let theirs = ["Print ", "Usage", "Options", "Commands", "Arguments", "ossible values", "[default"];
        for page in help_pages(Cli::command()) {
            assert!(!theirs.iter().any(|theirs| page.contains(theirs)), "{page}");
        }
    }
}
