//! 变更服务银行 (Article 31): 现场预约, 原银行审核, 现场办理, 撤销预约.

use super::{Business, CounterPage, Typed, doors, give, shown, stated, unchosen};
use crate::Console;
use crate::application::apply::document_papers;
use crate::application::photos::RefusedPhoto;
use crate::holder::people::stated::Stated;
use crate::menu::{Page, Screen};
use crate::pages::Frame;
use crate::premade::offer;
use crate::replacement::agent::{AgentView, by_guardian, images};
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use kaguan_domain::application::{AgentDraft, Presented};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::{Consent, PhotoSource, Purpose};
use kaguan_domain::facts::archive::Enclosed;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::facts::person::PhotoRef;
use kaguan_domain::ids::{ApplicationId, BankCode, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_domain::replacement::Replace;
use kaguan_domain::replacement::bank_change::{Approve, CallOff, CarryOut, Reserve};
use kaguan_service::{Failure, Looked, digest_of_image};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/bank-change",
    screens: &[
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
        doors(d, &BUSINESS, "/bank-change/{key}")
            .form("/bank-change/reserve", reserve)
            .form("/bank-change/approve", approve)
            .form("/bank-change/call-off", call_off)
            .form("/bank-change/carry-out", carry_out)
    },
    samples: &["/bank-change"],
};

/// The page.
pub static BUSINESS: Business = Business {
    path: "/bank-change",
    title: "变更服务银行",
    why: "办理变更服务银行（脱敏显示）",
    told: &[
        "新服务银行现场预约，原服务银行审核通过后，在新服务银行现场办理；受理后旧卡和旧卡账户锁定，新卡领卡启用时同步挂失旧卡的银行账户。",
        "须告知：换卡期间不能凭旧卡办理待遇领取、就医购药、自助查询等业务，社保待遇可能无法正常发放、银行账户无法正常使用；领取新卡后及时到原服务银行办理资金结转和旧卡注销。",
    ],
    on_card: |c| c.reserve || c.approve || c.call_off || c.carry_out,
    on_person: |_| false,
    next: &["/bank-change", "/collect"],
    waits: Some(kaguan_service::Examination::BankChange),
};

/// 现场预约, at the new bank's outlet.
pub async fn reserve(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let to = me.org.bank.clone().unwrap_or(BankCode(String::new()));
    let command = HolderCommand::ReserveBankChange(Reserve { card: form.card(), to });
    let done = "已预约变更服务银行，待原银行审核；进展和结果见“变更服务银行”的本机构预约";
    give(&BUSINESS, "reserve", console, me, form, command, done.into()).await
}

/// 原银行审核.
pub async fn approve(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let agreed = match form.text("agreed") {
        "yes" => true,
        "no" => false,
        _ => {
            let refused = form.text("refused").to_owned();
            let of = |refused| HolderCommand::ApproveBankChange(Approve { refused });
            let could = |_: &Looked| vec![of(None), of(Some(refused.clone()))];
            let what = "没有选择同意还是不同意".to_owned();
            return unchosen(&BUSINESS, "approve", &console, &me, &form, (what, &could)).await;
        }
    };
    let refused = (!agreed).then(|| form.text("refused").to_owned());
    let done = if agreed { "已同意变更" } else { "已登记不同意" };
    give(
        &BUSINESS,
        "approve",
        console,
        me,
        form,
        HolderCommand::ApproveBankChange(Approve { refused }),
        done.into(),
    )
    .await
}

/// 撤销预约.
pub async fn call_off(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let command = HolderCommand::CallOffBankChange(CallOff { lapsed: false });
    give(&BUSINESS, "call_off", console, me, form, command, "变更服务银行已撤销".into()).await
}

