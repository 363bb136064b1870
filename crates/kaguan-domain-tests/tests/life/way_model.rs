//! Every state that a card can reach before its holder has it, explored completely: in a box at the vendor, on its way, short in a
//! count, at its outlet, with an employer, in the post and back, lost in any of these places, found, made again, replaced on a loss
//! that its holder reported, taken back, offered again, stranded, destroyed. It begins three times: with a first card that was
//! agreed to be posted, with one in an employer's box, and with a new card that is to take the place of one in hand. Time passes by
//! a hundred days, so that the six months of Articles 15, 32 and 33 end with the second step.
//!
//! 21,800 states and 131,000 steps in 2.6 s (release). What must never be, in the regulation's words:
//!
//! - 本省范围内一人一卡 (Article 3): at most one card in force; two cards stand only while one is made to replace the other.
//! - 逐级签收, 责任到人 (Article 12): each card is with exactly one keeper, and what the books say after each step is what lies there.
//! - 管理不当造成卡片丢失 (Articles 12, 22 and 39): nobody pays for a card that the chain lost, and a card that another was made for
//!   never becomes usable: wherever it is found, it is not handed over, posted or offered any more.
//! - 凭短信取件码签收 (Article 14): nothing is handed over by post without the code, and a card works only in its holder's hand; one that
//!   the carrier says was signed for is enabled later.
//! - 6个月内未领取的成品卡 (Articles 15 and 32): whoever has kept a card for six months may take it back, returned post too, counted
//!   from the day on which it came back; and nobody may before, nor what the post still has: that comes back first, or is missing.
//! - 二次发放 (Article 33): once, within six months of the recall; then it is cancelled, once the bank has said that the account is
//!   empty. Cancelled is final, and somebody closes the account.
//! - 找回的可办理解除挂失 (Article 26): a loss is released while no replacement is filed, wherever the card is.
//!
//! And from every state there is a way out: every card works in a hand, or is cancelled and its account closed. Since when a card
//! lies where it lies, which were lost, and what the bank said are kept here apart from the rules.

mod asked;

use crate::person::{self, HR, Scene, TODAY, shown};
use crate::{exchange, replace, stated};
use asked::{box_commands, commands};
use kaguan_domain::clause;
use kaguan_domain::collection::{ConfirmPost, Post, PostFromVendor, ReceiveReturned};
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::{BatchCommand as B, HolderCommand as C, decide, decide_batch_beside};
use kaguan_domain::distribution::{Receive, RecordFound, RecordMissing, SettleDifference, Ship, TakeOver};
use kaguan_domain::facts::application::{Application, ExchangeReason, Purpose, Stage};
use kaguan_domain::facts::batch::{Batch, BatchFile, BatchState, keeper_of};
use kaguan_domain::facts::blank_order::Stock;
use kaguan_domain::facts::boxes::BoxFile;
use kaguan_domain::facts::card::{Card, Social};
use kaguan_domain::facts::custody::{Custody, CustodyEntry, Party, PickUpCode, RecallReason};
use kaguan_domain::facts::difference::{Answers, Settled, Short};
use kaguan_domain::facts::fee::Fee;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::Institutions;
use kaguan_domain::facts::intent::IntentKind;
use kaguan_domain::facts::post::CarrierProof;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, BoxId, CardId, CityCode, OrgId, UnitId, VendorCode,
};
use kaguan_domain::link::{AnswerIntent, BankAnswer};
use kaguan_domain::loss::{Release, ReportFormal, ReportTemporary};
use kaguan_domain::recall::{
    CancelStranded, Destroy, OfferAgain, ReceiveData, StateBalance, StorePlastic, TakeBack, waits_since,
};
use kaguan_domain::refusal::Refusal;
use kaguan_domain::replacement::{MakeAgain, Replace, Withdraw};
use kaguan_domain::rule::{Around, Found};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Write;

