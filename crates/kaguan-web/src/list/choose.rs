//! A list that the store gives in parts is narrowed by the store: what was chosen is asked of it, so that a part is full of it and the next part
//! goes on within it. What can be chosen is offered whole, whatever the part holds, and without counts, for nobody counted. An address that
//! chooses what is not offered chooses nothing, and the field says so: it stands at any. Where there is too much to offer, a name is written, or
//! a part of it that only one has.

use super::{Asked, Choosable, Extent, Filter, Kind, List, ListView, Row, Typed};
use kaguan_domain::codes;
use kaguan_domain::facts::institution::{Institutions, Organisation};
use kaguan_domain::facts::letter::Addressee;
use kaguan_domain::ids::{BankCode, CityCode, OrgId};
use std::collections::BTreeMap;

/// More than this is not chosen from, but written: a list of it would be longer than the page.
const OFFERED: usize = 300;
/// So many of those that fit what was written are named.
const NAMED: usize = 3;

/// One value that can be chosen.
pub struct Offer<T> {
    /// As an address has it: a code, which names nobody.
    pub code: String,
    pub name: String,
    /// What the service is asked for.
    pub value: T,
}

/// A list in parts while its page says what it can be narrowed by.
pub struct Choose<'a> {
    list: &'a List,
    asked: &'a Asked,
    filters: Vec<Filter>,
}

impl List {
    /// A list in parts.
    pub fn choose<'a>(&'a self, asked: &'a Asked) -> Choose<'a> {
        Choose { list: self, asked, filters: Vec::new() }
    }

    /// What an address chose of it, for a form beside it that asks something else: only the place in the list is another then.
    pub fn kept(&self, asked: &Asked) -> Vec<(String, String)> {
        let own = self.name("");
        let place = ["from", "after", "as"].map(|key| self.name(key));
        let stays = |name: &String| name.starts_with(&own) && !place.contains(name);
        asked.0.iter().filter(|(name, value)| stays(name) && !value.is_empty()).cloned().collect()
    }
}

impl Choose<'_> {
    /// What was chosen of a column; nothing when it was not, or is not offered. Of one value alone nothing can be chosen.
    pub fn by<T>(&mut self, key: &str, offered: impl IntoIterator<Item = Offer<T>>) -> Option<T> {
        self.by_what_is_there(key, offered, |_| None)
    }

    /// The same where only what is there now is offered: what an address still chooses, of which nothing is there any more, stays to be
    /// seen and finds nothing. `still` knows it by its code.
    pub fn by_what_is_there<T>(
        &mut self,
        key: &str,
        offered: impl IntoIterator<Item = Offer<T>>,
        still: impl FnOnce(&str) -> Option<Offer<T>>,
    ) -> Option<T> {
        let column = self.list.columns.iter().find(|c| c.key == key && c.kind == Kind::Choice)?;
        let name = self.list.name(key);
        // An address that was kept since values were chosen by their names still finds them.
        let asked = self.asked.get(&name);
        let (mut values, mut chosen) = (Vec::new(), None);
        let offered: Vec<Offer<T>> = offered.into_iter().collect();
        if offered.len() > OFFERED {
            let (typed, chosen) = typed(offered, asked);
            self.filters.push(Filter { name, head: column.head, values, typed: Some(typed) });
            return chosen;
        }
        for Offer { code, name, value } in offered {
            let this = chosen.is_none() && !asked.is_empty() && (code == asked || name == asked);
            values.push(Choosable { value: code, name, n: String::new(), chosen: this });
            if this {
                chosen = Some(value);
            }
        }
        if let (None, Some(Offer { code, name, value })) = (&chosen, still(asked)) {
            values.push(Choosable { value: code, name, n: String::new(), chosen: true });
            chosen = Some(value);
        }
        if chosen.is_some() || values.len() > 1 {
            self.filters.push(Filter { name, head: column.head, values, typed: None });
        }
        chosen
    }

    /// The part that the store found; `more` is where it goes on, when it has more.
    pub fn view(self, rows: Vec<Row>, more: Option<String>) -> ListView {
        // What was written and narrows nothing would be taken away as if it did.
        let typed = self.filters.iter().filter_map(|f| f.typed.as_ref());
        let unmet = typed.filter(|t| !t.text.is_empty()).any(|t| !t.says.is_empty());
        let extent = Extent::Part(self.filters, more);
        let view = self.list.with_columns((self.list.path, self.list.columns), rows, extent, self.asked);
        if unmet { view.kept_here() } else { view }
    }
}