/// 现场办理, at the new bank's outlet, after the risks were told: on to the receipt, or the form again with what is wrong.
pub async fn carry_out(State(console): State<Console>, me: SignedIn, mut sent: Sent) -> Response {
    clause!(R10.3);
    let (mut faults, mut judged) = (Vec::new(), None);
    if let Some(bytes) = sent.take_file("photo_file") {
        match console.service.take_photo(bytes.clone()).await {
            Ok(photo) => sent.put("photo", &photo.0),
            Err(Failure::Refused(why)) => {
                faults = why.defects;
                judged = Some(RefusedPhoto::of(&console, &me, bytes).await);
            }
            Err(why) => {
                let (form, frame) = (stated(&console, sent), BUSINESS.frame(&me).refused(&why));
                return again(&console, &me, &form, frame, judged).await;
            }
        }
    }
    let mut form = stated(&console, sent);
    let id = form.holder();
    let refused = async |form: &Stated, why: Failure, judged: Option<RefusedPhoto>| {
        again(&console, &me, form, BUSINESS.frame(&me).refused(&why), judged).await
    };
    let seen = match console.service.look(me.ctx(&console), id, BUSINESS.why).await {
        Ok(seen) => seen,
        Err(e) => return refused(&form, e, judged).await,
    };
    let checks = match console.service.register_checks_of(&seen).await {
        Ok(checks) => checks,
        Err(e) => return refused(&form, e, judged).await,
    };
    let form_no = match crate::application::apply::form_no_of(&console, &me, form.text("form_no")).await {
        Ok(number) => Field::FormNo.folded(&number),
        Err(e) => return refused(&form, e, judged).await,
    };
    let today = console.service.now().date();
    let said = AgentView::sent(|name| form.text(name).to_owned(), &seen, today);
    let written = said.agent(&seen, today);
    let agent = written.as_ref().and_then(AgentDraft::whole);
    let mut materials = Vec::new();
    for (name, kind) in images(written.as_ref()) {
        if let Some((id, bytes)) = form.image(name) {
            let digest = digest_of_image(&bytes);
            materials.push(Enclosed { id, kind, digest });
            form.images.push((id, bytes));
        }
    }
    // Where nothing was chosen, or a code that nobody has, there is no outlet; the rule says so.
    let found = console.service.institutions().org_by_code(form.text("collect_at")).map(|o| o.id);
    let collect_at = found.unwrap_or(OrgId(-1));
    let by_guardian = by_guardian(written.as_ref());
    let agent_written = written.filter(|_| agent.is_none()).map(Box::new);
    let text_version = crate::application::apply::CONSENT_TEXT.to_owned();
    let photo =
        Some(PhotoRef(form.text("photo").to_owned())).filter(|p| !p.0.is_empty() && faults.is_empty());
    let replace = Replace {
        id: ApplicationId(console.service.fresh()),
        purpose: Purpose::BankChange { old: form.card() },
        form_no: form_no.clone(),
        changes: Box::new(FormDraft {
            delivery: form.text("delivery").to_owned(),
            mailing_address: form.text("mailing_address").to_owned(),
            recipient: form.text("recipient").to_owned(),
            recipient_phone: form.text("recipient_phone").to_owned(),
            photo_receipt: form.text("photo_receipt").to_owned(),
            ..FormDraft::default()
        }),
        photo: photo.clone(),
        proof: None,
        outlet: me.org.id,
        collect_at,
        agent,
        consent: form.ticked("consent").then_some(Consent { text_version, by_guardian }),
        checks,
        presented: Presented {
            materials,
            papers: document_papers(form.text("document_place")),
            card_seen: form.ticked("own_card"),
            photo_from: photo.map(|_| PhotoSource::File),
            document_verified: form.ticked("verified"),
            postage_told: form.ticked("postage_told"),
            at_counter: offer::wants_instant(form.text("making")),
            agent_written,
        },
    };
    let carry_out = CarryOut {
        replace,
        verified: form.ticked("verified"),
        shown: form.shown(),
        risks_acknowledged: form.ticked("risks_acknowledged"),
    };
    let ctx = me.command(&console);
    match console.service.carry_out_bank_change(ctx, id, carry_out, &form.images, faults).await {
        Ok(_) => {
            let to = crate::records::papers::receipt_at(&console, &me, id, &form_no);
            Redirect::to(&to).into_response()
        }
        Err(failure) => refused(&form, failure, judged).await,
    }
}

/// The form again, as it was sent, with what was found on a photo that was refused.
async fn again(
    console: &Console,
    me: &SignedIn,
    form: &Stated,
    frame: Frame,
    judged: Option<RefusedPhoto>,
) -> Response {
    let typed = Typed::of("carry_out", form);
    let page = shown(&BUSINESS, console, me, frame, form.holder(), typed).await;
    CounterPage { judged, ..page }.into_response()
}
