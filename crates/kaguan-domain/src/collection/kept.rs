//! Whether a card lies where somebody asks for it (Article 12), and what is true of it when it does not: who has it, and what is done there.

use crate::calendar::add_months_clamped;
use crate::clause;
use crate::distribution::ended_goes_to;
use crate::facts::batch::{BatchFile, keeper_of};
use crate::facts::boxes::BoxFile;
use crate::facts::card::{Card, Hold, Social};
use crate::facts::custody::{Custody, Party, RecallReason};
use crate::facts::false_card::{false_card_said, lifted_once, to_confiscate};
use crate::ids::OrgId;
use crate::refusal::{Reason, Refusal};
use crate::rule::Around;
use jiff::civil::Date;

/// The box that a card lies in.
pub(crate) fn box_of<'a>(card: &Card, around: Around<'a>) -> Option<&'a BoxFile> {
    let Custody::InBox { r#box } = card.custody else { return None };
    around.batches.get(&card.batch)?.box_file(r#box)
}

/// Who keeps a card, whose box is not under way.
pub(crate) fn lies_with(card: &Card, around: Around<'_>) -> Option<Party> {
    let under_way = box_of(card, around).is_some_and(|b| b.on_the_way.is_some());
    keeper_of(&card.custody, around.batches.get(&card.batch)).filter(|_| !under_way)
}

/// Whether a card was handed out: it is with its holder, or with the employer who collected it for the holder (R12.1). Then it can be at a
/// counter, be lost, be locked and be given back there. `batch` is the one that it was made in.
pub fn is_handed_out(card: &Card, batch: Option<&BatchFile>) -> bool {
    clause!(R12.1);
    match keeper_of(&card.custody, batch) {
        Some(Party::Holder | Party::Employer(_)) => true,
        Some(
            Party::Org(_)
            | Party::Vendor(_)
            | Party::Production(_)
            | Party::Post(_)
            | Party::Recalled(_)
            | Party::Missing
            | Party::Destroyed,
        )
        | None => false,
    }
}

/// A card that may be handed out at all.
pub(super) fn deliverable(card: &Card) -> Result<(), Refusal> {
    if matches!(card.social, Social::Cancelled { .. }) {
        return Err(Reason::CardCancelled.into());
    }
    if card.is_held() {
        return Err(Refusal::held_back(card));
    }
    Ok(())
}

/// The outlet keeps the card now, and may give it out.
///
/// # Errors
/// With what is true of it, when it is anywhere else.
pub(super) fn kept_at(card: &Card, outlet: OrgId, around: Around<'_>) -> Result<(), Refusal> {
    match lies_with(card, around) {
        Some(Party::Org(org)) if org == outlet => leaves_its_box(card, around),
        Some(Party::Holder | Party::Employer(_)) => Err(Reason::AlreadyHandedOver.into()),
        Some(
            Party::Org(_)
            | Party::Vendor(_)
            | Party::Production(_)
            | Party::Post(_)
            | Party::Recalled(_)
            | Party::Missing
            | Party::Destroyed,
        )
        | None => Err(elsewhere(card, around)),
    }
}

/// No more cards leave a box than the last count found in it: while cards are missed and nobody knows which, the books have those in
/// it too.
pub(crate) fn leaves_its_box(card: &Card, around: Around<'_>) -> Result<(), Refusal> {
    clause!(R12.1);
    let Some(b) = box_of(card, around).filter(|b| b.short() > 0) else { return Ok(()) };
    if around.batches.get(&card.batch).is_some_and(|batch| batch.inside(b.id) > 0) {
        return Ok(());
    }
    let about = format!(
        "清点所得的卡已全部交出，账面已无在箱的卡，短少{}张未查明；该卡确在手中的，先登记短少的卡已找到",
        b.short()
    );
    Err(Refusal::about(Reason::DifferenceOpen, about))
}

/// What its outlet does about a card in the post that is not delivered any more, as a Chinese phrase without a full stop; `None` of any other
/// card. One that is cancelled, cleaned or a dead person's is taken back, and a false one confiscated; what is only restricted waits at its outlet
/// (Articles 33, 37 and 38).
pub fn brought_back(card: &Card) -> Option<&'static str> {
    clause!(R14.1);
    clause!(R32.2);
    if !matches!(card.custody, Custody::InPost { .. }) {
        return None;
    }
    deliverable(card).err()?;
    let returning = card.custody.is_returning().is_some();
    if to_confiscate(card).is_some() {
        clause!(R38.1);
        return Some(match returning {
            false => "请联系邮政企业退回，退回后办理邮件退回登记和收缴",
            true => "邮政企业已退回，收到后办理邮件退回登记和收缴",
        });
    }
    let ends = !card.stands() || card.holds.contains(&Hold::DeathConfirmed);
    Some(match (ends, returning) {
        (true, false) => "请联系邮政企业退回，退回后办理邮件退回登记和回收",
        (true, true) => "邮政企业已退回，收到后办理邮件退回登记和回收",
        (false, false) => "请联系邮政企业退回，退回后办理邮件退回登记，由网点保管，恢复后再领取",
        (false, true) => "邮政企业已退回，收到后办理邮件退回登记，由网点保管，恢复后再领取",
    })
}

