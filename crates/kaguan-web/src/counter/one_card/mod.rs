//! 一人一卡: the list of the person's cards in the province, masked; the slip to be printed and signed, once the clerk has seen whose it is;
//! and the clean-up.

use super::{Business, CounterPage, Typed, empty, incomplete, settled};
use crate::Console;
use crate::find::{self, Find};
use crate::holder::people::stated::Stated;
use crate::holder::people::{documents, one_of_several};
use crate::may::{self, May};
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::records::papers::{self, Printer, SlipSays};
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::{Case, MaterialKind};
use kaguan_domain::facts::card::Card;
use kaguan_domain::ids::{CardId, HolderId};
use kaguan_domain::one_card::{Clean, Confirm, PrintSlip, said_on_slip, wants_cleaning};
use kaguan_domain::permission::Verb;
use kaguan_domain::records::{FileMaterial, business_of};
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_print::Paper;
use kaguan_service::{Command, Failure, InClear, Looked, Receipt, Seen, is_image};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/one-card",
    screens: &[Screen {
        group: "一人一卡", name: "一人一卡", article: "附件10", verb: Verb::CleanOneCard
    }],
    doors: |d| {
        d.get("/one-card", page)
            .post("/one-card", find)
            .get("/one-card/{key}", by_key)
            .post("/one-card/slip", print)
            .form("/one-card/clean", clean)
            .post("/one-card/pdf", pdf)
    },
    samples: &["/one-card"],
};

/// One card on the list.
pub struct OneCardLine {
    pub id: i64,
    /// Masked card number.
    pub number: String,
    /// 发卡地.
    pub city: &'static str,
    pub bank: &'static str,
    /// What it is to its holder, as the slip says it.
    pub state: String,
    /// 本市发行.
    pub local: bool,
    /// Whether it was made to take the place of another one in the list, and stays or goes with that.
    pub with_another: bool,
}

/// The list, and 一人一卡业务确认单 when it was printed.
#[derive(Template)]
#[template(path = "counter/one_card/one_card.html")]
pub struct OneCardPage {
    pub frame: Frame,
    pub of: &'static Business,
    /// The address of the file.
    pub key: String,
    pub typed: Typed,
    pub holder: i64,
    /// Whose list it is, masked.
    pub name: String,
    pub number: String,
    /// The documents to choose from.
    pub documents: Vec<(&'static str, &'static str)>,
    /// The slip, once whose document was seen is stated.
    pub paper: Option<String>,
    /// Why there is no PDF of it.
    pub missing: Option<&'static str>,
    /// The identities of all that is listed, which is what is signed for.
    pub all: String,
    pub cards: Vec<OneCardLine>,
    /// Whether none is of this city, so that a first application cleans all of them.
    pub all_go: bool,
    /// Whether nothing is to be cleaned: there is one card alone, of this city, with or without the new one that takes its place.
    pub only_one: bool,
}
crate::frame::page!(OneCardPage);

/// The page.
pub static BUSINESS: Business = Business {
    path: "/one-card",
    title: "一人一卡",
    why: "办理一人一卡清理（脱敏显示）",
    told: &[
        "查询申请人在省内的全部社保卡（脱敏显示）；有需要清理的，核实申请人的有效身份证件后打印《一人一卡业务确认单》，由申请人核对签字，扫描后清理。",
        "首次申领的全部清理；补换卡的保留一张本市发行的卡，其余清理。新卡激活后办理旧账户结转、旧卡回收。",
    ],
    on_card: |_| false,
    on_person: |p| p.one_card,
    next: &["/cancel", "/recall"],
    waits: None,
};

/// The cards of somebody, masked, as the page asks about them.
fn listed(me: &SignedIn, seen: &Looked) -> Vec<OneCardLine> {
    let (file, here) = (&seen.file, me.org.city());
    let line = |c: &Card| OneCardLine {
        id: c.id.0,
        number: match file.successor(c.id) {
            Some(new) => format!("{}（连同补换新卡{}）", c.card_no.masked(), new.card_no.masked()),
            None => c.card_no.masked(),
        },
        city: c.city.name(),
        bank: c.bank.name(),
        state: said_on_slip(file, c),
        local: here.as_ref() == Some(&c.city),
        with_another: file.standing_cards().any(|old| file.replaces(c, old)),
    };
    file.standing_cards().map(line).collect()
}

/// The slip of somebody as a paper: what somebody signs names him and his cards in the clear.
fn slip(console: &Console, me: &SignedIn, seen: &Seen<InClear>) -> Paper {
    clause!(X10.1);
    let file = seen.whole();
    let row = |c: &Card| {
        let [number, city, bank] = [c.card_no.as_str(), c.city.name(), c.bank.name()].map(str::to_owned);
        [number, city, bank, said_on_slip(file, c)]
    };
    let details = file.person.as_ref().map(|p| &p.details);
    let says = SlipSays {
        name: details.map_or("", |d| d.name.display()),
        number: details.map_or("", |d| d.ssn.as_str()),
        on: &console.service.now().date().to_string(),
        outlet: &me.org.name,
        clerk: &me.officer.name,
    };
    papers::slip(&says, &file.standing_cards().map(row).collect::<Vec<_>>())
}

