//! Page × role × area: every address of the table of pages is opened by every role, for things of the own area and of others, and
//! answers as the published matrix says (Article 6).
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod desk;
mod doors;
mod one_each;
#[path = "../press.rs"]
#[expect(dead_code, reason = "other tests ask whether an answer is a page")]
mod press;
mod world;

use axum::http::StatusCode;
use desk::Desk;
use doors::{DOORS, Lies, Opens};
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Instant};
use kaguan_domain::facts::institution::{Role, Task};
use kaguan_domain::ids::OrgId;
use kaguan_domain::permission::{Place, Verb, authorise};
use kaguan_testkit::{On, World};
use kaguan_web::menu::{addresses, lines};
use one_each::ONE_OF_EACH;
use std::collections::BTreeSet;
use world::{Area, area};

/// What shows data unmasked at the counter where the holder stands, each with its line: one field with a reason; 一人一卡业务确认单, which
/// is signed (Appendix 10), by whoever shows a document.
const UNMASK: [&str; 3] = ["/people/unmask", "/one-card/slip", "/one-card/pdf"];

/// Those that are the screens themselves: they open by the verbs of the menu.
fn screens() -> BTreeSet<&'static str> {
    lines().iter().map(|l| l.path).collect()
}

#[test]
fn every_address_has_its_place_in_the_matrix() {
    let screens = screens();
    let placed = |a: &kaguan_web::menu::Address| {
        (a.method == "GET" && screens.contains(a.path))
            || DOORS.iter().any(|d| (d.method, d.path) == (a.method, a.path))
    };
    let lost: Vec<_> = addresses().into_iter().filter(|a| !placed(a)).collect();
    assert!(
        lost.is_empty(),
        "say in tests/area/doors.rs whose verb it is and where its subject lies: {lost:?}"
    );
    let all = addresses();
    let gone: Vec<_> = DOORS
        .iter()
        .filter(|d| !all.iter().any(|a| (a.method, a.path) == (d.method, d.path)))
        .map(|d| d.path)
        .collect();
    assert!(gone.is_empty(), "no such address any more: {gone:?}");
}

impl Area {
    fn place(&self, lies: Lies) -> Place {
        match lies {
            Lies::Anywhere => Place::Anywhere,
            Lies::Outlet => Place::At(self.outlet),
            Lies::City => Place::City(self.city.clone()),
            Lies::Bank => Place::Bank(self.bank.clone()),
            Lies::Confirms => Place::Entrusted {
                city: self.city.clone(),
                task: Task::ConfirmBatches,
                bank: Some(self.bank.clone()),
            },
        }
    }
}

struct Province {
    w: World,
    areas: [Area; 3],
}

impl Province {
    async fn new() -> Self {
        let w = World::new(On::Memory).await;
        let areas = [
            area(&w, 0, "4401", "440106", "95588").await,
            area(&w, 1, "4401", "440103", "95599").await,
            area(&w, 2, "4403", "440304", "95588").await,
        ];
        Self { w, areas }
    }

    fn may(&self, desk: &Desk, verb: Verb, place: &Place) -> bool {
        authorise(&self.w.service.institutions(), &Actor::Officer(desk.officer), verb, place).is_ok()
    }

    /// Whether an office lies in an officer's area.
    fn covers(&self, desk: &Desk, area: &Area) -> bool {
        // A verb of everybody: what is left is the scope.
        self.may(desk, Verb::ChangePassword, &Place::At(area.outlet))
    }

