//! An office while it is asked which cards stand on its lists, and what the store is asked for each of them.

use super::{CardWork, Waiting};
use crate::lists::Narrow;
use crate::outcome::Failure;
use crate::service::Service;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::facts::names::CustodyKind;
use kaguan_domain::ids::{BankCode, BoxId, CityCode, OrgId};
use kaguan_domain::recall::{box_is_overdue, destroyed_at, offered_soon_by};
use kaguan_domain::restriction::may_cancel_confiscated;
use kaguan_store::{Again, CardsAsked, LooseIn, Owed};

/// An office, and those that its lists are about besides.
pub(super) struct Here {
    pub(super) home: Organisation,
    pub(super) today: Date,
    city: Option<CityCode>,
    /// Of a bank's office, those of the bank.
    of_own_bank: Vec<OrgId>,
    /// Those whose cards it destroys.
    destroys_of: Vec<OrgId>,
    /// Those that keep what it cancels of what was confiscated.
    cancels_of: Vec<OrgId>,
    posts: bool,
    /// Boxes for it whose cards are overdue.
    overdue: Vec<BoxId>,
}

impl Service {
    /// The organisations of which something holds.
    pub(crate) fn offices(&self, which: impl Fn(&Organisation) -> bool) -> Vec<OrgId> {
        self.institutions().orgs().filter(|o| which(o)).map(|o| o.id).collect()
    }

    /// What the lists of an office are about.
    pub(super) fn here(&self, home: Organisation) -> Here {
        let (institutions, today) = (self.institutions(), self.now().date());
        let city = home.city();
        Here {
            of_own_bank: match &home.bank {
                Some(own) => self.offices(|o| o.bank.as_ref() == Some(own)),
                None => Vec::new(),
            },
            destroys_of: match destroyed_at(&home, &institutions) {
                // A bank's outlet destroys what it keeps itself, a centre what the other offices of its city keep.
                Some(by) if by.id == home.id => self.offices(|o| match home.bank {
                    Some(_) => o.id == home.id,
                    None => o.bank.is_none() && o.city() == city,
                }),
                Some(_) | None => Vec::new(),
            },
            // An outlet also cancels what an office of its city keeps that cancels none.
            cancels_of: self.offices(|o| o.id == home.id || may_cancel_confiscated(&home, o, &institutions)),
            posts: home.kind.is_outlet()
                && city.as_ref().is_some_and(|city| institutions.no_post_in(city, today).is_none()),
            overdue: Vec::new(),
            city,
            today,
            home,
        }
    }

    /// The same with the boxes whose cards are overdue: their files are opened.
    pub(super) async fn here_with_boxes(&self, home: Organisation) -> Result<Here, Failure> {
        clause!(R32.3);
        let mut here = self.here(home);
        if let (true, Some(city)) = (here.home.kind.is_outlet(), &here.city) {
            let boxes = self.store().boxes_not_enabled(city.as_str(), here.home.id).await?;
            let late = boxes.iter().filter(|b| box_is_overdue(&b.file, here.today));
            here.overdue = late.map(|b| b.file.id).collect();
        }
        Ok(here)
    }
}

impl Here {
    /// Where the cards of a list are asked for outside boxes, as far as they were chosen.
    fn place<'a>(&'a self, which: Waiting, chosen: &'a Narrow) -> LooseIn<'a> {
        LooseIn {
            outlet: which.at(&self.home),
            bank: match which {
                // A bank says what is in its own accounts.
                Waiting::ToConfirm | Waiting::ToClose => chosen.bank_of(&self.home),
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
                | Waiting::ToStore
                | Waiting::Stranded
                | Waiting::ToWithdraw
                | Waiting::Confiscated
                | Waiting::ToDestroy => chosen.bank.as_ref().map(BankCode::as_str),
            },
            city: self.city.as_ref().or(chosen.city.as_ref()).map(CityCode::as_str),
            returning: which == Waiting::Returning,
            overdue_by: which.has_a_day().then_some(self.today),
            not_yet: (which == Waiting::ToOffer).then_some(self.today),
            again: which.again(),
            owed: which.owed(),
            but_of: None,
        }
    }

