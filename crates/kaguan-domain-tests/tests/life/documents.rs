//! Documents that are made from the code: the list of refusals, and what happens to the old card at each step. They are
//! checked in; `cargo xtask documents` writes them again.

use crate::person::{HR, NEW_BANK, OLD, Scene, checks, shown};
use crate::stated;
use kaguan_domain::cancellation::RecordAccountClosed;
use kaguan_domain::clause;
use kaguan_domain::collection::HandOver;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{ExchangeReason, Purpose, Stage};
use kaguan_domain::facts::card::{Account, Card, Social};
use kaguan_domain::facts::custody::{Custody, RecallReason};
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, BankCode, OrgId};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::{Release, ReportFormal};
use kaguan_domain::recall::{Destroy, TakeBack};
use kaguan_domain::refusal::{Reason, Retry};
use kaguan_domain::replacement::bank_change::{Approve, Reserve};
use kaguan_domain::replacement::{Replace, Withdraw};
use std::fmt::Write;
use std::path::PathBuf;

/// Compares a document with what is checked in, or writes it when asked to.
fn published(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/regulation").join(name);
    if std::env::var_os("KAGUAN_WRITE_DOCUMENTS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "docs/regulation/{name} is stale: run `cargo xtask documents`");
}

#[test]
fn the_list_of_refusals_is_published_in_the_order_of_precedence() {
    let mut text = String::from(
        "# 不予办理清单\n\n由代码生成（`cargo xtask documents`）。同时符合多项时，只告知排在前面的一项；材料不齐全或不符合规范的各项一次性全部告知。\n\n\
         | 次序 | 代码 | 说明 | 依据 | 原样重试 | 解决途径 |\n|---|---|---|---|---|---|\n",
    );
    for (n, r) in Reason::ALL.iter().enumerate() {
        let retry = match r.retry() {
            Retry::No => "无效",
            Retry::Later => "稍后可能办成",
        };
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {retry} | {} |",
            n + 1,
            r.code(),
            r.says(),
            r.clause().cite(),
            r.way_out()
        );
    }
    published("refusals.md", &text);
}

fn replace(purpose: Purpose, outlet: OrgId) -> Box<Replace> {
    Box::new(Replace {
        id: ApplicationId(2),
        purpose,
        form_no: "44010000002".into(),
        changes: Box::new(kaguan_domain::facts::form::FormDraft::collected()),
        photo: None,
        outlet,
        collect_at: HR,
        agent: None,
        consent: Some(kaguan_domain::facts::application::Consent {
            text_version: "2022".into(),
            by_guardian: false,
        }),
        checks: checks(),
        presented: stated::presented(),
        proof: None,
    })
}

fn state(card: Option<&Card>) -> String {
    let Some(c) = card else { return "—".into() };
    let social = match c.social {
        Social::NotEnabled => "未启用",
        Social::Enabled { .. } => "启用",
        Social::Cancelled { .. } => "注销",
    };
    let custody = match &c.custody {
        Custody::WithHolder { .. } => "持卡人",
        Custody::Recalled { .. } => "回收在库",
        Custody::Destroyed { .. } => "销毁",
        _ => "网点",
    };
    let holds: Vec<&str> = c.holds.iter().map(|h| h.name()).collect();
    let works = if c.in_force() { "可用" } else { "不可用" };
    format!("{social}，{works}，{custody} {}", holds.join("、")).trim().to_owned()
}

fn account(card: &Card) -> String {
    let account = match card.account {
        Account::PreOpened => "预开户",
        Account::Active { .. } => "激活",
        Account::Closed { .. } => "注销",
    };
    let open = |i: &&kaguan_domain::facts::intent::Intent| !i.is_over();
    let intents: Vec<&str> = card.intents.iter().filter(open).map(|i| i.kind.name()).collect();
    if intents.is_empty() {
        account.into()
    } else {
        format!("{account}；待银行：{}", intents.join("、"))
    }
}

/// A step, and a line of the table after it.
fn line(text: &mut String, s: &mut Scene, step: &str) {
    let new = s.file.cards.get(1);
    let withdraw = C::Withdraw(Withdraw { application: ApplicationId(2) });
    let release = C::ReleaseLoss(Release { card: OLD, verified: true, deputy: None });
    let yes = |can: bool| if can { "可" } else { "不可" };
    let (may_withdraw, may_release) = (s.may(&withdraw), s.may(&release));
    let _ = writeln!(
        text,
        "| {step} | {} | {} | {} | {} | {} |",
        state(Some(s.old())),
        account(s.old()),
        state(new),
        yes(may_withdraw),
        yes(may_release)
    );
}

