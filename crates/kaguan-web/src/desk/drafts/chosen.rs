//! What of a kept form was chosen and not typed: it is shown beside what can be changed, for nobody confirms what he does not see.

use super::words::{Word, word};
use crate::Console;
use crate::happened::{fingerprint, partner_name, said_of_partner};
use crate::institution::officers::{name_of, said_of};
use crate::session::SignedIn;
use kaguan_domain::ctx::Instant;
use kaguan_domain::facts::archive::Case;
use kaguan_domain::facts::role::Task;
use kaguan_domain::ids::{
    ApplicationId, BankCode, BatchId, BlankOrderId, BoxId, CardId, CaseId, CityCode, DeskId, HolderId,
    MaterialId, OfficerId, OrgId, PartnerId, PartnerKind,
};
use kaguan_service::{Item, Looked, Seen};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

/// Why a person is looked at here.
const WHY: &str = "继续办理保留的表单前核对持卡人（脱敏显示）";
/// The most people that a form is shown with: each is a look. What is about more is counted.
const PEOPLE: usize = 20;

/// Whoever a form is about: each is looked at once, which leaves its line.
struct About<'a> {
    console: &'a Console,
    me: &'a SignedIn,
    form: &'a str,
    typed: &'a BTreeMap<String, String>,
    seen: HashMap<i64, Seen<Looked>>,
    /// Why somebody was not shown.
    refused: BTreeMap<i64, String>,
    /// Why something else was not.
    unread: Vec<String>,
}

fn who(seen: &Looked) -> Option<String> {
    let details = &seen.file.person.as_ref()?.details;
    Some(format!("{}　{}", details.name.masked(), details.ssn.masked()))
}

impl<'a> About<'a> {
    /// Nobody of it is looked at yet.
    fn of(
        console: &'a Console,
        me: &'a SignedIn,
        form: &'a str,
        typed: &'a BTreeMap<String, String>,
    ) -> Self {
        let (seen, refused, unread) = (HashMap::new(), BTreeMap::new(), Vec::new());
        Self { console, me, form, typed, seen, refused, unread }
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.typed.get(name)?.trim().parse().ok()
    }

    async fn person(&mut self, holder: i64) -> Option<&Seen<Looked>> {
        let tried = self.seen.contains_key(&holder) || self.refused.contains_key(&holder);
        if !tried && self.seen.len() + self.refused.len() < PEOPLE {
            match self.console.service.look(self.me.ctx(self.console), HolderId(holder), WHY).await {
                Ok(seen) => {
                    self.seen.insert(holder, seen);
                }
                Err(why) => {
                    self.refused.insert(holder, why.to_string());
                }
            }
        }
        self.seen.get(&holder)
    }

    /// A card of somebody, masked.
    async fn card_of(&mut self, holder: i64, card: i64) -> Option<String> {
        Some(self.person(holder).await?.file.card(CardId(card))?.card_no.masked())
    }

    /// What was found; why it could not be is told.
    fn read<T, E: Display>(&mut self, found: Result<T, E>) -> Option<T> {
        found.map_err(|why| self.unread.push(why.to_string())).ok()
    }

    async fn batch(&mut self, id: i64) -> Option<String> {
        let found = self.console.service.batch(BatchId(id)).await;
        self.read(found)??.batch.map(|batch| batch.number)
    }

    /// Where a box of finished cards stands in its batch, for whoever may see it there.
    async fn finished_box(&mut self, id: i64) -> Option<String> {
        let batch = BatchId(self.number("batch")?);
        let found = self.console.service.tree_for(&self.me.actor(), batch).await;
        self.read(found)?.box_file(BoxId(id)).map(|b| b.number.clone())
    }

    async fn order(&mut self, id: i64) -> Option<String> {
        let found = self.console.service.blank_order_for(&self.me.actor(), BlankOrderId(id)).await;
        self.read(found)?.order.map(|order| order.number)
    }

    /// An organisation by its identity, or by what was typed for it.
    fn org(&self, value: &str) -> Option<String> {
        let institutions = self.console.service.institutions();
        let by_id = value.parse().ok().and_then(|id| institutions.org(OrgId(id)));
        let org = by_id.or_else(|| institutions.org_by_code(value));
        let typed = || value.parse::<i64>().is_err().then(|| value.to_owned());
        org.map(|org| org.name.clone()).or_else(typed)
    }

