//! 逾期未领卡, 待交回服务银行保管, 待确认账户余额, 待邮寄, 邮递途中, 待追回或回收, 已收缴待注销, 待二次发放, 待发还, 缺卡, 逾期且滞留, 待销户, 待登记销毁: the lists that an outlet or a city works through.
//! Those that hold something are named first, each with how many there are, its article and what is done; then they follow, the most urgent
//! first; the empty ones are named in a sentence at the end. Whichever it is, `#` and its id leads to it: 今日工作 does.

use crate::Console;
use crate::counter::posting;
use crate::distribution::on_the_way::{act, delivery_of, lines_of, told};
use crate::list::{Act, Asked, Cell, Choose, Column, Kind, List, ListView, Row, banks_of, cities_of, column};
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_domain::cancellation::RecordAccountClosed;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::custody::{Custody, RecallReason};
use kaguan_domain::ids::CardId;
use kaguan_domain::permission::Verb;
use kaguan_domain::recall::{
    CancelStranded, OfferAgain, ReceiveData, TakeBack, counts_as, recalled_waits_for, second_offer_ends,
    taken_out_said, withdrawn_here_said,
};
use kaguan_domain::restriction::{Confiscate, to_confiscate};
use kaguan_service::{AskedList, Narrow, Waiting, WaitingCard};

/// 逾期未领卡.
pub const OVERDUE: Page = Page {
    path: "/overdue",
    screens: &[Screen {
        group: "社保卡领取", name: "逾期未领卡", article: "第三十二条", verb: Verb::Post
    }],
    doors: |d| d.get("/overdue", overdue).post("/overdue", take_back),
    samples: &["/overdue"],
};

/// 逾期且滞留.
pub const STRANDED: Page = Page {
    path: "/stranded",
    screens: &[Screen {
        group: "社保卡领取",
        name: "逾期且滞留",
        article: "第三十二条",
        verb: Verb::CancelStranded,
    }],
    doors: |d| d.get("/stranded", stranded).post("/stranded", settle),
    samples: &["/stranded"],
};

const COLUMNS: &[Column] = &[
    column("name", "姓名", Kind::Text),
    column("number", "社会保障号码", Kind::Text),
    column("card", "社保卡卡号", Kind::Code),
    column("city", "地市", Kind::Choice),
    column("bank", "服务银行", Kind::Choice),
    column("state", "情况", Kind::Text),
];

const fn cards(id: &'static str, path: &'static str, title: &'static str, none: &'static str) -> List {
    List { id, path, title, none, columns: COLUMNS }
}

const OVERDUE_CARDS: List = cards("overdue", "/overdue", "逾期未领卡", "没有超过6个月未领取的成品卡。");
/// 邮递上门 that is still to be done.
const TO_POST: List =
    cards("to_post", OVERDUE.path, "待邮寄", "没有领取方式为邮递上门、待本网点寄出的成品卡。");
const POSTED: List = cards("posted", "/overdue", "邮递途中", "没有邮递途中的成品卡。");
/// 邮件退回: what the post brings back, until it is taken in.
const RETURNING: List =
    cards("returning", OVERDUE.path, "邮政企业退回、待登记的邮件", "没有退回途中的邮件。");
/// 已收缴或清理交回、待注销: false cards and cleaned ones, at whoever cancels them and at the centre that keeps them; on either page.
const fn confiscated(path: &'static str) -> List {
    cards("confiscated", path, "已收缴或清理交回、待注销", "没有已收缴或清理交回、待网点注销的社保卡。")
}
/// 待追回或回收: what was cancelled or cleaned, or is to be confiscated, while an office, a box or the post has it; on either page.
const fn to_withdraw(path: &'static str) -> List {
    cards(
        "to_withdraw",
        path,
        "已注销、清理或须收缴，待追回或回收",
        "没有已注销、清理或须收缴，待本机构追回或回收的社保卡。",
    )
}
/// 缺卡, of an outlet or of a city: on either page.
const fn missing(path: &'static str) -> List {
    cards("missing", path, "缺卡", "没有登记缺失、尚未补制的成品卡。")
}
/// 待二次发放, of an outlet or of a city: on either page.
const fn to_offer(path: &'static str) -> List {
    cards("to_offer", path, "待二次发放", "没有已回收、在6个月内待保管机构办理二次发放的逾期未领卡。")
}
/// 待发还: what was taken back for something that is over, at whoever keeps it; on either page.
const fn to_give_back(path: &'static str) -> List {
    cards("to_give_back", path, "待发还", "没有死亡、限制恢复后待本机构办理二次发放的社保卡。")
}
/// The same until its holder has it: it has no last day.
const fn given_back(path: &'static str) -> List {
    cards("given_back", path, "已转待发还、待持卡人领取", "没有本机构保管、待持卡人领取的发还卡。")
}
/// What a second offer came to, of a city.
const SECOND_OVER: List =
    cards("second_over", "/stranded", "二次发放期满未领", "没有二次发放期满、待保管网点回收的成品卡。");
