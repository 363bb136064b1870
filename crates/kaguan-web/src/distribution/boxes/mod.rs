//! 省中心寄出, 市中心接收, 市内再次分发, 经办机构接收.

mod counting;
mod differing;
mod in_hand;
mod missing;
mod sheet;

pub use counting::{Differences, counted_of, unfilled};

use crate::Console;
use crate::distribution::on_the_way::name_of;
use crate::holder::people::documents;
use crate::holder::people::stated::Stated;
use crate::list::{Act, Asked, Cell, Kind, List, ListView, Row, column, office, offices, same};
use crate::marks::Fault;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::session::SignedIn;
use crate::upload::Sent;
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::collection::HandOverToUnit;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::BatchCommand;
use kaguan_domain::distribution::{CompareBox, Receive, SettleDifference, Ship};
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::batch::BatchFile;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::difference::{Difference, Settled};
use kaguan_domain::facts::institution::{Institutions, Task};
use kaguan_domain::ids::{BatchId, BoxId, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_domain::spelling;
use kaguan_service::{Command, ComparedBox, Failure, Seen};
use kaguan_store::{BoxWay, BoxesChosen, ListedBox};
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/boxes",
    screens: &[
        Screen {
            group: "社保卡领取", name: "省中心寄出", article: "第十二条", verb: Verb::Ship
        },
        Screen {
            group: "社保卡领取", name: "市中心接收", article: "第十二条", verb: Verb::Redistribute
        },
        Screen {
            group: "社保卡领取", name: "市内再次分发", article: "第十二条", verb: Verb::Redistribute
        },
        Screen {
            group: "社保卡领取", name: "经办机构接收", article: "第十二条", verb: Verb::HandOver
        },
        Screen {
            group: "社保卡领取", name: "批量领卡启用", article: "第十五条", verb: Verb::HandOverToUnit
        },
    ],
    doors: |d| {
        d.get("/boxes", page)
            .post("/boxes/receive", receive)
            .form("/boxes/hand-over", hand_over)
            .post("/boxes/ship", ship)
            .post("/boxes/settle", settle)
            .post("/boxes/empty", close_empty)
            .get("/boxes/sheet", sheet::sheet)
            .get("/boxes/sheet/pdf", sheet::sheet)
            .post("/boxes/compare", compare)
            .post("/boxes/missing", missing::record)
            .post("/boxes/found", in_hand::found)
            .post("/boxes/take-over", in_hand::take_over)
    },
    samples: &["/boxes"],
};

const TITLE: &str = "成品卡接收与分发";

/// A receipt.
#[derive(Deserialize)]
pub struct ReceiveForm {
    batch: i64,
    r#box: i64,
    #[serde(default)]
    counted: String,
    #[serde(default)]
    kept_at: String,
    #[serde(default)]
    signer: String,
    #[serde(default)]
    short: String,
    #[serde(default)]
    answers: String,
    #[serde(default)]
    surplus: String,
    #[serde(default)]
    account: String,
}

impl ReceiveForm {
    fn differences(&self) -> Differences<'_> {
        let (short, answers) = (self.short.as_str(), self.answers.as_str());
        Differences { short, answers, surplus: &self.surplus, account: &self.account }
    }
}

/// 清点差异处理.
#[derive(Deserialize)]
pub struct SettleForm {
    batch: i64,
    r#box: i64,
    #[serde(default)]
    cards: String,
    /// When the box was signed for with the shortage.
    #[serde(default)]
    counted_at: String,
    #[serde(default)]
    surplus: String,
    #[serde(default)]
    account: String,
}

/// A shipment.
#[derive(Deserialize)]
pub struct ShipForm {
    batch: i64,
    r#box: i64,
    to: i64,
    responsible: String,
    manner: String,
    #[serde(default)]
    tracking: String,
}

/// A box in which nothing is left.
#[derive(Deserialize)]
pub struct EmptyForm {
    batch: i64,
    r#box: i64,
}

/// A list of what is in hand, one number a line.
#[derive(Deserialize)]
pub struct CompareForm {
    batch: i64,
    r#box: i64,
    list: String,
}

