//! Cards that wait for their holders: 逾期未领卡, 逾期且滞留, in the post, missing. The lists that an outlet or a city works through,
//! each row a look with its line; and the pick-up codes of the post.

mod which;

pub use which::Waiting;

use crate::exchange::refused_by;
use crate::lists::{Narrow, Part, after_holder};
use crate::outcome::Failure;
use crate::seen::{Looked, Seen};
use crate::service::Service;
use crate::work::Command;
use kaguan_domain::clause;
use kaguan_domain::collection::waits_to_be_posted;
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::card::Card;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::custody::PickUpCode;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::ids::{BankCode, BoxId, CardId, CardNumber, CityCode, HolderId, OfficerId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::recall::{box_is_overdue, destroyed_at, offered_soon_by};
use kaguan_domain::records::Look;
use kaguan_domain::refusal::Reason;
use kaguan_domain::restriction::may_cancel_confiscated;
use kaguan_store::journal::Entry;
use kaguan_store::{Again, LoadRequest, LooseIn, Owed, Subject};

/// The most people in a part of a list: each is looked at, so that nobody is on it who is not shown, and a page has several lists.
const ON_A_LIST: usize = 8;
/// The most home visits on a list.
const VISITS: usize = 10;
/// The most cards of a kind that the first page counts: of more it says that there are more.
const COUNTED: i64 = 100;
/// The most home visits of a day in the province: whoever made them stands in their lines, and only those of one outlet are opened.
const VISITS_OF_A_DAY: i64 = 100_000;
/// Cards that are looked through at once; a part needs no more than eleven of them.
const PAGE: i64 = 50;

/// A card on a list: whoever takes it out of the drawer needs its number, and the line of the look says that it stands there.
pub struct WaitingCard {
    pub seen: Seen<Looked>,
    pub card: CardId,
    /// 社保卡卡号, in the clear.
    pub number: Seen<CardNumber>,
}

/// How many cards of some kinds there are; whether there are more than were counted of one of them.
fn counted(kinds: &[usize]) -> (usize, bool) {
    let whole = |n: &usize| i64::try_from(*n).unwrap_or(COUNTED) >= COUNTED;
    (kinds.iter().sum(), kinds.iter().any(whole))
}

/// How many cards wait, each by itself, and whether there are more; of each kind at most a hundred are counted, and nobody is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CardsWaiting {
    /// 缺卡
    pub missing: (usize, bool),
    /// 邮件退回、待登记
    pub returning: (usize, bool),
    /// 待邮寄, of an outlet
    pub to_post: (usize, bool),
    /// 待二次发放
    pub to_offer: (usize, bool),
    /// Of these, those with a month left at most.
    pub to_offer_soon: (usize, bool),
    /// 二次发放期满未领
    pub second_over: (usize, bool),
    /// 待发还, of whoever keeps them
    pub to_give_back: (usize, bool),
    /// 逾期未领卡数据待接收
    pub data_sent: (usize, bool),
    /// 待交回服务银行保管, of whoever keeps them, and of the bank that takes them in
    pub to_store: (usize, bool),
    /// 逾期且滞留, 待服务银行确认账户无余额; of a city, or of a bank
    pub to_confirm: (usize, bool),
    /// 逾期且滞留, 待注销
    pub to_cancel: (usize, bool),
    /// 待追回或回收, of whoever has them or posted them
    pub to_withdraw: (usize, bool),
    /// 已收缴或清理交回、待注销, of whoever cancels them, and of the centre that keeps them
    pub to_cancel_confiscated: (usize, bool),
    /// 待登记销毁, of the bank's outlet that keeps them, or of the city's centre
    pub to_destroy: (usize, bool),
}

