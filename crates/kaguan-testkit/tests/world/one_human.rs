//! One human, one file (Articles 3, 5 and 35): whoever applies is looked for by every identifier, then by likeness; who may be
//! somebody on file is said by a clerk. On both engines.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use kaguan_domain::application::Decline;
use kaguan_domain::clause;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Ground;
use kaguan_domain::facts::archive::MaterialKind;
use kaguan_domain::facts::document::DocumentKind;
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::identity::{Also, Answer, HowKnown, Identifier};
use kaguan_domain::facts::social_security_number::SocialSecurityNumber;
use kaguan_domain::ids::HolderId;
use kaguan_domain::refusal::{Reason, Refusal};
use kaguan_service::apply::Image;
use kaguan_service::{Failure, Receipt};
use kaguan_store::Subject;
use kaguan_testkit::portrait;
use kaguan_testkit::{BOTH, World};

/// The 7th person's form with another document, name and sex.
fn shown(w: &World, form_no: &str, kind: DocumentKind, nationality: &str, number: &str) -> FormDraft {
    FormDraft {
        form_no: form_no.into(),
        document_kind: kind.code().into(),
        document_number: number.into(),
        nationality: nationality.into(),
        ..w.draft(7)
    }
}

/// A woman of Germany, born on 1990-05-01.
fn erika(w: &World, form_no: &str, passport: &str) -> FormDraft {
    FormDraft {
        name: "ERIKA MUSTERMANN".into(),
        sex: "2".into(),
        birth_date: "19900501".into(),
        ..shown(w, form_no, DocumentKind::Passport, "DEU", passport)
    }
}

async fn applies(w: &World, draft: FormDraft, same: Option<Answer>) -> Result<Receipt, Failure> {
    let key = format!("key-{}", draft.form_no);
    // A name with a rare character comes with the image of its document.
    let rare = draft.name.contains('[');
    let scan = Image { kind: MaterialKind::Identity, bytes: portrait().0.clone() };
    let images = if rare { vec![scan] } else { Vec::new() };
    let mut filled = w.apply(7, w.outlet());
    (*filled.draft, filled.same) = (draft, same);
    w.service.apply_with(Actor::System, Channel::Console, &key, filled, images).await
}

fn holder(outcome: Result<Receipt, Failure>) -> HolderId {
    match outcome.unwrap().subject {
        Subject::Holder(id) => id,
        other => panic!("an application is about somebody, not {other:?}"),
    }
}

fn refusal(outcome: Result<Receipt, Failure>) -> Refusal {
    match outcome {
        Err(Failure::Refused(r)) => *r,
        other => panic!("should be refused: {other:?}"),
    }
}

fn answer(candidates: &[HolderId], same: Option<HolderId>, reason: &str) -> Option<Answer> {
    Some(Answer { candidates: candidates.to_vec(), same, reason: reason.into() })
}

/// The last application of somebody is declined, so that another may come.
async fn declined(w: &World, id: HolderId) {
    let application = w.file(id).await.0.applications.last().unwrap().id;
    let ground = Ground {
        reason: "资料有误".into(),
        article: "《经办规程》第八条".into(),
        remedy: "更正后再申请".into(),
    };
    w.about(&Actor::System, id, C::Decline(Decline { application, ground })).await.unwrap();
}

