//! What stands around every page: title, menu, who works here, and what was done or refused.

use crate::menu::{self, Screen};
use crate::receipts;
use crate::session::SignedIn;
use kaguan_domain::clause;
use kaguan_domain::permission::Verb;
use kaguan_service::{Failure, Receipt};

/// What stands around every page.
pub struct Frame {
    /// Title.
    pub title: &'static str,
    /// Where the officer works.
    pub org: String,
    pub officer: String,
    pub role: &'static str,
    /// The menu of the role.
    pub menu: Vec<&'static Screen>,
    /// Whether the officer may look for holders: the field at the top.
    pub finds: bool,
    /// What was done, or refused and why.
    pub notice: Option<Notice>,
}

/// One group of the menu, as the regulation names it.
pub struct Group {
    pub name: &'static str,
    pub screens: Vec<&'static Screen>,
}

/// A notice on top of a page.
pub struct Notice {
    /// Whether something is wrong.
    pub wrong: bool,
    /// The sentence.
    pub text: String,
    /// Where the receipt of what was done is printed.
    pub receipt: Option<String>,
}

impl Notice {
    fn wrong(text: String) -> Self {
        Self { wrong: true, text, receipt: None }
    }
}

impl Frame {
    /// The frame of an officer's page.
    pub fn of(me: &SignedIn, title: &'static str) -> Self {
        let menu = menu::of(me);
        let finds = menu.iter().any(|s| s.verb == Verb::LookAtHolder);
        let (org, officer, role) = (me.org.name.clone(), me.officer.name.clone(), me.officer.role.name());
        Self { title, org, officer, role, menu, finds, notice: None }
    }

    /// The menu by its groups, in the order of their first screens.
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for screen in &self.menu {
            match groups.iter_mut().find(|g| g.name == screen.group) {
                Some(group) => group.screens.push(screen),
                None => groups.push(Group { name: screen.group, screens: vec![screen] }),
            }
        }
        groups
    }

    /// The screen of the menu that this page is; several businesses may be done on one page, then its own name decides.
    fn here(&self) -> Option<&'static Screen> {
        self.menu.iter().find(|s| s.name == self.title).copied()
    }

    /// The group of the page, for the line above its title; empty for a page that the menu does not name.
    pub fn group(&self) -> &'static str {
        self.here().map_or("", |s| s.group)
    }

    /// Whether a line of the menu is this page.
    pub fn is_at(&self, screen: &&'static Screen) -> bool {
        self.here().is_some_and(|here| here.name == screen.name)
    }

    /// Whether the page says that something is wrong: its title then says so first.
    pub fn is_wrong(&self) -> bool {
        self.notice.as_ref().is_some_and(|n| n.wrong)
    }

    /// The same with the outcome of a command.
    pub fn after<T>(mut self, outcome: Result<T, Failure>, done: &str) -> Self {
        self.notice = Some(match outcome {
            Ok(_) => Notice { wrong: false, text: done.into(), receipt: None },
            Err(e) => Notice::wrong(e.to_string()),
        });
        self
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

    /// Says why something of the page cannot be shown, unless something was said before.
    pub fn say(&mut self, why: &Failure) {
        self.notice.get_or_insert_with(|| Notice::wrong(why.to_string()));
    }

    /// The same with what was done.
    pub fn done(mut self, text: impl Into<String>) -> Self {
        self.notice = Some(Notice { wrong: false, text: text.into(), receipt: None });
        self
    }

    /// The same with something wrong.
    pub fn wrong(mut self, text: impl Into<String>) -> Self {
        self.notice = Some(Notice::wrong(text.into()));
        self
    }
}