/// More states than this are a mistake of the model's.
const TOO_MANY: usize = 100_000;
const PROVINCE: OrgId = OrgId(1);
const CITY: OrgId = OrgId(2);
const BANK: OrgId = OrgId(4);
const BATCH: BatchId = BatchId(1);
const BOX: BoxId = BoxId(1);
const EMPLOYER: &str = "E1";
/// How long time passes at once, in days: less than six months, and twice as much is more.
const DAYS: i64 = 100;

/// What a step is decided with: the rules, or rules with a bug planted in them.
type Rules = fn(&Way<'_>, &C) -> Result<Vec<HolderEvent>, Refusal>;

fn rules(way: &Way<'_>, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    way.decide(&way.file, command)
}

/// A record of a card that was found which has forgotten that another was made in its place.
fn forgetful(way: &Way<'_>, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = rules(way, command)?;
    events.retain(|e| !matches!(e, HolderEvent::TakenBack { reason: RecallReason::FoundAgain, .. }));
    Ok(events)
}

/// An office that takes the fee for a card that it lost itself.
fn greedy(way: &Way<'_>, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    let mut events = rules(way, command)?;
    if let C::MakeAgain(_) = command {
        for event in &mut events {
            if let HolderEvent::Applied { application, .. } = event {
                application.fee = Fee::Due { fen: 2000 };
            }
        }
    }
    Ok(events)
}

/// A returned letter that goes on counting from the day on which the card was made.
fn impatient(way: &Way<'_>, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    let C::ReceiveReturnedPost(back) = command else { return rules(way, command) };
    rules(way, command)?;
    let (card, from) = (back.card, Party::Post(back.outlet));
    Ok(vec![
        HolderEvent::CardMissing { card, from, said: None },
        HolderEvent::CardFound { card, at_org: back.outlet, waits_from: None },
    ])
}

/// A returned letter that the books know nothing of.
fn careless(way: &Way<'_>, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    let one = |e| match e {
        HolderEvent::PostReturned { card, at, .. } => {
            HolderEvent::CardFound { card, at_org: at, waits_from: Some(way.now) }
        }
        other => other,
    };
    Ok(rules(way, command)?.into_iter().map(one).collect())
}

/// A receipt by post that takes any code.
fn obliging(way: &Way<'_>, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    let C::ConfirmPost(confirm) = command else { return rules(way, command) };
    rules(way, &C::ConfirmPost(ConfirmPost { code_digest: "right".into(), ..confirm.clone() }))
}

/// A cancelling that assumes that the account is empty.
fn trusting(way: &Way<'_>, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
    let C::CancelStranded(c) = command else { return rules(way, command) };
    let mut told = way.file.clone();
    let stated = way.decide(&told, &C::StateBalance(StateBalance { card: c.card, empty: true }))?;
    stated.iter().for_each(|e| told.apply(e, way.now));
    way.decide(&told, command)
}

/// A person's cards on their way, the box that one lies in, and what is known here apart from the rules.
#[derive(Clone)]
struct Way<'a> {
    office: &'a Institutions,
    file: HolderFile,
    batches: HashMap<BatchId, BatchFile>,
    now: Instant,
    /// Who keeps each card, and since when.
    since: BTreeMap<CardId, (String, Instant)>,
    /// When each card was first taken back because nobody collected it.
    recalled: BTreeMap<CardId, Instant>,
    offered: BTreeSet<CardId>,
    /// What the bank said last of each account: whether it is empty.
    empty: BTreeMap<CardId, bool>,
    /// Cards that another was made for, and the applications of those.
    lost: BTreeMap<CardId, ApplicationId>,
}

