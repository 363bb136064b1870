//! 即时制卡 (Article 36): a counter takes a pre-made card from its stock for an application, and records how the printing ended. The card
//! itself is printed and written by the desk's equipment; what the clerk reads from it and why it failed is stated here.

use crate::Console;
use crate::find::{self, Find};
use crate::frame::Said;
use crate::may::May;
use crate::pages::Frame;
use crate::premade::making::desk_of;
use crate::session::SignedIn;
use crate::upload::Sent;
use askama::Template;
use axum::Form;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::{HolderCommand, position};
use kaguan_domain::facts::application::{Application, Stage};
use kaguan_domain::ids::{ApplicationId, BlankId, BlankOrderId, CardId, ChipIdentifier, HolderId};
use kaguan_domain::instant::{Begin, Fail, Mark, Return, WriteBack, making_of};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::{Command, Looked, Seen};

const TITLE: &str = "即时制卡";
const SEARCHED: &str = "即时制卡查询（脱敏显示）";
const AFTERWARDS: &str = "办理即时制卡后查看档案（脱敏显示）";

/// The card that is being printed.
pub struct TakenView {
    /// The pre-made card.
    pub blank: String,
    /// 银行卡号 as it is printed on it: its last four digits.
    pub bank_card: String,
    pub since: String,
    /// 卡号, masked.
    pub card_no: String,
    /// Why its end cannot be recorded here; empty when it can.
    pub elsewhere: String,
    /// Whether nothing was written on it, so that it can go back into stock.
    pub back: bool,
}

/// An application that is open.
pub struct ItemView {
    pub application: i64,
    pub form_no: String,
    pub bank: &'static str,
    /// 制卡进度, as its holder is told it.
    pub stands: String,
    /// Where its card is made at the counter, when it is marked so.
    pub marked: String,
    /// 即制卡标注 can be made here; so of taking it back.
    pub mark: bool,
    pub unmark: bool,
    /// Whether a pre-made card can be taken for it; else why not.
    pub begin: bool,
    pub why_not: String,
    pub taken: Option<TakenView>,
    /// Whether the desk of this session can make it, or go on with it.
    pub at_desk: bool,
    /// Whether rare characters of the name have to be typed first (X9.4).
    pub rare: bool,
    /// Whether its card failed: that is settled on a page of its own.
    pub failed: bool,
}

/// Somebody, masked.
pub struct HolderView {
    pub id: i64,
    pub name: String,
    pub number: String,
    pub items: Vec<ItemView>,
}

/// The page.
#[derive(Template)]
#[template(path = "premade/instant/instant.html")]
pub struct InstantPage {
    pub frame: Frame,
    pub holders: Vec<HolderView>,
}
crate::frame::page!(InstantPage);

/// Whether a card could be taken, once the clerk says which: no card is named yet.
fn begin_of(may: &May, me: &SignedIn, seen: &Seen<Looked>, a: &Application) -> Option<Refusal> {
    let blank = BlankId { order: BlankOrderId(-1), n: 1 };
    let begin = Begin { application: a.id, blank, outlet: me.org.id };
    may.refused(seen, &HolderCommand::BeginInstant(begin)).filter(|r| r.reason != Reason::NotFound)
}

fn taken_of(may: &May, seen: &Seen<Looked>, a: &Application) -> Option<TakenView> {
    let Stage::Personalising { blank, card_no, made, at, .. } = &a.stage else { return None };
    let fail = Fail { application: a.id, blank: *blank, reason: "待填写".into() };
    let refused = may.refused(seen, &HolderCommand::FailInstant(fail));
    let bank_card = made.account.bank.bank_card_no.as_str();
    Some(TakenView {
        blank: blank.to_string(),
        bank_card: bank_card.get(bank_card.len().saturating_sub(4)..).unwrap_or_default().to_owned(),
        since: at.local(),
        card_no: card_no.masked(),
        back: {
            let back = Return { application: a.id, blank: *blank };
            may.refusal(seen, &HolderCommand::ReturnBlank(back)).is_none()
        },
        elsewhere: refused.map(|r| r.sentence()).unwrap_or_default(),
    })
}

