//! `kaguan certify`: the conformance journeys against a partner's own system, and a signed report. A partner is called as in operation,
//! or judged by the calls that it made; it must be a test system with a test account. What proved nothing is not certified.

mod bank;
mod calls;
mod check;
mod journey;
mod others;

use crate::data_dir::DataDir;
use crate::open;
use crate::partner::now_ms;
use anyhow::{Context, bail};
use check::{Check, Outcome, Point, Report};
use clap::Args;
use journey::Journey;
use kaguan_api::reconcile::{AskSums, Range};
use kaguan_api::sign::Secret;
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::ids::{HolderId, PartnerId, PartnerKind};
use kaguan_domain::permission::Verb;
use kaguan_service::clock::TimeSource;
use kaguan_service::now_in;
use kaguan_store::journal::{DONE, Entry};
use kaguan_store::{LoadRequest, Store, Subject};
use kaguan_web::papers::Printing;
use kaguan_web::partner::{PATIENCE, SigningKey, client_of};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Whose system.
#[derive(Args)]
pub struct Certify {
    /// 合作方，种类:代码，须已登记公钥
    partner: String,
    /// 对方接口地址；缺省为登记的地址
    #[arg(long)]
    endpoint: Option<String>,
    /// 银行：测试账户的银行卡号，认证后该账户不再使用
    #[arg(long, default_value = "")]
    card: String,
    /// 银行：测试账户在本行柜面办理的业务、联动回执尚未到齐时，等候的秒数
    #[arg(long, default_value_t = 0)]
    wait: u64,
    /// 卡商：一个已完成的测试批次的批次号
    #[arg(long, default_value = "")]
    batch: String,
    /// 相片平台：一张合格相片的测试回执号
    #[arg(long, default_value = "")]
    receipt: String,
    /// 相片平台：测试回执号所属的证件号码
    #[arg(long, default_value = "")]
    number: String,
    /// 报告文件
    #[arg(long, default_value = "certificate.json")]
    out: PathBuf,
    /// 报告网页，可打印
    #[arg(long)]
    page: Option<PathBuf>,
    /// 报告PDF，可存档
    #[arg(long)]
    pdf: Option<PathBuf>,
}

/// What a bank must have done by itself with the test account, each by one of these verbs.
const COUNTER: [(Point, &[Verb]); 4] = [
    (counter("预开户回盘"), &[Verb::TakeOpeningReturn]),
    (counter("激活"), &[Verb::Activate]),
    (counter("挂失"), &[Verb::ReportTemporaryLoss, Verb::ReportFormalLoss]),
    (counter("解除挂失"), &[Verb::ReleaseLoss]),
];

const fn counter(name: &'static str) -> Point {
    Point {
        name,
        expected: "本行以测试账户至少办成一次",
        clause: "第二十三条；接入手册“认证”",
        way: "请在本行柜面以测试账户办理一次；--wait 可等候",
    }
}

/// How often the journal is looked at.
const POLL: Duration = Duration::from_secs(1);

