//! `kaguan certify`: the conformance journeys against a bank's, or another partner's, own system, and a signed
//! report. The partner is called as in operation; it must be a test system with a test account.

use crate::data_dir::DataDir;
use crate::open;
use crate::partner::now_ms;
use anyhow::{Context, bail};
use clap::Args;
use kaguan_api::client::{CallError, Client, Fault, SignedReply};
use kaguan_api::message::{
    AskChecks, Body, CheckPerson, Checks, Identities, Link, LinkAnswer, Outgoing, Taken,
};
use kaguan_api::reconcile::{AskRows, AskSums, Range, RowsOf, Sums, SumsOf};
use kaguan_api::sign::{self, Secret};
use kaguan_domain::facts::batch::BatchState;
use kaguan_domain::facts::claim::{Claim, ClaimKind};
use kaguan_domain::facts::clock::{ClockKind, Standing};
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::mirror::{BankState, Facet, Loss};
use kaguan_domain::facts::names::StageKind;
use kaguan_domain::facts::partner::Partner;
use kaguan_domain::ids::{HolderId, PartnerId, PartnerKind};
use kaguan_service::clock::TimeSource;
use kaguan_store::{BatchesAsked, LoadRequest, Store, Subject};
use kaguan_web::partner::{PATIENCE, SigningKey, client_of};
use serde::Serialize;
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
    /// 银行：测试账户在本行柜面办理的业务尚未到齐时，等候的秒数
    #[arg(long, default_value_t = 0)]
    wait: u64,
    /// 卡商：一个已完成的测试批次的批次号
    #[arg(long, default_value = "")]
    batch: String,
    /// 报告文件
    #[arg(long, default_value = "certificate.json")]
    out: PathBuf,
}

/// What a bank must have done by itself with the test account, each by one of these verbs.
const COUNTER: &[(&str, &[&str])] = &[
    ("预开户回盘", &["account_opening.take_return"]),
    ("激活", &["activation.activate"]),
    ("挂失", &["loss.report_temporary", "loss.report_formal"]),
    ("解除挂失", &["loss.release"]),
];

/// How often the journal is looked at.
const POLL: Duration = Duration::from_secs(1);

/// One check.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    passed: bool,
    detail: String,
}

/// The report; the signature is over its JSON without the signature, as it stands in `report`.
#[derive(Serialize)]
struct Report {
    partner: String,
    endpoint: String,
    at: String,
    checks: Vec<Check>,
    passed: bool,
}

struct Journey {
    client: Client,
    /// The same address, signed by a key that is nobody's.
    stranger: Client,
    checks: Vec<Check>,
    next: i64,
}

impl Journey {
    fn note(&mut self, name: &'static str, passed: bool, detail: impl Into<String>) {
        let detail = detail.into();
        println!("{}　{name}　{detail}", if passed { "通过" } else { "不通过" });
        self.checks.push(Check { name, passed, detail });
    }