impl<'a> Way<'a> {
    /// The card that is on its way lies in the vendor's box, with one of somebody else.
    fn new(office: &'a Institutions, scene: Scene, employer: Option<&str>) -> Self {
        let vendor = VendorCode("1".into());
        let mut batch = BatchFile::new(BATCH);
        batch.batch = Some(Batch {
            number: "B1".into(),
            city: CityCode("4401".into()),
            bank: BankCode("95588".into()),
            urgent: false,
            collected_on: TODAY,
            people: 2,
            state: BatchState::Made { vendor: vendor.clone(), at: scene.now },
            clocks: Vec::new(),
            incomplete: Vec::new(),
            taken_back: None,
        });
        batch.boxes.push(BoxFile {
            id: BOX,
            number: "1".into(),
            outlet: HR,
            employer: employer.map(Into::into),
            cards: 2,
            keeper: Party::Vendor(vendor),
            on_the_way: None,
            last_signed: scene.now,
            left_province: None,
            arrived: None,
            differences: Vec::new(),
            papers: Vec::new(),
        });
        let mut file = scene.file;
        file.cards.last_mut().unwrap().custody = Custody::InBox { r#box: BOX };
        let mut way = Self {
            office,
            file,
            batches: HashMap::from([(BATCH, batch)]),
            now: scene.now,
            since: BTreeMap::new(),
            recalled: BTreeMap::new(),
            offered: BTreeSet::new(),
            empty: BTreeMap::new(),
            lost: BTreeMap::new(),
        };
        way.looked_through();
        way
    }

    fn batch(&self) -> &BatchFile {
        &self.batches[&BATCH]
    }

    fn the_box(&self) -> &BoxFile {
        &self.batch().boxes[0]
    }

    fn ctx(&self, actor: Actor) -> Ctx {
        Ctx { now: self.now, actor, channel: Channel::Console, request_key: None, request_body: None }
    }

    fn around<'b>(&'b self, stock: &'b Stock) -> Around<'b> {
        let (institutions, batches) = (self.office, &self.batches);
        Around { institutions, batches, stock, found: Found::NOBODY, other: None }
    }

    fn decide(&self, file: &HolderFile, command: &C) -> Result<Vec<HolderEvent>, Refusal> {
        let stock = Stock::default();
        // What a loss is to the account its bank has done already when it tells it.
        let actor = match command {
            C::ReportTemporaryLoss(_) | C::ReportFormalLoss(_) | C::ReleaseLoss(_) => {
                Actor::Bank(BankCode("95588".into()))
            }
            _ => Actor::System,
        };
        decide(file, command, &self.ctx(actor), self.around(&stock))
    }

    fn keeper(&self, card: &Card) -> String {
        keeper_of(&card.custody, Some(self.batch())).unwrap().account()
    }

    /// Counts what lies in the box, as the store does, and notes who has which card since when.
    fn looked_through(&mut self) {
        let boxed = |c: &&Card| matches!(c.custody, Custody::InBox { .. });
        let inside = 1 + self.file.cards.iter().filter(boxed).count() as i64;
        self.batches.get_mut(&BATCH).unwrap().tally.inside.insert(BOX, inside);
        for card in &self.file.cards {
            let keeper = self.keeper(card);
            if self.since.get(&card.id).is_none_or(|(known, _)| *known != keeper) {
                self.since.insert(card.id, (keeper, self.now));
            }
        }
    }

    /// Where all cards are, that of somebody else too: what the books must say.
    fn lie(&self) -> BTreeMap<String, i64> {
        let b = self.the_box();
        let mut out =
            BTreeMap::from([(b.keeper.account(), 1 - b.short()), ("missing".to_owned(), b.short())]);
        for card in &self.file.cards {
            *out.entry(self.keeper(card)).or_default() += 1;
        }
        out.retain(|_, n| *n != 0);
        out
    }

    /// Hundreds of days, at most two.
    fn age(&self, since: Instant) -> i64 {
        ((self.now.0 - since.0) / (DAYS * 86_400_000_000)).min(2)
    }

    /// Whether a card waits for its holder with an outlet, an employer or the post, or where it was found; for six months already.
    fn has_waited(&self, card: &Card) -> Option<bool> {
        let waits = match &card.custody {
            Custody::AtOutlet { .. } | Custody::InPost { .. } => true,
            Custody::InBox { .. } => {
                let b = self.the_box();
                b.on_the_way.is_none()
                    && [Party::Org(HR), Party::Employer(EMPLOYER.into())].contains(&b.keeper)
            }
            Custody::Missing { .. }
            | Custody::Recalled { .. }
            | Custody::Destroyed { .. }
            | Custody::WithHolder { .. } => false,
        };
        let first = card.social == Social::NotEnabled && !self.recalled.contains_key(&card.id);
        (waits && first).then(|| self.age(self.since[&card.id].1) == 2)
    }

    /// Whether a reissue was filed, and not withdrawn.
    fn reissued(&self) -> Option<CardId> {
        let filed = |a: &&Application| !matches!(a.stage, Stage::Withdrawn { .. });
        self.file.applications.iter().filter(filed).find_map(|a| match a.purpose {
            Purpose::Reissue { old } => Some(old),
            _ => None,
        })
    }

    /// Whether a reissue of a card is under way, or was collected.
    fn is_replaced(&self, card: &Card) -> bool {
        let ended = |c: &Card| c.id <= card.id || c.is_cancelled();
        let failed = self.file.open_application().is_none() && self.file.cards.iter().all(ended);
        self.reissued() == Some(card.id) && !failed
    }

    /// How long ago it was first taken back.
    fn recalled_for(&self, card: CardId) -> Option<i64> {
        self.recalled.get(&card).map(|at| self.age(*at))
    }

    /// Everything that matters for what can happen next: of days only what has become of them.
    fn key(&self) -> String {
        let (mut out, stock) = (String::new(), Stock::default());
        for a in &self.file.applications {
            let _ = write!(out, "{}{:?}{};", a.stage.code(), a.purpose.old(), a.fee.is_settled());
        }
        let mut boxed = false;
        for c in &self.file.cards {
            let social = match c.social {
                Social::NotEnabled => 'n',
                Social::Enabled { .. } => 'e',
                Social::Cancelled { .. } => 'c',
            };
            boxed |= matches!(c.custody, Custody::InBox { .. });
            let reason = match &c.custody {
                Custody::Recalled { reason, .. } => Some(*reason),
                _ => None,
            };
            let waits =
                self.has_waited(c).filter(|_| !self.is_replaced(c)).map(|_| self.age(self.since[&c.id].1));
            let by_rule =
                waits_since(c, self.around(&stock)).filter(|_| waits.is_some()).map(|at| self.age(at));
            let closed = c.account_is_closed();
            let _ = write!(out, "|{social}{closed}{}{reason:?}{waits:?}{by_rule:?}", self.keeper(c));
            if !c.is_cancelled() {
                let (offered, balance) = (c.offered_again.is_some(), c.balance.map(|b| b.empty));
                let recalled = self.recalled_for(c.id);
                let data = c.data_back.map(|d| d.received.is_some());
                let _ = write!(out, "{:?}{recalled:?}{offered}{balance:?}{data:?}", c.holds);
            }
            for i in c.intents.iter().filter(|i| !i.is_over()) {
                let _ = write!(out, "{}", i.kind.code());
            }
        }
        if boxed {
            let b = self.the_box();
            let to = b.on_the_way.as_ref().map(|w| w.to);
            let _ = write!(out, "#{to:?}{}{}", b.short(), b.differences.len());
        }
        out
    }

    /// The cards, as their holder's file has them, after events.
    fn after(&self, command: &C, events: &[HolderEvent]) -> Self {
        let mut after = self.clone();
        events.iter().for_each(|e| after.file.apply(e, self.now));
        match command {
            C::TakeBack(t) if t.reason == RecallReason::Uncollected => {
                after.recalled.entry(t.card).or_insert(self.now);
            }
            C::OfferAgain(o) => {
                after.offered.insert(o.card);
            }
            C::StateBalance(s) => {
                after.empty.insert(s.card, s.empty);
            }
            C::MakeAgain(m) => {
                after.lost.insert(m.card, m.id);
            }
            _ => {}
        }
        after.looked_through();
        after
    }
}

/// What must not be in any state.
fn wrong_state(way: &Way<'_>, rules: Rules) -> Option<String> {
    let file = &way.file;
    if file.cards.iter().filter(|c| c.in_force()).count() > 1 {
        return Some("two cards in force".into());
    }
    let standing: Vec<_> = file.standing_cards().collect();
    for (i, a) in standing.iter().enumerate() {
        if standing[..i].iter().any(|b| !file.replaces(a, b) && !file.replaces(b, a)) {
            return Some("two cards stand, and neither replaces the other".into());
        }
    }
    for c in &file.cards {
        let kept_back = matches!(
            c.custody,
            Custody::Missing { .. } | Custody::Recalled { .. } | Custody::Destroyed { .. }
        );
        if way.lost.contains_key(&c.id) && (!kept_back || !c.is_cancelled()) {
            return Some("a card that was made again is usable".into());
        }
        let in_hand = matches!(c.custody, Custody::WithHolder { .. });
        if c.in_force() && !in_hand {
            return Some("in force before it was handed over".into());
        }
        if c.is_cancelled()
            && !c.account_is_closed()
            && !c.intents.iter().any(|i| i.kind == IntentKind::Close)
        {
            return Some("cancelled, and nobody closes the account".into());
        }
        if way.has_waited(c) == Some(true) {
            let back = |at| TakeBack { card: c.id, reason: RecallReason::Uncollected, at };
            let back = match keeper_of(&c.custody, Some(way.batch())) {
                Some(Party::Post(outlet)) => {
                    let reason = "查无此人".into();
                    C::ReceiveReturnedPost(ReceiveReturned { card: c.id, outlet, reason })
                }
                Some(Party::Org(at)) => C::TakeBack(back(at)),
                _ => C::TakeBack(back(HR)),
            };
            if rules(way, &back).is_err() {
                return Some(format!(
                    "nobody collected it in six months, and it is not taken back: {:?}",
                    c.custody
                ));
            }
        }
        if c.stands() && c.loss().is_some() && file.replacement_of(c.id).is_none() {
            let release = C::ReleaseLoss(Release { card: c.id, verified: true, deputy: None });
            if rules(way, &release).is_err() {
                return Some("a loss that cannot be released".into());
            }
        }
    }
    let of_lost = |id: ApplicationId| file.application(id).unwrap();
    if way.lost.values().any(|id| !matches!(of_lost(*id).fee, Fee::Free { .. })) {
        return Some("somebody pays for a card that the chain lost".into());
    }
    None
}

/// What must not happen in any step.
fn wrong_step(before: &Way<'_>, command: &C, after: &Way<'_>) -> Option<&'static str> {
    let card = |id| before.file.card(id).unwrap();
    let wrong = match command {
        C::CancelStranded(c) => {
            let over = before.offered.contains(&c.card) || before.recalled_for(c.card) == Some(2);
            let kept = matches!(card(c.card).custody, Custody::Recalled { .. });
            let empty = before.empty.get(&c.card) == Some(&true) || card(c.card).account_is_closed();
            match (over && kept, empty) {
                (false, _) => Some("cancelled before it is stranded"),
                (true, false) => Some("cancelled, and nobody knows what is in the account"),
                (true, true) => None,
            }
        }
        C::TakeBack(t) if matches!(card(t.card).custody, Custody::InPost { .. }) => {
            Some("taken back out of the post's hands")
        }
        C::TakeBack(t) => {
            let again = before.offered.contains(&t.card) && before.recalled_for(t.card) == Some(2);
            let first = before.has_waited(card(t.card)) == Some(true);
            (!first && !again).then_some("taken back before six months are over")
        }
        C::OfferAgain(o) => {
            let in_time = before.recalled_for(o.card).is_some_and(|age| age < 2);
            (before.offered.contains(&o.card) || !in_time).then_some("offered again out of time, or twice")
        }
        C::ConfirmPost(c) if c.code_digest != "right" => Some("handed over without the code"),
        C::PostFromVendor(p) => {
            let agreed = before.file.application(card(p.card).application).unwrap().post_agreed;
            agreed.is_none().then_some("posted, and nobody told the holder what it costs")
        }
        C::Replace(r) => {
            let old = card(r.purpose.old().unwrap());
            let lost = matches!(old.custody, Custody::Missing { .. });
            lost.then_some("the holder pays for a card that is recorded as lost by the chain")
        }
        _ => None,
    };
    let undone = |(b, a): (&Card, &Card)| {
        (b.is_cancelled() && !a.is_cancelled()) || (b.account_is_closed() && !a.account_is_closed())
    };
    wrong.or_else(|| {
        before.file.cards.iter().zip(&after.file.cards).any(undone).then_some("cancelled is not final")
    })
}

