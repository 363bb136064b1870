//! An office with work: people in every state, long names and rare ones, boxes on their way, pre-made cards, proposals that wait.

use crate::caller::{caller, served};
use crate::stock::{BOX, made};
use kaguan_domain::ctx::Actor;
use kaguan_domain::ctx::Channel;
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::archive::{Case, Enclosed, MaterialKind};
use kaguan_domain::facts::blank_order::StockTakeIn;
use kaguan_domain::holder::ProposeJoin;
use kaguan_domain::ids::{BankCode, BlankOrderId, CaseId, HolderId, MaterialId, VendorCode};
use kaguan_domain::instant::BlankOrderCommand;
use kaguan_domain::loss::ReportFormal;
use kaguan_domain::records::FileMaterial;
use kaguan_domain::replacement::bank_change::Reserve;
use kaguan_partner_sim::{BadDay, Bank};
use kaguan_service::Command;
use kaguan_testkit::{World, guangzhou};

/// Names as they occur: of Xinjiang with their dots, rare characters in their spelling (R34.1), a long one of them, a short one.
const NAMES: [&str; 4] = [
    "阿卜杜热西提·阿卜杜外力·买买提依明·努尔麦麦提",
    "欧阳[JI][SHANG]",
    "[ZHUANG][ZHUANG][ZHUANG][ZHUANG][ZHUANG]",
    "吴用",
];

/// What is in somebody's state, and the number by which a clerk finds whoever is in it.
pub const STATES: [(&str, u32); 10] = [
    ("in use", 1),
    ("long name", 2),
    ("rare name", 3),
    ("on the way", 6),
    ("waits for a batch", 8),
    ("lost", 11),
    ("restriction proposed", 12),
    ("bank change reserved", 13),
    ("to be joined", 14),
    ("failed", 16),
];

/// Fills the world.
pub async fn full(w: &World) {
    w.around.registers.set_photo(kaguan_testkit::portrait().0.clone());
    let (in_use, card) = w.with_card(1).await;
    filed(w, in_use, Case::Card(card)).await;
    let bank = w.officer(w.bank_outlet()).await;
    let city = w.officer(w.org("44010000000001")).await;
    let does = async |by: &Actor, id, command: HolderCommand| {
        let said = format!("{command:?}");
        w.about(by, id, command).await.unwrap_or_else(|e| panic!("{said}: {e}"))
    };
    let (lost, card) = w.with_card(11).await;
    does(&bank, lost, HolderCommand::ReportFormalLoss(ReportFormal { card, verified: true, deputy: None }))
        .await;
    let (held, card) = w.with_card(12).await;
    let ground = "法院协助执行通知书（2026）粤01执1号：限制使用";
    let propose = kaguan_testkit::stated::restriction(card, CaseId(w.service.fresh()), ground);
    does(&city, held, HolderCommand::ProposeRestriction(propose)).await;
    let (moving, card) = w.with_card(13).await;
    let reserve = Reserve { card, to: BankCode("95533".into()) };
    let theirs = w.officer(w.org("44010395533001")).await;
    does(&theirs, moving, HolderCommand::ReserveBankChange(reserve)).await;
    let (stays, keep) = w.with_card(14).await;
    let (other, _) = w.with_card(15).await;
    let join = ProposeJoin { other, reason: "本人持两证到场".into(), keep: Some(keep) };
    does(&city, stays, HolderCommand::ProposeJoin(join)).await;
    let named = |n: u32, name: &str| {
        let mut filled = w.apply(n, w.outlet());
        filled.draft.name = name.to_owned();
        if name.contains('[') {
            let digest = kaguan_testkit::portrait().1.clone();
            let id = MaterialId(w.service.fresh());
            filled.presented.materials.push(Enclosed { id, kind: MaterialKind::Identity, digest });
        }
        filled
    };
    for (n, name) in (2..).zip(NAMES) {
        let filled = named(n, name);
        for image in &filled.presented.materials {
            w.service.store().put_material(image.id, &kaguan_testkit::portrait().0).await.unwrap();
        }
        w.takes_in(n, filled).await;
    }
    let made = w.cards_made().await;
    w.at_outlet(made, w.outlet()).await;
    w.applicant(6, w.outlet()).await;
    w.cards_made().await;
    // The bank cannot open what it is asked to.
    w.applicant(16, w.outlet()).await;
    w.applicant(17, w.outlet()).await;
    w.confirmed_batch().await;
    Bank::new("95588", BadDay { fail_one_in: 1, ..BadDay::default() }).work(&w.service).await.unwrap();
    w.applicant(7, w.bank_outlet()).await;
    w.applicant(8, w.outlet()).await;
    blanks(w).await;
}

/// A document in the archive.
async fn filed(w: &World, id: HolderId, case: Case) {
    let material = FileMaterial {
        id: MaterialId(w.service.fresh()),
        case,
        kind: MaterialKind::AgentIdentity,
        digest: None,
        cabinet: None,
        org: w.outlet(),
        more: Vec::new(),
    };
    let ctx = w.service.ctx(w.officer(w.outlet()).await, Channel::Console, None);
    w.service.file_material(ctx, id, material, Some(kaguan_testkit::portrait().0.as_slice())).await.unwrap();
}

/// Pre-made cards: an order that waits for its data, one whose cards are at the city's centre.
async fn blanks(w: &World) {
    let system = served(w).await;
    let (bank, vendor) = (caller(w, &system, "bank:95588").await, caller(w, &system, "vendor:1").await);
    let by = w.officer(w.org("44010000000001")).await;
    let order = async || -> BlankOrderId {
        let (bank, vendor) = (BankCode("95588".into()), VendorCode("1".into()));
        w.service.order_blanks(&by, &guangzhou(), &bank, &vendor, 4, "").await.unwrap()
    };
    let first = order().await;
    let province = w.officer(w.org("44000000000001")).await;
    w.service.generate_blanks(&province, first).await.unwrap();
    made((&bank, "95588"), &vendor, &first.to_string(), 4).await;
    let take_in = BlankOrderCommand::TakeIn(StockTakeIn {
        r#box: BOX.into(),
        org: w.org("44010000000001"),
        counted: 3,
        signer: "李四".into(),
        kept_at: "预制卡库".into(),
        short: None,
        surplus: Vec::new(),
    });
    w.by(&by, Command::BlankOrder { id: first, command: take_in }).await.unwrap();
    order().await;
}