    /// Everything that is wrong with what an officer is answered.
    async fn goes_through(&self, role: Role, org: OrgId) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut desk = Desk::of(&self.w, role, org).await;
        let another = Desk::of(&self.w, role, org).await;
        for path in screens() {
            let (status, page) = desk.send("GET", path, "").await;
            let at = format!("{role:?} at {org} GET {path}: {status}");
            for hidden in self.areas.iter().filter(|a| !self.covers(&desk, a)) {
                let told: Vec<_> = hidden.marks.iter().filter(|m| page.contains(m.as_str())).collect();
                if !told.is_empty() {
                    wrong.push(format!("{at} lists {told:?} of another area"));
                }
            }
        }
        let mut seq =
            self.w.service.store().entries_from(1, 1_000_000).await.unwrap().last().map_or(0, |l| l.seq);
        for door in DOORS {
            if door.path == "/sign-out" {
                continue;
            }
            for area in &self.areas {
                let session = desk.session.clone();
                let fill = |text| area.fill(&self.w, text, &session, &another.session);
                let (path, form) = (fill(door.to), fill(door.form));
                // Time goes on, so that the answers of a session have an order.
                self.w.clock.set(Instant(self.w.clock.now().0 + 50_000));
                let (status, page) = desk.send(door.method, &path, &form).await;
                let at = format!(
                    "{role:?} at {org} {} {} ({}) of area {}: {status}",
                    door.method,
                    door.path,
                    form,
                    area.city.as_str()
                );
                if status.is_server_error() {
                    wrong.push(format!("{at} {page}"));
                }
                let refused = [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status);
                let expected = match door.opens {
                    Opens::Everybody | Opens::Oneself => continue,
                    Opens::Own => false,
                    Opens::Matrix(rights) => {
                        rights.iter().any(|(verb, lies)| self.may(&desk, *verb, &area.place(*lies)))
                    }
                };
                let at_home = expected && self.covers(&desk, area);
                // Somebody of the same office has its uploads on the list, too.
                let own = door.path.starts_with("/jobs/") && desk.org == area.outlet;
                // Nothing of these is there in this world.
                let nothing = door.path.starts_with("/vouchers/") && status == StatusCode::NOT_FOUND;
                // Whether such a thing is of another city, the rule says where the matrix does not.
                let by_rule = door.path == "/instant/mark" && !of_city(&self.w, &desk, area);
                // What is wrong with a form may be told before the right is asked: nothing of anybody is in that.
                let turned_away = status.is_client_error();
                if !own && ((expected && refused && !nothing && !by_rule) || (!expected && !turned_away)) {
                    let sentence = page.split("role=\"alert\"").nth(1).unwrap_or(&page);
                    let sentence: String = sentence.chars().take(160).collect();
                    wrong.push(format!("{at}, and the matrix says {expected}: {sentence}"));
                }
                // Nothing is done for whoever may not, but that looks leave their lines.
                let new = self.w.service.store().entries_from(seq + 1, 1000).await.unwrap();
                seq = new.last().map_or(seq, |l| l.seq);
                let done = new.iter().find(|l| {
                    let looks = ["holder.look", "records.print_register"].contains(&l.command.as_str());
                    l.outcome == "done" && !looks && !l.command.starts_with("session.")
                });
                if let Some(line) = done.filter(|_| !expected && !own) {
                    wrong.push(format!("{at}, and {} is done", line.command));
                }
                // Whoever may look at people anywhere sees the masked file after a refusal, by a look of its own.
                let looks = self.may(&desk, Verb::LookAtHolder, &Place::Anywhere);
                let of_area = self.covers(&desk, area);
                let telling = if looks { &area.personal } else { &area.marks };
                let told: Vec<_> = telling
                    .iter()
                    .filter(|m| page.contains(m.as_str()) && !form.contains(m.as_str()))
                    .collect();
                if !expected && !own && !of_area && !told.is_empty() {
                    wrong.push(format!("{at} tells {told:?} of what it refuses"));
                }
                if refused && page.trim().is_empty() && !door.path.ends_with("/progress") {
                    wrong.push(format!("{at} without a sentence"));
                }
                if expected && !at_home && !UNMASK.contains(&door.path) {
                    let told: Vec<_> = area
                        .personal
                        .iter()
                        .filter(|m| page.contains(m.as_str()) && !form.contains(m.as_str()))
                        .collect();
                    if !told.is_empty() {
                        wrong.push(format!("{at} unmasks {told:?}"));
                    }
                }
                for hidden in self.areas.iter().filter(|a| a.city != area.city && !self.covers(&desk, a)) {
                    if let Some(mark) = hidden.marks.iter().find(|m| page.contains(m.as_str())) {
                        wrong.push(format!("{at} tells {mark:?} of {}", hidden.city.as_str()));
                    }
                }
                if [StatusCode::SEE_OTHER].contains(&status) {
                    desk.sign_in().await;
                }
            }
        }
        wrong
    }
}

