//! People: everybody, a page at a time; who is due; what a card can do.

use super::cities;
use crate::engine::StoreError;
use crate::load::{LoadRequest, Loaded};
use crate::rows::examinations::Examination;
use crate::rows::people::{CardState, ClaimOwner};
use crate::sql;
use crate::store::Store;
use crate::table::Questions;
use jiff::civil::Date;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::holder::HolderFile;
use kaguan_domain::facts::names::{AccountKind, SocialKind, StageKind};
use kaguan_domain::facts::unit::UnitFile;
use kaguan_domain::ids::{ApplicationId, BatchId, CardId, HolderId, OrgId, UnitId};
use rayon::prelude::*;
use std::collections::HashMap;

/// Files of one page of [`People`].
const PAGE: i64 = 500;

/// Cards whose state one core tells at a time.
const TOGETHER: usize = 64;

/// The state of one card, for those who only ask whether it works.
#[derive(Clone, Debug)]
pub struct CardStateRow {
    /// The social function.
    pub social: SocialKind,
    /// The bank account.
    pub account: AccountKind,
    /// Whether it works, but for its last day.
    pub in_force: bool,
    /// Stable names of the holds, separated by commas.
    pub holds: String,
    /// 有效期至.
    pub valid_until: Date,
    /// 社保应用密码已锁定: it works, but for whatever asks for the PIN (R20.1).
    pub pin_locked: bool,
}

/// An application that waits for its checks; names nobody.
#[derive(Clone, Debug)]
pub struct WaitingRow {
    /// Whose file.
    pub holder: HolderId,
    /// The application, as its file numbers them.
    pub application: ApplicationId,
    /// City code.
    pub city: String,
    /// Bank code.
    pub bank: String,
    /// The outlet that took it.
    pub outlet: OrgId,
    /// The day on which it came.
    pub received_on: Date,
}

/// Where applications that wait for their checks are asked for; what is not said is any.
#[derive(Clone, Copy, Default, Debug)]
pub struct UncheckedIn<'a> {
    /// City, by its code.
    pub city: Option<&'a str>,
    /// The outlet that took them.
    pub outlet: Option<OrgId>,
    /// Bank, by its code.
    pub bank: Option<&'a str>,
}

/// Everybody on file, a page at a time, in the order of the files' identities. Each page is as of its own moment.
pub struct People<'a> {
    store: &'a Store,
    after: HolderId,
}

/// One page of [`People`].
pub struct PeoplePage {
    ids: Vec<HolderId>,
    /// The files, and the batches around them.
    pub loaded: Loaded,
}

impl People<'_> {
    /// The next page; `None` when everybody was there.
    pub async fn next(&mut self) -> Result<Option<PeoplePage>, StoreError> {
        let ids = self.store.holders_after(self.after, PAGE).await?;
        let Some(last) = ids.last() else { return Ok(None) };
        self.after = *last;
        let want = LoadRequest { holders: ids.clone(), ..LoadRequest::default() };
        Ok(Some(PeoplePage { ids, loaded: self.store.load(&want).await? }))
    }
}

impl PeoplePage {
    /// Whose files they are, in order.
    pub fn ids(&self) -> &[HolderId] {
        &self.ids
    }

    /// The files, in the order of their identities.
    pub fn files(&self) -> impl Iterator<Item = &HolderFile> {
        self.ids.iter().filter_map(|id| self.loaded.holders.get(id))
    }
}

impl Store {
    /// Cards with a link that staff must settle, of the city of an office or of all, of a city and a bank that were chosen, after one.
    pub async fn cards_unsettled(
        &self,
        area: Option<&str>,
        (city, bank): (Option<&str>, Option<&str>),
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let params =
            vec![area.into(), after.0.0.into(), after.1.0.into(), limit.into(), city.into(), bank.into()];
        let found = self.ask(&sql::CARDS_UNSETTLED, params).await?;
        Ok(found.into_iter().map(|row| (row.holder_id, row.card_id)).collect())
    }

