//! What the QR code of a receipt says: a line of the journal with a digest under a key of the system, and nothing of anybody. Whoever
//! opens it learns whether the receipt is genuine: the business, the day, the outlet.

use crate::outcome::Failure;
use crate::receipts::done_at;
use crate::seen::{InClear, Seen};
use crate::service::Service;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::holder::HolderEvent;
use kaguan_domain::facts::institution::Organisation;
use kaguan_domain::ids::{ApplicationId, HolderId, OrgId};
use kaguan_domain::records::{business_of, printed_photo, takes_a_form};
use kaguan_store::Subject;
use kaguan_store::journal::Entry;

/// What a genuine receipt is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Genuine {
    /// The line of the journal.
    pub line: i64,
    /// 业务类型.
    pub business: String,
    /// 业务受理日期.
    pub on: Date,
    /// 业务经办单位 and its 网点编号.
    pub org: String,
    pub org_code: String,
}

/// So many lines about a person are looked through for the one that took an application in.
const LINES: i64 = 2_000;
/// Bytes of the digest that stand in a code.
const DIGEST: usize = 16;

impl Service {
    /// The code of a line's receipt: the line, and sixteen bytes of its digest as 32 hexadecimal digits.
    pub fn receipt_code(&self, line: i64) -> String {
        let digest = self.store().receipt_digest(line);
        let digest: String = digest[..DIGEST].iter().map(|b| format!("{b:02x}")).collect();
        format!("{line}-{digest}")
    }

    /// The line by which an application was taken in, and when, of a file that is being shown; `None` when it lies too far back.
    pub async fn line_of_application(
        &self,
        of: &Seen<InClear>,
        application: ApplicationId,
    ) -> Result<Option<(i64, Instant)>, Failure> {
        for entry in self.history(of, LINES).await?.iter().filter(|e| e.is_done()) {
            if self.applied(entry)?.is_some_and(|a| a.id == application) {
                return Ok(Some((entry.seq, Instant(entry.at))));
            }
        }
        Ok(None)
    }

    /// Whose file a line took a form into, and under which number it is there now; `None` for a line that took in none. Printing its
    /// receipt asks for the right and leaves its own line.
    pub async fn form_of_line(&self, line: i64) -> Result<Option<(HolderId, String)>, Failure> {
        let found = self.store().entries_from(line, 1).await?.pop();
        let Some(entry) = found.filter(|e| e.seq == line && e.is_done() && takes_a_form(&e.command)) else {
            return Ok(None);
        };
        let Some(Subject::Holder(id)) = Subject::parse(&entry.subject) else { return Ok(None) };
        let (Some(applied), Some((file, _))) = (self.applied(&entry)?, self.file(id).await?) else {
            return Ok(None);
        };
        Ok(file.application(applied.id).map(|a| (id, a.form_no.clone())))
    }

    /// The application that a line took in.
    pub(crate) fn applied(&self, entry: &Entry) -> Result<Option<Application>, Failure> {
        // Others have no application in their events, and a line of something else than a person has other events.
        if !entry.subject.starts_with("holder") || !entry.personal {
            return Ok(None);
        }
        let events = self.store().holder_events(entry)?;
        Ok(events.into_iter().find_map(|e| {
            let HolderEvent::Applied { application, .. } = e else { return None };
            Some(*application)
        }))
    }

    /// Whether a code is of a receipt that this system gave, and of which; nothing about who. Anybody may ask.
    pub async fn genuine(&self, code: &str) -> Result<Option<Genuine>, Failure> {
        clause!(R19.2);
        let Some(line) = code.split_once('-').and_then(|(line, _)| line.parse().ok()) else {
            return Ok(None);
        };
        let right = self.receipt_code(line);
        // As long for a wrong code as for the right one.
        let differs = right.bytes().zip(code.bytes()).fold(0, |d, (a, b)| d | (a ^ b));
        if differs != 0 || right.len() != code.len() {
            return Ok(None);
        }
        let found = self.store().entries_from(line, 1).await?.pop();
        let Some(entry) = found.filter(|e| e.seq == line && e.is_done()) else { return Ok(None) };
        let (institutions, at) = (self.institutions(), Instant(entry.at));
        // The paper has the office of then and the name of then.
        let said = |business: &str, on, org: Option<OrgId>| {
            let Organisation { name, code, .. } = institutions.org_as_of(org?, at)?;
            Some(Genuine { line, business: business.into(), on, org: name, org_code: code })
        };
        if let Some(business) = business_of(&entry.command) {
            let org = done_at(&institutions, &entry.actor, at).map(|(org, _)| org);
            return Ok(said(business, at.date(), org));
        }
        let Some(a) = self.applied(&entry)? else { return Ok(None) };
        Ok(said(a.purpose.name(), a.received_on, Some(a.outlet)))
    }

    /// The photo that is printed on the form of an application whose printing was journaled; `None` when there is none.
    pub async fn photo_on_form(
        &self,
        of: &Seen<InClear>,
        application: &Application,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let Some(photo) = printed_photo(of.whole(), application) else { return Ok(None) };
        Ok(self.store().photo(&photo.0).await?)
    }
}
