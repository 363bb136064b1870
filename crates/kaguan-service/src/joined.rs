//! 档案合并 of two cities: what became of a city's cards by what officers of another did (Article 6).

use crate::lists::own_city;
use crate::outcome::Failure;
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::card::Hold;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::join::JoinState;
use kaguan_domain::ids::{CityCode, HolderId};
use kaguan_domain::permission::Verb;
use kaguan_store::LoadRequest;

/// The most joinings that are looked through.
const LOOKED_THROUGH: i64 = 50;
/// How long before it was agreed to a joining may have been proposed to be told of: three months, in microseconds.
const PROPOSED_BEFORE: i64 = 92 * 24 * 3600 * 1_000_000;

/// A card that stopped because officers of another city joined two files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoppedByJoin {
    /// The file that stays.
    pub stays: HolderId,
    /// The one that went into it.
    pub other: HolderId,
    /// When it was agreed to.
    pub at: Instant,
    /// The form that the card was made for, which names nobody.
    pub form: String,
    /// The city whose officers did it; `None` where any city's might.
    pub whose: Option<CityCode>,
}

impl Service {
    /// The cards of the officer's city that are cleaned since a moment by joinings of other cities, the latest proposed first. The province
    /// is told of none: it sees the joinings of all cities.
    pub async fn cards_stopped_by_joins(
        &self,
        actor: &Actor,
        since: Instant,
    ) -> Result<Vec<StoppedByJoin>, Failure> {
        clause!(R6.1);
        let home = self.org_of(actor, Verb::DecideJoin, own_city)?;
        let Some(city) = home.city() else { return Ok(Vec::new()) };
        let from = Instant(since.0.saturating_sub(PROPOSED_BEFORE));
        let found = self.store().joins_lately(city.as_str(), from, LOOKED_THROUGH).await?;
        let holders = found.iter().map(|(stays, _)| *stays).collect();
        let loaded = self.store().load(&LoadRequest { holders, ..LoadRequest::default() }).await?;
        let mut out = Vec::new();
        for (stays, other) in found {
            if let Some(file) = loaded.holders.get(&stays) {
                out.extend(stopped(file, other, &city, since));
            }
        }
        Ok(out)
    }
}

fn stopped(file: &HolderFile, other: HolderId, city: &CityCode, since: Instant) -> Vec<StoppedByJoin> {
    let Some(join) = file.join_with(other).filter(|j| j.city.as_ref() != Some(city)) else {
        return Vec::new();
    };
    let JoinState::Joined { at, .. } = join.state else { return Vec::new() };
    if at < since {
        return Vec::new();
    }
    let of_city = join.brought.cleaned.iter().filter_map(|id| file.card(*id));
    let of_city = of_city.filter(|c| c.city == *city && c.holds.contains(&Hold::OneCardCleanUp));
    let told = |card: &kaguan_domain::facts::card::Card| StoppedByJoin {
        stays: file.id,
        other,
        at,
        form: file.application(card.application).map(|a| a.form_no.clone()).unwrap_or_default(),
        whose: join.city.clone(),
    };
    of_city.map(told).collect()
}