    /// Everybody on file.
    pub fn people(&self) -> People<'_> {
        People { store: self, after: HolderId(i64::MIN) }
    }

    /// Joinings of files that wait for a second officer, the longest waiting first, after one: the file that stays, the other one,
    /// since when. Of a city: those of which either file has an application there.
    pub async fn joins_waiting(
        &self,
        city: Option<&str>,
        after: (HolderId, HolderId, Instant),
        limit: i64,
    ) -> Result<Vec<(HolderId, HolderId, Instant)>, StoreError> {
        let (stays, other, at) = after;
        let city = city.map(str::to_owned).into();
        let params = vec![at.0.into(), stays.0.into(), other.0.into(), city, limit.into()];
        let found = self.ask(&sql::JOIN_WAITING, params).await?;
        Ok(found.into_iter().map(|row| (row.holder_id, row.other_id, row.proposed_at)).collect())
    }

    /// Files that another one is to be joined into, or was and is to be taken out of, once a second officer decides, the longest waiting first.
    pub async fn joins_waiting_into(&self, other: HolderId, limit: i64) -> Result<Vec<HolderId>, StoreError> {
        let found = self.ask(&sql::JOIN_WAITING_INTO, vec![other.0.into(), limit.into()]).await?;
        Ok(found.into_iter().map(|row| row.holder_id).collect())
    }

    /// Joinings of files that wait for nobody, proposed since a moment, those of the file that stays with an application in a city: the file
    /// that stays and the other one, what was proposed last first.
    pub async fn joins_lately(
        &self,
        city: &str,
        since: Instant,
        limit: i64,
    ) -> Result<Vec<(HolderId, HolderId)>, StoreError> {
        let params = vec![since.0.into(), city.to_owned().into(), limit.into()];
        let found = self.ask(&sql::JOIN_LATELY, params).await?;
        Ok(found.into_iter().map(|row| (row.holder_id, row.other_id)).collect())
    }

    /// Cards about which somebody has to decide or is told something, of a city and a bank or of any, what was proposed last first, and nothing
    /// from before a moment.
    pub async fn examinations(
        &self,
        which: Examination,
        city: Option<&str>,
        bank: Option<&str>,
        (since, limit): (Instant, i64),
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let [from, to] = cities(city);
        let params = vec![which.code().into(), from, to, bank.into(), limit.into(), since.0.into()];
        let found = self.ask(&sql::EXAMINATIONS, params).await?;
        Ok(found.into_iter().map(|row| (row.holder_id, row.card_id)).collect())
    }

    /// Identities of files, after one.
    pub async fn holders_after(&self, after: HolderId, limit: i64) -> Result<Vec<HolderId>, StoreError> {
        let found = self.ask(&sql::HOLDER_FROM, vec![after.0.into(), limit.into()]).await?;
        Ok(found.into_iter().map(|row| row.holder_id).collect())
    }

    /// People whose files must be looked at by now, the longest waiting first.
    pub async fn duties_due(&self, now: Instant, limit: i64) -> Result<Vec<HolderId>, StoreError> {
        let found = self.ask(&sql::HOLDER_DUE, vec![now.0.into(), limit.into()]).await?;
        Ok(found.into_iter().map(|row| row.holder_id).collect())
    }

    /// People who may have a running clock, after one: with an application under way, or to be looked at by some moment.
    pub async fn holders_with_clocks(
        &self,
        after: HolderId,
        until: Instant,
        limit: i64,
    ) -> Result<Vec<HolderId>, StoreError> {
        let [made, withdrawn, declined] = [StageKind::Made, StageKind::Withdrawn, StageKind::Declined];
        let over = [made, withdrawn, declined].map(|stage| stage.code().into());
        let params = [after.0.into(), until.0.into()].into_iter().chain(over).chain([limit.into()]);
        let found = self.ask(&sql::HOLDER_WITH_CLOCKS, params.collect()).await?;
        Ok(found.into_iter().map(|row| row.holder_id).collect())
    }

    /// Batches and unit applications whose clocks must be looked at by now.
    pub async fn clocks_due(
        &self,
        now: Instant,
        limit: i64,
    ) -> Result<(Vec<BatchId>, Vec<UnitId>), StoreError> {
        let params = || vec![now.0.into(), limit.into()];
        let mut asked = Questions::default();
        let (batches, units) = (asked.ask(&sql::BATCH_DUE, params()), asked.ask(&sql::UNIT_DUE, params()));
        let mut answers = asked.answered(self).await?;
        let batches = answers.take(batches)?.into_iter().map(|row| row.batch_id).collect();
        Ok((batches, answers.take(units)?.into_iter().map(|row| row.unit_id).collect()))
    }

    /// 待核验: applications that wait for their checks alone, the oldest first, of a city, an outlet and a bank or of all; after one.
    pub async fn applications_unchecked(
        &self,
        UncheckedIn { city, outlet, bank }: UncheckedIn<'_>,
        after: Option<(Date, HolderId, ApplicationId)>,
        limit: i64,
    ) -> Result<Vec<WaitingRow>, StoreError> {
        let after =
            after.unwrap_or((jiff::civil::date(0, 1, 1), HolderId(i64::MIN), ApplicationId(i64::MIN)));
        let mut params = vec![
            outlet.map(|o| o.0).into(),
            bank.into(),
            after.0.to_string().into(),
            after.1.0.into(),
            after.2.0.into(),
            limit.into(),
        ];
        params.extend(city.map(Into::into));
        // Each has an index in the order of the list.
        let question = match (city, outlet) {
            (Some(_), Some(_)) => &sql::APPLICATION_UNCHECKED_OUTLET,
            (Some(_), None) => &sql::APPLICATION_UNCHECKED_CITY,
            (None, _) => &sql::APPLICATION_UNCHECKED,
        };
        let found = self.ask(question, params).await?;
        let row = |r: crate::rows::people::WaitingApplication| WaitingRow {
            holder: r.holder_id,
            application: r.application_id,
            city: r.city,
            bank: r.bank,
            outlet: r.outlet,
            received_on: r.received_on,
        };
        Ok(found.into_iter().map(row).collect())
    }

    /// The outlets of a city at which applications wait for their checks.
    pub async fn outlets_unchecked(&self, city: &str) -> Result<Vec<OrgId>, StoreError> {
        let found = self.ask(&sql::UNCHECKED_OUTLETS, vec![city.into()]).await?;
        Ok(found.into_iter().map(|row| row.outlet).collect())
    }

    /// People with an application that a bank or a vendor could not do, of a bank and at a stage or at any, in a city; in any without one.
    /// After one.
    pub async fn applications_failed(
        &self,
        city: Option<&str>,
        (bank, stage): (Option<&str>, Option<StageKind>),
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<HolderId>, StoreError> {
        let stage = stage.map(StageKind::code);
        let (question, params) = match city {
            Some(city) => (
                &sql::APPLICATION_FAILED_CITY,
                vec![city.into(), bank.into(), stage.into(), after.0.into(), limit.into()],
            ),
            None => {
                let [from, to] = cities(None);
                let params = vec![from, to, after.0.into(), limit.into(), bank.into(), stage.into()];
                (&sql::APPLICATION_FAILED, params)
            }
        };
        let found = self.ask(question, params).await?;
        Ok(found.into_iter().map(|row| row.holder_id).collect())
    }

    /// People with an application that waits for a register or for its fee, or for one of both, in a city; at one outlet, or at any. After
    /// one.
    pub async fn applications_waiting(
        &self,
        city: &str,
        (outlet, stage): (Option<OrgId>, Option<StageKind>),
        after: HolderId,
        limit: i64,
    ) -> Result<Vec<HolderId>, StoreError> {
        let stage = stage.map(StageKind::code);
        let params =
            vec![city.into(), outlet.map(|o| o.0).into(), after.0.into(), limit.into(), stage.into()];
        let found = self.ask(&sql::APPLICATION_WAITING, params).await?;
        Ok(found.into_iter().map(|row| row.holder_id).collect())
    }

    /// Unit applications of a city that are open, or whose papers are outstanding, before one; the latest first. Of an outlet, when it is
    /// named, without those that are open at another; one whose papers are outstanding says itself where it lies.
    pub async fn units_waiting(
        &self,
        city: &str,
        outlet: Option<OrgId>,
        before: UnitId,
        limit: i64,
    ) -> Result<Vec<UnitFile>, StoreError> {
        let params = vec![city.into(), before.0.into(), limit.into(), outlet.map(|o| o.0).into()];
        let found = self.ask(&sql::UNIT_WAITING, params).await?;
        found.iter().map(|row| row.file(self.sealer())).collect()
    }

    /// Unit applications, after one.
    pub async fn units_from(&self, after: UnitId, limit: i64) -> Result<Vec<UnitFile>, StoreError> {
        let found = self.ask(&sql::UNIT_FROM, vec![after.0.into(), limit.into()]).await?;
        found.iter().map(|row| row.file(self.sealer())).collect()
    }

    /// Applications that wait for their fee.
    pub async fn applications_unpaid(
        &self,
        limit: i64,
    ) -> Result<Vec<(HolderId, ApplicationId)>, StoreError> {
        let found = self.ask(&sql::APPLICATION_UNPAID, vec![limit.into()]).await?;
        Ok(found.into_iter().map(|row| (row.holder_id, row.application_id)).collect())
    }

    /// The states of the cards of many people at once, by the blind index of the social security number: one question, one
    /// round trip. The card in force stands for its person, or else the latest card.
    pub async fn card_states(
        &self,
        numbers: impl Iterator<Item = [u8; 32]>,
    ) -> Result<HashMap<[u8; 32], CardStateRow>, StoreError> {
        let digests: Vec<Vec<u8>> = numbers.map(|n| n.to_vec()).collect();
        let mut out: HashMap<[u8; 32], CardStateRow> = HashMap::with_capacity(digests.len());
        let found = self.ask_both(&sql::CARD_STATES, vec![digests.into()]).await?;
        let state = |(claim, card): (ClaimOwner, CardState)| {
            // Of a cancelled card there is nothing to unlock.
            let pin_locked = card.social != SocialKind::Cancelled && card.is_pin_locked(self.sealer())?;
            let CardState { social, account, in_force, holds, valid_until, .. } = card;
            Ok((claim.digest, CardStateRow { social, account, in_force, holds, valid_until, pin_locked }))
        };
        // Opening what is sealed is most of the work of a long question: all cores share it.
        let states: Result<Vec<_>, StoreError> =
            found.into_par_iter().with_min_len(TOGETHER).map(state).collect();
        for (digest, state) in states? {
            if out.get(&digest).is_none_or(|c| !c.in_force) {
                out.insert(digest, state);
            }
        }
        Ok(out)
    }

    /// Cards that were used and are not in force, valid on a day, from one on: whose, which, its number.
    pub async fn held_cards(
        &self,
        today: Date,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId, String)>, StoreError> {
        let params = vec![today.to_string().into(), after.0.0.into(), after.1.0.into(), limit.into()];
        let found = self.ask(&sql::CARD_HELD, params).await?;
        Ok(found.into_iter().map(|row| (row.holder_id, row.card_id, row.card_no)).collect())
    }
}
