//! 更正资料 and 更正联系方式 (Article 29): what is written replaces what is on file; what is left empty stays.

use super::{Business, CounterPage, doors, give, shown, stated};
use crate::Console;
use crate::application::apply::choices;
use crate::may::May;
use crate::menu::{Page, Screen};
use crate::pages::CannotView;
use crate::session::SignedIn;
use crate::upload::Sent;
use axum::extract::State;
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::archive::{Enclosed, MaterialKind};
use kaguan_domain::facts::form::Field;
use kaguan_domain::holder::{ChangeContacts, CorrectCollectAt};
use kaguan_domain::ids::{ApplicationId, MaterialId, OrgId};
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::collects_for;
use kaguan_service::{Looked, digest_of_image};

/// Its place in the table of pages.
pub const PAGE: Page = Page {
    path: "/details",
    screens: &[Screen {
        group: "社保卡维护",
        name: "更正资料",
        article: "第二十九条",
        verb: Verb::CorrectDetails,
    }],
    doors: |d| {
        doors(d, &BUSINESS, "/details/{key}")
            .form("/details/correct", correct)
            .form("/details/contacts", contacts)
            .form("/details/collect-at", collect_at)
    },
    samples: &["/details"],
};

/// The page.
pub static BUSINESS: Business = Business {
    path: "/details",
    title: "更正资料",
    why: "办理资料更正（脱敏显示）",
    told: &[
        "只填写要更正的项目，未填的保持不变；换领证件的，一并填写有效期起止日和发证机关；能通过政务信息共享平台获取有效信息的，不得要求申请人重复提供。",
        "领卡网点登记有误的，所在批次确认前由受理网点或市卡管机构更正；确认后成品卡按原领卡网点装箱，到达后办理单卡转接。",
        "资料在服务银行、卡商处理期间不能更正；已有社保卡的，卡面信息变更须办理换卡。",
    ],
    on_card: |_| false,
    on_person: |p| p.correct || p.contacts || p.applications.iter().any(|a| !a.collected_at.is_empty()),
    next: &["/expedite"],
    waits: None,
};

/// What can be corrected here; phone and address have their own form.
pub(crate) const FIELDS: [Field; 10] = [
    Field::Name,
    Field::DocumentValidFrom,
    Field::DocumentValidUntil,
    Field::IssuingAuthority,
    Field::Sex,
    Field::Ethnicity,
    Field::Occupation,
    Field::Email,
    Field::Postcode,
    Field::HouseholdAddress,
];

/// What papers call that can be put right here, as far as it is written in characters.
pub(crate) const ON_PAPERS: [&str; 5] = ["姓名", "申请人姓名", "通讯地址", "户籍地址", "发证机关"];

/// The image of the holder's document as the rule takes it; what cannot be read has no digest.
pub(crate) fn enclosed((id, bytes): &(MaterialId, Vec<u8>)) -> Enclosed {
    clause!(R34.1);
    Enclosed { id: *id, kind: MaterialKind::Identity, digest: digest_of_image(bytes) }
}

/// 更正资料: the form on file with what was written over it.
pub async fn correct(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    clause!(R29.1);
    let mut form = stated(&console, sent);
    let ctx = me.ctx(&console);
    let seen = match console.service.look(ctx, form.holder(), BUSINESS.why).await {
        Ok(seen) => seen,
        Err(e) => {
            let frame = BUSINESS.frame(&me).after(Err::<(), _>(e), "");
            return shown(&BUSINESS, &console, &me, frame, form.holder(), super::Typed::default()).await;
        }
    };
    let written = FIELDS.into_iter().filter(|field| !form.text(field.code()).is_empty());
    let written: Vec<_> = written.map(|field| (field, form.text(field.code()).to_owned())).collect();
    let image = form.image("document_image");
    form.images.extend(image);
    let materials = form.images.iter().map(enclosed).collect();
    let command = seen.correction(written, form.ticked("verified"), materials);
    give(&BUSINESS, "correct", console, me, form, command, "资料已更正".into()).await
}

/// 更正联系方式, with or without an application; an empty one keeps what is known.
pub async fn contacts(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    let form = stated(&console, sent);
    let text = |name| form.text(name).to_owned();
    let (mobile, phone, postal_address) = (text("mobile"), text("phone"), text("postal_address"));
    let change = ChangeContacts { mobile, phone, postal_address, verified: form.ticked("verified") };
    let command = HolderCommand::ChangeContacts(change);
    give(&BUSINESS, "contacts", console, me, form, command, "联系方式已更正".into()).await
}

/// Where the card of an application could be collected instead: what is sent, name, and whether it is the outlet on file. Nothing where
/// that cannot be corrected now; why not is told where the application is open and the officer may correct details.
pub(crate) fn collected_at(
    may: &May,
    seen: &Looked,
    a: &Application,
    cannot: &mut Vec<CannotView>,
) -> Vec<(String, String, bool)> {
    // The one on file: that it is so already is what stands in the way of nothing.
    let asked = CorrectCollectAt { application: a.id, collect_at: a.collect_at, verified: false };
    let refused = may.refused(seen, &HolderCommand::CorrectCollectAt(asked));
    match refused.filter(|r| r.reason != Reason::NothingToDo) {
        None => {
            let institutions = may.institutions();
            let there = institutions.orgs();
            let there = there
                .filter(|o| {
                    o.id == a.collect_at || collects_for(&a.purpose, o, &a.city, &a.bank, institutions)
                })
                .map(|o| {
                    let name = format!("{} {}", choices::initials(&o.name), o.name);
                    (o.id.0.to_string(), name, o.id == a.collect_at)
                });
            there.collect()
        }
        Some(why) => {
            if a.is_open() && why.reason == Reason::WrongStage {
                cannot.push(CannotView { path: "/details", name: "更正领卡网点", why: why.sentence() });
            }
            Vec::new()
        }
    }
}

/// 更正领卡网点 of one application.
pub async fn collect_at(State(console): State<Console>, me: SignedIn, sent: Sent) -> CounterPage {
    clause!(R29.1);
    let form = stated(&console, sent);
    let (application, collect_at) = (ApplicationId(form.id("application")), OrgId(form.id("collect_at")));
    let command = CorrectCollectAt { application, collect_at, verified: form.ticked("verified") };
    let name = console.service.institutions().org(collect_at).map(|o| o.name.clone()).unwrap_or_default();
    let done = format!("领卡网点已更正为{name}");
    give(&BUSINESS, "collect_at", console, me, form, HolderCommand::CorrectCollectAt(command), done).await
}