    /// What the store is asked for the cards of a list, as far as they were chosen: the first of all of them are its first part. Nothing for a
    /// list that the office has not.
    pub(super) fn asked<'a>(&'a self, which: Waiting, chosen: &'a Narrow) -> Vec<CardsAsked<'a>> {
        clause!(R10.5);
        clause!(R32.4);
        clause!(R33.4);
        clause!(R38.1);
        let place = self.place(which, chosen);
        let outside = which.kinds().iter().map(|kind| CardsAsked::Loose(*kind, place));
        match which {
            Waiting::ToConfirm if self.home.bank.is_none() => Vec::new(),
            // An outlet that is no bank's closes no accounts.
            Waiting::ToClose if self.home.bank.is_none() && self.home.kind.is_outlet() => Vec::new(),
            Waiting::Overdue if !self.overdue.is_empty() => {
                outside.chain([CardsAsked::InBoxes(&self.overdue, place.bank)]).collect()
            }
            // Whatever comes to its end at an office is asked for at once, wherever it is there.
            Waiting::ToWithdraw => vec![
                CardsAsked::Ending(std::slice::from_ref(&self.home.id), Again::Withdrawn, place.bank),
                CardsAsked::ToTakeOut(self.home.id, place.bank),
            ],
            Waiting::ToPost if self.posts => vec![CardsAsked::ToPost(self.home.id, place.bank)],
            Waiting::ToStore => self.to_store(place),
            Waiting::Confiscated => {
                vec![CardsAsked::Ending(&self.cancels_of, Again::Confiscated, place.bank)]
            }
            Waiting::ToDestroy if self.destroys_of.is_empty() => Vec::new(),
            Waiting::ToDestroy => {
                vec![CardsAsked::Ending(&self.destroys_of, Again::Destroyed, place.bank)]
            }
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
            | Waiting::ToConfirm
            | Waiting::ToClose => outside.collect(),
        }
    }

    /// What the store is asked for the count of some work with cards.
    pub(super) fn asked_of<'a>(&'a self, what: CardWork, any: &'a Narrow) -> Vec<CardsAsked<'a>> {
        clause!(R33.4);
        match what {
            CardWork::Missing => self.asked(Waiting::Missing, any),
            CardWork::ToPost => self.asked(Waiting::ToPost, any),
            // Its outlet takes in what comes back.
            CardWork::Returning if self.home.kind.is_outlet() => self.asked(Waiting::Returning, any),
            CardWork::Returning => Vec::new(),
            CardWork::ToWithdraw => self.asked(Waiting::ToWithdraw, any),
            CardWork::ToCancelConfiscated => self.asked(Waiting::Confiscated, any),
            CardWork::ToOffer => self.asked(Waiting::ToOffer, any),
            CardWork::ToOfferSoon => {
                let by = Some(offered_soon_by(self.today));
                let soon = LooseIn { overdue_by: by, ..self.place(Waiting::ToOffer, any) };
                vec![CardsAsked::Loose(CustodyKind::Recalled, soon)]
            }
            CardWork::SecondOver => self.asked(Waiting::SecondOver, any),
            CardWork::ToGiveBack => self.asked(Waiting::ToGiveBack, any),
            CardWork::DataSent => self.asked(Waiting::DataSent, any),
            CardWork::ToStore => self.asked(Waiting::ToStore, any),
            CardWork::ToConfirm => self.stranded(Owed::Balance, any),
            CardWork::ToCancel => self.stranded(Owed::Cancelling, any),
            CardWork::ToClose => self.asked(Waiting::ToClose, any),
            CardWork::ToDestroy => self.asked(Waiting::ToDestroy, any),
        }
    }

    /// Cards that were taken back and are to go to their bank: of a bank's outlet all of its own bank in the city that other offices have, and
    /// those of other banks that it has itself; of any other office those that it has, of a bank or of any. What a bank's outlet has of
    /// its own bank is where it belongs, and is not gone through.
    fn to_store<'a>(&'a self, place: LooseIn<'a>) -> Vec<CardsAsked<'a>> {
        clause!(R32.4);
        let (Some(own), Some(city)) = (&self.home.bank, &self.city) else {
            return vec![CardsAsked::Loose(CustodyKind::Recalled, place)];
        };
        let (city, own) = (city.as_str(), own.as_str());
        let elsewhere = CardsAsked::Elsewhere { city, bank: own, but_at: &self.of_own_bank };
        // Whoever has chosen its own bank in the list asks for nothing of others.
        let others = LooseIn { bank: None, but_of: Some(own), ..place };
        let of_others = place.bank.is_none().then_some(CardsAsked::Loose(CustodyKind::Recalled, others));
        [elsewhere].into_iter().chain(of_others).collect()
    }

    /// What is stranded and waits for something, by the bank of a bank's office and in the whole city of any other; of an outlet that is no
    /// bank's nothing.
    fn stranded<'a>(&'a self, owed: Owed, any: &'a Narrow) -> Vec<CardsAsked<'a>> {
        if self.home.bank.is_none() && self.home.kind.is_outlet() {
            return Vec::new();
        }
        let place = LooseIn { owed: Some(owed), ..self.place(Waiting::ToConfirm, any) };
        vec![CardsAsked::Loose(CustodyKind::Recalled, place)]
    }
}
