//! Cards that wait for their holders: 逾期未领卡, 逾期且滞留, in the post, missing. The lists that an outlet or a city works through,
//! each row a look with its line; and the pick-up codes of the post.

mod here;
mod which;

pub use which::{CardWork, Waiting};

use crate::decisions::HowMany;
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
use kaguan_domain::ids::{CardId, CardNumber, HolderId, OfficerId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::records::Look;
use kaguan_domain::refusal::Reason;
use kaguan_store::journal::Entry;
use kaguan_store::{CardsAsked, LoadRequest, Subject};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Cards in a part of a list, and where the next part begins.
type Found = (Vec<(HolderId, CardId)>, Option<String>);

/// The cards of a page, shared by those of its lists that hold something: whose each is is looked at, so that nobody is on it who is not shown.
const ON_A_PAGE: usize = 32;
/// The fewest cards of a part of a list that has more, and the most.
const FEWEST: usize = 5;
const MOST: usize = 24;
/// More cards than this nobody has on one list: whoever has several is in one part with all of them.
const OF_ONE: usize = 12;
/// The most home visits on a list.
const VISITS: usize = 10;
/// The most cards of a kind that are counted: of more it is said that there are more.
const COUNTED: i64 = 100;
/// The most home visits of a day in the province: whoever made them stands in their lines, and only those of one outlet are opened.
const VISITS_OF_A_DAY: i64 = 100_000;

/// A card on a list: whoever takes it out of the drawer needs its number, and the line of the look says that it stands there.
pub struct WaitingCard {
    /// Somebody's file is opened once, however many of the lists it is on.
    pub seen: Arc<Seen<Looked>>,
    pub card: CardId,
    /// 社保卡卡号, in the clear.
    pub number: Seen<CardNumber>,
}

/// A list that is asked for.
pub struct AskedList {
    pub which: Waiting,
    /// What it is narrowed to.
    pub chosen: Narrow,
    /// Where its part begins; empty for the first.
    pub after: String,
    /// Whether its cards are wanted, or only how many there are.
    pub cards: bool,
}

/// A list as an office has it.
pub struct WaitingList {
    /// How many cards there are in all of its parts, as far as it is narrowed, and whether there are more than that.
    pub n: HowMany,
    /// Nobody when only the number was wanted.
    pub part: Part<WaitingCard>,
}

/// How many cards of some kinds there are; whether there are more than were counted of one of them.
fn counted(kinds: &[usize]) -> HowMany {
    let whole = |n: &usize| i64::try_from(*n).unwrap_or(COUNTED) >= COUNTED;
    (kinds.iter().sum(), kinds.iter().any(whole))
}

/// The cards of a part of a list when so many lists of a page hold something.
pub fn part_of(lists: usize) -> usize {
    (ON_A_PAGE / lists.max(1)).clamp(FEWEST, MOST)
}

/// Of what was found the first part, whole people; and where the next begins.
pub fn first_part(mut found: Vec<(HolderId, CardId)>, most: usize) -> Found {
    found.sort_unstable();
    let all = found.len();
    let last = most.checked_sub(1).and_then(|at| found.get(at)).map(|(holder, _)| *holder);
    found.retain(|(holder, _)| last.is_none_or(|last| *holder <= last));
    let more = last.filter(|_| found.len() < all).map(|holder| holder.to_string());
    (found, more)
}

impl Service {
    /// How many cards there are of each of several questions of some, all asked at once.
    async fn counted_each(&self, each: &[Vec<CardsAsked<'_>>]) -> Result<Vec<HowMany>, Failure> {
        let mut found = self.store().cards_counted(&each.concat(), COUNTED).await?.into_iter();
        Ok(each.iter().map(|one| counted(&found.by_ref().take(one.len()).collect::<Vec<_>>())).collect())
    }

    /// What the first page says of single cards of the outlet, or of the city for its centre: of each kind at most a hundred are counted, and
    /// nobody is looked at. Nothing for an office of no city.
    pub async fn cards_waiting(&self, actor: &Actor) -> Result<Vec<(CardWork, HowMany)>, Failure> {
        clause!(R32.4);
        let home = self.org_of(actor, Verb::LookAtHolder, |home| Place::At(home.id))?;
        if home.city().is_none() {
            return Ok(Vec::new());
        }
        let (here, any) = (self.here(home), Narrow::default());
        let each: Vec<_> = CardWork::ALL.iter().map(|what| here.asked_of(*what, &any)).collect();
        Ok(CardWork::ALL.iter().copied().zip(self.counted_each(&each).await?).collect())
    }

    /// The lists that an officer works through: of the outlet, or of the city for its centre, as far as they were chosen, each a part after an
    /// earlier one. They are counted first, and of those that hold something the cards are asked for; whoever stands on them is looked
    /// at, once for all of them, with a line in the journal that says on which. The more lists hold something the smaller is a part.
    pub async fn waiting_cards(
        &self,
        actor: &Actor,
        asked: &[AskedList],
    ) -> Result<Vec<WaitingList>, Failure> {
        clause!(R32.3);
        let home = self.org_of(actor, Verb::LookAtHolder, |home| Place::At(home.id))?;
        let here = match asked.iter().any(|a| a.which == Waiting::Overdue) {
            true => self.here_with_boxes(home).await?,
            false => self.here(home),
        };
        let sources: Vec<Vec<CardsAsked<'_>>> =
            asked.iter().map(|a| here.asked(a.which, &a.chosen)).collect();
        let there = self.counted_each(&sources).await?;
        let most = part_of(there.iter().filter(|(n, _)| *n > 0).count());
        let parts = self.parts_of(asked, &sources, &there, most).await?;
        let seen = self.looked_at_once(actor, asked, &parts).await?;
        let institutions = self.institutions();
        let mut lists = Vec::with_capacity(asked.len());
        for ((AskedList { which, after, cards, .. }, n), (found, more)) in asked.iter().zip(there).zip(parts)
        {
            let row = |(holder, card): (HolderId, CardId)| {
                let seen = seen.get(&holder)?;
                // What the store knows of a card, the file says itself; what has changed meanwhile is not on the list any more.
                let now = seen.file.card(card);
                let now = now.filter(|c| which.holds(c, here.today, &institutions, &seen.batches))?;
                if *which == Waiting::ToPost && !waits_to_be_posted(&seen.file, now) {
                    return None;
                }
                let number = seen.card_number(card)?;
                Some(WaitingCard { number: Seen::beside(seen, number), seen: seen.clone(), card })
            };
            let rows: Vec<WaitingCard> = found.into_iter().filter_map(row).collect();
            // What is here from the first to the last was counted by its files.
            let whole = *cards && after.is_empty() && more.is_none();
            let n = if whole { (rows.len(), false) } else { n };
            lists.push(WaitingList { n, part: Part { rows, more } });
        }
        Ok(lists)
    }

    /// The parts of the lists whose cards are wanted and that hold something; and where each goes on.
    async fn parts_of(
        &self,
        asked: &[AskedList],
        sources: &[Vec<CardsAsked<'_>>],
        there: &[HowMany],
        most: usize,
    ) -> Result<Vec<Found>, Failure> {
        let mut wanted = Vec::new();
        for ((list, of), (n, _)) in asked.iter().zip(sources).zip(there) {
            let begin = (after_holder(&list.after), CardId(i64::MAX));
            wanted.push(match list.cards && *n > 0 {
                true => of.iter().map(|one| (*one, begin)).collect::<Vec<_>>(),
                false => Vec::new(),
            });
        }
        let limit = i64::try_from(most + OF_ONE).unwrap_or(i64::MAX);
        let mut found = self.store().cards_listed(&wanted.concat(), limit).await?.into_iter();
        Ok(wanted
            .iter()
            .map(|of| first_part(found.by_ref().take(of.len()).flatten().collect(), most))
            .collect())
    }

    /// Looks at everybody on some lists, once each, with a line that says on which.
    async fn looked_at_once(
        &self,
        actor: &Actor,
        asked: &[AskedList],
        parts: &[Found],
    ) -> Result<HashMap<HolderId, Arc<Seen<Looked>>>, Failure> {
        let mut on: BTreeMap<HolderId, Vec<&'static str>> = BTreeMap::new();
        for (list, (found, _)) in asked.iter().zip(parts) {
            for (holder, _) in found {
                let names = on.entry(*holder).or_default();
                if !names.contains(&list.which.name()) {
                    names.push(list.which.name());
                }
            }
        }
        if on.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<HolderId> = on.keys().copied().collect();
        let look = |(holder, names): (HolderId, Vec<&str>)| {
            (holder, format!("{}清单（脱敏显示，社保卡卡号除外）", names.join("、")))
        };
        let ctx = self.ctx(actor.clone(), Channel::Console, None);
        let seen = self.look_at_all_for(&ctx, on.into_iter().map(look).collect()).await?;
        Ok(ids.into_iter().zip(seen.into_iter().map(Arc::new)).collect())
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
        self.look_at_all_for(ctx, ids.iter().map(|id| (*id, reason.to_owned())).collect()).await
    }

    /// The same, each with its own reason.
    async fn look_at_all_for(
        &self,
        ctx: &Ctx,
        whom: Vec<(HolderId, String)>,
    ) -> Result<Vec<Seen<Looked>>, Failure> {
        let ids: Vec<HolderId> = whom.iter().map(|(holder, _)| *holder).collect();
        let look = |(holder, reason): (HolderId, String)| {
            let look = Look { reason, material: None };
            (ctx.clone(), Command::of(holder, HolderCommand::Look(look)))
        };
        let outcomes = self.execute_all(whom.into_iter().map(look).collect(), |_| {}).await;
        let lines = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.looked_all(&lines, &ids).await
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
