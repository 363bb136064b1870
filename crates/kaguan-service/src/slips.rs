//! 一人一卡业务确认单 (Appendix 10 (7)): the slips that were signed in some days, which outlets report to their cities and cities to the province.
//! A list of them names nobody: a file is called by the form of the slip, and whoever opens it looks at it with a line.

use crate::lists::own_city;
use crate::outcome::Failure;
use crate::receipts::done_at;
use crate::reports::{Table, institutions_of};
use crate::service::Service;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::archive::{Case, PaperOf};
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::{Institutions, Organisation};
use kaguan_domain::facts::person::Confirmation;
use kaguan_domain::ids::{CityCode, HolderId, MaterialId, PartnerId};
use kaguan_domain::permission::Verb;
use kaguan_store::journal::Entry;
use kaguan_store::{LoadRequest, Store, StoreError, Subject};
use std::collections::HashMap;

/// Lines of the journal that are read at once, with the files that they are about.
const PAGE: i64 = 500;

/// One signed slip.
#[derive(Clone, Debug)]
pub struct SlipLine {
    /// The line of the journal that says so.
    pub line: i64,
    /// The day on which it was signed.
    pub on: Date,
    /// The city that is told of it.
    pub city: Option<CityCode>,
    /// 经办网点; empty for what an online channel took in.
    pub outlet: String,
    /// The file of whoever signed, as it is now.
    pub holder: HolderId,
    /// 申领表编码 of the application that the slip was kept with, else of the latest one of the day on which it was signed, or before; empty
    /// when there is none.
    pub form_no: String,
    /// Who took it in.
    pub clerk: String,
    /// Where the slip is kept: 电子影像, its cabinet, or the number that a channel gave it.
    pub lies: String,
    /// Whether it is in the archive of the file.
    pub archived: bool,
    /// Cards that were cleaned with it.
    pub cleaned: usize,
    /// Whether one was kept.
    pub kept: bool,
}

/// The slips that were signed between two days, both included, and of which a city is told, or any. Reads only.
pub(crate) async fn slips(
    store: &Store,
    (from, to): (Date, Date),
    city: Option<&CityCode>,
) -> Result<Vec<SlipLine>, StoreError> {
    clause!(X10.1);
    let institutions = institutions_of(store).await?;
    let mut out = Vec::new();
    let mut next = 1;
    loop {
        let page = store.entries_of_command(Verb::ConfirmOneCard.code(), next, PAGE).await?;
        let Some(last) = page.last() else { return Ok(out) };
        next = last.seq + 1;
        let mut signed = Vec::new();
        for line in page.iter().filter(|l| (from..=to).contains(&Instant(l.at).date())) {
            let Some(Subject::Holder(holder)) = Subject::parse(&line.subject) else { continue };
            for event in store.holder_events(line)? {
                let HolderEvent::OneCardConfirmed { confirmation } = event else { continue };
                signed.push((line, holder, confirmation));
            }
        }
        let files = files_of(store, signed.iter().map(|(_, holder, _)| *holder).collect()).await?;
        let lines = signed.into_iter().map(|(line, holder, c)| said(line, holder, c, &files, &institutions));
        out.extend(lines.filter(|l| city.is_none() || l.city.as_ref() == city));
    }
}

/// Some files, and those that they were joined into.
async fn files_of(
    store: &Store,
    mut wanted: Vec<HolderId>,
) -> Result<HashMap<HolderId, HolderFile>, StoreError> {
    let mut files: HashMap<HolderId, HolderFile> = HashMap::new();
    while !wanted.is_empty() {
        wanted.sort_unstable();
        wanted.dedup();
        let holders = std::mem::take(&mut wanted);
        let found = store.load(&LoadRequest { holders, ..LoadRequest::default() }).await?.holders;
        wanted = found.values().filter_map(HolderFile::joined_into).collect();
        files.extend(found);
        wanted.retain(|id| !files.contains_key(id));
    }
    Ok(files)
}

