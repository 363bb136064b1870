//! The cards of the lists that an office works through: outside boxes by who has them, in boxes by whose turn it is. What several lists have,
//! and how many there are on each, is asked in one round trip.

use crate::engine::{Param, StoreError};
use crate::rows::loose::{CardsCounted, LooseKey};
use crate::rows::people::CardKey;
use crate::rows::under_way::TakenOut;
use crate::sql;
use crate::sql::cards as listed;
use crate::store::Store;
use crate::table::{Answers, Ask, Questions, Ticket};
use jiff::civil::Date;
use kaguan_domain::distribution::PassedOn;
use kaguan_domain::facts::custody::Party;
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::ids::{BoxId, CardId, HolderId, OrgId};

/// Where cards outside boxes are asked for; what is not said is any.
#[derive(Clone, Copy, Default, Debug)]
pub struct LooseIn<'a> {
    /// The outlet that has them, or has to see to them.
    pub outlet: Option<OrgId>,
    /// Bank, by its code.
    pub bank: Option<&'a str>,
    /// City, by its code; an outlet has its own.
    pub city: Option<&'a str>,
    /// Only what the carrier brings back.
    pub returning: bool,
    /// Only what is overdue on a day.
    pub overdue_by: Option<Date>,
    /// Only what is not overdue yet on a day.
    pub not_yet: Option<Date>,
    /// Only of what becomes this; any is all but what is to be destroyed.
    pub again: Option<Again>,
    /// Only that with which this has to be done.
    pub owed: Option<Owed>,
    /// Only of other banks than this, by its code.
    pub but_of: Option<&'a str>,
}

/// What has to be done with a card that was taken back uncollected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owed {
    /// 逾期未领卡数据接收
    Data,
    /// 交回服务银行保管, unless it lies at its own bank already: who keeps it is asked besides.
    Storing,
    /// 账户余额确认, once it is stranded
    Balance,
    /// 逾期且滞留卡注销, once it is stranded: its account is known to be empty
    Cancelling,
}

impl Owed {
    pub(crate) const ALL: [Self; 4] = [Self::Data, Self::Storing, Self::Balance, Self::Cancelling];

    /// As a row has it: each a bit of its own.
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Data => 1,
            Self::Storing => 2,
            Self::Balance => 4,
            Self::Cancelling => 8,
        }
    }
}

/// What becomes of a card that was taken back, or was offered or posted in vain: it comes to its holder again, or to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Again {
    /// 二次发放 of what nobody collected.
    SecondOffer,
    /// 发还: it is to be given back, or waits to be.
    GivenBack,
    /// 销毁: taken back, cancelled, its account closed. It is on no other list: who asks for any does not ask for these.
    Destroyed,
    /// 追回、回收或收缴: cancelled or a false card, and with an office or in the post still.
    Withdrawn,
    /// 注销 of what was confiscated (收缴), or cleaned and given back.
    Confiscated,
    /// 待二次发放: taken back uncollected, and not offered again yet.
    ToOffer,
    /// 销户 of what is cancelled and at its end otherwise: taken back, or with its holder. It is on no other list either.
    Closed,
}

impl Again {
    /// As a row has it; 0 is neither.
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::SecondOffer => 1,
            Self::GivenBack => 2,
            Self::Destroyed => 3,
            Self::Withdrawn => 4,
            Self::Confiscated => 5,
            Self::ToOffer => 6,
            Self::Closed => 7,
        }
    }
}

