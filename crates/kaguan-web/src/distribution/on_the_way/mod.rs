//! 缺卡登记, 未领卡遗失补制, 回退与二次发放: what is done about a card before its holder has it. The post has a page of its own.

use crate::Console;
use crate::application::apply::{choices, form_no_of};
use crate::counter::{agrees, posting};
use crate::find::{self, Find};
use crate::frame::Said;
use crate::holder::people::stated::Stated;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::papers;
use crate::records::receipts;
use crate::session::SignedIn;
use crate::upload::Sent;
use askama::Template;
use axum::Form;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::collection::{brought_back, waits_to_be_posted};
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand, Position, Stands, Turn, card_position, position};
pub use kaguan_domain::distribution::party_name as name_of;
use kaguan_domain::distribution::{
    RecordFound, RecordMissing, SettleDifference, TakeOver, waits_to_be_taken_over,
};
use kaguan_domain::facts::application::{Application, Stage};
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::custody::{Custody, Party, RecallReason};
use kaguan_domain::facts::difference::Settled;
use kaguan_domain::facts::institution::{Institutions, Organisation};
use kaguan_domain::facts::post_news::PostNews;
use kaguan_domain::ids::{ApplicationId, BatchId, CardId, HolderId, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_domain::recall::{
    CancelStranded, Destroy, OfferAgain, ReceiveData, StateBalance, StorePlastic, TakeBack,
    is_to_be_given_back, is_to_be_withdrawn, recalled_waits_for, second_offer_ends, taken_out_said,
    waits_given_back, withdrawn_here_said,
};
use kaguan_domain::records::business_of;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::{MakeAgain, collects_for};
use kaguan_domain::restriction::false_card_said;
use kaguan_service::{Command, Looked, Seen};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/cards-on-their-way",
    screens: &[Screen {
        group: "社保卡领取",
        name: "未领卡办理",
        article: "第十条、第十四条",
        verb: Verb::MakeAgain,
    }],
    doors: |d| {
        d.get("/cards-on-their-way", page)
            .post("/cards-on-their-way", find)
            .form("/cards-on-their-way/do", do_it)
    },
    samples: &["/cards-on-their-way"],
};

const TITLE: &str = "未领卡办理";
const SEARCHED: &str = "未领卡查询（脱敏显示）";
const AFTERWARDS: &str = "办理未领卡业务后查看档案（脱敏显示）";

/// What was done, in words, and where its receipt is printed.
pub struct Done {
    pub text: String,
    pub receipt: Option<String>,
}

/// Something that can be done now.
pub struct ActionView {
    pub what: &'static str,
    pub name: &'static str,
    /// What it does to the card for good, as the tick beside it says; `None` of what can be undone.
    pub for_good: Option<&'static str>,
}

/// An outlet where a card can be collected.
pub struct PickUpView {
    pub id: i64,
    pub name: String,
    pub chosen: bool,
}

/// A card, or an application that has none yet.
pub struct ItemView {
    pub id: i64,
    /// 社保卡卡号, or 申领表编码.
    pub number: String,
    /// Where it is, and what is known of it.
    pub lines: Vec<String>,
    pub actions: Vec<ActionView>,
    /// What it waits for, each by whom it is done.
    pub waits: Vec<String>,
    /// Where it can be collected once it is made again.
    pub outlets: Vec<PickUpView>,
    /// 责任方 of the shortage that its box was signed for with: whoever it is answers for the card. Empty of any other.
    pub answers: String,
    /// Whether a bank or a vendor could not do it: that is settled on a page of its own.
    pub failed: bool,
}

/// Somebody, masked.
pub struct HolderView {
    pub id: i64,
    /// What this session's addresses call the person.
    pub key: String,
    pub name: String,
    pub number: String,
    /// Whether something about the post may be done.
    pub posts: bool,
    pub items: Vec<ItemView>,
}