/// 待交回服务银行保管: at whoever has the cards, and at the bank that takes them in; on either page.
const fn to_store(path: &'static str) -> List {
    cards("to_store", path, "待交回服务银行保管", "没有待交回服务银行保管的逾期未领卡。")
}
/// 待确认账户余额, of a bank.
const TO_CONFIRM: List = cards(
    "to_confirm",
    OVERDUE.path,
    "逾期且滞留、待本行确认账户余额",
    "没有待本行确认账户余额的逾期且滞留卡。",
);
/// 待销户, of a bank or of a city; on either page.
const fn to_close(path: &'static str) -> List {
    cards("to_close", path, "已注销、待销户", "没有已注销、待服务银行销户的社保卡。")
}
/// 待登记销毁, of a bank's outlet or of a city; on either page.
const fn to_destroy(path: &'static str) -> List {
    cards("to_destroy", path, "待登记销毁", "没有已注销、销户，待本机构登记销毁的社保卡。")
}
const SENT: List =
    cards("sent", "/stranded", "经办机构接收（逾期未领卡数据）", "没有待接收的逾期未领卡数据。");
const STRANDED_CARDS: List = cards("stranded", "/stranded", "逾期且滞留", "没有逾期且滞留的成品卡。");

/// What the page says of a list that holds something, or was narrowed to nothing.
pub struct About {
    pub title: &'static str,
    /// How many cards; of many that there are more.
    pub n: String,
    /// Whether these are those of a city or a bank that was chosen.
    pub narrowed: bool,
    pub article: &'static str,
    /// What is done about its cards.
    pub act: &'static str,
}

/// The page.
#[derive(Template)]
#[template(path = "collection/overdue/overdue.html")]
pub struct WaitingPage {
    pub frame: Frame,
    /// The most urgent first; their titles stand above them.
    pub lists: Vec<(ListView, About)>,
    /// Those that hold nothing.
    pub empty: Vec<List>,
}
crate::frame::page!(WaitingPage);

/// 注销 in a row: it cannot be undone, and asks for a tick.
#[derive(Template)]
#[template(path = "collection/overdue/cancel.html")]
struct CancelAct<'a> {
    frame: &'a Frame,
    holder: String,
    card: String,
}

/// Under which article a list stands, and what is done about its cards.
fn about(which: Waiting, at_outlet: bool) -> (&'static str, &'static str) {
    match which {
        Waiting::Overdue => ("第三十二条", "逐张办理回退；在邮递途中的，按各行所列办理"),
        Waiting::DataSent => ("第三十二条", "接收网点回退的数据"),
        Waiting::ToStore => ("第三十二条", "卡片直接交回服务银行，由该行网点登记交回保管"),
        Waiting::ToWithdraw => ("第三十二条", "追回或从箱内取出后办理回收；须收缴的办理收缴"),
        Waiting::Stranded => ("第三十三条", "服务银行确认账户无余额后办理注销"),
        Waiting::ToConfirm => ("第三十三条", "在“未领卡办理”登记账户余额确认"),
        Waiting::ToOffer => ("第三十三条", "期满前由保管机构办理二次发放"),
        Waiting::SecondOver => ("第三十三条", "由保管网点在“逾期未领卡”回退"),
        Waiting::ToGiveBack => ("第三十三条", "办理二次发放，发还持卡人"),
        Waiting::GivenBack => ("第三十三条", "等候持卡人领取，没有期限"),
        Waiting::ToClose if at_outlet => ("第三十三条", "账户资金结转后，在“注销”办理银行账户销户"),
        Waiting::ToClose => ("第三十三条", "由服务银行网点在“注销”办理银行账户销户"),
        Waiting::ToDestroy => ("第三十三条", "在“未领卡办理”登记销毁"),
        Waiting::Missing => ("第十二条", "在“未领卡办理”登记寻回，或办理未领卡遗失补制"),
        Waiting::Returning => ("第十四条", "收到退件后在“邮递上门”办理邮件退回登记"),
        Waiting::ToPost => ("第十四条", "在“邮递上门”寄出"),
        Waiting::InPost => ("第十四条", "等候持卡人签收，凭取件码登记"),
        Waiting::Confiscated if at_outlet => ("第三十三、三十八条", "按各行所列原因办理注销"),
        Waiting::Confiscated => ("第三十三、三十八条", "由网点按各行所列原因办理注销"),
    }
}

