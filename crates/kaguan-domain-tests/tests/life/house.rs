//! What the offices, banks, vendors and partners of the system are told apart and judged by (Articles 6 and 7, Appendix 7).

use crate::person::{HR, NEW_BANK, TODAY, office};
use jiff::civil::date;
use kaguan_domain::clause;
use kaguan_domain::codes::{DayKind, HolidayRow};
use kaguan_domain::ctx::{Actor, Channel, Ctx, Instant};
use kaguan_domain::facts::failure::{BankDataRow, GuideRow};
use kaguan_domain::facts::institution::{InstitutionEvent, Institutions, OrgKind, Organisation, Role, Task};
use kaguan_domain::facts::partner::{Partner, PartnerKey};
use kaguan_domain::ids::{BankCode, CityCode, OfficerId, OrgId, PartnerId, VendorCode};
use kaguan_domain::institution::{
    InstitutionCommand as C, NewOfficer, SetFailureGuide, StateBankData, decide,
};
use kaguan_domain::refusal::{Reason, Refusal};

/// The offices as they are, and whoever speaks.
struct House {
    office: Institutions,
    actor: Actor,
    now: Instant,
}

impl House {
    fn new() -> Self {
        Self { office: office(), actor: Actor::System, now: Instant::at_start_of(TODAY) }
    }

    fn ask(&self, command: &C) -> Result<Vec<InstitutionEvent>, Refusal> {
        let ctx = Ctx {
            now: self.now,
            actor: self.actor.clone(),
            channel: Channel::Console,
            request_key: None,
            request_body: None,
        };
        decide(&self.office, command, &ctx)
    }

    fn done(&mut self, command: C) {
        for event in self.ask(&command).unwrap_or_else(|r| panic!("{}", r.sentence())) {
            self.office.apply(&event);
        }
    }

    fn refused(&self, command: C) -> Reason {
        self.ask(&command).unwrap_err().reason
    }

    fn may(&self, command: C) -> bool {
        self.ask(&command).is_ok()
    }
}

fn bank() -> PartnerId {
    PartnerId::parse("bank:95588").unwrap()
}

fn key(id: &str, from: i64, until: Option<i64>) -> PartnerKey {
    PartnerKey {
        id: id.into(),
        public: format!("04{}", "a1".repeat(64)),
        from: Instant(from),
        until: until.map(Instant),
    }
}

fn partner(keys: Vec<PartnerKey>) -> Partner {
    Partner { id: bank(), name: "工商银行".into(), endpoint: Some("https://bank.example".into()), keys }
}

#[test]
fn art_6_1_a_partner_has_a_name_an_address_and_keys_that_are_well_formed() {
    clause!(R6.1);
    let ask = |change: &dyn Fn(&mut Partner)| {
        let mut p = partner(vec![key("k1", 0, None)]);
        change(&mut p);
        House::new().ask(&C::RegisterPartner(p)).map(|_| ()).map_err(|r| r.about.unwrap_or_default())
    };
    let of_key = |change: &dyn Fn(&mut PartnerKey)| ask(&|p| change(&mut p.keys[0]));
    assert_eq!(ask(&|_| {}), Ok(()));
    assert_eq!(ask(&|p| p.endpoint = None), Ok(()), "one that only calls");
    for own in ["http://127.0.0.1:9000", "http://localhost", "http://[::1]/bank"] {
        assert_eq!(ask(&|p| p.endpoint = Some(own.into())), Ok(()), "{own}: nobody is in between");
    }
    assert!(ask(&|p| p.name = " ".into()).unwrap_err().contains("名称"));
    for endpoint in [
        "https://bank.example/",
        "ftp://bank.example",
        "bank.example",
        "http://bank.example",
        "http://127.0.0.1.bank.example",
        "http://localhost@bank.example",
    ] {
        assert!(ask(&|p| p.endpoint = Some(endpoint.into())).unwrap_err().contains("接口地址"), "{endpoint}");
    }
    let public = format!("04{}", "a1".repeat(64));
    for bad in [
        public.replace("04", "02"),
        public[..128].to_owned(),
        format!("{public}a1"),
        public.to_uppercase(),
        public.replace("a1", "g1"),
        String::new(),
    ] {
        assert!(of_key(&|k| k.public.clone_from(&bad)).unwrap_err().contains("公钥"), "{bad}");
    }
    let long = "k".repeat(33);
    for bad in ["", "k 1", "k_1", "键", long.as_str()] {
        assert!(of_key(&|k| k.id = bad.into()).unwrap_err().contains("公钥名称"), "{bad}");
    }
    assert_eq!(of_key(&|k| k.id = "k".repeat(32)), Ok(()));
    assert_eq!(of_key(&|k| k.id = "Key-1".into()), Ok(()));
    assert!(of_key(&|k| k.until = Some(Instant(0))).unwrap_err().contains("失效时间"));
    assert_eq!(of_key(&|k| k.until = Some(Instant(1))), Ok(()));
}