/// An outlet of the old bank.
const OLD_BANK: OrgId = OrgId(4);

fn bank_answers(s: &mut Scene) {
    let open: Vec<u32> = s.old().intents.iter().filter(|i| !i.is_over()).map(|i| i.seq).collect();
    for seq in open {
        s.done(C::AnswerIntent(AnswerIntent { card: OLD, seq, answer: BankAnswer::Done }));
    }
}

/// From the filed application to the end of the old card.
fn to_the_end(text: &mut String, s: &mut Scene, bank: &str) {
    line(text, s, "已申请");
    if !s.file.applications[1].fee.is_settled() {
        s.done(C::PayFee(Pay::of_one_card(ApplicationId(2), 1, s.now)));
        line(text, s, "已缴费");
    }
    let new = s.card_made(ApplicationId(2), bank);
    assert!(matches!(s.file.applications[1].stage, Stage::Made { .. }));
    line(text, s, "新卡制成，待领");
    let old_card_back = s.old().loss().is_none() && s.file.bank_change().is_none();
    s.done(C::HandOver(HandOver { old_card_back, ..stated::handed_to_holder(new, HR, shown()) }));
    line(text, s, "领取新卡");
    bank_answers(s);
    line(text, s, "银行办结");
    let settle = RecordAccountClosed { card: OLD, settled: true, given_back_at: Some(OLD_BANK) };
    if s.file.left_for_another_bank(s.old()) {
        s.done(C::RecordAccountClosed(settle));
        line(text, s, "原银行结转销户并收回旧卡");
    }
    if matches!(s.old().custody, Custody::Recalled { .. }) {
        s.done(C::Destroy(Destroy { card: OLD }));
        line(text, s, "销毁旧卡");
    } else if s.may(&C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Exchanged, at: HR })) {
        s.done(C::TakeBack(TakeBack { card: OLD, reason: RecallReason::Exchanged, at: HR }));
        line(text, s, "旧卡寻回后交回");
    }
}

#[test]
fn what_happens_to_the_old_card_at_each_step_is_published() {
    clause!(R27.4);
    let head = "\n| 步骤 | 旧卡 | 旧卡账户 | 新卡 | 撤销申请 | 解除挂失 |\n|---|---|---|---|---|---|\n";
    let mut text = String::from(
        "# 补换卡各步骤中旧卡、旧账户与新卡的状态\n\n由代码生成（`cargo xtask documents`）：逐步执行规则后记录。挂失、锁定在本系统即时生效，账户由银行联动办理。\n",
    );
    let mut s = Scene::with_card();
    let _ = write!(text, "\n## 补卡\n{head}");
    line(&mut text, &mut s, "正常使用");
    s.done(C::ReportFormalLoss(ReportFormal { card: OLD, verified: true, deputy: None }));
    line(&mut text, &mut s, "正式挂失");
    bank_answers(&mut s);
    s.done(C::Replace(replace(Purpose::Reissue { old: OLD }, HR)));
    to_the_end(&mut text, &mut s, "95588");

    let mut s = Scene::with_card();
    let _ = write!(text, "\n## 换卡\n{head}");
    line(&mut text, &mut s, "正常使用");
    let reason = ExchangeReason::Damaged { by_human: true };
    s.done(C::Replace(replace(Purpose::Exchange { old: OLD, reason }, HR)));
    to_the_end(&mut text, &mut s, "95588");

    let mut s = Scene::with_card();
    let _ = write!(text, "\n## 变更服务银行\n{head}");
    line(&mut text, &mut s, "正常使用");
    s.done(C::ReserveBankChange(Reserve { card: OLD, to: BankCode("95533".into()) }));
    line(&mut text, &mut s, "预约");
    s.done(C::ApproveBankChange(Approve { refused: None }));
    line(&mut text, &mut s, "原银行审核通过");
    s.done(C::CarryOutBankChange(Box::new(stated::carried_out_by_holder(
        Replace { collect_at: NEW_BANK, ..*replace(Purpose::BankChange { old: OLD }, NEW_BANK) },
        shown(),
    ))));
    line(&mut text, &mut s, "新银行现场办理，锁定旧卡");
    bank_answers(&mut s);
    to_the_end(&mut text, &mut s, "95533");
    published("old-card.md", &text);
}