    fn fresh(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    async fn send(
        client: &Client,
        path: &str,
        body: &impl Serialize,
        time: i64,
    ) -> Result<SignedReply, CallError> {
        client.call("POST", path, None, serde_json::to_vec(body).unwrap_or_default(), time).await
    }

    /// What is common to all: signatures, time, replies.
    async fn common(&mut self, path: &str, good: &impl Serialize) {
        let reply = Self::send(&self.client, path, good, now_ms()).await;
        let said = match &reply {
            Ok(r) => format!("状态{}", r.status),
            Err(e) => e.to_string(),
        };
        self.note("应答带有登记公钥的签名", reply.is_ok_and(|r| r.status == 200), said);
        let refused = |r: Result<SignedReply, CallError>| match r {
            Ok(r) => (r.status == 401, format!("状态{}", r.status)),
            Err(e) => (false, e.to_string()),
        };
        let (passed, said) = refused(Self::send(&self.stranger, path, good, now_ms()).await);
        self.note("签名不正确的请求被拒绝（401）", passed, said);
        let (passed, said) =
            refused(Self::send(&self.client.patient(7_200_000), path, good, now_ms() - 3_600_000).await);
        self.note("一小时前的请求被拒绝（401）", passed, said);
        let once = self.client.faulty(Fault::Nonce(sign::fresh_nonce()));
        let first = Self::send(&once, path, good, now_ms()).await;
        let (passed, said) = refused(Self::send(&once, path, good, now_ms()).await);
        self.note("重复使用的随机串被拒绝（401）", passed && first.is_ok_and(|r| r.status == 200), said);
        let mut other = serde_json::to_vec(good).unwrap_or_default();
        other.push(b' ');
        let (passed, said) =
            refused(Self::send(&self.client.faulty(Fault::Body(other)), path, good, now_ms()).await);
        self.note("签名后被改动的报文被拒绝（401）", passed, said);
        let reply = Self::send(&self.client, path, &"not a message", now_ms()).await;
        let passed = reply.as_ref().is_ok_and(|r| (400..500).contains(&r.status));
        let said = reply.map_or_else(|e| e.to_string(), |r| format!("状态{}", r.status));
        self.note("无法识别的报文被拒绝（4xx）", passed, said);
    }

    async fn link(&mut self, id: i64, card: &str, bank: &str, seq: u32, kind: IntentKind) -> Option<Taken> {
        let (bank, bank_card_no, kind) = (bank.into(), card.into(), kind.code().into());
        let message =
            Outgoing::new(id, &Body::Link(Link { bank, bank_card_no, seq, kind, owner: None })).ok()?;
        let reply = Self::send(&self.client, "/messages", &message, now_ms()).await.ok()?;
        (reply.status == 200).then(|| serde_json::from_slice(&reply.body).ok()).flatten()
    }

    async fn mirror(&self, key: &[u8; 32], card: &str) -> Option<BankState> {
        let slot = kaguan_api::reconcile::slot_of(key, card);
        let ask = AskRows { ranges: vec![Range { from: slot, size: 1 }] };
        let reply = Self::send(&self.client, "/reconciliation/rows", &ask, now_ms()).await.ok()?;
        let rows: RowsOf = serde_json::from_slice(&reply.body).ok()?;
        rows.rows.into_iter().find(|(p, _)| *p == slot).map(|(_, bits)| BankState::from(bits))
    }

    async fn bank(&mut self, bank: &str, card: &str, key: &[u8; 32]) {
        // Far above every number in use, so that the test account's own history does not matter.
        let base = u32::try_from(now_ms() / 1_000 - 1_700_000_000).unwrap_or(1) * 10;
        let known = |state: Option<BankState>| match state {
            Some(BankState::Known(mirror)) => Some(mirror),
            Some(BankState::Unreadable(_)) | None => None,
        };
        let loss = |state| known(state).map(|m| m.loss);
        let lost = |state| loss(state) == Some(Some(Loss::Formal));
        let said = |state: Option<BankState>| state.map_or_else(|| "查不到".to_owned(), |s| s.to_string());
        let before = self.mirror(key, card).await;
        self.note("对账可查到测试账户", before.is_some(), said(before));
        let id = self.fresh();
        self.link(id, card, bank, base, IntentKind::LoseTemporarily).await;
        let state = self.mirror(key, card).await;
        self.note("临时挂失后账户状态为临时挂失", loss(state) == Some(Some(Loss::Temporary)), said(state));
        let id = self.fresh();
        let first = self.link(id, card, bank, base + 2, IntentKind::LoseFormally).await;
        // A bank may also say later, by `intents/answers`; what it says at once is not to be a refusal.
        let done = first.as_ref().is_some_and(|t| t.answer.as_ref().is_none_or(|a| *a == LinkAnswer::Done));
        self.note("正式挂失被受理", done, format!("{first:?}"));
        let state = self.mirror(key, card).await;
        self.note("挂失后账户状态为正式挂失", lost(state), said(state));
        let again = self.link(id, card, bank, base + 2, IntentKind::LoseFormally).await;
        self.note("重复的报文得到同样的应答", again == first, format!("{again:?}"));
        let id = self.fresh();
        self.link(id, card, bank, base + 1, IntentKind::ReleaseLoss).await;
        let state = self.mirror(key, card).await;
        self.note("序号较小的迟到报文不改变状态", lost(state), said(state));
        let id = self.fresh();
        self.link(id, card, bank, base + 3, IntentKind::ReleaseLoss).await;
        let state = self.mirror(key, card).await;
        self.note("解除挂失后恢复", loss(state) == Some(None), said(state));
        let steps = [
            (IntentKind::Lock, (true, false), "换行锁定后账户被锁定"),
            (IntentKind::Restrict, (true, true), "限制不影响锁定"),
            (IntentKind::Unlock, (false, true), "解除锁定不影响限制"),
            (IntentKind::Unrestrict, (false, false), "解除限制后恢复"),
        ];
        for (n, (kind, holds, name)) in (4..).zip(steps) {
            let id = self.fresh();
            self.link(id, card, bank, base + n, kind).await;
            let state = self.mirror(key, card).await;
            let held = known(state).is_some_and(|m| (m.locked, m.restricted) == holds);
            self.note(name, held, said(state));
        }
        let state = self.mirror(key, card).await;
        self.note("往返之后恢复原状", state == before, format!("{} → {}", said(before), said(state)));
        let id = self.fresh();
        let unknown = self.link(id, "6200000000000000000", bank, 1, IntentKind::LoseFormally).await;
        self.note("未知账户的报文被拒绝", unknown.is_none(), format!("{unknown:?}"));
        self.sums(key, card).await;
        let id = self.fresh();
        self.link(id, card, bank, base + 8, IntentKind::Close).await;
        let state = self.mirror(key, card).await;
        self.note(
            "注销后账户状态为已销户",
            known(state).is_some_and(|m| m.account == Facet::Closed),
            said(state),
        );
    }

    /// What every register is asked about an application besides the checks: other numbers and documents of the same person. The
    /// person asked about is invented, so that nobody is looked up.
    async fn registers(&mut self) {
        let ask = AskChecks { people: vec![invented()] };
        let reply = Self::send(&self.client, "/checks", &ask, now_ms()).await;
        let found = read::<Checks>(&reply).filter(|c| c.checks.len() == 1);
        self.note("核验按人逐一应答", found.is_some(), said_of(&reply));
        let reply = Self::send(&self.client, "/identities", &ask, now_ms()).await;
        if reply.as_ref().is_ok_and(|r| r.status == 404) {
            // Whoever has no such interface is taken to know no others.
            return self.note("同一人的其他号码和证件：没有此接口，视为均无", true, said_of(&reply));
        }
        let found = read::<Identities>(&reply).filter(|f| f.people.len() == 1);
        self.note("同一人的其他号码和证件按人逐一应答", found.is_some(), said_of(&reply));
        let nobody = found.is_some_and(|f| f.people.iter().all(Vec::is_empty));
        self.note("查无此人的，不给出其他号码和证件", nobody, "");
        let none = AskChecks { people: Vec::new() };
        let reply = Self::send(&self.client, "/identities", &none, now_ms()).await;
        let found = read::<Identities>(&reply).filter(|f| f.people.is_empty());
        self.note("不问任何人的，应答为空", found.is_some(), said_of(&reply));
    }

    /// The sums of every range on the way down to the account must be those of its parts.
    async fn sums(&mut self, key: &[u8; 32], card: &str) {
        let slot = kaguan_api::reconcile::slot_of(key, card);
        let (mut range, mut above, mut fits, mut levels) = (Range::ALL, None::<Sums>, true, 0);
        while range.size >= 16 && fits {
            let ask = AskSums { ranges: vec![range] };
            let reply = Self::send(&self.client, "/reconciliation/sums", &ask, now_ms()).await.ok();
            let parts = reply.and_then(|r| serde_json::from_slice::<SumsOf>(&r.body).ok());
            let Some(parts) = parts.and_then(|s| s.sums.into_iter().next()) else {
                fits = false;
                break;
            };
            let total = parts.iter().fold(Sums::default(), |a, b| Sums {
                cards: a.cards + b.cards,
                low: a.low + b.low,
                high: a.high + b.high,
            });
            fits = above.is_none_or(|a| a == total);
            let at = ((slot - range.from) / (range.size / 16)) as usize;
            (above, levels) = (parts.get(at).copied(), levels + 1);
            range = Range { from: range.from + at as i64 * (range.size / 16), size: range.size / 16 };
        }
        let one = above.is_some_and(|s| s.cards >= 1);
        self.note("各级区间之和与其部分相符", fits && one, format!("{levels}级"));
    }
}

/// Somebody whom no register has: the division 449999 is nobody's.
fn invented() -> CheckPerson {
    let number = kaguan_files::sample::citizen_number("449999", jiff::civil::date(1900, 1, 1), 1);
    CheckPerson { document_number: number.clone(), number, name: "认证".into() }
}

fn read<T: serde::de::DeserializeOwned>(reply: &Result<SignedReply, CallError>) -> Option<T> {
    let reply = reply.as_ref().ok().filter(|r| r.status == 200)?;
    serde_json::from_slice(&reply.body).ok()
}

fn said_of(reply: &Result<SignedReply, CallError>) -> String {
    reply.as_ref().map_or_else(ToString::to_string, |r| format!("状态{}", r.status))
}

impl Certify {
    /// Certifies; exit 1 when a check fails.
    pub async fn run(&self, dir: &DataDir) -> anyhow::Result<ExitCode> {
        let store = open::read(dir).await?;
        let institutions = open::institutions(&store).await?;
        let id = PartnerId::parse(&self.partner).context("合作方应写作 种类:代码")?;
        let mut partner = institutions.partner(&id).cloned().with_context(|| format!("合作方{id}未登记"))?;
        if let Some(endpoint) = &self.endpoint {
            partner.endpoint = Some(endpoint.trim_end_matches('/').to_owned());
        }
        let (endpoint, checks) = if id.kind == PartnerKind::Vendor {
            (String::new(), self.vendor(&store, &id.code).await?)
        } else {
            let hand = SigningKey::at(&store, &institutions, TimeSource::Machine.now());
            self.called(&store, &id, &partner, hand, open::http(dir, PATIENCE)?).await?
        };
        let passed = checks.iter().all(|c| c.passed);
        let report = Report {
            partner: id.to_string(),
            endpoint,
            at: TimeSource::Machine.now().local(),
            checks,
            passed,
        };
        let text = serde_json::to_string(&report)?;
        let hand = SigningKey::at(&store, &institutions, TimeSource::Machine.now());
        let signed = serde_json::json!({
            "report": text, "key": hand.name, "public": hand.secret.public(),
            "signature": hand.secret.sign(text.as_bytes()),
        });
        std::fs::write(&self.out, serde_json::to_vec_pretty(&signed)?)
            .with_context(|| format!("不能写入 {}", self.out.display()))?;
        println!("{}　报告 {}", if passed { "认证通过" } else { "认证未通过" }, self.out.display());
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
    ) -> anyhow::Result<(String, Vec<Check>)> {
        let endpoint = partner.endpoint.clone().context("没有接口地址")?;
        let now = TimeSource::Machine.now();
        let nobody = SigningKey { secret: Secret::fresh(), ..hand.clone() };
        let client = client_of(&http, partner, hand, now).context("没有接口地址")?;
        let stranger = client_of(&http, partner, nobody, now).context("没有接口地址")?;
        let mut journey = Journey { client, stranger, checks: Vec::new(), next: now_ms() * 1_000 };
        match id.kind {
            PartnerKind::Bank => {
                if self.card.is_empty() {
                    bail!("请以 --card 给出测试账户的银行卡号");
                }
                let key = store.shared_with(&id.code);
                let whole = AskSums { ranges: vec![Range::ALL] };
                journey.common("/reconciliation/sums", &whole).await;
                self.counter(store, &id.code, &mut journey).await?;
                journey.bank(&id.code, &self.card, &key).await;
            }
            PartnerKind::Ecard | PartnerKind::Sms | PartnerKind::Treasury => {
                let body = serde_json::json!({ "card": 0, "state": "normal", "to": "", "text": "认证" });
                let message =
                    Outgoing { id: journey.fresh(), kind: format!("{}.test", id.kind.code()), body };
                journey.common("/messages", &message).await;
                let again = Journey::send(&journey.client, "/messages", &message, now_ms()).await;
                let passed = again.is_ok_and(|r| r.status == 200);
                journey.note("重复的报文得到同样的应答", passed, "");
            }
            PartnerKind::Registers => {
                let ask = AskChecks { people: Vec::new() };
                journey.common("/checks", &ask).await;
                journey.registers().await;
            }
            PartnerKind::Vendor | PartnerKind::Online | PartnerKind::Business => {
                bail!("{}只呼叫本系统，不被呼叫：请对照接入手册自测", id.kind.name())
            }
        }
        Ok((endpoint, journey.checks))
    }

