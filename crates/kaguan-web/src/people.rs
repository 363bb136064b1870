//! 持卡人档案, 制卡进度, and the business on a card, one file a verb. A number is sent in a form, never in an address.

mod cards;
mod change;
mod collect;
mod loss;
mod one_card;
mod restrict;
pub(crate) mod stated;

pub use change::{approve, call_off, carry_out, reserve};
pub use collect::{activate, confirm_visit, enable, hand_over, pin, record_visit};
pub use loss::{cancel, close, lose};
pub(crate) use one_card::slip_of;
pub use one_card::{clean, slip};
pub use restrict::{examine, lift, propose};

use crate::Console;
use crate::find;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::{ApplicationView, FoundView, Frame, HistoryView, PeoplePage, PersonView};
use crate::receipts;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::wrong;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kaguan_domain::activation::Enable;
use kaguan_domain::application::printed::declined_voucher;
use kaguan_domain::application::{ConfirmByHand, Decline, SupplyMaterial, waits_for};
use kaguan_domain::codes;
use kaguan_domain::collection::HandOver;
use kaguan_domain::ctx::Instant;
use kaguan_domain::dispatch::{HolderCommand, position};
use kaguan_domain::facts::application::Ground;
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::holder::ChangeContacts;
use kaguan_domain::ids::{BankCode, CardId, HolderId, OfficerId};
use kaguan_domain::permission::Verb;
use kaguan_domain::records::business_of;
use kaguan_service::{Command, Failure, Looked, Seen};
use kaguan_store::journal::Entry;
use serde::Deserialize;
use stated::Stated;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/people",
    screens: &[
        Screen {
            group: "综合查询", name: "持卡人档案", article: "第四十条", verb: Verb::LookAtHolder
        },
        Screen {
            group: "综合查询", name: "制卡进度", article: "第八条", verb: Verb::LookAtHolder
        },
        Screen {
            group: "社保卡领取", name: "个人领卡启用", article: "第十四条", verb: Verb::HandOver
        },
        Screen {
            group: "社保卡领取", name: "银行账户激活", article: "第十六条", verb: Verb::Activate
        },
        Screen {
            group: "社保卡维护", name: "PIN维护-修改密码", article: "第十九条", verb: Verb::ChangePin
        },
        Screen {
            group: "社保卡维护", name: "PIN维护-解锁密码", article: "第二十条", verb: Verb::UnlockPin
        },
        Screen {
            group: "社保卡维护", name: "PIN维护-重置密码", article: "第二十一条", verb: Verb::ResetPin
        },
        Screen {
            group: "社保卡维护",
            name: "挂失解挂注销-临时挂失",
            article: "第二十四条",
            verb: Verb::ReportTemporaryLoss,
        },
        Screen {
            group: "社保卡维护",
            name: "挂失解挂注销-正式挂失",
            article: "第二十五条",
            verb: Verb::ReportFormalLoss,
        },
        Screen {
            group: "社保卡维护",
            name: "挂失解挂注销-解除挂失",
            article: "第二十六条",
            verb: Verb::ReleaseLoss,
        },
        Screen {
            group: "社保卡维护", name: "挂失解挂注销-注销", article: "第三十三条", verb: Verb::Cancel
        },
        Screen {
            group: "社保卡维护",
            name: "限制与恢复",
            article: "第三十七条、第三十八条",
            verb: Verb::ProposeRestriction,
        },
        Screen { group: "一人一卡", name: "一人一卡", article: "附件10", verb: Verb::CleanOneCard },
        Screen {
            group: "变更服务银行",
            name: "现场预约",
            article: "第三十一条",
            verb: Verb::ReserveBankChange,
        },
        Screen {
            group: "变更服务银行",
            name: "原银行审核",
            article: "第三十一条",
            verb: Verb::ApproveBankChange,
        },
        Screen {
            group: "变更服务银行",
            name: "现场办理",
            article: "第三十一条",
            verb: Verb::CarryOutBankChange,
        },
    ],
    doors: |d| {
        d.get("/people", page)
            .post("/people", find)
            .get("/people/{key}", by_key)
            .form("/people/hand-over", hand_over)
            .form("/people/enable", enable)
            .form("/people/activate", activate)
            .form("/people/visit", record_visit)
            .form("/people/visit-confirm", confirm_visit)
            .form("/people/pin", pin)
            .form("/people/loss", lose)
            .form("/people/cancel", cancel)
            .form("/people/account-closed", close)
            .form("/people/bank-change/reserve", reserve)
            .form("/people/bank-change/approve", approve)
            .form("/people/bank-change/call-off", call_off)
            .form("/people/bank-change/carry-out", carry_out)
            .form("/people/restrict/propose", propose)
            .form("/people/restrict/decide", examine)
            .form("/people/restrict/lift", lift)
            .form("/people/one-card", slip)
            .form("/people/one-card/clean", clean)
            .post("/people/contacts", contacts)
    },
    samples: &["/people"],
};

