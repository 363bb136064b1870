//! 邮递上门 (Article 14): agreed while the card is made, sent with a code by SMS, signed for against the code, or back at its outlet.

use super::{Business, CounterPage, Typed, doors, give, shown, stated};
use crate::Console;
use crate::distribution::on_the_way::{delivery_of, lines_of};
use crate::holder::people::stated::{Stated, relation_of};
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::records::papers::{self, Printer, Way};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::collection::{
    AgreePost, ConfirmPost, Post, ReceiveReturned, unaddressed, waits_to_be_posted,
};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::counter::Collector;
use kaguan_domain::facts::custody::{Custody, PickUpCode};
use kaguan_domain::facts::form::{Delivery, Field};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::post::{CarrierProof, Wish, WishedBy};
use kaguan_domain::ids::{ApplicationId, CardId, HolderId, PartnerKind};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
use kaguan_service::Looked;
use serde::Deserialize;

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/post",
    screens: &[Screen {
        group: "社保卡领取", name: "邮递上门", article: "第十四条", verb: Verb::Post
    }],
    doors: |d| {
        doors(d, &BUSINESS, "/post/{key}")
            .form("/post/agree", agree)
            .form("/post/send", send)
            .form("/post/confirm", confirm)
            .post("/post/returned", returned)
            .post("/post/label", label)
            .post("/post/label/pdf", label_pdf)
    },
    samples: &["/post"],
};

/// The page.
pub static BUSINESS: Business = Business {
    path: "/post",
    title: "邮递上门",
    why: "办理邮递上门（脱敏显示）",
    told: &[
        "寄出前须告知持卡人邮费如何分担，并告知凭短信取件码签收；取件码由系统发送到登记的手机，经办人看不到。",
        "经办人当面核验证件并凭取件码签收的，社保功能随即启用；凭邮政企业签收凭证登记的，持卡人另行启用和激活。",
        "变更服务银行的新卡，经办人当面核验的还须核实业务受理回执。",
    ],
    on_card: |c| c.post.any(),
    on_person: |p| p.applications.iter().any(|a| a.agree_post),
    // A dead person's letter that came back is taken back.
    next: &["/post", "/recall", "/activate", "/collect"],
    waits: None,
};

const LABEL: &str = "打印邮寄面单（收件人和邮寄地址）";

/// What may be tried with a card and the post, and what is known of its way.
#[derive(Default)]
pub struct Posting {
    pub send: bool,
    /// 凭取件码签收.
    pub confirm: bool,
    /// Why what this outlet has posted is not signed for now.
    pub unsigned: Option<String>,
    /// 邮件退回登记.
    pub returned: bool,
    /// 邮寄面单: whether this outlet posts it, and may see where to.
    pub label: bool,
    /// Where it is, and where it is to be posted to, masked.
    pub lines: Vec<String>,
    /// The second of both while it waits to be posted.
    pub asked: Vec<String>,
    /// 退件原因, as the carrier said it.
    pub back: String,
    /// Code and name of the carriers to choose from; none where there is one at most.
    pub carriers: Vec<(String, String)>,
}

impl Posting {
    /// Whether any of it may be tried.
    pub fn any(&self) -> bool {
        self.send || self.confirm || self.returned || self.label
    }
}

/// What stands in the way only of what is not filled in yet: whose wish it is, what was told, the code that the holder says.
fn offered(may: &May, seen: &Looked, command: &C) -> bool {
    let asked_for = [Reason::PostNotAskedFor, Reason::PostNotExplained, Reason::WrongPickUpCode];
    may.about(seen, command) || may.refusal(seen, command).is_some_and(|r| asked_for.contains(&r))
}

/// 邮递上门 before anything is filled in.
pub(crate) fn bare(may: &May, me: &SignedIn, card: CardId) -> C {
    C::Post(Post {
        card,
        outlet: me.org.id,
        tracking: "待填写".into(),
        code_digest: "待填写".into(),
        code: Some(PickUpCode("待填写".into())),
        told_postage: true,
        told_code: true,
        wish: None,
        // Which of several is still to be chosen.
        carrier: carriers(may.institutions()).first().map(|(code, _)| code.clone()),
    })
}

/// Code and name of every carrier that is registered.
fn carriers(institutions: &Institutions) -> Vec<(String, String)> {
    let all = institutions.partners().filter(|p| p.id.kind == PartnerKind::Post);
    all.map(|p| (p.id.code.clone(), p.name.clone())).collect()
}