/// Whether entries bring the books from what lay somewhere to what lies there now.
fn books_agree(before: &Way<'_>, entries: Vec<CustodyEntry>, after: &Way<'_>) -> bool {
    let balanced = entries.iter().map(|e| e.cards).sum::<i64>() == 0;
    let mut books = before.lie();
    for e in entries.into_iter().filter(|e| !e.account.starts_with("data/")) {
        *books.entry(e.account).or_default() += e.cards;
    }
    books.retain(|_, n| *n != 0);
    balanced && books == after.lie()
}

/// Whether nothing is left to do.
fn is_over(file: &HolderFile) -> bool {
    let over = |c: &Card| c.in_force() || (c.is_cancelled() && c.account_is_closed());
    file.cards.iter().all(over) && file.open_application().is_none()
}

/// Everything that can happen next; or the first thing that is wrong.
fn nexts<'a>(way: &Way<'a>, rules: Rules) -> Result<Vec<Way<'a>>, String> {
    let mut out = Vec::new();
    for command in commands(way) {
        let Ok(events) = rules(way, &command) else { continue };
        let after = way.after(&command, &events);
        if let Some(wrong) = wrong_step(way, &command, &after) {
            return Err(wrong.into());
        }
        if !books_agree(way, events.iter().flat_map(HolderEvent::entries).collect(), &after) {
            return Err(format!("{command:?}: the books say otherwise"));
        }
        let open = |c: &Card| c.intents.iter().filter(|i| !i.is_over()).count();
        if after.file.cards.iter().all(|c| open(c) <= 1) {
            out.push(after);
        }
    }
    for command in box_commands(way) {
        let unit = stated::unit_registered(UnitId(1));
        let ctx = way.ctx(Actor::System);
        let decided = decide_batch_beside(way.batch(), &command, Some(&unit), &ctx, way.office);
        let Ok(events) = decided else {
            continue;
        };
        let mut after = way.clone();
        let batch = after.batches.get_mut(&BATCH).unwrap();
        events.iter().for_each(|e| batch.apply(e, way.now));
        after.looked_through();
        if !books_agree(way, events.iter().flat_map(|e| e.entries()).collect(), &after) {
            return Err(format!("{command:?}: the books say otherwise"));
        }
        out.push(after);
    }
    // The card of an application is made, and is at its outlet.
    let ready = |a: &&Application| matches!(a.stage, Stage::Accepted { .. }) && a.fee.is_settled();
    if let Some(a) = way.file.applications.iter().find(ready) {
        let id = CardId(way.file.cards.len() as i64 + 1);
        let card = person::card(id, a.id, a.bank.as_str(), way.now.date());
        let mut after = way.clone();
        after.file.apply(&HolderEvent::CardMade { application: a.id, card: Box::new(card) }, way.now);
        after.looked_through();
        out.push(after);
    }
    let mut later = way.clone();
    later.now = Instant(later.now.0 + DAYS * 86_400_000_000);
    out.push(later);
    Ok(out)
}