    /// What the bank's own counters do with the test account, as the journal has it: it is judged by the calls that came.
    async fn counter(&self, store: &Store, code: &str, journey: &mut Journey) -> anyhow::Result<()> {
        let claim = Claim { kind: ClaimKind::BankCardNumber, value: self.card.clone() };
        let want = LoadRequest { claims: vec![claim.clone()], ..LoadRequest::default() };
        let holder = store.load(&want).await?.claims.get(&claim).copied();
        let Some(holder) = holder else {
            journey.note("测试账户由本系统的一张卡使用", false, "本系统没有该银行卡号的卡");
            return Ok(());
        };
        let me = format!("bank:{code}");
        let (began, mut tick) = (std::time::Instant::now(), tokio::time::interval(POLL));
        let mut asked = false;
        let (calls, missing) = loop {
            tick.tick().await;
            let mut calls = store.entries_of(Subject::Holder(holder), 10_000).await?;
            calls.retain(|e| e.actor == me);
            let came = |verbs: &[&str]| calls.iter().any(|e| e.is_done() && verbs.contains(&&*e.command));
            let missing: Vec<_> =
                COUNTER.iter().filter(|(_, verbs)| !came(verbs)).map(|(name, _)| *name).collect();
            if missing.is_empty() || began.elapsed().as_secs() >= self.wait {
                break (calls, missing);
            }
            if !asked {
                println!("请在本行柜面以测试账户办理：{}", missing.join("、"));
                asked = true;
            }
        };
        for (name, verbs) in COUNTER {
            let times = calls.iter().filter(|e| e.is_done() && verbs.contains(&&*e.command)).count();
            journey.note(name, !missing.contains(name), format!("{times}次"));
        }
        let mut changed = 0;
        for e in calls.iter().filter(|e| e.is_done()) {
            changed += store.holder_events(e)?.iter().filter(|e| !e.changed_fields().is_empty()).count();
        }
        journey.note("没有改动下发字段", changed == 0, format!("{changed}行"));
        // A call that is sent again under its own key gets its answer, and no line; under another key it is refused.
        let refused: Vec<_> =
            calls.iter().filter(|e| !e.is_done()).map(|e| format!("{} {}", e.command, e.outcome)).collect();
        journey.note("重发使用原请求编号，没有被拒绝的请求", refused.is_empty(), refused.join("、"));
        Ok(())
    }

