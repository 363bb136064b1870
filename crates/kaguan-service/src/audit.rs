//! 审计日志 as the audit administrator sees it: the lines of the journal by who, when, what, outcome and subject; one line with its
//! proof; an export that is signed and has a line of its own. Events with personal data stay sealed: a line names no holder.

use crate::line_words::{about, channel, who};
use crate::officers::org_of;
use crate::outcome::Failure;
use crate::reports::cell;
use crate::service::Service;
use crate::work::Command;
use jiff::ToSpan;
use jiff::civil::Date;
use kaguan_domain::clause;
use kaguan_domain::clause::cite;
use kaguan_domain::ctx::{Actor, Ctx, Instant};
use kaguan_domain::facts::application::Application;
use kaguan_domain::facts::claim::Claim;
use kaguan_domain::facts::export::ExportJournal;
use kaguan_domain::facts::form::Field;
use kaguan_domain::facts::holder::{HolderEvent, HolderFile};
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions};
use kaguan_domain::facts::officer::DoorEvent;
use kaguan_domain::ids::{OfficerId, OrgId, PartnerId};
use kaguan_domain::institution::InstitutionCommand;
use kaguan_domain::permission::{Place, Verb};
use kaguan_domain::refusal::Reason;
use kaguan_store::journal::{DONE, Proof};
use kaguan_store::{Line, LinesAsked, LoadRequest, Loaded, Subject};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Lines of a page.
const ON_A_PAGE: usize = 50;
/// So many lines are looked through for one page: what is rare is looked for further on the next.
const WINDOW: i64 = 20_000;
/// Lines of one question to the store, when more are looked through than shown.
const ROUND: i64 = 2_000;
/// Lines that are read by their numbers at once.
const AT_ONCE: usize = 2_000;
/// Lines of an export.
const MOST: usize = 100_000;
/// The rows of a file have the time of their file: lines of a time are looked for an hour around it.
const AROUND: i64 = 3_600_000_000;

/// Which lines, as it was typed or chosen; what is empty is any.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct AskLines {
    /// First and last day, `YYYY-MM-DD`.
    pub from: String,
    pub to: String,
    /// A verb's stable name.
    pub verb: String,
    /// Sign-in name or name of an officer, `system`, or a partner.
    pub who: String,
    /// 机构编码 or whole name: whoever worked there or below it when the line was written.
    pub org: String,
    /// `done`, `refused`, or the code of a refusal.
    pub outcome: String,
    /// 申领表编码, 批次号, or a subject as a line writes it.
    pub about: String,
}

/// A line, and who gave the command as the journal writes it.
pub struct JournalLine {
    pub line: Line,
    /// The officer who gave it.
    pub officer: Option<OfficerId>,
    /// What happened to organisations, officers, partners, local rules and the calendar; nothing of a line about something else.
    pub events: Vec<InstitutionEvent>,
}

/// An event of the institution room in words: the pages have them.
pub type Happened = fn(&Institutions, &InstitutionEvent) -> String;

/// What was found.
#[derive(Default)]
pub struct JournalPage {
    pub lines: Vec<JournalLine>,
    /// Everything of the question that cannot be read, in Chinese; nothing was looked for then.
    pub wrong: Vec<String>,
    /// Before which line one goes on; `None` at the end.
    pub next: Option<i64>,
}

/// One line with its proof.
pub struct ProvedLine {
    pub proof: Proof,
    /// What happened to organisations, officers, partners and the calendar.
    pub events: Vec<InstitutionEvent>,
    /// Who came in, went, or tried to come in.
    pub door: Vec<DoorEvent>,
    /// Why somebody looked at a file, without the numbers in it.
    pub reason: Option<String>,
}

/// A text in which nobody's number can be read: of six digits and more the first two and the last stay.
pub(crate) fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().map(Some).chain([None]) {
        if let Some(d) = c.filter(char::is_ascii_digit) {
            digits.push(d);
            continue;
        }
        match digits.len() {
            0..6 => out.push_str(&digits),
            n => {
                out.push_str(&digits[..2]);
                out.push_str(&"*".repeat(n - 3));
                out.push_str(&digits[n - 1..]);
            }
        }
        digits.clear();
        out.extend(c);
    }
    out
}

/// Whether a line did something to organisations, officers, partners, local rules or the calendar.
pub(crate) fn tells_of_institutions(line: &Line) -> bool {
    line.outcome == DONE && Subject::parse(&line.subject) == Some(Subject::Institution)
}

