//! 今日已办: what an officer did today, as the journal says it. It names nobody: a line has the form that it was about, a file that was looked
//! at is called by its latest form, and whoever opens it looks at it with a line.

use crate::audit::tells_of_institutions;
use crate::ledger::{order_numbered, orders_of};
use crate::outcome::Failure;
use crate::service::Service;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::institution::InstitutionEvent;
use kaguan_domain::ids::{BatchId, HolderId};
use kaguan_store::journal::DONE;
use kaguan_store::{Line, LoadRequest, Subject};

/// Lines of a page.
const ON_A_PAGE: usize = 20;

/// A line, and the numbers of what it is about.
pub struct DoneLine {
    pub line: Line,
    pub holder: Option<DoneFile>,
    /// 批次号
    pub batch: Option<String>,
    /// An order of pre-made cards by its number, or one of its cards.
    pub order: Option<String>,
    /// What it did to organisations, officers, partners, local rules or the calendar.
    pub events: Vec<InstitutionEvent>,
}

/// Whose file a line is about.
pub struct DoneFile {
    pub id: HolderId,
    /// 申领表编码 of the application that the line is about, else of the latest one in the file; empty when there is none.
    pub form_no: String,
    /// Whether it is the one that the line is about.
    pub is_its_own: bool,
}

/// A page of them, newest first.
pub struct DoneToday {
    pub lines: Vec<DoneLine>,
    /// Where the next page begins.
    pub next: Option<(Instant, i64)>,
}

impl Service {
    /// What whoever asks did at the console today, before a line of it; looks at files only when they are asked for.
    pub async fn done_today_by(
        &self,
        actor: &Actor,
        looks: bool,
        before: Option<(Instant, i64)>,
    ) -> Result<DoneToday, Failure> {
        clause!(R39.1);
        let Actor::Officer(officer) = actor else {
            return Ok(DoneToday { lines: Vec::new(), next: None });
        };
        let from = Instant::at_start_of(self.now().date());
        let before = before.unwrap_or((Instant(i64::MAX), i64::MAX));
        let limit = ON_A_PAGE as i64 + 1;
        let mut found = self.store().lines_of_officer(*officer, from, before, looks, limit).await?;
        let more = found.len() > ON_A_PAGE;
        found.truncate(ON_A_PAGE);
        let next = found.last().filter(|_| more).map(|line| (line.at, line.seq));
        let (mut holders, mut batches) = (Vec::<HolderId>::new(), Vec::<BatchId>::new());
        for line in &found {
            match Subject::parse(&line.subject) {
                Some(Subject::Holder(id)) if !holders.contains(&id) => holders.push(id),
                Some(Subject::Batch(id)) if !batches.contains(&id) => batches.push(id),
                Some(_) | None => {}
            }
        }
        let blank_orders = orders_of(&found);
        let want = LoadRequest { holders, batches, blank_orders, ..LoadRequest::default() };
        let loaded = self.store().load(&want).await?;
        let view = |line: Line| {
            let about = Subject::parse(&line.subject);
            let number = |id| loaded.batches.get(id).and_then(|b| b.batch.as_ref());
            let holder = match &about {
                Some(Subject::Holder(id)) => {
                    let file = loaded.holders.get(id);
                    let form = file.and_then(|f| f.applications.last());
                    let form_no = form.map(|a| a.form_no.clone()).unwrap_or_default();
                    // Of one application only there is nothing to tell apart.
                    let is_its_own = file.is_some_and(|f| f.applications.len() == 1);
                    Some(DoneFile { id: *id, form_no, is_its_own })
                }
                Some(_) | None => None,
            };
            let batch = match &about {
                Some(Subject::Batch(id)) => number(id).map(|b| b.number.clone()),
                Some(_) | None => None,
            };
            let done = line.outcome == DONE;
            let order = order_numbered(&loaded, about, |_| done);
            DoneLine { line, holder, batch, order, events: Vec::new() }
        };
        let told = found.iter().filter(|line| tells_of_institutions(line)).map(|line| line.seq).collect();
        let mut events = self.institution_events_at(told).await?;
        let mut about = self.applications_at(&loaded, &found).await?;
        let mut lines: Vec<DoneLine> = found.into_iter().map(view).collect();
        for done in &mut lines {
            done.events = events.remove(&done.line.seq).unwrap_or_default();
            if let (Some(file), Some(a)) = (&mut done.holder, about.remove(&done.line.seq)) {
                (file.form_no, file.is_its_own) = (a.form_no, true);
            }
        }
        Ok(DoneToday { lines, next })
    }
}