/// What may be tried with one card.
pub(crate) fn posting(may: &May, me: &SignedIn, seen: &Looked, c: &Card) -> Posting {
    let (card, outlet) = (c.id, me.org.id);
    let said = || "待填写".to_owned();
    let confirm = C::ConfirmPost(ConfirmPost {
        card,
        code_digest: said(),
        collector: Collector::Holder,
        verified: false,
        shown: None,
        signed: false,
        receipt_seen: false,
        proof: None,
    });
    let back = C::ReceiveReturnedPost(ReceiveReturned { card, outlet, reason: said() });
    let send = offered(may, seen, &bare(may, me, card));
    let application = seen.file.application(c.application);
    let sent = matches!(&c.custody, Custody::InPost { from, .. } if *from == outlet);
    let signs = offered(may, seen, &confirm);
    let unsigned = (sent && !signs && may.may(Verb::ConfirmPost)).then(|| may.refused(seen, &confirm));
    let addressed = application.is_some_and(|a| a.delivery.is_some());
    let asked = application.map(delivery_of).unwrap_or_default();
    Posting {
        send,
        confirm: signs,
        unsigned: unsigned.flatten().map(|why| why.sentence()),
        returned: offered(may, seen, &back),
        label: addressed && may.may(Verb::Post) && (sent || send),
        // The first two say where the card is and who has it, which stands above them already.
        asked: if waits_to_be_posted(&seen.file, c) { asked.clone() } else { Vec::new() },
        lines: lines_of(c, seen, may.institutions()).into_iter().skip(2).chain(asked).collect(),
        back: c.custody.is_returning().unwrap_or_default().to_owned(),
        carriers: Some(carriers(may.institutions())).filter(|all| all.len() > 1).unwrap_or_default(),
    }
}

/// Whether it may be agreed now that the card of an application is posted.
pub(crate) fn agrees(may: &May, seen: &Looked, a: &Application) -> bool {
    let agree = AgreePost { application: a.id, told_postage: true, told_code: true, wish: None };
    offered(may, seen, &C::AgreePost(agree))
}

/// What a form states of a wish, beside how it was told and what a deputy needs: where to, and who spoke on the telephone.
pub(super) const OF_A_WISH: [&str; 6] =
    ["mailing_address", "recipient", "recipient_phone", "speaker", "speaker_relation", "called_back"];

/// 邮递意愿 as the form states it; `None` when the application's own address holds. What is filled in of another way to tell it than the
/// chosen one is never left out: it has to be chosen.
fn wish(form: &mut Stated) -> Option<Box<Wish>> {
    clause!(R10.5);
    let deputy = form.deputy();
    let filled = |form: &Stated, names: &[&str]| names.iter().any(|name| form.ticked(name));
    let by = match form.text("wish") {
        "counter" => {
            if filled(form, &OF_A_WISH[3..]) {
                form.is_unchosen("填写了通话人的，邮递意愿须选择回拨登记手机确认");
            }
            WishedBy::AtCounter { verified: form.ticked("verified"), shown: form.shown(), deputy }
        }
        "phone" => {
            if deputy.is_some() {
                form.is_unchosen("填写了代办人的，邮递意愿须选择本人（或代办人）到场提出");
            }
            WishedBy::ByPhone {
                name: form.text("speaker").to_owned(),
                relation: relation_of(form.text("speaker_relation")),
                called_back: form.ticked("called_back"),
            }
        }
        _ => {
            if filled(form, &OF_A_WISH) || deputy.is_some() {
                form.is_unchosen("填写了邮寄地址、收件人或提出人的，须选择邮递意愿由谁、如何提出");
                // Where to is judged all the same.
                unaddressed(&to_where(form)).into_iter().for_each(|what| form.is_unchosen(what));
            }
            return None;
        }
    };
    Some(Box::new(Wish { to: to_where(form), by }))
}

/// Where a wish sends the card.
fn to_where(form: &Stated) -> Delivery {
    let text = |name: &str| form.text(name).to_owned();
    Delivery {
        address: text("mailing_address"),
        recipient: text("recipient"),
        phone: Field::RecipientPhone.folded(form.text("recipient_phone")),
    }
}

/// 投递签收凭证 as the form states it; a day that is none is compared by the rule with the proof's other items.
fn carriers_proof(form: &mut Stated) -> Option<Box<CarrierProof>> {
    clause!(R14.1);
    let filled = ["proof_number", "proof_signer", "date"].iter().any(|name| !form.text(name).is_empty());
    match form.text("signed_before") {
        "carrier" => {}
        "clerk" if filled => {
            form.is_unchosen("填写了邮政企业签收凭证的，签收凭据须选择邮政企业签收凭证");
            return None;
        }
        "clerk" => return None,
        // What is filled in says how the rest is judged.
        _ => {
            form.is_unchosen("须选择签收凭据：经办人当面核验证件，或邮政企业签收凭证");
            if !filled {
                return None;
            }
        }
    }
    let copy = form.copy("proof_image", MaterialKind::Receipt);
    let (number, signer) = (form.text("proof_number").to_owned(), form.text("proof_signer").to_owned());
    let signed_on = form.text("date").parse().unwrap_or(Date::MIN);
    Some(Box::new(CarrierProof { number, signer, signed_on, copy }))
}