/// Which of very many somebody means who wrote a name or a part of it; by its code an address still finds it. What nobody or several have
/// narrows nothing, and the field says so.
fn typed<T>(mut offered: Vec<Offer<T>>, asked: &str) -> (Typed, Option<T>) {
    let asked = asked.trim();
    let says = format!("可选的有{}项，没有逐项列出：请填写名称或其中一段", offered.len());
    if asked.is_empty() {
        return (Typed { text: String::new(), says }, None);
    }
    let fit = |which: &dyn Fn(&Offer<T>) -> bool| -> Vec<usize> {
        (0..offered.len()).filter(|at| which(&offered[*at])).collect()
    };
    let whole = fit(&|o| o.code == asked || o.name == asked);
    let fits = if whole.is_empty() { fit(&|o| o.name.contains(asked)) } else { whole };
    if let [one] = fits[..] {
        let Offer { name, value, .. } = offered.swap_remove(one);
        return (Typed { text: name, says: String::new() }, Some(value));
    }
    let named: Vec<&str> = fits.iter().take(NAMED).map(|at| offered[*at].name.as_str()).collect();
    let says = match fits.len() {
        0 => format!("没有“{asked}”，未按此筛选：请核对名称"),
        n => format!("“{asked}”有{n}项，未按此筛选：请写全，如“{}”", named.join("”“")),
    };
    (Typed { text: asked.to_owned(), says }, None)
}

/// What is its own code and name.
pub fn same<T: Copy>(
    all: &'static [T],
    code: fn(T) -> &'static str,
    name: fn(T) -> &'static str,
) -> impl Iterator<Item = Offer<T>> {
    all.iter().map(move |v| Offer { code: code(*v).to_owned(), name: name(*v).to_owned(), value: *v })
}

/// The cities that an office sees: its own, or all of the province.
pub fn cities_of(home: &Organisation) -> impl Iterator<Item = Offer<CityCode>> {
    let own = home.city();
    let all = codes::cities().filter_map(|c| CityCode::of_division(&c.code));
    let seen = all.filter(move |c| own.as_ref().is_none_or(|own| own == c));
    seen.map(|c| Offer { code: c.as_str().to_owned(), name: c.name().to_owned(), value: c })
}

/// The banks whose cards an office sees: its own, those that its city works or worked with, or all.
pub fn banks_of(institutions: &Institutions, home: &Organisation) -> Vec<Offer<BankCode>> {
    let (own, city) = (home.bank.as_ref(), home.city());
    let of = |bank: &BankCode| {
        own.is_none_or(|own| own == bank) && city.as_ref().is_none_or(|c| institutions.cooperated(c, bank))
    };
    let offer = |b: BankCode| Offer { code: b.as_str().to_owned(), name: b.name().to_owned(), value: b };
    institutions.all_banks().into_iter().filter(of).map(offer).collect()
}

/// Offices by their identities, the name of each; of several of one name, which only different cities can have, with the city.
pub fn offices(institutions: &Institutions, orgs: Vec<OrgId>) -> Vec<Offer<OrgId>> {
    let all: Vec<&Organisation> = orgs.into_iter().filter_map(|org| institutions.org(org)).collect();
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for org in &all {
        *named.entry(&org.name).or_default() += 1;
    }
    let name = |org: &Organisation| match (named.get(org.name.as_str()), org.city()) {
        (Some(2..), Some(city)) => format!("{}（{}）", org.name, city.name()),
        _ => org.name.clone(),
    };
    all.iter().map(|org| Offer { code: org.id.to_string(), name: name(org), value: org.id }).collect()
}

/// An office by its identity in an address.
pub fn office(institutions: &Institutions, code: &str) -> Option<Offer<OrgId>> {
    offices(institutions, vec![OrgId(code.parse().ok()?)]).pop()
}

/// To whom messages go, as they are addressed: every bank, and the others, of which there is one each. `called` says what they are called.
pub fn addressees(institutions: &Institutions, called: fn(&str) -> String) -> Vec<Offer<String>> {
    let banks = institutions.all_banks().into_iter().map(Addressee::Bank);
    let all = banks.chain([Addressee::ECard, Addressee::Sms, Addressee::Treasury]);
    let offer = |to: Addressee| {
        let code = to.to_string();
        Offer { name: called(&code), value: code.clone(), code }
    };
    all.map(offer).collect()
}