impl Service {
    /// What the first page says of single cards of the outlet, or of the city for its centre.
    pub async fn cards_waiting(&self, actor: &Actor) -> Result<CardsWaiting, Failure> {
        clause!(R32.4);
        let home = self.org_of(actor, Verb::LookAtHolder, |home| Place::At(home.id))?;
        let outlet = home.kind.is_outlet().then_some(home.id);
        let city = home.city();
        let Some(city) = city.as_ref().map(CityCode::as_str) else { return Ok(CardsWaiting::default()) };
        let begin = (HolderId(i64::MIN), CardId(i64::MIN));
        let here = LooseIn { outlet, city: Some(city), ..LooseIn::default() };
        let loose = async |kind, place| {
            let found = self.store().cards_loose(kind, place, begin, COUNTED).await;
            found.map(|cards| cards.len())
        };
        let missing = loose(CustodyKind::Missing, here).await?;
        let back = LooseIn { returning: true, ..here };
        let returning = loose(CustodyKind::InPost, back).await?;
        let to_post = self.to_post(&home, None, begin, COUNTED).await?.len();
        let to_withdraw = [
            self.to_withdraw(&home, None, begin, COUNTED).await?.len(),
            self.store().cards_to_take_out(home.id, begin, COUNTED).await?.len(),
        ];
        let confiscated = self.confiscated(&home, None, begin, COUNTED).await?.len();
        let to_destroy = self.to_destroy(&home, None, begin, COUNTED).await?.len();
        let again = Waiting::SecondOver.again();
        let over = LooseIn { again, overdue_by: Some(self.now().date()), ..here };
        let mut second_over = Vec::new();
        for kind in Waiting::SecondOver.kinds() {
            second_over.push(loose(*kind, over).await?);
        }
        let today = self.now().date();
        let again = Waiting::ToOffer.again();
        let offer = LooseIn { again, not_yet: Some(today), ..here };
        let to_offer = loose(CustodyKind::Recalled, offer).await?;
        let soon = LooseIn { overdue_by: Some(offered_soon_by(today)), ..offer };
        let to_offer_soon = loose(CustodyKind::Recalled, soon).await?;
        let kept = LooseIn { outlet: Some(home.id), again: Waiting::ToGiveBack.again(), ..here };
        let to_give_back = loose(CustodyKind::Recalled, kept).await?;
        let sent = LooseIn { owed: Waiting::DataSent.owed(), ..here };
        let data_sent = loose(CustodyKind::Recalled, sent).await?;
        let to_store = self.to_store(&home, None, begin, COUNTED).await?.len();
        let bank = home.bank.as_ref().map(BankCode::as_str);
        let late = LooseIn { outlet: None, bank, overdue_by: Some(self.now().date()), ..here };
        let (mut to_confirm, mut to_cancel) = (0, 0);
        if home.bank.is_some() || !home.kind.is_outlet() {
            let owed = |what| LooseIn { owed: Some(what), ..late };
            to_confirm = loose(CustodyKind::Recalled, owed(Owed::Balance)).await?;
            to_cancel = loose(CustodyKind::Recalled, owed(Owed::Cancelling)).await?;
        }
        Ok(CardsWaiting {
            missing: counted(&[missing]),
            returning: counted(&[returning]),
            to_post: counted(&[to_post]),
            to_offer: counted(&[to_offer]),
            to_offer_soon: counted(&[to_offer_soon]),
            second_over: counted(&second_over),
            to_give_back: counted(&[to_give_back]),
            data_sent: counted(&[data_sent]),
            to_store: counted(&[to_store]),
            to_confirm: counted(&[to_confirm]),
            to_cancel: counted(&[to_cancel]),
            to_withdraw: counted(&to_withdraw),
            to_cancel_confiscated: counted(&[confiscated]),
            to_destroy: counted(&[to_destroy]),
        })
    }

