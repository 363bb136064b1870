//! What a carrier is told of the letters in its hands (Article 14): their numbers, and, each with its line, where they go.

use crate::exchange::refused_by;
use crate::outcome::Failure;
use crate::seen::Seen;
use crate::service::Service;
use crate::work::Command;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::collection::TakeLabel;
use kaguan_domain::ctx::{Actor, Ctx};
use kaguan_domain::dispatch::HolderCommand;
use kaguan_domain::facts::custody::Custody;
use kaguan_domain::facts::form::Delivery;
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::ids::{CardId, HolderId, OrgId};
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_store::{LoadRequest, LooseIn};

/// Cards that are looked through at once.
const PAGE: i64 = 500;
/// The most letters of one answer.
const MOST: usize = 1_000;

/// One letter; it names nobody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parcel {
    pub holder: HolderId,
    pub card: CardId,
    /// 邮件号.
    pub tracking: String,
    pub posted_on: Date,
    /// The outlet that posted it.
    pub outlet: OrgId,
}

impl Service {
    /// The letters in the hands of a carrier, after somebody's; and after whom the rest begins, when there is more.
    pub async fn parcels_for(
        &self,
        actor: &Actor,
        after: HolderId,
    ) -> Result<(Vec<Parcel>, Option<HolderId>), Failure> {
        clause!(R14.1);
        self.may(actor, Verb::TrackPost, &Place::Anywhere)?;
        let Actor::Partner(me) = actor else { return Ok((Vec::new(), None)) };
        let (mut parcels, mut after) = (Vec::new(), after);
        loop {
            let behind = (after, CardId(i64::MAX));
            let page =
                self.store().cards_loose(CustodyKind::InPost, LooseIn::default(), behind, PAGE).await?;
            let full = i64::try_from(page.len()).unwrap_or(PAGE) >= PAGE;
            let Some(last) = page.last().map(|p| p.0) else { return Ok((parcels, None)) };
            let want = LoadRequest { holders: page.iter().map(|p| p.0).collect(), ..LoadRequest::default() };
            let loaded = self.store().load(&want).await?;
            for (holder, card) in page {
                // Of whoever may stand on the next page too, everything is told there.
                if full && holder == last && after != last {
                    continue;
                }
                let card = loaded.holders.get(&holder).and_then(|f| f.card(card));
                let Some((id, custody)) = card.map(|c| (c.id, &c.custody)) else { continue };
                if let Custody::InPost { tracking, since, from, carrier: Some(carrier), .. } = custody
                    && *carrier == me.code
                {
                    let (tracking, posted_on, outlet) = (tracking.clone(), since.date(), *from);
                    parcels.push(Parcel { holder, card: id, tracking, posted_on, outlet });
                }
            }
            if !full {
                return Ok((parcels, None));
            }
            let next = HolderId(last.0.saturating_sub(1));
            if next <= after {
                // One person fills the page: there is nobody to go on after.
                return Ok((parcels, None));
            }
            after = next;
            if parcels.len() >= MOST {
                return Ok((parcels, Some(after)));
            }
        }
    }

    /// Where a letter goes, once it is journaled that its carrier was told.
    pub async fn label_for(
        &self,
        ctx: Ctx,
        holder: HolderId,
        take: TakeLabel,
    ) -> Result<Seen<Delivery>, Failure> {
        clause!(R39.1);
        let card = take.card;
        let line = self.execute(ctx, Command::of(holder, HolderCommand::TakeLabel(take))).await?;
        let (file, _) =
            self.file(holder).await?.ok_or_else(|| refused_by(clause!(R14.1), Reason::NotFound))?;
        let to = file.card(card).and_then(|c| file.application(c.application)?.delivery.clone());
        Ok(Seen::journaled(&line, to.ok_or_else(|| refused_by(clause!(R14.1), Reason::NotFound))?))
    }
}