/// Whether an officer works in the city of an area.
fn of_city(w: &World, desk: &Desk, area: &Area) -> bool {
    w.service.institutions().org(desk.org).and_then(|o| o.city()).as_ref() == Some(&area.city)
}

async fn whole(role: Role, orgs: impl Fn(&Province) -> Vec<OrgId>) {
    clause!(R6.1);
    clause!(R39.1);
    let p = Province::new().await;
    let mut wrong = Vec::new();
    for org in orgs(&p) {
        wrong.extend(p.goes_through(role, org).await);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn art_6_a_counter_opens_what_is_its_own() {
    whole(Role::HrClerk, |p| vec![p.areas[0].outlet, p.areas[2].outlet]).await;
}

#[tokio::test]
async fn art_6_a_banks_counter_opens_what_is_of_its_bank() {
    whole(Role::BankClerk, |p| vec![p.areas[0].bank_outlet, p.areas[1].bank_outlet]).await;
}

#[tokio::test]
async fn art_6_a_county_opens_what_is_in_the_county() {
    whole(Role::CountyClerk, |p| vec![p.areas[0].county]).await;
}

#[tokio::test]
async fn art_6_a_city_opens_what_is_in_the_city() {
    whole(Role::CityOfficer, |p| vec![p.areas[0].centre, p.areas[2].centre]).await;
}

#[tokio::test]
async fn art_6_the_province_opens_what_is_the_provinces() {
    whole(Role::ProvinceOfficer, |p| vec![p.w.org("44000000000001")]).await;
}

#[tokio::test]
async fn art_6_the_three_administrators_open_nothing_of_anybody() {
    for role in [Role::SystemAdministrator, Role::SecurityAdministrator, Role::AuditAdministrator] {
        whole(role, |p| vec![p.w.org("44000000000001")]).await;
    }
}

#[tokio::test]
async fn art_6_1_a_kept_form_is_shown_to_whoever_may_send_it_whatever_screen_it_stands_below() {
    clause!(R6.1);
    let w = World::new(On::Memory).await;
    let (mut id, mut hidden, mut shown) = (0, Vec::new(), 0);
    for (role, org) in ONE_OF_EACH {
        let desk = Desk::of(&w, role, w.org(org)).await;
        for door in DOORS.iter().filter(|d| d.method == "POST") {
            let Opens::Matrix(rights) = door.opens else { continue };
            // A search begins a business, and is nobody's who may not open its screen.
            let may = |verb: Verb| verb != Verb::LookAtHolder && verb.roles().contains(&role);
            if !rights.iter().any(|(verb, _)| may(*verb)) {
                continue;
            }
            id += 1;
            let form = door.path.replace("{id}", "7");
            let (status, _) = desk.send("POST", &format!("/drafts?form={form}&draft={id}"), "x=1").await;
            // What stands below no screen is not put aside.
            if status == StatusCode::BAD_REQUEST {
                continue;
            }
            shown += 1;
            if desk.send("GET", &format!("/drafts/{id}"), "").await.0 == StatusCode::FORBIDDEN {
                hidden.push(format!("{role:?} {form}"));
            }
        }
    }
    assert!(hidden.is_empty(), "say in desk/drafts ELSEWHERE what they do: {hidden:?}");
    assert!(shown > 100, "{shown}");
}