/// A question that was read.
struct Asked {
    from: Instant,
    until: Instant,
    verb: Option<&'static str>,
    actor: Option<String>,
    below: Option<BTreeSet<OrgId>>,
    outcome: Option<String>,
    refused: bool,
    subject: Option<String>,
}

fn officer_of(actor: &str) -> Option<OfficerId> {
    actor.strip_prefix("officer:").and_then(|id| id.parse().ok()).map(OfficerId)
}

/// An organisation and all that are below it.
fn below(institutions: &Institutions, top: OrgId) -> BTreeSet<OrgId> {
    let mut all = BTreeSet::from([top]);
    let mut grown = 0;
    while all.len() > grown {
        grown = all.len();
        let under = |o: &&kaguan_domain::facts::institution::Organisation| {
            o.parent.is_some_and(|parent| all.contains(&parent))
        };
        let found: Vec<OrgId> = institutions.orgs().filter(under).map(|o| o.id).collect();
        all.extend(found);
    }
    all
}

/// Whoever has a sign-in name or a code, or is the system under one of its names, as the journal writes an actor.
fn actor_by_code(institutions: &Institutions, code: &str) -> Option<String> {
    if let Some(officer) = institutions.officer_by_login(code) {
        return Some(Actor::Officer(officer.id).text());
    }
    // 机构与权限日志 calls it by those who work on the server.
    if ["system", "系统", "运维人员"].contains(&code) {
        return Some(Actor::System.text());
    }
    let numbered = |kind: &str| code.strip_prefix(kind).is_some_and(|id| id.parse::<i64>().is_ok());
    (numbered("kiosk:") || numbered("officer:") || PartnerId::parse(code).is_some()).then(|| code.to_owned())
}

/// What stands in brackets behind a name, as lists have it: 王五（wangwu）, 中国工商银行（bank:95588）.
fn in_brackets(typed: &str) -> Option<&str> {
    let inside = typed.strip_suffix('）').or_else(|| typed.strip_suffix(')'))?;
    inside.rsplit_once(['（', '(']).map(|(_, code)| code.trim())
}

/// Whoever is meant, as the journal writes an actor: by what a list shows of him, or a part of it that is nobody else's.
fn actor_of(institutions: &Institutions, typed: &str) -> Result<String, String> {
    let known = in_brackets(typed).and_then(|code| actor_by_code(institutions, code));
    if let Some(known) = known.or_else(|| actor_by_code(institutions, typed)) {
        return Ok(known);
    }
    let officers = institutions.officers().filter(|o| o.name == typed).map(|o| Actor::Officer(o.id).text());
    let partners = institutions.partners().filter(|p| p.name == typed).map(|p| p.id.to_string());
    let desks = institutions.desks().filter(|d| d.name == typed).map(|d| Actor::Kiosk(d.id).text());
    let mut named = officers.chain(partners).chain(desks);
    match (named.next(), named.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err("有多个同名的办理人，请填登录名，或清单上括号内的代码".into()),
        (None, _) => Err("没有该办理人，请填登录名、姓名、“系统”或合作方（如bank:95588）".into()),
    }
}