/// Whose document was seen, as the clerk states it.
fn seen_by_clerk(form: &Stated) -> PrintSlip {
    PrintSlip { verified: form.ticked("verified"), shown: form.shown() }
}

/// 打印确认单: the slip, for the signature of whoever stands there.
async fn print(State(console): State<Console>, me: SignedIn, printer: Printer, sent: Sent) -> Response {
    let form = Stated::of(&console, sent);
    let (id, typed) = (form.holder(), Typed::of("slip", &form));
    let frame = BUSINESS.frame(&me);
    match console.service.cards_of(me.ctx(&console), id, seen_by_clerk(&form)).await {
        Ok(seen) => {
            let paper = slip(&console, &me, &seen);
            looked(&console, &me, &printer, frame, id, (typed, Some(paper))).await
        }
        Err(e) => looked(&console, &me, &printer, frame.after(Err::<(), _>(e), ""), id, (typed, None)).await,
    }
}

/// The paper alone as PDF, of whoever the form names and states.
async fn pdf(State(console): State<Console>, me: SignedIn, printer: Printer, sent: Sent) -> Response {
    let form = Stated::of(&console, sent);
    let (id, typed) = (form.holder(), Typed::of("slip", &form));
    match console.service.cards_of(me.ctx(&console), id, seen_by_clerk(&form)).await {
        Ok(seen) => {
            let paper = slip(&console, &me, &seen);
            printer.pdf(&me, paper, "one-card").await
        }
        Err(e) => {
            let frame = BUSINESS.frame(&me).after(Err::<(), _>(e), "");
            looked(&console, &me, &printer, frame, id, (typed, None)).await
        }
    }
}

/// The list of somebody, by a look of its own, with the slip when it was printed.
async fn looked(
    console: &Console,
    me: &SignedIn,
    printer: &Printer,
    frame: Frame,
    id: HolderId,
    with: (Typed, Option<Paper>),
) -> Response {
    match console.service.look(me.ctx(console), id, BUSINESS.why).await {
        Ok(seen) => shown(console, me, printer, frame, &seen, with).await,
        Err(_) if frame.notice.is_some() => empty(&BUSINESS, frame).into_response(),
        Err(e) => empty(&BUSINESS, frame.after(Err::<(), _>(e), "")).into_response(),
    }
}

/// The list of a file that was looked at, with the slip when it was printed.
async fn shown(
    console: &Console,
    me: &SignedIn,
    printer: &Printer,
    frame: Frame,
    seen: &Seen<Looked>,
    (typed, paper): (Typed, Option<Paper>),
) -> Response {
    if let Err(refused) = may::at_all(console, me, Verb::FindOthers) {
        return empty(&BUSINESS, frame.after(Err::<(), _>(refused.into()), "")).into_response();
    }
    let (cards, file) = (listed(me, seen), &seen.file);
    if cards.is_empty() {
        // Some were cleaned already, and their accounts are still to be settled.
        let why = match file.cards.iter().any(|c| !c.stands() && !c.is_cancelled()) {
            true => {
                "该人在省内的社保卡已经清理，没有再需清理的卡；首次申领的，直接办理个人申请；已清理的卡，办理账户结转、注销和回收"
            }
            false => "该人名下没有省内社保卡，没有需要清理的卡；首次申领的，直接办理个人申请",
        };
        let frame = if frame.notice.is_some() { frame } else { frame.done(why) };
        return empty(&BUSINESS, frame).into_response();
    }
    let details = file.person.as_ref().map(|p| &p.details);
    let paper = match &paper {
        Some(paper) => Some(printer.html(paper, None).await),
        None => None,
    };
    OneCardPage {
        all_go: !cards.iter().any(|c| c.local),
        only_one: !wants_cleaning(file, me.org.city().as_ref()),
        frame,
        of: &BUSINESS,
        holder: file.id.0,
        key: console.service.key_of(&me.session, file.id),
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        documents: documents(details.map(|d| d.document.kind())),
        paper,
        missing: printer.missing(),
        all: cards.iter().map(|c| c.id.to_string()).collect::<Vec<_>>().join(","),
        typed,
        cards,
    }
    .into_response()
}

/// Before anybody was looked for.
async fn page(me: SignedIn) -> CounterPage {
    empty(&BUSINESS, BUSINESS.frame(&me))
}

async fn find(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Form(form): Form<Find>,
) -> Response {
    let frame = BUSINESS.frame(&me);
    match find::sought(&console, &me, &form, BUSINESS.why).await {
        Err(why) => empty(&BUSINESS, frame.wrong(why)).into_response(),
        Ok(found) => match found.as_slice() {
            [seen] => shown(&console, &me, &printer, frame, seen, (Typed::default(), None)).await,
            several => {
                let several = several.iter().filter_map(one_of_several).collect();
                CounterPage { several, ..empty(&BUSINESS, frame) }.into_response()
            }
        },
    }
}