/// A new card on its way to take the place of the one in hand.
fn exchanged() -> Scene {
    let mut scene = Scene::with_card();
    scene.done(exchange(ExchangeReason::Other { why: "磨损".into() }));
    scene.done(C::PayFee(Pay::of_one_card(ApplicationId(2), 9, scene.now)));
    scene.card_made(ApplicationId(2), "95588");
    scene
}

/// The states that were met, and from which others each can be reached.
#[derive(Default)]
struct Met {
    number: HashMap<String, usize>,
    from: Vec<Vec<usize>>,
}

impl Met {
    fn meet<'a>(&mut self, way: Way<'a>, before: Option<usize>, queue: &mut VecDeque<(usize, Way<'a>)>) {
        let key = format!("{}{}", way.the_box().employer.is_some(), way.key());
        let fresh = self.from.len();
        let n = *self.number.entry(key).or_insert(fresh);
        if n == fresh {
            self.from.push(Vec::new());
            queue.push_back((n, way));
        }
        self.from[n].extend(before);
    }
}

/// Explores everything. The number of states and steps, or the first thing that is wrong.
fn explore(rules: Rules) -> Result<(usize, usize), String> {
    let office = person::office();
    let mut agreed = Scene::uncollected();
    agreed.file.applications[0].post_agreed = Some(agreed.now);
    agreed.file.applications[0].delivery = stated::wished_by_holder(shown()).map(|w| w.to);
    let mut met = Met::default();
    let mut queue = VecDeque::new();
    for (scene, employer) in [(agreed, None), (Scene::uncollected(), Some(EMPLOYER)), (exchanged(), None)] {
        met.meet(Way::new(&office, scene, employer), None, &mut queue);
    }
    let (mut goals, mut steps) = (Vec::new(), 0);
    while let Some((n, way)) = queue.pop_front() {
        if let Some(wrong) = wrong_state(&way, rules) {
            return Err(wrong);
        }
        if met.from.len() > TOO_MANY {
            return Err("too many states".into());
        }
        if is_over(&way.file) {
            goals.push(n);
        }
        for after in nexts(&way, rules)? {
            steps += 1;
            met.meet(after, Some(n), &mut queue);
        }
    }
    let Met { number, from } = met;
    // From everywhere something ends it.
    let mut ends = vec![false; from.len()];
    while let Some(n) = goals.pop() {
        if !std::mem::replace(&mut ends[n], true) {
            goals.extend(&from[n]);
        }
    }
    match number.iter().find(|(_, n)| !ends[**n]) {
        Some((key, _)) => Err(format!("no way out of {key}")),
        None => Ok((from.len(), steps)),
    }
}

#[test]
fn art_12_1_every_state_of_a_card_on_its_way_is_sound_and_has_a_way_out() {
    clause!(R12.1);
    clause!(R14.1);
    clause!(R32.1);
    clause!(R33.4);
    let began = std::time::Instant::now();
    let (states, steps) = explore(rules).unwrap_or_else(|wrong| panic!("{wrong}"));
    println!("{states} states, {steps} steps, {:.1} s", began.elapsed().as_secs_f64());
    assert!(states > 1_000, "{states} states are not everything");
}

#[test]
fn planted_bugs_of_cards_that_are_lost_on_their_way_are_found() {
    let found = |rules| explore(rules).unwrap_err();
    assert_eq!(found(forgetful), "a card that was made again is usable");
    assert_eq!(found(greedy), "somebody pays for a card that the chain lost");
    assert_eq!(found(trusting), "cancelled, and nobody knows what is in the account");
}

#[test]
fn planted_bugs_of_posted_cards_are_found() {
    let found = |rules| explore(rules).unwrap_err();
    assert_eq!(found(obliging), "handed over without the code");
    assert_eq!(found(impatient), "taken back before six months are over");
    assert!(found(careless).contains("the books say otherwise"));
}