    /// Cards that were taken back and are to go to their bank, after one: of a bank's outlet all of its own bank in
    /// the city that other offices have, and those of other banks that it has itself; of any other office those that it has, of a bank or
    /// of any. What a bank's outlet has of its own bank is where it belongs, and is not gone through.
    async fn to_store(
        &self,
        home: &Organisation,
        bank: Option<&str>,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, Failure> {
        clause!(R32.4);
        let city = home.city();
        let (Some(own), Some(city)) = (&home.bank, &city) else {
            let owed = Waiting::ToStore.owed();
            let here = LooseIn { outlet: Some(home.id), bank, owed, ..LooseIn::default() };
            return Ok(self.store().cards_loose(CustodyKind::Recalled, here, after, limit).await?);
        };
        let outlets = self.offices(|o| o.bank.as_ref() == Some(own));
        let of = (city.as_str(), own.as_str());
        let mut found = self.store().cards_recalled_elsewhere(of, &outlets, after, limit).await?;
        // Whoever has chosen its own bank in the list asks for nothing of others.
        if bank.is_none() {
            let here = (home.id, own.as_str());
            found.extend(self.store().cards_recalled_of_others(here, after, limit).await?);
            found.sort_unstable();
            found.truncate(usize::try_from(limit).unwrap_or_default());
        }
        Ok(found)
    }

    /// The organisations of which something holds.
    pub(crate) fn offices(&self, which: impl Fn(&Organisation) -> bool) -> Vec<OrgId> {
        self.institutions().orgs().filter(|o| which(o)).map(|o| o.id).collect()
    }

    /// Cards that an office has to destroy, of a bank or of any, after one; none of one that destroys nothing.
    async fn to_destroy(
        &self,
        home: &Organisation,
        bank: Option<&str>,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, Failure> {
        clause!(R33.4);
        if destroyed_at(home, &self.institutions()).is_none_or(|by| by.id != home.id) {
            return Ok(Vec::new());
        }
        // A bank's outlet destroys what it keeps itself, a centre what the other offices of its city keep.
        let offices = self.offices(|o| match home.bank {
            Some(_) => o.id == home.id,
            None => o.bank.is_none() && o.city() == home.city(),
        });
        Ok(self.store().cards_ending_at(&offices, (Again::Destroyed, bank), after, limit).await?)
    }

    /// Cards that were confiscated, or cleaned and given back, and are still to be cancelled, of a bank or of any, after one: of an outlet what it keeps itself, and what
    /// an office of its city keeps that cancels none ([`may_cancel_confiscated`]); of any other office what it keeps.
    async fn confiscated(
        &self,
        home: &Organisation,
        bank: Option<&str>,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, Failure> {
        clause!(R38.1);
        let institutions = self.institutions();
        let offices = self.offices(|o| o.id == home.id || may_cancel_confiscated(home, o, &institutions));
        Ok(self.store().cards_ending_at(&offices, (Again::Confiscated, bank), after, limit).await?)
    }

    /// Cards at their end outside boxes that an office has or posted, of a bank or of any, after one.
    async fn to_withdraw(
        &self,
        home: &Organisation,
        bank: Option<&str>,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, Failure> {
        clause!(R32.1);
        Ok(self.store().cards_ending_at(&[home.id], (Again::Withdrawn, bank), after, limit).await?)
    }

    /// Cards that an outlet has to post, of a bank or of any, after one; none of any other office, or of a city that offers no post.
    async fn to_post(
        &self,
        home: &Organisation,
        bank: Option<&str>,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, Failure> {
        clause!(R10.5);
        let posts = |city: CityCode| self.institutions().no_post_in(&city, self.now().date()).is_none();
        if !home.kind.is_outlet() || !home.city().is_some_and(posts) {
            return Ok(Vec::new());
        }
        Ok(self.store().cards_to_post(home.id, bank, after, limit).await?)
    }

    /// The cards on a list that an officer works through: of the outlet, or of the city for its centre, as far as they were chosen. Each is
    /// looked at, with its line in the journal: ten at once, after an earlier part.
    pub async fn waiting_cards(
        &self,
        actor: &Actor,
        which: Waiting,
        (chosen, after): (&Narrow, &str),
    ) -> Result<Part<WaitingCard>, Failure> {
        clause!(R32.3);
        let home = self.org_of(actor, Verb::LookAtHolder, |home| Place::At(home.id))?;
        let outlet = home.kind.is_outlet().then_some(home.id);
        let city = chosen.city_of(&home);
        let city = city.as_ref().map(CityCode::as_str);
        let bank = chosen.bank.as_ref().map(BankCode::as_str);
        let begin = (after_holder(after), CardId(i64::MAX));
        let today = self.now().date();
        let mut found: Vec<(HolderId, CardId)> = Vec::new();
        // Each of its sources is gone through until a part is full; the first of all of them are the part.
        if let (Waiting::Overdue, Some(outlet), Some(city)) = (which, outlet, city) {
            let boxes = self.store().boxes_not_enabled(city, outlet).await?;
            let boxes = boxes.iter().filter(|b| box_is_overdue(&b.file, today));
            let boxes: Vec<BoxId> = boxes.map(|b| b.file.id).collect();
            let (mut after, mut kept) = (begin, Vec::new());
            while !boxes.is_empty() && kept.len() <= ON_A_LIST {
                let page = self.store().cards_not_enabled(&boxes, bank, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = *last;
                kept.append(&mut self.kept_in_boxes(which, &page).await?);
            }
            found.append(&mut kept);
        }
        if which == Waiting::ToPost {
            found.append(&mut self.to_post(&home, bank, begin, PAGE).await?);
        }
        if which == Waiting::ToWithdraw {
            let (mut after, mut kept) = (begin, Vec::new());
            while kept.len() <= ON_A_LIST {
                let page = self.store().cards_to_take_out(home.id, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = *last;
                kept.append(&mut self.of_bank(bank, page).await?);
            }
            found.append(&mut kept);
        }
        // A bank says what is in its own accounts.
        let asks_nobody = which == Waiting::ToConfirm && home.bank.is_none();
        let bank = if which == Waiting::ToConfirm { chosen.bank_of(&home) } else { bank };
        for kind in which.kinds().iter().filter(|_| !asks_nobody) {
            let (mut after, mut kept) = (begin, Vec::new());
            while kept.len() <= ON_A_LIST {
                let here = LooseIn {
                    outlet: which.at(&home),
                    bank,
                    city,
                    returning: which == Waiting::Returning,
                    overdue_by: which.has_a_day().then_some(today),
                    not_yet: (which == Waiting::ToOffer).then_some(today),
                    again: which.again(),
                    owed: which.owed(),
                };
                let mut page = match which {
                    Waiting::ToStore => self.to_store(&home, bank, after, PAGE).await?,
                    Waiting::ToDestroy => self.to_destroy(&home, bank, after, PAGE).await?,
                    Waiting::Confiscated => self.confiscated(&home, bank, after, PAGE).await?,
                    Waiting::ToWithdraw => self.to_withdraw(&home, bank, after, PAGE).await?,
                    Waiting::Overdue
                    | Waiting::InPost
                    | Waiting::Returning
                    | Waiting::ToPost
                    | Waiting::ToOffer
                    | Waiting::SecondOver
                    | Waiting::ToGiveBack
                    | Waiting::GivenBack
                    | Waiting::Missing
                    | Waiting::DataSent
                    | Waiting::Stranded
                    | Waiting::ToConfirm => self.store().cards_loose(*kind, here, after, PAGE).await?,
                };
                let Some(last) = page.last() else { break };
                after = *last;
                kept.append(&mut page);
            }
            found.append(&mut kept);
        }
        found.sort_unstable();
        let more = found.len() > ON_A_LIST;
        if more {
            // Whoever has several cards is in one part with all of them.
            let last = found.get(ON_A_LIST - 1).map(|(holder, _)| *holder);
            found.retain(|(holder, _)| Some(*holder) <= last);
        }
        let more = found.last().filter(|_| more).map(|(holder, _)| holder.to_string());
        let looked = self.look_at_each(actor, which.reason(), found).await?;
        let institutions = self.institutions();
        let row = |(seen, card): (Seen<Looked>, CardId)| {
            // What the store knows of a card, the file says itself; what has changed meanwhile is not on the list any more.
            let now = seen.file.card(card).filter(|c| which.holds(c, today, &institutions, &seen.batches))?;
            if which == Waiting::ToPost && !waits_to_be_posted(&seen.file, now) {
                return None;
            }
            let number = seen.card_number(card)?;
            Some(WaitingCard { number: Seen::beside(&seen, number), seen, card })
        };
        Ok(Part { rows: looked.into_iter().filter_map(row).collect(), more })
    }

    /// Of a page of cards in boxes those of a bank, or all of them.
    async fn of_bank(
        &self,
        bank: Option<&str>,
        page: Vec<(HolderId, CardId)>,
    ) -> Result<Vec<(HolderId, CardId)>, Failure> {
        let Some(bank) = bank else { return Ok(page) };
        let holders: Vec<HolderId> = page.iter().map(|p| p.0).collect();
        let (cards, _) = self.store().cards_of(&holders, false).await?;
        let of = |(_, card): &(HolderId, CardId)| cards.get(card).is_some_and(|c| c.bank.as_str() == bank);
        Ok(page.into_iter().filter(of).collect())
    }

    /// Of a page of cards in boxes those that belong on a list: the box says since when they wait.
    async fn kept_in_boxes(
        &self,
        which: Waiting,
        page: &[(HolderId, CardId)],
    ) -> Result<Vec<(HolderId, CardId)>, Failure> {
        let holders: Vec<HolderId> = page.iter().map(|p| p.0).collect();
        let (cards, batches) = self.store().cards_of(&holders, true).await?;
        let (institutions, today) = (self.institutions(), self.now().date());
        let belongs = |(_, card): &&(HolderId, CardId)| {
            cards.get(card).is_some_and(|c| which.holds(c, today, &institutions, &batches))
        };
        Ok(page.iter().filter(belongs).copied().collect())
    }

    /// 上门激活待确认: the home visits of today that a clerk of the officer's own outlet recorded and nobody has confirmed, the longest
    /// waiting first; each is looked at, with its line. At most ten.
    pub async fn visits_for(&self, actor: &Actor) -> Result<Vec<(Seen<Looked>, CardId)>, Failure> {
        clause!(R16.4);
        let found = self.visits_open(actor).await?.into_iter().take(VISITS);
        let found = found.map(|(holder, card, _)| (holder, card)).collect();
        self.look_at_each(actor, "上门激活待确认清单（脱敏显示）", found).await
    }

    /// How many of them this officer may confirm: whoever recorded one does not. They lapse with the day.
    pub async fn visits_to_confirm(&self, actor: &Actor) -> Result<usize, Failure> {
        clause!(R16.4);
        let others = |first: OfficerId| *actor != Actor::Officer(first);
        Ok(self.visits_open(actor).await?.into_iter().filter(|(.., first)| others(*first)).count())
    }

    /// Whose cards they are, and who recorded each.
    async fn visits_open(&self, actor: &Actor) -> Result<Vec<(HolderId, CardId, OfficerId)>, Failure> {
        let home = self.org_of(actor, Verb::ConfirmVisit, |home| Place::At(home.id))?;
        let (institutions, today) = (self.institutions(), self.now().date());
        let lines = self.store().visits_since(Instant::at_start_of(today), VISITS_OF_A_DAY).await?;
        let of_here = |line: &&Entry| {
            let officer = line.actor.strip_prefix("officer:").and_then(|id| id.parse().ok());
            let org = officer.and_then(|id| institutions.office_of(OfficerId(id), Instant(line.at)));
            org == Some(home.id)
        };
        let mut holders: Vec<HolderId> = Vec::new();
        for line in lines.iter().filter(of_here) {
            if let Some(Subject::Holder(id)) = Subject::parse(&line.subject)
                && !holders.contains(&id)
            {
                holders.push(id);
            }
        }
        let loaded =
            self.store().load(&LoadRequest { holders: holders.clone(), ..LoadRequest::default() }).await?;
        let here = |c: &Card| {
            let v = c.visit.as_ref()?;
            let of = institutions.office_of(v.first, v.at);
            (v.at.date() == today && of == Some(home.id)).then_some(v.first)
        };
        let cards = |id: &HolderId| {
            let all = loaded.holders.get(id).map_or(&[][..], |f| &f.cards);
            all.iter().filter_map(|c| Some((*id, c.id, here(c)?))).collect::<Vec<_>>()
        };
        Ok(holders.iter().flat_map(cards).collect())
    }

    /// Looks at each of a list, with its line.
    pub(crate) async fn look_at_each(
        &self,
        actor: &Actor,
        reason: &str,
        found: Vec<(HolderId, CardId)>,
    ) -> Result<Vec<(Seen<Looked>, CardId)>, Failure> {
        let ids: Vec<HolderId> = found.iter().map(|(holder, _)| *holder).collect();
        let ctx = self.ctx(actor.clone(), Channel::Console, None);
        let seen = self.look_at_all(&ctx, reason, &ids).await?;
        Ok(seen.into_iter().zip(found.into_iter().map(|(_, card)| card)).collect())
    }

    /// Looks at some files, each with its line; the lines are written at once.
    pub(crate) async fn look_at_all(
        &self,
        ctx: &Ctx,
        reason: &str,
        ids: &[HolderId],
    ) -> Result<Vec<Seen<Looked>>, Failure> {
        let look = |holder: &HolderId| {
            let look = Look { reason: reason.into(), material: None };
            (ctx.clone(), Command::of(*holder, HolderCommand::Look(look)))
        };
        let outcomes = self.execute_all(ids.iter().map(look).collect(), |_| {}).await;
        let lines = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.looked_all(&lines, ids).await
    }

    /// 查看 of whoever has the card of a number; a search that finds nobody has its line too.
    pub async fn look_for_card(
        &self,
        ctx: Ctx,
        number: &CardNumber,
        reason: &str,
    ) -> Result<Seen<Looked>, Failure> {
        clause!(R39.1);
        let claim = Claim::card_number(number);
        let want = LoadRequest { claims: vec![claim.clone()], ..LoadRequest::default() };
        let owner = self.store().load(&want).await?.claims.get(&claim).copied();
        // The number of a pre-made card in stock is nobody's.
        let id = owner.filter(|id| id.0 != 0).unwrap_or_else(|| HolderId(self.fresh()));
        match self.look(ctx, id, reason).await {
            Ok(seen) if seen.has_card(number) => Ok(seen),
            Ok(_) => Err(refused_by(clause!(R39.1), Reason::NotFound)),
            Err(why) => Err(why),
        }
    }

    /// 短信取件码 of a card that goes into the post under a tracking number, and the digest that is kept of it. Nobody chooses it,
    /// and nobody who has not the system's key can tell it.
    pub fn pick_up_code(&self, card: CardId, tracking: &str) -> (PickUpCode, String) {
        clause!(R14.1);
        let digest = self.store().digest("pick_up_code", &format!("{card}/{}", tracking.trim()));
        let number = digest.iter().take(8).fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
        let code = format!("{:06}", number % 1_000_000);
        let kept = self.pick_up_digest(card, &code);
        (PickUpCode(code), kept)
    }

    /// The digest of a pick-up code that somebody gives for a card.
    pub fn pick_up_digest(&self, card: CardId, code: &str) -> String {
        let digest = self.store().digest("pick_up", &format!("{card}/{}", code.trim()));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