/// A card in the post is still to be signed for.
pub(super) fn still_delivered(card: &Card) -> Result<(), Refusal> {
    clause!(R14.1);
    deliverable(card).map_err(|refused| match (brought_back(card), refused.way.as_deref()) {
        (Some(back), Some(own)) => {
            let way = format!("{back}；{own}");
            refused.way(way)
        }
        (Some(back), None) => refused.way(back),
        (None, _) => refused,
    })
}

/// Whether it lies with an office outside any box.
fn is_single(card: &Card) -> bool {
    clause!(R12.1);
    matches!(card.custody, Custody::AtOutlet { .. })
}

/// What is true of a card for whoever asks for it and has it not.
pub(crate) fn elsewhere(card: &Card, around: Around<'_>) -> Refusal {
    clause!(R12.1);
    let name = |id: &OrgId| around.institutions.org(*id).map_or(String::new(), |o| o.name.clone());
    let not_here = |about: String| Refusal::about(Reason::CardNotHere, about);
    if let Some(way) = box_of(card, around).and_then(|b| b.on_the_way.as_ref()) {
        return not_here(format!("在分发途中，待{}签收", name(&way.to)));
    }
    match keeper_of(&card.custody, around.batches.get(&card.batch)) {
        Some(Party::Org(org)) => {
            let there = not_here(format!("由{}保管", name(&org)));
            let hands_out = around.institutions.org(org).is_some_and(|o| o.kind.is_outlet());
            match (is_single(card), hands_out) {
                (true, _) if card.is_cancelled() => {
                    there.way(match ended_goes_to(card, around.institutions) {
                        Some(to) => {
                            format!("该卡已注销：由{}在“成品卡接收与分发”办理单卡转接后回收", name(&to))
                        }
                        None => "该卡已注销，请由该机构办理回收".to_owned(),
                    })
                }
                // A centre hands nothing out: its outlet signs for the card first.
                (true, false) => there.way(
                    "该机构不发放卡片：由领卡网点取得该卡，在“成品卡接收与分发”办理单卡转接后领取；应回收的，转接后回收",
                ),
                (true, true) => {
                    there.way("请由该网点办理；卡片确已在本机构的，先在“成品卡接收与分发”办理单卡转接")
                }
                (false, _) => there,
            }
        }
        Some(Party::Vendor(_) | Party::Production(_)) => not_here("尚在卡商，待送达并签收后办理".to_owned()),
        Some(Party::Employer(_)) => {
            let outlet = box_of(card, around).map_or(String::new(), |b| name(&b.outlet));
            not_here(format!("已由单位从{outlet}代领"))
        }
        Some(Party::Post(org)) => {
            let refusal = Refusal::about(Reason::InThePost, format!("由{}寄出", name(&org)));
            match brought_back(card) {
                Some(way) => refusal.way(format!("{way}；查无下落的登记缺卡")),
                None => refusal,
            }
        }
        Some(Party::Recalled(org)) => {
            let why = match &card.custody {
                Custody::Recalled { reason, .. } => reason.name(),
                Custody::InBox { .. }
                | Custody::AtOutlet { .. }
                | Custody::InPost { .. }
                | Custody::Missing { .. }
                | Custody::Destroyed { .. }
                | Custody::WithHolder { .. } => "",
            };
            let refusal = Refusal::about(Reason::CardRecalled, format!("{why}，由{}保管", name(&org)));
            match &card.custody {
                Custody::Recalled { reason, .. } => refusal.way(given_out_again(card, *reason)),
                Custody::InBox { .. }
                | Custody::AtOutlet { .. }
                | Custody::InPost { .. }
                | Custody::Missing { .. }
                | Custody::Destroyed { .. }
                | Custody::WithHolder { .. } => refusal,
            }
        }
        Some(Party::Missing) => match card.made_again {
            Some(_) => Refusal::about(Reason::CardMissing, "已受理补制"),
            None => Reason::CardMissing.into(),
        },
        Some(Party::Destroyed) => Refusal::about(Reason::WrongStage, "该卡已销毁"),
        Some(Party::Holder) => Reason::AlreadyHandedOver.into(),
        None => Reason::CardNotHere.into(),
    }
}

