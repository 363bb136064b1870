//! 接口监控: what waits for each partner and what was given up; links that a bank refused or never answered; what the last
//! reconciliation left to staff. It names no holder.

use crate::lists::{Narrow, Part, own_city};
use crate::outcome::Failure;
use crate::reconcile::{BankReconciled, LastReconciled, NotReconciled};
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::intent::{IntentKind, IntentState};
use kaguan_domain::facts::letter::LetterKind;
use kaguan_domain::ids::{BankCode, CardId, CityCode, HolderId, PartnerId, PartnerKind};
use kaguan_domain::permission::{Place, Verb};
use kaguan_store::{Attempt, LoadRequest, MessageState, SentChosen};
use std::collections::BTreeMap;

/// Cards or dead letters of one part of a list.
const IN_A_PART: i64 = 200;

/// What stands between the system and one partner.
pub struct Standing {
    /// As messages are addressed: `bank:95588`, `sms`.
    pub partner: String,
    /// The partner's name; empty when none is registered.
    pub name: String,
    /// Whether it is called, and does not fetch.
    pub called: bool,
    pub waiting: i64,
    /// When the oldest of those that wait was made.
    pub oldest: Option<Instant>,
    pub dead: i64,
}

/// A message that was given up; its body is not shown.
pub struct DeadLetter {
    pub id: i64,
    pub partner: String,
    /// Its kind, in Chinese.
    pub kind: &'static str,
    /// As the journal writes it.
    pub subject: String,
    pub attempts: i64,
    pub made_at: Instant,
}

/// A link that a bank refused or never answered.
pub struct LinkUnsettled {
    pub holder: HolderId,
    pub card: CardId,
    /// 社保卡卡号, masked: which of somebody's cards the bank is asked about.
    pub card_no: String,
    pub seq: u32,
    pub bank: BankCode,
    pub city: CityCode,
    pub kind: IntentKind,
    pub state: IntentState,
    pub wanted_at: Instant,
    /// Whether it is the closing of a card that is its holder's again: nobody wants it any more, and it is settled as what it is.
    pub unwanted: bool,
}

impl Service {
    /// What stands between the system and each partner: those with something that waits or was given up.
    pub async fn standing_for(&self, actor: &Actor) -> Result<Vec<Standing>, Failure> {
        self.may(actor, Verb::HandleDeadLetter, &Place::Anywhere)?;
        let institutions = self.institutions();
        let mut all: BTreeMap<String, Standing> = BTreeMap::new();
        for (partner, state, n, oldest) in self.store().outbox_standing().await? {
            // A bank by its code; of the others there is one of each kind.
            let registered = match PartnerId::parse(&partner) {
                Some(id) => institutions.partner(&id),
                None => institutions.partners().find(|p| p.id.kind.code() == partner),
            };
            let new = Standing {
                partner: partner.clone(),
                name: registered.map_or_else(String::new, |p| p.name.clone()),
                called: registered.is_some_and(|p| p.endpoint.is_some()),
                waiting: 0,
                oldest: None,
                dead: 0,
            };
            let one = all.entry(partner).or_insert(new);
            match state {
                MessageState::Waiting => (one.waiting, one.oldest) = (n, Some(oldest)),
                MessageState::Dead => one.dead = n,
                MessageState::Delivered | MessageState::Settled => {}
            }
        }
        Ok(all.into_values().collect())
    }

    /// 死信, as far as they were chosen, after where an earlier part ended.
    pub async fn dead_letters_for(
        &self,
        actor: &Actor,
        chosen: &SentChosen,
        after: &str,
    ) -> Result<Part<DeadLetter>, Failure> {
        self.may(actor, Verb::HandleDeadLetter, &Place::Anywhere)?;
        let found = self.store().outbox_dead_after(chosen, after.parse().unwrap_or(0), IN_A_PART).await?;
        let one = |m: kaguan_store::OutboxRow| DeadLetter {
            id: m.id,
            kind: LetterKind::parse(&m.kind).map_or("", LetterKind::name),
            partner: m.partner,
            subject: m.subject,
            attempts: m.attempts,
            made_at: m.made_at,
        };
        Ok(Part::of(found.into_iter().map(one).collect(), IN_A_PART, |l: &DeadLetter| l.id.to_string()))
    }