impl Asked {
    async fn read(service: &Service, ask: &AskLines) -> Result<Result<Self, Vec<String>>, Failure> {
        let institutions = service.institutions();
        let mut wrong = Vec::new();
        let mut day = |text: &str, what: &str| match text.trim() {
            "" => None,
            text => {
                let day = text.parse::<Date>().ok();
                wrong.extend(day.is_none().then(|| format!("{what}应为YYYY-MM-DD")));
                day
            }
        };
        let (from, to) = (day(&ask.from, "起始日"), day(&ask.to, "截止日"));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            wrong.push("起始日晚于截止日".into());
        }
        let until = to.and_then(|day| day.checked_add(1.day()).ok());
        let verb = Some(ask.verb.trim()).filter(|v| !v.is_empty()).map(Verb::from_code);
        if verb == Some(None) {
            wrong.push("没有该事项，请在列表中选择".into());
        }
        let mut told = |read: Option<Result<String, String>>| match read {
            Some(Err(why)) => {
                wrong.push(why);
                None
            }
            Some(Ok(read)) => Some(read),
            None => None,
        };
        let typed = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        let actor = told(typed(&ask.who).map(|who| actor_of(&institutions, &who)));
        let below = match typed(&ask.org).map(|org| org_of(&institutions, &org)) {
            Some(Ok(top)) => Some(below(&institutions, top)),
            Some(Err(why)) => {
                wrong.push(why);
                None
            }
            None => None,
        };
        let outcome = ask.outcome.trim();
        let known = outcome == DONE || Reason::ALL.iter().any(|r| r.code() == outcome);
        if !known && !outcome.is_empty() && outcome != "refused" {
            wrong.push("没有该结果，请在列表中选择".into());
        }
        let subject = match typed(&ask.about) {
            Some(about) => match service.subject_of(&about).await? {
                Some(subject) => Some(subject.text()),
                None => {
                    wrong.push("没有该申领表编码或批次号".into());
                    None
                }
            },
            None => None,
        };
        if !wrong.is_empty() {
            return Ok(Err(wrong));
        }
        Ok(Ok(Self {
            from: from.map_or(Instant(i64::MIN), Instant::at_start_of),
            until: until.map_or(Instant(i64::MAX), Instant::at_start_of),
            verb: verb.flatten().map(Verb::code),
            actor,
            below,
            outcome: known.then(|| outcome.to_owned()),
            refused: outcome == "refused",
            subject,
        }))
    }

    fn of_store(&self) -> LinesAsked<'_> {
        LinesAsked {
            subject: self.subject.as_deref(),
            from: self.from,
            until: self.until,
            command: self.verb,
            actor: self.actor.as_deref(),
            outcome: self.outcome.as_deref(),
            but: self.refused.then_some(DONE),
        }
    }

    /// Whether whoever gave it worked, then, where it is asked for.
    fn is_of(&self, institutions: &Institutions, officer: Option<OfficerId>, at: Instant) -> bool {
        let Some(below) = &self.below else { return true };
        officer.and_then(|id| institutions.office_of(id, at)).is_some_and(|org| below.contains(&org))
    }
}

impl Service {
    /// What a number is of, as lines write it.
    async fn subject_of(&self, about: &str) -> Result<Option<Subject>, Failure> {
        if let Some(subject) = Subject::parse(about).filter(|s| *s != Subject::Nobody) {
            return Ok(Some(subject));
        }
        let claim = Claim::form_number(&Field::FormNo.folded(about));
        let request = LoadRequest { claims: vec![claim.clone()], ..LoadRequest::default() };
        let found = self.store().load(&request).await?.claims.get(&claim).copied();
        match found {
            Some(holder) => Ok(Some(Subject::Holder(holder))),
            None => Ok(self.store().batch_numbered(about).await?.map(Subject::Batch)),
        }
    }

    /// Lines between two, newest first, at most so many; and the last one that was looked at.
    async fn lines_between(
        &self,
        asked: &Asked,
        mut before: i64,
        from: i64,
        most: usize,
    ) -> Result<Vec<JournalLine>, Failure> {
        let institutions = self.institutions();
        let mut out = Vec::new();
        let round = if most > ON_A_PAGE + 1 || asked.below.is_some() { ROUND } else { ON_A_PAGE as i64 + 1 };
        loop {
            let found = self.store().lines(&asked.of_store(), before, from, round).await?;
            let last = found.len() < round as usize;
            before = found.last().map_or(from, |line| line.seq);
            for line in found {
                let officer = officer_of(&line.actor);
                if asked.is_of(&institutions, officer, line.at) {
                    out.push(JournalLine { line, officer, events: Vec::new() });
                }
                if out.len() == most {
                    return Ok(out);
                }
            }
            if last {
                return Ok(out);
            }
        }
    }

    /// Which organisation, officer, partner, rules or days the lines about them are about.
    async fn tell_what_happened(&self, lines: &mut [JournalLine]) -> Result<(), Failure> {
        let told = lines.iter().filter(|of| tells_of_institutions(&of.line)).map(|of| of.line.seq).collect();
        let mut events = self.institution_events_at(told).await?;
        for of in lines {
            of.events = events.remove(&of.line.seq).unwrap_or_default();
        }
        Ok(())
    }

    /// What some lines about organisations, officers, partners, local rules or the calendar did, by their numbers.
    pub(crate) async fn institution_events_at(
        &self,
        wanted: Vec<i64>,
    ) -> Result<BTreeMap<i64, Vec<InstitutionEvent>>, Failure> {
        let mut events = BTreeMap::new();
        for some in wanted.chunks(AT_ONCE) {
            for entry in self.store().entries_at(some.to_vec()).await? {
                events.insert(entry.seq, self.store().institution_events_of(&entry)?);
            }
        }
        Ok(events)
    }

