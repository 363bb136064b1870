//! 对账: a bank's cards by their slots (see [`crate::slot_of`]).

use crate::engine::StoreError;
use crate::sql;
use crate::store::Store;
use crate::table::{Questions, Ticket};
use kaguan_domain::ids::{CardId, HolderId};

/// The sums of a range of slots; what they mean is the partner API's to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MirrorSums {
    pub cards: i64,
    /// Sum over the lower thirty bits.
    pub low: i64,
    /// Sum over the next thirty.
    pub high: i64,
}

impl Store {
    /// The sums of the sixteen parts of each range of a bank's slots: a range is its first slot and its size, a power of
    /// sixteen.
    pub async fn mirror_sums(
        &self,
        bank: &str,
        ranges: &[(i64, i64)],
    ) -> Result<Vec<[MirrorSums; 16]>, StoreError> {
        let mut asked = Questions::default();
        let ask = |(from, size): &(i64, i64)| {
            let params = vec![bank.into(), (*from).into(), (from + size).into(), (size / 16).into()];
            asked.ask(&sql::MIRROR_SUMS, params)
        };
        let tickets: Vec<Ticket<_>> = ranges.iter().map(ask).collect();
        let mut answers = asked.answered(self).await?;
        let mut out = Vec::with_capacity(ranges.len());
        for ((from, size), ticket) in ranges.iter().zip(tickets) {
            let mut parts = [MirrorSums::default(); 16];
            for row in answers.take(ticket)? {
                let part = usize::try_from(row.part - from / (size / 16)).unwrap_or(usize::MAX);
                if let Some(p) = parts.get_mut(part) {
                    *p = MirrorSums { cards: row.cards, low: row.low, high: row.high };
                }
            }
            out.push(parts);
        }
        Ok(out)
    }

    /// Values of the table meta, each in the place of its name.
    pub async fn metas(&self, names: &[String]) -> Result<Vec<Option<String>>, StoreError> {
        let mut asked = Questions::default();
        let ask = |name: &String| asked.ask(&sql::META_GET, vec![name.as_str().into()]);
        let tickets: Vec<Ticket<_>> = names.iter().map(ask).collect();
        let mut answers = asked.answered(self).await?;
        tickets.into_iter().map(|ticket| Ok(answers.take(ticket)?.pop().map(|row| row.value))).collect()
    }

    /// A bank's cards in some ranges of slots: slot, mirror, whose, which.
    pub async fn mirror_rows(
        &self,
        bank: &str,
        ranges: &[(i64, i64)],
    ) -> Result<Vec<(i64, i64, HolderId, CardId)>, StoreError> {
        let mut asked = Questions::default();
        let ask = |(from, size): &(i64, i64)| {
            asked.ask(&sql::MIRROR_ROWS, vec![bank.into(), (*from).into(), (from + size).into()])
        };
        let tickets: Vec<Ticket<_>> = ranges.iter().map(ask).collect();
        let mut answers = asked.answered(self).await?;
        let mut out = Vec::new();
        for ticket in tickets {
            let found = answers.take(ticket)?;
            out.extend(found.into_iter().map(|row| (row.place, row.mirror, row.holder_id, row.card_id)));
        }
        Ok(out)
    }
}
