//! 邮递上门, 缺卡登记, 未领卡遗失补制, 回退与二次发放, 失败数据处理: what is done about a card before its holder has it.

use crate::Console;
use crate::may::May;
use crate::pages::Frame;
use crate::session::SignedIn;
use askama::Template;
use askama_web::WebTemplate;
use axum::Form;
use axum::extract::State;
use kaguan_domain::account_opening;
use kaguan_domain::clause;
use kaguan_domain::collection::{AgreePost, ConfirmPost, Post, ReceiveReturned};
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand, card_position, position};
use kaguan_domain::distribution::{RecordFound, RecordMissing, SettleDifference, TakeOver};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::facts::custody::{Custody, Party, RecallReason};
use kaguan_domain::facts::difference::Settled;
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::lookup::LookedUp;
use kaguan_domain::ids::{ApplicationId, CardId, CardNumber, HolderId, OrgId};
use kaguan_domain::production;
use kaguan_domain::recall::{
    CancelStranded, Destroy, OfferAgain, ReceiveData, StateBalance, StorePlastic, TakeBack,
};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::MakeAgain;
use kaguan_service::{Command, Failure, Looked, Seen};
use serde::Deserialize;

const TITLE: &str = "未领卡办理";
const SEARCHED: &str = "未领卡查询（脱敏显示）";
const AFTERWARDS: &str = "办理未领卡业务后查看档案（脱敏显示）";

/// The search form: 社会保障号码, or 社保卡卡号 of the plastic in hand.
#[derive(Deserialize)]
pub struct Find {
    number: String,
}

/// What is done, and what is stated of it; each needs its own fields.
#[derive(Deserialize)]
pub struct Act {
    pub holder: i64,
    /// The card, or the application where there is no card yet.
    pub card: i64,
    pub what: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    answers: Option<String>,
    #[serde(default)]
    form_no: String,
    #[serde(default)]
    collect_at: Option<i64>,
    #[serde(default)]
    signer: String,
    #[serde(default)]
    tracking: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    told_postage: Option<String>,
    #[serde(default)]
    told_code: Option<String>,
    #[serde(default)]
    empty: String,
}

/// Something that can be done now.
pub struct ActionView {
    pub what: &'static str,
    pub name: &'static str,
}

/// A card, or an application that has none yet.
pub struct ItemView {
    pub id: i64,
    /// 社保卡卡号, or 申领表编码.
    pub number: String,
    /// Where it is, and what is known of it.
    pub lines: Vec<String>,
    pub actions: Vec<ActionView>,
}

/// Somebody, masked.
pub struct HolderView {
    pub id: i64,
    pub name: String,
    pub number: String,
    pub items: Vec<ItemView>,
}

/// The page.
#[derive(Template, WebTemplate)]
#[template(path = "on_the_way.html")]
pub struct OnTheWayPage {
    pub frame: Frame,
    /// Whom the number leads to.
    pub holders: Vec<HolderView>,
    /// Outlets of the city, where a card can be collected: identity and name.
    pub outlets: Vec<(i64, String)>,
}

/// Every action about a card, in the order of the buttons.
const ABOUT_CARDS: &[(&str, &str)] = &[
    ("post", "邮递上门"),
    ("confirm_post", "凭取件码签收"),
    ("returned", "邮件退回登记"),
    ("missing", "登记缺卡"),
    ("found", "登记寻回"),
    ("take_over", "单卡转接"),
    ("make_again", "未领卡遗失补制"),
    ("take_back", "逾期未领回退"),
    ("receive_data", "经办机构接收（数据）"),
    ("store_plastic", "交回服务银行保管"),
    ("offer_again", "二次发放"),
    ("balance", "账户余额确认"),
    ("cancel", "逾期且滞留卡注销"),
    ("destroy", "销毁"),
];

/// Every action about an application.
const ABOUT_APPLICATIONS: &[(&str, &str)] = &[
    ("agree_post", "邮递上门登记"),
    ("settle_opening", "失败数据处理"),
    ("settle_production", "失败数据处理"),
];