    /// The application that each of some lines is about, by the line: of those that did something, and only where the file has several. What
    /// is about the person is not among them.
    pub(crate) async fn applications_at(
        &self,
        loaded: &Loaded,
        lines: &[Line],
    ) -> Result<BTreeMap<i64, Application>, Failure> {
        let of = |line: &Line| match Subject::parse(&line.subject) {
            Some(Subject::Holder(id)) if line.outcome == DONE => {
                loaded.holders.get(&id).filter(|file| file.applications.len() > 1)
            }
            Some(_) | None => None,
        };
        let files: BTreeMap<i64, &HolderFile> =
            lines.iter().filter_map(|line| Some((line.seq, of(line)?))).collect();
        let mut found = BTreeMap::new();
        for some in files.keys().copied().collect::<Vec<_>>().chunks(AT_ONCE) {
            for entry in self.store().entries_at(some.to_vec()).await? {
                let Some(file) = files.get(&entry.seq) else { continue };
                let about = file.application_in(&self.store().holder_events(&entry)?).cloned();
                found.extend(about.map(|a| (entry.seq, a)));
            }
        }
        Ok(found)
    }

    /// The first and last line, exclusive, between which the time of a question lies.
    async fn reach(&self, asked: &Asked) -> Result<(i64, i64), Failure> {
        let around = |at: Instant, by: i64| Instant(at.0.saturating_add(by));
        let first = match asked.from {
            Instant(i64::MIN) => 1,
            from => self.store().first_line_at(around(from, -AROUND)).await?,
        };
        let last = match asked.until {
            Instant(i64::MAX) => i64::MAX,
            until => self.store().first_line_at(around(until, AROUND)).await?,
        };
        Ok((first, last))
    }

    /// 审计日志: a page of lines, before one of them or from the latest on.
    pub async fn journal_for(
        &self,
        actor: &Actor,
        ask: &AskLines,
        before: Option<i64>,
    ) -> Result<JournalPage, Failure> {
        clause!(R39.1);
        self.may(actor, Verb::LookAtJournal, &Place::Anywhere)?;
        let asked = match Asked::read(self, ask).await? {
            Ok(asked) => asked,
            Err(wrong) => return Ok(JournalPage { wrong, ..JournalPage::default() }),
        };
        let (first, last) = self.reach(&asked).await?;
        let before = before.unwrap_or(i64::MAX).min(last).min(self.store().last_line().await? + 1);
        // An index leads to the lines of a subject; all others are looked through a stretch at a time.
        let from = if asked.subject.is_some() { first } else { first.max(before - WINDOW) };
        let mut lines = self.lines_between(&asked, before, from, ON_A_PAGE + 1).await?;
        let more = lines.len() > ON_A_PAGE;
        lines.truncate(ON_A_PAGE);
        self.tell_what_happened(&mut lines).await?;
        let next = match more {
            true => lines.last().map(|l| l.line.seq),
            false => (from > first).then_some(from),
        };
        Ok(JournalPage { lines, wrong: Vec::new(), next })
    }

    /// One line with its proof, what it did to organisations and rights, and why somebody looked; all else stays sealed.
    pub async fn journal_line_for(&self, actor: &Actor, seq: i64) -> Result<Option<ProvedLine>, Failure> {
        clause!(R39.1);
        self.may(actor, Verb::LookAtJournal, &Place::Anywhere)?;
        let Some(proof) = self.store().proof(seq).await? else { return Ok(None) };
        let e = &proof.entry;
        let (mut events, mut door, mut reason) = (Vec::new(), Vec::new(), None);
        match Subject::parse(&e.subject).filter(|_| e.is_done()) {
            Some(Subject::Institution) => events = self.store().institution_events_of(e)?,
            Some(Subject::Holder(_)) => {
                let why = |event: &HolderEvent| {
                    let HolderEvent::LookedAt { reason, .. } = event else { return None };
                    Some(without_numbers(reason))
                };
                reason = self.store().holder_events(e)?.iter().find_map(why);
            }
            Some(Subject::Officer(_) | Subject::Strangers) => door = self.store().door_events(e)?,
            Some(_) | None => {}
        }
        Ok(Some(ProvedLine { proof, events, door, reason }))
    }