#[test]
fn art_6_1_a_key_holds_from_its_moment_until_its_end() {
    clause!(R6.1);
    let p = partner(vec![key("k1", 10, Some(20)), key("k2", 15, None)]);
    let holds = |id: &str, at| p.key(id, Instant(at)).map(|k| k.from.0);
    assert_eq!([9, 10, 19, 20].map(|at| holds("k1", at).is_some()), [false, true, true, false]);
    assert_eq!([14, 15, 99].map(|at| holds("k2", at)), [None, Some(15), Some(15)]);
    assert_eq!(holds("k3", 15), None);
}

#[test]
fn art_6_1_partners_are_registered_once_and_their_keys_change_without_a_gap() {
    clause!(R6.1);
    let mut h = House::new();
    let now = h.now.0;
    let end = |key: &str, until| C::EndPartnerKey { partner: bank(), key: key.into(), until: Instant(until) };
    assert_eq!(h.refused(end("k1", now)), Reason::NotFound, "no such partner");
    h.done(C::RegisterPartner(partner(vec![key("k1", 0, None)])));
    assert_eq!(h.refused(C::RegisterPartner(partner(Vec::new()))), Reason::NumberTaken);
    assert_eq!(h.office.partner(&bank()).unwrap().name, "工商银行");
    let reach = |endpoint: &str| C::ReachPartner { partner: bank(), endpoint: Some(endpoint.into()) };
    assert_eq!(h.refused(reach("https://bank.example")), Reason::NothingToDo);
    assert_eq!(h.refused(reach("bank.example")), Reason::MaterialDefective);
    h.done(reach("https://other.example"));
    let add = |key: PartnerKey| C::AddPartnerKey { partner: bank(), key };
    let fresh = || PartnerKey { public: format!("04{}", "b2".repeat(64)), ..key("k2", now, None) };
    assert_eq!(h.refused(add(PartnerKey { id: "k1".into(), ..fresh() })), Reason::NumberTaken);
    assert_eq!(h.refused(add(key("k2", now, None))), Reason::NumberTaken, "the same key by another name");
    assert_eq!(h.refused(add(PartnerKey { public: "04".into(), ..fresh() })), Reason::MaterialDefective);
    h.done(add(fresh()));
    assert_eq!(h.refused(end("k3", now)), Reason::NotFound);
    assert_eq!(h.refused(end("k1", now - 6_000_000)), Reason::MaterialDefective);
    assert!(h.may(end("k1", now - 1)), "at once, said a moment ago");
    assert!(h.may(end("k1", now)) && h.may(end("k2", now + 1)));
    h.done(end("k1", now + 5));
    assert_eq!(h.refused(end("k1", now + 5)), Reason::NothingToDo);
    let p = h.office.partner(&bank()).unwrap();
    assert_eq!((p.keys[0].until, p.keys[1].until), (Some(Instant(now + 5)), None));
}

#[test]
fn art_6_1_the_systems_own_keys_follow_one_another() {
    clause!(R6.1);
    let mut h = House::new();
    let now = h.now.0;
    let change = |from| C::ChangeSystemKey { from: Instant(from) };
    assert_eq!(h.office.system_key(h.now), 1);
    assert_eq!(h.refused(change(now - 1)), Reason::MaterialDefective);
    assert!(h.may(change(now)));
    h.done(change(now + 10));
    assert_eq!(h.refused(change(now + 10)), Reason::MaterialDefective);
    assert_eq!(h.refused(change(now + 9)), Reason::MaterialDefective);
    h.done(change(now + 20));
    let at = |h: &House, t| h.office.system_key(Instant(t));
    assert_eq!([now, now + 9, now + 10, now + 19, now + 20].map(|t| at(&h, t)), [1, 1, 2, 2, 3]);
}