/// What to do with what was filled in; `None` when nothing of the name is done here, or a date is none.
fn command_of(console: &Console, me: &SignedIn, act: &Act) -> Option<HolderCommand> {
    use HolderCommand as C;
    let (card, org) = (CardId(act.card), me.org.id);
    let application = ApplicationId(act.card);
    let text = |t: &str| t.trim().to_owned();
    Some(match act.what.as_str() {
        "post" => {
            let (code, code_digest) = console.service.pick_up_code(card, &act.tracking);
            C::Post(Post {
                card,
                outlet: org,
                tracking: text(&act.tracking),
                code_digest,
                code: Some(code),
                told_postage: act.told_postage.is_some(),
                told_code: act.told_code.is_some(),
            })
        }
        "confirm_post" => {
            let code_digest = console.service.pick_up_digest(card, &act.code);
            C::ConfirmPost(ConfirmPost { card, code_digest, collector: Collector::Holder })
        }
        "returned" => {
            C::ReceiveReturnedPost(ReceiveReturned { card, outlet: org, reason: text(&act.account) })
        }
        "missing" => C::RecordMissing(RecordMissing {
            card,
            since: act.date.parse().ok()?,
            place: text(&act.place),
            account: text(&act.account),
            answers: act.answers.as_deref().filter(|a| !a.is_empty()).and_then(|code| {
                console.service.institutions().org_by_code(code.trim()).map(|o| o.id).or(Some(OrgId(0)))
            }),
        }),
        "found" => C::RecordFound(RecordFound { card, org }),
        "take_over" => {
            C::TakeOver(TakeOver { card, org, kept_at: text(&act.place), signer: text(&act.signer) })
        }
        "make_again" => C::MakeAgain(MakeAgain {
            id: ApplicationId(console.service.fresh()),
            card,
            form_no: text(&act.form_no),
            outlet: org,
            collect_at: OrgId(act.collect_at.unwrap_or(org.0)),
        }),
        "take_back" => C::TakeBack(TakeBack { card, reason: RecallReason::Uncollected, at: org }),
        "receive_data" => C::ReceiveData(ReceiveData { card, org }),
        "store_plastic" => C::StorePlastic(StorePlastic { card, org, signer: text(&act.signer) }),
        "offer_again" => C::OfferAgain(OfferAgain { card }),
        "balance" => {
            let empty = match act.empty.as_str() {
                "yes" => true,
                "no" => false,
                _ => return None,
            };
            C::StateBalance(StateBalance { card, empty })
        }
        "cancel" => C::CancelStranded(CancelStranded { card }),
        "destroy" => C::Destroy(Destroy { card }),
        "agree_post" => C::AgreePost(AgreePost {
            application,
            told_postage: act.told_postage.is_some(),
            told_code: act.told_code.is_some(),
        }),
        "settle_opening" => C::SettleOpeningFailure(account_opening::SettleFailure { application }),
        "settle_production" => C::SettleProductionFailure(production::SettleFailure { application }),
        _ => return None,
    })
}

/// The same with every field filled in, to ask whether it may be done at all.
fn sample(
    console: &Console,
    me: &SignedIn,
    holder: HolderId,
    card: i64,
    what: &str,
) -> Option<HolderCommand> {
    let filled = || "待填写".to_owned();
    let act = Act {
        holder: holder.0,
        card,
        what: what.to_owned(),
        date: console.service.now().date().to_string(),
        place: filled(),
        account: filled(),
        answers: None,
        form_no: filled(),
        collect_at: None,
        signer: filled(),
        tracking: filled(),
        code: String::new(),
        told_postage: Some(String::new()),
        told_code: Some(String::new()),
        empty: "yes".into(),
    };
    command_of(console, me, &act)
}

/// What stands in the way only of what is not filled in yet.
fn to_be_filled_in(reason: Reason) -> bool {
    matches!(
        reason,
        // The box's shortage is settled with the name of the card; the code is the holder's to say; the city's centre picks the
        // outlet of collection.
        Reason::DifferenceOpen | Reason::WrongPickUpCode
    )
}

fn actions(
    console: &Console,
    me: &SignedIn,
    may: &May,
    seen: &Seen<Looked>,
    id: i64,
    all: &'static [(&'static str, &'static str)],
) -> Vec<ActionView> {
    let offered = |what: &str| {
        let Some(mut command) = sample(console, me, seen.file.id, id, what) else { return false };
        if let HolderCommand::MakeAgain(again) = &mut command
            && let Some(collect_at) = collected_at(seen, again.card)
        {
            again.collect_at = collect_at;
        }
        may.refusal(seen, &command).is_none_or(to_be_filled_in)
    };
    all.iter().filter(|(what, _)| offered(what)).map(|(what, name)| ActionView { what, name }).collect()
}

/// Where a card was to be collected.
fn collected_at(seen: &Seen<Looked>, card: CardId) -> Option<OrgId> {
    let application = seen.file.card(card)?.application;
    seen.file.application(application).map(|a| a.collect_at)
}