/// How a card that was taken back comes to its holder again; or that it does not, and what becomes of it with whom.
fn given_out_again(card: &Card, reason: RecallReason) -> String {
    clause!(R33.4);
    if let Some(said) = false_card_said(card) {
        return said;
    }
    if !card.is_cancelled() && !card.stands() {
        return "该卡经一人一卡清理，不再发放；账户结转后办理注销，销户后登记销毁".to_owned();
    }
    if card.is_cancelled() {
        return match card.account_is_closed() {
            true => "该卡已注销，不再发放，由市卡管机构登记销毁；服务银行网点保管的，由该网点登记销毁",
            false => {
                "该卡已注销，不再发放；由服务银行办理账户销户，销户后由市卡管机构登记销毁，服务银行网点保管的由该网点登记销毁"
            }
        }
        .to_owned();
    }
    if card.holds.contains(&Hold::DeathConfirmed) {
        return "死亡登记有误的，先办理恢复，再由保管机构办理二次发放后领取".to_owned();
    }
    if card.holds.iter().any(|h| matches!(h, Hold::Restriction { .. })) {
        clause!(R37.1);
        return format!(
            "{}，先由发卡地市的市卡管机构办理恢复，再由保管机构办理二次发放后领取",
            lifted_once(card)
        );
    }
    if reason == RecallReason::Uncollected {
        return "请先由保管机构办理二次发放再领取；逾期且滞留的，由市卡管机构办理注销".to_owned();
    }
    "请先由保管机构办理二次发放，再由持卡人领取".to_owned()
}

/// Nobody loses what was never handed out: where it is, and what is done instead.
pub(crate) fn handed_out(card: &Card, around: Around<'_>) -> Result<(), Refusal> {
    clause!(R25.1);
    if is_handed_out(card, around.batches.get(&card.batch)) { Ok(()) } else { Err(not_in_hand(card, around)) }
}

/// Why somebody cannot do with a card what its holder does with it: it is not in the holder's hand. One that was taken back is told with
/// where it is kept; of any other the way is 领取, or what keeps it from being handed over.
pub(crate) fn not_in_hand(card: &Card, around: Around<'_>) -> Refusal {
    match &card.custody {
        Custody::Recalled { .. } => elsewhere(card, around),
        Custody::InBox { .. }
        | Custody::AtOutlet { .. }
        | Custody::InPost { .. }
        | Custody::Missing { .. }
        | Custody::Destroyed { .. }
        | Custody::WithHolder { .. } => match still_delivered(card) {
            Err(held) if held.reason == Reason::CardHeldBack => {
                let about = format!("{}，现在不能领取", card.holds_said());
                Refusal { reason: Reason::NotHandedOver, about: Some(about), ..held }
            }
            Ok(()) | Err(_) => Reason::NotHandedOver.into(),
        },
    }
}

/// The day from which an uncollected card is overdue: six calendar months after its box was signed for by the
/// outlet, or handed to the employer (R15.2).
pub fn overdue_from(received_on: Date) -> Date {
    clause!(R15.2);
    add_months_clamped(received_on, 6)
}