/// One box in the list.
pub struct BoxView {
    /// Its batch.
    pub batch: i64,
    /// 批次号: two boxes of different batches may have one number.
    pub of: String,
    pub id: i64,
    /// 装箱位置.
    pub number: String,
    pub outlet: String,
    /// For which employer: its number, as a form sends it.
    pub employer: String,
    /// The same as it is shown, with its name.
    pub unit: String,
    /// Cards in it; nothing for whoever is to count it.
    pub cards: Option<i64>,
    /// Whether what is in hand can be compared with it card by card.
    pub compare: bool,
    /// Whether its hand-over sheet can be printed here.
    pub sheet: bool,
    /// Where it was sent from here, and is not signed for yet, or that an employer has it; empty of one that lies here.
    pub under_way: String,
    /// Whether it is to be signed for here.
    pub receive: bool,
    /// Differences that nobody has settled: cards too few (0 for one too many), the number of the card too many, what is known, when they
    /// were counted.
    pub differences: Vec<(i64, String, String, i64)>,
    /// Whether they can be settled here.
    pub settle: bool,
    /// Whether nothing is left in it, and it is closed here.
    pub empty: bool,
    /// Whether it can be handed to its employer here.
    pub hand_over: bool,
    /// Where it can be sent from here: identity and name.
    pub next: Vec<(i64, String)>,
}

/// What a list said of a box.
pub struct ComparedView {
    pub batch: i64,
    pub id: i64,
    /// Its batch and its number.
    pub name: String,
    pub seen: Seen<ComparedBox>,
    /// Whether its reader may record here that a card is missing.
    pub records: bool,
    /// What was read, to be compared again when something is refused.
    pub list: String,
    /// The shortages that are open, when several answer for them: by the time of each, in words. Of each card it is chosen which it was.
    pub shorts: Vec<(i64, String)>,
}

/// Boxes.
#[derive(Template)]
#[template(path = "distribution/boxes/boxes.html")]
pub struct BoxesPage {
    pub frame: Frame,
    /// Boxes here, or on the way here; `None` when they may not be seen, or could not be read: the notice says which.
    pub list: Option<ListView>,
    /// 清点差异 that nobody has settled; `None` when there is none, or as above.
    pub differing: Option<ListView>,
    /// 待转接的单张卡; `None` as above.
    pub single: Option<ListView>,
    /// What a list said of one of them: its number, and what is missing, strange and read twice.
    pub compared: Option<ComparedView>,
    /// What its reader may record here of a card in hand that lies in no box here: 登记寻回, 单卡转接.
    pub in_hand: (bool, bool),
}
crate::frame::page!(BoxesPage);

/// What is done about one box.
#[derive(Template)]
#[template(path = "distribution/boxes/box_acts.html")]
struct BoxActs<'a> {
    frame: &'a Frame,
    /// Code and name of the documents that an operator can show.
    documents: &'a [(&'static str, &'static str)],
    b: &'a BoxView,
}

const LIST: List = List {
    id: "boxes",
    path: "/boxes",
    title: "",
    none: "没有待签收或在本机构保管的成品卡箱。寄往本机构的箱子会列在这里。",
    columns: &[
        column("number", "箱号", Kind::Code),
        column("of", "批次", Kind::Code),
        column("outlet", "领卡网点", Kind::Choice),
        column("employer", "单位", Kind::Text),
        column("cards", "张数", Kind::Sum),
        column("way", "现在", Kind::Choice),
    ],
};

const WAYS: [BoxWay; 3] = [BoxWay::Coming, BoxWay::Kept, BoxWay::SetOut];

/// How a box stands to this office, as an address names it.
fn code_of(way: BoxWay) -> &'static str {
    match way {
        BoxWay::Coming => "coming",
        BoxWay::Kept => "kept",
        BoxWay::SetOut => "set_out",
    }
}

fn way_of(way: BoxWay) -> &'static str {
    match way {
        BoxWay::Coming => "待签收",
        BoxWay::Kept => "本机构保管",
        BoxWay::SetOut => "已寄出，待对方签收",
    }
}

/// What is done about a box, when it can be shown.
fn row_of(frame: &Frame, documents: &[(&'static str, &'static str)], b: &BoxView) -> Row {
    let way = match (b.under_way.is_empty(), b.receive) {
        (false, _) => Cell::from(b.under_way.as_str()).tagged("info"),
        (true, true) => Cell::from(way_of(BoxWay::Coming)).tagged("warn"),
        (true, false) => way_of(BoxWay::Kept).into(),
    };
    let acts = vec![Act::Own(BoxActs { frame, documents, b }.render())];
    Row {
        key: b.id.to_string(),
        cells: vec![
            b.number.as_str().into(),
            b.of.as_str().into(),
            b.outlet.as_str().into(),
            b.unit.as_str().into(),
            b.cards.map_or_else(|| Cell::from("待清点"), Cell::from),
            way,
        ],
        acts,
    }
}

