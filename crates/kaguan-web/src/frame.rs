//! What stands around every page: title, menu, who works here, and what was done or refused.

use crate::Console;
use crate::desk::open_clocks::{self, Counts, Open};
use crate::list::beside;
use crate::marks::{self, Fault, Posted};
use crate::menu::{self, Line};
use crate::records::receipts;
use crate::refill::refilled;
use crate::session::SignedIn;
use crate::wrong;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use kaguan_domain::clause;
use kaguan_domain::permission::Verb;
use kaguan_domain::refusal::Reason;
use kaguan_service::{Failure, Part, Receipt};
use std::sync::atomic::{AtomicU32, Ordering};

/// A page answers with the status that its frame says.
macro_rules! page {
    ($Page:ty) => {
        impl axum::response::IntoResponse for $Page {
            fn into_response(self) -> axum::response::Response {
                $crate::frame::shown(&self.frame, &self)
            }
        }
    };
}
pub(crate) use page;

/// A page with its status; what was refused is marked beside its fields.
pub fn shown(frame: &Frame, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (frame.status, Html(frame.marked(html))).into_response(),
        Err(why) => {
            tracing::error!(%why, "a page could not be made");
            wrong::page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "页面不能生成，请稍后重试；多次出现请联系系统管理员",
            )
        }
    }
}

/// What stands around every page.
pub struct Frame {
    /// Title.
    pub title: &'static str,
    /// Where the officer works.
    pub org: String,
    pub officer: String,
    pub role: &'static str,
    /// What of the officer's place is late and ends today, each a link to 今日工作; what answers a form has it when it is shown.
    pub open: String,
    /// The menu of the role.
    pub menu: Vec<Line>,
    /// Whether the officer may look for holders: the field at the top.
    pub finds: bool,
    /// Whether a desk can read a card for its fields.
    pub has_desk: bool,
    /// Whether papers can be scanned there.
    pub scans: bool,
    /// The number that the desk read for this page; empty when it read none.
    pub read: String,
    /// Which line of the menu was pressed, of several that lead to the same page; empty when the address does not say.
    of: &'static str,
    /// Where the page stands in the menu, when its title is the name of no screen: at the address that was asked.
    at: &'static str,
    /// What was done, or refused and why.
    pub notice: Option<Notice>,
    /// Whether the page says that something is wrong, and how: 422 for what was refused, 503 for what could not be found out.
    pub status: StatusCode,
    /// The form that was sent, when this page answers one.
    posted: Option<Posted>,
    /// What a refusal is about, by the names of fields.
    faults: Vec<Fault>,
    /// Whether a rule refused, which does not know the fields of this page: its sentence may name one by its label.
    by_rule: bool,
    /// Where the result is of the form that was sent, when it was done before.
    first_result: Option<String>,
    /// So many seconds are left until the session is too old: its page says so in time.
    pub left: i64,
    /// The token that this page gives its forms.
    token: String,
    /// What the address asks of the lists on the page, which goes on with its forms.
    listed: String,
    forms: AtomicU32,
}

/// One group of the menu, as the regulation names it.
pub struct Group {
    pub name: &'static str,
    pub screens: Vec<Line>,
}

/// A notice on top of a page.
pub struct Notice {
    /// Whether something is wrong.
    pub wrong: bool,
    /// The sentence.
    pub text: String,
    /// Where the receipt of what was done is printed.
    pub receipt: Option<String>,
    /// Where the result is of the form that was done before with other content.
    pub first: Option<String>,
}

/// Whether a refusal says that this is not the officer's to do, or not here.
fn is_about_rights(reason: Reason) -> bool {
    [Reason::NotPermitted, Reason::OutOfScope, Reason::OfficerInactive, Reason::NotYourData].contains(&reason)
}