#[test]
fn art_6_1_officers_work_where_their_role_exists_under_a_name_of_their_own() {
    clause!(R6.1);
    let mut h = House::new();
    let new = |id, login: &str, role, org| {
        C::AddOfficer(NewOfficer {
            id: OfficerId(id),
            login: login.into(),
            name: "李经办".into(),
            role,
            org,
            password_hash: "!".into(),
        })
    };
    assert_eq!(h.refused(new(20, "li", Role::BankClerk, HR)), Reason::SetUpDefective);
    assert_eq!(h.refused(new(20, "li", Role::HrClerk, OrgId(99))), Reason::NotFound);
    assert_eq!(h.refused(new(20, "o1", Role::HrClerk, HR)), Reason::LoginTaken);
    assert_eq!(h.refused(new(1, "li", Role::HrClerk, HR)), Reason::LoginTaken);
    h.done(new(20, "li", Role::HrClerk, HR));
    assert_eq!(h.office.officer_by_login("li").unwrap().id, OfficerId(20));
    assert!(h.office.officer_by_login("wang").is_none());
    h.done(C::StopOfficer { officer: OfficerId(20), reason: "离职".into() });
    assert_eq!(
        h.refused(C::StopOfficer { officer: OfficerId(20), reason: "离职".into() }),
        Reason::NothingToDo
    );
    let password = |officer| C::ChangePassword { officer: OfficerId(officer), password_hash: "?".into() };
    h.actor = Actor::Officer(OfficerId(1));
    assert_eq!(h.refused(password(2)), Reason::NotPermitted, "another's");
    assert!(h.may(password(1)));
}

#[test]
fn appendix_7_1_organisations_and_outlets_have_codes_of_their_own() {
    clause!(X7.1);
    let mut h = House::new();
    let org = |id, code: &str, parent| {
        C::AddOrganisation(Organisation {
            id: OrgId(id),
            code: code.into(),
            name: "新网点".into(),
            kind: OrgKind::BankOutlet,
            parent: Some(OrgId(parent)),
            division: "440106".into(),
            bank: Some(BankCode("95588".into())),
        })
    };
    assert_eq!(h.refused(org(30, "44010600000030", 99)), Reason::NotFound);
    assert_eq!(h.refused(org(3, "44010600000030", 1)), Reason::NumberTaken);
    assert_eq!(h.refused(org(30, "44010600000003", 1)), Reason::NumberTaken);
    h.done(org(30, "44010600000030", 1));
    let code = |org, code: &str| C::CodeOutlet { org: OrgId(org), code: code.into() };
    assert_eq!(h.refused(code(3, "0001")), Reason::MaterialDefective, "no bank's outlet");
    let long = "1".repeat(21);
    for bad in ["", "00-1", long.as_str()] {
        assert_eq!(h.refused(code(30, bad)), Reason::MaterialDefective, "{bad}");
    }
    assert!(h.may(code(30, &"1".repeat(20))));
    h.done(code(30, "0001"));
    assert_eq!(h.refused(code(30, "0001")), Reason::NothingToDo);
    assert_eq!(h.refused(code(4, "0001")), Reason::NumberTaken, "another outlet of the bank");
    h.done(code(5, "0001"));
    h.done(code(30, "0002"));
    h.done(code(4, "0001"));
    let city = CityCode("4401".into());
    let of = |code: &str| h.office.outlet_by_code(&city, &BankCode("95588".into()), code).map(|o| o.id);
    assert_eq!((of("0001"), of("0002")), (Some(OrgId(4)), Some(OrgId(30))));
}