    /// A case that restricts the card, or one of the archive.
    async fn case(&mut self, value: &str) -> Option<String> {
        let (holder, card) = (self.number("holder")?, self.number("card"));
        let seen = self.person(holder).await?;
        if let Some(card) = card {
            let case = CaseId(value.parse().ok()?);
            let all = &seen.file.card(CardId(card))?.restrictions;
            return all.iter().find(|r| r.case == case).map(|r| r.said(CardId(card)));
        }
        let (kind, id) = value.split_at_checked(1)?;
        let id = id.parse().ok()?;
        match kind {
            "a" => seen.file.application(ApplicationId(id)).map(|a| format!("申请：申领表{}", a.form_no)),
            "c" => seen.file.card(CardId(id)).map(|c| format!("社保卡{}的业务", c.card_no.masked())),
            _ => None,
        }
    }

    async fn material(&mut self, holder: i64, id: i64) -> Option<String> {
        let seen = self.person(holder).await?;
        let person = seen.file.person.as_ref()?;
        let material = person.archive.iter().find(|m| m.id == MaterialId(id))?;
        let of = match material.case {
            Case::Application(id) => seen.file.application(id).map(|a| a.form_no.clone()),
            Case::Card(id) => seen.file.card(id).map(|c| c.card_no.masked()),
        };
        Some(format!("{}　{}　{}", material.kind.name(), who(seen)?, of.unwrap_or_default()))
    }

    /// What a field that names something names; `None` of what cannot be said here.
    async fn named(&mut self, name: &str, value: &str) -> Option<String> {
        let number = || value.parse::<i64>().ok();
        if name.starts_with("card_") {
            let (holder, card) = value.split_once('-')?;
            let (holder, card) = (holder.parse().ok()?, card.parse().ok()?);
            let card = self.card_of(holder, card).await?;
            return Some(format!("{card}　{}", who(self.person(holder).await?)?));
        }
        if name.starts_with("short_") || name == "counted_at" {
            return Some(format!("{}登记的短少", Instant(number()?).local()));
        }
        if let Some(id) = name.strip_prefix("m-") {
            return self.material(number()?, id.parse().ok()?).await;
        }
        let institutions = self.console.service.institutions();
        match name {
            "holder" | "other" => who(self.person(number()?).await?),
            "keep" if value == "all" => Some("全部清理（首次申领）".to_owned()),
            "card" | "keep" => {
                let (holder, other, card) = (self.number("holder")?, self.number("other"), number()?);
                match self.card_of(holder, card).await {
                    Some(card) => Some(card),
                    None => self.card_of(other?, card).await,
                }
            }
            "cards" => Some(format!("{}张", value.split(',').count())),
            "application" => {
                let holder = self.number("holder")?;
                let application = ApplicationId(number()?);
                self.person(holder).await?.file.application(application).map(|a| a.form_no.clone())
            }
            "case" | "to_case" => self.case(value).await,
            "material" => {
                let holder = self.number("holder")?;
                self.material(holder, number()?).await
            }
            "batch" => self.batch(number()?).await,
            // A box of pre-made cards is called by its place itself.
            "box" if self.form.starts_with("/blanks") => Some(value.to_owned()),
            "box" => self.finished_box(number()?).await,
            "order" => self.order(number()?).await,
            "task" => Task::from_code(value).map(|task| task.name().to_owned()),
            "officer" => Some(name_of(&institutions, Some(OfficerId(number()?)))),
            "org" | "to" | "collect_at" | "parent" | "answers" => self.org(value),
            "partner" => Some(partner_name(&institutions, &PartnerId::parse(value)?)),
            "public" => {
                let digits: String = value.split_whitespace().collect();
                Some(fingerprint(&digits.to_lowercase()))
            }
            "city" => Some(CityCode(value.to_owned()).name().to_owned()),
            "bank" => Some(BankCode(value.to_owned()).name().to_owned()),
            "carrier" => {
                let mut posts = institutions.partners().filter(|p| p.id.kind == PartnerKind::Post);
                posts.find(|p| p.id.code == value).map(|p| p.name.clone())
            }
            "desk" => {
                let desk = institutions.desk(DeskId(number()?))?;
                Some(format!("{}　{}", self.org(&desk.outlet.0.to_string())?, desk.name))
            }
            "from" | "until" => Some(value.replace('T', " ")),
            "field" => Item::from_code(value).map(|item| item.name().to_owned()),
            "id" if self.form.starts_with("/officers") => {
                Some(said_of(&institutions, institutions.officer_change(number()?)?))
            }
            "id" if self.form.starts_with("/partners") => {
                let now = Some(self.console.service.now());
                Some(said_of_partner(&institutions, institutions.partner_change(number()?)?, now))
            }
            // What is called by what it is sent as.
            "key" | "login" | "unit" | "employer" | "letter" | "surplus" | "form_no" | "printed_name" => {
                Some(value.to_owned())
            }
            _ => None,
        }
    }
}