/// Who a party is, by name.
pub fn name_of(party: &Party, institutions: &Institutions) -> String {
    match party {
        Party::Org(id) | Party::Post(id) | Party::Recalled(id) => {
            institutions.org(*id).map_or_else(|| party.account(), |o| o.name.clone())
        }
        Party::Vendor(v) | Party::Production(v) => format!("卡商{v}"),
        Party::Employer(code) => format!("单位{code}"),
        Party::Holder => "持卡人".into(),
        Party::Destroyed => "已销毁".into(),
        Party::Missing => "缺失".into(),
    }
}

/// What is known of a card on its way.
pub fn lines_of(card: &Card, seen: &Seen<Looked>, institutions: &Institutions) -> Vec<String> {
    let place = card_position(card, seen.around.batches.get(&card.batch), institutions);
    let mut lines = vec![place.map_or("数据不一致，请联系管理员", |p| p.name()).to_owned()];
    let org = |id: &OrgId| institutions.org(*id).map_or(String::new(), |o| o.name.clone());
    match &card.custody {
        Custody::AtOutlet { org: at } => lines.push(format!("保管机构：{}", org(at))),
        Custody::InPost { since, from, tracking, .. } => {
            lines.push(format!("{}由{}寄出，邮件号{tracking}", since.date(), org(from)));
        }
        Custody::Missing { since, from, said } => {
            lines.push(format!("{}登记缺失，缺失前由{}保管", since.date(), name_of(from, institutions)));
            if let Some(said) = said {
                let answers = name_of(&said.answers, institutions);
                lines.push(format!(
                    "{}起缺失，地点{}，责任方{answers}：{}",
                    said.since, said.place, said.account
                ));
            }
        }
        Custody::Recalled { org: at, since, reason } => {
            lines.push(format!("{}回收（{}），卡片保管：{}", since.date(), reason.name(), org(at)));
        }
        Custody::InBox { .. } | Custody::Destroyed { .. } | Custody::WithHolder { .. } => {}
    }
    if let Some(back) = card.data_back {
        let state = back.received.map_or("待接收".to_owned(), |at| format!("{}已接收", at.date()));
        lines.push(format!("数据{}回退{}，{state}", back.sent.date(), org(&back.to)));
    }
    if let Some(b) = card.balance {
        let empty = if b.empty { "无余额" } else { "有余额" };
        lines.push(format!("{}{}确认账户{empty}", b.at.date(), b.source.name()));
    }
    for notice in &card.notices {
        let clock = notice.clock.as_ref().filter(|c| c.stopped_on.is_none());
        let due = clock.map_or(String::new(), |c| format!("，须在{}前完成回收", c.due.last_day));
        lines.push(format!("{}{}{due}", notice.at.date(), notice.kind.name()));
    }
    lines
}