/// As a page says that something may not be done, was refused, or could not be found out.
pub fn status_of(why: &Failure) -> StatusCode {
    match why {
        Failure::Refused(r) if is_about_rights(r.reason) => StatusCode::FORBIDDEN,
        Failure::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What a page says of something that was not done.
pub fn sentence(why: &Failure) -> String {
    match why {
        Failure::Refused(r) if r.reason == Reason::RequestKeyReused => {
            "这份表单已经办理过一次，这次填写的内容与上次不同，没有办理。请查看上次的结果；确需另办的，核对后用本页的表单提交。".into()
        }
        why => why.to_string(),
    }
}

/// Why something was not done: the sentence, the status of the page that says it, and the field that it is about where that is known.
pub struct Said {
    status: StatusCode,
    text: String,
    field: Option<&'static str>,
    by_rule: bool,
}

impl Said {
    /// The same about a field of the form that was sent.
    pub fn about(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, text, field: None, by_rule: false }
    }
}

impl From<&str> for Said {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&Failure> for Said {
    fn from(why: &Failure) -> Self {
        Self { status: status_of(why), text: sentence(why), field: None, by_rule: true }
    }
}

impl From<Failure> for Said {
    fn from(why: Failure) -> Self {
        (&why).into()
    }
}

impl Notice {
    fn wrong(text: String) -> Self {
        Self { wrong: true, text, receipt: None, first: None }
    }
}

impl Frame {
    /// The same with what 今日工作 has counted, which the next pages show.
    pub fn counted(mut self, console: &Console, me: &SignedIn, counts: Counts) -> Self {
        let open = Open::Of(counts);
        console.counted.keep(me.officer.id, console.service.now().date(), open);
        self.open = open_clocks::head(open, &me.org);
        self
    }

    /// Nobody types or points for so many seconds: the session has ended, and its page leaves the screen.
    pub fn idle(&self) -> i64 {
        kaguan_service::IDLE_SECONDS + 60
    }

    /// The frame of an officer's page.
    pub fn of(me: &SignedIn, title: &'static str) -> Self {
        let menu = menu::of(me);
        let finds = menu.iter().any(|s| s.verb == Verb::LookAtHolder);
        // What stands in an address is only compared.
        let of = menu.iter().find(|s| s.path == me.screen && s.of == me.of).map_or("", |s| s.of);
        let (org, officer, role) = (me.org.name.clone(), me.officer.name.clone(), me.officer.role.name());
        let status = StatusCode::OK;
        let (read, unread) = match &me.read {
            Some(Ok(number)) => (number.clone(), None),
            Some(Err(why)) => (String::new(), Some(why.clone())),
            None => (String::new(), None),
        };
        let frame = Self {
            has_desk: me.has_desk,
            scans: me.scans,
            read,
            title,
            org,
            officer,
            role,
            open: open_clocks::head(me.open, &me.org),
            menu,
            finds,
            of,
            at: me.screen,
            notice: None,
            status,
            posted: me.posted.clone(),
            faults: Vec::new(),
            by_rule: false,
            first_result: me.first_result(),
            left: me.left,
            token: crate::desk::once::page_of(me.officer.id),
            listed: me.asked.behind(),
            forms: 0.into(),
        };
        match unread {
            Some(why) => frame.wrong(Said::from(why).about("number")),
            None => frame,
        }
    }

    /// The page with what was typed and was refused, and the refusal beside the fields that it is about; whoever may do nothing here has
    /// filled in nothing wrong.
    fn marked(&self, html: String) -> String {
        let (Some(posted), Some(n)) = (&self.posted, self.notice.as_ref().filter(|n| n.wrong)) else {
            return html;
        };
        let html = refilled(html, posted);
        match self.status {
            StatusCode::UNPROCESSABLE_ENTITY => {
                marks::marked(html, posted, &self.faults, &n.text, self.by_rule)
            }
            _ => html,
        }
    }

    /// The same of a page on which several screens of the regulation are done.
    pub fn at(mut self, path: &'static str) -> Self {
        self.at = path;
        self
    }

    /// The same of a form that was a button alone: no field of this page is what was sent, and none is marked.
    pub fn of_no_field(mut self) -> Self {
        self.posted = None;
        self
    }

    /// What the address of a form has behind its path: each form of a page is sent once, its answer is the page of the same line of the menu,
    /// and shows the lists as this page does.
    pub fn once(&self) -> String {
        let of = if self.of.is_empty() { String::new() } else { format!("&of={}", self.of) };
        format!("?once={}-{}{of}{}", self.token, self.forms.fetch_add(1, Ordering::Relaxed), self.listed)
    }

    /// Back to a page with its lists as they were chosen, or on to one that leads back to it: what a row of a list opens.
    pub fn back(&self, address: impl AsRef<str>) -> String {
        beside(address.as_ref(), &self.listed)
    }

    /// Whether the address asks something of a list, here or where one came from.
    pub fn asks_of(&self, list: &str) -> bool {
        self.listed.split('&').any(|pair| pair.split_once('.').is_some_and(|(of, _)| of == list))
    }

    /// The menu by its groups, in the order of their first screens.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for screen in self.menu.iter().copied() {
            match groups.iter_mut().find(|g| g.name == screen.group) {
                Some(group) => group.screens.push(screen),
                None => groups.push(Group { name: screen.group, screens: vec![screen] }),
            }
        }
        groups
    }

    /// The line that was pressed, of several that lead to this page; none where the page answers as another screen.
    fn pressed(&self) -> Option<Line> {
        let own = self.menu.iter().find(|s| !s.of.is_empty() && s.path == self.at && s.of == self.of)?;
        let elsewhere = self.menu.iter().any(|s| s.name == self.title && s.path != own.path);
        (!elsewhere).then_some(*own)
    }

    /// Whether the page was opened by the line of the menu whose address says this behind `of=`.
    pub fn opens(&self, of: &str) -> bool {
        self.pressed().is_some_and(|line| line.of == of)
    }

    /// What stands above the page: the name of the line that was pressed, as the regulation quotes it, or the page's own.
    pub fn heading(&self) -> &'static str {
        self.pressed().map_or(self.title, |line| line.name)
    }

    /// The screen of the menu that this page is: the line that was pressed, or the one of its own name, or the first that leads to it.
    fn here(&self) -> Option<Line> {
        let named = || self.menu.iter().find(|s| s.name == self.title).copied();
        let first = || self.menu.iter().find(|s| s.path == self.at).copied();
        self.pressed().or_else(named).or_else(first)
    }

    /// The group of the page, for the line above its title; empty for a page that the menu does not name.
    pub fn group(&self) -> &'static str {
        self.here().map_or("", |s| s.group)
    }

    /// The article that the page carries out, for the same line; empty for what is the console's own.
    pub fn article(&self) -> &'static str {
        self.here().map_or("", |s| s.article)
    }

    /// Whether a line of the menu is this page.
    pub fn is_at(&self, screen: &Line) -> bool {
        self.here().is_some_and(|here| here.name == screen.name)
    }

    /// Whether the page says that something is wrong: its title then says so first.
    pub fn is_wrong(&self) -> bool {
        self.notice.as_ref().is_some_and(|n| n.wrong)
    }

    /// The same with the outcome of a command.
    pub fn after<T>(self, outcome: Result<T, Failure>, done: &str) -> Self {
        match outcome {
            Ok(_) => self.done(done),
            Err(e) => self.refused(&e),
        }
    }

    /// The same with why something was not done, all of it: each beside the field that it is about.
    pub fn refused(mut self, why: &Failure) -> Self {
        clause!(R8.5);
        self.status = status_of(why);
        self.faults = why.refusal().map(marks::faults).unwrap_or_default();
        self.by_rule = true;
        let reused = why.refusal().is_some_and(|r| r.reason == Reason::RequestKeyReused);
        let first = self.first_result.clone().filter(|_| reused);
        self.notice = Some(Notice { first, ..Notice::wrong(sentence(why)) });
        self
    }

    /// The same with why several were not done: the sentence and the status of the first, the fields of all.
    pub fn refused_all<'a>(self, whys: impl IntoIterator<Item = &'a Failure>) -> Self {
        clause!(R8.5);
        let mut whys = whys.into_iter();
        let Some(first) = whys.next() else { return self };
        let mut frame = self.refused(first);
        for fault in whys.filter_map(Failure::refusal).flat_map(marks::faults) {
            if !frame.faults.contains(&fault) {
                frame.faults.push(fault);
            }
        }
        frame
    }

    /// The same with the outcome of a business on a card: what was done, and where its receipt is printed (R19.2). Every page whose
    /// business ends with a receipt says its outcome by this.
    pub fn after_business(self, outcome: Result<Receipt, Failure>, done: &str) -> Self {
        clause!(R19.2);
        let receipt = outcome.as_ref().ok().map(|r| receipts::address(r.entry));
        let mut frame = self.after(outcome, done);
        if let Some(notice) = &mut frame.notice {
            notice.receipt = receipt;
        }
        frame
    }

    /// A list, or nothing in its place and why it cannot be shown; what was said of a command before stands.
    pub fn list<T>(&mut self, list: Result<Vec<T>, Failure>) -> Option<Vec<T>> {
        list.map_err(|why| self.say(&why)).ok()
    }

    /// The same of a part of a list.
    pub fn part<T>(&mut self, part: Result<Part<T>, Failure>) -> Option<Part<T>> {
        part.map_err(|why| self.say(&why)).ok()
    }

    /// Says why something of the page cannot be shown, unless something was said before.
    pub fn say(&mut self, why: &Failure) {
        if self.notice.is_none() {
            self.status = status_of(why);
            self.notice = Some(Notice::wrong(sentence(why)));
        }
    }

    /// The same with what was done.
    pub fn done(mut self, text: impl Into<String>) -> Self {
        self.notice = Some(Notice { wrong: false, text: text.into(), receipt: None, first: None });
        self
    }

    /// The same with what everybody should know and what keeps nobody from anything, when there is such a thing.
    pub fn told(mut self, what: Option<String>) -> Self {
        self.notice = what.map(Notice::wrong).or(self.notice);
        self
    }

    /// The same with something wrong.
    pub fn wrong(mut self, said: impl Into<Said>) -> Self {
        let Said { status, text, field, by_rule } = said.into();
        self.by_rule = by_rule;
        self.faults.extend(field.map(|field| Fault::of(field, text.clone())));
        self.notice = Some(Notice::wrong(text));
        self.status = status;
        self
    }

    /// The same with one more thing that is wrong, told behind what was told already.
    pub fn wrong_too(self, said: impl Into<Said>) -> Self {
        let before = self.notice.as_ref().map(|n| n.text.clone()).unwrap_or_default();
        let mut frame = self.wrong(said);
        if let Some(notice) = &mut frame.notice {
            notice.text.insert_str(0, &before);
        }
        frame
    }

    /// The same with all that is wrong in the form that was sent, field by field, and what did not happen because of it.
    pub fn wrong_in(self, faults: Vec<Fault>, so: &str) -> Self {
        let mut all: Vec<&str> = Vec::new();
        for why in faults.iter().map(|fault| fault.why().trim_end_matches('。')) {
            if !all.contains(&why) {
                all.push(why);
            }
        }
        let so = if so.is_empty() { "。" } else { so };
        let said = format!("{}{so}", all.join("；"));
        Self { faults, ..self.wrong(said) }
    }
}