    /// A vendor calls and is not called: it is judged by what it sent for a test batch, as the journal has it.
    async fn vendor(&self, store: &Store, code: &str) -> anyhow::Result<Vec<Check>> {
        let theirs = BatchesAsked { vendor: Some(code), ..BatchesAsked::default() };
        let batches = store.batches(theirs, i64::MAX).await?;
        let row = batches.iter().find(|b| b.batch.number == self.batch);
        let id =
            row.with_context(|| format!("没有卡商{code}的批次“{}”，请以 --batch 给出批次号", self.batch))?.id;
        let want = LoadRequest { batches: vec![id], tally: Some(id), ..LoadRequest::default() };
        let file = store.load(&want).await?.batches.remove(&id).context("没有该批次")?;
        let batch = file.batch.as_ref().context("没有该批次")?;
        let mut checks = Vec::new();
        let mut note = |name, passed: bool, detail: String| {
            println!("{}　{name}　{detail}", if passed { "通过" } else { "不通过" });
            checks.push(Check { name, passed, detail });
        };
        note("全部数据已回盘", matches!(batch.state, BatchState::Made { .. }), batch.state.name().to_owned());
        let t = &file.tally;
        note(
            "每行都有结论",
            t.opened == 0 && t.made > 0,
            format!("制成{}，失败{}，未回{}", t.made, t.production_failed, t.opened),
        );
        let packed: i64 = file.boxes.iter().map(|b| b.cards).sum();
        note("装箱张数与制成张数相符", packed == t.made, format!("装箱{packed}，制成{}", t.made));
        let left =
            file.boxes.iter().filter(|b| b.on_the_way.is_some() || !matches!(b.keeper, Party::Vendor(_)));
        let left = left.count();
        note("成品卡已全部交付", left == file.boxes.len(), format!("{left}/{}箱", file.boxes.len()));
        let clock = batch.clocks.iter().find(|c| c.kind == ClockKind::VendorMaking);
        let standing = clock.map(|c| c.standing(TimeSource::Machine.now().date()));
        let said = standing.map_or("未计时".to_owned(), |s| s.name().to_owned());
        note("6个工作日内完成", standing == Some(Standing::Kept), said);
        let (mut refused, mut changed) = (0, 0);
        let me = format!("vendor:{code}");
        for line in store.entries_of(Subject::Batch(id), 100_000).await?.iter().filter(|l| l.actor == me) {
            refused += usize::from(!line.is_done());
        }
        let mut after = HolderId(i64::MIN);
        loop {
            let rows = store.batch_people(id, StageKind::ProductionFailed, after, 500).await?;
            let Some(last) = rows.last() else { break };
            after = last.holder;
            for row in &rows {
                for line in
                    store.entries_of(Subject::Holder(row.holder), 20).await?.iter().filter(|l| l.actor == me)
                {
                    if line.is_done() {
                        changed += store
                            .holder_events(line)?
                            .iter()
                            .filter(|e| !e.changed_fields().is_empty())
                            .count();
                    }
                }
            }
        }
        note("没有改动下发字段", changed == 0, format!("{changed}行"));
        note("没有被拒绝的批次请求", refused == 0, format!("{refused}次"));
        Ok(checks)
    }
}