impl Certify {
    /// Certifies; exit 1 unless every check passed.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let store = open::read(dir).await?;
        let institutions = open::institutions(&store).await?;
        let id = PartnerId::parse(&self.partner).context("合作方应写作 种类:代码")?;
        let mut partner = institutions.partner(&id).cloned().with_context(|| format!("合作方{id}未登记"))?;
        if let Some(endpoint) = &self.endpoint {
            partner.endpoint = Some(endpoint.trim_end_matches('/').to_owned());
        }
        let now = now_in(&store).await?;
        let hand = || SigningKey::at(&store, &institutions, now);
        let checks = match id.kind {
            PartnerKind::Vendor => calls::vendor(&store, &id.code, &self.batch).await?,
            PartnerKind::Online => {
                const VERBS: [Verb; 8] = [
                    Verb::Apply,
                    Verb::AskProgress,
                    Verb::ReportTemporaryLoss,
                    Verb::Replace,
                    Verb::WithdrawReplacement,
                    Verb::ReserveBankChange,
                    Verb::CallOffBankChange,
                    Verb::Enable,
                ];
                let mut checks = vec![calls::calls_signed(&store, &id).await?];
                checks.extend(calls::each(&store, &id, &VERBS).await?);
                checks
            }
            PartnerKind::Business => vec![calls::calls_signed(&store, &id).await?],
            PartnerKind::Post => {
                let verbs = [Verb::TakeLabel, Verb::TrackPost, Verb::ConfirmPost];
                calls::signed_and_done(&store, &id, &verbs).await?
            }
            PartnerKind::Terminal => {
                calls::signed_and_done(&store, &id, &[Verb::AskProgress, Verb::ChangePin]).await?
            }
            PartnerKind::Bank if partner.endpoint.is_none() => self.pulls(&store, &id).await?,
            PartnerKind::Bank
            | PartnerKind::Registers
            | PartnerKind::Ecard
            | PartnerKind::Sms
            | PartnerKind::Treasury
            | PartnerKind::Photos => {
                self.called(&store, &id, &partner, hand(), open::http(dir, PATIENCE)?).await?
            }
        };
        self.report(&partner, checks, hand())
    }

    fn report(&self, partner: &Partner, checks: Vec<Check>, hand: SigningKey) -> anyhow::Result<ExitCode> {
        let passed = !checks.is_empty() && checks.iter().all(|c| c.passed);
        let report = Report {
            partner: partner.id.to_string(),
            name: partner.name.clone(),
            endpoint: partner.endpoint.clone().unwrap_or_default(),
            at: TimeSource::Machine.now().local(),
            checks,
            passed,
        };
        let text = serde_json::to_string(&report)?;
        let signature = hand.secret.sign(text.as_bytes());
        let signed = serde_json::json!({
            "report": text, "key": hand.name, "public": hand.secret.public(), "signature": signature,
        });
        let write = |path: &PathBuf, bytes: Vec<u8>| {
            std::fs::write(path, bytes).with_context(|| format!("不能写入 {}", path.display()))
        };
        write(&self.out, serde_json::to_vec_pretty(&signed)?)?;
        if let Some(page) = &self.page {
            write(page, report.page(&signature).into_bytes())?;
        }
        if let Some(pdf) = &self.pdf {
            write(pdf, report.pdf(&signature, &Printing::default())?)?;
        }
        let verdict = if passed { "认证通过" } else { "认证未通过" };
        println!("{verdict}　{}　报告 {}", report.tally(), self.out.display());
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// A partner that is called: over its own address.
    async fn called(
        &self,
        store: &Store,
        id: &PartnerId,
        partner: &Partner,
        hand: SigningKey,
        http: reqwest::Client,
    ) -> anyhow::Result<Vec<Check>> {
        let now = now_in(store).await?;
        let nobody = SigningKey { secret: Secret::fresh(), ..hand.clone() };
        let client = client_of(&http, partner, hand, now).context("没有接口地址")?;
        let stranger = client_of(&http, partner, nobody, now).context("没有接口地址")?;
        let mut journey = Journey { client, stranger, checks: Vec::new(), next: now_ms() * 1_000 };
        match id.kind {
            PartnerKind::Bank => {
                let holder = self.holder(store).await?;
                let key = store.shared_with(&id.code);
                let whole = AskSums { ranges: vec![Range::ALL] };
                journey.common("/reconciliation/sums", &whole).await;
                let answers = async || anyhow::Ok(self.answers(store, id, holder).await?.len());
                let before = answers().await?;
                journey.checks.extend(self.counter(store, id, holder).await?);
                let later = journey.bank(&id.code, &self.card, &key).await;
                let (began, mut tick) = (std::time::Instant::now(), tokio::time::interval(POLL));
                let came = loop {
                    tick.tick().await;
                    let came = answers().await?.saturating_sub(before);
                    if came >= later || began.elapsed().as_secs() >= self.wait {
                        break came;
                    }
                };
                journey.answered(later, came, began.elapsed().as_secs());
            }
            PartnerKind::Ecard | PartnerKind::Sms | PartnerKind::Treasury => {
                journey.messages(id.kind).await;
                if id.kind == PartnerKind::Treasury {
                    journey.checks.extend(calls::each(store, id, &[Verb::PayFee]).await?);
                }
                if id.kind == PartnerKind::Ecard {
                    let calls = calls::calls_of(store, id, &[Verb::TakeECardNumber]).await?;
                    let later = calls.iter().filter(|l| l.outcome == DONE).count();
                    journey.e_card(later).await;
                }
            }
            PartnerKind::Registers => journey.registers().await,
            PartnerKind::Photos => journey.photos(&self.receipt, &self.number).await,
            PartnerKind::Vendor
            | PartnerKind::Online
            | PartnerKind::Business
            | PartnerKind::Post
            | PartnerKind::Terminal => {}
        }
        Ok(journey.checks)
    }

    /// A bank that cannot be called fetches its messages and answers them: it is judged by that.
    async fn pulls(&self, store: &Store, id: &PartnerId) -> anyhow::Result<Vec<Check>> {
        let holder = self.holder(store).await?;
        let mut checks = vec![calls::calls_signed(store, id).await?];
        checks.extend(self.counter(store, id, holder).await?);
        checks.extend(calls::each(store, id, &[Verb::FetchMessages, Verb::AnswerIntent]).await?);
        Ok(checks)
    }

    /// Whose card the test account is of.
    async fn holder(&self, store: &Store) -> anyhow::Result<Option<HolderId>> {
        if self.card.is_empty() {
            bail!("请以 --card 给出测试账户的银行卡号");
        }
        let claim = Claim { kind: ClaimKind::BankCardNumber, value: self.card.clone() };
        let want = LoadRequest { claims: vec![claim.clone()], ..LoadRequest::default() };
        Ok(store.load(&want).await?.claims.get(&claim).copied())
    }

    /// What the bank has answered about the test account, done or not: an answer to a message of the certification finds no intent.
    async fn answers(
        &self,
        store: &Store,
        id: &PartnerId,
        holder: Option<HolderId>,
    ) -> anyhow::Result<Vec<Entry>> {
        let Some(holder) = holder else { return Ok(Vec::new()) };
        let mut lines = store.entries_of(Subject::Holder(holder), 10_000).await?;
        lines.retain(|e| e.actor == id.to_string() && e.command == Verb::AnswerIntent.code());
        Ok(lines)
    }

    /// What the bank's own counters do with the test account, as the journal has it: it is judged by the calls that came.
    async fn counter(
        &self,
        store: &Store,
        id: &PartnerId,
        holder: Option<HolderId>,
    ) -> anyhow::Result<Vec<Check>> {
        const OURS: Point = Point {
            name: "测试账户由本系统的一张卡使用",
            expected: "本系统有该银行卡号的卡",
            clause: "接入手册“认证”",
            way: "请以测试环境中本行开户的一张卡作测试账户",
        };
        let Some(holder) = holder else {
            let missing = OURS.came_to(Outcome::Failed, "银行卡号", "本系统没有该银行卡号的卡");
            let rest = COUNTER.iter().map(|(point, _)| point.unproved("没有测试账户的卡"));
            return Ok([missing].into_iter().chain(rest).collect());
        };
        let me = id.to_string();
        let (began, mut tick) = (std::time::Instant::now(), tokio::time::interval(POLL));
        let mut asked = false;
        let calls = loop {
            tick.tick().await;
            let mut calls = store.entries_of(Subject::Holder(holder), 10_000).await?;
            // Answers are looked at by themselves.
            calls.retain(|e| e.actor == me && e.command != Verb::AnswerIntent.code());
            let missing: Vec<_> =
                COUNTER.iter().filter(|(_, verbs)| times(&calls, verbs) == 0).map(|(p, _)| p.name).collect();
            if missing.is_empty() || began.elapsed().as_secs() >= self.wait {
                break calls;
            }
            if !asked {
                println!("请在本行柜面以测试账户办理：{}", missing.join("、"));
                asked = true;
            }
        };
        let one = |(point, verbs): &(Point, &[Verb])| {
            let times = times(&calls, verbs);
            let outcome = if times > 0 { Outcome::Passed } else { Outcome::Unproved };
            point.came_to(outcome, "系统日志中测试账户的办理", format!("{times}次"))
        };
        let mut checks: Vec<Check> = COUNTER.iter().map(one).collect();
        checks.extend(calls::faults(store, &calls)?);
        Ok(checks)
    }
}

/// How often one of some verbs was done.
fn times(calls: &[Entry], verbs: &[Verb]) -> usize {
    calls.iter().filter(|e| e.is_done() && verbs.iter().any(|v| v.code() == e.command)).count()
}