/// Cards that an office asks for; a bank is by its code, none is any.
#[derive(Clone, Copy, Debug)]
pub enum CardsAsked<'a> {
    /// Outside boxes, by who has them.
    Loose(CustodyKind, LooseIn<'a>),
    /// That come to their end at some offices, by what becomes of them.
    Ending(&'a [OrgId], Again, Option<&'a str>),
    /// Of a bank that were taken back in a city, are to be kept by it, and lie anywhere but at some offices.
    Elsewhere { city: &'a str, bank: &'a str, but_at: &'a [OrgId] },
    /// That an outlet has, in boxes or outside, and that are to be posted to their holders.
    ToPost(OrgId, Option<&'a str>),
    /// At their end in boxes of which it is an office's turn.
    ToTakeOut(OrgId, Option<&'a str>),
    /// In some boxes, and nobody has enabled them.
    InBoxes(&'a [BoxId], Option<&'a str>),
}

/// The statement that lists cards.
enum Lists {
    Outside(&'static Ask<LooseKey>),
    ToTakeOut(&'static Ask<TakenOut>),
    InBoxes(&'static Ask<CardKey>),
}

/// The claim to what it answers.
enum Claimed {
    Outside(Ticket<LooseKey>),
    ToTakeOut(Ticket<TakenOut>),
    InBoxes(Ticket<CardKey>),
}

/// A row that names a card by its file.
trait Named {
    fn card(self) -> (HolderId, CardId);
}

impl Named for LooseKey {
    fn card(self) -> (HolderId, CardId) {
        (self.holder_id, self.card_id)
    }
}

impl Named for TakenOut {
    fn card(self) -> (HolderId, CardId) {
        (self.holder_id, self.card_id)
    }
}

impl Named for CardKey {
    fn card(self) -> (HolderId, CardId) {
        (self.holder_id, self.card_id)
    }
}

impl Lists {
    fn asked(self, questions: &mut Questions, params: Vec<Param>) -> Claimed {
        match self {
            Self::Outside(sql) => Claimed::Outside(questions.ask(sql, params)),
            Self::ToTakeOut(sql) => Claimed::ToTakeOut(questions.ask(sql, params)),
            Self::InBoxes(sql) => Claimed::InBoxes(questions.ask(sql, params)),
        }
    }
}

impl Claimed {
    fn taken(self, answers: &mut Answers<'_>) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        Ok(match self {
            Self::Outside(ticket) => answers.take(ticket)?.into_iter().map(Named::card).collect(),
            Self::ToTakeOut(ticket) => answers.take(ticket)?.into_iter().map(Named::card).collect(),
            Self::InBoxes(ticket) => answers.take(ticket)?.into_iter().map(Named::card).collect(),
        })
    }
}

/// Offices or boxes, for `{in:n}`.
fn each<T: Copy>(ids: &[T], number: fn(T) -> i64) -> Param {
    ids.iter().copied().map(number).collect::<Vec<i64>>().into()
}

impl LooseIn<'_> {
    /// What is asked of them wherever they lie, and where.
    fn params(&self, custody: CustodyKind, place: Option<Param>) -> Vec<Param> {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let asked: [Param; 8] = [
            custody.code().into(),
            self.bank.into(),
            self.returning.then_some(1_i64).into(),
            day(self.overdue_by).into(),
            day(self.not_yet).into(),
            self.again.map(Again::code).into(),
            self.owed.map(Owed::code).into(),
            self.but_of.into(),
        ];
        asked.into_iter().chain(place).collect()
    }
}

impl CardsAsked<'_> {
    /// The statements that list them and count them, and what both are asked besides how many and after which.
    fn question(&self) -> (Lists, &'static Ask<CardsCounted>, Vec<Param>) {
        match *self {
            Self::Loose(custody, place) => {
                let (lists, counts, at) = match (place.outlet, place.city) {
                    (Some(outlet), _) => {
                        (&listed::LOOSE_OUTLET, &listed::LOOSE_OUTLET_COUNT, Some(outlet.0.into()))
                    }
                    (None, Some(city)) => (&listed::LOOSE_CITY, &listed::LOOSE_CITY_COUNT, Some(city.into())),
                    (None, None) => (&listed::LOOSE_ANY, &listed::LOOSE_ANY_COUNT, None),
                };
                (Lists::Outside(lists), counts, place.params(custody, at))
            }
            Self::Ending(offices, again, bank) => (
                Lists::Outside(&listed::LOOSE_ENDING_AT),
                &listed::LOOSE_ENDING_AT_COUNT,
                vec![each(offices, |org| org.0), again.code().into(), bank.into()],
            ),
            Self::Elsewhere { city, bank, but_at } => (
                Lists::Outside(&listed::LOOSE_ELSEWHERE),
                &listed::LOOSE_ELSEWHERE_COUNT,
                vec![
                    city.into(),
                    CustodyKind::Recalled.code().into(),
                    bank.into(),
                    each(but_at, |org| org.0),
                ],
            ),
            Self::ToPost(outlet, bank) => (
                Lists::Outside(&listed::LOOSE_TO_POST),
                &listed::LOOSE_TO_POST_COUNT,
                vec![outlet.0.into(), bank.into(), Party::Org(outlet).account().into()],
            ),
            Self::ToTakeOut(office, bank) => (
                Lists::ToTakeOut(&listed::RECALLS_IN_BOXES_OF),
                &listed::RECALLS_IN_BOXES_OF_COUNT,
                vec![office.0.into(), bank.into()],
            ),
            Self::InBoxes(boxes, bank) => (
                Lists::InBoxes(&listed::CARDS_NOT_ENABLED),
                &listed::CARDS_NOT_ENABLED_COUNT,
                vec![each(boxes, |b| b.0), bank.into()],
            ),
        }
    }
}

/// What every such question is asked first: how many, and after which card.
fn from(limit: i64, after: (HolderId, CardId), rest: Vec<Param>) -> Vec<Param> {
    let first: [Param; 3] = [limit.into(), after.0.0.into(), after.1.0.into()];
    first.into_iter().chain(rest).collect()
}

impl Store {
    /// The cards of several questions, each after one of them in the order of their files, at most so many; in one round trip and as of one
    /// moment.
    pub async fn cards_listed(
        &self,
        asked: &[(CardsAsked<'_>, (HolderId, CardId))],
        limit: i64,
    ) -> Result<Vec<Vec<(HolderId, CardId)>>, StoreError> {
        let mut questions = Questions::default();
        let mut claims = Vec::with_capacity(asked.len());
        for (cards, after) in asked {
            let (lists, _, rest) = cards.question();
            claims.push(lists.asked(&mut questions, from(limit, *after, rest)));
        }
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        let mut answers = questions.answered(self).await?;
        claims.into_iter().map(|claim| claim.taken(&mut answers)).collect()
    }

    /// How many there are of each, counted up to so many; in one round trip and as of one moment.
    pub async fn cards_counted(&self, asked: &[CardsAsked<'_>], most: i64) -> Result<Vec<usize>, StoreError> {
        let mut questions = Questions::default();
        let mut claims = Vec::with_capacity(asked.len());
        for cards in asked {
            let (_, counts, rest) = cards.question();
            let begin = (HolderId(i64::MIN), CardId(i64::MIN));
            claims.push(questions.ask(counts, from(most, begin, rest)));
        }
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        let mut answers = questions.answered(self).await?;
        let one = |claim: Ticket<CardsCounted>| -> Result<usize, StoreError> {
            let n = answers.take(claim)?.first().map_or(0, |row| row.n);
            Ok(usize::try_from(n).unwrap_or_default())
        };
        claims.into_iter().map(one).collect()
    }

    /// Cards outside boxes that somebody has to see to, by who has them, of an outlet, a bank or a city, after one of them.
    pub async fn cards_loose(
        &self,
        custody: CustodyKind,
        place: LooseIn<'_>,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let asked = [(CardsAsked::Loose(custody, place), after)];
        Ok(self.cards_listed(&asked, limit).await?.pop().unwrap_or_default())
    }

    /// Cards that lie outside any box with another office than the one that would sign for them, after one of them.
    pub async fn cards_passed_on(
        &self,
        to: &PassedOn,
        after: (HolderId, CardId),
        limit: i64,
    ) -> Result<Vec<(HolderId, CardId)>, StoreError> {
        let params = vec![to.code().into(), after.0.0.into(), after.1.0.into(), limit.into()];
        let found = self.ask(&sql::LOOSE_PASSED_ON, params).await?;
        Ok(found.into_iter().map(Named::card).collect())
    }
}