/// The search form.
#[derive(Deserialize)]
pub struct Find {
    #[serde(default)]
    number: String,
    /// One of several that were found.
    #[serde(default)]
    holder: Option<i64>,
}

/// The empty page.
pub async fn page(me: SignedIn) -> PeoplePage {
    PeoplePage::empty(&me)
}

const TITLE: &str = "持卡人档案";

/// Why a file is shown after it was searched for, and after business was done or refused on its page.
const SEARCHED: &str = "持卡人档案查询（脱敏显示）";
const AFTERWARDS: &str = "办理业务后查看档案（脱敏显示）";

/// Finds somebody. Every look is journaled, a masked one too, and one that is refused or finds nobody (R39.1).
pub async fn find(State(console): State<Console>, me: SignedIn, Form(form): Form<Find>) -> PeoplePage {
    let frame = Frame::of(&me, TITLE);
    let found = match form.holder {
        Some(id) => {
            let ctx = me.ctx(&console);
            find::said(console.service.look(ctx, HolderId(id), SEARCHED).await.map(|seen| vec![seen]))
        }
        None => find::found(&console, &me, &form.number, SEARCHED).await,
    };
    let found = match found {
        Ok(found) => found,
        Err(why) => return PeoplePage { frame: frame.wrong(why), ..PeoplePage::empty(&me) },
    };
    match found.as_slice() {
        [seen] => PeoplePage { frame, person: Some(view(&console, &me, seen).await), several: Vec::new() },
        several => {
            PeoplePage { frame, person: None, several: several.iter().filter_map(one_of_several).collect() }
        }
    }
}

/// A file at its own address, which only the session that was given it can open: every time is a look of its own.
pub async fn by_key(State(console): State<Console>, me: SignedIn, Path(key): Path<String>) -> Response {
    match console.service.person_of(&me.session, &key) {
        Some(id) => shown(&console, &me, Frame::of(&me, TITLE), id, SEARCHED).await.into_response(),
        None => {
            let why = "这一网址只在给出它的那次登录中有效。请按号码重新查找持卡人";
            wrong::page(StatusCode::NOT_FOUND, why)
        }
    }
}

/// One of several people whose documents have the same number, masked.
fn one_of_several(seen: &Seen<Looked>) -> Option<FoundView> {
    let person = seen.file.person.as_ref()?;
    let held = person.documents();
    let documents: Vec<_> =
        held.iter().map(|h| format!("{}{}", h.which.kind.name(), h.which.masked())).collect();
    Some(FoundView {
        id: seen.file.id.0,
        name: person.details.name.masked(),
        number: person.details.ssn.masked(),
        documents: documents.join("、"),
    })
}

/// Who did something, as a clerk reads it.
fn by_whom(console: &Console, actor: &str) -> String {
    let institutions = console.service.institutions();
    let named = match actor.split_once(':') {
        None => Some("系统".to_owned()),
        Some(("officer", id)) => {
            id.parse().ok().and_then(|id| institutions.officer(OfficerId(id))).map(|o| {
                let org = institutions.org(o.org).map_or("", |org| org.name.as_str());
                format!("{}（{org}）", o.name)
            })
        }
        Some(("bank", code)) => Some(BankCode(code.into()).name().to_owned()),
        Some(("vendor", code)) => codes::vendors().find(|v| v.code == code).map(|v| v.name.clone()),
        Some(_) => institutions.partners().find(|p| p.id.to_string() == actor).map(|p| p.name.clone()),
    };
    named.unwrap_or_else(|| "（未知）".into())
}

