//! 今日已办, on the first page: what the officer did today, newest first, in words.

use crate::Console;
use crate::happened::happened;
use crate::may;
use crate::records::receipts;
use crate::session::SignedIn;
use kaguan_domain::ctx::Instant;
use kaguan_domain::permission::Verb;
use kaguan_domain::records::ends_with_receipt;
use kaguan_service::Failure;
use kaguan_service::done_today::{DoneFile, DoneLine};
use kaguan_service::line_words::about;
use kaguan_store::journal::DONE;

/// One line.
pub struct DoneView {
    /// Hour, minute and second.
    pub at: String,
    pub what: &'static str,
    pub about: String,
    /// The address of the file that it opens.
    pub file: Option<String>,
    pub outcome: &'static str,
    pub done: bool,
    /// Where its receipt is printed, when it ends with one.
    pub receipt: Option<String>,
}

/// A page of them.
pub struct DoneList {
    pub rows: Vec<DoneView>,
    /// Whether looks at files are among them.
    pub looks: bool,
    /// Whether the page was begun before some line.
    pub continued: bool,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Where a page begins, as an address says it: a moment and the number of a line.
fn read(key: &str) -> Option<(Instant, i64)> {
    let (at, seq) = key.split_once('.')?;
    Some((Instant(at.parse().ok()?), seq.parse().ok()?))
}

/// The officer's own lines of today.
pub async fn done_by(
    console: &Console,
    me: &SignedIn,
    looks: bool,
    after: &str,
) -> Result<DoneList, Failure> {
    let found = console.service.done_today_by(&me.actor(), looks, read(after)).await?;
    let institutions = console.service.institutions();
    let opens = may::at_all(console, me, Verb::LookAtHolder).is_ok();
    let row = |DoneLine { line, holder, batch, order, events }: DoneLine| {
        let local = line.at.local();
        let done = line.outcome == DONE;
        let of = match (&holder, batch) {
            (Some(DoneFile { form_no, is_its_own: true, .. }), _) => format!("申领表 {form_no}"),
            // What is about the person says how the file is called, and not that it is about that form.
            (Some(DoneFile { form_no, .. }), _) if !form_no.is_empty() => {
                format!("持卡人档案（最近的申领表 {form_no}）")
            }
            (Some(_), _) => "持卡人档案".to_owned(),
            (None, Some(number)) => format!("批次 {number}"),
            (None, None) => order.unwrap_or_else(|| about(&institutions, &line.subject, &events, happened)),
        };
        DoneView {
            at: local.split_once(' ').map(|(_, time)| time.to_owned()).unwrap_or(local),
            what: Verb::from_code(&line.command).map_or("（未知）", Verb::name),
            about: of,
            file: holder
                .filter(|_| opens)
                .map(|file| format!("/people/{}", console.service.key_of(&me.session, file.id))),
            outcome: line.outcome_name(),
            done,
            receipt: (done && ends_with_receipt(&line.command)).then(|| receipts::address(line.seq)),
        }
    };
    let next = found.next.map(|(at, seq)| format!("{}.{seq}", at.0));
    let rows = found.lines.into_iter().map(row).collect();
    Ok(DoneList { rows, looks, continued: read(after).is_some(), next })
}