fn act_of(
    which: Waiting,
    card: CardId,
    me: &SignedIn,
) -> Option<(HolderCommand, &'static str, &'static str)> {
    let org = me.org.id;
    Some(match which {
        Waiting::Overdue => {
            let back = TakeBack { card, reason: RecallReason::Uncollected, at: org };
            (HolderCommand::TakeBack(back), "take_back", "回退")
        }
        Waiting::DataSent => (HolderCommand::ReceiveData(ReceiveData { card, org }), "receive_data", "接收"),
        Waiting::Stranded => (HolderCommand::CancelStranded(CancelStranded { card }), "cancel", "注销"),
        Waiting::ToPost
        | Waiting::InPost
        | Waiting::Returning
        | Waiting::Missing
        | Waiting::ToOffer
        | Waiting::SecondOver
        | Waiting::ToGiveBack
        | Waiting::GivenBack
        | Waiting::ToStore
        | Waiting::ToConfirm
        | Waiting::ToWithdraw
        | Waiting::Confiscated
        | Waiting::ToClose
        // It cannot be undone: the card is opened first.
        | Waiting::ToDestroy => return None,
    })
}

fn row_of(
    console: &Console,
    me: &SignedIn,
    frame: &Frame,
    path: &'static str,
    which: Waiting,
    WaitingCard { seen, card: id, number }: &WaitingCard,
) -> Option<Row> {
    let may = May::of(console, me);
    let card = seen.file.card(*id)?;
    let details = seen.file.person.as_ref().map(|p| &p.details);
    let mut lines = lines_of(card, seen, may.institutions());
    let mut state = if lines.is_empty() { String::new() } else { lines.remove(0) };
    let application = seen.file.application(card.application);
    if which == Waiting::ToPost {
        state = match application.and_then(|a| a.post_agreed) {
            Some(_) => "待邮寄".into(),
            None => "待邮寄，尚未告知邮费分担和凭取件码签收".into(),
        };
        lines.extend(application.map(delivery_of).unwrap_or_default());
    }
    if which == Waiting::SecondOver {
        lines.push("由保管网点在“逾期未领卡”回退".into());
    }
    let in_hand = matches!(card.custody, Custody::WithHolder { .. });
    let mut acts = Vec::new();
    let key = || console.service.key_of(&me.session, seen.file.id);
    if which == Waiting::ToGiveBack {
        state = "待办理二次发放".into();
        acts.push(Act::Open { to: format!("/offer-again/{}", key()), name: "二次发放" });
    }
    if which == Waiting::ToOffer {
        let last = second_offer_ends(card).and_then(|end| end.yesterday().ok());
        state = last.map_or(String::new(), |last| format!("待二次发放，{last}期满"));
        // Whoever keeps it offers it; the others read below who that is.
        if may.about(seen, &HolderCommand::OfferAgain(OfferAgain { card: *id })) {
            acts.push(Act::Open { to: format!("/offer-again/{}", key()), name: "二次发放" });
        }
    }
    if which == Waiting::GivenBack && matches!(card.custody, Custody::AtOutlet { .. }) {
        if me.org.kind.is_outlet() {
            acts.push(Act::Open { to: format!("/collect/{}", key()), name: "领取" });
        } else {
            lines.push("由领卡网点在“未领卡办理”单卡转接后发还".into());
        }
    }
    if which == Waiting::ToWithdraw
        && let Some(said) = taken_out_said(card, seen.batches.get(&card.batch), may.institutions())
    {
        lines.push(said);
        let (card_id, at) = (*id, me.org.id);
        let takes = match to_confiscate(card) {
            Some(case) => HolderCommand::Confiscate(Confiscate { card: card_id, case, at }),
            None => HolderCommand::TakeBack(TakeBack { card: card_id, reason: counts_as(card), at }),
        };
        if may.about(seen, &takes) {
            acts.push(Act::Open { to: format!("/recall/{}", key()), name: "回收" });
        }
    }
    if which == Waiting::Confiscated && me.org.kind.is_outlet() {
        acts.push(Act::Open { to: format!("/cancel/{}", key()), name: "注销" });
    }
    if which == Waiting::ToWithdraw
        && let Some(said) = withdrawn_here_said(card)
    {
        lines.push(said);
        acts.push(Act::Open { to: format!("/recall/{}", key()), name: "回收" });
    }
    if which == Waiting::ToClose {
        let closed = RecordAccountClosed { card: *id, settled: true, given_back_at: None };
        if may.about(seen, &HolderCommand::RecordAccountClosed(closed)) {
            acts.push(Act::Open { to: format!("/cancel/{}", key()), name: "销户" });
        }
        if in_hand {
            lines.push("卡片在持卡人手中，由服务银行销户并回收".into());
        }
    }
    if let Some((command, what, name)) = act_of(which, *id, me) {
        match may.refused(seen, &command) {
            None if which == Waiting::Stranded => {
                let (holder, card) = (seen.file.id.to_string(), id.to_string());
                acts.push(Act::Own(CancelAct { frame, holder, card }.render()));
            }
            None => {
                let (holder, card) = (seen.file.id.to_string(), id.to_string());
                let fields = vec![("holder", holder), ("card", card), ("what", what.to_owned())];
                acts.push(Act::Press { to: path, fields, name });
            }
            // What is not on the way any more is said below, with what is done instead.
            Some(why) if which != Waiting::Overdue => {
                lines.push(format!("现在不能{name}：{}", why.sentence()));
            }
            Some(_) => {}
        }
    }
    lines.extend(recalled_waits_for(card, may.institutions(), may.today()));
    // What the post has is nobody's to take back: it is registered as returned, or as missing.
    if which == Waiting::ToPost || matches!(card.custody, Custody::InPost { .. }) {
        let unsigned = posting(&may, me, seen, card).unsigned;
        if let Some(why) = unsigned {
            lines.push(format!("现在不能签收：{why}"));
        } else if which == Waiting::Overdue {
            lines.push("退回的办理邮件退回登记，查无下落的登记缺卡".into());
        }
        acts.push(Act::Open { to: format!("/post/{}", key()), name: "邮递上门" });
    }
    if !in_hand {
        let fields = vec![("number", number.as_str().to_owned())];
        acts.push(Act::Press { to: "/cards-on-their-way", fields, name: "未领卡办理" });
    }
    let city = application.map_or("", |a| a.city.name());
    Some(Row {
        key: format!("{}.{id}", seen.file.id),
        cells: vec![
            details.map(|d| d.name.masked()).unwrap_or_default().into(),
            details.map(|d| d.ssn.masked()).unwrap_or_default().into(),
            number.as_str().into(),
            city.into(),
            card.bank.name().into(),
            Cell::from(state).beside(lines.join("\n")),
        ],
        acts,
    })
}