/// 邮递上门登记, while the card is made.
pub async fn agree(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    clause!(R14.4);
    let mut form = stated(&console, sent);
    let command = C::AgreePost(AgreePost {
        application: ApplicationId(form.card().0),
        told_postage: form.ticked("told_postage"),
        told_code: form.ticked("told_code"),
        wish: wish(&mut form),
    });
    give(&BUSINESS, "agree", console, me, form, command, "已登记邮递上门，制成后由领卡网点寄出".into()).await
}

/// 邮递上门: the card goes out, and the code to the holder's telephone.
pub async fn send(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    clause!(R14.1);
    let mut form = stated(&console, sent);
    let (card, tracking) = (form.card(), form.text("tracking").to_owned());
    let (code, code_digest) = console.service.pick_up_code(card, &tracking);
    let command = C::Post(Post {
        card,
        outlet: me.org.id,
        tracking,
        code_digest,
        code: Some(code),
        told_postage: form.ticked("told_postage"),
        told_code: form.ticked("told_code"),
        wish: wish(&mut form),
        carrier: Some(form.text("carrier").to_owned()).filter(|c| !c.is_empty()),
    });
    let done = "已登记邮递上门，取件码已由系统发送至持卡人手机";
    give(&BUSINESS, "send", console, me, form, command, done.into()).await
}

/// 凭取件码签收.
pub async fn confirm(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    clause!(R14.1);
    let mut form = stated(&console, sent);
    let card = form.card();
    let proof = carriers_proof(&mut form);
    let done = match proof {
        Some(_) => "已按邮政企业签收凭证登记签收。",
        None => "已凭取件码签收。",
    };
    let command = C::ConfirmPost(ConfirmPost {
        card,
        code_digest: match form.text("code").trim() {
            "" => String::new(),
            code => console.service.pick_up_digest(card, code),
        },
        collector: form.deputy().map_or(Collector::Holder, Collector::Deputy),
        verified: form.ticked("verified"),
        shown: form.shown(),
        signed: form.ticked("signed"),
        receipt_seen: form.ticked("receipt_seen"),
        proof,
    });
    let page = give(&BUSINESS, "confirm", console, me, form, command, done.into()).await;
    page.says_of(card, |c| format!("{done}{}", c.reminder))
}

/// 邮件退回登记.
pub async fn returned(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    clause!(R14.1);
    let form = stated(&console, sent);
    let reason = form.text("account").to_owned();
    let command = C::ReceiveReturnedPost(ReceiveReturned { card: form.card(), outlet: me.org.id, reason });
    give(&BUSINESS, "returned", console, me, form, command, "已登记邮件退回，社保卡由本网点保管".into()).await
}

/// Which card's label.
#[derive(Deserialize)]
pub struct Label {
    holder: i64,
    card: i64,
}

/// 打印邮寄面单: where the card goes, in the clear; each printing is a look that the journal keeps.
pub async fn label(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Form(asked): Form<Label>,
) -> Response {
    print_label(&console, &me, printer, &asked, Way::Page).await
}

/// The same as PDF: a printing of its own.
pub async fn label_pdf(
    State(console): State<Console>,
    me: SignedIn,
    printer: Printer,
    Form(asked): Form<Label>,
) -> Response {
    print_label(&console, &me, printer, &asked, Way::Pdf).await
}

async fn print_label(
    console: &Console,
    me: &SignedIn,
    printer: Printer,
    asked: &Label,
    way: Way,
) -> Response {
    clause!(R10.5);
    let id = HolderId(asked.holder);
    let instead =
        async |frame| shown(&BUSINESS, console, me, frame, id, Typed::default()).await.into_response();
    let seen = match console.service.look_in_clear(me.ctx(console), id, LABEL).await {
        Ok(seen) => seen,
        Err(e) => return instead(BUSINESS.frame(me).wrong(e)).await,
    };
    let may = May::of(console, me);
    let card = seen.whole().card(CardId(asked.card));
    let to = card.and_then(|c| seen.whole().application(c.application)?.delivery.clone());
    let (Some(card), Some(to)) = (card, to) else {
        let why = "该卡没有登记邮寄地址。请先登记持卡人的邮递意愿。";
        return instead(BUSINESS.frame(me).wrong(why)).await;
    };
    if !posting(&may, me, &seen, card).label {
        let why = "该卡不由本网点寄出，不能打印邮寄面单。请由保管该卡的网点办理。";
        return instead(BUSINESS.frame(me).wrong(why)).await;
    }
    let tracking =
        if let Custody::InPost { tracking, .. } = &card.custody { tracking.clone() } else { String::new() };
    let items = vec![
        ("收件人", to.recipient),
        ("收件人联系方式", to.phone),
        ("邮寄地址", to.address),
        ("邮件号", tracking),
        ("寄出网点", me.org.name.clone()),
        ("社保卡卡号", card.card_no.masked()),
        ("签收", "凭短信取件码签收".into()),
    ];
    let fields = vec![("holder", asked.holder.to_string()), ("card", asked.card.to_string())];
    papers::label(me, printer, items, fields, way).await
}