/// What tells two kept forms of one screen apart and names nobody, in the order in which it is said.
const THINGS: [&str; 14] = [
    "batch", "order", "box", "form_no", "unit", "to", "org", "partner", "key", "desk", "task", "letter",
    "city", "bank",
];

/// What a kept form is about, where it is about nobody: a batch, a box, an order, an organisation, each after its label. Nobody is looked at for
/// it; empty when nothing of this was filled in.
pub async fn things(
    console: &Console,
    me: &SignedIn,
    form: &str,
    typed: &BTreeMap<String, String>,
) -> String {
    let mut about = About::of(console, me, form, typed);
    let mut said: Vec<String> = Vec::new();
    let unit = form.strip_prefix("/units/").and_then(|rest| rest.split('/').next());
    said.extend(unit.map(|unit| format!("受理编号{unit}")));
    for name in THINGS {
        let Some(value) = typed.get(name).filter(|value| !value.is_empty()) else { continue };
        if let Some(Word::Named(label)) = word(form, name) {
            said.extend(about.named(name, value).await.map(|what| format!("{label}{what}")));
        }
    }
    let cards = typed.keys().filter(|name| name.starts_with("card_")).count();
    if cards > 0 {
        said.push(format!("勾选的卡{cards}张"));
    }
    // What it is ordered of is not enough: an order is told from another of the same bank by how many cards it asks for.
    let quantity = typed.get("quantity").map(|n| n.trim()).filter(|n| !n.is_empty());
    said.extend(quantity.map(|n| format!("{n}张")));
    said.join("，")
}

/// What was chosen in a kept form, with its label, and how many items there are no words for. Whom it is about is looked at, which leaves
/// its line.
pub async fn chosen(
    console: &Console,
    me: &SignedIn,
    form: &str,
    typed: &BTreeMap<String, String>,
) -> (Vec<(&'static str, String)>, usize) {
    let mut about = About::of(console, me, form, typed);
    let (mut known, mut others) = (Vec::new(), 0);
    // The unit application of a form stands in its address.
    let unit = form.strip_prefix("/units/").and_then(|rest| rest.split('/').next());
    known.extend(unit.map(|unit| ("受理编号", unit.to_owned())));
    for (name, value) in typed.iter().filter(|(_, value)| !value.is_empty()) {
        let said = match word(form, name) {
            Some(Word::Silent) => continue,
            Some(Word::Named(label)) => about.named(name, value).await.map(|said| (label, said)),
            Some(Word::Act(label, few)) => {
                few.iter().find(|(code, _)| code == value).map(|(_, name)| (label, (*name).to_owned()))
            }
            // What is written stands in its field, and what was chosen of a list that has it no more is nowhere.
            Some(
                Word::Text(_)
                | Word::Lines(_)
                | Word::Day(_)
                | Word::Tick(_)
                | Word::Item(_)
                | Word::Of(..)
                | Word::Among(..),
            )
            | None => None,
        };
        match said {
            Some(said) => known.push(said),
            None => others += 1,
        }
    }
    known.extend(about.refused.into_values().map(|why| ("持卡人", why)));
    known.extend(about.unread.into_iter().map(|why| ("未能显示", why)));
    (known, others)
}
