//! `kaguan officer`: accounts, for the operator. In the console two administrators do the same.

use crate::data_dir::DataDir;
use crate::open;
use crate::server_line::ServerLine;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use kaguan_domain::facts::institution::{Institutions, Officer, Role};
use kaguan_domain::ids::OfficerId;
use kaguan_domain::institution::{InstitutionCommand, NewOfficer, judge_login};
use kaguan_service::Command;
use std::process::ExitCode;

/// Arguments of `kaguan officer`.
#[derive(Args)]
pub struct Officers {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 新增人员；一次性密码只显示一次，首次登录须修改，七天内有效
    Add {
        #[command(flatten)]
        who: Login,
        /// 姓名
        #[arg(long, value_name = "姓名")]
        name: String,
        /// 岗位：名称（如系统管理员）或代码
        #[arg(long, value_parser = role, value_name = "岗位")]
        role: Role,
        /// 所属机构的机构编码，14位
        #[arg(long, value_name = "机构编码")]
        org: String,
    },
    /// 人员名单
    List,
    /// 停用；立即生效，已登录的随即退出
    Stop {
        #[command(flatten)]
        who: Login,
        /// 停用理由
        #[arg(long, value_name = "理由")]
        reason: String,
    },
    /// 重置动态口令：手机或验证器遗失的，重置后由本人重新绑定
    ResetCode {
        #[command(flatten)]
        who: Login,
    },
    /// 重置登录密码；一次性密码只显示一次，首次登录须修改，七天内有效
    Reset {
        #[command(flatten)]
        who: Login,
    },
}

/// Whose account: the same in every command; `--login` is said instead in scripts of earlier days.
#[derive(Args)]
struct Login {
    /// 登录名：2至32位小写字母、数字或._-
    #[arg(value_name = "登录名", required_unless_present = "login")]
    who: Option<String>,
    #[arg(long, hide = true, value_name = "登录名", conflicts_with = "who")]
    login: Option<String>,
}

impl Login {
    fn name(&self) -> &str {
        self.who.as_deref().or(self.login.as_deref()).unwrap_or_default()
    }
}

/// A role by what officers call it, or by its code.
fn role(said: &str) -> Result<Role, String> {
    let named = Role::ALL.into_iter().find(|role| role.name() == said);
    let all: Vec<_> = Role::ALL.iter().map(|r| format!("{}（{}）", r.name(), r.code())).collect();
    named.or_else(|| Role::from_code(said)).ok_or_else(|| format!("岗位应为：{}", all.join("、")))
}

/// A one-time password, and its PHC string.
pub fn fresh_password() -> anyhow::Result<(String, String)> {
    let password = kaguan_web::one_time_password().context("不能取得随机数")?;
    let hash = kaguan_web::hash_password(&password).context("不能生成密码摘要")?;
    Ok((password, hash))
}

fn of<'a>(institutions: &'a Institutions, login: &str) -> anyhow::Result<&'a Officer> {
    institutions.officer_by_login(login).with_context(|| format!("没有登录名为{login}的人员"))
}

/// Gives commands one after the other.
async fn give(dir: &DataDir, commands: Vec<InstitutionCommand>) -> anyhow::Result<()> {
    ServerLine::with(dir, "officer", async |line| {
        for command in commands {
            line.execute(Command::Institution(command)).await?;
        }
        Ok(())
    })
    .await
}

fn say(dir: &DataDir, officer: &str, password: Option<&str>, done: &str) {
    match (dir.json, password) {
        (true, _) => println!("{}", serde_json::json!({ "login": officer, "one_time_password": password })),
        (false, Some(password)) => {
            println!("{done}：{officer}　一次性密码 {password}（只显示这一次；首次登录须修改，七天内有效）");
        }
        (false, None) => println!("{done}：{officer}"),
    }
}

impl Officers {
    /// Does it.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        // Reads only: a server that writes here goes on writing.
        let institutions = open::institutions(&open::read(dir).await?).await?;
        match &self.what {
            What::List => list(dir, &institutions),
            What::Add { who, name, role, org } => {
                let login = who.name();
                if let Err(wrong) = judge_login(login) {
                    bail!("{}", wrong.sentence());
                }
                let org =
                    institutions.org_by_code(org).with_context(|| format!("没有机构编码为{org}的机构"))?;
                let (password, password_hash) = fresh_password()?;
                let mut eight = [0; 8];
                getrandom::fill(&mut eight).context("不能取得随机数")?;
                let id = OfficerId((i64::from_be_bytes(eight) & i64::MAX).max(1));
                let (name, role, org) = (name.clone(), *role, org.id);
                let new =
                    NewOfficer { id, login: login.to_owned(), name, role, org, password_hash: "-".into() };
                let reset = InstitutionCommand::ResetPassword { officer: id, password_hash };
                give(dir, vec![InstitutionCommand::AddOfficer(new), reset]).await?;
                say(dir, login, Some(&password), "已新增");
            }
            What::Stop { who, reason } => {
                let login = who.name();
                let officer = of(&institutions, login)?.id;
                give(dir, vec![InstitutionCommand::StopOfficer { officer, reason: reason.clone() }]).await?;
                say(dir, login, None, "已停用");
            }
            What::ResetCode { who } => {
                let login = who.name();
                let officer = of(&institutions, login)?.id;
                give(dir, vec![InstitutionCommand::ResetSecondFactor { officer }]).await?;
                say(dir, login, None, "已重置动态口令");
            }
            What::Reset { who } => {
                let login = who.name();
                let officer = of(&institutions, login)?.id;
                let (password, password_hash) = fresh_password()?;
                give(dir, vec![InstitutionCommand::ResetPassword { officer, password_hash }]).await?;
                say(dir, login, Some(&password), "已重置");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(dir: &DataDir, institutions: &Institutions) {
    for o in institutions.officers() {
        let org = institutions.org(o.org).map_or("", |org| org.code.as_str());
        let one_time = institutions.sign_in_of(o.id).one_time.is_some();
        if dir.json {
            let (login, name, role, active) = (&o.login, &o.name, o.role.code(), o.active);
            println!(
                "{}",
                serde_json::json!({ "login": login, "name": name, "role": role, "org": org, "active": active, "one_time": one_time })
            );
        } else {
            let state = match (o.active, one_time) {
                (false, _) => "已停用",
                (true, true) => "一次性密码",
                (true, false) => "在用",
            };
            println!("{:<20} {}　{}　{org}　{state}", o.login, o.name, o.role.name());
        }
    }
}