/// The page.
#[derive(Template)]
#[template(path = "distribution/on_the_way/on_the_way.html")]
pub struct OnTheWayPage {
    pub frame: Frame,
    /// Whom the number leads to.
    pub holders: Vec<HolderView>,
    /// Who may answer for a card that is missing: code and name of the institutions of the city.
    pub answer: Vec<(String, String)>,
}
crate::frame::page!(OnTheWayPage);

/// Every action about a card, in the order of the buttons.
pub(crate) const ABOUT_CARDS: &[(&str, &str)] = &[
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

/// Those that cannot be undone, what each does to the card, and what is so afterwards: they ask for a tick.
const FOR_GOOD: &[(&str, &str, &str)] = &[
    ("make_again", "补制", "补制后原卡注销，不能恢复"),
    ("cancel", "注销", "注销后不能恢复"),
    ("destroy", "销毁", "销毁后不能恢复"),
];

/// What is said of one of them that was not ticked; `None` of everything else.
fn unsure(form: &Stated) -> Option<Said> {
    let (_, does, then) = FOR_GOOD.iter().find(|(what, ..)| *what == form.text("what"))?;
    let why = format!("须勾选已核对姓名和卡号并确定{does}，该卡没有{does}。{then}，请核对后勾选并重新提交。");
    (!form.ticked("sure")).then(|| Said::from(why).about("sure"))
}

/// What to do with what was filled in; `None` when nothing of the name is done here, or a date is none.
fn command_of(console: &Console, me: &SignedIn, form: &mut Stated) -> Option<HolderCommand> {
    use HolderCommand as C;
    let (card, org) = (form.card(), me.org.id);
    let what = form.text("what").to_owned();
    let text = |form: &Stated, name: &str| form.text(name).to_owned();
    Some(match what.as_str() {
        "missing" => C::RecordMissing(RecordMissing {
            card,
            since: form.text("date").parse().ok()?,
            place: text(form, "place"),
            account: text(form, "account"),
            answers: Some(form.text("answers")).filter(|code| !code.is_empty()).and_then(|code| {
                console.service.institutions().org_by_code(code).map(|o| o.id).or(Some(OrgId(0)))
            }),
            // Of a card that its box was counted short of: found in its file.
            counted_at: None,
        }),
        "found" => C::RecordFound(RecordFound { card, org }),
        "take_over" => {
            C::TakeOver(TakeOver { card, org, kept_at: text(form, "place"), signer: text(form, "signer") })
        }
        "make_again" => C::MakeAgain(MakeAgain {
            id: ApplicationId(console.service.fresh()),
            card,
            form_no: text(form, "form_no"),
            outlet: org,
            // No outlet is none: the rule refuses it.
            collect_at: OrgId(form.text("collect_at").parse().unwrap_or(0)),
        }),
        "take_back" => C::TakeBack(TakeBack { card, reason: RecallReason::Uncollected, at: org }),
        "receive_data" => C::ReceiveData(ReceiveData { card, org }),
        "store_plastic" => C::StorePlastic(StorePlastic { card, org, signer: text(form, "signer") }),
        "offer_again" => C::OfferAgain(OfferAgain { card }),
        "balance" => {
            let empty = match form.text("empty") {
                "yes" => true,
                "no" => false,
                _ => return None,
            };
            C::StateBalance(StateBalance { card, empty })
        }
        "cancel" => C::CancelStranded(CancelStranded { card }),
        "destroy" => C::Destroy(Destroy { card }),
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
    let filled = ["place", "account", "signer"].map(|name| (name, "待填写".to_owned()));
    let said = [
        // By the rule of Appendix 1, and nobody's.
        ("form_no", "44010000000000000000".to_owned()),
        ("holder", holder.to_string()),
        ("card", card.to_string()),
        ("what", what.to_owned()),
        ("date", console.service.now().date().to_string()),
        ("empty", "yes".to_owned()),
    ];
    let sent = Sent::of_fields(filled.into_iter().chain(said));
    command_of(console, me, &mut Stated::of(console, sent))
}

/// What stands in the way only of what is not filled in yet: the box's shortage is settled with the name of the card, by whoever has the box.
fn to_be_filled_in(may: &May, seen: &Seen<Looked>, card: CardId, reason: Reason) -> bool {
    let settles = |s: Shortage| {
        seen.batches
            .get(&s.batch)
            .is_some_and(|file| may.batch(file, &BatchCommand::SettleDifference(s.settle)))
    };
    reason == Reason::DifferenceOpen && shortage(seen, card, "待填写").is_none_or(settles)
}

fn actions(
    console: &Console,
    me: &SignedIn,
    may: &May,
    seen: &Seen<Looked>,
    id: i64,
    outlets: &[PickUpView],
) -> Vec<ActionView> {
    let offered = |what: &str| {
        let Some(mut command) = sample(console, me, seen.file.id, id, what) else { return false };
        if let (HolderCommand::MakeAgain(again), Some(first)) = (&mut command, outlets.first()) {
            again.collect_at = OrgId(first.id);
        }
        may.refusal(seen, &command).is_none_or(|reason| to_be_filled_in(may, seen, CardId(id), reason))
    };
    let offered = ABOUT_CARDS.iter().filter(|(what, _)| offered(what));
    let for_good = |what: &str| FOR_GOOD.iter().find(|(known, ..)| *known == what).map(|(_, does, _)| *does);
    offered.map(|(what, name)| ActionView { what, name, for_good: for_good(what) }).collect()
}

/// Where a card can be collected when it is made again; chosen is where the lost one was to be.
fn pick_ups(seen: &Seen<Looked>, card: &Card, institutions: &Institutions) -> Vec<PickUpView> {
    let lost = seen.file.application(card.application);
    let before = lost.map(|a| a.collect_at);
    let collects = |o: &&Organisation| {
        lost.is_some_and(|a| collects_for(&a.purpose, o, &card.city, &card.bank, institutions))
    };
    let there = institutions.orgs().filter(collects);
    there.map(|o| PickUpView { id: o.id.0, name: o.name.clone(), chosen: before == Some(o.id) }).collect()
}

/// Who keeps the box of somebody's card; an employer by the name that it has on this person's form, too.
fn keeper_of(b: &BoxFile, seen: &Looked, institutions: &Institutions) -> String {
    clause!(R15.1);
    let keeper = name_of(&b.keeper, institutions);
    let Party::Employer(code) = &b.keeper else { return keeper };
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let own = details.filter(|d| d.employer_no.as_ref() == Some(code));
    match own.and_then(|d| d.employer_name.as_ref()) {
        Some(name) => format!("单位{name}（{code}）"),
        None => keeper,
    }
}

/// 卡片所在: who has a card, by name, since when and why; where its box goes while it is under way.
pub fn whereabouts(card: &Card, seen: &Looked, institutions: &Institutions) -> String {
    clause!(R12.1);
    let org = |id: &OrgId| institutions.org(*id).map_or(String::new(), |o| o.name.clone());
    match &card.custody {
        Custody::WithHolder { since } => format!("持卡人，{}领取", since.date()),
        Custody::AtOutlet { org: at } => {
            let offered = card.offered_again.map(|at| at.date());
            let back = card.came_back.map(|at| at.date()).filter(|back| offered.is_none_or(|o| *back >= o));
            let since = back.map(|day| format!("，{day}入库")).unwrap_or_default();
            let until = second_offer_ends(card).and_then(|end| end.yesterday().ok());
            let again = match (offered, until) {
                (Some(on), Some(until)) => format!("，{on}二次发放，{until}期满"),
                (Some(on), None) if waits_given_back(card) => format!("，{on}转待发还，没有期限"),
                (Some(_) | None, _) => String::new(),
            };
            format!("{}保管{again}{since}", org(at))
        }
        Custody::InBox { r#box } => {
            let found = seen.batches.get(&card.batch).and_then(|file| file.box_file(*r#box));
            let Some(b) = found else { return "数据不一致，请联系管理员".into() };
            let (keeper, number) = (keeper_of(b, seen, institutions), &b.number);
            match &b.on_the_way {
                Some(way) => {
                    let (to, since) = (org(&way.to), way.since.date());
                    format!("由{keeper}寄往{to}途中，{since}寄出，装箱位置{number}")
                }
                None => format!("{keeper}保管，{}起，装箱位置{number}", b.last_signed.date()),
            }
        }
        Custody::InPost { since, from, .. } => format!("邮递途中，{}由{}寄出", since.date(), org(from)),
        Custody::Missing { since, from, said } => {
            let counted = said.as_ref().and_then(|said| Some((said.counted_at?, &said.answers)));
            match counted {
                // Whoever keeps the box now never had it.
                Some((at, answers)) => {
                    let (on, answers) = (at.date(), name_of(answers, institutions));
                    format!("{}登记缺失，{on}签收时已短少，由{answers}负责", since.date())
                }
                None => format!("{}登记缺失，缺失前由{}保管", since.date(), name_of(from, institutions)),
            }
        }
        Custody::Recalled { org: at, since, reason } => {
            let next = if is_to_be_given_back(card) { "，待发还" } else { "" };
            format!("{}保管，{}回收（{}）{next}", org(at), since.date(), reason.name())
        }
        Custody::Destroyed { at } => format!("{}已销毁", at.date()),
    }
}

/// What is known of a card on its way: its place, who has it, and what else there is to know.
pub fn lines_of(card: &Card, seen: &Looked, institutions: &Institutions) -> Vec<String> {
    let place = card_position(card, seen.batches.get(&card.batch), institutions);
    let mut lines = vec![place.map_or("数据不一致，请联系管理员", |p| p.name()).to_owned()];
    lines.push(format!("卡片所在：{}", whereabouts(card, seen, institutions)));
    let org = |id: &OrgId| institutions.org(*id).map_or(String::new(), |o| o.name.clone());
    match &card.custody {
        Custody::InPost { tracking, news, .. } => {
            lines.push(format!("邮件号{tracking}"));
            lines.extend(news.iter().map(PostNews::line));
            if card.custody.is_returning().is_some() {
                lines.push("收到退回的邮件后，请办理“邮件退回登记”".into());
            }
        }
        Custody::Missing { said, .. } => {
            if let Some(said) = said {
                let answers = name_of(&said.answers, institutions);
                lines.push(format!(
                    "{}起缺失，地点{}，责任方{answers}：{}",
                    said.since, said.place, said.account
                ));
            }
        }
        Custody::InBox { .. }
        | Custody::AtOutlet { .. }
        | Custody::Recalled { .. }
        | Custody::Destroyed { .. }
        | Custody::WithHolder { .. } => {}
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
        let clock = notice.period().filter(|c| c.stopped_on.is_none());
        let over = if notice.over.is_some() {
            "（所通知的死亡后已恢复或不是本人的，不再计期）"
        } else {
            ""
        };
        let due = clock.map_or(String::new(), |c| {
            format!("，须在{}前完成回收", c.last_day_said(&institutions.calendar))
        });
        lines.push(format!("{}{}{due}{over}", notice.at.date(), notice.kind.name()));
    }
    lines
}

/// Whose turn it is at a place on the way, and what is done there.
fn turn_of(at: Position) -> Option<String> {
    let stands = Stands::At(at);
    let act = Some(stands.next_act()).filter(|act| !act.is_empty())?;
    Some(match stands.turn() {
        Turn::Holder => "由持卡人到保管网点领取".to_owned(),
        Turn::Employer => "由代领单位发放给持卡人".to_owned(),
        turn @ (Turn::Outlet
        | Turn::City
        | Turn::County
        | Turn::Province
        | Turn::Bank
        | Turn::Vendor
        | Turn::Nobody) => format!("由{}办理：{act}", turn.name()),
    })
}

/// What a card on its way waits for, each by whom it is done.
fn waits_of(card: &Card, seen: &Looked, me: &SignedIn, may: &May) -> Vec<String> {
    clause!(R12.1);
    clause!(R32.4);
    let institutions = may.institutions();
    let freed = || "有限制或死亡登记，恢复后才能领取".to_owned();
    let from_holder = false_card_said(card).unwrap_or_else(freed);
    let held = |text: String| if card.is_held() { from_holder.clone() } else { text };
    if let Some((keeper, outlet)) = waits_to_be_taken_over(&seen.file, card, institutions)
        && (card.stands() || card.is_cancelled())
    {
        let name = |id| institutions.org(id).map_or("", |o| o.name.as_str());
        let (keeper, outlet) = (name(keeper), name(outlet));
        return vec![match card.is_held() {
            _ if card.is_cancelled() => format!(
                "该卡已注销，由{keeper}移交{outlet}，由其在“成品卡接收与分发”办理单卡转接后回收，销户后登记销毁"
            ),
            true => format!("由{keeper}保管，不得发放；{from_holder}"),
            false => format!("由{keeper}移交领卡网点（{outlet}），该网点办理单卡转接后由持卡人领取"),
        }];
    }
    let one = match &card.custody {
        Custody::Recalled { .. } => return recalled_waits_for(card, institutions, may.today()),
        Custody::AtOutlet { org } if card.stands() && *org == me.org.id => {
            Some(held("由本机构保管，持卡人领取时在“个人领卡启用”办理".into()))
        }
        Custody::AtOutlet { org } if card.stands() => {
            institutions.org(*org).map(|o| held(format!("由持卡人到{}领取", o.name)))
        }
        Custody::AtOutlet { org } if card.is_cancelled() => {
            institutions.org(*org).map(|o| format!("该卡已注销，由{}在“回收”办理，销户后登记销毁", o.name))
        }
        Custody::AtOutlet { .. } if is_to_be_withdrawn(card) => withdrawn_here_said(card),
        Custody::InBox { .. } if is_to_be_withdrawn(card) => {
            taken_out_said(card, seen.batches.get(&card.batch), institutions)
        }
        Custody::InPost { from, .. } => institutions.org(*from).map(|o| match brought_back(card) {
            Some(way) => format!("由{}办理：{way}", o.name),
            None => format!("签收和退回由{}在“邮递上门”登记", o.name),
        }),
        Custody::Missing { .. } if card.stands() => {
            Some("由经办网点或市卡管机构在“未领卡办理”补制，找到的登记寻回".to_owned())
        }
        Custody::AtOutlet { .. }
        | Custody::Missing { .. }
        | Custody::InBox { .. }
        | Custody::WithHolder { .. }
        | Custody::Destroyed { .. } => {
            let at = card_position(card, seen.batches.get(&card.batch), institutions);
            at.and_then(|at| match Turn::of(at) {
                Turn::Holder | Turn::Employer => turn_of(at).map(held),
                Turn::Outlet
                | Turn::City
                | Turn::County
                | Turn::Province
                | Turn::Bank
                | Turn::Vendor
                | Turn::Nobody => turn_of(at),
            })
        }
    };
    one.into_iter().collect()
}

/// What was asked for of the delivery, masked.
pub fn delivery_of(application: &Application) -> Vec<String> {
    clause!(R10.5);
    let to = application.delivery.as_ref().map(|to| format!("领取方式：邮递上门（{}）", to.masked()));
    let agreed =
        application.post_agreed.map(|at| format!("{}约定邮递上门，已告知邮费分担和取件码", at.date()));
    to.into_iter().chain(agreed).collect()
}

fn holder_of(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> HolderView {
    let may = May::of(console, me);
    let file = &seen.file;
    // What its holder has, or nobody has any more, is on its way no more.
    let on_its_way = |c: &&Card| !matches!(c.custody, Custody::WithHolder { .. } | Custody::Destroyed { .. });
    let cards = file.cards.iter().filter(on_its_way).map(|c| {
        // Nothing else of it is posted, whatever was asked for.
        let by_post = matches!(c.custody, Custody::InPost { .. }) || waits_to_be_posted(file, c);
        let asked = file.application(c.application).filter(|_| by_post).map(delivery_of).unwrap_or_default();
        let lost = matches!(c.custody, Custody::Missing { .. });
        let outlets = if lost { pick_ups(seen, c, may.institutions()) } else { Vec::new() };
        let acts = actions(console, me, &may, seen, c.id.0, &outlets);
        ItemView {
            id: c.id.0,
            number: format!("社保卡 {}", c.card_no.masked()),
            lines: lines_of(c, seen, may.institutions()).into_iter().chain(asked).collect(),
            waits: match acts.is_empty()
                || matches!(c.custody, Custody::Recalled { .. })
                || is_to_be_withdrawn(c)
            {
                true => waits_of(c, seen, me, &may),
                false => Vec::new(),
            },
            actions: acts,
            outlets,
            answers: shortage(seen, c.id, "")
                .map_or(String::new(), |s| name_of(&s.answers, may.institutions())),
            failed: false,
        }
    });
    let applications = file.applications.iter().filter(|a| a.is_open()).map(|a| ItemView {
        id: a.id.0,
        number: format!("申领表 {}", a.form_no),
        lines: position(file, a, &seen.batches, may.institutions())
            .map(|p| p.name().to_owned())
            .into_iter()
            .chain(delivery_of(a))
            .collect(),
        actions: Vec::new(),
        // What was made of it stands below, as a card of its own.
        waits: match file.cards.iter().any(|c| c.application == a.id) {
            true => Vec::new(),
            false => {
                let at = position(file, a, &seen.batches, may.institutions());
                at.and_then(turn_of).into_iter().collect()
            }
        },
        outlets: Vec::new(),
        answers: String::new(),
        failed: matches!(a.stage, Stage::OpeningFailed { .. } | Stage::ProductionFailed { .. }),
    });
    let details = file.person.as_ref().map(|p| &p.details);
    let agreed = file.applications.iter().filter(|a| a.is_open()).any(|a| agrees(&may, seen, a));
    HolderView {
        id: file.id.0,
        key: console.service.key_of(&me.session, file.id),
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        posts: agreed || file.cards.iter().any(|c| posting(&may, me, seen, c).any()),
        items: applications.chain(cards).collect(),
    }
}

fn shown(console: &Console, me: &SignedIn, frame: Frame, seen: &[Seen<Looked>]) -> OnTheWayPage {
    let institutions = console.service.institutions();
    let all = institutions.orgs().filter(|o| !seen.is_empty() && o.city() == me.org.city());
    let answer =
        all.map(|o| (o.code.clone(), format!("{} {}", choices::initials(&o.name), o.name))).collect();
    let holders = seen.iter().map(|seen| holder_of(console, me, seen)).collect();
    OnTheWayPage { frame, holders, answer }
}

/// The empty page.
pub async fn page(State(console): State<Console>, me: SignedIn) -> OnTheWayPage {
    shown(&console, &me, Frame::of(&me, TITLE), &[])
}

/// Finds somebody by number, or by the card in hand. Every look is journaled (R39.1).
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> OnTheWayPage {
    let frame = Frame::of(&me, TITLE);
    match find::sought(&console, &me, &form, SEARCHED).await {
        Ok(seen) => shown(&console, &me, frame, &seen),
        Err(why) => shown(&console, &me, frame.wrong(why), &[]),
    }
}

/// The shortage that a card is of, and what settles it with the card's name.
struct Shortage {
    batch: BatchId,
    settle: SettleDifference,
    /// When the box was signed for with it.
    at: Instant,
    /// Who answers for it.
    answers: Party,
}

/// The shortage of the box that a card lies in: whoever names the card settles it, of several the first. Where several answer for them, which
/// card was whose is said where the box is compared: what is refused here must have changed nothing.
fn shortage(seen: &Seen<Looked>, card: CardId, account: &str) -> Option<Shortage> {
    let card = seen.file.card(card)?;
    let Custody::InBox { r#box } = card.custody else { return None };
    let b: &BoxFile = seen.batches.get(&card.batch)?.box_file(r#box)?;
    let mut open = b.open_shortages();
    let first = open.next()?;
    let (at, answers, of_one) = (first.at, first.answers.clone(), open.all(|d| d.answers == first.answers));
    let account = format!("核对短少的卡：{}", account.trim());
    let settle = SettleDifference { r#box, settled: Settled::Named { at }, account };
    of_one.then_some(Shortage { batch: card.batch, settle, at, answers })
}

/// Does it; what was done.
pub async fn act(console: &Console, me: &SignedIn, sent: Sent) -> Result<Done, Said> {
    clause!(R19.2);
    let ctx = || me.command(console);
    let mut form = Stated::of(console, sent);
    if let Some(unsure) = unsure(&form) {
        return Err(unsure);
    }
    let Some(mut command) = command_of(console, me, &mut form) else {
        return Err("日期或选项未正确填写。请核对后重新提交。".into());
    };
    if let HolderCommand::MakeAgain(again) = &mut command {
        again.form_no = form_no_of(console, me, &again.form_no).await?;
        again.form_no = again.number();
    }
    let holder = form.holder();
    if let HolderCommand::RecordMissing(missing) = &mut command {
        let seen = console.service.look(ctx(), holder, TITLE).await?;
        let short = shortage(&seen, missing.card, &missing.account);
        // Who answers for it was stated when the box was signed for.
        missing.counted_at = short.as_ref().map(|s| s.at);
        let more = May::of(console, me).refusal(&seen, &HolderCommand::RecordMissing(missing.clone()));
        if let (None | Some(Reason::DifferenceOpen), Some(s)) = (more, short) {
            let command = BatchCommand::SettleDifference(s.settle);
            console.service.execute(ctx(), Command::Batch { id: s.batch, command }).await?;
        }
    }
    // An application has the receipt of its form; every other business that of its line in the journal.
    let own = if let HolderCommand::MakeAgain(again) = &command {
        Some(papers::receipt_at(console, me, holder, &again.form_no))
    } else {
        None
    };
    let business = business_of(command.verb().code());
    let command = Command::of(holder, command);
    let outcome = console.service.execute_with_images(ctx(), command, &form.images).await;
    let line = outcome?.entry;
    let what = form.text("what");
    let name = ABOUT_CARDS.iter().find(|(known, _)| *known == what).map_or("", |(_, name)| name);
    let text = match what {
        "make_again" => "已受理未领卡遗失补制，免收工本费；原卡已注销，已通知服务银行销户".into(),
        "take_back" if me.org.bank.is_some() => "已回退：数据待市卡管机构接收，卡片由本行保管".into(),
        "take_back" => "已回退：数据待市卡管机构接收，卡片请直接交回服务银行保管".into(),
        _ => format!("已办理：{name}"),
    };
    Ok(Done { text, receipt: own.or_else(|| business.map(|_| receipts::address(line))) })
}

/// A page's frame with what was done, and where its receipt is printed, or why it was not.
pub fn told(frame: Frame, said: Result<Done, Said>) -> Frame {
    let (text, receipt) = match said {
        Ok(Done { text, receipt }) => (text, receipt),
        Err(why) => return frame.wrong(why),
    };
    let mut frame = frame.done(text);
    if let Some(notice) = &mut frame.notice {
        notice.receipt = receipt;
    }
    frame
}

/// Does it, and shows the person's cards again, by a look of its own.
pub async fn do_it(State(console): State<Console>, me: SignedIn, sent: Sent) -> OnTheWayPage {
    let frame = Frame::of(&me, TITLE);
    let holder = HolderId(sent.text("holder").trim().parse().unwrap_or(-1));
    let said = act(&console, &me, sent).await;
    let ctx = me.ctx(&console);
    let refused = said.is_err();
    let frame = told(frame, said);
    match console.service.look(ctx, holder, AFTERWARDS).await {
        Ok(seen) => shown(&console, &me, frame, &[seen]),
        // What was said of the command stands.
        Err(_) if refused => shown(&console, &me, frame, &[]),
        Err(e) => shown(&console, &me, frame.wrong(format!("已办理；但档案暂时不能显示：{e}")), &[]),
    }
}