/// The latest lines of the journal about somebody, or why they cannot be read.
async fn history(console: &Console, seen: &Seen<Looked>) -> Result<Vec<HistoryView>, String> {
    let line = |e: &Entry| {
        let verb = Verb::from_code(&e.command).map_or("（未知）", Verb::name);
        let outcome = if e.is_done() { "办结".into() } else { format!("不予办理：{}", e.outcome) };
        // A counter's business has its receipt; what a partner or a duty did has none.
        let done = e.is_done() && e.actor.starts_with("officer:");
        let receipt = business_of(&e.command).filter(|_| done).map(|_| receipts::address(e.seq));
        HistoryView {
            at: Instant(e.at).local(),
            business: verb,
            by: by_whom(console, &e.actor),
            outcome,
            receipt,
        }
    };
    let lines = console.service.history(seen, 20).await.map_err(|e| e.to_string())?;
    Ok(lines.iter().map(line).collect())
}

/// A person, masked: only of somebody who was looked at.
async fn view(console: &Console, me: &SignedIn, seen: &Seen<Looked>) -> PersonView {
    let may = May::of(console, me);
    let today = console.service.now().date();
    let (file, batches) = (&seen.file, &seen.around.batches);
    let applications = file
        .applications
        .iter()
        .map(|a| {
            let card = file.cards.iter().find(|c| c.application == a.id);
            let batch = a.stage.batch().or(card.map(|c| c.batch)).and_then(|b| batches.get(&b));
            let place = position(file, a, batches, may.institutions());
            let by_hand = ConfirmByHand { application: a.id, ground: "…".into() };
            let ground = Ground { reason: "…".into(), article: "…".into(), remedy: "…".into() };
            let decline = Decline { application: a.id, ground };
            let again = SupplyMaterial { application: a.id, checks: Vec::new() };
            ApplicationView {
                id: a.id.0,
                waiting: waits_for(file, a, may.institutions(), today),
                verify: may.about(seen, &HolderCommand::SupplyMaterial(again)),
                by_hand: may.about(seen, &HolderCommand::ConfirmByHand(by_hand)),
                decline: may.about(seen, &HolderCommand::Decline(decline)),
                voucher: declined_voucher(a, "", may.institutions())
                    .map(|_| crate::papers::voucher_at(console, me, file.id, &a.form_no)),
                form_no: a.form_no.clone(),
                delivery: crate::on_the_way::delivery_of(a),
                step: place.map_or("数据不一致，请联系管理员".into(), |p| {
                    format!("{}（{}）", p.public_step(), p.name())
                }),
                clocks: a
                    .clock
                    .iter()
                    .chain(batch.and_then(|b| b.batch.as_ref()).iter().flat_map(|b| &b.clocks))
                    .map(|c| (c.kind.name(), c.due.last_day.to_string(), c.standing(today).name()))
                    .collect(),
                checks: a
                    .checks
                    .iter()
                    .map(|c| (c.source.name(), c.item.name(), c.result.name(), c.at.local()))
                    .collect(),
            }
        })
        .collect();
    let cards = file.cards.iter().map(|c| cards::card_view(&may, me, seen, c)).collect();
    let details = file.person.as_ref().map(|p| &p.details);
    PersonView {
        id: file.id.0,
        key: console.service.key_of(&me.session, file.id),
        name: details.map(|d| d.name.masked()).unwrap_or_default(),
        number: details.map(|d| d.ssn.masked()).unwrap_or_default(),
        category: details.map_or("", |d| d.category.name()),
        documents: documents(details.map(|d| d.document.kind())),
        applications,
        cards,
        contacts: may.may(Verb::ChangeContacts),
        history: history(console, seen).await,
    }
}