fn holder_of(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> HolderView {
    let may = May::of(console, me);
    let file = &seen.file;
    let has_desk = desk_of(console, me).is_some();
    let has_rare = seen.has_rare();
    let item = |a: &Application| {
        let taken = taken_of(&may, seen, a);
        let refused = begin_of(&may, me, seen, a);
        let stands = position(file, a, &seen.batches, may.institutions());
        let may_mark = |marked| {
            let mark = Mark { application: a.id, outlet: me.org.id, marked };
            may.refusal(seen, &HolderCommand::MarkInstant(mark)).is_none()
        };
        let at = a.instant_at.and_then(|org| may.institutions().org(org));
        let goes_on = making_of(a).is_some() && taken.as_ref().is_some_and(|t| t.elsewhere.is_empty());
        ItemView {
            at_desk: has_desk && (refused.is_none() || goes_on),
            rare: has_rare && !goes_on,
            marked: at.map(|o| o.name.clone()).unwrap_or_default(),
            mark: a.instant_at.is_none() && may_mark(true),
            unmark: may_mark(false),
            application: a.id.0,
            form_no: a.form_no.clone(),
            bank: a.bank.name(),
            stands: stands.map_or("数据不一致，请联系管理员", |p| p.name()).to_owned(),
            begin: refused.is_none(),
            why_not: if taken.is_some() {
                String::new()
            } else {
                refused.map(|r| r.sentence()).unwrap_or_default()
            },
            taken,
            failed: matches!(a.stage, Stage::ProductionFailed { .. }),
        }
    };
    let details = file.person.as_ref().map(|p| &p.details);
    HolderView {
        id: file.id.0,
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        items: file.applications.iter().filter(|a| a.is_open()).map(item).collect(),
    }
}

fn shown(console: &Console, me: &SignedIn, frame: Frame, seen: &[Seen<Looked>]) -> InstantPage {
    InstantPage { frame, holders: seen.iter().map(|seen| holder_of(console, me, seen)).collect() }
}

/// The empty page.
pub async fn page(State(console): State<Console>, me: SignedIn) -> InstantPage {
    shown(&console, &me, Frame::of(&me, TITLE), &[])
}

/// Finds somebody by number. Every look is journaled (R39.1).
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> InstantPage {
    clause!(R36.2);
    let frame = Frame::of(&me, TITLE);
    match find::sought(&console, &me, &form, SEARCHED).await {
        Ok(seen) => shown(&console, &me, frame, &seen),
        Err(why) => shown(&console, &me, frame.wrong(why), &[]),
    }
}

/// Shows the person again, by a look of its own; what was said of the command stands.
async fn again(console: &Console, me: &SignedIn, holder: HolderId, said: Result<&str, Said>) -> InstantPage {
    let refused = said.is_err();
    let frame = Frame::of(me, TITLE);
    let frame = match said {
        Ok(done) => frame.done(done),
        Err(why) => frame.wrong(why),
    };
    let ctx = me.ctx(console);
    match console.service.look(ctx, holder, AFTERWARDS).await {
        Ok(seen) => shown(console, me, frame, &[seen]),
        Err(_) if refused => shown(console, me, frame, &[]),
        Err(e) => shown(console, me, frame.wrong(format!("已办理；但档案暂时不能显示：{e}")), &[]),
    }
}

async fn give(
    console: &Console,
    me: &SignedIn,
    holder: HolderId,
    command: HolderCommand,
    done: &str,
) -> InstantPage {
    let ctx = me.command(console);
    let outcome = console.service.execute(ctx, Command::of(holder, command)).await;
    again(console, me, holder, outcome.map(|_| done).map_err(Said::from)).await
}

fn id(sent: &Sent, name: &str) -> i64 {
    sent.text(name).trim().parse().unwrap_or(-1)
}

/// The pre-made card that a form names; none of ours when it is no such name.
fn blank_of(sent: &Sent) -> BlankId {
    sent.text("blank").trim().parse().unwrap_or(BlankId { order: BlankOrderId(-1), n: 0 })
}

/// 即制卡标注, and taking it back.
pub async fn mark(State(console): State<Console>, me: SignedIn, sent: Sent) -> InstantPage {
    clause!(R36.2);
    let holder = HolderId(id(&sent, "holder"));
    let marked = sent.text("marked") == "yes";
    let mark = Mark { application: ApplicationId(id(&sent, "application")), outlet: me.org.id, marked };
    let done = if marked {
        "已标注为即制卡，批次筛选不再纳入该申请"
    } else {
        "已取消即制卡标注，该申请可进入批次筛选"
    };
    give(&console, &me, holder, HolderCommand::MarkInstant(mark), done).await
}

/// 新即时制卡: the card that the clerk has in hand is taken for the application, before it is printed.
pub async fn begin(State(console): State<Console>, me: SignedIn, sent: Sent) -> InstantPage {
    clause!(R36.2);
    let holder = HolderId(id(&sent, "holder"));
    let blank = match console.service.blank_in_hand(&me.actor(), sent.text("card")).await {
        Ok(blank) => blank,
        Err(e) => return again(&console, &me, holder, Err(Said::from(e).about("card"))).await,
    };
    let begin = Begin { application: ApplicationId(id(&sent, "application")), blank, outlet: me.org.id };
    let done = "已取用预制卡；请在印写设备上印制和写入，完成后在此登记结果";
    give(&console, &me, holder, HolderCommand::BeginInstant(begin), done).await
}

/// The printed card is written; at once, or later as 制卡补登.
pub async fn write_back(State(console): State<Console>, me: SignedIn, sent: Sent) -> InstantPage {
    clause!(R36.3);
    let holder = HolderId(id(&sent, "holder"));
    let chip = match ChipIdentifier::parse(sent.text("chip").trim()) {
        Ok(chip) => chip,
        Err(e) => {
            let cite = clause!(R36.3).cite();
            let why = format!("卡识别码{e}。依据{cite}。请用读卡器重新读取卡片后录入。");
            return again(&console, &me, holder, Err(why.into())).await;
        }
    };
    let write_back = WriteBack {
        application: ApplicationId(id(&sent, "application")),
        blank: blank_of(&sent),
        card: CardId(console.service.fresh()),
        chip,
    };
    let done = "制卡完成，已通知服务银行；请在“个人领卡启用”中为申请人办理领取";
    give(&console, &me, holder, HolderCommand::WriteBack(write_back), done).await
}

/// 退回库存: nothing was written on the card, and whoever comes next may get it.
pub async fn give_back(State(console): State<Console>, me: SignedIn, sent: Sent) -> InstantPage {
    clause!(R36.3);
    let holder = HolderId(id(&sent, "holder"));
    let back = Return { application: ApplicationId(id(&sent, "application")), blank: blank_of(&sent) };
    let done = "该预制卡已退回库存，申请可另行制卡；卡在读卡位置上的，请在“新即时制卡”中按“退卡”，放回卡盒";
    give(&console, &me, holder, HolderCommand::ReturnBlank(back), done).await
}

/// 制卡失败: the card is spoiled, and the application goes to 失败数据处理.
pub async fn fail(State(console): State<Console>, me: SignedIn, sent: Sent) -> InstantPage {
    clause!(R36.3);
    let holder = HolderId(id(&sent, "holder"));
    let fail = Fail {
        application: ApplicationId(id(&sent, "application")),
        blank: blank_of(&sent),
        reason: sent.text("reason").trim().to_owned(),
    };
    let done = "已登记制卡失败，该预制卡作废，请放入废卡盒（在读卡位置上的，先在“新即时制卡”中按“退卡”）；请在“失败数据处理”中处理后，另取一张预制卡再次制卡";
    give(&console, &me, holder, HolderCommand::FailInstant(fail), done).await
}
