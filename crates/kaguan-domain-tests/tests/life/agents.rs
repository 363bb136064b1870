//! How agents, consents and what clerks write of them are read (Articles 5, 8, 10 and 14): nothing that nobody sees is taken for a
//! statement, and a number is one however it is typed.

use super::applying::{child, codes, counter, draft, filled, guardian, number, refused};
use super::hand::to_collector;
use super::person::{Scene, TODAY, relative};
use kaguan_domain::application::FilledIn;
use kaguan_domain::application::form::{Circumstances, Door, judge};
use kaguan_domain::clause;
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::{Agent, AgentGround, AgentRelation, Consent};
use kaguan_domain::facts::counter::Deputy;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::{Field, FormDraft};
use kaguan_domain::holder::ChangeContacts;
use kaguan_domain::refusal::Reason;

/// 李强 acts for his mother 李梅, who is 76 and cannot walk.
pub fn son() -> Agent {
    Agent {
        name: "李强".into(),
        document_number: number("44010619750505001"),
        relation: AgentRelation::DirectRelative,
        ground: AgentGround::Elderly,
        ..guardian()
    }
}

fn with(agent: Agent) -> FilledIn {
    FilledIn { agent: Some(agent), ..filled(draft()) }
}

#[test]
fn art_8_2_an_agents_name_and_phone_are_as_on_his_document_and_can_be_called() {
    clause!(R8.2);
    clause!(R5.3);
    let s = counter();
    let wrong = |agent: Agent| {
        // Another thing is wrong too, so that something is always refused.
        let r = refused(&s, FilledIn { consent: None, ..with(agent) });
        codes(&r).into_iter().filter(|(f, _)| *f != Field::Consent).map(|(_, code)| code).collect::<Vec<_>>()
    };
    assert_eq!(wrong(son()), Vec::<&str>::new());
    assert_eq!(wrong(Agent { name: "李[QIANG]·买买提".into(), ..son() }), Vec::<&str>::new());
    for name in ["LI QIANG", "李强1", "李.", "李䄲"] {
        assert_eq!(wrong(Agent { name: name.into(), ..son() }), ["bad_name"], "{name}");
    }
    let passport = Agent {
        name: "LI QIANG".into(),
        document_kind: DocumentKind::Passport,
        document_number: "P1234567".into(),
        ..son()
    };
    assert_eq!(wrong(passport), Vec::<&str>::new());
    assert_eq!(wrong(Agent { phone: "１３９ ００００－０００２".into(), ..son() }), Vec::<&str>::new());
    assert_eq!(wrong(Agent { phone: "晚上打".into(), ..son() }), ["bad_phone"]);
    // A proof that nobody can read is none, and is named.
    let unseen = wrong(Agent { proof: Some("\u{200B}".into()), ..son() });
    assert_eq!(unseen, ["invisible_character", "missing"]);
}

#[test]
fn art_8_2_a_consent_to_no_text_is_none() {
    clause!(R8.2);
    let s = counter();
    for text in ["", " ", "\u{200B}"] {
        let consent = Some(Consent { text_version: text.into(), by_guardian: true });
        assert_eq!(refused(&s, FilledIn { consent, ..filled(draft()) }).reason, Reason::ConsentMissing);
    }
}

/// The child of four again, typed in full width: the guardian and the consent are asked for in the first round all the same.
#[test]
fn art_8_5_a_form_in_full_width_is_told_everything_in_the_first_round() {
    clause!(R8.5);
    let wide = FormDraft { birth_date: "２０２２０４０１".into(), sex: "x".into(), ..child() };
    let r = refused(&counter(), FilledIn { consent: None, photo: None, ..filled(wide) });
    let fields: Vec<_> = codes(&r).into_iter().map(|c| c.0).collect();
    assert_eq!(fields, [Field::Sex, Field::Consent, Field::Agent]);
    // So is the document image of a name whose brackets are full width.
    let rare = FormDraft { name: "李［ＣＨＵＩ］".into(), sex: "x".into(), ..draft() };
    let r = refused(&counter(), filled(rare));
    assert_eq!(codes(&r), [(Field::Sex, "unknown_code"), (Field::DocumentImage, "missing")]);
}

#[test]
fn art_10_1_an_address_in_private_use_characters_is_refused_and_radicals_become_characters() {
    clause!(R10.1);
    clause!(R5.3);
    let at = |address: &str| {
        let d = FormDraft { postal_address: address.into(), ..draft() };
        judge(&d, &Circumstances::new(TODAY, Door::Personal))
    };
    let said = at("广州市\u{E000}路1号").defects;
    assert_eq!(said.iter().map(|d| d.code).collect::<Vec<_>>(), ["private_use"]);
    assert!(said[0].message.contains("自造字"));
    // 文 and 一 as a PDF gives them.
    assert_eq!(at("广州市\u{2F42}\u{2F00}路").form.unwrap().postal_address, "广州市文一路");
}

#[test]
fn art_14_5_a_collectors_number_is_one_number_however_it_is_typed() {
    clause!(R14.5);
    let mut s = Scene::uncollected();
    s.as_officer(1);
    let with = |text: &str| Deputy { document_number: text.into(), ..relative(AgentGround::Sick) };
    // 1949-12-31, with an X at the end.
    for text in ["11010519491231002X", "11010519491231002x", "110105 19491231 002Ｘ"] {
        assert!(s.may(&C::HandOver(to_collector(with(text)))), "{text}");
    }
    for text in ["110105491231002", "11010519491231002Y"] {
        let refusal = s.refusal(C::HandOver(to_collector(with(text))));
        assert!(refusal.about.is_some_and(|a| a.contains("代办人证件号码有误")), "{text}");
    }
    let permit = Deputy { document_kind: DocumentKind::MainlandTravelPermitHkMo, ..with("12345678") };
    assert_eq!(s.refused(C::HandOver(to_collector(permit))), Reason::CollectorNotVerified);
}

/// 张三's clerk types full width, and pastes an address that has a compatibility ideograph.
#[test]
fn art_29_1_corrected_contacts_are_kept_in_their_one_way_of_writing() {
    clause!(R29.1);
    let mut s = Scene::with_card();
    let contacts = |address: &str| {
        C::ChangeContacts(ChangeContacts {
            mobile: "１３８ ００１３－８０００".into(),
            phone: "（0".into(),
            postal_address: address.into(),
            verified: true,
        })
    };
    assert_eq!(s.as_officer(1).refused(contacts("广州")), Reason::MaterialDefective);
    let contacts = |address: &str| match contacts(address) {
        C::ChangeContacts(c) => {
            C::ChangeContacts(ChangeContacts { phone: "０２０－83840000".into(), ..c })
        }
        other => other,
    };
    assert_eq!(s.refused(contacts("广州市\u{200B}越秀区")), Reason::MaterialDefective);
    s.done(contacts("广州市\u{F9D1}榕路"));
    let details = &s.file.person.as_ref().unwrap().details;
    assert_eq!(details.mobile.as_deref(), Some("13800138000"));
    assert_eq!((details.phone.as_str(), details.postal_address.as_str()), ("020-83840000", "广州市六榕路"));
}