#[test]
fn art_5_1_a_city_is_known_by_its_centre_and_its_banks() {
    clause!(R5.1);
    let mut h = House::new();
    assert_eq!(h.office.province_centre().unwrap().id, OrgId(1));
    assert_eq!(h.office.city_centre(&CityCode("4401".into())).unwrap().id, OrgId(2));
    assert!(h.office.city_centre(&CityCode("4403".into())).is_none(), "an outlet is no centre");
    let codes: Vec<_> = h.office.all_banks().into_iter().map(|b| b.0).collect();
    assert_eq!(codes, ["95533", "95588"]);
    let version = h.office.version;
    let offer = || C::OfferBank { city: CityCode("4401".into()), bank: BankCode("95566".into()) };
    h.done(offer());
    assert_eq!(h.office.version, version + 1);
    assert_eq!(h.refused(offer()), Reason::NothingToDo);
    let entrust = |org, task, granted| C::Entrust { org, task, granted };
    assert_eq!(h.refused(entrust(HR, Task::ReceiveCards, true)), Reason::SetUpDefective);
    assert_eq!(h.refused(entrust(OrgId(2), Task::ConfirmBatches, true)), Reason::SetUpDefective);
    assert_eq!(h.refused(entrust(HR, Task::ConfirmBatches, false)), Reason::NothingToDo);
    h.done(entrust(HR, Task::ConfirmBatches, true));
    h.done(entrust(NEW_BANK, Task::ReceiveCards, true));
    assert!(h.office.is_entrusted(NEW_BANK, Task::ReceiveCards));
    assert_eq!(h.refused(entrust(HR, Task::ConfirmBatches, true)), Reason::NothingToDo);
}

#[test]
fn art_7_1_a_day_is_not_off_and_worked_at_once() {
    clause!(R7.1);
    let mut h = House::new();
    let day = |d, kind| HolidayRow { date: date(2026, 12, d), kind, name: "调休".into() };
    let take = |days: Vec<HolidayRow>| C::TakeNotice { days };
    let both = vec![day(5, DayKind::Off), day(5, DayKind::Work)];
    assert_eq!(h.refused(take(both)), Reason::MaterialDefective);
    let days = vec![day(5, DayKind::Work), day(7, DayKind::Off)];
    h.done(take(days.clone()));
    assert_eq!(h.refused(take(days)), Reason::NothingToDo);
}

#[test]
fn appendix_7_6_a_vendor_states_each_bank_of_a_month_once_and_no_more_in_time_than_there_were() {
    clause!(X7.6);
    let row = |bank: &str, batches, in_time| BankDataRow { bank: BankCode(bank.into()), batches, in_time };
    let state = |month: &str, rows: Vec<BankDataRow>| {
        C::StateBankData(StateBankData { vendor: VendorCode("1".into()), month: month.into(), rows })
    };
    let h = House::new();
    let good = || vec![row("95588", 3, 3), row("95533", 3, 2)];
    assert!(h.may(state("2026-11", good())) && h.may(state("2026-10", good())));
    for month in ["2026-12", "2026-1", "2026-13", "202611", "2026-011"] {
        assert_eq!(h.refused(state(month, good())), Reason::MaterialDefective, "{month}");
    }
    assert_eq!(h.refused(state("2026-11", Vec::new())), Reason::MaterialDefective);
    assert_eq!(h.refused(state("2026-11", vec![row("95588", 3, 4)])), Reason::MaterialDefective);
    let twice = vec![row("95588", 3, 1), row("95588", 3, 1)];
    assert_eq!(h.refused(state("2026-11", twice)), Reason::MaterialDefective);
}

#[test]
fn appendix_7_5_a_banks_table_has_rows_and_texts_of_its_length() {
    clause!(X7.5);
    let row = |code: &str, reason: &str| GuideRow {
        code: code.into(),
        reason: reason.into(),
        remedy: "请核对".into(),
    };
    let set = |rows| C::SetFailureGuide(SetFailureGuide { bank: BankCode("95588".into()), rows, city: None });
    let h = House::new();
    let many = |n: usize| (0..n).map(|n| row(&n.to_string(), "证件过期")).collect::<Vec<_>>();
    assert!(h.may(set(many(1_000))));
    assert_eq!(h.refused(set(many(1_001))), Reason::MaterialDefective);
    assert_eq!(h.refused(set(Vec::new())), Reason::MaterialDefective);
    assert!(h.may(set(vec![row("1", &"字".repeat(200))])));
    assert_eq!(h.refused(set(vec![row("1", &"字".repeat(201))])), Reason::MaterialDefective);
    assert_eq!(h.refused(set(vec![row("1", " ")])), Reason::MaterialDefective);
    assert_eq!(h.refused(set(vec![row("1", "a"), row(" 1", "b")])), Reason::MaterialDefective);
}
