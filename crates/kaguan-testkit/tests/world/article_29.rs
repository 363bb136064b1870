//! 信息变更换卡, from the counter to the bank's opening row, on both engines.

use kaguan_domain::clause;
use kaguan_domain::ctx::Actor;
use kaguan_domain::dispatch::{BatchCommand, HolderCommand as C};
use kaguan_domain::facts::application::{Consent, ExchangeReason, Purpose};
use kaguan_domain::facts::form::FormDraft;
use kaguan_domain::facts::identity::NumberEnd;
use kaguan_domain::facts::social_security_number::check_character;
use kaguan_domain::fee::Pay;
use kaguan_domain::ids::{ApplicationId, BankCode, CardId, HolderId};
use kaguan_domain::refusal::Reason;
use kaguan_domain::replacement::{Replace, Withdraw};
use kaguan_service::{Failure, Receipt};
use kaguan_testkit::{BOTH, World, guangzhou};

fn changed(w: &World, old: CardId, form_no: &str, changes: FormDraft) -> Replace {
    let changes = FormDraft { delivery: FormDraft::collected().delivery, ..changes };
    Replace {
        id: ApplicationId(0),
        purpose: Purpose::Exchange { old, reason: ExchangeReason::DataChanged },
        form_no: form_no.into(),
        changes: Box::new(changes),
        photo: None,
        outlet: w.outlet(),
        collect_at: w.outlet(),
        agent: None,
        consent: Some(Consent { text_version: "2022".into(), by_guardian: false }),
        checks: Vec::new(),
        presented: kaguan_testkit::stated::presented(),
        proof: None,
    }
}

async fn asked(w: &World, clerk: &Actor, id: HolderId, replace: Replace) -> Result<Receipt, Failure> {
    let key = replace.form_no.clone();
    w.service.replace(clerk.clone(), &key, id, replace).await
}

#[tokio::test]
async fn art_29_a_corrected_number_and_a_new_name_reach_the_bank_with_the_new_cards_row() {
    for on in BOTH {
        clause!(R29.1);
        clause!(R35.1);
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let (id, old) = w.with_card(1).await;
        let (other, others_card) = w.with_card(2).await;
        let mine = w.draft(1);
        // The same birthday and sex, another sequence: as the police corrected it.
        let prefix = format!("{}{}", &mine.document_number[..14], "903");
        let right = format!("{prefix}{}", char::from(check_character(prefix.as_bytes()).unwrap()));
        let document = |number: &str| FormDraft {
            nationality: "CHN".into(),
            document_kind: "1".into(),
            document_number: number.into(),
            document_valid_until: "20400101".into(),
            name: "张叁".into(),
            ..FormDraft::default()
        };
        let receipt = asked(&w, &clerk, id, changed(&w, old, "4401E1", document(&right))).await.unwrap();
        let again = asked(&w, &clerk, id, changed(&w, old, "4401E1", document(&right))).await.unwrap();
        assert!(again.replayed && again.entry == receipt.entry, "sent twice, done once");
        let (file, _) = w.file(id).await;
        let person = file.person.as_ref().unwrap();
        assert_eq!(person.details.ssn.as_str(), right);
        assert_eq!(
            person.numbers.iter().map(|n| (n.number.as_str(), n.why)).collect::<Vec<_>>(),
            [(mine.document_number.as_str(), NumberEnd::Corrected)]
        );
        // Both numbers lead here, and nobody else takes either.
        for number in person.all_numbers() {
            assert_eq!(w.service.find(number).await.unwrap(), Some(id));
        }
        let taken = FormDraft { birth_date: mine.birth_date.clone(), ..document(&right) };
        match asked(&w, &clerk, other, changed(&w, others_card, "4401E2", taken)).await {
            Err(Failure::Refused(r)) => assert_eq!(r.reason, Reason::TwoFiles),
            done => panic!("another's number was taken: {done:?}"),
        }
        // The bank gets the new data with the opening row of the new card.
        let application = file.open_application().unwrap().id;
        let pay = Pay::of_one_card(application, 440000260000000001, w.service.now());
        w.about(&Actor::System, id, C::PayFee(pay)).await.unwrap();
        let bank = BankCode("95588".into());
        let (batch, n) = w.service.screen(&Actor::System, &guangzhou(), &bank, true).await.unwrap();
        assert_eq!(n, 1);
        w.batch(&Actor::System, batch, BatchCommand::Confirm).await.unwrap();
        let at_bank = Actor::Bank(bank);
        w.batch(&at_bank, batch, BatchCommand::Extract).await.unwrap();
        let rows = w.service.people_of(&at_bank, batch).await.unwrap();
        assert_eq!(
            (rows[0].data.name.as_str(), rows[0].data.document_number.as_str()),
            ("张叁", right.as_str())
        );
        w.verified().await;
    }
}

#[tokio::test]
async fn art_29_a_number_that_only_a_withdrawn_exchange_had_stated_is_nobodys_and_may_become_anothers() {
    for on in BOTH {
        clause!(R27.4);
        clause!(R29.1);
        let w = World::new(on).await;
        let clerk = w.officer(w.outlet()).await;
        let (id, old) = w.with_card(1).await;
        let (other, others_card) = w.with_card(2).await;
        let mine = w.draft(1);
        let prefix = format!("{}{}", &mine.document_number[..14], "903");
        let right = format!("{prefix}{}", char::from(check_character(prefix.as_bytes()).unwrap()));
        let stated = || FormDraft {
            nationality: "CHN".into(),
            document_kind: "1".into(),
            document_number: right.clone(),
            document_valid_until: "20400101".into(),
            birth_date: mine.birth_date.clone(),
            ..FormDraft::default()
        };
        asked(&w, &clerk, id, changed(&w, old, "4401E1", stated())).await.unwrap();
        let file = w.file(id).await.0;
        let number = file.person.as_ref().unwrap().details.ssn.clone();
        assert_eq!(w.service.find(&number).await.unwrap(), Some(id));
        let application = file.open_application().unwrap().id;
        w.about(&Actor::System, id, C::Withdraw(Withdraw { application })).await.unwrap();
        let person = w.file(id).await.0.person.unwrap();
        assert_eq!(person.details.ssn.as_str(), mine.document_number);
        assert_eq!(w.service.find(&number).await.unwrap(), None, "nobody has it");
        w.verified().await;
        // The mistyped number was another's.
        asked(&w, &clerk, other, changed(&w, others_card, "4401E2", stated())).await.unwrap();
        assert_eq!(w.service.find(&number).await.unwrap(), Some(other));
        match asked(&w, &clerk, id, changed(&w, old, "4401E3", stated())).await {
            Err(Failure::Refused(r)) => assert_eq!(r.reason, Reason::TwoFiles),
            done => panic!("another's number was taken: {done:?}"),
        }
        w.verified().await;
    }
}
