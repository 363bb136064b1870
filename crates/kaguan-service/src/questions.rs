//! 提问记录: what registers and photo platforms were asked, and what came back. A question is asked once, while somebody waits; what is
//! known of it is kept by the process that asked, for the engineer at the other end of the line, and names nobody.

use crate::outcome::Failure;
use crate::seen::Seen;
use crate::service::Service;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::ids::PartnerId;
use kaguan_domain::institution::messages_place;
use kaguan_domain::permission::Verb;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Questions that are kept of each partner.
const KEPT: usize = 1_000;

/// What came of a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Came {
    /// An answer of the agreed shape.
    Answered,
    /// An answer of another shape, which says nothing.
    Unreadable,
    /// No answer that can be believed.
    Silent,
}

impl Came {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unreadable => "unreadable",
            Self::Silent => "silent",
        }
    }
}

/// One question: `POST <endpoint><path>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Later ones are greater, across restarts too.
    pub id: i64,
    /// Where it was asked, such as `/checks`.
    pub path: &'static str,
    /// About how many people, documents or receipts.
    pub about: usize,
    /// When, by the machine's clock.
    pub at: Instant,
    /// Milliseconds until it was known what came of it.
    pub took: i64,
    /// What came of it.
    pub came: Came,
    /// What came back: `ok`, `status` and the number, or why nothing can be believed of it.
    pub said: String,
}

/// Those of each partner, oldest first.
#[derive(Default)]
pub(crate) struct Questions(Mutex<HashMap<PartnerId, VecDeque<Question>>>);

impl Questions {
    fn keep(&self, partner: &PartnerId, question: Question) {
        // What is in the map is whole, whoever panicked.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = all.entry(partner.clone()).or_default();
        if of.len() == KEPT {
            of.pop_front();
        }
        of.push_back(question);
    }

    fn after(&self, partner: &PartnerId, id: i64, most: usize) -> Vec<Question> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = all.get(partner).into_iter().flatten();
        of.filter(|q| q.id > id).take(most).cloned().collect()
    }
}

impl Service {
    /// A partner was asked about so many at a moment of [`Service::steady`], and this came of it.
    pub fn asked(
        &self,
        partner: &PartnerId,
        (path, about): (&'static str, usize),
        began: i64,
        came: (Came, String),
    ) {
        let (took, at) = ((self.steady() - began) / 1_000, Instant(self.wall().0 - (self.steady() - began)));
        let (came, said) = came;
        self.questions().keep(partner, Question { id: self.fresh(), path, about, at, took, came, said });
    }

    /// 提问记录 of the partner who asks: the latest thousand since the server started, oldest first, after one.
    pub fn questions_for(
        &self,
        actor: &Actor,
        after: i64,
        most: usize,
    ) -> Result<Seen<Vec<Question>>, Failure> {
        let right = self.may(actor, Verb::FetchMessages, &messages_place(actor))?;
        let mine = match actor {
            Actor::Partner(partner) => self.questions().after(partner, after, most),
            // Messages reach them, and no question.
            Actor::Bank(_) | Actor::Vendor(_) | Actor::Officer(_) | Actor::Kiosk(_) | Actor::System => {
                Vec::new()
            }
        };
        Ok(Seen::by_right(&right, mine))
    }
}
