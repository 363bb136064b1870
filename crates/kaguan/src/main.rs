//! `kaguan`, the social security card management system (省卡管系统).

#[macro_use]
extern crate kaguan_line;

mod archive;
mod bench;
mod blanks;
mod certify;
mod check;
mod control;
mod counter;
mod data_dir;
mod demo;
mod duties;
mod heads;
mod holidays;
mod import;
mod letters;
mod life;
mod listen;
mod load;
mod migrate;
mod officer;
mod open;
mod outlets;
mod page;
mod partner;
mod progress;
mod proxy;
mod reconcile;
mod recover;
mod register;
mod report;
mod sample;
mod sandbox;
mod send;
mod serve;
mod server_line;
mod sim;
mod simulate;
mod tls;
mod walk;
mod witness;

use clap::{Parser, Subcommand};
use data_dir::DataDir;
use kaguan_service::Failure;
use std::process::ExitCode;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A round's many small rows are allocated on one thread and freed on another, which the C library's allocator locks
/// for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "kaguan", version, about = "广东省社会保障卡管理系统（省卡管系统）")]
struct Cli {
    #[command(flatten)]
    dir: DataDir,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 演示：建省、造文件、导入、制卡、分发、领取、启用，核对日志
    Demo(demo::Demo),
    /// 生成合成的 SBK2 批量申请文件
    Sample(sample::SampleArgs),
    /// 核验并接收一个 SBK2 批量申请文件
    Import(import::Import),
    /// 核验并重放日志；或出具、核验单条日志的证明
    Check(check::Check),
    /// 恢复：数据库比已知的日志末端短时，说明损失；确已无法取回的，接受后继续
    Recover(recover::Recover),
    /// 见证：由另一机构留存日志末端，只对只增不减的日志加签
    Witness(witness::Witness),
    /// 按社会保障号码查询制卡进度
    Progress(progress::Progress),
    /// 载入放假通知（只改动所列日期），列出并重新计算受影响的时限
    Holidays(holidays::Holidays),
    /// 银行网点表：机构编码与银行的网点编码（附件7“收表网点”）
    Outlets(outlets::Outlets),
    /// 人员：新增、名单、停用、重置密码
    Officer(officer::Officers),
    /// 按制卡批次输出成品卡台账（CSV 或 JSON），供归档
    Register(register::Register),
    /// 模拟一个城市若干年的业务；同一种子结果相同
    Simulate(simulate::Simulate),
    /// 值守：办理今日到期的事项（逾期未领、有效期将满、联动无应答等），重复执行不重复办理
    Duties(duties::Duties),
    /// 通报与统计：银行、卡商时效，发行，回收，时限（CSV 或 xlsx）
    Report(report::Report),
    /// 业务档案：归档、查阅、到期销毁
    Archive(archive::Archive),
    /// 预制卡：申请、生成数据、出入库、盘点、作废
    Blanks(blanks::Blanks),
    /// 合作方：登记、公钥、签名调用、对账
    Partner(partner::Partner),
    /// 认证：以真实报文检验合作方自己的系统，出具签名报告
    Certify(certify::Certify),
    /// 联调环境：建立一个省，每种状态若干张测试卡，列出卡号；--reset 重新建立
    Sandbox(sandbox::Sandbox),
    /// 模拟合作方，独立进程：银行、卡商、核验系统、电子社保卡平台、短信、财政
    Sim(sim::Sim),
    /// 启动控制台与合作方接口
    Serve(serve::Serve),
    /// 性能比值，各与同次运行的基线对照
    Bench(bench::Bench),
    /// 建立或升级数据库
    Migrate {
        /// 建成试用环境：未登记的合作方由模拟程序代替，不得用于实际业务；只用于空的数据库
        #[arg(long)]
        simulate: bool,
    },
    /// 压力：逐人申请，每确认一人输出一行；供崩溃试验使用
    #[command(hide = true)]
    Load(load::Load),
}

/// What is logged: `KAGUAN_LOG` has a level, or levels by module (`warn,kaguan_web=debug`); warnings when it is not set or makes no sense.
fn logged(asked: Option<&str>) -> Targets {
    asked.and_then(|a| a.parse().ok()).unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN))
}

