//! Whose card waits for him, and who is told so (Articles 10, 31 and 37).

use crate::clause;
use crate::facts::card::{Card, Social};
use crate::facts::custody::{Custody, Party};
use crate::facts::holder::{HolderEvent, HolderFile};
use crate::facts::institution::{Institutions, Organisation};
use crate::facts::notice::{Notice, NoticeKind};
use crate::recall::told_where;
use crate::rule::{Around, Asked};
use jiff::civil::Date;

/// Whether a card may be handed out for the first time: nobody had it, and nothing keeps it back (a confirmed death, a restriction).
fn is_new_and_free(card: &Card) -> bool {
    card.social == Social::NotEnabled && card.stands() && !card.is_held()
}

/// Whether a card waits to be posted to its holder (邮递上门), as far as its own file says: its application asks for it, it may be handed
/// out, and it is in stock, or in a box on its way there.
pub fn waits_to_be_posted(file: &HolderFile, card: &Card) -> bool {
    clause!(R10.5);
    let in_stock = match card.custody {
        Custody::InBox { .. } | Custody::AtOutlet { .. } => true,
        Custody::InPost { .. }
        | Custody::Missing { .. }
        | Custody::Recalled { .. }
        | Custody::Destroyed { .. }
        | Custody::WithHolder { .. } => false,
    };
    let asked_for = file.application(card.application).is_some_and(|a| a.delivery.is_some());
    in_stock && asked_for && is_new_and_free(card)
}

/// The same while its city offers the post: otherwise its holder has to come for it.
fn is_to_be_posted(file: &HolderFile, card: &Card, institutions: &Institutions, today: Date) -> bool {
    waits_to_be_posted(file, card) && institutions.no_post_in(&card.city, today).is_none()
}

/// The name of the outlet where a card lies for its holder; `None` while it does not, or when an employer collects it.
fn ready_at<'a>(card: &Card, around: Around<'a>) -> Option<&'a str> {
    let Custody::InBox { r#box } = card.custody else { return None };
    let b = around.batches.get(&card.batch)?.box_file(r#box)?;
    let here = b.arrived.is_some() && b.employer.is_none() && b.keeper == Party::Org(b.outlet);
    if !here || card.social != Social::NotEnabled {
        return None;
    }
    around.institutions.org(b.outlet).map(|o| o.name.as_str())
}

/// Whether a notice was given about a card, and what it was given for is not over; of one that came back into stock, since then.
pub(crate) fn noticed(card: &Card, kind: NoticeKind) -> bool {
    // A card that came back into stock waits anew.
    let anew = card.came_back.filter(|_| kind == NoticeKind::Uncollected);
    let given = |n: &&Notice| n.kind == kind && n.over.is_none();
    card.notices.iter().filter(given).any(|n| anew.is_none_or(|back| n.at >= back))
}

/// That the ten working days of 逾期未领 are over, of a card that comes back into stock: nobody takes it back for that before it has waited for
/// six months anew. Nothing where none run.
pub(crate) fn waits_anew(card: &Card) -> Option<HolderEvent> {
    clause!(R32.1);
    let kind = NoticeKind::Uncollected;
    let runs = |n: &Notice| n.kind == kind && n.period().is_some_and(|c| c.stopped_on.is_none());
    card.notices.iter().any(runs).then_some(HolderEvent::NoticeOver { card: card.id, kind })
}

/// 领卡通知 of a card that lies at the named outlet for its holder.
fn ready(file: &HolderFile, card: &Card, outlet: &str, Asked { ctx, around, .. }: Asked<'_>) -> HolderEvent {
    clause!(R31.3);
    let posts = is_to_be_posted(file, card, around.institutions, ctx.today());
    let (outlet, guardian) = (Some(outlet.to_owned()), file.guardian_comes(ctx.today()));
    let notice = Notice { outlet, posts, guardian, ..Notice::new(NoticeKind::Ready, ctx.now) };
    HolderEvent::Notified { card: card.id, notice, silent: card.says_dead() }
}

/// Whether a card that comes singly to an office comes where its holder collects it, and may be handed out there for the first time.
fn is_ready_at(file: &HolderFile, card: &Card, at: &Organisation) -> bool {
    at.kind.is_outlet()
        && file.application(card.application).is_some_and(|a| a.collect_at == at.id)
        && card.offered_again.is_none()
        && is_new_and_free(card)
}

/// 领卡通知 of a card that its outlet signs for, or finds, outside any box; `None` when it was given already, or the card waits for nobody there.
pub(crate) fn ready_singly(
    file: &HolderFile,
    card: &Card,
    at: &Organisation,
    asked: Asked<'_>,
) -> Option<HolderEvent> {
    clause!(R31.3);
    if !is_ready_at(file, card, at) || noticed(card, NoticeKind::Ready) {
        return None;
    }
    let here = Card { custody: Custody::AtOutlet { org: at.id }, ..card.clone() };
    Some(ready(file, &here, &at.name, asked))
}

/// What whoever takes a single card over, or finds it, is told of its holder: whether the system gives 领卡通知. `None` when the card is not
/// handed out there for the first time.
pub fn ready_said(file: &HolderFile, card: &Card, at: &Organisation) -> Option<&'static str> {
    clause!(R31.3);
    if !is_ready_at(file, card, at) {
        return None;
    }
    Some(match (card.says_dead(), noticed(card, NoticeKind::Ready)) {
        (true, _) => "该人有死亡登记，系统不发送短信，请另行通知",
        (false, false) => "系统向登记的手机发送领卡通知，没有登记手机的请另行通知持卡人",
        (false, true) => "系统此前已发送过领卡通知，不再发送，请另行通知持卡人",
    })
}

/// 领卡通知 of a card that lies in its box at its outlet; `None` when it was given already, or nobody is asked to come for what no counter hands
/// over: that is told once the card is free.
pub(crate) fn ready_in_its_box(asked: Asked<'_>, card: &Card) -> Option<HolderEvent> {
    clause!(R31.3);
    if card.is_not_written_to() || noticed(card, NoticeKind::Ready) {
        return None;
    }
    Some(ready(asked.file, card, ready_at(card, asked.around)?, asked))
}

/// What is said once the cards of a file are free again: whoever was not told, because something was held against the card, hears where it
/// waits. `freed` are the events that free them; no notice of a card that is still held, or never was.
pub(crate) fn told_once_free(asked: Asked<'_>, freed: &[HolderEvent]) -> Vec<HolderEvent> {
    clause!(R37.1);
    let Asked { file, ctx, around } = asked;
    if !file.cards.iter().any(Card::is_not_written_to) {
        return Vec::new();
    }
    let mut after = file.clone();
    for event in freed {
        after.apply(event, ctx.now);
    }
    let mut told = Vec::new();
    for card in &after.cards {
        let was_held = file.card(card.id).is_some_and(Card::is_not_written_to);
        if !was_held || card.is_not_written_to() || !card.stands() {
            continue;
        }
        let asked = Asked { file: &after, ctx, around };
        if let Some(ready) = ready_in_its_box(asked, card) {
            told.push(ready);
        } else if let Custody::AtOutlet { org } = card.custody
            && let Some(at) = around.institutions.org(org)
        {
            told.extend(match card.offered_again {
                Some(_) => told_where(&after, card, at, ctx.now),
                None => ready_singly(&after, card, at, asked),
            });
        }
    }
    told
}