/// One slip, as it is listed.
fn said(
    line: &Entry,
    signer: HolderId,
    c: Confirmation,
    files: &HashMap<HolderId, HolderFile>,
    institutions: &Institutions,
) -> SlipLine {
    let mut holder = signer;
    for _ in 0..files.len() {
        let Some(into) = files.get(&holder).and_then(HolderFile::joined_into) else { break };
        holder = into;
    }
    let file = files.get(&holder);
    let by = done_at(institutions, &line.actor, Instant(line.at));
    // A line of earlier days says no outlet: it is the one at which its officer was.
    let outlet = c.outlet.or(by.as_ref().map(|(org, _)| *org)).and_then(|id| institutions.org(id));
    let (lies, archived) = kept_where(&c.slip, file);
    SlipLine {
        line: line.seq,
        on: Instant(line.at).date(),
        city: c.city.or_else(|| outlet.and_then(Organisation::city)),
        outlet: outlet.map(|o| o.name.clone()).unwrap_or_default(),
        holder,
        form_no: file
            .and_then(|f| form_of(f, &c.slip, Instant(line.at).date()))
            .map(|a| a.form_no.clone())
            .unwrap_or_default(),
        clerk: by.map_or_else(|| channel(&line.actor, institutions), |(_, name)| name),
        lies,
        archived,
        cleaned: c.cards.iter().filter(|id| Some(**id) != c.keep).count(),
        kept: c.keep.is_some(),
    }
}

/// The application that a slip of a day was signed for: the one that it was kept with, else the latest one by then.
fn form_of<'a>(file: &'a HolderFile, slip: &str, on: Date) -> Option<&'a Application> {
    let person = file.person.as_ref();
    let id = slip.parse().ok().map(MaterialId);
    let kept = person.and_then(|p| p.archive.iter().find(|m| Some(m.id) == id)).map(|m| m.case);
    let is_of = |case: &Case| matches!(case, Case::Application(_));
    let by_then = || file.applications.iter().rfind(|a| a.received_on <= on);
    kept.filter(is_of)
        .and_then(|case| file.application_of(case))
        .or_else(by_then)
        .or(file.applications.last())
}

/// What a channel is called that took a slip in.
fn channel(actor: &str, institutions: &Institutions) -> String {
    let registered = institutions.partners().find(|p| p.id.to_string() == actor).map(|p| p.name.clone());
    let kind = || PartnerId::parse(actor).map(|id| id.kind.name().to_owned());
    registered.or_else(kind).unwrap_or_else(|| "系统".to_owned())
}

/// Where a slip is kept, and whether that is the archive of its file.
fn kept_where(slip: &str, file: Option<&HolderFile>) -> (String, bool) {
    clause!(R40.1);
    // A channel keeps the slip itself, and says under which number.
    let Some(id) = slip.parse().ok().map(MaterialId) else { return (slip.to_owned(), false) };
    let person = file.and_then(|f| f.person.as_ref());
    if let Some(m) = person.and_then(|p| p.archive.iter().find(|m| m.id == id)) {
        let image = if m.digest.is_some() { "电子影像，" } else { "" };
        let said = match person.map_or(PaperOf::Nowhere, |p| p.paper_of(m)) {
            PaperOf::In(cabinet) => format!("{image}纸质在{cabinet}"),
            PaperOf::Destroyed(at) => format!("{image}纸质已于{}销毁", at.date()),
            PaperOf::Nowhere => "电子影像".to_owned(),
        };
        let said = if m.withdrawn().is_some() { format!("{said}（已作废）") } else { said };
        return (said, true);
    }
    match person.and_then(|p| p.destroyed.iter().find(|d| d.material.id == id)) {
        Some(gone) => (format!("{}到期销毁", gone.at.date()), true),
        None => (slip.to_owned(), false),
    }
}

/// The slips as a table.
pub(crate) fn table(lines: Vec<SlipLine>) -> Table {
    let row = |l: SlipLine| {
        let city = l.city.as_ref().map_or("", CityCode::name).to_owned();
        let texts = vec![l.on.to_string(), city, l.outlet, l.form_no, l.clerk, l.lies];
        (texts, vec![l.cleaned as f64, f64::from(u8::from(l.kept))])
    };
    let heads =
        vec!["签字日期", "地市", "经办网点", "申领表编码", "经办人", "确认单存放", "清理张数", "保留张数"];
    Table { title: "一人一卡业务确认单", heads, rows: lines.into_iter().map(row).collect() }
}

impl Service {
    /// 一人一卡业务确认单 of some days: of the own city for its centre, of every city for the province.
    pub async fn slips_for(&self, actor: &Actor, from: Date, to: Date) -> Result<Vec<SlipLine>, Failure> {
        let home = self.org_of(actor, Verb::LookAtReports, own_city)?;
        Ok(slips(self.store(), (from, to), home.city().as_ref()).await?)
    }
}