/// What is chosen of a list.
fn chosen_of(console: &Console, me: &SignedIn, choose: &mut Choose<'_>) -> Narrow {
    Narrow {
        city: choose.by("city", cities_of(&me.org)),
        bank: choose.by("bank", banks_of(&console.service.institutions(), &me.org)),
        outlet: None,
    }
}

/// 导出逾期未领卡清单 (R32.3), or the page. A file wants the cards of its list alone.
async fn shown(
    console: &Console,
    me: &SignedIn,
    mut frame: Frame,
    all: Vec<(Waiting, List)>,
    asked: &Asked,
) -> Response {
    clause!(R32.3);
    let taken = all.iter().any(|(_, list)| list.is_taken(asked));
    let (mut chosen, mut wanted) = (Vec::new(), Vec::new());
    for (which, list) in &all {
        let mut choose = list.choose(asked);
        wanted.push(AskedList {
            which: *which,
            chosen: chosen_of(console, me, &mut choose),
            after: list.part(asked).to_owned(),
            cards: !taken || list.is_taken(asked),
        });
        chosen.push(choose);
    }
    let found = match console.service.waiting_cards(&me.actor(), &wanted).await {
        Ok(found) => found,
        Err(why) => {
            frame.say(&why);
            Vec::new()
        }
    };
    let (mut lists, mut empty) = (Vec::new(), Vec::new());
    for (((which, list), choose), found) in all.iter().zip(chosen).zip(found) {
        let rows =
            found.part.rows.iter().filter_map(|row| row_of(console, me, &frame, list.path, *which, row));
        let mut view = choose.view(rows.collect(), found.part.more);
        if let Some(file) = view.taken() {
            return file;
        }
        if !view.any {
            empty.push(*list);
            continue;
        }
        // Its title stands above what is said of it, and what is pressed of it leads back to it.
        view.title = "";
        let to_it = |to: String| format!("{to}#{}", list.id);
        (view.first, view.next, view.more) =
            (view.first.map(to_it), view.next.map(to_it), view.more.map(to_it));
        for head in &mut view.heads {
            head.to = to_it(std::mem::take(&mut head.to));
        }
        let (article, act) = about(*which, me.org.kind.is_outlet());
        let narrowed = view.filters.iter().any(|f| f.values.iter().any(|v| v.chosen));
        let (n, more) = found.n;
        let n = if more { format!("{n}以上") } else { n.to_string() };
        lists.push((view, About { title: list.title, n, narrowed, article, act }));
    }
    WaitingPage { frame, lists, empty }.into_response()
}