/// A shipment with everything filled in, to ask whether it may go there.
fn shipment(r#box: BoxId, to: OrgId) -> BatchCommand {
    let filled = || "待填写".to_owned();
    BatchCommand::Ship(Ship { r#box, to, responsible: filled(), manner: filled(), tracking: filled() })
}

/// A difference as the list shows it.
fn difference_of(institutions: &Institutions) -> impl Fn(&Difference) -> (i64, String, String, i64) {
    |d| {
        let answers = name_of(&d.answers, institutions);
        let what = match &d.surplus {
            Some(card_no) => format!("多出 {card_no}，由{answers}送达：{}", d.account),
            None => format!("短少{}张，责任方{answers}：{}", d.short, d.account),
        };
        (d.short, d.surplus.clone().unwrap_or_default(), what, d.at.0)
    }
}

/// The list as far as its viewer may see it; what was said of a command before stands.
async fn show(console: &Console, me: &SignedIn, mut frame: Frame, asked: &Asked) -> BoxesPage {
    let may = May::of(console, me);
    let outlets = match console.service.box_outlets_for(&me.actor()).await {
        // Whoever may not see boxes is told so by the list.
        Err(Failure::Refused(_)) => Vec::new(),
        outlets => frame.list(outlets).unwrap_or_default(),
    };
    let mut choose = LIST.choose(asked);
    let chosen = BoxesChosen {
        outlet: choose.by_what_is_there("outlet", offices(may.institutions(), outlets), |code| {
            office(may.institutions(), code)
        }),
        way: choose.by("way", same(&WAYS, code_of, way_of)),
    };
    let part = frame.part(console.service.boxes_for(&me.actor(), chosen, LIST.part(asked)).await);
    let boxes: Vec<_> =
        part.iter().flat_map(|part| &part.rows).map(|(row, _)| (row.batch, &row.file)).collect();
    let employers = console.service.employers_of(&boxes).await;
    let employers = employers.map_err(|e| frame.say(&e)).unwrap_or_default();
    let kinds = documents(None);
    let list = part.map(|part| {
        let rows = part.rows.iter().map(|(row, file)| {
            let unit = employers.get(&row.file.id).map(|of| of.said.clone()).unwrap_or_default();
            row_of(&frame, &kinds, &BoxView { unit, ..box_of(me, &may, row, file) })
        });
        choose.view(rows.collect(), part.more)
    });
    // Whoever may not see boxes was told so above.
    let differing = match &list {
        None => None,
        Some(_) => {
            let found = differing::view(console, me, &may, asked).await;
            found.unwrap_or_else(|why| {
                frame.say(&why);
                None
            })
        }
    };
    let in_hand = (may.may(Verb::RecordFound), may.may(Verb::TakeOver));
    let single = match in_hand {
        (false, false) => None,
        (true, _) | (_, true) => {
            let found = console.service.single_cards(&me.actor(), in_hand::SINGLE.part(asked)).await;
            frame.part(found).map(|part| {
                let rows = part.rows.iter().map(|card| in_hand::row_of(&may, me, card)).collect();
                in_hand::SINGLE.choose(asked).view(rows, part.more)
            })
        }
    };
    BoxesPage { frame, list, differing, single, compared: None, in_hand }
}

fn box_of(me: &SignedIn, may: &May, row: &ListedBox, file: &BatchFile) -> BoxView {
    let (institutions, b) = (may.institutions(), &row.file);
    let outlet = institutions.org(b.outlet);
    // The next level for this box, if the domain lets it go there.
    let centre = outlet.and_then(|o| institutions.city_centre(&o.city()?));
    let county = outlet.and_then(|o| institutions.org(o.parent?));
    // Down comes first, back up last.
    let entrusted = institutions.orgs().filter(|o| institutions.is_entrusted(o.id, Task::ReceiveCards));
    let mut next: Vec<(i64, String)> = Vec::new();
    for to in [county, outlet, centre].into_iter().flatten().chain(entrusted) {
        let known = next.iter().any(|(id, _)| *id == to.id.0);
        if !known && to.id != me.org.id && may.batch(file, &shipment(b.id, to.id)) {
            next.push((to.id.0, to.name.clone()));
        }
    }
    let differences: Vec<_> =
        b.differences.iter().filter(|d| d.is_open()).map(difference_of(institutions)).collect();
    let settled = differences.first().map(|(short, card_no, _, at)| match short {
        0 => Settled::Surplus { card_no: card_no.clone() },
        cards => Settled::Short { cards: *cards, at: Some(Instant(*at)) },
    });
    let here = b.keeper == Party::Org(me.org.id);
    let comes = b.on_the_way.as_ref().is_some_and(|w| w.to == me.org.id);
    let receive = may.batch(
        file,
        &BatchCommand::Receive(Receive {
            r#box: b.id,
            org: me.org.id,
            counted: file.inside(b.id),
            kept_at: "待填写".into(),
            signer: "待填写".into(),
            short: None,
            surplus: Vec::new(),
        }),
    );
    let hand_over = b.employer.as_ref().is_some_and(|employer| {
        may.hand_over(file, &BatchCommand::HandOverBox(bare_hand_over(b.id, employer)))
    });
    let compare = CompareBox { r#box: b.id, org: me.org.id, listed: 1, missing: 0, unknown: 0 };
    BoxView {
        batch: row.batch.0,
        of: file.batch.as_ref().map(|x| x.number.clone()).unwrap_or_default(),
        id: b.id.0,
        number: b.number.clone(),
        outlet: outlet.map(|o| o.name.clone()).unwrap_or_default(),
        employer: b.employer.clone().unwrap_or_default(),
        unit: String::new(),
        // Whoever is to count it, alone or with an employer's operator, does not see how many there should be.
        cards: (!comes && !hand_over).then(|| file.inside(b.id)),
        compare: may.batch(file, &BatchCommand::Compare(compare)),
        sheet: here && (b.on_the_way.is_some() || hand_over),
        under_way: match (&b.keeper, b.on_the_way.as_ref().filter(|w| w.to != me.org.id)) {
            (Party::Employer(_), _) => "已交付单位，清点差异待处理".to_owned(),
            (_, None) => String::new(),
            (_, Some(w)) => {
                let to = institutions.org(w.to).map_or("", |o| o.name.as_str());
                format!("已寄往{to}，待对方签收")
            }
        },
        empty: may.batch(file, &BatchCommand::CloseEmptyBox { r#box: b.id }),
        hand_over,
        receive,
        settle: settled.is_some_and(|settled| {
            let account = "待填写".into();
            let settle = SettleDifference { r#box: b.id, settled, account };
            may.batch(file, &BatchCommand::SettleDifference(settle))
        }),
        differences,
        next,
    }
}

/// The list.
pub async fn page(State(console): State<Console>, me: SignedIn, asked: Asked) -> Response {
    let page = show(&console, &me, Frame::of(&me, TITLE), &asked).await;
    let taken = [&page.list, &page.differing, &page.single].into_iter().flatten().find_map(ListView::taken);
    match taken {
        Some(file) => file,
        None => page.into_response(),
    }
}

async fn give(console: Console, me: SignedIn, batch: i64, command: BatchCommand, done: &str) -> BoxesPage {
    let ctx = me.command(&console);
    let outcome = console.service.execute(ctx, Command::Batch { id: BatchId(batch), command }).await;
    show(&console, &me, Frame::of(&me, TITLE).after(outcome, done), &me.asked).await
}

/// 接收.
pub async fn receive(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<ReceiveForm>,
) -> BoxesPage {
    let (counted, differences) = (counted_of(&form.counted), form.differences().stated());
    let (counted, (short, surplus)) = match (counted, differences) {
        (Ok(counted), Ok(differences)) => (counted, differences),
        (counted, differences) => {
            let mut faults: Vec<Fault> = counted.err().into_iter().collect();
            faults.extend(differences.err().into_iter().flatten());
            faults.extend(form.differences().unaccounted());
            faults.extend(unfilled(&[
                ("kept_at", "保管地点", &form.kept_at),
                ("signer", "签收人", &form.signer),
            ]));
            let frame = Frame::of(&me, TITLE).wrong_in(faults, "");
            return show(&console, &me, frame, &me.asked).await;
        }
    };
    let command = BatchCommand::Receive(Receive {
        r#box: BoxId(form.r#box),
        org: me.org.id,
        counted,
        kept_at: form.kept_at,
        signer: form.signer,
        short,
        surplus,
    });
    give(console, me, form.batch, command, "已签收").await
}

/// 批量领卡 before anything is filled in.
fn bare_hand_over(r#box: BoxId, employer: &str) -> HandOverToUnit {
    HandOverToUnit {
        r#box,
        employer: employer.to_owned(),
        operator: String::new(),
        authorisation: String::new(),
        verified: false,
        counted: 0,
        unit: None,
        form_no: String::new(),
        shown: None,
        copies: Vec::new(),
        other_operator: false,
        signed: false,
        reminded: false,
    }
}

/// 批量领卡: the operator with his document, the unit's authorisation as an image, and the form that he brings.
pub async fn hand_over(State(console): State<Console>, me: SignedIn, sent: Sent) -> BoxesPage {
    let mut form = Stated::of(&console, sent);
    let r#box = BoxId(form.id("box"));
    let form_no = form.text("form_no").to_owned();
    let unit = match console.service.unit_of_box(r#box, &form_no).await {
        Ok(unit) => unit,
        Err(e) => {
            return show(&console, &me, Frame::of(&me, TITLE).wrong(e), &me.asked).await;
        }
    };
    let copies = [
        form.copy("authorisation_image", MaterialKind::Authorisation),
        form.copy("operator_image", MaterialKind::AgentIdentity),
    ];
    let command = BatchCommand::HandOverBox(HandOverToUnit {
        operator: form.text("operator").to_owned(),
        authorisation: form.text("authorisation").to_owned(),
        verified: form.ticked("verified"),
        // What is no number is none that both counted.
        counted: spelling::number(form.text("counted")).parse().unwrap_or(-1),
        unit,
        form_no,
        shown: form.shown(),
        copies: copies.into_iter().flatten().collect(),
        other_operator: form.ticked("other_operator"),
        signed: form.ticked("signed"),
        reminded: form.ticked("reminded"),
        ..bare_hand_over(r#box, form.text("employer"))
    });
    let ctx = me.command(&console);
    let command = Command::Batch { id: BatchId(form.id("batch")), command };
    let outcome = console.service.execute_with_images(ctx, command, &form.images).await;
    let done = "已交付单位；持卡人签收后，请在发放登记册中登记签收";
    show(&console, &me, Frame::of(&me, TITLE).after(outcome, done), &me.asked).await
}

/// 清点差异处理.
pub async fn settle(State(console): State<Console>, me: SignedIn, Form(form): Form<SettleForm>) -> BoxesPage {
    clause!(R12.1);
    let settled = match form.surplus.is_empty() {
        false => Settled::Surplus { card_no: form.surplus },
        true => Settled::Short {
            // What is no number is none that was found.
            cards: spelling::number(&form.cards).parse().unwrap_or(0),
            at: form.counted_at.trim().parse().ok().map(Instant),
        },
    };
    let settle = SettleDifference { r#box: BoxId(form.r#box), settled, account: form.account };
    give(console, me, form.batch, BatchCommand::SettleDifference(settle), "已登记清点差异处理").await
}

/// 空箱结清.
pub async fn close_empty(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<EmptyForm>,
) -> BoxesPage {
    clause!(R12.1);
    let command = BatchCommand::CloseEmptyBox { r#box: BoxId(form.r#box) };
    give(console, me, form.batch, command, "空箱已结清，不再分发").await
}

/// 寄出, 再次分发.
pub async fn ship(State(console): State<Console>, me: SignedIn, Form(form): Form<ShipForm>) -> BoxesPage {
    let command = BatchCommand::Ship(Ship {
        r#box: BoxId(form.r#box),
        to: OrgId(form.to),
        responsible: form.responsible,
        manner: form.manner,
        tracking: form.tracking,
    });
    give(console, me, form.batch, command, "已寄出，待对方签收；请打印交接单，双方签字").await
}

/// 逐张核对: what a scanner read, beside the box.
pub async fn compare(
    State(console): State<Console>,
    me: SignedIn,
    Form(form): Form<CompareForm>,
) -> BoxesPage {
    clause!(R12.1);
    let frame = Frame::of(&me, TITLE);
    let which = (BatchId(form.batch), BoxId(form.r#box));
    match missing::compared(&console, &me, which, form.list).await {
        Ok(compared) => {
            let frame = frame.done(format!("已核对：清单上不同的卡{}张", compared.seen.counted));
            let page = show(&console, &me, frame, &me.asked).await;
            BoxesPage { compared: Some(compared), ..page }
        }
        Err(e) => show(&console, &me, frame.wrong(e), &me.asked).await,
    }
}