    /// 发送记录, as far as they were chosen, the latest first, before where an earlier part ended.
    pub async fn attempts_seen_by(
        &self,
        actor: &Actor,
        chosen: &SentChosen,
        before: &str,
    ) -> Result<Part<Attempt>, Failure> {
        self.may(actor, Verb::HandleDeadLetter, &Place::Anywhere)?;
        let before = before.parse().unwrap_or(i64::MAX);
        let found = self.store().latest_attempts(chosen, before, IN_A_PART).await?;
        Ok(Part::of(found, IN_A_PART, |a: &Attempt| a.id.to_string()))
    }

    /// Links that a bank refused or never answered, of the officer's city, or of the whole province for its centre, of a city and a bank
    /// that were chosen. A part begins after the card that ended the one before: two numbers that mean nothing elsewhere.
    pub async fn links_for(
        &self,
        actor: &Actor,
        chosen: &Narrow,
        after: &str,
    ) -> Result<Part<LinkUnsettled>, Failure> {
        clause!(R23.1);
        let home = self.org_of(actor, Verb::ResolveIntent, own_city)?;
        let area = home.city();
        let after = after.split_once('.').and_then(|(h, c)| Some((h.parse().ok()?, c.parse().ok()?)));
        let after = after.unwrap_or((i64::MIN, i64::MIN));
        let after = (HolderId(after.0), CardId(after.1));
        let area = area.as_ref().map(CityCode::as_str);
        let chosen = (chosen.city.as_ref().map(CityCode::as_str), chosen.bank.as_ref().map(BankCode::as_str));
        let cards = self.store().cards_unsettled(area, chosen, after, IN_A_PART).await?;
        let full = i64::try_from(cards.len()).is_ok_and(|n| n >= IN_A_PART);
        let more = cards.last().filter(|_| full).map(|(holder, card)| format!("{holder}.{card}"));
        let holders = cards.iter().map(|(holder, _)| *holder).collect();
        let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        let mut links = Vec::new();
        for (holder, id) in cards {
            let Some(card) = loaded.holders.get(&holder).and_then(|f| f.card(id)) else { continue };
            links.extend(card.intents.iter().filter(|i| i.is_unsettled()).map(|i| LinkUnsettled {
                holder,
                card: id,
                card_no: card.card_no.masked(),
                seq: i.seq,
                bank: card.bank.clone(),
                city: card.city.clone(),
                kind: i.kind,
                state: i.state.clone(),
                wanted_at: i.wanted_at,
                unwanted: card.closing_is_over(i),
            }));
        }
        Ok(Part { rows: links, more })
    }

    /// How many cards of the officer's area have a link that a bank refused or never answered, and whether there are more.
    pub async fn cards_in_doubt(&self, actor: &Actor) -> Result<(usize, bool), Failure> {
        clause!(R23.1);
        let area = self.org_of(actor, Verb::ResolveIntent, own_city)?.city();
        let area = area.as_ref().map(CityCode::as_str);
        let first = (HolderId(i64::MIN), CardId(i64::MIN));
        let cards = self.store().cards_unsettled(area, (None, None), first, IN_A_PART).await?;
        Ok((cards.len(), i64::try_from(cards.len()).is_ok_and(|n| n >= IN_A_PART)))
    }

    /// 对账: what the last one with each bank came to, and whether one failed since.
    pub async fn reconciliations_for(&self, actor: &Actor) -> Result<Vec<BankReconciled>, Failure> {
        self.may(actor, Verb::Reconcile, &Place::Anywhere)?;
        let (institutions, mut out) = (self.institutions(), Vec::new());
        for bank in institutions.all_banks() {
            let code = bank.as_str();
            let called = institutions
                .partners()
                .any(|p| p.id.kind == PartnerKind::Bank && p.id.code == code && p.endpoint.is_some());
            let last = LastReconciled::of(self.store(), code).await?;
            let failed = NotReconciled::of(self.store(), code).await?;
            let failed = failed.filter(|f| called && last.as_ref().is_none_or(|l| l.at < f.at));
            out.push(BankReconciled { bank, called, last, failed });
        }
        Ok(out)
    }
}