async fn overdue_page(console: &Console, me: &SignedIn, frame: Frame, asked: &Asked) -> Response {
    let path = OVERDUE.path;
    let mut all = vec![(Waiting::Overdue, OVERDUE_CARDS), (Waiting::ToOffer, to_offer(path))];
    // A bank says what is in its own accounts, closes them, and destroys what it keeps.
    if me.org.bank.is_some() {
        all.extend([
            (Waiting::ToConfirm, TO_CONFIRM),
            (Waiting::ToClose, to_close(path)),
            (Waiting::ToDestroy, to_destroy(path)),
        ]);
    }
    all.extend([
        (Waiting::Missing, missing(path)),
        (Waiting::Returning, RETURNING),
        (Waiting::ToPost, TO_POST),
        (Waiting::ToStore, to_store(path)),
        (Waiting::ToWithdraw, to_withdraw(path)),
        (Waiting::Confiscated, confiscated(path)),
        (Waiting::ToGiveBack, to_give_back(path)),
        // These wait for their holders.
        (Waiting::GivenBack, given_back(path)),
        (Waiting::InPost, POSTED),
    ]);
    shown(console, me, frame, all, asked).await
}

/// 逾期未领卡.
pub async fn overdue(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    overdue_page(&console, &me, Frame::of(&me, "逾期未领卡"), &asked).await
}

/// 市内再次分发-回退.
pub async fn take_back(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    let said = act(&console, &me, sent).await;
    overdue_page(&console, &me, told(Frame::of(&me, "逾期未领卡"), said), &me.asked).await
}

async fn stranded_page(console: &Console, me: &SignedIn, frame: Frame, asked: &Asked) -> Response {
    clause!(R32.4);
    let path = STRANDED.path;
    let all = vec![
        (Waiting::Stranded, STRANDED_CARDS),
        (Waiting::SecondOver, SECOND_OVER),
        (Waiting::ToOffer, to_offer(path)),
        (Waiting::DataSent, SENT),
        (Waiting::Missing, missing(path)),
        (Waiting::ToStore, to_store(path)),
        (Waiting::ToWithdraw, to_withdraw(path)),
        (Waiting::Confiscated, confiscated(path)),
        (Waiting::ToClose, to_close(path)),
        (Waiting::ToDestroy, to_destroy(path)),
        (Waiting::ToGiveBack, to_give_back(path)),
        // These wait for their holders.
        (Waiting::GivenBack, given_back(path)),
    ];
    shown(console, me, frame, all, asked).await
}

/// 逾期且滞留, and the data that come back before.
pub async fn stranded(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    stranded_page(&console, &me, Frame::of(&me, "逾期且滞留"), &asked).await
}

/// 接收, 注销.
pub async fn settle(State(console): State<Console>, me: SignedIn, sent: Sent) -> Response {
    let said = act(&console, &me, sent).await;
    stranded_page(&console, &me, told(Frame::of(&me, "逾期且滞留"), said), &me.asked).await
}