#[tokio::test]
async fn art_3_2_a_citizen_with_an_application_who_comes_with_a_passport_is_stopped_until_the_clerk_says_who_it_is()
 {
    clause!(R3.2);
    clause!(R5.5);
    for on in BOTH {
        let w = World::new(on).await;
        let first =
            holder(applies(&w, FormDraft { form_no: "44010000001".into(), ..w.draft(7) }, None).await);
        let passport = || shown(&w, "44010000002", DocumentKind::ChinesePassport, "CHN", "E12345678");
        let r = refusal(applies(&w, passport(), None).await);
        assert_eq!((r.reason, r.candidates.len()), (Reason::PossiblySamePerson, 1));
        let c = &r.candidates[0];
        assert_eq!((c.holder, c.name.as_str()), (first, "张*"));
        let sentence = r.sentence();
        assert!(!sentence.contains("张*") && sentence.contains("核对证件原件"));
        assert!(
            !sentence.contains("张三") && !sentence.contains(w.draft(7).document_number.as_str()),
            "masked"
        );
        // An answer about others than those of now, and one without a reason, decide nothing.
        let r = refusal(applies(&w, passport(), answer(&[HolderId(5)], None, "面貌不同")).await);
        assert_eq!(r.reason, Reason::CandidatesChanged);
        let r = refusal(applies(&w, passport(), answer(&[first], Some(first), " ")).await);
        assert_eq!((r.reason, r.candidates.len()), (Reason::PossiblySamePerson, 1));
        // The same person: the application is decided against that file, as anybody's.
        let r = refusal(applies(&w, passport(), answer(&[first], Some(first), "核对原件为同一人")).await);
        assert_eq!(r.reason, Reason::ApplicationOpen);
        declined(&w, first).await;
        let again = holder(applies(&w, passport(), answer(&[first], Some(first), "核对原件为同一人")).await);
        assert_eq!(again, first);
        let person = w.file(first).await.0.person.unwrap();
        assert_eq!(person.details.ssn.as_str(), w.draft(7).document_number, "the number is kept for life");
        assert_eq!((person.documents().len(), person.answers.len()), (2, 1));
        assert_eq!(person.answers[0].answer.reason, "核对原件为同一人");
        // From now on either document finds the file, and nobody is asked.
        let third = FormDraft { form_no: "44010000003".into(), ..passport() };
        assert_eq!(refusal(applies(&w, third, None).await).reason, Reason::ApplicationOpen);
        // The same form sent again is the same application, of the same person.
        let replayed =
            applies(&w, passport(), answer(&[first], Some(first), "核对原件为同一人")).await.unwrap();
        assert!(replayed.replayed && replayed.subject == Subject::Holder(first));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_5_a_foreigner_with_a_renewed_passport_is_found_by_likeness_and_keeps_the_first_number() {
    clause!(R5.5);
    for on in BOTH {
        let w = World::new(on).await;
        let first = holder(applies(&w, erika(&w, "44010000001", "C01X00T47"), None).await);
        declined(&w, first).await;
        let renewed =
            || FormDraft { name: "MUSTERMANN ERIKA".into(), ..erika(&w, "44010000002", "C01X00T48") };
        assert_eq!(refusal(applies(&w, renewed(), None).await).reason, Reason::PossiblySamePerson);
        let same = answer(&[first], Some(first), "新护照注明原护照号");
        assert_eq!(holder(applies(&w, renewed(), same).await), first);
        let person = w.file(first).await.0.person.unwrap();
        assert_eq!(person.details.ssn.as_str(), "DEU000000C01X00T47", "the first number is kept");
        let held = person.documents();
        assert!(held[0].ended.is_some() && held[1].ended.is_none());
        // The old passport, found on another day, still leads to her.
        declined(&w, first).await;
        let old = erika(&w, "44010000003", "C01X00T47");
        assert_eq!(holder(applies(&w, old, None).await), first);
        w.verified().await;
    }
}

#[tokio::test]
async fn art_35_a_permit_with_a_renewal_count_is_the_same_and_its_holder_with_a_residence_permit_keeps_the_number()
 {
    clause!(R35.1);
    clause!(R5.5);
    for on in BOTH {
        let w = World::new(on).await;
        let chan = |form_no: &str, kind, number: &str| FormDraft {
            name: "陈大文".into(),
            birth_date: "19900101".into(),
            ..shown(&w, form_no, kind, "HKG", number)
        };
        let permit = DocumentKind::MainlandTravelPermitHkMo;
        let first = holder(applies(&w, chan("44010000001", permit, "H1234567801"), None).await);
        let again = chan("44010000002", permit, "H12345678");
        assert_eq!(refusal(applies(&w, again, None).await).reason, Reason::ApplicationOpen, "one permit");
        declined(&w, first).await;
        let residence = || chan("44010000003", DocumentKind::HmtResidencePermit, "810000199001010019");
        assert_eq!(refusal(applies(&w, residence(), None).await).reason, Reason::PossiblySamePerson);
        let same = answer(&[first], Some(first), "通行证与居住证照片一致");
        assert_eq!(holder(applies(&w, residence(), same).await), first);
        let person = w.file(first).await.0.person.unwrap();
        assert_eq!(person.details.ssn.as_str(), "HKG000000H12345678");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_3_2_two_strangers_of_one_name_and_birth_date_each_have_a_file() {
    clause!(R3.2);
    clause!(R35.1);
    for on in BOTH {
        let w = World::new(on).await;
        // Two citizens with numbers for life: nobody is asked.
        let number = |n| kaguan_files::sample::citizen_number("440106", jiff::civil::date(1990, 1, 1), n);
        let citizen = |form_no: &str, n| FormDraft {
            birth_date: "19900101".into(),
            ..shown(&w, form_no, DocumentKind::IdentityCard, "CHN", &number(n))
        };
        let one = holder(applies(&w, citizen("44010000001", 1), None).await);
        let other = holder(applies(&w, citizen("44010000002", 3), None).await);
        assert_ne!(one, other);
        // Two foreigners: the clerk says that they are two, with a reason, and each is found by the own passport from then on.
        let erika_one = holder(applies(&w, erika(&w, "44010000003", "C01X00T47"), None).await);
        let second = || erika(&w, "44010000004", "C02X00T51");
        assert_eq!(refusal(applies(&w, second(), None).await).reason, Reason::PossiblySamePerson);
        let another = answer(&[erika_one], None, "父母姓名不同");
        let erika_two = holder(applies(&w, second(), another).await);
        assert_ne!(erika_one, erika_two);
        let again = FormDraft { form_no: "44010000005".into(), ..second() };
        assert_eq!(refusal(applies(&w, again, None).await).reason, Reason::ApplicationOpen);
        let person = w.file(erika_two).await.0.person.unwrap();
        assert_eq!(person.answers[0].answer.reason, "父母姓名不同", "the answer is recorded");
        w.verified().await;
    }
}

#[tokio::test]
async fn art_35_a_passport_number_that_a_country_gives_again_gets_the_next_reserve_digit() {
    clause!(R35.1);
    clause!(R5.5);
    for on in BOTH {
        let w = World::new(on).await;
        let first = holder(applies(&w, erika(&w, "44010000001", "C01X00T47"), None).await);
        let hans = |form_no: &str| FormDraft {
            name: "HANS BECKER".into(),
            sex: "1".into(),
            birth_date: "19710203".into(),
            ..erika(&w, form_no, "C01X00T47")
        };
        let r = refusal(applies(&w, hans("44010000002"), None).await);
        assert_eq!((r.reason, r.candidates[0].holder), (Reason::PossiblySamePerson, first));
        let second =
            holder(applies(&w, hans("44010000002"), answer(&[first], None, "护照为2026年新发")).await);
        let person = w.file(second).await.0.person.unwrap();
        assert_eq!(person.details.ssn.as_str(), "DEU100000C01X00T47");
        // He is found again by what is his: number of the passport, name and birth date.
        assert_eq!(refusal(applies(&w, hans("44010000003"), None).await).reason, Reason::ApplicationOpen);
        w.verified().await;
    }
}

#[tokio::test]
async fn art_8_3_what_the_registers_say_finds_the_file_and_two_files_are_to_be_joined() {
    clause!(R8.3);
    clause!(R5.5);
    for on in BOTH {
        let w = World::new(on).await;
        let first =
            holder(applies(&w, FormDraft { form_no: "44010000001".into(), ..w.draft(7) }, None).await);
        declined(&w, first).await;
        let number = SocialSecurityNumber::parse(&w.draft(7).document_number).unwrap();
        let permit = Identifier {
            kind: DocumentKind::MainlandTravelPermitHkMo,
            nationality: "HKG".into(),
            number: "H87654321".into(),
        };
        w.around.registers.link("E12345678", Also::Number(number));
        w.around.registers.link("E12345678", Also::Document { which: permit.clone(), valid_until: None });
        // Under another name even: the register knows that it is the same person.
        let renamed = FormDraft {
            name: "张叁".into(),
            ..shown(&w, "44010000002", DocumentKind::ChinesePassport, "CHN", "E12345678")
        };
        assert_eq!(holder(applies(&w, renamed, None).await), first);
        let held = w.file(first).await.0.person.unwrap().documents();
        assert!(held.iter().any(|h| h.which == permit && h.how == HowKnown::Register));
        declined(&w, first).await;
        // A second file, made when no register spoke; then one does.
        let second = holder(applies(&w, erika(&w, "44010000003", "C01X00T47"), None).await);
        let number = SocialSecurityNumber::parse("DEU000000C01X00T47").unwrap();
        w.around.registers.link("E12345678", Also::Number(number));
        let again = shown(&w, "44010000004", DocumentKind::ChinesePassport, "CHN", "E12345678");
        let r = refusal(applies(&w, again, None).await);
        assert_eq!(r.reason, Reason::TwoFiles);
        let both: std::collections::BTreeSet<_> = r.candidates.iter().map(|c| c.holder).collect();
        assert_eq!(both, [first, second].into());
        assert!(r.sentence().contains("合并"));
        w.verified().await;
    }
}

#[tokio::test]
async fn art_34_1_a_rare_name_is_alike_whichever_document_it_stands_on() {
    clause!(R34.1);
    for on in BOTH {
        let w = World::new(on).await;
        let zhang = |form_no: &str, kind, nationality: &str, number: &str| FormDraft {
            name: "张[CHUI]".into(),
            ..shown(&w, form_no, kind, nationality, number)
        };
        let first = holder(
            applies(
                &w,
                zhang("44010000001", DocumentKind::IdentityCard, "CHN", &w.draft(7).document_number),
                None,
            )
            .await,
        );
        let passport = zhang("44010000002", DocumentKind::ChinesePassport, "CHN", "E12345678");
        let r = refusal(applies(&w, passport, None).await);
        assert_eq!((r.reason, r.candidates[0].holder), (Reason::PossiblySamePerson, first));
    }
}

#[tokio::test]
async fn two_applications_of_one_human_at_the_same_moment_are_not_two_files() {
    clause!(R3.2);
    for on in BOTH {
        let w = World::new(on).await;
        let draft = |n: u32| erika(&w, &format!("4401000000{n}"), &format!("C01X00T4{n}"));
        let all = futures_like(&w, (1..6).map(draft).collect()).await;
        let done = all.iter().filter(|o| o.is_ok()).count();
        assert_eq!(done, 1, "{all:?}");
        w.verified().await;
    }
}

/// Gives them all before any is answered.
async fn futures_like(w: &World, drafts: Vec<FormDraft>) -> Vec<Result<Receipt, Failure>> {
    let mut tasks = Vec::new();
    for draft in drafts {
        let mut filled = w.apply(7, w.outlet());
        let key = format!("key-{}", draft.form_no);
        *filled.draft = draft;
        let service = w.service.clone();
        tasks.push(tokio::spawn(async move {
            service.apply(Actor::System, Channel::Console, &key, filled).await
        }));
    }
    let mut out = Vec::new();
    for task in tasks {
        out.push(task.await.unwrap());
    }
    out
}