fn bare_hand_over(me: &SignedIn, card: CardId) -> HandOver {
    HandOver {
        card,
        outlet: me.org.id,
        collector: Collector::Holder,
        verified: false,
        signed: false,
        shown: None,
        old_card_back: false,
    }
}

fn bare_enable(card: CardId) -> Enable {
    Enable { card, verified: false, shown: None, deputy: None }
}

/// The kinds of documents to choose from, the one on file first: code, name.
pub(crate) fn documents(on_file: Option<DocumentKind>) -> Vec<(&'static str, &'static str)> {
    let others = DocumentKind::ALL.iter().copied().filter(|k| Some(*k) != on_file);
    on_file.into_iter().chain(others).map(|k| (k.code(), k.name())).collect()
}

/// A file, by a look with its reason, or why it is not shown.
pub(crate) async fn shown(
    console: &Console,
    me: &SignedIn,
    frame: Frame,
    id: HolderId,
    reason: &str,
) -> PeoplePage {
    let ctx = me.ctx(console);
    match console.service.look(ctx, id, reason).await {
        Ok(seen) => PeoplePage { frame, person: Some(view(console, me, &seen).await), several: Vec::new() },
        Err(e) => PeoplePage { frame: frame.wrong(e.to_string()), ..PeoplePage::empty(me) },
    }
}

/// What a command came to, with the file that it changed, as [`give`] shows it.
pub(crate) async fn after(
    console: &Console,
    me: &SignedIn,
    id: HolderId,
    frame: Frame,
    done: Result<&str, ()>,
) -> PeoplePage {
    let ctx = me.ctx(console);
    match console.service.look(ctx, id, AFTERWARDS).await {
        Ok(seen) => PeoplePage { frame, person: Some(view(console, me, &seen).await), several: Vec::new() },
        // What was said of the command stands.
        Err(_) if done.is_err() => PeoplePage { frame, ..PeoplePage::empty(me) },
        Err(e) => {
            let done = done.unwrap_or_default();
            let why = format!("{done}；但档案暂时不能显示：{e}");
            PeoplePage { frame: frame.wrong(why), ..PeoplePage::empty(me) }
        }
    }
}

/// Does it; the page then shows what its viewer may see, by a look of its own: whoever was refused may not see the file either.
async fn give(
    console: Console,
    me: SignedIn,
    form: Stated,
    command: HolderCommand,
    done: String,
) -> PeoplePage {
    let id = form.holder();
    if let Some(why) = form.unchosen() {
        let frame = Frame::of(&me, TITLE).wrong(why);
        return after(&console, &me, id, frame, Err(())).await;
    }
    let ctx = me.command(&console);
    let business = business_of(command.verb().code());
    let command = Command::of(id, command);
    let outcome = console.service.execute_with_images(ctx, command, &form.images).await;
    let came = outcome.as_ref().map(|_| done.as_str()).map_err(|_| ());
    let frame = Frame::of(&me, TITLE);
    let frame = match business {
        Some(_) => frame.after_business(outcome.clone(), &done),
        None => frame.after(outcome.clone(), &done),
    };
    after(&console, &me, id, frame, came).await
}

/// Nothing was done, and why.
fn refused(me: &SignedIn, why: &Failure) -> PeoplePage {
    PeoplePage { frame: Frame::of(me, TITLE).wrong(why.to_string()), ..PeoplePage::empty(me) }
}

/// 更正联系方式, with or without an application; an empty one keeps what is known.
pub async fn contacts(State(console): State<Console>, me: SignedIn, sent: Sent) -> PeoplePage {
    let form = Stated::of(&console, sent);
    let text = |name| form.text(name).to_owned();
    let (mobile, phone, postal_address) = (text("mobile"), text("phone"), text("postal_address"));
    let change = ChangeContacts { mobile, phone, postal_address, verified: form.ticked("verified") };
    give(console, me, form, HolderCommand::ChangeContacts(change), "联系方式已更正".into()).await
}