    /// 导出审计日志: the lines as a signed CSV file, once the journal has a line of the export.
    pub async fn export_journal(
        &self,
        ctx: Ctx,
        ask: &AskLines,
        happened: Happened,
    ) -> Result<Result<String, Vec<String>>, Failure> {
        clause!(R39.1);
        self.may(&ctx.actor, Verb::ExportJournal, &Place::Anywhere)?;
        let asked = match Asked::read(self, ask).await? {
            Ok(asked) => asked,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let (first, last) = self.reach(&asked).await?;
        let mut lines = self.lines_between(&asked, last, first, MOST + 1).await?;
        if lines.len() > MOST {
            return Ok(Err(vec![format!("符合条件的日志超过{MOST}行，请缩小时间范围，分次导出")]));
        }
        if lines.is_empty() {
            return Ok(Err(vec!["没有符合条件的日志".into()]));
        }
        self.tell_what_happened(&mut lines).await?;
        let institutions = self.institutions();
        let conditions = ask.said();
        let mut text = format!("# 审计日志导出　条件：{conditions}　导出时间：{}\n", ctx.now.local());
        if let Some(newest) = lines.first()
            && let Some(proof) = self.store().proof(newest.line.seq).await?
        {
            let (block, hash) = (proof.block.seq, hex(&proof.block.hash()));
            text.push_str(&format!("# 日志所在区块{block}　区块哈希{hash}　SM2签名{}\n", proof.signature));
        }
        text.push_str(EXPORTED);
        for line in &lines {
            text.push_str(&exported(&institutions, line, happened).each_ref().map(|c| cell(c)).join(","));
            text.push('\n');
        }
        let (file, digest) = self.store().signed(&text);
        let lines = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let export = InstitutionCommand::ExportJournal(ExportJournal { lines, digest, asked: conditions });
        self.execute(ctx, Command::Institution(export)).await?;
        Ok(Ok(file))
    }
}

/// The columns of an export: what the pages say in words, and behind it the codes of what has one.
const EXPORTED: &str = "日志号,时间,办理人,登录名,机构,渠道,事项,事项代码,对象,结果,结果代码,依据,办理人代码,渠道代码,对象代码,依据代码\n";

/// The office of whoever gave a line, as it was called then: a file that is signed says the same of a line whenever it is made.
pub fn office_then(institutions: &Institutions, by: Option<OfficerId>, at: Instant) -> Option<String> {
    let office = by.and_then(|id| institutions.office_of(id, at))?;
    institutions.org_as_of(office, at).map(|o| o.name)
}

/// A line of the export.
fn exported(institutions: &Institutions, of: &JournalLine, happened: Happened) -> [String; 16] {
    let JournalLine { line, officer, events } = of;
    let officer = officer.and_then(|id| institutions.officer(id));
    let name = officer.map_or_else(|| who(institutions, &line.actor, None), |o| o.name.clone());
    let org = office_then(institutions, of.officer, line.at);
    [
        line.seq.to_string(),
        line.at.local(),
        name,
        officer.map(|o| o.login.clone()).unwrap_or_default(),
        org.unwrap_or_default(),
        channel(&line.channel).to_owned(),
        Verb::from_code(&line.command).map_or("", Verb::name).to_owned(),
        line.command.clone(),
        about(institutions, &line.subject, events, happened),
        line.outcome_name().to_owned(),
        line.outcome.clone(),
        cite(&line.clause),
        line.actor.clone(),
        line.channel.clone(),
        line.subject.clone(),
        line.clause.clone(),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl AskLines {
    /// The question in words; a number of somebody's form is not repeated.
    fn said(&self) -> String {
        let verb = Verb::from_code(&self.verb).map_or("", Verb::name);
        let refused = || Reason::ALL.iter().find(|r| r.code() == self.outcome).map_or("", |r| r.says());
        let outcome = match self.outcome.as_str() {
            DONE => "已办理",
            "refused" => "被拒绝",
            _ => refused(),
        };
        let about = if self.about.trim().is_empty() { "" } else { "按申领表编码或批次号" };
        let parts = [
            ("自", self.from.as_str()),
            ("至", self.to.as_str()),
            ("事项", verb),
            ("办理人", self.who.trim()),
            ("机构", self.org.trim()),
            ("结果", outcome),
            ("对象", about),
        ];
        let said: Vec<String> =
            parts.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}{v}")).collect();
        if said.is_empty() { "全部".into() } else { said.join("，") }
    }
}