fn holder_of(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> HolderView {
    let may = May::of(console, me);
    let file = &seen.file;
    let cards = file.cards.iter().map(|c| ItemView {
        id: c.id.0,
        number: format!("社保卡 {}", c.card_no.masked()),
        lines: lines_of(c, seen, may.institutions()),
        actions: actions(console, me, &may, seen, c.id.0, ABOUT_CARDS),
    });
    let applications = file.applications.iter().filter(|a| a.is_open()).map(|a| ItemView {
        id: a.id.0,
        number: format!("申领表 {}", a.form_no),
        lines: position(file, a, &seen.around.batches, may.institutions())
            .map(|p| p.name().to_owned())
            .into_iter()
            .chain(a.post_agreed.map(|at| format!("{}约定邮递上门", at.date())))
            .collect(),
        actions: actions(console, me, &may, seen, a.id.0, ABOUT_APPLICATIONS),
    });
    let details = file.person.as_ref().map(|p| &p.details);
    HolderView {
        id: file.id.0,
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        items: applications.chain(cards).collect(),
    }
}

fn shown(console: &Console, me: &SignedIn, frame: Frame, seen: &[Seen<Looked>]) -> OnTheWayPage {
    let institutions = console.service.institutions();
    let here = institutions.orgs().filter(|o| o.kind.is_outlet() && o.city() == me.org.city());
    let outlets = here.map(|o| (o.id.0, o.name.clone())).collect();
    OnTheWayPage { frame, holders: seen.iter().map(|seen| holder_of(console, me, seen)).collect(), outlets }
}

/// The empty page.
pub async fn page(State(console): State<Console>, me: SignedIn) -> OnTheWayPage {
    shown(&console, &me, Frame::of(&me, TITLE), &[])
}

/// Finds somebody by number, or by the card in hand. Every look is journaled (R39.1).
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> OnTheWayPage {
    let frame = Frame::of(&me, TITLE);
    let ctx = console.service.ctx(me.actor(), Channel::Console, None);
    let found = match (CardNumber::parse(form.number.trim()), LookedUp::read(&form.number)) {
        (Ok(card), _) => console.service.look_for_card(ctx, &card, SEARCHED).await.map(|seen| vec![seen]),
        (Err(_), Ok(what)) => console.service.look_up(ctx, &what, SEARCHED).await,
        (Err(_), Err(e)) => {
            let cite = clause!(R35.1).cite();
            let why = format!("{e}，也不是社保卡卡号。依据{cite}。请核对后重新输入。");
            return shown(&console, &me, frame.wrong(why), &[]);
        }
    };
    match found {
        Ok(seen) => shown(&console, &me, frame, &seen),
        Err(Failure::Refused(r)) if r.reason == Reason::NotFound => {
            shown(&console, &me, frame.wrong("没有该号码的档案。请核对号码后重试。"), &[])
        }
        Err(e) => shown(&console, &me, frame.wrong(e.to_string()), &[]),
    }
}

/// The shortage of the box that a card lies in: whoever names the card settles one of it.
fn shortage(seen: &Seen<Looked>, card: CardId, account: &str) -> Option<Command> {
    let card = seen.file.card(card)?;
    let Custody::InBox { r#box } = card.custody else { return None };
    let b: &BoxFile = seen.around.batches.get(&card.batch)?.box_file(r#box)?;
    let account = format!("核对短少的卡：{}", account.trim());
    let settle = SettleDifference { r#box, settled: Settled::Short { cards: 1 }, account };
    let command = BatchCommand::SettleDifference(settle);
    (b.short() > 0).then_some(Command::Batch { id: card.batch, command })
}

/// Does it; what was done, in words.
pub async fn act(console: &Console, me: &SignedIn, act: &Act) -> Result<String, String> {
    let ctx = || console.service.ctx(me.actor(), Channel::Console, None);
    let Some(command) = command_of(console, me, act) else {
        return Err("日期或选项未正确填写。请核对后重新提交。".into());
    };
    let holder = HolderId(act.holder);
    if let HolderCommand::RecordMissing(missing) = &command {
        let seen = console.service.look(ctx(), holder, TITLE).await.map_err(|e| e.to_string())?;
        let more = May::of(console, me).refusal(&seen, &command);
        if let (Some(Reason::DifferenceOpen), Some(settle)) =
            (more, shortage(&seen, missing.card, &missing.account))
        {
            console.service.execute(ctx(), settle).await.map_err(|e| e.to_string())?;
        }
    }
    console.service.execute(ctx(), Command::of(holder, command)).await.map_err(|e| e.to_string())?;
    let all = ABOUT_CARDS.iter().chain(ABOUT_APPLICATIONS);
    let name = all.clone().find(|(what, _)| *what == act.what).map_or("", |(_, name)| name);
    Ok(match act.what.as_str() {
        "post" => "已登记邮递上门，取件码已由系统发送至持卡人手机".into(),
        "make_again" => "已受理未领卡遗失补制，免收工本费；原卡已注销，已通知服务银行销户".into(),
        "take_back" => "已回退：数据待市卡管机构接收，卡片请直接交回服务银行保管".into(),
        _ => format!("已办理：{name}"),
    })
}

/// Does it, and shows the person's cards again, by a look of its own.
pub async fn do_it(State(console): State<Console>, me: SignedIn, Form(form): Form<Act>) -> OnTheWayPage {
    let frame = Frame::of(&me, TITLE);
    let said = act(&console, &me, &form).await;
    let ctx = console.service.ctx(me.actor(), Channel::Console, None);
    let refused = said.is_err();
    let frame = match said {
        Ok(done) => frame.done(done),
        Err(why) => frame.wrong(why),
    };
    match console.service.look(ctx, HolderId(form.holder), AFTERWARDS).await {
        Ok(seen) => shown(&console, &me, frame, &[seen]),
        // What was said of the command stands.
        Err(_) if refused => shown(&console, &me, frame, &[]),
        Err(e) => shown(&console, &me, frame.wrong(format!("已办理；但档案暂时不能显示：{e}")), &[]),
    }
}