async fn by_key(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Path(key): Path<String>,
) -> Response {
    match console.service.person_of(&me.session, &key) {
        Some(id) => looked(&console, &me, &printer, BUSINESS.frame(&me), id, (Typed::default(), None)).await,
        None => wrong::not_given(),
    }
}

/// 清理: files the signed slip, records that it was signed, and cleans.
async fn clean(State(console): State<Console>, me: SignedIn, printer: Printer, sent: Sent) -> Response {
    clause!(X10.1);
    let mut form = Stated::of(&console, sent);
    let cards: Vec<CardId> =
        form.text("cards").split(',').filter_map(|c| c.trim().parse().ok()).map(CardId).collect();
    let holder = form.holder();
    let typed = Typed::of("clean", &form);
    // 首次申领 cleans all; of a replacement one local card stays. Which of the two it is, the clerk says.
    let keep = match form.text("keep") {
        "" => {
            let why = neither(&console, &me, &mut form, cards).await;
            let frame = BUSINESS.frame(&me).after(Err::<(), _>(why), "");
            return looked(&console, &me, &printer, frame, holder, (typed, None)).await;
        }
        "all" => None,
        _ => Some(CardId(form.id("keep"))),
    };
    match cleaned(&console, &me, &mut form, cards, keep).await {
        Ok(receipt) => {
            let done = "一人一卡清理已完成，可继续办理申领或补换卡；新卡激活后办理旧账户结转、旧卡回收";
            let ends = business_of(Verb::CleanOneCard.code()).is_some();
            let came = Ok((receipt, ends));
            settled(&BUSINESS, &console, &me, holder, Typed::default(), came, done).await.into_response()
        }
        Err(e) => {
            let frame = BUSINESS.frame(&me).after(Err::<(), _>(e), "");
            looked(&console, &me, &printer, frame, holder, (typed, None)).await
        }
    }
}

/// Neither 全部清理 nor a card to be kept was chosen: that, with what is missing of the slip.
async fn neither(console: &Console, me: &SignedIn, form: &mut Stated, cards: Vec<CardId>) -> Failure {
    clause!(R8.5);
    let (holder, image) = (form.holder(), form.image("slip"));
    let signed = image.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
    let could = |seen: &Looked| -> Vec<HolderCommand> {
        let keep = seen.file.standing_cards().map(|c| Some(c.id));
        let of = |keep| Confirm { cards: cards.clone(), slip: signed.clone(), keep, city: None };
        std::iter::once(None).chain(keep).map(|keep| HolderCommand::ConfirmOneCard(of(keep))).collect()
    };
    let unread = image.as_ref().filter(|(_, image)| !is_image(image)).map(|_| UNREAD);
    let what = ["没有选择全部清理还是保留一张"].into_iter().chain(unread).collect::<Vec<_>>().join("；");
    incomplete(&BUSINESS, console, me, holder, (what, &could)).await
}

/// Of a slip that nobody can read.
const UNREAD: &str = "一人一卡业务确认单影像不能识别，须为JPG、PNG、TIF或PDF影像，不超过16MB";

async fn cleaned(
    console: &Console,
    me: &SignedIn,
    form: &mut Stated,
    cards: Vec<CardId>,
    keep: Option<CardId>,
) -> Result<Receipt, Failure> {
    let (holder, of) = (form.holder(), cards.first().copied().unwrap_or(CardId(-1)));
    let ctx = || me.command(console);
    let mut slip = String::new();
    let image = form.image("slip");
    // Nothing is filed for what would be refused afterwards: the slip, the signature and the clean-up are one business.
    let seen = console.service.look(me.ctx(console), holder, BUSINESS.why).await?;
    let signed = image.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default();
    let whole =
        HolderCommand::ConfirmOneCard(Confirm { cards: cards.clone(), slip: signed, keep, city: None });
    if let Some(refused) = May::of(console, me).refused(&seen, &whole) {
        return Err(refused.into());
    }
    if image.as_ref().is_some_and(|(_, image)| !is_image(image)) {
        let way = "请扫描经申请人签字的确认单后重新上传";
        return Err(Refusal::about(Reason::MaterialDefective, UNREAD).by(clause!(X10.1)).way(way).into());
    }
    if let Some((id, image)) = image {
        let (case, kind, org) = (Case::Card(of), MaterialKind::OneCardSlip, me.org.id);
        let material = FileMaterial { id, case, kind, digest: None, cabinet: None, org, more: Vec::new() };
        let filed = console.service.file_material(ctx(), holder, material, Some(&image)).await?;
        slip = filed.to_string();
    }
    let confirm = HolderCommand::ConfirmOneCard(Confirm { cards, slip, keep, city: None });
    console.service.execute(ctx(), Command::of(holder, confirm)).await?;
    let clean = HolderCommand::CleanOneCard(Clean {});
    console.service.execute(ctx(), Command::of(holder, clean)).await
}