/// What this process makes is its owner's alone, and it may have as many connections as the system allows. What is in its memory is nobody's:
/// it leaves no core dump, to a file or to a program, and other processes of its owner cannot look into it.
fn settle() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
    umask(rustix::fs::Mode::from_raw_mode(0o077));
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    // Where it may not, it does with what it has.
    let _ = setrlimit(Resource::Nofile, files);
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[tokio::main]
async fn main() -> ExitCode {
    settle();
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(logged(std::env::var("KAGUAN_LOG").ok().as_deref()))
        .init();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => return kaguan_line::tell(&told),
    };
    let outcome = match cli.command {
        Command::Demo(demo) => demo.run(&cli.dir).await,
        Command::Sample(sample) => sample.run(&cli.dir),
        Command::Import(import) => import.run(&cli.dir).await,
        Command::Check(check) => check.run(&cli.dir).await,
        Command::Recover(recover) => recover.run(&cli.dir).await,
        Command::Witness(witness) => witness.run(cli.dir.json).await,
        Command::Progress(progress) => progress.run(&cli.dir).await,
        Command::Holidays(holidays) => holidays.run(&cli.dir).await,
        Command::Outlets(outlets) => outlets.run(&cli.dir).await,
        Command::Officer(officers) => officers.run(&cli.dir).await,
        Command::Register(register) => register.run(&cli.dir).await,
        Command::Simulate(simulate) => simulate.run(&cli.dir).await,
        Command::Duties(duties) => duties.run(&cli.dir).await,
        Command::Report(report) => report.run(&cli.dir).await,
        Command::Archive(archive) => archive.run(&cli.dir).await,
        Command::Blanks(blanks) => blanks.run(&cli.dir).await,
        Command::Partner(partner) => partner.run(&cli.dir).await,
        Command::Certify(certify) => certify.run(&cli.dir).await,
        Command::Sandbox(sandbox) => sandbox.run(&cli.dir).await,
        Command::Sim(sim) => sim.run().await,
        Command::Serve(serve) => serve.run(&cli.dir).await,
        Command::Bench(bench) => bench.run(&cli.dir).await,
        Command::Load(load) => load.run(&cli.dir).await,
        Command::Migrate { simulate } => migrate::run(&cli.dir, simulate).await,
    };
    outcome.unwrap_or_else(|e| {
        let listed = defects(&e);
        if cli.dir.json {
            println!("{}", serde_json::json!({ "error": format!("{e:#}"), "defects": listed }));
        } else {
            eprintln!("错误：{e:#}");
            listed.iter().for_each(|defect| eprintln!("  {defect}"));
        }
        ExitCode::FAILURE
    })
}

/// Everything that a refusal lists: its sentence asks for all of it to be mended.
fn defects(e: &anyhow::Error) -> Vec<String> {
    let refusal = e.chain().find_map(|e| e.downcast_ref::<Failure>()?.refusal());
    refusal.map(|r| r.defects.iter().map(|d| d.message.clone()).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::{CommandFactory, Parser};
    use kaguan_line::{help_pages, sentence};

    fn said(line: &str) -> String {
        let told = Cli::try_parse_from(line.split(' ')).err().map(|e| sentence(&e));
        told.flatten().unwrap_or_default()
    }

    #[test]
    fn a_wrong_line_is_answered_in_chinese() {
        for (line, says) in [
            ("kaguan officer add lisi", "缺少：--name <姓名>、--role <岗位>、--org <机构编码>"),
            ("kaguan officer reset", "缺少：<登录名>"),
            ("kaguan officer reset lisi --name 李四", "没有“--name”这一参数"),
            ("kaguan officer resett lisi", "没有“resett”这一命令；是否为“reset-code”或“reset”"),
            ("kaguan demo --people many", "“--people <PEOPLE>”的值“many”无效：应为整数"),
            (
                "kaguan serve --listen here",
                "“--listen <LISTEN>”的值“here”无效：应为网络地址，如127.0.0.1:8018",
            ),
            (
                "kaguan officer add lisi --name 李四 --role nobody --org 1",
                "“--role <岗位>”的值“nobody”无效：岗位应为：",
            ),
        ] {
            assert!(said(line).starts_with(says), "{line}: {}", said(line));
            let words = said(line);
            assert!(!words.contains("error") && !words.contains("invalid"), "{words}");
        }
    }

    #[test]
    fn a_login_is_given_in_the_same_way_to_all_that_ask_for_one() {
        let rest = "--name 李四 --role 系统管理员 --org 44000000000001";
        for line in [
            format!("kaguan officer add lisi {rest}"),
            format!("kaguan officer add --login lisi {rest}"),
            "kaguan officer reset lisi".to_owned(),
            "kaguan officer reset --login lisi".to_owned(),
            "kaguan officer reset-code lisi".to_owned(),
            "kaguan officer reset-code --login lisi".to_owned(),
            "kaguan officer stop lisi --reason 离职".to_owned(),
            "kaguan officer stop --login lisi --reason 离职".to_owned(),
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}: {}", said(&line));
        }
        assert!(said("kaguan officer reset lisi --login wang").contains("不能与"));
    }

    #[test]
    fn a_help_page_has_no_english_between_our_words() {
        let theirs = ["Print ", "Usage", "Options", "Commands", "Arguments", "ossible values", "[default"];
        for page in help_pages(Cli::command()) {
            assert!(!theirs.iter().any(|theirs| page.contains(theirs)), "{page}");
        }
    }
}
